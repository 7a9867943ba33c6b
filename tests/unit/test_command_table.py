"""The tables of commands, of buttons and of what commands are called elsewhere fit together."""

import pytest

from bot.telegram.answers.aliases import ALIASES, FREQTRADE, Alias
from bot.telegram.answers.commands import BY_NAME, COMMANDS, command_of
from bot.telegram.answers.helping import MEANT
from bot.telegram.answers.pressing import BUTTONS, CARDS, OF_CARD, OF_LOOK, SLOW
from bot.telegram.answers.screens import SCREENS
from bot.telegram.connection.roles import Role

LOOKS = "status card grids orders fills chart pnl balance report risk points fees help version start cancel"
ACTS = "share backtest suggest compare audit shadow stop pause resume panic"


def test_whatever_a_button_does_is_done_by_a_command() -> None:
    behind = [press.of for press in BUTTONS.values()] + [OF_CARD.get(name, name) for name in (*CARDS, *SLOW)]

    assert sorted({*behind, *OF_LOOK.values()} - BY_NAME.keys()) == []
    assert BUTTONS.keys() >= {MEANT}
    assert CARDS.keys() >= SCREENS.keys()


TYPED = {
    "start": "/grid ETH_USDC lower=1900 upper=2100 grids=5 total=500",
    "cancel": "/cancel",
    "vary": "/grid ETH_USDC lower=1900 upper=2100 grids=5 total=500 maxloss=8% losssell=yes",
    "fix": "/grid ETH_USDC lower=1900 upper=2100 grids=5 total=400",
    "change": "/grid ETH_USDC lower=1900 upper=2100 grids=5 total=400",
    "stop": "/stop 1 sell",
    "pause": "/pause 1 buying",
    "resume": "/resume 1",
    "stop_all": "/stop all",
    "pause_all": "/pause all",
    "resume_all": "/resume all",
    "lift": "/resume",
    "tune": "/tune 1 maxloss=8%",
    "fix_tune": "/tune 1 stop=1800",
    "risk": "/risk daily=200",
    "put_back": "/tune 1 back",
    "settle": "/resume",
    "settle_left": "/resume",
    "settle_missing": "/resume",
    "ask_live": "/resume",
    "backtest": "/backtest 1 days=90",
    "preview": "/grid ETH_USDC lower=1900 upper=2100 grids=5 total=500",
    "take": "/suggest ETH_USDC 500 calm",
    "book_difference": "/audit",
    "lend_off": "/balance",
    "lend_leave": "/balance lent=no",
    "lend_use": "/balance lent=yes",
    "panic": "/panic",
    "revoke": "/revoke 123456789",
    "resume_ran": "/resume 1",
    "around": "/grid ETH_USDC lower=2023 upper=2236 grids=5 total=500",
    "again": "/grid",
    "wait": "/stop",
    "keep": "/stop 1",
    "ask_resume": "/resume 1",
    MEANT: "/help",
}
"""What is typed for each button that acts: it does the same, or shows the same button with how things stand now."""


@pytest.mark.parametrize("action", BUTTONS)
def test_whatever_a_button_does_can_be_typed(action: str) -> None:
    name, _ = command_of(TYPED[action])

    assert TYPED.keys() == BUTTONS.keys()
    assert name in BY_NAME
    assert name == BUTTONS[action].of or action in ("take", "cancel"), "these two go on with what another began"


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
    assert with_words == {"balance", "card", "risk", "points"}, "what follows these may change something"


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
