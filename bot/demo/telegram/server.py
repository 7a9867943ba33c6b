"""A faithful Bot API on loopback, with a chat page: for the demo and the tests, never open to a network.

Only routes stand here. What a call does is in `telegram_methods`, what a person does in `telegram_sim`.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.demo.loopback import LoopbackOnly
from bot.demo.telegram import sim
from bot.demo.telegram.backend import TelegramServer
from bot.demo.telegram.files import StoredFile
from bot.demo.telegram.page import CHAT, page_of, safe
from bot.demo.telegram.view import transcript
from bot.demo.telegram.wire import Answer, ApiError, Json, read_params, whole
from bot.demo.telegram.world import OWNER, World

__all__ = ["TelegramServer", "create_app", "routes"]

Endpoint = Callable[[Request], Awaitable[Response]]

VERBS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
LONGEST_WAIT = 50
SAFE_FILE = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
"""What somebody uploaded is never a page of ours, whatever it says that it is."""


def create_app(server: TelegramServer) -> Starlette:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        server.close()

    return Starlette(routes=routes(server), lifespan=lifespan, middleware=[Middleware(LoopbackOnly)])


def routes(server: TelegramServer) -> list[Route]:
    """Everything under one address, to be mounted alone or next to others."""
    api, page = _Api(server), _Human(server)
    return [
        Route("/", page.page),
        Route("/sim/message", page.acting(sim.write), methods=["POST"]),
        Route("/sim/topic", page.acting(sim.begin_topic), methods=["POST"]),
        Route("/sim/edit", page.acting(sim.rewrite), methods=["POST"]),
        Route("/sim/click", page.acting(sim.click), methods=["POST"]),
        Route("/sim/reaction", page.acting(sim.react), methods=["POST"]),
        Route("/sim/block", page.acting(sim.block), methods=["POST"]),
        Route("/sim/chat/{chat_id}", page.chat),
        Route("/sim/transcript", page.transcript),
        Route("/sim/file/{file_id}", page.file),
        Route("/sim/outbox", page.outbox),
        Route("/sim/fault", _asking(server.fault), methods=["POST"]),
        Route("/sim/fault", _asking(page.clear_faults), methods=["DELETE"]),
        Route("/sim/revoke", _asking(page.revoke), methods=["POST"]),
        Route("/sim/limits", _asking(page.limits), methods=["POST"]),
        Route("/sim/reset", _asking(page.reset), methods=["POST"]),
        Route("/file/bot{token}/{path:path}", api.download),
        Route("/bot{token}/{method}", api.call, methods=VERBS),
        Route("/bot{rest:path}", api.nothing, methods=VERBS),
    ]


class _Api:
    """The bot's side of HTTP."""

    def __init__(self, server: TelegramServer) -> None:
        self._server = server

    async def call(self, request: Request) -> Response:
        token, method = request.path_params["token"], request.path_params["method"]
        try:
            params = await read_params(request)
        except ApiError as error:
            return Answer.refusal(error).response()
        return (await self._server.call(token, method, params)).response()

    async def download(self, request: Request) -> Response:
        world = self._server.world
        try:
            bot = world.bot(request.path_params["token"])
        except ApiError as error:
            return Answer.refusal(error).response()
        found = world.files.by_path(request.path_params["path"], bot.id)
        return _file(found) if found else await self.nothing(request)

    async def nothing(self, _: Request) -> Response:
        return Answer(code=404, description="Not Found").response()


class _Human:
    """The person's side of HTTP: the chat page and the controls of tests."""

    def __init__(self, server: TelegramServer) -> None:
        self._server = server
        self._world = server.world
        self._page = page_of(CHAT)

    async def page(self, _: Request) -> Response:
        return HTMLResponse(self._page, headers=safe(self._page))

    async def chat(self, request: Request) -> Response:
        """The chat, at once or, with `since` and `wait` (seconds), when it is no longer as in that version."""
        chat_id, query = whole(request.path_params["chat_id"]), request.query_params
        deadline = time.monotonic() + min(whole(query.get("wait")), LONGEST_WAIT)
        view = sim.view(self._world, chat_id, query.get("token", ""))
        while view["version"] == whole(query.get("since")) and not self._world.closed:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            await self._world.bell.heard(left)
            view = sim.view(self._world, chat_id, query.get("token", ""))
        return JSONResponse(view)

    async def transcript(self, request: Request) -> Response:
        bot = self._world.current_bot(request.query_params.get("token", ""))
        chat = bot.chats.get(whole(request.query_params.get("chat_id"), OWNER))
        return PlainTextResponse(transcript(bot, chat) if chat else "")

    async def file(self, request: Request) -> Response:
        found = self._world.files.find(request.path_params["file_id"])
        if found is None:
            return JSONResponse({"error": "there is no such file"}, status_code=404)
        return _file(found)

    async def outbox(self, _: Request) -> Response:
        return JSONResponse({"calls": self._server.outbox.calls()})

    def acting(self, act: Callable[[World, Json], Json]) -> Endpoint:
        """An endpoint for something that a person does in the chat."""

        async def act_on(body: Json) -> Json:
            answer = act(self._world, body)
            self._server.changed()
            return answer

        return _asking(act_on)

    async def clear_faults(self, _: Json) -> Json:
        self._server.faults.clear()
        return {"faults": 0}

    async def revoke(self, body: Json) -> Json:
        self._server.revoke(str(body["token"]))
        return {"revoked": True}

    async def limits(self, body: Json) -> Json:
        self._world.limits = bool(body["enabled"])
        return {"enabled": self._world.limits}

    async def reset(self, _: Json) -> Json:
        self._server.reset()
        self._server.changed()
        return {"reset": True}


def _file(found: StoredFile) -> Response:
    """To be kept, or shown as a picture in a page of ours; opened by itself it is only downloaded."""
    named = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name)}"}
    return Response(found.content, media_type=found.mime, headers=SAFE_FILE | named)


def _asking(handle: Callable[[Json], Awaitable[Json]]) -> Endpoint:
    """JSON in, JSON out; 400 with a sentence for what makes no sense."""

    async def endpoint(request: Request) -> Response:
        try:
            body = await request.json() if await request.body() else {}
            if not isinstance(body, dict):
                raise ValueError("the body must be a JSON object")
            return JSONResponse(await handle(body))
        except KeyError as missing:
            return JSONResponse({"error": f"{missing} is missing"}, status_code=400)
        except (ValueError, ApiError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)

    return endpoint
