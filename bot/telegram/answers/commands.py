"""The table of commands, a row each; and /start, /help, /language and the cards, which need no file of their own."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.languages import LANGUAGES
from bot.telegram.answers import (
    audits,
    backtests,
    balances,
    control,
    dialogue,
    exporting,
    limits,
    live_card,
    panic,
    points,
    screens,
    tuning,
)
from bot.telegram.answers.conversation import Card, Conversation, keyboard, nav
from bot.telegram.texts import face as texts
from bot.telegram.texts.catalogue import Html, joined
from bot.telegram.texts.guide import parameters
from bot.telegram.texts.mistakes import (
    BACKTEST_EXAMPLE,
    BALANCE_EXAMPLE,
    GRID_EXAMPLE,
    POINTS_EXAMPLE,
    RISK_EXAMPLE,
    TUNE_EXAMPLE,
)
from bot.telegram.typed.parsing import tidy

Handler = Callable[[Conversation, str], Awaitable[None]]
_NAMES: Mapping[str, str] = {lang: texts.say(lang, "language.name") for lang in LANGUAGES}


class Group(StrEnum):
    """Under which heading the help tells a command."""

    TRADE = "trade"
    LOOK = "look"
    ELSE = "else"


class Takes(StrEnum):
    """What may stand after a command."""

    NOTHING = "nothing"
    """Whatever does is answered, and nothing is done."""
    GRID = "grid"
    """The number of a grid, which is then shown alone."""
    WORDS = "words"
    """What it reads itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatCommand:
    """One command: the router, the menu, the help and the pages come of it.

    What it is called with in each language is in that language's folder, under `command.<name>`.
    """

    name: str
    handle: Handler
    group: Group
    takes: Takes = Takes.WORDS
    calls: tuple[str, ...] = ()
    """How it is typed, for the pages; where nothing is said, as its name and what it takes say."""
    asks: bool = False
    """It shows how things stand and changes nothing."""
    reduces_risk: bool = False
    """Obeyed however old it is: an old stop is still meant."""
    overtakes: bool = False
    """Not counted, and answered ahead of everything else."""

    async def answer(self, talk: Conversation, words: str) -> None:
        """Do it, or say that nothing may stand after it."""
        if words and self.takes is Takes.NOTHING:
            talk.outcome = "refused"
            await talk.say("usage.alone", command=self.name, given=words)
        else:
            await self.handle(talk, words)

    @property
    def usage(self) -> tuple[str, ...]:
        """How it is typed."""
        alone = f"/{self.name}"
        return self.calls or ((alone, f"{alone} 1") if self.takes is Takes.GRID else (alone,))


async def start(talk: Conversation, _words: str) -> None:
    """/start: what this is and how to begin."""
    first = [nav(talk.label("new_grid"), "n"), nav(talk.label("status"), "w", "status")]
    rest = [nav(talk.label("help"), "h"), nav(talk.label("language"), "l")]
    await talk.send(texts.welcome(talk.lang, talk.trader.mode), keyboard(first, rest))


async def show_help(talk: Conversation, _words: str) -> None:
    """/help: every command, then every parameter: together they have more entities than Telegram reads in a message."""
    for part in help_of(talk.lang):
        await talk.send(part)


async def language(talk: Conversation, words: str) -> None:
    """/language, or `/language en` at once."""
    code = tidy(words).strip().lower()
    if code in _NAMES:
        await choose_language(talk, code)
        return
    choices = [nav(name, "l", code) for code, name in _NAMES.items()]
    asked = " ".join(texts.say(lang, "language.ask") for lang in LANGUAGES)
    await talk.send(asked, keyboard(choices))


async def choose_language(talk: Conversation, code: str) -> None:
    """All messages from now on, and the menu of commands, in this language."""
    if code not in _NAMES:
        return
    talk.desk.notebook.set_setting("language", code)
    talk.lang = code
    await talk.show(Card(talk.text("language.done")))
    if talk.desk.language_changed is not None:
        talk.desk.in_background(talk.desk.language_changed(talk.bot))


def _card(screen: screens.Screen) -> Handler:
    async def show(talk: Conversation, words: str) -> None:
        await talk.send(*screen(talk, words.split()))

    return show


