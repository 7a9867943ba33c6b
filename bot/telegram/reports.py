"""Figures over time and their limits: /pnl, /report and the statistics on leaving, /risk."""

from collections.abc import Iterable, Mapping

from bot.telegram.cards import alarms, limit_of, quotes_of, sums_of, today_of
from bot.telegram.catalogue import Html, escape, say
from bot.telegram.numbers import cost, gain, parts_figures, percent, price, standing_figures
from bot.telegram.words import fitted, foot, lines
from bot.views import Summary
from strategy.grid import Grid, Phase
from strategy.market import Asset
from strategy.money import ZERO
from strategy.orders import GridId
from strategy.reports import GridLine, Report


def pnl(lang: str, summary: Summary) -> Html:
    """Total first, then its parts, then each grid."""
    heads = [
        say(
            lang,
            "pnl.quote",
            **sums_of(grid_lines),
            quote=quote,
            trips=sum(line.standing.round_trips for line in grid_lines),
        )
        for quote, grid_lines in quotes_of(summary).items()
    ]
    shown = [
        say(
            lang,
            "pnl.grid",
            grid=line.grid_id,
            symbol=line.symbol,
            quote=line.quote,
            trips=line.standing.round_trips,
            **_parts(line),
        )
        for line in summary.grids
    ]
    head = lines(*alarms(lang, summary), *(heads or [say(lang, "status.empty")]))
    return fitted(lang, head, shown, lines(say(lang, "pnl.note"), foot(lang, summary.mode)))


def report(lang: str, told: Report, mode: str) -> Html:
    """The day: today's change first, then the total and its parts; each grid below."""
    head = say(lang, "report.leaving" if told.leaving else "report.head", day=told.day)
    sums = [_day(lang, quote, list(told.grids)) for quote in _quotes(told.grids)]
    shown = [_grid_of_day(lang, line) for line in told.grids]
    empty = None if shown else say(lang, "report.empty")
    tail = lines(
        _orders_kept(lang, told) if told.leaving else say(lang, "report.next"),
        foot(lang, mode),
    )
    return fitted(lang, lines(head, *sums, empty), shown, tail, gap="\n\n")


def risk(lang: str, summary: Summary, grids: Mapping[GridId, Grid]) -> Html:
    """The account's daily loss limit, and each grid's limits with where they stand."""
    today = today_of(summary) or Html(gain(ZERO))
    limit = limit_of(summary)
    daily = (
        say(lang, "risk.daily.off", today=today) if limit is None else say(lang, "risk.daily", limit=limit, today=today)
    )
    open_grids = [line for line in summary.grids if line.phase is not Phase.STOPPED]
    shown = [_limits_of_grid(lang, line, grid) for line in open_grids if (grid := grids.get(line.grid_id)) is not None]
    head = lines(*alarms(lang, summary), daily, None if shown else say(lang, "risk.empty"))
    tail = lines(say(lang, "risk.next"), foot(lang, summary.mode))
    return fitted(lang, head, shown, tail, gap="\n\n")


def _parts(line: GridLine) -> dict[str, str]:
    return parts_figures(line.standing.grid_profit, line.standing.floating)


def _quotes(grid_lines: Iterable[GridLine]) -> list[Asset]:
    return list(dict.fromkeys(line.quote for line in grid_lines))


def _day(lang: str, quote: Asset, grid_lines: list[GridLine]) -> Html:
    own = [line for line in grid_lines if line.quote == quote]
    return say(
        lang,
        "report.quote",
        quote=quote,
        **sums_of(own),
        trips=sum(line.trips_today for line in own),
        fills=sum(line.fills_today for line in own),
    )


def _grid_of_day(lang: str, line: GridLine) -> Html:
    return say(
        lang,
        "report.grid",
        grid=line.grid_id,
        symbol=line.symbol,
        phase=say(lang, f"phase.{line.phase}"),
        quote=line.quote,
        trips_today=line.trips_today,
        fills_today=line.fills_today,
        trips=line.standing.round_trips,
        **standing_figures(line.standing),
    )


def _orders_kept(lang: str, told: Report) -> Html:
    return say(lang, "report.kept" if told.orders_kept else "report.none", orders=told.orders_kept)


def _limits_of_grid(lang: str, line: GridLine, grid: Grid) -> Html:
    spec, bid, quote = grid.spec, price(line.standing.price), line.quote
    head = say(lang, "risk.grid", grid=line.grid_id, symbol=line.symbol, phase=say(lang, f"phase.{line.phase}"))
    stop = _trigger(lang, "risk.stop", price(spec.stop_loss) if spec.stop_loss else None, bid)
    take = _trigger(lang, "risk.take", price(spec.take_profit) if spec.take_profit else None, bid)
    maxpos = say(lang, "risk.maxpos", money=cost(grid.max_position), quote=quote, cost=cost(grid.cost))
    then = say(lang, "limits.sold" if spec.sell_on_limit else "limits.kept")
    return lines(head, _max_loss(lang, line, grid), stop, take, maxpos, then)


def _trigger(lang: str, key: str, at: str | None, bid: str) -> Html:
    return say(lang, f"{key}.off") if at is None else say(lang, key, price=at, bid=bid)


def _max_loss(lang: str, line: GridLine, grid: Grid) -> Html:
    share = grid.spec.max_loss
    if share is None:
        return say(lang, "risk.maxloss.off")
    return say(
        lang,
        "risk.maxloss",
        share=percent(share),
        money=cost(share * grid.money),
        quote=escape(line.quote),
        total=_parts(line)["total"],
    )
