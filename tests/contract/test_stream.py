"""The stream against a websocket server on loopback that speaks the reference's frames."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from exchange.backpack import stream
from exchange.backpack.signing import Signer
from exchange.backpack.stream import BackpackStream
from exchange.news import Connected, Disconnected, FillSeen, StreamEvent, TouchSeen
from strategy.model.market import Symbol
from tests.captures import SOL_FRAME, TOUCH_FRAME
from tests.contract.scripted import API_KEY, SECRET

NOW = 1750793021519
BTC, SOL = Symbol("BTC_USDC"), Symbol("SOL_USDC")
SUBSCRIBE_SIGNATURE = "DEytVjBPUJPNGqMWhoFrRnsyaD9AgpeWqvS9jRrnNbGUKyTLfEas10Q5EZ3KjJWU9PxVsfKDqd+oM0GEuFiCAA=="


class Deaf(ServerConnection):
    """An end that takes everything and never answers, not even a ping."""

    def data_received(self, data: bytes) -> None:
        """After the handshake nothing is heard."""
        if not hasattr(self, "request") or self.request is None:
            super().data_received(data)


class Desk:
    """The other end: hands out the sockets that come in and the events that the stream tells."""

    def __init__(self) -> None:
        self.sockets: asyncio.Queue[ServerConnection] = asyncio.Queue()
        self.events: asyncio.Queue[StreamEvent] = asyncio.Queue()
        self.pauses: list[float] = []
        self.now = NOW

    async def accept(self, socket: ServerConnection) -> None:
        await self.sockets.put(socket)
        await socket.wait_closed()

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    @asynccontextmanager
    async def stream(
        self, *symbols: Symbol, signer: Signer | None = None, silence: float = 45, deaf: bool = False
    ) -> AsyncIterator[BackpackStream]:
        kind = Deaf if deaf else ServerConnection
        async with serve(self.accept, "127.0.0.1", 0, create_connection=kind, ping_interval=None) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            stream = BackpackStream(
                f"ws://127.0.0.1:{port}",
                signer,
                symbols,
                self.events.put_nowait,
                clock=lambda: self.now,
                silence=(silence, 0.02 if deaf else 20),
                pause=self.pause,
            )
            running = asyncio.create_task(stream.run())
            try:
                yield stream
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def heard(socket: ServerConnection) -> Any:
    return json.loads(await socket.recv())


async def test_account_and_prices_are_subscribed_on_one_socket(desk: Desk) -> None:
    async with desk.stream(SOL, BTC, signer=Signer(API_KEY, SECRET)):
        socket = await desk.sockets.get()

        assert await heard(socket) == {
            "method": "SUBSCRIBE",
            "params": ["account.orderUpdate", "account.balanceUpdate"],
            "signature": [API_KEY, SUBSCRIBE_SIGNATURE, str(NOW), "5000"],
        }
        prices = {"method": "SUBSCRIBE", "params": ["bookTicker.BTC_USDC", "bookTicker.SOL_USDC"]}
        assert await heard(socket) == prices
        assert await desk.events.get() == Connected()


async def test_without_a_key_only_prices_are_subscribed(desk: Desk) -> None:
    async with desk.stream(SOL):
        socket = await desk.sockets.get()

        assert await heard(socket) == {"method": "SUBSCRIBE", "params": ["bookTicker.SOL_USDC"]}


async def test_the_markets_can_change_while_it_runs(desk: Desk) -> None:
    async with desk.stream(SOL) as stream:
        socket = await desk.sockets.get()
        await heard(socket)

        stream.watch([BTC])

        assert await heard(socket) == {"method": "SUBSCRIBE", "params": ["bookTicker.BTC_USDC"]}
        assert await heard(socket) == {"method": "UNSUBSCRIBE", "params": ["bookTicker.SOL_USDC"]}


async def test_what_arrives_is_told_and_a_broken_frame_is_skipped(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    async with desk.stream(BTC):
        socket = await desk.sockets.get()
        for frame in (SOL_FRAME, "{", '{"id":null,"error":{"code":4006,"message":"Invalid stream"}}', TOUCH_FRAME):
            await socket.send(frame)

        assert [type(await desk.events.get()) for _ in range(3)] == [Connected, FillSeen, TouchSeen]
        assert "frame: not JSON" in caplog.text
        assert "error 4006: Invalid stream" in caplog.text


async def test_a_subscription_that_is_refused_is_signed_anew_on_the_same_socket(desk: Desk) -> None:
    """A clock that was off when it was signed: the socket stays open, and told nothing of the account for days."""
    desk.now -= 3_600_000
    async with desk.stream(BTC, signer=Signer(API_KEY, SECRET)):
        socket = await desk.sockets.get()
        first = await heard(socket)
        assert await heard(socket) == {"method": "SUBSCRIBE", "params": ["bookTicker.BTC_USDC"]}
        desk.now = NOW
        await socket.send('{"id":null,"error":{"code":4009,"message":"Request has expired"}}')
        again = await heard(socket)

        assert again["params"] == first["params"]
        assert again["signature"] == [API_KEY, SUBSCRIBE_SIGNATURE, str(NOW), "5000"]
        await socket.send('{"id":null,"error":{"code":4009,"message":"no"}}')
        await heard(socket)
        assert desk.pauses == [5, 10]


async def test_a_stream_without_a_key_signs_nothing_anew(desk: Desk) -> None:
    async with desk.stream(BTC):
        socket = await desk.sockets.get()
        await heard(socket)
        await socket.send('{"id":null,"error":{"code":4006,"message":"Invalid stream"}}')
        await socket.send(TOUCH_FRAME)
        await until(desk, TouchSeen)
        assert desk.pauses == []


async def test_a_lost_socket_is_opened_and_subscribed_again(desk: Desk) -> None:
    async with desk.stream(BTC):
        for _ in range(2):
            socket = await desk.sockets.get()
            assert await desk.events.get() == Connected()
            assert await heard(socket) == {"method": "SUBSCRIBE", "params": ["bookTicker.BTC_USDC"]}
            await socket.send(TOUCH_FRAME)
            assert isinstance(await desk.events.get(), TouchSeen)
            desk.now += 60_000
            await socket.close()
            assert isinstance(await desk.events.get(), Disconnected)

    assert set(desk.pauses) == {0.5}


async def test_a_socket_that_is_closed_right_after_its_first_frame_is_opened_ever_more_slowly(desk: Desk) -> None:
    """Twice a second, for as long as a gateway did that: an address that connects so often is locked out."""
    async with desk.stream(BTC):
        for number in range(9):
            socket = await desk.sockets.get()
            await heard(socket)
            await socket.send(TOUCH_FRAME)
            await until(desk, TouchSeen)
            desk.now += 60_000 if number == 7 else 1_000
            await socket.close()
            await until(desk, Disconnected)
        await desk.sockets.get()

    assert desk.pauses == [1, 2, 4, 8, 16, 30, 30, 0.5, 1]


@pytest.mark.parametrize(
    "frame",
    [
        '{"id":null,"error":{"code":-1022,"message":"Invalid signature"}}',
        '{"id":null,"error":{"code":"INVALID_SIGNATURE"}}',
        '{"error":{"message":"Invalid signature"}}',
        '{"id":null,"error":"Invalid signature"}',
        '{"code":"INVALID_CLIENT_REQUEST","message":"Invalid signature"}',
    ],
)
async def test_a_refusal_is_one_in_whatever_form_it_comes(
    desk: Desk, frame: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody has seen how a bad signature is refused: taken for any broken frame, it left the account without news."""
    async with desk.stream(signer=Signer(API_KEY, SECRET)):
        socket = await desk.sockets.get()
        first = await heard(socket)
        await socket.send(frame)
        assert await heard(socket) == first
        assert "nvalid" in caplog.text or "INVALID" in caplog.text


