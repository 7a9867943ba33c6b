"""How grids end, as text: what each way of stopping comes to, a sale that rests, buying that is paused."""

from collections.abc import Mapping

from bot.owner.views import Comes, WaysOut
from bot.telegram.texts.catalogue import Html, Value, button, listed, say
from bot.telegram.texts.numbers import (
    Screen,
    coins,
    cost,
    exact,
    gain,
    in_parts,
    percent,
    price,
    standing_figures,
    told,
    worth,
)
from bot.telegram.texts.phrases import beside, duration, lines
from strategy.grid.sizing import TAKER_MARGIN
from strategy.messages.exits import BuyingPaused, EndDate, OpensAgain, SaleRests, StopRose, TrailBegun
from strategy.messages.problems import ProblemCode
from strategy.model.grid import Grid, Phase
from strategy.model.market import Asset
from strategy.model.money import ONE, ZERO
from strategy.model.orders import Purpose
from strategy.model.spec import GridSpec
from strategy.model.stops import StopReason, Trailed, Way

_LIMITS = (
    StopReason.STOP_LOSS,
    StopReason.TAKE_PROFIT,
    StopReason.MAX_LOSS,
    StopReason.MAX_DRAWDOWN,
    StopReason.TRAILING,
)
"""Of which those are named that a grid has; where it has none, the first three, which any may get."""


def stop_text(lang: str, grid: Grid, ways: WaysOut, *, can_sell: bool, has_price: bool) -> Html:
    """What stopping this grid means, and what each way would bring at the prices of now."""
    quote, totals = grid.market.quote, _totals(grid, ways)
    ended = _ended(grid)
    head = say(
        lang,
        f"stop.ask{ended}" if has_price or not can_sell else f"stop.ask_blind{ended}",
        grid=grid.id,
        symbol=grid.spec.symbol,
        coins=coins(grid.coins) if can_sell else None,
        base=grid.market.base,
        price=price(ways.price),
        quote=quote,
        total=totals["kept"],
        at_once=button(lang, label_of(grid, Way.NOW)),
    )
    named = [name for name in totals if name != "kept" or grid.phase is not Phase.STOPPED]
    each = [_way(lang, grid, ways, name, totals[name]) for name in named] if can_sell and has_price else []
    buying = grid.phase.trades and grid.adapted.buying
    rest = say(lang, "stop.way.buying") if buying else None
    return lines(head, *each, rest, _lacks(lang, grid, ways, can_sell=can_sell))


def label_of(grid: Grid, way: Way | None) -> str:
    """What stands on the button of this way, or of none, which keeps the coins: what it does now and nothing more."""
    if way is None:
        return "keep_rest" if _ended(grid) else "stop"
    if way is not Way.NOW or not _ended(grid):
        return f"stop_{way}"
    return "sell_now" if grid.market.fitting(grid.coins) else "free_coins"


def _ended(grid: Grid) -> str:
    """It trades no more: it is over, or only its sale rests still."""
    if grid.phase is Phase.STOPPING and grid.stop is not None and grid.stop.rests:
        return "_rests"
    return "_over" if grid.phase is Phase.STOPPED else ""


def _totals(grid: Grid, ways: WaysOut) -> Mapping[str, str]:
    """The grid's total after each way, in the parts that /status and the end will show: it is the same figure there."""
    made, quote = grid.books, grid.market.quote
    kept = in_parts(grid_profit=made.grid_profit, stop_sales=made.stop_sales, floating=ways.kept.total - made.realised)
    sold = {
        name: in_parts(grid_profit=made.grid_profit, stop_sales=comes.total - made.grid_profit, floating=ZERO)
        for name, comes in (("now", ways.now), ("slowly", ways.slowly), ("even", ways.even))
    }
    screen = Screen((kept, *sold.values()), quote)
    comes_to = (told(one.total, screen.decimals, quote) for one in screen.parts[1:])
    return {"kept": str(standing_figures(kept, quote)["total"]), **dict(zip(sold, comes_to, strict=True))}


