"""What is kept of a market as Parquet, and Parquet of others: two that write at once, a disk that is full, damage."""

import resource
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from bot.__main__ import main
from bot.history.columns import gaps
from bot.history.fetching import as_columns
from bot.history.files import WrongHistory, read, read_any
from bot.history.kept import Kept
from bot.history.rules import market_of
from exchange.port import Candle
from strategy.model.market import Symbol

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
AT = 1_767_225_600_000  # 2026-01-01
GRID = ("ETH_USDC", "lower=1", "upper=4", "grids=2", "usdc=50")
SPAWN = get_context("spawn")


def candle(at: int, price: str = "2", volume: str = "1") -> Candle:
    return Candle(at=at, open=price, high=price, low=price, close=price, volume=volume)


def kept_in(folder: Path, length: str = "1m") -> Kept:
    return Kept(folder=folder, symbol=Symbol("ETH_USDC"), length=length)


def add(folder: Path, minutes: range) -> None:
    """One by one, as one who fetches does."""
    for minute in minutes:
        kept_in(folder).add(as_columns([candle(AT + minute * MINUTE)]))


def written(path: Path, at: pa.Array, price: pa.Array, first: str = "time") -> Path:
    names = [first, "open", "high", "low", "close", "volume"]
    pyarrow.parquet.write_table(pa.table([at, *[price] * 5], names=names), path)
    return path


def test_two_that_write_one_month_at_once_lose_nothing_of_each_other(tmp_path: Path) -> None:
    """Each read the month, put its own to it and wrote it: what the other had added meanwhile was gone for good."""
    with ProcessPoolExecutor(2, mp_context=SPAWN) as pool:
        assert [*pool.map(partial(add, tmp_path), (range(0, 120, 2), range(1, 120, 2)))] == [None, None]

    found = kept_in(tmp_path).read()
    assert (len(found), gaps(found.at, MINUTE)) == (120, [])


def test_a_disk_that_is_full_leaves_what_was_there_and_nothing_half_written(tmp_path: Path) -> None:
    kept = kept_in(tmp_path)
    add(tmp_path, range(2))
    with ProcessPoolExecutor(1, mp_context=SPAWN, initializer=_small) as pool, pytest.raises(OSError, match="large"):
        pool.submit(add, tmp_path, range(2, 3)).result()

    assert len(kept.read()) == 2
    assert [one.name for one in kept.path.iterdir()] == ["2026-01.parquet"]


def _small() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))


@pytest.mark.parametrize("content", [b"", b"junk", b"PAR1" + b"\0" * 40 + b"PAR1", None])
def test_a_damaged_month_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    """It ended in a traceback, in another process."""
    monkeypatch.chdir(tmp_path)
    add(Path("data/history"), range(3))
    (month,) = kept_in(Path("data/history")).months
    if content is None:
        written(month, pa.array([AT, AT + MINUTE]), pa.array([1, 1]), first="at")
    else:
        month.write_bytes(content)
    Path("ETH_USDC.csv").write_text(f"{AT},1,1,1,1,1\n{AT + MINUTE},1,1,1,1,1\n")

    for command in (("backtest", *GRID, "--quick"), ("candles", "import", "ETH_USDC.csv")):
        assert main(command) == 4
        told = capsys.readouterr().err
        assert "data/history/ETH_USDC/1m/2026-01.parquet is damaged" in told
        assert "Move it away" in told


def test_months_whose_digits_fit_no_common_number_are_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    kept = kept_in(Path("data/history"))
    kept.add(as_columns([candle(AT, "4000000000000000000")]))
    kept.add(as_columns([candle(AT + 40 * DAY, "0.000001")]))

    assert main(["backtest", *GRID, "--quick"]) == 4
    assert "more decimals than numbers so large have room for" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("at", "name"),
    [
        (pa.array([AT * 10**6 + 1, (AT + MINUTE) * 10**6 + 1], pa.timestamp("ns")), "a.parquet"),
        (pa.array([AT * 10**6, (AT + MINUTE) * 10**6]), "a.parquet"),
        (pa.array([AT * 1000, (AT + MINUTE) * 1000], pa.timestamp("us", "Asia/Shanghai")), "A.PARQUET"),
        (pa.array([float(AT), float(AT + MINUTE)]), "a.csv"),
    ],
    ids=["a nanosecond too much", "numbers of nanoseconds", "another zone, capitals", "floats, another name"],
)
def test_times_of_a_parquet_are_read_whatever_their_unit(tmp_path: Path, at: pa.Array, name: str) -> None:
    found = read_any(written(tmp_path / name, at, pa.array([2.5, 3.5])))

    assert ([*found.at], [*found.prices["close"]], found.bad) == ([AT, AT + MINUTE], [25, 35], [])


