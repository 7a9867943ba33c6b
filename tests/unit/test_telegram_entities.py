"""Telegram's HTML, as the local Bot API reads and shows it: entities, refusals in Telegram's words, safe output."""

import pytest

from bot.demo.telegram.entities import parse_html
from bot.demo.telegram.texts import MAX_ENTITIES, read_text
from bot.demo.telegram.view import to_html
from bot.demo.telegram.wire import ApiError, Params


def read(source: str) -> tuple[str, list[tuple[str, int, int]]]:
    found = read_text(Params(texts={"text": source, "parse_mode": "HTML"}))
    return found.text, [(one["type"], one["offset"], one["length"]) for one in found.entities]


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("<b>Sold</b> 0.1", "Sold 0.1", [("bold", 0, 4)]),
        ("<STRONG>x</STRONG>", "x", [("bold", 0, 1)]),
        ("<i>a<u>b</u></i>", "ab", [("italic", 0, 2), ("underline", 1, 1)]),
        ("1 &lt; 2 &amp;&#33; &nbsp; &quot;", '1 < 2 &! &nbsp; "', []),
        ("📈 <b>涨</b>", "📈 涨", [("bold", 3, 1)]),
        ('<span class="tg-spoiler">x</span>', "x", [("spoiler", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [("expandable_blockquote", 0, 1)]),
        ("<pre><b>x</b></pre>", "x", [("pre", 0, 1)]),
        ("  \n x <b>y</b> \n ", "x y", [("bold", 2, 1)]),
        ("see /status and @someone", "see /status and @someone", [("bot_command", 4, 7), ("mention", 16, 8)]),
        ("ETH/USDC <code>/no</code>", "ETH/USDC /no", [("code", 9, 3)]),
    ],
)
def test_tags_become_entities_in_utf16_units(source: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    assert read(source) == (text, entities)


def test_a_link_keeps_its_address_and_a_preformatted_block_its_language() -> None:
    (link,) = parse_html("<a href='https://x.y/?a=1&amp;b'>x</a>").entities
    (block,) = parse_html('<pre><code class="language-python">1</code></pre>').entities

    assert link["url"] == "https://x.y/?a=1&b"
    assert block == {"type": "pre", "offset": 0, "length": 1, "language": "python"}


def test_a_moment_keeps_its_time_and_the_form_in_which_it_is_shown() -> None:
    (shown,) = parse_html('<tg-time unix="1790000000" format="dt">2026-09-21 14:13</tg-time>').entities
    (bare,) = parse_html('<tg-time unix="1790000000">soon</tg-time>').entities

    assert shown == {"type": "date_time", "offset": 0, "length": 16, "unix_time": 1790000000, "date_time_format": "dt"}
    assert bare == {"type": "date_time", "offset": 0, "length": 4, "unix_time": 1790000000}


@pytest.mark.parametrize("form", ["rt", "td", "x", "dD", "HH:mm"])
def test_a_moment_in_a_form_that_there_is_not_is_refused(form: str) -> None:
    with pytest.raises(ApiError):
        parse_html(f'<tg-time unix="1790000000" format="{form}">2026-09-21</tg-time>')


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("a <x>b</x>", 'Unsupported start tag "x" at byte offset 2'),
        ("涨<1>", 'Unsupported start tag "1" at byte offset 3'),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("a <b", "Unclosed start tag at byte offset 2"),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<a ="x">a</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
    ],
)
def test_bad_html_is_refused_in_telegrams_words(source: str, reason: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse_html(source)

    assert refused.value.description == f"Bad Request: can't parse entities: {reason}"


def test_only_the_first_hundred_entities_are_kept() -> None:
    assert len(read("<b>x</b> " * 150)[1]) == MAX_ENTITIES


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("<b>a &lt;script&gt;</b>", "<b>a &lt;script&gt;</b>"),
        ("<i>a<b>b</b>c</i>", "<i>a<b>b</b>c</i>"),
        ("<blockquote>a\n<b>b</b></blockquote>", "<blockquote>a\n<b>b</b></blockquote>"),
        ('<a href="tg://user?id=1">x</a>', "<span>x</span>"),
        (
            "<a href='https://x.y/\"&gt;'>x</a>",
            '<a href="https://x.y/&quot;&gt;" target="_blank" rel="noopener noreferrer">x</a>',
        ),
        ("📈<b>涨</b>", "📈<b>涨</b>"),
        (
            '<tg-time unix="1790000000" format="dt">then</tg-time>',
            '<span class="date_time" data-unix="1790000000" data-format="dt">then</span>',
        ),
    ],
)
def test_entities_are_shown_as_safe_nested_html(source: str, shown: str) -> None:
    found = parse_html(source)

    assert to_html(found.text, found.entities) == shown


def test_entities_that_overlap_are_closed_and_opened_again() -> None:
    crossing = [{"type": "bold", "offset": 0, "length": 2}, {"type": "italic", "offset": 1, "length": 2}]

    assert to_html("abc", crossing) == "<b>a<i>b</i></b><i>c</i>"
