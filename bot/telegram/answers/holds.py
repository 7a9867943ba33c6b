"""What holds everything back, and what the owner decides about it. Nothing is stopped or paused here."""

from collections.abc import Mapping, Sequence

from bot.telegram.answers.confirming import Act, press
from bot.telegram.answers.conversation import DANGER_LIFE, DRAFT_LIFE, LIVE_FLOW, Card, Conversation, keyboard, nav
from bot.telegram.texts import face as texts
from bot.telegram.texts.catalogue import listed
from bot.telegram.typed.names import DECISIONS, value_called
from bot.telegram.typed.parsing import tidy
from strategy.model.grid import Grid, Phase
from strategy.model.stops import StopReason

_WAYS_OUT: Mapping[str, Sequence[tuple[str, str, Mapping[str, str]]]] = {
    "daily_loss": [("resume_all", "lift", {})],
    "drawdown": [("resume_all", "lift", {})],
    "strangers": [
        ("leave_strangers", "settle", {"cancel": "no", "adopt": "no"}),
        ("cancel_strangers", "settle", {"cancel": "yes"}),
        ("adopt_strangers", "settle", {"cancel": "no", "adopt": "yes"}),
    ],
    "left_orders": [
        ("leave_strangers", "settle_left", {"cancel": "no"}),
        ("cancel_strangers", "settle_left", {"cancel": "yes"}),
    ],
    "missing_fills": [
        ("stop_missing", "settle_missing", {"stop": "yes"}),
        ("trust_books", "settle_missing", {"stop": "no"}),
    ],
    "unconfirmed": [("confirm_live", "ask_live", {})],
}
"""What can be decided about each halt: button, action, arguments."""
_STYLES = {"trust_books": "danger"}
"""Red is what may sell coins that were never bought."""
_DECIDED: Mapping[str, Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "strangers": {
        "leave": ("settle", {"cancel": "no", "adopt": "no"}),
        "cancel": ("settle", {"cancel": "yes"}),
        "adopt": ("settle", {"adopt": "yes"}),
    },
    "left_orders": {"leave": ("settle_left", {"cancel": "no"}), "cancel": ("settle_left", {"cancel": "yes"})},
    "missing_fills": {"end": ("settle_missing", {"stop": "yes"}), "trust": ("settle_missing", {"stop": "no"})},
}
"""The same in words: what follows /decide, and the button that is meant."""


async def decide(talk: Conversation, words: str) -> None:
    """`/decide` shows why nothing trades and what can be decided; `/decide leave` then decides."""
    said, halt = tidy(words).strip().lower(), talk.trader.account().stopped_by
    if not said:
        await talk.show(halt_card(talk, []))
        return
    can = _DECIDED.get(str(halt), {})
    meant = can.get(DECISIONS.get(said, ""))
    if halt and meant is None:
        talk.outcome = "refused"
        now = listed(talk.lang, (value_called(talk.lang, one) for one in can))
        await talk.say("decide.usage", given=said, now=now or None)
    elif meant is None or not await press(talk, meant[0], _SETTLING[meant[0]], meant[1]):
        if halt:
            await talk.say("yes.first")
        await talk.show(halt_card(talk, []))


def halt_card(talk: Conversation, _args: Sequence[str]) -> Card:
    """Why nothing trades, and what the owner can decide about it."""
    halt = talk.trader.account().stopped_by
    if not halt:
        return Card(talk.text("decide.none"))
    group = f"halt {talk.desk.clock()}"
    rows = [
        [talk.once(talk.label(label), action, args, group=group, life=DANGER_LIFE, style=_STYLES.get(label))]
        for label, action, args in _WAYS_OUT.get(str(halt), ())
    ]
    return Card(talk.text(f"decide.{halt}"), keyboard(*rows, [nav(talk.label("back"), "x")]))


async def lift(talk: Conversation, _args: Mapping[str, str]) -> None:
    """Lift the account's halt and resume what it stopped; or let grids open again. One that can't trade on is named."""
    halt = talk.trader.account().stopped_by
    problem = await talk.trader.resume(None)
    if problem is None:
        await talk.say("resume.all" if halt else "resume.opens")
        return
    account = talk.trader.account()
    stay = [str(grid.id) for grid in account.grids.values() if grid.phase is Phase.STOPPED and _by_loss(grid)]
    said = texts.problem(talk.lang, problem)
    if halt and account.stopped_by is None and stay:
        first = talk.text("resume.but", count=len(stay), grids=listed(talk.lang, stay))
        said = texts.lines(first, said)
    elif not halt:
        said = texts.lines(talk.text("resume.opens"), said)
    await talk.send(said)


def _by_loss(grid: Grid) -> bool:
    return grid.stop is not None and grid.stop.reason in (StopReason.DAILY_LOSS, StopReason.DRAWDOWN)


async def settle(talk: Conversation, args: Mapping[str, str]) -> None:
    """Decide about orders in our block that we don't know."""
    cancel, adopt = args["cancel"] == "yes", args.get("adopt") == "yes"
    problem = await talk.trader.settle_strangers(cancel=cancel, adopt=adopt)
    said = "decide.cancelling" if cancel else "decide.adopting" if adopt else "decide.left"
    await (talk.send(texts.problem(talk.lang, problem)) if problem else talk.say(said))


async def settle_left(talk: Conversation, args: Mapping[str, str]) -> None:
    """Decide about orders that a new database found."""
    cancel = args["cancel"] == "yes"
    problem = await talk.trader.settle_left(cancel=cancel)
    said = "decide.left_cancelling" if cancel else "decide.left_alone"
    await (talk.send(texts.problem(talk.lang, problem)) if problem else talk.say(said))


async def settle_missing(talk: Conversation, args: Mapping[str, str]) -> None:
    """Decide about books that the exchange does not bear out."""
    stop = args["stop"] == "yes"
    problem = await talk.trader.settle_missing(stop=stop)
    said = "decide.missing_stopped" if stop else "decide.missing_trusted"
    await (talk.send(texts.problem(talk.lang, problem)) if problem else talk.say(said))


_SETTLING: Mapping[str, Act] = {
    "settle": settle,
    "settle_left": settle_left,
    "settle_missing": settle_missing,
}


async def ask_live(talk: Conversation, _args: Mapping[str, str]) -> None:
    """Have LIVE typed for grids that are open already."""
    talk.desk.notebook.save_draft(talk.user, {"flow": LIVE_FLOW}, talk.desk.clock() + DRAFT_LIFE)
    await talk.say("live.ask_open")
