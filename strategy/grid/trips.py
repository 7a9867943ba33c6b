"""What a round trip of a level earns, and what its fees take of it."""

from dataclasses import dataclass
from decimal import Decimal

from strategy.model.levels import Level
from strategy.model.market import Fees, Market
from strategy.model.money import ONE, ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """What a round trip of a level earns, both legs as maker."""

    profit: Decimal
    cost: Decimal
    fees: Decimal

    @property
    def rate(self) -> Decimal:
        """Profit as a fraction of what the buy costs."""
        return self.profit / self.cost

    @property
    def fee_share(self) -> Decimal:
        """Fees as a fraction of the gross profit; zero where they are a rebate, which takes nothing of it."""
        return self.fees / (self.profit + self.fees) if self.fees > 0 else ZERO


def trip(level: Level, market: Market, fees: Fees) -> Trip:
    """A round trip of this level: bought at its buy price, fee taken in coins, sold rounded down to the step."""
    cost = level.quantity * level.buy_price
    received = level.quantity * (ONE - fees.maker)
    sold = market.quantity_down(received)
    proceeds = sold * level.sell_price * (ONE - fees.maker)
    kept = (received - sold) * level.buy_price
    paid = level.quantity * fees.maker * level.buy_price + sold * level.sell_price * fees.maker
    return Trip(profit=proceeds + kept - cost, cost=cost, fees=paid)
