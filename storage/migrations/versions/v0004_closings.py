"""The ledger's ends without a fill: round trips whose rest can't be sold, and coins given back to the owner."""

import sqlalchemy as sa
from alembic import op

from storage.columns import DecimalText, UtcDateTime

revision = "0004_closings"
down_revision = "0003_parts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "closing",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=False, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("coins", DecimalText(), nullable=False),
        sa.Column("value", DecimalText(), nullable=False),
        sa.Column("cost", DecimalText(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_closing_account")),
        sa.ForeignKeyConstraint(["account", "grid_id"], ["grid.account", "grid.id"], name=op.f("fk_closing_grid")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closing")),
        sa.UniqueConstraint("account", "key", name=op.f("uq_closing_account_key")),
    )
