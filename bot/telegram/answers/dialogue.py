"""/grid alone: a market, then how: three proposals, the careful grid, the last one again, or one question at a time.

The draft is remembered, so a restart loses no answer.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from telegram import InlineKeyboardButton

from bot.languages import LANGUAGES
from bot.owner.board import MarketLine
from bot.owner.trader import ButtonRow
from bot.telegram.answers import figures
from bot.telegram.answers.choosing import one_figure, shown
from bot.telegram.answers.confirming import press_or_say, withdraw, without_yes
from bot.telegram.answers.conversation import DRAFT_LIFE, LIVE_FLOW, PREVIEW_FLOW, Card, Conversation, keyboard, nav
from bot.telegram.answers.decisions import again, around
from bot.telegram.answers.new_grid import grid_line, known_market, live_word, offer, offer_careful, start
from bot.telegram.answers.remedies import mended
from bot.telegram.answers.suggests import suggest
from bot.telegram.texts import numbers
from bot.telegram.texts.catalogue import Html, joined
from bot.telegram.texts.face import button as label
from bot.telegram.texts.face import problem
from bot.telegram.texts.mistakes import value_example, wrong_text
from bot.telegram.texts.phrases import lines
from bot.telegram.typed.choices import meaning_something
from bot.telegram.typed.names import AGAIN, AROUND, CAREFUL, SKIP, WAYS
from bot.telegram.typed.parameters import BY_WORD, asked_for
from bot.telegram.typed.parsing import Value, Wrong, parse_grid_number, parse_value, tidy
from bot.telegram.typed.wishes import OFF, from_words, said, to_words, wish_of
from strategy.grid.opening import unknown_grid
from strategy.model.grid import Grid
from strategy.model.market import USDC, Market
from strategy.model.orders import GridId
from strategy.model.spec import GridSpec, Spacing

_FLOW = "grid"
_LABELLED = ("three", "careful", "figures", "rest")
"""What is typed as it stands on its button."""
_AS_PROPOSED = "~"
_MOST_MARKETS = 6

Draft = dict[str, str]


async def grid(talk: Conversation, words: str) -> None:
    """/grid: with parameters a preview at once, without any the first question; `/grid yes` starts what was shown."""
    said, yes = without_yes(tidy(words))
    if yes and not said:
        await press_or_say(talk, "start", start)
    elif not said.strip():
        await _ask_next(talk, {"flow": _FLOW})
    elif not await _in_a_word(talk, said.split()):
        await grid_line(talk, said)


async def _in_a_word(talk: Conversation, words: Sequence[str]) -> bool:
    """`/grid ETH_USDC careful`, `/grid again`, `/grid again 1` and `/grid around 1`: whether it is one of these."""
    first, *rest = (word.lower() for word in words)
    if first in (*AGAIN, *AROUND) and len(rest) < 2:
        await _like_another(talk, around if first in AROUND else again, " ".join(rest))
    elif rest and len(words) == 2 and rest[0] in CAREFUL:
        await offer_careful(talk, words[0])
    else:
        return False
    return True


async def _like_another(
    talk: Conversation, shown: Callable[[Conversation, Mapping[str, str]], Awaitable[None]], typed: str
) -> None:
    """A preview of a grid that there is or was; without a number of the last one."""
    known, last = talk.trader.account().grids, talk.trader.board.last_grid(None)
    number = parse_grid_number(typed) if typed else None
    if isinstance(number, Wrong):
        talk.outcome = "refused"
        await talk.send(wrong_text(talk.lang, number, "/grid again 1"))
    elif last is None:
        talk.outcome = "refused"
        await talk.say("status.empty")
    elif number is not None and GridId(number) not in known:
        talk.outcome = "refused"
        await talk.send(problem(talk.lang, unknown_grid(known, GridId(number))))
    else:
        await shown(talk, {"grid": str(number or last.id)})


async def leave(talk: Conversation, _words: str) -> None:
    """/cancel: leave whatever is being asked."""
    draft = talk.desk.notebook.draft(talk.user, talk.desk.clock()) or {}
    talk.desk.notebook.drop_draft(talk.user)
    await _close(talk, draft)
    withdrawn = await withdraw(talk)
    if draft or "start" in withdrawn:
        await talk.say("grid.cancelled")
    else:
        await talk.say("nothing_changed" if withdrawn else "cancel.nothing")


async def typed(talk: Conversation, draft: Draft, text: str) -> None:
    """Words that are no command: the answer to the question that was asked."""
    if draft.get("flow") == LIVE_FLOW:
        await live_word(talk, draft, tidy(text))
    elif draft.get("flow") == PREVIEW_FLOW:
        await figures.typed(talk, draft, text)
    else:
        said = tidy(text).strip()
        way = _way_typed(talk, draft, said)
        if way is not None:
            await _close(talk, draft)
        await (_answer(talk, draft, said) if way is None else way(talk, draft))


async def pressed(talk: Conversation, args: Sequence[str]) -> None:
    """A button under a question: a proposal taken, another way to go on, or the way out."""
    draft = talk.desk.notebook.draft(talk.user, talk.desk.clock())
    what = args[0] if args else ""
    if draft is None or draft.get("message") != str(talk.pressed):
        await talk.drop_buttons()
        if talk.is_again:
            talk.outcome = "repeated"
        else:
            await talk.send(talk.text("question.over"), keyboard([_anew(talk)]))
    elif what == "x":
        await leave(talk, "")
    elif what in _WAYS:
        await talk.drop_buttons()
        await _WAYS[what](talk, draft)
    elif len(args) == 2 and what == draft.get("ask"):
        await talk.show(Card(_answered(talk, what, args[1])))
        await _ask_next(talk, {**draft, what: args[1]})


def answered(talk: Conversation) -> str | None:
    """What a press of a question that was answered before is told on the spot: its answer stands below."""
    draft = talk.desk.notebook.draft(talk.user, talk.desk.clock())
    is_open = draft is not None and draft.get("message") == str(talk.pressed)
    talk.is_again = talk.pressed is not None and not _is_first(talk, talk.pressed)
    return talk.text("pressed.done") if talk.is_again and not is_open else None


def _is_first(talk: Conversation, message: int) -> bool:
    """Whether nobody has answered this question. A phone sends a tap twice, or again once it is connected again."""
    return talk.desk.notebook.first_time(f"question:{talk.chat}:{message}")


async def _close(talk: Conversation, draft: Draft) -> None:
    """A question is answered in words, or left."""
    if "message" in draft:
        _is_first(talk, int(draft["message"]))
        await talk.drop_buttons(int(draft["message"]))


async def too_late(talk: Conversation, old: ButtonRow) -> None:
    """A button of a new grid that is too old: what it showed can be shown afresh, or one begins anew."""
    afresh = "vary" if "spec" in old.args else old.action
    group = f"late {talk.desk.clock()}"
    again = [talk.once(talk.label("afresh"), afresh, old.args, group=group)] if old.args else []
    await talk.send(talk.text("preview.over"), keyboard([*again, _anew(talk)]))


def _anew(talk: Conversation) -> InlineKeyboardButton:
    return nav(talk.label("new_grid"), "n")


async def use_fix(talk: Conversation, args: Mapping[str, str]) -> None:
    """A button that mends a wish: the preview, or the next question where the wish is still being asked for."""
    if args.get("flow") == _FLOW:
        await _ask_next(talk, dict(args))
    else:
        await offer(talk, args)


async def change(talk: Conversation, args: Mapping[str, str]) -> None:
    """A button that asks for one figure again; all others stay."""
    name = args["ask"]
    kept = {key: word for key, word in args.items() if key not in (name, "ask")}
    spacing = Spacing(args.get("spacing", Spacing.INTERVAL))
    # The other questions of this kind of grid are not asked: what was not said stays as proposed.
    rest = {key: _AS_PROPOSED for key in asked_for(spacing) if key != name}
    # What it is now, where it has a sensible value: that is offered first, and stands where nothing else is said.
    one = {"only": name} if "now" in kept else {}
    await _ask_next(talk, {**rest, "spacing": spacing, **kept, **one, "flow": _FLOW}, only=name)


async def _answer(talk: Conversation, draft: Draft, text: str) -> None:
    name = draft.get("ask", "")
    if name == "how":
        await talk.send(lines(talk.text("ask.press"), talk.text("ask.leave")))
        return
    if name == "market":
        if await _among_several(talk, draft, text):
            return
        if (market := await known_market(talk, {**draft, "market": text}, talk.text("ask.leave"))) is None:
            return
        word = str(market.symbol)
    elif text.lower() in SKIP:
        word = _AS_PROPOSED
    else:
        market = talk.trader.market(draft["market"])
        value: Value | Wrong = parse_value(name, text, market.quote if market else USDC)
        if isinstance(value, Wrong):
            await talk.send(lines(wrong_text(talk.lang, value, value_example(talk.lang, name)), talk.text("ask.leave")))
            return
        word = to_words({name: value})[name]
    await _close(talk, draft)
    await _ask_next(talk, {**draft, name: word})


async def _ask_next(talk: Conversation, draft: Draft, *, only: str | None = None) -> None:
    name = only or _next_question(draft)
    if name is None:
        await _finish(talk, draft)
        return
    message = await talk.send(*await _question(talk, name, draft))
    saved = {key: word for key, word in draft.items() if key != "message"} | {"ask": name}
    if message is not None:
        saved["message"] = str(message)
    talk.desk.notebook.save_draft(talk.user, saved, talk.desk.clock() + DRAFT_LIFE)


async def _finish(talk: Conversation, draft: Draft) -> None:
    talk.desk.notebook.drop_draft(talk.user)
    await offer(talk, _wish(draft))


async def _three(talk: Conversation, draft: Draft) -> None:
    talk.desk.notebook.drop_draft(talk.user)
    await suggest(talk, " ".join(draft[name] for name in ("market", "total") if _is_said(draft, name)))


async def _careful(talk: Conversation, draft: Draft) -> None:
    talk.desk.notebook.drop_draft(talk.user)
    await offer_careful(talk, draft["market"])


async def _again(talk: Conversation, draft: Draft) -> None:
    """The last grid, as it was, at the price of now: where its range no longer holds that, the refusal says so."""
    last = _last_grid(talk, draft)
    assert last is not None, "grids are never forgotten, and the button was shown for one"
    talk.desk.notebook.drop_draft(talk.user)
    await offer(talk, wish_of(last.spec))


async def _figures(talk: Conversation, draft: Draft) -> None:
    await _ask_next(talk, {**draft, "how": "figures"})


_WAYS: Mapping[str, Callable[[Conversation, Draft], Awaitable[None]]] = {
    "go": _finish,
    "three": _three,
    "careful": _careful,
    "again": _again,
    "figures": _figures,
}
"""What a button does that is no answer to the question above it."""


_BESIDE_ALL = ("three",)
_BESIDE: Mapping[str, Sequence[str]] = {"market": ("again",), "how": ("careful", "figures", "again")}
"""Which of them stand under a question."""


def _way_typed(talk: Conversation, draft: Draft, text: str) -> Callable[[Conversation, Draft], Awaitable[None]] | None:
    """The button under this question whose words were typed."""
    said, name = text.lower(), draft.get("ask", "")
    named = next((way for way in _LABELLED if said in {label(lang, way).lower() for lang in LANGUAGES}), WAYS.get(said))
    if named == "again" and _last_grid(talk, draft) is None:
        return None
    return _WAYS["go" if named == "rest" else named] if named in (*_BESIDE_ALL, *_BESIDE.get(name, ("rest",))) else None


def _last_grid(talk: Conversation, draft: Draft) -> Grid | None:
    """Of the market that was chosen, or of any."""
    market = talk.trader.market(draft.get("market", ""))
    return talk.trader.board.last_grid(market.symbol if market else None)


async def _among_several(talk: Conversation, draft: Draft, text: str) -> bool:
    """Whether what was typed is a part of the names of markets, which are shown then."""
    if talk.trader.market(text) is not None or not await talk.trader.board.listings(text):
        return False
    await _close(talk, draft)
    await _ask_next(talk, {**draft, "part": text})
    return True


def _is_said(draft: Draft, name: str) -> bool:
    return draft.get(name, _AS_PROPOSED) not in (_AS_PROPOSED, OFF)


def _next_question(draft: Draft) -> str | None:
    if "market" not in draft:
        return "market"
    if "spacing" not in draft:
        return "spacing" if "how" in draft else "how"
    return next((name for name in asked_for(Spacing(draft["spacing"])) if name not in draft), None)


def _wish(draft: Draft) -> dict[str, str]:
    """What has been said so far; the rest is proposed."""
    wish = {name: word for name, word in draft.items() if name in BY_WORD and word != _AS_PROPOSED}
    if (only := draft.get("only")) is not None:
        wish = _with_one(wish, only, draft["now"])
    # What a later one takes the place of; one that is off, or no, or stands beside it, takes nothing's.
    gone = {row.instead_of for name, word in wish.items() if word not in (OFF, "no", (row := BY_WORD[name]).beside)}
    return {name: word for name, word in wish.items() if name not in gone}


def _with_one(wish: dict[str, str], name: str, now: str) -> dict[str, str]:
    """A whole wish of which one figure is asked for: without what that takes the place of, and what it ends."""
    if name not in wish and now != OFF:
        wish = {**wish, name: now}
    changed = {name: wish[name]} if wish.get(name, OFF) not in (OFF, "no") else {}
    spacing = Spacing(wish["spacing"])
    fits = {one: word for one, word in wish.items() if one == "market" or spacing in BY_WORD[one].only}
    return meaning_something(mended(fits, changed))


async def _question(talk: Conversation, name: str, draft: Draft) -> Card:
    way_out = [nav(talk.label("cancel"), "d", "x")]
    three = [nav(talk.label("three"), "d", "three")]
    if name == "market":
        return await _which_market(talk, draft, [three, way_out])
    if name == "how":
        figures, calm = (nav(talk.label(word), "d", word) for word in ("figures", "careful"))
        text, again = talk.text("ask.how", market=draft["market"]), _again_button(talk, draft)
        return Card(text, keyboard(three, [calm], [figures], again, way_out))
    market = talk.trader.market(draft["market"])
    spec = await _proposed(talk, market, _wish(draft)) if market else None
    if draft.get("only") == name and market is not None:
        return await one_figure(talk, name, draft["now"], market, spec)
    rest = [nav(talk.label("rest"), "d", "go"), *way_out]
    if name == "spacing":
        kinds = [[nav(talk.label(f"spacing.{kind}"), "d", "spacing", kind)] for kind in Spacing]
        return Card(talk.text("parameter.spacing.ask"), keyboard(*kinds, three, rest))
    touch = await talk.trader.price(market.symbol) if market else None
    text = talk.text(
        f"parameter.{name}.ask",
        quote=market.quote if market else None,
        price=numbers.price(market.price_near(touch.middle)) if market and touch else None,
        proposed=None if (word := _proposal(name, spec)) is None else shown(talk, name, word),
    )
    return Card(text, keyboard(_proposals(talk, name, spec, market), three, rest))


async def _proposed(talk: Conversation, market: Market, wish: Mapping[str, str]) -> GridSpec | None:
    partial = from_words({name: word for name, word in wish.items() if name != "market"})
    spec = await talk.trader.propose(market.symbol, partial)
    return spec if isinstance(spec, GridSpec) else None


def _proposal(name: str, spec: GridSpec | None) -> str | None:
    value = getattr(spec, BY_WORD[name].field) if spec else None
    return None if value is None else said(value)


def _proposals(
    talk: Conversation, name: str, spec: GridSpec | None, market: Market | None
) -> list[InlineKeyboardButton]:
    word = _proposal(name, spec)
    can_be_off = BY_WORD[name].asked and BY_WORD[name].removable
    buttons = [nav(talk.text(f"parameter.{name}.off"), "d", name, OFF)] if can_be_off else []
    if word is not None:
        buttons.insert(0, nav(talk.label("use").format(value=shown(talk, name, word, market)), "d", name, word))
    return buttons


async def _which_market(talk: Conversation, draft: Draft, below: Sequence[Sequence[InlineKeyboardButton]]) -> Card:
    found = await talk.trader.board.listings(draft.get("part", ""))
    shown = found[:_MOST_MARKETS]
    signs = {"traded": any(one.traded for one in shown), "day": any(one.day is not None for one in shown)}
    told = [talk.text(f"parameter.market.{sign}") for sign, is_there in signs.items() if is_there]
    ask = talk.text("parameter.market.ask", more=len(found) - len(shown) or None)
    text = lines(ask, joined(talk.lang, "sentences", told) if told else None)
    again = [] if "part" in draft else _again_button(talk, draft)
    return Card(text, keyboard(*([_market(talk, one)] for one in shown), again, *below))


def _market(talk: Conversation, line: MarketLine) -> InlineKeyboardButton:
    """A market with its price and its change of the last 24 hours, where they are known."""
    said = [f"★ {line.symbol}" if line.traded else str(line.symbol)]
    if line.day is not None:
        change = talk.text("word.percent", value=numbers.signed(line.day.change * 100, 2))
        said += [numbers.price(line.day.price), change]
    return nav(" · ".join(said), "d", "market", line.symbol)


def _again_button(talk: Conversation, draft: Draft) -> list[InlineKeyboardButton]:
    last = _last_grid(talk, draft)
    if last is None:
        return []
    return [nav(talk.label("again_last").format(grid=last.id, symbol=last.spec.symbol), "d", "again")]


def _answered(talk: Conversation, name: str, word: str) -> Html:
    said = word if name == "market" else shown(talk, name, word)
    return talk.text("ask.answered", name=talk.text(f"parameter.{name}.name"), value=said)
