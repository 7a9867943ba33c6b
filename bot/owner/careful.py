"""The grid that is proposed to whoever wants to lose little: one place from which preview, benchmark and pages take it.

What each of its parts does was measured before it was chosen: `benchmarks/bench_defaults.py` measures the whole again.
A gate and a pause after a fast fall came to the same from July to December 2025. The gate was taken after both had been
seen on the later months as well, where it was better: no month that was at hand is left that has not been looked at.
"""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from strategy.model.grid import Spacing

LOSS = Decimal("0.08")
"""The grid stops, sells its coins and stays out once it has lost this part of its money."""

CAREFUL: Mapping[str, Spacing | Decimal | int | bool] = MappingProxyType(
    {
        "spacing": Spacing.GEOMETRIC,
        "grids": 16,
        "below": Decimal("0.21"),
        "above": Decimal("0.08"),
        "max_loss": LOSS,
        "sell_on_limit": True,
        "gate_hours": 168,
    }
)
"""Fields of a spec: steps of about 2 % from 21 % below the price to 8 % above it, opened only while the price is not
below the average of the last week, less 1 %."""
