"""The table of commands, a row each; and /start, /language and the cards, which need no file of their own."""

import re
import unicodedata
from collections.abc import Mapping

from bot.languages import LANGUAGES
from bot.telegram.answers import (
    audits,
    backtests,
    balances,
    compares,
    control,
    dialogue,
    exporting,
    holds,
    limits,
    live_card,
    machine,
    noise,
    panic,
    people,
    pictures,
    points,
    screens,
    shadows,
    suggests,
    tuning,
)
from bot.telegram.answers.aliases import ALIASES
from bot.telegram.answers.command import ChatCommand, Group, Handler, Takes
from bot.telegram.answers.conversation import Card, Conversation, keyboard, nav
from bot.telegram.answers.helping import LANGUAGE_NAMES, Helping, line
from bot.telegram.connection.roles import Role
from bot.telegram.texts import face as texts
from bot.telegram.texts.mistakes import (
    BACKTEST_EXAMPLE,
    BALANCE_EXAMPLE,
    GRID_EXAMPLE,
    POINTS_EXAMPLE,
    RISK_EXAMPLE,
    SUGGEST_EXAMPLE,
    TUNE_EXAMPLE,
)
from bot.telegram.typed.parsing import seen, tidy

HELP = Helping(lambda: BY_NAME)


async def start(talk: Conversation, _words: str) -> None:
    """/start: what this is and how to begin."""
    first = [nav(talk.label("new_grid"), "n"), nav(talk.label("status"), "w", "status")]
    rest = [nav(talk.label("help"), "h"), nav(talk.label("language"), "l")]
    await talk.send(texts.welcome(talk.lang, talk.trader.mode), keyboard(first, rest))


async def language(talk: Conversation, words: str) -> None:
    """/language, or `/language en` at once."""
    said = tidy(words).strip().lower()
    code = next((code for code, name in LANGUAGE_NAMES.items() if said in (code, name.lower())), said)
    if code in LANGUAGE_NAMES:
        await choose_language(talk, code)
        return
    choices = [nav(name, "l", code) for code, name in LANGUAGE_NAMES.items()]
    asked = " ".join(texts.say(lang, "language.ask") for lang in LANGUAGES)
    await talk.send(asked, keyboard(choices))


async def choose_language(talk: Conversation, code: str) -> None:
    """All messages from now on, and the menu of commands, in this language."""
    if code not in LANGUAGE_NAMES:
        return
    talk.desk.notebook.set_setting("language", code)
    talk.lang = code
    await talk.show(Card(talk.text("language.done")))
    talk.desk.renew_menus(talk.bot)


def _card(screen: screens.Screen) -> Handler:
    async def show(talk: Conversation, words: str) -> None:
        await talk.send(*screen(talk, words.split()))

    return show


