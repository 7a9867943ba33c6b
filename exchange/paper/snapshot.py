"""The whole state of a venue as data for JSON, and back. Pure: files are the business of `state.py`."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

from exchange.paper.accounts import Account
from exchange.paper.ladder import Resting
from exchange.paper.listing import Listing
from exchange.paper.records import Dust, Interest, Settlement, Status, Transfer, VenueFill, VenueOrder
from exchange.paper.tape import Bar
from exchange.paper.venue import Venue
from strategy.model.market import Asset, Balance, BookState, Side, Symbol

Value = TypeVar("Value")
VERSION = 1
KEPT_BARS = 200


def snapshot(venue: Venue) -> dict[str, object]:
    """Everything that a restart needs. Public trades are not kept, and of the candles only the newest."""
    return {
        "version": VERSION,
        "next_id": venue.next_id,
        "house": _texts(venue.clearing.house),
        "fees": _texts(venue.clearing.fees),
        "markets": {symbol: _listing(listing) for symbol, listing in venue.listings.items()},
        "accounts": {key: _account(account) for key, account in venue.accounts.items()},
    }


def restore(venue: Venue, data: Mapping[str, Any]) -> None:
    """Put a snapshot into a fresh venue that lists the same markets."""
    assert not venue.accounts
    assert data["version"] == VERSION, f"a state of version {data['version']}"
    venue.next_id = data["next_id"]
    venue.clearing.house = _decimals(data["house"])
    venue.clearing.fees = _decimals(data["fees"])
    for symbol, market in data["markets"].items():
        _restore_listing(venue, Symbol(symbol), market)
    for key, account in data["accounts"].items():
        _restore_account(venue, key, account)
    _restore_books(venue, data["markets"])


def encoded(value: object) -> Any:
    """A frozen value as data: decimals as text, enumerations as their words."""
    kind: Any = type(value)
    return _adapter(kind).dump_python(value, mode="json", warnings="error")


def decoded(kind: type[Value], data: Mapping[str, Any]) -> Value:
    """The value again. What an older state did not know yet is as it is by default."""
    asked: Any = kind
    value: Value = _adapter(asked).validate_python(data)
    return value


def _listing(listing: Listing) -> dict[str, object]:
    book = listing.book
    return {
        "state": listing.market.state,
        "price": str(listing.price),
        "bid": str(book.house_bid),
        "ask": str(book.house_ask),
        "next_trade_id": listing.next_trade_id,
        "update_id": listing.update_id,
        "time": listing.tape.time,
        "bars": [encoded(bar) for bar in [*listing.tape.bars][-KEPT_BARS:]],
        "queue": [order.id for side in Side for order in book.resting(side)],
    }


def _restore_listing(venue: Venue, symbol: Symbol, data: Mapping[str, Any]) -> None:
    listing = venue.listing(symbol)
    listing.market = replace(listing.market, state=BookState(data["state"]))
    listing.price = Decimal(data["price"])
    listing.book.house_bid, listing.book.house_ask = Decimal(data["bid"]), Decimal(data["ask"])
    listing.next_trade_id, listing.update_id = data["next_trade_id"], data["update_id"]
    listing.tape.bars.clear()
    listing.tape.bars.extend(decoded(Bar, bar) for bar in data["bars"])
    listing.tape.time = data["time"]


def _account(account: Account) -> dict[str, object]:
    return {
        "maker_bps": str(account.maker_bps),
        "taker_bps": str(account.taker_bps),
        "auto_lend": account.auto_lend,
        "balances": {asset: encoded(balance) for asset, balance in account.balances.items()},
        "orders": [encoded(order) for order in account.orders.values()],
        "fills": [encoded(fill) for fill in account.fills],
        "perpetual_fills": [encoded(fill) for fill in account.perpetual_fills],
        "transfers": [encoded(transfer) for transfer in account.transfers],
        "dust": [encoded(dust) for dust in account.dust],
        "interest": [encoded(interest) for interest in account.interest],
        "settlements": [encoded(settlement) for settlement in account.settlements],
    }


def _restore_account(venue: Venue, key: str, data: Mapping[str, Any]) -> None:
    account = Account(key, maker_bps=Decimal(data["maker_bps"]), taker_bps=Decimal(data["taker_bps"]))
    account.auto_lend = data["auto_lend"]
    account.balances = {Asset(asset): decoded(Balance, balance) for asset, balance in data["balances"].items()}
    for order in _all(VenueOrder, data["orders"]):
        account.put(order)
        if order.status is Status.TRIGGER_PENDING:
            venue.triggers.add(order)
    account.fills = _all(VenueFill, data["fills"])
    account.perpetual_fills = _all(VenueFill, data.get("perpetual_fills", []))  # older states have none
    account.transfers = _all(Transfer, data["transfers"])
    account.dust = _all(Dust, data["dust"])
    account.interest = _all(Interest, data.get("interest", []))  # states of the first versions have none
    account.settlements = _all(Settlement, data.get("settlements", []))  # nor these
    venue.accounts[key] = account
    venue.clearing.owners |= dict.fromkeys(account.open, account)


def _restore_books(venue: Venue, queues: Mapping[str, Any]) -> None:
    """Rest the open orders again, in the order in which they stood."""
    for symbol, market in queues.items():
        for order_id in market["queue"]:
            order = venue.clearing.owners[order_id].open[order_id]
            assert order.price is not None
            venue.listing(Symbol(symbol)).book.rest(
                Resting(id=order.id, owner=order.account, side=order.side, price=order.price, remaining=order.remaining)
            )


def _all(kind: type[Value], rows: Iterable[Mapping[str, Any]]) -> list[Value]:
    return [decoded(kind, row) for row in rows]


def _texts(amounts: Mapping[Asset, Decimal]) -> dict[str, str]:
    return {asset: str(amount) for asset, amount in amounts.items()}


def _decimals(texts: Mapping[str, str]) -> dict[Asset, Decimal]:
    return {Asset(asset): Decimal(amount) for asset, amount in texts.items()}


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
