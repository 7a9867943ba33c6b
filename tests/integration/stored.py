"""Accounts, orders and fills to store, and a watch on the statements that the store runs. No assertions."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError

from storage.store import Store
from strategy.draft import Step
from strategy.messages.notices import FillTold, GridParked
from strategy.model.account import Account
from strategy.model.grid import Grid, Phase
from strategy.model.ledger import FillEntry, Movement, MovementKind, Standing, fold
from strategy.model.levels import Level, Lot, Shape
from strategy.model.market import Asset, Market, Side, Symbol
from strategy.model.orders import ClientId, Fill, GridId, LevelId, Order, OrderStatus, Purpose
from strategy.model.spec import GridSpec

NOW = 1_795_335_405_123
ETH, USDC, ETH_USDC = Asset("ETH"), Asset("USDC"), Symbol("ETH_USDC")
GRID = GridId(1)


def now() -> int:
    return NOW


def a_store() -> Store:
    """An empty one: in memory, or in the PostgreSQL database that PACKGRID_TEST_POSTGRES names, which is emptied."""
    address = os.environ.get("PACKGRID_TEST_POSTGRES")
    if address:
        engine = create_engine(address)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
        engine.dispose()
    return Store.open(address or "sqlite://", now=now)


def saved(store: Store, account: Account) -> Account:
    """The account, which the store has now."""
    store.save(None, [Step(account=account)])
    return account


def address(file: Path) -> str:
    return f"sqlite:///{file}"


@contextmanager
def opened(file: Path) -> Iterator[Store]:
    with closing(Store.open(address(file), now=now)) as store:
        yield store


def filled(file: Path) -> Path:
    """A database with an account in it."""
    with opened(file) as store:
        saved(store, an_account())
    return file


def a_market() -> Market:
    return Market(
        symbol=ETH_USDC,
        base=ETH,
        quote=USDC,
        tick_size=Decimal("0.01"),
        step_size=Decimal("0.0001"),
        min_quantity=Decimal("0.0001"),
    )


def a_level(number: int) -> Level:
    shape = Shape(
        rank=number,
        buy_price=Decimal(2000 + number),
        sell_price=Decimal(2010 + number),
        quantity=Decimal("0.02"),
        initial=Side.BUY,
    )
    return Level(id=LevelId(number), shape=shape, side=Side.BUY, order=ClientId(number))


def an_order(number: int, **more: Any) -> Order:
    fields: dict[str, Any] = {
        "client_id": ClientId(number),
        "grid_id": GRID,
        "symbol": ETH_USDC,
        "purpose": Purpose.LEVEL,
        "level": LevelId(1),
        "side": Side.BUY,
        "price": Decimal("2001.10"),
        "quantity": Decimal("0.02"),
        "status": OrderStatus.OPEN,
        "intended_at": NOW - 1000,
        "changed_at": NOW,
    }
    return Order(**(fields | more))


def a_grid(number: int = 1, *, levels: int = 3, orders: tuple[Order, ...] | None = None) -> Grid:
    own = tuple(an_order(10 * number + n, grid_id=GridId(number)) for n in range(1, levels + 1))
    return Grid(
        id=GridId(number),
        spec=GridSpec(symbol=ETH_USDC, grids=levels, interval=Decimal(40), out_want=Decimal("0.004")),
        market=a_market(),
        created_at=NOW - 5000,
        money=Decimal(150),
        start_price=Decimal("2005.55"),
        phase=Phase.RUNNING,
        levels={LevelId(n): a_level(n) for n in range(1, levels + 1)},
        lots={LevelId(0): Lot(quantity=Decimal("0.00001"), cost=Decimal("0.02"))},
        orders={order.client_id: order for order in (own if orders is None else orders)},
    )


def an_account(*grids: Grid) -> Account:
    return Account(
        name="main",
        block=7,
        grids={grid.id: grid for grid in grids or (a_grid(),)},
        expected={USDC: Decimal("1000.000001")},
    )


def with_grid(account: Account, grid: Grid, **changes: Any) -> Account:
    return replace(account, grids={**account.grids, grid.id: replace(grid, **changes)})


def a_fill(number: int, *, at: int = NOW, grid: GridId | None = GRID, **more: Any) -> FillEntry:
    fill = Fill(
        key=f"ETH_USDC:{number}",
        symbol=ETH_USDC,
        order_id=f"ex-{number}",
        client_id=ClientId(11),
        trade_id=number,
        side=Side.BUY,
        price=Decimal("2001.10"),
        quantity=Decimal("0.02"),
        fee=Decimal("0.000016"),
        fee_asset=ETH,
        is_maker=True,
        at=at - 40,
    )
    own: dict[str, Any] = {"level": LevelId(1), "purpose": Purpose.LEVEL} if grid else {}
    return FillEntry(at=at, fill=fill, base=ETH, quote=USDC, grid_id=grid, **(own | more))


def a_deposit(number: int) -> Movement:
    return Movement(at=NOW, key=f"deposit:{number}", kind=MovementKind.DEPOSIT, asset=USDC, amount=Decimal("100.5"))


def a_notice(number: int = 1) -> FillTold:
    figures: dict[str, Any] = dict.fromkeys(
        ("today", "total", "grid_profit", "floating", "fees", "coins", "price", "money"), Decimal("1.10")
    )
    return FillTold(
        at=NOW,
        grid_id=GRID,
        symbol=ETH_USDC,
        base=ETH,
        quote=USDC,
        level=LevelId(1),
        purpose=Purpose.LEVEL,
        side=Side.BUY,
        price=Decimal("2001.10"),
        quantity=Decimal("0.02"),
        fee=Decimal("0.000016"),
        fee_asset=ETH,
        trade=f"ETH_USDC:{number}",
        trip_profit=None,
        trip_fees=None,
        standing=Standing(round_trips=0, **figures),
    )


def an_alarm() -> GridParked:
    return GridParked(at=NOW, grid_id=GRID, symbol=ETH_USDC, text="lots and levels differ")


def a_filled_step(account: Account, number: int) -> Step:
    """What a fill does: a level turns, a lot grows, an order ends and another is intended."""
    grid, entry = account.grids[GRID], a_fill(number)
    ended = replace(grid.orders[ClientId(11)], status=OrderStatus.FILLED, trades=(entry.key,))
    changed = with_grid(
        account,
        grid,
        levels={**grid.levels, LevelId(1): replace(grid.levels[LevelId(1)], side=Side.SELL)},
        lots={**grid.lots, LevelId(1): Lot(quantity=Decimal("0.019984"), cost=Decimal("40.022"))},
        orders={**grid.orders, ClientId(11): ended, ClientId(100 + number): an_order(100 + number)},
        books=fold(grid.books, entry),
    )
    return Step(account=changed, entries=(entry,), notices=(a_notice(number),))


@contextmanager
def listening(name: str, listener: Callable[..., None]) -> Iterator[None]:
    """This event of SQLAlchemy's is heard from all databases, while this is open."""
    event.listen(Engine, name, listener)
    try:
        yield
    finally:
        event.remove(Engine, name, listener)


