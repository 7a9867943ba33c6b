"""What the owner is shown at some moments of a world, whatever goes on just then: all of it true, and of one mind.

He asks between two steps, as a message of his comes between two turns of the loop. The world goes on as if he had not:
his questions count for no fault of the disk, and take no dice but their own.
"""

from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cache, cached_property
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from bot.account.days import begin_of, day_at, price_at
from bot.owner import ways
from bot.owner.books import BooksOf, BooksView
from bot.owner.periods import Period, Span
from bot.owner.trader import Trader
from bot.owner.views import Summary
from bot.telegram.texts import face as texts
from storage.errors import StorageError
from strategy.account.risk import last_price
from strategy.model.account import Account
from strategy.model.durations import DAY
from strategy.model.grid import Grid
from tests.promises import screens as promises
from tests.promises.promise import Violation
from tests.promises.reckoning import Ledger, Sums
from tests.simulation.script import CALM, STEPS
from tests.simulation.world import World

A = TypeVar("A")
LOOKS = 1
"""In a world: one costs as much as ten steps."""
AT_THE_END = STEPS
WEIGHTS = (*[1] * (STEPS - CALM), 50)
TEXTS = 4
"""Screens that are put into words at a look."""
MOST_DAYS = 20
"""Days that are added up."""
ELSEWHERE = ZoneInfo("America/St_Johns")
"""Where a day begins at another half hour, and clocks were changed this month."""


def seen_now(world: World, number: int) -> Iterator[Violation]:
    """After a step, or once everything is whole (`AT_THE_END`): what is wrong with what he sees, if he looks then.

    Where nobody answers, he looks again after the next step.
    """
    if sum(moment <= number for moment in _moments(world.script.seed)) > world.happened["screens looked at"]:
        yield from _looked_at(world, Random(f"{world.script.seed} texts"))


@cache
def _moments(seed: int) -> Sequence[int]:
    """The steps after which he looks."""
    return Random(f"{seed} screens").choices([*range(CALM, STEPS), AT_THE_END], WEIGHTS, k=LOOKS)


def not_there(world: World) -> Iterator[Violation]:
    """Of what he sees then: what the exchange has otherwise."""
    if world.process is not None:
        yield from promises.balances_are_there(world.process.app.trader.summary().balances, world.held.balances)


def _looked_at(world: World, dice: Random) -> Iterator[Violation]:
    process = world.process
    if process is None or process.is_dead or world.disk.is_cut_off:
        return
    with _unnoticed(world):
        try:
            found = list(_Look(world, process.app.trader, dice).wrong())
        except StorageError as failure:
            found = [] if world.disk.is_away else [Violation("every question has an answer", f"{failure!r}")]
    world.happened["looked with the disk away"] += world.disk.is_away
    yield from found


@contextmanager
def _unnoticed(world: World) -> Iterator[None]:
    disk = world.disk
    kept = disk.dies_in, disk.dies_after, disk.cuts
    disk.dies_in, disk.dies_after, disk.cuts = None, None, []
    try:
        yield
    finally:
        disk.dies_in, disk.dies_after, disk.cuts = kept


