"""Everything the owner reads, in each language: each function makes one message, ready to send as Telegram HTML.

The sentences are in locales/*/*.json, the figures come from `numbers`. Nothing here decides or asks anything.
"""

from bot.languages import LANGUAGES, language_of
from bot.telegram.texts.audit import amounts, audit
from bot.telegram.texts.backtests import backtest, not_played
from bot.telegram.texts.cards import balance, grids, one_grid, status
from bot.telegram.texts.catalogue import Html, button, say
from bot.telegram.texts.comparisons import compared
from bot.telegram.texts.digests import Hours, digest
from bot.telegram.texts.fees import fees
from bot.telegram.texts.fills import MOST_FILLS_TOLD, fills
from bot.telegram.texts.levels import jumps, waits
from bot.telegram.texts.live_card import live_card, stamped
from bot.telegram.texts.notices import notice, together
from bot.telegram.texts.order_lists import fill_list, grids_cut, orders
from bot.telegram.texts.phrases import MOST_CHARACTERS, duration, foot, lines
from bot.telegram.texts.points import points
from bot.telegram.texts.preview_card import preview
from bot.telegram.texts.problems import problem
from bot.telegram.texts.profit import pnl
from bot.telegram.texts.reports import report, risk
from bot.telegram.texts.shadows import shadow
from bot.telegram.texts.suggestions import not_suggested, ranked, suggested

__all__ = [
    "LANGUAGES",
    "MOST_CHARACTERS",
    "MOST_FILLS_TOLD",
    "Hours",
    "Html",
    "amounts",
    "audit",
    "backtest",
    "balance",
    "button",
    "compared",
    "digest",
    "duration",
    "fees",
    "fill_list",
    "fills",
    "foot",
    "grids",
    "grids_cut",
    "jumps",
    "language_of",
    "lines",
    "live_card",
    "not_played",
    "not_suggested",
    "notice",
    "one_grid",
    "orders",
    "pnl",
    "points",
    "preview",
    "problem",
    "ranked",
    "report",
    "risk",
    "say",
    "shadow",
    "stamped",
    "status",
    "suggested",
    "together",
    "waits",
    "welcome",
]


def welcome(lang: str, mode: str) -> Html:
    """What this is, where its orders go, and how to begin."""
    return lines(say(lang, "welcome", where=say(lang, f"welcome.{mode}")), foot(lang, mode))
