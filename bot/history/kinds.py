"""What a file is, by its first bytes: its name may be wrong. Of what is not read, in words, what to do."""

from enum import StrEnum

from bot.history.shapes import Bad


class Kind(StrEnum):
    """What is told apart."""

    GZIP = "gzip"
    ZIP = "zip"
    PARQUET = "Parquet"
    EXCEL = "a workbook of Excel"
    WIDE = "UTF-16"
    ARROW = "Arrow"
    ZSTD = "zstd"
    BZIP = "bzip2"
    XZ = "xz"
    SEVEN = "7z"


_MAGIC = {
    b"\x1f\x8b": Kind.GZIP,
    b"PK\x03\x04": Kind.ZIP,
    b"PK\x05\x06": Kind.ZIP,
    b"PAR1": Kind.PARQUET,
    b"\xd0\xcf\x11\xe0": Kind.EXCEL,
    b"\xff\xfe": Kind.WIDE,
    b"\xfe\xff": Kind.WIDE,
    b"ARROW1": Kind.ARROW,
    b"\x28\xb5\x2f\xfd": Kind.ZSTD,
    b"BZh": Kind.BZIP,
    b"\xfd7zXZ": Kind.XZ,
    b"7z\xbc\xaf": Kind.SEVEN,
}
MOST_MAGIC = max(map(len, _MAGIC))
_TO_SAVE = frozenset({Kind.EXCEL, Kind.WIDE})


def kind_of(first: bytes) -> Kind | None:
    """What begins so; None where that may be text."""
    return next((kind for magic, kind in _MAGIC.items() if first.startswith(magic)), None)


def refuse(kind: Kind | None) -> None:
    """`Bad` where it is not text."""
    if kind is None:
        return
    if kind in _TO_SAVE:
        msg = f"it is {kind}. Save it as CSV, in UTF-8"
    elif kind is Kind.PARQUET:
        msg = "it is a Parquet within an archive. Unpack it first"
    elif kind is Kind.ARROW:
        msg = "it is a file of Arrow (Feather). Save it as Parquet or as CSV"
    else:
        msg = f"it is packed with {kind}. Unpack it first; CSV is read, also as .gz and .zip, and Parquet"
    raise Bad(msg)
