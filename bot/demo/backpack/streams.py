"""The websocket side of the local exchange: who has subscribed to what, and what they are sent.

There is no acknowledgement and no snapshot; a mistake is answered by an error frame or by nothing, as at Backpack.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.demo.backpack.answers import dumped
from bot.demo.backpack.auth import verify_subscription
from bot.demo.backpack.market_streams import MarketStreams
from bot.demo.backpack.rendering import Json
from bot.demo.backpack.stream_frames import balance_frame, order_frame, trade_frame
from exchange.paper.announcements import Announcement, BalanceChanged, BookChanged, OrderChanged, Traded
from exchange.paper.records import VenueRefusal
from exchange.paper.venue import Venue

BEAT = 0.2
"""Seconds between two looks at what is sent by time."""
MOST_WAITING = 10_000
GOING_AWAY = 1001

PARSE_ERROR = (4002, "Parse error")
BAD_SIGNATURE = (4003, "Invalid signature")
INVALID_STREAM = (4006, "Invalid stream")
INVALID_WINDOW = (4008, "Invalid depth window")

_PUBLIC = re.compile(
    r"(bookTicker|depth|trade|ticker|markPrice|openInterest|liquidation|kline\.[0-9a-z]+|depth\.[^.]+)(\..+)?"
)
_DEPTH = re.compile(r"depth\.([0-9]+ms)\..+")
_ACCOUNT = re.compile(r"account\.(orderUpdate|positionUpdate|rfqUpdate)(\..+)?|account\.balanceUpdate")
_WINDOWS = ("200ms", "600ms", "1000ms")


class Connection:
    """One socket: its streams, with the key of those that are an account's, and what waits to be sent."""

    def __init__(self) -> None:
        self.streams: dict[str, str | None] = {}
        self.waiting: asyncio.Queue[str | None] = asyncio.Queue(MOST_WAITING)

    def send(self, text: str | None) -> None:
        """Queue a frame, or with None the end. A client that does not read is dropped."""
        if self.waiting.full():
            while not self.waiting.empty():
                self.waiting.get_nowait()
            text = None
        self.waiting.put_nowait(text)


class Streams:
    """All sockets. `silent` keeps them open and sends nothing; `refusing` lets nobody in."""

    def __init__(self, venue: Venue, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        self.silent = False
        self.refusing = False
        self._venue = venue
        self._sleep = sleep
        self._connections: set[Connection] = set()
        self._markets = MarketStreams(venue)
        self._beat: asyncio.Task[None] | None = None
        venue.listen(self._hear)

    def routes(self) -> list[WebSocketRoute]:
        """The socket's path."""
        return [WebSocketRoute("/ws", self.serve), WebSocketRoute("/ws/", self.serve)]

    def drop(self) -> None:
        """Close every socket."""
        for connection in self._connections:
            connection.send(None)

    async def serve(self, websocket: WebSocket) -> None:
        """One socket, until either side has had enough."""
        if self.refusing:
            await websocket.close(GOING_AWAY)
            return
        await websocket.accept()
        connection = Connection()
        self._connections.add(connection)
        self._beat = self._beat or asyncio.create_task(self._beats())
        writer = asyncio.create_task(_write(websocket, connection))
        try:
            await self._read(websocket, connection)
        finally:
            self._connections.discard(connection)
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            if not self._connections and self._beat is not None:
                self._beat.cancel()
                self._beat = None

    async def _read(self, websocket: WebSocket, connection: Connection) -> None:
        while (message := await websocket.receive())["type"] != "websocket.disconnect":
            error = self._obey(connection, message.get("text") or "")
            if error is not None:
                code, words = error
                connection.send(json.dumps({"id": None, "error": {"code": code, "message": words}}))

    def _obey(self, connection: Connection, message: str) -> tuple[int, str] | None:
        """Carry out a frame of the client's; what is wrong with it."""
        try:
            frame = json.loads(message)
            method, names = frame["method"], frame["params"]
            assert method in ("SUBSCRIBE", "UNSUBSCRIBE")
            assert isinstance(names, list)
            assert all(isinstance(name, str) for name in names)
        except (ValueError, RecursionError, LookupError, TypeError, AssertionError):
            return PARSE_ERROR
        wrong = next((error for error in map(_wrong, names) if error), None)
        if wrong:
            return wrong
        if method == "UNSUBSCRIBE":
            for name in names:
                connection.streams.pop(name, None)
            return None
        return self._subscribe(connection, names, frame.get("signature"))

    def _subscribe(self, connection: Connection, names: list[str], signature: object) -> tuple[int, str] | None:
        key = None
        if any(name.startswith("account.") for name in names):
            key = self._key(signature)
            if key is None:
                return BAD_SIGNATURE
        for name in names:
            connection.streams[name] = key if name.startswith("account.") else None
            self._markets.add(name)
        return None

    def _key(self, signature: object) -> str | None:
        """The account of a private subscription; None where it can't be verified."""
        if not isinstance(signature, list) or [type(part) for part in signature] != [str] * 4:
            return None
        try:
            key = verify_subscription(signature, self._venue.clock())
        except VenueRefusal:
            return None
        return key if key in self._venue.accounts else None

    def _hear(self, news: Announcement) -> None:
        if not self._connections:
            return
        match news:
            case OrderChanged(order=order):
                frame = order_frame(news, self._venue.listing(order.symbol).market)
                self._send("account.orderUpdate", frame, order.account)
                self._send(f"account.orderUpdate.{order.symbol}", frame, order.account)
            case BalanceChanged():
                self._send("account.balanceUpdate", balance_frame(news), news.account)
            case Traded():
                market = self._venue.listing(news.symbol).market
                self._send(f"trade.{news.symbol}", trade_frame(news.trade, market))
            case BookChanged():
                for name, frame in self._markets.changed(news.symbol):
                    self._send(name, frame)

    def _send(self, name: str, data: Json, key: str | None = None) -> None:
        if self.silent:
            return
        text = dumped({"data": data, "stream": name})
        for connection in tuple(self._connections):
            if name in connection.streams and connection.streams[name] == key:
                connection.send(text)

    async def _beats(self) -> None:
        """What is sent by time: tickers, candles, aggregated books."""
        count = 0
        while True:
            await self._sleep(BEAT)
            count += 1
            for name, frame in self._markets.due(count):
                self._send(name, frame)


def _wrong(name: str) -> tuple[int, str] | None:
    if _ACCOUNT.fullmatch(name):
        return None
    if not _PUBLIC.fullmatch(name):
        return INVALID_STREAM
    window = _DEPTH.fullmatch(name)
    return INVALID_WINDOW if window and window[1] not in _WINDOWS else None


async def _write(websocket: WebSocket, connection: Connection) -> None:
    with suppress(WebSocketDisconnect):
        while (text := await connection.waiting.get()) is not None:
            await websocket.send_text(text)
        await websocket.close(GOING_AWAY)
