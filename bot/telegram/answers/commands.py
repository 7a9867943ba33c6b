"""The table of commands, and those that need no file of their own: /start, /help, /language and the cards."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from bot.telegram.answers import audits, control, dialogue, panic, screens, tuning
from bot.telegram.answers.conversation import Card, Talk, keyboard, nav
from bot.telegram.texts import face as texts
from bot.telegram.typed.parsing import tidy

Command = Callable[[Talk, str], Awaitable[None]]

RISK_REDUCING = ("panic", "stop", "pause")
"""Obeyed however old they are: an old stop is still meant."""
UNLIMITED = ("panic", "stop")
"""Not counted, and answered ahead of everything else."""
_LANGUAGES: Mapping[str, str] = {lang: texts.say(lang, "language.name") for lang in texts.LANGUAGES}


async def start(talk: Talk, _words: str) -> None:
    """/start: what this is and how to begin."""
    first = [nav(talk.label("new_grid"), "n"), nav(talk.label("status"), "w", "status")]
    rest = [nav(talk.label("help"), "h"), nav(talk.label("language"), "l")]
    await talk.send(texts.welcome(talk.lang, talk.trader.mode), keyboard(first, rest))


async def show_help(talk: Talk, _words: str) -> None:
    """/help: every command."""
    await talk.send(texts.help(talk.lang))


async def language(talk: Talk, words: str) -> None:
    """/language, or `/language en` at once."""
    code = tidy(words).strip().lower()
    if code in _LANGUAGES:
        await choose_language(talk, code)
        return
    choices = [nav(name, "l", code) for code, name in _LANGUAGES.items()]
    await talk.send(talk.text("language.ask"), keyboard(choices))


async def choose_language(talk: Talk, code: str) -> None:
    """All messages from now on, and the menu of commands, in this language."""
    if code not in _LANGUAGES:
        return
    talk.desk.memory.set_setting("language", code)
    talk.lang = code
    await talk.show(Card(talk.text("language.done")))
    if talk.desk.language_changed is not None:
        talk.desk.in_background(talk.desk.language_changed(talk.bot))


def _card(screen: screens.Screen) -> Command:
    async def show(talk: Talk, words: str) -> None:
        await talk.send(*screen(talk, words.split()))

    return show


def _alone(name: str, command: Command) -> Command:
    """A command after which nothing may stand: whatever does is answered, and nothing is done."""

    async def only(talk: Talk, words: str) -> None:
        if words:
            talk.outcome = "refused"
            await talk.say("usage.alone", command=name, given=words)
        else:
            await command(talk, "")

    return only


COMMANDS: Mapping[str, Command] = {
    "start": start,
    "help": _alone("help", show_help),
    "grid": dialogue.grid,
    **{name: _card(screen) for name, screen in screens.SCREENS.items() if name != "risk"},
    "stop": control.stop,
    "pause": control.pause,
    "resume": control.resume,
    "tune": tuning.tune,
    "risk": tuning.risk,
    "audit": _alone("audit", audits.audit),
    "panic": panic.panic,
    "language": language,
    "cancel": _alone("cancel", dialogue.leave),
}
MENU: Sequence[str] = (
    "grid",
    "status",
    "grids",
    "orders",
    "fills",
    "pnl",
    "balance",
    "report",
    "risk",
    "audit",
    "stop",
    "pause",
    "resume",
    "tune",
    "panic",
    "language",
    "help",
    "start",
    "cancel",
)


def command_of(text: str) -> tuple[str, str]:
    """Name and words of a command: `/grid@a_bot ETH_USDC` is `grid` and `ETH_USDC`. Other text has no name."""
    if not text.startswith("/"):
        return "", text
    name, _, words = text[1:].replace("\n", " ").partition(" ")
    return name.partition("@")[0].lower() or "/", words.strip()
