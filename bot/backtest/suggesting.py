"""Three grids for a market, from its prices to what the owner is shown. Asks nobody anything, and starts nothing."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from bot.backtest.prices import DAY, Prices
from bot.owner.backtests import NotPlayed, Why
from bot.owner.proposal import propose
from bot.owner.suggestions import Asked, Proposal, Proposed
from bot.owner.wish import Wish
from bot.settings import Defaults
from strategy.grid.opening import Preview, least_step, preview
from strategy.grid.sizing import least_order
from strategy.messages.problems import Problem
from strategy.model.grid import GridSpec, Spacing
from strategy.model.market import Market, Touch
from strategy.model.money import ONE
from strategy.research import choice
from strategy.research.bootstrap import moves
from strategy.research.candles import Candles
from strategy.research.choice import Shape
from strategy.research.forecast import Band, bands
from strategy.research.kernel import Course, Track
from strategy.research.ladders import Ladder, unbound
from strategy.research.replay import AMPLE, Rules
from strategy.research.scale import Scale, Unsupported, unbanded
from strategy.research.styles import Style
from strategy.research.walking import Unseen, walked

SEED = 1
"""The same days always bring the same grids."""
FEWEST_DAYS = 1
"""Of a past, below which nothing is proposed."""
PLACES = Decimal("0.000001")
_WIDE = Shape(below=Decimal("0.1"), above=Decimal("0.1"), grids=2)


def proposed(  # what is asked, and what is known
    asked: Asked, market: Market, prices: Prices, defaults: Defaults, year: Candles | None = None
) -> Proposed | NotPlayed:
    """The three, or why there are none. `year` are the days of the last year, where they are known."""
    candles = prices.candles.part(prices.first, len(prices.candles))
    if len(candles) * candles.interval < FEWEST_DAYS * DAY:
        return NotPlayed(why=Why.TOO_LITTLE)
    search = _Search(asked=asked, market=market, candles=candles, year=year)
    spec = search.spec(defaults)
    if isinstance(spec, Problem):
        return search.refused(spec)
    try:
        found = search.three(spec)
    except Unsupported as wrong:
        return NotPlayed(why=Why.UNPLAYED, text=", ".join(wrong.args))
    if isinstance(found, NotPlayed):
        return found
    variants, proposals = found
    return Proposed(
        market=market,
        money=asked.money,
        price=search.touch.bid,
        begins=candles.at[0],
        ends=candles.at[-1] + candles.interval,
        candles=len(candles),
        interval=candles.interval,
        source=prices.source,
        variants=variants,
        proposals=proposals,
    )


@dataclass(frozen=True, kw_only=True)
class _Search:
    """One market's past, and what is asked for it."""

    asked: Asked
    market: Market
    candles: Candles
    year: Candles | None

    @cached_property
    def touch(self) -> Touch:
        """At the last close."""
        bid, at = self.candles.price(self.candles.close[-1]), self.candles.at[-1] + self.candles.interval
        bid = self.market.price_down(bid)
        return Touch(symbol=self.market.symbol, bid=bid, ask=bid + self.market.tick_size, at=at)

    @cached_property
    def scale(self) -> Scale:
        """Without the exchange's rules for one order: whether it takes them, the preview says."""
        return Scale(market=unbanded(self.market), rules=Rules(fees=self.asked.fees), unit=self.candles.unit)

    def spec(self, defaults: Defaults) -> GridSpec | Problem:
        """What /grid would make of the money, with its own limits: only the shape is still open."""
        wish: Wish = {"spacing": Spacing.GEOMETRIC, "below": _WIDE.below, "above": _WIDE.above, "grids": _WIDE.grids}
        wish = {**wish, "total": self.asked.money}
        return propose(wish, self.market, self.touch, self.asked.fees, defaults, self.asked.quote_price)

    def three(self, spec: GridSpec) -> tuple[int, tuple[Proposal, ...]] | NotPlayed:
        """From how many, and which."""
        candles, scale = self.candles, self.scale
        lattice = choice.opened(self._shapes(spec), spec, choice.course_of(candles, scale))
        if not lattice.ladders:
            seen = self._preview(_WIDE.of(spec))
            return self.refused(seen) if isinstance(seen, Problem) else NotPlayed(why=Why.NOTHING)
        now = Course(track=Track.of(candles), scale=scale, span=(len(candles) - 1, len(candles)))
        ladders, views = dict[Style, Ladder](), dict[Style, tuple[Shape, Preview]]()
        for style, shape in choice.chosen(lattice, candles, scale, SEED).items():
            ladder, seen = now.ladder(unbound(shape.of(spec))), self._preview(shape.of(spec))
            if isinstance(ladder, Ladder) and isinstance(seen, Preview):
                ladders[style], views[style] = ladder, (shape, seen)
        if not ladders:
            return NotPlayed(why=Why.NOTHING)
        unseen = walked(lattice, spec, candles, scale, SEED)
        found = bands(list(ladders.values()), choice.coarsened(candles), scale, SEED, year=self.year)
        ahead = dict(zip(ladders, found, strict=True))
        proposals = (_proposal(style, *views[style], ahead[style], unseen.get(style)) for style in ladders)
        return len(lattice.ladders), tuple(proposals)

    def _shapes(self, spec: GridSpec) -> list[Shape]:
        """No step by which fees take more than a third, no more levels than the money is enough for."""
        market, fees = self.market, self.asked.fees
        least = max(least_step(fees, spec.fee_buffer, market, self.touch.bid), choice.FEES * fees.maker)
        order = least_order(market, fees) * self.touch.ask * (ONE + spec.fee_buffer)
        return choice.shapes(moves(self.candles), float(least), max(2, int(self.asked.money / order)))

    def _preview(self, spec: GridSpec) -> Preview | Problem:
        return preview(spec, self.market, self.touch, self.asked.fees, AMPLE)

    def refused(self, problem: Problem) -> NotPlayed:
        """In the words of /grid."""
        return NotPlayed(why=Why.REFUSED, problem=problem, at=self.touch.at, price=self.touch.bid)


def _proposal(style: Style, shape: Shape, seen: Preview, band: Band, unseen: Unseen | None) -> Proposal:
    rates = [level.sell_price / level.buy_price - ONE for level in seen.levels]
    after = unseen or Unseen()
    return Proposal(
        style=style,
        below=shape.below,
        above=shape.above,
        grids=shape.grids,
        lower=min(level.buy_price for level in seen.levels),
        upper=max(level.sell_price for level in seen.levels),
        step=min(rates),
        low=band.low,
        middle=band.middle,
        high=band.high,
        worst_price=seen.worst_price,
        worst_loss=seen.worst_loss,
        worst=min(seen.worst_loss, band.worst),
        unseen=None if unseen is None else after.total,
        unseen_fees=after.fees,
        unseen_trips=after.round_trips,
        unseen_fall=Decimal(after.fall).quantize(PLACES),
        unseen_days=after.lasted,
    )
