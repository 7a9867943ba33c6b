"""A list of the exchange's that fails alone, or hangs, holds up what needs it: no other list, no tick and no stop."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from exchange.paper import upkeep
from exchange.port import AccountInfo, BadAnswer, Balances, ExchangeError, Listed, Markets, Refused, Unavailable
from strategy.messages.by_hand import Listing, RowsUnread
from strategy.messages.events import OrderRefused
from strategy.messages.notices import LevelWaits, MovementSeen, Trouble
from strategy.model.grid import Phase
from strategy.model.ledger import Movement
from strategy.model.levels import Wait
from strategy.model.market import Asset, Symbol, Touch
from strategy.model.orders import ClientId, Fill, Refusal
from tests.builders import ETH_USDC, a_range
from tests.integration.running import KEY, Road, World, a_while, assert_whole

USDC = Asset("USDC")
ALONE = [
    Unavailable("unreachable", "HTTP 502"),
    Unavailable("maintenance", "Wallets are in maintenance"),
    Refused(Refusal.OTHER, "no"),
    Refused(Refusal.KEY, "Forbidden"),
]


class Picky(Road):
    """Some lists can't be had, or hang."""

    without_account: ExchangeError | None = None
    without_movements: ExchangeError | None = None
    without_fills: ExchangeError | None = None
    without_markets: ExchangeError | None = None
    breaks: Sequence[BaseException] = ()
    """What the next prices break with."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.balances_come, self.prices_come = asyncio.Event(), asyncio.Event()
        self.waiting = 0
        """Answers about balances that are held up."""
        self.balances_come.set()
        self.prices_come.set()

    async def account(self) -> AccountInfo:
        """As the venue has it, unless it fails."""
        if self.without_account is not None:
            raise self.without_account
        return await super().account()

    async def movements(self, since: int) -> Listed[Movement]:
        """As the venue shows them, unless they fail."""
        if self.without_movements is not None:
            raise self.without_movements
        return await super().movements(since)

    async def markets(self) -> Markets:
        """As the venue has them, unless they fail."""
        if self.without_markets is not None:
            raise self.without_markets
        return await super().markets()

    async def fills(self, since: int, until: int | None = None) -> Listed[Fill]:
        """As the venue shows them, unless they fail."""
        if self.without_fills is not None:
            raise self.without_fills
        return await super().fills(since, until)

    async def balances(self) -> Balances:
        """As they are when they are asked for, however late that is answered."""
        held, come = await super().balances(), self.balances_come
        self.waiting += 1
        await come.wait()
        self.waiting -= 1
        return held

    async def touch(self, symbol: Symbol) -> Touch | None:
        """As the venue shows it, or broken."""
        await self.prices_come.wait()
        for failure in self.breaks:
            self.breaks = self.breaks[1:]
            raise failure
        return await super().touch(symbol)


async def a_picky_world(*, stream: bool = False, **wishes: Any) -> tuple[World, Picky]:
    world = World(stream=stream)
    world.road = road = Picky(world.venue)
    world.app = world.build()
    await world.begin()
    await world.start(a_range(1900, 2100, 5, **wishes))
    await world.tick(2)
    assert_whole(world)
    return world, road


def told(world: World) -> list[tuple[Listing, bool, bool]]:
    return [(one.listing, one.whole, one.over) for one in world.told(RowsUnread)]


async def minutes(world: World, count: int) -> None:
    for _ in range(count):
        await world.tick(20)
        await world.app.reader.reconcile()


@pytest.mark.parametrize("failure", ALONE, ids=str)
async def test_while_deposits_can_not_be_read_balances_are_and_the_owner_hears_of_it_once(
    failure: ExchangeError,
) -> None:
    """It was never told, or told and taken back each minute; and balances were not read for as long as it lasted."""
    world, road = await a_picky_world()
    road.without_movements = failure
    await minutes(world, 1)
    assert not told(world)  # a minute is bad luck
    world.held.change(USDC, Decimal(7))
    world.venue.clearing.commit(world.held)
    await minutes(world, 10)
    assert told(world) == [(Listing.MOVEMENTS, True, False)]
    assert not world.told(Trouble)
    assert world.account.balances[USDC].total == world.held.balances[USDC].total

    road.without_movements = None
    await minutes(world, 5)
    assert [over for *_, over in told(world)] == [False, True]
    assert not world.told(Trouble)


async def test_a_restart_while_deposits_can_not_be_read_watches_the_stops() -> None:
    """It did not come up for as long as wallets were in maintenance, and nobody watched a price."""
    world, road = await a_picky_world(stop_loss=Decimal(1850), sell_on_limit=True)
    await world.kill()
    road.without_movements = Unavailable("maintenance", "Wallets are in maintenance")
    await world.begin_again()
    assert world.account.ready
    await world.trade(1840)
    await world.tick(3)
    assert world.grid.phase is Phase.STOPPED

    road.without_movements = None
    upkeep.transfer(world.venue, KEY, USDC, Decimal(50))
    await minutes(world, 1)
    assert world.told(MovementSeen)
    assert_whole(world)


@pytest.mark.parametrize("failure", [Unavailable("unreachable", "HTTP 503"), BadAnswer("account.autoLend: missing")])
async def test_a_restart_needs_no_fees_that_are_known_from_before(failure: ExchangeError) -> None:
    """Nothing watched a price for as long as they alone could not be read, although a running process went on."""
    world, road = await a_picky_world()
    road.without_account = failure
    await world.kill()
    await world.begin_again()
    assert world.account.ready
    assert world.account.interruption is None
    await world.trade(1970)
    assert_whole(world)

    await minutes(world, 3)
    road.without_account = None
    await minutes(world, 4)
    assert told(world) == [(Listing.ACCOUNT, True, False), (Listing.ACCOUNT, False, True)]


async def test_a_key_that_is_refused_for_the_account_is_told_and_begins_nothing() -> None:
    world, road = await a_picky_world()
    road.without_account = Refused(Refusal.KEY, "Invalid signature")
    await world.kill()
    await world.begin_again()
    assert not world.account.ready
    assert world.account.interruption is not None
    assert world.account.interruption.cause == "key"


async def test_rules_that_can_not_be_read_again_cost_no_tick() -> None:
    """After a refusal the rules are in doubt, and read before the prices."""
    world, road = await a_picky_world()
    road.without_markets = Unavailable("unreachable", "HTTP 502")
    world.app.reader.rules.heard(OrderRefused(at=world.now, client_id=ClientId(1), reason=Refusal.PRICE, text=""))
    before = world.app.reader.ticks
    await world.tick(3)
    assert world.app.reader.ticks == before + 3


async def test_a_stop_sells_while_the_history_of_fills_can_not_be_read() -> None:
    """All is known by the stream, prices are read and orders are taken: a limit waited for as long as it lasted."""
    world, road = await a_picky_world(stream=True, stop_loss=Decimal(1850), sell_on_limit=True)
    road.without_fills = Unavailable("unreachable", "HTTP 503")
    await world.tick(100)
    assert told(world) == [(Listing.FILLS, True, False)]
    assert not world.told(Trouble)

    await world.trade(1840)
    await world.tick(3)
    assert world.grid.phase is Phase.STOPPED
    assert not world.grid.coins


async def test_without_stream_and_history_nothing_is_placed_for_what_vanished() -> None:
    world, road = await a_picky_world()
    road.without_fills = Unavailable("unreachable", "HTTP 503")
    sent = len(world.road.sent)
    await world.trade(1970)
    await world.tick(20)
    assert len(road.sent) == sent

    road.without_fills = None
    await world.tick(3)
    assert_whole(world)


async def test_an_order_that_stays_unclear_is_told_once() -> None:
    """It rests no more, and no history ever shows why: its level stood still, and a stop waited for it, unsaid."""
    world, _ = await a_picky_world()
    order = next(one for one in world.grid.live if one.price == 1900)
    world.venue.cancel(KEY, ETH_USDC, client_id=order.client_id)
    world.venue.choices.history_lag = 10**9
    await minutes(world, 15)
    assert not world.told(LevelWaits)
    await minutes(world, 30)
    assert [(one.level, one.wait) for one in world.told(LevelWaits)] == [(order.level, Wait.LIMBO)]

    world.venue.choices.history_lag = 0
    await minutes(world, 2)
    assert len(world.told(LevelWaits)) == 1
    assert_whole(world)


async def test_what_fails_for_all_is_an_interruption_as_before() -> None:
    world, road = await a_picky_world()
    road.without_fills = road.without_movements = road.down = Unavailable("unreachable", "HTTP 503")
    await minutes(world, 3)
    assert [(one.cause, one.over) for one in world.told(Trouble)] == [("unreachable", False)]
    assert not told(world)


async def test_balances_that_hang_hold_up_no_tick() -> None:
    world, road = await a_picky_world()
    road.balances_come.clear()
    reading = asyncio.create_task(world.app.reader.reconcile())
    await a_while()
    before = world.app.reader.ticks
    async with asyncio.timeout(5):
        await world.tick(3)
    assert world.app.reader.ticks == before + 3
    road.balances_come.set()
    await reading


async def test_of_two_answers_about_balances_the_one_that_was_asked_for_last_counts() -> None:
    world, road = await a_picky_world()
    road.balances_come.clear()
    reading = asyncio.create_task(world.app.reader.read_balances())
    await a_while()
    late, road.balances_come = road.balances_come, asyncio.Event()
    road.balances_come.set()
    world.held.change(USDC, Decimal(7))
    world.venue.clearing.commit(world.held)
    await world.app.reader.read_balances()
    late.set()
    await reading
    assert world.account.balances[USDC].total == world.held.balances[USDC].total


async def test_a_price_that_broke_while_nobody_waited_for_it_is_asked_for_again() -> None:
    """No tick went well any more, until the next start."""
    world, road = await a_picky_world()
    road.prices_come.clear()
    road.breaks = [AssertionError("whatever")]
    given_up = asyncio.create_task(world.tick())
    await a_while()
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    road.prices_come.set()
    await a_while()
    before = world.app.reader.ticks
    await world.tick(2)
    assert world.app.reader.ticks == before + 2


async def test_fills_are_read_after_the_clock_has_been_set_back() -> None:
    world, road = await a_picky_world()
    await world.tick(5)
    world.now -= 3_600_000
    asked = len(road.asked_since)
    await world.tick(10)
    assert len(road.asked_since) > asked