async def test_a_socket_that_is_silent_and_answers_no_ping_is_replaced(desk: Desk) -> None:
    async with desk.stream(BTC, silence=0.02, deaf=True):
        first = await desk.sockets.get()
        second = await desk.sockets.get()

        assert first is not second
        assert await until(desk, Disconnected) == Disconnected(text="silent for 0.02 s, and no answer to a ping")


@pytest.mark.parametrize("symbols", [(BTC,), ()])
async def test_a_quiet_markets_stream_stays_open_while_the_exchange_answers_pings(
    desk: Desk, symbols: Sequence[Symbol]
) -> None:
    async with desk.stream(*symbols, signer=Signer(API_KEY, SECRET), silence=0.001):
        socket = await desk.sockets.get()
        await heard(socket)
        await socket.send(SOL_FRAME)
        await until(desk, FillSeen)
        for _ in range(100):
            await (await socket.ping())

        assert desk.pauses == []


async def test_an_exchange_that_is_gone_is_tried_ever_more_slowly_and_told_once() -> None:
    desk, told = Desk(), list[StreamEvent]()

    async def pause(seconds: float) -> None:
        desk.pauses.append(seconds)
        if len(desk.pauses) == 9:
            raise asyncio.CancelledError

    stream = BackpackStream("ws://127.0.0.1:1", None, [BTC], told.append, pause=pause)
    with pytest.raises(asyncio.CancelledError):
        await stream.run()

    assert desk.pauses == [1, 2, 4, 8, 16, 30, 30, 30, 30]
    assert [type(event) for event in told] == [Disconnected]


async def until(desk: Desk, kind: Callable[..., StreamEvent]) -> StreamEvent:
    """The next event of a kind; what comes before it is passed over."""
    while True:
        event = await desk.events.get()
        if type(event) is kind:
            return event


async def test_an_address_that_leads_nowhere_does_not_keep_the_stream_from_the_next_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, tried = asyncio.get_running_loop(), list[str]()
    connect = loop.sock_connect

    async def two(_host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in ("127.0.0.2", "127.0.0.1")]

    async def leads(line: socket.socket, address: Any) -> None:
        tried.append(address[0])
        await (asyncio.Event().wait() if address[0] == "127.0.0.2" else connect(line, address))

    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(loop, "getaddrinfo", two)
    monkeypatch.setattr(loop, "sock_connect", leads)
    monkeypatch.setattr(stream, "NEXT_SECONDS", 0.0)
    async with serve(desk.accept, "127.0.0.1", 0, ping_interval=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        over = BackpackStream(f"ws://two.test:{port}", None, (), desk.events.put_nowait, pause=desk.pause)
        running = asyncio.create_task(over.run())
        first = await desk.events.get()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    assert isinstance(first, Connected)
    assert tried == ["127.0.0.2", "127.0.0.1"]
