"""What of the news is pushed, and how: the owner's choice, and what each notice is to it. Sends nothing, says nothing.

Danger is pushed whatever was chosen. What is not pushed by itself is gathered, and counted in the next digest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import assert_never

from strategy.messages.by_hand import (
    CoinsMissing,
    OrderResurfaced,
    RowsUnread,
    RulesChanged,
    StrangersSettled,
    StrayCancelled,
)
from strategy.messages.doubts import FillsMissing, HoldOver, LiveUnconfirmed, OrdersLeft
from strategy.messages.envelopes import EnvelopeChanged
from strategy.messages.exits import BuyingPaused, EndDate, OpensAgain, SaleRests, StopRose, TrailBegun
from strategy.messages.fees import FeesChanged
from strategy.messages.gates import FallOver, FallPaused
from strategy.messages.machine import BackupFailed, ClockOff, ShadowDiffers, Slept, Unwatched
from strategy.messages.notices import (
    AutoLendFound,
    FillTold,
    GridEnded,
    GridOpened,
    GridParked,
    LevelJumped,
    LevelWaits,
    LimitReached,
    MarketRestricted,
    MovementSeen,
    Notice,
    PhaseChanged,
    RangeLeft,
    SeedsBought,
    StrangersTold,
    TripClosed,
    Trouble,
)
from strategy.messages.points import BudgetSpent, GoalReached, PointsWeekOver
from strategy.messages.reports import CameBack, Report
from strategy.messages.risk import HeldBack, OpeningPaused
from strategy.messages.shifts import ShiftBegun, ShiftDone, ShiftKept
from strategy.messages.widths import WidthChanged
from strategy.model.orders import Purpose
from strategy.model.stops import StopReason

KEY = "notify"
"""Under which the choice is kept."""
A_DAY = 1_440
"""Minutes."""
_WANTED = (StopReason.OWNER, StopReason.PANIC, StopReason.END_DATE, StopReason.TAKE_PROFIT, StopReason.TRAILING)
_ASKED = (StopReason.OWNER, StopReason.PANIC)


class Kind(StrEnum):
    """What the owner chooses for."""

    FILL = "fill"
    """A fill that completes no round trip; a level that the price jumped over."""
    TRIP = "trip"
    STOP = "stop"
    """What a grid sells on stopping, and that it has ended."""
    LIMIT = "limit"
    RANGE = "range"
    """The price leaves the range, comes back, or falls fast; the ladder follows it."""
    GRID = "grid"
    """Whatever else becomes of a grid."""
    EXCHANGE = "exchange"
    """Outages, rules, fees, deposits."""
    RESTART = "restart"
    """This program, and the machine that it runs on."""
    REPORT = "report"
    POINTS = "points"


class Way(StrEnum):
    """How a kind is told."""

    ON = "on"
    SILENT = "silent"
    """At once, without a sound."""
    DIGEST = "digest"
    """Once an hour, with all others."""
    OFF = "off"
    """Not by itself, and no digest is sent for it; where one is sent it is counted."""

    @property
    def pushes(self) -> bool:
        """At once."""
        return self in (Way.ON, Way.SILENT)


class Preset(StrEnum):
    """A choice for all kinds at once."""

    FILLS = "fills"
    TRIPS = "trips"
    HOURLY = "hourly"
    DANGER = "danger"


_TIMES = ("daily", "weekly", "monthly")
_NO_DAILY, _YES = "nodaily", "yes"
_KINDS, _WAYS = tuple(map(str, Kind)), tuple(map(str, Way))
_ALL = dict.fromkeys(Kind, Way.ON)
PRESETS: Mapping[Preset, Mapping[Kind, Way]] = {
    Preset.FILLS: _ALL,
    Preset.TRIPS: {**_ALL, Kind.FILL: Way.DIGEST},
    Preset.HOURLY: {
        **dict.fromkeys(Kind, Way.DIGEST),
        Kind.STOP: Way.ON,
        Kind.LIMIT: Way.ON,
        Kind.RANGE: Way.ON,
        Kind.REPORT: Way.SILENT,
    },
    Preset.DANGER: dict.fromkeys(Kind, Way.OFF),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """The owner's choice."""

    ways: Mapping[Kind, Way] = field(default_factory=lambda: PRESETS[Preset.TRIPS])
    quiet: tuple[int, int] | None = None
    """Minutes of his day between which only danger is pushed; the second may be of the next day."""
    daily: int | None = None
    """Minute of his day at which the day before is told; None as the settings say."""
    daily_off: bool = False
    weekly: int | None = None
    """Day of the week, Monday is 0, on which the seven days before are told; None never."""
    monthly: int | None = None
    """Day of the month on which the month before it is told; None never."""

    @property
    def preset(self) -> Preset | None:
        """The one that this is."""
        return next((preset for preset, ways in PRESETS.items() if ways == self.ways), None)

    def chosen(self, preset: Preset) -> "Noise":
        """All kinds as the preset has them. The quiet hours stay."""
        return replace(self, ways=PRESETS[preset])

    def with_way(self, kind: Kind, way: Way) -> "Noise":
        """One kind told otherwise."""
        return replace(self, ways={**self.ways, kind: way})

    def is_quiet(self, minute: int) -> bool:
        """Whether this minute of the owner's day is one of the quiet ones."""
        if self.quiet is None:
            return False
        begins, ends = self.quiet
        return begins <= minute < ends if begins < ends else minute >= begins or minute < ends

    def quiet_left(self, minute: int) -> int:
        """Minutes until it is loud again; 0 where it is."""
        if self.quiet is None or not self.is_quiet(minute):
            return 0
        return (self.quiet[1] - minute) % A_DAY

    def way_of(self, notice: Notice) -> Way:
        """How this is told when it is not quiet."""
        return Way.ON if is_danger(notice) else self.ways[kind_of(notice)]

    def is_off(self, notice: Notice) -> bool:
        """Whether no digest is sent for it."""
        return self.way_of(notice) is Way.OFF

    def is_silent(self, notice: Notice) -> bool:
        """Whether it makes no sound: by the choice, or as an answer of a kind that is not pushed by itself."""
        return self.way_of(notice) is not Way.ON

    def written(self) -> str:
        """As it is kept."""
        words = {str(kind): str(way) for kind, way in self.ways.items()}
        if self.quiet:
            words["quiet"] = f"{self.quiet[0]}-{self.quiet[1]}"
        for name in _TIMES:
            if (value := getattr(self, name)) is not None:
                words[name] = str(value)
        if self.daily_off:
            words[_NO_DAILY] = _YES
        return " ".join(f"{name}={value}" for name, value in words.items())


