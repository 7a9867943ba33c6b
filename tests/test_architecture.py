"""Who may import whom, and what the strategy may never touch: read from the source, nothing is run.

Each rule is one row below; a new rule goes there, and its proof into the table of `test_an_offence_is_seen`.
"""

import ast
import sys
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("strategy", "exchange", "storage", "bot")
MOST_LINES = 400

# Each package's wings, the lowest first: what stands on one line may not know each other, and nobody a higher one.
WINGS = (
    ("strategy.model",),
    ("strategy.messages",),
    ("strategy.draft",),
    ("strategy.grid",),
    ("strategy.adapt", "strategy.reconcile"),
    ("strategy.account",),
    ("strategy.audit",),
    ("strategy.step",),
    ("strategy.research",),
    ("exchange.port", "exchange.news"),
    ("exchange.backpack",),
    ("exchange.paper",),
    ("storage",),
    ("bot.mode", "bot.languages", "bot.machine"),
    ("bot.settings",),
    ("bot.account",),
    ("bot.owner",),
    ("bot.pictures",),
    ("bot.history",),
    ("bot.backtest",),
    ("bot.shadow",),
    ("bot.schedule",),
    ("bot.app",),
    ("bot.telegram.typed",),
    ("bot.telegram.texts",),
    ("bot.telegram.connection",),
    ("bot.telegram.answers",),
    ("bot.telegram.bundles", "bot.telegram.digests"),
    ("bot.telegram.live_card", "bot.telegram.outbox", "bot.telegram.store_news", "bot.telegram.router"),
    ("bot.telegram.app",),
    ("bot.second_channel",),
    ("bot.live",),
    ("bot.demo.loopback",),
    ("bot.demo.backpack", "bot.demo.telegram"),
    ("bot.demo.servers", "bot.demo.switches"),
    ("bot.console",),
    ("bot.__main__",),
)
FLOOR = {wing: floor for floor, wings in enumerate(WINGS) for wing in wings}

# What the owner's chat may see of the strategy: values and words, never the engine.
VALUES = (
    "strategy.model",
    "strategy.messages",
    "strategy.grid.opening",
    "strategy.grid.sizing",
    "strategy.account.risk",
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
        ours=(
            "bot.telegram",
            "bot.mode",
            "bot.languages",
            "bot.owner.board",
            "bot.owner.codes",
            "bot.owner.trader",
            "bot.owner.views",
            "bot.owner.comparisons",
            "bot.owner.twins",
            "bot.owner.suggestions",
            "bot.owner.wish",
            "bot.owner.shadows",
            "bot.owner.workshop",
            *VALUES,
        ),
        telegram=True,
        says="bot/telegram talks to bot.owner.trader and to nothing deeper",
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
    """Line and full name of everything imported: `from bot import live` is `bot.live`."""
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


def module_of(path: Path) -> str:
    name = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    return name.removesuffix(".__init__")


def modules() -> dict[str, Path]:
    return {module_of(path): path for package in PACKAGES for path in (ROOT / package).rglob("*.py")}


def known(name: str, there: Collection[str]) -> str | None:
    """The module of ours that an imported name is, or is in."""
    holder = name.rpartition(".")[0]
    return name if name in there else holder if holder in there else None


@cache
def graph() -> dict[str, set[str]]:
    """Each module of ours, and those of ours that it imports."""
    there = modules()
    names = {module: imports(ast.parse(path.read_text("utf-8"))) for module, path in there.items()}
    return {
        module: {name for _, full in found if (name := known(full, there)) and name != module}
        for module, found in names.items()
    }


def wing_of(module: str) -> str | None:
    """The wing that a module is in; the head of a package that has wings is in none."""
    return max((wing for wing in FLOOR if under(module, wing)), key=len, default=None)


def upward(module: str, imported: Iterable[str]) -> list[str]:
    """What a module knows of a wing that stands beside its own, or above it."""
    own = wing_of(module)
    wings = {name: wing_of(name) for name in imported}
    return [name for name, wing in wings.items() if own and wing and wing != own and FLOOR[wing] >= FLOOR[own]]


def test_wings_know_only_those_below_them() -> None:
    found = [f"{module} knows {name}" for module, ours in graph().items() for name in upward(module, ours)]

    assert not found, "\n" + "\n".join(found)


def test_no_imports_go_in_a_circle() -> None:
    TopologicalSorter(graph()).prepare()


def test_every_module_is_in_a_wing_and_every_folder_says_what_is_in_it() -> None:
    there = modules()
    folders = {module for module, path in there.items() if path.name == "__init__.py"}

    assert [module for module in there.keys() - folders if wing_of(module) is None] == []
    assert [module for module in folders if not ast.get_docstring(ast.parse(there[module].read_text("utf-8")))] == []


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("strategy.grid.booking", "strategy.account.risk"),
        ("strategy.model.grid", "strategy.messages.events"),
        ("exchange.backpack.client", "exchange.paper.venue"),
        ("bot.account.reader", "bot.owner.trader"),
        ("bot.demo.telegram.server", "bot.demo.backpack.server"),
        ("bot.telegram.texts.cards", "bot.telegram.answers.screens"),
    ],
)
def test_a_look_upwards_is_seen(module: str, imported: str) -> None:
    assert upward(module, [imported, module]) == [imported]


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


OF_THE_BOOK = {"grid/room.py", "grid/planning.py", "account/readings.py", "account/risk.py", "audit/causes.py"} | {
    "reconcile/recovery.py",
    "research/replay.py",
}
"""Files of the strategy that ask on which side of the book an order stands, whatever that means for what is held."""


def test_only_the_inventory_knows_that_a_buy_opens_and_a_sale_closes() -> None:
    there = {path.relative_to(ROOT / "strategy").as_posix(): path for path in (ROOT / "strategy").rglob("*.py")}
    others = {name: path for name, path in there.items() if not name.startswith("model/") and name not in OF_THE_BOOK}
    asking = {name for name, path in others.items() if {"Side.BUY", "Side.SELL"} & attributes(path)}

    assert asking == set()


def attributes(path: Path) -> set[str]:
    return {
        ast.unparse(node) for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)
    }


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
        ("bot/telegram/a.py", "from bot.account.runner import Runner"),
        ("bot/telegram/a.py", "import bot"),
        ("bot/telegram/a.py", "from exchange.port import Refused"),
        ("bot/telegram/a.py", "from strategy.grid.order_events import plan"),
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
        ("bot/telegram/a.py", "from bot.owner.trader import Trader\nfrom strategy.model.money import floor"),
    ],
)
def test_what_is_allowed_passes(path: str, source: str) -> None:
    assert offences(path, source) == []
