"""Promises about what the owner is shown: each figure is what single fills come to, on every screen the same."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from bot.owner.books import BooksOf, Made
from bot.owner.views import BalanceLine, FillsView, OrdersView, Summary
from strategy.messages.notices import FillTold, Notice
from strategy.messages.reports import GridLine, Report
from strategy.model.grid import Grid
from strategy.model.ledger import Entry, FillEntry, Standing
from strategy.model.market import Asset, Balance
from strategy.model.money import ZERO
from strategy.model.orders import GridId
from strategy.model.turnover import Turnovers
from tests.promises.promise import promise
from tests.promises.reckoning import Sums

Told = Mapping[str, tuple[object, object]]
"""By name, what is shown and what is true."""
_UNREADABLE = re.compile(
    r"\b[nN]a[nN]\b|Infinity|\d[eE][+-]?\d|[−-]0(?:\.0+)?(?![\d.,:-])|\bNone\b(?! of)|\{|\}|\[\[|\]\]|\|\||\n\n\n"
)
"""What no text of ours has in it: no number, a power of ten, a sign before nothing, a gap that was not filled."""
_MARKS = re.compile("<[^>]*>")
MOST_CHARACTERS = 4096


def _differ(where: str, told: Told) -> Iterator[str]:
    yield from (f"{where}: {name} {shown}, and it is {true}" for name, (shown, true) in told.items() if shown != true)


@promise("a grid's figures are what its fills come to")
def standing_is_true(where: str, line: GridLine, whole: Sums, day: Sums, today: Decimal) -> Iterator[str]:
    """`whole` is all that it has done, `day` what of that today, `today` the change of its total in it."""
    shown = line.standing
    told: Told = {
        "grid profit": (shown.grid_profit, whole.grid_profit),
        "stop sales": (shown.stop_sales, whole.stop_sales),
        "total": (shown.total, whole.worth(shown.price)),
        "floating": (shown.floating, shown.total - whole.realised),
        "coins": (shown.coins, whole.coins),
        "round trips": (shown.round_trips, whole.trips),
        "today": (shown.today, today),
        "fills of the day": (line.fills_today, day.fills),
        "round trips of the day": (line.trips_today, day.trips),
    }
    yield from _differ(f"{where}, grid {line.grid_id}", told)


@promise("a grid's fees are what its fills paid")
def fees_are_true(where: str, grid: GridId, shown: Standing | Made, sums: Sums) -> Iterator[str]:
    """Those without a price apart."""
    told: Told = {"fees": (shown.fees, sums.fees), "apart": (dict(shown.fees_apart), sums.apart)}
    yield from _differ(f"{where}, grid {grid}", told)


@promise("a period's figures are what its fills come to")
def period_is_true(where: str, made: Made, grid: Grid, sums: Sums, change: Decimal) -> Iterator[str]:
    """`sums` are those of the period, `change` is that of the total."""
    told: Told = {
        "grid profit": (made.grid_profit, sums.grid_profit),
        "stop sales": (made.stop_sales, sums.stop_sales),
        "total": (made.total, change),
        "fills": (made.fills, sums.fills),
        "round trips": (made.round_trips, sums.trips),
    }
    yield from _differ(f"{where}, grid {grid.id}", told)
    if made.length <= 0 or not ZERO <= made.money <= grid.money or (made.curve is not None and made.curve.fall < 0):
        yield f"{where}, grid {grid.id}: {made}"


@promise("no period leaves out a grid that has traded in it")
def nothing_left_out(where: str, grid: Grid, sums: Sums, change: Decimal) -> Iterator[str]:
    """Nor one whose coins were worth something else at its beginning."""
    if sums != Sums() or change:
        yield f"{where}: grid {grid.id}, {sums}, {change}"


@promise("what grids come to together is their sum")
def quotes_are_sums(books: BooksOf, grids: Mapping[GridId, Grid]) -> Iterator[str]:
    """Of each quote by itself; money that went from one into the next counts once."""
    own: dict[Asset, list[Made]] = defaultdict(list)
    for grid_id, made in books.grids.items():
        own[grids[grid_id].market.quote].append(made)
    if own.keys() != books.quotes.keys():
        yield f"{books.period}: {own.keys()} and {books.quotes.keys()}"
        return
    for quote, whole in books.quotes.items():
        names = ("total", "grid_profit", "stop_sales", "floating", "fees", "fills", "round_trips", "coins_instead")
        told = {name: (getattr(whole, name), sum((getattr(one, name) for one in own[quote]), ZERO)) for name in names}
        yield from _differ(f"{books.period}, {quote}", told)
        each = [one.money for one in own[quote]]
        if not max(each) <= whole.money <= sum(each):
            yield f"{books.period}, {quote}: {whole.money} of {each}"


@promise("days add up")
def days_add_up(days: Sequence[Report], grid: Grid, whole: Sums, price: Decimal) -> Iterator[str]:
    """From the ledger's first day to today, or all of them in one report: to what the grid has made since its start."""
    lines = [line for day in days for line in day.grids if line.grid_id == grid.id]
    apart: Counter[Asset] = Counter()
    for line in lines:
        apart.update(line.standing.fees_apart)  # decimals, which it adds as well
    told: Told = {
        "total": (sum((line.standing.today for line in lines), ZERO), whole.worth(price)),
        "fills": (sum(line.fills_today for line in lines), whole.fills),
        "round trips": (sum(line.trips_today for line in lines), whole.trips),
        "fees": (sum((line.standing.fees for line in lines), ZERO), whole.fees),
        "fees apart": (dict(apart), whole.apart),
    }
    yield from _differ(f"grid {grid.id}, of {len(days)} reports", told)


