"""A scenario played by the engine that trades, told line by line: what happened, and the equity beside it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from bot.history.files import read_any
from bot.owner.careful import CAREFUL
from strategy.messages.notices import FillTold, LimitReached, Notice
from strategy.model.durations import HOUR
from strategy.model.ledger import FillEntry
from strategy.model.market import Asset, Fees, Market, Symbol
from strategy.model.money import plain
from strategy.model.spec import GridSpec, Shift, Spacing
from strategy.research.candles import Candles
from strategy.research.figures import figures_of
from strategy.research.marks import Mark
from strategy.research.replay import Replay, Rules

MARKETS, SEEN = Path(__file__).parent / "markets", Path(__file__).parent / "seen"
MARKET = Market(
    symbol=Symbol("ETH_USDC"),
    base=Asset("ETH"),
    quote=Asset("USDC"),
    tick_size=Decimal("0.01"),
    step_size=Decimal("0.0001"),
    min_quantity=Decimal("0.0001"),
)
FEES = Fees(maker=Decimal("0.0008"), taker=Decimal("0.001"))
MONEY = Decimal(1000)
DAY_AND_TWO = 26
"""Hours of the past that a ladder needs in order to follow."""
FIRST, SECOND, LAST = range(3)
POINTS = 24
"""Of the equity, evenly over the time."""
Wish = Mapping[str, object]
LADDER: Wish = {"spacing": Spacing.ARITHMETIC, "grids": 16, "below": Decimal("0.04"), "above": Decimal("0.04")}
KEPT: Wish = {**LADDER, "max_loss": None}
SOLD: Wish = {**LADDER, "max_loss": Decimal("0.03"), "loss_sells": True}
PATIENT: Wish = {**LADDER, "max_loss": None, "fall": Decimal("0.03"), "fall_hours": 2, "fall_pause": 2}
FOLLOWING: Wish = {**KEPT, "shift": Shift.BOTH, "shift_loss": Decimal("0.01")}
ENDLESS: Wish = {**KEPT, "spacing": Spacing.GEOMETRIC, "endless": True}
CAREFULLY: Wish = {**CAREFUL, "gate_hours": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A market, and the grids that are played on it."""

    name: str
    says: str
    minutes: int
    """That a candle lasts."""
    before: int = 0
    """Candles that are past when the grids are started."""
    grids: Mapping[str, Wish] = field(default_factory=lambda: {"a ladder": KEPT, "sold at 3 %": SOLD})


SCENARIOS = (
    Scenario(name="up-and-down", says="A day that goes up and down: 2025-12-18.", minutes=5),
    Scenario(
        name="gap",
        says="An outage of 33 hours, after which the price is above every level: 2018-02-08.",
        minutes=1,
        grids={"a ladder": {**KEPT, "below": Decimal("0.06"), "above": Decimal("0.02")}, "a stop": SOLD},
    ),
    Scenario(
        name="flash-crash",
        says="A crash by a fifth within an hour, and most of the way back: 2025-10-10.",
        minutes=1,
        grids={"a ladder": KEPT, "sold at 3 %": SOLD, "pause after a fall": PATIENT, "careful": CAREFULLY},
    ),
    Scenario(
        name="slow-bleed",
        says="Nine days, a little lower each: 2026-05-11 to 19.",
        minutes=30,
        before=DAY_AND_TWO * 2,
        grids={"a ladder": KEPT, "sold at 3 %": SOLD, "careful": CAREFULLY, "following": FOLLOWING},
    ),
    Scenario(
        name="rise",
        says="Ten days up by two fifths: 2025-07-10 to 18.",
        minutes=30,
        before=DAY_AND_TWO * 2,
        grids={"a ladder": KEPT, "following": FOLLOWING, "without an end": ENDLESS},
    ),
    Scenario(
        name="dead-market",
        says="A day within 0.9 %: 2026-01-10.",
        minutes=5,
        grids={
            "a ladder": KEPT,
            "a narrow one": {**KEPT, "grids": 3, "below": Decimal("0.005"), "above": Decimal("0.004")},
        },
    ),
    Scenario(
        name="fall-of-march",
        says="A fall to less than half within two days: 2020-03-12 and 13.",
        minutes=5,
        before=DAY_AND_TWO * 12,
        grids={"a ladder": KEPT, "sold at 3 %": SOLD, "careful": CAREFULLY, "following": FOLLOWING},
    ),
)


