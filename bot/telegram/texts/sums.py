"""The grids of one screen and their sums by quote asset, rounded once, so that shown parts sum to shown totals."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from bot.owner.views import Made
from bot.telegram.texts.catalogue import Html, listed, say
from bot.telegram.texts.numbers import Figures, Screen, coin_fee, parts_figures
from strategy.messages.reports import GridLine
from strategy.model.ledger import Standing
from strategy.model.market import Asset
from strategy.model.money import ZERO, floor_to
from strategy.model.orders import GridId

_HUNDREDTH = Decimal("0.0001")
"""Of a per cent, as a fraction."""


class Sums:
    """All grids of a screen. Whatever it shows of them comes from here."""

    def __init__(self, grid_lines: Iterable[GridLine]) -> None:
        self._lines = tuple(grid_lines)
        self.by_quote: dict[Asset, list[GridLine]] = {}
        for line in self._lines:
            self.by_quote.setdefault(line.quote, []).append(line)
        self._screens = {quote: Screen((line.standing for line in own), quote) for quote, own in self.by_quote.items()}
        self._of: dict[GridId, Figures] = {
            line.grid_id: figures
            for quote, own in self.by_quote.items()
            for line, figures in zip(own, self._screens[quote].lines(), strict=True)
        }

    def of(self, line: GridLine) -> Figures:
        """One grid's figures."""
        return self._of[line.grid_id]

    def amount_of(self, line: GridLine) -> Decimal:
        """Its total as it is shown, to reckon on with."""
        own = self.by_quote[line.quote]
        return self._screens[line.quote].parts[own.index(line)].total

    def total(self, quote: Asset) -> Figures:
        """The headline: what the figures of the grids in this asset come to."""
        return self._screens[quote].total

    def today(self, quote: Asset) -> Decimal:
        """The day's change in this asset as it is shown."""
        return self._screens[quote].today

    def amount(self, quote: Asset) -> Decimal:
        """The headline's total as it is shown."""
        return self._screens[quote].amount

    def decimals(self, quote: Asset) -> int:
        """How many the figures in this asset have."""
        return self._screens[quote].decimals

    def left_out(self, lang: str, first: int) -> Html:
        """How many grids a full screen leaves out, and their sum: without it the lines would not make the headline."""
        shown, rest = self._lines[:first], self._lines[first:]
        quotes = dict.fromkeys(line.quote for line in rest)
        sums = [
            f"{self._screens[quote].part(sum(line.quote == quote for line in shown))['total']} {quote}"
            for quote in quotes
        ]
        return say(lang, "grids.more", count=len(rest), total=listed(lang, sums))

    def apart(self, lang: str) -> Html | None:
        """Fees that are in no figure."""
        return fees_apart(lang, [line.standing for line in self._lines])


def whole_share(made: Made) -> Decimal | None:
    """A total as a fraction of the money: what the shown shares of its parts come to."""
    shares = [made.share(part) for part in (made.grid_profit, made.stop_sales, made.floating)]
    return sum((floor_to(one, _HUNDREDTH) for one in shares if one is not None), ZERO) if made.money else None


def a_day(made: Made, quote: Asset) -> Figures:
    """The figures for each day, the total as the sum of its parts; none before the first day is over."""
    parts = (made.daily(made.grid_profit), made.daily(made.stop_sales), made.daily(made.floating))
    if any(one is None for one in parts):
        return {}
    grid_profit, stop_sales, floating = (one or ZERO for one in parts)
    return parts_figures(quote, grid_profit=grid_profit, stop_sales=stop_sales, floating=floating)


def fees_apart(lang: str, standings: Sequence[Standing]) -> Html | None:
    """Fees taken in an asset for which no price was known, or None where there are none."""
    fees = {asset: ZERO for standing in standings for asset in standing.fees_apart}
    for standing in standings:
        for asset, fee in standing.fees_apart.items():
            fees[asset] += fee
    shown = listed(lang, (f"{coin_fee(fee)} {asset}" for asset, fee in sorted(fees.items())))
    return say(lang, "fees.apart", fees=shown) if shown else None
