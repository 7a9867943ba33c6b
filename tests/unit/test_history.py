"""Files of candles and trades: the shapes that are known, times told apart, and each bad row refused by its line."""

import gzip
import io
import tracemalloc
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from bot.history import columns
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
        (f"{AT // 1000},2000.5,2001,2000,2000.25,3.5,12", f"{AT // 1000 + 60},2000.25,2002,1999.75,2001,0,0"),
        (HEAD, NEXT, ROW),
        ("", "", HEAD.replace(",", ";"), ROW.replace(",", ";"), "", NEXT.replace(",", ";")),
        (HEAD.replace(",", "\t"), ROW.replace(",", "\t"), NEXT.replace(",", "\t")),
        (HEAD, ROW.replace(f"{AT}", f"{AT}000000.0"), NEXT.replace(f"{AT + 60_000}", f"{AT + 60_000}000000.0")),
    ],
    ids=[
        *("head", "bare", "other names", "other order, seconds", "Binance, microseconds", "Kraken", "newest first"),
        *("semicolons and blank lines", "tabs", "nanoseconds, as a table of floats writes them"),
    ],
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
        (f"2154925,2000.5,0.25,500.125,{AT},true", f"2154926,2000.25,1,2000.25,{AT},false"),
        (
            f"1715206948,2000.5,0.25,3643221425,3643221428,{AT},false",
            f"1715206949,2000.25,1,3643221429,3643221430,{AT},true",
        ),
    ],
    ids=[
        *("head", "Binance", "Binance, aggregated, microseconds", "Binance, futures"),
        *("Binance, futures, bare", "Binance, futures, aggregated, bare: their ids look like seconds"),
    ],
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
        (f'{AT + 60_000},"2,5",3,1,2,1', "'2,5' is no plain number: a point for decimals"),
        (f"{AT + 60_000}.5,1,2,1,2,1", "is no time"),
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
        ("17672256000,1,2,1,1,1", "none of seconds, milliseconds, microseconds and nanoseconds"),
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
        (("a,b,c",), "no column is called time.*, by its first row: a, b, c. That row needs time, open"),
        ((f"1,2000.5,0.25,1,1,{AT},1,0",), "8 columns without a head"),
        (("1,2,3,4,true,6,7",), "7 columns without a head"),
        ((HEAD, ROW, f"{AT + 7_000},1,2,1,1,1"), "candles of 7 s"),
    ],
)
def test_a_file_of_no_known_shape_is_refused(tmp_path: Path, lines: tuple[str, ...], why: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text("".join(f"{line}\n" for line in lines))

    with pytest.raises(WrongHistory, match=why):
        read_any(path)


def zipped(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_in_", "/"), content)
    return packed.getvalue()


TEXT = f"{HEAD}\r\n{ROW}\r\n{NEXT}\r\n".encode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv.gz", gzip.compress(TEXT)),
        ("a.zip", zipped(a=TEXT)),
        ("A.CSV.GZ", gzip.compress(TEXT)),
        ("a.csv.gz", TEXT),
        ("a.csv", gzip.compress(TEXT)),
        ("a.zip", zipped(folder_in_=b"", folder_in_a=TEXT, __MACOSX_in__a=b"junk")),
    ],
    ids=["gzip", "zip", "capitals", "unpacked by a browser", "renamed", "packed on a Mac"],
)
def test_what_is_packed_is_unpacked(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)

    assert len(read_any(tmp_path / name)) == 2


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (gzip.compress(TEXT * 99)[:90], "it is damaged, or not whole .* Download it once more"),
        (zipped(a=TEXT)[:-30], "it is damaged, or not whole"),
        (b"PK\x03\x04 no archive", "it is damaged, or not whole"),
        (zipped(a=TEXT, b=TEXT), "an archive of 2 files: a, b. One is needed"),
        (zipped(), "an archive of 0 files. One is needed"),
        (zipped(**{"[Content_Types].xml": b"", "xl_in_sheet.xml": b""}), "it is a workbook of Excel. Save it as CSV"),
        (zipped(a=b"PAR1"), "it is a Parquet within an archive"),
        (TEXT.decode().encode("utf-16"), "it is UTF-16. Save it as CSV, in UTF-8"),
        (b"\x28\xb5\x2f\xfd\0\0", "it is packed with zstd. Unpack it first"),
        (b"ARROW1\0\0", "it is a file of Arrow"),
        (TEXT + b"\xe9\xff,1", "at byte 128 it is no text"),
    ],
    ids=["cut", "zip cut", "no zip", "two files", "none", "Excel", "Parquet in it", "UTF-16", "zstd", "Arrow", "bytes"],
)
def test_what_is_no_text_says_what_it_is_and_what_to_do(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)

    with pytest.raises(WrongHistory, match=rf"a\.csv can't be read: {why}"):
        read_any(tmp_path / "a.csv")


