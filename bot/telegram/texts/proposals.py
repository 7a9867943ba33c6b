"""What the limit that is proposed beside a wish has done in the past, and what the brief's own has. No figures here."""

from decimal import Decimal

from bot.owner.views import careful
from bot.telegram.texts.catalogue import Html, say
from bot.telegram.texts.numbers import exact, exact_money, percent, signed
from strategy.grid.opening import Preview
from strategy.grid.sizing import money_down, money_up
from strategy.model.spec import GridSpec, Spacing


def in_the_past(lang: str, spec: GridSpec, moves: Decimal | None) -> tuple[Html | None, ...]:
    """A line for each: of 1,000 of money, after fees; and whether this market is as those were."""
    kept, sold = careful.kept_and_sold(spec.spacing)
    played, times = say(lang, f"preview.past.of.{_played(spec)}"), careful.wildness(moves)
    return (
        say(lang, "preview.past", days=careful.DAYS, windows=careful.WINDOWS, played=played),
        _line(lang, "kept", kept),
        _line(lang, "sold", sold),
        _line(lang, "careful", careful.DID["proposed"]),
        say(lang, "preview.past.wilder", moves=percent(moves), times=exact(times)) if moves and times > 1 else None,
    )


def for_its_market(lang: str, seen: Preview) -> Html | None:
    """Why a careful grid takes less than what was meant for it: its market is wilder than the usual."""
    spec, quote, times = seen.spec, seen.market.quote, careful.laid_for(seen.spec)
    if times is None or times == 1 or spec.max_loss is None:
        return None
    return say(
        lang,
        "preview.wilder",
        times=exact(times),
        usual=exact(careful.USUAL * 100),
        money=exact_money(money_up(seen.money, quote)),
        wished=exact_money(money_down(seen.money * times, quote)),
        loss=exact_money(money_up(seen.money * spec.max_loss, quote)),
        quote=quote,
    )


def _played(spec: GridSpec) -> str:
    """Which grid that was: of the same kind as this one, and not this one."""
    return "interval" if spec.spacing is Spacing.INTERVAL else "range"


def _line(lang: str, which: str, did: careful.Did) -> Html:
    return say(
        lang,
        f"preview.past.{which}",
        loss=exact(careful.LOSS * 100),
        back=exact(careful.DRAWDOWN * 100),
        worst=signed(did.worst, 0),
        fall=exact(did.fall * 100),
        median=signed(did.median, 1),
    )
