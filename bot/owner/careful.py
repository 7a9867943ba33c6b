"""What is proposed beside a wish to whoever wants to lose little, and what each has done: the only place that knows.

What each part does was measured before it was chosen: `benchmarks/bench_defaults.py` measures the whole again, and a
test holds its table against the figures here. A gate and a pause after a fast fall came to the same from July to
December 2025. The gate was taken after both had been seen on the later months as well, where it was better: no month
that was at hand is left that has not been looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from strategy.grid.opening import Preview, preview, total_for
from strategy.messages.problems import Problem
from strategy.model.grid import GridSpec, Spacing
from strategy.model.stops import StopReason

LOSS = Decimal("0.08")
"""The grid stops, sells its coins and stays out once it has lost this part of its money."""

CAREFUL: Mapping[str, Spacing | Decimal | int | bool] = MappingProxyType(
    {
        "spacing": Spacing.GEOMETRIC,
        "grids": 16,
        "below": Decimal("0.21"),
        "above": Decimal("0.06"),
        "max_loss": LOSS,
        "loss_sells": True,
        "gate_hours": 168,
    }
)
"""Fields of a spec: steps of about 2 % from 21 % below the price to 6 % above it, opened only while the price is not
below the average of the last week, less 1 %."""
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


def variants(seen: Preview) -> Mapping[Variant, GridSpec]:
    """What can be proposed beside what is shown: neither what that is already, nor what would be refused."""
    found = {Variant.LIMIT: _limited(seen.spec), Variant.CAREFUL: _careful(seen)}
    return {one: spec for one, spec in found.items() if spec != seen.spec and _would_do(seen, spec)}


def _limited(spec: GridSpec) -> GridSpec:
    if spec.max_loss == LOSS and spec.sells_at(StopReason.MAX_LOSS) and spec.again is None:
        return spec
    return replace(spec, **_STAYS_OUT)  # type: ignore[arg-type]  # each field what it takes


def _careful(seen: Preview) -> GridSpec:
    """For no more money than is set aside for what is shown; a part of the account's stays that."""
    wished = {**_NO_OTHER_LADDER, **_STAYS_OUT, **CAREFUL}
    if all(getattr(seen.spec, name) == value for name, value in wished.items()):
        return seen.spec
    spec = replace(seen.spec, **wished)  # type: ignore[arg-type]  # likewise
    if spec.is_divided:
        return spec
    spec = replace(spec, quote_per_order=None, base_per_order=None)
    return replace(spec, total=total_for(spec, seen.market, seen.touch, seen.fees, seen.money))


def _would_do(seen: Preview, spec: GridSpec) -> bool:
    return not isinstance(preview(spec, seen.market, seen.touch, seen.fees, seen.free), Problem)
