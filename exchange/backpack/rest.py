"""One call to Backpack: paced, stamped, signed, sent, and its failures sorted. Knows HTTP and no endpoint."""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx

from exchange.backpack.budget import Budget
from exchange.backpack.errors import failure, is_challenge, never_sent, no_answer
from exchange.backpack.fields import fail, parsed
from exchange.backpack.signing import Params, Signer, param_text
from exchange.port import BadAnswer, ExchangeError, Refused, Unavailable
from strategy.model.orders import Refusal

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
CALL_SECONDS = 30.0
"""For a call as a whole: an answer that comes drop by drop never meets the limit of a single read."""
CONNECTIONS = 20
MOST_BYTES = 16 * 1024 * 1024
"""Of an answer, unpacked. The longest lists have some hundred thousand; one without an end, or a few packed kilobytes
that become gigabytes, would take the machine's memory, and every grid with it.
"""
LONGEST_KEPT = 900.0
"""Seconds after which new connections are made. One that is used every three seconds is never let go by itself: it
stays with a machine that the exchange may have left, whatever that still answers and wherever the name leads by now.
"""

_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
# What a kept-alive connection does that the server has closed in the meantime.
_DROPPED = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError, httpx.CloseError)


def system_milliseconds() -> int:
    """This machine's clock, ms since 1970 UTC."""
    return time.time_ns() // 1_000_000


