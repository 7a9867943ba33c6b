"""What a replay has come to, for other programs: JSON with exact text for money, CSV of every fill and round trip."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from bot.console.ranges import Range
from strategy.model.durations import HOUR
from strategy.model.money import plain
from strategy.research.figures import Curve, Figures, round_trips
from strategy.research.replay import Replay


def as_json(replay: Replay, figures: Figures, found: Range | None, seconds: float) -> str:
    """The figures, and those of the range where there is one."""
    stop = replay.grid.stop
    told: dict[str, object] = {one.name: _said(getattr(figures, one.name)) for one in fields(Figures)}
    told["drawdown"] = plain(figures.drawdown.money)
    told["drawdown_share"] = figures.drawdown.share
    told["drawdown_longest"] = figures.drawdown.longest
    told["peak_at"], told["trough_at"] = figures.drawdown.peak_at, figures.drawdown.trough_at
    told |= {"seconds": round(seconds, 6), "candles": len(replay.candles) - replay.marks[0].candle}
    told["symbol"], told["phase"] = replay.market.symbol, replay.grid.phase.value
    told["stopped"] = {"reason": stop.reason.value, "at": stop.at} if stop is not None else None
    if found is not None:
        told["low_first"], told["high_first"] = plain(found.low_first), plain(found.high_first)
        told["paths"] = [plain(total) for total in found.paths]
        for name, part in (("paths_10", Decimal("0.1")), ("paths_90", Decimal("0.9"))):
            total = found.at(part)
            told[name] = plain(total) if total is not None else None
    return json.dumps(told, indent=1) + "\n"


def _said(value: object) -> object:
    return (
        plain(value) if isinstance(value, Decimal) else value if isinstance(value, int | float | None) else str(value)
    )


def write_csv(folder: Path, replay: Replay) -> list[str]:
    """fills.csv, round_trips.csv and equity.csv, an hour a line."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    curve, candles, money = Curve(replay.candles, replay.marks), replay.candles, replay.money
    tables: dict[str, tuple[Sequence[str], Iterable[Sequence[str]]]] = {
        "fills": (
            ("time", "purpose", "level", "side", "price", "quantity", "fee", "fee_asset", "maker", "realised"),
            (
                (
                    _time(one.fill.at),
                    str(one.purpose),
                    str(one.level or ""),
                    str(one.fill.side),
                    plain(one.fill.price),
                    plain(one.fill.quantity),
                    plain(one.fill.fee),
                    str(one.fill.fee_asset),
                    "yes" if one.fill.is_maker else "no",
                    plain(one.realised) if one.realised is not None else "",
                )
                for one in replay.fills
            ),
        ),
        "round_trips": (
            ("level", "bought", "sold", "buy_price", "sell_price", "quantity", "profit"),
            (
                (
                    str(one.level),
                    _time(one.bought_at),
                    _time(one.sold_at),
                    *map(plain, (one.buy_price, one.sell_price, one.quantity, one.profit)),
                )
                for one in round_trips(replay.fills)
            ),
        ),
        "equity": (
            ("time", "price", "total", "equity"),
            (
                (
                    _time(candles.at[one] + candles.interval),
                    *map(plain, (candles.price(candles.close[one]), curve.exact(one), money + curve.exact(one))),
                )
                for one in curve.ends_of(HOUR)
            ),
        ),
    }
    for name, (head, rows) in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *rows])
    return [f"{name}.csv" for name in tables]


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
