"""Markets, prices, settings, balances and deposits: Backpack's JSON to our values. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from exchange.backpack.fields import Fields, decimal_of, fail, items
from exchange.port import AccountInfo, BadAnswer, Balances, Day, Offer
from strategy.model.durations import HOUR
from strategy.model.ledger import FEE_KEY, SETTLED_IN, Movement, MovementKind
from strategy.model.market import Asset, Balance, BookState, Fees, Market, Symbol, Touch
from strategy.model.money import ONE, ZERO, plain

LONGEST_NAME = 40
"""Bytes: a button's data has 64, of which the market's name is a part."""
_NAME = re.compile(r"[\w-][\w.-]*")
BASIS_POINT = Decimal("0.0001")

_STATES = {
    "Open": BookState.OPEN,
    "Closed": BookState.CLOSED,
    "CancelOnly": BookState.CANCEL_ONLY,
    "LimitOnly": BookState.LIMIT_ONLY,
    "PostOnly": BookState.POST_ONLY,
}

# A requested withdrawal has left the balance at once; a deposit counts when it has arrived. A word that is not here
# may mean either: its row is set aside, and told.
_DEPOSITED = {"confirmed"}
_NOT_DEPOSITED = {
    "cancelled",
    "declined",
    "expired",
    "initiated",
    "ownershipVerificationRequired",
    "pending",
    "refunded",
    "senderVerificationCompleted",
    "senderVerificationRequired",
}
_WITHDRAWN = {"confirmed", "pending"}
_NOT_WITHDRAWN = {"ownershipVerificationRequired", "recipientInformationProvided", "recipientInformationRequired"}
_CHARGED = {"Borrow", "EntryFee"}
_PAID = {"Lend", "UnrealizedPositivePnl", "UnrealizedNegativePnl"}
_FEES = {"TradingFees", "TradingFeesSystem"}
_LOANS = {"Borrow": 1, "BorrowRepay": -1}
_LENDING = {"Lend", "LendRedeem"}


def is_spot_market(value: object) -> bool:
    """Whether an entry of the markets list is a spot market of coins.

    Tokenised stocks (`NVDA.US_USDC`) are listed as spot markets too, with sessions, and with sizes and bands that
    change with them, which the list does not tell: they are no markets for a grid.
    """
    market = Fields(value, "market")
    return market.text("marketType") == "SPOT" and "." not in market.text("baseSymbol")


def market_of(value: object) -> Market:
    """A spot market with its rules. In a state that we don't know it counts as closed: nothing is placed there."""
    market = Fields(value, "market")
    price = market.fields("filters").fields("price")
    quantity = market.fields("filters").fields("quantity")
    return Market(
        symbol=_named(market),
        base=Asset(market.word("baseSymbol")),
        quote=Asset(market.word("quoteSymbol")),
        tick_size=price.positive("tickSize"),
        step_size=quantity.positive("stepSize"),
        min_quantity=quantity.not_negative("minQuantity"),
        max_quantity=quantity.decimal_or_none("maxQuantity"),
        min_price=price.decimal_or_none("minPrice"),
        max_price=price.decimal_or_none("maxPrice"),
        band_low=price.decimal_or_none("minMultiplier"),
        band_high=price.decimal_or_none("maxMultiplier"),
        state=_STATES.get(market.text("orderBookState"), BookState.CLOSED),
    )


def _named(market: Fields) -> Symbol:
    """The market's name. It stands in addresses, in the data of buttons, which is short, and is a folder's name: one
    that leads elsewhere, or that no button can bear, is none.
    """
    name = market.word("symbol")
    if len(name.encode()) > LONGEST_NAME or not _NAME.fullmatch(name):
        market.wrong("symbol", "no name of a market")
    return Symbol(name)


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


def bids_of(value: object) -> tuple[Offer, ...]:
    """The buyers of a depth answer, the best first: by price, whatever their order there."""
    rows = items(Fields(value, "depth").value("bids"), "depth.bids")
    found = [Offer(price=_level_price(row, "depth.bids"), quantity=_level_size(row, "depth.bids")) for row in rows]
    return tuple(sorted(found, key=lambda offer: offer.price, reverse=True))


