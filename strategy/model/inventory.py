"""What a side means for what a grid holds: a buy opens, a sale closes. The only place that knows which is which.

Where an order rests in the book is another question, and asks for the side itself: a bid is a bid for every grid.
"""

from strategy.model.market import Side

OPENING = Side.BUY
"""The side on which a grid takes coins."""
CLOSING = Side.SELL
"""The side on which it gives them back, and earns or loses."""


def opens(side: Side) -> bool:
    """Whether an order or a fill of this side takes coins, or a level of it waits to."""
    return side is OPENING


def closes(side: Side) -> bool:
    """Whether it gives back coins that are held."""
    return side is CLOSING
