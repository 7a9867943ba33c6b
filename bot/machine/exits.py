"""The exit statuses of every command, and what they mean. A script and a service manager may rely on them."""

from enum import IntEnum


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    WRONG = 1
    SETTINGS = 2
    DATABASE = 3
    OUTSIDE = 4
    LEFT_AT_ONCE = 130

    @property
    def meaning(self) -> str:
        """In words."""
        return _MEANINGS[self]


_MEANINGS = {
    Exit.DONE: "ended as it was asked to, also by Ctrl+C, SIGTERM or SIGHUP; check, audit and replay: all is well",
    Exit.WRONG: "check, audit or replay found something wrong, candles refused rows; any other: a fault of Packgrid",
    Exit.SETTINGS: "the settings or the command line are wrong: nothing was started",
    Exit.DATABASE: "the database can't be used, or another Packgrid uses it or has taken it over: nothing was touched",
    Exit.OUTSIDE: "a port, a file or (audit) the exchange can't be used",
    Exit.LEFT_AT_ONCE: "left at once: by a second Ctrl+C (nothing is lost then), or by one while it computes",
}


def table() -> str:
    """All of them, a line each."""
    return "\n".join(f"  {one.value:>3}  {one.meaning}" for one in Exit)
