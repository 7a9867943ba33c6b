"""What only a server can do to us: restart, say nothing, lose an answer. Runs on what PACKGRID_TEST_POSTGRES names."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, make_url

from storage import limits
from storage.store import DatabaseInUse, DatabaseTaken, StorageUnavailable, Store
from strategy.draft import Step
from tests.integration.stored import a_fill, a_filled_step, a_store, an_account, answers_lost, now

ADDRESS = os.environ.get("PACKGRID_TEST_POSTGRES", "")
pytestmark = pytest.mark.skipif(not ADDRESS, reason="PACKGRID_TEST_POSTGRES names no server")
ACCOUNT = an_account()


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(a_store()) as opened:
        opened.save(None, [Step(account=ACCOUNT)])
        yield opened


def at_server(statement: str) -> list[Any]:
    """What somebody else does at the server."""
    engine = create_engine(ADDRESS, poolclass=NullPool)
    with engine.begin() as connection:
        return list(connection.exec_driver_sql(statement).all())


def cut_everybody() -> None:
    """As a restart of the server does: every connection ends, and with them every lock."""
    at_server(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


def saved_at_last(store: Store) -> None:
    """The write that meets the dead connection fails, and the next one is on a new one."""
    with pytest.raises(StorageUnavailable):
        store.save(ACCOUNT, [a_filled_step(ACCOUNT, 1)])
    store.save(ACCOUNT, [a_filled_step(ACCOUNT, 1)])
    assert store.entries("main") == [a_fill(1)]


def test_a_second_packgrid_is_refused_and_told_who_has_the_database(store: Store) -> None:
    assert store.load("main") == ACCOUNT
    with pytest.raises(DatabaseInUse, match=f"process {os.getpid()} on .*, since "):
        Store.open(ADDRESS, now=now)


def test_after_a_restart_of_the_server_the_lock_is_taken_again(store: Store) -> None:
    cut_everybody()
    saved_at_last(store)
    with pytest.raises(DatabaseInUse):
        Store.open(ADDRESS, now=now)


def test_a_second_packgrid_that_came_while_the_lock_was_lost_is_the_one_that_writes(store: Store) -> None:
    cut_everybody()
    with closing(Store.open(ADDRESS, now=now)) as second:
        with pytest.raises(StorageUnavailable):
            store.save(ACCOUNT, [a_filled_step(ACCOUNT, 1)])
        with pytest.raises(DatabaseTaken):
            store.save(ACCOUNT, [a_filled_step(ACCOUNT, 1)])
        assert second.entries("main") == []
    with pytest.raises(DatabaseTaken):
        store.save(ACCOUNT, [a_filled_step(ACCOUNT, 1)])  # and it does not begin to write again


@pytest.mark.parametrize("written", [True, False])
def test_a_connection_that_is_cut_at_a_commit_tells_on_a_new_one_what_became_of_it(
    store: Store, *, written: bool
) -> None:
    step = a_filled_step(ACCOUNT, 1)
    with answers_lost(written=written, then=lambda driver: driver.close()):
        if written:
            store.save(ACCOUNT, [step])
        else:
            with pytest.raises(StorageUnavailable):
                store.save(ACCOUNT, [step])
    assert store.load("main") == (step.account if written else ACCOUNT)


def test_a_transaction_of_ours_that_lives_on_at_the_server_is_ended_before_it_is_asked_about(store: Store) -> None:
    left_open: list[int] = []

    def lose(driver: Any) -> None:
        left_open.append(os.dup(driver.fileno()))  # the server never hears that we are gone
        limits_cut(driver.fileno())

    with answers_lost(written=False, then=lose), pytest.raises(StorageUnavailable):
        store.save(ACCOUNT, [a_filled_step(ACCOUNT, 1)])
    assert store.load("main") == ACCOUNT
    store.save(ACCOUNT, [a_filled_step(ACCOUNT, 1)])
    for one in left_open:
        os.close(one)


def follows_another(*, does: bool) -> None:
    """Whether new connections lead to a server that writes nothing, as one does that follows another."""
    name, value = make_url(ADDRESS).database, "on" if does else "off"
    engine = create_engine(ADDRESS, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("SET TRANSACTION READ WRITE")
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {value}')


def test_a_server_that_has_come_to_follow_another_is_left_as_soon_as_the_address_leads_elsewhere(store: Store) -> None:
    try:
        follows_another(does=True)
        cut_everybody()
        for why in ("terminating connection", "read-only transaction", "read-only transaction"):
            with pytest.raises(StorageUnavailable, match=why):
                store.save(ACCOUNT, [a_filled_step(ACCOUNT, 1)])
    finally:
        follows_another(does=False)
    store.save(ACCOUNT, [a_filled_step(ACCOUNT, 1)])
    assert store.entries("main") == [a_fill(1)]


def limits_cut(descriptor: int) -> None:
    """Nothing more can be read on it, and nothing is sent about that."""
    with socket.socket(fileno=os.dup(descriptor)) as line:
        line.shutdown(socket.SHUT_RD)


def test_what_is_written_is_text_whatever_a_machine_says_of_its_marks(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.close()
    monkeypatch.setenv("PGCLIENTENCODING", "SQL_ASCII")
    with closing(Store.open(ADDRESS, now=now)) as again:
        again.set_setting("language", "网格")
        assert again.setting("language") == "网格"
        assert again.load("main") == ACCOUNT


class Proxy:
    """Between us and the server; while it is `silent` it takes everything and passes nothing on."""

    def __init__(self) -> None:
        self.address = make_url(ADDRESS)
        self.silent = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._open = [self._server]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The database, through here."""
        port = self._server.getsockname()[1]
        return self.address.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)

    def close(self) -> None:
        """End it."""
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._server.accept()
                far = socket.create_connection((self.address.host or "127.0.0.1", self.address.port or 5432))
                self._open += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while content := one.recv(65536):
                if not self.silent.is_set():
                    other.sendall(content)


def test_a_server_that_says_nothing_holds_nobody_up_for_long(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.close()
    monkeypatch.setattr(limits, "SILENCE", 0.6)
    monkeypatch.setattr(limits, "_CONNECT", 2)
    with closing(Proxy()) as proxy, closing(Store.open(proxy.url, now=now)) as slow:
        proxy.silent.set()
        with pytest.raises(StorageUnavailable):
            slow.save(ACCOUNT, [a_filled_step(ACCOUNT, 1)])
        for _ in range(100):
            with pytest.raises(StorageUnavailable, match="did not answer in time"):
                slow.load("main")  # at once: the others of a second don't wait too
    with closing(Store.open(ADDRESS, now=now)) as again:
        assert again.load("main") == ACCOUNT
