"""Each conversation of the transcripts as a sheet: its real messages in the chat page of the demo, in columns.

And a sheet for each kind of notice. Drawn by `make pictures`; what each sheet is about, docs/screens.md says.
"""

import base64
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.async_api import Browser, Page, Route

from bot.demo.telegram.page import CHAT, page_of
from bot.mode import Mode
from bot.owner.noise import Kind, Noise, Preset, kind_of
from bot.owner.pictures import LadderPicture
from bot.owner.views import Picture, Theme
from bot.pictures.paint import paint
from strategy.messages.notices import Notice
from strategy.model.durations import HOUR
from tests.browser.fonts import refuse_boxes, use_fonts
from tests.browser.reel import Reel
from tests.browser.weeks import a_backtest
from tests.integration.chat_world import OWNER
from tests.integration.posting import Post
from tests.integration.telegram_world import a_picture
from tests.transcripts.acts import Act, AsksCodes
from tests.transcripts.opening import OPENED, TRADED
from tests.transcripts.phone import conversation
from tests.transcripts.scenes import SCENES
from tests.unit import telling

SCREENS = Path(__file__).parents[2] / "docs/pictures/screens"
COLUMN, TALLEST, MOST_COLUMNS = 390, 1300, 4
"""A phone's width; how tall a column is before there is another; how many stand side by side."""
ADDRESS = "http://packgrid.example/"
STYLE, SHOW = (Path(__file__).with_name(name).read_text("utf-8") for name in ("sheet.css", "sheet.js"))
NOTICES: Mapping[str, Kind] = {f"notices-{kind}": kind for kind in Kind}
"""Sheets of what is pushed by itself, a kind of /notify each."""
VARIANTS = 4
"""Of one notice that are shown; of an end there are forty."""


NAMES = (*SCENES, *NOTICES)
"""Of every sheet, in each language."""


async def draw(browser: Browser, lang: str, wanted: Sequence[str], keep: Callable[[Path, bytes], None]) -> set[str]:
    """Draw those; `keep` writes a picture to its file. The labels of buttons that a phone cuts off."""
    cut: set[str] = set()
    folder = SCREENS / lang
    folder.mkdir(parents=True, exist_ok=True)
    page = await _page(browser, lang)
    for name in wanted:
        reel = await (_told(lang, NOTICES[name]) if name in NOTICES else _played(lang, SCENES[name]))
        keep(folder / f"{name}.png", await _drawn(page, reel))
        cut |= set(await page.evaluate(_CUT))
    await page.context.close()
    return cut


async def _played(lang: str, acts: Sequence[Act]) -> list[dict[str, Any]]:
    """The conversation as messages of the page, with what happened between them."""
    theme = Theme.LIGHT if lang == "zh" else Theme.DARK
    drawn: dict[bytes, Picture] = {a_picture(): a_backtest()}

    async def draw(picture: Picture) -> bytes:
        """A grey one in its place: painting takes a moment, and in the conversation no time may pass by itself."""
        grey = a_picture(width=len(drawn) + 10)
        drawn[grey] = picture
        return grey

    async with conversation(acts, lang, draw) as phone:
        reel = Reel(lang, previews=acts is SCENES["grid"])
        if AsksCodes() in acts:
            reel.chip("codes")
        if Mode.LIVE in acts:
            reel.chip("live")
        for step in phone.steps[_begins(acts, reel) :]:
            reel.add(step)
        for one in reel.messages:
            if "photo" in one:
                grey = (await phone.telegram.http.get(one["photo"])).content
                _hang(one, replace(drawn[grey], head=replace(drawn[grey].head, theme=theme)))
                one["known"] = isinstance(drawn[grey], LadderPicture) and acts is not SCENES["grid"]
        return reel.messages


def _hang(message: dict[str, Any], picture: Picture) -> None:
    """The picture into its message."""
    png = paint(picture)
    assert isinstance(png, bytes), png
    width, height = Image.open(io.BytesIO(png)).size
    message["photo"] = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    message["photo_size"] = {"width": width, "height": height}


async def _told(lang: str, kind: Kind) -> list[dict[str, Any]]:
    """Notices of a kind, each as it is pushed by itself; of fills also a burst, at once and as the hour's digest."""
    post = Post(lang=lang)
    await post.telegram.raw("getMe")
    await post.telegram.says("/start")
    async with post.running():
        for notice in _variants(one for one in telling.notices() if kind_of(one) is kind):
            post.tell(_sensible(notice))
            await post.all_told(step=1)
            post.time.pass_by(60)
        if kind in (Kind.TRIP, Kind.FILL):
            post.choose(Noise().chosen(Preset.FILLS if kind is Kind.TRIP else Preset.HOURLY))
            post.tell(*telling.a_burst(12))
            over = post.now() + 2 * HOUR
            await post.until(lambda: post.now() > over, step=60)
    reel = Reel(lang, previews=True)
    for one in await post.messages():
        reel.show(OWNER, one)
    post.store.close()
    return reel.messages


def _variants(notices: Iterable[Notice]) -> Iterator[Notice]:
    """So many of each, as different as they are far apart."""
    kinds: dict[str, list[Notice]] = {}
    for one in notices:
        kinds.setdefault(one.kind, []).append(one)
    for several in kinds.values():
        count = min(len(several), VARIANTS)
        yield from (several[number * len(several) // count] for number in range(count))


def _sensible(notice: Notice) -> Notice:
    """Without the marks that examples have for the tests of what an exchange's words may do to a page."""
    said: dict[str, Any] = {"text": re.sub(r"</?html>| <>&", "", notice.text)} if hasattr(notice, "text") else {}
    return replace(notice, **said)


def _begins(acts: Sequence[Act], reel: Reel) -> int:
    """How many steps are the opening that most conversations have: one of them shows it."""
    done = [one for one in acts if not isinstance(one, Mode | AsksCodes)]
    for word, opening in (("traded", TRADED), ("opened", OPENED)):
        if len(done) > len(opening) and done[: len(opening)] == list(opening) and acts is not SCENES["grid"]:
            reel.chip(word)
            return len(opening)
    return 0


async def _page(browser: Browser, lang: str) -> Page:
    """The chat page without its surroundings; dark in English and light in Chinese, as in the other documents."""
    zh = lang == "zh"
    context = await browser.new_context(
        viewport={"width": COLUMN, "height": 844},
        color_scheme="light" if zh else "dark",
        locale="zh-CN" if zh else "en-GB",
        timezone_id="UTC",
        bypass_csp=True,
    )
    page = await context.new_page()
    document = page_of(CHAT)

    async def answer(route: Route) -> None:
        await route.fulfill(body=document, content_type="text/html; charset=utf-8")

    await page.route(ADDRESS, answer)
    await page.add_init_script("window.fetch = () => new Promise(() => {});")  # the chat is put in by hand
    await page.goto(ADDRESS)
    await page.add_style_tag(content=STYLE)
    await use_fonts(page)
    return page


async def _drawn(page: Page, messages: Sequence[Mapping[str, Any]]) -> bytes:
    """A PNG of so many columns as it takes."""
    await page.set_viewport_size({"width": COLUMN, "height": 844})
    asked = {"messages": list(messages), "tallest": TALLEST, "most": MOST_COLUMNS}
    columns = await page.evaluate(SHOW, asked)
    await page.set_viewport_size({"width": COLUMN * columns, "height": 844})
    await refuse_boxes(page)
    return await page.locator("#log").screenshot(animations="disabled")


_CUT = """() => [...document.querySelectorAll(".key")]
  .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent)"""
