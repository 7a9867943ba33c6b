"""Who may call the local servers: this machine's programs and our own page, on every route and every socket."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from bot.console import demo
from bot.console.demo_page import Panel
from bot.demo.backpack.server import build
from bot.demo.servers import serving
from bot.demo.telegram import server
from bot.demo.telegram.server import TelegramServer, create_app
from tests.integration.telegram_world import TOKEN, Telegram, a_picture

OURS = "http://127.0.0.1:8080"
APPS = {
    "exchange": lambda: build("manual").app(),
    "telegram": lambda: create_app(TelegramServer()),
    "demo": lambda: demo._one_app(TelegramServer(), build("manual"), Panel(), page=True),  # noqa: SLF001 - the demo's one app
}
FROM_ELSEWHERE = [
    {"Host": "packgrid.example:8080"},
    {"Host": "127.0.0.1.example"},
    {"Host": "10.0.0.7:8080"},
    {"Host": ""},
    {"Origin": "http://127.0.0.1:9999"},
    {"Origin": "http://localhost:8080"},
    {"Origin": "https://127.0.0.1:8080"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


@pytest.fixture(params=APPS)
def app(request: pytest.FixtureRequest) -> Starlette:
    """Each server in its turn."""
    made: Starlette = APPS[request.param]()
    return made


def calling(app: Starlette) -> httpx.AsyncClient:
    """A program of this machine."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=OURS)


def every_route(app: Starlette) -> list[tuple[str, str]]:
    """Method and path of all that can be asked."""
    routes = [route for route in app.routes if isinstance(route, Route)]
    return [(method, route.path) for route in routes for method in sorted(route.methods or ())]


@pytest.mark.parametrize("headers", FROM_ELSEWHERE, ids=str)
async def test_no_route_answers_a_page_of_another_site(app: Starlette, headers: dict[str, str]) -> None:
    async with calling(app) as http:
        for method, path in every_route(app):
            answer = await http.request(method, path, headers=headers, content="{}")
            assert answer.status_code == 403, f"{method} {path}"
            assert method == "HEAD" or "this server" in answer.json()["error"]


@pytest.mark.parametrize("headers", [*({"Host": name} for name in ("localhost", "LOCALHOST:1", "[::1]:8080")), {}])
async def test_a_program_that_sends_no_origin_is_answered_under_every_name_of_loopback(
    app: Starlette, headers: dict[str, str]
) -> None:
    async with calling(app) as http:
        for method, path in every_route(app):
            if "sim" in path:
                assert (await http.request(method, path, headers=headers, content="[]")).status_code != 403


async def test_our_own_page_is_answered_and_a_link_to_it_may_be_followed() -> None:
    ours = {"Origin": OURS, "Sec-Fetch-Site": "same-origin"}
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    async with calling(APPS["demo"]()) as http:
        assert (await http.post("/sim/message", json={"text": "hi"}, headers=ours)).status_code == 200
        assert (await http.get("/", headers={"Sec-Fetch-Site": "none"})).status_code == 200
        assert (await http.get("/", headers=followed)).status_code == 200
        assert (await http.get("/", headers={**followed, "Sec-Fetch-Dest": "iframe"})).status_code == 403
        said = await http.get(f"/bot{TOKEN}/sendMessage?chat_id=4242&text=x", headers=followed)
        assert said.status_code == 403, "a link that does something is not followed"


async def test_a_websocket_of_another_page_is_refused_and_a_programs_is_not(app: Starlette) -> None:
    if not any(isinstance(route, WebSocketRoute) for route in app.routes):
        return
    async with serving(app, 0) as port:
        address = f"ws://127.0.0.1:{port}/ws"
        async with connect(address), connect(address, additional_headers={"Origin": f"http://127.0.0.1:{port}"}):
            pass
        for headers in ({"Origin": "http://127.0.0.1:1"}, {"Origin": "null"}, {"Sec-Fetch-Site": "same-site"}):
            with pytest.raises(InvalidStatus, match="403"):
                async with connect(address, additional_headers=headers):
                    pass
        with pytest.raises(InvalidStatus, match="403"):
            async with connect(f"ws://packgrid.example:{port}/ws", host="127.0.0.1", port=port):
                pass


@pytest.mark.parametrize("name", ["page.html", "drawing.svg", "trades.csv", "picture.png"])
async def test_an_uploaded_file_is_only_ever_downloaded(name: str) -> None:
    world = Telegram()
    await world.says("/start")
    async with world.bot() as bot:
        content = a_picture() if name.endswith("png") else b"<script>alert(1)</script>"
        sent = await bot.send_document(4242, content, filename=name)
        assert sent.document
        path = (await bot.get_file(sent.document.file_id)).file_path
    assert path
    for address in (f"/sim/file/{sent.document.file_id}", path):
        answer = await world.http.get(address)
        assert answer.content == content
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_chat_page_runs_its_own_script_and_no_other() -> None:
    page = await Telegram().http.get("/")
    policy: Any = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"].startswith("'sha256-")
    assert policy["style-src"].startswith("'sha256-")
    assert "unsafe" not in page.headers["content-security-policy"]
    assert policy["frame-ancestors"] == policy["form-action"] == policy["base-uri"] == "'none'"
    parts = [*Path(server.__file__).with_name("chat_page").glob("*.[cj]s*")]
    assert parts
    assert all(part.read_text("utf-8") in page.text for part in parts), "all of it is in the page"
    assert not re.search(r"<script[^>]*src=|<link[^>]*stylesheet|url\(|https?://(?!www\.w3\.org)", page.text)
