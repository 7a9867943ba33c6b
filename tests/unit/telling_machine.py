"""Notices of the machine, each in every form that it takes."""

from collections.abc import Iterator

from strategy.messages.machine import BackupFailed, ClockOff, ShadowDiffers, Slept, Unwatched, Where
from strategy.messages.notices import Notice

AT = 1_770_400_800_000


def machine() -> Iterator[Notice]:
    """Clocks, copies, sleep, and a night's replay that differs."""
    for by in (-600_000, 3_600_000):
        yield ClockOff(at=AT, by=by, jumped=True)
        yield ClockOff(at=AT, by=by, jumped=False)
    yield BackupFailed(at=AT, text="database or disk is full")
    yield Slept(at=AT, lasted=2_400_000)
    for over in (False, True):
        yield Unwatched(at=AT, over=over, lasted=31_000)
    for where, event, recorded, now, version in (
        (Where.ACTIONS, "Filled", "actions.0 = Place", "actions.0 = nothing", "0.1.0+1"),
        (Where.STATE, "", "grids.1.money = 7", "grids.1.money = 8", "0.1.0+2"),
        (Where.FAILED, "Tick", "", "ArithmeticError: by zero", "0.1.0+1"),
        (Where.UNREAD, "", "'Wishes'", "", "0.1.0+2"),
        (Where.NOTICES, "Tick", "1", "2", "0.1.0+1"),
        (Where.ENTRIES, "Filled", "1", "2", "0.1.0+1"),
        (Where.PROBLEM, "StartGrid", "1", "2", "0.1.0+1"),
    ):
        yield ShadowDiffers(
            at=AT,
            found_at=AT,
            where=where,
            event=event,
            recorded=recorded,
            now=now,
            recorded_by=version,
            version="0.1.0+1",
        )
