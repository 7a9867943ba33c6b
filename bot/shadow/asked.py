"""What is said between the program and the process that replays for it. Values only."""

from dataclasses import dataclass

from bot.owner.twins import AskedTwin


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be replayed. Goes through a pipe: the address of a database may hold a password."""

    database: str
    account: str
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinAsked:
    """Whose twin is to be walked through what was recorded."""

    database: str
    account: str
    twin: AskedTwin


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """So much of it is done."""

    done: int
    whole: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """It could not be done; in the program's own words, for the log."""

    text: str
