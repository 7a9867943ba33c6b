"""Stopping, pausing, resuming and panic: what is asked first, what is done at once, and what overtakes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from strategy.model.account import Halt, Hold
from strategy.model.grid import Phase
from strategy.model.stops import Stop, StopReason
from tests.integration.chat_world import LINE, WatchedNotebook, World, a_grid, hold_coins

D = Decimal


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running


async def test_stopping_by_number_keeps_the_coins_and_asks_nothing(world: World) -> None:
    number = await a_grid(world)

    said = await world.says(f"/stop {number}")

    assert world.trader.asked[-1] == f"stop {number}"
    assert "kept" in said[0]


async def test_stopping_without_a_number_shows_first_what_it_means(world: World) -> None:
    number = await a_grid(world)

    said = await world.says("/stop")
    assert "Stop grid 1" in said[0]
    assert world.trader.asked[-1] == "start ETH_USDC"

    await world.clicks("Stop")
    assert world.trader.asked[-1] == f"stop {number}"


async def test_selling_is_confirmed_with_what_it_brings_and_can_be_left(world: World) -> None:
    number = await a_grid(world)
    await hold_coins(world, number)

    said = await world.says(f"/stop {number} sell")
    assert "brings about 249.00 USDC" in said[0]
    assert await world.labels() == ["Stop and sell", "Back"]
    await world.clicks("Back")
    assert world.trader.asked[-1] == "start ETH_USDC"

    await world.says(f"/stop {number} sell")
    await world.clicks("Stop and sell")
    assert world.trader.asked[-1] == f"stop {number} sell"


async def test_a_sale_that_would_bring_less_than_was_shown_is_asked_for_once_more_and_the_orders_go_at_once(
    world: World,
) -> None:
    number = await a_grid(world)
    await hold_coins(world, number)
    await world.says(f"/stop {number} sell")
    world.trader.set_price("2490")

    moved, fresh = await world.clicks("Stop and sell")

    assert "no longer holds" in moved
    assert "about 247.01 USDC" in fresh
    assert world.trader.asked[-1] == f"stop {number}"
    assert world.trader.account().grids[number].phase is Phase.STOPPING
    assert await world.labels() == ["Stop and sell", "Back"]

    world.trader.set_price("2300")
    await world.clicks("Stop and sell")
    assert world.trader.asked[-1] == f"stop {number} sell", "in a falling market a second press is obeyed"


async def test_more_coins_than_were_shown_are_not_sold_unseen(world: World) -> None:
    number = await a_grid(world)
    await hold_coins(world, number, there="1")
    await world.says(f"/stop {number} sell")
    await hold_coins(world, number, there="1", coins="0.15")

    [_, fresh] = await world.clicks("Stop and sell")

    assert "It holds 0.15 ETH" in fresh
    assert world.trader.asked[-1] == f"stop {number}"


async def test_a_price_that_moved_a_little_or_the_better_way_asks_nothing_again(world: World) -> None:
    for price in ("2500", "2600"):
        number = await a_grid(world)
        await hold_coins(world, number)
        await world.says(f"/stop {number} sell")
        world.trader.set_price(price)
        await world.clicks("Stop and sell")
        assert world.trader.asked[-1] == f"stop {number} sell"


async def test_a_confirmation_that_was_left_lying_is_not_obeyed(world: World) -> None:
    number = await a_grid(world)
    await hold_coins(world, number)
    await world.says(f"/stop {number} sell")
    world.telegram.clock.seconds += 121

    await world.clicks("Stop and sell")

    assert world.trader.asked[-1] == "start ETH_USDC"
    assert "too old" in (await world.telegram.chat())["answers"][-1]["text"]


async def test_coins_that_are_gone_are_not_promised_to_be_sold(world: World) -> None:
    number = await a_grid(world)
    await hold_coins(world, number, there="0.04969")

    [said] = await world.says(f"/stop {number} sell")

    assert "It holds 0.09969 ETH" in said
    assert "brings about 124." in said
    assert "0.05 ETH of its books are not on the account" in said


async def test_with_several_grids_the_owner_says_which(world: World) -> None:
    await a_grid(world)
    await a_grid(world)

    await world.says("/pause")
    assert await world.labels() == ["Grid 1 · ETH_USDC", "Grid 2 · ETH_USDC", "All", "Back"]
    await world.clicks("Grid 2 · ETH_USDC")
    assert world.trader.asked[-1] == "pause 2"

    await world.says("/stop")
    await world.clicks("Grid 1 · ETH_USDC")
    assert "Stop grid 1" in (await world.written())[-1]
    await world.clicks("Stop")
    assert world.trader.asked[-1] == "stop 1"


async def test_all_means_all(world: World) -> None:
    await a_grid(world)
    await a_grid(world)

    [paused] = await world.says("/pause all")
    assert world.trader.asked[-2:] == ["pause 1", "pause 2"]
    assert paused.startswith("Grids 1, 2 are pausing: ")

    [stopped] = await world.says("/stop all")
    assert world.trader.asked[-2:] == ["stop 1", "stop 2"]
    assert stopped.startswith("Grids 1, 2 are stopping: ")


async def test_a_grid_that_sold_its_coins_is_not_offered_to_trade_on(world: World) -> None:
    number, other = await a_grid(world), await a_grid(world)
    grids = world.trader.account().grids
    sold = Stop(reason=StopReason.OWNER, sell=True, at=0)
    world.trader.set(grids={**grids, number: replace(grids[number], phase=Phase.STOPPED, stop=sold)})
    assert (await world.says("/resume"))[0].startswith("No grid is paused or stopped")

    grids = world.trader.account().grids
    world.trader.set(grids={**grids, other: replace(grids[other], phase=Phase.STOPPED, stop=replace(sold, sell=False))})
    await world.says("/resume all")
    assert world.trader.asked[-1] == f"resume {other}"
    assert f"resume {number}" not in world.trader.asked


async def test_of_several_grids_that_can_not_trade_on_each_refusal_names_its_own(world: World) -> None:
    """'The stop loss is reached already' came three times, word for word, and nobody could tell whose it was."""
    numbers = [await a_grid(world), await a_grid(world)]
    stop = Stop(reason=StopReason.STOP_LOSS, sell=False, at=0)
    grids = {one: replace(grid, phase=Phase.STOPPED, stop=stop) for one, grid in world.trader.account().grids.items()}
    world.trader.set(touches={}, grids=grids)

    said = await world.says("/resume all")
    alone = await world.says("/resume 1")

    assert [one.splitlines()[0] for one in said] == [f"Grid {number} (ETH_USDC):" for number in numbers]
    assert [one.splitlines()[1] for one in said] == [alone[0].splitlines()[0]] * 2


async def test_resume_lifts_what_stopped_everything(world: World) -> None:
    world.trader.set(halt=Halt.DAILY_LOSS)

    await world.says("/resume")

    assert world.trader.asked[-1] == "resume None"


async def test_strangers_orders_are_decided_by_a_button(world: World) -> None:
    world.trader.set(halt=Halt.STRANGERS)

    await world.says("/resume")
    assert await world.labels() == ["Leave them", "Cancel them", "Adopt what fits", "Back"]
    await world.clicks("Cancel them")

    assert world.trader.asked[-1] == "settle True"


async def test_strangers_that_fit_are_adopted_by_a_button_and_counted(world: World) -> None:
    world.trader.set(halt=Halt.STRANGERS)
    await world.says("/resume")

    said = await world.clicks("Adopt what fits")

    assert world.trader.asked[-1] == "settle adopt"
    assert "What fits is adopted" in said[0]
    assert await world.until_written("0 orders adopted, 0 orders left alone.")


async def test_panic_overtakes_a_command_that_hangs(world: World) -> None:
    world.trader.hold = asyncio.Event()
    await world.telegram.says(LINE)
    await world.telegram.says("/status")

    said = await world.says("/panic")

    assert world.trader.asked == ["panic"]
    assert "Panic" in said[0]
    assert [text for text, _ in world.notebook.commands] == ["/panic"]
    world.trader.hold.set()
    await world.until(lambda: len(world.notebook.commands) == 3)
    assert [text for text, _ in world.notebook.commands] == ["/panic", LINE, "/status"], "the others keep their order"


async def test_the_panic_button_overtakes_too_and_works_once(world: World) -> None:
    await world.says("/risk")
    assert [row[0]["label"] for row in (await world.messages())[-1]["buttons"]].index("Refresh") == 0
    world.trader.hold = asyncio.Event()
    await world.telegram.says(LINE)

    assert "Cancel everything?" in (await world.clicks("Panic: cancel everything"))[0]
    assert world.trader.asked == [], "a tap may have slipped: it asks"
    button = (await world.messages())[-1]["message_id"]
    await world.clicks("Yes, cancel everything", message_id=button)

    assert world.trader.asked == ["panic"]
    shown = [one for one in await world.messages() if one["message_id"] == button]
    assert [[one["label"] for one in row] for row in shown[0]["buttons"]] == [
        ["Pressed: Yes, cancel everything · 14:13"]
    ]
    world.trader.hold.set()


async def test_panic_is_heard_while_the_disk_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("the disk is full")

    for name in ("setting", "set_setting", "first_time", "set_button"):
        monkeypatch.setattr(WatchedNotebook, name, full, raising=False)

    await world.says("/panic")

    assert world.trader.asked == ["panic"]


async def test_panic_shows_its_progress_in_one_message(world: World) -> None:
    world.trader.panic_left = [41, 29, 29, 0]

    said = await world.says("/panic")
    assert "0 of 41 orders" in said[0]
    for part in ("12 of 41 orders", "Panic done: 41 of 41 orders"):
        while part not in (await world.written())[-1]:
            world.time.pass_by(1.5)
            await world.telegram.server.world.bell.heard(0.01)

    assert len([text for text in await world.written() if "Panic" in text]) == 1


async def test_panic_names_the_orders_that_were_not_cancelled(world: World) -> None:
    world.trader.panic_filled = 1

    said = await world.says("/panic")

    assert "40 of 41 orders cancelled, none is left. 1 other had traded already, or never arrived." in said[0]


async def test_a_paused_grid_goes_on(world: World) -> None:
    number = await a_grid(world)
    await world.says("/pause")
    world.trader.set(grids={number: replace(world.trader.account().grids[number], phase=Phase.PAUSED)})

    await world.says("/resume")

    assert world.trader.asked[-1] == f"resume {number}"


@pytest.mark.parametrize(
    ("hold", "labels", "pressed", "asked"),
    [
        (Hold.LEFT_ORDERS, ["Leave them", "Cancel them", "Back"], "Cancel them", "left True"),
        (Hold.LEFT_ORDERS, ["Leave them", "Cancel them", "Back"], "Leave them", "left False"),
        (
            Hold.MISSING_FILLS,
            ["Stop all, sell nothing", "Trade on, I know why", "Back"],
            "Stop all, sell nothing",
            "missing True",
        ),
        (
            Hold.MISSING_FILLS,
            ["Stop all, sell nothing", "Trade on, I know why", "Back"],
            "Trade on, I know why",
            "missing False",
        ),
    ],
)
async def test_what_holds_everything_is_decided_by_a_button(
    world: World, hold: Hold, labels: list[str], pressed: str, asked: str
) -> None:
    world.trader.set(holds=frozenset({hold}))
    assert "Nothing trades" in (await world.says("/status"))[0]

    await world.says("/resume")
    assert await world.labels() == labels
    await world.clicks(pressed)

    assert world.trader.asked[-1] == asked
    assert not world.trader.account().holds


async def test_open_grids_wait_for_the_word_and_resume_asks_for_it(world: World) -> None:
    await a_grid(world)
    world.trader.live_word_needed = True
    world.trader.set(holds=frozenset({Hold.UNCONFIRMED}))

    assert "real money" in (await world.says("/resume"))[0]
    assert "/resume asks again" in (await world.says("live"))[0]
    assert world.trader.live_word_needed
    await world.says("/resume")
    assert "Confirmed" in (await world.says("LIVE"))[0]

    assert not world.trader.live_word_needed
