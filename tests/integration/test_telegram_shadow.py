"""/shadow in the chat and by night: beside the trading, in one message that works and then answers."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.owner.shadows import Difference, NotReplayed, Progress, Shadow, Where
from bot.schedule import Jobs
from bot.telegram.texts.reports import report
from strategy.messages.machine import ShadowDiffers
from strategy.messages.reports import Report
from strategy.model.durations import HOUR
from tests.builders import NOW
from tests.integration.chat_world import World
from tests.integration.running import World as Running
from tests.integration.running import a_trading_world, a_while
from tests.integration.test_days import jobs_of

SAME = Shadow(
    begins=NOW, ends=NOW, events=28_800, actions=41, entries=17, fills=17, starts=1, states=2, version="0.1.0+1"
)
DIFFERENCE = Difference(
    where=Where.ACTIONS,
    at=NOW,
    number=12,
    event="Filled",
    recorded="actions.0.price = 1950",
    now="actions.0.price = 1949",
    version="0.1.0+1",
)
DIFFERS = replace(SAME, events=12, difference=DIFFERENCE)


class Desk:
    """Replays what it was told to, and remembers what it was asked."""

    def __init__(self, answer: Shadow | NotReplayed) -> None:
        self.asked: list[int] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self._answer = answer

    async def replay(self, days: int, told: Progress) -> Shadow | NotReplayed:
        self.asked.append(days)
        await told(100, 200)
        await self.gate.wait()
        return self._answer


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running


def at_desk(world: World, answer: Shadow | NotReplayed) -> Desk:
    desk = Desk(answer)
    world.replay = desk.replay
    return desk


@pytest.mark.parametrize(
    ("words", "days"),
    [("/shadow", 1), ("/shadow 7", 7), ("/shadow 7d", 7), ("/shadow days=30", 30), ("/shadow 7天", 7)],
)
async def test_a_day_is_replayed_unless_more_are_named(world: World, words: str, days: int) -> None:
    desk = at_desk(world, SAME)

    await world.says(words)
    said = await world.until_written("0 differences")

    assert desk.asked == [days]
    assert "28,800 events" in said
    assert "17 fills" in said
    assert await world.labels() == ["Audit"]


@pytest.mark.parametrize("words", ["0", "61", "soon", "1 2", "-1"])
async def test_what_is_no_number_of_days_is_answered_with_an_example(world: World, words: str) -> None:
    desk = at_desk(world, SAME)

    assert "/shadow 7" in (await world.says(f"/shadow {words}"))[0]
    assert desk.asked == []


async def test_a_difference_is_told_with_its_event_both_decisions_and_the_cause(world: World) -> None:
    at_desk(world, DIFFERS)

    await world.says("/shadow")
    said = await world.until_written("A difference")

    for part in ("12 events", "the orders", "Filled", "actions.0.price = 1950", "actions.0.price = 1949"):
        assert part in said
    assert "The same version recorded it" in said


async def test_after_an_update_the_version_is_named_as_the_cause(world: World) -> None:
    at_desk(world, replace(DIFFERS, version="0.2.0+9"))

    await world.says("/shadow")
    said = await world.until_written("A difference")

    assert "Version 0.1.0+1 recorded it, this is 0.2.0+9" in said


@pytest.mark.parametrize(
    ("why", "said"),
    [(NotReplayed.EMPTY, "Nothing is recorded"), (NotReplayed.SLOW, "too long"), (NotReplayed.FAILED, "The log")],
)
async def test_what_could_not_be_replayed_is_said(world: World, why: NotReplayed, said: str) -> None:
    at_desk(world, why)

    await world.says("/shadow")

    await world.until_written(said)


async def test_one_at_a_time(world: World) -> None:
    desk = at_desk(world, SAME)
    desk.gate.clear()
    await world.says("/shadow")

    assert "under way" in (await world.says("/shadow"))[0]
    desk.gate.set()
    await world.until_written("0 differences")
    await world.says("/shadow")

    await a_while()

    assert desk.asked == [1, 1]


async def test_a_night_is_told_only_where_something_differs() -> None:
    world = await a_trading_world()
    jobs, desk = jobs_of(world), Desk(SAME)
    jobs.replay = desk.replay

    await jobs.shadow()
    await a_while()
    assert world.told(ShadowDiffers) == []

    jobs.replay = Desk(DIFFERS).replay
    await jobs.shadow()
    await a_while()
    (told,) = world.told(ShadowDiffers)
    assert (told.where, told.recorded, told.now) == (Where.ACTIONS, DIFFERENCE.recorded, DIFFERENCE.now)
    assert desk.asked == [1]
    await world.kill()


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (SAME, "Shadow replay of the night: 28,800 events, 0 differences."),
        (DIFFERS, "in the orders. /shadow shows it"),
        (NotReplayed.EMPTY, "nothing was recorded"),
        (NotReplayed.SLOW, "took too long"),
        (NotReplayed.FAILED, "the log says why"),
    ],
)
async def test_the_daily_report_says_what_the_night_came_to_also_after_a_restart(
    found: Shadow | NotReplayed, said: str
) -> None:
    world = await a_trading_world()
    jobs = jobs_of(world)
    jobs.replay = Desk(found).replay
    await world.trade(1950)
    world.now += 25 * HOUR // 2  # to the morning at the owner's, when it is made
    await jobs.shadow()
    await world.kill()
    await world.begin_again()
    jobs = jobs_of(world)
    jobs.replay = Desk(found).replay
    await day_goes_by(world, jobs)

    told = world.told(Report)[-1]
    assert said in report("en", told, "live")
    assert "影子回放" in report("zh", told, "live")

    await day_goes_by(world, jobs)
    assert "Packgrid was not running then" in report("en", world.told(Report)[-1], "live")
    await world.kill()


async def test_without_the_nightly_replay_the_report_says_nothing_of_it() -> None:
    world = await a_trading_world()
    await world.trade(1950)
    await day_goes_by(world, jobs_of(world))

    told = world.told(Report)[-1]
    assert told.shadow is None
    assert "hadow" not in report("en", told, "live")
    await world.kill()


async def day_goes_by(world: Running, jobs: Jobs) -> None:
    """To the next report."""
    before = len(world.told(Report))
    for _ in range(60):
        world.now += HOUR // 2
        await jobs.tick()
        await a_while()
        await jobs.report()
        await a_while()
        if len(world.told(Report)) > before:
            return
    raise AssertionError("no report came")


async def test_nothing_is_planned_for_the_night_unless_it_is_wanted() -> None:
    world = await a_trading_world()
    jobs = jobs_of(world)
    assert "shadow" not in {job.id for job in jobs.schedule().get_jobs()}

    jobs.replay = Desk(SAME).replay

    assert "shadow" in {job.id for job in jobs.schedule().get_jobs()}
    await world.kill()
