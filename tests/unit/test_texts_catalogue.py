"""The catalogues: both languages say the same things about the same values, in the house's words."""

import ast
import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from bot.languages import catalogue
from bot.mode import Mode
from bot.owner.views import Cause, Fault
from bot.telegram.texts import face as texts
from bot.telegram.texts.catalogue import escape, places
from strategy.messages.problems import ProblemCode
from strategy.model.account import Halt
from strategy.model.grid import Phase
from strategy.model.ledger import MovementKind
from strategy.model.levels import Wait
from strategy.model.market import Side
from strategy.model.orders import Purpose
from strategy.model.stops import StopReason

LOCALES = Path(texts.__file__).parent / "locales"
ROOT = Path(texts.__file__).parents[3]
SPEAKING = ("bot", "strategy")
"""The packages in which sentences are asked for; a notice of the core is by its kind."""
LONGEST_KEY = 60
CHINESE = {
    "grid": "网格",
    "level": "格",
    "fill": "成交",
    "round trip": "轮",
    "grid profit": "网格利润",
    "floating profit": "浮动盈亏",
    "fees": "手续费",
    "open order": "挂单",
    "balances": "余额",
    "stop loss": "止损",
    "take profit": "止盈",
    "maximum loss": "最大亏损",
    "maximum position": "最大持仓",
    "daily loss limit": "每日亏损上限",
    "unclear": "待确认",
    "parked": "搁置",
    "total ": "总计",
}
"""Where the English says the word, the Chinese says its fixed equivalent."""

NEVER = ("rung", "cell", "PnL", "inventory", "bot", "simply", "please", "successfully", "unrealised", "position size")


def test_both_languages_have_the_same_sentences() -> None:
    assert catalogue("en").keys() == catalogue("zh").keys()


PARTS = sorted({key.partition(".")[0] for key in catalogue("zh")})
"""How keys begin: thousands of sentences are looked at together with those that begin as they do."""


def of(part: str, lang: str) -> dict[str, str]:
    return {key: said for key, said in catalogue(lang).items() if key.partition(".")[0] == part}


@pytest.mark.parametrize("part", PARTS)
def test_a_sentence_takes_the_same_values_in_both_languages(part: str) -> None:
    assert {key: places(said) for key, said in of(part, "en").items()} == {
        key: places(said) for key, said in of(part, "zh").items()
    }


@pytest.mark.parametrize(
    "key",
    [
        *(f"problem.{code}" for code in ProblemCode),
        *(f"reason.{reason}" for reason in StopReason),
        *(f"limit.{reason}" for reason in StopReason),
        *(f"waits.{wait}" for wait in Wait),
        *(f"phase.{phase}" for phase in Phase),
        *(f"phase_changed.{phase}" for phase in Phase),
        *(f"halt.{halt}" for halt in Halt),
        *(f"movement.{kind}" for kind in MovementKind),
        *(f"audit.cause.{cause}" for cause in Cause),
        *(f"audit.fault.{fault}" for fault in Fault),
        *(f"place.{purpose}" for purpose in Purpose),
        *(f"mode.{mode}" for mode in Mode),
        *(f"welcome.{mode}" for mode in Mode),
        *(f"{what}.{side}" for what in ("side", "did", "acts") for side in Side),
        *(f"did.{side}.small" for side in Side),
    ],
)
def test_every_word_of_the_program_has_its_text(key: str) -> None:
    assert all(catalogue(lang)[key] for lang in texts.LANGUAGES)


