"""Proposed grids for tests of the chat: three of one market, the calmest first, and the default one."""

from dataclasses import replace
from decimal import Decimal
from math import cos, sin, sqrt

from bot.owner.backtests import Source
from bot.owner.pictures import Point, Rung
from bot.owner.suggestions import Proposal, Proposed, Went
from strategy.model.curve import PriceRange
from strategy.model.market import Side
from strategy.model.spec import GridSpec, Spacing
from strategy.research.styles import Style
from tests.builders import NOW, a_market

HOUR, DAY = 3_600_000, 86_400_000
D = Decimal
_FIGURES = {
    Style.CALM: ("4.021", 18, "-92.4", "-92.4"),
    Style.NORMAL: ("6.118", 38, "-88.125", "-104.5"),
    Style.BUSY: ("9.774", 141, "-60.9", "-131.72"),
    Style.DEFAULT: ("-11.301", 52, "-13.2", "-141.955"),
}
"""In quote: what each did in its month, in so many round trips; what it loses with all bought; and at the worst."""
_BARE = GridSpec(symbol=a_market().symbol, grids=3, total=D(500), max_loss=D("0.05"))


def a_proposal(style: Style, *, below: str, grids: int, middle: str, low: str) -> Proposal:
    spec = replace(_BARE, spacing=Spacing.GEOMETRIC, below=D(below), above=D("0.1"), grids=grids)
    lower, upper = 2500 * (1 - D(below)), D(2750)
    return _of(style, spec, ends=(lower, upper), middle=middle, low=low)


def the_default(*, middle: str = "3.1", low: str = "-61.4") -> Proposal:
    spec = replace(_BARE, spacing=Spacing.INTERVAL, interval=D(40), out_want=D("0.004"))
    return _of(Style.DEFAULT, spec, ends=(D(2440), D("2530.08")), middle=middle, low=low)


def _of(style: Style, spec: GridSpec, *, ends: tuple[Decimal, Decimal], middle: str, low: str) -> Proposal:
    lower, upper = ends
    apart = (upper / lower) ** (D(1) / spec.grids)
    prices = [(lower * apart**one).quantize(D("0.01")) for one in range(spec.grids)]
    total, trips, kept, worst = _FIGURES[style]
    return Proposal(
        style=style,
        spec=spec,
        rungs=tuple(Rung(price=one, side=Side.BUY if one < 2500 else Side.SELL) for one in prices),
        lower=lower,
        upper=upper,
        step=spec.out_want or apart - 1,
        low=D(low),
        middle=D(middle),
        high=D("31.5"),
        worst_price=lower,
        worst_loss=D(kept),
        worst=D(worst),
        past=Went(total=D(total), fees=D(trips) / 20, trips=trips, fall=D("0.0431"), lasted=30 * DAY),
        unseen=None
        if style is Style.DEFAULT
        else Went(total=D("4.239"), fees=D("0.81"), trips=17, fall=D("0.0213"), lasted=15 * DAY),
    )


def _closes() -> tuple[Point, ...]:
    """A month that goes down and up again, and ends where the grids are."""
    ends = ((at, 2500 - 260 * sin(at / 115) * cos(at / 31)) for at in range(0, 30 * 24, 4))
    return (*((NOW - (720 - at) * HOUR, D(f"{price:.2f}")) for at, price in ends), (NOW, D(2500)))


def _coming() -> tuple[PriceRange, ...]:
    """It opens by the root of the days."""
    ends = ((day, D(f"{1 + 0.03 * sqrt(day):.4f}")) for day in range(31))
    return tuple(PriceRange(at=NOW + day * DAY, low=2500 / one, middle=D(2500), high=2500 * one) for day, one in ends)


def proposed(money: str = "500", **more: object) -> Proposed:
    whole = {
        "market": a_market(),
        "money": D(money),
        "price": D(2500),
        "begins": NOW - 30 * DAY,
        "ends": NOW,
        "candles": 8_640,
        "interval": 300_000,
        "source": Source.FETCHED,
        "variants": 1_134,
        "proposals": (
            a_proposal(Style.CALM, below="0.3", grids=12, middle="3.2", low="-9.8"),
            a_proposal(Style.NORMAL, below="0.2", grids=15, middle="6.4", low="-25"),
            a_proposal(Style.BUSY, below="0.12", grids=40, middle="8.1", low="-60.2"),
            the_default(),
        ),
        "closes": _closes(),
        "coming": _coming(),
        **more,
    }
    return Proposed(**whole)  # type: ignore[arg-type]  # each under its name