def day_of(value: object) -> Iterator[tuple[Symbol, Day]]:
    """A ticker's market and day. The change follows from the prices: the field for it has held words."""
    ticker = Fields(value, "ticker")
    first, last = ticker.decimal("firstPrice"), ticker.decimal("lastPrice")
    if first > 0 and last > 0:
        yield (
            Symbol(ticker.text("symbol")),
            Day(price=last, change=last / first - ONE, turnover=ticker.decimal("quoteVolume")),
        )


def account_of(value: object) -> AccountInfo:
    """Spot fees, which come in basis points, and the settings that matter."""
    account = Fields(value, "account")
    return AccountInfo(
        fees=Fees(
            maker=account.decimal("spotMakerFee") * BASIS_POINT,
            taker=account.decimal("spotTakerFee") * BASIS_POINT,
        ),
        auto_lend=account.flag("autoLend"),
        auto_borrow=account.has("autoBorrowSettlements") and account.flag("autoBorrowSettlements"),
    )


def capital_of(value: object) -> Balances:
    """Balances without what is lent. An asset that can't be read is unknown, not zero.

    Where none of them can be read it is no list of balances: an error that came as a success has members, too, and they
    would be taken for assets, and all others for nothing.
    """
    found, unread = {}, {}
    for asset, balance in Fields(value, "capital").values():
        try:
            found[Asset(asset)] = _balance_of(Fields(balance, f"capital.{asset}"))
        except BadAnswer as unreadable:
            unread[Asset(asset)] = str(unreadable)
    if unread and not found:
        fail("capital", f"no balance can be read: {next(iter(unread.values()))}")
    return Balances(found, unread)


def _balance_of(balance: Fields) -> Balance:
    return Balance(
        available=balance.decimal("available"),
        locked=balance.decimal("locked"),
        staked=balance.decimal_or_none("staked") or ZERO,
    )


def lent_of(value: object) -> tuple[dict[Asset, Decimal], dict[Asset, str]]:
    """What is lent, by asset, from the borrow and lend positions, and of which assets that can't be read.

    What is borrowed is left out. A position without its asset fails the whole: it might be any.
    """
    lent: dict[Asset, Decimal] = {}
    unread: dict[Asset, str] = {}
    for item in items(value, "borrowLend"):
        position = Fields(item, "borrowLend")
        asset = Asset(position.word("symbol"))
        try:
            quantity = position.decimal("netQuantity")
        except BadAnswer as unreadable:
            unread[asset] = str(unreadable)
        else:
            if quantity > 0:
                lent[asset] = quantity
    return lent, unread


def with_lent(capital: Balances, lent: Mapping[Asset, Decimal], unread: Mapping[Asset, str]) -> Balances:
    """Balances with what is lent, also for assets of which everything is lent. Half a balance is none."""
    none, unknown = Balance(), {**capital.unread, **unread}
    whole = ((asset, capital.get(asset, none)) for asset in {**capital, **lent} if asset not in unknown)
    return Balances({asset: replace(one, lent=lent.get(asset, ZERO)) for asset, one in whole}, unknown)


def deposit_of(value: object) -> list[Movement]:
    """A deposit; nothing until it has arrived."""
    deposit = Fields(value, "deposit")
    if not deposit.one_of("status", _DEPOSITED, _NOT_DEPOSITED):
        return []
    return [_movement(deposit, MovementKind.DEPOSIT, 1)]


def withdrawal_of(value: object) -> list[Movement]:
    """A withdrawal, negative, and its fee, which may come on top; nothing while its owner has yet to confirm it."""
    withdrawal = Fields(value, "withdrawal")
    if not withdrawal.one_of("status", _WITHDRAWN, _NOT_WITHDRAWN):
        return []
    taken = _movement(withdrawal, MovementKind.WITHDRAWAL, -1)
    fee = withdrawal.decimal_or_none("fee")
    if not fee or fee < 0:
        return [taken]
    return [taken, replace(taken, key=f"{FEE_KEY}{withdrawal.whole('id')}", amount=-fee)]


