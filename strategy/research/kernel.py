"""Many ladders over one market at once, compiled: what `replay` would say of each, to the last unit. No I/O.

Exact by whole numbers: see `loop`. What a ladder may be is said in `scale`, and what it may not be is refused by name.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate

import numpy as np

from strategy.messages.problems import ProblemCode
from strategy.model.inventory import CLOSING, OPENING
from strategy.model.market import Side
from strategy.model.spec import GridSpec
from strategy.model.stops import StopReason
from strategy.research import loop
from strategy.research.candles import Candles, Inner
from strategy.research.ladders import MOST, Ladder, ladder_of
from strategy.research.loop import COARSE, COLUMNS, FINE, STATE, Prices, Span, Whole
from strategy.research.scale import BANDS, SLIPS, Scale, Unsupported

_INNER = {Inner.LIKELY: 0, Inner.LOW_FIRST: 1, Inner.HIGH_FIRST: 2}
_REASONS = {
    loop.STOP_LOSS: StopReason.STOP_LOSS,
    loop.TAKE_PROFIT: StopReason.TAKE_PROFIT,
    loop.MAX_LOSS: StopReason.MAX_LOSS,
}


@dataclass(frozen=True, slots=True)
class Track:
    """A recorded market, laid out for the loop."""

    market: tuple[Prices, Whole, Whole]
    """Its candles, and what is known of coarse and of fine blocks of them."""
    highest: int

    @classmethod
    def of(cls, candles: Candles) -> "Track":
        """Of a market as it is played by the engine."""
        opened, high, low, close = (
            np.frombuffer(column, np.int64) for column in (candles.open, candles.high, candles.low, candles.close)
        )
        prices = opened, high, low, close
        return cls((prices, loop.blocks_of(prices, COARSE), loop.blocks_of(prices, FINE)), int(high.max()))

    def __len__(self) -> int:
        return len(self.market[0][loop.CLOSE])


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one ladder has come to at a close. Money in quote, exact."""

    fills: int
    """Of the levels' orders."""
    round_trips: int
    stop_fills: int
    total: Decimal
    fees: Decimal
    cash: Decimal
    coins: Decimal
    drawdown: Decimal
    """The deepest fall of the total from its highest, by closes."""
    share: float
    """Of the equity at that highest."""
    reason: StopReason | None
    """The limit that stopped it."""
    stopped: int | None
    """In which candle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traded:
    """One fill."""

    candle: int
    level: int | None
    """Its rank; None for the first coins, and for a sale on stopping."""
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    """In what is received, or in quote, as the rules say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What many ladders have come to."""

    scale: Scale
    ladders: Sequence[Ladder]
    states: Whole
    totals: Whole
    """Of each at each close that was asked for, in parts of a unit times a step."""
    last: int
    """The price at the end, in units."""

    def __len__(self) -> int:
        return len(self.ladders)

    def __iter__(self) -> Iterator[Outcome]:
        return map(self.outcome, range(len(self)))

    def total(self, one: int) -> int:
        """In parts of a unit times a step."""
        return int(self.states[one, loop.CASH]) + int(self.states[one, loop.COINS]) * self.last

    def outcome(self, one: int) -> Outcome:
        """As values."""
        state, scale, ladder = [int(value) for value in self.states[one]], self.scale, self.ladders[one]
        equity = ladder.money * scale.parts + state[loop.TOP]
        reason = _REASONS.get(state[loop.REASON])
        return Outcome(
            fills=state[loop.BOUGHT] + state[loop.SOLD],
            round_trips=state[loop.SOLD],
            stop_fills=state[loop.STOPS],
            total=scale.money(self.total(one)),
            fees=scale.money(state[loop.TRADED] * scale.maker + state[loop.TAKEN] * scale.taker),
            cash=scale.money(state[loop.CASH]),
            coins=scale.coins(state[loop.COINS]),
            drawdown=scale.money(state[loop.DRAWDOWN]),
            share=state[loop.DRAWDOWN] / equity if state[loop.DRAWDOWN] else 0.0,
            reason=reason,
            stopped=state[loop.STOPPED] if reason is not None else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A part of a recorded market, and the rules by which it is played."""

    track: Track
    scale: Scale
    span: Span
    """The candle at whose close the ladders start, and the one that is played no more."""
    ends: tuple[int, ...] = ()
    """Candles at whose close the totals are wanted."""

    def __post_init__(self) -> None:
        assert 0 <= self.span[0] < self.span[1] <= len(self.track)

    def ladder(self, spec: GridSpec) -> Ladder | ProblemCode:
        """The ladder of a wish, or why the engine would not open it."""
        return ladder_of(spec, self.scale, self.price)

    @property
    def price(self) -> int:
        """At which the ladders start, in units."""
        return int(self.track.market[0][loop.CLOSE][self.span[0]])

    @property
    def last(self) -> int:
        """The price at the end, in units."""
        return int(self.track.market[0][loop.CLOSE][self.span[1] - 1])

    def play(self, ladders: Sequence[Ladder]) -> Results:
        """Play them all, one after the other. Holds up no other thread."""
        self._watch(ladders)
        states = np.zeros((len(ladders), STATE), np.int64)
        totals = np.zeros((len(ladders), len(self.ends)), np.int64)
        begins = np.array([0, *accumulate(one.levels.shape[1] for one in ladders)], np.int64)
        levels, terms = np.concatenate([one.levels for one in ladders], axis=1), self._terms(ladders)
        wanted = (np.array(self.ends, np.int64), totals)
        loop.play_all(self.track.market, self.span, begins, terms, levels, wanted, states)
        return Results(scale=self.scale, ladders=ladders, states=states, totals=totals, last=self.last)

    def trades(self, ladder: Ladder) -> list[Traded]:
        """Every fill of one ladder, the first coins included."""
        state = self.play([ladder]).states[0]
        log = np.zeros((int(state[loop.BOUGHT] + state[loop.SOLD] + state[loop.STOPS]), COLUMNS), np.int64)
        nothing = np.empty(0, np.int64)
        told, terms = (nothing, nothing), self._terms([ladder])[0]
        loop.play(self.track.market, self.span, terms, ladder.levels.copy(), told, log, np.zeros(STATE, np.int64))
        seeds = [(self.span[0], -1, 0, ladder.seed_price, ladder.seeds)] if ladder.seeds else []
        return [_traded(self.scale, *row) for row in (*seeds, *log.tolist())]

    def _terms(self, ladders: Sequence[Ladder]) -> Whole:
        scale, terms = self.scale, np.array([one.terms for one in ladders])
        terms[:, loop.GAP] = 0 if scale.rules.touch else 1
        terms[:, loop.TICK], terms[:, loop.INNER], terms[:, loop.PARTS] = (
            scale.tick,
            _INNER[scale.rules.inner],
            scale.parts,
        )
        terms[:, loop.MAKER], terms[:, loop.TAKER] = scale.maker, scale.taker
        terms[:, loop.IN_QUOTE], terms[:, loop.LEAST] = scale.rules.fees_in_quote, scale.least
        terms[:, loop.SLIP], terms[:, loop.SLIPS] = int(scale.rules.slippage * SLIPS), SLIPS
        terms[:, loop.BAND], terms[:, loop.BANDS] = scale.band, BANDS
        return terms

    def _watch(self, ladders: Sequence[Ladder]) -> None:
        """Nothing may become larger than a whole number of eight bytes holds."""
        highest = self.track.highest
        most = max((one.most_steps for one in ladders), default=0)
        if most * self.scale.parts * highest * 4 >= MOST or highest * SLIPS >= MOST:
            raise Unsupported("unit")


def _traded(scale: Scale, candle: int, level: int, side: int, price: int, steps: int) -> Traded:
    rate = scale.maker if level >= 0 else scale.taker
    in_base = not side and not scale.rules.fees_in_quote
    return Traded(
        candle=candle,
        level=level + 1 if level >= 0 else None,
        side=CLOSING if side else OPENING,
        price=price * scale.unit,
        quantity=steps * scale.market.step_size,
        fee=scale.coins(steps * rate) if in_base else scale.money(steps * price * rate),
    )
