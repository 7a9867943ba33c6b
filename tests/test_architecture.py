"""Who may import whom, and what the strategy may never touch: read from the source, nothing is run.

Each rule is one row below; a new rule goes there, and its proof into the table of `test_an_offence_is_seen`.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("strategy", "exchange", "storage", "bot")
MOST_LINES = 400

# What the owner's chat may see of the strategy: values and words, never the engine.
VALUES = tuple(
    f"strategy.{name}"
    for name in (
        *("money", "market", "orders", "grid", "events", "notices", "outside", "doubts", "reports", "problems"),
        *("ledger", "risk", "opening", "account"),
    )
)

# The strategy gets its facts and its time from events; nothing here may fetch a fact or a time of its own.
OUTSIDE_WORLD = {
    *("asyncio", "concurrent", "multiprocessing", "queue", "select", "threading"),  # waiting
    *("random", "secrets", "time", "uuid"),  # clocks and chance
    *("io", "os", "pathlib", "shutil", "sqlite3", "tempfile"),  # files
    *("http", "socket", "ssl", "urllib"),  # the network
    *("builtins", "ctypes", "importlib", "logging", "signal", "subprocess", "sys"),  # the process
}
CLOCKS = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today")
BUILTIN_IO = ("open", "print", "input", "exec", "eval", "__import__")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What the files of one folder may import; the deepest folder's rule is the one that counts."""

    folder: str
    ours: tuple[str, ...]  # prefixes of our own modules
    others: tuple[str, ...] | None = None  # third parties; None allows any but Telegram
    telegram: bool = False
    pure: bool = False
    says: str


RULES = (
    Rule(
        folder="strategy/research",
        ours=("strategy",),
        others=("numpy", "numba"),
        pure=True,
        says="research imports the strategy, NumPy and Numba, and does no I/O",
    ),
    Rule(
        folder="strategy",
        ours=("strategy",),
        others=(),
        pure=True,
        says="strategy imports only itself and the calm part of the standard library",
    ),
    Rule(folder="exchange", ours=("exchange", "strategy"), says="exchange imports only strategy"),
    Rule(folder="storage", ours=("storage", "strategy"), says="storage imports only strategy"),
    Rule(
        folder="bot/telegram",
        ours=("bot.telegram", "bot.trader", "bot.views", *VALUES),
        telegram=True,
        says="bot/telegram talks to bot.trader and to nothing deeper",
    ),
    Rule(folder="bot/demo", ours=PACKAGES, telegram=True, says="bot/demo imports our packages"),
    Rule(folder="bot", ours=PACKAGES, says="bot imports our packages; only its telegram and demo know Telegram"),
)


def files() -> Iterator[Path]:
    for folder in (*PACKAGES, "tests", "benchmarks"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def offences(path: str, source: str) -> list[str]:
    """Every breach in one file, as `file:line: what (the rule)`; a file outside our packages has none."""
    rule = next((rule for rule in RULES if path.startswith(f"{rule.folder}/")), None)
    if rule is None:
        return []
    tree = ast.parse(source)
    found = [(line, f"imports {name}") for line, name in imports(tree) if not may_import(rule, name)]
    found += impurities(tree, core=rule.folder == "strategy") if rule.pure else []
    return [f"{path}:{line}: {what} ({rule.says})" for line, what in sorted(found)]


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and full name of everything imported: `from bot import trader` is `bot.trader`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            where = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{where}.{alias.name}") for alias in node.names)


def may_import(rule: Rule, name: str) -> bool:
    top = name.partition(".")[0]
    if top in {*PACKAGES, "tests", "benchmarks", ""}:
        from_core_to_research = rule.folder == "strategy" and under(name, "strategy.research")
        return any(under(name, ours) for ours in rule.ours) and not from_core_to_research
    if top == "telegram":
        return rule.telegram
    if top in sys.stdlib_module_names:
        return not (rule.pure and top in OUTSIDE_WORLD)
    return rule.others is None or top in rule.others


def under(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")


def impurities(tree: ast.Module, *, core: bool) -> Iterator[tuple[int, str]]:
    """What a pure file does all the same; floats count in the core only, research computes with them."""
    for node in ast.walk(tree):
        match node:
            case ast.AsyncFunctionDef() | ast.Await():
                yield node.lineno, "waits"
            case ast.Constant(value=float() | complex()) if core:
                yield node.lineno, f"has the float {node.value!r}"
            case ast.Call(func=function) if what := impure_call(ast.unparse(function), core=core):
                yield node.lineno, what
            case _:
                pass


def impure_call(name: str, *, core: bool) -> str | None:
    if name in BUILTIN_IO:
        return f"calls {name}()"
    if any(f".{name}".endswith(f".{clock}") for clock in CLOCKS):
        return f"reads a clock: {name}()"
    return "makes a float" if core and name == "float" else None


def test_every_package_imports_only_what_it_may() -> None:
    found = [line for path in files() for line in offences(path.relative_to(ROOT).as_posix(), path.read_text("utf-8"))]

    assert not found, "\n" + "\n".join(found)


def test_every_file_can_be_read_at_one_sitting() -> None:
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines()) for path in files()}
    found = [f"{name}:{lines}: has {lines} lines" for name, lines in lengths.items() if lines >= MOST_LINES]

    assert not found, f"\n(every file stays under {MOST_LINES} lines)\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("strategy/a.py", "import storage"),
        ("strategy/a.py", "import httpx"),
        ("strategy/a.py", "import numpy"),
        ("strategy/a.py", "from time import monotonic"),
        ("strategy/a.py", "import random"),
        ("strategy/a.py", "from os import path"),
        ("strategy/a.py", "from strategy.research import replay"),
        ("strategy/a.py", "from . import money"),
        ("strategy/a.py", "half = 0.5"),
        ("strategy/a.py", "half = float(text)"),
        ("strategy/a.py", "at = datetime.datetime.now(UTC)"),
        ("strategy/a.py", "async def step(): ..."),
        ("strategy/research/a.py", "import pandas"),
        ("strategy/research/a.py", "text = open(name)"),
        ("exchange/a.py", "from storage.store import Store"),
        ("exchange/backpack/a.py", "from bot import settings"),
        ("storage/a.py", "def late():\n    from exchange.port import Refused"),
        ("storage/a.py", "import telegram"),
        ("bot/a.py", "from telegram import Update"),
        ("bot/a.py", "from tests.builders import a_grid"),
        ("bot/telegram/a.py", "from bot.runner import Runner"),
        ("bot/telegram/a.py", "import bot"),
        ("bot/telegram/a.py", "from exchange.port import Refused"),
        ("bot/telegram/a.py", "from strategy.engine import fold"),
    ],
)
def test_an_offence_is_seen(path: str, source: str) -> None:
    assert len(offences(path, source)) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("strategy/a.py", "from decimal import Decimal\nfrom strategy.money import floor"),
        ("strategy/a.py", "assert not isinstance(value, float)"),
        ("strategy/research/a.py", "import numpy as np\nhalf = 0.5"),
        ("exchange/backpack/a.py", "import httpx, time\nfrom strategy.orders import Order"),
        ("bot/demo/a.py", "from telegram import Update"),
        ("bot/telegram/a.py", "from bot.trader import Trader\nfrom strategy.money import floor"),
    ],
)
def test_what_is_allowed_passes(path: str, source: str) -> None:
    assert offences(path, source) == []
