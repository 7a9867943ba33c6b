"""A level's place in the ladder, apart from its id. Until here no ladder has shifted: they were the same."""

import sqlalchemy as sa
from alembic import op

revision = "0006_ranks"
down_revision = "0005_outside"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("level", sa.Column("rank", sa.Integer, nullable=False, server_default="0"))
    op.execute("UPDATE level SET rank = id")
