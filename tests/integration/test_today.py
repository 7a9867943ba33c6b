"""The day that it is, on every screen: also where the account could not be told of it yet, or learns of a fill late."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.account.days import check_day
from strategy.account.risk import last_price
from strategy.model.durations import DAY
from tests.integration.running import World, a_trading_world, a_while
from tests.integration.test_days import jobs_of

UTC = ZoneInfo("UTC")


async def today_of(world: World) -> tuple[object, object]:
    """What /status and /report say of the day."""
    trader = world.app.trader
    (line,), (told,) = trader.summary().grids, (await trader.report()).grids
    assert trader.line(line.grid_id) == line
    return line.standing.today, told.standing.today


async def test_after_a_night_today_is_today_although_nothing_could_be_read_yet() -> None:
    """/status told what had been made since the day that the database knew, and /report refused that day."""
    world = await a_trading_world()
    for price in (1960, 2010, 1950):
        await world.trade(price)
    await jobs_of(world, zone=UTC).tick()
    await jobs_of(world, zone=UTC).snapshot()
    made, (first, _) = world.grid.total(last_price(world.account, world.grid)), world.app.trader.known_days()
    await world.kill()
    world.now += 9 * DAY
    world.app = world.build()

    assert not world.account.ready
    shown, told = await today_of(world)
    assert shown == told != world.app.trader.summary().grids[0].standing.total
    assert (await world.app.trader.report(day=first)).grids[0].standing.today == made
    assert world.app.trader.known_days() == (first, first + timedelta(days=9))


async def test_a_midnight_of_which_no_tick_has_told_is_midnight() -> None:
    world = await a_trading_world()
    await world.trade(1950)
    await jobs_of(world, zone=UTC).tick()
    await jobs_of(world, zone=UTC).snapshot()
    begun = world.account.day
    world.now += DAY

    assert begun is not None
    assert world.account.day == begun
    shown, told = await today_of(world)
    assert shown == told != world.app.trader.summary().grids[0].standing.total


async def test_what_is_learned_late_of_the_day_before_is_in_no_figure_of_today() -> None:
    """Until the next tick, which may be a minute away, /status counted it to today and /report did not."""
    world = await a_trading_world(stream=False)
    midnight = jobs_of(world, zone=UTC)
    await midnight.tick()
    await world.walk(1940)
    world.now += DAY
    await midnight.tick()
    world.now += 3_600_000
    check_day(world.app.reader, UTC)
    await a_while()
    await world.app.reader.read_fills()
    await world.app.runner.settled()

    shown, told = await today_of(world)
    assert world.grid.books.fills
    assert shown == told