def http_client() -> httpx.AsyncClient:
    """Our own connections. A proxy of the environment is for the world outside, never for a server on loopback."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
        limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
        headers={"User-Agent": "packgrid"},
        mounts={"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None},
    )


class Connections:
    """The pool of them; a new one where it has run dry.

    A call that is given up while it connects keeps its place in httpcore's pool for ever, and once all are lost no call
    is made any more, although the server is well.
    """

    def __init__(
        self, make: Callable[[], httpx.AsyncClient], *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._make = make
        self._monotonic = monotonic
        self._worn: httpx.AsyncClient | None = None
        self._made_at = monotonic()
        self.client = make()

    async def fresh(self) -> httpx.AsyncClient:
        """Those to call with; new ones after a while."""
        if self._monotonic() - self._made_at >= LONGEST_KEPT:
            await self._leave()
        return self.client

    async def renew(self, worn: httpx.AsyncClient) -> None:
        """Leave a pool that no connection came free in."""
        if worn is self.client:
            log.warning("connections event=renewed: none came free in %g s", CONNECT_SECONDS)
            await self._leave()

    async def _leave(self) -> None:
        """What is under way in the pool that is left goes on, until the next one is."""
        self._made_at, made = self._monotonic(), self._make()
        if made is self.client:  # somebody else's, the only one there is
            return
        older, self._worn, self.client = self._worn, self.client, made
        if older is not None:
            await older.aclose()

    async def close(self) -> None:
        """Close all."""
        for client in (self.client, self._worn):
            if client is not None:
                await client.aclose()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is asked: GET with parameters in the address, or a change with a body. Signed if it has an instruction."""

    method: str
    path: str
    params: Params | None = None
    body: Params | Sequence[Params] | None = None
    instruction: str | None = None
    until: int | None = None
    """The exchange's time in ms after which it is not signed any more, however long it has waited in here."""

    @property
    def changes(self) -> bool:
        """Whether it may have done something even though nobody answered."""
        return self.method != "GET"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A success: its status and its text."""

    status: int
    text: str
    what: str

    @property
    def is_pending(self) -> bool:
        """202: taken, and not carried out yet."""
        return self.status == 202

    def value(self) -> object:
        """The JSON inside; `BadAnswer` where there is none."""
        return parsed(self.text, self.what)


class Rest:
    """Calls to one address, for one key or none.

    `offset` is the exchange's clock less ours in ms. It is measured before the first signed call, and again after the
    exchange has refused a call for its time.
    """

    def __init__(
        self,
        base_url: str,
        signer: Signer | None,
        *,
        http: Connections,
        clock: Callable[[], int],
        window: int,
        budget: Budget,
    ) -> None:
        self.base_url = str(httpx.URL(base_url)).rstrip("/")
        self._signer = signer
        self._http = http
        self._clock = clock
        self._window = window
        self._budget = budget
        self._is_measured = False
        self.offset = 0

    def now(self) -> int:
        """The exchange's clock as far as we know it, ms."""
        return self._clock() + self.offset

    async def measure_offset(self) -> int:
        """Ask for the exchange's time; the answer is taken to stem from the middle of the round trip.

        That it stems from somewhere within it is all that is certain: an offset that fits an earlier answer and this
        one is kept, so that a slow answer moves no clock.
        """
        sent_at = self._clock()
        server = await self.server_time()
        low, high = server - self._clock(), server - sent_at
        self.offset = min(max(self.offset, low), high) if self._is_measured else (low + high) // 2
        self._is_measured = True
        return self.offset

    async def server_time(self) -> int:
        """The exchange's clock, ms."""
        answer = await self.send(Call(method="GET", path="/api/v1/time"))
        value = answer.value()
        return value if type(value) is int else fail("time", "not a whole number")

    async def send(self, call: Call, *, urgent: bool = False, narrower: Budget | None = None) -> Answer:
        """Make a call. `urgent` ones, cancels, don't wait for the budget. Reads are repeated once, changes never.

        `narrower` is a budget of its own that the exchange counts such calls in besides: it is the one that it means
        where it says that it was too much, and nobody else waits for that.
        """
        if call.instruction is not None and not self._is_measured:
            await self._measure_first()
        if urgent:
            self._budget.take_at_once()
        else:
            await self._take(narrower)
        response = await self._response(call, narrower)
        if response.status_code in (200, 202, 204) and not is_challenge(response.headers):
            return Answer(status=response.status_code, text=response.text, what=call.path.rpartition("/")[2])
        raise self._failure(call, response, narrower)

    async def _take(self, narrower: Budget | None) -> None:
        if narrower is not None:
            await narrower.take()
        await self._budget.take()

    async def _measure_first(self) -> None:
        """Whatever goes wrong here, the call that waits for it was not sent."""
        try:
            await self.measure_offset()
        except (BadAnswer, Refused) as error:
            raise Unavailable("unreachable", f"The exchange's time can't be read: {error}") from None

    async def _response(self, call: Call, narrower: Budget | None) -> "_Heard":
        problem: ExchangeError
        may_repeat = not call.changes
        may_renew = True
        while True:
            client = await self._http.fresh()
            try:
                async with asyncio.timeout(CALL_SECONDS):
                    return await _heard(client, self._request(call, client))
            except httpx.PoolTimeout as error:  # it was not sent: it may be made once more, whatever it changes
                problem, again, may_renew = never_sent(error), may_renew, False
                await self._http.renew(client)
            except _NEVER_SENT as error:
                problem, again = never_sent(error), False
            except httpx.HTTPError as error:
                problem = no_answer(error, changes=call.changes)
                again = may_repeat and isinstance(error, _DROPPED)
            except (OSError, RuntimeError) as error:  # let through by a library as it was; or our limit, for the whole
                problem, again = no_answer(error, changes=call.changes), False
            # Raised out here, so that the request and its headers don't travel along as the error's context.
            if not again:
                raise problem
            may_repeat = False
            if not call.changes:
                await self._take(narrower)  # the first one may have been counted there

    def _failure(self, call: Call, response: "_Heard", narrower: Budget | None) -> ExchangeError:
        error = failure(
            response.status_code,
            response.text,
            changes=call.changes,
            headers=response.headers,
        )
        if isinstance(error, Unavailable) and error.retry_after is not None:
            (narrower or self._budget).hold(error.retry_after)
        if isinstance(error, Refused) and error.reason is Refusal.CLOCK:
            self._is_measured = False
        return error

    def _request(self, call: Call, client: httpx.AsyncClient) -> httpx.Request:
        params = {name: param_text(value) for name, value in (call.params or {}).items()}
        content = None if call.body is None else json.dumps(call.body, separators=(",", ":"))
        headers = {} if content is None else {"Content-Type": "application/json; charset=utf-8"}
        if call.instruction is not None:
            headers |= self._signed_headers(call, call.instruction)
        address = self.base_url + call.path
        return client.build_request(call.method, address, params=params or None, content=content, headers=headers)

    def _signed_headers(self, call: Call, instruction: str) -> dict[str, str]:
        if self._signer is None:
            raise Refused(Refusal.KEY, "No API key is set: only public calls are possible.")
        timestamp = self.now()
        if call.until is not None and timestamp > call.until:
            raise Unavailable("unreachable", "not sent in time")
        signed = call.params if call.body is None else call.body
        if isinstance(signed, Sequence):
            signature = self._signer.sign_batch(instruction, signed, timestamp, self._window)
        else:
            signature = self._signer.sign(instruction, signed or {}, timestamp, self._window)
        return {
            "X-API-Key": self._signer.api_key,
            "X-Signature": signature,
            "X-Timestamp": str(timestamp),
            "X-Window": str(self._window),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """Whatever was answered, as a whole."""

    status_code: int
    headers: httpx.Headers
    content: bytes

    @property
    def text(self) -> str:
        """JSON is UTF-8 whatever the head says: the library would go by that, and stumble over some of its names."""
        return self.content.decode(errors="replace")


async def _heard(client: httpx.AsyncClient, request: httpx.Request) -> _Heard:
    """The answer to a request. `OSError` where it is longer than any can be, as where it breaks off."""
    response = await client.send(request, stream=True)
    try:
        content = bytearray()
        async for part in response.aiter_bytes():
            content += part
            if len(content) > MOST_BYTES:
                msg = f"the answer has more than {MOST_BYTES // 1024**2} MB"
                raise OSError(msg)
    finally:
        await response.aclose()
    return _Heard(status_code=response.status_code, headers=response.headers, content=bytes(content))
