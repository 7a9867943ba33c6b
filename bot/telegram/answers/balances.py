"""/balance: what the account holds and for whom, and whether the grids may use what is lent."""

from bot.telegram.answers.conversation import Conversation
from bot.telegram.answers.screens import balance as balance_card
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
    await talk.send(*balance_card(talk, given.words))


async def lend_use(talk: Conversation, _args: object) -> None:
    """The button beside the message that auto-lend is on."""
    await talk.trader.use_lent(use=True)
    await talk.trader.auto_lend(leave=True)
    await talk.say("lending.used")
