"""Which limits a change loosens: /tune and /risk ask about those first. The table is the column of the parameters."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import assert_never

from bot.telegram.typed.kinds import Looser
from bot.telegram.typed.parameters import BY_WORD, TUNE_KEYS, of_coin
from strategy.model.grid import Grid
from strategy.model.limits import Bounds
from strategy.model.spec import Shift
from strategy.model.stops import StopReason

_SALES: Mapping[str, StopReason] = {
    "stopsell": StopReason.STOP_LOSS,
    "takesell": StopReason.TAKE_PROFIT,
    "losssell": StopReason.MAX_LOSS,
    "untilsell": StopReason.END_DATE,
}
_SIDES: Mapping[Shift | None, frozenset[int]] = {
    None: frozenset(),
    Shift.UP: frozenset((1,)),
    Shift.DOWN: frozenset((-1,)),
    Shift.BOTH: frozenset((1, -1)),
}
_ENDLESS = Decimal("Infinity")
_A_DAY = 24 * 60
BOUNDS: Mapping[str, str] = {
    "daily": "daily_loss",
    "drawdown": "drawdown",
    "exposure": "exposure",
    "orders": "orders",
    "trips": "trips",
    "stops": "stops",
    "stopsin": "stops_hours",
}
"""What each parameter of /risk sets."""


def loosened(before: Grid, after: Grid) -> tuple[str, ...]:
    """The limits of a grid that let more happen after a tuning than before, by their words."""
    return tuple(
        word
        for word in TUNE_KEYS
        if _counts(word, before, after) and is_looser(BY_WORD[word].looser, _figure(before, word), _figure(after, word))
    )


def bounds_loosened(before: Bounds, after: Bounds) -> tuple[str, ...]:
    """Likewise of the limits of all grids together: `exposure.ETH` is that of a coin."""
    old, new = figures_of(before), figures_of(after)
    told = [*old, *(name for name in new if name not in old)]
    if before.stops is None:  # nothing is counted: for how long says nothing
        told.remove("stopsin")
    return tuple(name for name in told if is_looser(BY_WORD[of_coin(name)[0]].looser, old.get(name), new.get(name)))


def figures_of(bounds: Bounds) -> dict[str, Decimal | int | None]:
    """The limits of all grids together, by the words that set them."""
    figures = {word: getattr(bounds, field) for word, field in BOUNDS.items()}
    return figures | {f"exposure.{coin}": most for coin, most in bounds.exposure_of.items()}


def is_looser(how: Looser | None, old: object, new: object) -> bool:
    """Whether the new figure of a limit lets more happen than the old one."""
    if how is Looser.BEYOND:
        assert isinstance(old, frozenset)
        assert isinstance(new, frozenset)
        return not new <= old
    return how is not None and _looseness(how, new) > _looseness(how, old)


def _looseness(how: Looser, value: object) -> Decimal:  # noqa: C901 - one case a kind, nothing else
    """How much a figure lets happen, on a scale of its own."""
    match how:
        case Looser.MORE:
            return _ENDLESS if value is None else _rank(value)
        case Looser.LESS:
            return _ENDLESS if value is None else -_rank(value)
        case Looser.ALLOWED:
            return -_ENDLESS if value is None else _rank(value)
        case Looser.SOONER:
            return -_ENDLESS if value is None else -_rank(value)
        case Looser.OFF:
            return Decimal(value is None)
        case Looser.NO:
            return Decimal(not value)
        case Looser.YES:
            return Decimal(bool(value))
        case Looser.BEYOND:
            raise AssertionError(value)  # there is no more or less to it
        case _:
            assert_never(how)


def _counts(word: str, before: Grid, after: Grid) -> bool:
    """What says more of a limit that was not there, or is gone, loosens nothing: that limit itself is looked at."""
    if word == "maxpos" and before.spec.max_position == after.spec.max_position:
        return False  # it follows the grid's money, and what more is set aside is told by itself
    refined = BY_WORD[word].refines
    return not refined or None not in (_figure_set(before, refined), _figure_set(after, refined))


def _figure_set(grid: Grid, word: str) -> object:
    return getattr(grid.spec, BY_WORD[word].field)


def _figure(grid: Grid, word: str) -> object:
    """What is in force: what was not given follows from the others."""
    spec = grid.spec
    match word:
        case "stop":
            return grid.stop_price
        case "maxpos":
            return grid.max_position
        case "trailfrom":
            return spec.trail_start
        case "shift":
            return _SIDES[spec.shift]
        case "until" if not _is_date(spec.ends):
            return None  # so many days from one that nobody knows yet are no end at all
        case "hours":
            return _minutes(spec.open_hours)
        case _ if word in _SALES:
            return spec.sells_at(_SALES[word])
        case _:
            return _figure_set(grid, word)


def _minutes(hours: tuple[int, int] | None) -> frozenset[int]:
    """Those of a day at which a grid may open; past midnight where the second is the smaller one."""
    first, last = hours or (0, _A_DAY)
    return frozenset(at % _A_DAY for at in range(first, last if last > first else last + _A_DAY))


def _is_date(ends: str | None) -> bool:
    """Whether it is known on which day a grid ends."""
    return ends is not None and not ends.endswith("d")


def _rank(value: object) -> Decimal:
    match value:
        case Decimal() | int():
            return Decimal(value)
        case str():
            return Decimal(date.fromisoformat(value).toordinal())
        case _:
            raise AssertionError(value)
