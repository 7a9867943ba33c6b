"""What a grid would be, before it is started: what it needs, earns and can lose. Its picture is in `pictures`."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from bot.telegram.texts.catalogue import Html, listed, say
from bot.telegram.texts.exits import at_limits, ends_rule
from bot.telegram.texts.gates import awaited_lines, fall_rule, gate_rule, hours_rule
from bot.telegram.texts.numbers import cost, exact, exact_money, gain, money_shares, percent, price, worth
from bot.telegram.texts.phrases import foot, lines
from bot.telegram.texts.proposals import for_its_market, in_the_past
from bot.telegram.texts.shifts import shift_rule
from bot.telegram.texts.widths import width_rule
from bot.telegram.typed.kinds import Kind, Parameter, Place
from bot.telegram.typed.parameters import OF_GRID
from strategy.grid.opening import Preview
from strategy.grid.sizing import most_an_order
from strategy.model.levels import Level
from strategy.model.market import DOLLARS, Side
from strategy.model.money import ONE, ZERO
from strategy.model.positions import most_position
from strategy.model.stops import StopReason

MOST_LEVELS = 6
"""In the table; of more, the highest and the lowest three."""


def preview(lang: str, seen: Preview, mode: str, moves: Decimal | None = None) -> Html:
    """The money, what it may earn and lose, when it begins and ends; how that comes about folds, one tap away.

    `moves`: how far its market moves in an hour, as a fraction of the price; None where that is not known.
    """
    quote, money = seen.market.quote, _money(seen)
    return lines(
        _head(lang, seen, money),
        _profit(lang, seen),
        _worst(lang, seen),
        for_its_market(lang, seen),
        _stopped_before(lang, seen),
        _seeds(lang, seen, money),
        _range(lang, seen),
        _limits(lang, seen),
        _uncounted(lang, seen),
        *awaited_lines(lang, seen.awaits, quote),
        _waits(lang, seen),
        gate_rule(lang, seen.spec, seen.awaits),
        hours_rule(lang, seen.spec, seen.awaits),
        ends_rule(lang, seen.spec),
        fall_rule(lang, seen.spec),
        *shift_rule(lang, seen),
        Html(f"<blockquote expandable>{_details(lang, seen, money, moves)}</blockquote>"),
        say(lang, "preview.ask"),
        foot(lang, mode),
    )


def _details(lang: str, seen: Preview, money: Mapping[str, str | None], moves: Decimal | None) -> Html:
    quote = seen.market.quote
    return lines(
        _order(lang, seen),
        say(lang, "preview.parts", quote=quote, free=worth(seen.free, quote), **money),
        _fees(lang, seen),
        *_own_lines(lang, seen),
        width_rule(lang, seen.spec, seen.awaits, quote),
        say(lang, "preview.virtual", virtual=seen.virtual) if seen.virtual else None,
        *in_the_past(lang, seen.spec, moves),
        say(lang, "preview.levels", base=seen.market.base),
        *_table(seen.levels),
    )


def _money(seen: Preview) -> dict[str, str | None]:
    """What it sets aside, and for what: three shares that sum to the whole as they are shown."""
    buys = [level for level in seen.levels if seen.waits or level.side is Side.BUY]
    whole, seeds, orders = money_shares(
        seen.market.quote, seen.money, seen.seed_cost, sum((level.buy_price * level.quantity for level in buys), ZERO)
    )
    return {
        "money": exact_money(whole),
        "seeds": exact_money(seeds) if seeds else None,
        "orders": exact_money(orders) if orders else None,
        "reserve": exact_money(whole - seeds - orders),
    }


def _head(lang: str, seen: Preview, money: Mapping[str, str | None]) -> Html:
    quote, symbol, levels = seen.market.quote, seen.market.symbol, len(seen.levels)
    return say(lang, "preview.head", symbol=symbol, levels=levels, money=money["money"], quote=quote)


def _order(lang: str, seen: Preview) -> Html:
    # First coins are bought together, fees included, and may cost a level more than its buys will.
    an_order = worth(most_an_order(seen.spec, seen.levels), seen.market.quote)
    apart = say(lang, "preview.apart") if seen.seed_coins else None
    return say(lang, "preview.order", order=an_order, apart=apart, quote=seen.market.quote)


def _range(lang: str, seen: Preview) -> Html:
    return say(
        lang,
        "preview.range",
        lower=price(min(level.buy_price for level in seen.levels)),
        upper=price(max(level.sell_price for level in seen.levels)),
        price=price(seen.touch.bid),
        quote=seen.market.quote,
    )


def _profit(lang: str, seen: Preview) -> Html:
    least, most = (gain(one, seen.market.quote, fine=True) for one in (seen.least_profit, seen.most_profit))
    low, high = percent(seen.least_rate), percent(seen.most_rate)
    return say(
        lang,
        "preview.profit",
        least=least,
        most=None if most == least else most,
        least_rate=low,
        most_rate=None if high == low else high,
        quote=seen.market.quote,
    )


def _waits(lang: str, seen: Preview) -> Html | None:
    """That it does not open at once, and what becomes of its money meanwhile."""
    if not seen.awaits:
        return say(lang, "preview.waits") if seen.waits else None
    several = len(seen.awaits)
    return say(lang, "preview.awaits", several=several if several > 1 else None)


def _fees(lang: str, seen: Preview) -> Html:
    step = percent(seen.earning_step)
    return say(lang, "preview.fees", share=percent(seen.fee_share, up=True), step=step)


def _worst(lang: str, seen: Preview) -> Html:
    return say(
        lang,
        "preview.worst.open" if seen.spec.stop_loss is None else "preview.worst.stop",
        price=price(seen.worst_price),
        loss=gain(seen.worst_loss, seen.market.quote),
        quote=seen.market.quote,
    )


def _stopped_before(lang: str, seen: Preview) -> Html | None:
    """The maximum loss, where it is reached before the worst price is; or the drawdown, as long as nothing is won."""
    shares = {StopReason.MAX_LOSS: seen.spec.max_loss, StopReason.MAX_DRAWDOWN: seen.spec.max_drawdown}
    first, share = min(shares.items(), key=lambda one: one[1] or ONE)
    limit = -(share or ZERO) * seen.money
    if not limit or seen.worst_loss > limit:
        return None
    return say(
        lang,
        "preview.worst.maxloss",
        which=say(lang, f"reason.{first}"),
        loss=gain(limit, seen.market.quote),
        quote=seen.market.quote,
        kept=None if seen.spec.sells_at(first) else seen.market.base,
    )


def _seeds(lang: str, seen: Preview, money: Mapping[str, str | None]) -> Html | None:
    if not seen.seed_coins:
        return None
    return say(
        lang,
        "preview.seeds",
        coins=exact(seen.seed_coins),
        base=seen.market.base,
        cost=money["seeds"],
        quote=seen.market.quote,
    )


def _limits(lang: str, seen: Preview) -> Html:
    limits = (one for one in OF_GRID if one.preview is Place.LIMIT)
    shown = Html(listed(lang, (_limit(lang, seen, one, value) for one in limits if (value := _comes_to(seen, one)))))
    then = at_limits(lang, seen.spec)
    return say(lang, "preview.limits", limits=shown, coins=then)


def _limit(lang: str, seen: Preview, one: Parameter, value: Decimal) -> Html:
    """A limit as one of several: a price, an amount, or a share and what that comes to."""
    quote, money = seen.market.quote, None
    match one.kind:
        case Kind.PERCENT:
            shown, money = percent(value), cost(value * seen.money, quote)
        case Kind.MONEY:
            shown = cost(value, quote)
        case _:
            shown = price(value)
    return say(lang, f"parameter.{one.word}.limit", value=shown, money=money, quote=quote)


def _own_lines(lang: str, seen: Preview) -> Iterator[Html]:
    """The parameters that have a line of their own, as they were given."""
    for one in OF_GRID:
        if one.preview is Place.LINE and (value := _comes_to(seen, one)) is not None:
            shown = exact(value * 100 if one.kind is Kind.PERCENT else value)
            in_vain = one.field == "compound" and seen.spec.profit_in_coin  # nothing is left to compound
            key = "preview.compound.in_vain" if in_vain else f"parameter.{one.word}.line"
            yield say(lang, key, value=shown, quote=seen.market.quote, base=seen.market.base)


def _comes_to(seen: Preview, one: Parameter) -> Decimal | None:
    """The value of a parameter in this grid, also where it follows from others."""
    if one.field == "max_position":
        return most_position(seen.spec.max_position, seen.market.quote, seen.spec.quote_price, seen.money)
    value = getattr(seen.spec, one.field, None)
    return None if value is None or value is False else Decimal(value)


def _uncounted(lang: str, seen: Preview) -> Html | None:
    """The daily loss limit is one in USDC: what has no price there is not in it, which is said before it matters."""
    if seen.market.quote in DOLLARS or seen.spec.quote_price is not None:
        return None
    return say(lang, "preview.uncounted", quote=seen.market.quote)


def _table(levels: Sequence[Level]) -> Iterator[Html]:
    """Highest first, in columns; no words in it, so that it lines up in any language. Not one block: it is folded."""
    ordered = sorted(levels, key=lambda level: level.buy_price, reverse=True)
    many = len(ordered) > MOST_LEVELS
    shown = [*ordered[: MOST_LEVELS // 2], *ordered[-(MOST_LEVELS // 2) :]] if many else ordered
    rows = [(str(level.id), price(level.buy_price), price(level.sell_price), exact(level.quantity)) for level in shown]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    drawn = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    if many:
        drawn.insert(MOST_LEVELS // 2, "…".rjust(widths[0]))
    yield from (Html(f"<code>{row}</code>") for row in drawn)
