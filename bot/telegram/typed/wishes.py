"""The owner's wish for a grid as plain text, for what outlives a message: buttons and drafts. No Telegram, no texts."""

from collections.abc import Mapping
from decimal import Decimal

from pydantic import TypeAdapter, ValidationError

from bot.telegram.typed.parsing import KINDS, Kind, Value
from strategy.grid.opening import Preview
from strategy.model.grid import GridSpec, Shown
from strategy.model.money import plain

OFF = "off"
_SPEC, _SHOWN = TypeAdapter(GridSpec), TypeAdapter(Shown)

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
    return {"spec": _SPEC.dump_json(spec, warnings="error").decode()}


def spec_from_args(args: Mapping[str, str]) -> GridSpec | None:
    """The spec that `spec_to_args` was given; None for a button of a version that wrote specs otherwise."""
    try:
        return _SPEC.validate_json(args.get("spec", ""))
    except ValidationError:
        return None


def shown_to_args(preview: Preview, at: int) -> dict[str, str]:
    """What a preview promised, as its Start button carries it."""
    shown = Shown(at=at, price=preview.touch.middle, money=preview.money, seed_cost=preview.seed_cost)
    return {"shown": _SHOWN.dump_json(shown, warnings="error").decode()}


def shown_from_args(args: Mapping[str, str]) -> Shown | None:
    """The same again; None where a button carries none."""
    return _SHOWN.validate_json(args["shown"]) if "shown" in args else None


def _word(value: Value) -> str:
    if value is None:
        return OFF
    return plain(value) if isinstance(value, Decimal) else value


def _is_number(name: str, word: str) -> bool:
    return word != OFF and KINDS[name] not in (Kind.SPACING, Kind.YES_NO, Kind.MARKET, Kind.GRID)
