"""The blocks of client ids before the one in use: their ids are still ours."""

import sqlalchemy as sa
from alembic import op

revision = "0015_earlier_blocks"
down_revision = "0014_settlements"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision. What a database of before was in is not known: it gave the block up when it left it."""
    op.add_column("account", sa.Column("earlier", sa.Text(), nullable=False, server_default="[]"))
