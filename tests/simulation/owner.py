"""What the owner does in a world, through the same door as the chat: the trader of the living process."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

from bot.owner.trader import Trader
from exchange.paper import upkeep
from strategy.account.limits import bounds_of
from strategy.messages.commands import TuneGrid
from strategy.messages.problems import Problem
from strategy.model.account import Halt, Hold
from strategy.model.chasing import chases
from strategy.model.grid import Grid, Phase
from strategy.model.market import Symbol
from strategy.model.money import ONE
from strategy.model.orders import GridId
from strategy.model.shown import Shown
from strategy.model.spec import GridSpec, Spacing
from strategy.model.stops import Way
from strategy.model.weeks import VolumeGoal
from tests.simulation.markets import digits, in_quote
from tests.simulation.wishes import a_measure, a_wish, chasing
from tests.simulation.world import Death, World
from tests.venue import KEY, quote_price

MOST_GRIDS = 3
WITH_GOAL = 0.2
"""The share of the worlds whose owner wants volume."""


def start(world: World, dice: Random) -> None:
    """Open a grid; the first step opens one to three."""
    account = world.account
    count = dice.randint(1, MOST_GRIDS) if account is None or not account.grids else 1
    _do(world, "start", lambda trader: _start(world, trader, dice, count))


async def _start(world: World, trader: Trader, dice: Random, count: int) -> None:
    await trader.started.wait()
    if dice.random() < 0.7:
        await _type_live(trader)  # else he does so once he is told that nothing is placed
    await _wish_for_volume(world, trader)
    for _ in range(count):
        running = [grid for grid in trader.account().grids.values() if grid.phase is not Phase.STOPPED]
        if len(running) >= MOST_GRIDS:
            return
        symbol = dice.choice(list(world.start_prices))
        await trader.preview(_wish(world, dice, symbol))
        market, goal = world.venue.listing(symbol).market, trader.account().limits.goal
        wish = chasing(_wish(world, dice, symbol), market, own_dice(world, "chase"), goal)
        if chases(wish):  # enough levels that some are empty
            wish = replace(wish, grids=wish.grids + 5)
        started = await trader.start(wish, await _shown(world, trader, wish))
        _told(world, "start", started if isinstance(started, Problem) else None)
        if not isinstance(started, Problem):
            world.happened[f"grid in {world.venue.listing(symbol).market.quote}"] += 1
            if chases(wish):
                world.happened["an interval that follows the volume goal"] += 1


async def _shown(world: World, trader: Trader, wish: GridSpec) -> Shown | None:
    """What the preview has said, where the owner looks at one. Dice of their own."""
    found = await trader.preview(wish) if own_dice(world, "shown").random() < 0.5 else None
    if found is None or isinstance(found, Problem):
        return None
    return Shown(at=world.clock(), price=found.touch.middle, money=found.money, seed_cost=found.seed_cost)


async def _wish_for_volume(world: World, trader: Trader) -> None:
    """Some owners have a goal for each day or week. Its dice are its own: the other worlds stay as they were."""
    dice, goal = Random(f"{world.script.seed}goal"), trader.account().limits.goal
    if goal is None and dice.random() < WITH_GOAL:
        budget = Decimal(dice.randint(1, 20)) / 10 if dice.random() < 0.7 else None
        daily = dice.random() < 0.5
        goal = VolumeGoal(volume=Decimal(dice.randint(2, 40) * 100), budget=budget, daily=daily)
        world.happened["volume goal"] += 1
        await trader.volumes.set_goal(goal)
    elif goal is not None:  # a larger one: what was told of another is told anew
        more = Decimal(own_dice(world, "goal").randint(1, 2000))
        world.happened["another volume goal"] += 1
        await trader.volumes.set_goal(replace(goal, volume=goal.volume + more, budget=goal.budget and goal.budget + 1))


def _wish(world: World, dice: Random, symbol: Symbol) -> GridSpec:
    listing = world.venue.listing(symbol)
    return a_wish(dice, listing.market, listing.price, quote_price(world.venue, listing.market.quote))


def pause(world: World, dice: Random) -> None:
    """Pause a grid, now and then its buying alone."""
    only = own_dice(world, "pause").random() < 0.2
    _one_grid(world, dice, "pause", lambda trader, grid: trader.pause(grid, buying_only=only))


def resume(world: World, dice: Random) -> None:
    """Resume a grid, or lift the daily loss halt, or that nothing opens after several stops."""
    account = world.account
    opens = account is not None and account.limits.paused_until > world.clock()
    if (account is not None and account.halt is not None and account.halt.is_loss) or (
        opens and own_dice(world, "open").random() < 0.5
    ):
        world.happened["the pause after stops lifted"] += opens
        _do(world, "resume", lambda trader: trader.resume(None))
    else:
        _one_grid(world, dice, "resume", lambda trader, grid: _resume(world, trader, grid))


async def _resume(world: World, trader: Trader, grid_id: GridId) -> Problem | None:
    world.seen.pauses.lifted(grid_id)
    return await trader.resume(grid_id)


def tune(world: World, dice: Random) -> None:
    """Another amount for each order, or another maximum position, also below what it is now."""
    factor, limit = Decimal(dice.randint(5, 20)) / 10, dice.random() < 0.5

    async def change(trader: Trader, grid_id: GridId) -> Problem | None:
        grid = trader.account().grids[grid_id]
        quote = grid.market.quote
        amount, whole = (grid.spec.quote_per_order or in_quote(Decimal(50), quote)) * factor, digits(ONE, quote)
        most = (grid.money * factor / 2).quantize(whole) + in_quote(ONE, quote)
        limits = _other_limits(grid, world.venue.listing(grid.spec.symbol).price, factor)
        if (ladder := _another_ladder(grid, factor)) is not None:
            world.happened["another ladder asked for"] += 1
            ladder = replace(ladder, **limits)
            return await trader.ask(TuneGrid(at=trader.clock(), grid_id=grid_id, spec=ladder))
        own = Random(f"{factor}{grid.lowest}{grid.spec.version} width")
        its, goal = Random(f"{factor}{grid.lowest}{grid.spec.version} chase"), trader.account().limits.goal
        chased = chasing(grid.spec, grid.market, its, goal)
        if chased.spacing is grid.spec.spacing and chases(chased):
            return await trader.ask(TuneGrid(at=trader.clock(), grid_id=grid_id, spec=chased))
        if (measured := a_measure(grid.spec, own, often=0.6)) is not None:
            world.happened["an interval that follows a measure"] += 1
            return await trader.ask(TuneGrid(at=trader.clock(), grid_id=grid_id, spec=measured))
        spec = (
            replace(grid.spec, max_position=most)
            if limit
            else replace(grid.spec, quote_per_order=amount.quantize(whole), total=None, base_per_order=None)
        )
        spec = _profit(spec, Random(f"{factor}{grid_id}{grid.books.fills} profit"))
        spec = replace(spec, **limits)
        world.happened["other limits of a grid"] += bool(limits)
        return await trader.ask(TuneGrid(at=trader.clock(), grid_id=grid_id, spec=spec))

    _one_grid(world, dice, "tune", change)


def _profit(spec: GridSpec, dice: Random) -> GridSpec:
    """Sometimes another rule for what it earns, or none."""
    if dice.random() >= 0.3:
        return spec
    share = Decimal(dice.randint(1, 10)) / 10 if dice.random() < 0.5 else None
    return replace(spec, compound=share, profit_in_coin=dice.random() < 0.5)


def _other_limits(grid: Grid, price: Decimal, factor: Decimal) -> dict[str, Any]:
    """Sometimes another stop loss, mostly one that rises; sometimes a trailing take-profit, or none any more."""
    dice, market, limits = Random(f"{factor}{grid.lowest}{grid.spec.version} limits"), grid.market, dict[str, Any]()
    if dice.random() < 0.2:
        limits |= {"stop_loss": market.price_near(price * dice.randint(850, 970) / 1000)}
        limits |= {"stop_rises": dice.random() < 0.7}
    if dice.random() < 0.2 and grid.spec.trail is not None:
        limits |= {"trail": None}
    elif dice.random() < 0.1:
        start = market.price_near(price * dice.randint(1002, 1020) / 1000)
        limits |= {"trail": Decimal(dice.randint(5, 20)) / 1000, "trail_from": start}
    return limits


def _another_ladder(grid: Grid, factor: Decimal) -> GridSpec | None:
    """Now and then another range, count, interval or mode: drawn from what is at hand, so that the dice stay."""
    dice, spec, market = Random(f"{factor}{grid.lowest}{grid.spec.version}ladder"), grid.spec, grid.market
    if dice.random() > 0.5:
        return None
    low, high = (market.price_near(end * Decimal(dice.randint(93, 107)) / 100) for end in grid.range)
    high = max(high, market.price_above(low))
    match dice.randint(1, 4):
        case 1 if grid.before is not None:
            return grid.before
        case 2:
            return replace(spec, grids=dice.randint(1, 12))
        case 3 if spec.interval is not None:
            interval = market.price_up(spec.interval * factor)
            return replace(spec, interval=interval, width_own=None, grids=dice.randint(2, 8))
        case _:
            spacing = dice.choice([Spacing.ARITHMETIC, Spacing.GEOMETRIC])
            lines = replace(spec, lower=low, upper=high, below=None, above=None, interval=None, out_want=None)
            return replace(lines, spacing=spacing, width_own=None, grids=dice.randint(2, 12))


def stop(world: World, dice: Random) -> None:
    """Stop a grid, selling its coins or not."""
    sell, own = dice.random() < 0.5, own_dice(world, "stop")
    way = own.choice([Way.SLOWLY, Way.BREAK_EVEN]) if own.random() < 0.25 else Way.NOW
    _one_grid(world, dice, "stop", lambda trader, grid: trader.stop(grid, sell=sell, way=way))


def own_dice(world: World, what: str) -> Random:
    """Dice of their own, made of the moment: what is drawn anew leaves what the world's dice give as it was."""
    return Random(f"{what} {world.clock()}")


