"""What the engine was given and what came of it, for a replay. Until here it was not kept."""

import sqlalchemy as sa
from alembic import op

from storage.columns import UtcDateTime

revision = "0012_recorded_events"
down_revision = "0011_digests"
branch_labels = None
depends_on = None

_COUNTER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_WHAT = ("start", "day", "events")


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "recorded",
        sa.Column("id", _COUNTER, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column(
            "what",
            sa.Enum(*_WHAT, name=op.f("ck_recorded_what"), native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_recorded_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recorded")),
    )
    op.create_index(op.f("ix_recorded_account_what_at"), "recorded", ["account", "what", "at"], unique=False)
