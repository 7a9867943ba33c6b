"""What ends the process: SIGHUP like SIGTERM, with its terminal gone or not, unless it was started to outlive it."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from bot.console import demo

PATIENCE = 60
HEARS_ALL = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from bot.__main__ import main; sys.exit(main(sys.argv[1:]))"
)
"""Ctrl+C, too, which a shell hides from what it runs in the background: these tests, perhaps."""


async def started(folder: Path, output: int | None = None, *, nohup: bool = False) -> asyncio.subprocess.Process:
    """A local Backpack that has come up; its output goes to a pipe unless it is given."""
    ignoring = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); " if nohup else ""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        f"{ignoring}import sys; from bot.__main__ import main; sys.exit(main(sys.argv[1:]))",
        *("exchange", "--port", "0", "--state", "state.json"),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE if output is None else output,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    if process.stdout is not None:
        assert b"Local Backpack" in await process.stdout.readline()
    return process


@pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
async def test_each_signal_ends_in_order_with_nothing_left_undone(tmp_path: Path, how: signal.Signals) -> None:
    process = await started(tmp_path)
    process.send_signal(how)
    async with asyncio.timeout(PATIENCE):
        assert await process.wait() == 0
    assert (tmp_path / "state.json").exists(), "it saved what it holds"


async def test_a_terminal_that_closes_ends_in_order_too(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    process = await started(tmp_path, theirs)
    os.close(theirs)
    loop = asyncio.get_running_loop()
    assert b"Local" in await loop.run_in_executor(None, os.read, ours, 1000)
    os.close(ours)
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGHUP)
    async with asyncio.timeout(PATIENCE):
        assert await process.wait() == 0
    assert (tmp_path / "state.json").exists()


async def test_what_was_started_with_nohup_outlives_its_terminal(tmp_path: Path) -> None:
    process = await started(tmp_path, nohup=True)
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        assert b"Finishing" in await process.stdout.readline(), "it heard only the second signal"
        assert await process.wait() == 0


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("word", ["maxloss=off", "compound=50%"], ids=["by the kernel", "by the engine"])
async def test_what_computes_is_left_at_once_with_all_that_it_has_begun(
    tmp_path: Path, word: str, how: signal.Signals
) -> None:
    """Ctrl+C went to what waits for something: a sweep of an hour waits for nothing, and went on."""
    words = ("ETH_USDC", "lower=1900", "upper=2100", "grids=20", "total=1000", word, "--paths", "10000")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HEARS_ALL, "backtest", *words, "--candles", str(demo.MARKET)),
        cwd=tmp_path,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdout is not None
    while b"coins against quote" not in await process.stdout.readline():
        assert not process.stdout.at_eof(), "it plays the markets that might have been once the table is there"
    process.send_signal(how)
    async with asyncio.timeout(PATIENCE):
        said = await process.stdout.read()  # its end comes when no process of it is left
        status = await process.wait()
    if how is signal.SIGKILL:
        assert status == -signal.SIGKILL
    else:
        assert (status, said.strip().splitlines()[-1:]) == (130, [b"Left at once."])
