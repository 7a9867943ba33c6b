"""What a round trip of a level earns, and what its fees take of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from strategy.model.levels import Level
from strategy.model.market import Fees, Market
from strategy.model.money import ONE, ZERO
from strategy.model.spec import GridSpec, Spacing


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


def rise_needed(level: Level, market: Market, fees: Fees, buffer: Decimal) -> Decimal | None:
    """The smallest rise from its buy to its sell with which a round trip earns the buffer, rounded up to 0.01 %.

    What a sale leaves over, as it is rounded down to the step, earns nothing: the rest has to earn it too. None where
    nothing would be left to sell.
    """
    received = level.quantity * (ONE - fees.maker)
    sold = market.quantity_down(received)
    if sold <= 0:
        return None
    left_over = (received - sold) * level.buy_price
    asked = (level.quantity * level.buy_price * (ONE + buffer) - left_over) / (sold * (ONE - fees.maker))
    return (asked / level.buy_price - ONE).quantize(Decimal("0.0001"), ROUND_CEILING)


def least_step(fees: Fees, buffer: Decimal, market: Market, price: Decimal) -> Decimal:
    """The smallest rise from buy to sell that covers two maker fees, the buffer and a tick, rounded up to 0.01 %."""
    step = (ONE + buffer) * (ONE + fees.break_even_step()) - ONE + market.tick_size / price
    return step.quantize(Decimal("0.0001"), ROUND_CEILING)


def earning_step(spec: GridSpec, market: Market, fees: Fees, levels: Sequence[Level]) -> Decimal:
    """The smallest step with which these levels are accepted. An interval grid buys as many coins whatever its `out`
    is: there it is known to the last hundredth of a per cent, with what rounding leaves over of each sale.
    """
    least = least_step(fees, spec.fee_buffer, market, min(level.buy_price for level in levels))
    if spec.spacing is not Spacing.INTERVAL:
        return least
    needed = (rise_needed(level, market, fees, spec.fee_buffer) for level in levels)
    return max(least, *(one for one in needed if one is not None), ZERO)
