"""A backtest as a picture: the equity beside holding and cash, and beneath it how far it had fallen."""

from datetime import UTC, datetime
from pathlib import Path

from bot.history.extra import extra
from strategy.model.market import Fees
from strategy.model.past import HOUR
from strategy.research.figures import Curve, Figures
from strategy.research.replay import Replay

_INK, _GRID, _HELD, _FALL = "#222222", "#1f77b4", "#999999", "#c0392b"


def draw(path: Path, replay: Replay, figures: Figures, fees: Fees) -> None:
    """Write it as a PNG, an hour a point."""
    extra("matplotlib").use("Agg")
    pyplot = extra("matplotlib.pyplot")
    candles, curve = replay.candles, Curve(replay.candles, replay.marks)
    ones, money = curve.ends_of(HOUR), float(figures.money)
    times = [datetime.fromtimestamp((candles.at[one] + candles.interval) / 1000, UTC) for one in ones]
    equity = [money + curve.floats[one - curve.first] for one in ones]
    first = candles.close[ones[0]] * (1 + float(fees.taker))
    figure, (above, below) = pyplot.subplots(
        2, 1, sharex=True, figsize=(10, 6), height_ratios=(3, 1), layout="constrained"
    )
    above.plot(times, [money * candles.close[one] / first for one in ones], color=_HELD, lw=0.8, label="holding")
    above.axhline(money, color=_INK, lw=0.6, ls=":", label="cash")
    above.plot(times, equity, color=_GRID, lw=1.2, label="grid")
    above.set_title(f"{replay.market.symbol}: {figures.total:+,.2f} {replay.market.quote}", loc="left")
    above.legend(frameon=False)
    below.fill_between(times, _falls(equity), color=_FALL, lw=0, alpha=0.6)
    below.set_ylabel("drawdown, %")
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _falls(equity: list[float]) -> list[float]:
    """How far below its highest it is, in per cent."""
    found, high = [], equity[0]
    for one in equity:
        high = max(high, one)
        found.append((one / high - 1) * 100)
    return found
