"""A Backpack that says what a test tells it to: the reference's bytes, over httpx's own transport.

For what no server does on demand: dropped connections, broken bodies, pages that change while they are read.
"""

import base64
import json
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

import httpx
from nacl.signing import VerifyKey

from exchange.backpack.budget import Budget
from exchange.backpack.client import HISTORY_A_MINUTE, HISTORY_AT_ONCE, BackpackClient
from exchange.backpack.signing import Signer, signing_string

SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
API_KEY = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
NOW = 1_790_000_000_000
AHEAD = 1234
"""Milliseconds by which the exchange's clock is ahead of ours."""

Reply = httpx.Response | httpx.HTTPError | Callable[[httpx.Request], httpx.Response]


class Scripted:
    """Replies by `METHOD path`, the last one again and again; every request is kept. Unscripted is 404, as there."""

    def __init__(self) -> None:
        self.replies: dict[str, deque[Reply]] = defaultdict(deque)
        self.requests: list[httpx.Request] = []
        self.reply("GET /api/v1/time", str(NOW + AHEAD))

    def reply(self, call: str, *bodies: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        """Say these, one after the other. Text goes out as it is, everything else as JSON, errors are raised."""
        for body in bodies:
            if isinstance(body, Exception) or callable(body):
                self.replies[call].append(body)
                continue
            text = body if isinstance(body, str) else json.dumps(body)
            self.replies[call].append(httpx.Response(status, text=text, headers=headers))

    def asked(self, call: str) -> list[httpx.Request]:
        """The requests of one kind, in order."""
        return [request for request in self.requests if f"{request.method} {request.url.path}" == call]

    def sent(self, call: str) -> list[Any]:
        """The bodies of the requests of one kind."""
        return [json.loads(request.content) for request in self.asked(call)]

    def handle(self, request: httpx.Request) -> httpx.Response:
        """The transport's side."""
        self.requests.append(request)
        waiting = self.replies.get(f"{request.method} {request.url.path}")
        if not waiting:
            return httpx.Response(404, text="not found")
        reply = waiting.popleft() if len(waiting) > 1 else waiting[0]
        if isinstance(reply, httpx.HTTPError):
            raise reply
        if isinstance(reply, httpx.Response):
            return httpx.Response(reply.status_code, content=reply.content, headers=reply.headers)
        return reply(request)


class Clock:
    """Seconds that pass only while somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def budget(self, *, a_minute: int = 600, burst: int = 100) -> Budget:
        return Budget(a_minute=a_minute, burst=burst, longest_wait=30, monotonic=self.monotonic, sleep=self.sleep)

    def history_budget(self) -> Budget:
        """That of market history, as it is."""
        pace = {"a_minute": HISTORY_A_MINUTE, "burst": HISTORY_AT_ONCE}
        return Budget(**pace, longest_wait=600, monotonic=self.monotonic, sleep=self.sleep)


def client_of(
    exchange: Scripted,
    clock: Clock | None = None,
    *,
    signer: Signer | None = None,
    now: Callable[[], int] = lambda: NOW,
) -> BackpackClient:
    """A client of the scripted exchange, with a key."""
    clock = clock or Clock()
    http = httpx.AsyncClient(transport=httpx.MockTransport(exchange.handle))
    signer = signer or Signer(API_KEY, SECRET)
    pace, slower = clock.budget(), clock.history_budget()
    return BackpackClient("https://exchange.test/", signer, http=http, clock=now, budget=pace, history_budget=slower)


def assert_signed(request: httpx.Request, instruction: str) -> None:
    """As the exchange checks: the string is rebuilt from what arrived."""
    body = json.loads(request.content) if request.content else dict(request.url.params)
    calls = [(instruction, params) for params in (body if isinstance(body, list) else [body])]
    text = signing_string(calls, int(request.headers["X-Timestamp"]), int(request.headers["X-Window"]))
    key = VerifyKey(base64.b64decode(request.headers["X-API-Key"]))
    key.verify(text.encode(), base64.b64decode(request.headers["X-Signature"]))
