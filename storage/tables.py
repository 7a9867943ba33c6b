"""The tables, and nothing else: no query, no rule. Columns bear the names of the fields of our values that they keep.

A table is changed here and by a new revision in `migrations/versions`; a test compares the two.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from storage.columns import DecimalText, Json, UtcDateTime, word
from strategy.messages.notices import Lane
from strategy.model.account import Day, Halt
from strategy.model.adapted import Adapted, Outside, Seeding
from strategy.model.grid import Phase
from strategy.model.ledger import Books, MovementKind
from strategy.model.levels import Wait
from strategy.model.limits import Limits
from strategy.model.market import Asset, Fees, Market, Side, Symbol
from strategy.model.orders import Execution, OrderStatus, Purpose
from strategy.model.spec import GridSpec
from strategy.model.stops import Stop


class Recording(StrEnum):
    """What a row of recorded events holds."""

    START = "start"
    """The state with which a process began."""
    DAY = "day"
    """The state when a day began, by UTC."""
    EVENTS = "events"


# What a button or a draft carries: no floats, money as text.
Plain = dict[str, str | int | bool | None]

# One of few among very many, in the very words of the index that knows them: in others it would be of no help.
IS_REPORT = sa.text("kind = 'report'")
# SQLite counts rows by itself in an INTEGER only.
_COUNTER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


class Table(SQLModel):
    """What all tables share. The convention of names lets Alembic find every constraint again."""

    metadata: ClassVar[sa.MetaData] = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def _column(kind: Any, *args: Any, null: bool = False, **more: Any) -> Any:
    return Field(sa_column=sa.Column(kind, *args, nullable=null, **more))


def _key(kind: Any = sa.Text, *args: Any) -> Any:
    return _column(kind, *args, primary_key=True, autoincrement=False)


def _of_account() -> Any:
    return _key(sa.Text, sa.ForeignKey("account.name"))


def _of_grid(*columns: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(columns, ["grid.account", "grid.id"])


class AccountRow(Table, table=True):
    """One exchange account."""

    __tablename__ = "account"

    name: str = _key()
    block: int = _column(sa.Integer)
    next_id: int = _column(sa.Integer)
    earlier: tuple[int, ...] = _column(Json(tuple[int, ...]), server_default="[]")
    next_grid: int = _column(sa.Integer)
    fees: Fees = _column(Json(Fees))
    expected: Mapping[Asset, Decimal] = _column(Json(dict[Asset, Decimal]))
    daily_loss: Decimal | None = _column(DecimalText, null=True)
    limits: Limits = _column(Json(Limits), server_default="{}")
    day: Day | None = _column(Json(Day), null=True)
    halt: Halt | None = _column(word(Halt), null=True)
    marks: Mapping[Symbol, Decimal] = _column(Json(dict[Symbol, Decimal]))
    seen_at: int = _column(UtcDateTime)


class GridRow(Table, table=True):
    """One grid. A grid that the account has let go (`gone`) stays, with its levels, for the journal and the ledger."""

    __tablename__ = "grid"

    account: str = _of_account()
    id: int = _key(sa.Integer)
    spec: GridSpec = _column(Json(GridSpec))
    market: Market = _column(Json(Market))
    created_at: int = _column(UtcDateTime)
    money: Decimal = _column(DecimalText)
    start_price: Decimal = _column(DecimalText)
    phase: Phase = _column(word(Phase))
    books: Books = _column(Json(Books))
    seeding: Seeding | None = _column(Json(Seeding), null=True)
    stop: Stop | None = _column(Json(Stop), null=True)
    adapted: Adapted = _column(Json(Adapted), server_default="{}")
    before: GridSpec | None = _column(Json(GridSpec), null=True)
    outside: Outside | None = _column(word(Outside), null=True)
    refused: str = _column(sa.Text, server_default="")
    gone: bool = _column(sa.Boolean)


class LevelRow(Table, table=True):
    """One level of a grid."""

    __tablename__ = "level"
    __table_args__ = (_of_grid("account", "grid_id"),)

    account: str = _key()
    grid_id: int = _key(sa.Integer)
    id: int = _key(sa.Integer)
    rank: int = _column(sa.Integer, server_default="0")
    buy_price: Decimal = _column(DecimalText)
    sell_price: Decimal = _column(DecimalText)
    quantity: Decimal = _column(DecimalText)
    initial: Side = _column(word(Side))
    side: Side = _column(word(Side))
    order: int | None = _column(sa.BigInteger, null=True)
    done: Decimal = _column(DecimalText)
    value: Decimal = _column(DecimalText)
    earned: Decimal = _column(DecimalText)
    fees: Decimal = _column(DecimalText)
    bought_at: Decimal | None = _column(DecimalText, null=True)
    wait: Wait | None = _column(word(Wait), null=True)
    wait_since: int | None = _column(UtcDateTime, null=True)
    refusals: int = _column(sa.Integer)


class LotRow(Table, table=True):
    """The coins of a level; level 0 is the residue."""

    __tablename__ = "lot"
    __table_args__ = (_of_grid("account", "grid_id"),)

    account: str = _key()
    grid_id: int = _key(sa.Integer)
    level: int = _key(sa.Integer)
    quantity: Decimal = _column(DecimalText)
    cost: Decimal = _column(DecimalText)


class OrderRow(Table, table=True):
    """The journal: every order that was ever intended. Nothing is deleted."""

    __tablename__ = "order_"  # "order" is a word of SQL
    __table_args__ = (
        _of_grid("account", "grid_id"),
        sa.Index(None, "account", "settled", "changed_at"),
    )

    account: str = _key()
    client_id: int = _key(sa.BigInteger)
    grid_id: int = _column(sa.Integer)
    symbol: str = _column(sa.Text)
    purpose: Purpose = _column(word(Purpose))
    level: int | None = _column(sa.Integer, null=True)
    side: Side = _column(word(Side))
    price: Decimal = _column(DecimalText)
    quantity: Decimal = _column(DecimalText)
    execution: Execution = _column(word(Execution))
    status: OrderStatus = _column(word(OrderStatus))
    order_id: str | None = _column(sa.Text, null=True)
    filled: Decimal = _column(DecimalText)
    trades: tuple[str, ...] = _column(Json(tuple[str, ...]))
    executed: Decimal | None = _column(DecimalText, null=True)
    intended_at: int = _column(UtcDateTime)
    changed_at: int = _column(UtcDateTime)
    unknown_since: int | None = _column(UtcDateTime, null=True)
    settled: bool = _column(sa.Boolean)


class FillRow(Table, table=True):
    """The ledger's fills. `id` counts fills and movements together, in the order in which they were booked."""

    __tablename__ = "fill"
    __table_args__ = (
        sa.UniqueConstraint("account", "key"),
        _of_grid("account", "grid_id"),
        sa.Index(None, "account", "grid_id", "at"),
        sa.Index(None, "account", "grid_id", "id"),
    )

    id: int = _key(_COUNTER)
    account: str = _column(sa.Text, sa.ForeignKey("account.name"))
    key: str = _column(sa.Text)
    at: int = _column(UtcDateTime)
    base: str = _column(sa.Text)
    quote: str = _column(sa.Text)
    grid_id: int | None = _column(sa.Integer, null=True)
    level: int | None = _column(sa.Integer, null=True)
    purpose: Purpose | None = _column(word(Purpose), null=True)
    realised: Decimal | None = _column(DecimalText, null=True)
    closes: bool = _column(sa.Boolean)
    symbol: str = _column(sa.Text)
    order_id: str = _column(sa.Text)
    client_id: int | None = _column(sa.BigInteger, null=True)
    trade_id: int | None = _column(sa.BigInteger, null=True)
    side: Side = _column(word(Side))
    price: Decimal = _column(DecimalText)
    quantity: Decimal = _column(DecimalText)
    fee: Decimal = _column(DecimalText)
    fee_asset: str = _column(sa.Text)
    is_maker: bool = _column(sa.Boolean)
    traded_at: int = _column(UtcDateTime)
    system: str | None = _column(sa.Text, null=True)
    fee_value: Decimal | None = _column(DecimalText, null=True)


