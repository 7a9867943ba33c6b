"""Some hundreds of hostile worlds, each played to its end over the real store: every promise is kept in all of them."""

from collections import Counter

import pytest

from strategy.model.market import BookState
from tests.simulation.hollow import LISTS, THIN
from tests.simulation.many import played
from tests.simulation.script import STEPS, script_of
from tests.simulation.shrink import shortest, told
from tests.simulation.weather import Way
from tests.simulation.world import Outcome, play

WORLDS = 200
"""Enough for each day; `make simulate SEEDS=20000` plays many more."""
RARE = (395, 564, 1733, 2108, 3014, 5260, 5918, 7265, 14993, 18213, 26969, 30695)
"""Worlds that show what the first ones do not: what perpetuals settled is listed hours late, a grid is opened before
any price of its market is recorded, an exchange that was emptied is told from the right one beside a busy perpetual,
more parts of orders are filled within one millisecond than a reading of fills holds, the only fill of a coin that the
books never had is left out of a list while perpetuals move the money, a deposit under way is weeks old before it can be
decided on, a ledger is opened by a try that could be written only a night later.
"""
FAULTS = [
    *Way,
    *(f"market {state}" for state in BookState if state is not BookState.OPEN),
    *(f"killed: {where}" for where in ("now", "await", "rows", "statement", "before sending", "after sending")),
    *("stream dropped", "stream repeated", "stream delayed", "stream silent", "stream reconnected", "stream behind"),
    *("history lagged", "history paged", "filled in parts", "price jumped", "spread widened", "clock skewed"),
    *(
        "clock set",
        "machine slept",
        "machine paused",
        "coarse clock",
        "busy machine",
        "cheap coins",
        "machine off for weeks",
        "settings changed",
        "a day reported",
        "maintenance",
        "a long life",
        "a market that bleeds",
        "a market that climbs",
    ),
    *("fee asset changed", "fee tier changed", "expired by the system", "system fill"),
    *("trades numbered anew", "markets cached"),
    *("deposit", "withdrawal", "manual order", "lookalike", "cancelled by hand", "coins taken"),
    *(
        "perpetual",
        "settlement",
        "late settlement",
        "settlements thin",
        "trigger order",
        "unreadable rows",
        "orders hid",
        "lending",
        "grid in USDC",
        "grid in BTC",
    ),
    *("adopted", *(f"{name} empty" for name in LISTS)),
    *(f"{name} thin" for name in THIN),
    *("disk full", "telegram down", "telegram failed", "left", "database put back", "database lost"),
]


@pytest.fixture(scope="module", name="outcomes")
def all_worlds() -> list[Outcome]:
    return list(played([*range(WORLDS), *RARE]))


def test_every_promise_is_kept_in_every_world(outcomes: list[Outcome]) -> None:
    broken = [outcome.seed for outcome in outcomes if outcome.violation is not None]

    assert len(outcomes) == WORLDS + len(RARE)
    assert not broken, f"{broken}\n{told(shortest(script_of(min(broken))))}"


def test_every_kind_of_fault_happens(outcomes: list[Outcome]) -> None:
    happened = sum((outcome.happened for outcome in outcomes), Counter[str]())

    assert all(outcome.steps == STEPS for outcome in outcomes)
    assert not [fault for fault in FAULTS if not happened[fault]]


def test_a_world_is_the_same_each_time_it_is_played() -> None:
    first, again = (play(script_of(3), tracing=True) for _ in range(2))

    assert first.trace == again.trace
    assert first.violation is None
