"""/notify: a screen with the choice, buttons and words that change it, kept over a restart and in force at once."""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from bot.owner.views import NOISE, Kind, Noise, Preset, Way, noise_of
from strategy.model.stops import StopReason
from tests.integration.chat_world import OWNER, World, a_grid
from tests.integration.test_telegram_access import press
from tests.unit.telling import BOUGHT, SOLD, an_end


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as made:
        yield made


def chosen(world: World) -> Noise:
    return noise_of(world.notebook.setting(NOISE))


async def test_the_screen_shows_the_default_and_each_press_says_what_is_chosen_now(world: World) -> None:
    [said] = await world.says("/notify")
    assert said.startswith("What I push to you: Round trips\nFills: digest\nRound trips: on\n")
    assert "✓ Round trips" in await world.labels()

    await world.clicks("Hourly digest")
    assert chosen(world) == Noise().chosen(Preset.HOURLY)
    assert "✓ Hourly digest" in await world.labels()
    await world.clicks("Range: on")
    assert chosen(world).ways[Kind.RANGE] is Way.SILENT
    await world.clicks("✗ Quiet at night")
    await world.clicks("✗ Weekly")
    await world.clicks("✗ Monthly")
    await world.clicks("✓ Daily")

    noise = chosen(world)
    assert (noise.quiet, noise.weekly, noise.monthly, noise.daily_off) == ((23 * 60, 7 * 60), 0, 1, True)
    [card] = [text for text in await world.written() if "What I push" in text]
    assert "your own choice" in card
    assert "Quiet hours: 23:00-07:00" in card
    assert "no daily one, weekly on Monday, monthly on day 1" in card


async def test_words_do_the_same_and_survive_a_restart() -> None:
    world = World()
    async with world.running():
        [said] = await world.says("/notify fills=off quiet=23:00-07:00 daily=8:30")
        assert "Fills: off" in said
        assert "daily at 08:30" in said
    async with world.running():
        [said] = await world.says("/notify")
        assert "Fills: off" in said
        assert "Quiet hours: 23:00-07:00, danger comes through" in said


async def test_what_can_not_be_read_is_refused_with_an_example(world: World) -> None:
    before = chosen(world)

    [said] = await world.says("/notify fills=sometimes")

    assert "can't read sometimes" in said
    assert "/notify fills=off quiet=23:00-07:00" in said
    assert chosen(world) == before
    assert world.notebook.commands[-1][1] == "refused"


async def test_a_choice_is_in_force_for_what_comes_next(world: World) -> None:
    await world.says("/notify danger")
    world.trader.tell(BOUGHT)
    await world.until(lambda: bool(world.store.digests()))
    assert not any("#2959285" in text for text in await world.written())

    await world.says("/notify fills")
    world.trader.tell(SOLD)

    await world.until_written("#2959284")


async def test_a_button_that_was_made_up_chooses_nothing(world: World) -> None:
    await world.says("/notify")
    before = chosen(world)

    for data in ("m|preset|loud", "m|kind|fill|loud", "m|kind|bill|on", "m|quiet|x", "m"):
        done = len(world.notebook.commands)
        await press(world, OWNER, data)
        await world.until(lambda: len(world.notebook.commands) > done)  # noqa: B023 - used at once
        assert world.notebook.commands[-1] == (f"[{data}]", "unknown")

    assert chosen(world) == before


@pytest.mark.parametrize("preset", ["hourly", "danger"])
async def test_what_the_owner_asks_for_is_answered_whatever_he_has_chosen(world: World, preset: str) -> None:
    await world.says(f"/notify {preset}")
    await world.says("/notify grids=off stops=off quiet=00:00-23:59")

    grid = await a_grid(world)
    world.trader.tell(replace(an_end(StopReason.OWNER, sold=False, coins=Decimal(0)), grid_id=grid))
    for _ in range(3):  # it waits a moment for others that end with it
        await world.says("/version")
        world.time.pass_by(2)
    await world.until_written("has stopped: total")

    answers = [one for one in await world.messages() if "is open on" in one["text"] or "has stopped" in one["text"]]
    assert [one["silent"] for one in answers] == [True, True], "he is there to read it"
