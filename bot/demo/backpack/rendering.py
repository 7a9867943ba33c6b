"""An account's records as Backpack's JSON: decimals without trailing zeros, absent values as null. Pure."""

from datetime import UTC, datetime
from decimal import Decimal

from exchange.paper.accounts import Account
from exchange.paper.records import Dust, Interest, Settlement, Status, Transfer, Trigger, VenueFill, VenueOrder
from strategy.model.market import Market, Side
from strategy.model.money import ceil_to, plain

Json = dict[str, object]

SIDES = {Side.BUY: "Bid", Side.SELL: "Ask"}
_ABSENT = (
    "stopLossLimitPrice",
    "stopLossTriggerBy",
    "stopLossTriggerPrice",
    "strategyId",
    "takeProfitLimitPrice",
    "takeProfitTriggerBy",
    "takeProfitTriggerPrice",
)


def number(value: Decimal | None) -> str | None:
    """A decimal as REST writes it."""
    return None if value is None else plain(value)


def naive(at: int, separator: str = "T") -> str:
    """A time in ms as naive ISO text in UTC, with a fraction only where there is one."""
    moment = datetime.fromtimestamp(at // 1000, UTC).strftime(f"%Y-%m-%d{separator}%H:%M:%S")
    return f"{moment}.{at % 1000:03d}" if at % 1000 else moment


def order_json(order: VenueOrder, market: Market) -> Json:
    """An order as the order calls show it."""
    return {
        **_common(order, market),
        "createdAt": order.created_at,
        "reduceOnly": None,
        "quantity": "0" if order.is_unsent else number(order.quantity),
        "relatedOrderId": None,
        "triggeredAt": order.triggered_at,
    }


def past_order_json(order: VenueOrder, market: Market) -> Json:
    """An order as the history shows it. One that was never triggered has no quantity, where the order calls say 0."""
    return {
        **_common(order, market),
        "createdAt": naive(order.created_at),
        "expiryReason": order.expiry,
        "quoteQuantity": None if order.is_unsent else number(_quote_quantity(order, market)),
        "systemOrderType": order.system,
    }


def trigger_quantity(trigger: Trigger) -> str | None:
    """How much a trigger sends: a quantity, or a percentage as it was given."""
    return number(trigger.quantity) if trigger.percent is None else f"{number(trigger.percent)}%"


def fill_json(fill: VenueFill) -> Json:
    """A fill as the history shows it."""
    return {
        "clientId": None if fill.client_id is None else str(fill.client_id),
        "fee": number(fill.fee),
        "feeSymbol": fill.fee_asset,
        "isMaker": fill.is_maker,
        "orderId": str(fill.order_id),
        "price": number(fill.price),
        "quantity": number(fill.quantity),
        "side": SIDES[fill.side],
        "symbol": fill.symbol,
        "systemOrderType": fill.system,
        "timestamp": naive(fill.at),
        "tradeId": fill.trade_id,
    }


def account_json(account: Account) -> Json:
    """The settings and fees of an account."""
    waiting = sum(order.status is Status.TRIGGER_PENDING for order in account.open.values())
    return {
        "autoBorrowSettlements": False,
        "autoLend": account.auto_lend,
        "autoRealizePnl": True,
        "autoRepayBorrows": True,
        "borrowLimit": "0",
        "futuresMakerFee": "2",
        "futuresTakerFee": "5",
        "leverageLimit": "1",
        "limitOrders": len(account.open) - waiting,
        "liquidating": False,
        "positionLimit": "1000000",
        "spotMakerFee": number(account.maker_bps),
        "spotTakerFee": number(account.taker_bps),
        "triggerOrders": waiting,
    }


def capital_json(account: Account) -> Json:
    """The balances. What is lent can't be seen here."""
    return {
        asset: {name: number(getattr(balance, name)) for name in ("available", "locked", "staked")}
        for asset, balance in account.balances.items()
    }


def deposit_json(transfer: Transfer) -> Json:
    """A deposit."""
    return {
        **dict.fromkeys(("fiatAmount", "fiatCurrency", "institutionBic", "platformMemo")),
        **dict.fromkeys(("fromAddress", "toAddress", "transactionHash")),
        "createdAt": naive(transfer.at),
        "id": transfer.id,
        "quantity": number(transfer.amount),
        "source": "solana",
        "status": "confirmed",
        "symbol": transfer.asset,
    }


def withdrawal_json(transfer: Transfer) -> Json:
    """A withdrawal; its quantity is positive."""
    return {
        **dict.fromkeys(("clientId", "identifier", "subaccountId", "transactionHash", "triggerAt")),
        "blockchain": "Solana",
        "createdAt": naive(transfer.at),
        "fee": number(transfer.fee),
        "id": transfer.id,
        "isInternal": False,
        "quantity": number(-transfer.amount),
        "status": "confirmed",
        "symbol": transfer.asset,
        "toAddress": "11111111111111111111111111111111",
    }


def dust_json(dust: Dust) -> Json:
    """A conversion of dust."""
    return {
        "id": dust.id,
        "quantity": number(dust.quantity),
        "symbol": dust.asset,
        "timestamp": naive(dust.at),
        "usdcReceived": number(dust.received),
    }


def interest_json(interest: Interest) -> Json:
    """Interest on what is lent."""
    return {
        "interestRate": "0",
        "interval": 3600000,
        "marketSymbol": interest.asset,
        "paymentType": "Lend",
        "positionId": interest.asset,
        "quantity": number(interest.amount),
        "symbol": interest.asset,
        "timestamp": naive(interest.at),
    }


def settlement_json(settled: Settlement) -> Json:
    """What perpetuals have made or cost."""
    return {
        "engineSequence": settled.id,
        "positionId": None if settled.source == "TradingFees" else "1",
        "quantity": number(settled.amount),
        "source": settled.source,
        "subaccountId": None,
        "timestamp": naive(settled.at),
        "userId": 1,
    }


def _common(order: VenueOrder, market: Market) -> Json:
    trigger = order.trigger
    shown: Json = {
        **dict.fromkeys(_ABSENT),
        "clientId": order.client_id,
        "executedQuantity": number(order.executed),
        "executedQuoteQuantity": number(order.executed_quote),
        "id": str(order.id),
        "orderType": "Limit" if order.price is not None else "Market",
        "quantity": number(order.quantity),
        "selfTradePrevention": order.self_trade,
        "side": SIDES[order.side],
        "status": order.status,
        "symbol": order.symbol,
        "timeInForce": order.time_in_force,
        "triggerBy": trigger and trigger.by,
        "triggerPrice": trigger and number(trigger.price),
        "triggerQuantity": trigger and trigger_quantity(trigger),
    }
    if order.price is not None:
        return {**shown, "postOnly": order.post_only, "price": number(order.price)}
    return {**shown, "quoteQuantity": number(_quote_quantity(order, market))}


def _quote_quantity(order: VenueOrder, market: Market) -> Decimal | None:
    """Price times quantity of a limit order, the budget, or what was executed rounded up to the tick's decimals."""
    if order.price is not None and order.quantity is not None:
        return order.price * order.quantity
    return order.budget if order.budget is not None else ceil_to(order.executed_quote, market.tick_size)
