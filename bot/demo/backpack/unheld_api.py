"""Calls on what this Backpack does not have: stocks, perpetuals, lending markets, vaults. In shape, and empty.

Public clients make them on their way to something else (`load_markets` asks for the securities): an empty list lets
them go on, where 404 would make them give up.
"""

from bot.demo.backpack.answers import Answer
from bot.demo.backpack.call import Call, Endpoint, Endpoints
from bot.demo.backpack.schema import Kind, Schema
from exchange.paper.records import VenueRefusal

_ADDRESS = "1" * 32
"""Solana's system program: nobody's address, in the form of one."""


def _nothing(_: Call) -> Answer:
    return Answer(json=[])


def _of_no_perpetual(call: Call) -> Answer:
    """Every market here is a spot market, so that every symbol is unknown to these calls."""
    if call.text("symbol") is not None:
        raise VenueRefusal("INVALID_CLIENT_REQUEST", "Symbol not found")
    return Answer(json=[])


def _not_found(_: Call) -> Answer:
    raise VenueRefusal("RESOURCE_NOT_FOUND", "Not Found", 404)


def _address(_: Call) -> Answer:
    return Answer(json={"address": _ADDRESS})


_PUBLIC = (
    "securities",
    "market-sessions",
    "wallets",
    "collateral",
    "borrowLend/markets",
    "openInterest",
    "prediction",
    "prediction/tags",
    "vaults",
)
_PRIVATE = {"strategies": "strategyQueryAll", "rfqs": "rfqQuery"}

UNHELD: Endpoints = {
    **{("GET", f"/api/v1/{name}"): Endpoint(handler=_nothing) for name in _PUBLIC},
    **{
        ("GET", f"/api/v1/{name}"): Endpoint(
            handler=_nothing,
            instruction=instruction,
            schema=Schema(fields={"symbol": Kind.TEXT, "marketType": Kind.MARKET_TYPE}),
        )
        for name, instruction in _PRIVATE.items()
    },
    ("GET", "/api/v1/borrowLend/markets/history"): Endpoint(
        handler=_nothing, schema=Schema(fields={"interval": Kind.TEXT, "symbol": Kind.TEXT}, required=("interval",))
    ),
    ("GET", "/api/v1/markPrices"): Endpoint(
        handler=_of_no_perpetual, schema=Schema(fields={"symbol": Kind.TEXT, "marketType": Kind.MARKET_TYPE})
    ),
    ("GET", "/api/v1/fundingRates"): Endpoint(
        handler=_nothing,
        schema=Schema(
            fields={"symbol": Kind.TEXT, "limit": Kind.WHOLE, "offset": Kind.WHOLE},
            required=("symbol",),
        ),
    ),
    ("GET", "/api/v1/strategy"): Endpoint(
        handler=_not_found,
        instruction="strategyQuery",
        schema=Schema(
            fields={"symbol": Kind.TEXT, "strategyId": Kind.TEXT, "clientStrategyId": Kind.CLIENT_ID},
            required=("symbol",),
        ),
    ),
    ("GET", "/wapi/v1/capital/deposit/address"): Endpoint(
        handler=_address,
        instruction="depositAddressQuery",
        schema=Schema(fields={"blockchain": Kind.TEXT}, required=("blockchain",)),
    ),
}