@promise("a balance's places are all of it")
def balance_is_whole(line: BalanceLine, made: Mapping[Asset, Decimal]) -> Iterator[str]:
    """None is below zero, the grids' shares come to what is theirs, and what trades made of it is its change."""
    names = ("free", "held", "foreign", "unbooked", "reserved", "lent", "staked", "available", "locked")
    yield from (f"{line.asset}: {name} {getattr(line, name)}" for name in names if getattr(line, name) < 0)
    told: Told = {
        "the grids'": (line.reserved, sum(line.by_grid.values(), ZERO)),
        "places": (line.total, line.free + line.held + line.foreign + line.unbooked + line.out_of_reach),
        "change": (line.change, made.get(line.asset, ZERO)),
    }
    yield from _differ(line.asset, told)


@promise("volume is what was traded")
def volume_is_true(where: str, shown: Turnovers, true: Mapping[Asset, tuple[int, Decimal]]) -> Iterator[str]:
    """By whomever."""
    told: dict[Asset, tuple[int, Decimal]] = {
        quote: (one.fills, one.volume) for quote, one in shown.items() if one.fills
    }
    if told != true:
        yield f"{where}: {told}, and it is {true}"


@promise("lists are whole")
def lists_are_whole(summary: Summary, orders: OrdersView, fills: FillsView, entries: Iterable[Entry]) -> Iterator[str]:
    """/orders and /fills have just what is counted elsewhere, the newest fill first."""
    if len(orders.ours) != summary.open_orders + summary.limbo or len(orders.foreign) != summary.foreign_orders:
        yield f"{len(orders.ours)} and {len(orders.foreign)} orders of {summary}"
    ours = [one.key for one in entries if isinstance(one, FillEntry) and one.grid_id is not None]
    shown = [one.key for one in fills.fills]
    if shown != ours[::-1][: len(shown)] or fills.total != len(ours):
        yield f"{shown} of {fills.total}, and there are {len(ours)}"


@promise("a fill is told once, as it was booked")
def fills_are_told_truly(fills: FillsView, notices: Iterable[Notice]) -> Iterator[str]:
    """And its round trip with what /fills says of it."""
    told: dict[str, FillTold] = {}
    for notice in notices:
        if isinstance(notice, FillTold):
            if notice.trade in told:
                yield f"{notice.trade} is told twice"
            told[notice.trade] = notice
    for entry in fills.fills:
        if (one := told.get(entry.key)) is not None:
            fill, trip = entry.fill, fills.trips.get(entry.key)
            said = one.side, one.price, one.quantity, one.fee, one.fee_asset, one.trip_profit
            if said != (fill.side, fill.price, fill.quantity, fill.fee, fill.fee_asset, trip):
                yield f"{entry} and {trip}, told as {said}"


@promise("balances are those of the exchange")
def balances_are_there(lines: Iterable[BalanceLine], there: Mapping[Asset, Balance]) -> Iterator[str]:
    """Once nothing is on its way."""
    shown = {line.asset: (line.total, line.locked, line.lent) for line in lines if line.total}
    true = {asset: (one.total, one.locked, one.lent) for asset, one in there.items() if one.total}
    if shown != true:
        yield f"{shown}, and there is {true}"


@promise("a text is fit to be read")
def text_is_fit(name: str, html: str) -> Iterator[str]:
    """As one message, with all its figures in it, and nothing else in their places."""
    plain = _MARKS.sub("", html)
    if (found := _UNREADABLE.search(plain)) is not None:
        yield f"{name}: {plain[max(0, found.start() - 60) : found.end() + 30]!r}"
    if not plain.strip() or len(plain) > MOST_CHARACTERS:
        yield f"{name}: {len(plain)} characters"
