"""One sweep: variants drawn, played on the days that are looked at, and again on those that are not. Prints nothing."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bot.console.spread import play
from bot.console.variants import Axis, Variant, typed, varied
from bot.console.wished import Case, Refused, mistake, spec_of
from bot.settings import Settings
from bot.telegram.typed.parameters import OF_GRID
from bot.telegram.typed.parsing import Given, contradiction
from strategy.grid.sizing import money_up
from strategy.messages.problems import ProblemCode
from strategy.model.durations import DAY
from strategy.model.spec import GridSpec
from strategy.research.figures import FEWEST_DAYS
from strategy.research.kernel import Course, Outcome, Results, Track
from strategy.research.ladders import Ladder, position_of, unbound
from strategy.research.replay import Replay
from strategy.research.scale import Scale, Unsupported, unbanded
from strategy.research.sweep import By, Floats, Judged, day_ends, judged

Told = Callable[[int, int], None]
Player = Callable[[Course, Iterable[Ladder], Callable[[int], None]], Results]
"""Whatever plays ladders: this machine, or a cluster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is swept: many variants of one line, on a recorded market that is divided at one candle."""

    case: Case
    given: Given
    axes: tuple[Axis, ...]
    variants: Sequence[Variant]
    split: int
    """The first candle that is not looked at."""
    by: By


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep has found. Numbers are places among the variants that can be opened."""

    plan: Plan
    refused: Mapping[ProblemCode, int]
    """Variants that can't be, by why."""
    variants: Sequence[Variant]
    specs: Sequence[GridSpec]
    """As they are played."""
    inside: Results
    found: Judged
    outside: Mapping[int, Outcome]
    """On the days that were not looked at, those that can be opened where these begin."""

    @property
    def scores(self) -> Floats:
        """What they are ranked by, the higher the better."""
        return self.found.score(self.plan.by)

    @property
    def ranked(self) -> list[int]:
        """The best first."""
        return [int(one) for one in np.argsort(-self.scores, kind="stable")]

    @property
    def places(self) -> Floats:
        """Where each lies in what was tried."""
        axes = self.plan.axes
        return np.array([[axis.place(one[axis.word]) for axis in axes] for one in self.variants])


_WHY = {
    ProblemCode.OUTSIDE: "the price is outside",
    ProblemCode.LOSES: "fees take what they earn",
    ProblemCode.TOO_SMALL: "orders are too small",
    ProblemCode.SAME_TICK: "two lines on one tick",
    ProblemCode.BAD_LIMIT: "a limit is reached at once",
    ProblemCode.NO_MONEY: "the money is not there",
}


def why(code: ProblemCode) -> str:
    """Why a grid can't be opened, in few words."""
    return _WHY.get(code, code.value.replace("_", " "))


def courses(case: Case, split: int) -> tuple[Course, Course]:
    """The days that are looked at, and those after them: the grids of the second begin where the first ends.

    What the exchange lays down of one order (its highest price, its largest quantity) is none of it.
    """
    scale, track = Scale(market=unbanded(case.market), rules=case.rules, unit=case.candles.unit), Track.of(case.candles)
    end, first = len(case.candles), case.first
    inside = Course(track=track, scale=scale, span=(first, split), ends=day_ends(case.candles, first, split))
    outside = Course(track=track, scale=scale, span=(split - 1, end), ends=day_ends(case.candles, split - 1, end))
    return inside, outside


def sweep(settings: Settings, plan: Plan, told: Told, by: Player = play) -> Swept:
    """Play all variants. `Refused` names what can't be played, and where none can."""
    inside, outside = courses(plan.case, plan.split)
    variants, ladders, refused = opened(settings, plan, inside)
    if not ladders:
        msg = f"None of {len(plan.variants):,} grids can be opened: {', '.join(map(why, refused))}. Widen the ranges, "
        raise Refused(msg + "or see with packgrid backtest what is wrong with one.")
    found = by(inside, ladders, lambda done: told(done, 2 * len(ladders)))
    figures = judged(found, lasted(plan.case, inside))
    if not np.isfinite(figures.score(plan.by)).any():
        msg = f"No grid has a figure to rank by: --by {plan.by} needs at least {FEWEST_DAYS} days to choose by."
        raise Refused(msg)
    after = {
        one: ladder for one, first in enumerate(ladders) if isinstance(ladder := outside.ladder(first.spec), Ladder)
    }
    unseen = by(outside, after.values(), lambda done: told(len(ladders) + done, 0)) if after else ()
    return Swept(
        plan=plan,
        refused=refused,
        variants=variants,
        specs=[_as_played(ladder, inside.scale) for ladder in ladders],
        inside=found,
        found=figures,
        outside=dict(zip(after, unseen, strict=True)),
    )


