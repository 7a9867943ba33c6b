"""The curves of totals, an hour a row: what drawdown is folded from. Until here it was not known."""

import sqlalchemy as sa
from alembic import op

from storage.columns import DecimalText, UtcDateTime

revision = "0008_curves"
down_revision = "0007_adapting"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "curve",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("grid_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hour", UtcDateTime(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("high", DecimalText(), nullable=False),
        sa.Column("low", DecimalText(), nullable=False),
        sa.Column("last", DecimalText(), nullable=False),
        sa.Column("fall", DecimalText(), nullable=False),
        sa.Column("peak", DecimalText(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_curve_account")),
        sa.PrimaryKeyConstraint("account", "quote", "grid_id", "hour", name=op.f("pk_curve")),
    )
