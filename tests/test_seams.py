"""What somebody forgets fails `make test`, and what somebody adds is a few lines: shown on copies of the code."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EVENTS, ASKED = "strategy/messages/events.py", "strategy/messages/commands.py"
NEW = '''
@dataclass(frozen=True, slots=True, kw_only=True)
class Unheard{}:
    """A kind of event that nobody handles."""

    at: int
    client_id: None
'''
NO_CACHES = shutil.ignore_patterns("__pycache__")
LOCALES = "bot/telegram/texts/locales"
Texts = Mapping[str, Mapping[str, str]]

PARAMETERS = "bot/telegram/typed/parameters.py"
PARAMETER = """\
    Parameter(
        word="live",
        kind=Kind.COUNT,
        field="window",
        setting="live_orders",
        example="20",
        asked=True,
        tunable=True,
        preview=Place.LINE,
    ),
"""
PARAMETER_TEXTS: Texts = {
    "en": {
        "parameter.live.typed": "live",
        "parameter.live.name": "Live orders",
        "parameter.live.ask": "How many live orders on each side? [[I propose {proposed}.]]",
        "parameter.live.line": "At most {value} live orders on each side.",
        "parameter.live.help": "live orders on each side",
        "parameter.live.page": "live orders on each side of the price",
        "parameter.live.default": "{default}",
    },
    "zh": {
        "parameter.live.typed": "每侧挂单",
        "parameter.live.name": "每侧挂单",
        "parameter.live.ask": "每侧挂多少单？[[建议 {proposed}。]]",
        "parameter.live.line": "每侧最多挂 {value} 单。",
        "parameter.live.help": "现价每侧的挂单数",
        "parameter.live.page": "现价每侧的挂单数",
        "parameter.live.default": "{default}",
    },
}
PARAMETER_USED = """
import asyncio
from bot.telegram.typed.parameters import GRID_KEYS
from bot.telegram.typed.parsing import parse
from tests.integration.chat_world import World

async def use():
    world = World()
    async with world.running():
        await world.says("/grid")
        for label in ("ETH_USDC", "Type figures", "Interval, around the price"):
            await world.clicks(label)
        for label in ("Use 40 USDC", "Use 3", "Use 0.40 %", "Use 50 USDC"):
            await world.clicks(label)
        print((await world.says("2000"))[-1])
        print([line for line in (await world.says("7"))[-1].splitlines() if "live orders" in line])
        await world.clicks("Start")
        await world.until_written("is open on")
        print([line for line in (await world.says("/tune 1"))[-1].splitlines() if "live" in line])
        print([line for line in (await world.says("/tune 1 live=9"))[-1].splitlines() if "live" in line])
        print(next(iter(world.trader.account().grids.values())).spec.window)
        pages = await world.says("/help settings")
        print([line for page in pages for line in page.splitlines() if "live orders" in line])

asyncio.run(use())
print(parse("每侧挂单=5", keys=GRID_KEYS).values["live"])
"""
PARAMETER_SEEN = """\
How many live orders on each side? I propose 50.
['At most 7 live orders on each side.']
['live: 7']
['live: 7 → 9']
9
['live live orders on each side']
5
"""

COMMANDS = "bot/telegram/answers/commands.py"
COMMAND = """\
    ChatCommand(name="hello", handle=hello, group=Group.ELSE, takes=Takes.NOTHING),
"""
HANDLER = """\
async def hello(talk: Conversation, _words: str) -> None:
    await talk.say("hello")


"""
COMMAND_TEXTS: Texts = {
    "en": {
        "command.hello.menu": "A greeting",
        "command.hello.help": "/hello – a greeting",
        "command.hello.page": "a greeting",
        "hello": "Good day.",
    },
    "zh": {
        "command.hello.menu": "问候",
        "command.hello.help": "/hello – 问候",
        "command.hello.page": "问候",
        "hello": "你好。",
    },
}
COMMAND_USED = """
import asyncio
from bot.telegram.answers.commands import menu
from tests.integration.chat_world import World

async def use():
    world = World()
    async with world.running():
        print(await world.says("/hello"))
        print((await world.says("/hello you"))[0][:19])
        print((await world.says("/helo"))[0])
        print([line for page in await world.says("/help") for line in page.splitlines() if "greeting" in line])
        await world.until(lambda: len(world.calls("setMyCommands")) == 3)