def test_of_one_candle_alone_it_is_not_known_how_long_it_lasts(tmp_path: Path) -> None:
    """It was kept as one of a minute, also where it was a day's."""
    found = read_any(write(tmp_path / "a.csv", HEAD, f"{AT},1,2,1,x,1", NEXT))

    assert len(found) == 0
    assert [(one.line, one.why.split(" does")[0]) for one in found.bad] == [
        *((2, "'x' is no plain number"), (3, "one candle alone"))
    ]


def test_a_row_of_a_file_that_begins_with_the_newest_is_named_by_its_line(tmp_path: Path) -> None:
    rows = [f"{AT + minute * 60_000},1,2,1,1,1" for minute in range(4, -1, -1)]
    found = read_any(write(tmp_path / "a.csv", HEAD, *rows[:3], f"{AT + 60_000},1,2,1,x,1", rows[4]))

    assert [(one.line, one.why) for one in found.bad] == [(5, "'x' is no plain number")]
    assert [*found.at] == [AT, *(AT + minute * 60_000 for minute in (2, 3, 4))]


def test_times_and_numbers() -> None:
    assert {milliseconds(text) for text in (str(AT // 1000), str(AT), f"{AT}000", f"{AT}999")} == {AT}
    assert (digits("2485.4700"), digits("0"), digits("7.0")) == ((248547, 2), (0, 0), (7, 0))
    for text in ("", ".", "1.", ".5", "+1", "1_0", "١", " 1"):
        with pytest.raises(Bad):
            digits(text)


@pytest.mark.parametrize("many", [60_000, 5_000])
def test_a_number_of_thousands_of_digits_is_a_wrong_row_and_shown_in_part(tmp_path: Path, many: int) -> None:
    rows = [f"{AT + 60_000},{'9' * many},2,1,1,1", f"{'9' * many},1,2,1,1,1"]
    later = [f"{AT + minute * 60_000},1,2,1,1,1" for minute in range(2, 6)]
    found = read_any(write(tmp_path / "a.csv", HEAD, ROW, *rows, *later))

    assert [*found.at] == [AT, *(AT + minute * 60_000 for minute in range(2, 6))]
    assert [len(one.why) < 250 for one in found.bad] == [True, True]


def test_a_line_that_does_not_end_is_refused_before_it_takes_the_memory(tmp_path: Path) -> None:
    """A few packed megabytes that unpack to gigabytes without a line end."""
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(f"{HEAD}\n{ROW}\n".encode() + b"9" * 50_000_000))
    tracemalloc.start()
    with pytest.raises(WrongHistory, match="line 3 has more than 65,536 letters"):
        read_any(packed)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 10_000_000


def test_a_file_of_wrong_rows_alone_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "MOST_BAD", 1_000)
    with pytest.raises(
        WrongHistory, match="more than 1,000 rows are wrong, the first of them in line 2: 'x' is no time"
    ):
        read_any(write(tmp_path / "a.csv", HEAD, *["x,1,1,1,1,1"] * 2_000))
