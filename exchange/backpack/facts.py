"""Markets, prices, settings, balances and deposits: Backpack's JSON to our values. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from exchange.backpack.fields import Fields, decimal_of, fail, items
from exchange.port import AccountInfo
from strategy.ledger import Movement, MovementKind
from strategy.market import Asset, Balance, BookState, Fees, Market, Symbol, Touch
from strategy.money import ZERO, plain

BASIS_POINT = Decimal("0.0001")

_STATES = {
    "Open": BookState.OPEN,
    "Closed": BookState.CLOSED,
    "CancelOnly": BookState.CANCEL_ONLY,
    "LimitOnly": BookState.LIMIT_ONLY,
    "PostOnly": BookState.POST_ONLY,
}

# A requested withdrawal has left the balance at once; a deposit counts when it has arrived.
_DEPOSITED = {"confirmed"}
_WITHDRAWN = {"confirmed", "pending"}
_CHARGED = {"Borrow", "EntryFee"}
_LOANS = {"Borrow": 1, "BorrowRepay": -1}


def is_spot_market(value: object) -> bool:
    """Whether an entry of the markets list is a spot market."""
    return Fields(value, "market").text("marketType") == "SPOT"


def market_of(value: object) -> Market:
    """A spot market with its rules."""
    market = Fields(value, "market")
    price = market.fields("filters").fields("price")
    quantity = market.fields("filters").fields("quantity")
    state = market.text("orderBookState")
    return Market(
        symbol=Symbol(market.text("symbol")),
        base=Asset(market.text("baseSymbol")),
        quote=Asset(market.text("quoteSymbol")),
        tick_size=price.positive("tickSize"),
        step_size=quantity.positive("stepSize"),
        min_quantity=quantity.decimal("minQuantity"),
        max_quantity=quantity.decimal_or_none("maxQuantity"),
        min_price=price.decimal_or_none("minPrice"),
        max_price=price.decimal_or_none("maxPrice"),
        band_low=price.decimal_or_none("minMultiplier"),
        band_high=price.decimal_or_none("maxMultiplier"),
        state=_STATES[state] if state in _STATES else market.wrong("orderBookState", "an unknown state"),
    )


def touch_of(value: object, symbol: Symbol) -> Touch | None:
    """The best bid and ask of a depth answer; None where a side is empty.

    Backpack lists bids upwards, the best one last. The best is found by price all the same: a list that were turned
    round one day would otherwise trade at the worst price.
    """
    depth = Fields(value, "depth")
    bids = [_level_price(level, "depth.bids") for level in items(depth.value("bids"), "depth.bids")]
    asks = [_level_price(level, "depth.asks") for level in items(depth.value("asks"), "depth.asks")]
    if not bids or not asks:
        return None
    return Touch(symbol=symbol, bid=max(bids), ask=min(asks), at=depth.whole("timestamp") // 1000)


def account_of(value: object) -> AccountInfo:
    """Spot fees, which come in basis points, and the settings that matter."""
    account = Fields(value, "account")
    return AccountInfo(
        fees=Fees(
            maker=account.decimal("spotMakerFee") * BASIS_POINT,
            taker=account.decimal("spotTakerFee") * BASIS_POINT,
        ),
        auto_lend=account.flag("autoLend"),
        auto_borrow=account.flag("autoBorrowSettlements"),
    )


def capital_of(value: object) -> dict[Asset, Balance]:
    """Balances without what is lent."""
    return {
        Asset(asset): Balance(
            available=balance.decimal("available"),
            locked=balance.decimal("locked"),
            staked=balance.decimal_or_none("staked") or ZERO,
        )
        for asset, balance in Fields(value, "capital").entries()
    }


def lent_of(value: object) -> dict[Asset, Decimal]:
    """What is lent, by asset, from the borrow and lend positions. What is borrowed is left out."""
    lent: dict[Asset, Decimal] = {}
    for item in items(value, "borrowLend"):
        position = Fields(item, "borrowLend")
        quantity = position.decimal("netQuantity")
        if quantity > 0:
            lent[Asset(position.text("symbol"))] = quantity
    return lent


def with_lent(capital: Mapping[Asset, Balance], lent: Mapping[Asset, Decimal]) -> dict[Asset, Balance]:
    """Balances with what is lent, also for assets of which everything is lent."""
    none = Balance()
    return {asset: replace(capital.get(asset, none), lent=lent.get(asset, ZERO)) for asset in {**capital, **lent}}


def deposit_of(value: object) -> Movement | None:
    """A deposit; None until it has arrived."""
    deposit = Fields(value, "deposit")
    return _movement(deposit, MovementKind.DEPOSIT, 1) if deposit.text("status") in _DEPOSITED else None


def withdrawal_of(value: object) -> Movement | None:
    """A withdrawal, negative; None while its owner has yet to confirm it."""
    withdrawal = Fields(value, "withdrawal")
    if withdrawal.text("status") not in _WITHDRAWN:
        return None
    return _movement(withdrawal, MovementKind.WITHDRAWAL, -1)


def dust_of(value: object) -> list[Movement]:
    """A conversion of dust: the coins go, USDC comes."""
    dust = Fields(value, "dust")
    at, key = dust.time("timestamp"), f"dust:{dust.whole('id')}"
    asset, usdc = Asset(dust.text("symbol")), Asset("USDC")
    moves = {asset: -dust.decimal("quantity"), usdc: dust.decimal("usdcReceived")}
    return [
        Movement(at=at, key=f"{key}:{one}", kind=MovementKind.DUST, asset=one, amount=amount)
        for one, amount in moves.items()
    ]


def interest_of(value: object) -> Movement:
    """Interest earned, or paid (negative)."""
    payment = Fields(value, "interest")
    kind, asset, quantity = payment.text("paymentType"), Asset(payment.text("symbol")), payment.decimal("quantity")
    number = f"{asset}:{payment.text('positionId')}:{payment.time('timestamp')}:{kind}"
    return Movement(
        at=payment.time("timestamp"),
        key=f"interest:{number}",
        kind=MovementKind.INTEREST,
        asset=asset,
        amount=-abs(quantity) if kind in _CHARGED else quantity,
    )


def loan_of(value: object) -> Movement | None:
    """What was borrowed, or paid back (negative). None for lending, which leaves the total alone, and for interest."""
    event = Fields(value, "borrowLend")
    kind, asset, quantity = event.text("eventType"), Asset(event.text("symbol")), event.decimal("quantity")
    if kind not in _LOANS or event.text("source") == "Interest":
        return None
    at = event.time("timestamp")
    key = f"loan:{asset}:{event.text('positionId')}:{at}:{kind}:{plain(quantity)}"
    return Movement(at=at, key=key, kind=MovementKind.LOAN, asset=asset, amount=_LOANS[kind] * quantity)


def _movement(fields: Fields, kind: MovementKind, sign: int) -> Movement:
    return Movement(
        at=fields.time("createdAt"),
        key=f"{kind}:{fields.whole('id')}",
        kind=kind,
        asset=Asset(fields.text("symbol")),
        amount=sign * fields.positive("quantity"),
    )


def _level_price(level: object, path: str) -> Decimal:
    if not isinstance(level, list) or len(level) < 2:
        fail(path, "not a pair of price and size")
    price = decimal_of(level[0], path)
    return price if price > 0 else fail(path, "a price that is not above zero")
