"""`make pictures`: makes every picture of the documents: the real demo, its page and its chat, in each language.

It needs Chromium and on this machine the fonts of `FONT` (Debian: fonts-roboto, fonts-noto-cjk and -color-emoji).
Look at what it has made before it is kept: nothing here knows whether a picture is good.
"""

import asyncio
import io
import sys
import tempfile
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import httpx
from PIL import Image
from playwright.async_api import Page, async_playwright

from bot.mode import Mode
from bot.owner.overview import grid_line
from bot.owner.views import Bar, BooksOf, BooksView, Period, Picture, Span, Theme, so_far
from bot.pictures.paint import paint
from bot.telegram.texts import pictures
from storage.store import Trips
from strategy.grid.opening import Preview, preview
from strategy.messages.reports import Report
from strategy.model.curve import joined, point
from strategy.model.grid import GridSpec, Spacing
from strategy.model.market import Fees, Touch
from strategy.model.orders import GridId
from strategy.model.past import HOUR
from strategy.research.candles import Candles, Inner
from strategy.research.figures import Curve
from strategy.research.replay import AMPLE, Replay, Rules
from tests.browser.browser import ARGUMENTS, CHROMIUM
from tests.unit.drawing import BEGIN
from tests.unit.viewing import MARKET, a_summary

D = Decimal
DOCS = Path(__file__).parents[2] / "docs"
PICTURES = DOCS / "pictures"
MOST_BYTES = 200_000
FONT = 'Roboto, "DejaVu Sans", "Noto Sans CJK SC", "Noto Color Emoji", sans-serif'
"""A phone's. What a machine that makes pictures calls its own is seldom one."""
PORT, OWNER = 8790, 4242
SPEED = 400
"""Two minutes are most of a day, and a busy machine keeps up: where it does not, fills lie beside their candles."""
BRISK, CALM = 60, 10
"""At which notices come one by one; at which a picture is of one moment."""
PHONE, DESKTOP = (390, 844), (1280, 760)
GRID = "/grid ETH_USDC lower=1830 upper=2100 grids=18 total=1800 stop=1700"
SECOND = "/grid ETH_USDC interval=25 grids=4 usdc=60 out=0.6%"
LIVED = 130
"""Seconds, after which the pictures show something."""
TOLD = 75
"""Seconds, after which the chat has filled with them."""


class Phone:
    """The owner's: he writes, presses and looks."""

    def __init__(self, http: httpx.AsyncClient, lang: str) -> None:
        self._http, self._lang = http, lang

    async def says(self, text: str) -> None:
        await self._http.post("/sim/message", json={"text": text, "language_code": self._lang})

    async def presses(self, label: str) -> None:
        await self._http.post("/sim/click", json={"label": label})

    async def messages(self) -> list[dict[str, Any]]:
        got: list[dict[str, Any]] = (await self._http.get(f"/sim/chat/{OWNER}")).json()["messages"]
        return [one for one in got if one["from"] == "bot" and not one["deleted"]]

    async def answered(self, ask: str) -> dict[str, Any]:
        """What comes for it; of /chart the picture, which is sent in the place of a word of patience."""
        before = {one["message_id"] for one in await self.messages()}
        await self.says(ask)
        for _ in range(300):
            new = [one for one in await self.messages() if one["message_id"] not in before]
            if found := [one for one in new if one.get("photo") or not ask.startswith("/chart")]:
                return found[-1]
            await asyncio.sleep(0.2)
        msg = f"nothing comes for {ask}"
        raise TimeoutError(msg)

    async def picture(self, ask: str) -> bytes:
        """The picture that comes for it."""
        return (await self._http.get((await self.answered(ask))["photo"])).content


def of_weeks(lang: str, theme: Theme) -> dict[str, Picture]:
    """What nobody waits for: three weeks of a market that is invented, played by the engine that trades, on paper."""
    replay, zone = _played(), UTC
    grid, candles, curve = replay.grid, replay.candles, Curve(replay.candles, replay.marks)
    ends = [one for one in curve.ends_of(HOUR) if one > curve.first]
    points = [(candles.at[one] + candles.interval, curve.exact(one)) for one in ends]
    last = candles.price(candles.close[-1])
    bars = [
        Bar(at=at, open=D(0), high=D(0), low=D(0), close=candles.price(candles.close[one]))
        for one, (at, _) in zip(ends, points, strict=True)
    ]
    now, touch = points[-1][0], Touch(symbol=grid.spec.symbol, bid=last, ask=last + replay.market.tick_size, at=0)
    account = replace(replay.run.account, touches={grid.spec.symbol: touch})
    account = replace(account, grids={GridId(1): replace(account.grids[grid.id], created_at=candles.at[curve.first])})
    line = grid_line(account, account.grids[GridId(1)], Trips(fills=21, round_trips=10, realised=D(0)), now)
    summary = replace(a_summary(0), at=now, mode=Mode.PAPER, grids=(line,))
    seen = pictures.Seen(summary=summary, account=account, grid=account.grids[GridId(1)], theme=theme, zone=zone)
    made = so_far(account, seen.grid, now)
    books = BooksView(
        shown=BooksOf(period=Period(span=Span.START), grids={line.grid_id: made}, quotes={line.quote: made})
    )
    today = pictures.by_day([(seen.grid.created_at, D(0)), *points], zone)[-1][1]
    day = replace(line, standing=replace(line.standing, today=today))
    report = Report(at=now, day=datetime.fromtimestamp(now / 1000, UTC).date().isoformat(), grids=(day,))
    offered = preview(grid.spec, MARKET, touch, replay.rules.fees, AMPLE)
    assert isinstance(offered, Preview)
    return {
        "ladder": pictures.ladder_picture(lang, offered, theme=theme, mode=Mode.PAPER, at=now, zone=zone),
        "curve": pictures.curve_picture(
            lang, seen, curve=points, bars=bars, fall=joined(point(*one) for one in points)
        ),
        "days": pictures.days_picture(lang, seen, curve=points),
        "share": pictures.share_picture(lang, theme, summary, books, line.quote, zone, points),
        "report": pictures.report_picture(lang, theme, report, Mode.PAPER, zone),
    }


