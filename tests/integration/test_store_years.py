"""What a question costs is a matter of its answer, not of how long the program lives: counted in SQLite's own steps.

Two lives are written by the store's own methods, one of them ten times as long. Whoever goes through a table, or sorts
one for a page of it, needs ten times as many steps of SQLite's machine there. No second is measured.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.account.folds import hours
from bot.mode import Mode
from bot.owner.reports import Span, report_of
from bot.owner.turnover import Volumes
from storage.store import ALL, Snapshot, Store
from strategy.draft import Step
from strategy.messages.events import Quoted
from strategy.messages.points import SetVolumeGoal
from strategy.messages.reports import Report
from strategy.model.curve import Leg, point
from strategy.model.durations import HOUR
from strategy.model.ledger import Closing, FillEntry
from strategy.model.limits import Limits
from strategy.model.orders import ClientId, GridId, LevelId, OrderStatus
from strategy.model.weeks import Stretch, VolumeGoal
from tests.integration.stored import (
    ETH_USDC,
    GRID,
    NOW,
    USDC,
    a_fill,
    a_grid,
    a_notice,
    a_store,
    an_account,
    an_order,
    listening,
    with_grid,
)

SHORT, LONG = 150, 1_500
OTHER = GridId(2)
APART = HOUR
"""Milliseconds between two fills."""
LAST = 5
"""As many are asked for."""
NOISE = 200
"""Steps that a deeper tree of an index may cost."""

Question = Callable[[Store], object]


class Life:
    """A database in which so many fills were booked, the last of them now; two of three are the first grid's."""

    def __init__(self, fills: int) -> None:
        self.store, self.fills, self.begins = a_store(), fills, NOW - fills * APART
        self.account = an_account(a_grid(), a_grid(2))
        self.store.records.version = "1"
        self.store.save(None, [Step(account=self.account)])
        for number in range(1, fills + 1):
            self._lives(number)

    def _lives(self, number: int) -> None:
        at = self.begins + number * APART
        before, grid = self.account, OTHER if number % 3 == 0 else GRID
        order = an_order(1_000 + number, grid_id=grid, intended_at=at, changed_at=at, order_id=str(number))
        ended = replace(order, status=OrderStatus.FILLED, filled=order.quantity, trades=(f"ETH_USDC:{number}",))
        self.account = with_grid(before, before.grids[grid], orders={ended.client_id: ended})
        told = a_notice(number) if number % 500 != 100 else Report(at=at, day=f"day {number}", grids=(), over=True)
        step = Step(account=self.account, entries=tuple(_entries(number, grid, at)), notices=(told,))
        self.store.save(before, [step], events=[Quoted(at=at, touches={})])
        self.store.mark_sent([number], number)
        snapshot = Snapshot(
            at=at, grid_id=grid, symbol=ETH_USDC, price=Decimal(1), total=Decimal(1), grid_profit=Decimal(1),
            floating=Decimal(0),
        )  # fmt: skip
        self.store.add_snapshots("main", [snapshot], {(USDC, one): point(at, Decimal(number)) for one in (ALL, grid)})
        self.store.log_command(1, f"/status {number}")


def _entries(number: int, grid: GridId, at: int) -> Iterator[Any]:
    more = {"realised": Decimal(1), "closes": True} if number % 2 else {}
    yield a_fill(number, at=at, grid=grid if number % 7 else None, **(more if number % 7 else {}))
    if number % 11 == 0:
        yield Closing(at=at, key=f"closing:{number}", grid_id=grid, level=LevelId(1))


@pytest.fixture(scope="module")
def lives() -> Iterator[tuple[Life, Life]]:
    if os.environ.get("PACKGRID_TEST_POSTGRES"):
        pytest.skip("SQLite's steps are counted")
    both = Life(SHORT), Life(LONG)
    yield both
    for one in both:
        one.store.close()


