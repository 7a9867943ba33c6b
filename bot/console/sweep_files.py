"""What a sweep has found as a file of all variants, and as a heat map of two parameters."""

from pathlib import Path

import numpy as np

from bot.console.sweeping import Swept
from bot.console.variants import typed
from bot.history.extra import extra
from strategy.model.money import plain

CELLS = 24
"""Of a heat map, at most, on each side."""


def write(path: Path, swept: Swept) -> None:
    """A row a variant. Money is exact text, as what was typed is; ratios are numbers."""
    arrow, parquet = extra("pyarrow"), extra("pyarrow.parquet")
    found, outcomes = swept.found, list(swept.inside)
    after = [swept.outside.get(one) for one in range(len(swept.variants))]
    axes = swept.plan.axes
    columns: dict[str, object] = {
        axis.word: [typed(axis.word, one[axis.word]) for one in swept.variants] for axis in axes
    }
    columns |= {
        "total": [plain(one.total) for one in outcomes],
        "fees": [plain(one.fees) for one in outcomes],
        "drawdown": [plain(one.drawdown) for one in outcomes],
        "fills": [one.fills for one in outcomes],
        "round_trips": [one.round_trips for one in outcomes],
        "stopped_by": [one.reason.value if one.reason else None for one in outcomes],
        "part": found.part,
        "drawdown_share": found.drawdown,
        "calmar": found.calmar,
        "sharpe": found.sharpe,
        "unseen_total": [plain(one.total) if one else None for one in after],
        "unseen_drawdown": [plain(one.drawdown) if one else None for one in after],
        "unseen_round_trips": [one.round_trips if one else None for one in after],
    }
    parquet.write_table(arrow.table(columns), path, compression="zstd")


def draw(path: Path, swept: Swept) -> None:
    """The first two parameters that differ; a cell shows the middle of what lies in it."""
    extra("matplotlib").use("Agg")
    pyplot = extra("matplotlib.pyplot")
    axes, scores = swept.plan.axes, swept.scores
    places = swept.places[:, :2] if len(axes) > 1 else np.column_stack((swept.places[:, 0], np.zeros(len(scores))))
    cells = max(2, min(CELLS, int(np.sqrt(len(scores) / 2))))
    at = np.minimum((places * cells).astype(np.int64), cells - 1)
    shown = np.full((cells, cells), np.nan)
    for column, row in {(int(one), int(other)) for one, other in at}:
        here = scores[(at[:, 0] == column) & (at[:, 1] == row)]
        shown[row, column] = np.median(here[np.isfinite(here)]) if np.isfinite(here).any() else np.nan
    figure, chart = pyplot.subplots(figsize=(8, 6), layout="constrained")
    drawn = chart.imshow(shown, origin="lower", aspect="auto", extent=(0, 1, 0, 1), cmap="RdYlGn")
    figure.colorbar(drawn, label=str(swept.plan.by))
    for number, axis in enumerate(axes[:2]):
        ends = [typed(axis.word, axis.choices[0]), typed(axis.word, axis.choices[-1])]
        (chart.set_yticks if number else chart.set_xticks)([0, 1], ends)
        (chart.set_ylabel if number else chart.set_xlabel)(axis.word)
    best = places[swept.ranked[0]]
    chart.plot(*best, "k*", markersize=14)
    chart.set_title(f"{swept.plan.case.market.symbol}: {len(scores):,} variants", loc="left")
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
