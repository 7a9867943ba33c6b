"""/balance: what the account holds and for whom, and whether the grids may use what is lent."""

from bot.telegram.answers.conversation import Conversation, keyboard
from bot.telegram.answers.screens import balance as balance_card
from bot.telegram.connection.delivery import Keyboard
from bot.telegram.connection.roles import Role
from bot.telegram.texts.mistakes import BALANCE_EXAMPLE, wrong_text
from bot.telegram.typed.parameters import BALANCE_KEYS
from bot.telegram.typed.parsing import Wrong, parse


async def balance(talk: Conversation, words: str) -> None:
    """`/balance`, `/balance USDC`; `/balance lent=yes` lets the grids use what is lent."""
    given = parse(words, keys=BALANCE_KEYS, words=len(words.split()))
    if isinstance(given, Wrong):
        talk.outcome = "refused"
        await talk.send(wrong_text(talk.lang, given, BALANCE_EXAMPLE))
        return
    if "lent" in given.values:
        use = given.values["lent"] == "yes"
        await talk.trader.use_lent(use=use)
        await talk.say("lending.used" if use else "lending.unused")
    card = balance_card(talk, given.words)
    await talk.send(card.html, _with_lending(talk, card.keyboard))


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
