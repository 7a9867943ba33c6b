"""An account with a grid of 200 levels and 100,000 booked fills: how long its start-up takes, and its full audit.

The history is made once, by the real rules on both sides: what the venue filled is what the ledger holds.
"""

import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from benchmarks.desk import KEY, settings_of, trading
from benchmarks.figures import show
from bot.app import ACCOUNT
from bot.machine.clock import wall_milliseconds
from bot.owner.audit import Auditor
from bot.owner.views import Audit, AuditProgress
from exchange.paper.exchange import PaperExchange
from exchange.paper.listing import default_markets
from exchange.paper.records import VenueFill
from exchange.paper.venue import Venue
from storage.store import Store
from strategy.draft import Step
from strategy.grid.booking import taken
from strategy.messages.commands import StartGrid
from strategy.messages.events import BalancesRead, FeesRead, MarketsRead, Quoted, Restarted
from strategy.model.account import Account
from strategy.model.grid import Grid
from strategy.model.ledger import Entry, FillEntry, flow_of, fold, fold_balances
from strategy.model.levels import RESIDUE, Level, Lot
from strategy.model.market import Asset, Balance, Fees, Side, Symbol
from strategy.model.orders import BLOCK_SIZE, ClientId, Fill, GridId, LevelId, Order, OrderStatus, Purpose
from strategy.model.spec import GridSpec, Spacing
from strategy.step import step

FILLS_BOOKED = 100_000
LEVELS = 200
SYMBOL = Symbol("ETH_USDC")
BLOCK = 7
A_MINUTE = 60_000
PORTION = 5_000
MONEY = Decimal(100_000)
FEES = Fees(maker=Decimal("0.0008"), taker=Decimal("0.001"))


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        rows = asyncio.run(_measure(Path(name)))
    show(f"Audit: {FILLS_BOOKED:,} fills, one grid of {LEVELS} levels", ("what", "processor s", "s", "says"), rows)


class Watch:
    """Seconds of the clock and of the processor since it was made."""

    def __init__(self) -> None:
        self._begun, self._processor = time.perf_counter(), time.process_time()

    def read(self) -> list[str]:
        """Both, as two cells."""
        return [f"{time.process_time() - self._processor:.2f}", f"{time.perf_counter() - self._begun:.2f}"]


