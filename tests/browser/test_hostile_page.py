"""A hostile page in the same browser can neither act at the local servers, nor read from them, nor run as theirs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.async_api import Browser, Page, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from telegram import Bot

from bot.console import demo
from bot.console.demo_page import Panel
from bot.demo.backpack.server import build
from bot.demo.servers import serving
from bot.demo.telegram.server import TelegramServer
from tests.browser.browser import ARGUMENTS, CHROMIUM, NEEDS_CHROMIUM
from tests.integration.telegram_world import TOKEN

pytestmark = NEEDS_CHROMIUM

REBOUND = "rebound.example"
"""A name of the attacker's that leads to this machine."""
PICTURE = "<svg xmlns='http://www.w3.org/2000/svg'><script>document.title = 'ran'</script></svg>"

ATTACK = """async ([demo, token]) => {
  const tried = {};
  const attempt = async (name, act) => {
    tried[name] = await Promise.resolve().then(act).catch((wrong) => `no: ${wrong}`);
  };
  const send = (path, body, more) => fetch(demo + path, { method: "POST", body: JSON.stringify(body), ...more });
  const blind = { mode: "no-cors" };
  const said = `/bot${token}/sendMessage?chat_id=4242&text=lie`;
  await attempt("read", async () => (await fetch(`${demo}/sim/chat/4242`)).text());
  await attempt("post", async () => (await send("/sim/message", { text: "/panic" })).text());
  await attempt("blind post", async () => (await send("/sim/message", { text: "/panic" }, blind)).type);
  await attempt("price", async () => (await send("/sim/price", { symbol: "ETH_USDC", price: "1" }, blind)).type);
  await attempt("bot", async () => (await fetch(demo + said, blind)).type);
  await attempt("form", () => new Promise((done) => {
    const frame = Object.assign(document.createElement("iframe"), { name: "sink", onload: () => done("loaded") });
    const form = Object.assign(document.createElement("form"),
      { method: "POST", action: `${demo}/sim/message`, enctype: "text/plain", target: "sink" });
    form.append(Object.assign(document.createElement("input"), { name: '{"text": "/panic", "x": "', value: '"}' }));
    document.body.append(frame, form);
    form.submit();
  }));
  const loads = (tag, path) => new Promise((done) => document.body.append(Object.assign(document.createElement(tag),
    { src: demo + path, onload: () => done("loaded"), onerror: () => done("no: error") })));
  await attempt("img", () => loads("img", said));
  await attempt("script", () => loads("script", "/sim/market"));
  const socket = `${demo}/ws`.replace("http", "ws");
  await attempt("websocket", () => new Promise((done) => Object.assign(new WebSocket(socket),
    { onopen: () => done("open"), onerror: () => done("no: refused") })));
  return tried;
}"""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The demo's one app on a port, a person's browser, and a page of somebody else's on another port."""

    demo: str
    hostile: str
    browser: Browser

    async def chat(self) -> list[str]:
        """All that was said, as the demo itself shows it."""
        async with httpx.AsyncClient(base_url=self.demo) as http:
            return [one["text"] for one in (await http.get("/sim/chat/4242")).json()["messages"]]

    async def price(self) -> str:
        """What ETH costs at the local exchange."""
        async with httpx.AsyncClient(base_url=self.demo) as http:
            return str((await http.get("/sim/market?symbol=ETH_USDC")).json()["price"])

    async def page(self, address: str) -> Page:
        """A new tab."""
        page = await self.browser.new_page()
        await page.goto(address)
        return page


@asynccontextmanager
async def a_scene() -> AsyncIterator[Scene]:
    """All of it, with one message in the chat."""
    telegram = TelegramServer()
    app = demo._one_app(telegram, build("manual"), Panel(), page=True)  # noqa: SLF001 - the demo's one app
    arguments = [*ARGUMENTS, f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1"]
    async with (
        serving(app, 0) as port,
        serving(Starlette(routes=[Route("/", _hostile)]), 0) as other,
        Bot(TOKEN, base_url=f"http://127.0.0.1:{port}/bot") as bot,
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments) as browser,
    ):
        await bot.get_updates(timeout=0)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            (await http.post("/sim/message", json={"text": "hello"})).raise_for_status()
        hostile = f"http://127.0.0.1:{other}"
        try:
            yield Scene(demo=f"http://127.0.0.1:{port}", hostile=hostile, browser=browser)
        finally:
            telegram.close()


async def _hostile(_: Request) -> Response:
    return HTMLResponse("<!doctype html><title>free coins</title><body>")


async def test_a_page_on_another_port_changes_nothing_and_reads_nothing() -> None:
    async with a_scene() as scene:
        price = await scene.price()
        for address in (scene.demo, scene.demo.replace("127.0.0.1", "localhost")):
            page = await scene.page(scene.hostile)
            tried = await page.evaluate(ATTACK, [address, TOKEN])

            read = {
                name: what for name, what in tried.items() if name in ("read", "post", "img", "script", "websocket")
            }
            assert all(what.startswith("no: ") for what in read.values()), read
        assert await scene.chat() == ["hello"]
        assert await scene.price() == price


async def test_a_name_that_was_made_to_point_here_is_answered_with_nothing() -> None:
    async with a_scene() as scene:
        page = await scene.page(scene.demo.replace("127.0.0.1", REBOUND))

        assert "hello" not in await page.content()
        assert await page.evaluate("fetch('/sim/chat/4242').then((answer) => answer.status)") == 403
        body = "{method: 'POST', body: JSON.stringify({text: '/panic'})}"
        assert await page.evaluate(f"fetch('/sim/message', {body}).then((answer) => answer.status)") == 403
        assert await scene.chat() == ["hello"]


async def test_an_uploaded_page_does_not_run(tmp_path: Path) -> None:
    async with a_scene() as scene, Bot(TOKEN, base_url=f"{scene.demo}/bot") as bot:
        for name, content in (("gift.html", "<script>document.title = 'ran'</script>"), ("gift.svg", PICTURE)):
            sent = await bot.send_document(4242, content.encode(), filename=name)
            assert sent.document
            page = await scene.page(scene.demo)
            async with page.expect_download() as download:
                await page.evaluate("(path) => { location.href = path }", f"/sim/file/{sent.document.file_id}")
            await (await download.value).save_as(tmp_path / name)

            assert (tmp_path / name).read_text() == content, "it is kept as a file"
            assert await page.title() != "ran"


async def test_our_own_page_is_not_shown_in_a_frame_of_another() -> None:
    async with a_scene() as scene:
        page = await scene.page(scene.hostile)
        await page.evaluate(
            "(address) => new Promise((done) => document.body.append(Object.assign("
            "document.createElement('iframe'), { src: address, onload: done })))",
            scene.demo,
        )
        framed = page.frames[-1]
        assert framed.url != f"{scene.demo}/" or "composer" not in await framed.content()