asyncio.run(use())
print(dict(menu("zh"))["hello"])
"""
COMMAND_SEEN = """\
['Good day.']
/hello stands alone
I don't know /helo. Did you mean /hello?
['/hello – a greeting']
问候
"""


def test_an_event_that_nobody_handles_does_not_pass_the_type_checker(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "strategy", tmp_path / "strategy", ignore=NO_CACHES)
    unions = [(EVENTS, "OrderEvent"), (EVENTS, "Fact"), (ASKED, "Command")]
    for file, union in unions:
        put(tmp_path / file, f"\n{union} = ", f"{NEW.format(union)}\n\n{union} = Unheard{union} | ")
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "strategy/step.py"]

    checked = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    wrong = [line for line in checked.stdout.splitlines() if ": error:" in line]
    assert len(wrong) == len(unions), checked.stdout
    assert all(line.startswith("strategy/step.py:") for line in wrong)
    for _, union in unions:
        assert any(f'to "assert_never" has incompatible type "Unheard{union}"' in line for line in wrong)


def test_another_language_is_a_folder_of_files_and_nothing_else(tmp_path: Path) -> None:
    a_copy(tmp_path)
    shutil.copytree(tmp_path / LOCALES / "en", tmp_path / LOCALES / "fr")
    put(tmp_path / LOCALES / "fr/words.json", '"English"', '"Français"')
    put(tmp_path / LOCALES / "fr/parameters.json", '.maxpos.typed": "maxpos"', '.maxpos.typed": "positionmax"')
    put(tmp_path / LOCALES / "fr/typed.json", '.off": "off none"', '.off": "aucun"')
    asked = """
from bot.settings import read_settings
from bot.telegram.answers.commands import menu
from bot.telegram.texts import face
from bot.telegram.typed.names import called
from bot.telegram.typed.parsing import parse
print(face.LANGUAGES, face.language_of("fr-CA"), read_settings(None, language="fr_FR.UTF-8").language)
print(dict(menu("zh"))["language"], menu("fr") == menu("en"))
print(called("fr", "/tune 1 maxpos=off"), parse("positionmax=aucun", keys=("maxpos",)).values)
"""

    assert said(tmp_path, asked) == (
        "('en', 'fr', 'zh') fr fr\nEnglish 或 Français 或 中文 True\n/tune 1 positionmax=aucun {'maxpos': None}\n"
    )


def test_another_parameter_is_a_row_and_its_words(tmp_path: Path) -> None:
    a_copy(tmp_path)
    add(tmp_path, PARAMETERS, "    *GATES,", PARAMETER, PARAMETER_TEXTS)

    assert said(tmp_path, PARAMETER_USED) == PARAMETER_SEEN
    assert pages_of(tmp_path) >= {".env.example", "docs/grid.md", "docs/start.md", "docs/zh/grid.md"}
    row = "| `live` | live orders on each side of the price | 1 to 200 | 50 (`LIVE_ORDERS`) |"
    assert row in (tmp_path / "docs/grid.md").read_text("utf-8")
    assert "| `每侧挂单` `live` | 现价每侧的挂单数 |" in (tmp_path / "docs/zh/grid.md").read_text("utf-8")
    assert "Default of /grid live=" in (tmp_path / ".env.example").read_text("utf-8")


def test_another_command_is_a_row_a_function_and_its_words(tmp_path: Path) -> None:
    a_copy(tmp_path)
    put(tmp_path / COMMANDS, "async def language(", f"{HANDLER}async def language(")
    add(tmp_path, COMMANDS, '    ChatCommand(name="start"', COMMAND, COMMAND_TEXTS)

    assert said(tmp_path, COMMAND_USED) == COMMAND_SEEN
    assert pages_of(tmp_path) == {"docs/chat.md", "docs/zh/chat.md"}
    assert "| `/hello` | a greeting | owner |" in (tmp_path / "docs/chat.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("path", "before", "row", "texts"),
    [
        (PARAMETERS, "    *GATES,", PARAMETER, PARAMETER_TEXTS),
        (COMMANDS, '    ChatCommand(name="start"', COMMAND.replace("handle=hello", "handle=start"), COMMAND_TEXTS),
    ],
    ids=["parameter", "command"],
)
def test_a_word_or_a_page_that_was_forgotten_fails_the_tests(
    path: str, before: str, row: str, texts: Texts, tmp_path: Path
) -> None:
    a_copy(tmp_path)
    shutil.copytree(ROOT / "tests", tmp_path / "tests", ignore=NO_CACHES)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    some = {lang: dict(list(own.items())[1:]) for lang, own in texts.items()}
    add(tmp_path, path, before, row, some)
    documents = "test_documents.py::test_what_the_tables_know_stands_in_the_documents"
    tests = ("test_chat_texts.py::test_no_sentence_is_missing", documents)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *(f"tests/unit/{one}" for one in tests)]

    checked = subprocess.run(
        command, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, check=False
    )

    assert checked.returncode == 1
    assert next(iter(texts["en"])) in checked.stdout, "the word that is missing is named"
    assert "run make docs" in checked.stdout


def a_copy(folder: Path) -> None:
    """The bot with its documents, and nothing of the rest."""
    for name in ("bot", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=NO_CACHES)
    shutil.copy(ROOT / ".env.example", folder)


def put(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), "utf-8")


def add(folder: Path, path: str, before: str, row: str, texts: Texts) -> None:
    """A row of a table, and its words in each language."""
    put(folder / path, before, row + before)
    for lang, own in texts.items():
        (folder / LOCALES / lang / "added.json").write_text(json.dumps(own), "utf-8")


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "PYTHONUTF8": "1"}


def said(folder: Path, program: str) -> str:
    """What a program says that runs with the copy."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def pages_of(folder: Path) -> set[str]:
    """`make docs` in the copy: the files that it has written."""
    return set(said(folder, "from bot.console.pages import main; main()").split())
