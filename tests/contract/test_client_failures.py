"""What the client makes of every way in which an exchange can fail, and that it never sends a change twice."""

import asyncio
import logging
import ssl
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from exchange.backpack.budget import Budget
from exchange.backpack.client import BackpackClient
from exchange.backpack.errors import NotFound
from exchange.backpack.rest import Call, Connections, Rest
from exchange.port import BadAnswer, OutcomeUnknown, Refused, Unavailable
from strategy.model.market import Symbol
from strategy.model.orders import ClientId, Refusal
from tests.captures import ACCOUNT, RESTING, an_order, read
from tests.contract.scripted import NOW, SECRET, Clock, Scripted, client_of

ETH = Symbol("ETH_USDC")
ORDERS = [an_order(client_id=ClientId(number)) for number in (1, 2)]

DROPPED = [
    httpx.RemoteProtocolError("Server disconnected without sending a response."),
    httpx.ReadError(""),
    httpx.WriteError("broken pipe"),
]
SILENT = [httpx.ReadTimeout("timed out"), httpx.WriteTimeout("")]
NEVER_SENT = [
    httpx.ConnectError("All connection attempts failed"),
    httpx.ConnectTimeout(""),
]


@pytest.fixture
def exchange() -> Scripted:
    return Scripted()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(exchange: Scripted, clock: Clock) -> BackpackClient:
    return client_of(exchange, clock)


def code(name: str, message: str = "x") -> dict[str, str]:
    return {"code": name, "message": message}


REFUSALS: list[tuple[int, Any, Refusal]] = [
    (400, code("INVALID_ORDER", "Order would immediately match and take"), Refusal.POST_ONLY),
    (400, code("INSUFFICIENT_FUNDS", "Insufficient funds"), Refusal.FUNDS),
    (400, code("INVALID_PRICE", "Price is too far from the last active price"), Refusal.PRICE_BAND),
    (400, code("INVALID_CLIENT_REQUEST", "Price decimal too long"), Refusal.PRICE),
    (400, code("INVALID_CLIENT_REQUEST", "Quantity decimal too long"), Refusal.QUANTITY),
    (400, code("INVALID_CLIENT_REQUEST", "Quantity is below the minimum allowed value"), Refusal.QUANTITY),
    (400, code("INVALID_CLIENT_REQUEST", "Invalid signature"), Refusal.KEY),
    (400, code("INVALID_CLIENT_REQUEST", "Invalid X-Signature header"), Refusal.KEY),
    (401, code("UNAUTHORIZED"), Refusal.KEY),
    (401, "Unauthorized", Refusal.KEY),
    (403, code("FORBIDDEN"), Refusal.KEY),
    (400, code("INVALID_CLIENT_REQUEST", "Request has expired"), Refusal.CLOCK),
    (400, "Invalid timestamp: must be within 10 minutes of current time", Refusal.CLOCK),
    (400, code("ORDER_LIMIT"), Refusal.ORDER_LIMIT),
    (400, code("TRADING_PAUSED"), Refusal.MARKET_STATE),
    (400, 'parse request payload error: failed to parse "MarketSymbol": Invalid market symbol', Refusal.MARKET_STATE),
    (400, code("INVALID_ORDER", "Invalid order"), Refusal.OTHER),
    (400, code("SOMETHING_NEW"), Refusal.OTHER),
    (404, "not found", Refusal.OTHER),
]


@pytest.mark.parametrize(("status", "body", "reason"), REFUSALS)
async def test_a_refused_order_says_why(
    client: BackpackClient, exchange: Scripted, status: int, body: Any, reason: Refusal
) -> None:
    exchange.reply("POST /api/v1/order", body, status=status)

    (placed,) = await client.place(ORDERS[:1])

    assert isinstance(placed, Refused)
    assert placed.reason is reason
    assert (body if isinstance(body, str) else body["message"]) in placed.text


@pytest.mark.parametrize("body", [code("MAINTENANCE"), code("SERVICE_UNAVAILABLE"), "<html>Bad gateway</html>", ""])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_server_error_leaves_a_change_unknown_and_a_read_undone(
    client: BackpackClient, exchange: Scripted, status: int, body: Any
) -> None:
    for call in ("POST /api/v1/orders", "DELETE /api/v1/order", "GET /api/v1/account"):
        exchange.reply(call, body, status=status)

    assert [type(placed) for placed in await client.place(ORDERS)] == [OutcomeUnknown] * 2
    with pytest.raises(OutcomeUnknown):
        await client.cancel(ETH, order_id="1", client_id=None)
    with pytest.raises(Unavailable) as unavailable:
        await client.account()

    maintenance = body == code("MAINTENANCE")
    assert unavailable.value.cause == ("maintenance" if maintenance else "unreachable")


@pytest.mark.parametrize("error", [*DROPPED, *SILENT])
async def test_a_change_without_an_answer_is_unknown_and_never_sent_again(
    client: BackpackClient, exchange: Scripted, error: httpx.HTTPError
) -> None:
    for call in ("POST /api/v1/orders", "DELETE /api/v1/order"):
        exchange.reply(call, error)

    assert [type(placed) for placed in await client.place(ORDERS)] == [OutcomeUnknown] * 2
    with pytest.raises(OutcomeUnknown):
        await client.cancel(ETH, order_id="1", client_id=None)

    assert len(exchange.asked("POST /api/v1/orders")) == 1
    assert len(exchange.asked("DELETE /api/v1/order")) == 1