COMMANDS = (
    ChatCommand(name="grid", handle=dialogue.grid, group=Group.TRADE, calls=("/grid", GRID_EXAMPLE)),
    ChatCommand(name="status", handle=_card(screens.status), group=Group.LOOK, takes=Takes.GRID, asks=True),
    ChatCommand(
        name="card", handle=live_card.card, group=Group.LOOK, calls=("/card", "/card 2", "/card off"), asks=True
    ),
    ChatCommand(name="grids", handle=_card(screens.grids), group=Group.LOOK, calls=("/grids", "/grids all"), asks=True),
    ChatCommand(name="orders", handle=_card(screens.orders), group=Group.LOOK, takes=Takes.GRID, asks=True),
    ChatCommand(name="fills", handle=_card(screens.fills), group=Group.LOOK, takes=Takes.GRID, asks=True),
    ChatCommand(
        name="pnl",
        handle=screens.pnl,
        group=Group.LOOK,
        calls=("/pnl", "/pnl 1", "/pnl week", "/pnl 2026-10-01", "/pnl 1 month"),
        asks=True,
    ),
    ChatCommand(
        name="balance",
        handle=balances.balance,
        group=Group.LOOK,
        calls=("/balance", "/balance USDC", BALANCE_EXAMPLE),
        asks=True,
    ),
    ChatCommand(
        name="report",
        handle=_card(screens.report),
        group=Group.LOOK,
        calls=("/report", "/report 2026-02-05"),
        asks=True,
    ),
    ChatCommand(name="risk", handle=limits.risk, group=Group.LOOK, calls=("/risk", RISK_EXAMPLE), asks=True),
    ChatCommand(
        name="export",
        handle=exporting.export,
        group=Group.LOOK,
        calls=("/export", "/export 1", "/export 2026-10-01 2026-10-31"),
        asks=True,
    ),
    ChatCommand(
        name="backtest",
        handle=backtests.backtest,
        group=Group.LOOK,
        calls=("/backtest 1", "/backtest 1 days=90", BACKTEST_EXAMPLE),
        asks=True,
    ),
    ChatCommand(name="points", handle=points.points, group=Group.LOOK, calls=("/points", POINTS_EXAMPLE), asks=True),
    ChatCommand(name="fees", handle=_card(screens.fees), group=Group.LOOK, takes=Takes.NOTHING, asks=True),
    ChatCommand(name="audit", handle=audits.audit, group=Group.LOOK, takes=Takes.NOTHING, asks=True),
    ChatCommand(
        name="stop",
        handle=control.stop,
        group=Group.TRADE,
        calls=("/stop 1", "/stop 1 sell", "/stop 1 slowly", "/stop 1 breakeven", "/stop", "/stop all"),
        reduces_risk=True,
        overtakes=True,
    ),
    ChatCommand(
        name="pause",
        handle=control.pause,
        group=Group.TRADE,
        calls=("/pause 1", "/pause 1 buying", "/pause", "/pause all"),
        reduces_risk=True,
    ),
    ChatCommand(name="resume", handle=control.resume, group=Group.TRADE, calls=("/resume 1", "/resume", "/resume all")),
    ChatCommand(name="tune", handle=tuning.tune, group=Group.TRADE, calls=(TUNE_EXAMPLE, "/tune 1")),
    ChatCommand(name="panic", handle=panic.panic, group=Group.TRADE, reduces_risk=True, overtakes=True),
    ChatCommand(name="language", handle=language, group=Group.ELSE, calls=("/language", f"/language {LANGUAGES[0]}")),
    ChatCommand(name="help", handle=show_help, group=Group.ELSE, takes=Takes.NOTHING),
    ChatCommand(name="start", handle=start, group=Group.ELSE),
    ChatCommand(name="cancel", handle=dialogue.leave, group=Group.ELSE, takes=Takes.NOTHING),
)
"""In the order of Telegram's menu."""
BY_NAME: Mapping[str, ChatCommand] = {command.name: command for command in COMMANDS}


def menu(lang: str) -> list[tuple[str, str]]:
    """Telegram's menu of commands."""
    return [(command.name, str(_line(lang, command, "menu"))) for command in COMMANDS]


def help_of(lang: str) -> tuple[Html, Html]:
    """Every command, and the parameters of /grid."""
    return Html("\n\n".join(_group(lang, group) for group in Group)), parameters(lang)


def _group(lang: str, group: Group) -> Html:
    own = [command for command in COMMANDS if command.group is group]
    numbered = " ".join(f"/{command.name}" for command in own if command.takes is Takes.GRID)
    return texts.lines(
        texts.say(lang, f"help.group.{group}"),
        *(_line(lang, command, "help") for command in own),
        texts.say(lang, "help.number", commands=numbered) if numbered else None,
    )


def _line(lang: str, command: ChatCommand, what: str) -> Html:
    languages = joined(lang, "or", _NAMES.values())
    return texts.say(lang, f"command.{command.name}.{what}", languages=languages)


def command_of(text: str) -> tuple[str, str]:
    """Name and words of a command: `/grid@a_bot ETH_USDC` is `grid` and `ETH_USDC`. Other text has no name."""
    if not text.startswith("/"):
        return "", text
    name, _, words = text[1:].replace("\n", " ").partition(" ")
    return name.partition("@")[0].lower() or "/", words.strip()
