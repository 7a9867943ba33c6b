"""What the limit that is proposed beside a wish has done in the past, and what the brief's own has. No figures here."""

from bot.owner.views import DAYS, DID, LOSS, WINDOWS, Did, kept_and_sold
from bot.telegram.texts.catalogue import Html, say
from bot.telegram.texts.numbers import exact, signed
from strategy.model.grid import GridSpec, Spacing


def in_the_past(lang: str, spec: GridSpec) -> tuple[Html, ...]:
    """A line for each: of 1,000 of money, after fees."""
    kept, sold = kept_and_sold(spec.spacing)
    return (
        say(lang, "preview.past", days=DAYS, windows=WINDOWS, played=say(lang, f"preview.past.of.{_played(spec)}")),
        _line(lang, "kept", kept),
        _line(lang, "sold", sold),
        _line(lang, "careful", DID["proposed"]),
    )


def _played(spec: GridSpec) -> str:
    """Which grid that was: of the same kind as this one, and not this one."""
    return "interval" if spec.spacing is Spacing.INTERVAL else "range"


def _line(lang: str, which: str, did: Did) -> Html:
    return say(
        lang,
        f"preview.past.{which}",
        loss=exact(LOSS * 100),
        worst=signed(did.worst, 0),
        fall=exact(did.fall * 100),
        median=signed(did.median, 1),
    )
