"""The documents tell the truth where a test can see it: links, names of tests and files, commands and parameters."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from bot.console.pages import made, words_of
from bot.languages import LANGUAGES, catalogue
from bot.mode import Mode
from bot.owner.noise import Kind
from bot.settings import Settings, read_settings
from bot.telegram.answers.commands import COMMANDS
from bot.telegram.texts import face as texts
from bot.telegram.texts.catalogue import say
from bot.telegram.texts.manual import Section
from bot.telegram.typed.parameters import TYPED
from strategy.messages.problems import Problem, ProblemCode
from tests.simulation.lies import LIES
from tests.simulation.sabotage import BREAKAGES
from tests.transcripts.scenes import SCENES
from tests.unit import telling

ROOT = Path(__file__).parents[2]
DOCS = tuple(sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")))
PAGES = ("README.md", "README.zh.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", *DOCS)
FOLDERS = {"en": "docs", "zh": "docs/zh"}
MOST_WORDS = 1_000
LARGEST_PICTURE = 400_000


def page(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def headings(text: str) -> set[str]:
    """The anchors of a page, as the usual hosts make them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name: str) -> None:
    text = page(name)
    targets = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'src="([^"]+)"', text)

    for target in targets:
        path, _, anchor = target.partition("#")
        if path.startswith("https://"):
            continue
        there = (ROOT / name).parent / path if path else ROOT / name
        assert there.exists(), f"{name}: {target}"
        assert not anchor or anchor in headings(there.read_text("utf-8")), f"{name}: {target}"


def test_every_test_that_is_named_exists() -> None:
    sources = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.py"))
    named = {name for one in PAGES for name in re.findall(r"\b(?:test|assert)_[a-z0-9_]+\b(?!\.py)", page(one))}
    files = {path.stem for path in (ROOT / "tests").rglob("*.py")}

    assert [name for name in sorted(named - files) if f"def {name}(" not in sources] == []


ATTACKS = (
    *("stranger", "forwarded", "replayed", "expired", "twice", "edited", "without a role"),
    *("HTML", "deep link", "poller", "downtime", "draft"),
)


def test_every_attack_names_a_test_that_plays_it() -> None:
    """That a named test exists, the test above holds."""
    rows = page("SECURITY.md").partition("## Attacks on the chat")[2].splitlines()
    attacks = [row.split("|")[1:4] for row in rows if row.startswith("| ")][1:]
    told = [attack for attack, _, _ in attacks]

    assert [attack for attack, _, tests in attacks if not re.search(r"`test_\w+`", tests)] == []
    assert [one for one in ATTACKS if not any(one in attack for attack in told)] == []


@pytest.mark.parametrize("path", made(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_the_tables_know_stands_in_the_documents(path: Path) -> None:
    assert path.read_text("utf-8") == made()[path], "run make docs"


@pytest.mark.parametrize(("lang", "folder"), FOLDERS.items())
def test_every_command_parameter_setting_and_problem_is_in_a_page(lang: str, folder: str) -> None:
    found = "\n".join(path.read_text("utf-8") for path in (ROOT / folder).glob("*.md"))
    problems = [words_of(catalogue(lang)[f"problem.{code}"]) for code in ProblemCode]

    assert [one.name for one in COMMANDS if f"| `/{one.name}" not in found] == []
    assert [one.word for one in TYPED if f"`{one.word}` | " not in found] == []
    assert [name for name in Settings.model_fields if f"| `{name.upper()}` | " not in found] == []
    assert [words for words in problems if f"*{words}*" not in found] == []


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Two lines stand on one price[[ ({price})]]: choose another.", "Two lines stand on one price"),
        ("I have no price[[ for {symbol}]] now. Send it again.", "I have no price … now"),
        ("[[That needs {needed} {quote}, but {free} are free||No money]]. Use less.", "That needs …, but … are free"),
        ("<b>Nothing trades[[: {halt}]].</b> /resume lifts it.", "Nothing trades"),
        ("单笔太小，赚得太少：[[{base} 的步长是 {step}||步长太大]]。", "单笔太小，赚得太少"),
    ],
)
def test_a_message_is_found_by_its_first_words_with_a_mark_for_what_differs(said: str, words: str) -> None:
    assert words_of(said) == words


def test_a_default_that_a_page_tells_is_the_one_in_force() -> None:
    fields = {one.field: one.setting for one in TYPED if one.field and one.setting}
    changed = {"max_loss": Decimal("0.5"), "out_want": Decimal("0.5")}

    for field, setting in fields.items():
        value = changed.get(setting, Decimal(7))
        assert getattr(read_settings(None, **{setting: value}).defaults, field) == value, setting


TROUBLES = re.compile(
    r"(?:trouble|waits|market_restricted|clock_wrong)\.\w+|rows_unread|list_unread|unwatched|strangers|orders_left|fills_missing"
    r"|live_unconfirmed|grid_parked|coins_missing\.gone|backup_failed|store\.(?:down|taken)|conflict"
)
OVER = ("trouble.over", "waits.said", "market_restricted.seen", "market_restricted.over")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_trouble_is_found_by_the_words_on_the_screen(lang: str) -> None:
    found = page(f"{FOLDERS[lang]}/troubleshooting.md")
    told = {key: said for key, said in catalogue(lang).items() if TROUBLES.fullmatch(key) and key not in OVER}
    heads = {key: words_of(said.partition("</b>")[0]) for key, said in told.items()}
    unknown = {key: part for key, words in heads.items() if (part := longest_part(words)) not in found}

    assert len(heads) > 30
    assert unknown == {}