def noise_of(written: str | None) -> Noise:
    """The choice that was kept. What can't be read of it, or was not there when it was made, is as in the default."""
    noise = Noise()
    for word in (written or "").split():
        name, _, value = word.partition("=")
        begins, _, ends = value.partition("-")
        if name in _KINDS and value in _WAYS:
            noise = noise.with_way(Kind(name), Way(value))
        elif name == "quiet" and begins.isdecimal() and ends.isdecimal():
            noise = replace(noise, quiet=(int(begins), int(ends)))
        elif name in _TIMES and value.isdecimal():
            noise = replace(noise, **{name: int(value)})  # type: ignore[arg-type]  # three whole numbers
        elif (name, value) == (_NO_DAILY, _YES):
            noise = replace(noise, daily_off=True)
    return noise


def minute_of(at: int, zone: tzinfo) -> int:
    """The minute of the owner's day at a moment in ms."""
    local = datetime.fromtimestamp(at / 1000, zone)
    return local.hour * 60 + local.minute


def is_danger(notice: Notice) -> bool:
    """Whether money is at risk or nothing trades any more, without the owner's having asked for it."""
    match notice:
        case LimitReached(reason=reason) | GridEnded(reason=reason):
            return reason not in _WANTED
        case Trouble(over=over, cause=cause):
            return not over and cause != "rate_limit"
        case Unwatched(over=over):
            return not over
        case MarketRestricted(lasted=lasted):
            return lasted == 0
        case CoinsMissing(back=back):
            return not back
        case OpeningPaused() | GridParked() | StrangersTold() | OrdersLeft() | FillsMissing() | LiveUnconfirmed():
            return True
        case StrayCancelled() | BudgetSpent():
            return True
        case _:
            return False


def is_answer(notice: Notice) -> bool:
    """Whether the owner has just asked for it: then it is not held back for quiet hours."""
    match notice:
        case LimitReached(reason=reason) | GridEnded(reason=reason):
            return reason in _ASKED
        case GridOpened() | PhaseChanged() | BuyingPaused() | SaleRests() | StrangersSettled():
            return True
        case _:
            return False


def kind_of(notice: Notice) -> Kind:  # noqa: C901, PLR0911, PLR0912 - one case a kind, nothing else
    """What it is to the owner's choice."""
    match notice:
        case FillTold(purpose=purpose, trip_profit=profit, seeds=seeds):
            if purpose is Purpose.STOP:
                return Kind.STOP
            return Kind.GRID if seeds else Kind.FILL if profit is None else Kind.TRIP
        case TripClosed():
            return Kind.TRIP
        case LevelJumped():
            return Kind.FILL
        case GridEnded() | EndDate() | SaleRests():
            return Kind.STOP
        case LimitReached() | HeldBack() | OpeningPaused() | StopRose() | TrailBegun():
            return Kind.LIMIT
        case RangeLeft() | FallPaused() | FallOver() | ShiftBegun() | ShiftDone() | ShiftKept() | WidthChanged():
            return Kind.RANGE
        case GridOpened() | PhaseChanged() | SeedsBought() | LevelWaits() | GridParked() | CoinsMissing():
            return Kind.GRID
        case BuyingPaused() | OpensAgain() | EnvelopeChanged():
            return Kind.GRID
        case Trouble() | MarketRestricted() | FeesChanged() | RulesChanged() | RowsUnread() | AutoLendFound():
            return Kind.EXCHANGE
        case MovementSeen() | OrderResurfaced() | StrayCancelled() | StrangersTold() | StrangersSettled():
            return Kind.EXCHANGE
        case OrdersLeft() | FillsMissing() | LiveUnconfirmed() | HoldOver():
            return Kind.RESTART
        case CameBack() | ClockOff() | Slept() | Unwatched() | BackupFailed() | ShadowDiffers():
            return Kind.RESTART
        case Report():
            return Kind.REPORT
        case PointsWeekOver() | GoalReached() | BudgetSpent():
            return Kind.POINTS
        case _:
            assert_never(notice)
