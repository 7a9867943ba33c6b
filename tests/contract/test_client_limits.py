"""How long the client waits, for what and for whom: an intent that is too old, an answer without an end, a budget."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from exchange.backpack import rest
from exchange.backpack.client import HISTORY_AT_ONCE, BackpackClient
from exchange.backpack.signing import Signer
from exchange.port import Accepted, OutcomeUnknown, Unavailable
from strategy.model.market import Symbol
from strategy.model.orders import ClientId
from strategy.reconcile.recovery import SENT_WITHIN
from tests.captures import RESTING, an_order, read
from tests.contract.scripted import AHEAD, API_KEY, NOW, SECRET, Clock, Scripted, client_of

ETH = Symbol("ETH_USDC")
MINUTE = 60_000
HISTORY_ALLOWED = 30
"""Calls a minute that Backpack allows of market history."""


class World:
    """A scripted exchange and a client whose clocks move on together, and only while somebody waits."""

    def __init__(self) -> None:
        self.exchange, self.clock = Scripted(), Clock()
        self.exchange.replies.clear()
        self.exchange.reply("GET /api/v1/time", lambda _: httpx.Response(200, text=str(self.now() + AHEAD)))
        self.client = client_of(self.exchange, self.clock, now=self.now)

    def now(self) -> int:
        """Our own clock, ms."""
        return NOW + round(self.clock.seconds * 1000)

    def slowly(self, seconds: float, answer: httpx.Response | httpx.HTTPError) -> Callable[..., httpx.Response]:
        """What is said after so long."""

        def late(_: httpx.Request) -> httpx.Response:
            self.clock.seconds += seconds
            if isinstance(answer, httpx.HTTPError):
                raise answer
            return answer

        return late


async def held_by_the_budget(world: World) -> None:
    """The exchange has asked us to wait."""
    world.exchange.reply("GET /api/v1/account", "slow down", status=429, headers={"Retry-After": "20"})
    with pytest.raises(Unavailable):
        await world.client.account()


async def held_by_the_clock(world: World) -> None:
    """The clock is measured first, which takes long."""
    world.exchange.replies.clear()
    slow = httpx.Response(200, text=str(NOW + AHEAD + 10_000))  # from the middle of its round trip
    world.exchange.reply("GET /api/v1/time", world.slowly(20, slow))


async def held_by_the_pool(world: World) -> None:
    """No connection comes free, and the call is made once more."""
    await world.client.measure_offset()
    for call in ("POST /api/v1/order", "POST /api/v1/orders"):
        world.exchange.reply(call, world.slowly(20, httpx.PoolTimeout("")))


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("too_late", [False, True])
@pytest.mark.parametrize("held", [held_by_the_budget, held_by_the_clock, held_by_the_pool])
async def test_an_order_whose_time_runs_out_while_the_client_waits_is_never_sent(
    held: Callable[[World], Awaitable[None]], count: int, *, too_late: bool
) -> None:
    world = World()
    await held(world)
    answers = [read(RESTING, clientId=number, id=str(number), operation="Ok") for number in (1, 2)]
    world.exchange.reply("POST /api/v1/order", answers[0])
    world.exchange.reply("POST /api/v1/orders", answers)
    sent_at = NOW + AHEAD + 20_000
    younger, oldest = sent_at - SENT_WITHIN + 500, sent_at - SENT_WITHIN - too_late
    orders = [an_order(client_id=ClientId(n), intended_at=oldest if n == count else younger) for n in (1, 2)][:count]

    placed = await world.client.place(orders)

    posted = [request for request in world.exchange.requests if request.method == "POST"]
    assert (sent_at in [int(request.headers["X-Timestamp"]) for request in posted]) is not too_late
    assert [type(one) for one in placed] == [Unavailable if too_late else Accepted] * count
    assert world.client.now() == sent_at


async def never_ends() -> AsyncIterator[bytes]:
    """An answer of which a byte comes now and then."""
    yield b"["
    await asyncio.Event().wait()


@pytest.fixture
async def endless() -> AsyncIterator[BackpackClient]:
    """A client of an exchange that begins its answers."""

    def answer(request: httpx.Request) -> httpx.Response:
        is_time = request.url.path == "/api/v1/time"
        return httpx.Response(200, text=str(NOW)) if is_time else httpx.Response(200, content=never_ends())

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        made = BackpackClient("https://exchange.test", Signer(API_KEY, SECRET), http=http, clock=lambda: NOW)
        await made.measure_offset()
        yield made


async def test_an_answer_that_never_ends_is_no_answer(endless: BackpackClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "CALL_SECONDS", 0.0)

    with pytest.raises(Unavailable) as unavailable:
        await endless.open_orders()
    with pytest.raises(OutcomeUnknown):
        await endless.cancel(ETH, order_id="1", client_id=None)
    (placed,) = await endless.place([an_order()])

    assert unavailable.value.cause == "unreachable"
    assert type(placed) is OutcomeUnknown


async def test_whoever_gives_a_call_up_hears_nothing_of_a_limit(endless: BackpackClient) -> None:
    asking = asyncio.create_task(endless.open_orders())
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait([asking])
    assert asking.cancelled()


HISTORY = [
    ("GET /api/v1/klines", lambda client: client.candles(ETH, "1h", NOW - 60 * MINUTE, NOW)),
    ("GET /api/v1/trades/history", lambda client: client.trades(ETH, 0)),
]


@pytest.mark.parametrize(("call", "ask"), HISTORY)
async def test_too_much_market_history_holds_that_up_and_no_order(
    call: str, ask: Callable[[BackpackClient], Awaitable[object]]
) -> None:
    world = World()
    world.exchange.reply(call, "slow down", status=429, headers={"Retry-After": "60"})
    world.exchange.reply(call, [])
    world.exchange.reply("GET /api/v1/orders", [])
    world.exchange.reply("POST /api/v1/order", read(RESTING, clientId=1))

    with pytest.raises(Unavailable) as unavailable:
        await ask(world.client)
    await world.client.open_orders()
    (placed,) = await world.client.place([an_order(client_id=ClientId(1), intended_at=world.client.now())])
    slept_before = list(world.clock.slept)
    await ask(world.client)

    assert unavailable.value.retry_after == 60
    assert isinstance(placed, Accepted)
    assert slept_before == []
    assert world.clock.slept == [60]


async def test_market_history_stays_below_what_is_allowed_in_any_minute() -> None:
    clock = Clock()
    budget = clock.history_budget()
    at: list[float] = []
    while clock.seconds < 180:
        await budget.take()
        at.append(clock.seconds)

    assert max(sum(first <= one <= first + 60 for one in at) for first in at) < HISTORY_ALLOWED


async def test_a_read_that_is_made_once_more_is_counted_once_more() -> None:
    world = World()
    world.exchange.reply("GET /api/v1/klines", httpx.ReadError(""))
    for _ in range(HISTORY_AT_ONCE):
        with pytest.raises(Unavailable):
            await world.client.candles(ETH, "1h", NOW - 60 * MINUTE, NOW)

    calls = len(world.exchange.asked("GET /api/v1/klines"))
    assert calls == 2 * HISTORY_AT_ONCE
    assert len(world.clock.slept) == calls - HISTORY_AT_ONCE
