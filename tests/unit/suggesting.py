"""Proposed grids for tests of the chat: three of one market, the calmest first."""

from decimal import Decimal

from bot.owner.backtests import Source
from bot.owner.suggestions import Proposal, Proposed
from strategy.research.styles import Style
from tests.builders import NOW, a_market

DAY = 86_400_000
D = Decimal


def a_proposal(style: Style, *, below: str, grids: int, middle: str, low: str) -> Proposal:
    return Proposal(
        style=style,
        below=D(below),
        above=D("0.1"),
        grids=grids,
        lower=D(2000),
        upper=D(2750),
        step=D("0.0213"),
        low=D(low),
        middle=D(middle),
        high=D("31.5"),
        worst_price=D(2000),
        worst_loss=D("-88.125"),
        worst=D("-104.5"),
        unseen=D("4.239"),
        unseen_fees=D("0.81"),
        unseen_trips=17,
        unseen_fall=D("0.0213"),
        unseen_days=15 * DAY,
    )


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
        ),
        **more,
    }
    return Proposed(**whole)  # type: ignore[arg-type]  # each under its name
