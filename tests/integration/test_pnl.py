"""What /pnl says: folds over the ledger for any period, whose parts add up, beside what doing nothing had made."""

from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from bot.owner.books import BooksOf, BooksView, Made, most_at_once
from bot.owner.periods import Period, Span
from bot.telegram.texts.profit import pnl
from storage.curves import ALL
from strategy.audit.costs import Costs, Method
from strategy.messages.events import Moved
from strategy.model.durations import DAY
from strategy.model.grid import Phase
from strategy.model.ledger import Movement, MovementKind
from strategy.model.market import Asset
from strategy.model.orders import GridId
from strategy.model.stops import Way
from tests.builders import USDC
from tests.integration.chat_world import World as ChatWorld
from tests.integration.chat_world import a_grid
from tests.integration.running import World, a_trading_world
from tests.integration.test_days import jobs_of

UTC = ZoneInfo("UTC")
HOUR = 3_600_000


async def books_of(world: World, span: Span = Span.START) -> BooksOf:
    return (await world.app.trader.books(Period.of(span, UTC, world.clock()))).shown


async def later(world: World, days: float, *prices: int) -> None:
    """Prices come after so many days, each an hour after the other, and a point is written down at each."""
    world.now += int(days * DAY)
    for price in prices:
        world.now += HOUR
        await jobs_of(world, zone=UTC).tick()
        await world.trade(price)
        await jobs_of(world, zone=UTC).snapshot()


async def test_the_figures_of_any_period_are_folds_whose_parts_add_up() -> None:
    world = await a_trading_world()
    start = world.grid.total(world.account.touches[world.grid.spec.symbol].bid)
    await later(world, 0.1, 1960, 2010, 1950)
    first = await books_of(world)
    await later(world, 10, 2000, 1970)

    whole, month = await books_of(world), await books_of(world, Span.TODAY)
    made, recent = whole.grids[world.grid.id], month.grids[world.grid.id]
    price = world.account.touches[world.grid.spec.symbol].bid

    assert made.total == world.grid.total(price) == made.grid_profit + made.stop_sales + made.floating
    assert recent.total == made.total - first.grids[world.grid.id].total, "nothing happened between the two"
    assert recent.fills + first.grids[world.grid.id].fills == made.fills
    assert whole.quotes[USDC].total == made.total
    costs = Costs(Method.FIFO)
    for entry in world.store.entries("main", grid_id=world.grid.id):
        assert not isinstance(entry, Movement)
        costs.take(entry)
    assert costs.total(price) == made.total
    assert start <= 0


async def test_a_deposit_is_no_profit() -> None:
    world = await a_trading_world()
    before = (await books_of(world)).quotes[USDC].total
    moved = Movement(at=world.clock(), key="d", kind=MovementKind.DEPOSIT, asset=Asset("USDC"), amount=Decimal(500))
    world.app.reader.runner.post(Moved(at=world.clock(), movement=moved))
    await world.tick()

    assert (await books_of(world)).quotes[USDC].total == before


