"""What is wrong with something typed, as one message: the field, what is allowed, a correct example."""

from collections.abc import Mapping

from bot.telegram.texts import face as texts
from bot.telegram.texts.catalogue import Html, listed
from bot.telegram.typed.names import called, shown
from bot.telegram.typed.parsing import KINDS, Kind, Wrong
from strategy.model.grid import MAX_LEVELS

GRID_EXAMPLE = "/grid ETH_USDC interval=40 grids=3 usdc=50 out=0.4%"
RANGE_EXAMPLE = "/grid ETH_USDC spacing=geometric lower=1800 upper=2600 grids=10 total=500"
TUNE_EXAMPLE = "/tune 1 usdc=60 out=0.5% stop=1800 maxloss=8%"
RISK_EXAMPLE = "/risk daily=200"

_ADDED: Mapping[str, str] = {
    "stop": "stop=1800",
    "take": "take=3000",
    "maxloss": "maxloss=8%",
    "maxpos": "maxpos=800",
    "sell": "sell=yes",
    "wait": "wait=yes",
}
_VALUES: Mapping[Kind, str] = {
    Kind.PRICE: "1850.5",
    Kind.MONEY: "50",
    Kind.PERCENT: "0.4%",
    Kind.COUNT: "3",
    Kind.SPACING: "interval",
    Kind.YES_NO: "yes",
    Kind.MARKET: "ETH_USDC",
    Kind.GRID: "1",
}


def wrong_text(lang: str, wrong: Wrong, example: str) -> Html:
    """One message; `example` is a line that would have been right."""
    kind = KINDS.get(wrong.field)
    hints = called(lang, listed(lang, (shown(lang, name) for name in wrong.hint.split(", ")))) if wrong.hint else None
    allowed = texts.say(lang, f"allowed.{kind}", maximum=MAX_LEVELS) if kind else None
    return texts.say(
        lang,
        f"wrong.{wrong.reason}",
        field=shown(lang, wrong.field),
        given=wrong.given,
        hint=hints,
        allowed=allowed,
        example=called(lang, example),
    )


def grid_example(field: str) -> str:
    """A correct /grid that shows the field at work."""
    if field in ("lower", "upper", "total", "spacing"):
        return RANGE_EXAMPLE
    return f"{GRID_EXAMPLE} {_ADDED[field]}" if field in _ADDED else GRID_EXAMPLE


def value_example(lang: str, field: str) -> str:
    """A correct value by itself, as its reader would type it."""
    value = {"interval": "40", "grids": "3", "stop": "1800"}.get(field) or _VALUES[KINDS[field]]
    return called(lang, f"{field}={value}").partition("=")[2]