def panic(world: World, _: Random) -> None:
    """Everything off."""
    _do(world, "panic", lambda trader: trader.panic())


def lend(world: World, _: Random) -> None:
    """Idle funds are lent from now on, and the grids may take back what they need."""
    world.happened["lending"] += 1
    upkeep.set_auto_lend(world.venue, KEY, on=True)
    _do(world, "use lent", lambda trader: trader.use_lent(use=True))


def bound(world: World, dice: Random) -> None:
    """Limits for all grids together, and other ones a while later: tighter, looser, or none."""
    world.happened["limits for all grids"] += 1
    _do(world, "limits", lambda trader: _bound(trader, dice))
    for seconds in (dice.uniform(20, 200), dice.uniform(200, 400)):
        asyncio.get_running_loop().call_later(
            seconds, lambda: _do(world, "other limits", lambda trader: _bound(trader, dice))
        )


async def _bound(trader: Trader, dice: Random) -> Problem | None:
    before = bounds_of(trader.account())
    money = [Decimal(dice.randint(2, 60) * 10) for _ in range(2)]
    coins = sorted({grid.market.base for grid in trader.account().grids.values()})
    coin = dice.choice(coins) if coins else None
    bounds = replace(
        before,
        exposure=money[0] if dice.random() < 0.6 else None,
        exposure_of={coin: money[1]} if coin is not None and dice.random() < 0.4 else {},
        orders=dice.randint(2, 12) if dice.random() < 0.4 else None,
        trips=dice.randint(1, 2) if dice.random() < 0.4 else None,
        drawdown=Decimal(dice.randint(2, 40)) / 1000 if dice.random() < 0.3 else None,
    )
    own = Random(f"{money} stops")
    if own.random() < 0.5:
        bounds = replace(bounds, stops=own.choice([1, 1, 2]), stops_hours=own.choice([1, 24]))
    return await trader.set_bounds(bounds, before)


