"""A grid beside its backtest and its twin on paper in words: the money first, then what makes the difference."""

from collections.abc import Callable, Iterator
from datetime import UTC, tzinfo
from decimal import Decimal

from bot.mode import Mode
from bot.owner.comparisons import Compared, Lived
from bot.owner.twins import NoTwin, Sides, Twin
from bot.owner.views import NotPlayed, Played, Why
from bot.telegram.texts.catalogue import Html, say
from bot.telegram.texts.numbers import Parts, Screen, exact_money, in_parts, percent, told
from bot.telegram.texts.phrases import day_and_time, duration, foot, lines
from bot.telegram.texts.problems import problem
from strategy.model.grid import Grid
from strategy.model.ledger import Standing
from strategy.model.money import ZERO

_LATER = 60_000
"""Milliseconds from which a delay is told: a candle does not say when in it an order was filled."""


def compared(lang: str, sides: Sides, grid: Grid, mode: str, zone: tzinfo = UTC) -> Html:
    """Side by side what there is: the grid, on paper, in the backtest."""
    paper, found = sides.paper, sides.played
    waits = say(lang, "compare.paper.working") if sides.is_under_way else None
    if isinstance(found, NotPlayed) and not isinstance(paper, Twin):
        return lines(_not_compared(lang, found), waits, _no_twin(lang, paper))
    table = _Table(lang, sides, grid)
    return lines(
        _head(lang, found, grid),
        *table.side_by_side(),
        *table.against_backtest(),
        *table.against_paper(zone),
        waits,
        _no_twin(lang, paper),
        say(lang, "compare.paper.itself") if mode == Mode.PAPER else None,
        foot(lang, mode),
    )


def _head(lang: str, found: Compared | NotPlayed, grid: Grid) -> Html:
    lasted = duration(lang, found.played.ends - found.played.begins) if isinstance(found, Compared) else None
    return say(lang, "compare.head", grid=grid.id, symbol=grid.spec.symbol, lasted=lasted)


