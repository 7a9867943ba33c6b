"""What somebody may be to the bot. What each may do stands in the table of commands; what stands nowhere is denied."""

from enum import IntEnum


class Role(IntEnum):
    """A higher one may do whatever a lower one may."""

    VIEWER = 1
    """Looks, and changes nothing."""
    OPERATOR = 2
    """Also takes risk away, and lets a grid that was paused trade on."""
    OWNER = 3
    """Everything: his money."""

    @property
    def word(self) -> str:
        """As it is typed and kept."""
        return self.name.lower()
