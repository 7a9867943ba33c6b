"""The limits that an owner sets for an account as a whole. Values only, kept on disk with the account."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """None is no limit. Every field has a default: an older account lacks it on disk."""

    uses_lent: bool = False
    """Whether what is lent counts as there: our orders take back what they need of it."""
