"""A backtest's result for tests: a profit, less than holding made."""

from decimal import Decimal

from bot.owner.backtests import Played, Source
from strategy.model.spec import GridSpec, Spacing
from tests.builders import ETH_USDC, NOW, a_market

DAY = 86_400_000
D = Decimal


def a_result() -> Played:
    return Played(
        market=a_market(),
        spec=GridSpec(
            symbol=ETH_USDC, spacing=Spacing.ARITHMETIC, grids=20, lower=D(1800), upper=D(2200), total=D(1000)
        ),
        lowest=D(1800),
        highest=D(2200),
        levels=20,
        days=30,
        begins=NOW - 30 * DAY,
        ends=NOW,
        candles=8_640,
        interval=300_000,
        source=Source.FETCHED,
        first_price=D(2000),
        last_price=D(2100),
        money=D(1000),
        total=D("31.239"),
        low_first=D("29.1"),
        high_first=D("33.2"),
        grid_profit=D("20.128"),
        stop_sales=D(0),
        floating=D("11.111"),
        fees=D("2.4"),
        fee_share=D("0.11"),
        holding=D("49.95"),
        fall=D("12.3"),
        fall_share=D("0.012"),
        below=3 * DAY,
        fills=240,
        round_trips=120,
        in_range=D("0.93"),
    )
