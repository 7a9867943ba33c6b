"""`packgrid check`: one line for each thing that must be right, saying good, or what is wrong and what to do."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from decimal import Decimal

import httpx

from bot.app import ACCOUNT, milliseconds
from bot.live import print_line, signer_of
from bot.settings import Settings, WrongSettings, read_settings
from bot.startup import free_block
from bot.views import Mode
from exchange.backpack.client import BackpackClient
from exchange.port import Accepted, ExchangeError, Refused
from storage.errors import StorageError
from storage.store import Store
from strategy.market import Market, Side, Symbol
from strategy.money import ONE, plain
from strategy.orders import BLOCK_SIZE, ClientId, GridId, Order, OrderStatus, Purpose, Refusal

CANARY_DISTANCE = Decimal("0.15")
"""How far below the bid the canary order rests, as a fraction."""
GOOD_OFFSET = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The outcome of one check."""

    good: bool
    what: str
    text: str


async def check(*, canary: bool) -> int:
    """Print the lines; 0 if all are good, 1 if not."""
    settings = read_settings()
    all_good = True
    async for line in _lines(settings, canary=canary):
        all_good = all_good and line.good
        print_line(f"{'good ' if line.good else 'WRONG'}  {line.what:<10} {line.text}")
    return 0 if all_good else 1


async def _lines(settings: Settings, *, canary: bool) -> AsyncIterator[Line]:
    yield Line(good=True, what="settings", text=f"mode {settings.mode.value}, time zone {settings.timezone}")
    yield _database(settings)
    yield await _telegram(settings)
    async with AsyncExitStack() as stack:
        keyed = bool(settings.backpack_api_key)
        try:
            signer = signer_of(settings) if keyed else None
        except WrongSettings as wrong:
            yield Line(
                good=False,
                what="key",
                text=f"{str(wrong).rstrip(chr(46))}. Copy both again from Backpack's API key page",
            )
            return
        client = BackpackClient(settings.backpack_api_url, signer, window=settings.request_window_ms)
        stack.push_async_callback(client.close)
        async for line in _exchange(client, settings, keyed=keyed, canary=canary):
            yield line


def _database(settings: Settings) -> Line:
    try:
        Store.open(settings.database, now=milliseconds).close()
    except StorageError as wrong:
        return Line(good=False, what="database", text=str(wrong))
    return Line(good=True, what="database", text=settings.database.rpartition("@")[2])


async def _telegram(settings: Settings) -> Line:
    token = settings.telegram_bot_token.get_secret_value()
    if not token:
        return Line(good=False, what="telegram", text="TELEGRAM_BOT_TOKEN is missing: ask @BotFather for one")
    try:
        async with httpx.AsyncClient(timeout=10) as http:
            answer = await http.get(f"{settings.telegram_api_url}{token}/getMe")
            said = answer.json()
    except (httpx.HTTPError, ValueError) as failure:
        text = f"no answer ({type(failure).__name__}): check the connection and TELEGRAM_API_URL"
        return Line(good=False, what="telegram", text=text)
    if not said.get("ok"):
        text = f"the token is refused ({said.get('description')}): copy it again from @BotFather"
        return Line(good=False, what="telegram", text=text)
    owner = settings.telegram_owner_id
    whose = (
        f"owner {owner}" if owner else "no TELEGRAM_OWNER_ID: the owner claims it with the code printed at the start"
    )
    return Line(good=True, what="telegram", text=f"@{said['result'].get('username')}, {whose}")


async def _exchange(client: BackpackClient, settings: Settings, *, keyed: bool, canary: bool) -> AsyncIterator[Line]:
    try:
        yield await _clock(client, settings)
        markets = await client.markets()
        yield Line(good=bool(markets), what="markets", text=f"{len(markets)} spot markets")
        if not keyed:
            good = settings.mode is Mode.PAPER
            yield Line(good=good, what="key", text="none: paper mode needs none, live mode does")
            return
        info = await client.account()
        fees = info.fees
        text = f"maker {plain(fees.maker * 100)} %, taker {plain(fees.taker * 100)} % (spot, this account)"
        yield Line(good=True, what="fees", text=text)
        yield _lending(auto_lend=info.auto_lend)
        held = {asset: one for asset, one in (await client.balances()).items() if one.total}
        shown = ", ".join(f"{plain(one.available)} {asset} free of {plain(one.total)}" for asset, one in held.items())
        yield Line(good=bool(held), what="balances", text=shown or "nothing: deposit USDC first")
        if canary:
            yield await _canary(client, markets)
    except ExchangeError as failure:
        yield Line(good=False, what="exchange", text=advice(failure))


async def _clock(client: BackpackClient, settings: Settings) -> Line:
    offset = await client.measure_offset()
    good = abs(offset) <= settings.request_window_ms // 2
    note = "" if abs(offset) <= GOOD_OFFSET else "; it is corrected for, but set the clock (NTP)"
    todo = note if good else "; too far for signing: set the clock of this machine (NTP)"
    return Line(good=good, what="clock", text=f"{offset} ms from the exchange's{todo}")


def _lending(*, auto_lend: bool) -> Line:
    if not auto_lend:
        return Line(good=True, what="auto-lend", text="off")
    text = "on: lent funds are hidden from trading. Switch it off in Backpack's settings, or keep enough unlent"
    return Line(good=False, what="auto-lend", text=text)


async def _canary(client: BackpackClient, markets: Mapping[Symbol, Market]) -> Line:
    market = markets.get(Symbol("ETH_USDC")) or next(iter(markets.values()))
    touch = await client.touch(market.symbol)
    if touch is None:
        return Line(good=False, what="canary", text=f"{market.symbol} has no price now")
    order = _canary_order(market, market.price_down(touch.bid * (ONE - CANARY_DISTANCE)))
    (outcome,) = await client.place([order])
    if not isinstance(outcome, Accepted):
        return Line(good=False, what="canary", text=f"the order was not taken: {outcome}")
    await client.cancel(market.symbol, order_id=outcome.order_id, client_id=None)
    text = f"placed and cancelled {plain(order.quantity)} {market.base} at {plain(order.price)} {market.quote}"
    return Line(good=True, what="canary", text=text)


def _canary_order(market: Market, price: Decimal) -> Order:
    store = Store.open("sqlite://", now=milliseconds)
    block = free_block(store, ACCOUNT, ())
    store.close()
    return Order(
        client_id=ClientId(block * BLOCK_SIZE + 1),
        grid_id=GridId(0),
        symbol=market.symbol,
        purpose=Purpose.LEVEL,
        side=Side.BUY,
        price=price,
        quantity=market.min_quantity,
        status=OrderStatus.INTENDED,
        intended_at=milliseconds(),
        changed_at=milliseconds(),
    )


def advice(failure: ExchangeError) -> str:
    """What went wrong at the exchange, and what to do."""
    if isinstance(failure, Refused) and failure.reason is Refusal.KEY:
        return f"the key is refused ({failure}): make a new one at Backpack with trading and without withdrawal rights"
    if isinstance(failure, Refused) and failure.reason is Refusal.CLOCK:
        return f"the clock is off ({failure}): set the clock of this machine (NTP)"
    return f"{failure}: check the connection, BACKPACK_API_URL and status.backpack.exchange"
