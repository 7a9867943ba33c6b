"""Everything the owner reads, in English and Chinese: each function makes one message, ready to send as Telegram HTML.

The sentences are in locales/*.json, the figures come from `numbers`. Nothing here decides or asks anything.
"""

from bot.telegram.audit_texts import amounts, audit
from bot.telegram.cards import balance, grids, one_grid, status
from bot.telegram.catalogue import LANGUAGES, Html, button, language_of, say
from bot.telegram.fill_texts import MOST_FILLS_TOLD, fills
from bot.telegram.order_lists import fill_list, orders
from bot.telegram.preview_card import preview
from bot.telegram.problems import problem
from bot.telegram.reports import pnl, report, risk
from bot.telegram.told import jumps, notice, together, waits
from bot.telegram.words import MOST_CHARACTERS, duration, foot, lines

__all__ = [
    "LANGUAGES",
    "MOST_CHARACTERS",
    "MOST_FILLS_TOLD",
    "Html",
    "amounts",
    "audit",
    "balance",
    "button",
    "duration",
    "fill_list",
    "fills",
    "foot",
    "grids",
    "help",
    "jumps",
    "language_of",
    "lines",
    "notice",
    "one_grid",
    "orders",
    "pnl",
    "preview",
    "problem",
    "report",
    "risk",
    "say",
    "status",
    "together",
    "waits",
    "welcome",
]


def help(lang: str) -> Html:  # noqa: A001 - the command is called so
    """All commands, then the settings of /grid."""
    return Html(f"{say(lang, 'help.text')}\n\n{say(lang, 'help.keys')}")


def welcome(lang: str, mode: str) -> Html:
    """What this is, where its orders go, and how to begin."""
    return lines(say(lang, "welcome", where=say(lang, f"welcome.{mode}")), foot(lang, mode))
