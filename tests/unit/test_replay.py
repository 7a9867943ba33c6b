"""The replay against a bare program that knows nothing of the engine, on the demo's recorded market."""

from array import array
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from bot.console import demo
from bot.demo.backpack.feed import read_rows
from strategy.model.market import Asset, Fees, Market, Symbol
from strategy.model.spec import GridSpec, Spacing
from strategy.research.candles import Candles, Inner
from strategy.research.figures import figures_of
from strategy.research.replay import Replay, Rules

TICK, STEP, MAKER = Decimal("0.01"), Decimal("0.0001"), Decimal("0.0008")
MARKET = Market(
    symbol=Symbol("ETH_USDC"),
    base=Asset("ETH"),
    quote=Asset("USDC"),
    tick_size=TICK,
    step_size=STEP,
    min_quantity=STEP,
)
FEES = Fees(maker=MAKER, taker=Decimal("0.001"))


def recorded() -> Candles:
    rows = [(int(row[0]), *(int(Decimal(price) / TICK) for price in row[1:5])) for row in read_rows(Path(demo.MARKET))]
    at, opened, high, low, close = (array("q", column) for column in zip(*rows, strict=True))
    return Candles(unit=TICK, interval=60_000, at=at, open=opened, high=high, low=low, close=close)


def a_spec(candles: Candles, **changes: object) -> GridSpec:
    closes = sorted(candles.close)
    usual: dict[str, object] = {
        "lower": candles.price(closes[len(closes) // 10]),
        "upper": candles.price(closes[-len(closes) // 10]),
        "grids": 12,
        "base_per_order": Decimal("0.02"),
        "max_loss": None,
        "max_position": Decimal(10**6),
        "fee_buffer": Decimal(-1),
    }
    return GridSpec(symbol=MARKET.symbol, spacing=Spacing.ARITHMETIC, **usual | changes)  # type: ignore[arg-type]


def played(candles: Candles, spec: GridSpec, rules: Rules) -> Replay:
    replay = Replay(market=MARKET, candles=candles, rules=rules)
    assert replay.begin(spec) is None
    replay.play()
    return replay


def bare(candles: Candles, lines: list[int], quantity: Decimal, paid: Decimal) -> tuple[int, Decimal]:
    """Fills and cash, coins at the last price included: a level between two lines holds coins, or buys them. The coins
    of the levels above the price were bought at the start, for what was paid; an order is filled once the price is
    beyond it.
    """
    levels = list(pairwise(lines))
    holds = [low > candles.close[0] for low, _ in levels]
    fills, coins, cash = 0, sum(holds) * quantity, -paid
    for one in range(1, len(candles)):
        for _, price in candles.path(one, Inner.LIKELY):
            for place, (low, high) in enumerate(levels):
                if not holds[place] and price < low:
                    change, holds[place] = -low, True
                elif holds[place] and price > high:
                    change, holds[place] = high, False
                else:
                    continue
                fills += 1
                cash += quantity * TICK * (change - high * MAKER if change > 0 else change - low * MAKER)
                coins += -quantity if change > 0 else quantity
    return fills, cash + coins * candles.close[-1] * TICK


def test_a_bare_program_comes_to_the_same_to_the_last_digit() -> None:
    candles, none = recorded(), Fees(maker=Decimal(0), taker=Decimal(0))
    # Fees are taken out of the quote and the engine is told of none, so that it buys no coins for them.
    replay = played(candles, a_spec(candles), Rules(fees=FEES, told=none, fees_in_quote=True))
    levels, (seed,) = replay.grid.levels.values(), (one.fill for one in replay.fills if one.level is None)
    lines = [int(one.buy_price / TICK) for one in levels] + [int(replay.grid.highest / TICK)]

    fills, total = bare(
        candles, lines, seed.quantity / sum(one.initial == "sell" for one in levels), seed.value + seed.fee
    )
    figures = figures_of(replay, FEES)

    assert figures.fills == fills > 100
    assert figures.total == total
    assert figures.total == figures.grid_profit + figures.floating
