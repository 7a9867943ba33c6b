"""Grids that an owner might wish for in a world: every spacing, every limit, drawn from dice."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal
from random import Random

from strategy.model.market import Market
from strategy.model.money import ONE
from strategy.model.past import Measure
from strategy.model.spec import GridSpec, Shift, Spacing
from strategy.model.weeks import VolumeGoal
from tests.builders import USDC
from tests.simulation.markets import digits, in_quote

CENT = Decimal("0.01")


def a_wish(dice: Random, market: Market, price: Decimal, quote_price: Decimal | None) -> GridSpec:
    """A grid around the price, usually one that can be started. `quote_price` is USDC for a unit of its quote."""
    spacing = dice.choice(list(Spacing))
    # Of a coin that is worth less than a cent nobody types a price in cents.
    cent = digits(CENT, market.quote) if price > 1 or market.quote != USDC else ONE.scaleb(price.adjusted() - 5)
    limits = _limits(dice, price, cent)
    money = (
        {"total": in_quote(Decimal(dice.randint(200, 900)), market.quote)}
        if dice.random() < 0.3
        else {"quote_per_order": in_quote(Decimal(dice.randint(15, 120)), market.quote)}
    )
    if spacing is Spacing.INTERVAL:
        shape = {
            "interval": _part(price, dice, 4, 14, cent),
            "out_want": Decimal(dice.randint(35, 90)) / 10_000,
        }
    else:
        shape = {"lower": price - _part(price, dice, 10, 90, cent), "upper": price + _part(price, dice, 5, 80, cent)}
    exits = _exits(Random(f"exits {price} {limits}"), limits) | _trail(Random(f"trail {price} {limits}"), price, cent)
    said = {"symbol": market.symbol, "quote_price": quote_price, **shape, **money, **limits, **exits}
    wished = GridSpec(spacing=spacing, grids=dice.randint(2, 10), **said)  # type: ignore[arg-type]
    sized = _sized(wished, market, price, Random(f"{wished}{price} sizes"))
    divided = _divided(sized, Random(f"{market.symbol}{price}{wished.grids} envelope"))
    careful = _careful(divided, Random(f"{market.symbol}{price}{wished.grids} careful"))
    gated = _gated(careful, market, price, Random(f"{market.symbol}{price}{wished.grids} gate"))
    measured = a_measure(gated, Random(f"{market.symbol}{price}{wished.grids} width")) or gated
    return _following(measured, price, Random(f"{market.symbol}{price}{wished.grids} shift"))


def a_measure(spec: GridSpec, dice: Random, often: float = 0.25) -> GridSpec | None:
    """Sometimes an interval that follows a measure, and may be another one as soon as one is looked at."""
    if spec.spacing is not Spacing.INTERVAL or dice.random() >= often:
        return None
    return replace(
        spec,
        width=dice.choice([Measure.ATR, Measure.DEVIATION]),
        width_hours=dice.randint(1, 3),
        width_times=Decimal(dice.randint(5, 30)) / 10,
        width_least=Decimal(dice.randint(2, 8)) / 1000,
        width_most=Decimal(dice.randint(8, 30)) / 1000,
        width_rest=0,
    )


def chasing(spec: GridSpec, market: Market, dice: Random, goal: VolumeGoal | None) -> GridSpec:
    """Where its owner wants volume within a budget, mostly an interval that follows that; else the wish as it is."""
    if goal is None or goal.budget is None or dice.random() >= 0.8:
        return spec
    if spec.lower is not None and spec.upper is not None:
        interval = market.price_up((spec.upper - spec.lower) / spec.grids)
        spec = replace(spec, interval=interval, out_want=Decimal(dice.randint(6, 12)) / 1000, lower=None, upper=None)
    if spec.interval is None:
        return spec
    least, rest = Decimal(dice.randint(1, 4)) / 1000, dice.choice([0, 0, 0, 1, 24])
    spec = replace(spec, spacing=Spacing.INTERVAL, endless=False, width=Measure.VOLUME)
    return replace(spec, width_least=least, width_rest=rest)


def _divided(spec: GridSpec, dice: Random) -> GridSpec:
    """Sometimes a part of the account's money, or what the others leave."""
    if dice.random() >= 0.12:
        return spec
    without = replace(spec, quote_per_order=None, base_per_order=None, total=None)
    if dice.random() < 0.5:
        return replace(without, takes_rest=True)
    return replace(without, envelope=Decimal(dice.randint(2, 40)) / 100)


def _sized(spec: GridSpec, market: Market, price: Decimal, dice: Random) -> GridSpec:
    """Sometimes another rule of sizes, or a range that is measured from the price."""
    if dice.random() < 0.15:
        spec = replace(spec, taper=Decimal(dice.randint(1, 12)) / 100)
    if dice.random() < 0.15:
        coins = market.quantity_up((spec.quote_per_order or (spec.total or price) / spec.grids) / price)
        spec = replace(spec, base_per_order=coins, quote_per_order=None, total=None)
    if spec.lower is not None and dice.random() < 0.3:
        below, above = Decimal(dice.randint(10, 90)) / 1000, Decimal(dice.randint(5, 80)) / 1000
        spec = replace(spec, lower=None, upper=None, below=below, above=above)
    return replace(
        spec,
        compound=Decimal(dice.randint(1, 10)) / 10 if dice.random() < 0.2 else None,
        compound_most=in_quote(Decimal(dice.randint(1, 40)), market.quote) / 10 if dice.random() < 0.3 else None,
        profit_in_coin=dice.random() < 0.2,
        taker=dice.random() < 0.15,
        out_want=spec.out_want + Decimal("0.002") if spec.out_want else None,
    )


