"""Three grids for a market, and the default one beside them, from its prices to what the owner is shown. Asks nobody
anything, and starts nothing.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from bot.backtest.prices import Prices
from bot.owner.backtests import NotPlayed, Source, Why
from bot.owner.pictures import Point, Rung
from bot.owner.proposal import propose
from bot.owner.suggestions import Asked, Proposal, Proposed, Went
from bot.owner.wish import Wish
from bot.settings import Defaults
from strategy.grid.opening import Preview, preview
from strategy.grid.sizing import least_order
from strategy.grid.trips import least_step
from strategy.messages.problems import Problem
from strategy.model.durations import DAY
from strategy.model.market import Market, Touch
from strategy.model.money import ONE
from strategy.model.spec import GridSpec, Spacing
from strategy.research import choice
from strategy.research.bootstrap import moves
from strategy.research.candles import Candles
from strategy.research.choice import Shape
from strategy.research.forecast import Band, foreseen
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
MOST_POINTS = 180
"""Of the past on a picture."""
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
        return search.found(spec, search.default(defaults), prices.source)
    except Unsupported as wrong:
        return NotPlayed(why=Why.UNPLAYED, text=", ".join(wrong.args))


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

    def default(self, defaults: Defaults) -> GridSpec | Problem:
        """What /grid makes of the money alone, at the target that is set even where fees eat it: that is said then."""
        wish: Wish = {"spacing": Spacing.INTERVAL, "out_want": defaults.out_want, "total": self.asked.money}
        return propose(wish, self.market, self.touch, self.asked.fees, defaults, self.asked.quote_price)

    def found(self, spec: GridSpec, default: GridSpec | Problem, source: Source) -> Proposed | NotPlayed:
        """The three for a wish whose shape is open, and the default one."""
        candles, scale = self.candles, self.scale
        lattice = choice.opened(self._shapes(spec), spec, choice.course_of(candles, scale))
        if not lattice.ladders:
            seen = self._preview(_WIDE.of(spec))
            return self.refused(seen) if isinstance(seen, Problem) else NotPlayed(why=Why.NOTHING)
        three = {style: shape.of(spec) for style, shape in choice.chosen(lattice, candles, scale, SEED).items()}
        opened = {style: one for style, wish in three.items() if isinstance(one := self._opened(wish), _Open)}
        if not opened:
            return NotPlayed(why=Why.NOTHING)
        by_default = default if isinstance(default, Problem) else self._opened(default)
        if isinstance(by_default, _Open):
            opened[Style.DEFAULT] = by_default
        unseen = walked(lattice, spec, candles, scale, SEED)
        ladders = [one.ladder for one in opened.values()]
        ahead = foreseen(ladders, choice.coarsened(candles), scale, SEED, year=self.year)
        bands = dict(zip(opened, ahead.bands, strict=True))
        return Proposed(
            market=self.market,
            money=self.asked.money,
            price=self.touch.bid,
            begins=candles.at[0],
            ends=candles.at[-1] + candles.interval,
            candles=len(candles),
            interval=candles.interval,
            source=source,
            variants=len(lattice.ladders),
            proposals=tuple(
                _proposal(style, one, bands[style], self._past(one), unseen.get(style)) for style, one in opened.items()
            ),
            refused=by_default if isinstance(by_default, Problem) else None,
            closes=_closes(candles),
            coming=ahead.prices,
        )

    def _opened(self, spec: GridSpec) -> "_Open | Problem | None":
        """A grid at the last close, or why it would not be opened; None where it can't be played."""
        seen, now = self._preview(spec), Course(track=self._track, scale=self.scale, span=self._now)
        if isinstance(seen, Problem):
            return seen
        ladder = now.ladder(unbound(spec))
        return _Open(seen=seen, ladder=ladder) if isinstance(ladder, Ladder) else None

    @cached_property
    def _track(self) -> Track:
        return Track.of(self.candles)

    @property
    def _now(self) -> tuple[int, int]:
        return len(self.candles) - 1, len(self.candles)

    def _past(self, one: "_Open") -> Went | None:
        """The same grid from the first candle to the last."""
        course = Course(track=self._track, scale=self.scale, span=(0, len(self.candles)))
        ladder = course.ladder(unbound(one.seen.spec))
        if not isinstance(ladder, Ladder):
            return None
        outcome = course.play([ladder]).outcome(0)
        return Went(
            total=outcome.total,
            fees=outcome.fees,
            trips=outcome.round_trips,
            fall=Decimal(outcome.share).quantize(PLACES),
            lasted=len(self.candles) * self.candles.interval,
        )

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """A grid as it would be opened now."""

    seen: Preview
    ladder: Ladder


def _proposal(style: Style, one: _Open, band: Band, past: Went | None, unseen: Unseen | None) -> Proposal:
    seen = one.seen
    return Proposal(
        style=style,
        spec=seen.spec,
        rungs=tuple(Rung(price=level.price, side=level.side) for level in seen.levels),
        lower=min(level.buy_price for level in seen.levels),
        upper=max(level.sell_price for level in seen.levels),
        step=min(level.sell_price / level.buy_price - ONE for level in seen.levels),
        low=band.low,
        middle=band.middle,
        high=band.high,
        worst_price=seen.worst_price,
        worst_loss=seen.worst_loss,
        worst=min(seen.worst_loss, band.worst),
        past=past,
        unseen=None if unseen is None else _unseen(unseen),
    )


def _unseen(found: Unseen) -> Went:
    fall = Decimal(found.fall).quantize(PLACES)
    return Went(total=found.total, fees=found.fees, trips=found.round_trips, fall=fall, lasted=found.lasted)


def _closes(candles: Candles) -> tuple[Point, ...]:
    """The last of them is always there."""
    apart = -(-len(candles) // MOST_POINTS)
    ends = range((len(candles) - 1) % apart, len(candles), apart)
    return tuple((candles.at[one] + candles.interval, candles.price(candles.close[one])) for one in ends)
