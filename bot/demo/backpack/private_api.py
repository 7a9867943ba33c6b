"""The account's calls besides orders and history: settings, balances, lending, dust, limits."""

from decimal import Decimal

from bot.demo.backpack.answers import Answer
from bot.demo.backpack.call import Call, Endpoint, Endpoints
from bot.demo.backpack.rendering import Json, account_json, capital_json, number
from bot.demo.backpack.schema import Kind, Schema
from exchange.paper import upkeep
from strategy.model.market import Asset, Balance, Side, Symbol
from strategy.model.money import ONE, ZERO


def _account(call: Call) -> Answer:
    return Answer(json=account_json(call.account))


def _update(call: Call) -> Answer:
    auto_lend = call.params.get("autoLend")
    if isinstance(auto_lend, bool):
        upkeep.set_auto_lend(call.venue, call.account.key, on=auto_lend)
    return Answer()


def _capital(call: Call) -> Answer:
    return Answer(json=capital_json(call.account))


def _collateral(call: Call) -> Answer:
    rows = {asset: (balance, _price(call, asset)) for asset, balance in call.account.balances.items()}
    equity = sum((balance.total * price for balance, price in rows.values()), ZERO)
    locked = sum((balance.locked * price for balance, price in rows.values()), ZERO)
    zeros = ("borrowLiability", "liabilitiesValue", "netExposureFutures", "pnlUnrealized", "unsettledEquity")
    return Answer(
        json={
            **dict.fromkeys(zeros, "0"),
            "assetsValue": number(equity),
            "collateral": [_collateral_row(asset, *row) for asset, row in rows.items()],
            "imf": "0.1",
            "marginFraction": None,
            "mmf": "0.05",
            "netEquity": number(equity),
            "netEquityAvailable": number(equity - locked),
            "netEquityLocked": number(locked),
        }
    )


def _positions(call: Call) -> Answer:
    return Answer(
        json=[
            _lent_row(call, number_, asset, balance)
            for number_, (asset, balance) in enumerate(call.account.balances.items(), 1)
            if balance.lent
        ]
    )


def _lend(call: Call) -> Answer:
    amount = Decimal(str(call.params["quantity"]))
    sign = 1 if call.params["side"] == "Lend" else -1
    upkeep.lend(call.venue, call.account.key, Asset(str(call.params["symbol"])), sign * amount)
    return Answer()


def _convert_dust(call: Call) -> Answer:
    symbol = call.text("symbol")
    upkeep.convert_dust(call.venue, call.account.key, Asset(symbol) if symbol else None)
    return Answer()


def _max_order(call: Call) -> Answer:
    """What the available funds, and lent ones if asked for, would buy or sell."""
    listing = call.venue.listing(Symbol(str(call.params["symbol"])))
    side = Side.BUY if call.params["side"] == "Bid" else Side.SELL
    balance = call.account.balance(listing.paid_asset(side))
    funds = balance.available + (balance.lent if call.params.get("autoLendRedeem") == "true" else ZERO)
    price = Decimal(call.text("price") or listing.book.ask)
    most = listing.market.quantity_down(funds / price if side is Side.BUY and price > 0 else funds)
    echoed = {name: call.params.get(name) == "true" if name in call.params else None for name in _ECHOED}
    shown: Json = {**echoed, "maxOrderQuantity": number(most), "price": call.text("price")}
    return Answer(json={**shown, "side": call.text("side"), "symbol": call.text("symbol")})


def _max_withdrawal(call: Call) -> Answer:
    asset = Asset(str(call.params["symbol"]))
    shown: Json = {"autoBorrow": None, "autoLendRedeem": None, "symbol": asset}
    return Answer(json={**shown, "maxWithdrawalQuantity": number(call.account.balance(asset).available)})


def _max_borrow(call: Call) -> Answer:
    return Answer(json={"maxBorrowQuantity": "0", "symbol": call.text("symbol")})


def _no_positions(_: Call) -> Answer:
    return Answer(json=[])


