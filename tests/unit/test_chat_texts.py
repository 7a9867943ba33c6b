"""Every sentence that the chat's machinery asks for is in the catalogues: a missing one would show its bare key."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import telegram
from bot.languages import catalogue
from bot.telegram.answers.aliases import FREQTRADE
from bot.telegram.answers.command import Group
from bot.telegram.answers.commands import COMMANDS
from bot.telegram.answers.helping import SETTINGS
from bot.telegram.answers.screens import LOOKS
from bot.telegram.connection.roles import Role
from bot.telegram.texts import face as texts
from bot.telegram.typed.kinds import Kind, Place
from bot.telegram.typed.parameters import OF_GRID, TYPED
from strategy.model.account import Halt, Hold
from strategy.model.spec import Spacing

FOLDER = Path(telegram.__file__).parent
ASKED = [one.word for one in OF_GRID if one.kind is not Kind.YES_NO]


def asked_for() -> Iterator[tuple[str, str]]:
    """File and key of every sentence or label that is asked for by a plain name."""
    for path in sorted(FOLDER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                prefix = {"say": "", "text": "", "label": "button.", "button": "button."}.get(node.func.attr)
                words = [arg.value for arg in node.args[:2] if isinstance(arg, ast.Constant)]
                if prefix is not None and words and isinstance(words[-1], str):
                    yield path.name, prefix + words[-1]


def built() -> Iterator[str]:
    """Keys that are put together at run time."""
    yield from (f"command.{command.name}.{what}" for command in COMMANDS for what in ("menu", "help"))
    yield from (f"help.group.{group}" for group in Group)
    yield from (f"button.help.{topic}" for topic in (*Group, SETTINGS))
    yield from (f"{what}.{role.word}" for role in Role if role is not Role.OWNER for what in ("help.may", "page.who"))
    yield from (f"alias.{one.word}" for one in FREQTRADE)
    yield from (f"button.{name}" for name in LOOKS)
    yield from (f"parameter.{name}.{what}" for what in ("ask", "name") for name in ("market", *ASKED))
    yield from (f"parameter.{one.word}.typed" for one in TYPED)
    yield from (f"parameter.{one.word}.other" for one in TYPED if one.in_dollars)
    yield from (f"parameter.{one.word}.help" for one in OF_GRID)
    yield from (f"parameter.{one.word}.off" for one in OF_GRID if one.asked and one.removable)
    yield from (f"parameter.{one.word}.{one.preview}" for one in OF_GRID if one.preview is not Place.CARD)
    yield from (f"button.spacing.{spacing}" for spacing in Spacing)
    yield from (f"word.{spacing}" for spacing in Spacing)
    yield from (f"{verb}.{what}" for verb in ("stop", "pause", "resume") for what in ("which", "none"))
    yield from ("stop.done", "panic.done", "panic.progress", "stop.selling", "decide.left", "decide.cancelling")
    yield from (f"decide.{halt}" for halt in (*Halt, *Hold))
    yield from ("risk.set", "risk.ask", "risk.same", "grid.cancelled", "cancel.nothing", "button.resume_all")
    yield from ("button.leave_strangers", "button.cancel_strangers")
    yield from ("button.stop_missing", "button.trust_books", "button.confirm_live", "live.no", "live.no_open")
    yield from ("decide.left_cancelling", "decide.left_alone", "decide.missing_stopped", "decide.missing_trusted")


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_no_sentence_is_missing(lang: str) -> None:
    known = catalogue(lang)
    found = list(asked_for())

    assert len(found) > 60
    assert not [one for one in found if one[1] not in known]
    assert not [key for key in built() if key not in known]


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_a_button_is_short_enough_to_be_read_on_a_phone(lang: str) -> None:
    offs = {f"parameter.{one.word}.off" for one in OF_GRID}
    labels = {key: said for key, said in catalogue(lang).items() if key.startswith("button.") or key in offs}

    assert not [key for key, said in labels.items() if len(said) > 30]
