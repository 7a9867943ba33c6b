"""/card and the buttons under the pinned card: whether there is one, which grid it shows. It is kept elsewhere.

What is wanted stands in the notebook, where whoever keeps the card finds it, in this process or in the next.
"""

from collections.abc import Mapping, Sequence

from telegram import InlineKeyboardButton

from bot.owner.trader import Notebook
from bot.telegram.answers import control
from bot.telegram.answers.conversation import BUTTON_LIFE, Card, Conversation, keyboard, nav
from bot.telegram.answers.screens import grid_meant
from bot.telegram.connection.delivery import Keyboard
from bot.telegram.connection.roles import Role
from bot.telegram.texts import face as texts
from bot.telegram.texts.catalogue import Html
from bot.telegram.typed.names import OFF
from bot.telegram.typed.parsing import tidy
from strategy.model.grid import Grid, Phase
from strategy.model.orders import GridId

MESSAGE, OLD, GRID, PINNED = "card", "card_old", "card_grid", "card_pinned"
"""Settings: the card's message, one that is to go, the grid in full, the message that was pinned."""
WANTED, NONE = "wanted", ""
"""In the place of a message: one is to be made; the owner wants none. Nothing stands there until the first grid."""
_MOST_OTHERS = 8
_IN_A_ROW = 4


async def card(talk: Conversation, words: str) -> None:
    """`/card` makes the card anew at the chat's end; `/card 2`; `/card off`, for good. Others only look at it."""
    if talk.role is not Role.OWNER:
        await talk.show(_looked_at(talk))
        return
    said = tidy(words).lower()
    if said in OFF:
        was = message_of(talk.desk.notebook)
        _put_away(talk.desk.notebook, NONE)
        talk.desk.card_changed()
        await talk.say("card.none" if was is None else "card.off")
        return
    if len(said.split()) > 1:
        talk.outcome = "refused"
        await talk.say("card.usage", given=words)
        return
    meant = grid_meant(talk, "card", said.split())
    if isinstance(meant, Card):
        await talk.show(meant)
        return
    if meant is not None:
        talk.desk.notebook.set_setting(GRID, str(meant))
    _put_away(talk.desk.notebook, WANTED)
    talk.desk.card_changed()


def _looked_at(talk: Conversation) -> Card:
    """What the card says now, for somebody whose card it is not: it is not kept, and nothing is done from it."""
    account, zone = talk.trader.account(), talk.trader.zone
    shown = shown_in_full(talk.desk.notebook, account.grids)
    html = texts.live_card(talk.lang, talk.trader.summary(), account, shown, zone)
    said = texts.stamped(talk.lang, html, talk.trader.now(), zone)
    return Card(said, keyboard([nav(talk.label("refresh"), "v", "card")]))


def _put_away(notebook: Notebook, then: str) -> None:
    """The message that is the card now is one to go; what is to be instead of it."""
    if (message := message_of(notebook)) is not None:
        notebook.set_setting(OLD, str(message))
    notebook.set_setting(MESSAGE, then)


async def pressed(talk: Conversation, args: Sequence[str]) -> None:
    """A button of the card. Those of a message that is the card no longer do nothing, and go."""
    if talk.pressed != message_of(talk.desk.notebook):
        talk.outcome = "too old"
        await talk.drop_buttons()
        await talk.say("pressed.late")
        return
    match args:
        case ["refresh"]:
            pass
        case ["grid", number] if number.isdecimal():
            talk.desk.notebook.set_setting(GRID, number)
        case ["pause", number]:
            await control.pause(talk, number)
        case ["resume", number]:
            await _ask_resume(talk, number)
        case _:
            talk.outcome = "unknown"
    talk.desk.card_changed()


def answered(talk: Conversation, args: Sequence[str]) -> Html | None:
    """The word that a press of the card is answered with at once, where the card itself follows it."""
    if talk.pressed != message_of(talk.desk.notebook):
        return None
    match args:
        case ["refresh"]:
            return talk.text("card.refreshing")
        case ["grid", number]:
            return talk.text("card.in_full", grid=number)
        case _:
            return None


async def _ask_resume(talk: Conversation, number: str) -> None:
    """Trading on takes risk again, and the card's buttons never grow old: so it is asked, with one that does."""
    yes = talk.once(
        talk.label("resume"), "resume", {"grid": number}, group=f"resume {number}", life=BUTTON_LIFE, style="success"
    )
    await talk.send(talk.text("card.resume", grid=number), keyboard([yes, nav(talk.label("back"), "x")]))


def message_of(notebook: Notebook) -> int | None:
    """The message that is the card now."""
    said = notebook.setting(MESSAGE) or NONE
    return int(said) if said.isdecimal() else None


def shown_in_full(notebook: Notebook, grids: Mapping[GridId, Grid]) -> GridId | None:
    """The grid that was chosen while it is not over, else the oldest that is not, else the last that was."""
    said = notebook.setting(GRID) or ""
    chosen = grids.get(GridId(int(said))) if said.isdecimal() else None
    going = [grid for grid in grids.values() if grid.phase is not Phase.STOPPED]
    if chosen is not None and (chosen in going or not going):
        return chosen.id
    return going[0].id if going else max(grids, default=None)


def buttons(lang: str, shown: GridId | None, grids: Mapping[GridId, Grid]) -> Keyboard:
    """What can be done from the card; the last rows show another grid in full."""
    refresh = _button(lang, "refresh", "c", "refresh")
    if shown is None:
        return keyboard([refresh, _button(lang, "new_grid", "n")])
    number, grid = str(shown), grids[shown]
    hold = _button(lang, "resume", "c", "resume", number) if grid.resumable else None
    if grid.phase in (Phase.WAITING, Phase.SEEDING, Phase.RUNNING):
        hold = _button(lang, "pause", "c", "pause", number)
    acts = [
        _button(lang, "tune", "w", "tune", number),
        hold,
        _button(lang, "stop", "w", "stop", number, style="danger"),
    ]
    if grid.phase is Phase.STOPPED:
        sells = grid.market.fitting(grid.coins) > 0
        sale = _button(lang, "sell_coins", "w", "stop", number, style="danger") if sells else None
        acts = [hold, sale, _button(lang, "new_grid", "n")]
    others = [
        nav(texts.button(lang, "grid_short").format(grid=other.id), "c", "grid", str(other.id))
        for other in grids.values()
        if other.id != shown and other.phase is not Phase.STOPPED
    ][:_MOST_OTHERS]
    rows = [others[at : at + _IN_A_ROW] for at in range(0, len(others), _IN_A_ROW)]
    return keyboard(
        [refresh, _button(lang, "picture", "w", "chart", number), _button(lang, "fills", "w", "fills", number)],
        [one for one in acts if one],
        *rows,
    )


def _button(lang: str, label: str, *data: str, style: str | None = None) -> InlineKeyboardButton:
    return InlineKeyboardButton(texts.button(lang, label), callback_data="|".join(data), style=style)
