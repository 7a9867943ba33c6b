"""Examples of audits, for the tests of their texts: all is well, each cause, and everything wrong. Values only."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from bot.owner.views import AssetAudit, Audit, Cause, Fault, FillFault, GridAudit, Part, Wrong
from strategy.model.market import Asset
from strategy.model.orders import Fill, GridId
from tests.unit.telling import AT, ETH, ETH_USDC, USDC
from tests.unit.viewing import some_fills

D = Decimal
DAY = 86_400_000
BALANCED = Audit(
    at=AT,
    opened_at=AT - 30 * DAY,
    booked=1204,
    agreed=1204,
    not_shown=0,
    not_booked=0,
    movements=3,
    assets=(
        AssetAudit(asset=ETH, held=D("0.412345678901"), books=D("0.412345678901")),
        AssetAudit(asset=USDC, held=D("9412.5"), books=D("9412.5")),
    ),
    grids=(
        GridAudit(
            grid_id=GridId(3),
            symbol=ETH_USDC,
            quote=USDC,
            fills=1204,
            round_trips=571,
            total=D("-3.20"),
            grid_profit=D("9.71"),
            stop_sales=D(0),
            floating=D("-12.91"),
        ),
    ),
)


def differing(*parts: Part, asset: Asset = USDC) -> Audit:
    """An audit in which one asset differs by these parts."""
    gap = sum((part.amount for part in parts), D(0))
    one = AssetAudit(asset=asset, held=D("9412.5") + gap, books=D("9412.5"), parts=parts)
    return replace(BALANCED, assets=(one,))


def audits() -> Iterator[Audit]:
    """Every kind, and one that is longer than a message."""
    yield BALANCED
    for cause in Cause:
        for count in (0, 1, 12):
            yield differing(Part(cause=cause, amount=D("-12.5"), count=count))
    yield ruined()


def ruined() -> Audit:
    """Everything that can be wrong, many times."""
    wrong = Wrong(name="grid_profit", kept=D("9.71"), folded=D("9.70"))
    return replace(
        differing(Part(cause=Cause.UNEXPLAINED, amount=D("-0.000000000001"), count=0)),
        not_shown=2,
        not_booked=1,
        kept_wrong=(wrong,) * 40,
        grids=tuple(replace(BALANCED.grids[0], wrong=(wrong,) * 10) for _ in range(40)),
        faults=tuple(a_fault(fault) for fault in Fault) * 40,
    )


def a_fault(fault: Fault) -> FillFault:
    """A fill that the two histories do not agree on."""
    fill: Fill = some_fills(1).fills[0].fill
    if fault is not Fault.DIFFERENT:
        return FillFault(fault=fault, fill=fill)
    shown = replace(fill, price=fill.price + 1, fee_asset=Asset("<b>&"))
    return FillFault(fault=fault, fill=fill, shown=shown, fields=("price", "fee_asset"))
