"""Telegram's HTML: text with tags to plain text with entities. Offsets are UTF-16 units; errors name UTF-8 bytes.

Markdown is not emulated and is refused. No state, no limits of length.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.demo.telegram.wire import Json, bad

TAG_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}

_NAME_END = re.compile(r"[\s>]")
_FORM = re.compile(r"r|w?[dD]?[tT]?")
_CHARACTER = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(lt|gt|amp|quot)(?![A-Za-z]));?")
_ATTRIBUTE = re.compile(r"""([^\s=>/"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9.-]+)(?=[\s>])))?\s*""")


class Formatted(NamedTuple):
    text: str
    entities: list[Json]


def units(text: str) -> int:
    """How many UTF-16 units the text has: what entity offsets and lengths count."""
    return len(text.encode("utf-16-le")) // 2


def parse_html(source: str) -> Formatted:
    """The text without its tags and what the tags said; raises Telegram's `can't parse entities: ...`."""
    return _Reader(source=source).read()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    tag: str
    attributes: dict[str, str]
    offset: int


@dataclass(slots=True, kw_only=True)
class _Reader:
    source: str
    at: int = 0
    out: list[str] = field(default_factory=list)
    length: int = 0
    open: list[_Open] = field(default_factory=list)
    entities: list[Json] = field(default_factory=list)

    def read(self) -> Formatted:
        while self.at < len(self.source):
            if self.source.startswith("</", self.at):
                self._end_tag()
            elif self.source[self.at] == "<":
                self._start_tag()
            else:
                self._character()
        if self.open:
            raise _refusal(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        return Formatted("".join(self.out), _nested(self.entities))

    def _character(self) -> None:
        character = self.source[self.at]
        reference = _CHARACTER.match(self.source, self.at) if character == "&" else None
        decoded = _decode(reference) if reference else character
        self.at = reference.end() if reference else self.at + 1
        self.out.append(decoded)
        self.length += units(decoded)

    def _start_tag(self) -> None:
        start = self.at
        name_end = _NAME_END.search(self.source, start)
        if name_end is None:
            raise _refusal(f"Unclosed start tag at byte offset {self._byte(start)}")
        tag = self.source[start + 1 : name_end.start()].lower()
        if tag not in TAG_TYPES:
            raise _refusal(f'Unsupported start tag "{tag}" at byte offset {self._byte(start)}')
        self.at = name_end.start()
        attributes = self._attributes(tag, start)
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise _refusal(f'Tag "span" must have class "tg-spoiler" at byte offset {self._byte(start)}')
        self.open.append(_Open(tag=tag, attributes=attributes, offset=self.length))

    def _attributes(self, tag: str, start: int) -> dict[str, str]:
        """What stands between the tag's name and its `>`."""
        attributes: dict[str, str] = {}
        while True:
            while self.at < len(self.source) and self.source[self.at].isspace():
                self.at += 1
            if self.at >= len(self.source):
                raise _refusal(f"Unclosed start tag at byte offset {self._byte(start)}")
            if self.source[self.at] == ">":
                self.at += 1
                return attributes
            found = _ATTRIBUTE.match(self.source, self.at)
            if found is None:
                raise _refusal(f'Empty attribute name in the tag "{tag}" at byte offset {self._byte(start)}')
            value = next((group for group in found.groups()[1:] if group is not None), "")
            attributes[found[1].lower()] = _CHARACTER.sub(_decode, value)
            self.at = found.end()

    def _end_tag(self) -> None:
        start = self.at
        if not self.open:
            raise _refusal(f"Unexpected end tag at byte offset {self._byte(start)}")
        end = self.source.find(">", start)
        if end < 0:
            raise _refusal(f"Unclosed end tag at byte offset {self._byte(start)}")
        name = self.source[start + 2 : end].strip().lower()
        opened = self.open.pop()
        if name not in ("", opened.tag):
            where = f"at byte offset {self._byte(start)}"
            raise _refusal(f'Unmatched end tag {where}, expected "</{opened.tag}>", found "</{name}>"')
        self.at = end + 1
        if entity := _entity(opened, self.length - opened.offset):
            self.entities.append(entity)

    def _byte(self, index: int) -> int:
        return len(self.source[:index].encode())


def _refusal(reason: str) -> Exception:
    return bad(f"can't parse entities: {reason}")


def _decode(reference: re.Match[str]) -> str:
    hexadecimal, decimal, name = reference.groups()
    if name:
        return NAMED[name]
    number = int(hexadecimal, 16) if hexadecimal else int(decimal)
    # Half a surrogate pair is no character, and a text that held one could not be sent on.
    return chr(number) if 0 < number < 0x10FFFF and not 0xD800 <= number < 0xE000 else reference[0]


def _entity(opened: _Open, length: int) -> Json | None:
    if not length:
        return None
    entity: Json = {"type": TAG_TYPES[opened.tag], "offset": opened.offset, "length": length}
    attributes = opened.attributes
    if opened.tag == "a":
        return _link(entity, attributes.get("href", ""))
    if opened.tag == "code" and attributes.get("class", "").startswith("language-"):
        return entity | {"language": attributes["class"].removeprefix("language-")}
    if opened.tag == "blockquote" and "expandable" in attributes:
        return entity | {"type": "expandable_blockquote"}
    if opened.tag == "tg-emoji":
        return entity | {"custom_emoji_id": attributes.get("emoji-id", "")}
    if opened.tag == "tg-time":
        return _moment(entity, attributes.get("unix", ""), attributes.get("format", ""))
    return entity


def _moment(entity: Json, unix: str, form: str) -> Json | None:
    """A form that is none is refused, so that a test sees it; with which words Telegram does it is not known."""
    if not unix.isdigit():
        return None
    if not _FORM.fullmatch(form):
        raise _refusal("invalid date-time format specified")
    return entity | {"unix_time": int(unix)} | ({"date_time_format": form} if form else {})


def _link(entity: Json, href: str) -> Json | None:
    """A link that leads nowhere is plain text, as at Telegram."""
    if re.fullmatch(r"(?:https?|tg|ton|mailto|tel):\S+", href):
        return entity | {"url": href}
    return entity | {"url": f"http://{href}/"} if re.fullmatch(r"[\w.-]+\.[a-z]{2,}", href) else None


def _nested(entities: list[Json]) -> list[Json]:
    """Outermost first; nothing inside code or pre, where `<pre><code class=...>` is one pre with a language."""
    ordered = sorted(entities, key=lambda one: (one["offset"], -one["length"], one["type"] != "pre"))
    kept: list[Json] = []
    for entity in ordered:
        around = next((one for one in kept if one["type"] in ("code", "pre") and overlap(entity, one)), None)
        if around is None:
            kept.append({key: value for key, value in entity.items() if key != "language"})
        elif around["type"] == "pre" and entity.get("language") and entity["length"] == around["length"]:
            around["language"] = entity["language"]
    return kept


def overlap(entity: Json, other: Json) -> bool:
    end, other_end = entity["offset"] + entity["length"], other["offset"] + other["length"]
    return bool(entity["offset"] < other_end and other["offset"] < end)
