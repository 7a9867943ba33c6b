"""On which side of its range a grid's price is. For older grids nobody knows: it is told of them once more."""

from alembic import op

revision = "0005_outside"
down_revision = "0004_closings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.drop_column("grid", "outside")
    # SQLite takes a CHECK with the column, never by itself.
    op.execute(
        "ALTER TABLE grid ADD COLUMN outside VARCHAR(24)"
        " CONSTRAINT ck_grid_outside CHECK (outside IN ('below', 'above'))"
    )
