"""What is proposed beside a wish to whoever wants to lose little, and what each has done: the only place that knows.

What each part does was measured before it was chosen: `benchmarks/bench_defaults.py` measures the whole again, and a
test holds its table against the figures here. A gate and a pause after a fast fall came to the same from July to
December 2025. The gate was taken after both had been seen on the later months as well, where it was better: no month
that was at hand is left that has not been looked at.

The steps and the limit are those for a market as wild as ETH was then. One that moves twice as far in an hour gets a
ladder twice as wide for half the money, so that the same part of the owner's money is at risk. How much that is follows
from the measure alone: nothing of it was chosen by what it came to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import StrEnum
from types import MappingProxyType

from strategy.grid.opening import Preview, preview, total_for
from strategy.grid.sizing import money_down
from strategy.messages.problems import Problem
from strategy.model.market import Market
from strategy.model.money import ONE
from strategy.model.past import Past
from strategy.model.spec import GridSpec, Spacing
from strategy.model.stops import StopReason

LOSS = Decimal("0.08")
"""The grid stops, sells its coins and stays out once it has lost this part of its money."""

DRAWDOWN = Decimal("0.12")
"""Likewise once its total has come down by this part of its money from its highest. It follows from the limit above and
from a fall of less than 12 % of what there was at the peak: a grid that has won under 4 % ends at a loss of 8 %, and of
what one has that has won more, 12 % of its money are less."""

CAREFUL: Mapping[str, Spacing | Decimal | int | bool] = MappingProxyType(
    {
        "spacing": Spacing.GEOMETRIC,
        "grids": 16,
        "below": Decimal("0.21"),
        "above": Decimal("0.06"),
        "max_loss": LOSS,
        "max_drawdown": DRAWDOWN,
        "loss_sells": True,
        "gate_hours": 168,
    }
)
"""Fields of a spec: steps of about 2 % from 21 % below the price to 6 % above it, opened only while the price is not
below the average of the last week, less 1 %."""
USUAL = Decimal("0.01")
"""How far a market moves in an hour for which that is laid, as a fraction of the price: the mean true range of
`MOVES_HOURS` hours, of which ETH's was half the time above this in the second half of 2025 and half below."""
MOVES_HOURS, FEWEST_HOURS = 168, 24
WILDEST = Decimal(4)
"""Times as far, at most: a ladder for more would reach down to a third of the price and beyond."""
_PER_CENT, _PART = Decimal("0.01"), Decimal("0.0001")
_NO_OTHER_LADDER: Mapping[str, bool | None] = MappingProxyType(
    {
        **dict.fromkeys(("interval", "out_want", "lower", "upper", "width", "width_own", "shift"), None),
        "wait_for_range": False,
        "endless": False,
    }
)
_STAYS_OUT: Mapping[str, Decimal | bool | None] = MappingProxyType(
    {"max_loss": LOSS, "loss_sells": True, "again": None}
)