def dust_of(value: object) -> list[Movement]:
    """A conversion of dust: the coins go, USDC comes."""
    dust = Fields(value, "dust")
    at, key = dust.time("timestamp"), f"dust:{dust.whole('id')}"
    asset, usdc = Asset(dust.word("symbol")), Asset("USDC")
    moves = {asset: -dust.decimal("quantity"), usdc: dust.decimal("usdcReceived")}
    return [
        Movement(at=at, key=f"{key}:{one}", kind=MovementKind.DUST, asset=one, amount=amount)
        for one, amount in moves.items()
    ]


def interest_of(value: object) -> list[Movement]:
    """Interest earned, or paid (negative)."""
    payment = Fields(value, "interest")
    is_charged = payment.one_of("paymentType", _CHARGED, _PAID)
    kind, asset, quantity = payment.text("paymentType"), Asset(payment.word("symbol")), payment.decimal("quantity")
    number = f"{asset}:{payment.text('positionId')}:{payment.time('timestamp')}:{kind}"
    movement = Movement(
        at=payment.time("timestamp"),
        key=f"interest:{number}",
        kind=MovementKind.INTEREST,
        asset=asset,
        amount=-abs(quantity) if is_charged else quantity,
    )
    return [movement]


def loan_of(value: object) -> list[Movement]:
    """What was borrowed, or paid back (negative). Nothing for lending, which leaves the total alone, and interest."""
    event = Fields(value, "borrowLend")
    if not event.one_of("eventType", _LOANS, _LENDING) or event.text("source") == "Interest":
        return []
    kind, asset, quantity = event.text("eventType"), Asset(event.word("symbol")), event.decimal("quantity")
    at = event.time("timestamp")
    key = f"loan:{asset}:{event.text('positionId')}:{at}:{kind}:{plain(quantity)}"
    return [Movement(at=at, key=key, kind=MovementKind.LOAN, asset=asset, amount=_LOANS[kind] * quantity)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a perpetual has made or cost at a moment, in USDC. Two that are equal are the same one on two pages."""

    at: int
    amount: Decimal
    source: str
    position: str | None = None
    sequence: int | None = None


def settled_of(value: object) -> list[Settled]:
    """One settlement. Whether a fee comes with a minus is not written anywhere: it is paid, whatever its sign."""
    row = Fields(value, "settlement")
    amount, source = row.decimal("quantity"), row.text("source")
    settled = Settled(
        at=row.time("timestamp"),
        amount=-abs(amount) if source in _FEES else amount,
        source=source,
        position=row.text_or_none("positionId"),
        sequence=row.whole("engineSequence") if row.has("engineSequence") else None,
    )
    return [settled]


def settled_hours(rows: Iterable[tuple[int, Decimal]]) -> list[Movement]:
    """Times (ms) and amounts by the hour (UTC), oldest first: there are thousands a day while a price moves."""
    sums: dict[int, Decimal] = {}
    for at, amount in rows:
        sums[at // HOUR] = sums.get(at // HOUR, ZERO) + amount
    return [
        Movement(
            at=(hour + 1) * HOUR - 1,
            key=f"{MovementKind.SETTLEMENT}:{hour}",
            kind=MovementKind.SETTLEMENT,
            asset=SETTLED_IN,
            amount=sums[hour],
        )
        for hour in sorted(sums)
    ]


def _movement(fields: Fields, kind: MovementKind, sign: int) -> Movement:
    return Movement(
        at=fields.moment("createdAt"),
        key=f"{kind}:{fields.whole('id')}",
        kind=kind,
        asset=Asset(fields.word("symbol")),
        amount=sign * fields.positive("quantity"),
    )


def _level_size(level: object, path: str) -> Decimal:
    size = decimal_of(level[1], path) if isinstance(level, list) else ZERO
    return size if size > 0 else fail(path, "a size that is not above zero")


def _level_price(level: object, path: str) -> Decimal:
    if not isinstance(level, list) or len(level) < 2:
        fail(path, "not a pair of price and size")
    price = decimal_of(level[0], path)
    return price if price > 0 else fail(path, "a price that is not above zero")