def _way(lang: str, grid: Grid, ways: WaysOut, name: str, total: str) -> Html:
    comes: Comes = getattr(ways, name)
    walked = ways.walked if name == "now" and ways.walked and ways.walked.sold else None
    book = {"average": price(walked.brings / walked.sold), "lowest": price(walked.lowest)} if walked else {}
    above = ways.even_price / ways.price - ONE
    line = say(
        lang,
        "stop.way.book" if walked else "stop.way.past" if name == "even" and above <= 0 else f"stop.way.{name}",
        proceeds=worth(comes.proceeds, grid.market.quote),
        total=total,
        quote=grid.market.quote,
        price=price(ways.even_price) if name == "even" else None,
        above=percent(above, up=True) if name == "even" and above > 0 else None,
        keeping=button(lang, label_of(grid, None)),
        at_once=button(lang, label_of(grid, Way.NOW)),
        **book,
    )
    return lines(line, _book(lang, grid, ways)) if name == "now" else line


def _book(lang: str, grid: Grid, ways: WaysOut) -> Html | None:
    """What the order book has no buyers for, or that it is not known."""
    walked, base = ways.walked, grid.market.base
    if walked is None:
        return say(lang, "stop.book.unread", margin=percent(TAKER_MARGIN))
    if not walked.sold:
        return say(lang, "stop.book.empty", base=base)
    if walked.sold >= grid.market.fitting(ways.coins):
        return None
    shown = {"sold": coins(walked.sold), "coins": coins(ways.coins), "lowest": price(walked.lowest)}
    return say(lang, "stop.book.thin", base=base, **shown)


def _lacks(lang: str, grid: Grid, ways: WaysOut, *, can_sell: bool) -> Html | None:
    """Coins that are gone, or too few to sell."""
    base = grid.market.base
    if gone := grid.coins - ways.coins:
        return say(lang, "stop.missing", gone=coins(gone), base=base)
    if not grid.coins or can_sell:
        return None
    return say(
        lang,
        "stop.dust",
        coins=coins(grid.coins),
        base=base,
        least=exact(grid.market.least_quantity),
        at_once=button(lang, label_of(grid, Way.NOW)),
    )


def lasting(lang: str, grid: Grid | None) -> Html | None:
    """What of a grid lasts until its owner or the market ends it: a sale that rests, a pause of buying."""
    if grid is None:
        return None
    if grid.phase is Phase.STOPPING and grid.stop is not None and grid.stop.rests:
        asked = [order.price for order in grid.live if order.purpose is Purpose.STOP]
        return say(
            lang,
            f"status.sale.{grid.stop.way}",
            price=price(asked[0]) if asked else None,
            quote=grid.market.quote,
            grid=grid.id,
        )
    if grid.trail_price is not None and grid.phase is not Phase.STOPPING:
        peak = price(grid.adapted.peak or ZERO)
        return say(
            lang, "status.trailing", peak=peak, stop=price(grid.trail_price), quote=grid.market.quote, grid=grid.id
        )
    if grid.phase.trades and not grid.adapted.buying:
        return say(lang, "status.not_buying", grid=grid.id)
    return None


def at_limits(lang: str, spec: GridSpec) -> Html:
    """What each limit that there is does with the coins, and whether the stop rises."""
    values = (spec.stop_loss, spec.take_profit, spec.max_loss, spec.max_drawdown, spec.trail)
    there = dict(zip(_LIMITS, values, strict=True))
    if spec.trail_start == spec.take_profit:  # from there on the coins follow the price
        there[StopReason.TAKE_PROFIT] = None
    limits = [reason for reason, limit in there.items() if limit is not None] or _LIMITS[:3]
    sold = [reason for reason in limits if spec.sells_at(reason)]
    kept = [reason for reason in limits if reason not in sold]
    shown = {
        name: listed(lang, [say(lang, f"reason.{reason}") for reason in reasons])
        for name, reasons in (("sold", sold), ("kept", kept))
    }
    does = say(lang, "limits.kept" if not sold else "limits.sold" if not kept else "limits.mixed", **shown)
    rises = spec.stop_rises and spec.stop_loss is not None
    return beside(lang, does, say(lang, "limits.rises")) if rises else does


