"""/grid in one line: wish, preview, Start or Cancel. The questions one at a time are in `dialogue`."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from telegram import InlineKeyboardButton

from bot.mode import Mode
from bot.owner.views import careful
from bot.telegram.answers.conversation import DRAFT_LIFE, LIVE_FLOW, PREVIEW_FLOW, Conversation, keyboard, nav
from bot.telegram.answers.pictures import drawn, theme_of
from bot.telegram.answers.remedies import fix_buttons, of_other_markets, retyped
from bot.telegram.texts import face as texts
from bot.telegram.texts.catalogue import Html
from bot.telegram.texts.mistakes import grid_example, shown_by, wrong_text
from bot.telegram.texts.pictures import ladder_picture
from bot.telegram.typed.moments import dated
from bot.telegram.typed.names import COINS
from bot.telegram.typed.parameters import GRID_KEYS, OF_GRID
from bot.telegram.typed.parsing import Given, Value, Wrong, clash, parse, spacing_of, wrong_money
from bot.telegram.typed.wishes import (
    from_words,
    in_vain,
    said,
    shown_from_args,
    shown_to_args,
    spec_from_args,
    spec_to_args,
    to_words,
    wish_of,
)
from strategy.grid.opening import Preview
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.market import Market
from strategy.model.spec import GridSpec

_MOST_SUGGESTIONS = 3

Rows = Sequence[Sequence[InlineKeyboardButton]]


async def grid_line(talk: Conversation, words: str) -> None:
    """`/grid ETH_USDC interval=40 grids=3`: what is not said is proposed, and the whole is shown before it starts."""
    given = parse(words, keys=GRID_KEYS, words=1)
    if isinstance(given, Given):
        wrong = None if given.words else Wrong(reason="missing", field="market")
        given = wrong or clash(given.values) or given
    if isinstance(given, Wrong):
        await refuse(talk, given, words)
        return
    market = talk.trader.market(given.words[0])
    if market is not None and (wrong := wrong_money(given, market.quote)):
        await refuse(talk, wrong, words)
        return
    wish = {"market": given.words[0], **to_words(with_spacing(given.values))}
    market = await known_market(talk, wish)
    if market is None:
        return
    spec = await _proposed(talk, market, wish)
    if isinstance(spec, GridSpec) and (wrong := in_vain(given.values, spec)):  # what nobody typed is known by now
        await refuse(talk, wrong, words)
        return
    await _offered(talk, spec, wish)


async def offer(talk: Conversation, wish: Mapping[str, str]) -> None:
    """Show what this wish would be, with the buttons that start it or let it be."""
    market = await known_market(talk, wish)
    if market is not None:
        await _offered(talk, await _proposed(talk, market, wish), wish)


async def _proposed(talk: Conversation, market: Market, wish: Mapping[str, str]) -> GridSpec | Problem:
    partial = from_words({name: word for name, word in with_day(talk, wish).items() if name != "market"})
    return await talk.trader.propose(market.symbol, partial)


def with_day(talk: Conversation, words: Mapping[str, str]) -> Mapping[str, str]:
    """A number of days from today is a date at once where the account was not told yet which day it is."""
    if "until" not in words or talk.trader.account().day is not None:
        return words
    return {**words, "until": dated(words["until"], talk.trader.known_days()[1])}


async def _offered(talk: Conversation, spec: GridSpec | Problem, wish: Mapping[str, str]) -> None:
    if isinstance(spec, Problem):
        await explain(talk, spec, wish)
        return
    preview = await talk.trader.preview(spec)
    if isinstance(preview, Problem):
        await explain(talk, preview, wish)
        return
    await _show(talk, preview)


async def offer_careful(talk: Conversation, named: str) -> None:
    """Show the careful grid for a market, laid for how far that moves."""
    market = await known_market(talk, {"market": named})
    if market is None:
        return
    times = careful.wildness(await talk.trader.board.moves(market.symbol))
    fields = careful.careful_for(times)
    words = {one.word: said(fields[one.field]) for one in OF_GRID if one.field in fields and not one.becomes}
    spec = await talk.trader.propose(market.symbol, from_words(words))
    if isinstance(spec, GridSpec):
        spec = careful.eased(spec, market, times)
    await _offered(talk, spec, {"market": market.symbol, **words})


async def vary(talk: Conversation, args: Mapping[str, str]) -> None:
    """A button that shows what is proposed instead, or what was shown before that. Nothing is started."""
    spec = spec_from_args(args)
    if spec is None:
        talk.outcome = "refused"
        await talk.say("pressed.late")
        return
    preview = await talk.trader.preview(spec)
    if isinstance(preview, Problem):
        await explain(talk, preview, wish_of(spec))
        return
    await _show(talk, preview, before=spec_from_args({"spec": args.get("before", "")}))


async def start(talk: Conversation, args: Mapping[str, str]) -> None:
    """The Start button: everything is checked again, as price and money may have moved since."""
    if talk.trader.needs_live_word():
        draft = {"flow": LIVE_FLOW, **args}
        talk.desk.notebook.save_draft(talk.user, draft, talk.desk.clock() + DRAFT_LIFE)
        await talk.say("live.ask")
        return
    await _begin(talk, args)


async def cancel(talk: Conversation, _args: Mapping[str, str]) -> None:
    """The Cancel button."""
    talk.desk.notebook.drop_draft(talk.user)
    await talk.say("grid.cancelled")


async def live_word(talk: Conversation, draft: Mapping[str, str], word: str) -> None:
    """What was typed when real money was to be confirmed."""
    talk.desk.notebook.drop_draft(talk.user)
    is_open = draft.keys() == {"flow"}
    if not talk.trader.accept_live_word(word.strip()):
        talk.outcome = "refused"
        await talk.say("live.no_open" if is_open else "live.no", given=word)
        return
    if is_open:
        await talk.say("live.on")
    else:
        await _begin(talk, draft)


async def refuse(talk: Conversation, wrong: Wrong, words: str) -> None:
    """One message about what can't be read, with the button that says it as it was probably meant."""
    talk.outcome = "refused"
    buttons = retyped(talk, "grid", words, wrong)
    await talk.send(wrong_text(talk.lang, wrong, grid_example(shown_by(wrong))), keyboard(*([one] for one in buttons)))


