"""`make docs`: writes what the tables know into the documents, between marks, and `.env.example` whole.

Nothing is explained here: the words are each language's own. What stands outside the marks is written by hand.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import assert_never

from bot.languages import LANGUAGES, OURS, catalogue
from bot.owner.export import COLUMNS
from bot.owner.proposal import RANGE
from bot.settings import default_of
from bot.telegram.answers.aliases import FREQTRADE
from bot.telegram.answers.command import ChatCommand
from bot.telegram.answers.commands import COMMANDS
from bot.telegram.texts.catalogue import Html, listed, say
from bot.telegram.texts.phrases import beside
from bot.telegram.typed.kinds import Kind, Parameter
from bot.telegram.typed.names import called, shown, value_called
from bot.telegram.typed.parameters import TYPED
from strategy.messages.problems import ProblemCode
from strategy.model.money import plain
from strategy.model.past import MOST_HOURS, Measure
from strategy.model.positions import USUAL_POSITION
from strategy.model.spec import Shift, Spacing

ROOT = Path(__file__).parents[2]
_MARKED = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_PERHAPS = "\N{ZERO WIDTH SPACE}"
"""Stands for a part of a sentence that is not always there."""
_BLOCKS: Mapping[str, tuple[str, ...]] = {
    "To fill in": (
        "mode",
        "telegram_bot_token",
        "telegram_owner_id",
        "backpack_api_key",
        "backpack_api_secret",
        "timezone",
    ),
    "The chat": ("language", "report_time"),
    "Limits": ("daily_loss_limit", "max_loss", "max_position"),
    "What /grid proposes": (
        "grid_interval",
        "grid_count",
        "grid_usdc",
        "out_want",
        "fee_buffer",
        "seed_patience_seconds",
        "live_orders",
    ),
    "The process": (
        "tick_seconds",
        "cancel_on_exit",
        "paper_usdc",
        "database_url",
        "record_days",
        "shadow",
        "log_file",
        "log_level",
    ),
    "A second channel: for when Telegram, or Packgrid, is dead": ("heartbeat_url", "alarm_url"),
    "A code of an authenticator app": ("totp_secret", "totp_above"),
    "Addresses: for local servers only": (
        "backpack_api_url",
        "backpack_ws_url",
        "telegram_api_url",
        "request_window_ms",
    ),
}
"""The settings as `.env.example` groups them; those of the first block are to be filled in."""
_RULE = 113
_HEAD = """\
# Packgrid's settings. Copy this file to .env, fill in the first block, and leave the rest as it is.
# A line that begins with # is the default. The environment wins over .env. Keep .env to yourself: chmod 600 .env
# Behind a proxy, add a line for an HTTP one: HTTPS_PROXY=http://127.0.0.1:7890
"""
_SAMPLE: Mapping[Kind, str] = {
    Kind.YES_NO: "yes no",
    Kind.PERIOD: "weekly daily",
    Kind.SPACING: " ".join(Spacing),
    Kind.SHIFT: " ".join(Shift),
    Kind.MEASURE: " ".join(Measure),
}


def made(root: Path = ROOT) -> dict[Path, str]:
    """Every file that is written here, as it should be. A language without a folder of documents has none."""
    files = {root / ".env.example": example()}
    for lang in LANGUAGES:
        folder = root / "docs" if lang == OURS else root / "docs" / lang
        for path in sorted(folder.glob("*.md")):
            text = path.read_text("utf-8")
            if _MARKED.search(text):
                files[path] = _filled(lang, text)
    return files


def _filled(lang: str, text: str) -> str:
    return _MARKED.sub(lambda found: f"{found[1]}{table(lang, found[2])}{found[3]}", text)


def table(lang: str, name: str) -> str:
    """One table in the words of a language."""
    rows = [say(lang, f"page.{name}"), *_TABLES[name](lang)]
    columns = rows[0].count("|") - 1
    return "\n".join([rows[0], "|---" * columns + "|", *rows[1:]]) + "\n"


def example() -> str:
    """`.env.example`."""
    blocks = (_block(title, names) for title, names in _BLOCKS.items())
    return "\n".join([_HEAD, *blocks]).rstrip() + "\n"


def words_of(template: str) -> str:
    """How a sentence begins on the screen, with a mark for what differs: by that it is looked up."""
    said = re.sub(r"\[\[(.*?)(\|\|.*?)?\]\]", lambda found: found[1] if found[2] else _PERHAPS, template)
    said = re.sub(r"\{\w+(?::[^{}]*)?\}", "…", re.sub(r"</?\w+>", "", said))
    first = re.split(rf"[.:?](?=\s|$|{_PERHAPS})|[。：？；]", said)[0].strip(f" {_PERHAPS}")
    short = re.sub(rf"\s*(?:[…{_PERHAPS}]\s*)+", " … ", first).strip()
    return re.sub(r" … ?(?=[,，])", " …", short).removeprefix("… ")


def _parameters(lang: str) -> Iterator[str]:
    for one in TYPED:
        yield _row(_names(lang, one), _text(lang, one, "page"), _value(lang, one), _default(lang, one))


def _commands(lang: str) -> Iterator[str]:
    for command in COMMANDS:
        usage = " · ".join(f"`{called(lang, line)}`" for line in command.usage)
        yield _row(usage, say(lang, f"command.{command.name}.page"), _who(lang, command))


def _who(lang: str, command: ChatCommand) -> Html:
    """Who may give it."""
    needs = say(lang, f"page.who.{command.needs.word}")
    if command.alone is None:
        return needs
    return say(lang, "page.who.alone", alone=say(lang, f"page.who.{command.alone.word}"), needs=needs)


def _freqtrade(lang: str) -> Iterator[str]:
    for one in FREQTRADE:
        here = f"`{called(lang, f'/{one.meant}')}`" if one.meant else say(lang, "page.none")
        yield _row(f"`/{one.word}`", here, say(lang, f"alias.{one.word}"))


def _settings(lang: str) -> Iterator[str]:
    for names in _BLOCKS.values():
        for name in names:
            default = default_of(name)
            yield _row(f"`{name.upper()}`", f"`{default}`" if default else say(lang, "page.empty"), setting(lang, name))


def _problems(lang: str) -> Iterator[str]:
    for code in ProblemCode:
        variants = re.compile(rf"problem\.{code}(?:\.\w+)?")
        known = (said for key, said in catalogue(lang).items() if variants.fullmatch(key))
        words = dict.fromkeys(f"*{words_of(said)}*" for said in known)
        yield _row(listed(lang, words), say(lang, f"page.problem.{code}"))


def _worlds(_: str) -> Iterator[str]:
    """The last long run of hostile worlds, as `make simulate` wrote it with `--json docs/worlds.json`."""
    card = json.loads((ROOT / "docs" / "worlds.json").read_text("utf-8"))
    counts = card["faults"]
    yield _row("worlds · steps · orders", f"{card['worlds']:,} · {card['steps']:,} · {counts['orders']:,}")
    for name, groups in _WORLDS.items():
        sums = (sum(counts.get(one, 0) for one in group) for group in groups)
        yield _row(name, " · ".join(f"{one:,}" for one in sums))
    yield _row("**worlds in which a promise was broken**", f"**{len(card['violations'])}**")
    yield _row("seconds · worlds a second", f"{card['seconds']:,.0f} · {card['worlds_per_second']}")


_WORLDS: Mapping[str, Sequence[Sequence[str]]] = {
    "killed at any await, statement or sending": [
        [f"killed: {where}" for where in ("await", "statement", "before sending", "after sending", "rows", "now")]
    ],
    "requests lost · late · answered with nonsense or refused at the door": [
        ["lost request", "lost answer"],
        ["late request", "late answer"],
        ["202", "429", "500", "503", "504", "HTML", "empty body"],
    ],
    "news dropped, repeated, delayed · while the stream was silent": [
        ["stream dropped", "stream repeated", "stream delayed"],
        ["stream silent"],
    ],
    "orders filled in parts · price jumps · wide spreads": [["filled in parts"], ["price jumped"], ["spread widened"]],
    "perpetuals held beside the grids · what they settled": [["perpetual"], ["settlement"]],
    "single bad prints · books with one side · rows that nobody can read": [
        ["bad print"],
        ["one-sided book"],
        ["unreadable rows"],
    ],
    "history that lagged · markets closed or half closed · rules changed": [
        ["history lagged"],
        [f"market {state}" for state in ("closed", "cancel_only", "limit_only", "post_only")],
        [
            f"rule changed: {rule}"
            for rule in ("tick_size", "step_size", "min_quantity", "max_quantity", "min_price", "max_price")
        ],
    ],
    "lists that came empty · rows that they left out": [
        [f"{name} empty" for name in ("open orders", "fills", "history", "balances", "markets")],
        [f"{name} thin" for name in ("open orders", "fills", "history")],
    ],
    "clocks set · clocks wrong · clocks that go on by 16 ms at a time": [
        ["clock set"],
        ["clock skewed"],
        ["coarse clock"],
    ],
    "machines that slept or stood still · that were off for a day or more · for weeks": [
        ["machine slept", "machine paused"],
        ["machine off for a day"],
        ["machine off for weeks"],
    ],
    "machines that are busy · starts with other settings · worlds that last for hours": [
        ["busy machine"],
        ["settings changed"],
        ["a long life"],
    ],
    "markets that bleed or climb for good · exchanges in maintenance · worlds of coins worth a small part of a cent": [
        ["a market that bleeds", "a market that climbs"],
        ["maintenance"],
        ["cheap coins"],
    ],
    "the owner by hand: orders · cancels · coins taken · orders with a trigger": [
        ["manual order"],
        ["cancelled by hand"],
        ["coins taken"],
        ["trigger order"],
    ],
    "databases: put back, emptied, another's, away · second writers · commits without an answer · disks full": [
        [
            *("database put back", "database lost", "database away"),
            *(f"database of {what}" for what in ("another account", "another mode", "another exchange")),
            *("database of an exchange that was emptied", "database of before there were marks"),
        ],
        ["another writer"],
        ["commits cut"],
        ["disk full"],
    ],
    "quiet bands in which every edge was tried · grids walked once more on paper": [["quiet"], ["twins walked"]],
}
"""What is counted together, by its name: figures of one row, each the sum of some kinds."""


def _exports(_lang: str) -> Iterator[str]:
    for name, columns in COLUMNS.items():
        yield _row(f"`{name}.csv`", " ".join(f"`{column}`" for column in columns))


_TABLES: Mapping[str, Callable[[str], Iterable[str]]] = {
    "parameters": _parameters,
    "commands": _commands,
    "freqtrade": _freqtrade,
    "settings": _settings,
    "problems": _problems,
    "worlds": _worlds,
    "export": _exports,
}


def setting(lang: str, name: str) -> str:
    """What a setting is, and which parameter it is the default of."""
    calls = (
        f"/{one.command} {shown(lang, one.word)}=" for one in TYPED if one.setting == name and one.command == "grid"
    )
    of = (say(lang, "page.default_of", call=call) for call in calls)
    return beside(lang, say(lang, f"setting.{name}"), *of)


def _names(lang: str, one: Parameter) -> str:
    names = dict.fromkeys((shown(lang, one.word), one.word))
    of = () if one.command == "grid" else (f"/{one.command}",)
    return " ".join(f"`{name}`" for name in (*of, *names))


def _value(lang: str, one: Parameter) -> str:
    """What may be given, in a few words."""
    match one.kind:
        case Kind.PRICE | Kind.MONEY:
            assert one.unit is not None, f"{one.word} is counted in something"
            value = say(lang, f"page.kind.{one.kind}", unit=say(lang, f"page.unit.{one.unit}"))
        case Kind.PERCENT | Kind.COUNT | Kind.HOURS | Kind.TIMES:
            most, least = MOST_HOURS if one.kind is Kind.HOURS else one.most, one.least if one.least > 1 else None
            value = say(lang, f"page.kind.{one.kind}", maximum=most, least=least)
        case Kind.SPACING | Kind.SHIFT | Kind.MEASURE | Kind.YES_NO | Kind.PERIOD:
            choices = " ".join(f"`{value_called(lang, word)}`" for word in _SAMPLE[one.kind].split())
            value = say(lang, "page.kind.choice", choices=choices)
        case Kind.CLOCK | Kind.DATE:
            value = say(lang, f"page.kind.{one.kind}")
        case Kind.MARKET | Kind.GRID:
            raise AssertionError(one)  # these are not typed by name
        case _:
            assert_never(one.kind)
    return say(lang, "page.removable", value=value, off=value_called(lang, "off")) if one.removable else value


def _default(lang: str, one: Parameter) -> str:
    default = default_of(one.setting) if one.setting else ""
    value = _text(lang, one, "default", default=default)
    return say(lang, "page.default", value=value, setting=one.setting.upper()) if one.setting else value


def _text(lang: str, one: Parameter, what: str, **values: str) -> Html:
    return say(
        lang,
        f"parameter.{one.word}.{what}",
        range=plain(RANGE * 100),
        usual=f"{USUAL_POSITION:,}",
        **values,
    )


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("\n", " ").replace("|", "\\|") for cell in cells) + " |"


def _block(title: str, names: Iterable[str]) -> str:
    """Settings under a title, each with its sentence."""
    lines = [f"# --- {title} ".ljust(_RULE, "-"), ""]
    for name in names:
        mark = "" if title == next(iter(_BLOCKS)) else "#"
        lines += [f"# {line}" for line in setting(OURS, name).splitlines()]
        lines += [f"{mark}{name.upper()}={default_of(name)}", ""]
    return "\n".join(lines)


def main() -> None:
    """Write what has changed."""
    for path, text in made().items():
        if path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
