"""Tuning and the daily limit in the chat: what is shown before it is applied, and what is applied at once."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from bot.telegram.texts.numbers import worth
from strategy.model.grid import Phase
from strategy.model.levels import Lot
from strategy.model.orders import GridId, LevelId, OrderStatus, Purpose
from tests.builders import USDC
from tests.integration.chat_world import World, a_grid


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running


async def test_tuning_shows_before_and_after_and_off_removes_a_limit(world: World) -> None:
    number = await a_grid(world)

    await world.says(f"/tune {number} usdc=60 out=0.5％ stop=2000 maxloss=off")
    said = await world.clicks("Apply")

    assert "usdc: 50 → 60" in said[0]
    assert "out: 0.40 % → 0.50 %" in said[0]
    assert "stop: none → 2,000" in said[0]
    assert "maxloss: 5.00 % → none" in said[0]
    spec = world.trader.account().grids[number].spec
    assert (str(spec.quote_per_order), str(spec.out_want), spec.max_loss) == ("60", "0.005", None)


async def test_money_that_tuning_sets_aside_is_shown_before_it_is_applied(world: World) -> None:
    number = await a_grid(world)

    [said] = await world.says(f"/tune {number} usdc=60")

    found = re.search(r"This sets ([\d,.]+) USDC more aside for grid 1 \(ETH_USDC\): ([\d,.]+) → ([\d,.]+) USDC", said)
    assert found is not None
    more, held, needed = (Decimal(one.replace(",", "")) for one in found.groups())
    assert 0 < more == needed - held
    assert world.trader.account().grids[number].spec.quote_per_order == 50
    assert "is tuned" in (await world.clicks("Apply"))[0]
    assert world.trader.account().grids[number].spec.quote_per_order == 60


async def test_a_limit_that_is_a_part_of_the_money_is_told_in_money_where_that_changes(world: World) -> None:
    """An order for less left the maximum loss at 5 % as well: of another sum, without a word."""
    number = await a_grid(world)
    before = world.trader.account().grids[number]

    [said] = await world.says(f"/tune {number} usdc=40")

    after = world.trader.account().grids[number]
    assert before.most_loss is not None
    assert after.most_loss is not None
    assert after.most_loss < before.most_loss
    assert f"maxloss 5.00 %: {worth(before.most_loss, USDC)} → {worth(after.most_loss, USDC)} USDC" in said
    assert "maxloss 5" not in (await world.says(f"/tune {number} out=0.6%"))[-1]


async def test_tuning_that_sets_no_more_aside_is_applied_at_once(world: World) -> None:
    number = await a_grid(world)

    assert "is tuned" in (await world.says(f"/tune {number} usdc=40"))[0]


async def test_tuning_that_changes_nothing_says_so_and_makes_no_version(world: World) -> None:
    number = await a_grid(world)
    before = world.trader.account().grids[number].spec

    assert (await world.says("/tune 1 stop=off"))[0].startswith("Nothing changes")
    assert world.trader.account().grids[number].spec == before


async def test_what_is_set_already_is_not_told_as_a_change(world: World) -> None:
    await a_grid(world)
    await world.says("/tune 1 stop=1800")

    assert (await world.says("/tune 1 stop=1800 out=0.6%"))[-1] == "Grid 1 is tuned.\nout: 0.40 % → 0.60 %"


async def test_orders_that_a_limit_would_withdraw_are_shown_before_it_is_applied(world: World) -> None:
    number = await a_grid(world)
    resting(world, number)

    [said] = await world.says(f"/tune {number} maxpos=60")

    assert "This takes 1 buy order (worth 49.98 USDC) of grid 1 (ETH_USDC) off the book" in said
    assert "maxpos: 1,000 → 60" in said
    assert await world.labels() == ["Apply", "Cancel"]
    assert world.trader.asked[-1] == "start ETH_USDC"

    await world.clicks("Cancel")
    assert world.trader.account().grids[number].spec.max_position is None

    await world.says(f"/tune {number} maxpos=60")
    [said] = await world.clicks("Apply")
    assert "is tuned" in said
    assert world.trader.account().grids[number].spec.max_position == 60


async def test_a_confirmation_that_no_longer_holds_shows_a_fresh_one(world: World) -> None:
    number = await a_grid(world)
    resting(world, number)
    await world.says(f"/tune {number} maxpos=60")
    resting(world, number, bought="40")

    over, fresh = await world.clicks("Apply")

    assert "no longer holds" in over
    assert "This takes 2 buy orders" in fresh
    assert world.trader.account().grids[number].spec.max_position is None
    await world.clicks("Apply")
    assert world.trader.account().grids[number].spec.max_position == 60


async def test_tuning_that_withdraws_nothing_asks_nothing(world: World) -> None:
    number = await a_grid(world)
    resting(world, number)

    assert "is tuned" in (await world.says(f"/tune {number} maxpos=900"))[0]


def resting(world: World, number: GridId, *, bought: str = "0") -> None:
    """Its orders of the start have arrived, and its first coins cost this much."""
    grid = world.trader.account().grids[number]
    buys = [replace(one, status=OrderStatus.OPEN) for one in grid.orders.values() if one.purpose is Purpose.LEVEL]
    lots = {LevelId(3): Lot(quantity=Decimal("0.016"), cost=Decimal(bought))} if bought != "0" else {}
    orders = {one.client_id: one for one in buys}
    world.trader.set(grids={number: replace(grid, orders=orders, lots=lots, seeding=None, phase=Phase.RUNNING)})


async def test_another_ladder_is_shown_with_what_stays_and_what_goes_and_put_back_with_one_tap(world: World) -> None:
    number = await a_grid(world)
    resting(world, number)

    [said] = await world.says(f"/tune {number} grids=5")

    assert "gets another ladder: 5 levels" in said
    assert "orders stay" in said
    assert "grids: 3 → 5" in said
    assert await world.labels() == ["Apply", "Back"]
    assert world.trader.account().grids[number].spec.grids == 3

    [done] = await world.clicks("Apply")
    assert "is tuned" in done
    assert world.trader.account().grids[number].spec.grids == 5
    assert await world.labels() == ["Put back"]

    answers = await world.clicks("Put back")
    if "Apply it?" in answers[-1]:
        answers = await world.clicks("Apply")
    assert "grids: 5 → 3" in answers[-1]
    assert world.trader.account().grids[number].spec.grids == 3


async def test_the_version_before_can_be_asked_for_in_words(world: World) -> None:
    number = await a_grid(world)

    assert "never tuned" in (await world.says(f"/tune {number} back"))[0]
    await world.says(f"/tune {number} usdc=40 stop=1500")
    [said] = await world.says(f"/tune {number} back")

    assert "usdc: 40 → 50" in said
    assert "stop: 1,500 → none" in said


async def test_a_mode_is_changed_with_what_the_ladder_has_and_a_range_needs_one(world: World) -> None:
    number = await a_grid(world)

    assert "spacing" in (await world.says(f"/tune {number} lower=1800"))[0]
    [said] = await world.says(f"/tune {number} spacing=geometric lower=2300 upper=2700 grids=8")

    assert "8 levels from 2300 to 2700" in said.replace(",", "")
    await world.clicks("Apply")
    spec = world.trader.account().grids[number].spec
    assert (spec.spacing, spec.interval, spec.out_want) == ("geometric", None, None)
    [said] = await world.says(f"/tune {number} spacing=interval")
    assert "spacing: geometric → interval" in said


async def test_tuning_without_figures_shows_what_there_is_to_tune(world: World) -> None:
    await a_grid(world)

    said = await world.says("/tune")

    assert "usdc: 50" in said[0]
    assert "maxloss: 5.00 %" in said[0]


async def test_the_daily_limit_is_set_and_switched_off(world: World) -> None:
    """Tighter at once; looser once that was confirmed."""
    assert "200 → 150" in (await world.says("/risk daily=150"))[0]
    assert "150 → none" in (await world.says("/risk daily=off"))[0]
    assert world.trader.asked == ["daily 150"]

    assert "150 → none" in (await world.clicks("Apply"))[0]
    assert world.trader.asked == ["daily 150", "daily None"]


FIXED = {
    "taker=yes": "stop the grid and open another",
    "pct=50%": "total",
    "step=1%": "grids",
    "below=20%": "lower",
    "trigger=1900": "stop the grid and open another",
    "wait=yes": "stop the grid and open another",
}


@pytest.mark.parametrize("typed", FIXED)
async def test_what_is_decided_when_a_grid_opens_is_refused_for_that(world: World, typed: str) -> None:
    number = await a_grid(world)

    said = await world.says(f"/tune {number} {typed}")

    assert "is decided when a grid opens" in said[0]
    assert FIXED[typed] in said[0]


@pytest.mark.parametrize("words", ["maxloss=20%", "maxloss=off", "stop=1000", "stop=off", "maxpos=2000", "back"])
async def test_whatever_lets_a_grid_lose_more_is_asked_about_first(world: World, words: str) -> None:
    number = await a_grid(world)
    await world.says(f"/tune {number} stop=1500")
    before = world.trader.account().grids[number].spec

    [said] = await world.says(f"/tune {number} {words}")
    assert "loosens limits of grid 1: it may lose more than before" in said
    assert world.trader.account().grids[number].spec == before
    assert "is tuned" in (await world.clicks("Apply"))[0]
    assert world.trader.account().grids[number].spec != before


@pytest.mark.parametrize("words", ["maxloss=2%", "stop=1600", "maxpos=900"])
async def test_whatever_lets_a_grid_lose_less_is_applied_at_once(world: World, words: str) -> None:
    number = await a_grid(world)
    await world.says(f"/tune {number} stop=1500")

    assert "is tuned" in (await world.says(f"/tune {number} {words}"))[0]


async def test_the_sheet_leaves_out_what_only_says_more_of_something_that_is_not_set(world: World) -> None:
    number = await a_grid(world)
    (bare,) = await world.says(f"/tune {number}")
    await world.says(f"/tune {number} fall=5%")
    (set_,) = await world.says(f"/tune {number}")

    assert not [word for word in ("fallin", "fallfor", "shiftafter", "widthtimes", "trailfrom") if word in bare]
    assert "fall, " in bare, "what can be set is named all the same"
    assert "fallin: 24 h" in set_


async def test_what_only_says_more_of_something_that_is_not_set_is_refused_and_makes_no_version(world: World) -> None:
    """It was answered with 'Grid 1 is tuned', and nothing was any different."""
    await a_grid(world)

    [said] = await world.says("/tune 1 fallin=12h")

    assert said.startswith("fallin says more of fall, which is not set")
    assert world.trader.account().grids[GridId(1)].spec.version == 1
    assert "is tuned" in (await world.says("/tune 1 fall=5% fallin=12h"))[0]
    assert "is tuned" in (await world.says("/tune 1 fallin=24h"))[0]
    assert "shiftlow doesn't go with shift=up" in (await world.says("/tune 1 shift=up shiftlow=1000"))[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("takesell=yes", "takesell does nothing alone: none of take, trail is set"),
        ("stopsell=yes", "stopsell says more of stop, which is not set"),
        ("rise=yes", "rise says more of stop, which is not set"),
        ("ceiling=200", "ceiling says more of compound, which is not set"),
        ("maxloss=off losssell=yes", "losssell does nothing alone: none of maxloss, maxdrawdown is set"),
        ("maxloss=off again=24h", "again does nothing alone: none of stop, take, trail, maxloss, maxdrawdown is set"),
    ],
)
async def test_a_lever_without_what_it_acts_on_is_refused(world: World, words: str, said: str) -> None:
    """Each was answered with 'Grid 1 is tuned'."""
    await a_grid(world)

    [answer] = await world.says(f"/tune 1 {words}")

    assert answer.startswith(said)
    assert words.rpartition(" ")[2] in answer.splitlines()[-1], "the example shows how"
    assert world.trader.account().grids[GridId(1)].spec.version == 1


async def test_what_acts_on_the_limit_that_is_there_by_itself_is_taken(world: World) -> None:
    await a_grid(world)

    assert "is tuned" in (await world.says("/tune 1 losssell=yes"))[0]


async def test_days_from_today_are_a_date_before_the_account_knows_its_day(world: World) -> None:
    """It was answered with 'That failed': a trader who has just come up was told of no day yet."""
    await a_grid(world)
    assert world.trader.account().day is None

    [said] = await world.says("/tune 1 until=30d")

    assert "until: none → 2027-01-30" in said
    assert world.trader.account().grids[GridId(1)].spec.ends == "2027-01-30"
    assert "until: 2027-01-30 → 2027-03-01" in (await world.says("/tune 1 until=60d"))[0]
    assert "Apply" in await world.labels(), "a later end is asked about first"
    assert "It ends at the start of 2027-01-30" in (await world.says("/grid ETH_USDC until=30d"))[0]
