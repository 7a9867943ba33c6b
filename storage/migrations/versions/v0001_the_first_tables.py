"""The first tables."""

import sqlalchemy as sa
from alembic import op

from storage.columns import DecimalText, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _word(*words: str) -> sa.Enum:
    return sa.Enum(*words, name=None, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "account",
        sa.Column("name", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("block", sa.Integer(), nullable=False),
        sa.Column("next_id", sa.Integer(), nullable=False),
        sa.Column("next_grid", sa.Integer(), nullable=False),
        sa.Column("fees", sa.Text(), nullable=False),
        sa.Column("expected", sa.Text(), nullable=False),
        sa.Column("daily_loss", DecimalText(), nullable=True),
        sa.Column("day", sa.Text(), nullable=True),
        sa.Column("halt", _word("daily_loss", "strangers"), nullable=True),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_account")),
    )
    op.create_table(
        "button",
        sa.Column("nonce", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("args", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_button")),
    )
    op.create_index(op.f("ix_button_card"), "button", ["card"], unique=False)
    op.create_table(
        "command_log",
        sa.Column("id", _COUNTER, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_command_log")),
    )
    op.create_table(
        "draft",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_draft")),
    )
    op.create_table(
        "seen_update",
        sa.Column("key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_seen_update")),
    )
    op.create_table(
        "setting",
        sa.Column("key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_setting")),
    )
    op.create_table(
        "grid",
        sa.Column("account", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("money", DecimalText(), nullable=False),
        sa.Column("start_price", DecimalText(), nullable=False),
        sa.Column(
            "phase", _word("waiting", "seeding", "running", "paused", "stopping", "stopped", "parked"), nullable=False
        ),
        sa.Column("books", sa.Text(), nullable=False),
        sa.Column("seeding", sa.Text(), nullable=True),
        sa.Column("stop", sa.Text(), nullable=True),
        sa.Column("outside", sa.Boolean(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_grid_account")),
        sa.PrimaryKeyConstraint("account", "id", name=op.f("pk_grid")),
    )
    op.create_table(
        "movement",
        sa.Column("id", _COUNTER, autoincrement=False, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column(
            "kind",
            _word("opening", "deposit", "withdrawal", "dust", "interest", "loan", "unexplained"),
            nullable=False,
        ),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("amount", DecimalText(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_movement_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_movement")),
        sa.UniqueConstraint("account", "key", name=op.f("uq_movement_account_key")),
    )
    op.create_table(
        "notice",
        sa.Column("id", _COUNTER, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("lane", _word("danger", "news"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_notice_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index(
        op.f("ix_notice_lane_id"),
        "notice",
        ["lane", "id"],
        unique=False,
        sqlite_where=sa.text("sent_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "fill",
        sa.Column("id", _COUNTER, autoincrement=False, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("purpose", _word("level", "seed", "stop"), nullable=True),
        sa.Column("realised", DecimalText(), nullable=True),
        sa.Column("closes", sa.Boolean(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=True),
        sa.Column("trade_id", sa.BigInteger(), nullable=True),
        sa.Column("side", _word("buy", "sell"), nullable=False),
        sa.Column("price", DecimalText(), nullable=False),
        sa.Column("quantity", DecimalText(), nullable=False),
        sa.Column("fee", DecimalText(), nullable=False),
        sa.Column("fee_asset", sa.Text(), nullable=False),
        sa.Column("is_maker", sa.Boolean(), nullable=False),
        sa.Column("traded_at", UtcDateTime(), nullable=False),
        sa.Column("system", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account", "grid_id"], ["grid.account", "grid.id"], name=op.f("fk_fill_grid")),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_fill_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fill")),
        sa.UniqueConstraint("account", "key", name=op.f("uq_fill_account_key")),
    )
    op.create_index(op.f("ix_fill_account_grid_id_at"), "fill", ["account", "grid_id", "at"], unique=False)
    op.create_table(
        "level",
        sa.Column("account", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("grid_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("buy_price", DecimalText(), nullable=False),
        sa.Column("sell_price", DecimalText(), nullable=False),
        sa.Column("quantity", DecimalText(), nullable=False),
        sa.Column("initial", _word("buy", "sell"), nullable=False),
        sa.Column("side", _word("buy", "sell"), nullable=False),
        sa.Column("order", sa.BigInteger(), nullable=True),
        sa.Column("done", DecimalText(), nullable=False),
        sa.Column("value", DecimalText(), nullable=False),
        sa.Column("earned", DecimalText(), nullable=False),
        sa.Column("fees", DecimalText(), nullable=False),
        sa.Column("bought_at", DecimalText(), nullable=True),
        sa.Column(
            "wait",
            _word("limbo", "fills", "window", "touch", "money", "crossing", "position", "market", "refused", "coins"),
            nullable=True,
        ),
        sa.Column("wait_since", UtcDateTime(), nullable=True),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account", "grid_id"], ["grid.account", "grid.id"], name=op.f("fk_level_grid")),
        sa.PrimaryKeyConstraint("account", "grid_id", "id", name=op.f("pk_level")),
    )
    op.create_table(
        "lot",
        sa.Column("account", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("grid_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("quantity", DecimalText(), nullable=False),
        sa.Column("cost", DecimalText(), nullable=False),
        sa.ForeignKeyConstraint(["account", "grid_id"], ["grid.account", "grid.id"], name=op.f("fk_lot_grid")),
        sa.PrimaryKeyConstraint("account", "grid_id", "level", name=op.f("pk_lot")),
    )
    op.create_table(
        "order_",
        sa.Column("account", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("client_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("purpose", _word("level", "seed", "stop"), nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("side", _word("buy", "sell"), nullable=False),
        sa.Column("price", DecimalText(), nullable=False),
        sa.Column("quantity", DecimalText(), nullable=False),
        sa.Column("execution", _word("post_only", "immediate"), nullable=False),
        sa.Column(
            "status",
            _word("intended", "open", "cancelling", "filled", "cancelled", "rejected", "expired"),
            nullable=False,
        ),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("filled", DecimalText(), nullable=False),
        sa.Column("trades", sa.Text(), nullable=False),
        sa.Column("executed", DecimalText(), nullable=True),
        sa.Column("intended_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("unknown_since", UtcDateTime(), nullable=True),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["account", "grid_id"], ["grid.account", "grid.id"], name=op.f("fk_order__grid")),
        sa.PrimaryKeyConstraint("account", "client_id", name=op.f("pk_order_")),
    )
    op.create_index(
        op.f("ix_order__account_settled_changed_at"), "order_", ["account", "settled", "changed_at"], unique=False
    )
    op.create_table(
        "snapshot",
        sa.Column("account", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("grid_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), autoincrement=False, nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("price", DecimalText(), nullable=False),
        sa.Column("total", DecimalText(), nullable=False),
        sa.Column("grid_profit", DecimalText(), nullable=False),
        sa.Column("floating", DecimalText(), nullable=False),
        sa.ForeignKeyConstraint(["account", "grid_id"], ["grid.account", "grid.id"], name=op.f("fk_snapshot_grid")),
        sa.PrimaryKeyConstraint("account", "grid_id", "at", name=op.f("pk_snapshot")),
    )
