"""Pictures of what nobody waits for: weeks of an invented market, played by the engine that trades, on paper."""

from array import array
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Decimal
from random import Random

from bot.backtest.picture import picture_of
from bot.mode import Mode
from bot.owner.overview import grid_line
from bot.owner.pictures import CurvePicture, Point
from bot.owner.views import Bar, BooksOf, BooksView, Period, Picture, Span, Theme, so_far
from bot.telegram.texts import pictures
from storage.store import Trips
from strategy.grid.opening import Preview, preview
from strategy.messages.reports import Report
from strategy.model.curve import joined, point
from strategy.model.durations import HOUR
from strategy.model.market import Fees, Touch
from strategy.model.orders import GridId
from strategy.model.spec import GridSpec, Spacing
from strategy.research.candles import Candles, Inner
from strategy.research.figures import Curve, figures_of
from strategy.research.replay import AMPLE, Replay, Rules
from tests.unit.backtesting import a_result
from tests.unit.drawing import BEGIN
from tests.unit.viewing import MARKET, a_summary

D = Decimal


def of_weeks(lang: str, theme: Theme) -> dict[str, Picture]:
    """What nobody waits for: three weeks of a market that is invented, played by the engine that trades, on paper."""
    spec = GridSpec(
        symbol=MARKET.symbol,
        spacing=Spacing.ARITHMETIC,
        grids=18,
        lower=D(1840),
        upper=D(2160),
        total=D(1800),
        max_loss=None,
    )
    replay, zone = _played(21, spec), UTC
    grid, candles, curve = replay.grid, replay.candles, Curve(replay.candles, replay.marks)
    ends = [one for one in curve.ends_of(HOUR) if one > curve.first]
    points = [(candles.at[one] + candles.interval, curve.exact(one)) for one in ends]
    last = candles.price(candles.close[-1])
    bars = [
        Bar(at=at, open=D(0), high=D(0), low=D(0), close=candles.price(candles.close[one]))
        for one, (at, _) in zip(ends, points, strict=True)
    ]
    now, touch = points[-1][0], Touch(symbol=grid.spec.symbol, bid=last, ask=last + replay.market.tick_size, at=0)
    account = replace(replay.run.account, touches={grid.spec.symbol: touch})
    account = replace(account, grids={GridId(1): replace(account.grids[grid.id], created_at=candles.at[curve.first])})
    line = grid_line(account, account.grids[GridId(1)], Trips(fills=21, round_trips=10, realised=D(0)), now)
    summary = replace(a_summary(0), at=now, mode=Mode.PAPER, grids=(line,))
    seen = pictures.Seen(summary=summary, account=account, grid=account.grids[GridId(1)], theme=theme, zone=zone)
    made = replace(so_far(account, seen.grid, now), curve=joined(point(*one) for one in points))
    books = BooksView(
        shown=BooksOf(period=Period(span=Span.START), grids={line.grid_id: made}, quotes={line.quote: made})
    )
    today = pictures.by_day([(seen.grid.created_at, D(0)), *points], zone)[-1][1]
    day = replace(line, standing=replace(line.standing, today=today))
    report = Report(at=now, day=datetime.fromtimestamp(now / 1000, UTC).date().isoformat(), grids=(day,))
    offered = preview(grid.spec, MARKET, touch, replay.rules.fees, AMPLE)
    assert isinstance(offered, Preview)
    return {
        "ladder": pictures.ladder_picture(lang, offered, theme=theme, mode=Mode.PAPER, at=now, zone=zone),
        "curve": pictures.curve_picture(
            lang, seen, curve=points, bars=bars, fall=joined(point(*one) for one in points)
        ),
        "days": pictures.days_picture(lang, seen, curve=points),
        "share": pictures.share_picture(lang, theme, summary, books, line.quote, zone, points),
        "report": pictures.report_picture(lang, theme, report, Mode.PAPER, zone),
    }


def a_backtest() -> CurvePicture:
    """Of the thirty days that conversations play: an invented market, whose end and the grid's are those they tell."""
    told = a_result()
    replay = _played(told.days, told.spec, rise=100)
    figures = figures_of(replay, replay.rules.fees)
    picture = picture_of(replay, figures, replay.rules.fees)
    shown = f"+{told.total.quantize(D('0.01'), ROUND_DOWN):,} USDC (+{told.total / told.money * 100:,.2f} %)"
    lines = (_ending(picture.equity, told.money, told.total), _ending(picture.holding, told.money, told.holding))
    return replace(picture, head=replace(picture.head, figure=shown), equity=lines[0], holding=lines[1])


def _ending(line: Sequence[Point], money: Decimal, made: Decimal) -> tuple[Point, ...]:
    """The line, stretched so that it ends with that."""
    last = line[-1][1] - money
    return tuple((at, money + (value - money) * made / last) for at, value in line)


def _played(days: int, spec: GridSpec, rise: float = 0) -> Replay:
    """The price swings around 2,000, or around what rises from there by so much."""
    dice = Random(11)
    price, rows = 2000.0, []
    for _ in range(days * 24 * 12):
        first, price = price, price + dice.gauss(0, 2.1) + (2000 - price) * 0.0008
        rows.append(
            (first, max(first, price) + abs(dice.gauss(0, 1)), min(first, price) - abs(dice.gauss(0, 1)), price)
        )
    up = rise / len(rows)
    opened, high, low, close = (
        array("q", (round((row[one] + up * number) * 100) for number, row in enumerate(rows))) for one in range(4)
    )
    at = array("q", (BEGIN + number * 300_000 for number in range(len(rows))))
    candles = Candles(unit=D("0.01"), interval=300_000, at=at, open=opened, high=high, low=low, close=close)
    fees = Fees(maker=D("0.0008"), taker=D("0.001"))
    replay = Replay(market=MARKET, candles=candles, rules=Rules(fees=fees, inner=Inner.LIKELY, money=AMPLE))
    assert replay.begin(spec, 0) is None
    replay.play()
    return replay
