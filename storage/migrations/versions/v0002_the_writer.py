"""Who writes the database: one row."""

import sqlalchemy as sa
from alembic import op

revision = "0002_writer"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    writer = op.create_table(
        "writer",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_writer")),
    )
    op.bulk_insert(writer, [{"id": 1, "owner": "", "number": 0}])
