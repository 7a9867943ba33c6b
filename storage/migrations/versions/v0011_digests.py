"""In which digest a notice is counted that is not pushed by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0011_digests"
down_revision = "0010_the_version_before"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("notice", sa.Column("digest", sa.BigInteger, nullable=True))
