"""What the owner does in a world, through the same door as the chat: the trader of the living process."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from random import Random

from bot.trader import Trader
from strategy.account import Account, Halt
from strategy.events import TuneGrid
from strategy.grid import Phase
from strategy.orders import GridId
from strategy.problems import Problem
from strategy.risk import reservations
from tests.builders import USDC
from tests.simulation.wishes import a_wish
from tests.simulation.world import World

MOST_GRIDS = 3


def start(world: World, dice: Random) -> None:
    """Open a grid; the first step opens one to three."""
    account = world.account
    count = dice.randint(1, MOST_GRIDS) if account is None or not account.grids else 1
    _do(world, "start", lambda trader: _start(world, trader, dice, count))


async def _start(world: World, trader: Trader, dice: Random, count: int) -> None:
    await trader.started.wait()
    for _ in range(count):
        running = [grid for grid in trader.account().grids.values() if grid.phase is not Phase.STOPPED]
        if len(running) >= MOST_GRIDS:
            return
        symbol = dice.choice(list(world.start_prices))
        await trader.preview(a_wish(dice, symbol, world.venue.listing(symbol).price))
        started = await trader.start(a_wish(dice, symbol, world.venue.listing(symbol).price))
        _told(world, "start", started if isinstance(started, Problem) else None)
        if not isinstance(started, Problem):
            _covered(world, trader.account())


def pause(world: World, dice: Random) -> None:
    """Pause a grid."""
    _one_grid(world, dice, "pause", lambda trader, grid: trader.pause(grid))


def resume(world: World, dice: Random) -> None:
    """Resume a grid, or lift the daily loss halt."""
    account = world.account
    if account is not None and account.halt is Halt.DAILY_LOSS:
        _do(world, "resume", lambda trader: trader.resume(None))
    else:
        _one_grid(world, dice, "resume", lambda trader, grid: trader.resume(grid))


def tune(world: World, dice: Random) -> None:
    """Another amount for each order, or another maximum position, also below what it is now."""
    factor, limit = Decimal(dice.randint(5, 20)) / 10, dice.random() < 0.5

    async def change(trader: Trader, grid_id: GridId) -> Problem | None:
        grid = trader.account().grids[grid_id]
        amount = (grid.spec.quote_per_order or Decimal(50)) * factor
        most = (grid.money * factor / 2).quantize(Decimal(1)) + 1
        spec = (
            replace(grid.spec, max_position=most)
            if limit
            else replace(grid.spec, quote_per_order=amount.quantize(Decimal(1)), total=None)
        )
        return await trader.ask(TuneGrid(at=0, grid_id=grid_id, spec=spec))

    _one_grid(world, dice, "tune", change)


def stop(world: World, dice: Random) -> None:
    """Stop a grid, selling its coins or not."""
    sell = dice.random() < 0.5
    _one_grid(world, dice, "stop", lambda trader, grid: trader.stop(grid, sell=sell))


def panic(world: World, _: Random) -> None:
    """Everything off."""
    _do(world, "panic", lambda trader: trader.panic())


def settle(world: World, dice: Random) -> None:
    """Decide about orders that the journal does not know."""
    account, choice = world.account, dice.choice(["leave", "cancel", "adopt"])
    if account is None or account.halt is not Halt.STRANGERS:
        return
    if choice != "leave":
        world.record.given_away |= {int(order.order_id) for order in account.strangers}
    ours = world.record.ours
    world.record.lost |= {ours[int(one.order_id)] for one in account.strangers if int(one.order_id) in ours}
    _do(world, f"settle, {choice}", lambda trader: _settle(world, trader, choice))


async def _settle(world: World, trader: Trader, choice: str) -> Problem | None:
    strangers = {order.order_id for order in trader.account().strangers}
    problem = await trader.settle_strangers(cancel=choice == "cancel", adopt=choice == "adopt")
    orders = [order for grid in trader.account().grids.values() for order in grid.orders.values()]
    world.record.adopted(order.client_id for order in orders if order.order_id in strangers)
    return problem


def _one_grid(
    world: World, dice: Random, name: str, work: Callable[[Trader, GridId], Awaitable[Problem | None]]
) -> None:
    account = world.account
    if account is not None and account.grids:
        grid_id = dice.choice(list(account.grids))
        _do(world, name, lambda trader: work(trader, grid_id))


def _do(world: World, name: str, work: Callable[[Trader], Awaitable[object]]) -> None:
    """A command, given to the living process; it dies with it."""
    process = world.process
    if process is None or process.is_dead:
        return

    async def ask() -> None:
        answer = await work(process.app.trader)
        if name != "start":
            _told(world, name, answer if isinstance(answer, Problem) else None)

    process.spawn(ask(), f"owner: {name}")


def _told(world: World, name: str, problem: Problem | None) -> None:
    world.happened[f"owner: {name}"] += problem is None
    world.trace(f"owner {name}: {problem.code if problem else 'done'}")


def _covered(world: World, account: Account) -> None:
    """A grid was opened: what is promised to all grids must be there."""
    for asset, held in account.expected.items():
        promised = reservations(account, asset)
        coins_are_gone = asset != USDC and (world.greedy or world.record.disks)
        if promised > held and not coins_are_gone:
            world.record.broken("reservations covered", f"{asset}: {promised} promised, {held} there")
