"""The owner's wish for a grid as plain text, for what outlives a message: buttons and drafts. No Telegram, no texts."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import assert_never

from pydantic import TypeAdapter, ValidationError

from bot.owner.wish import Wished
from bot.telegram.typed.kinds import Kind
from bot.telegram.typed.moments import clock_read, clock_said
from bot.telegram.typed.parameters import BY_WORD, OF_GRID, rests_on
from bot.telegram.typed.parsing import Value, Wrong, says_nothing
from strategy.grid.opening import Preview
from strategy.model.chasing import with_own
from strategy.model.limits import Bounds
from strategy.model.money import plain
from strategy.model.past import Measure
from strategy.model.shown import Shown
from strategy.model.spec import GridSpec, Shift, Spacing

OFF = "off"
HUNDRED = Decimal(100)
_PROPOSED = ("spacing", "max_loss", "max_position")
"""What the settings say where nobody does."""
_FOLLOWS = ("shift_low", "shift_high")
"""What a ladder that shifts proposes."""
_SPEC, _SHOWN, _BOUNDS = TypeAdapter(GridSpec), TypeAdapter(Shown), TypeAdapter(Bounds)


def to_words(values: Mapping[str, Value]) -> dict[str, str]:
    """Parameters as text; a limit that is switched off is `off`."""
    return {name: _word(value) for name, value in values.items()}


def from_words(words: Mapping[str, str]) -> dict[str, Wished]:
    """What they wish the fields of a spec to be. Keys that are no parameter of a grid are left out."""
    return {one.field: _wished(one.kind, words[one.word]) for one in OF_GRID if one.word in words}


def wish_of(spec: GridSpec) -> dict[str, str]:
    """The wish that would ask for this spec."""
    wish = {"market": str(spec.symbol)}
    spec = with_own(spec)
    for one in (one for one in OF_GRID if not one.becomes):
        value = getattr(spec, one.field)
        if value is not None or one.removable:
            wish[one.word] = said(value)
    return wish


def line_of(spec: GridSpec) -> str:
    """What is typed to open the same grid. Only what it is without a word, whatever the settings, is left out."""
    spec = with_own(spec)
    unsaid = {one.name: one.default for one in fields(GridSpec)}
    always = (*_PROPOSED, *(_FOLLOWS if spec.shift is not None else ()))
    wish = wish_of(spec)
    words = [
        f"{one.word}={_typed(one.kind, getattr(spec, one.field))}"
        for one in OF_GRID
        if one.word in wish and (one.field in always or getattr(spec, one.field) != unsaid[one.field])
        if not (others := rests_on(one)) or any(wish.get(other, OFF) not in (OFF, one.idle) for other in others)
    ]
    return " ".join(("/grid", wish["market"], *words))


def in_vain(values: Mapping[str, Value], spec: GridSpec) -> Wrong | None:
    """What was typed for a grid that is, or is to be, so, and would do nothing there."""
    there = {one.word: said(getattr(spec, one.field)) for one in OF_GRID if not one.becomes}
    is_set: dict[str, Value] = {name: word for name, word in there.items() if word not in (OFF, "no")}
    return next((wrong for name in values if (wrong := says_nothing(BY_WORD[name], {**is_set, **values}))), None)


def _typed(kind: Kind, value: object) -> str:
    """A bare part of one could be taken for a per cent."""
    return f"{plain(value * HUNDRED)}%" if kind is Kind.PERCENT and isinstance(value, Decimal) else said(value)


def said(value: object) -> str:
    """A spec's value as it would be typed."""
    match value:
        case None:
            return OFF
        case bool():
            return "yes" if value else "no"
        case tuple():
            return clock_said(value)
        case Decimal() | int():
            return plain(Decimal(value))
        case _:
            return str(value)


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


def bounds_to_args(bounds: Bounds, shown: Bounds) -> dict[str, str]:
    """Limits for all grids together, and those that they take the place of, as a button carries them."""
    return {"bounds": _dumped(bounds), "shown": _dumped(shown)}


def bounds_from_args(args: Mapping[str, str]) -> tuple[Bounds, Bounds]:
    """The same again."""
    return _BOUNDS.validate_json(args["bounds"]), _BOUNDS.validate_json(args["shown"])


def _dumped(bounds: Bounds) -> str:
    return _BOUNDS.dump_json(bounds, warnings="error").decode()


def _word(value: Value) -> str:
    if value is None:
        return OFF
    return plain(value) if isinstance(value, Decimal) else value


_WORDS: Mapping[Kind, Callable[[str], Wished]] = {
    Kind.SPACING: Spacing,
    Kind.SHIFT: Shift,
    Kind.MEASURE: Measure,
    Kind.CLOCK: clock_read,
    Kind.DATE: str,
}


def _wished(kind: Kind, word: str) -> Wished:
    if word == OFF:
        return None
    match kind:
        case Kind.PRICE | Kind.MONEY | Kind.PERCENT | Kind.TIMES:
            return Decimal(word)
        case Kind.COUNT | Kind.HOURS:
            return int(word)
        case Kind.SPACING | Kind.SHIFT | Kind.MEASURE | Kind.CLOCK | Kind.DATE:
            return _WORDS[kind](word)
        case Kind.YES_NO:
            return word == "yes"
        case Kind.MARKET | Kind.GRID | Kind.PERIOD:
            raise AssertionError(kind)  # these set no field
        case _:
            assert_never(kind)