_GRID_CALLS = ("/grid", GRID_EXAMPLE, "/grid confirm", "/grid ETH_USDC careful", "/grid again 1", "/grid around 1")
_STOP_CALLS = (
    "/stop 1",
    "/stop 1 sell",
    "/stop 1 slowly",
    "/stop 1 breakeven",
    "/stop 1 sell confirm",
    "/stop",
    "/stop all",
)
COMMANDS = (
    ChatCommand(
        name="grid",
        handle=dialogue.grid,
        group=Group.TRADE,
        calls=_GRID_CALLS,
    ),
    ChatCommand(
        name="status", handle=_card(screens.status), group=Group.LOOK, takes=Takes.GRID, needs=Role.VIEWER, asks=True
    ),
    ChatCommand(
        name="card",
        handle=live_card.card,
        group=Group.LOOK,
        calls=("/card", "/card 2", "/card off"),
        alone=Role.VIEWER,
        asks=True,
    ),
    ChatCommand(
        name="grids",
        handle=_card(screens.grids),
        group=Group.LOOK,
        calls=("/grids", "/grids all"),
        needs=Role.VIEWER,
        asks=True,
    ),
    ChatCommand(
        name="orders", handle=_card(screens.orders), group=Group.LOOK, takes=Takes.GRID, needs=Role.VIEWER, asks=True
    ),
    ChatCommand(
        name="fills",
        handle=_card(screens.fills),
        group=Group.LOOK,
        takes=Takes.GRID,
        calls=("/fills", "/fills 1", "/fills 1 2"),
        needs=Role.VIEWER,
        asks=True,
    ),
    ChatCommand(
        name="pnl",
        handle=screens.pnl,
        group=Group.LOOK,
        calls=("/pnl", "/pnl 1", "/pnl week", "/pnl 2026-10-01", "/pnl 1 month"),
        needs=Role.VIEWER,
        asks=True,
    ),
    ChatCommand(
        name="chart",
        handle=pictures.chart,
        group=Group.LOOK,
        calls=(
            "/chart",
            "/chart 1 7",
            "/chart 1 curve",
            "/chart 1 days",
            "/chart report",
            "/chart report week",
            "/chart light",
        ),
        needs=Role.VIEWER,
        asks=True,
    ),
    ChatCommand(
        name="share",
        handle=pictures.share,
        group=Group.LOOK,
        calls=("/share", "/share 1", "/share 1 week"),
        needs=Role.OPERATOR,
        asks=True,
    ),
    ChatCommand(
        name="balance",
        handle=balances.balance,
        group=Group.LOOK,
        calls=("/balance", "/balance USDC", BALANCE_EXAMPLE, "/balance autolend=no"),
        alone=Role.VIEWER,
        asks=True,
    ),
    ChatCommand(
        name="report",
        handle=screens.report,
        group=Group.LOOK,
        calls=("/report", "/report yesterday", "/report 2026-02-05", "/report week", "/report 2026-02-01 2026-02-05"),
        needs=Role.VIEWER,
        asks=True,
    ),
    ChatCommand(
        name="risk",
        handle=limits.risk,
        group=Group.LOOK,
        alone=Role.VIEWER,
        calls=("/risk", RISK_EXAMPLE, "/risk confirm"),
        asks=True,
    ),
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
        needs=Role.OPERATOR,
        asks=True,
    ),
    ChatCommand(
        name="compare",
        handle=compares.compare,
        group=Group.LOOK,
        calls=("/compare", "/compare 1"),
        needs=Role.OPERATOR,
        asks=True,
    ),
    ChatCommand(
        name="suggest",
        handle=suggests.suggest,
        group=Group.TRADE,
        calls=("/suggest", "/suggest ETH_USDC 500", SUGGEST_EXAMPLE, "/suggest which 500"),
        needs=Role.OPERATOR,
        asks=True,
    ),
    ChatCommand(
        name="points",
        handle=points.points,
        group=Group.LOOK,
        alone=Role.VIEWER,
        calls=("/points", POINTS_EXAMPLE),
        asks=True,
    ),
    ChatCommand(name="fees", handle=screens.fees, group=Group.LOOK, takes=Takes.NOTHING, needs=Role.VIEWER, asks=True),
    ChatCommand(
        name="audit",
        handle=audits.audit,
        group=Group.LOOK,
        needs=Role.OPERATOR,
        calls=("/audit", "/audit book"),
        asks=True,
    ),
    ChatCommand(
        name="shadow",
        handle=shadows.shadow,
        group=Group.LOOK,
        needs=Role.OPERATOR,
        calls=("/shadow", "/shadow 7"),
        asks=True,
    ),
    ChatCommand(
        name="stop",
        handle=control.stop,
        group=Group.TRADE,
        calls=_STOP_CALLS,
        needs=Role.OPERATOR,
        reduces_risk=True,
        overtakes=True,
    ),
    ChatCommand(
        name="pause",
        handle=control.pause,
        group=Group.TRADE,
        calls=("/pause 1", "/pause 1 buying", "/pause", "/pause all"),
        needs=Role.OPERATOR,
        reduces_risk=True,
        at_once=True,
    ),
    ChatCommand(
        name="resume",
        handle=control.resume,
        group=Group.TRADE,
        needs=Role.OPERATOR,
        calls=("/resume 1", "/resume 1 2", "/resume", "/resume all"),
        at_once=True,
    ),
    ChatCommand(
        name="decide",
        handle=holds.decide,
        group=Group.TRADE,
        alone=Role.OPERATOR,
        calls=("/decide", "/decide leave", "/decide cancel", "/decide adopt", "/decide end", "/decide trust"),
    ),
    ChatCommand(name="tune", handle=tuning.tune, group=Group.TRADE, calls=(TUNE_EXAMPLE, "/tune 1", "/tune 1 confirm")),
    ChatCommand(
        name="panic",
        handle=panic.panic,
        group=Group.TRADE,
        needs=Role.OPERATOR,
        reduces_risk=True,
        overtakes=True,
        at_once=True,
    ),
    ChatCommand(
        name="invite",
        handle=people.invite,
        group=Group.PEOPLE,
        calls=(people.INVITE_EXAMPLE, "/invite operator"),
    ),
    ChatCommand(name="members", handle=people.members, group=Group.PEOPLE, takes=Takes.NOTHING, asks=True),
    ChatCommand(
        name="revoke", handle=people.revoke, group=Group.PEOPLE, calls=(people.REVOKE_EXAMPLE, "/revoke"), at_once=True
    ),
    ChatCommand(name="bind", handle=people.bind, group=Group.PEOPLE, takes=Takes.NOTHING, at_once=True),
    ChatCommand(name="unbind", handle=people.unbind, group=Group.PEOPLE, takes=Takes.NOTHING, at_once=True),
    ChatCommand(name="log", handle=people.log, group=Group.PEOPLE, asks=True),
    ChatCommand(
        name="notify",
        handle=noise.notify,
        group=Group.ELSE,
        calls=("/notify", "/notify hourly", "/notify fills=off quiet=23:00-07:00", "/notify daily=08:00 weekly=mon"),
    ),
    ChatCommand(name="language", handle=language, group=Group.ELSE, calls=("/language", f"/language {LANGUAGES[0]}")),
    ChatCommand(
        name="help",
        handle=HELP.show,
        group=Group.ELSE,
        needs=Role.VIEWER,
        calls=("/help", "/help look", "/help stop"),
    ),
    ChatCommand(
        name="version", handle=machine.show_version, group=Group.ELSE, needs=Role.VIEWER, takes=Takes.NOTHING, asks=True
    ),
    ChatCommand(name="logs", handle=machine.logs, group=Group.ELSE, calls=("/logs", machine.LOGS_EXAMPLE), asks=True),
    ChatCommand(name="diag", handle=machine.diag, group=Group.ELSE, takes=Takes.NOTHING, asks=True),
    ChatCommand(name="start", handle=start, group=Group.ELSE, needs=Role.VIEWER),
    ChatCommand(name="cancel", handle=dialogue.leave, group=Group.ELSE, needs=Role.VIEWER, takes=Takes.NOTHING),
)
"""In the order of Telegram's menu."""
BY_NAME: Mapping[str, ChatCommand] = {command.name: command for command in COMMANDS}