async def _measure(folder: Path) -> list[list[str]]:
    venue = Venue(default_markets(), clock=wall_milliseconds)
    venue.open_account(KEY, {Asset("USDC"): MONEY})
    _write(folder, venue, wall_milliseconds() - (FILLS_BOOKED + 100) * A_MINUTE)
    exchange = PaperExchange(venue, KEY)

    async def walk(symbol: Symbol, price: Decimal) -> None:
        venue.walk(symbol, price)

    watch = Watch()
    async with trading(exchange, folder, walk) as desk:
        started = watch.read()
        await desk.until(lambda: len(desk.open_orders()) >= LEVELS // 5)
        auditor = Auditor(
            exchange=exchange, store=desk.app.store, account=lambda: desk.account, clock=wall_milliseconds
        )
        watch = Watch()
        found, longest = await _with_longest_step(auditor)
        audited = watch.read()
    assert found.balanced, found.unexplained
    assert found.agreed == FILLS_BOOKED
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return [
        ["start-up", *started, f"{LEVELS} levels, {len(desk.open_orders())} orders out, nothing read twice"],
        ["full audit", *audited, f"{found.agreed:,} fills agree, balances equal to the last digit"],
        ["longest step of it", "", f"{longest:.3f}", f"what a tick would wait; {peak} MB in all, the venue's included"],
    ]


async def _with_longest_step(auditor: Auditor) -> tuple[Audit, float]:
    """The audit, and the longest time for which it kept the loop from everybody else."""
    longest, last, done = 0.0, time.perf_counter(), False

    async def watch() -> None:
        nonlocal longest, last
        while not done:
            await asyncio.sleep(0)
            now = time.perf_counter()
            longest, last = max(longest, now - last), now

    async def tell(progress: AuditProgress) -> None:
        sys.stderr.write(f"\r{progress.done:,} of {progress.total:,}")

    watching = asyncio.create_task(watch())
    found = await auditor.run(tell)
    done = True
    await watching
    sys.stderr.write("\n")
    assert found is not None
    return found, longest


def _write(folder: Path, venue: Venue, opened_at: int) -> None:
    """The account as its first start leaves it, then its history, many fills in one transaction."""
    store = Store.open(settings_of(folder).database, now=wall_milliseconds)
    opening = _opening(venue, opened_at)
    store.save(None, opening)
    account = opening[-1].account
    for first in range(1, FILLS_BOOKED + 1, PORTION):
        done = _portion(account, first, opened_at)
        store.save(account, [done])
        account = done.account
        held = venue.accounts[KEY]
        held.fills += [_shown(entry.fill) for entry in done.entries if isinstance(entry, FillEntry)]
    venue.accounts[KEY].balances = {asset: Balance(available=amount) for asset, amount in account.expected.items()}
    last = replace(account, next_id=FILLS_BOOKED + 1, seen_at=wall_milliseconds() - A_MINUTE)
    store.save(account, [Step(account=last)])
    store.close()


def _portion(account: Account, first: int, opened_at: int) -> Step:
    """Round trips one after the other, each on the next level: the books, lots and balances as the rules make them."""
    grid, expected = account.grids[GridId(1)], dict(account.expected)
    entries: list[Entry] = []
    orders: dict[ClientId, Order] = {}
    for number in range(first, first + PORTION):
        level = grid.levels[LevelId((number - 1) // 2 % LEVELS + 1)]
        order = _order(grid, level, number, opened_at + number * A_MINUTE)
        entry, lots = _booked(grid, order, number)
        grid = replace(grid, lots=lots, books=fold(grid.books, entry))
        expected = fold_balances(expected, entry)
        orders[order.client_id] = order
        entries.append(entry)
    grid = replace(grid, orders=orders)
    return Step(account=replace(account, grids={grid.id: grid}, expected=expected), entries=tuple(entries))


def _order(grid: Grid, level: Level, number: int, at: int) -> Order:
    buys = number % 2 == 1
    held = grid.lots.get(level.id, Lot()).quantity
    quantity = level.quantity if buys else grid.market.quantity_down(held)
    return Order(
        client_id=ClientId(BLOCK * BLOCK_SIZE + number),
        grid_id=grid.id,
        symbol=SYMBOL,
        purpose=Purpose.LEVEL,
        level=level.id,
        side=Side.BUY if buys else Side.SELL,
        price=level.buy_price if buys else level.sell_price,
        quantity=quantity,
        status=OrderStatus.FILLED,
        order_id=str(number),
        filled=quantity,
        trades=(f"{SYMBOL}:{number}",),
        intended_at=at - A_MINUTE,
        changed_at=at,
    )


def _booked(grid: Grid, order: Order, number: int) -> tuple[FillEntry, Mapping[LevelId, Lot]]:
    buys, market = order.side is Side.BUY, grid.market
    got = order.quantity if buys else order.quantity * order.price
    fill = Fill(
        key=order.trades[0],
        symbol=SYMBOL,
        order_id=str(number),
        client_id=order.client_id,
        trade_id=number,
        side=order.side,
        price=order.price,
        quantity=order.quantity,
        fee=got * FEES.maker,
        fee_asset=market.base if buys else market.quote,
        is_maker=True,
        at=order.changed_at,
    )
    flow = flow_of(fill, market.base, market.quote)
    assert order.level is not None
    entry = FillEntry(
        at=fill.at,
        fill=fill,
        base=market.base,
        quote=market.quote,
        grid_id=grid.id,
        level=order.level,
        purpose=order.purpose,
        closes=not buys,
    )
    if buys:
        return entry, {**grid.lots, order.level: Lot(quantity=flow.base, cost=-flow.quote)}
    changed, cost = taken(grid, order.level, -flow.base)
    lots = {key: lot for key, lot in {**grid.lots, **changed}.items() if lot is not None}
    left, residue = lots.pop(order.level, Lot()), lots.get(RESIDUE, Lot())
    lots[RESIDUE] = residue.plus(left.quantity, left.cost)
    return replace(entry, realised=flow.quote - cost), lots


def _shown(fill: Fill) -> VenueFill:
    """The same fill as the venue remembers it."""
    return VenueFill(
        trade_id=fill.trade_id,
        order_id=int(fill.order_id),
        client_id=fill.client_id,
        symbol=fill.symbol,
        side=fill.side,
        price=fill.price,
        quantity=fill.quantity,
        fee=fill.fee,
        fee_asset=fill.fee_asset,
        is_maker=fill.is_maker,
        at=fill.at,
    )


def _opening(venue: Venue, at: int) -> list[Step]:
    """A new account opens its ledger and a grid; no order is sent."""
    account = Account(name=ACCOUNT, block=BLOCK, daily_loss=None)
    balances = {Asset("USDC"): Balance(available=MONEY)}
    market = venue.listing(SYMBOL).market
    touch = replace(venue.touch(SYMBOL), at=at)
    price = touch.bid
    spec = GridSpec(
        symbol=SYMBOL,
        spacing=Spacing.ARITHMETIC,
        grids=LEVELS,
        lower=market.price_down(price * Decimal("0.35")),
        upper=market.price_down(price * Decimal("1.001")),
        quote_per_order=Decimal(100),
        max_loss=None,
        max_position=MONEY,
    )
    events = (
        MarketsRead(at=at, markets={SYMBOL: market}),
        FeesRead(at=at, fees=FEES),
        BalancesRead(at=at, asked_at=at, balances=balances),
        Quoted(at=at, touches={SYMBOL: touch}),
        Restarted(at=at, away=0),
        StartGrid(at=at, spec=spec),
    )
    steps, now = [], account
    for event in events:
        done = step(now, event)
        assert done.problem is None, done.problem
        steps.append(replace(done, actions=(), notices=()))
        now = done.account
    grid = now.grids[GridId(1)]
    bare = replace(grid, orders={}, levels={key: replace(one, order=None) for key, one in grid.levels.items()})
    steps[-1] = replace(steps[-1], account=replace(now, grids={GridId(1): bare}))
    return steps


if __name__ == "__main__":
    main()
