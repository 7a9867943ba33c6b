"""What a grid's adapting has come to, and the limits of an account. Until here there were none."""

import sqlalchemy as sa
from alembic import op

revision = "0007_adapting"
down_revision = "0006_ranks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("grid", sa.Column("adapted", sa.Text, nullable=False, server_default="{}"))
    op.add_column("account", sa.Column("limits", sa.Text, nullable=False, server_default="{}"))