def _gated(spec: GridSpec, market: Market, price: Decimal, dice: Random) -> GridSpec:
    """Sometimes a grid that opens only above an average, or at another price."""
    if dice.random() < 0.12:
        spec = replace(spec, gate_hours=dice.randint(1, 28))
    if dice.random() < 0.12:
        spec = replace(spec, trigger=market.price_near(price * dice.randint(980, 1020) / 1000))
    return spec


def _careful(spec: GridSpec, dice: Random) -> GridSpec:
    """Sometimes a grid that looks back: it buys nothing for a while after a fast fall."""
    if dice.random() < 0.15:
        fall, hours, pause = Decimal(dice.randint(3, 30)) / 1000, dice.randint(1, 3), dice.choice([1, 1, 2, 48])
        spec = replace(spec, fall=fall, fall_hours=hours, fall_pause=pause)
    return spec


def _following(spec: GridSpec, price: Decimal, dice: Random) -> GridSpec:
    """Sometimes a grid whose ladder follows the price, within bounds; sometimes one without a top."""
    if dice.random() < 0.4:
        if spec.fall is None and dice.random() < 0.6:  # so that it may follow further falls down
            spec = replace(spec, fall=Decimal(dice.randint(8, 40)) / 100)
        if spec.lower is not None and spec.upper is not None:  # narrow, so that the price leaves it
            low, high = price * dice.randint(980, 995) / 1000, price * dice.randint(1005, 1015) / 1000
            spec = replace(spec, lower=max(spec.lower, low), upper=min(spec.upper, high), grids=min(spec.grids, 4))
        spec = replace(
            spec,
            shift=dice.choice(list(Shift)),
            shift_after=dice.choice([1, 1, 1, 2]),
            shift_low=price * dice.randint(900, 995) / 1000 if dice.random() < 0.5 else None,
            shift_high=price * dice.randint(1005, 1100) / 1000 if dice.random() < 0.5 else None,
            shift_most=dice.randint(1, 3),
            shift_rest=1,
            shift_spike=dice.choice([None, None, None, 6]),
            shift_cost=Decimal(dice.choice([1, 50, 200])) / 10_000,
            shift_loss=Decimal(dice.randint(1, 30)) / 1000 if dice.random() < 0.4 else None,
        )
    endless = spec.spacing is Spacing.GEOMETRIC and dice.random() < 0.3
    return replace(spec, endless=True, shift_spike=None) if endless else spec


def _limits(dice: Random, price: Decimal, cent: Decimal) -> dict[str, object]:
    rare = dice.random
    return {
        "max_loss": Decimal("0.05") if rare() < 0.2 else None,
        "stop_loss": price - _part(price, dice, 100, 250, cent) if rare() < 0.15 else None,
        "take_profit": price + _part(price, dice, 100, 250, cent) if rare() < 0.1 else None,
        "sell_on_limit": rare() < 0.5,
        "window": dice.choice([50, 50, 2]),
        "seed_patience": dice.choice([0, 5_000, 30_000]),
        "wait_for_range": rare() < 0.1,
    }


def _exits(own: Random, limits: Mapping[str, object]) -> dict[str, object]:
    """What the single limits do, drawn apart from everything else."""
    exits: dict[str, object] = {
        "stop_rises": limits["stop_loss"] is not None and own.random() < 0.5,
        "stop_sells": own.choice([True, False]) if own.random() < 0.2 else None,
        "loss_sells": own.choice([True, False]) if own.random() < 0.2 else None,
    }
    if own.random() < 0.4:  # and a limit that is soon reached, so that there is something to come back from
        exits |= {"again": own.choice([24, 24, 30]), "max_loss": Decimal(own.randint(2, 10)) / 1000}
        exits |= {"loss_sells": own.random() < 0.8}
    timed = Random(f"{own.random()} time")
    if timed.random() < 0.12:
        begins = timed.randrange(0, 1440)
        exits["open_hours"] = (begins, (begins + timed.choice([60, 600, 1200])) % 1440)
    if timed.random() < 0.08:
        exits |= {"ends": timed.choice(["1d", "1d", "2d"]), "end_sells": timed.choice([True, False, None])}
    drawn = Random(f"{timed.random()} drawdown")
    if drawn.random() < 0.15:  # of what a grid of a few hours wins and loses again
        exits["max_drawdown"] = Decimal(drawn.choice([2, 5, 10, 30])) / 1000
    return exits


def _trail(dice: Random, price: Decimal, cent: Decimal) -> dict[str, object]:
    """Sometimes a trailing take-profit, from somewhere above the price."""
    if dice.random() >= 0.15:
        return {}
    start = price + _part(price, dice, 15, 50, cent)
    return {"trail": Decimal(dice.randint(2, 20)) / 1000, "trail_from": start, "take_sells": dice.choice([None, False])}


def _part(price: Decimal, dice: Random, least: int, most: int, cent: Decimal) -> Decimal:
    """Some thousandths of the price, to the cent."""
    return (price * dice.randint(least, most) / 1000).quantize(cent, ROUND_DOWN)
