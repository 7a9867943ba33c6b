"""The owner's wish for a grid as plain text, for what outlives a message: buttons and drafts. No Telegram, no texts."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from decimal import Decimal

from bot.telegram.typed.parsing import KINDS, Kind, Value
from strategy.grid.opening import Preview
from strategy.model.grid import GridSpec, Shown, Spacing
from strategy.model.market import Symbol
from strategy.model.money import plain

OFF = "off"

_DECIMALS = (
    "interval",
    "out_want",
    "lower",
    "upper",
    "quote_per_order",
    "total",
    "stop_loss",
    "take_profit",
    "max_loss",
    "max_position",
    "fee_buffer",
    "quote_price",
)
_INTEGERS = ("grids", "window", "seed_patience", "version")
_FLAGS = ("sell_on_limit", "wait_for_range")
FIELD_OF: Mapping[str, str] = {
    "interval": "interval",
    "lower": "lower",
    "upper": "upper",
    "grids": "grids",
    "out": "out_want",
    "usdc": "quote_per_order",
    "total": "total",
    "stop": "stop_loss",
    "take": "take_profit",
    "maxloss": "max_loss",
    "maxpos": "max_position",
    "sell": "sell_on_limit",
    "wait": "wait_for_range",
}
"""Which field of a spec a parameter sets."""


def to_words(values: Mapping[str, Value]) -> dict[str, str]:
    """Parameters as text; a limit that is switched off is `off`."""
    return {name: _word(value) for name, value in values.items()}


def from_words(words: Mapping[str, str]) -> dict[str, Decimal | str]:
    """The same parameters again: what counts or measures as a decimal, the rest as text. Other keys are left out."""
    return {name: Decimal(word) if _is_number(name, word) else word for name, word in words.items() if name in KINDS}


def wish_of(spec: GridSpec) -> dict[str, str]:
    """The wish that would ask for this spec."""
    wish = {"market": str(spec.symbol), "spacing": str(spec.spacing)}
    for name, field in FIELD_OF.items():
        value = getattr(spec, field)
        if isinstance(value, bool):
            wish[name] = "yes" if value else "no"
        elif value is not None:
            wish[name] = plain(Decimal(value))
        elif name == "maxloss":
            wish[name] = OFF
    return wish


def spec_to_args(spec: GridSpec) -> dict[str, str]:
    """The whole spec, as a button carries it: what is started is exactly what was shown."""
    args = {"symbol": str(spec.symbol), "spacing": str(spec.spacing)}
    for name in (*_DECIMALS, *_INTEGERS):
        value = getattr(spec, name)
        args[name] = OFF if value is None else plain(Decimal(value))
    return args | {name: "yes" if getattr(spec, name) else "no" for name in _FLAGS}


def spec_from_args(args: Mapping[str, str]) -> GridSpec:
    """The spec that `spec_to_args` was given."""
    known = {field.name: field for field in fields(GridSpec)}
    values: dict[str, object] = {"symbol": Symbol(args["symbol"]), "spacing": Spacing(args["spacing"])}
    for name in (*_DECIMALS, *_INTEGERS, *_FLAGS):
        if name in args:
            values[name] = _spec_value(name, args[name])
        else:
            assert known[name].default is not MISSING, f"{name} is missing"
    return GridSpec(**values)  # type: ignore[arg-type]  # built field by field from text


def shown_to_args(preview: Preview, at: int) -> dict[str, str]:
    """What a preview promised, as its Start button carries it."""
    figures = {"price": preview.touch.middle, "money": preview.money, "seed_cost": preview.seed_cost}
    return {"shown_at": str(at)} | {f"shown_{name}": plain(figure) for name, figure in figures.items()}


def shown_from_args(args: Mapping[str, str]) -> Shown | None:
    """The same again; None where a button carries none."""
    if "shown_at" not in args:
        return None
    price, money, seed_cost = (Decimal(args[f"shown_{name}"]) for name in ("price", "money", "seed_cost"))
    return Shown(at=int(args["shown_at"]), price=price, money=money, seed_cost=seed_cost)


def _spec_value(name: str, text: str) -> object:
    if name in _FLAGS:
        return text == "yes"
    if name in _INTEGERS:
        return int(text)
    return None if text == OFF else Decimal(text)


def _word(value: Value) -> str:
    if value is None:
        return OFF
    return plain(value) if isinstance(value, Decimal) else value


def _is_number(name: str, word: str) -> bool:
    return word != OFF and KINDS[name] not in (Kind.SPACING, Kind.YES_NO, Kind.MARKET, Kind.GRID)