def opened(settings: Settings, plan: Plan, course: Course) -> tuple[list[Variant], list[Ladder], Counter[ProblemCode]]:
    """Those that can be, with their ladders, and why others can't."""
    variants, ladders, refused = list[Variant](), list[Ladder](), Counter[ProblemCode]()
    for variant, ladder in _opened(settings, plan, course):
        if isinstance(ladder, Ladder):
            variants.append(variant)
            ladders.append(ladder)
        else:
            refused[ladder] += 1
    return variants, ladders, refused


def lasted(case: Case, course: Course) -> float:
    """The days of a course."""
    (first, end), candles = course.span, case.candles
    return (candles.at[end - 1] + candles.interval - candles.at[first]) / DAY


def _opened(settings: Settings, plan: Plan, course: Course) -> Iterator[tuple[Variant, Ladder | ProblemCode]]:
    case = plan.case
    price, looked_at = course.scale.unit * course.price, set[tuple[str | None, ...]]()
    for variant in plan.variants:
        given = varied(plan.given, variant)
        kinds = tuple(one if isinstance(one, str) else None for one in variant.values())
        if kinds not in looked_at and (wrong := contradiction(given.values)) is not None:
            raise mistake(case.lang, wrong)
        looked_at.add(kinds)
        spec = spec_of(settings, given, course.scale.market, price, case.rules.fees, case.rules.money)
        if "maxpos" in given.values:
            raise Refused(_not_played(("max_position",)))
        try:
            yield variant, course.ladder(unbound(spec))
        except Unsupported as wrong:
            raise Refused(_not_played(wrong.args)) from None


def _as_played(ladder: Ladder, scale: Scale) -> GridSpec:
    """With a maximum position that can be typed."""
    return replace(ladder.spec, max_position=money_up(position_of(ladder, scale), scale.market.quote))


def _not_played(fields: Sequence[str]) -> str:
    words = {one.field: f"{one.word}=" for one in OF_GRID}
    named = ", ".join(words.get(field, field) for field in fields)
    return f"A sweep does not play {named}: packgrid backtest does, one grid at a time."


def differs(swept: Swept, one: int) -> str | None:
    """What the engine itself says of a variant, where that is anything else: never."""
    plan, ladder = swept.plan, swept.inside.ladders[one]
    market = swept.inside.scale.market
    spans = [(plan.case.first, plan.split, swept.inside.outcome(one))]
    if one in swept.outside:
        spans.append((plan.split - 1, len(plan.case.candles), swept.outside[one]))
    for first, end, outcome in spans:
        replay = Replay(market=market, candles=plan.case.candles, rules=plan.case.rules)
        refused = replay.begin(swept.specs[one], first)
        assert refused is None, f"the engine refuses {ladder.spec}: {refused}"
        replay.play(end)
        books, price = replay.grid.books, plan.case.candles.price(plan.case.candles.close[end - 1])
        said = (replay.grid.total(price), books.fees_value, books.round_trips)
        if said != (outcome.total, outcome.fees, outcome.round_trips):
            return f"{said} is not {(outcome.total, outcome.fees, outcome.round_trips)}"
    return None


def line(swept: Swept, one: int) -> str:
    """What would be typed to start it."""
    given = varied(swept.plan.given, swept.variants[one])
    words = [f"{word}={typed(word, value)}" for word, value in given.values.items()]
    return " ".join((f"/grid {swept.plan.case.market.symbol}", *words, f"maxpos={swept.specs[one].max_position}"))
