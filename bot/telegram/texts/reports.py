"""A day's figures and the limits: /report and the statistics on leaving, /risk."""

from collections.abc import Mapping, Sequence

from bot.owner.views import Summary, Together
from bot.telegram.texts.cards import alarms
from bot.telegram.texts.catalogue import Html, escape, listed, say
from bot.telegram.texts.daily import limit_of, today_of
from bot.telegram.texts.exits import at_limits
from bot.telegram.texts.limits import hits, together
from bot.telegram.texts.numbers import Figures, coins, cost, gain, percent, price, worth
from bot.telegram.texts.phrases import fitted, foot, lines, phase_of
from bot.telegram.texts.shadows import night
from bot.telegram.texts.sums import Sums
from strategy.messages.reports import GridLine, Report
from strategy.model.grid import Grid, Phase
from strategy.model.market import Asset
from strategy.model.money import ZERO
from strategy.model.orders import GridId


def report(lang: str, told: Report, mode: str) -> Html:
    """The day: today's change first, then the total and its parts; each grid below."""
    sums = Sums(told.grids)
    made = listed(lang, (f"{sums.total(quote)['today']} {quote}" for quote in sums.by_quote)) or None
    key = "report.leaving" if told.leaving else "report.days" if told.last else "report.head"
    head = say(lang, key, day=told.day, last=told.last, begins=told.begins, today=made)
    days = [_day(lang, told, quote, own, sums.total(quote)) for quote, own in sums.by_quote.items()]
    shown = [_grid_of_day(lang, told, line, sums.of(line)) for line in told.grids]
    nothing = "report.empty" if not told.over else "report.none_days" if told.last else "report.none_then"
    empty = None if shown else say(lang, nothing)
    tail = lines(
        sums.apart(lang),
        None if told.shadow is None else night(lang, told.shadow),
        _orders_kept(lang, told) if told.leaving else say(lang, "report.next"),
        foot(lang, mode),
    )
    return fitted(
        lang,
        lines(head, *days, empty),
        shown,
        tail,
        gap="\n\n",
        left_out=lambda at: sums.left_out(lang, at),
    )


def risk(lang: str, summary: Summary, grids: Mapping[GridId, Grid], seen: Together) -> Html:
    """The limits of all grids together, and each grid's own, with where they stand; the last that were reached."""
    today = today_of(lang, summary)
    limit = limit_of(summary)
    daily = (
        say(lang, "risk.daily.off", today=today) if limit is None else say(lang, "risk.daily", limit=limit, today=today)
    )
    sums = Sums(summary.grids)
    shown = [
        _limits_of_grid(lang, line, grid, sums.of(line)) if line.phase is not Phase.STOPPED else _kept(lang, line, grid)
        for line in summary.grids
        if (grid := grids.get(line.grid_id)) is not None and (line.phase is not Phase.STOPPED or line.standing.coins)
    ]
    head = lines(*alarms(lang, summary), daily, together(lang, seen), None if shown else say(lang, "risk.empty"))
    tail = lines(hits(lang, seen), say(lang, "risk.next"), foot(lang, summary.mode))
    return fitted(lang, head, shown, tail, gap="\n\n")


def _day(lang: str, told: Report, quote: Asset, own: Sequence[GridLine], figures: Figures) -> Html:
    return say(
        lang,
        f"report.quote{_then(told)}",
        quote=quote,
        **figures,
        trips=sum(line.trips_today for line in own),
        fills=sum(line.fills_today for line in own),
    )


def _then(told: Report) -> str:
    """Which sentences: of several days, of one that is over, or of today."""
    if told.last:
        return ".days" if told.over else ".so_far"
    return ".over" if told.over else ""


def _grid_of_day(lang: str, told: Report, line: GridLine, figures: Figures) -> Html:
    return say(
        lang,
        f"report.grid{_then(told)}",
        grid=line.grid_id,
        symbol=line.symbol,
        phase=phase_of(lang, line),
        quote=line.quote,
        trips_today=line.trips_today,
        fills_today=line.fills_today,
        trips=line.standing.round_trips,
        **figures,
    )


def _orders_kept(lang: str, told: Report) -> Html:
    kept = say(lang, "report.kept", orders=told.orders_kept) if told.orders_kept else None
    unknown = say(lang, "report.unknown", orders=told.orders_unknown) if told.orders_unknown else None
    return lines(kept, unknown) if kept or unknown else say(lang, "report.none")


def _limits_of_grid(lang: str, line: GridLine, grid: Grid, figures: Figures) -> Html:
    spec, bid, quote = grid.spec, price(line.standing.price), line.quote
    head = say(lang, "risk.grid", grid=line.grid_id, symbol=line.symbol, phase=phase_of(lang, line))
    stop = _trigger(lang, "risk.stop", price(grid.stop_price) if grid.stop_price else None, bid)
    take = _trigger(lang, "risk.take", price(spec.take_profit) if spec.take_profit else None, bid)
    maxpos = say(lang, "risk.maxpos", money=cost(grid.max_position, quote), quote=quote, cost=cost(grid.cost, quote))
    then = at_limits(lang, spec)
    loss, drawdown = _max_loss(lang, line, grid, figures), _max_drawdown(lang, line, grid)
    return lines(head, loss, drawdown, stop, take, maxpos, then)


def _kept(lang: str, line: GridLine, grid: Grid) -> Html:
    """A grid that is over risks what its coins are worth: they count for the exposure, and nothing sells them."""
    standing, quote = line.standing, line.quote
    head = say(lang, "risk.grid", grid=line.grid_id, symbol=line.symbol, phase=phase_of(lang, line))
    held = say(
        lang,
        "risk.kept",
        coins=coins(standing.coins),
        base=line.base,
        cost=cost(grid.cost, quote),
        worth=worth(standing.coins * standing.price, quote),
        quote=quote,
        grid=line.grid_id,
    )
    return lines(head, held)


def _trigger(lang: str, key: str, at: str | None, bid: str) -> Html:
    return say(lang, f"{key}.off") if at is None else say(lang, key, price=at, bid=bid)


def _max_drawdown(lang: str, line: GridLine, grid: Grid) -> Html | None:
    share, most = grid.spec.max_drawdown, grid.most_drawdown
    if share is None or most is None:
        return None
    fall = min(ZERO, line.standing.total - grid.adapted.since - grid.adapted.highest)
    return say(
        lang,
        "risk.maxdrawdown",
        share=percent(share),
        money=cost(most, line.quote),
        quote=escape(line.quote),
        fall=gain(fall, line.quote),
    )


def _max_loss(lang: str, line: GridLine, grid: Grid, figures: Figures) -> Html:
    share, most, since = grid.spec.max_loss, grid.most_loss, grid.adapted.since
    if share is None or most is None:
        return say(lang, "risk.maxloss.off")
    return say(
        lang,
        "risk.maxloss",
        share=percent(share),
        money=cost(most, line.quote),
        quote=escape(line.quote),
        total=gain(line.standing.total - since, line.quote) if since else figures["total"],
    )
