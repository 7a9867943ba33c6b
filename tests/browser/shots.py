"""`make pictures`: makes every picture of the documents: the real demo, its page and its chat, in each language.

It needs Chromium and the fonts of a phone, and says which are missing before it begins. With `ARGS=screens` it makes
only the sheets of the conversations, with names (`ARGS="grid stop"`) only those; `ARGS=demo` all but them.
Look at what it has made before it is kept: that no letter is a box and no button is cut off is all that it knows.
"""

import asyncio
import io
import math
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.async_api import Page, async_playwright

from bot.owner.views import Theme
from bot.pictures.paint import paint
from tests.browser import sheets
from tests.browser.browser import ARGUMENTS, CHROMIUM
from tests.browser.fonts import check_fonts, refuse_boxes, use_fonts
from tests.browser.weeks import of_weeks

DOCS = Path(__file__).parents[2] / "docs"
PICTURES = DOCS / "pictures"
MOST_BYTES, COLOURS = 200_000, 255
SHEET_BYTES, SHEET_COLOURS = 350_000, 48
PLAIN = 16
"""So many colours are those of areas: of paper, bubbles and buttons."""
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
        await phone.says("/notify fills")
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
        await page.click("#menu-button")
        await kept(page, PICTURES / f"screen-menu{tail}.png")
        await page.click("#menu-button")
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
    await use_fonts(page)
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
    await refuse_boxes(page)
    _write(file, await page.screenshot())


def _write(file: Path, png: bytes, colours: int = COLOURS, most: int = MOST_BYTES) -> None:
    sharp = Image.open(io.BytesIO(png)).convert("RGB")
    sharp.quantize(palette=_palette(sharp, colours), dither=Image.Dither.NONE).save(file, optimize=True)
    assert file.stat().st_size < most, f"{file.name} has {file.stat().st_size} bytes"


def _palette(sharp: Image.Image, colours: int) -> Image.Image:
    """Plain areas keep their very colours, and thin things count more than their share: a link is to stay blue."""
    counted = sorted(
        ((count, colour) for count, colour in sharp.getcolors(sharp.width * sharp.height) or []), reverse=True
    )
    found = [(count, bytes(colour)) for count, colour in counted if isinstance(colour, tuple)]
    plain = [colour for _, colour in found[:PLAIN]]
    rest = b"".join(colour * math.isqrt(count) for count, colour in found[PLAIN:]) or plain[0]
    between = Image.frombytes("RGB", (len(rest) // 3, 1), rest).quantize(colours - PLAIN, kmeans=1)
    made = Image.new("P", (1, 1))
    made.putpalette([*b"".join(plain), *(between.getpalette() or [])][: 3 * colours])
    return made


async def screens(lang: str, wanted: Sequence[str]) -> None:
    """The sheets of the conversations. Raises `SystemExit` where a button on them is too narrow for its words."""
    async with (
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS) as browser,
    ):
        cut = await sheets.draw(browser, lang, wanted, lambda file, png: _write(file, png, SHEET_COLOURS, SHEET_BYTES))
    if cut:
        msg = f"A phone cuts these buttons off; give each a row of its own, or shorter words: {', '.join(sorted(cut))}"
        raise SystemExit(msg)


async def main(wanted: Sequence[str]) -> None:
    """In each language that has documents."""
    check_fonts()
    some = [name for name in sheets.NAMES if name in wanted]
    if unknown := set(wanted) - {"demo", "screens", *some}:
        msg = f"There is no picture {', '.join(sorted(unknown))}. There are: demo, screens, {', '.join(sheets.NAMES)}"
        raise SystemExit(msg)
    for number, lang in enumerate(("en", "zh")):
        if not wanted or "demo" in wanted:
            await one_language(lang, PORT + number)
        if not wanted or "screens" in wanted or some:
            await screens(lang, some or sheets.NAMES)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
