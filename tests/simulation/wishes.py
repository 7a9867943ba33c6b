"""Grids that an owner might wish for in a world: every spacing, every limit, drawn from dice."""

from decimal import ROUND_DOWN, Decimal
from random import Random

from strategy.grid import GridSpec, Spacing
from strategy.market import Symbol

CENT = Decimal("0.01")


def a_wish(dice: Random, symbol: Symbol, price: Decimal) -> GridSpec:
    """A grid around the price, usually one that can be started."""
    spacing = dice.choice(list(Spacing))
    limits = _limits(dice, price)
    money = (
        {"total": Decimal(dice.randint(200, 900))}
        if dice.random() < 0.3
        else {"quote_per_order": Decimal(dice.randint(15, 120))}
    )
    if spacing is Spacing.INTERVAL:
        shape = {
            "interval": _part(price, dice, 4, 14),
            "out_want": Decimal(dice.randint(35, 90)) / 10_000,
        }
    else:
        shape = {"lower": price - _part(price, dice, 10, 90), "upper": price + _part(price, dice, 5, 80)}
    return GridSpec(symbol=symbol, spacing=spacing, grids=dice.randint(2, 10), **shape, **money, **limits)  # type: ignore[arg-type]


def _limits(dice: Random, price: Decimal) -> dict[str, object]:
    rare = dice.random
    return {
        "max_loss": Decimal("0.05") if rare() < 0.2 else None,
        "stop_loss": price - _part(price, dice, 100, 250) if rare() < 0.15 else None,
        "take_profit": price + _part(price, dice, 100, 250) if rare() < 0.1 else None,
        "sell_on_limit": rare() < 0.5,
        "window": dice.choice([50, 50, 2]),
        "seed_patience": dice.choice([0, 5_000, 30_000]),
        "wait_for_range": rare() < 0.1,
    }


def _part(price: Decimal, dice: Random, least: int, most: int) -> Decimal:
    """Some thousandths of the price, to the cent."""
    return (price * dice.randint(least, most) / 1000).quantize(CENT, ROUND_DOWN)
