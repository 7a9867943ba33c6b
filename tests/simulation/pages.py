"""The fill history as the exchange pages it, with what perpetuals traded between the fills of the grids.

Read as the client reads it, in pages so short that a busy perpetual fills more than are read at a time.
"""

import json
from collections import Counter
from typing import cast

from bot.demo.backpack.rendering import fill_json
from exchange.backpack import history
from exchange.backpack.rest import Answer, Call, Rest
from exchange.paper.accounts import Account
from exchange.paper.history import all_fills_at
from exchange.paper.venue import Venue
from exchange.port import Listed
from strategy.model.orders import Fill
from tests.simulation.surroundings import swapped

FEWER, CERTAIN = 12, 10
"""Rows that some give at a time, whatever they are asked for and without a word; and that all give."""
PAGE, PAGES, ROUNDS = 20, 2, 3
"""What one millisecond fills is always fewer than all of them: at the exchange that would be a million."""


class Pages:
    """One account's. Whether the filter for spot markets is heeded, and how much is given, is the exchange's secret."""

    def __init__(self, venue: Venue, account: Account, *, heeds: bool, gives: int = PAGE) -> None:
        self._venue = venue
        self._account = account
        self._heeds = heeds
        self._gives = gives

    async def fills(self, since: int, until: int | None) -> Listed[Fill]:
        """The fill history, as far as the pages go."""
        with (
            swapped(history, "PAGE", PAGE),
            swapped(history, "CERTAIN", CERTAIN),
            swapped(history, "MOST_PAGES", PAGES),
            swapped(
                history, "MOST_ROUNDS", max(ROUNDS * PAGE // self._gives, self._fullest() // (self._gives * PAGES) + 2)
            ),
        ):
            return await history.fills(cast("Rest", self), since, until)

    def _fullest(self) -> int:
        """The most fills that there are of one millisecond."""
        times = (fill.at for fill in (*self._account.fills, *self._account.perpetual_fills))
        return max(Counter(times).values(), default=0)

    async def send(self, call: Call) -> Answer:
        """A page."""
        asked = dict(call.params or {})
        kind = str(asked["marketType"]) if self._heeds and "marketType" in asked else None
        shown = all_fills_at(self._account, self._venue.clock() - self._venue.choices.history_lag, kind)
        begins, ends = int(str(asked["from"])), int(str(asked.get("to", 10**18)))
        wanted = [fill for fill in shown if begins <= fill.at < ends]
        first = int(str(asked["offset"]))
        given = min(int(str(asked["limit"])), self._gives)
        page = [fill_json(fill) for fill in wanted[first : first + given]]
        return Answer(status=200, text=json.dumps(page), what="fills")