def ending(lang: str, told: BuyingPaused | SaleRests | StopRose | OpensAgain | EndDate | TrailBegun) -> Html:
    """One of these notices as a message."""
    match told:
        case OpensAgain():
            return _again(lang, told)
        case EndDate():
            return _end_date(lang, told)
        case TrailBegun():
            return _trail_begun(lang, told)
        case StopRose():
            return say(
                lang,
                "stop_rose",
                grid=told.grid_id,
                symbol=told.symbol,
                quote=told.quote,
                level=told.level,
                before=price(told.before),
                stop=price(told.stop),
            )
        case BuyingPaused(over=over, grid_id=grid, symbol=symbol):
            return say(lang, "buying_paused.over" if over else "buying_paused", grid=grid, symbol=symbol)
        case SaleRests():
            return say(
                lang,
                f"sale_rests.{told.way}",
                grid=told.grid_id,
                symbol=told.symbol,
                coins=exact(told.coins),
                base=told.base,
                price=price(told.price),
                quote=told.quote,
            )


def _again(lang: str, told: OpensAgain) -> Html:
    """It waits like a new grid, trades on, or lacks the money."""
    quote = told.quote
    at: dict[str, Value] = {"grid": told.grid_id, "symbol": told.symbol, "quote": quote}
    if told.needed is not None and told.free is not None:
        return say(lang, "opens_again.lacks", needed=cost(told.needed, quote), free=cost(told.free, quote), **at)
    if not told.fits:
        return say(lang, "opens_again.unfit" if told.earns else "opens_again.loses", **at)
    if told.coins:
        return say(lang, "opens_again.kept", coins=coins(told.coins), base=told.base, **at)
    less = cost(told.before, quote) if told.money < told.before else None
    return say(lang, "opens_again", money=cost(told.money, quote), before=less, **at)


def opens_again(lang: str, grid: Grid | None, at: int, paused: int = 0) -> Html | None:
    """When a grid that a limit has stopped opens again, or what it has to wait for although it is due. `paused` are the
    milliseconds for which nothing opens.
    """
    due = grid.again_at if grid is not None else None
    if grid is None or due is None:
        return None
    if at < due:
        return say(lang, "status.again", grid=grid.id, left=duration(lang, max(due - at, paused)))
    return say(lang, _HELD_BY.get(grid.adapted.again_held, "status.again.due"), grid=grid.id)


_HELD_BY = {
    ProblemCode.NO_MONEY.value: "status.again.money",
    ProblemCode.LOSES.value: "status.again.fees",
}


def _end_date(lang: str, told: EndDate) -> Html:
    """It ends tomorrow, or it has begun to."""
    held = coins(told.coins) if told.coins else None
    kept = say(lang, "limit.coins.sold" if told.sell else "limit.coins.kept", quantity=held, base=told.base)
    if told.over:
        at: dict[str, Value] = {"grid": told.grid_id, "symbol": told.symbol, "day": told.day}
        return say(lang, "end_date.over", orders=told.orders, coins=kept, **at)
    then = say(lang, "end_date.sells" if told.sell else "end_date.keeps")
    return say(lang, "end_date", grid=told.grid_id, symbol=told.symbol, day=told.day, then=then)


def ends_rule(lang: str, spec: GridSpec) -> Html | None:
    """On which day it ends, and what becomes of its coins then."""
    if spec.ends is None:
        return None
    sells = spec.sells_at(StopReason.END_DATE)
    return say(lang, "preview.ends", day=spec.ends, then=say(lang, "end_date.sells" if sells else "end_date.keeps"))


def _trail_begun(lang: str, told: TrailBegun) -> Html:
    """From here on the coins follow the price."""
    return say(
        lang,
        "trail_begun",
        grid=told.grid_id,
        symbol=told.symbol,
        quote=told.quote,
        price=price(told.price),
        stop=price(told.stop),
        orders=told.orders,
        coins=coins(told.coins),
        base=told.base,
        then=say(lang, "trail_begun.sells" if told.sell else "trail_begun.keeps"),
    )


def against_ladder(lang: str, trail: Trailed | None, quote: Asset, base: Asset, *, done: bool) -> Html | None:
    """What following the price has earned or cost, held against the selling prices of the ladder's own levels."""
    if trail is None:
        return None
    if not trail.coins:
        return say(lang, "trailed.none", peak=price(trail.peak), quote=quote)
    made = trail.sale - trail.ladder
    return say(
        lang,
        "trailed.done" if done else "trailed",
        peak=price(trail.peak),
        coins=coins(trail.coins),
        base=base,
        sale=worth(trail.sale, quote),
        ladder=worth(trail.ladder, quote),
        made=gain(made, quote),
        quote=quote,
    )
