"""Files of candles and trades: the shapes that are known, times told apart, and each bad row refused by its line."""

import gzip
import io
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from bot.history.columns import gaps
from bot.history.files import WrongHistory, read_any
from bot.history.shapes import Bad, digits, milliseconds

AT = 1_767_225_600_000
HEAD = "timestamp_ms,open,high,low,close,volume"
ROW = f"{AT},2000.5,2001,2000,2000.25,3.5"
NEXT = f"{AT + 60_000},2000.25,2002,1999.75,2001,0"


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.mark.parametrize(
    "lines",
    [
        (HEAD, ROW, NEXT),
        (ROW, NEXT),
        ("Open Time,Open,High,Low,Close,Volume,ignored", f"{ROW},x", f"{NEXT},y"),
        (
            "close,low,high,open,time,vol",
            f"2000.25,2000,2001,2000.5,{AT // 1000},3.5",
            f"2001,1999.75,2002,2000.25,{AT // 1000 + 60},0",
        ),
        (
            f"{AT}000,2000.50000000,2001.00000000,2000.00000000,2000.25000000,3.50000000,{AT}999,7001.75,12,1.5,3000,0",
            f"{AT + 60_000}000,2000.25,2002,1999.75,2001,0,{AT + 119_999}999,0,0,0,0,0",
        ),
    ],
    ids=["head", "bare", "other names", "other order, seconds", "Binance, microseconds"],
)
def test_candles_of_each_shape_are_read_alike(tmp_path: Path, lines: tuple[str, ...]) -> None:
    found = read_any(write(tmp_path / "a.csv", *lines))

    assert found.bad == []
    candles = found.candles(Decimal("0.01"))
    assert (candles.interval, candles.unit) == (60_000, Decimal("0.01"))
    assert [*candles.at] == [AT, AT + 60_000]
    rows = zip(candles.open, candles.high, candles.low, candles.close, strict=True)
    assert [*rows] == [(200050, 200100, 200000, 200025), (200025, 200200, 199975, 200100)]
    assert [one / 10**found.volume_places for one in found.volume] == [3.5, 0]


@pytest.mark.parametrize(
    "lines",
    [
        ("timestamp_ms,trade_id,price,qty,is_buyer_maker", f"{AT},1,2000.5,0.25,true", f"{AT},2,2000.25,1,false"),
        (f"1,2000.50000000,0.25,500.125,{AT},True,True", f"2,2000.25,1,2000.25,{AT},False,True"),
        (f"1,2000.50000000,0.25,1,1,{AT}123,True,True", f"2,2000.25,1,2,2,{AT}456,False,True"),
        (
            "id,price,qty,quote_qty,time,is_buyer_maker",
            f"1,2000.5,0.25,500.125,{AT},true",
            f"2,2000.25,1,2000.25,{AT},false",
        ),
    ],
    ids=["head", "Binance", "Binance, aggregated, microseconds", "Binance, futures"],
)
def test_trades_of_each_shape_are_read_alike(tmp_path: Path, lines: tuple[str, ...]) -> None:
    found = read_any(write(tmp_path / "a.csv", *lines))

    assert found.bad == []
    assert found.is_trades
    candles = found.candles(Decimal("0.01"))
    assert [(at, price) for at, price in zip(candles.at, candles.close, strict=True)] == [(AT, 200050), (AT, 200025)]
    assert candles.interval == 1


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (f"{AT + 60_000},1,2,1", "4 columns"),
        (f"{AT + 60_000},1,2,1,x,1", "'x' is no plain number"),
        (f"{AT + 60_000},1,2,1,1e3,1", "'1e3' is no plain number"),
        (f"{AT + 60_000},1,2,1,,1", "'' is no plain number"),
        (f"{AT + 60_000},1,2,1,-1,1", "'-1' is no plain number"),
        (f"{AT + 60_000},1,2,1,nan,1", "'nan' is no plain number"),
        (f"{AT + 60_000},0,2,0,1,1", "a price of 0"),
        (f"{AT + 60_000},3,2,1,2,1", "are no candle"),
        (f"{AT + 60_000},2,2,1,0.5,1", "are no candle"),
        (f"{AT + 60_000},2,2,1,1.1234567890123,1", "more than 12 decimals"),
        (f"{AT + 60_000},2,2,1,1,{10**20}", "a volume of"),
        (f"{AT + 60_000},2,2,1,1,1.1234567890123", "more than 12 decimals"),
        (f"{AT},1,2,1,1,1", "is not after"),
        (f"{AT - 60_000},1,2,1,1,1", "is not after"),
        ("2026-01-01 00:01:00,1,2,1,1,1", "is no time"),
        ("17672256000,1,2,1,1,1", "none of seconds, milliseconds and microseconds"),
        (f"{AT + 90_000},1,2,1,1,1", "where no candle of 60 s begins"),
    ],
)
def test_a_bad_row_is_named_by_its_line_and_left_out(tmp_path: Path, row: str, why: str) -> None:
    later = [f"{AT + minute * 60_000},1,2,1,1,1" for minute in range(2, 6)]
    found = read_any(write(tmp_path / "a.csv", HEAD, ROW, row, *later))

    (bad,) = found.bad
    assert bad.line == 3
    assert why in bad.why
    assert [*found.at] == [AT, *(AT + minute * 60_000 for minute in range(2, 6))]
    assert gaps(found.at, 60_000) == [(AT, 60_000)]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ((), "it is empty"),
        (("1,2,3",), "3 columns without a head"),
        (("a,b,c",), "no column is called"),
        ((HEAD, ROW, f"{AT + 7_000},1,2,1,1,1"), "candles of 7 s"),
    ],
)
def test_a_file_of_no_known_shape_is_refused(tmp_path: Path, lines: tuple[str, ...], why: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text("".join(f"{line}\n" for line in lines))

    with pytest.raises(WrongHistory, match=why):
        read_any(path)


def test_what_is_packed_is_unpacked(tmp_path: Path) -> None:
    text = f"{HEAD}\r\n{ROW}\r\n{NEXT}\r\n".encode()
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(text))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", text)
    (tmp_path / "a.zip").write_bytes(packed.getvalue())
    (tmp_path / "b.zip").write_bytes(b"no archive")

    assert len(read_any(tmp_path / "a.csv.gz")) == len(read_any(tmp_path / "a.zip")) == 2
    with pytest.raises(WrongHistory, match=r"b\.zip can't be read"):
        read_any(tmp_path / "b.zip")


def test_times_and_numbers() -> None:
    assert {milliseconds(text) for text in (str(AT // 1000), str(AT), f"{AT}000", f"{AT}999")} == {AT}
    assert (digits("2485.4700"), digits("0"), digits("7.0")) == ((248547, 2), (0, 0), (7, 0))
    for text in ("", ".", "1.", ".5", "+1", "1_0", "١", " 1"):
        with pytest.raises(Bad):
            digits(text)
