"""Backpack's websocket, kept open: subscribes, reads, and opens it again. Frames are read in `frames`, nothing here.

Early news only: nothing is replayed after a break, and everything told here is confirmed by REST.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidURI, WebSocketException

from exchange.backpack.frames import ACCOUNT_STREAMS, StreamRefused, events_of, request, touch_stream
from exchange.backpack.repeats import Repeats
from exchange.backpack.rest import system_milliseconds
from exchange.backpack.signing import Signer
from exchange.news import Connected, Disconnected, StreamEvent
from exchange.port import BadAnswer
from strategy.model.market import Symbol
from strategy.reconcile.recovery import WINDOW

SILENCE = (45.0, 20.0)
"""Seconds of silence after which a socket is asked whether it is there, and seconds for its answer. A quiet book is
silent for hours; a ping counts as life; a socket without one is dead."""
LONGEST_PAUSE = 30.0
LASTING = 5_000
"""Milliseconds that a socket has to last so that the next one is opened at once: one that is closed right after its
first frame, as by a gateway that sheds load, would be opened twice a second for hours, and the address be locked out.
"""
AGAIN, LONGEST_AGAIN = 5.0, 300.0
"""Seconds after which a subscription of the account is signed anew where one was refused, at first and at most."""
OPEN_SECONDS = 10.0
NEXT_SECONDS = 0.25
"""After which the next address of a server is tried beside one that has not answered, as REST does: the first may lead
nowhere, such as one of IPv6 that a network gives out and does not carry."""
CLOSE_SECONDS = 1.0
"""A dead socket is not taken leave of at length."""
LOOPBACK = {"localhost", "127.0.0.1", "::1"}

log = logging.getLogger(__name__)

# The library logs every frame in detail, and the first of ours holds a signature.
_socket_log = logging.getLogger(f"{__name__}.socket")
_socket_log.setLevel(logging.INFO)


class BackpackStream:
    """One socket for prices and, with a signer, for the account. `run` never ends but by cancelling it.

    `clock` is the exchange's time in ms (`BackpackClient.now`): it signs. `on_event` is
    called in the loop, at once, and must be quick.
    """

    def __init__(
        self,
        url: str,
        signer: Signer | None,
        symbols: Iterable[Symbol],
        on_event: Callable[[StreamEvent], None],
        *,
        clock: Callable[[], int] = system_milliseconds,
        silence: tuple[float, float] = SILENCE,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._url = url
        self._signer = signer
        self._on_event = on_event
        self._clock = clock
        self._silence, self._answer = silence
        self._pause = pause
        self._wanted = set(symbols)
        self._is_changed = asyncio.Event()
        self._is_refused = asyncio.Event()
        self._frames = 0
        self._seldom = Repeats(log)
        self._has_opened = False

    def watch(self, symbols: Iterable[Symbol]) -> None:
        """Follow the prices of these markets from now on, and of no others."""
        self._wanted = set(symbols)
        self._is_changed.set()

    async def run(self) -> None:
        """Keep the stream open until cancelled, pausing longer after each attempt that brought nothing or was short."""
        failures = 0
        while True:
            frames_before, began = self._frames, self._clock()
            reason = await self._attempt()
            lasted = self._frames > frames_before and self._clock() - began >= LASTING
            failures = 0 if lasted else failures + 1
            self._seldom.close()
            log.info("stream down: %s", reason)
            if self._has_opened or failures == 1:
                self._on_event(Disconnected(text=reason))
            await self._pause(min(LONGEST_PAUSE, 0.5 * 2 ** min(failures, 10)))

    async def _attempt(self) -> str:
        self._has_opened = False
        try:
            async with _Straight(
                self._url,
                open_timeout=OPEN_SECONDS,
                close_timeout=CLOSE_SECONDS,
                happy_eyeballs_delay=NEXT_SECONDS,
                proxy=_proxy(self._url),
                logger=_socket_log,
            ) as socket:
                return await self._session(socket)
        except TimeoutError:
            return f"no connection within {OPEN_SECONDS:g} s"
        except (InvalidURI, InvalidHandshake) as error:
            return f"refused: {error}"
        except (OSError, WebSocketException) as error:
            return f"lost: {str(error) or type(error).__name__}"

    async def _session(self, socket: ClientConnection) -> str:
        self._is_refused.clear()
        if self._signer is not None:
            await self._sign(socket, self._signer)
        self._is_changed.set()
        beside = [asyncio.create_task(self._subscribe(socket)), asyncio.create_task(self._sign_anew(socket))]
        self._has_opened = True
        self._on_event(Connected())
        try:
            return await self._read(socket)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    async def _sign(self, socket: ClientConnection, signer: Signer) -> None:
        signature = signer.subscription(self._clock(), WINDOW)
        await socket.send(request("SUBSCRIBE", ACCOUNT_STREAMS, signature))

    async def _sign_anew(self, socket: ClientConnection) -> None:
        """What is refused, as for a clock that was off, is not told of by a socket that closes: it stays open, and no
        news of the account would come by it for as long as it does.
        """
        pause = AGAIN
        while self._signer is not None and await self._is_refused.wait():
            await self._pause(pause)
            self._is_refused.clear()
            await self._sign(socket, self._signer)
            pause = min(2 * pause, LONGEST_AGAIN)

    async def _subscribe(self, socket: ClientConnection) -> None:
        """Bring the subscriptions of prices in line with what is wanted, each time that changes."""
        subscribed: set[Symbol] = set()
        while await self._is_changed.wait():
            self._is_changed.clear()
            wanted = set(self._wanted)
            for method, symbols in (("SUBSCRIBE", wanted - subscribed), ("UNSUBSCRIBE", subscribed - wanted)):
                if symbols:
                    await socket.send(request(method, map(touch_stream, sorted(symbols))))
            subscribed = wanted

    async def _read(self, socket: ClientConnection) -> str:
        while True:
            try:
                async with asyncio.timeout(self._silence):
                    frame = await socket.recv()
            except TimeoutError:
                if not await self._lives(socket):
                    return f"silent for {self._silence:g} s, and no answer to a ping"
                continue
            self._frames += 1
            self._tell(frame if isinstance(frame, str) else frame.decode(errors="replace"))

    async def _lives(self, socket: ClientConnection) -> bool:
        """Whether the other end answers. Its own pings come once a minute, and the library keeps them to itself."""
        try:
            async with asyncio.timeout(self._answer):
                await (await socket.ping())
        except TimeoutError:
            return False
        return True

    def _tell(self, frame: str) -> None:
        try:
            events = events_of(frame)
        except BadAnswer as unreadable:
            self._seldom.warning(str(unreadable), "skipped a frame: %s", unreadable)
            if isinstance(unreadable, StreamRefused):
                self._is_refused.set()
            return
        for event in events:
            self._on_event(event)


class _Straight(connect):
    """To the server that was named and to no other: by itself the library goes wherever the answer sends it, and there
    the subscription of the account would be signed, and prices and fills be believed.
    """

    def process_redirect(self, exc: Exception) -> Exception | str:
        """What would be followed is a refusal like any other."""
        return exc


def _proxy(url: str) -> str | None:
    """The proxy that REST takes: the environment's for HTTPS, else the one for all. None for a server on loopback.

    The library's own choice leaves ALL_PROXY out, and prefers a SOCKS proxy of the system's, which it can't use.
    """
    host = urlsplit(url).hostname or ""
    if host in LOOPBACK or proxy_bypass(host):
        return None
    known = getproxies()
    address = known.get("https") or known.get("all")
    return address if not address or "://" in address else f"http://{address}"
