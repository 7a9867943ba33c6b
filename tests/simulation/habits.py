"""What the owner has set for a life of the process. Some travel, and set something else before the next start."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from bot.mode import Mode
from bot.settings import Settings
from strategy.messages.reports import Report
from strategy.model.account import Account
from tests.promises.promise import promise

SETTINGS = Settings(_env_file=None, mode=Mode.LIVE, backpack_api_key="the first key of alice's")
TICKS = (0.5, 1.0, *[3.0] * 5, 5.0, 20.0, 60.0)
"""Seconds between two ticks."""
TRAVELLERS = 0.3
"""The share of the worlds whose owner sets something else before some of the starts."""
ZONES = (
    "UTC",
    "Asia/Shanghai",
    "America/New_York",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
)
REPORTS = (time(9), time(0), time(0, 1), time(12, 30), time(23, 59))


class Habits:
    """The owner's settings, from start to start."""

    def __init__(self, setup: int, tick: float) -> None:
        self._setup, self._lives = setup, 0
        # In some worlds so small that a day reaches it.
        loss = Random(setup + 3).choice([*[Decimal(200)] * 5, Decimal(3), Decimal(12), Decimal(40)])
        self.settings = SETTINGS.model_copy(update={"tick_seconds": tick, "daily_loss_limit": loss})
        """As they are now."""
        self.zones = {self.settings.zone}
        """Where he has been."""

    def set(self, **changes: object) -> None:
        """Something else from the next start on."""
        self.settings = self.settings.model_copy(update=changes)

    def start(self) -> bool:
        """Before a life; whether he has set something else for it, which the first one never has."""
        dice, before = Random(f"{self._setup}:habits:{self._lives}"), self.settings
        if self._lives and Random(f"{self._setup}:habits").random() < TRAVELLERS and dice.random() < 0.6:
            self.set(
                timezone=dice.choice(ZONES),
                report_time=dice.choice(REPORTS),
                tick_seconds=dice.choice(TICKS),
                record_days=dice.choice([SETTINGS.record_days, 0, 1]),
            )
        self._lives += 1
        self.zones.add(self.settings.zone)
        return before != self.settings


def date_at(zone: ZoneInfo, at: int) -> str:
    """The date that the owner's clocks show at a moment."""
    return datetime.fromtimestamp(at / 1000, zone).date().isoformat()


def reported_by(settings: Settings, now: int) -> int:
    """Until when the days are told of by now, ms: by the day that ended last and whose report's time has come."""
    local = datetime.fromtimestamp(now / 1000, settings.zone)
    due = local.replace(hour=settings.report_time.hour, minute=settings.report_time.minute, second=0, microsecond=0)
    ended = local.date() if local >= due else local.date() - timedelta(days=1)
    return int(datetime.combine(ended, time(), settings.zone).astimezone(UTC).timestamp() * 1000)


@promise("a report begins where the last one ended")
def reports_follow_each_other(before: Account | None, report: Report, zone: ZoneInfo, opened_at: int) -> Iterator[str]:
    """No moment is left out and none is told twice, wherever the owner is by then; the first one has the beginning."""
    if report.leaving or report.last is not None or not report.over:
        return
    begins = datetime.combine(date.fromisoformat(report.day), time(), zone)
    if report.begins is not None:
        begins = datetime.strptime(report.begins, "%Y-%m-%d %H:%M").replace(tzinfo=zone)
    at, last = int(begins.timestamp() * 1000), before.day.reported if before is not None and before.day else 0
    if at > opened_at if not last else at != last:
        yield f"from {at} on, the last one until {last}, opened at {opened_at}: {report.day} {report.begins}"
