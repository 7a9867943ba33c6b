"""What a card asks with a button can be answered in words: the same button is pressed, once, and never an older one."""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from bot.telegram.answers.conversation import BUTTON_LIFE, DANGER_LIFE
from strategy.model.account import Halt, Hold
from strategy.model.orders import GridId
from tests.builders import USDC
from tests.integration.chat_world import LINE, World, a_grid, hold_coins

NOTHING = "There is nothing to say yes to"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running


@pytest.mark.parametrize("yes", ["yes", "YES", "确认"])
async def test_yes_starts_what_the_newest_preview_shows_and_no_other(world: World, yes: str) -> None:
    await world.says("/grid SOL_USDC interval=5 grids=3 usdc=50 out=0.4%")
    world.time.pass_by(1)
    await world.says(LINE)
    world.time.pass_by(1)

    await world.says(f"/grid {yes}")
    assert world.trader.asked == ["start ETH_USDC"]
    await world.until_written("is open on")

    assert (await world.says(f"/grid {yes}"))[0].startswith(NOTHING), "the older preview is not what was meant"
    assert world.trader.asked == ["start ETH_USDC"]


async def test_yes_to_a_preview_that_is_too_old_starts_nothing(world: World) -> None:
    await world.says(LINE)
    world.time.pass_by(BUTTON_LIFE / 1000 + 1)

    assert (await world.says("/grid yes"))[0].startswith(NOTHING)
    assert world.trader.asked == []


async def test_a_preview_that_was_left_by_its_button_or_in_words_can_not_be_said_yes_to(world: World) -> None:
    await world.says(LINE)
    await world.clicks("Cancel")
    assert (await world.says("/grid yes"))[0].startswith(NOTHING)

    world.time.pass_by(1)
    await world.says(LINE)
    begin = (await world.messages())[-1]["buttons"][0][0]["data"]
    assert (await world.says("/cancel"))[0].startswith("Cancelled. Nothing was started")
    assert world.notebook.use_button(begin[1:], user=4242, chat=4242, at=world.time.now()) is None
    assert world.trader.asked == []


async def test_a_change_that_was_let_be_can_not_be_applied_in_words(world: World) -> None:
    number = await a_grid(world)
    before = world.trader.account().grids[number].spec
    await world.says(f"/tune {number} usdc=60")
    await world.clicks("Cancel")

    assert (await world.says(f"/tune {number} yes"))[0].startswith(NOTHING)
    assert world.trader.account().grids[number].spec == before


async def test_yes_beside_other_figures_shows_them_first(world: World) -> None:
    number = await a_grid(world)

    assert "Apply it?" in (await world.says(f"/tune {number} usdc=60 yes"))[0]
    assert world.trader.account().grids[number].spec.quote_per_order == 50
    assert "is tuned" in (await world.says("/tune yes"))[0]
    assert world.trader.account().grids[number].spec.quote_per_order == 60


async def test_yes_to_one_grid_is_not_yes_to_another(world: World) -> None:
    first, second = await a_grid(world), await a_grid(world)
    await world.says(f"/tune {first} usdc=60")

    assert (await world.says(f"/tune {second} yes"))[0].startswith(NOTHING)
    assert world.trader.account().grids[second].spec.quote_per_order == 50


async def test_coins_are_sold_in_words_only_once_the_card_was_shown_and_in_the_way_that_was_named(world: World) -> None:
    number = await a_grid(world)
    await hold_coins(world, number)
    world.trader.asked.clear()

    said = await world.says(f"/stop {number} sell yes")
    assert said[0].startswith("Read this first.")
    assert not world.trader.asked

    await world.says(f"/stop {number} slowly yes")
    assert not world.trader.asked, "what was shown is another sale"

    await world.says(f"/stop {number} slowly yes")
    assert len(world.trader.asked) == 1


@pytest.mark.parametrize("line", ["/stop 1 now", "/stop now 1", "/stop 1 立即", "/stop 1 sell now"])
async def test_a_hurried_word_stops_as_the_line_without_it(world: World, line: str) -> None:
    number = await a_grid(world)
    await hold_coins(world, number)
    world.trader.asked.clear()

    said = await world.says(line)

    assert world.trader.asked == ([] if "sell" in line else ["stop 1"])
    assert ("What each way comes to" in said[0]) == ("sell" in line)


async def test_what_can_lose_money_is_red_and_start_is_green(world: World) -> None:
    await world.says(LINE)
    assert (await styles(world))["Start"] == "success"
    await world.clicks("Start")
    await hold_coins(world, GridId(1))

    await world.says("/stop")
    red = {label for label, style in (await styles(world)).items() if style == "danger"}
    assert red == {"Stop", "Stop and sell", "Sell slowly"}, "break-even never sells below cost"
    await world.says("/tune 1 maxloss=off")
    assert (await styles(world)) == {"Apply": "danger", "Cancel": None}
    await world.says("/risk daily=off")
    assert (await styles(world)) == {"Apply": "danger", "Cancel": None}
    world.trader.set(holds=frozenset({Hold.MISSING_FILLS}))
    await world.says("/decide")
    assert (await styles(world))["Trade on, I know why"] == "danger"


