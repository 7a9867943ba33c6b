"""What stands in .env, line by line: for what the settings' own reader passes over in silence. Judges no value."""

from collections.abc import Collection, Iterator
from difflib import get_close_matches
from pathlib import Path

from dotenv.parser import Binding, parse_stream

ENCODING = "utf-8-sig"
"""UTF-8, with the mark that some editors put before it, or without."""
_ALIKE = 0.8
_HOW = "a line is NAME=value, and a comment begins with #"


def meant(value: str) -> str:
    """A value without what Docker, a shell or an editor of Windows leaves around it: blanks, line ends, quotes."""
    bare = value.strip()
    is_quoted = len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "'\""
    return bare[1:-1].strip() if is_quoted else bare


def told(file: Path) -> str:
    """Which one it is. A service that starts somewhere else finds none, and what is missing then stands in another."""
    return f"{file.absolute()}{'' if file.exists() else ', which is not there'}"


def given(file: Path) -> dict[str, str]:
    """Its names and values, the names in capitals; nothing where it can't be read."""
    try:
        return {one.key.upper(): one.value for one in _lines(file) if one.key and one.value and not _is_torn(one)}
    except (OSError, UnicodeDecodeError):
        return {}


def problems(file: Path, names: Collection[str], others: Collection[str] = ()) -> Iterator[str]:
    """What of it would have no effect although it was meant to have one: a line for each, without its value.

    `names` are the settings, `others` what else may stand there. Names that resemble none of these are other programs'.
    """
    try:
        lines = [*_lines(file)]
    except FileNotFoundError:
        return
    except UnicodeDecodeError:
        yield f"{file} is not UTF-8: save it anew with the encoding UTF-8"
        return
    except OSError as wrong:
        yield f"{file} can't be read: {wrong.strerror}"
        return
    known = {name.upper() for name in (*names, *others)}
    for one in lines:
        blank = len(one.original.string) - len(one.original.string.lstrip())  # blank lines before it are its own
        where = f"{file}, line {one.original.line + one.original.string[:blank].count(chr(10))}"
        if one.error or _is_torn(one) or (one.key is not None and one.value is None):
            yield f"{where} can't be read: {_HOW}"
        elif one.key is not None and one.key.upper() not in known:
            for alike in get_close_matches(one.key.upper(), known, n=1, cutoff=_ALIKE):
                yield f"{where}: {one.key} is no setting: {alike} is one"


def _is_torn(line: Binding) -> bool:
    """Zeros are what a power cut leaves where something was being written. No environment takes one."""
    return "\0" in line.original.string


def _lines(file: Path) -> Iterator[Binding]:
    with file.open(encoding=ENCODING) as text:
        yield from parse_stream(text)
