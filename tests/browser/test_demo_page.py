"""The demo's page in a real browser: the chart says what the servers say, switches turn, nothing overflows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, async_playwright, expect

from bot.console import demo
from bot.console.demo_page import Panel
from bot.demo.backpack.server import build
from bot.demo.servers import serving
from bot.demo.telegram.server import TelegramServer
from tests.browser.browser import ARGUMENTS, CHROMIUM, NEEDS_CHROMIUM
from tests.integration.test_demo import GRID, PATIENCE, a_demo, in_a_folder_of_its_own

pytestmark = NEEDS_CHROMIUM
__all__ = ["in_a_folder_of_its_own"]

CLIPPED = """() => [...document.querySelectorAll("#market *, #phone *")]
  .filter((one) => one.clientWidth && one.scrollWidth > one.clientWidth + 3 && !one.closest("#pinned, #chart, pre"))
  .map((one) => `${one.tagName} ${one.id || one.className}: ${one.textContent.slice(0, 40)}`)"""
"""What is wider than its own box. The line of a pinned message ends in dots, code is scrolled."""

SHOWN = """() => {
  const place = (one) => { const [x, y] = one.getAttribute("d").match(/[-\\d.]+/g).map(Number); return [x, y]; };
  const text = (one) => [Number(one.textContent.replace(/,/g, "")), Number(one.getAttribute("y")) - 4];
  const all = (what) => [...document.querySelectorAll(`#chart ${what}`)];
  return {
    bought: all(".fill.buy").map(place), sold: all(".fill.sell").map(place), prices: all(".tick.price").map(text),
    market, candles: all("line.candle").map((one) => Number(one.getAttribute("x1"))), levels: all(".level").length,
    waiting: all(".order").length, points: Number(document.querySelector("#chart .equity").dataset.points),
    times: all(".tick.time").map((one) => one.textContent),
  };
}"""


@asynccontextmanager
async def a_browser(address: str, **more: Any) -> AsyncIterator[Page]:
    """The page, in which nothing fails and nothing is asked of anybody else."""
    wanted = {"viewport": {"width": 1280, "height": 844}, "locale": "en-GB", "color_scheme": "light", **more}
    async with (
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS) as browser,
    ):
        page = await (await browser.new_context(**wanted)).new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith(address) else wrong.append(asked.url))
        await page.goto(address)
        yield page
        assert [one for one in wrong if not one.startswith("data:")] == []


@asynccontextmanager
async def a_market(**more: Any) -> AsyncIterator[tuple[Page, httpx.AsyncClient]]:
    """A market that stands still until it is told to move, a chat that has begun, and the page."""
    telegram, local = TelegramServer(), build("synthetic", speed=0)
    app = demo._one_app(telegram, local, Panel(), page=True)  # noqa: SLF001 - the demo's one app
    async with serving(app, 0) as port:
        address = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=address, trust_env=False) as http, a_browser(address, **more) as page:
            (await http.post("/sim/message", json={"text": "/start"})).raise_for_status()
            await expect(page.locator("#symbol")).to_have_text("ETH / USDC")
            try:
                yield page, http
            finally:
                telegram.close()


async def test_the_chart_shows_each_fill_at_its_price_and_time_and_the_total_beneath(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with a_demo(capsys, headless=False) as shown, a_browser(str(shown.http.base_url)) as page:
        for text in ("/start", "/notify fills", GRID):
            await shown.post("message", text=text)
        await shown.told("Each round trip earns")
        await shown.post("click", label="Start")
        await shown.told("ought 0.0")
        await shown.post("speed", speed=1)  # a slow machine would press the button when the grid has come to its end
        pause = page.locator("#speed").get_by_role("button", name="Pause")
        await pause.click()
        await expect(pause).to_have_attribute("aria-pressed", "true")
        await expect(page.locator("#chart .fill").first).to_be_visible()
        market: dict[str, Any] = {}
        drawn = await page.evaluate(SHOWN)
        async with asyncio.timeout(PATIENCE):  # the last step may still be under way, and the page looks every second
            while drawn["market"] != market or not drawn["waiting"]:  # nor may what was bought be for sale yet
                market = (await shown.http.get("/sim/market")).json()
                drawn = await page.evaluate(SHOWN)

        opened = [candle[0] for candle in market["candles"]][-len(drawn["candles"]) :]
        (low, low_y), (high, high_y) = drawn["prices"][0], drawn["prices"][-1]
        for side, marks in (("Bid", drawn["bought"]), ("Ask", drawn["sold"])):
            fills = [fill for fill in market["fills"] if fill["side"] == side and fill["at"] >= opened[0]]
            assert len(fills) == len(marks)
            for fill, (x, y) in zip(fills, marks, strict=True):
                index = max(number for number, at in enumerate(opened) if at <= fill["at"])
                assert x == pytest.approx(drawn["candles"][index], abs=0.1)
                price = low + (low_y - y) * (high - low) / (low_y - high_y)
                assert price == pytest.approx(float(fill["price"]), abs=0.02 * (high - low)), "by the axis beside it"
        assert drawn["points"] == len([at for at, _ in market["profit"] if at >= opened[0]])
        assert drawn["levels"] > 0
        assert len(drawn["times"]) > 3
        await expect(page.locator("#chart .unit")).to_have_text(["USDC", "UTC"])
        await expect(page.locator("#mode")).to_contain_text("pretend money")
        await expect(page.locator("#status")).to_contain_text("pretend money")


async def test_the_arrow_keys_read_the_chart_candle_by_candle() -> None:
    async with a_market() as (page, http):
        last = (await http.get("/sim/market")).json()["candles"][-1]
        await page.locator("#chart").focus()
        await page.keyboard.press("ArrowLeft")

        await expect(page.locator("#chart .cross")).to_have_count(1)
        await expect(page.locator("#readout")).to_contain_text(f"{float(last[4]):,.2f}")
        await page.keyboard.press("Escape")
        await expect(page.locator("#chart .cross")).to_have_count(0)
        await expect(page.locator("#readout")).to_contain_text("0 buys wait")


async def test_every_switch_turns_on_and_off_and_shows_which() -> None:
    async with a_market() as (page, http):
        await page.get_by_role("button", name="Faults", exact=True).click()
        switches = page.get_by_role("switch")
        names = [await one.get_attribute("data-name") for one in await switches.all()]
        assert sorted(str(name) for name in names) == sorted((await http.get("/sim/switches")).json())
        for name in names:
            switch = page.locator(f"[data-name={name}]")
            await expect(switch).to_have_attribute("aria-checked", "false")
            await expect(switch.locator(".about")).not_to_be_empty()
            await switch.focus()
            await page.keyboard.press("Space")
            await expect(switch).to_have_attribute("aria-checked", "true")
            await expect(switch.locator("small")).to_have_text("on")
            assert (await http.get("/sim/switches")).json()[name] is True
        await page.locator("[data-name=stream_silent]").click()
        await expect(page.locator("[data-name=stream_silent]")).to_have_attribute("aria-checked", "false")

        await page.get_by_role("button", name="Chart").click()
        await expect(page.locator("#troubles")).to_contain_text("Telegram is down")
        await page.locator("#troubles").click()

        await expect(page.locator("#troubles")).to_be_hidden()
        assert not any((await http.get("/sim/switches")).json().values())


async def test_what_somebody_else_turned_on_is_shown() -> None:
    async with a_market() as (page, http):
        await expect(page.locator("#troubles")).to_be_hidden()
        await http.post("/sim/switches", json={"name": "exchange_slow", "on": True})

        await expect(page.locator("#troubles")).to_contain_text("Exchange is slow")


async def test_the_speed_and_the_candles_are_chosen_with_the_keyboard() -> None:
    async with a_market() as (page, http):
        for name in ("×60", "5 min"):
            await page.get_by_role("button", name=name, exact=True).focus()
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("button", name=name, exact=True)).to_have_attribute("aria-pressed", "true")

        assert (await http.get("/sim/market")).json()["speed"] == 60


@pytest.mark.parametrize("width", [360, 390, 820, 1280])
@pytest.mark.parametrize(("lang", "colours"), [("en-GB", "dark"), ("zh-CN", "light")])
async def test_nothing_is_wider_than_its_place(width: int, lang: str, colours: str) -> None:
    async with a_market(viewport={"width": width, "height": 844}, locale=lang, color_scheme=colours) as (page, http):
        if width < 900:
            await expect(page.locator("#market")).to_be_hidden()
            await page.locator("#to-market").click()
            await expect(page.locator("#phone")).to_be_hidden()
        await expect(page.locator("#chart rect.candle").first).to_be_visible()
        assert await page.evaluate(CLIPPED) == []
        for name in (await http.get("/sim/switches")).json():
            await http.post("/sim/switches", json={"name": name, "on": True})
        await page.locator("#view button").nth(1).click()
        await expect(page.get_by_role("switch", checked=True)).to_have_count(10)
        assert await page.evaluate(CLIPPED) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if width < 900:
            await page.locator("#to-chat").click()
            await expect(page.locator("#market")).to_be_hidden()
        await expect(page.locator("#phone")).to_be_visible()


async def test_dark_or_light_is_the_systems_until_it_is_chosen_and_then_kept() -> None:
    paint = "getComputedStyle(document.querySelector('#market')).backgroundColor"
    async with a_market() as (page, _):
        light = await page.evaluate(paint)
        await page.emulate_media(color_scheme="dark")
        await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        dark = await page.evaluate(paint)
        assert light != dark

        await page.locator("#market .theme").click()
        assert await page.evaluate(paint) == light
        await page.reload()
        await expect(page.locator("#symbol")).to_have_text("ETH / USDC")
        assert await page.evaluate(paint) == light