def _played() -> Replay:
    dice = Random(11)
    price, rows = 2000.0, []
    for _ in range(21 * 24 * 12):
        first, price = price, price + dice.gauss(0, 2.1) + (2000 - price) * 0.0008
        rows.append(
            (first, max(first, price) + abs(dice.gauss(0, 1)), min(first, price) - abs(dice.gauss(0, 1)), price)
        )
    opened, high, low, close = (array("q", (round(row[one] * 100) for row in rows)) for one in range(4))
    at = array("q", (BEGIN + number * 300_000 for number in range(len(rows))))
    candles = Candles(unit=D("0.01"), interval=300_000, at=at, open=opened, high=high, low=low, close=close)
    fees = Fees(maker=D("0.0008"), taker=D("0.001"))
    spec = GridSpec(
        symbol=MARKET.symbol,
        spacing=Spacing.ARITHMETIC,
        grids=18,
        lower=D(1840),
        upper=D(2160),
        total=D(1800),
        max_loss=None,
    )
    replay = Replay(market=MARKET, candles=candles, rules=Rules(fees=fees, inner=Inner.LIKELY, money=AMPLE))
    assert replay.begin(spec, 0) is None
    replay.play()
    return replay


@asynccontextmanager
async def demo(port: int) -> AsyncIterator[httpx.AsyncClient]:
    """`packgrid demo` in a folder of its own, as long as the block lasts."""
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "demo", "--port", str(port), "--speed", str(SPEED), "--fresh", cwd=folder
        )
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as http:
                for _ in range(100):
                    try:
                        await http.get("/")
                        break
                    except httpx.TransportError:
                        await asyncio.sleep(0.2)
                yield http
        finally:
            process.terminate()
            await process.wait()


async def one_language(lang: str, port: int) -> None:
    """Every picture in a language."""
    zh = lang == "zh"
    tail, theme = ("-zh", Theme.LIGHT) if zh else ("", Theme.DARK)
    async with (
        demo(port) as http,
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS) as browser,
    ):
        phone = Phone(http, "zh-hans" if zh else "en")
        await phone.says("/language zh" if zh else "/language en")
        for line in (GRID, SECOND):
            await phone.says(line)
            await asyncio.sleep(2)
            await phone.presses("开始" if zh else "Start")
            await asyncio.sleep(1)
        await asyncio.sleep(LIVED)
        (PICTURES / f"market{tail}.png").write_bytes(await phone.picture(f"/chart 1 2 {theme}"))
        for name, picture in of_weeks(lang, theme).items():
            png = paint(picture)
            assert isinstance(png, bytes), png
            (PICTURES / f"{name}{tail}.png").write_bytes(png)
        await phone.says("/notify fills")
        await http.post("/sim/speed", json={"speed": BRISK})
        await asyncio.sleep(TOLD)
        await http.post("/sim/speed", json={"speed": CALM})
        page = await _page(browser, http, PHONE, zh=zh)
        await kept(page, DOCS / f"chat{tail}.png")
        desk = await _page(browser, http, DESKTOP, zh=zh)
        await desk.click("#interval button:nth-child(2)")
        await kept(desk, DOCS / f"demo{tail}.png")
        for screen in ("card", "chart", "orders"):
            await asked(page, phone, f"/{screen}", PICTURES / f"screen-{screen}{tail}.png")
        await page.click("#to-market")
        await page.click("#interval button:nth-child(2)")
        await kept(page, PICTURES / f"screen-market{tail}.png")
        await http.post("/sim/switches", json={"name": "stream_silent", "on": True})
        await page.click("#view button:nth-child(2)")
        await kept(page, PICTURES / f"screen-faults{tail}.png")


async def _page(browser: Any, http: httpx.AsyncClient, size: tuple[int, int], *, zh: bool) -> Page:
    """The page on a screen of this size; the documents show the dark one in English and the light one in Chinese."""
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=2 if size == PHONE else 1.5,
        color_scheme="light" if zh else "dark",
        locale="zh-CN" if zh else "en-GB",
    )
    page: Page = await context.new_page()
    await page.goto(str(http.base_url))
    await page.evaluate("(font) => document.documentElement.style.setProperty('--font', font)", FONT)
    return page


async def asked(page: Page, phone: Phone, ask: str, file: Path) -> None:
    """The chat after a command, at its end."""
    await phone.answered(ask)
    await page.evaluate("document.querySelector('#log').scrollTop = 1e9")
    if ask == "/card":  # notices may have come after it
        await page.click("#pinned")
    await kept(page, file)


async def kept(page: Page, file: Path) -> None:
    """What the page shows, once it has come to rest; small in bytes."""
    await asyncio.sleep(2)
    _write(file, await page.screenshot())


def _write(file: Path, png: bytes) -> None:
    sharp = Image.open(io.BytesIO(png))
    sharp.convert("RGB").quantize(255, kmeans=1).save(file, optimize=True)
    assert file.stat().st_size < MOST_BYTES, f"{file.name} has {file.stat().st_size} bytes"


async def main() -> None:
    """In each language that has documents."""
    PICTURES.mkdir(exist_ok=True)
    for number, lang in enumerate(("en", "zh")):
        await one_language(lang, PORT + number)


if __name__ == "__main__":
    asyncio.run(main())
