"""What every benchmark prints: one small table. Medians and percentiles only; nothing is measured here."""

import os
import platform
from collections.abc import Sequence
from statistics import median

__all__ = ["median", "percentile", "show"]


def percentile(values: Sequence[float], part: float) -> float:
    """The value that `part` (0 to 1) of the values do not exceed, nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def show(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table, so that it can be copied into a README, with what else the machine is doing."""
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(f"{title} ({machine})\n")
    for cells in (head, ["-" * width for width in widths], *rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |")
    print(flush=True)
