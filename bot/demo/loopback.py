"""Who may call a server of this machine: its own page, and programs; no other page in the same browser. No routes.

A server on 127.0.0.1 is reached by every page that is open in a browser on this machine: by a form or a fetch to it,
and under a name that was made to point here (DNS rebinding). A browser says in `Origin` and `Sec-Fetch-Site` whose page
calls, and in `Host` under which name; a program says none of the first two.
"""

import re

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?", re.IGNORECASE)
_OUR_PAGE = ("same-origin", "none")
"""What `Sec-Fetch-Site` says of our own page, and of an address that a person typed. `same-site` is another port."""
_POLICY_VIOLATION = 1008
_KEPT_FROM_PAGES = (b"cross-origin-resource-policy", b"same-origin")
"""Also a browser that sends no `Sec-Fetch-Site` gives nothing of ours to another page's `img` or `script`."""


class LoopbackOnly:
    """ASGI middleware around a whole application: every route and every websocket, those of tomorrow too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, or refuse it before anything of it is read."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif (why := _refusal(scope)) is None:
            await self._app(scope, receive, _keeping_from_pages(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": why})
        else:
            await JSONResponse({"error": why}, status_code=403)(scope, receive, send)


def _refusal(scope: Scope) -> str | None:
    """Why this call may not be answered; None if it may."""
    headers = Headers(scope=scope)
    hosts = headers.getlist("host")
    if len(hosts) != 1 or not _HOST.fullmatch(hosts[0]):
        return "this server answers to 127.0.0.1, localhost and [::1] only: call it by one of these names"
    ours = f"http://{hosts[0]}".lower()
    if any(origin.lower() != ours for origin in headers.getlist("origin")) or not _is_from_us(scope, headers):
        return "a page of another site may not use this server; a program that sends no Origin may"
    return None


def _is_from_us(scope: Scope, headers: Headers) -> bool:
    """Whether no other page caused this. A link to the first page may be followed: it shows, and changes nothing."""
    if all(site in _OUR_PAGE for site in headers.getlist("sec-fetch-site")):
        return True
    return scope.get("method") == "GET" and scope["path"] == "/" and headers.get("sec-fetch-dest") == "document"


def _keeping_from_pages(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), _KEPT_FROM_PAGES]}
        await send(message)

    return sending
