"""What the store remembers for the chat: outbox, buttons, drafts, settings, updates, charts."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from storage.store import Button, Snapshot, StateRefused, Store
from strategy.draft import Step
from strategy.messages.notices import Lane, Notice
from strategy.model.orders import GridId
from tests.integration.stored import (
    ETH_USDC,
    GRID,
    NOW,
    a_grid,
    a_notice,
    a_store,
    an_account,
    an_alarm,
    now,
)

OWNER, CHAT, STRANGER = 4242, 4242, 666


@pytest.fixture
def store() -> Iterator[Store]:
    opened = a_store()
    opened.save(None, [Step(account=an_account(a_grid(1), a_grid(2)))])
    yield opened
    opened.close()


def tell(store: Store, *notices: Notice) -> None:
    account = an_account(a_grid(1), a_grid(2))
    store.save(account, [Step(account=account, notices=notices)])


def a_button(store: Store, **more: Any) -> str:
    fields: dict[str, Any] = {
        "action": "start",
        "args": {"draft": 3, "price": "2000.10"},
        "user_id": OWNER,
        "chat_id": CHAT,
        "expires_at": NOW + 1,
    }
    return store.add_button(**(fields | more))


def test_notices_wait_in_order_and_danger_overtakes(store: Store) -> None:
    tell(store, a_notice(1), a_notice(2))
    tell(store, an_alarm(), a_notice(3))

    waiting = store.unsent(10)

    assert [row.notice for row in waiting] == [an_alarm(), a_notice(1), a_notice(2), a_notice(3)]
    assert [row.lane for row in waiting] == [Lane.DANGER, Lane.NEWS, Lane.NEWS, Lane.NEWS]
    assert [row.at for row in waiting] == [NOW] * 4
    assert store.unsent(2) == waiting[:2]


def test_a_notice_that_was_sent_waits_no_longer(store: Store) -> None:
    tell(store, a_notice(1), a_notice(2), a_notice(3))
    first, second, third = (row.id for row in store.unsent(10))

    store.mark_sent([first, third], 77)

    assert [row.id for row in store.unsent(10)] == [second]


def test_attempts_that_were_in_vain_are_counted(store: Store) -> None:
    tell(store, a_notice(1), a_notice(2))
    first, _ = store.unsent(10)

    store.mark_failed(first.id)
    store.mark_failed(first.id)

    assert [row.attempts for row in store.unsent(10)] == [2, 0]


def test_a_notice_that_can_not_be_read_does_not_hold_up_the_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"sqlite:///{tmp_path}/packgrid.db"
    with closing(Store.open(url, now=now)) as store:
        store.save(None, [Step(account=an_account(), notices=tuple(map(a_notice, range(1, 8))))])
        with closing(sqlite3.connect(tmp_path / "packgrid.db")) as other:
            other.execute('UPDATE notice SET data = \'{"kind": "of tomorrow"}\' WHERE id IN (1, 2, 3, 4, 6)')
            other.commit()

        told = [[row.notice for row in store.unsent(limit)] for limit in (1, 2, 3, 5, 7, 10)]
        assert told == [[a_notice(5)], [a_notice(5), a_notice(7)], *[[a_notice(5), a_notice(7)]] * 4]
    assert "notice=1 kind=fill can't be read" in caplog.text


def test_a_notice_with_a_float_is_refused_with_its_state(store: Store) -> None:
    wrong: Any = 0.1

    with pytest.raises(StateRefused):
        tell(store, replace(a_notice(), price=wrong))

    assert store.unsent(10) == []


def test_a_setting_is_what_was_set_last(store: Store) -> None:
    assert store.setting("language") is None

    store.set_setting("language", "zh")
    store.set_setting("language", "en")
    assert store.setting("language") == "en"

    store.set_setting("language", None)
    assert store.setting("language") is None


def test_an_update_comes_for_the_first_time_once(store: Store) -> None:
    assert [store.first_time("update:1"), store.first_time("update:1"), store.first_time("update:2")] == [
        True,
        False,
        True,
    ]


def test_a_button_works_once(store: Store) -> None:
    nonce = a_button(store)
    store.place_buttons({nonce: "Start", "never made": "Cancel"}, 77)

    assert store.use_button(nonce, OWNER, NOW) == Button(
        nonce=nonce,
        card="",
        action="start",
        args={"draft": 3, "price": "2000.10"},
        user_id=OWNER,
        chat_id=CHAT,
        expires_at=NOW + 1,
        message_id=77,
        label="Start",
    )
    assert store.use_button(nonce, OWNER, NOW) is None
    assert store.use_button("never made", OWNER, NOW) is None


def test_a_button_works_for_its_user_only(store: Store) -> None:
    nonce = a_button(store)

    assert store.use_button(nonce, STRANGER, NOW) is None
    assert store.use_button(nonce, OWNER, NOW) is not None


def test_a_button_gets_too_old(store: Store) -> None:
    assert store.use_button(a_button(store), OWNER, NOW + 1) is None


def test_the_buttons_of_a_card_are_used_up_together(store: Store) -> None:
    start, cancel = a_button(store, card="preview 5"), a_button(store, card="preview 5", action="cancel")
    another, one, other = a_button(store, card="preview 6"), a_button(store), a_button(store)

    assert store.use_button(start, OWNER, NOW) is not None

    assert store.use_button(cancel, OWNER, NOW) is None
    assert store.use_button(another, OWNER, NOW) is not None
    assert store.use_button(one, OWNER, NOW) is not None
    assert store.use_button(other, OWNER, NOW) is not None


def test_a_nonce_fits_into_what_a_button_can_carry(store: Store) -> None:
    nonces = {a_button(store) for _ in range(20)}

    assert len(nonces) == 20
    assert max(len(nonce.encode()) for nonce in nonces) <= 20


def test_a_float_in_a_button_or_a_draft_is_refused(store: Store) -> None:
    wrong: Any = {"price": 2000.1}

    with pytest.raises(StateRefused):
        a_button(store, args=wrong)
    with pytest.raises(StateRefused):
        store.put_draft(OWNER, wrong, NOW + 1)


def test_a_draft_is_kept_for_each_user_until_it_is_too_old(store: Store) -> None:
    store.put_draft(OWNER, {"symbol": "ETH_USDC"}, NOW + 5)
    store.put_draft(OWNER, {"symbol": "ETH_USDC", "grids": 3, "stop": None, "sell": True}, NOW + 5)
    store.put_draft(STRANGER, {"symbol": "BTC_USDC"}, NOW)

    assert store.draft(OWNER) == {"symbol": "ETH_USDC", "grids": 3, "stop": None, "sell": True}
    assert store.draft(STRANGER) is None

    store.delete_draft(OWNER)
    assert store.draft(OWNER) is None


def a_snapshot(at: int, grid: int = 1, total: str = "1.10") -> Snapshot:
    return Snapshot(
        at=at,
        grid_id=GridId(grid),
        symbol=ETH_USDC,
        price=Decimal("2000.10"),
        total=Decimal(total),
        grid_profit=Decimal("2.20"),
        floating=Decimal("-1.10"),
    )


def test_snapshots_come_back_in_the_order_of_time(store: Store) -> None:
    store.add_snapshots("main", [a_snapshot(NOW + 1), a_snapshot(NOW), a_snapshot(NOW - 1), a_snapshot(NOW, grid=2)])
    store.add_snapshots("main", [a_snapshot(NOW, total="3")])
    store.add_snapshots("main", [])

    assert store.snapshots("main", GRID, NOW) == [a_snapshot(NOW, total="3"), a_snapshot(NOW + 1)]


def test_commands_are_written_down(tmp_path: Path) -> None:
    with closing(Store.open(f"sqlite:///{tmp_path}/packgrid.db", now=now)) as store:
        store.log_command(OWNER, "/panic")
        store.log_command(OWNER, "/grids")
    with closing(sqlite3.connect(tmp_path / "packgrid.db")) as other:
        rows = other.execute("SELECT at, user_id, what FROM command_log ORDER BY id").fetchall()

    assert rows == [("2026-11-22T08:16:45.123Z", OWNER, "/panic"), ("2026-11-22T08:16:45.123Z", OWNER, "/grids")]


def test_what_is_old_is_forgotten(store: Store) -> None:
    nonce = a_button(store, expires_at=NOW + 5)
    store.put_draft(OWNER, {}, NOW + 5)
    store.first_time("update:1")

    store.forget(NOW)
    assert store.draft(OWNER) == {}
    assert not store.first_time("update:1")

    store.forget(NOW + 6)
    assert store.draft(OWNER) is None
    assert store.first_time("update:1")
    assert store.use_button(nonce, OWNER, NOW) is None