@contextmanager
def steps() -> Iterator[list[int]]:
    """How many steps SQLite's machine takes while this is open."""
    taken = [0]

    def count() -> int:
        taken[0] += 1
        return 0

    def begin(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(count, 1)

    with listening("begin", begin):
        yield taken


def closing_fill(store: Store) -> FillEntry:
    return next(one for one in store.fills_page("main", grid_id=GRID, limit=10) if one.closes)


QUESTIONS: dict[str, Question] = {
    "the account": lambda store: store.load("main"),
    "a page of all fills": lambda store: store.fills_page("main", limit=LAST),
    "a page of a grid's": lambda store: store.fills_page("main", grid_id=GRID, limit=LAST),
    "the newest fill": lambda store: store.newest_fill_at("main"),
    "the last number": lambda store: store.last_entry("main"),
    "what a round trip brought": lambda store: store.trip_profit("main", closing_fill(store)),
    "the day's trips": lambda store: store.trips_between("main", GRID, NOW - LAST * APART, NOW),
    "what has happened since": lambda store: store.happened_since("main", GRID, NOW - LAST * APART),
    "what was traded by hand since": lambda store: store.happened_since("main", None, NOW - LAST * APART),
    "what was closed since": lambda store: store.closed_since("main", GRID, NOW - 20 * APART),
    "a piece of a grid's fills": lambda store: store.traded_after("main", GRID, 0, after=9, until=2**62, limit=LAST),
    "a piece of the ledger": lambda store: store.entries_after("main", 9, until=2**62, limit=LAST),
    "a piece of the journal": lambda store: store.orders_after("main", 1_009, LAST),
    "what the exchange took last": lambda store: store.newest_taken("main", LAST),
    "some orders": lambda store: store.journal("main", [ClientId(1_001), ClientId(1_002)]),
    "some fills": lambda store: store.known_fills("main", ["ETH_USDC:1", "ETH_USDC:2"]),
    "the curve's last hours": lambda store: store.legs("main", (USDC, ALL), NOW - 3 * HOUR),
    "the chart's last points": lambda store: store.snapshots("main", GRID, NOW - 3 * HOUR),
    "a price of before": lambda store: store.price_at("main", GRID, NOW - 3 * HOUR),
    "what is to be told": lambda store: store.unsent(LAST),
    "which digests wait": lambda store: store.digests(),
    "what waits in them": lambda store: store.gathered(2**40),
    "whether a week was told": lambda store: store.was_reported("main", "2026-11-02", "2026-11-08"),
    "who asked for what": lambda store: store.commands(LAST),
    "a piece of the record": lambda store: store.records.after("main", 9, LAST),
    "what of the record is too old": lambda store: store.records.drop("main", 1, LAST),
    "a curve goes on": lambda store: store.add_snapshots("main", [], {(USDC, ALL): point(NOW, Decimal(1))}),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_costs_what_its_answer_does(lives: tuple[Life, Life], question: str) -> None:
    taken = []
    for life in lives:
        QUESTIONS[question](life.store)
        with steps() as counted:
            QUESTIONS[question](life.store)
        taken.append(counted[0])

    assert taken[1] <= taken[0] * 3 // 2 + NOISE, taken
    assert taken[0]


async def most_at_once(work: Awaitable[object]) -> tuple[int, int]:
    """Steps of SQLite's machine between two turns of the loop, at most; and all together."""
    with steps() as counted:
        most, before, task = 0, 0, asyncio.ensure_future(work)
        while not task.done():
            await asyncio.sleep(0)
            most, before = max(most, counted[0] - before), counted[0]
        await task
    return most, counted[0]


async def all_of(pieces: AsyncIterator[Sequence[Leg]]) -> None:
    assert sum([len(some) async for some in pieces]) == LONG


def volumes_of(life: Life) -> Volumes:
    async def nothing(_: SetVolumeGoal) -> None:
        return

    goal = VolumeGoal(volume=Decimal(1_000), daily=False)
    account = replace(life.account, limits=Limits(goal=goal))
    return Volumes(mode=Mode.PAPER, store=life.store, account=lambda: account, clock=lambda: NOW, ask=nothing)


@pytest.mark.parametrize("what", ["report", "points", "curve"])
async def test_what_is_read_for_an_answer_lets_the_ticks_in_between(lives: tuple[Life, Life], what: str) -> None:
    """A report of a day months ago held up every tick, and with it every stop, for a dozen seconds."""
    life = lives[1]
    span = Span(day=date(2026, 11, 12), begins=life.begins, ends=NOW, over=True)
    if what == "report":
        most, together = await most_at_once(report_of(life.store, life.account, span, at=NOW))
    elif what == "curve":
        most, together = await most_at_once(all_of(hours(life.store, life.account, (USDC, ALL), 0)))
    else:
        most, together = await most_at_once(volumes_of(life).within(Stretch(life.begins, NOW)))

    assert most < together / 2, (most, together)


async def test_a_volume_goal_is_counted_on_from_where_its_count_was(lives: tuple[Life, Life]) -> None:
    """Each fill had all of the week's, or the month's, read again, four times a minute."""
    volumes = volumes_of(lives[1])
    first = await volumes.counted(None)
    assert first is not None
    assert first.done[USDC].fills > 20
    earlier = replace(first, last=first.last - 3)
    with steps() as counted:
        assert await volumes.counted(first) == first
        again = await volumes.counted(earlier)

    assert again is not None
    assert again.last == first.last
    assert again.done[USDC].fills > first.done[USDC].fills, "the last entries, counted once more on purpose"
    assert counted[0] < 1_000