def asked_for() -> Iterator[str]:
    """Patterns of the keys that the program may ask for: each of its strings, and each that it puts together, in which
    a value may be anything, and a choice between words is one of them.
    """
    for path in (file for package in SPEAKING for file in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                yield "".join(map(as_pattern, node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) <= LONGEST_KEY:
                yield re.escape(node.value)


def as_pattern(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(said)):
            return re.escape(said)
        case ast.FormattedValue(value=ast.IfExp(body=one, orelse=other)):
            return f"(?:{as_pattern(one)}|{as_pattern(other)})"
        case _:
            return ".*"


def test_every_text_may_be_asked_for() -> None:
    # What is put together without a mark between words, or without a letter, is no key, and would fit any.
    keys = {one for one in asked_for() if ".*" not in one or re.search(r"[a-z](\\\.|_)|(\\\.|_)\(?[a-z]", one)}
    said = re.compile("|".join(keys))

    assert [key for key in catalogue("en") if not said.fullmatch(key)] == []


@pytest.mark.parametrize(("english", "chinese"), CHINESE.items())
def test_a_word_is_always_the_same_word_in_chinese(english: str, chinese: str) -> None:
    """In the sentences that are ours; explanations in the help may put it otherwise."""
    sentences = {key: said for key, said in ours("en").items() if key.split(".")[0] in _STRICT}
    said_so = re.compile(rf"\b{english}", re.IGNORECASE)
    using = [key for key, said in sentences.items() if said_so.search(_without_code(said))]
    assert using

    otherwise = [key for key in using if chinese not in catalogue("zh")[key]]

    assert not otherwise


_STRICT = frozenset({"fill", "burst", "limit", "pnl", "report", "risk", "status", "halt", "reason", "phase", "orders"})


def ours(lang: str) -> dict[str, str]:
    """What is told and shown. The questions and answers of the commands are kept apart and may be chattier."""
    files = (f"{lang}/{name}.json" for name in ("words", "notices", "problems", "cards", "reports", "help", "audit"))
    found: dict[str, str] = {}
    for name in files:
        found |= json.loads((LOCALES / name).read_text("utf-8"))
    return found


def _without_code(said: str) -> str:
    return re.sub(r"<code>.*?</code>|\{\w+[:}]|/\w+", " ", said)


@pytest.mark.parametrize("word", NEVER)
def test_words_that_are_not_ours_are_not_used(word: str) -> None:
    found = re.compile(rf"\b{word}s?\b", re.IGNORECASE)

    assert not [key for key, said in ours("en").items() if found.search(_without_code(said))]


def test_minus_signs_are_real_and_chinese_marks_are_full_width() -> None:
    for key, said in ours("zh").items():
        prose = _without_code(re.sub(r"<[^>]*>|\[\[|\]\]", "", said))
        assert not re.search(r"[\u4e00-\u9fff][,;!?]", prose), key


@pytest.mark.parametrize("part", PARTS)
def test_a_space_stands_where_a_choice_meets_what_is_around_it(part: str) -> None:
    """`/panic是转发来的`: the parts of a sentence are right each by itself, and touch where they meet."""
    for key, sentence in of(part, "zh").items():
        template = re.sub(rf"\{{(?:{'|'.join(CHINESE_VALUES)})\}}", "格", re.sub(r"</?\w+>", "", sentence))
        for choice in range(3):
            said = re.sub(r"\[\[(.*?)\]\]", partial(_chosen, choice), template, flags=re.DOTALL)
            said = re.sub(r"\{\w+:\w+\|(\w+)\}", r"{n} \1", said)
            assert not re.search(r"[\u4e00-\u9fff][{A-Za-z0-9/]|[}A-Za-z0-9%][\u4e00-\u9fff]", said), f"{key}: {said}"


def _chosen(choice: int, found: re.Match[str]) -> str:
    """The part of a choice that is taken; nothing where every part wants a value and none is there."""
    parts = found[1].split("||")
    taken: str = ([*parts, ""] if places(parts[-1]) else parts)[min(choice, len(parts) - (not places(parts[-1])))]
    return taken


CHINESE_VALUES = ("allowed", "span", "age", "lasted", "which", "at_once", "keeping", "role", "needs")
"""Values that are Chinese words themselves, at the end at which they meet one."""


@pytest.mark.parametrize("part", PARTS)
def test_a_space_stands_between_chinese_and_figures_everywhere(part: str) -> None:
    """`网格 3 1 秒内` reads as 31 seconds; a value never touches a character, and two values never touch each other."""
    for key, sentence in of(part, "zh").items():
        for one in re.split(r"\[\[|\|\||\]\]", re.sub(r"</?\w+>", "", sentence)):
            said = re.sub(rf"\{{(?:{'|'.join(CHINESE_VALUES)})\}}", "格", one)
            said = re.sub(r"\{\w+:\w+\|(\w+)\}", r"{n} \1", said)
            assert not re.search(r"[\u4e00-\u9fff][{A-Za-z0-9/]|[}A-Za-z0-9%][\u4e00-\u9fff]", said), f"{key}: {said}"
        assert not re.search(r"\{grid\}(?:</?b>)* (?:</?b>)*\{(?:span|count)", sentence), key


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"orders": 1, "grids": None}, "Your grid is stopping, 1 order is being cancelled, kept."),
        ({"orders": 41, "grids": 3}, "All 3 grids are stopping, 41 orders are being cancelled, kept."),
    ],
)
def test_counts_bend_their_nouns_and_parts_without_values_are_left_out(
    values: dict[str, int | None], said: str
) -> None:
    assert texts.say("en", "limit.all", coins="kept", **values) == said


def test_foreign_text_is_escaped_once_and_html_of_ours_stays() -> None:
    ours = texts.say("en", "phase.running")

    assert texts.say("en", "waits.said", text="<b>&") == "Details: &lt;b&gt;&amp;"
    assert texts.say("en", "waits.said", text=texts.Html(f"<b>{ours}</b>")) == "Details: <b>running</b>"


def test_foreign_text_is_cut_before_it_is_escaped() -> None:
    assert escape("&" * 1000).count("&amp;") == 299


def test_a_missing_value_or_sentence_still_makes_a_message() -> None:
    assert texts.say("en", "more") == "… and ? more"
    assert texts.say("zh", "no such key") == "no such key"


@pytest.mark.parametrize(
    ("code", "language"), [("zh-hans", "zh"), ("zh", "zh"), ("ZH-TW", "zh"), ("en", "en"), ("de", "en"), (None, "en")]
)
def test_the_language_follows_telegrams_code(code: str | None, language: str) -> None:
    assert texts.language_of(code) == language


@pytest.mark.parametrize(("lang", "shown"), [("en", "8,640 candles are there"), ("zh", "8,640")])
def test_counts_have_their_thousands_in_each_language(lang: str, shown: str) -> None:
    assert shown in texts.say(lang, "backtest.playing", candles=8_640)
    assert "12,000" in texts.say(lang, "shadow.progress", done=12_000, total=20_000)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_number_that_is_a_name_has_none(lang: str) -> None:
    assert "1024" in texts.say(lang, "stop.gone", grid=1024)
