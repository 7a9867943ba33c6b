"""The pinned card: one message that keeps itself up to date, whatever becomes of it, of the process or of Telegram."""

from dataclasses import replace
from typing import Any

import pytest

from bot.telegram.answers.live_card import MESSAGE
from bot.telegram.live_card import BUSY, FAR, LOOKING, NEAR
from strategy.model.grid import Phase
from strategy.model.orders import GridId
from tests.integration.chat_world import OWNER, World, a_grid, hold_coins


async def card(world: World) -> dict[str, Any] | None:
    """The card as the owner sees it: what is pinned in his chat."""
    seen = await world.telegram.chat(OWNER)
    return next((one for one in seen["messages"] if one["message_id"] == seen["pinned_message_id"]), None)


async def card_with(world: World, part: str) -> dict[str, Any]:
    """The card, once this stands on it."""
    for _ in range(500):
        found = await card(world)
        if found is not None and part in found["text"]:
            return found
        await world.telegram.server.world.bell.heard(0.01)
    raise AssertionError(f"{part!r} is not on the card: {await card(world)}")


async def pass_time(world: World, milliseconds: int) -> None:
    """In pieces that are shorter than any rest of the card."""
    for _ in range(milliseconds // 1000):
        world.time.pass_by(1)
        for _ in range(3):
            await world.telegram.server.world.bell.heard(0.002)


async def with_card(world: World) -> dict[str, Any]:
    """Open a grid and pin the card."""
    await a_grid(world)
    await world.says("/card")
    return await card_with(world, "Grid 1")


def edits(world: World) -> list[dict[str, Any]]:
    return list(world.calls("editMessageText"))


async def test_the_card_tells_the_grid_with_its_ladder_and_is_pinned_without_a_sound() -> None:
    async with World().running() as world:
        shown = await with_card(world)

        text = shown["text"]
        assert text.startswith("Grid 1 · ETH_USDC")
        assert "Total 0.00 USDC" in text
        assert "Price 2,510.10 USDC" in text
        assert "▒" in text
        assert "Limits: maximum loss" in text
        assert shown["silent"]
        (pin,) = world.calls("pinChatMessage")
        assert pin["params"]["disable_notification"] in ("true", "True", True)
        labels = [key["label"] for row in shown["buttons"] for key in row]
        assert labels == ["Refresh", "Picture", "Fills", "Tune", "Pause", "Stop"]


async def test_the_card_follows_the_price_in_place_and_says_nothing_new_in_the_chat() -> None:
    async with World().running() as world:
        shown = await with_card(world)
        before = len(await world.messages())

        world.trader.set_price("2499")
        await pass_time(world, NEAR + 1000)
        after = await card_with(world, "Price 2,499.00")

        assert after["message_id"] == shown["message_id"]
        assert after["edited"]
        assert len(await world.messages()) == before


async def test_a_card_that_says_the_same_is_not_edited() -> None:
    async with World().running() as world:
        await with_card(world)
        await pass_time(world, NEAR + 1000)
        before = len(edits(world))

        await pass_time(world, 3 * FAR)

        assert len(edits(world)) == before


async def test_a_card_that_nobody_looks_at_is_edited_seldom() -> None:
    async with World().running() as world:
        await with_card(world)
        await pass_time(world, LOOKING + FAR + NEAR)
        before = len(edits(world))

        for move in range(2 * FAR // 5000):
            world.trader.set_price(f"{2400 + move}")
            await pass_time(world, 5000)

        assert 1 <= len(edits(world)) - before <= 3

        number = GridId(1)
        grid = world.trader.account().grids[number]
        await pass_time(world, BUSY)
        before = len(edits(world))
        world.trader.set(grids={number: replace(grid, phase=Phase.PAUSED)})
        await pass_time(world, NEAR + 1000)
        assert len(edits(world)) == before + 1
        assert await card_with(world, "pausing")


async def test_the_card_is_the_same_message_after_a_restart() -> None:
    world = World()
    async with world.running():
        shown = await with_card(world)
    async with world.running():
        world.trader.set_price("2480")
        await pass_time(world, 2000)
        again = await card_with(world, "Price 2,480.00")

        assert again["message_id"] == shown["message_id"]
        assert len(world.calls("pinChatMessage")) == 1


async def test_a_new_process_leaves_the_card_as_it_is_until_it_has_read_the_prices_or_there_are_none() -> None:
    world = World()
    async with world.running():
        await with_card(world)
    before, touches = len(edits(world)), world.trader.account().touches
    world.trader.set(touches={})
    async with world.running():
        await pass_time(world, 5000)
        assert len(edits(world)) == before
        world.trader.set(touches=touches)
        await pass_time(world, 3000)
        assert len(edits(world)) == before + 1
    world.trader.set(touches={})
    async with world.running():
        await pass_time(world, FAR + 2000)
        assert len(edits(world)) == before + 2


async def test_a_process_that_was_killed_before_it_pinned_its_card_pins_it_later() -> None:
    world = World()
    async with world.running():
        await a_grid(world)
        await world.telegram.sim("fault", mode="error", method="pinChatMessage", error_code=500, times=20)
        await world.says("/card")
        await world.until(lambda: bool(world.calls("pinChatMessage")))
        sent = world.notebook.setting(MESSAGE)
        assert await card(world) is None
    async with world.running():
        await pass_time(world, 2000)
        shown = await card_with(world, "Grid 1")

        assert str(shown["message_id"]) == sent


async def test_a_card_that_was_deleted_is_made_anew() -> None:
    async with World().running() as world:
        shown = await with_card(world)
        await world.telegram.raw("deleteMessage", chat_id=OWNER, message_id=shown["message_id"])

        world.trader.set_price("2470")
        await pass_time(world, NEAR + 2000)
        again = await card_with(world, "Price 2,470.00")

        assert again["message_id"] > shown["message_id"]
        assert world.notebook.setting(MESSAGE) == str(again["message_id"])


async def test_a_flood_wait_is_waited_for_and_holds_up_no_answer() -> None:
    async with World().running() as world:
        shown = await with_card(world)
        await pass_time(world, NEAR)
        await world.telegram.sim("fault", mode="error", method="editMessageText", retry_after=40, times=1)
        world.trader.set_price("2460")
        await pass_time(world, NEAR + 2000)
        before = len(edits(world))
        assert edits(world)[-1]["code"] == 429

        answer = await world.says("/grids")
        await pass_time(world, 30_000)

        assert answer
        assert len(edits(world)) == before
        await pass_time(world, 15_000)
        assert (await card_with(world, "Price 2,460.00"))["message_id"] == shown["message_id"]


async def test_that_the_message_is_not_modified_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    async with world.running():
        shown = await with_card(world)
    async with world.running():
        await pass_time(world, 2 * NEAR)

        assert [one["code"] for one in edits(world)][-1] == 400
        again = await card(world)
        assert again is not None
        assert again["message_id"] == shown["message_id"]
        assert "card" not in caplog.text


async def test_card_brings_it_to_the_end_of_the_chat_and_takes_the_old_one_away() -> None:
    async with World().running() as world:
        first = await with_card(world)
        await world.says("/card")
        await world.until(lambda: bool(world.calls("deleteMessage")))
        await pass_time(world, 2000)
        second = await card_with(world, "Grid 1")

        gone = next(one for one in await world.messages() if one["message_id"] == first["message_id"])
        assert gone["deleted"]
        assert second["message_id"] != first["message_id"]


async def test_card_off_takes_it_away_for_good() -> None:
    world = World()
    async with world.running():
        await with_card(world)
        answer = await world.says("/card off")
        await world.until(lambda: bool(world.calls("deleteMessage")))

        assert answer == ["The card is gone and stays away. /card brings it back."]
        assert await card(world) is None
        assert await world.says("/card off") == ["There is no card, and none comes by itself. /card makes one."]
    async with world.running():
        await pass_time(world, 2 * FAR)
        assert await card(world) is None
        await a_grid(world)
        await pass_time(world, 2 * NEAR)
        assert await card(world) is None, "he has sent it away"


async def test_one_grid_stands_in_full_and_the_others_in_a_line() -> None:
    async with World().running() as world:
        await a_grid(world)
        await a_grid(world)
        await world.says("/card")
        shown = await card_with(world, "Grid 1")

        assert "2 · ETH_USDC · " in shown["text"]
        await world.clicks("Grid 2", message_id=shown["message_id"])
        other = await card_with(world, "Grid 2 · ETH_USDC")

        assert other["message_id"] == shown["message_id"]
        assert "1 · ETH_USDC · " in other["text"]
        await world.says("/card 1")
        assert await card_with(world, "Grid 1 · ETH_USDC")


async def test_the_cards_buttons_pause_at_once_and_ask_before_they_resume() -> None:
    async with World().running() as world:
        shown = await with_card(world)
        await world.clicks("Pause", message_id=shown["message_id"])
        assert world.trader.asked[-1] == "pause 1"

        await pass_time(world, NEAR + 1000)
        paused = await card_with(world, "paus")
        assert "Resume" in [key["label"] for row in paused["buttons"] for key in row]
        await world.clicks("Resume", message_id=paused["message_id"])
        assert world.trader.asked[-1] == "pause 1"
        await world.clicks("Resume")
        assert world.trader.asked[-1] == "resume 1"


async def test_the_buttons_of_a_card_that_is_none_any_more_do_nothing() -> None:
    async with World().running() as world:
        shown = await with_card(world)
        world.notebook.set_setting(MESSAGE, "1")

        await world.clicks("Pause", message_id=shown["message_id"])

        assert not [one for one in world.trader.asked if one.startswith("pause")]
        assert "This button is used up" in (await world.written())[-1]


@pytest.mark.parametrize(("typed", "part"), [("/card 9", "grid 9"), ("/card a b", "I don't understand")])
async def test_what_card_does_not_know_is_said(typed: str, part: str) -> None:
    async with World().running() as world:
        answer = await world.says(typed)

        assert part in answer[0].lower() or part in answer[0]
        assert await card(world) is None


async def test_a_press_of_the_card_is_answered_with_a_word_at_once() -> None:
    async with World().running() as world:
        await a_grid(world)
        await a_grid(world)
        await world.says("/card 2")
        shown = await card_with(world, "Grid 2 · ETH_USDC")

        for label, word in (("Refresh", "Refreshing"), ("Grid 1", "Grid 1 in full")):
            await world.clicks(label, message_id=shown["message_id"])
            assert world.calls("answerCallbackQuery")[-1]["params"]["text"] == word
        assert (await card_with(world, "Grid 1 · ETH_USDC"))["message_id"] == shown["message_id"]


async def test_the_first_grid_brings_the_card_after_it_is_told_that_it_is_open() -> None:
    async with World(card=True).running() as world:
        await world.says("/status")
        await pass_time(world, 2 * NEAR)
        assert await card(world) is None, "there is nothing to be shown"

        await a_grid(world)
        assert await world.labels() == ["Status"]
        await pass_time(world, NEAR + 1000)
        shown = await card_with(world, "Grid 1")

        assert shown["silent"]
        *_, opened, last = await world.messages()
        assert "is open on" in opened["text"]
        assert last["message_id"] == shown["message_id"]
        assert len(world.calls("pinChatMessage")) == 1
        await a_grid(world)
        await pass_time(world, 2 * NEAR)
        assert (await card_with(world, "2 · ETH_USDC · "))["message_id"] == shown["message_id"]
        assert len(world.calls("pinChatMessage")) == 1


async def test_grids_from_before_there_was_a_card_get_one_at_the_next_start_if_any_is_going() -> None:
    world = World(card=True)
    async with world.running():
        await a_grid(world)
        over = world.trader.account().grids[GridId(1)]
        world.trader.set(grids={over.id: replace(over, phase=Phase.STOPPED)})
    async with world.running():
        await pass_time(world, 2 * NEAR)
        assert await card(world) is None, "what is over is no reason for a card"
    world.trader.set(grids={over.id: over})
    async with world.running():
        await pass_time(world, 2 * NEAR)
        shown = await card_with(world, "Grid 1")
    async with world.running():
        await pass_time(world, 2 * NEAR)
        again = await card(world)
        assert again is not None
        assert again["message_id"] == shown["message_id"]


async def test_the_card_of_a_grid_that_is_over_says_what_it_keeps_and_draws_no_levels() -> None:
    async with World().running() as world:
        await with_card(world)
        number = GridId(1)
        shown = await card_with(world, "to buy")
        for phase in (Phase.STOPPING, Phase.STOPPED):
            await hold_coins(world, number)
            grid = world.trader.account().grids[number]
            world.trader.set(grids={number: replace(grid, phase=phase)})
            await pass_time(world, BUSY + NEAR)
            shown = await card_with(world, "It keeps 0.09969 ETH, worth 250.23 USDC now.")

            for part in ("to buy", "to sell", "▒", "Limits"):
                assert part not in shown["text"], (phase, part)
        labels = [key["label"] for row in shown["buttons"] for key in row]
        assert labels == ["Refresh", "Picture", "Fills", "Resume", "Sell coins", "New grid"]
        await world.clicks("Sell coins", message_id=shown["message_id"])
        assert await world.labels() == ["Sell at once", "Sell slowly", "Wait for break-even", "Back"]
        assert (await world.written())[-1].startswith("Sell the coins of grid 1 (ETH_USDC)? It has stopped.")

        await hold_coins(world, number, there="0.05")
        await pass_time(world, BUSY + NEAR)
        await card_with(world, "0.04969 ETH more are not on the account: sold by hand or withdrawn.")
        grid = world.trader.account().grids[number]
        world.trader.set(grids={number: replace(grid, lots={})})
        await pass_time(world, BUSY + NEAR)
        empty = await card_with(world, "It holds no coins.")
        assert [key["label"] for row in empty["buttons"] for key in row][-1] == "New grid"


async def test_the_card_shows_its_moments_by_the_readers_clock_and_in_words_to_a_telegram_without_them() -> None:
    refusal = 'Bad Request: can\'t parse entities: Unsupported start tag "tg-time" at byte offset 3'
    order = {"mode": "error", "error_code": 400, "times": 99, "contains": "tg-time", "description": refusal}
    async with World().running() as world:
        await with_card(world)
        assert world.calls("sendMessage")[-1]["params"]["text"].count("<tg-time unix=") == 2

        await world.telegram.sim("fault", **order)
        before = len(world.calls("sendMessage"))

        def taken() -> list[str]:
            sent = world.calls("sendMessage")[before:]
            return [one["params"]["text"] for one in sent if one["code"] == 200 and "as of" in one["params"]["text"]]

        await world.says("/card")
        await world.until(lambda: bool(taken()))
        (made,) = taken()
        assert "tg-time" not in made
        assert "<b>Grid 1" in made, "all else that is marked stays so"

        world.trader.set_price("2499")
        await pass_time(world, NEAR + 1000)
        await card_with(world, "Price 2,499.00")
        assert "tg-time" not in edits(world)[-1]["params"]["text"]