@dataclass
class _Look:
    """All screens of one moment."""

    world: World
    trader: Trader
    dice: Random

    def wrong(self) -> Iterator[Violation]:
        """Whatever is."""
        yield from self._grids()
        yield from self._days()
        yield from self._periods()
        yield from self._account()
        yield from self._lists()
        yield from self._texts()
        self.world.happened["screens looked at"] += 1
        self.world.happened["screens before the exchange was read"] += not self.account.ready

    @cached_property
    def account(self) -> Account:
        """As it was last saved."""
        return self.trader.account()

    @cached_property
    def summary(self) -> Summary:
        """/status."""
        return self.trader.summary()

    @cached_property
    def ledger(self) -> Ledger:
        """What is on the disk."""
        return Ledger(self.trader.store.entries(self.account.name))

    @cached_property
    def whole(self) -> dict[Any, Sums]:
        """By grid, since its start."""
        return {grid_id: self.ledger.of(grid_id) for grid_id in self.account.grids}

    @cached_property
    def books(self) -> BooksView:
        """/pnl of all its periods."""
        zone, now = self.trader.zone, self.trader.clock()
        named = [Period.of(span, zone, now) for span in Span if span is not Span.DATE]
        return _at_once(self.trader.books(*named, Period.since(day_at(ELSEWHERE, now), ELSEWHERE)))

    def _change(self, grid: Grid, begins: int) -> Decimal:
        """Of its total, since a moment."""
        before = self.ledger.of(grid.id, until=begins).worth(price_at(self.trader.store, self.account, grid, begins))
        return self.whole[grid.id].worth(last_price(self.account, grid)) - before

    def _grids(self) -> Iterator[Violation]:
        """/status and /report say the same of today."""
        begins = begin_of(self.trader.zone, day_at(self.trader.zone, self.trader.clock()))
        report = _at_once(self.trader.report())
        for where, lines in (("/status", self.summary.grids), ("/report", report.grids)):
            for line in lines:
                grid, whole = self.account.grids[line.grid_id], self.whole[line.grid_id]
                day = self.ledger.of(grid.id, since=begins)
                yield from promises.standing_is_true(where, line, whole, day, self._change(grid, begins))
                paid = whole if where == "/status" else day
                yield from promises.fees_are_true(where, grid.id, line.standing, paid)
        if {line.grid_id for line in self.summary.grids} != self.account.grids.keys():
            yield Violation("every grid has its line", f"{self.summary.grids}")

    def _days(self) -> Iterator[Violation]:
        first, last = self.trader.known_days()
        begins = self.ledger.begins
        if begins is not None and first != day_at(self.trader.zone, begins):
            yield Violation("the books begin with the ledger", f"{first}, and it is {begins}")
        every = [_at_once(self.trader.report(day=first, last=last))]
        reports = [every]
        if (last - first).days < MOST_DAYS:
            each = [first + timedelta(one) for one in range((last - first).days + 1)]
            reports.append([_at_once(self.trader.report(day=day)) for day in each])
        for days in reports:
            for grid in self.account.grids.values():
                yield from promises.days_add_up(days, grid, self.whole[grid.id], last_price(self.account, grid))

    def _periods(self) -> Iterator[Violation]:
        for books in (self.books.shown, *self.books.beside):
            yield from promises.quotes_are_sums(books, self.account.grids)
            yield from self._period(books)

    def _period(self, books: BooksOf) -> Iterator[Violation]:
        begins, where = books.period.begins, f"/pnl {books.period.span}"
        for grid in self.account.grids.values():
            sums, change = self.ledger.of(grid.id, since=begins), self._change(grid, begins)
            if grid.id in books.grids:
                yield from promises.period_is_true(where, books.grids[grid.id], grid, sums, change)
                yield from promises.fees_are_true(where, grid.id, books.grids[grid.id], sums)
            else:
                yield from promises.nothing_left_out(where, grid, sums, change)

    def _account(self) -> Iterator[Violation]:
        made, now = self.ledger.made(), self.trader.clock()
        for line in self.summary.balances:
            yield from promises.balance_is_whole(line, made)
        points, fees = _at_once(self.trader.volumes.points()), _at_once(self.trader.volumes.fees())
        month = self.ledger.traded(now - 30 * DAY, now + DAY)
        yield from promises.volume_is_true("/fees", fees.month, month)
        for span, week in ((points.span, points.week), *points.past):
            yield from promises.volume_is_true("/points", week, self.ledger.traded(span.begins, span.ends))
        for grid in self.account.grids.values():
            found, shown = ways.ways_out(self.account, grid, None), self.trader.line(grid.id)
            if shown is None or found.kept.total != shown.standing.total or found.now.total > found.kept.total:
                yield Violation("what a stop comes to begins with the total", f"grid {grid.id}: {found}, {shown}")

    def _lists(self) -> Iterator[Violation]:
        fills, orders = self.trader.fills(limit=20), self.trader.orders()
        yield from promises.lists_are_whole(self.summary, orders, fills, self.ledger.entries)

    def _texts(self) -> Iterator[Violation]:
        lang = self.dice.choice(texts.LANGUAGES)
        trader, summary, grids, zone = self.trader, self.summary, self.account.grids, self.trader.zone
        mode = trader.mode
        screens: dict[str, Callable[[], str]] = {
            "/status": lambda: texts.status(lang, summary, grids),
            "/grids": lambda: texts.grids(lang, summary, whole=True),
            "/balance": lambda: texts.balance(lang, summary),
            "/pnl": lambda: texts.pnl(lang, summary, self.books, zone),
            "/report": lambda: texts.report(lang, _at_once(trader.report()), mode),
            "leaving": lambda: texts.report(lang, _at_once(trader.report(leaving=True)), mode),
            "/risk": lambda: texts.risk(lang, summary, grids, trader.together()),
            "/orders": lambda: texts.orders(lang, trader.orders(), mode),
            "/fills": lambda: texts.fill_list(lang, trader.fills(), mode),
            "/fees": lambda: texts.fees(lang, _at_once(trader.volumes.fees())),
            "/points": lambda: texts.points(lang, _at_once(trader.volumes.points())),
            "the card": lambda: texts.live_card(lang, summary, self.account, max(grids, default=None), zone),
        }
        for name in self.dice.sample(sorted(screens), TEXTS):
            yield from promises.text_is_fit(f"{name} in {lang}", screens[name]())


def _at_once(work: Coroutine[Any, Any, A]) -> A:
    """It only lets others go first, and there is nobody."""
    while True:
        try:
            work.send(None)
        except StopIteration as done:
            answer: A = done.value
            return answer