@contextmanager
def statements() -> Iterator[list[str]]:
    """What the stores send to their databases while this is open: the first three words, once a row."""
    seen: list[str] = []

    def see(_one: Connection, _cursor: Any, words: str, rows: Sequence[Any], _context: Any, is_many: bool) -> None:
        seen.extend([" ".join(words.replace('"', "").split()[:3])] * (len(rows) if is_many else 1))

    with listening("before_cursor_execute", see):
        yield seen


@contextmanager
def answers_lost(
    *, written: bool, times: int = 1_000, then: Callable[[Any], object] = lambda _: None
) -> Iterator[None]:
    """The next commits get no answer; each was written, or was not. `then` is what happens to their connection."""
    wrote, left = False, times

    def see(_one: Connection, _cursor: Any, words: str, *_: Any) -> None:
        nonlocal wrote
        wrote = wrote or words.startswith("UPDATE writer SET number")

    def cut(connection: Connection) -> None:
        nonlocal wrote, left
        if not (wrote and left):
            return
        wrote, left = False, left - 1
        driver: Any = connection.connection.driver_connection
        if written:
            driver.commit()
        then(driver)
        raise failure("the connection was cut before the answer")

    with listening("before_cursor_execute", see), listening("commit", cut):
        yield


@contextmanager
def gone() -> Iterator[None]:
    """Nothing can be read or written while this is open: the server, or the disk, is away."""

    def fail(*_: Any) -> None:
        raise failure("the database is away")

    with listening("begin", fail), listening("before_cursor_execute", fail), listening("commit", fail):
        yield


def failure(text: str) -> OperationalError:
    """As SQLAlchemy tells what the driver could not do."""
    return OperationalError(None, None, Exception(text))


@contextmanager
def pragma(setting: str) -> Iterator[None]:
    """Every transaction that begins while this is open is under this setting of SQLite."""

    def apply(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA {setting}")

    with listening("begin", apply):
        yield