async def explain(
    talk: Conversation,
    problem: Problem,
    wish: Mapping[str, str],
    way_out: Html | None = None,
    otherwise: InlineKeyboardButton | None = None,
) -> None:
    """Why it can't be, with the buttons that would mend it; with another one where none would."""
    talk.outcome = "refused"
    buttons = await fix_buttons(talk, problem, wish) or ([otherwise] if otherwise is not None else [])
    said = texts.lines(texts.problem(talk.lang, problem), way_out)
    await talk.send(said, keyboard(*([button] for button in buttons)))


async def known_market(talk: Conversation, wish: Mapping[str, str], way_out: Html | None = None) -> Market | None:
    """The market that was meant; where there is none, the owner is told which there are, and how to leave."""
    market = talk.trader.market(wish.get("market", ""))
    if market is None:
        unknown = _unknown_market(talk, wish.get("market", ""))
        await explain(talk, unknown, wish, way_out, nav(talk.label("other_market"), "n"))
    return market


async def market_of(
    talk: Conversation, command: str, words: str, typed: str, example: str, others: Rows = ()
) -> Market | None:
    """The same for another command than /grid: what is offered instead gives that command again.

    `others` are offered where no market has a similar name.
    """
    market = talk.trader.market(typed)
    if market is None:
        talk.outcome = "refused"
        problem = _unknown_market(talk, typed, ("example", example))
        buttons = of_other_markets(talk, command, words, typed, problem)
        await talk.send(texts.problem(talk.lang, problem), keyboard(*([[one] for one in buttons] or others)))
    return market


