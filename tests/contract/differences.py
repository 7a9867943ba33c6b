"""The one list of what the local Backpack does otherwise than the official document, each with its reason.

Where a capture and the document differ, the capture wins. "3.1" and the like are sections of the reference's API page.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What is known of a call (a pattern of "METHOD /path") and of a problem that `Document.problems` names."""

    call: str = ".*"
    problem: str
    reason: str

    def covers(self, call: str, problem: str) -> bool:
        """Whether this is the difference that was found."""
        return bool(re.fullmatch(self.call, call) and re.fullmatch(self.problem, problem))


NEW_KEYS = "'(discoveryBoundBand|rwaMarketType|m(ax|in)PriceUpdateMultiplier)'"

KNOWN: Sequence[Difference] = (
    Difference(
        call="GET /api/v1/markets?",
        problem=rf".*: Additional properties are not allowed \(({NEW_KEYS})(, ({NEW_KEYS}))* (was|were) unexpected\)",
        reason="Keys that markets have since 2026-10, newer than this copy of the document [docs-oct26, 2.3].",
    ),
    Difference(
        call="GET /wapi/v1/feeTiers",
        problem="call: .* is not in the document",
        reason="Undocumented, and public all the same [probe, 2.1].",
    ),
    Difference(
        problem="status: 400 is not in the document",
        reason="Any call refuses a parameter that it can't read, also where the document has no 400 [probe, 3.1].",
    ),
    Difference(
        problem=r"type: text/plain; charset=utf-8 instead of application/json; charset=utf-8",
        reason="What is refused before the handler (bad parameter, unreadable body) is plain text [capture, 3.1].",
    ),
)


def unknown(call: str, problems: Sequence[str]) -> list[str]:
    """The problems that are not in the list."""
    return [one for one in problems if not any(known.covers(call, one) for known in KNOWN)]
