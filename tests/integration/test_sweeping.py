"""`packgrid sweep` as it is typed: variants that the engine confirms, and what is said of what can't be swept."""

import argparse
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from pyarrow.parquet import read_table

from bot.__main__ import main
from bot.console import demo
from bot.console.sweep import plan_of
from bot.console.sweeping import Swept, differs, sweep
from bot.settings import read_settings
from strategy.research import loop

WORDS = (
    "ETH_USDC",
    "lower=1850..1950",
    "upper=2050..2150",
    "grids=5..40",
    "total=1000",
    "maxloss=off,1%",
    "losssell=yes",
)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's settings, and nothing that is kept."""
    monkeypatch.chdir(tmp_path)


def swept(*arguments: str) -> int:
    return main(["sweep", *arguments, "--candles", str(demo.MARKET)])


def test_a_sweep_ranks_variants_and_the_engine_confirms_the_best(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    files = ("--parquet", "a.parquet", "--picture", "a.png")

    assert swept(*WORDS, "--variants", "60", "--by", "total", *files) == 0

    told = capsys.readouterr()
    assert told.err == ""
    assert "equal to the last digit" in told.out
    rows = read_table(tmp_path / "a.parquet").to_pylist()
    best = max(rows, key=lambda row: Decimal(row["total"]))
    (first,) = (line.split() for line in told.out.splitlines() if line.startswith(" 1 "))
    assert first[1:5] == [best["lower"], best["upper"], best["grids"], best["maxloss"]]
    assert {row["maxloss"] for row in rows} == {"off", "1%"}
    assert {row["stopped_by"] for row in rows} == {None, "max_loss"}
    assert all(1850 <= Decimal(row["lower"]) <= 1950 and 5 <= int(row["grids"]) <= 40 for row in rows)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert f"/grid ETH_USDC lower={best['lower']}" in told.out


@pytest.mark.parametrize("by", ["drawdown", "part"])
def test_the_same_seed_draws_and_ranks_the_same(capsys: pytest.CaptureFixture[str], by: str) -> None:
    tables = []
    for seed in ("3", "3", "4"):
        assert swept(*WORDS, "--variants", "20", "--seed", seed, "--by", by) == 0
        tables.append(capsys.readouterr().out.split("Swept in")[0])

    assert tables[0] == tables[1] != tables[2]


def test_a_search_over_a_grid_takes_both_ends_of_every_range(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert swept(*WORDS[:4], "usdc=60", "--variants", "30", "--search", "grid", "--parquet", "a.parquet") == 0

    rows = read_table(tmp_path / "a.parquet").to_pylist()
    assert {row["lower"] for row in rows} >= {"1850", "1950"}
    assert {row["grids"] for row in rows} >= {"5", "40"}
    assert len(rows) <= 30
    assert "luck" in capsys.readouterr().out


def test_a_search_that_learns_asks_for_the_same_with_the_same_seed_and_for_no_grid_twice(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pytest.importorskip("optuna")
    words = (*WORDS, "--variants", "80", "--search", "optuna", "--parquet", "a.parquet")
    tables = []
    for seed in ("3", "3", "4"):
        assert swept(*words, "--seed", seed) == 0
        told = capsys.readouterr()
        assert told.err == ""
        tables.append(told.out.split("Swept in")[0])
        rows = read_table(tmp_path / "a.parquet").to_pylist()
        tried = [(row["lower"], row["upper"], row["grids"], row["maxloss"]) for row in rows]
        assert len(tried) == len(set(tried))
        assert len(tried) > 40, "what can't be opened is counted, too"
        last, first = (sorted(Decimal(row["total"]) for row in some) for some in (rows[-20:], rows[:20]))
        assert last[10] > first[10], "what is asked for later is better in the middle"

    assert tables[0] == tables[1] != tables[2]
    assert "equal to the last digit" in tables[0]


def test_walking_forward_each_choice_is_made_by_the_days_before_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert swept(*WORDS, "--variants", "60", "--folds", "3") == 0

    told = capsys.readouterr().out
    assert "Walking forward, 3 times" in told
    head = told.index("Walking forward")
    (best,) = (line.split() for line in told[:head].splitlines() if line.startswith(" 1 "))
    rows = [line for line in told[head:].splitlines() if line.startswith(("1 ", "2 ", "3 "))]
    assert len(rows) == 3
    assert best[1:5] == [word for word in rows[0].split() if word != "to"][3:7], "the first by the same days"
    unseen = [Decimal(row.split("│")[1].split()[0].replace("−", "-")) for row in rows]
    said = told.split("unseen in all: ")[1].split()[0].replace("−", "-")
    assert abs(sum(unseen) - Decimal(said)) < Decimal("0.04")


def a_sweep(seed: str = "1") -> Swept:
    settings = read_settings()
    given = {"words": WORDS, "candles": str(demo.MARKET), "variants": 30, "seed": int(seed), "search": "random"}
    rates = {"maker": Decimal("0.0008"), "taker": Decimal("0.001"), "slippage": Decimal("0.0005")}
    rules = {"fees": "received", "queue": "through", "data": "data", "split": Decimal("0.7"), "by": "total"}
    none = dict.fromkeys(("first", "last", "money", "tick", "step", "least", "folds"))
    plan = plan_of(settings, argparse.Namespace(**given, **rates, **rules, **none))
    return sweep(settings, plan, lambda _done, _whole: None)


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_the_winners_are_replayed_by_the_engine_to_the_last_digit(seed: str) -> None:
    swept_ = a_sweep(seed)

    assert [differs(swept_, one) for one in swept_.ranked[:5]] == [None] * 5


def test_a_last_digit_that_differs_is_seen() -> None:
    swept_ = a_sweep()
    best = swept_.ranked[0]
    states = swept_.inside.states.copy()
    states[best, loop.CASH] += 1

    assert differs(replace(swept_, inside=replace(swept_.inside, states=states)), best) is not None


@pytest.mark.parametrize(("setting", "status"), [("0.05", 0), ("", 2)])
def test_what_acts_on_a_maximum_loss_needs_the_one_of_the_settings_or_its_own(
    setting: str, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MAX_LOSS", setting)

    assert swept(*WORDS[:5], "losssell=yes", "--variants", "10") == status
    assert ("losssell does nothing alone" in capsys.readouterr().err) is bool(status)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("ETH_USDC", "lower=1900", "upper=2100", "grids=10"), 2, "grids=10..200"),
        (("ETH_USDC", "lower=1950..1850", "upper=2100"), 2, "lower=1850..1950"),
        (("ETH_USDC", "lower=1850..", "upper=2100"), 2, "lower"),
        (("ETH_USDC", "lower=1..2..3", "upper=2100"), 2, "lower=1..2..3"),
        (("ETH_USDC", "lower=18x0..1950", "upper=2100"), 2, "18x0"),
        (("ETH_USDC", "lowr=1850..1950", "upper=2100"), 2, "lower"),
        (("ETH_USDC", "lower=1850..1950"), 2, "upper"),
        (("ETH_USDC", "lower=1850..1950", "lower=1850..1960", "upper=2100"), 2, "lower"),
        (("ETH_USDC", "spacing=arithmetic..geometric", "lower=1900", "upper=2100"), 2, "spacing"),
        ((*WORDS, "fall=5%"), 2, "fall="),
        ((*WORDS[:5], "takesell=yes"), 2, "takesell does nothing alone"),
        (("ETH_USDC", "spacing=interval,arithmetic", "interval=40", "usdc=50..60"), 2, "interval"),
        ((*WORDS, "maxpos=5000"), 2, "maxpos="),
        (
            ("ETH_USDC", "lower=1850..1950", "upper=2050..2150", "grids=150..200", "total=100"),
            2,
            "fees take what they earn",
        ),
        ((*WORDS, "--by", "sharpe"), 2, "7 days"),
        ((*WORDS, "--folds", "2000"), 4, "fewer --folds"),
        (("ABC_USDC", *WORDS[1:]), 4, "--tick"),
        ((*WORDS, "--from", "2040-01-01"), 4, "rows"),
    ],
)
def test_what_cant_be_swept_is_said_in_a_sentence(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], status: int, said: str
) -> None:
    assert swept(*words, "--variants", "10") == status
    told = capsys.readouterr()
    assert said in told.err
    assert "Traceback" not in told.err