def menu(lang: str, role: Role = Role.OWNER) -> list[tuple[str, str]]:
    """Telegram's menu of commands: those that somebody of this role may give."""
    may = [command for command in COMMANDS if command.needed("") <= role]
    return [(command.name, str(line(lang, command, "menu"))) for command in may]


_TAPPED = re.compile(r"grid_([0-9]{1,9})")
"""How lists name a grid: a tap on it shows it alone."""


_SLASH = re.compile(r"\s*(?:/\s*|[／、]\s*)")
"""A Chinese keyboard gives 、 where the slash is, and the full-width one."""
_NAME = re.compile(r"[^\s,，.:：;；。、!！?？]*")
_BEFORE, _BEHIND = " \t\u3000,，:：;；。、!！?？", " \t\u3000,，.:：;；。、!！?？"
"""What may stand between a command and its words, and behind them: none of it belongs to them. `.5` is a figure."""
_GLUED = re.compile(r"([a-z_]+)([0-9].*)")


def bot_of(text: str) -> str:
    """The bot that a command names, as in `/stop@a_bot 1`; nothing where it names none."""
    text = seen(text)
    slash = _SLASH.match(text)
    typed = _NAME.match(text, slash.end()) if slash else None
    return typed[0].partition("@")[2].lower() if typed else ""


def command_of(text: str) -> tuple[str, str]:
    """Name and words of a command: `/grid@a_bot ETH_USDC` is `grid` and `ETH_USDC`. Other text has no name.

    It is read as a phone writes it: `／stop　1`, `、stop 1`, `/stop1` and `/panic。` are what they were meant to be, as
    who stops something has no time for a keyboard. What is no plain slash makes a command of known names only. Marks
    that nobody sees, which come with what is pasted, are not there.

    What is called otherwise elsewhere is taken by its name alone: what follows it there would mean something else here.
    """
    text = seen(text)
    slash = _SLASH.match(text)
    typed = _NAME.match(text, slash.end()) if slash else None
    if slash is None or typed is None:
        return "", text
    name = unicodedata.normalize("NFKC", typed[0]).partition("@")[0].lower()
    words = text[typed.end() :].replace("\n", " ").lstrip(_BEFORE).rstrip(_BEHIND)
    if tapped := _TAPPED.fullmatch(name):
        return "status", f"{tapped[1]} {words}".strip()
    if (glued := _GLUED.fullmatch(name)) and glued[1] in BY_NAME:
        name, words = glued[1], f"{glued[2]} {words}".strip()
    if slash[0] != "/" and name not in BY_NAME and name not in ALIASES:
        return ("/", words) if text.startswith("/") else ("", text)
    name, alias = name or "/", ALIASES.get(name)
    if alias is None or words or not alias.meant:
        return name, words
    meant, _, more = alias.meant.partition(" ")
    return meant, more
