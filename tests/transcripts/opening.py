"""How most conversations begin: a grid is opened, and has traded."""

from collections.abc import Sequence

from tests.transcripts.acts import Act, Market, Tap, Wait

LINE = "/grid ETH_USDC lower=1900 upper=2100 grids=5 total=500"
OPENED: Sequence[Act] = (LINE, Tap(1), Wait(10))
"""A grid of five levels, opened."""

TRADED: Sequence[Act] = (*OPENED, Market("1975"), Market("1935"), Market("1985"), Wait(60))
"""And with two buys and a round trip."""
