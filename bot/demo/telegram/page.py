"""The chat page as one document with nothing from elsewhere, and the headers under which only its own parts run."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

CHAT = Path(__file__).with_name("chat_page")

_STYLE = re.compile(r'<link rel="stylesheet" href="([\w-]+\.css)">')
_SCRIPT = re.compile(r'<script src="([\w-]+\.js)"></script>')


def page_of(folder: Path) -> str:
    """`page.html`, with its styles and scripts in it."""

    def put(tag: str, name: str) -> str:
        return f"<{tag}>\n{(folder / name).read_text('utf-8')}</{tag}>"

    page = (folder / "page.html").read_text("utf-8")
    page = _STYLE.sub(lambda link: put("style", link[1]), page)
    return _SCRIPT.sub(lambda script: put("script", script[1]), page)


def safe(page: str) -> dict[str, str]:
    """Headers under which only the page's own script and style run, and it speaks with nobody but this server."""
    own = {tag: _digest(re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)) for tag in ("script", "style")}
    policy = (
        f"default-src 'none'; script-src {own['script']}; style-src {own['style']}; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
    }


def _digest(parts: list[str]) -> str:
    """The sources of a policy that allow exactly these inline parts."""
    assert parts, "the page has a script and a style of its own"
    return " ".join(f"'sha256-{b64encode(sha256(part.encode()).digest()).decode()}'" for part in parts)