def test_a_parquet_that_can_not_be_read_is_refused_in_words(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", pa.array([AT, AT + MINUTE]), pa.array([2.5, None]), first="at")
    with pytest.raises(WrongHistory, match="no column is called time, by its first row: at, open"):
        read_any(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:10] + b"\x55" * 60 + whole[70:])
    with pytest.raises(WrongHistory, match=r"a\.parquet can't be read: "):
        read_any(path)
    path.write_bytes(whole[:-20])
    with pytest.raises(WrongHistory, match="it is damaged, or no Parquet"):
        read_any(path)


def test_what_is_not_there_is_said_without_advice_that_leads_nowhere(tmp_path: Path) -> None:
    with pytest.raises(WrongHistory, match=r"There is no file nowhere\.csv, .* \(kept: none\)\.$"):
        read("nowhere.csv", Symbol("ETH_USDC"), tmp_path)
    with pytest.raises(WrongHistory, match="`packgrid candles SOL_USDC` fetches them"):
        read("SOL_USDC/1m", Symbol("ETH_USDC"), tmp_path)


def test_a_file_of_ours_is_a_file_like_another(tmp_path: Path) -> None:
    """`--candles data/history/ETH_USDC/1m/2026-01.parquet` ended in a traceback."""
    add(tmp_path, range(3))

    assert [*read_any(*kept_in(tmp_path).months).at] == [AT, AT + MINUTE, AT + 2 * MINUTE]


@pytest.mark.parametrize("said", ["eth_usdc", "ETH-USDC", "eth/usdc", "ETHUSDC", " ETH_USDC "])
def test_the_market_of_a_file_is_kept_where_it_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    """In small letters it was kept in a folder of its own, and no backtest found it."""
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text(f"{AT},1,1,1,1,1\n{AT + MINUTE},1,1,1,1,1\n")

    assert main(["candles", "import", "a.csv", "--market", said]) == 0
    assert len(read("eth_usdc/1m", Symbol("ETH_USDC"), Path("data/history"))) == 2
    assert [one.name for one in Path("data/history").iterdir()] == ["ETH_USDC"]


@pytest.mark.parametrize("said", ["../../ETH_USDC", "ETH USDC", "ETH", "_USDC", "以太_USDC", "/", " "])
def test_what_is_no_market_becomes_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text(f"{AT},1,1,1,1,1\n{AT + MINUTE},1,1,1,1,1\n")

    assert main(["candles", "import", "a.csv", "--market", said]) == 4
    assert "is no market. Say it as ETH_USDC" in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize("content", ["{", "[]", '{"symbol": "ETH_USDC", "base": "ETH", "quote": "USDC"}'])
def test_rules_that_can_not_be_read_hold_up_their_own_market_alone(tmp_path: Path, content: str) -> None:
    (tmp_path / "ETH_USDC").mkdir()
    (tmp_path / "ETH_USDC" / "market.json").write_text(content)

    assert market_of("sol-usdc", tmp_path, {}).symbol == "SOL_USDC"
    with pytest.raises(WrongHistory, match="Delete it: `packgrid candles ETH_USDC` writes it anew"):
        market_of("eth/usdc", tmp_path, {})


def test_a_time_of_which_nothing_is_kept_is_refused_with_that_of_which_there_is(tmp_path: Path) -> None:
    add(tmp_path, range(3))
    file = tmp_path / "a.csv"
    file.write_text(f"{AT},1,1,1,1,1\n{AT + MINUTE},1,1,1,1,1\n")

    for name, until in ((None, "00:02"), (str(file), "00:01")):
        with pytest.raises(
            WrongHistory, match=f"0 rows of that time.* It has 2026-01-01 00:00 to 2026-01-01 {until} UTC"
        ):
            read(name, Symbol("ETH_USDC"), tmp_path, since=AT + DAY)
    with pytest.raises(WrongHistory, match="has 1 row of that time"):
        read(None, Symbol("ETH_USDC"), tmp_path, until=AT + MINUTE)
