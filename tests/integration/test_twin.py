"""A grid's twin on paper: on the prices that were recorded it does what the grid did, and says what it did not see."""

from dataclasses import replace
from decimal import Decimal

from bot.owner.comparisons import compare_of
from bot.owner.twins import AskedTwin, NoTwin, Twin, twin_asked
from bot.shadow.twin import twin_of
from exchange.paper import upkeep
from storage.store import Store
from strategy.account.risk import last_price
from strategy.messages.commands import Panic, TuneGrid
from strategy.messages.envelopes import EnvelopeChanged
from strategy.messages.events import Tick
from strategy.model.grid import Phase
from strategy.model.market import Asset, Symbol, Touch
from tests.builders import NOW, a_range
from tests.integration.running import KEY, World, a_trading_world, a_while

D = Decimal
ROUND = (1950, 2050, 1930, 2010, 2070, 1910, 2020)
MINUTE = 60_000


async def twin(world: World) -> Twin | NoTwin:
    """Of the newest grid, once all that has happened is on the disk."""
    asked = twin_asked(world.account, world.grid, (await compare_of(world.app.trader, world.grid)).lived, world.now)
    return await twin_of(world.store, "main", asked, lambda _done, _whole: None)


async def walked(world: World) -> Twin:
    found = await twin(world)
    assert isinstance(found, Twin), found
    return found


async def test_where_paper_sees_what_the_exchange_did_it_comes_to_the_same_to_the_last_digit() -> None:
    world = await a_trading_world()
    for price in ROUND:
        await world.trade(price)

    found = await walked(world)

    grid, books = world.grid, world.grid.books
    bid = last_price(world.account, grid)
    assert (found.since, found.from_start, found.phase) == (grid.created_at, True, Phase.RUNNING)
    assert (found.total, found.fees, found.round_trips) == (grid.total(bid), books.fees_value, books.round_trips)
    assert found.round_trips > 3
    assert (found.both, found.lived_only, found.paper_only, found.unseen) == (found.trades, 0, 0, 0)
    await world.kill()


async def test_what_the_market_did_while_the_program_was_down_is_not_on_paper_and_it_says_for_how_long() -> None:
    world = await a_trading_world()
    await world.trade(1950)
    await world.kill()
    for price in (1910, 2030, 1910, 2030):
        world.now += 10 * MINUTE
        await world.walk(price)
    await world.begin_again()
    await world.trade(2010)

    found = await walked(world)

    assert found.unseen >= 40 * MINUTE
    assert found.lived_only > 0, "the exchange filled what paper has never seen"
    assert found.total != world.grid.total(last_price(world.account, world.grid))
    await world.kill()


async def test_what_was_late_or_refused_at_the_exchange_is_neither_on_paper() -> None:
    world = await a_trading_world()
    world.road.out.clear()
    await world.trade(1950)
    await world.trade(2050)
    world.road.out.set()
    await world.tick()

    found = await walked(world)

    assert found.paper_only > 0, "its order was there at once"
    await world.kill()


async def test_the_owners_word_reaches_the_twin_and_a_limit_of_all_grids_does_not() -> None:
    world = await a_trading_world(daily_loss_limit="1")
    trader, number = world.app.trader, world.grid.id
    await trader.pause(number)
    await world.trade(1999)
    assert (await walked(world)).phase is Phase.PAUSED

    await trader.resume(number)
    for price in (2000, 1910, 1905, 1904):
        await world.trade(price)

    found = await walked(world)

    assert world.grid.phase is not Phase.RUNNING
    assert found.phase is Phase.RUNNING
    await world.kill()


async def test_a_grid_older_than_the_record_goes_on_from_where_that_begins() -> None:
    world = await a_trading_world()
    for price in ROUND[:3]:
        await world.trade(price)
    world.now += 25 * 60 * MINUTE
    await world.trade(2015)
    world.store.records.drop("main", world.now, 1_000)
    for price in ROUND:
        await world.trade(price)

    found = await walked(world)

    grid = world.grid
    assert (found.from_start, found.since > grid.created_at) == (False, True)
    assert found.total == grid.total(last_price(world.account, grid))
    assert found.round_trips == grid.books.round_trips
    assert found.both == found.trades > 4
    await world.kill()


