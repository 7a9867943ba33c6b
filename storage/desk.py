"""What the chat's side has to remember: outbox, buttons, drafts, settings, seen updates. Nothing about money.

Every function works inside the transaction it is given.
"""

import logging
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Connection, Integer, and_, bindparam, case, select, text

from storage.changes import upsert
from storage.columns import UtcDateTime, from_json, to_json
from storage.rows import Row, table_of
from storage.tables import (
    ButtonRow,
    CommandRow,
    DraftRow,
    NoticeRow,
    Plain,
    SeenUpdateRow,
    SettingRow,
    SnapshotRow,
)
from strategy.market import Symbol
from strategy.notices import Lane, Notice, lane_of
from strategy.orders import GridId

log = logging.getLogger(__name__)

_NOTICES, _BUTTONS, _DRAFTS, _SETTINGS, _SEEN, _SNAPSHOTS, _COMMANDS = (
    table_of(model) for model in (NoticeRow, ButtonRow, DraftRow, SettingRow, SeenUpdateRow, SnapshotRow, CommandRow)
)
_SEE = text("INSERT INTO seen_update (key, at) VALUES (:key, :at) ON CONFLICT DO NOTHING").bindparams(
    bindparam("at", type_=UtcDateTime())
)
_UNSENT = (
    select(_NOTICES)
    .where(_NOTICES.c.sent_at.is_(None))
    .order_by(case((_NOTICES.c.lane == Lane.DANGER, 0), else_=1), _NOTICES.c.id)
    .limit(bindparam("most", type_=Integer()))
)
ANY_NOTICE: Any = Annotated[Notice, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """A notice that has not been sent yet."""

    id: int
    lane: Lane
    at: int
    notice: Notice
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button that was pressed for the first time and in time."""

    nonce: str
    card: str
    action: str
    args: Plain
    user_id: int
    chat_id: int
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a grid was worth at a moment, in quote."""

    at: int
    grid_id: GridId
    symbol: Symbol
    price: Decimal
    total: Decimal
    grid_profit: Decimal
    floating: Decimal


def put_notices(connection: Connection, account: str, notices: Iterable[Notice]) -> None:
    """Add to the outbox, in this order."""
    rows = [
        {
            "account": account,
            "lane": lane_of(notice),
            "kind": notice.kind,
            "data": to_json(ANY_NOTICE, notice),
            "at": notice.at,
            "attempts": 0,
        }
        for notice in notices
    ]
    if rows:
        connection.execute(_NOTICES.insert(), rows)


def unsent(connection: Connection, limit: int) -> list[OutboxRow]:
    """What is to be sent: danger first, and in each lane the oldest first."""
    rows = connection.execute(_UNSENT, {"most": limit}).mappings()
    return [found for row in rows if (found := _outbox_row(row)) is not None]


def _outbox_row(row: Any) -> OutboxRow | None:
    """None, with a line in the log, for a notice of another version: it must not hold up all the others."""
    try:
        notice = from_json(ANY_NOTICE, row["data"])
    except ValueError as error:
        log.error("notice=%s kind=%s can't be read: %s", row["id"], row["kind"], error)
        return None
    return OutboxRow(id=row["id"], lane=row["lane"], at=row["at"], notice=notice, attempts=row["attempts"])


def mark_sent(connection: Connection, ids: Sequence[int], message_id: int | None, at: int) -> None:
    """They are told, in this message."""
    sent = _NOTICES.update().where(_NOTICES.c.id.in_(ids))
    connection.execute(sent.values(sent_at=at, message_id=message_id, attempts=_NOTICES.c.attempts + 1))


def mark_failed(connection: Connection, notice: int) -> None:
    """One more attempt was in vain."""
    failed = _NOTICES.update().where(_NOTICES.c.id == notice)
    connection.execute(failed.values(attempts=_NOTICES.c.attempts + 1))


def setting(connection: Connection, key: str) -> str | None:
    """What was set, or None."""
    return connection.scalar(select(_SETTINGS.c.value).where(_SETTINGS.c.key == key))


def set_setting(connection: Connection, key: str, value: str | None) -> None:
    """Set it; None forgets it."""
    if value is None:
        connection.execute(_SETTINGS.delete().where(_SETTINGS.c.key == key))
    else:
        upsert(connection, _SETTINGS, [{"key": key, "value": value}])


def first_time(connection: Connection, key: str, at: int) -> bool:
    """Whether this was never seen before; from now on it was."""
    return connection.execute(_SEE, {"key": key, "at": at}).rowcount == 1


def add_button(connection: Connection, button: Row) -> str:
    """A nonce for the button, short enough for the 64 bytes that Telegram carries."""
    nonce = secrets.token_urlsafe(12)
    connection.execute(_BUTTONS.insert(), [{"nonce": nonce, **button}])
    return nonce


def use_button(connection: Connection, nonce: str, user: int, now: int) -> Button | None:
    """The button, once: None if it is not this user's, was used (or another of its card was), or is too old."""
    ready = and_(_BUTTONS.c.used_at.is_(None), _BUTTONS.c.expires_at > now)
    mine = and_(_BUTTONS.c.nonce == nonce, _BUTTONS.c.user_id == user)
    if connection.execute(_BUTTONS.update().where(mine, ready).values(used_at=now)).rowcount != 1:
        return None
    row = connection.execute(select(_BUTTONS).where(_BUTTONS.c.nonce == nonce)).mappings().one()
    others = and_(_BUTTONS.c.card == row["card"], _BUTTONS.c.card != "", _BUTTONS.c.used_at.is_(None))
    connection.execute(_BUTTONS.update().where(others).values(used_at=now))
    return Button(**{field.name: row[field.name] for field in fields(Button)})


def draft(connection: Connection, user: int, now: int) -> Plain | None:
    """What this user has answered so far, unless it is too old."""
    wanted = and_(_DRAFTS.c.user_id == user, _DRAFTS.c.expires_at > now)
    return connection.scalar(select(_DRAFTS.c.data).where(wanted))


def put_draft(connection: Connection, user: int, data: Plain, expires_at: int) -> None:
    """Keep the answers so far."""
    upsert(connection, _DRAFTS, [{"user_id": user, "data": data, "expires_at": expires_at}])


def delete_draft(connection: Connection, user: int) -> None:
    """Forget them."""
    connection.execute(_DRAFTS.delete().where(_DRAFTS.c.user_id == user))


def add_snapshots(connection: Connection, account: str, taken: Iterable[Snapshot]) -> None:
    """Add points to the charts; a second one of the same moment replaces the first."""
    names = [field.name for field in fields(Snapshot)]
    rows = [{"account": account, **{name: getattr(one, name) for name in names}} for one in taken]
    if rows:
        upsert(connection, _SNAPSHOTS, rows)


def snapshots(connection: Connection, account: str, grid: GridId, since: int) -> list[Snapshot]:
    """A grid's points from `since` on, in the order of time."""
    columns = [_SNAPSHOTS.c[field.name] for field in fields(Snapshot)]
    at = _SNAPSHOTS.c.at
    wanted = and_(_SNAPSHOTS.c.account == account, _SNAPSHOTS.c.grid_id == grid, at >= since)
    rows = connection.execute(select(*columns).where(wanted).order_by(at)).mappings()
    return [Snapshot(**row) for row in rows]


def log_command(connection: Connection, user: int, what: str, at: int) -> None:
    """Who asked for what."""
    connection.execute(_COMMANDS.insert(), [{"at": at, "user_id": user, "what": what}])


def forget(connection: Connection, before: int) -> None:
    """Seen updates, buttons and drafts from before this moment: Telegram hands out nothing that is older than a day."""
    connection.execute(_SEEN.delete().where(_SEEN.c.at < before))
    connection.execute(_BUTTONS.delete().where(_BUTTONS.c.expires_at < before))
    connection.execute(_DRAFTS.delete().where(_DRAFTS.c.expires_at < before))