async def styles(world: World) -> dict[str, str | None]:
    """The colour of each button of the newest message."""
    return {key["label"]: key.get("style") for row in (await world.messages())[-1]["buttons"] for key in row}


async def test_a_parameter_of_another_ladder_is_refused_and_not_set_in_vain(world: World) -> None:
    await world.says("/grid ETH_USDC lower=1900 upper=2700 grids=5 total=500")
    await world.clicks("Start")
    before = world.trader.account().grids[GridId(1)].spec

    for line in ("/tune 1 width=atr", "/tune 1 widthin=10h", "/tune 1 interval=50"):
        assert "spacing=arithmetic" in (await world.says(line))[0], line
    assert world.trader.account().grids[GridId(1)].spec == before


async def test_a_sale_that_was_shown_minutes_ago_is_shown_again(world: World) -> None:
    number = await a_grid(world)
    await hold_coins(world, number)
    await world.says(f"/stop {number} sell")
    world.trader.asked.clear()
    world.time.pass_by(DANGER_LIFE / 1000 + 1)

    assert (await world.says(f"/stop {number} sell yes"))[0].startswith("Read this first.")
    assert not world.trader.asked


async def test_more_than_one_grid_can_be_named(world: World) -> None:
    first, second = await a_grid(world), await a_grid(world)
    world.trader.asked.clear()

    await world.says(f"/pause {first} {second}")
    assert len(world.trader.asked) == 2

    assert "1 x" in (await world.says("/pause 1 x"))[0]
    assert len(world.trader.asked) == 2


@pytest.mark.parametrize(("words", "asked"), [("leave", "False"), ("cancel", "True"), ("接管", "adopt")])
async def test_the_orders_of_strangers_are_decided_in_words_as_by_their_buttons(
    world: World, words: str, asked: str
) -> None:
    world.trader.set(halt=Halt.STRANGERS)
    await world.says("/decide")

    await world.says(f"/decide {words}")

    assert world.trader.asked == [f"settle {asked}"]


@pytest.mark.parametrize(
    ("hold", "words", "asked"),
    [
        (Hold.LEFT_ORDERS, "保留", "left False"),
        (Hold.LEFT_ORDERS, "cancel", "left True"),
        (Hold.MISSING_FILLS, "end", "missing True"),
        (Hold.MISSING_FILLS, "trust", "missing False"),
    ],
)
async def test_what_holds_everything_is_decided_in_words_once_it_was_shown(
    world: World, hold: Hold, words: str, asked: str
) -> None:
    world.trader.set(holds=frozenset({hold}))

    assert (await world.says(f"/decide {words}"))[0].startswith("Read this first.")
    assert not world.trader.asked
    await world.says(f"/decide {words}")

    assert world.trader.asked[-1].startswith(asked)


@pytest.mark.parametrize("line", ["/grid again 7", "/grid around 7", "/grid again x"])
async def test_a_grid_like_one_that_there_is_not_is_refused(world: World, line: str) -> None:
    await a_grid(world)
    asked = list(world.trader.asked)

    [said] = await world.says(line)

    assert line.rsplit(maxsplit=1)[-1] in said
    assert world.trader.asked == asked


async def test_the_balance_keeps_what_can_be_decided_about_lending_when_it_is_refreshed(world: World) -> None:
    account = world.trader.account()
    lent = replace(account.balances[USDC], lent=Decimal(5))
    world.trader.set(balances={**account.balances, USDC: lent})
    await world.says("/balance")
    assert (await world.labels())[:3] == ["Let grids use it", "Switch off", "Refresh"]

    await world.clicks("Refresh")

    assert (await world.labels())[:3] == ["Let grids use it", "Switch off", "Refresh"]
    await world.clicks("Switch off")
    assert world.trader.asked[-1] == "lending off"


async def test_a_card_that_was_answered_in_words_ends_as_if_its_button_had_been_pressed(world: World) -> None:
    await world.says(LINE)
    await world.says("/grid yes")
    await world.until_written("is open on")
    (number,) = world.trader.account().grids
    await world.says(f"/tune {number} usdc=60")
    await world.says(f"/tune {number} yes")
    await world.says("/risk daily=500")
    await world.says("/risk yes")
    await hold_coins(world, number)
    await world.says(f"/stop {number} sell")
    await world.says(f"/stop {number} sell yes")

    assert await lines(world) == ["Pressed: Start", "Pressed: Apply", "Pressed: Apply", "Pressed: Stop and sell"]


async def test_a_card_that_was_left_in_words_says_so_in_the_place_of_its_buttons_also_after_a_restart() -> None:
    world = World()
    async with world.running():
        await world.says(LINE)
    async with world.running():
        await world.says("/cancel")

        assert await lines(world) == ["Pressed: Cancel"]


async def lines(world: World) -> list[str]:
    """What stands in the place of buttons, without its time."""
    keys = [key["label"] for one in await world.messages() for row in one["buttons"] for key in row]
    return [label.partition(" ·")[0] for label in keys if label.startswith("Pressed:")]
