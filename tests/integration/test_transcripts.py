"""Each conversation, in each language, is the one that a person has read. `python -m tests.transcripts` holds anew."""

import pytest

from bot.languages import LANGUAGES
from bot.telegram.answers.commands import COMMANDS
from bot.telegram.answers.pressing import BUTTONS, OF_LOOK
from tests.transcripts.phone import held
from tests.transcripts.scenes import SCENES, SEEN
from tests.transcripts.typed import TYPED


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", SCENES)
async def test_a_conversation_is_as_it_was_reviewed(name: str, lang: str) -> None:
    assert (await held(SCENES[name], lang)).seen == (SEEN / lang / f"{name}.txt").read_text("utf-8")


def test_every_command_is_in_a_conversation() -> None:
    typed = {act.split()[0] for acts in SCENES.values() for act in acts if isinstance(act, str)}
    assert {f"/{command.name}" for command in COMMANDS} <= typed


async def test_every_button_that_acts_or_asks_is_pressed_in_a_conversation() -> None:
    pressed = {one for acts in SCENES.values() for one in (await held(acts, LANGUAGES[0])).pressed}

    assert BUTTONS.keys() <= pressed
    looks = {one.partition("|")[0] for one in pressed}
    assert looks >= {*OF_LOOK, "v", "w", "k"}


def test_what_is_typed_for_a_button_is_typed_in_a_conversation() -> None:
    acts = [act for scene in SCENES.values() for act in scene]

    assert {*TYPED.values()} - {act for act in acts if isinstance(act, str)} == set()


def test_no_conversation_stands_there_that_is_not_held() -> None:
    for lang in LANGUAGES:
        assert {path.stem for path in (SEEN / lang).iterdir()} == set(SCENES)
