"""A script as it happens: one step after the other, the promises looked at after each, and at the end the calm."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from random import Random

from bot.owner.noise import Noise, Preset
from exchange.paper import upkeep
from exchange.paper.rules import FeeIn
from strategy.model.account import Halt
from strategy.model.market import BookState
from tests.simulation import acts, deaths, deposits, hands, moments, owner, perpetuals
from tests.simulation.books import covered_when_opened, unbalanced
from tests.simulation.checks import broken_now, unfinished
from tests.simulation.conditional import Conditionals
from tests.simulation.scheduling import planned_by
from tests.simulation.screens import AT_THE_END, not_there, seen_now
from tests.simulation.script import Act
from tests.simulation.shadow import recorded_leads_here, twins_add_up
from tests.simulation.world import World
from tests.venue import KEY

CALM_ROUNDS = 300
CALM_SECONDS = 3.0
"""Fifteen virtual minutes at most, in which all works: hours that are booked are read anew every five, and twice."""
WHOLE_ROUNDS = 2
"""Rounds in a row in which nothing may be left; then the books are looked at."""
BACKUP_EVERY = 40

ACTS: dict[str, Callable[[World, Random], None]] = {
    name: act
    for module in (acts, deaths, hands, moments, owner, perpetuals)
    for name, act in vars(module).items()
    if callable(act) and getattr(act, "__module__", "") == module.__name__ and not name.startswith("_")
}


async def act_all(world: World) -> None:
    """The whole world, until a promise is broken or the calm has shown that everything is whole."""
    async with on_stage(world):
        deposits.under_way(world)
        world.boot()
        await asyncio.sleep(2)
        conditionals = Conditionals(world.script.seed)
        for act in world.script.acts:
            conditionals.act(world, act.number)
            await _act(world, act)
            if world.record.violations:
                return
        await calm(world)
        for name, text in (*recorded_leads_here(world), *twins_add_up(world)):
            world.record.broken(name, text)


@asynccontextmanager
async def on_stage(world: World) -> AsyncIterator[None]:
    """For as long as this lasts the venue's news reach the process, and a dead process is started again."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: _failed(world, context))
    world.main = asyncio.current_task()
    world.record.opened = partial(covered_when_opened, world)
    world.supervisor = loop.create_task(world.supervise())
    unsubscribe = world.paper.subscribe(world.stream.pass_on)
    try:
        with planned_by(world.wall):
            yield
    finally:
        unsubscribe()
        world.supervisor.cancel()
        if world.process is not None:
            await world.process.bury()


async def _act(world: World, act: Act) -> None:
    world.trace(f"step {act.number} {act.kind}")
    is_up = world.process is not None and not world.process.is_dead
    if act.number % BACKUP_EVERY == 0 and is_up and not world.record.mixed_up:
        world.backups.append((world.now(), world.disk.copy()))
    ACTS[act.kind](world, Random(act.dice))
    world.hollow.step(act.number, world.now())
    await asyncio.sleep(act.pause / 1000)
    for name, text in (*broken_now(world), *seen_now(world, act.number)):
        world.record.broken(name, text)


async def calm(world: World) -> None:
    """Everything works again: within bounded time the world is whole, and nothing is missing or unbooked."""
    world.is_calm = True
    _end_all_faults(world)
    dice, left = Random(world.script.seed), list[tuple[str, str]]()
    whole = 0
    for _ in range(CALM_ROUNDS):
        acts.move(world, dice, 2)
        await asyncio.sleep(CALM_SECONDS)
        _end_all_faults(world)
        owner.settle(world, dice)
        for name, text in broken_now(world):
            world.record.broken(name, text)
        if world.record.violations:
            return
        left = list(_left(world))
        whole = 0 if left else whole + 1
        if whole >= WHOLE_ROUNDS:
            left = [*unbalanced(world), *not_there(world)]
            if not left:
                for name, text in seen_now(world, AT_THE_END):
                    world.record.broken(name, text)
                return
    for name, text in left:
        world.record.broken(name, text)


def _left(world: World) -> Iterator[tuple[str, str]]:
    account = world.account
    if account is not None and account.stopped_by not in (None, Halt.DAILY_LOSS, Halt.DRAWDOWN):
        yield "the owner decides", f"{account.stopped_by}"
    if world.record.mixed_up:
        yield "the owner decides", f"a database of {world.record.mixed_up}"
    yield from unfinished(world)


def _end_all_faults(world: World) -> None:
    """From now on everything works; what is under way may still arrive."""
    account = world.account
    if account is None or not account.limits.uses_lent:  # the grids were not told that they may use it
        upkeep.set_auto_lend(world.venue, KEY, on=False)
    world.weather.clear()
    world.stream.clear()
    world.disk.is_full = world.disk.is_away = world.phone.is_down = False
    world.disk.cuts.clear()
    world.disk.dies_in = world.disk.dies_after = None
    world.spreads.clear()
    world.choices.history_lag = 0
    world.choices.fee_in = FeeIn.RECEIVED
    world.hiding, world.late = None, False
    world.hollow.until = world.unlisted_until = 0
    if world.process is not None:
        # Else round trips wait for others, and the night for its end.
        world.process.choose(Noise().chosen(Preset.FILLS))
        world.process.wire.bad_print, world.process.wire.no_bids_until = None, 0
        world.process.wire.pages = world.process.wire.dies_at = world.process.wire.rows = None
    for symbol, listing in world.venue.listings.items():
        listing.book.part = None
        if listing.market.state is not BookState.OPEN:
            world.venue.set_state(symbol, BookState.OPEN)


def _failed(world: World, context: dict[str, object]) -> None:
    """A task of the process's own has failed, and nobody has looked."""
    failure = context.get("exception")
    if isinstance(failure, Exception):
        world.record.broken("no task fails", f"{context.get('message')}: {failure!r}")
