"""The tables of commands, of buttons and of what commands are called elsewhere fit together."""

import pytest

from bot.languages import LANGUAGES
from bot.telegram.answers.aliases import ALIASES, FREQTRADE, Alias
from bot.telegram.answers.command import ChatCommand
from bot.telegram.answers.commands import BY_NAME, COMMANDS, command_of
from bot.telegram.answers.confirming import ASKED
from bot.telegram.answers.helping import MEANT, about
from bot.telegram.answers.pressing import BUTTONS, CARDS, OF_CARD, OF_LOOK, SLOW
from bot.telegram.answers.screens import LOOKS as SHOWN
from bot.telegram.connection.roles import Role
from bot.telegram.texts.face import button, say
from bot.telegram.typed.names import BOOK, CONFIRM, DECISIONS, called
from tests.transcripts.typed import TYPED

LOOKS = "status card grids orders fills chart pnl balance report risk points fees help version start cancel"
ACTS = "share backtest suggest compare audit shadow stop pause resume decide panic"


def test_whatever_a_button_does_is_done_by_a_command() -> None:
    behind = [press.of for press in BUTTONS.values()] + [OF_CARD.get(name, name) for name in (*CARDS, *SLOW)]

    assert sorted({*behind, *OF_LOOK.values()} - BY_NAME.keys()) == []
    assert BUTTONS.keys() >= {MEANT}
    assert {*CARDS, *SLOW} >= {*SHOWN}


@pytest.mark.parametrize("action", BUTTONS)
def test_whatever_a_button_does_can_be_typed_by_whoever_may_press_it(action: str) -> None:
    name, words = command_of(TYPED[action])

    assert TYPED.keys() == BUTTONS.keys()
    assert name == BUTTONS[action].of or name == "cancel", "/cancel is in words what lets things be"
    if name != "cancel" and action not in ("lift", "ask_live"):  # /resume itself leaves these to the owner
        assert BY_NAME[name].needed(words) == (BUTTONS[action].needs or BY_NAME[BUTTONS[action].of].needs)


def test_what_is_asked_with_a_button_can_be_answered_in_words() -> None:
    said = {action for action in BUTTONS if TYPED[action].split()[-1] in (*CONFIRM, *BOOK, *DECISIONS)}

    assert said | {"cancel"} == {*ASKED}


def test_what_acts_at_once_and_needs_no_words_is_behind_a_button_that_works_once() -> None:
    assert {command.name for command in COMMANDS if command.at_once} == {
        "pause",
        "resume",
        "panic",
        "revoke",
        "bind",
        "unbind",
    }


def test_who_may_give_a_command_is_in_its_row_and_denied_where_nothing_is_said() -> None:
    may = {role: sorted(one.name for one in COMMANDS if one.needed("") is role) for role in Role}
    with_words = {one.name for one in COMMANDS if one.needed("a word") is not one.needed("")}

    assert may[Role.VIEWER] == sorted(LOOKS.split())
    assert may[Role.OPERATOR] == sorted(ACTS.split())
    assert with_words == {"balance", "card", "decide", "risk", "points"}, "what follows these may change something"


@pytest.mark.parametrize("alias", ALIASES.values(), ids=lambda one: one.word)
def test_a_command_from_elsewhere_is_one_of_ours_by_its_name_alone(alias: Alias) -> None:
    assert alias in FREQTRADE
    name, words = command_of(f"/{alias.word}")
    if alias.meant:
        assert f"{name} {words}".strip() == alias.meant
        assert name in BY_NAME
    assert command_of(f"/{alias.word} 7")[0] == alias.word


def test_no_command_of_ours_is_called_as_another_one_elsewhere() -> None:
    assert not ALIASES.keys() & BY_NAME.keys()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_each_way_to_type_a_command_stands_beside_what_it_does(lang: str, command: ChatCommand) -> None:
    said = about(lang, command).splitlines()

    assert [one for one in said if one.startswith("<code>")] == said[1 : 1 + len(command.usage)]
    assert all(len(one.partition("</code> – ")[2]) > 1 for one in said[1 : 1 + len(command.usage)])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_roles_and_topics_are_typed_as_the_chat_calls_them(lang: str) -> None:
    shown = [called(lang, line) for line in (*BY_NAME["invite"].calls, "/help look", "/help stop")]

    assert shown == [
        f"/invite {say(lang, 'role.viewer')}",
        f"/invite {say(lang, 'role.operator')}",
        f"/help {button(lang, 'help.look').lower()}",
        "/help stop",
    ]
