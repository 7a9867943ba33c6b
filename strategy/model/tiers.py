"""Backpack's spot fee tiers, as they could be read: data with its source and its date, and nothing made up.

An account's own rates come from the exchange; this table only says which row they are, and what the next one asks for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from strategy.model.market import Asset, Fees, Symbol

SOURCE = "support.backpack.exchange"
"""The pages on trading fees and the VIP programme. Rows that were not readable there have no figures here."""
READ_ON = "2026-11-28"
STAKED = Asset("BP")
"""The token whose stake counts."""
WINDOW_DAYS = 30
"""Of volume, which counts for a tier."""
UNCOUNTED = frozenset({Symbol("USDT_USDC")})
"""Markets that cost no fee, and whose volume does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """One row: it is reached by either of the two. None is not known."""

    name: str
    staked: Decimal
    """Of the token, at least."""
    volume: Decimal | None = None
    """Spot volume of 30 days, in USD, at least."""
    fees: Fees | None = None


def _known(maker: str, taker: str) -> Fees:
    return Fees(maker=Decimal(maker), taker=Decimal(taker))


TIERS = (
    Tier(name="1", staked=Decimal(0), volume=Decimal(0), fees=_known("0.0008", "0.001")),
    Tier(name="2", staked=Decimal(350), volume=Decimal(100_000), fees=_known("0.0007", "0.0009")),
    Tier(name="3", staked=Decimal(1_500)),
    Tier(name="4", staked=Decimal(3_500)),
    Tier(name="5", staked=Decimal(15_000)),
    Tier(name="6", staked=Decimal(30_000)),
    Tier(name="VIP 1", staked=Decimal(50_000)),
    Tier(name="VIP 2", staked=Decimal(100_000)),
    Tier(name="VIP 3", staked=Decimal(200_000)),
    Tier(name="VIP 4", staked=Decimal(350_000)),
    Tier(name="VIP 5", staked=Decimal(500_000)),
)
"""The lowest first. That the lowest rates of all (0 % and 0.025 %) are the last row's is nowhere said: it has none."""
_BY_FEES: Mapping[Fees, int] = {tier.fees: place for place, tier in enumerate(TIERS) if tier.fees is not None}


def tier_of(fees: Fees) -> Tier | None:
    """The row with exactly these rates; None where the table has none."""
    place = _BY_FEES.get(fees)
    return None if place is None else TIERS[place]


def tier_after(fees: Fees) -> Tier | None:
    """The row that follows; None where these rates are in no row."""
    place = _BY_FEES.get(fees)
    return None if place is None else TIERS[place + 1]
