"""The version of a grid's spec before this one, to be put back. What was tuned until here can't be."""

import sqlalchemy as sa
from alembic import op

revision = "0010_the_version_before"
down_revision = "0009_held_back"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("grid", sa.Column("before", sa.Text, nullable=True))
