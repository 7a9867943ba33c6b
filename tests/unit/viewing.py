"""Examples of what the owner can look at: previews, grids, summaries, orders, booked fills. Values only."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from typing import Any

from bot.mode import Mode
from bot.owner.views import BalanceLine, FillsView, OrdersView, Summary, Together
from strategy.account.risk import Fall
from strategy.grid.opening import Preview, preview
from strategy.model.account import Halt, Interruption
from strategy.model.grid import Grid, Phase
from strategy.model.ledger import Books, FillEntry
from strategy.model.limits import Bound, Bounds, Hit
from strategy.model.market import Fees, Market, Side, Symbol, Touch
from strategy.model.orders import ClientId, Fill, GridId, LevelId, OpenOrder, Order, Purpose
from strategy.model.spec import GridSpec, Spacing
from tests.unit.telling import AT, ETH, ETH_USDC, GRID, LEVEL, USDC, a_line

D = Decimal
MARKET = Market(
    symbol=ETH_USDC,
    base=ETH,
    quote=USDC,
    tick_size=D("0.01"),
    step_size=D("0.0001"),
    min_quantity=D("0.001"),
)
TOUCH = Touch(symbol=ETH_USDC, bid=D("2510.1"), ask=D("2510.3"), at=AT)
FEES = Fees(maker=D("0.0008"), taker=D("0.001"))
INTERVAL = GridSpec(symbol=ETH_USDC, grids=3, interval=D(40), out_want=D("0.004"), quote_per_order=D(50))
GEOMETRIC = GridSpec(
    symbol=ETH_USDC,
    spacing=Spacing.GEOMETRIC,
    grids=120,
    lower=D(1500),
    upper=D(3700),
    total=D(9200),
    stop_loss=D(1400),
    take_profit=D(4000),
)


def a_preview(spec: GridSpec = INTERVAL) -> Preview:
    found = preview(spec, MARKET, TOUCH, FEES, D(10_000))
    assert isinstance(found, Preview)
    return found


def a_grid(number: int, spec: GridSpec = INTERVAL) -> Grid:
    seen = a_preview(spec)
    return Grid(
        id=GridId(number),
        spec=spec,
        market=MARKET,
        created_at=AT,
        money=seen.money,
        start_price=TOUCH.bid,
        phase=Phase.RUNNING,
        levels={level.id: level for level in seen.levels},
        books=Books(fills=61),
    )


def a_summary(grids: int = 1, **changes: Any) -> Summary:
    summary = Summary(
        at=AT,
        mode=Mode.DEMO,
        grids=tuple(a_line(number, phase) for number, phase in zip(range(1, grids + 1), _phases(), strict=False)),
        open_orders=41,
        waiting_levels=2,
        limbo=1,
        foreign_orders=3,
        balances=(
            BalanceLine(
                asset=USDC,
                available=D("9700.1234567"),
                locked=D(100),
                lent=D(5),
                reserved=D(150),
                foreign=D(0),
                free=D("9650.1234567"),
                change=D("-3.2"),
            ),
        ),
        fees=FEES,
        daily_loss=D(200),
        halt=None,
        interruption=None,
        prices_age=2_000,
        uptime=7_500_000,
    )
    return replace(summary, **changes)


def together(**changes: Any) -> Together:
    """The limits of all grids together, each set, used and reached."""
    hit = Hit(at=AT, bound=Bound.DRAWDOWN, value=D("-205.1"), threshold=D(200), unit=USDC)
    seen = Together(
        bounds=Bounds(
            daily_loss=D(200),
            drawdown=D("0.1"),
            exposure=D(3000),
            exposure_of={ETH: D(1500)},
            orders=60,
            trips=20,
            stops=3,
        ),
        falls={USDC: Fall(money=D("82.5"), equity=D(1650))},
        exposure={None: D("1200.5"), ETH: None},
        placed=7,
        closed=2,
        stopped=2,
        paused_for=7_200_000,
        hits=(
            hit,
            replace(hit, bound=Bound.STOP_LOSS, value=D("1799.5"), threshold=D(1800), grid_id=GRID),
            replace(hit, bound=Bound.EXPOSURE, value=D("1520.4"), threshold=D(1500), coin=ETH),
            replace(hit, bound=Bound.ORDERS, value=D(60), threshold=D(60), unit=None),
            replace(hit, bound=Bound.STOPS, value=D(3), threshold=D(3), unit=None),
        ),
        zone=UTC,
    )
    return replace(seen, **changes)


def no_limits() -> Together:
    """The same with every limit off and nothing reached."""
    bounds = Bounds()
    return together(
        bounds=bounds, falls={}, exposure={None: D(0)}, placed=0, closed=0, stopped=0, paused_for=0, hits=()
    )


def troubled() -> Summary:
    return a_summary(
        halt=Halt.DAILY_LOSS,
        interruption=Interruption(cause="maintenance", text="back <soon>", since=AT - 60_000),
    )


def _phases() -> Iterator[Phase]:
    while True:
        yield from Phase


def an_order(number: int, **changes: Any) -> Order:
    order = Order(
        client_id=ClientId(number),
        grid_id=GRID,
        symbol=ETH_USDC,
        purpose=Purpose.LEVEL,
        level=LevelId(number),
        side=Side.SELL,
        price=D("2530.4"),
        quantity=D("0.0199"),
        intended_at=AT,
        changed_at=AT,
    )
    return replace(order, **changes)


def some_orders(ours: int, foreign: int = 1) -> OrdersView:
    strange = OpenOrder(
        order_id="1",
        client_id=None,
        symbol=Symbol("SOL_USDC"),
        side=Side.BUY,
        price=None,
        quantity=D(2),
        executed=D(0),
        created_at=AT,
    )
    return OrdersView(
        ours=tuple(an_order(number) for number in range(1, ours + 1)),
        foreign=(strange,) * foreign,
        bids={ETH_USDC: D("2510.1")},
    )


def some_fills(count: int) -> FillsView:
    fill = Fill(
        key="ETH_USDC:2959284",
        symbol=ETH_USDC,
        order_id="9",
        side=Side.SELL,
        price=D("2530.4"),
        quantity=D("0.0199"),
        fee=D("0.04"),
        fee_asset=USDC,
        is_maker=True,
        at=AT,
    )
    entry = FillEntry(
        at=AT,
        fill=fill,
        base=ETH,
        quote=USDC,
        grid_id=GRID,
        level=LEVEL,
        purpose=Purpose.LEVEL,
        realised=D("0.1187"),
        closes=True,
    )
    foreign = replace(entry, fill=replace(fill, system="ADL <x>"), grid_id=None, realised=None, closes=False)
    fills = (foreign, *[entry] * (count - 1)) if count else ()
    return FillsView(fills=fills, total=count, trips={entry.key: D("0.1187")})
