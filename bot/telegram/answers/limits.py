"""/risk: the limits of all grids together. Tightening one is done at once, loosening one is asked about first."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from bot.telegram.answers.confirming import press_or_say, without_yes
from bot.telegram.answers.conversation import Conversation, keyboard, nav
from bot.telegram.answers.remedies import retyped
from bot.telegram.answers.screens import risk as risk_card
from bot.telegram.texts import face as texts
from bot.telegram.texts.catalogue import Html
from bot.telegram.texts.mistakes import RISK_EXAMPLE, with_example, wrong_text
from bot.telegram.typed.loosening import BOUNDS, bounds_loosened, figures_of
from bot.telegram.typed.names import shown
from bot.telegram.typed.parameters import BY_WORD, RISK_KEYS, TUNE_KEYS, of_coin
from bot.telegram.typed.parsing import Value, Wrong, parse, says_nothing
from bot.telegram.typed.wishes import bounds_from_args, bounds_to_args
from strategy.messages.problems import ProblemCode
from strategy.model.limits import Bounds
from strategy.model.market import Asset

_WHOLE = ("orders", "trips", "stops", "stopsin")
"""Parameters that are counts."""


async def risk(talk: Conversation, words: str) -> None:
    """`/risk` shows the limits, `/risk daily=200 drawdown=10%` sets some of them."""
    words, yes = without_yes(words)
    if yes and not words:
        await press_or_say(talk, "risk", apply)
        return
    given = parse(words, keys=RISK_KEYS)
    wrong = given if isinstance(given, Wrong) else _unknown_coin(talk, given.values) or _in_vain(talk, given.values)
    if isinstance(given, Wrong) or wrong:
        talk.outcome = "refused"
        found: Wrong = wrong or given  # type: ignore[assignment]
        buttons, example = retyped(talk, "risk", words, found), RISK_EXAMPLE
        if found.reason.startswith("unknown") and found.field in TUNE_KEYS:
            found, buttons = Wrong(reason="of_grid", field=found.field), []
            example = f"/tune 1 {found.field}={BY_WORD[found.field].example}"
        if found.reason == "alone":
            example = f"/risk {with_example(found)}"
        await talk.send(wrong_text(talk.lang, found, example), keyboard(*([one] for one in buttons)))
    elif given.values:
        await _change(talk, _changed(talk, given.values))
    else:
        await talk.send(*risk_card(talk, []))


async def apply(talk: Conversation, args: Mapping[str, str]) -> None:
    """The Apply button: what was shown, or what it would be by now."""
    bounds, before = bounds_from_args(args)
    await _set(talk, bounds, before)


async def _change(talk: Conversation, bounds: Bounds) -> None:
    before = talk.trader.together().bounds
    if not bounds_loosened(before, bounds):
        await _set(talk, bounds, before)
        return
    group = f"risk {talk.desk.clock()}"
    begin = talk.once(talk.label("apply"), "risk", bounds_to_args(bounds, before), group=group, style="danger")
    asked = talk.text("risk.ask", changes=_lines(talk, before, bounds))
    await talk.send(asked, keyboard([begin, nav(talk.label("cancel"), "x")]))


async def _set(talk: Conversation, bounds: Bounds, before: Bounds) -> None:
    problem = await talk.trader.set_bounds(bounds, before)
    if problem is None:
        await talk.say("risk.set", changes=_lines(talk, before, bounds))
        await talk.send(*risk_card(talk, []))
        return
    talk.outcome = "refused"
    await talk.send(texts.problem(talk.lang, problem))
    if problem.code is ProblemCode.PREVIEW_OVER:
        await talk.send(*risk_card(talk, []))


def _unknown_coin(talk: Conversation, values: Mapping[str, Value]) -> Wrong | None:
    bases = _bases(talk)
    for name in values:
        _, coin = of_coin(name)
        if coin and coin.upper() not in bases:
            return Wrong(reason="coin", field=name, given=coin)
    return None


def _in_vain(talk: Conversation, values: Mapping[str, Value]) -> Wrong | None:
    """What says more of a limit that is not set, and is not to be either."""
    is_set: dict[str, Value] = {
        name: str(one) for name, one in figures_of(talk.trader.together().bounds).items() if one
    }
    rows = [BY_WORD[name] for name in values if name in BY_WORD]
    return next((wrong for row in rows if (wrong := says_nothing(row, {**is_set, **values}))), None)


def _bases(talk: Conversation) -> Mapping[str, Asset]:
    """The coins of the markets, by their names in capitals: some have small letters in them."""
    return {market.base.upper(): market.base for market in talk.trader.account().markets.values()}


def _changed(talk: Conversation, values: Mapping[str, Value]) -> Bounds:
    before = talk.trader.together().bounds
    coins, fields, bases = dict(before.exposure_of), dict[str, object](), _bases(talk)
    for name, value in values.items():
        word, coin = of_coin(name)
        figure = value if isinstance(value, Decimal) else None
        if coin and figure is None:
            coins.pop(bases[coin.upper()], None)
        elif coin and figure is not None:
            coins[bases[coin.upper()]] = figure
        else:
            fields[BOUNDS[word]] = int(figure) if figure is not None and word in _WHOLE else figure
    return replace(before, exposure_of=coins, **fields)  # type: ignore[arg-type]  # each field gets what it takes


def _lines(talk: Conversation, before: Bounds, after: Bounds) -> Html:
    """What changes, a line each; where nothing does, what is asked for is in force already."""
    old, new = figures_of(before), figures_of(after)
    names = [name for name in (*old, *(name for name in new if name not in old)) if old.get(name) != new.get(name)]
    lines = [
        talk.text("tune.line", name=_named(talk, name), before=_shown(talk, name, old), after=_shown(talk, name, new))
        for name in names
    ]
    return Html("\n".join(lines)) if lines else talk.text("risk.same")


def _named(talk: Conversation, name: str) -> str:
    return shown(talk.lang, name)


def _shown(talk: Conversation, name: str, figures: Mapping[str, Decimal | int | None]) -> str:
    value = figures.get(name)
    return talk.text("word.none") if value is None else talk.figure(name, Decimal(value))