class MovementRow(Table, table=True):
    """The ledger's deposits, withdrawals and opening balances."""

    __tablename__ = "movement"
    __table_args__ = (sa.UniqueConstraint("account", "key"),)

    id: int = _key(_COUNTER)
    account: str = _column(sa.Text, sa.ForeignKey("account.name"))
    key: str = _column(sa.Text)
    at: int = _column(UtcDateTime)
    kind: MovementKind = _column(word(MovementKind))
    asset: str = _column(sa.Text)
    amount: Decimal = _column(DecimalText)


class ClosingRow(Table, table=True):
    """The ledger's ends without a fill: round trips whose rest can't be sold, coins given back to the owner."""

    __tablename__ = "closing"
    __table_args__ = (
        sa.UniqueConstraint("account", "key"),
        _of_grid("account", "grid_id"),
        sa.Index(None, "account", "grid_id", "at"),
        sa.Index(None, "account", "grid_id", "id"),
    )

    id: int = _key(_COUNTER)
    account: str = _column(sa.Text, sa.ForeignKey("account.name"))
    key: str = _column(sa.Text)
    at: int = _column(UtcDateTime)
    grid_id: int = _column(sa.Integer)
    level: int | None = _column(sa.Integer, null=True)
    coins: Decimal = _column(DecimalText)
    value: Decimal = _column(DecimalText)
    cost: Decimal = _column(DecimalText)