def settle(world: World, dice: Random, choices: Sequence[str] = ("leave", "cancel", "adopt")) -> None:
    """Decide whatever waits for the owner. `choices`: what may become of strangers."""
    account = world.account
    match account.stopped_by if account is not None else None:
        case Halt.STRANGERS:
            _settle_strangers(world, dice.choice(choices))
        case Hold.LEFT_ORDERS:
            _settle_left(world, dice)
        case Hold.MISSING_FILLS if world.record.mixed_up:
            _put_back(world)
        case Hold.MISSING_FILLS:
            stop = dice.random() < 0.5
            _do(world, f"settle missing, {stop}", lambda trader: trader.settle_missing(stop=stop))
        case Hold.UNCONFIRMED:
            _do(world, "type LIVE", _type_live)
        case Halt.DAILY_LOSS | Halt.DRAWDOWN | None:
            pass


def _put_back(world: World) -> None:
    """The owner has seen that it is the wrong database."""
    process = world.process
    if process is not None and not process.is_dead:
        world.happened["right database put back"] += 1
        world.death = Death(away=5, disk=world.right, mixed_up="")
        process.died()


async def _type_live(trader: Trader) -> None:
    if trader.needs_live_word():
        trader.accept_live_word("LIVE")


def _settle_left(world: World, dice: Random) -> None:
    account, cancel = world.account, dice.random() < 0.5
    assert account is not None
    if cancel:
        world.record.given_away |= {int(order.order_id) for order in account.left}
    _do(world, f"settle left, {cancel}", lambda trader: trader.settle_left(cancel=cancel))


def _settle_strangers(world: World, choice: str) -> None:
    account = world.account
    assert account is not None
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
