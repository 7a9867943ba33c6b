"""How things stand now: /status, /grids and /balance. Total before grid profit, the figure that matters first."""

from collections.abc import Mapping
from decimal import Decimal

from bot.languages import catalogue
from bot.owner.views import BalanceLine, Summary
from bot.telegram.texts.catalogue import Html, listed, say
from bot.telegram.texts.daily import limit_of, today_of
from bot.telegram.texts.exits import ends_rule, lasting, opens_again
from bot.telegram.texts.gates import awaited_lines, buying_paused
from bot.telegram.texts.limits import own_limits
from bot.telegram.texts.numbers import (
    Figures,
    change,
    coin_share,
    coins,
    exact,
    fee_percent,
    gain,
    price,
    total_of,
    worth,
)
from bot.telegram.texts.phrases import duration, fitted, foot, lines, phase_of
from bot.telegram.texts.shifts import shift_line
from bot.telegram.texts.sums import Sums
from strategy.grid.sizing import compounded
from strategy.messages.reports import GridLine
from strategy.model.grid import Grid, Phase
from strategy.model.levels import Wait
from strategy.model.market import DOLLARS
from strategy.model.money import ZERO
from strategy.model.orders import GridId

_FINISHED_SHOWN = 3
"""Grids that are over and stand in the list without being asked for."""
_HOLDERS_SHOWN = 5
"""Grids that are named beside an asset; what the others hold is told as one."""


def status(lang: str, summary: Summary, grids_by_id: Mapping[GridId, Grid] | None = None) -> Html:
    """Everything at a glance. With the grids themselves it also shows their ranges, orders and fills."""
    known, sums = grids_by_id or {}, Sums(summary.grids)
    shown = [_grid_card(lang, line, sums.of(line), known.get(line.grid_id), summary) for line in summary.grids]
    head = lines(*alarms(lang, summary), *_totals(lang, sums))
    return fitted(lang, head, shown, _rest(lang, summary), gap="\n\n", left_out=lambda at: sums.left_out(lang, at))


def one_grid(lang: str, summary: Summary, grid: Grid) -> Html:
    """One grid of them, as the whole status shows it, with its limits."""
    sums, own = Sums(summary.grids), [line for line in summary.grids if line.grid_id == grid.id]
    shown = (_grid_card(lang, line, sums.of(line), grid, summary) for line in own)
    ends = grid.phase in (Phase.STOPPING, Phase.STOPPED)
    limits = (_limits(lang, line, grid, sums, summary) for line in own if not ends)
    return lines(*alarms(lang, summary), *shown, *limits, foot(lang, summary.mode))


def _limits(lang: str, line: GridLine, grid: Grid, sums: Sums, summary: Summary) -> Html:
    bid = None if line.symbol in summary.unpriced else line.standing.price
    return own_limits(lang, line, grid, bid, sums.amount_of(line))


def grids(lang: str, summary: Summary, *, whole: bool = False) -> Html:
    """A line or two a grid; of those that are over only the last few, unless the `whole` list is wanted."""
    over = sorted((line for line in summary.grids if _is_over(line)), key=lambda line: -line.grid_id)
    kept = over if whole else over[:_FINISHED_SHOWN]
    lines_shown = [*(line for line in summary.grids if not _is_over(line)), *kept]
    put_away = len(over) - len(kept)
    sums = Sums(lines_shown)
    shown = [
        say(
            lang,
            "grids.line",
            grid=line.grid_id,
            symbol=line.symbol,
            phase=phase_of(lang, line),
            quote=line.quote,
            **sums.of(line),
        )
        for line in lines_shown
    ]
    head = lines(*alarms(lang, summary), None if shown else say(lang, "status.empty"))
    archive = say(lang, "grids.archive", count=put_away) if put_away else None
    tail = lines(archive, say(lang, "grids.next") if shown else None, foot(lang, summary.mode))
    return fitted(lang, head, shown, tail, left_out=lambda at: sums.left_out(lang, at))


def _is_over(line: GridLine) -> bool:
    """Stopped, and it holds nothing that could still be sold."""
    return line.phase is Phase.STOPPED and not line.standing.coins


def balance(lang: str, summary: Summary) -> Html:
    """Each asset: what is there, free, in orders, held for grids, lent."""
    shown = [_asset(lang, line) for line in summary.balances]
    head = "" if shown else say(lang, "balance.empty")
    lent = any(line.lent and not line.uses_lent for line in summary.balances)
    used = any(line.lent and line.uses_lent for line in summary.balances)
    notes = (
        say(lang, "balance.note") if shown else None,
        say(lang, "balance.lent") if lent else None,
        say(lang, "balance.lent_used") if used else None,
    )
    return fitted(lang, head, shown, lines(*notes, foot(lang, summary.mode)))


