"""A word for what perpetuals on the same account settle."""

from storage.words import admit

revision = "0014_settlements"
down_revision = "0013_where_a_button_stands"
branch_labels = None
depends_on = None

_KINDS = ("opening", "deposit", "withdrawal", "dust", "interest", "loan", "unexplained")


def upgrade() -> None:
    """To this revision."""
    admit("movement", "kind", _KINDS, "settlement")
