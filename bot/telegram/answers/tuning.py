"""/tune: other figures for a running grid. Nothing is started or stopped here."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from bot.languages import words as words_for
from bot.owner.wish import BACK as BEFORE
from bot.owner.wish import Wish
from bot.telegram.answers.coded import LOOSENED
from bot.telegram.answers.confirming import press_or_say, without_yes
from bot.telegram.answers.conversation import Card, Conversation, keyboard, nav
from bot.telegram.answers.new_grid import with_day
from bot.telegram.answers.remedies import fix_buttons, other_grids, retyped
from bot.telegram.texts import face as texts
from bot.telegram.texts.catalogue import Html, listed
from bot.telegram.texts.mistakes import TUNE_EXAMPLE, tune_example, wrong_text
from bot.telegram.texts.numbers import coin_share, cost, exact, worth
from bot.telegram.typed.loosening import loosened
from bot.telegram.typed.names import BACK, called, shown
from bot.telegram.typed.parameters import BY_WORD, GRID_KEYS, TUNE_KEYS
from bot.telegram.typed.parsing import Given, Wrong, both, parse, parse_grid_number, wrong_money
from bot.telegram.typed.wishes import from_words, in_vain, said, to_words
from strategy.grid.sizing import all_orders, money_up, most_an_order
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.grid import Grid
from strategy.model.money import plain
from strategy.model.orders import GridId
from strategy.model.past import Measure
from strategy.model.shown import Tuning, Withdrawn
from strategy.model.spec import Shift, Spacing

Words = Mapping[str, str]
"""Parameters as they would be typed."""


async def tune(talk: Conversation, words: str) -> None:
    """`/tune 1 usdc=60 out=0.5%`; `/tune 1` shows what there is to tune, `/tune 1 back` puts back what was before."""
    words, yes = without_yes(words)
    words, back = _without_back(words)
    given = parse(words, keys=TUNE_KEYS, words=1, word_field="grid")
    if isinstance(given, Given) and not given.words:
        given = _the_only_grid(talk, given)
    given = _fixed(given) if isinstance(given, Wrong) else given
    number = parse_grid_number(given.words[0]) if isinstance(given, Given) else given
    if isinstance(given, Wrong) or isinstance(number, Wrong):
        await _refuse(talk, given if isinstance(given, Wrong) else number, words)
    elif yes and not given.values and not back:
        await press_or_say(talk, "tune", apply, {"grid": str(number)})
    elif clashing := both(given.values):
        await _refuse(talk, clashing, words)
    else:
        grid = talk.trader.account().grids.get(GridId(number))
        if grid is not None and (wrong := wrong_money(given, grid.market.quote) or _other_kind(given, grid)):
            await _refuse(talk, wrong, words)
        else:
            await _tune(talk, GridId(number), BACK_WORDS if back else to_words(given.values))


BACK_WORDS: Words = {"back": "yes"}


def _without_back(words: str) -> tuple[str, bool]:
    """A line without the word that asks for the version before, and whether it stood there."""
    left = [one for one in words.split() if one.lower() not in BACK]
    return (" ".join(left), True) if len(left) < len(words.split()) else (words, False)


def _fixed(wrong: Wrong) -> Wrong:
    """A parameter that is decided when a grid opens is refused for that, with the one that does the same later."""
    row = BY_WORD.get(wrong.field)
    if not wrong.reason.startswith("unknown") or row is None or row.word not in GRID_KEYS:
        return wrong
    return Wrong(reason="fixed", field=row.word, hint=row.becomes or row.instead_of)


def _other_kind(given: Given, grid: Grid) -> Wrong | None:
    """A parameter of a ladder that the grid has not, and is not to get either."""
    spacing = str(given.values.get("spacing") or grid.spec.spacing)
    for name in given.values:
        if name != "out" and spacing not in BY_WORD[name].only:  # what it makes is explained by whoever refuses it
            return Wrong(reason="clash", field=name, hint=f"spacing={spacing}")
    return in_vain(given.values, grid.spec)


def _wish(words: Words) -> Wish:
    return {BEFORE: True} if "back" in words else from_words(words)


async def use_fix(talk: Conversation, args: Mapping[str, str]) -> None:
    """The button under a refusal: the same tuning with what mends it, asked about first where typing it would be."""
    words = {name: word for name, word in args.items() if name in TUNE_KEYS}
    await _tune(talk, GridId(int(args["grid"])), words)


async def put_back(talk: Conversation, args: Mapping[str, str]) -> None:
    """The button under a tuning: the version before, at once where nothing is bought, lost or set aside for it."""
    await _tune(talk, GridId(int(args["grid"])), BACK_WORDS)


async def _tune(talk: Conversation, grid_id: GridId, words: Words) -> None:
    before, words = talk.trader.account().grids.get(grid_id), with_day(talk, words)
    if before is not None and not words:
        await talk.send(_sheet(talk, before))
        return
    found = talk.trader.tuning(grid_id, _wish(words))
    if isinstance(found, Problem):
        await _refuse_by_trader(talk, found, grid_id, words)
    elif before is not None and replace(found.tuned.spec, version=before.spec.version) == before.spec:
        await talk.say("tune.same", grid=grid_id)
    elif _takes(found, "back" in words) or (before is not None and loosened(before, found.tuned)):
        await talk.send(*_confirmation(talk, found, words))
    else:
        await _apply(talk, grid_id, words, found.withdrawn)


def _takes(found: Tuning, back: bool) -> bool:
    """Whether it is to be shown first: what goes for it, and any other ladder that is not simply put back."""
    gone = found.withdrawn
    if found.reshapes:
        return not back or bool(gone.loss or gone.seed_cost or gone.more)
    return bool(gone.orders or gone.more)


async def apply(talk: Conversation, args: Mapping[str, str]) -> None:
    """The Apply button: it does what was shown, or shows what it would be by now."""
    words = {name: args[name] for name in (*TUNE_KEYS, "back") if name in args}
    shown = Withdrawn(
        version=int(args["version"]),
        orders=int(args["orders"]),
        value=Decimal(args["value"]),
        more=Decimal(args.get("more", "0")),  # a button of before it was shown; likewise what follows
        seed_cost=Decimal(args.get("seed_cost", "0")),
        loss=Decimal(args.get("loss", "0")),
        price=Decimal(args["price"]) if "price" in args else None,
    )
    await _apply(talk, GridId(int(args["grid"])), words, shown)


async def _apply(talk: Conversation, grid_id: GridId, words: Words, shown: Withdrawn) -> None:
    before = talk.trader.account().grids.get(grid_id)
    problem = await talk.trader.tune(grid_id, _wish(words), shown)
    if problem is not None:
        await _refuse_by_trader(talk, problem, grid_id, words)
        found = talk.trader.tuning(grid_id, _wish(words))
        if problem.code is ProblemCode.PREVIEW_OVER and isinstance(found, Tuning):
            await talk.send(*_confirmation(talk, found, words))
        return
    after = talk.trader.account().grids.get(grid_id)
    assert before is not None, "what was tuned was there"
    assert after is not None, "what was tuned is there"
    done = talk.text("tune.done", grid=grid_id, changes=_changes(talk, words, before, after))
    back = talk.once(
        talk.label("put_back"), "put_back", {"grid": str(grid_id)}, group=f"back {grid_id} {after.spec.version}"
    )
    on = [talk.once(talk.label("resume"), "resume", {"grid": str(grid_id)}, group=f"resume {grid_id}", style="success")]
    await talk.send(done, keyboard([back], on if after.resumable else []))


def _changes(talk: Conversation, words: Words, before: Grid, after: Grid) -> Html:
    """What changes, before and after; of a version that is put back, all in which it differs."""
    if "back" in words:
        names = [name for name in TUNE_KEYS if _differs(name, before, after)]
    else:
        names = [name for name in words if not _stays(name, before, after)] or list(words)
    return Html("\n".join([*(_line(talk, name, before, after) for name in names), *_parts(talk, before, after)]))


def _parts(talk: Conversation, before: Grid, after: Grid) -> Iterator[str]:
    """Limits that are parts of its money, and come to something else although nobody has touched them."""
    for name, old, new in (
        ("maxloss", before.most_loss, after.most_loss),
        ("maxdrawdown", before.most_drawdown, after.most_drawdown),
    ):
        if old is None or new is None or old == new or _differs(name, before, after):
            continue
        quote, share = after.market.quote, _shown(talk, name, in_force(after, name))
        now = f"{worth(new, quote)} {quote}"
        yield talk.text(
            "tune.line", name=f"{shown(talk.lang, name, quote)} {share}", before=worth(old, quote), after=now
        )


def _differs(name: str, before: Grid, after: Grid) -> bool:
    return in_force(before, name) != in_force(after, name)


def _stays(name: str, before: Grid, after: Grid) -> bool:
    """Whether what was typed is set already: beside what changes it is no change."""
    field = BY_WORD[name].field
    return bool(getattr(before.spec, field) == getattr(after.spec, field))


def _confirmation(talk: Conversation, found: Tuning, words: Words) -> Card:
    """What the change takes off the book or sets aside, with the button that makes it."""
    after, gone = found.tuned, found.withdrawn
    before, quote = talk.trader.account().grids[after.id], after.market.quote
    held, more = money_up(found.held, quote), money_up(gone.more, quote)
    figures = {"version": str(gone.version), "orders": str(gone.orders)}
    figures |= {"value": plain(gone.value), "more": plain(gone.more)}
    if gone.price is not None:
        figures |= {"seed_cost": plain(gone.seed_cost), "loss": plain(gone.loss), "price": plain(gone.price)}
    is_looser = bool(loosened(before, after))
    args = {"grid": str(after.id), **words, **figures, **({LOOSENED: "yes"} if is_looser else {})}
    begin = talk.once(talk.label("apply"), "tune", args, group=f"tune {after.id} {talk.desk.clock()}", style="danger")
    if found.reshapes:
        return Card(_ladder(talk, found, words), keyboard([begin, nav(talk.label("back"), "x")]))
    asked = talk.text(
        "tune.ask",
        grid=after.id,
        symbol=after.spec.symbol,
        orders=gone.orders or None,
        value=worth(gone.value, quote),
        quote=quote,
        more=cost(more, quote) if more else None,
        held=cost(held, quote),
        needed=cost(held + more, quote),
        loosened=after.id if is_looser else None,
        changes=_changes(talk, words, before, after),
    )
    return Card(asked, keyboard([begin, nav(talk.label("cancel"), "x")]))


def _ladder(talk: Conversation, found: Tuning, words: Words) -> Html:
    """What another ladder keeps, moves, takes, buys and frees."""
    after, gone = found.becomes, found.withdrawn
    before, quote = talk.trader.account().grids[after.id], after.market.quote
    held, more, freed = (money_up(one, quote) for one in (found.held, gone.more, found.freed))
    return talk.text(
        "tune.ladder",
        grid=after.id,
        symbol=after.spec.symbol,
        quote=quote,
        base=after.market.base,
        lower=exact(after.lowest),
        upper=exact(after.highest),
        levels=len(after.levels),
        kept=found.kept,
        moved=found.moved,
        cancelled=found.cancelled,
        placed=found.placed,
        loss=cost(gone.loss, quote) if gone.loss else None,
        coins=exact(found.seed_coins) if gone.seed_cost else None,
        seed_cost=cost(gone.seed_cost, quote),
        more=cost(more, quote) if more else None,
        freed=worth(freed, quote) if freed else None,
        held=cost(held, quote),
        needed=cost(held + more - freed, quote),
        changes=_changes(talk, words, before, after),
    )


def _the_only_grid(talk: Conversation, given: Given) -> Given | Wrong:
    """Without a number, the only grid there is."""
    grids = [grid for grid in talk.trader.account().grids.values() if grid.phase != "stopped"]
    if len(grids) == 1:
        return Given(words=(str(grids[0].id),), values=given.values)
    return Wrong(reason="missing", field="grid")


def _sheet(talk: Conversation, grid: Grid) -> Html:
    """What is set, a line each; and folded, what could be set besides."""
    names = [name for name in TUNE_KEYS if grid.spec.spacing in BY_WORD[name].only]
    values = {name: in_force(grid, name) for name in names}
    called_here = {name: shown(talk.lang, name, grid.market.quote) for name in names}
    bare = [name for name in names if values[name] in (None, False, ())]
    # What only says more of something that is not set, or is set so that it asks for no more, says nothing here.
    names = [name for name in names if not (more := BY_WORD[name].refines) or _is_refined(name, values.get(more, True))]
    unset = [called_here[name] for name in names if name in bare]
    rows = [
        talk.text("tune.row", name=called_here[name], value=_shown(talk, name, values[name]))
        for name in names
        if name not in bare
    ]
    return talk.text(
        "tune.sheet",
        grid=grid.id,
        symbol=grid.spec.symbol,
        rows=Html("\n".join(rows)),
        unset=Html(listed(talk.lang, unset)) if unset else None,
        version=grid.spec.version,
        example=called(talk.lang, _example(grid)),
    )


def _example(grid: Grid) -> str:
    """For this grid: a range sells at its next line, and is told no `out`."""
    line = TUNE_EXAMPLE if grid.spec.spacing is Spacing.INTERVAL else TUNE_EXAMPLE.replace(" out=0.5%", "")
    return line.replace("/tune 1", f"/tune {grid.id}")


def _is_refined(name: str, value: object) -> bool:
    return value not in (None, False, (), BY_WORD[name].idle or None)


def in_force(grid: Grid, name: str) -> object:
    """What a parameter comes to: one that was not given is what follows from the others, as every screen shows it."""
    match field := BY_WORD[name].field:
        case "max_position":
            return grid.spec.max_position or money_up(grid.max_position, grid.market.quote)
        case "quote_per_order":
            return coin_share(most_an_order(grid.spec, tuple(grid.levels.values())))
        case "total":
            return grid.spec.total or coin_share(all_orders(grid.spec, tuple(grid.levels.values())))
        case _:
            return getattr(grid.spec, field)


def _line(talk: Conversation, name: str, before: Grid, after: Grid) -> Html:
    old, new = (_shown(talk, name, in_force(grid, name)) for grid in (before, after))
    return talk.text("tune.line", name=shown(talk.lang, name, after.market.quote), before=old, after=new)


def _shown(talk: Conversation, name: str, value: object) -> str:
    """A figure with its unit, or the word for none."""
    match value:
        case bool():
            return talk.text("word.yes" if value else "word.no")
        case Spacing() | Shift() | Measure():
            return words_for(talk.lang, f"typed.{value}")[0]
        case Decimal() | int():
            return talk.figure(name, Decimal(value))
        case str() | tuple():
            return said(value)
        case _:
            return talk.text("word.none")


async def _refuse(talk: Conversation, wrong: Wrong | int, words: str) -> None:
    assert isinstance(wrong, Wrong)
    talk.outcome = "refused"
    if wrong == Wrong(reason="missing", field="grid") and not talk.trader.account().grids:
        await talk.say("status.empty")
        return
    buttons = retyped(talk, "tune", words, wrong) or (other_grids(talk, "w", "tune") if wrong.field == "grid" else [])
    await talk.send(wrong_text(talk.lang, wrong, tune_example(wrong)), keyboard(*([one] for one in buttons)))


async def _refuse_by_trader(talk: Conversation, problem: Problem, grid_id: GridId, words: Words) -> None:
    talk.outcome = "refused"
    grid = talk.trader.account().grids.get(grid_id)
    if grid is None:
        buttons = other_grids(talk, "w", "tune")
    else:
        buttons = await fix_buttons(talk, problem, {} if "back" in words else words, grid)
    await talk.send(texts.problem(talk.lang, problem), keyboard(*([one] for one in buttons)))
