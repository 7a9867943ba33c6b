"""Each conversation, in each language, is the one that a person has read. `python -m tests.transcripts` holds anew."""

import pytest

from bot.languages import LANGUAGES
from bot.telegram.answers.commands import COMMANDS
from bot.telegram.answers.pressing import BUTTONS, OF_LOOK
from tests.transcripts.phone import held
from tests.transcripts.scenes import PRESSED, SCENES, SEEN
from tests.transcripts.typed import TYPED


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", SCENES)
async def test_a_conversation_is_as_it_was_reviewed(name: str, lang: str) -> None:
    is_held = await held(SCENES[name], lang)

    assert is_held.seen == (SEEN / lang / f"{name}.txt").read_text("utf-8")
    assert is_held.pressed == pressed()[name]


def test_every_command_is_in_a_conversation() -> None:
    typed = {act.split()[0] for acts in SCENES.values() for act in acts if isinstance(act, str)}
    assert {f"/{command.name}" for command in COMMANDS} <= typed


def test_every_button_that_acts_or_asks_is_pressed_in_a_conversation() -> None:
    there = {one for kinds in pressed().values() for one in kinds}

    assert BUTTONS.keys() <= there
    looks = {one.partition("|")[0] for one in there}
    assert looks >= {*OF_LOOK, "v", "w", "k"}


def test_what_is_typed_for_a_button_is_typed_in_a_conversation() -> None:
    acts = [act for scene in SCENES.values() for act in scene]

    assert {*TYPED.values()} - {act for act in acts if isinstance(act, str)} == set()


def test_no_conversation_stands_there_that_is_not_held() -> None:
    for lang in LANGUAGES:
        assert {path.stem for path in (SEEN / lang).iterdir()} == set(SCENES)


def pressed() -> dict[str, frozenset[str]]:
    """By conversation, as it was reviewed: each is held by a test of its own, and they need not all be held again."""
    lines = [line.split() for line in PRESSED.read_text("utf-8").splitlines()]
    return {name: frozenset(kinds) for name, *kinds in lines}
