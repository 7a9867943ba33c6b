"""The values of the terminal's options, as they are typed: each read, or refused with what is one."""

import argparse
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from strategy.model.durations import DAY, HOUR

MOST = 10_000
MOST_SEED = 2**32 - 1
FIRST, LAST = date(1970, 1, 2), date(2199, 12, 31)


def positive(text: str) -> Decimal:
    """A number above zero."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal(0)
    if not number.is_finite() or number <= 0:
        msg = f"{text!r} is not a number above zero"
        raise argparse.ArgumentTypeError(msg)
    return number


def rate(text: str) -> Decimal:
    """`0.085%`, or its fraction 0.00085; below zero it is a rebate."""
    number = text.strip().removesuffix("%")
    try:
        rate = Decimal(number) / (100 if text.strip().endswith("%") else 1)
    except InvalidOperation:
        rate = Decimal(1)
    if not rate.is_finite() or abs(rate) > Decimal("0.05"):
        msg = f"{text!r} is no rate: 0.085% is one, at most 5%"
        raise argparse.ArgumentTypeError(msg)
    return rate


def part(text: str) -> Decimal:
    """`70%`, or its fraction 0.7; not so little or so much that nothing is left of the rest."""
    number = text.strip().removesuffix("%")
    try:
        part = Decimal(number) / (100 if text.strip().endswith("%") else 1)
    except InvalidOperation:
        part = Decimal(0)
    if not Decimal("0.1") <= part <= Decimal("0.9"):
        msg = f"{text!r} is no such part: 70% is one, from 10% to 90%"
        raise argparse.ArgumentTypeError(msg)
    return part


def count(text: str) -> int:
    """How many, or none."""
    return _counted(text, 0)


def seed(text: str) -> int:
    """What a generator of random numbers begins with: not all of them take another."""
    if not (text.isascii() and text.isdigit()) or int(text) > MOST_SEED:
        msg = f"{text!r} is not a seed: a whole number from 0 to {MOST_SEED}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def some(text: str) -> int:
    """How many, at least one."""
    return _counted(text, 1)


def _counted(text: str, least: int) -> int:
    if not (text.isascii() and text.isdigit()) or not least <= int(text) <= MOST:
        msg = f"{text!r} is not a number from {least} to {MOST}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def back(text: str) -> int:
    """Milliseconds of a time such as 7d or 12h."""
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit() and unit in ("d", "h")) or not 0 < int(number) <= 1000:
        msg = f"{text!r} is no such time: 7d or 12h is one"
        raise argparse.ArgumentTypeError(msg)
    return int(number) * (DAY if unit == "d" else HOUR)


def day(text: str) -> date:
    """A day that has moments on both its sides in every zone."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        msg = f"{text!r} is not a day: 2026-10-01 is one"
        raise argparse.ArgumentTypeError(msg) from None
    if not FIRST <= found <= LAST:
        msg = f"{text!r} is not a day from {FIRST} to {LAST}"
        raise argparse.ArgumentTypeError(msg)
    return found


def check_days(arguments: argparse.Namespace) -> None:
    """Refuse a command whose last day is before its first."""
    first, last = getattr(arguments, "first", None), getattr(arguments, "last", None)
    if first is not None and last is not None and last < first:
        msg = f"--to {last} is before --from {first}. Both days are included: the first comes first"
        raise argparse.ArgumentTypeError(msg)


def port(text: str) -> int:
    """A port of this machine; 0 takes a free one."""
    if not (text.isascii() and text.isdigit()) or int(text) > 65535:
        msg = f"{text!r} is not a port: 0 to 65535"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def check_files(arguments: argparse.Namespace) -> None:
    """Refuse what can't be written to before anything is played for it: an hour later it would be too late."""
    for name in ("json", "parquet", "picture"):
        if (said := getattr(arguments, name, None)) is not None:
            file = Path(said)
            if file.is_dir():
                msg = f"--{name} {said} is a folder: name a file in it"
                raise argparse.ArgumentTypeError(msg)
            if not file.parent.is_dir():
                msg = f"--{name} {said}: there is no folder {file.parent}"
                raise argparse.ArgumentTypeError(msg)
    for name in ("csv", "out"):
        if (said := getattr(arguments, name, None)) is not None and Path(said).exists() and not Path(said).is_dir():
            msg = f"--{name} {said} is a file: name a folder"
            raise argparse.ArgumentTypeError(msg)
