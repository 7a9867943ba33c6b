"""Commands that people bring with them from freqtrade: which of ours is meant by each. No command is known here.

What each does here is in the languages' folders, under `alias.<word>`; docs/from-freqtrade.md is made of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A command of freqtrade's."""

    word: str
    meant: str = ""
    """What is typed here, without the slash; nothing where there is no such thing here, which is answered and why."""


FREQTRADE = (
    Alias(word="start", meant="start"),
    Alias(word="stop", meant="stop"),
    Alias(word="pause", meant="pause"),
    Alias(word="stopentry", meant="pause buying"),
    Alias(word="stopbuy", meant="pause buying"),
    Alias(word="status", meant="status"),
    Alias(word="count", meant="grids"),
    Alias(word="trades", meant="fills"),
    Alias(word="order", meant="orders"),
    Alias(word="profit", meant="pnl"),
    Alias(word="performance", meant="grids"),
    Alias(word="stats", meant="pnl"),
    Alias(word="daily", meant="report"),
    Alias(word="weekly", meant="pnl week"),
    Alias(word="monthly", meant="pnl month"),
    Alias(word="balance", meant="balance"),
    Alias(word="forceexit", meant="stop"),
    Alias(word="fx", meant="stop"),
    Alias(word="forcelong", meant="grid"),
    Alias(word="forceshort"),
    Alias(word="cancel_open_order"),
    Alias(word="coo"),
    Alias(word="delete"),
    Alias(word="reload_trade", meant="audit"),
    Alias(word="locks", meant="risk"),
    Alias(word="unlock"),
    Alias(word="whitelist"),
    Alias(word="blacklist"),
    Alias(word="reload_config"),
    Alias(word="show_config", meant="diag"),
    Alias(word="entries"),
    Alias(word="exits"),
    Alias(word="mix_tags"),
    Alias(word="marketdir"),
    Alias(word="health", meant="status"),
    Alias(word="logs", meant="logs"),
    Alias(word="version", meant="version"),
    Alias(word="help", meant="help"),
)
ALIASES: Mapping[str, Alias] = {one.word: one for one in FREQTRADE if one.word != one.meant}
"""Those that are not called the same here."""
