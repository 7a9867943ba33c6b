"""What the owner was told of a refused seed or sale: the next process does not tell it again."""

import sqlalchemy as sa
from alembic import op

revision = "0016_refusals_told"
down_revision = "0015_earlier_blocks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision. What a database of before was told is not known: it is told once more."""
    op.add_column("grid", sa.Column("refused", sa.Text(), nullable=False, server_default=""))
