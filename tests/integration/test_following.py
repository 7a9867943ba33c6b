"""A market's last hours are read where a grid needs them: once, after a gap, after a restart; a failure only delays."""

from decimal import Decimal

import pytest

from bot.account.past import LONGEST_PAUSE, hours_of
from exchange.paper.faults import FaultMode
from exchange.port import BadAnswer, Candle, Listed
from strategy.adapt.following import followed
from strategy.messages.by_hand import Listing, RowsUnread
from strategy.messages.notices import Trouble
from strategy.model.durations import HOUR
from strategy.model.market import Symbol
from strategy.model.orders import Unread
from strategy.model.past import GAP, Hour
from tests.builders import ETH_USDC, NOW, a_range
from tests.integration.running import World, assert_whole

FOLLOWING = a_range(1900, 2100, 5, fall=Decimal("0.5"))
KLINES = "GET /api/v1/klines"
CANDLE = Candle(at=HOUR, open="1", high="3", low="1", close="2", volume="0")


async def a_followed_world() -> World:
    """A grid that needs a day of the past; the market has two, at 2,000."""
    world = World(stream=False)
    for hours in range(48, 0, -1):
        world.venue.listing(ETH_USDC).tape.record(Decimal(2000), NOW - hours * HOUR)
    world.venue.listing(ETH_USDC).tape.record(Decimal(2000), NOW)
    await world.begin()
    await world.start(FOLLOWING)
    return world


async def follow(world: World) -> None:
    await world.app.reader.past.follow()
    await world.tick()


def asked(world: World) -> bool:
    """Whether the past is known up to now."""
    return world.account.past_of(ETH_USDC, world.now) is not None


async def test_the_past_of_a_followed_market_is_read_once() -> None:
    world = await a_followed_world()
    assert followed(world.account) == {ETH_USDC}
    assert not asked(world)
    await follow(world)

    past = world.account.past_of(ETH_USDC, world.now)
    assert past is not None
    assert past.average(24, world.now) == 2000
    world.road.go_wrong(FaultMode.STATUS, KLINES)
    await follow(world)
    assert asked(world)
    assert_whole(world)


async def test_the_past_of_a_market_that_no_grid_follows_is_not_read() -> None:
    world = World(stream=False)
    await world.begin()
    await world.start()
    await follow(world)

    assert not world.account.past


async def test_after_a_gap_and_after_a_restart_it_is_read_again() -> None:
    world = await a_followed_world()
    await follow(world)
    world.now += GAP + HOUR
    await world.tick()
    assert not asked(world)
    await follow(world)
    assert asked(world)

    await world.kill()
    await world.begin_again()
    assert not asked(world)
    await follow(world)
    assert asked(world)


async def test_a_past_that_is_known_is_read_again_every_hour() -> None:
    world = await a_followed_world()
    await follow(world)
    for _ in range(13):
        world.now += GAP // 2
        await world.tick()
    world.venue.listing(ETH_USDC).tape.record(Decimal(3000), world.now)
    await follow(world)

    assert world.account.past[ETH_USDC].hours[-1].high == 3000


async def test_a_failure_is_tried_again_later_and_stops_nothing() -> None:
    world = await a_followed_world()
    world.road.go_wrong(FaultMode.STATUS, KLINES, times=2)
    await follow(world)
    await follow(world)
    assert not asked(world)
    assert not world.grid.coins, "nothing is bought while it is not known whether the price has fallen"

    world.now += LONGEST_PAUSE
    await follow(world)
    world.now += LONGEST_PAUSE
    await follow(world)
    assert asked(world)
    await world.tick(2)
    assert_whole(world)
    assert not world.told(Trouble)
    assert not world.told(RowsUnread)


async def test_a_failure_that_lasts_is_told_once_and_so_is_its_end() -> None:
    world = await a_followed_world()
    world.road.go_wrong(FaultMode.STATUS, KLINES, times=6)
    for _ in range(9):
        world.now += LONGEST_PAUSE
        await follow(world)
    assert asked(world)
    world.now += HOUR
    await follow(world)

    told = [(one.listing, one.over) for one in world.told(RowsUnread)]
    assert told == [(Listing.CANDLES, False), (Listing.CANDLES, True)]
    assert world.told(RowsUnread)[0].text.startswith("ETH_USDC: ")


def test_candles_of_an_hour_are_read_as_they_are() -> None:
    read = hours_of(ETH_USDC, Listed([CANDLE]))

    assert read == (Hour(at=HOUR, high=Decimal(3), low=Decimal(1), close=Decimal(2)),)


@pytest.mark.parametrize(
    "rows",
    [
        Listed([Candle(at=HOUR + 1, open="1", high="3", low="1", close="2", volume="0")]),
        Listed([Candle(at=HOUR, open="1", high="2", low="1", close="3", volume="0")]),
        Listed([CANDLE, CANDLE]),
        Listed([CANDLE], [Unread(text="kline of X_USDC: null")]),
    ],
)
def test_a_candle_that_makes_no_sense_is_refused_by_name(rows: Listed[Candle]) -> None:
    with pytest.raises(BadAnswer, match="kline of X_USDC"):
        hours_of(Symbol("X_USDC"), rows)
