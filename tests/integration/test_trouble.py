"""The exchange in trouble: told once, and so is its end; nothing is placed meanwhile, and trading goes on by itself."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from exchange.news import Connected, Disconnected
from exchange.paper.faults import FaultMode
from exchange.port import ExchangeError, OutcomeUnknown, Placement, Refused, Unavailable
from strategy.messages.notices import Trouble
from strategy.model.grid import Phase
from strategy.model.orders import Order, Refusal
from tests.builders import ETH_USDC
from tests.integration.running import World, a_trading_world, a_while, assert_whole

DOWN = [
    (Unavailable("maintenance", "System in maintenance"), "maintenance", 1),
    (Unavailable("rate_limit", "Too many requests"), "rate_limit", 1),
    (Unavailable("unreachable", "No connection"), "unreachable", 2),
    (Refused(Refusal.KEY, "Invalid signature"), "key", 1),
    (Refused(Refusal.CLOCK, "Request has expired"), "clock", 1),
]


@pytest.mark.parametrize(("reason", "cause", "patience"), DOWN, ids=[cause for _, cause, _ in DOWN])
async def test_an_interruption_is_told_once_and_so_is_its_end_and_trading_goes_on_by_itself(
    reason: ExchangeError, cause: str, patience: int
) -> None:
    world = await a_trading_world(stream=False)
    world.road.down = reason
    await world.tick(patience - 1)
    assert not world.told(Trouble)
    await world.tick(20)
    assert [(one.cause, one.over) for one in world.told(Trouble)] == [(cause, False)]
    sent = len(world.road.sent)
    world.venue.walk(ETH_USDC, Decimal(1970))
    await world.tick(2)
    assert len(world.road.sent) == sent

    world.road.down = None
    await world.tick(3)
    over = world.told(Trouble)
    assert [(one.cause, one.over) for one in over] == [(cause, False), (cause, True)]
    assert over[1].lasted == 3_000 * (20 + 2)
    assert_whole(world)


async def test_one_failed_read_is_bad_luck_and_told_to_nobody() -> None:
    world = await a_trading_world(stream=False)
    for _ in range(3):
        world.road.go_wrong(FaultMode.LOSE_REQUEST, "GET")
        await world.tick(2)
    assert not world.told(Trouble)
    assert_whole(world)


async def test_a_key_that_may_read_and_not_trade_is_not_told_again_and_again() -> None:
    world = await a_trading_world(stream=False)
    world.road.go_wrong(FaultMode.STATUS, "POST", status=403, times=1000)
    await world.trade(1970)
    await world.tick(100)
    assert [(one.cause, one.over) for one in world.told(Trouble)] == [("key", False)]

    world.road.faults.clear()
    await world.tick(250)
    assert [one.over for one in world.told(Trouble)] == [False, True]
    assert_whole(world)


async def test_panic_is_carried_out_while_the_exchange_can_hardly_be_read() -> None:
    world = await a_trading_world(stream=False)
    world.road.down = Unavailable("rate_limit", "Too many requests")
    await world.tick(2)
    await world.app.trader.panic()
    await a_while()
    assert not world.held.open
    world.road.down = None
    await world.tick(2)
    assert world.grid.phase is Phase.STOPPED


# The stream's own state


async def test_prices_are_read_where_the_stream_has_none_that_are_fresh() -> None:
    world = await a_trading_world()
    reader = world.app.reader
    reader.hear(Connected())
    assert reader.prices.stream_at == world.now
    world.now += 1
    world.venue.walk(ETH_USDC, Decimal(1999))
    touches = await reader.prices.read()
    assert touches[ETH_USDC].ask == 1999
    reader.hear(Disconnected(text="a test"))
    world.venue.listing(ETH_USDC).book.walk(Decimal(1998))
    assert (await reader.prices.read())[ETH_USDC].ask == 1998


async def test_the_status_shows_how_old_the_prices_are_that_are_in_use_whether_heard_or_read() -> None:
    world = World()
    await world.begin()
    assert world.app.trader.summary().prices_age is None, "no grid uses a price"
    world = await a_trading_world()
    world.now += 7_000
    assert world.app.trader.summary().prices_age == 7_000
    await world.tick()
    assert world.app.trader.summary().prices_age == 0


NOT_THROUGH = [Unavailable("unreachable", "<html>Access denied</html> (HTTP 403)"), OutcomeUnknown("HTTP 503")]


@pytest.mark.parametrize("outcome", NOT_THROUGH, ids=str)
async def test_orders_that_do_not_get_through_while_all_can_be_read_are_told_once_and_so_is_the_end(
    outcome: Unavailable | OutcomeUnknown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of the network's for whatever is sent: the grids stood still for hours, and nobody said why."""
    world = await a_trading_world(stream=False)

    async def place(orders: Sequence[Order]) -> Sequence[Placement]:
        return [outcome] * len(orders)

    with monkeypatch.context() as broken:
        broken.setattr(world.road, "place", place)
        await world.trade(1970)
        await world.tick(10)
        assert not world.told(Trouble)  # half a minute is bad luck
        await world.tick(400)
        assert [(one.cause, one.over) for one in world.told(Trouble)] == [("unsent", False)]

    await world.tick(60)
    assert [(one.cause, one.over) for one in world.told(Trouble)] == [("unsent", False), ("unsent", True)]
    assert_whole(world)
