"""The fonts of a phone, in which the pictures are drawn: whether they are here, and what none of them has."""

import subprocess
from collections.abc import Iterator
from functools import cache
from shutil import which

from fontTools.ttLib import TTCollection, TTFont
from playwright.async_api import Page

FONT = 'Roboto, "Noto Sans CJK SC", "Noto Color Emoji", "DejaVu Sans", sans-serif'
"""A phone's. What a machine that makes pictures calls its own is seldom one."""
MONO = '"DejaVu Sans Mono", "Noto Sans Mono CJK SC", monospace'
PACKAGES = {
    "Roboto": "fonts-roboto",
    "Noto Sans CJK SC": "fonts-noto-cjk",
    "Noto Color Emoji": "fonts-noto-color-emoji",
    "DejaVu Sans": "fonts-dejavu-core",
    "DejaVu Sans Mono": "fonts-dejavu-core",
}
"""Each font, and the package of Debian that holds it."""
_UNDRAWN = frozenset("\n\t\u200b\ufe0e\ufe0f")


def check_fonts() -> None:
    """Raises `SystemExit`, with what to install, where a font is not there: a letter would be an empty box."""
    if not which("fc-list"):
        msg = "The pictures need fontconfig, which says what fonts there are. Debian: apt-get install fontconfig"
        raise SystemExit(msg)
    if missing := [name for name in PACKAGES if not _files(name)]:
        packages = " ".join(sorted({PACKAGES[name] for name in missing}))
        msg = f"The pictures need these fonts: {', '.join(missing)}. Debian: apt-get install {packages}"
        raise SystemExit(msg)


async def use_fonts(page: Page) -> None:
    """From now on this page is drawn in them."""
    await page.evaluate(
        "([font, mono]) => { const style = document.documentElement.style;"
        " style.setProperty('--font', font); style.setProperty('--mono', mono); }",
        [FONT, MONO],
    )


async def refuse_boxes(page: Page) -> None:
    """Raises `SystemExit` where something on the page has no letter in them."""
    if found := boxes(await page.evaluate(_SEEN)):
        msg = f"No font of the pictures has {found}: it would be an empty box."
        raise SystemExit(msg)


_SEEN = """() => document.body.innerText + [...document.querySelectorAll("*")].flatMap(
  (one) => ["::before", "::after"].map(
  (part) => {
    const said = getComputedStyle(one, part).content;
    return said.startsWith('"') ? JSON.parse(said) : "";
  })).join("")"""
"""What stands on a page, also what only its styles put there."""


def boxes(text: str) -> str:
    """What would be an empty box: the letters of a text that none of the fonts has."""
    return "".join(sorted({one for one in text if one not in _UNDRAWN and ord(one) not in _letters()}))


@cache
def _letters() -> frozenset[int]:
    return frozenset(code for name in PACKAGES for font in _fonts(name) for code in font.getBestCmap())


def _fonts(name: str) -> Iterator[TTFont]:
    path = _files(name)[0]
    yield from TTCollection(path).fonts if path.endswith((".ttc", ".otc")) else [TTFont(path)]


@cache
def _files(name: str) -> tuple[str, ...]:
    found = subprocess.run(["fc-list", name, "--format", "%{file}\n"], capture_output=True, text=True, check=True)
    return tuple(sorted(set(found.stdout.split())))
