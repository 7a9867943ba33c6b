"""/tune: other figures for a running grid. Nothing is started or stopped here."""

from collections.abc import Mapping
from decimal import Decimal

from bot.telegram.answers.conversation import Card, Conversation, keyboard, nav
from bot.telegram.texts import face as texts
from bot.telegram.texts.catalogue import Html
from bot.telegram.texts.mistakes import TUNE_EXAMPLE, wrong_text
from bot.telegram.texts.numbers import coin_share, cost, worth
from bot.telegram.typed.names import called, shown
from bot.telegram.typed.parameters import BY_WORD, TUNE_KEYS
from bot.telegram.typed.parsing import Given, Wrong, both, parse, parse_grid_number, wrong_money
from bot.telegram.typed.wishes import from_words, to_words
from strategy.grid.sizing import all_orders, money_up, most_an_order
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.grid import Grid, Tuning, Withdrawn
from strategy.model.money import plain
from strategy.model.orders import GridId

Words = Mapping[str, str]
"""Parameters as they would be typed."""


async def tune(talk: Conversation, words: str) -> None:
    """`/tune 1 usdc=60 out=0.5%`; `/tune 1` shows what there is to tune."""
    given = parse(words, keys=TUNE_KEYS, words=1, word_field="grid")
    if isinstance(given, Given) and not given.words:
        given = _the_only_grid(talk, given)
    number = parse_grid_number(given.words[0]) if isinstance(given, Given) else given
    if isinstance(given, Wrong) or isinstance(number, Wrong):
        await _refuse(talk, given if isinstance(given, Wrong) else number, TUNE_EXAMPLE)
    elif clashing := both(given.values):
        await _refuse(talk, clashing, TUNE_EXAMPLE)
    else:
        grid = talk.trader.account().grids.get(GridId(number))
        if grid is not None and (wrong := wrong_money(given, grid.market.quote)):
            await _refuse(talk, wrong, TUNE_EXAMPLE)
            return
        await _tune(talk, GridId(number), to_words(given.values))


async def _tune(talk: Conversation, grid_id: GridId, words: Words) -> None:
    before = talk.trader.account().grids.get(grid_id)
    if before is not None and not words:
        await talk.send(_sheet(talk, before))
        return
    found = talk.trader.tuning(grid_id, from_words(words))
    if isinstance(found, Problem):
        await _refuse_by_trader(talk, found)
    elif found.withdrawn.orders or found.withdrawn.more:
        await talk.send(*_confirmation(talk, found, words))
    else:
        await _apply(talk, grid_id, words, found.withdrawn)


async def apply(talk: Conversation, args: Mapping[str, str]) -> None:
    """The Apply button: it does what was shown, or shows what it would be by now."""
    words = {name: args[name] for name in TUNE_KEYS if name in args}
    shown = Withdrawn(
        version=int(args["version"]),
        orders=int(args["orders"]),
        value=Decimal(args["value"]),
        more=Decimal(args.get("more", "0")),  # a button of before it was shown
    )
    await _apply(talk, GridId(int(args["grid"])), words, shown)


async def _apply(talk: Conversation, grid_id: GridId, words: Words, shown: Withdrawn) -> None:
    before = talk.trader.account().grids.get(grid_id)
    problem = await talk.trader.tune(grid_id, from_words(words), shown)
    if problem is not None:
        await _refuse_by_trader(talk, problem)
        found = talk.trader.tuning(grid_id, from_words(words))
        if problem.code is ProblemCode.PREVIEW_OVER and isinstance(found, Tuning):
            await talk.send(*_confirmation(talk, found, words))
        return
    after = talk.trader.account().grids.get(grid_id)
    assert before is not None, "what was tuned was there"
    assert after is not None, "what was tuned is there"
    lines = [_line(talk, name, before, after) for name in words]
    await talk.say("tune.done", grid=grid_id, changes=Html("\n".join(lines)))


def _confirmation(talk: Conversation, found: Tuning, words: Words) -> Card:
    """What the change takes off the book or sets aside, with the button that makes it."""
    after, gone = found.tuned, found.withdrawn
    before, quote = talk.trader.account().grids[after.id], after.market.quote
    held, more = money_up(found.held, quote), money_up(gone.more, quote)
    figures = {"version": str(gone.version), "orders": str(gone.orders)}
    figures |= {"value": plain(gone.value), "more": plain(gone.more)}
    args = {"grid": str(after.id), **words, **figures}
    begin = talk.once(talk.label("apply"), "tune", args, group=f"tune {after.id} {talk.desk.clock()}")
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
        changes=Html("\n".join(_line(talk, name, before, after) for name in words)),
    )
    return Card(asked, keyboard([begin, nav(talk.label("cancel"), "x")]))


def _the_only_grid(talk: Conversation, given: Given) -> Given | Wrong:
    """Without a number, the only grid there is."""
    grids = [grid for grid in talk.trader.account().grids.values() if grid.phase != "stopped"]
    if len(grids) == 1:
        return Given(words=(str(grids[0].id),), values=given.values)
    return Wrong(reason="missing", field="grid")


def _sheet(talk: Conversation, grid: Grid) -> Html:
    """What can be tuned, as it is now."""
    names = [name for name in TUNE_KEYS if grid.spec.spacing in BY_WORD[name].only]
    rows = [
        talk.text(
            "tune.row", name=shown(talk.lang, name, grid.market.quote), value=_shown(talk, name, in_force(grid, name))
        )
        for name in names
    ]
    return talk.text(
        "tune.sheet",
        grid=grid.id,
        symbol=grid.spec.symbol,
        rows=Html("\n".join(rows)),
        example=called(talk.lang, TUNE_EXAMPLE),
    )


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
        case Decimal() | int():
            return talk.figure(name, Decimal(value))
        case _:
            return talk.text("word.none")


async def _refuse(talk: Conversation, wrong: Wrong | int, example: str) -> None:
    assert isinstance(wrong, Wrong)
    talk.outcome = "refused"
    await talk.send(wrong_text(talk.lang, wrong, example))


async def _refuse_by_trader(talk: Conversation, problem: Problem) -> None:
    talk.outcome = "refused"
    await talk.send(texts.problem(talk.lang, problem))