class Variant(StrEnum):
    """What a preview offers beside what was wished for."""

    LIMIT = "limit"
    """The same ladder, which stops at a loss of 8 %, sells and stays out."""
    CAREFUL = "careful"
    """The whole careful grid, for the same money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Did:
    """What a rule did in the recorded windows: of each 1,000 of money, after fees."""

    worst: Decimal
    """Nine windows in ten were no worse."""
    fall: Decimal
    """The deepest fall from a peak, as a fraction of it."""
    median: Decimal


def _did(worst: str, fall: str, median: str) -> Did:
    return Did(worst=Decimal(worst), fall=Decimal(fall), median=Decimal(median))


WINDOWS, DAYS = 52, 30
"""Windows of so many days, of ETH from January to June 2026 and in March 2020."""
DID: Mapping[str, Did] = MappingProxyType(
    {
        "proposed": _did("-81", "0.097", "6.8"),
        "the brief's": _did("-317", "0.465", "-34.2"),
        "the brief's, 8 % sold": _did("-81", "0.113", "-81.3"),
        "10 % each side, 5 % kept": _did("-300", "0.528", "-36.4"),
        "10 % each side, 8 % sold": _did("-81", "0.113", "-67.7"),
    }
)
"""By the names that the benchmark has for its rules."""


def kept_and_sold(spacing: Spacing) -> tuple[Did, Did]:
    """What grids of this kind did: 5 % with the coins kept, and 8 % with the coins sold."""
    kind = "the brief's" if spacing is Spacing.INTERVAL else "10 % each side"
    kept = kind if spacing is Spacing.INTERVAL else f"{kind}, 5 % kept"
    return DID[kept], DID[f"{kind}, 8 % sold"]


def moves_of(past: Past, at: int) -> Decimal | None:
    """How far a market moves in an hour, as a fraction of its price; of a young one by the hours that there are.

    None where those are too few.
    """
    hours = min(MOVES_HOURS, past.reach(at) - 1)
    return past.true_range(hours, at) if hours >= FEWEST_HOURS else None


def wildness(moves: Decimal | None) -> Decimal:
    """How many times as far as usual a market moves that moves so far in an hour, in quarters, never less than once.

    Once where it is not known.
    """
    quarters = ((moves or USUAL) / USUAL * 4).to_integral_value(ROUND_HALF_UP)
    return min(max(quarters / 4, ONE), WILDEST)


def careful_for(times: Decimal) -> Mapping[str, Spacing | Decimal | int | bool]:
    """The careful grid's fields for a market that moves so many times as far: each step is that many steps long."""
    below, above = (Decimal(CAREFUL[name]) for name in ("below", "above"))
    return {
        **CAREFUL,
        "below": (ONE - (ONE - below) ** times).quantize(_PER_CENT, ROUND_HALF_UP),
        "above": ((ONE + above) ** times - ONE).quantize(_PER_CENT, ROUND_HALF_UP),
        "max_loss": (LOSS * times).normalize(),
        "max_drawdown": (DRAWDOWN * times).normalize(),
    }


def laid_for(spec: GridSpec) -> Decimal | None:
    """How many times as far as usual the market moves for which this careful grid is laid; None where it is none."""
    times = (spec.max_loss or LOSS) / LOSS
    wished = {**_NO_OTHER_LADDER, **_STAYS_OUT, **careful_for(times)} if ONE <= times <= WILDEST else {"grids": None}
    return times if all(getattr(spec, name) == value for name, value in wished.items()) else None


def eased(spec: GridSpec, market: Market, times: Decimal) -> GridSpec:
    """With so many times less money: what it may lose of it is then the same as in a market that moves as usual."""
    if spec.envelope is not None:
        return replace(spec, envelope=(spec.envelope / times).quantize(_PART, ROUND_FLOOR))
    if spec.quote_per_order is not None:
        return replace(spec, quote_per_order=money_down(spec.quote_per_order / times, market.quote))
    return spec


def variants(seen: Preview, moves: Decimal | None = None) -> Mapping[Variant, GridSpec]:
    """What can be proposed beside what is shown: neither what that is already, nor what would be refused.

    `moves`: how far its market moves in an hour, as a fraction. Beside a careful grid nothing is, also where its market
    has become wilder since it was shown: each look at it would take from its money.
    """
    if laid_for(seen.spec) is not None:
        return {}
    found = {Variant.LIMIT: _limited(seen.spec), Variant.CAREFUL: _careful(seen, wildness(moves))}
    return {one: spec for one, spec in found.items() if spec != seen.spec and _would_do(seen, spec)}


def _limited(spec: GridSpec) -> GridSpec:
    if spec.max_loss == LOSS and spec.sells_at(StopReason.MAX_LOSS) and spec.again is None:
        return spec
    return replace(spec, **_STAYS_OUT)  # type: ignore[arg-type]  # each field what it takes


def _careful(seen: Preview, times: Decimal) -> GridSpec:
    """For no more money than is set aside for what is shown; a part of the account's stays a part."""
    spec = replace(seen.spec, **{**_NO_OTHER_LADDER, **_STAYS_OUT, **careful_for(times)})  # type: ignore[arg-type]  # likewise
    if spec.is_divided and (spec.envelope is not None or times == 1):
        return eased(spec, seen.market, times)
    spec = replace(spec, takes_rest=False, envelope=None, quote_per_order=None, base_per_order=None)
    money = seen.money / times
    return replace(spec, total=total_for(spec, seen.market, seen.touch, seen.fees, money))


def _would_do(seen: Preview, spec: GridSpec) -> bool:
    return not isinstance(preview(spec, seen.market, seen.touch, seen.fees, seen.free), Problem)
