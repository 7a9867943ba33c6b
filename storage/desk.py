"""What the chat's side has to remember: outbox, buttons, drafts, settings, seen updates. Nothing about money.

Every function works inside the transaction it is given.
"""

import logging
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import BindParameter, Connection, Integer, RowMapping, bindparam, case, func, select, text

from storage.changes import upsert
from storage.columns import UtcDateTime, from_json, to_json
from storage.rows import Row, table_of
from storage.tables import (
    IS_REPORT,
    ButtonRow,
    CommandRow,
    DraftRow,
    NoticeRow,
    Plain,
    SeenUpdateRow,
    SettingRow,
    SnapshotRow,
    Table,
)
from strategy.messages.notices import Lane, Notice, lane_of
from strategy.messages.reports import Report
from strategy.model.market import Symbol
from strategy.model.orders import GridId

log = logging.getLogger(__name__)

_NOTICES, _BUTTONS, _DRAFTS, _SETTINGS, _SEEN, _SNAPSHOTS, _COMMANDS = (
    table_of(model) for model in (NoticeRow, ButtonRow, DraftRow, SettingRow, SeenUpdateRow, SnapshotRow, CommandRow)
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
    message_id: int | None
    """Under which message it stands, where that is known."""
    label: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A button that is not too old."""

    nonce: str
    args: Plain
    message_id: int | None
    is_open: bool
    """It was not used, nor was another of its card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandTaken:
    """What somebody asked for, and what came of it."""

    id: int
    at: int
    user_id: int
    what: str


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


_key: BindParameter[Any] = bindparam("of_key")
_user: BindParameter[Any] = bindparam("user")
_now = bindparam("now", type_=UtcDateTime())

_NEW_NOTICE, _NEW_BUTTON, _NEW_COMMAND = _NOTICES.insert().inline(), _BUTTONS.insert(), _COMMANDS.insert().inline()
_UNSENT = (
    select(_NOTICES)
    .where(_NOTICES.c.sent_at.is_(None), _NOTICES.c.digest.is_(None))
    .order_by(case((_NOTICES.c.lane == Lane.DANGER, 0), else_=1), _NOTICES.c.id)
    .limit(bindparam("limit", type_=Integer()))
    .offset(bindparam("passed", type_=Integer()))
)
_GATHER = _NOTICES.update().where(_NOTICES.c.id == bindparam("notice")).values(digest=bindparam("number"))
_WAITING = (_NOTICES.c.sent_at.is_(None), _NOTICES.c.digest.is_not(None))
_DIGESTS = select(_NOTICES.c.digest).where(*_WAITING).distinct().order_by(_NOTICES.c.digest)
# Not in the order of their numbers: for that SQLite goes through all that was ever told.
_GATHERED = select(_NOTICES).where(*_WAITING, _NOTICES.c.digest <= bindparam("until"))
_REPORTS = select(_NOTICES.c.data).where(
    _NOTICES.c.account == bindparam("account"), IS_REPORT, _NOTICES.c.data.contains(bindparam("last"))
)
_TRIED = _NOTICES.update().where(_NOTICES.c.id == bindparam("notice")).values(attempts=_NOTICES.c.attempts + 1)
_SENT = _TRIED.values(sent_at=_now, message_id=bindparam("message"))
_SETTING = select(_SETTINGS.c.value).where(_SETTINGS.c.key == _key)
_UNSET = _SETTINGS.delete().where(_SETTINGS.c.key == _key)
_SEE = text("INSERT INTO seen_update (key, at) VALUES (:of_key, :now) ON CONFLICT DO NOTHING").bindparams(_now)
_BUTTON = select(_BUTTONS).where(_BUTTONS.c.nonce == bindparam("of_nonce"))
_USE = _BUTTONS.update().where(_BUTTONS.c.used_at.is_(None)).values(used_at=_now)
_USE_ONE = _USE.where(
    _BUTTONS.c.nonce == bindparam("of_nonce"), _BUTTONS.c.user_id == _user, _BUTTONS.c.expires_at > _now
)
_USE_LATE = _USE.where(
    _BUTTONS.c.nonce == bindparam("of_nonce"), _BUTTONS.c.user_id == _user, _BUTTONS.c.expires_at <= _now
)
_PLACE = (
    _BUTTONS.update()
    .where(_BUTTONS.c.nonce == bindparam("of_nonce"))
    .values(message_id=bindparam("message"), label=bindparam("words"))
)
_NEWEST = (
    select(_BUTTONS.c.nonce, _BUTTONS.c.args, _BUTTONS.c.message_id, _BUTTONS.c.used_at.is_(None).label("is_open"))
    .where(
        _BUTTONS.c.action == bindparam("of_action"),
        _BUTTONS.c.user_id == _user,
        _BUTTONS.c.chat_id == bindparam("chat"),
    )
    .where(_BUTTONS.c.expires_at > _now)
    .order_by(_BUTTONS.c.expires_at.desc())
)
_USE_CARD = _USE.where(_BUTTONS.c.card == bindparam("of_card"), _BUTTONS.c.card != "")
_DRAFT = select(_DRAFTS.c.data).where(_DRAFTS.c.user_id == _user, _DRAFTS.c.expires_at > _now)
_DROP_DRAFT = _DRAFTS.delete().where(_DRAFTS.c.user_id == _user)
_SINCE = (
    select(*(_SNAPSHOTS.c[field.name] for field in fields(Snapshot)))
    .where(_SNAPSHOTS.c.account == bindparam("account"), _SNAPSHOTS.c.grid_id == bindparam("grid"))
    .where(_SNAPSHOTS.c.at >= bindparam("since"))
    .order_by(_SNAPSHOTS.c.at)
)
_PRICE_AT = (
    select(_SNAPSHOTS.c.price)
    .where(_SNAPSHOTS.c.account == bindparam("account"), _SNAPSHOTS.c.grid_id == bindparam("grid"))
    .where(_SNAPSHOTS.c.at <= bindparam("until"))
    .order_by(_SNAPSHOTS.c.at.desc())
    .limit(1)
)
_FORGET = [
    column.table.delete().where(column < _now) for column in (_SEEN.c.at, _BUTTONS.c.expires_at, _DRAFTS.c.expires_at)
]


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
        connection.execute(_NEW_NOTICE, rows)


def unsent(connection: Connection, limit: int) -> list[OutboxRow]:
    """What is to be sent: danger first, and in each lane the oldest first. What can't be read takes nobody's place."""
    found: list[OutboxRow] = []
    passed = 0
    while len(found) < limit:
        rows = connection.execute(_UNSENT, {"limit": limit, "passed": passed}).mappings().all()
        found += [one for row in rows if (one := _outbox_row(row)) is not None]
        passed += len(rows)
        if len(rows) < limit:
            break
    return found[:limit]


def gather(connection: Connection, ids: Sequence[int], number: int) -> None:
    """They are counted in this digest."""
    if ids:
        connection.execute(_GATHER, [{"notice": notice, "number": number} for notice in ids])


def digests(connection: Connection) -> list[int]:
    """The numbers of those in which something is not sent."""
    return list(connection.execute(_DIGESTS).scalars())


def gathered(connection: Connection, until: int) -> list[OutboxRow]:
    """What is not sent in the digests up to this one, the oldest first."""
    rows = sorted(connection.execute(_GATHERED, {"until": until}).mappings(), key=lambda row: int(row["id"]))
    return [found for row in rows if (found := _outbox_row(row)) is not None]


def was_reported(connection: Connection, account: str, first: str, last: str) -> bool:
    """Whether there is a report of these days."""
    found = (notice_of(data) for data in connection.execute(_REPORTS, {"account": account, "last": last}).scalars())
    return any(isinstance(one, Report) and (one.day, one.last) == (first, last) for one in found)


def _outbox_row(row: RowMapping) -> OutboxRow | None:
    """None, with a line in the log, for a notice of another version: it must not hold up all the others."""
    try:
        notice = notice_of(row["data"])
    except ValueError as error:
        log.error("notice=%s kind=%s can't be read: %s", row["id"], row["kind"], error)
        return None
    return OutboxRow(id=row["id"], lane=row["lane"], at=row["at"], notice=notice, attempts=row["attempts"])


@lru_cache(maxsize=512)
def notice_of(data: str) -> Notice:
    """A notice out of its row, `ValueError` if it can't be read. While it waits it is read again and again."""
    notice: Notice = from_json(ANY_NOTICE, data)
    return notice


def mark_sent(connection: Connection, ids: Sequence[int], message_id: int | None, at: int) -> None:
    """They are told, in this message."""
    if not ids:
        return
    connection.execute(_SENT, [{"notice": notice, "message": message_id, "now": at} for notice in ids])


def mark_failed(connection: Connection, notice: int) -> None:
    """One more attempt was in vain."""
    connection.execute(_TRIED, {"notice": notice})


def setting(connection: Connection, key: str) -> str | None:
    """What was set, or None."""
    return connection.execute(_SETTING, {"of_key": key}).scalar_one_or_none()


def set_setting(connection: Connection, key: str, value: str | None) -> None:
    """Set it; None forgets it."""
    if value is None:
        connection.execute(_UNSET, {"of_key": key})
    else:
        upsert(connection, _SETTINGS, [{"key": key, "value": value}])


def first_time(connection: Connection, key: str, at: int) -> bool:
    """Whether this was never seen before; from now on it was."""
    return connection.execute(_SEE, {"of_key": key, "now": at}).rowcount == 1


def add_button(connection: Connection, button: Row) -> str:
    """A nonce for the button, short enough for the 64 bytes that Telegram carries."""
    nonce = secrets.token_urlsafe(12)
    connection.execute(_NEW_BUTTON, {"nonce": nonce, "used_at": None, "message_id": None, "label": None, **button})
    return nonce


def place_buttons(connection: Connection, labels: Mapping[str, str], message: int) -> None:
    """Where these stand, by their nonces, and what each says."""
    connection.execute(_PLACE, [{"of_nonce": one, "words": said, "message": message} for one, said in labels.items()])


def use_button(connection: Connection, nonce: str, user: int, now: int, *, late: bool) -> Button | None:
    """The button, once: None if it is not this user's, was used (or another of its card was), or is too old.

    `late`: what a button was for that is too old and was never used, likewise once.
    """
    if connection.execute(_USE_LATE if late else _USE_ONE, {"of_nonce": nonce, "user": user, "now": now}).rowcount != 1:
        return None
    row = connection.execute(_BUTTON, {"of_nonce": nonce}).mappings().one()
    connection.execute(_USE_CARD, {"of_card": row["card"], "now": now})
    return Button(**{field.name: row[field.name] for field in fields(Button)})


def buttons_of(connection: Connection, action: str, user: int, chat: int, now: int) -> list[Asking]:
    """The buttons of this action that are not too old, used or not, the newest first.

    All buttons of an action live equally long: the newest is the one that lives longest.
    """
    rows = connection.execute(_NEWEST, {"of_action": action, "user": user, "chat": chat, "now": now}).mappings()
    return [Asking(**{field.name: row[field.name] for field in fields(Asking)}) for row in rows]


def draft(connection: Connection, user: int, now: int) -> Plain | None:
    """What this user has answered so far, unless it is too old."""
    return connection.execute(_DRAFT, {"user": user, "now": now}).scalar_one_or_none()


def put_draft(connection: Connection, user: int, data: Plain, expires_at: int) -> None:
    """Keep the answers so far."""
    upsert(connection, _DRAFTS, [{"user_id": user, "data": data, "expires_at": expires_at}])


def delete_draft(connection: Connection, user: int) -> None:
    """Forget them."""
    connection.execute(_DROP_DRAFT, {"user": user})


def add_snapshots(connection: Connection, account: str, taken: Iterable[Snapshot]) -> None:
    """Add points to the charts; a second one of the same moment replaces the first."""
    names = [field.name for field in fields(Snapshot)]
    rows = [{"account": account, **{name: getattr(one, name) for name in names}} for one in taken]
    if rows:
        upsert(connection, _SNAPSHOTS, rows)


def snapshots(connection: Connection, account: str, grid: GridId, since: int) -> list[Snapshot]:
    """A grid's points from `since` on, in the order of time."""
    rows = connection.execute(_SINCE, {"account": account, "grid": grid, "since": since}).mappings()
    return [Snapshot(**row) for row in rows]


def price_at(connection: Connection, account: str, grid: GridId, at: int) -> Decimal | None:
    """The last price recorded for a grid at or before this moment."""
    return connection.execute(_PRICE_AT, {"account": account, "grid": grid, "until": at}).scalar_one_or_none()


def log_command(connection: Connection, user: int, what: str, at: int) -> None:
    """Who asked for what."""
    connection.execute(_NEW_COMMAND, {"at": at, "user_id": user, "what": what})


def commands(connection: Connection, limit: int, before: int | None) -> list[CommandTaken]:
    """The newest first."""
    asked = select(_COMMANDS).order_by(_COMMANDS.c.id.desc()).limit(limit)
    rows = connection.execute(asked if before is None else asked.where(_COMMANDS.c.id < before)).mappings()
    return [CommandTaken(**{field.name: row[field.name] for field in fields(CommandTaken)}) for row in rows]


def counts(connection: Connection) -> dict[str, int]:
    """Rows of each table, by its name."""
    tables = sorted(Table.metadata.tables.values(), key=lambda table: table.name)
    return {table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables}


def forget(connection: Connection, before: int) -> None:
    """Seen updates, buttons and drafts from before this moment: Telegram hands out nothing that is older than a day."""
    for old in _FORGET:
        connection.execute(old, {"now": before})
