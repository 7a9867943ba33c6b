"""A sweep on a Dask cluster comes to what it comes to here, also when a worker is killed while it plays."""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from bot.console import demo
from bot.console.cluster import connected
from bot.console.spread import SHARE
from bot.console.sweep import plan_of
from bot.console.sweep_table import table
from bot.console.sweeping import sweep
from bot.settings import read_settings

WORDS = ("ETH_USDC", "lower=1850..1950", "upper=2050..2150", "grids=5..40", "total=1000", "maxloss=off,1%")
GIVEN = {
    "words": WORDS,
    "candles": str(demo.MARKET),
    "maker": Decimal("0.0008"),
    "taker": Decimal("0.001"),
    "slippage": Decimal("0.0005"),
    "fees": "received",
    "queue": "through",
    "data": "data",
    "variants": 20 * SHARE,
    "seed": 1,
    "search": "random",
    "split": Decimal("0.7"),
    "by": "total",
    **dict.fromkeys(("first", "last", "money", "tick", "step", "least", "folds")),
}
ROOT = Path(__file__).parents[2]
PATIENCE = 60
distributed = pytest.importorskip("distributed")


@contextmanager
def process(kind: str, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *arguments, "--no-dashboard"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            yield running
        finally:
            running.kill()


def ready(client: Any) -> str:  # Dask ships types that say less than this
    """Its address, once two workers are there."""
    client.wait_for_workers(2, timeout=PATIENCE)
    return str(client.scheduler.address)


@pytest.mark.filterwarnings("ignore")  # Dask's own
def test_a_worker_that_is_killed_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings, told = read_settings(), list[int]()
    plan, address = plan_of(settings, argparse.Namespace(**GIVEN)), str(tmp_path / "scheduler.json")
    worker = ("worker", "--scheduler-file", address, "--no-nanny", "--nthreads", "1")
    scheduler = ("scheduler", "--scheduler-file", address, "--host", "127.0.0.1", "--port", "0")
    with (
        process(*scheduler),
        process(*worker) as first,
        process(*worker),
        distributed.Client(scheduler_file=address, timeout=PATIENCE) as client,
        connected(ready(client)) as cluster,
    ):

        def kill(done: int, _: int) -> None:
            told.append(done)
            first.kill()

        there = sweep(settings, plan, kill, cluster.play)

    here = sweep(settings, plan, lambda _done, _whole: None)

    assert table(there, there.ranked[:10]) == table(here, here.ranked[:10])
    assert there.inside.states.tolist() == here.inside.states.tolist()
    assert len(told) > 20


def test_no_scheduler_is_said_in_a_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.console.cluster.PATIENCE", 0.5)

    assert main(["sweep", *WORDS, "--candles", str(demo.MARKET), "--cluster", "tcp://127.0.0.1:9"]) == 4
    assert "tcp://127.0.0.1:9" in capsys.readouterr().err
