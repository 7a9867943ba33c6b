"""An interval that follows a measure, in words: what it will do, and what it has done."""

from bot.telegram.texts.catalogue import Html, say
from bot.telegram.texts.numbers import cost, exact, percent, price, worth
from bot.telegram.texts.phrases import duration
from strategy.messages.gates import Awaited, Until
from strategy.messages.widths import Chase, WidthBound, WidthChanged
from strategy.model.chasing import LOOKS, own_interval
from strategy.model.durations import DAY, HOUR
from strategy.model.market import USDC, Asset
from strategy.model.past import Measure
from strategy.model.spec import GridSpec

DAILY = DAY // LOOKS // HOUR
"""Hours for which an interval that follows a goal for each day stays at most."""


def width_told(lang: str, told: WidthChanged) -> Html:
    """The notice as a message."""
    if told.chase is not None:
        return _chased(lang, told, told.chase)
    return say(
        lang,
        "width_changed.same" if told.before == told.after else "width_changed",
        grid=told.grid_id,
        symbol=told.symbol,
        quote=told.quote,
        before=price(told.before),
        after=price(told.after),
        measure=say(lang, f"measure.{told.follows}", hours=told.hours),
        value=percent(told.measure),
        bound=None if told.bound is None else _bound(lang, told, told.bound),
        moved=told.moved,
        stayed=told.stayed or None,
        lasts=duration(lang, told.until - told.at),
    )


def _bound(lang: str, told: WidthChanged, bound: WidthBound) -> Html:
    """Why it is no wider, or no closer, than that."""
    at = None if told.bound_at is None else exact(told.bound_at * 100)
    return say(lang, f"width_bound.{bound}", at=at, grid=told.grid_id)


def width_rule(lang: str, spec: GridSpec, awaits: tuple[Awaited, ...], quote: Asset) -> Html | None:
    """What its interval follows, before it is started, and that a measure has earned nothing more in the past."""
    if spec.width is None or spec.interval is None:
        return None
    if spec.width is Measure.VOLUME:
        least, own, rest = exact(spec.width_least * 100), price(own_interval(spec)), spec.width_rest
        daily = DAILY if rest > DAILY else None
        return say(lang, "preview.volume", own=own, quote=quote, least=least, rest=rest, daily=daily)
    unknown = any(one.until is Until.MEASURE for one in awaits)
    return say(
        lang,
        "preview.width",
        measure=say(lang, f"measure.{spec.width}", hours=spec.width_hours),
        times=exact(spec.width_times),
        least=exact(spec.width_least * 100),
        most=exact(spec.width_most * 100),
        now=None if unknown else price(spec.interval),
        quote=quote,
        rest=spec.width_rest,
    )


def _chased(lang: str, told: WidthChanged, chase: Chase) -> Html:
    goal = chase.goal
    return say(
        lang,
        "width_followed.same" if told.before == told.after else "width_followed",
        grid=told.grid_id,
        symbol=told.symbol,
        quote=told.quote,
        before=price(told.before),
        after=price(told.after),
        why=say(
            lang,
            f"chase.{chase.pace}",
            volume=worth(chase.volume, USDC),
            goal=None if goal is None else worth(goal.volume, USDC),
            cost=cost(chase.cost, USDC),
            budget=None if goal is None or goal.budget is None else cost(goal.budget, USDC),
            passed=percent(chase.passed),
        ),
        own=None if told.own is None else price(told.own),
        moved=told.moved,
        stayed=told.stayed or None,
    )
