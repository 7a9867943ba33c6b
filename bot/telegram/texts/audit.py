"""An audit in words: the verdict, the figures it rests on, and for each difference its cause and what to do."""

from collections.abc import Iterator, Mapping
from datetime import UTC, tzinfo
from decimal import Decimal

from bot.owner.views import AssetAudit, Audit, FillFault, GridAudit, Part, Wrong
from bot.telegram.texts.catalogue import Html, listed, say
from bot.telegram.texts.numbers import exact, parts_figures, price
from bot.telegram.texts.phrases import beside, day_and_time, fitted, foot, lines, trade_number
from strategy.model.market import Asset

WITH_COUNT = (
    "deposit",
    "withdrawal",
    "dust",
    "interest",
    "loan",
    "settlement",
    "fills",
    "foreign",
    "reversed",
    "limbo",
)


def audit(lang: str, found: Audit, mode: str, zone: tzinfo = UTC, *, in_chat: bool = True) -> Html:
    """What differs comes first, then what agrees. Differences are booked in the chat: elsewhere it is pointed to."""
    day, time = day_and_time(found.opened_at, zone)
    facts = say(lang, "audit.facts", agreed=found.agreed, booked=found.booked, day=day, time=time)
    young = say(lang, "audit.not_shown", count=found.not_shown) if found.not_shown else None
    waiting = say(lang, "audit.not_booked", count=found.not_booked) if found.not_booked else None
    head = lines(_verdict(lang, found), facts, young, waiting)
    book = "audit.book" if in_chat else "audit.book.chat"
    offer = say(lang, book, amounts=amounts(lang, found.bookable)) if found.bookable else None
    tail = lines(say(lang, "audit.next") if found.unexplained else None, offer, foot(lang, mode))
    return fitted(lang, head, [*_wrong(lang, found, zone), *_right(lang, found)], tail)


def amounts(lang: str, differences: Mapping[Asset, Decimal]) -> str:
    """Amounts of several assets with their signs, every digit."""
    return listed(lang, (f"{_signed(amount)} {asset}" for asset, amount in differences.items()))


def _verdict(lang: str, found: Audit) -> Html:
    if found.unexplained:
        return say(lang, "audit.unexplained", count=found.unexplained)
    return say(lang, "audit.balanced" if found.balanced else "audit.explained")


def _wrong(lang: str, found: Audit, zone: tzinfo) -> Iterator[Html]:
    for one in found.differing:
        yield _difference(lang, one)
    for wrong in found.kept_wrong:
        yield _kept(lang, wrong, wrong.name)
    for grid in found.grids:
        yield from (_kept(lang, wrong, f"{grid.grid_id} · {wrong.name}") for wrong in grid.wrong)
    for fault in found.faults:
        yield _fault(lang, fault, zone)


def _right(lang: str, found: Audit) -> Iterator[Html]:
    agreeing = [one for one in found.assets if not one.difference and one.held]
    if agreeing:
        yield say(lang, "audit.balances")
    for one in agreeing:
        yield say(lang, "audit.asset", asset=one.asset, held=exact(one.held))
    if found.grids:
        yield say(lang, "audit.grids")
    for grid in found.grids:
        yield _grid(lang, grid)


def _difference(lang: str, one: AssetAudit) -> Html:
    head = say(
        lang,
        "audit.differs",
        asset=one.asset,
        held=exact(one.held),
        books=exact(one.books),
        difference=_signed(one.difference),
    )
    return lines(head, *(_part(lang, part) for part in one.parts))


def _part(lang: str, part: Part) -> Html:
    counted = {"count": part.count} if part.cause in WITH_COUNT else {}
    return say(lang, f"audit.cause.{part.cause}", amount=_signed(part.amount), **counted)


def _kept(lang: str, wrong: Wrong, name: str) -> Html:
    return say(lang, "audit.kept", name=name, kept=exact(wrong.kept), folded=exact(wrong.folded))


def _fault(lang: str, fault: FillFault, zone: tzinfo) -> Html:
    fill = fault.fill
    day, time = day_and_time(fill.at, zone)
    said = say(
        lang,
        "audit.fill",
        did=say(lang, f"did.{fill.side}"),
        quantity=exact(fill.quantity),
        symbol=fill.symbol,
        price=price(fill.price),
        day=day,
        time=time,
        trade=trade_number(fill.key),
    )
    differs = [
        say(lang, "audit.field", name=name, booked=str(getattr(fill, name)), shown=str(getattr(fault.shown, name)))
        for name in fault.fields
    ]
    return beside(lang, said, say(lang, f"audit.fault.{fault.fault}"), *differs)


def _grid(lang: str, grid: GridAudit) -> Html:
    return say(
        lang,
        "audit.grid",
        grid=grid.grid_id,
        symbol=grid.symbol,
        quote=grid.quote,
        fills=grid.fills,
        trips=grid.round_trips,
        **parts_figures(grid.quote, grid_profit=grid.grid_profit, stop_sales=grid.stop_sales, floating=grid.floating),
    )


def _signed(value: Decimal) -> str:
    return f"+{exact(value)}" if value > 0 else exact(value)