def alarms(lang: str, summary: Summary) -> tuple[Html | None, ...]:
    """Why nothing trades, if it doesn't."""
    halt, trouble, store = summary.halt, summary.interruption, summary.unwritable
    halted = say(lang, "status.halt", halt=say(lang, f"halt.{halt}")) if halt else None
    unwritten = None
    if store is not None:
        lasted = duration(lang, summary.at - store.since)
        unwritten = say(lang, "status.unwritable", lasted=lasted, text=store.text)
    left = summary.opening_paused
    opening = say(lang, "status.opening_paused", left=duration(lang, left)) if left > 0 else None
    if trouble is None:
        return unwritten, halted, opening
    key = f"cause.{trouble.cause}"
    cause = say(lang, key if key in catalogue(lang) else "cause.other")
    since = duration(lang, summary.at - trouble.since)
    return unwritten, halted, opening, say(lang, "status.trouble", cause=cause, lasted=since, text=trouble.text or None)


def _totals(lang: str, sums: Sums) -> list[Html | None]:
    totals = [say(lang, "status.total", **sums.total(quote), quote=quote) for quote in sums.by_quote]
    return [*(totals or [say(lang, "status.empty")]), sums.apart(lang)]


def _grid_card(lang: str, line: GridLine, figures: Figures, grid: Grid | None, summary: Summary) -> Html:
    standing, has_price = line.standing, line.symbol not in summary.unpriced
    head = say(
        lang,
        "status.grid",
        grid=line.grid_id,
        symbol=line.symbol,
        phase=phase_of(lang, line),
    )
    work = say(
        lang,
        "status.work",
        trips=standing.round_trips,
        fees=figures["fees"],
        quote=line.quote,
        coins=exact(standing.coins) if standing.coins else None,
        base=line.base,
    )
    result = say(lang, "status.result", **figures, quote=line.quote)
    own, opens = _own_profit(lang, line, grid), awaited_lines(lang, line.awaits, line.quote)
    cautions = cautions_of(lang, line, grid, summary)
    return lines(head, *opens, result, _range(lang, line, grid, has_price=has_price), work, *own, *cautions)


def cautions_of(lang: str, line: GridLine, grid: Grid | None, summary: Summary) -> tuple[Html | None, ...]:
    """What a grid waits for, or does beside trading its levels."""
    is_blind = line.symbol in summary.unpriced and not _is_over(line)
    return (
        say(lang, "status.blind", symbol=line.symbol) if is_blind else None,
        lasting(lang, grid),
        opens_again(lang, grid, summary.at, summary.opening_paused),
        ends_rule(lang, grid.spec) if grid is not None and grid.will_trade else None,
        shift_line(lang, grid),
        buying_paused(lang, line, summary.at),
        _frozen(lang, line, grid),
        _unfit(lang, line, grid),
        _unpaid(lang, line, grid, summary.at),
    )


def _own_profit(lang: str, line: GridLine, grid: Grid | None) -> list[Html]:
    """Where its profit has gone: into coins that are kept, and into larger orders."""
    if grid is None:
        return []
    kept, grown = grid.kept.quantity, compounded(grid)
    at = worth(kept * line.standing.price, line.quote)
    told = [say(lang, "status.kept", coins=coins(kept), base=line.base, worth=at, quote=line.quote)] if kept else []
    return [*told, say(lang, "status.compounded", money=worth(grown, line.quote), quote=line.quote)] if grown else told


def _frozen(lang: str, line: GridLine, grid: Grid | None) -> Html | None:
    """The levels whose coins are gone."""
    if grid is None or not grid.phase.trades:
        return None
    frozen = sum(level.wait is Wait.COINS for level in grid.levels.values())
    return say(lang, "status.frozen", frozen=frozen, base=line.base, grid=line.grid_id) if frozen else None


def _unfit(lang: str, line: GridLine, grid: Grid | None) -> Html | None:
    """The levels for whose orders the market's rules have no room now."""
    if grid is None or not grid.phase.trades or not grid.market.takes_orders:
        return None
    unfit = [level for level in grid.levels.values() if level.wait is Wait.MARKET]
    small = any(level.quantity < grid.market.least_quantity for level in unfit)  # against a price nothing larger helps
    larger = line.grid_id if small else None
    return say(lang, "status.unfit", unfit=len(unfit), symbol=line.symbol, larger=larger) if unfit else None


