"""A cold `packgrid backtest` of a year of ETH minutes at 200 lines, as a process: from stored history to the table.

The market is that of `bench_replay`, kept first by `packgrid candles import`: a process of its own, as a process begins
with the memory of the one that starts it. Each row is the best of several runs after one that compiles the kernel.
Memory is that of the command's largest process: Numba's is another one.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.bench_replay import MARKET, YEAR
from benchmarks.figures import show

RUNS = 5
KIB = 1024
WORDS = ("ETH_USDC", "spacing=arithmetic", "lower=1704.85", "upper=4504", "grids=199", "usdc=47.74")
FEES = ("--maker", "0.085%", "--taker", "0.085%")
BACKTEST = ("backtest", *WORDS, "--candles", "ETH_USDC", *FEES)
KINDS = {"all of it": (), "without the range": ("--quick",)}


def main() -> None:
    """Print the table, or say what is missing."""
    if not YEAR.exists():
        print(f"bench_backtest: skipped, {YEAR.name} is not here (see benchmarks/README.md).")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _run(folder, ("candles", "import", str(YEAR), "--market", MARKET.symbol))
        _run(folder, BACKTEST)
        rows = []
        for kind, more in KINDS.items():
            runs = [_run(folder, (*BACKTEST, *more)) for _ in range(RUNS)]
            best = [f"{min(run[one] for run in runs):.2f}" for one in (0, 1)]
            rows.append([kind, *best, f"{max(run[2] for run in runs)}"])
    head = ("packgrid backtest", "s", "processor s", "largest process, MiB")
    show("A cold backtest of a year of ETH minutes, 200 lines, as a process; the best of several runs", head, rows)


def _run(folder: Path, words: tuple[str, ...]) -> tuple[float, float, int]:
    """Seconds by the clock and of all its processes, and MiB."""
    since = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "bot", *words], cwd=folder, stdout=subprocess.PIPE)  # noqa: S603 - our own command
    assert process.stdout is not None, "it is a pipe"
    told = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - since
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, told.decode()
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss // KIB


if __name__ == "__main__":
    main()
