"""Examples of everything that is told to the owner, for the tests of the texts. Values only."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

from strategy.account.markets import RESTRICTED
from strategy.messages.by_hand import (
    CoinsMissing,
    Listing,
    OrderResurfaced,
    RowsUnread,
    RulesChanged,
    StrangersSettled,
    StrayCancelled,
)
from strategy.messages.doubts import FillsMissing, HoldOver, LiveUnconfirmed, OrdersLeft
from strategy.messages.envelopes import EnvelopeChanged
from strategy.messages.notices import (
    AutoLendFound,
    FillTold,
    GridEnded,
    GridOpened,
    GridParked,
    LevelJumped,
    LevelWaits,
    LimitReached,
    MarketRestricted,
    MovementSeen,
    Notice,
    PhaseChanged,
    RangeLeft,
    SeedsBought,
    StrangersTold,
    TripClosed,
    Trouble,
)
from strategy.messages.reports import CameBack, GridLine, Report, Unclear
from strategy.messages.risk import HeldBack
from strategy.messages.shifts import Kept
from strategy.model.account import Hold
from strategy.model.grid import Phase
from strategy.model.ledger import MovementKind, Standing
from strategy.model.levels import Wait
from strategy.model.limits import Bound
from strategy.model.market import Asset, Side, Symbol
from strategy.model.orders import GridId, LevelId, Purpose
from strategy.model.stops import StopReason
from tests.builders import a_market
from tests.unit.telling_ends import ends
from tests.unit.telling_fees import about_fees, about_points
from tests.unit.telling_gates import gates
from tests.unit.telling_machine import machine
from tests.unit.telling_shifts import shifts

D = Decimal
AT = 1_770_400_800_000  # 2026-02-06 18:00 UTC
ETH, USDC, ETH_USDC = Asset("ETH"), Asset("USDC"), Symbol("ETH_USDC")
GRID, LEVEL = GridId(3), LevelId(7)
STANDING = Standing(
    today=D("1.84"),
    total=D("-3.20"),
    grid_profit=D("9.71"),
    floating=D("-12.91"),
    fees=D("4.20"),
    round_trips=27,
    coins=D("0.0594"),
    price=D("2510.1"),
    money=D("150"),
)
SOLD = FillTold(
    at=AT,
    grid_id=GRID,
    symbol=ETH_USDC,
    base=ETH,
    quote=USDC,
    level=LEVEL,
    purpose=Purpose.LEVEL,
    side=Side.SELL,
    price=D("2530.4"),
    quantity=D("0.0199"),
    fee=D("0.0402847"),
    fee_asset=USDC,
    trade="ETH_USDC:2959284",
    trip_profit=D("0.1187"),
    trip_fees=D("0.0799"),
    standing=STANDING,
)
BOUGHT = replace(
    SOLD,
    side=Side.BUY,
    price=D(2490),
    fee=D("0.00001592"),
    fee_asset=ETH,
    trade="ETH_USDC:2959285",
    trip_profit=None,
    trip_fees=None,
)


def a_burst(count: int, grid_id: GridId = GRID) -> list[FillTold]:
    """Twelve are seven buys and five sales with their round trips, in 40 seconds."""
    sales = count * 5 // 12
    told = [replace(SOLD, trip_profit=D("0.1227")) for _ in range(sales)]
    told += [BOUGHT] * (count - sales)
    spread = 40_000 // max(count - 1, 1)
    last = AT + 40_000
    return [
        replace(
            fill,
            at=last if index == count - 1 else AT + index * spread,
            grid_id=grid_id,
            trade=f"ETH_USDC:{2_959_000 + index}",
        )
        for index, fill in enumerate(told)
    ]


def notices() -> list[Notice]:
    """Every kind, and every variant that has words of its own."""
    return [*_fills(), *_lives(), *_limits(), *_levels(), *_account(), *about_fees(), *about_points(), *_reports()]


def _fills() -> Iterator[Notice]:
    yield SOLD
    yield BOUGHT
    yield TripClosed(
        at=AT,
        grid_id=GRID,
        symbol=ETH_USDC,
        quote=USDC,
        level=LEVEL,
        profit=D("0.118"),
        fees=D("0.08"),
        standing=STANDING,
    )
    for purpose in Purpose:
        yield replace(BOUGHT, purpose=purpose, level=None, fee=D("0.5"), fee_asset=Asset("SOL"))
    seeds = SeedsBought(at=AT, grid_id=GRID, symbol=ETH_USDC, base=ETH, quote=USDC, coins=D("0.0198"), cost=D("49.851"))
    yield seeds
    yield replace(BOUGHT, purpose=Purpose.SEED, level=None, seeds=seeds)


def _lives() -> Iterator[Notice]:
    for phase, seeds in ((Phase.WAITING, 0), (Phase.SEEDING, 2), (Phase.RUNNING, 0)):
        yield GridOpened(
            at=AT,
            grid_id=GRID,
            symbol=ETH_USDC,
            quote=USDC,
            levels=3,
            seeds=seeds,
            money=D("149.65"),
            phase=phase,
        )
    for phase in Phase:
        yield PhaseChanged(at=AT, grid_id=GRID, symbol=ETH_USDC, phase=phase)
    for reason in StopReason:
        for sold, coins in ((True, "0.0001"), (True, "0"), (False, "0.0594"), (False, "0")):
            yield an_end(reason, sold=sold, coins=D(coins))
    for sold in (True, False):
        yield replace(an_end(StopReason.OWNER, sold=sold, coins=D("0.0594")), missing=D("0.0199"))
    for missing in ("0.0199", "0"):
        end = replace(an_end(StopReason.OWNER, sold=True, coins=D(missing)), missing=D(missing))
        yield replace(end, released=D("0.00007"), least=D("0.0001"))
    yield GridParked(at=AT, grid_id=GRID, symbol=ETH_USDC, text="lots <> levels & residue")


def _limits() -> Iterator[Notice]:
    yield from (a_limit(reason, sell=sell) for reason in StopReason for sell in (False, True))
    yield DAILY
    yield replace(DAILY, base=None, coins=D(0), grids=1)
    yield from (replace(a_range(price), follows=follows) for price in ("1790", "2010") for follows in (False, True))
    for coins in (D(0), D("0.0199")):
        yield from (replace(a_range(price), whole=False, coins=coins, base=ETH) for price in ("1790", "2010"))
    yield from (replace(a_range(price), follows=True, held=(Kept.REST, Kept.COST)) for price in ("1790", "2010"))
    yield replace(a_range("1805"), back=True)


def _levels() -> Iterator[Notice]:
    yield from gates()
    yield from shifts()
    for side in Side:
        yield LevelJumped(
            at=AT,
            grid_id=GRID,
            symbol=ETH_USDC,
            quote=USDC,
            level=LEVEL,
            side=side,
            own_price=D(2530),
            price=D(2535),
        )
    for wait in Wait:
        for level, text in ((LEVEL, "INSUFFICIENT_FUNDS <>&"), (None, "")):
            told = LevelWaits(at=AT, grid_id=GRID, symbol=ETH_USDC, level=level, wait=wait, text=text)
            yield from (told, replace(told, lent=True)) if wait is Wait.MONEY else (told,)


def _divided() -> Iterator[Notice]:
    for share in (None, D("0.3")):
        yield EnvelopeChanged(
            at=AT, grid_id=GRID, symbol=ETH_USDC, quote=USDC, before=D("500.5"), after=D("640.25"), envelope=share
        )


def _account() -> Iterator[Notice]:
    for cause in ("unreachable", "maintenance", "key", "clock", "rate_limit", "empty", "unsent", "never heard of"):
        for over in (False, True):
            yield Trouble(at=AT, cause=cause, text="<html>502</html>", over=over, lasted=840_000)
    for state in (*sorted(RESTRICTED), None):
        yield MarketRestricted(at=AT, symbol=ETH_USDC, state=state, lasted=720_000)
    blind = MarketRestricted(at=AT, symbol=ETH_USDC, state=None, lasted=0, blind=True)
    yield from (blind, replace(blind, lasted=720_000))
    yield StrangersTold(at=AT, orders=3, fills=1)
    yield OrdersLeft(at=AT, orders=3, symbols=(ETH_USDC,))
    yield FillsMissing(at=AT, fills=2)
    yield FillsMissing(at=AT, fills=0)
    yield LiveUnconfirmed(at=AT, grids=1)
    yield HoldOver(at=AT, hold=Hold.MISSING_FILLS)
    yield HoldOver(at=AT, hold=Hold.LEFT_ORDERS)
    yield from _outside()
    yield from _divided()
    yield from ends()
    yield AutoLendFound(at=AT)
    for kind in MovementKind:
        yield MovementSeen(at=AT, movement=kind, asset=USDC, amount=D("-0.5"))
    yield MovementSeen(at=AT, movement=MovementKind.WITHDRAWAL, asset=USDC, amount=D("-1.5"), fee=True)
    yield from machine()


def _outside() -> Iterator[Notice]:
    for stray in (D("2530.4"), None):
        yield StrayCancelled(at=AT, symbol=ETH_USDC, side=Side.SELL, price=stray)
    for listing in Listing:
        for over in (False, True):
            rows, text = (0, "") if over else (2, "order.quantity: null")
            yield RowsUnread(at=AT, listing=listing, rows=rows, text=text, over=over)
        yield RowsUnread(at=AT, listing=listing, rows=1, text="Bad gateway (HTTP 502)", over=False, whole=True)
    for back in (False, True):
        yield some_coins_missing(back=back)
    for traded in (0, 2):
        yield StrangersSettled(at=AT, adopted=1, left=2, traded=traded)
    for price, executed in ((D("2530.4"), D(0)), (None, D("0.0001"))):
        yield OrderResurfaced(
            at=AT, symbol=ETH_USDC, side=Side.SELL, price=price, quantity=D("0.0199"), executed=executed
        )

    market = a_market()
    coarse, large = replace(market, tick_size=D("0.1")), replace(market, min_quantity=D(1), max_price=D(9))
    for waiting, now in ((0, coarse), (3, coarse), (3, large)):
        yield RulesChanged(at=AT, symbol=ETH_USDC, before=market, now=now, grids=(GRID,), waiting=waiting)
    held = HeldBack(at=AT, bound=Bound.EXPOSURE, coin=ETH, value=D(60), threshold=D(60))
    yield from (held, *(replace(held, bound=one, coin=None) for one in (Bound.EXPOSURE, Bound.ORDERS, Bound.TRIPS)))


def some_coins_missing(*, back: bool) -> CoinsMissing:
    return CoinsMissing(
        at=AT,
        grid_id=GRID,
        symbol=ETH_USDC,
        base=ETH,
        held=D("0.0594") if back else D("0.0395"),
        needed=D("0.0594"),
        levels=0 if back else 1,
        back=back,
    )


def _reports() -> Iterator[Notice]:
    yield CAME_BACK
    yield replace(CAME_BACK, limbo=40, balanced=False, unclear=tuple(an_unclear(number) for number in range(1, 41)))
    for balanced in (False, None):
        yield replace(CAME_BACK, away=0, fills=0, limbo=1, balanced=balanced, grids=0)
    yield from (a_report(2), *(replace(a_report(grids), over=True, last="2026-02-12") for grids in (0, 1)))
    yield replace(a_report(0), leaving=True)
    yield replace(a_report(1), leaving=True, orders_kept=6)


def an_unclear(level: int) -> Unclear:
    return Unclear(
        grid_id=GRID,
        symbol=ETH_USDC,
        level=LevelId(level),
        purpose=Purpose.LEVEL,
        side=Side.BUY,
        price=D(2490),
        quote=USDC,
        since=AT - 65_000,
    )


CAME_BACK = CameBack(
    at=AT,
    away=843_000,
    fills=3,
    profit=D("0.3799"),
    quote=USDC,
    placed=3,
    limbo=0,
    balanced=True,
    grids=1,
)
DAILY = LimitReached(
    at=AT,
    reason=StopReason.DAILY_LOSS,
    grid_id=None,
    symbol=None,
    unit=USDC,
    value=D("-200.345"),
    threshold=D(200),
    grids=3,
    orders=41,
    coins=D("0.412"),
    base=ETH,
    sell=False,
)


def a_limit(reason: StopReason, *, sell: bool = False) -> LimitReached:
    price = reason in (StopReason.STOP_LOSS, StopReason.TAKE_PROFIT)
    return LimitReached(
        at=AT,
        reason=reason,
        grid_id=GRID,
        symbol=ETH_USDC,
        unit=USDC,
        value=D("1799.5") if price else D("-7.512"),
        threshold=D(1800) if price else D("7.5"),
        grids=1,
        orders=12,
        coins=D("0.0594"),
        base=ETH,
        least=D("0.001"),
        sell=sell,
        standings=((USDC, STANDING),) if price else (),
    )


def an_end(reason: StopReason, *, sold: bool, coins: Decimal) -> GridEnded:
    return GridEnded(
        at=AT,
        grid_id=GRID,
        symbol=ETH_USDC,
        base=ETH,
        quote=USDC,
        reason=reason,
        sold=sold,
        cancelled=12,
        standing=replace(STANDING, coins=coins),
    )


def a_range(price: str) -> RangeLeft:
    return RangeLeft(
        at=AT,
        grid_id=GRID,
        symbol=ETH_USDC,
        quote=USDC,
        price=D(price),
        lower=D(1800),
        upper=D(2000),
        back=False,
    )


def a_line(number: int, phase: Phase = Phase.RUNNING) -> GridLine:
    return GridLine(
        grid_id=GridId(number),
        symbol=ETH_USDC,
        base=ETH,
        quote=USDC,
        phase=phase,
        fills_today=12,
        trips_today=5,
        standing=STANDING,
    )


def a_report(grids: int) -> Report:
    return Report(at=AT, day="2026-02-06", grids=tuple(a_line(number) for number in range(1, grids + 1)))


def extreme(value: Any) -> Any:
    """The same value with every number and every foreign text as large as it can be."""
    kept = ("kind", "cause", "quote", "base")
    grown = {one.name: _large(getattr(value, one.name)) for one in fields(value) if one.name not in kept}
    return replace(value, **grown)


def _large(value: Any) -> Any:
    if isinstance(value, Decimal):
        return Decimal("-" * (value < 0) + "9" * 20 + "." + "9" * 20)
    if type(value) is str:
        return "<&>" * 500
    if isinstance(value, tuple):
        return tuple(_large(one) for one in value)
    return extreme(value) if is_dataclass(value) else value
