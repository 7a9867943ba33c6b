"""Backpack's own bytes, from the reference's captures and samples, and what is needed to change a field of them."""

import json
from decimal import Decimal
from typing import Any

from exchange.backpack.fields import parsed
from strategy.model.market import Side, Symbol
from strategy.model.orders import ClientId, GridId, LevelId, Order, Purpose

ETH = Symbol("ETH_USDC")
WORLD_TIME = 1_790_000_000_000
"""When the worlds of the contract begin, ms: an order that is much older is not sent any more."""

MARKET = """{"baseSymbol":"SOL","createdAt":"2025-01-21T06:34:54.691858","filters":{"price":{
"borrowEntryFeeMaxMultiplier":null,"maxImpactMultiplier":"1.03","maxMultiplier":"1.25","maxPrice":null,"meanMarkPriceBand":{"maxMultiplier":"1.15",
"minMultiplier":"0.9"},"minImpactMultiplier":"0.97","minMultiplier":"0.75","minPrice":"0.01","tickSize":"0.01"},
"quantity":{"maxQuantity":null,"minQuantity":"0.01","stepSize":"0.01"}},"fundingInterval":null,"marketType":"SPOT",
"orderBookState":"Open","quoteSymbol":"USDC","symbol":"SOL_USDC","visible":true}"""

DEPTH = """{"asks":[["86781.5","5.54115"],["86783.3","1.22656"]],"bids":[["86779.8","0.00115"],["86781.4","2.20229"]],
"lastUpdateId":"6904864764","timestamp":1790915412979224}"""

KLINE = """{"close":"4422.62","end":"2025-09-11 15:34:00","high":"4422.75","low":"4422.62","open":"4422.62",
"quoteVolume":"77.840361","start":"2025-09-11 15:33:00","trades":"2","volume":"0.0176"}"""

ACCOUNT = """{"autoBorrowSettlements":true,"autoLend":false,"autoRealizePnl":true,"autoRepayBorrows":true,"borrowLimit":
"100000","futuresMakerFee":"2","futuresTakerFee":"5","leverageLimit":"10","limitOrders":12,"liquidating":false,
"positionLimit":"1000000","spotMakerFee":"8","spotTakerFee":"10","triggerOrders":0}"""

CAPITAL = """{"ETH":{"available":"0.0019918","locked":"0","staked":"0"},"POINTS":{"available":"2","locked":"0","staked":
"0"},"USDC":{"available":"112.847976936","locked":"10","staked":"0"}}"""

RESTING = """{"clientId":868620826,"createdAt":1757621440699,"executedQuantity":"0","executedQuoteQuantity":"0","id":
"8284661092","orderType":"Limit","postOnly":false,"price":"4000","quantity":"0.001","reduceOnly":null,"relatedOrderId":
null,"selfTradePrevention":"RejectTaker","side":"Bid","status":"New","stopLossLimitPrice":null,"strategyId":null,
"symbol":"ETH_USDC","timeInForce":"GTC","triggerBy":null,"triggerPrice":null,"triggerQuantity":null}"""

CANCELLED = """{"clientId":null,"createdAt":"2025-09-11T20:10:40.699","executedQuantity":"0.0004",
"executedQuoteQuantity":"0","expiryReason":null,"id":"8284661092","orderType":"Limit","postOnly":false,"price":"4000","quantity":"0.001",
"quoteQuantity":"4","selfTradePrevention":"RejectTaker","side":"Bid","status":"Cancelled","symbol":"ETH_USDC",
"systemOrderType":null,"timeInForce":"GTC"}"""

FILL = """{"clientId":"868620826","fee":"0.000001","feeSymbol":"ETH","isMaker":false,"orderId":"5578417289","price":
"4732.9","quantity":"0.001","side":"Bid","symbol":"ETH_USDC","systemOrderType":null,"timestamp":
"2025-08-13T17:26:01.197","tradeId":2959284}"""

DEPOSIT = """{"id":7,"source":"solana","status":"confirmed","symbol":"USDC","quantity":"250.5","createdAt":
"2026-01-02T03:04:05.678901","toAddress":null,"transactionHash":null}"""

SOL_FRAME = """{"data":{"E":1790915531026400,"L":"140.50","N":"SOL","O":"USER","S":"Bid","T":1790915531025000,"V":
"RejectTaker","X":"PartiallyFilled","Z":"28.1000","c":868620826,"e":"orderFill","f":"GTC","i":"66605319496","l":"0.20",
"m":true,"n":"0.00016","o":"LIMIT","p":"140.50","q":"0.50","r":false,"s":"SOL_USDC","t":99419870,"y":true,"z":"0.20"},
"stream":"account.orderUpdate"}"""

SOL_FILL = """{"clientId":"868620826","fee":"0.00016","feeSymbol":"SOL","isMaker":true,"orderId":"66605319496","price":
"140.5","quantity":"0.2","side":"Bid","symbol":"SOL_USDC","systemOrderType":null,"timestamp":
"2026-10-02T04:32:11.025","tradeId":99419870}"""

TAKER_FRAME = """{"data":{"E":1754939110175879,"L":"4299.16","N":"ETH","O":"USER","Q":"4.30","S":"Bid","T":
1754939110174705,"V":"RejectTaker","X":"Filled","Z":"4.299160","e":"orderFill","f":"GTC","i":"5406825793","l":"0.0010",
"m":false,"n":"0.000001","o":"MARKET","q":"0.0010","r":false,"s":"ETH_USDC","t":2888471,"z":"0.0010"},"stream":
"account.orderUpdate"}"""

ACCEPTED_FRAME = """{"data":{"E":1748288615134547,"O":"USER","Q":"3568.3445","S":"Ask","T":1748288615133255,"V":
"RejectTaker","X":"New","Z":"0","c":77,"e":"orderAccepted","f":"GTC","i":"114575842681290753","o":"LIMIT","p":"178.15",
"q":"20.03","r":false,"s":"SOL_USDC","t":null,"z":"0"},"stream":"account.orderUpdate"}"""

TOUCH_FRAME = """{"data":{"A":"7.76096","B":"1.60813","E":1790915525118154,"T":1790915525118046,"a":"86645.3","b":
"86645.2","e":"bookTicker","s":"BTC_USDC","u":6904947654},"stream":"bookTicker.BTC_USDC"}"""

BALANCE_FRAME = """{"data":{"A":"122.35","E":1694687692980000,"L":"10","S":"0","T":1694687692980000,"a":"USDC","e":
"balanceUpdate"},"stream":"account.balanceUpdate"}"""


def an_order(**changes: Any) -> Order:
    order: dict[str, Any] = {
        "client_id": ClientId(4294967295),
        "grid_id": GridId(1),
        "symbol": ETH,
        "purpose": Purpose.LEVEL,
        "level": LevelId(7),
        "side": Side.BUY,
        "price": Decimal("2000.10"),
        "quantity": Decimal("1E-3"),
        "intended_at": WORLD_TIME,
        "changed_at": WORLD_TIME,
    }
    return Order(**{**order, **changes})


def read(text: str, **changes: object) -> Any:
    """A capture as JSON, some of its members changed."""
    value = parsed(text, "test")
    assert isinstance(value, dict)
    return {**value, **changes}


def frame(text: str, **changes: object) -> str:
    """A captured frame, some members of its data changed; None takes one away."""
    value = json.loads(text)
    value["data"] = {name: member for name, member in {**value["data"], **changes}.items() if member is not None}
    return json.dumps(value)