class _Table:
    """The figures of all sides, rounded together: what is shown apart is what the shown totals are apart."""

    def __init__(self, lang: str, sides: Sides, grid: Grid) -> None:
        self._lang, self._lived, self._grid = lang, sides.lived, grid
        self._found = sides.played
        self._twin = sides.paper if isinstance(sides.paper, Twin) else None
        self._played = sides.played.played if isinstance(sides.played, Compared) else None
        there = [one for one in (self._lived, self._twin, self._played) if one is not None]
        self._screen = Screen(map(_parts, there), grid.market.quote)
        rows = dict(zip(map(id, there), self._screen.parts, strict=True))
        self._mine = rows[id(self._lived)]
        self._on_paper, self._its = rows.get(id(self._twin)), rows.get(id(self._played))

    def side_by_side(self) -> Iterator[Html]:
        """A line for each figure, with that of each side that there is."""
        quote, twin, played = str(self._grid.market.quote), self._twin, self._played
        yield self._row("total", lambda one: self._shown(one.total), quote=quote)
        yield self._row("grid_profit", lambda one: self._shown(one.grid_profit))
        yield self._row("floating", lambda one: self._shown(one.floating))
        yield self._row("fees", lambda one: exact_money(one.fees))
        yield say(
            self._lang,
            "compare.trips",
            lived=self._lived.round_trips,
            paper=None if twin is None else twin.round_trips,
            played=None if played is None else played.round_trips,
        )
        yield say(
            self._lang,
            "compare.taken",
            lived=percent(self._lived.taken),
            paper=percent(twin.taken) if twin is not None and twin.from_start else None,
            played=percent(self._found.played_taken) if isinstance(self._found, Compared) else None,
        )

    def against_backtest(self) -> Iterator[Html]:
        """What the difference is made of, and what can't be put into money."""
        lang, lived, found = self._lang, self._lived, self._found
        if isinstance(found, NotPlayed) or self._its is None:
            assert isinstance(found, NotPlayed), "what was played has its figures"
            yield _not_compared(lang, found)
            return
        yield from self._apart("compare.why", self._its)
        yield _both(lang, found.both, found.later)
        if found.played_only:
            yield say(lang, "compare.played_only", count=found.played_only)
        if found.lived_only:
            yield say(lang, "compare.lived_only", count=found.lived_only)
        if lived.down:
            yield say(lang, "compare.down", lasted=duration(lang, lived.down))
        if lived.was_tuned:
            yield say(lang, "compare.tuned")
        yield say(
            lang,
            "compare.on",
            candles=found.played.candles,
            length=duration(lang, found.played.interval),
            source=say(lang, f"backtest.source.{found.played.source}"),
        )

    def against_paper(self, zone: tzinfo) -> Iterator[Html]:
        """Likewise against paper, which saw the very prices that this program saw."""
        lang, twin, grid = self._lang, self._twin, self._grid
        if twin is None or self._on_paper is None:
            return
        day, time = (None, None) if twin.from_start else day_and_time(twin.since, zone)
        yield from self._apart("compare.paper.why", self._on_paper, day=day, time=time)
        yield _both(lang, twin.both, twin.later)
        if twin.paper_only:
            yield say(lang, "compare.paper.only", count=twin.paper_only)
        if twin.lived_only:
            yield say(lang, "compare.paper.lived_only", count=twin.lived_only)
        if twin.unseen:
            yield say(lang, "compare.paper.unseen", lasted=duration(lang, twin.unseen))
        if twin.phase is not grid.phase:
            phases = {"paper": say(lang, f"phase.{twin.phase}"), "lived": say(lang, f"phase.{grid.phase}")}
            yield say(lang, "compare.paper.phase", **phases)
        yield say(lang, "compare.paper.on", prices=twin.prices)

    def _row(self, name: str, shown: Callable[[Parts], str], **more: str) -> Html:
        sides = {"lived": self._mine, "paper": self._on_paper, "played": self._its}
        known = {side: None if parts is None else shown(parts) for side, parts in sides.items()}
        return say(self._lang, f"compare.{name}", **known, **more)

    def _apart(self, key: str, its: Parts, **more: str | None) -> Iterator[Html]:
        quote, mine = str(self._grid.market.quote), self._mine
        apart, by_fees = mine.total - its.total, its.fees - mine.fees
        yield say(self._lang, key, apart=self._shown(apart), quote=quote, **more)
        yield say(self._lang, "compare.by_fees", apart=self._shown(by_fees), quote=quote)
        yield say(self._lang, "compare.by_trades", apart=self._shown(apart - by_fees), quote=quote)

    def _shown(self, value: Decimal) -> str:
        return told(value, self._screen.decimals, self._grid.market.quote)


def _parts(one: Lived | Twin | Played) -> Standing:
    """The coins that a stop has sold count to the grid's profit here."""
    return in_parts(grid_profit=one.grid_profit + one.stop_sales, stop_sales=ZERO, floating=one.floating, fees=one.fees)


def _both(lang: str, both: int, later: int) -> Html:
    late = abs(later) >= _LATER
    return say(
        lang,
        "compare.both",
        both=both,
        later=duration(lang, later) if late and later > ZERO else None,
        earlier=duration(lang, -later) if late and later < ZERO else None,
    )


def _no_twin(lang: str, paper: Twin | NoTwin | None) -> Html | None:
    return say(lang, f"compare.paper.not.{paper}") if isinstance(paper, NoTwin) else None


def _not_compared(lang: str, found: NotPlayed) -> Html:
    """Why it was not played, and what to do."""
    if found.why is Why.REFUSED and found.problem is not None:
        return lines(say(lang, "compare.not.refused"), problem(lang, found.problem))
    known = found.why if found.why in (Why.TOO_LITTLE, Why.UNREAD, Why.SLOW) else Why.FAILED
    return say(lang, f"compare.not.{known}", text=found.text or None)