def told(scenario: Scenario) -> str:
    """All grids of a scenario, as text: the reviewed snapshot."""
    read = read_any(MARKETS / f"{scenario.name}.csv.gz")
    assert not read.bad, read.bad
    candles = read.candles(MARKET.tick_size)
    parts = [f"# {scenario.says}\n"]
    for name, wish in scenario.grids.items():
        parts.append("\n".join([f"## {name}", *_lines(candles, scenario.before, wish), ""]))
    return "\n".join(parts)


def _lines(candles: Candles, before: int, wish: Wish) -> Iterator[str]:
    spec = GridSpec(symbol=MARKET.symbol, total=MONEY, max_position=MONEY * 2, seed_patience=0, **wish)  # type: ignore[arg-type]
    replay = Replay(market=MARKET, candles=candles, rules=Rules(fees=FEES), notices=[])
    refused = replay.begin(spec, before)
    assert refused is None, refused
    replay.play()
    figures = figures_of(replay, FEES)
    yield (
        f"total {_money(figures.total)} USDC = grid profit {_money(figures.grid_profit)} + stop sales"
        f" {_money(figures.stop_sales)} + floating {_money(figures.floating)}; fees {figures.fees:.4f};"
        f" deepest fall {_money(-figures.drawdown.money)}; holding {_money(figures.holding)}"
    )
    assert figures.total == figures.grid_profit + figures.stop_sales + figures.floating
    yield f"{figures.fills} fills, {figures.round_trips} round trips; {replay.grid.phase}"
    yield ""
    yield from _events(replay)
    yield ""
    yield from _equity(replay)


def _events(replay: Replay) -> Iterator[str]:
    """Fills and notices; of the same moment a limit comes before its sale, and what it came to after it."""
    happened = [(entry.fill.at, SECOND, _fill(entry)) for entry in replay.fills]
    happened += [
        (notice.at, FIRST if isinstance(notice, LimitReached) else LAST, _notice(notice))
        for notice in replay.notices or ()
        if not isinstance(notice, FillTold)
    ]
    for at, _, text in sorted(happened, key=lambda one: one[:2]):
        yield f"{_time(at)} {text}"


def _fill(entry: FillEntry) -> str:
    fill, what = entry.fill, entry.purpose.value if entry.purpose is not None else "?"
    level = f" {entry.level}" if entry.level is not None else ""
    profit = f", {entry.realised:+.4f} USDC" if entry.closes and entry.realised is not None else ""
    way = "" if fill.is_maker else " as taker"
    return f"{what}{level}: {fill.side.value} {plain(fill.quantity)} at {plain(fill.price)}{way}{profit}"


def _notice(notice: Notice) -> str:
    names = ("reason", "wait", "level", "phase", "value", "threshold", "coins", "sell", "until", "price")
    facts = [(name, getattr(notice, name, None)) for name in names]
    return f"[{notice.kind}] " + " ".join(f"{name}={_said(one)}" for name, one in facts if one is not None)


def _said(one: object) -> str:
    if isinstance(one, Decimal):
        return plain(one.quantize(Decimal("0.00000001")))
    return str(one)


def _equity(replay: Replay) -> Iterator[str]:
    candles, marks = replay.candles, replay.marks
    first, last = marks[0].candle, len(candles) - 1
    ends = sorted({first + round((last - first) * point / POINTS) for point in range(POINTS + 1)})
    for one in ends:
        mark, price = _mark(marks, one), candles.price(candles.close[one])
        total = mark.cash + mark.coins * price
        yield f"{_time(candles.at[one])} {plain(price):>8} {total:+10.4f} USDC {plain(mark.coins):>9} ETH"


def _mark(marks: Sequence[Mark], one: int) -> Mark:
    return next(mark for mark in reversed(marks) if mark.candle <= one)


def _time(at: int) -> str:
    return datetime.fromtimestamp(at // 1000, UTC).strftime("%m-%d %H:%M:%S" if at % HOUR else "%m-%d %H:00:00")


def _money(value: Decimal) -> str:
    return f"{value:+.4f}"