def _unpaid(lang: str, line: GridLine, grid: Grid | None, at: int) -> Html | None:
    """The levels without an order for want of money, as the exchange has it, and when the first of them is tried."""
    if grid is None or not grid.phase.trades:
        return None
    unpaid = [level for level in grid.levels.values() if level.order is None and level.wait is Wait.MONEY]
    tried = [level.denied.until for level in unpaid if level.denied is not None]
    left = duration(lang, max(0, min(tried) - at)) if tried else None
    return say(lang, "status.unpaid", unpaid=len(unpaid), left=left, grid=line.grid_id) if unpaid else None


def _range(lang: str, line: GridLine, grid: Grid | None, *, has_price: bool) -> Html | None:
    bid = price(line.standing.price) if has_price else None
    if grid is None:
        return say(lang, "status.price", price=bid, quote=line.quote) if bid else None
    return say(
        lang,
        "status.range",
        lower=price(grid.lowest),
        upper=price(grid.highest),
        price=bid,
        quote=line.quote,
        orders=grid.known_live,
        fills=grid.books.fills,
    )


def _rest(lang: str, summary: Summary) -> Html:
    orders = say(
        lang,
        "status.orders",
        open=summary.open_orders,
        waiting=summary.waiting_levels or None,
        limbo=summary.limbo or None,
        foreign=summary.foreign_orders or None,
    )
    held = [_balance_line(lang, line) for line in summary.balances[:12]]
    balances = lines(say(lang, "status.balances"), *held) if held else None
    fees = say(
        lang,
        "status.fees",
        maker=fee_percent(summary.fees.maker),
        taker=fee_percent(summary.fees.taker),
    )
    return lines(orders, balances, _daily(lang, summary), fees, _age(lang, summary), foot(lang, summary.mode))


def _balance_line(lang: str, line: BalanceLine) -> Html:
    """At a glance: dollars as money, to the cent; /balance has every decimal."""
    dollars = line.asset in DOLLARS
    return say(
        lang,
        "status.balance",
        asset=line.asset,
        total=worth(line.total, line.asset) if dollars else coins(line.total),
        free=worth(line.free, line.asset) if dollars else coins(line.free),
        change=gain(line.change, line.asset) if dollars else change(line.change),
    )


def _daily(lang: str, summary: Summary) -> Html:
    if summary.daily_loss is None:
        return say(lang, "status.daily.off")
    return say(lang, "status.daily", limit=limit_of(summary), today=today_of(lang, summary))


def _age(lang: str, summary: Summary) -> Html:
    uptime = duration(lang, summary.uptime)
    if summary.prices_age is None:
        return say(lang, "status.uptime", uptime=uptime)
    return say(lang, "status.prices", age=duration(lang, summary.prices_age), uptime=uptime)


def _asset(lang: str, line: BalanceLine) -> Html:
    return say(
        lang,
        "balance.asset",
        asset=line.asset,
        change=change(line.change),
        orders=coins(line.locked) if line.locked else None,
        short=coins(line.reserved - line.held) if line.reserved > line.held else None,
        usable=coins(line.lent) if line.lent and line.uses_lent else None,
        **_places(lang, line),
    )


def _places(lang: str, line: BalanceLine) -> dict[str, Html | str | None]:
    """Where everything of an asset is, as shares that sum to what is there; free is never too much."""
    places = {"free": line.free, "foreign": line.foreign, "staked": line.staked}
    places["lent"] = ZERO if line.uses_lent else line.lent
    places["unbooked"] = line.unbooked
    shown = {name: coin_share(value) for name, value in places.items()}
    there = coin_share(line.total)
    held = there - total_of(shown.values())
    optional = {name: exact(value) if value else None for name, value in (shown | {"held": held}).items()}
    whole = {"total": exact(there), "free": exact(shown["free"]), "by_grid": _by_grid(lang, line, held)}
    return {**optional, **whole}


def _by_grid(lang: str, line: BalanceLine, held: Decimal) -> Html | None:
    """Whose it is, where all of it is there: shares that sum to what is held."""
    if line.reserved > line.held or not line.by_grid:
        return None
    *most, (last, _) = line.by_grid.items()
    shares = {grid_id: coin_share(value) for grid_id, value in most}
    shares[last] = held - total_of(shares.values())
    told = [say(lang, "balance.grid", grid=grid_id, held=exact(value)) for grid_id, value in shares.items()]
    if len(told) > _HOLDERS_SHOWN:
        rest = total_of(list(shares.values())[_HOLDERS_SHOWN:])
        more = say(lang, "balance.grids", grids=len(told) - _HOLDERS_SHOWN, held=exact(rest))
        told = [*told[:_HOLDERS_SHOWN], more]
    return Html(listed(lang, told))
