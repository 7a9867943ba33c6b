"""Under which message a button stands, and what it says: what is answered in words ends the buttons there."""

import sqlalchemy as sa
from alembic import op

revision = "0013_where_a_button_stands"
down_revision = "0012_recorded_events"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("button", sa.Column("message_id", sa.BigInteger(), nullable=True))
    op.add_column("button", sa.Column("label", sa.Text(), nullable=True))