@pytest.mark.parametrize("error", NEVER_SENT)
async def test_an_order_that_never_left_did_not_arrive(
    client: BackpackClient, exchange: Scripted, error: httpx.HTTPError
) -> None:
    exchange.reply("POST /api/v1/orders", error)

    placed = await client.place(ORDERS)

    assert [type(one) for one in placed] == [Unavailable] * 2
    assert len(exchange.asked("POST /api/v1/orders")) == 1


@pytest.mark.parametrize(("status", "body"), [(200, "soon"), (404, "not found"), (503, "")])
async def test_an_order_whose_time_could_not_be_told_was_not_sent(
    client: BackpackClient, exchange: Scripted, status: int, body: str
) -> None:
    exchange.replies.clear()
    exchange.reply("GET /api/v1/time", body, status=status)

    (placed,) = await client.place(ORDERS[:1])

    assert isinstance(placed, Unavailable)
    assert exchange.asked("POST /api/v1/order") == []


@pytest.mark.parametrize("error", DROPPED)
async def test_a_read_on_a_dropped_connection_is_asked_once_more(
    client: BackpackClient, exchange: Scripted, error: httpx.HTTPError
) -> None:
    exchange.reply("GET /api/v1/account", error, ACCOUNT, error)

    await client.account()
    with pytest.raises(Unavailable) as unavailable:
        await client.account()

    assert unavailable.value.cause == "unreachable"
    assert len(exchange.asked("GET /api/v1/account")) == 4


@pytest.mark.parametrize("body", ["", "null", "[]", "{", "<html>", '{"id":1}', '{"status":"New","id":"1"}'])
async def test_a_broken_answer_to_an_order_is_unknown(client: BackpackClient, exchange: Scripted, body: str) -> None:
    exchange.reply("POST /api/v1/order", body)

    (placed,) = await client.place(ORDERS[:1])

    assert isinstance(placed, BadAnswer)


async def test_a_missing_order_is_not_found_in_both_forms(client: BackpackClient, exchange: Scripted) -> None:
    exchange.reply("DELETE /api/v1/order", code("INVALID_CLIENT_REQUEST", "Order not found"), status=400)
    exchange.reply("DELETE /api/v1/order", code("RESOURCE_NOT_FOUND", "Not Found"), status=404)

    for _ in range(2):
        with pytest.raises(NotFound):
            await client.cancel(ETH, order_id="1", client_id=None)


DATED = {"Date": "Wed, 21 Oct 2026 07:28:00 GMT"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 10.0),
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "12.5"}, 12.5),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:25 GMT", **DATED}, 25.0),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:25 GMT"}, 10.0),
        ({"Retry-After": "soon", **DATED}, 10.0),
    ],
)
async def test_after_a_429_everything_but_cancels_waits(
    client: BackpackClient, exchange: Scripted, clock: Clock, headers: dict[str, str], seconds: float
) -> None:
    exchange.reply("POST /api/v1/order", "slow down", status=429, headers=headers)
    exchange.reply("DELETE /api/v1/order", read(RESTING, status="Cancelled"))
    exchange.reply("GET /api/v1/account", ACCOUNT)

    (placed,) = await client.place(ORDERS[:1])
    await client.cancel(ETH, order_id="1", client_id=None)
    slept_before = list(clock.slept)
    await client.account()

    assert isinstance(placed, Unavailable)
    assert (placed.cause, placed.retry_after) == ("rate_limit", seconds)
    assert slept_before == []
    assert clock.slept == [seconds]


async def test_the_budget_spreads_calls_and_cancels_overtake(clock: Clock) -> None:
    budget = clock.budget(a_minute=60, burst=2)

    for _ in range(4):
        await budget.take()
    budget.take_at_once()
    await budget.take()

    assert clock.slept == [1.0, 1.0, 2.0]


async def test_a_budget_that_is_booked_out_says_so_and_counts_nothing(clock: Clock) -> None:
    budget = clock.budget(a_minute=60, burst=1)
    budget.hold(31)

    with pytest.raises(Unavailable) as unavailable:
        await budget.take()
    await clock.sleep(31)
    await budget.take()

    assert unavailable.value.retry_after == 31
    assert clock.slept == [31]


async def test_a_429_that_comes_while_a_call_waits_stops_it(clock: Clock) -> None:
    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        budget.hold(10)

    budget = Budget(a_minute=60, burst=1, longest_wait=30, monotonic=clock.monotonic, sleep=sleep)
    await budget.take()

    with pytest.raises(Unavailable) as unavailable:
        await budget.take()

    assert unavailable.value.retry_after == 10


