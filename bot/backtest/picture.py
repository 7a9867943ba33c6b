"""A backtest as a picture for the phone: the equity beside holding and cash, and beneath it how far it had fallen.

Figures, dates and the market's name only, so that one picture serves every language.
"""

from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

from bot.history.extra import extra
from bot.owner.pictures import CurvePicture, Head, Theme, tone_of
from strategy.model.durations import HOUR
from strategy.model.market import Fees
from strategy.research.figures import Curve, Figures
from strategy.research.replay import Replay

_MOST_POINTS = 720
"""More than a phone can show side by side is not drawn."""
_MARK = "BACKTEST"
"""Nobody is to take it for money that was made."""


def draw(path: Path | BinaryIO, replay: Replay, figures: Figures, fees: Fees) -> None:
    """Write it as a PNG. Raises `Missing` where what draws is not installed."""
    extra("matplotlib")
    png = import_module("bot.pictures.paint").paint(picture_of(replay, figures, fees))
    assert isinstance(png, bytes), "its letters are ours"
    if isinstance(path, Path):
        path.write_bytes(png)
    else:
        path.write(png)


def picture_of(replay: Replay, figures: Figures, fees: Fees) -> CurvePicture:
    """What is on it."""
    candles, curve = replay.candles, Curve(replay.candles, replay.marks)
    ones = _places(curve, len(candles))
    times = [candles.at[one] + candles.interval for one in ones]
    first = candles.price(candles.close[ones[0]]) * (1 + fees.taker)
    sign = "+" if figures.total > 0 else ""
    share = f"{sign}{figures.total / figures.money * 100:,.2f} %"
    days = (datetime.fromtimestamp(at / 1000, UTC).date().isoformat() for at in (times[0], times[-1]))
    return CurvePicture(
        head=Head(
            theme=Theme.DARK,
            title=str(replay.market.symbol),
            figure=f"{sign}{figures.total:,.2f} {replay.market.quote} ({share})".replace("-", "−"),
            tone=tone_of(figures.total),
            note=" – ".join(days),
            mark=_MARK,
            foot="Packgrid",
        ),
        equity=tuple((at, figures.money + curve.exact(one)) for at, one in zip(times, ones, strict=True)),
        holding=tuple(
            (at, figures.money * candles.price(candles.close[one]) / first) for at, one in zip(times, ones, strict=True)
        ),
        money=Decimal(figures.money),
    )


def _places(curve: Curve, candles: int) -> list[int]:
    """The candles that are drawn: an hour a point, or fewer of a long time and more of a short one."""
    hourly = curve.ends_of(HOUR)
    every = hourly if len(hourly) > _MOST_POINTS // 10 else list(range(curve.first, candles))
    apart = -(-len(every) // _MOST_POINTS)
    return sorted({*every[::apart], every[-1]})
