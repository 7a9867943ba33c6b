"""Words for what the limits of an account do: grids that a drawdown stopped, levels that wait for room or for time."""

from storage.words import admit

revision = "0009_held_back"
down_revision = "0008_curves"
branch_labels = None
depends_on = None

_HALTS = ("daily_loss", "strangers")
_WAITS = ("limbo", "fills", "window", "touch", "money", "crossing", "position", "market", "refused", "coins")


def upgrade() -> None:
    """To this revision."""
    admit("account", "halt", _HALTS, "drawdown")
    admit("level", "wait", _WAITS, "exposure", "pace")