class NoticeRow(Table, table=True):
    """The outbox: what is to be told, committed with what it tells."""

    __tablename__ = "notice"
    __table_args__ = (
        sa.Index(
            None, "lane", "id", sqlite_where=sa.text("sent_at IS NULL"), postgresql_where=sa.text("sent_at IS NULL")
        ),
        sa.Index(None, "account", "id", sqlite_where=IS_REPORT, postgresql_where=IS_REPORT),
    )

    id: int = _column(_COUNTER, primary_key=True)
    account: str = _column(sa.Text, sa.ForeignKey("account.name"))
    lane: Lane = _column(word(Lane))
    kind: str = _column(sa.Text)
    data: str = _column(sa.Text)
    at: int = _column(UtcDateTime)
    sent_at: int | None = _column(UtcDateTime, null=True)
    attempts: int = _column(sa.Integer)
    message_id: int | None = _column(sa.BigInteger, null=True)
    digest: int | None = _column(sa.BigInteger, null=True)


class SnapshotRow(Table, table=True):
    """What a grid was worth at a moment, for charts."""

    __tablename__ = "snapshot"
    __table_args__ = (_of_grid("account", "grid_id"),)

    account: str = _key()
    grid_id: int = _key(sa.Integer)
    at: int = _key(UtcDateTime)
    symbol: str = _column(sa.Text)
    price: Decimal = _column(DecimalText)
    total: Decimal = _column(DecimalText)
    grid_profit: Decimal = _column(DecimalText)
    floating: Decimal = _column(DecimalText)


class CurveRow(Table, table=True):
    """An hour of the curve of a total: of a grid, or with 0 in its place of all grids of the quote."""

    __tablename__ = "curve"

    account: str = _of_account()
    quote: str = _key()
    grid_id: int = _key(sa.Integer)
    hour: int = _key(UtcDateTime)
    at: int = _column(UtcDateTime)
    high: Decimal = _column(DecimalText)
    low: Decimal = _column(DecimalText)
    last: Decimal = _column(DecimalText)
    fall: Decimal = _column(DecimalText)
    peak: Decimal = _column(DecimalText)


class SettingRow(Table, table=True):
    """What the owner chose in the chat, and what the process remembers for itself."""

    __tablename__ = "setting"

    key: str = _key()
    value: str = _column(sa.Text)


class SeenUpdateRow(Table, table=True):
    """What Telegram has already handed us."""

    __tablename__ = "seen_update"

    key: str = _key()
    at: int = _column(UtcDateTime)


class ButtonRow(Table, table=True):
    """A button that works once. Buttons of one card go together: the first one pressed uses them all."""

    __tablename__ = "button"
    __table_args__ = (sa.Index(None, "card"),)

    nonce: str = _key()
    card: str = _column(sa.Text)
    action: str = _column(sa.Text)
    args: Plain = _column(Json(Plain))
    user_id: int = _column(sa.BigInteger)
    chat_id: int = _column(sa.BigInteger)
    expires_at: int = _column(UtcDateTime)
    used_at: int | None = _column(UtcDateTime, null=True)
    message_id: int | None = _column(sa.BigInteger, null=True)
    label: str | None = _column(sa.Text, null=True)


class DraftRow(Table, table=True):
    """A grid that somebody is being asked about, question by question."""

    __tablename__ = "draft"

    user_id: int = _key(sa.BigInteger)
    data: Plain = _column(Json(Plain))
    expires_at: int = _column(UtcDateTime)


class CommandRow(Table, table=True):
    """Who asked for what, and when."""

    __tablename__ = "command_log"

    id: int = _column(_COUNTER, primary_key=True)
    at: int = _column(UtcDateTime)
    user_id: int = _column(sa.BigInteger)
    what: str = _column(sa.Text)


class RecordedRow(Table, table=True):
    """What the engine was given and what came of it, of one commit; or the whole state, from which the rows after it
    lead on. Old ones are dropped.
    """

    __tablename__ = "recorded"
    __table_args__ = (sa.Index(None, "account", "what", "at"),)

    id: int = _column(_COUNTER, primary_key=True)
    account: str = _column(sa.Text, sa.ForeignKey("account.name"))
    at: int = _column(UtcDateTime)
    what: Recording = _column(word(Recording))
    version: str | None = _column(sa.Text, null=True)
    data: bytes = _column(sa.LargeBinary)


class WriterRow(Table, table=True):
    """Which process writes, and the number of its last transaction: one row, see `storage.epoch`."""

    __tablename__ = "writer"

    id: int = _key(sa.Integer)
    owner: str = _column(sa.Text)
    number: int = _column(sa.BigInteger)
