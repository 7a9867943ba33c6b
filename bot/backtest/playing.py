"""One backtest, from prices to figures: the engine that trades, over what was. Asks nobody anything."""

import io
from dataclasses import replace
from decimal import Decimal

from bot.backtest.picture import draw
from bot.backtest.prices import Prices
from bot.history.extra import Missing
from bot.owner.backtests import NotPlayed, Played, Wanted, Why
from bot.owner.proposal import propose
from bot.settings import Defaults
from strategy.account.refusals import crossed
from strategy.messages.problems import Problem
from strategy.model.durations import HOUR
from strategy.model.market import Touch
from strategy.model.spec import GridSpec
from strategy.research.candles import Inner
from strategy.research.figures import Figures, figures_of
from strategy.research.replay import AMPLE, Replay, Rules

PLACES = Decimal("0.000001")
LOOKING = ("gate_hours", "fall", "fall_hours", "shift", "width", "width_hours")
"""The fields of a spec by which it looks back."""


def played(wanted: Wanted, prices: Prices, defaults: Defaults) -> Played | NotPlayed:
    """The grid that is wanted, from the first candle to the last, and the two other ways through them."""
    found = replayed(wanted, prices, defaults)
    if isinstance(found, NotPlayed):
        return found
    told, replay = found
    return replace(told, picture=_picture(replay, figures_of(replay, wanted.fees), wanted))


def replayed(wanted: Wanted, prices: Prices, defaults: Defaults) -> tuple[Played, Replay] | NotPlayed:
    """The same without a picture, and what was played."""
    spec = _spec(wanted, prices, defaults)
    begun = spec if isinstance(spec, Problem) else _begun(wanted, prices, spec, Inner.LIKELY)
    if isinstance(begun, Problem):
        return NotPlayed(
            why=Why.REFUSED,
            problem=begun,
            at=prices.candles.at[prices.first] + prices.candles.interval,
            price=_first_price(prices),
        )
    assert isinstance(spec, GridSpec), "it was begun"
    begun.play()
    low, high = (_total(wanted, prices, spec, inner) for inner in (Inner.LOW_FIRST, Inner.HIGH_FIRST))
    figures = figures_of(begun, wanted.fees)
    return replace(_told(wanted, prices, begun, figures), low_first=low, high_first=high), begun


def before(wanted: Wanted) -> int:
    """Milliseconds of the market's past that have to be known when it starts: a wish may look back, too."""
    said = {name: wanted.wish[name] for name in LOOKING if name in wanted.wish}
    asked = GridSpec(symbol=wanted.market.symbol, grids=1, **said)  # type: ignore[arg-type]  # a field takes its wish
    hours = (wanted.spec or asked).hours_back
    return (hours + 1) * HOUR if hours else 0


def _spec(wanted: Wanted, prices: Prices, defaults: Defaults) -> GridSpec | Problem:
    """As it is known; or what would have been proposed at the price of then. Outside its range it waits."""
    if wanted.spec is not None:
        return replace(wanted.spec, wait_for_range=True)
    market, bid = wanted.market, wanted.market.price_down(_first_price(prices))
    touch = Touch(symbol=market.symbol, bid=bid, ask=bid + market.tick_size, at=0)
    found = propose(wanted.wish, market, touch, wanted.fees, defaults, wanted.quote_price, free=wanted.free)
    return found if isinstance(found, Problem) else replace(found, wait_for_range=True)


def _begun(wanted: Wanted, prices: Prices, spec: GridSpec, inner: Inner) -> Replay | Problem:
    money = wanted.free if spec.is_divided else AMPLE
    rules = Rules(fees=wanted.fees, inner=inner, money=money)
    replay = Replay(market=wanted.market, candles=prices.candles, rules=rules)
    refused = replay.begin(spec, prices.first)
    if refused is None and wanted.spec is None:  # a wish is refused as /grid would: a grid that is was shown already
        refused = crossed(replay.grid.spec, *replay.grid.range)
    return refused or replay


def _total(wanted: Wanted, prices: Prices, spec: GridSpec, inner: Inner) -> Decimal:
    replay = _begun(wanted, prices, spec, inner)
    assert isinstance(replay, Replay), "the same grid starts at the same price"
    replay.play()
    return replay.grid.total(prices.candles.price(prices.candles.close[-1]))


def _first_price(prices: Prices) -> Decimal:
    return prices.candles.price(prices.candles.close[prices.first])


def _told(wanted: Wanted, prices: Prices, replay: Replay, figures: Figures) -> Played:
    grid, stop = replay.grid, replay.grid.stop
    low, high = replay.marks[-1].range
    return Played(
        market=wanted.market,
        spec=grid.spec,
        lowest=low,
        highest=high,
        levels=len(grid.levels),
        days=wanted.days,
        begins=figures.begins,
        ends=figures.ends,
        candles=len(prices.candles) - prices.first - 1,
        interval=prices.candles.interval,
        source=prices.source,
        first_price=figures.first_price,
        last_price=figures.last_price,
        money=figures.money,
        total=figures.total,
        low_first=figures.total,
        high_first=figures.total,
        grid_profit=figures.grid_profit,
        stop_sales=figures.stop_sales,
        floating=figures.floating,
        fees=figures.fees,
        fee_share=None if figures.fee_share is None else _part(figures.fee_share),
        holding=figures.holding,
        fall=figures.drawdown.money,
        fall_share=_part(figures.drawdown.share),
        below=figures.drawdown.longest,
        fills=figures.fills,
        round_trips=figures.round_trips,
        in_range=_part(figures.in_range),
        stopped=None if stop is None else stop.reason,
        stopped_at=None if stop is None else stop.at,
    )


def _picture(replay: Replay, figures: Figures, wanted: Wanted) -> bytes | None:
    out = io.BytesIO()
    try:
        draw(out, replay, figures, wanted.fees)
    except Missing:
        return None
    return out.getvalue()


def _part(value: float) -> Decimal:
    return Decimal(value).quantize(PLACES)
