"""/balance: what the account holds and for whom, and what becomes of what is lent."""

from collections.abc import Sequence

from bot.telegram.answers.conversation import Card, Conversation, keyboard
from bot.telegram.answers.screens import balance as balance_card
from bot.telegram.connection.delivery import Keyboard
from bot.telegram.connection.roles import Role
from bot.telegram.texts.mistakes import BALANCE_EXAMPLE, wrong_text
from bot.telegram.typed.parameters import BALANCE_KEYS
from bot.telegram.typed.parsing import Wrong, parse


async def balance(talk: Conversation, words: str) -> None:
    """`/balance`, `/balance USDC`; `lent=yes` lets the grids use what is lent, `autolend=no` switches lending off."""
    given = parse(words, keys=BALANCE_KEYS, words=len(words.split()))
    if isinstance(given, Wrong):
        talk.outcome = "refused"
        await talk.send(wrong_text(talk.lang, given, BALANCE_EXAMPLE))
        return
    if "lent" in given.values:
        use = given.values["lent"] == "yes"
        await talk.trader.use_lent(use=use)
        await talk.say("lending.used" if use else "lending.unused")
    if "autolend" in given.values:
        await (lend_leave if given.values["autolend"] == "yes" else lend_off)(talk, {})
    await talk.send(*card(talk, given.words))


def card(talk: Conversation, args: Sequence[str]) -> Card:
    """What is there, and what can be decided about what is lent."""
    shown = balance_card(talk, args)
    return Card(shown.html, _with_lending(talk, shown.keyboard))


def _with_lending(talk: Conversation, under: Keyboard | None) -> Keyboard | None:
    """What the message that auto-lend is on offered, as long as something is lent that the grids may not use."""
    lines = talk.trader.summary().balances
    if talk.role is not Role.OWNER or not any(line.lent and not line.uses_lent for line in lines):
        return under
    group = f"lend {talk.desk.clock()}"
    own = [talk.once(talk.label(name), name, group=group) for name in ("lend_use", "lend_off")]
    return keyboard(own, *(under.inline_keyboard if under is not None else ()))


async def lend_use(talk: Conversation, _args: object) -> None:
    """The button beside the message that auto-lend is on."""
    await talk.trader.use_lent(use=True)
    await talk.trader.auto_lend(leave=True)
    await talk.say("lending.used")


async def lend_off(talk: Conversation, _args: object) -> None:
    """Switch the account's auto-lend off."""
    failed = await talk.trader.auto_lend(leave=False)
    await (talk.say("lending.failed", text=failed.text) if failed else talk.say("lending.off"))


async def lend_leave(talk: Conversation, _args: object) -> None:
    """Leave auto-lend as it is."""
    await talk.trader.auto_lend(leave=True)
    await talk.say("lending.left")
