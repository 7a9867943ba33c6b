"""Indices for what years leave behind: a grid's entries by number and time, and the reports among all that was told."""

import sqlalchemy as sa
from alembic import op

revision = "0017_pages_of_years"
down_revision = "0016_refusals_told"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    for table, last in (("fill", "id"), ("closing", "at"), ("closing", "id")):
        op.create_index(op.f(f"ix_{table}_account_grid_id_{last}"), table, ["account", "grid_id", last], unique=False)
    is_report = sa.text("kind = 'report'")
    columns = ["account", "id"]
    op.create_index(op.f("ix_notice_account_id"), "notice", columns, sqlite_where=is_report, postgresql_where=is_report)
