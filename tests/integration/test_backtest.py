"""`packgrid backtest` as it is typed: what is printed and written, and what is said of what can't be played."""

import gzip
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.console import demo

WORDS = ("ETH_USDC", "lower=1900", "upper=2100", "grids=20", "total=1000", "maxloss=off")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's settings, and nothing that is kept."""
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_backtest_prints_a_table_and_writes_exact_figures(tmp_path: Path) -> None:
    done = run("backtest", *WORDS, "--candles", str(demo.MARKET), "--json", "a.json", "--csv", "out", "--paths", "2")

    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads((tmp_path / "a.json").read_text())
    money = {name: Decimal(told[name]) for name in ("total", "grid_profit", "floating", "fees", "drawdown")}
    assert all(isinstance(told[name], str) for name in money)
    assert money["total"] == money["grid_profit"] + money["floating"]
    assert told["fills"] > told["round_trips"] > 0
    assert told["seconds"] > 0
    assert len(told["paths"]) == 2
    assert {"low_first", "high_first"} <= told.keys()
    assert f"{told['fills']}" in done.stdout
    assert len((tmp_path / "out" / "round_trips.csv").read_text().splitlines()) == told["round_trips"] + 1
    assert (tmp_path / "out" / "fills.csv").read_text().count("Z,level,") == told["fills"]


def test_without_the_extra_a_file_of_text_is_played_and_the_rest_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("numpy", "pyarrow", "pyarrow.parquet", "matplotlib"):
        monkeypatch.setitem(sys.modules, name, None)
    Path("a.parquet").write_bytes(b"PAR1")
    kept = Path("data", "history", "ETH_USDC", "1m")
    kept.mkdir(parents=True)
    (kept / "2026-02.parquet").write_bytes(b"PAR1")
    played = ["backtest", *WORDS, "--candles", str(demo.MARKET)]

    assert main(played) == 0
    told = capsys.readouterr()
    assert "within a candle" in told.out
    assert "make research" in told.out
    for asked in (["--paths", "1"], ["--picture", "a.png"], ["--candles", "a.parquet"], ["--candles", "ETH_USDC"]):
        assert main([*played, *asked]) == 4
        needs = "pip install matplotlib" if asked[0] == "--picture" else "make research"
        assert needs in capsys.readouterr().err


def test_what_trades_loads_nothing_of_the_extra() -> None:
    said = (
        "import sys, bot.live, bot.console.backtest; print(*({'numpy', 'pyarrow', 'matplotlib'} & sys.modules.keys()))"
    )

    assert subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True).stdout == "\n"


def test_a_kept_market_is_played_beside_what_has_read_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["candles", "import", str(demo.MARKET), "--market", "ETH_USDC"]) == 0
    capsys.readouterr()
    played = ["backtest", *WORDS, "--quick", "--candles"]
    said = f"import sys; from bot.__main__ import main; main({[*played, 'ETH_USDC']}); print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert main([*played, str(demo.MARKET)]) == 0

    table, _, loaded = done.stdout.rpartition("Played in ")
    assert table == capsys.readouterr().out.rpartition("Played in ")[0]
    assert {"numpy", "pyarrow"}.isdisjoint(loaded.split())


def test_a_picture_is_drawn(tmp_path: Path) -> None:
    assert main(["backtest", *WORDS, "--candles", str(demo.MARKET), "--quick", "--picture", "a.png"]) == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("ETH_USDC", "lower=abc", "upper=2100"), 2, "abc"),
        (("ETH_USDC", "lowr=1900"), 2, "lower"),
        (("lower=1900", "upper=2100"), 2, "ETH_USDC"),
        ((*WORDS[:3], "grids=200", "total=9000"), 2, "0.27 %"),
        (("ABC_USDC", *WORDS[1:]), 4, "--tick"),
        ((*WORDS[:5], "losssell=yes"), 2, "losssell does nothing alone: none of maxloss, maxdrawdown is set"),
        ((*WORDS[:5], "sell=yes"), 2, "sell does nothing alone"),
        ((*WORDS[:5], "again=24h"), 2, "again does nothing alone"),
        ((*WORDS, "shift=both", "shifthigh=2050"), 2, "2,050"),
        ((*WORDS, "shift=down", "shiftlow=1950"), 2, "1,950"),
        (("ETH_USDC", "interval=20", "usdc=50", "trail=3%"), 2, "trailfrom="),
        (("ETH_USDC", "width=atr", "widthleast=50", "widthmost=20", "usdc=50"), 2, "50"),
        ((*WORDS, "--candles", "nowhere.csv"), 4, "nowhere.csv"),
        ((*WORDS, "--tick", "0.0000000000000001"), 4, "A tick of 0.0000000000000001 is finer than"),
        ((*WORDS, "--candles", "bad.csv"), 4, "line 3"),
        ((*WORDS, "--candles", "broken.csv.gz"), 4, "broken.csv.gz"),
    ],
)
def test_what_cant_be_played_is_said_in_a_sentence(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], status: int, said: str
) -> None:
    Path("bad.csv").write_text("timestamp_ms,open,high,low,close,volume\n1770314400000,1,2,1,2,3\nx,1,2,1,2,3\n")
    Path("broken.csv.gz").write_bytes(gzip.compress(b"time,open,high,low,close,volume\n" * 100)[:-20])
    candles = () if "--candles" in words else ("--candles", str(demo.MARKET))

    assert main(["backtest", *words, *candles, "--quick"]) == status
    told = capsys.readouterr()
    assert said in told.err
    assert "Traceback" not in told.err


@pytest.mark.parametrize("limit", ["maxloss=1%", "maxdrawdown=1%", "shift=up"])
def test_what_acts_on_a_limit_is_played_beside_it(limit: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = (*WORDS[:5], limit, *(("shifthigh=2200",) if limit == "shift=up" else ("losssell=yes",)))

    assert main(["backtest", *words, "--candles", str(demo.MARKET), "--quick"]) == 0
    assert capsys.readouterr().err == ""
