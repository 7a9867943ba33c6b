"""A log line that comes thousands of times is said at once, and then once a minute with how many were left out."""

import logging

import pytest

from exchange.backpack.frames import events_of
from exchange.backpack.repeats import EVERY, Repeats
from exchange.port import BadAnswer
from tests.captures import TOUCH_FRAME, frame

log = logging.getLogger("exchange.flood")


@pytest.fixture
def now() -> list[float]:
    return [1000.0]


@pytest.fixture
def seldom(now: list[float]) -> Repeats:
    return Repeats(log, monotonic=lambda: now[0])


def test_a_flood_of_one_cause_is_two_lines_a_minute(
    seldom: Repeats, now: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(92_006):
        seldom.warning(f"frame: not JSON: {number}", "skipped a frame: %s", number)
    assert caplog.messages == ["skipped a frame: 0"]

    now[0] += EVERY
    seldom.warning("frame: not JSON: x", "skipped a frame: %s", "x")
    assert caplog.messages[1:] == ["skipped a frame: x", "92005 more like it were left out (frame)"]


def test_another_cause_is_said_at_once(seldom: Repeats, caplog: pytest.LogCaptureFixture) -> None:
    seldom.warning("frame: not JSON", "one")
    seldom.warning("frame.data.s: missing", "two")

    assert caplog.messages == ["one", "two"]


def test_what_was_left_out_is_told_when_it_has_ended(seldom: Repeats, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        seldom.warning("frame", "one")
    seldom.close()
    seldom.close()

    assert caplog.messages == ["one", "2 more like it were left out (frame)"]


def test_causes_without_end_are_one_flood(seldom: Repeats, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(1000):
        seldom.warning(f"frame.{number}: missing", "line %d", number)

    assert len(caplog.messages) < 60


def test_events_of_a_type_that_nobody_knows_are_said_once_a_type_and_counted(
    seldom: Repeats, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("bookUnheardOf", "orderUnheardOf", "bookUnheardOf"):
        with pytest.raises(BadAnswer) as unknown:
            events_of(frame(TOUCH_FRAME, e=name))
        seldom.warning(str(unknown.value), "skipped a frame: %s", unknown.value)
    seldom.close()

    assert caplog.messages == [
        "skipped a frame: event bookUnheardOf: not known",
        "skipped a frame: event orderUnheardOf: not known",
        "1 more like it were left out (event bookUnheardOf)",
    ]