@pytest.mark.parametrize(("lasts", "falls"), [(1, False), (2, True)])
async def test_a_fall_that_is_over_before_the_next_point_is_written_down_was_one(lasts: int, falls: bool) -> None:
    """In a demo that runs 200 times as fast a minute is three hours, and /pnl told a fall of nothing. A price that is
    seen once, and the next time is where it was, may be a wrong one.
    """
    world = await a_trading_world()
    jobs, hour = jobs_of(world, zone=UTC), world.now // HOUR
    for price in (2000, 2000, *[1900] * lasts, 1990, 1990):
        world.now += 3_000
        await world.walk(price)
        await jobs.tick()
    await jobs.snapshot()
    curve = (await books_of(world)).grids[world.grid.id].curve

    assert curve is not None
    assert (curve.fall > Decimal(5)) is falls
    assert [leg.at // HOUR for leg in world.store.legs("main", (USDC, world.grid.id), 0)] == [hour]
    await jobs.snapshot()
    assert (await books_of(world)).grids[world.grid.id].curve == curve, "what is written down is not written twice"


async def test_a_curve_does_not_begin_while_nothing_was_at_risk() -> None:
    """What all grids came to was joined on while none was open, and put to the hour days ago in which that began."""
    world = World()
    await world.begin()
    await world.start()
    grids = world.account.grids
    jobs = jobs_of(world, zone=UTC)
    ended = replace(next(iter(grids.values())), phase=Phase.STOPPED, lots={})
    world.app.runner.account = replace(world.account, grids={ended.id: ended})
    await jobs.tick()
    await jobs.snapshot()
    world.app.runner.account = replace(world.account, grids=grids)
    world.now += 5 * DAY
    await jobs.tick()
    await jobs.snapshot()

    assert [leg.at // HOUR for leg in world.store.legs("main", (USDC, ALL), 0)] == [world.now // HOUR]


async def test_drawdown_is_the_deepest_fall_of_what_was_written_down_and_nothing_is_guessed() -> None:
    world = await a_trading_world()
    await later(world, 0, 2000, 1900, 1990)
    grid = (await books_of(world)).grids[world.grid.id]
    totals = [leg.low for leg in world.store.legs("main", (USDC, world.grid.id), 0)]
    assert grid.curve is not None
    assert grid.curve.fall >= max(Decimal(0), -min(totals))
    assert world.store.legs("main", (USDC, ALL), 0)[0].low == totals[0]
    whole = (await books_of(world)).quotes[USDC].curve
    assert whole is not None
    assert whole.fall == grid.curve.fall, "/pnl of all and the picture of the only one tell the same"

    world.now += 30 * DAY
    month = (await books_of(world, Span.MONTH)).grids[world.grid.id]
    assert month.curve is None, "nothing was written down since the month began"


def test_rates_wait_for_their_days_and_money_that_went_on_counts_once() -> None:
    made = Made(grid_profit=Decimal(10), money=Decimal(1000), begins=0, ends=DAY // 2)
    assert made.daily(made.total) is None
    week = Made(grid_profit=Decimal(7), floating=Decimal(-14), money=Decimal(1000), begins=0, ends=7 * DAY)
    assert week.daily(week.total) == -1
    assert week.yearly == Decimal(-365) / 1000
    assert most_at_once([week, Made(money=Decimal(1000), begins=7 * DAY, ends=9 * DAY)]) == 1000
    assert most_at_once([week, Made(money=Decimal(1000), begins=6 * DAY, ends=9 * DAY)]) == 2000


def test_of_a_grid_that_is_over_only_what_its_coins_hold_is_still_in_use() -> None:
    """300 stopped with coins for 50, and 300 begun with what was free, were 600: every per cent was of too much."""
    stopped = Made(money=Decimal(300), kept=Decimal(50), over_at=5 * DAY, begins=0, ends=9 * DAY)
    assert most_at_once([stopped]) == 300
    assert most_at_once([stopped, Made(money=Decimal(300), begins=5 * DAY, ends=9 * DAY)]) == 350
    assert most_at_once([stopped, Made(money=Decimal(300), begins=4 * DAY, ends=9 * DAY)]) == 600


async def test_what_a_stop_left_free_is_no_base_of_the_days_after_it() -> None:
    world = await a_trading_world()
    await later(world, 0, 1960, 1960)
    assert await world.app.trader.stop(world.grid.id, sell=False) is None
    await world.tick()
    grid = world.grid
    assert grid.phase is Phase.STOPPED
    assert grid.coins
    await later(world, 1.5, 1960, 1990)

    whole, today = await books_of(world), await books_of(world, Span.TODAY)
    assert whole.quotes[USDC].money == grid.money
    assert today.quotes[USDC].money == today.grids[grid.id].money == grid.cost < grid.money
    apart = today.grids[grid.id].coins_instead - today.grids[grid.id].total
    assert abs(apart) < Decimal("1e-20"), "it is coins, and nothing else"


@pytest.mark.parametrize("known", [True, False])
async def test_a_sale_that_lasts_for_days_is_in_the_books_of_the_day_on_which_it_was_made(*, known: bool) -> None:
    """The grid was taken for over when its stop began: what the sale lost was in no day of /pnl, and a rate a day was
    made of too few of them. `known`: its database has written down when it was over.
    """
    world = await a_trading_world()
    await later(world, 0, 1960, 1960)
    assert await world.app.trader.stop(world.grid.id, sell=True, way=Way.SLOWLY) is None
    await world.tick()
    await later(world, 3.5, 1940)
    before = (await books_of(world)).quotes[USDC].total
    await later(world, 1, 1940, 1945, 1950, 1960, 1970)
    grid = world.grid
    assert grid.phase is Phase.STOPPED
    assert not grid.coins
    assert grid.stop is not None
    assert (grid.stop.over or 0) > grid.stop.at + 4 * DAY
    if not known:
        old = replace(grid, stop=replace(grid.stop, over=None))
        world.app.runner.account = replace(world.account, grids={grid.id: old})

    whole, today = await books_of(world), await books_of(world, Span.TODAY)
    assert today.grids[grid.id].stop_sales == grid.books.stop_sales != 0
    assert today.quotes[USDC].total == (await world.app.trader.report()).grids[0].standing.today
    assert abs(today.quotes[USDC].total - (whole.quotes[USDC].total - before)) < 5, "but for the night before it"
    assert (whole.grids[grid.id].length > 4 * DAY) is known


async def test_a_clock_that_was_set_back_leaves_the_money_as_it_is() -> None:
    world = await a_trading_world()
    world.now -= 10_000

    made = (await books_of(world)).quotes[USDC]
    assert made.money == world.grid.money
    assert made.length > 0


async def test_the_card_says_in_both_languages_what_the_coins_and_the_cash_would_have_made() -> None:
    world = await a_trading_world()
    await later(world, 8, 1960, 2010, 1950)
    trader = world.app.trader
    books = await trader.books(*(Period.of(span, UTC, world.clock()) for span in (Span.START, Span.WEEK, Span.MONTH)))
    for lang in ("en", "zh"):
        said = pnl(lang, trader.summary(), books, UTC)
        assert "?" not in said.replace("?</b>", "")
        assert "%" in said
    said = pnl("en", trader.summary(), books, UTC)
    for part in (
        "Against holding the coins",
        "Against holding the cash",
        "a year",
        "a day",
        "breaks even at",
        "Drawdown",
    ):
        assert part in said


async def test_the_chat_takes_a_word_a_day_and_a_grid() -> None:
    world = ChatWorld()
    async with world.running():
        await a_grid(world)
        for line, part in (
            ("/pnl", "Total"),
            ("/pnl week", "This week: total"),
            ("/pnl 1 本月", "This month: total"),
            ("/pnl 1", "Grid 1 · ETH_USDC"),
            ("/pnl 2025-01-01", "Total"),
            ("/pnl 2999-01-01", "has not begun"),
            ("/pnl 2026-13-01", "can't read the time"),
            ("/pnl week month", "can't read the time"),
            ("/pnl 7", "There is no grid 7"),
        ):
            said = (await world.says(line))[-1]
            assert part in said, (line, said)
            assert ("My ledger begins on 2026-01-01: this is everything since then." in said) is ("2025" in line)
        await world.says("/pnl 2025-01-01")
        await world.clicks("Refresh")
        assert "My ledger begins on 2026-01-01" in (await world.written())[-1], "for the same day"
        await world.says("/pnl")
        await world.clicks("Month")
        assert any("This month" in text for text in await world.written())


async def test_all_figures_of_pnl_are_of_one_moment() -> None:
    """It reads for a while: the total stood beside a share of another one where a fill was booked meanwhile."""
    world = ChatWorld()
    async with world.running():
        number = await a_grid(world)
        before = (await world.says("/pnl"))[-1]
        read = world.trader.books

        async def meanwhile(*periods: Period, only: GridId | None = None) -> BooksView:
            found = await read(*periods, only=only)
            grid = world.trader.account().grids[number]
            earned = replace(grid.books, grid_profit=grid.books.grid_profit + 700)
            world.trader.set(grids={number: replace(grid, books=earned)})
            return found

        world.trader.books = meanwhile  # type: ignore[method-assign]
        assert (await world.says("/pnl"))[-1] == before
        assert "700" in (await world.says("/pnl"))[-1]