def _price(call: Call, asset: Asset) -> Decimal:
    """An asset's price in quote; quote itself is one."""
    listings = call.venue.listings.values()
    return next((listing.price for listing in listings if listing.market.base == asset), ONE)


def _collateral_row(asset: Asset, balance: Balance, price: Decimal) -> Json:
    return {
        "assetMarkPrice": number(price),
        "availableQuantity": number(balance.available),
        "balanceNotional": number(balance.total * price),
        "collateralValue": number(balance.total * price),
        "collateralWeight": "1",
        "lendQuantity": number(balance.lent),
        "openOrderQuantity": number(balance.locked),
        "symbol": asset,
        "totalQuantity": number(balance.total),
    }


def _lent_row(call: Call, row: int, asset: Asset, balance: Balance) -> Json:
    price = _price(call, asset)
    function = {"base": "0.02", "factor": "0.0000935", "type": "sqrt"}
    return {
        "cumulativeInterest": "0",
        "estLiquidationPrice": "0",
        "id": str(row),
        "imf": "0.02",
        "imfFunction": function,
        "markPrice": number(price),
        "mmf": "0.0125",
        "mmfFunction": function,
        "netExposureNotional": number(balance.lent * price),
        "netExposureQuantity": number(balance.lent),
        "netQuantity": number(balance.lent),
        "symbol": asset,
    }


_ECHOED = ("autoBorrow", "autoBorrowRepay", "autoLendRedeem", "reduceOnly")
_ASSET = Schema(fields={"symbol": Kind.TEXT}, required=("symbol",))
_SETTINGS = Schema(
    name="UpdateAccountSettingsRequest",
    fields={
        **dict.fromkeys(("autoBorrowSettlements", "autoLend", "autoRepayBorrows"), Kind.FLAG),
        "leverageLimit": Kind.DECIMAL,
    },
)
_LIMIT = Schema(
    fields={
        "symbol": Kind.TEXT,
        "side": Kind.SIDE,
        "price": Kind.DECIMAL,
        **dict.fromkeys(_ECHOED, Kind.FLAG),
    },
    required=("symbol", "side"),
)
_LENDING = Schema(
    name="BorrowLendExecutePayload",
    fields={"quantity": Kind.DECIMAL, "side": Kind.LENDING, "symbol": Kind.TEXT},
    required=("quantity", "side", "symbol"),
)
_DUST = Schema(name="AccountConvertDustPayload", fields={"symbol": Kind.TEXT})

PRIVATE: Endpoints = {
    ("GET", "/api/v1/account"): Endpoint(handler=_account, instruction="accountQuery"),
    ("PATCH", "/api/v1/account"): Endpoint(handler=_update, instruction="accountUpdate", schema=_SETTINGS),
    ("POST", "/api/v1/account/convertDust"): Endpoint(handler=_convert_dust, instruction="convertDust", schema=_DUST),
    ("GET", "/api/v1/account/limits/order"): Endpoint(
        handler=_max_order, instruction="maxOrderQuantity", schema=_LIMIT
    ),
    ("GET", "/api/v1/account/limits/withdrawal"): Endpoint(
        handler=_max_withdrawal, instruction="maxWithdrawalQuantity", schema=_ASSET
    ),
    ("GET", "/api/v1/account/limits/borrow"): Endpoint(
        handler=_max_borrow, instruction="maxBorrowQuantity", schema=_ASSET
    ),
    ("GET", "/api/v1/capital"): Endpoint(handler=_capital, instruction="balanceQuery"),
    ("GET", "/api/v1/capital/collateral"): Endpoint(handler=_collateral, instruction="collateralQuery"),
    ("GET", "/api/v1/borrowLend/positions"): Endpoint(handler=_positions, instruction="borrowLendPositionQuery"),
    ("POST", "/api/v1/borrowLend"): Endpoint(handler=_lend, instruction="borrowLendExecute", schema=_LENDING),
    ("GET", "/api/v1/position"): Endpoint(
        handler=_no_positions,
        instruction="positionQuery",
        schema=Schema(fields={"symbol": Kind.TEXT, "marketType": Kind.MARKET_TYPE}),
    ),
}