def _unknown_market(talk: Conversation, typed: str, *more: tuple[str, str]) -> Problem:
    near = talk.trader.board.similar(COINS.get(typed.lower(), typed))[:_MOST_SUGGESTIONS]
    facts = (("name", typed), ("suggestions", ", ".join(near)), *more)
    return Problem(code=ProblemCode.UNKNOWN_MARKET, field="market", facts=facts)


async def _show(talk: Conversation, preview: Preview, before: GridSpec | None = None) -> None:
    _, moves = await asyncio.gather(_ladder(talk, preview), talk.trader.board.moves(preview.market.symbol))
    args = spec_to_args(preview.spec)
    if talk.trader.mode is not Mode.DEMO:  # its market runs faster than anybody reads: no preview would hold there
        args |= shown_to_args(preview, talk.trader.now())
    group = f"grid {talk.desk.clock()}"
    begin = talk.once(talk.label("start"), "start", args, group=group, style="success")
    leave = talk.once(talk.label("cancel"), "cancel", group=group)
    others = [[one] for one in _others(talk, preview, moves, before, group)]
    figures = talk.once(talk.label("figures_else"), "figures", spec_to_args(preview.spec), group=f"figures {group}")
    past = talk.once(talk.label("backtest"), "backtest", spec_to_args(preview.spec), group=f"backtest {group}")
    rows = keyboard([begin, leave], *others, [figures, past])
    await talk.send(texts.preview(talk.lang, preview, talk.trader.mode, moves), rows)
    draft = {"flow": PREVIEW_FLOW, **spec_to_args(preview.spec)}
    talk.desk.notebook.save_draft(talk.user, draft, talk.desk.clock() + DRAFT_LIFE)


def _others(
    talk: Conversation, preview: Preview, moves: Decimal | None, before: GridSpec | None, group: str
) -> Iterator[InlineKeyboardButton]:
    """Buttons that show what is proposed instead, and the way back from it."""
    now = {"before": spec_to_args(preview.spec)["spec"]}
    for variant, spec in careful.variants(preview, moves).items():
        if spec != before:
            yield talk.once(talk.label(f"variant.{variant}"), "vary", spec_to_args(spec) | now, group=group)
    if before is not None:
        yield talk.once(talk.label("variant.before"), "vary", spec_to_args(before), group=group)


async def _ladder(talk: Conversation, preview: Preview) -> None:
    """Its picture goes before it, as the buttons are to stand at the chat's end. It is an extra."""
    mode, at, zone, theme = talk.trader.mode, talk.trader.now(), talk.trader.zone, theme_of(talk)
    await talk.typing()
    png = await drawn(talk, lambda lang: ladder_picture(lang, preview, theme=theme, mode=mode, at=at, zone=zone))
    if isinstance(png, bytes):
        await talk.picture(png)


async def _begin(talk: Conversation, args: Mapping[str, str]) -> None:
    spec, shown = spec_from_args(args), shown_from_args(args)
    if spec is None:
        talk.outcome = "refused"
        await talk.say("pressed.late")
        return
    preview = await talk.trader.preview(spec)
    started = preview if isinstance(preview, Problem) else await talk.trader.start(spec, shown)
    if isinstance(started, Problem) and started.code is ProblemCode.PREVIEW_OVER and isinstance(preview, Preview):
        talk.outcome = "refused"
        await talk.send(texts.problem(talk.lang, started))
        await _show(talk, preview)
    elif isinstance(started, Problem):
        await talk.say("grid.not_started")
        await explain(talk, started, wish_of(spec))
    else:
        talk.desk.notebook.drop_draft(talk.user)


def with_spacing(values: Mapping[str, Value]) -> dict[str, Value]:
    """With the kind of grid that the others speak of."""
    return {**values, "spacing": str(spacing_of(values))}
