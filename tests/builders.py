"""Small values to build tests from: a market, a wish, a level, an order, a fill. Each field has a sensible default."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from strategy.model.account import Account
from strategy.model.grid import Grid, Phase
from strategy.model.levels import Level, Shape
from strategy.model.market import Asset, Balance, Fees, Market, Side, Symbol, Touch
from strategy.model.orders import BLOCK_SIZE, ClientId, Fill, GridId, LevelId, OpenOrder, Order, OrderStatus, Purpose
from strategy.model.spec import GridSpec, Spacing

NOW = 1_795_335_405_000
BLOCK = 7
ETH, USDC, ETH_USDC = Asset("ETH"), Asset("USDC"), Symbol("ETH_USDC")
INFINITY = Decimal("Infinity")
FEES = Fees(maker=Decimal("0.0008"), taker=Decimal("0.001"))


def a_market(base: str = "ETH", *, tick: str = "0.01", step: str = "0.0001", least: str = "", **more: Any) -> Market:
    """A market against USDC; `least` is its minimum quantity (one step where it is not said)."""
    return Market(
        symbol=Symbol(f"{base}_USDC"),
        base=Asset(base),
        quote=USDC,
        tick_size=Decimal(tick),
        step_size=Decimal(step),
        min_quantity=Decimal(least or step),
        **more,
    )


def a_touch(price: int | str | Decimal, *, at: int = NOW, symbol: Symbol = ETH_USDC) -> Touch:
    """The touch of a market that stands at a price: one tick wide."""
    ask = Decimal(price)
    return Touch(symbol=symbol, bid=ask - Decimal("0.01"), ask=ask, at=at)


def a_spec(**wishes: Any) -> GridSpec:
    """The brief's own grid: three levels, 40 apart, 50 an order, out at 0.4 %. No loss limit unless one is wished."""
    wished: dict[str, Any] = {
        "symbol": ETH_USDC,
        "grids": 3,
        "interval": Decimal(40),
        "out_want": Decimal("0.004"),
        "quote_per_order": Decimal(50),
        "max_loss": None,
        "seed_patience": 0,
    }
    return GridSpec(**(wished | wishes))


def a_range(lower: int | str, upper: int | str, grids: int = 10, **wishes: Any) -> GridSpec:
    """An arithmetic grid between two lines, unless another spacing is wished."""
    wished: dict[str, Any] = {
        "spacing": Spacing.ARITHMETIC,
        "interval": None,
        "out_want": None,
        "lower": Decimal(lower),
        "upper": Decimal(upper),
        "grids": grids,
        "quote_per_order": Decimal(100),
    }
    return a_spec(**(wished | wishes))


def a_level(number: int = 1, **fields: Any) -> Level:
    """A level that waits to buy at 2,000 and a bit."""
    shape: dict[str, Any] = {
        "rank": number,
        "buy_price": Decimal(2000 + 20 * number),
        "sell_price": Decimal(2010 + 20 * number),
        "quantity": Decimal("0.02"),
        "initial": Side.BUY,
    }
    shape |= {name: fields.pop(name) for name in tuple(fields) if name in shape}
    known: dict[str, Any] = {"id": LevelId(number), "shape": Shape(**shape), "side": Side.BUY}
    return Level(**(known | fields))


def an_order(number: int = 1, **fields: Any) -> Order:
    """The order of a level, resting."""
    known: dict[str, Any] = {
        "client_id": ClientId(BLOCK * BLOCK_SIZE + number),
        "grid_id": GridId(1),
        "symbol": ETH_USDC,
        "purpose": Purpose.LEVEL,
        "level": LevelId(number),
        "side": Side.BUY,
        "price": Decimal(2000 + 20 * number),
        "quantity": Decimal("0.02"),
        "status": OrderStatus.OPEN,
        "order_id": f"ex-{number}",
        "intended_at": NOW - 1000,
        "changed_at": NOW - 900,
    }
    return Order(**(known | fields))


def an_open_order(order: Order, **fields: Any) -> OpenOrder:
    """The same order as the exchange shows it."""
    known: dict[str, Any] = {
        "order_id": order.order_id or f"ex-{order.client_id}",
        "client_id": order.client_id,
        "symbol": order.symbol,
        "side": order.side,
        "price": order.price,
        "quantity": order.quantity,
        "executed": order.filled,
        "created_at": order.intended_at,
    }
    return OpenOrder(**(known | fields))


def a_fill(order: Order, number: int = 1, **fields: Any) -> Fill:
    """An execution of the whole order at its price, as maker, its fee out of what is received."""
    quantity = fields.get("quantity", order.quantity)
    price = fields.get("price", order.price)
    buys = order.side is Side.BUY
    known: dict[str, Any] = {
        "key": f"{order.symbol}:{number}",
        "symbol": order.symbol,
        "order_id": order.order_id or f"ex-{order.client_id}",
        "client_id": order.client_id,
        "trade_id": number,
        "side": order.side,
        "price": price,
        "quantity": quantity,
        "fee": (quantity if buys else quantity * price) * FEES.maker,
        "fee_asset": ETH if buys else USDC,
        "is_maker": True,
        "at": NOW,
    }
    return Fill(**(known | fields))


def a_grid(*levels: Level, orders: tuple[Order, ...] = (), **fields: Any) -> Grid:
    """A running grid of these levels (three where none are given), with these orders."""
    known: dict[str, Any] = {
        "id": GridId(1),
        "spec": a_spec(grids=len(levels) or 3),
        "market": a_market(),
        "created_at": NOW - 5000,
        "money": Decimal(150),
        "start_price": Decimal(2040),
        "phase": Phase.RUNNING,
        "levels": {level.id: level for level in levels or (a_level(1), a_level(2), a_level(3))},
        "orders": {order.client_id: order for order in orders},
    }
    return Grid(**(known | fields))


def an_account(*grids: Grid, **fields: Any) -> Account:
    """An account that may trade, with these grids and their coins, 10,000 USDC and a price of 2,040."""
    held: dict[Asset, Decimal] = {}
    for grid in grids:
        held[grid.market.base] = held.get(grid.market.base, Decimal(0)) + grid.coins
    known: dict[str, Any] = {
        "name": "main",
        "block": BLOCK,
        "next_id": 100,
        "next_grid": len(grids) + 1,
        "fees": FEES,
        "grids": {grid.id: grid for grid in grids},
        "expected": {USDC: Decimal(10_000)} | {asset: coins for asset, coins in held.items() if coins},
        "balances": {USDC: Balance(available=Decimal(10_000))},
        "markets": {ETH_USDC: a_market()},
        "touches": {ETH_USDC: a_touch(2040)},
        "ready": True,
    }
    return Account(**(known | fields))


def with_grid(account: Account, **changes: Any) -> Account:
    """The account with its first grid changed."""
    grid = account.grids[GridId(1)]
    return replace(account, grids={**account.grids, grid.id: replace(grid, **changes)})
