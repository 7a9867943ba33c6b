"""What adapting a grid has come to so far. Values only, kept on disk with the grid."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapted:
    """Nothing of it follows from the rest of the grid. Every field has a default: an older grid lacks it on disk."""