async def test_the_clock_is_measured_again_after_a_refusal_for_the_time(
    client: BackpackClient, exchange: Scripted
) -> None:
    exchange.reply("GET /api/v1/account", code("INVALID_CLIENT_REQUEST", "Request has expired"), status=400)
    exchange.reply("GET /api/v1/account", ACCOUNT)

    with pytest.raises(Refused) as refused:
        await client.account()
    await client.account()

    assert refused.value.reason is Refusal.CLOCK
    assert len(exchange.asked("GET /api/v1/time")) == 2


@pytest.mark.parametrize(
    "failing",
    [
        lambda exchange: exchange.reply("POST /api/v1/order", httpx.ReadTimeout("")),
        lambda exchange: exchange.reply("POST /api/v1/order", "no", status=400),
        lambda exchange: exchange.reply("POST /api/v1/order", "{"),
    ],
)
async def test_no_failure_shows_the_secret_or_a_signature(
    client: BackpackClient,
    exchange: Scripted,
    failing: Callable[[Scripted], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    failing(exchange)

    (placed,) = await client.place(ORDERS[:1])

    shown = f"{placed!r} {placed} {client!r} {caplog.text} {vars(placed)}"
    signature = exchange.requests[-1].headers["X-Signature"]
    assert isinstance(placed, Exception)
    assert placed.__context__ is None
    assert SECRET not in shown
    assert signature not in shown


def rest_over(connections: Connections, address: str = "https://exchange.test") -> Rest:
    """Calls without a key, over these connections."""
    return Rest(address, None, http=connections, clock=lambda: NOW, window=5000, budget=Clock().budget())


async def never_free(_: httpx.Request) -> httpx.Response:
    """A pool all of whose connections are in use, for ever."""
    raise httpx.PoolTimeout("")


@pytest.mark.parametrize("changes", [False, True])
async def test_a_pool_in_which_nothing_comes_free_is_left_for_a_new_one(exchange: Scripted, changes: bool) -> None:
    exchange.reply("POST /api/v1/order", RESTING)
    pools: list[Callable[[httpx.Request], Any]] = [never_free, exchange.handle]
    connections = Connections(lambda: httpx.AsyncClient(transport=httpx.MockTransport(pools.pop(0))))
    rest = rest_over(connections)
    call = Call(method="POST", path="/api/v1/order", body={}) if changes else Call(method="GET", path="/api/v1/time")
    assert (await rest.send(call)).status == 200
    assert len(exchange.asked(f"{call.method} {call.path}")) == 1
    await connections.close()


async def test_a_pool_that_is_full_twice_is_told_and_the_change_was_never_sent() -> None:
    made = []

    def make() -> httpx.AsyncClient:
        made.append(httpx.AsyncClient(transport=httpx.MockTransport(never_free)))
        return made[-1]

    connections = Connections(make)
    rest = rest_over(connections)
    with pytest.raises(Unavailable):
        await rest.send(Call(method="POST", path="/api/v1/order", body={}))
    assert [one.is_closed for one in made] == [True, False, False]
    await connections.close()
    assert all(one.is_closed for one in made)


async def test_calls_that_were_given_up_while_they_connected_do_not_end_all_others() -> None:
    """The library keeps the place of such a call for ever: here it has only one."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n5")
        writer.close()

    limits, patience = httpx.Limits(max_connections=1), httpx.Timeout(5, pool=0.05)
    connections = Connections(lambda: httpx.AsyncClient(limits=limits, timeout=patience, trust_env=False))
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        rest = rest_over(connections, address)
        calls = [asyncio.create_task(rest.server_time()) for _ in range(2)]
        await asyncio.sleep(0)
        for given_up in calls:
            given_up.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        assert await rest.server_time() == 5
    await connections.close()


@pytest.mark.parametrize("charset", ["hex", "rot13", "idna", "undefined", "utf-16", "nonsense"])
async def test_an_answer_is_read_as_json_is_written_whatever_its_head_says(charset: str) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b"5", headers={"Content-Type": f"application/json; charset={charset}"})

    http = Connections(lambda: httpx.AsyncClient(transport=httpx.MockTransport(answer)))
    assert await rest_over(http).server_time() == 5


@pytest.mark.parametrize("error", [ssl.SSLError("record layer failure"), RuntimeError("can't start new thread")])
async def test_what_a_library_lets_through_as_it_was_is_a_failure_like_any_other(error: Exception) -> None:
    async def broken(_: httpx.Request) -> httpx.Response:
        raise error

    rest = rest_over(Connections(lambda: httpx.AsyncClient(transport=httpx.MockTransport(broken))))
    with pytest.raises(Unavailable):
        await rest.server_time()
    with pytest.raises(OutcomeUnknown):
        await rest.send(Call(method="POST", path="/api/v1/order", body={}))


async def test_a_change_that_a_gateway_has_timed_out_is_unknown(client: BackpackClient, exchange: Scripted) -> None:
    """408 is said for a server that did not answer in time, too: taken for a no, the level got a second order."""
    exchange.reply("POST /api/v1/order", "Request Timeout", status=408)
    exchange.reply("GET /api/v1/account", "Request Timeout", status=408)

    (placed,) = await client.place(ORDERS[:1])
    with pytest.raises(Unavailable):
        await client.account()

    assert isinstance(placed, OutcomeUnknown)
