"""What the local exchange answers, and its two forms of refusal: JSON with a code, and plain text before a handler."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from exchange.paper.records import VenueRefusal

JSON_TYPE = "application/json; charset=utf-8"
TEXT_TYPE = "text/plain; charset=utf-8"


class PlainRefusal(Exception):
    """A request that can't be understood is refused in plain text."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer: JSON, or where `text` is set plain text, or empty where both are missing."""

    status: int = 200
    json: object = None
    text: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


NOT_FOUND = Answer(status=404, text="not found")


def dumped(value: object) -> str:
    """JSON as the exchange writes it: compact, keys in byte order."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def refused(refusal: VenueRefusal | PlainRefusal) -> Answer:
    """The answer to a refusal."""
    if isinstance(refusal, PlainRefusal):
        return Answer(status=400, text=refusal.text)
    return Answer(status=refusal.status, json={"code": refusal.code, "message": refusal.message})


def response(answer: Answer) -> Response:
    """The HTTP response of an answer."""
    if answer.text is not None:
        return Response(answer.text, answer.status, dict(answer.headers), TEXT_TYPE)
    if answer.json is None:
        return Response(b"", answer.status, dict(answer.headers))
    return Response(dumped(answer.json), answer.status, dict(answer.headers), JSON_TYPE)


class Dropped(Response):
    """No answer: the connection breaks.

    The response is begun and never finished, so a server closes the connection; in process the caller's transport
    passes the error on as it would pass on a broken connection.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the ASGI signature
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
        raise httpx.ReadError("the connection was dropped")