async def test_of_two_grids_each_has_its_own_twin_and_neither_is_touched() -> None:
    world = await a_trading_world()
    first = world.grid.id
    sol = Symbol("SOL_USDC")
    await world.start(a_range(140, 160, 4, symbol=sol))
    for price, other_price in ((1950, 144), (2050, 156), (1930, 149), (2010, 158)):
        await world.walk(other_price, sol)
        await world.trade(price)
    before, resting, sent = world.account, len(world.held.open), len(world.road.sent)

    second = await walked(world)
    lived = (await compare_of(world.app.trader, world.account.grids[first])).lived
    asked = twin_asked(world.account, world.account.grids[first], lived, world.now)
    other = await twin_of(world.store, "main", asked, lambda _done, _whole: None)

    assert isinstance(other, Twin)
    assert min(second.trades, other.trades) > 3
    assert (second.round_trips, other.round_trips) == tuple(
        world.account.grids[one].books.round_trips for one in (world.grid.id, first)
    )
    assert (world.account, len(world.held.open), len(world.road.sent)) == (before, resting, sent)
    await world.kill()


async def test_fees_that_change_change_on_paper_too() -> None:
    world = await a_trading_world()
    upkeep.set_fees(world.venue, KEY, maker_bps=D(50))
    await world.app.reader.reconcile()
    await a_while()
    for price in ROUND:
        await world.trade(price)

    assert (await walked(world)).fees == world.grid.books.fees_value
    await world.kill()


async def test_where_nothing_of_it_is_recorded_there_is_none() -> None:
    world = await a_trading_world(record_days=0)
    await world.trade(1950)

    assert await twin(world) is NoTwin.EMPTY

    asked = AskedTwin(grid_id=world.grid.id, until=NOW, price=D(2000), trades=())
    assert await twin_of(Store.open("sqlite://", now=lambda: NOW), "main", asked, lambda _done, _whole: None) is (
        NoTwin.EMPTY
    )
    await world.kill()


async def test_a_grid_that_is_tuned_and_panicked_is_so_on_paper() -> None:
    world = await a_trading_world()
    tuned = replace(world.grid.spec, quote_per_order=D(150), version=2)
    assert await world.app.runner.ask(TuneGrid(at=world.now, grid_id=world.grid.id, spec=tuned)) is None
    await world.tick(2)
    for price in ROUND:
        await world.trade(price)

    found = await walked(world)
    assert found.fees == world.grid.books.fees_value
    assert found.trades > 4

    await world.app.runner.ask(Panic(at=world.now))
    assert (await walked(world)).phase is Phase.STOPPED
    await world.kill()


async def test_a_part_of_the_account_is_on_paper_the_money_that_the_grid_has() -> None:
    world = World()
    await world.begin()
    await world.start(a_range(1900, 2100, 5, quote_per_order=None, envelope=D("0.1")))
    for price in ROUND:
        await world.trade(price)

    found = await walked(world)

    assert found.from_start
    assert found.both > 4
    assert abs(found.total - world.grid.total(last_price(world.account, world.grid))) < 1
    await world.kill()


async def test_where_the_account_was_divided_anew_its_part_is_so_on_paper_too() -> None:
    """With what it has now it could not have been opened then: 35 USDC for five levels."""
    world = World()
    await world.begin()
    await world.start(a_range(1900, 2100, 5, quote_per_order=None, envelope=D("0.1")))
    for price in ROUND[:3]:
        await world.trade(price)
    upkeep.transfer(world.venue, KEY, Asset("USDC"), D(-9000))
    await world.app.reader.reconcile()
    await world.tick(3)
    assert world.told(EnvelopeChanged)
    for price in ROUND:
        await world.trade(price)

    found = await walked(world)

    assert found.from_start
    assert found.lived_only == found.paper_only == 0 < found.both
    assert abs(found.total - world.grid.total(last_price(world.account, world.grid))) < D("0.1")
    await world.kill()


async def test_at_a_crossed_price_nothing_trades_on_paper() -> None:
    """A grid that takes would buy at its ask and sell at its bid without an end."""
    world = World()
    await world.begin()
    await world.start(replace(a_range(1900, 2100, 5), taker=True))
    await world.tick(2)
    world.now += 1
    crossed = Touch(symbol=world.grid.spec.symbol, bid=D(2061), ask=D(2019), at=world.now)
    world.app.runner.post(Tick(at=world.now, touches={crossed.symbol: crossed}))
    await world.app.runner.settled()
    await a_while()
    await world.tick(2)

    found = await walked(world)

    assert found.trades < 20, found
    await world.kill()


async def test_a_grid_that_begins_with_what_a_fill_showed_begins_so_on_paper() -> None:
    """The price known last was outside its range; a sale that came before the next price was in it."""
    world = await a_trading_world(stream=False)
    await world.trade(2050)
    world.now += 1
    await world.walk(2065)
    await world.app.reader.read_fills()
    touch = world.account.touches[world.grid.spec.symbol]
    assert touch.bid < 2050 < D(2060) == touch.ask, "a sale was met there, and no price was read since"
    await world.start(a_range(2055, 2075, 2))
    await world.trade(2065)

    assert (await walked(world)).from_start
    await world.kill()