def longest_part(words: str) -> str:
    """Of what stands between the marks for what differs."""
    return max(re.split("[…,，（）()]", words), key=len).strip()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("section", Section)
def test_the_place_that_a_message_names_is_there(lang: str, section: Section) -> None:
    path, _, anchor = say(lang, f"manual.{section}").partition("#")

    assert anchor in headings(page(path))


def test_a_trouble_names_its_place_and_a_mistake_in_typing_names_none() -> None:
    named = {told.kind for told in telling.notices() if "docs/" in texts.notice("en", told, Mode.DEMO)}
    refused = {code for code in ProblemCode if "docs/" in texts.problem("en", Problem(code=code))}

    assert {"trouble", "level_waits", "grid_parked", "strangers", "backup_failed"} <= named
    assert not named & {"fill_told", "report", "phase_changed", "grid_opened", "movement_seen", "came_back"}
    assert refused == {
        ProblemCode.NO_PRICE,
        ProblemCode.INTERRUPTED,
        ProblemCode.MARKET_CLOSED,
        ProblemCode.HALTED,
    }


BOTH = tuple(sorted(path.name for path in (ROOT / "docs/zh").glob("*.md")))
NAMED = re.compile(r"`([A-Z][A-Z_]{2,}|[A-Za-z]+[A-Z]\w+|packgrid [a-z]+|\.?[\w./-]+/|[\w./-]+\.[a-z]{2,4}|\.env)`")
"""Settings, commands of the terminal, files: they are called the same in each language."""


@pytest.mark.parametrize("name", BOTH)
def test_a_page_lacks_nothing_in_chinese(name: str) -> None:
    english, chinese = page(f"docs/{name}"), page(f"docs/zh/{name}")

    for kind in (r"^#+ ", r"^\| ", r"^(?:-|\d+\.) ", r"^```", r"^!?<?img |^!\["):
        assert len(re.findall(kind, chinese, re.MULTILINE)) == len(re.findall(kind, english, re.MULTILINE)), kind
    assert sorted({*NAMED.findall(english)} - {*NAMED.findall(chinese)}) == []


@pytest.mark.parametrize("name", [".env.example", *PAGES])
def test_what_is_added_to_the_environment_leaves_the_program_where_it_is(name: str) -> None:
    """`make install` links the folder; a copy in its place would be what runs, whatever is pulled later."""
    added = re.findall(r"\.venv/bin/pip install ([^`\n]+)", page(name))

    assert [packages for packages in added if "'.[" in packages and not packages.startswith("-e ")] == []


def test_as_many_mistakes_are_told_as_are_made() -> None:
    told = [
        int(count)
        for name in ("docs/promises.md", "docs/proof.md")
        for count in re.findall(r"`(?:make )?sabotage` puts\s+(\d+) mistakes", page(name))
    ]

    assert told == [len(BREAKAGES), len(BREAKAGES) + len(LIES)]


def test_the_readme_is_read_at_one_sitting() -> None:
    assert len(page("README.md").split()) <= MOST_WORDS


def test_the_architecture_names_every_room() -> None:
    told = set(re.findall(r"^ +(\w+)/ ", page("ARCHITECTURE.md"), re.MULTILINE))
    rooms = {
        path.parent.name
        for package in ("strategy", "exchange", "bot")
        for path in (ROOT / package).glob("*/__init__.py")
    }

    assert sorted(rooms ^ told) == []


@pytest.mark.parametrize("name", PAGES)
def test_no_picture_stands_beside_a_code_block_or_a_table(name: str) -> None:
    """GitHub makes those as narrow as what a floating picture leaves, and cuts off what is wider."""
    beside = re.findall(r'<img[^>]*align="right".*?(?:clear="right"|\Z)', page(name), re.DOTALL)

    assert [part[:60] for part in beside if re.search(r"^(```|\|)", part, re.MULTILINE)] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_conversation_and_every_kind_of_notice_has_its_picture_and_its_line(lang: str) -> None:
    shown = {path.stem for path in (ROOT / "docs/pictures/screens" / lang).iterdir()}
    listed = re.findall(rf"pictures/screens/{lang}/([\w-]+)\.png", page(f"{FOLDERS[lang]}/screens.md"))
    wanted = {*SCENES, *(f"notices-{kind}" for kind in Kind)}

    assert sorted(wanted - shown) == [], "run make pictures ARGS=NAME, and look at it"
    assert sorted(shown - wanted) == [], "nothing is shown there any more"
    assert sorted(listed) == sorted(wanted), f"{FOLDERS[lang]}/screens.md lists each of them once"


def test_the_pictures_are_small_enough_to_be_loaded() -> None:
    assert all(path.stat().st_size < LARGEST_PICTURE for path in (ROOT / "docs").rglob("*.png"))
