"""The simulated venue, as every world has it: the account's key, what the account holds, what a quote is worth."""

from collections.abc import Iterable
from decimal import Decimal

from exchange.paper.accounts import Account
from exchange.paper.listing import Listing
from exchange.paper.venue import Venue
from strategy.model.ledger import Entry, Movement, MovementKind
from strategy.model.market import Asset, priced_by
from strategy.model.money import ZERO, floor_to

KEY = "alice"


def totals(held: Account) -> dict[Asset, Decimal]:
    """What the venue says that an account holds."""
    return {asset: balance.total for asset, balance in held.balances.items()}


def unbooked(held: Account, entries: Iterable[Entry], opened_at: int) -> Decimal:
    """What perpetuals settled since the ledger began, without what of it is booked."""
    movements = (one for one in entries if isinstance(one, Movement) and one.kind is MovementKind.SETTLEMENT)
    booked = sum((one.amount for one in movements), ZERO)
    return sum((one.amount for one in held.settlements if one.at > opened_at), ZERO) - booked


def quote_price(venue: Venue, quote: Asset) -> Decimal | None:
    """USDC for a unit of a quote that is no dollar, where the venue has a market that says it."""
    pricing = priced_by(quote)
    return venue.touch(pricing).bid if pricing in venue.listings else None


def fill_in_parts(listing: Listing, part: Decimal) -> None:
    """What a market goes through is filled only by this part at a time, and by a step at least."""
    step = listing.market.step_size
    listing.book.part = lambda left: max(step, floor_to(left * part, step))
