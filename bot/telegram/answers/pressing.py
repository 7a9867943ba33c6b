"""The table of buttons: what each does or shows, and of which command it is. Nothing is answered here."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

from bot.telegram.answers import (
    audits,
    backtests,
    balances,
    compares,
    control,
    decisions,
    dialogue,
    figures,
    holds,
    limits,
    live_card,
    new_grid,
    noise,
    panic,
    people,
    pictures,
    screens,
    suggests,
    tuning,
)
from bot.telegram.answers.command import Handler
from bot.telegram.answers.commands import HELP
from bot.telegram.answers.conversation import Conversation
from bot.telegram.answers.helping import MEANT
from bot.telegram.connection.roles import Role

OnPress = Callable[[Conversation, Mapping[str, str]], Awaitable[None]]


class Press(NamedTuple):
    """What a button that works once does, and which command it belongs to: who may give that may press it."""

    act: OnPress
    of: str
    needs: Role | None = None
    """Who may, where that is more than the command needs."""


BUTTONS: Mapping[str, Press] = {
    "start": Press(new_grid.start, "grid"),
    "cancel": Press(new_grid.cancel, "grid"),
    "vary": Press(new_grid.vary, "grid"),
    "fix": Press(dialogue.use_fix, "grid"),
    "change": Press(dialogue.change, "grid"),
    "figures": Press(figures.choose, "grid"),
    "stop": Press(control.do_stop, "stop"),
    "pause": Press(control.do_pause, "pause"),
    "resume": Press(control.do_resume, "resume"),
    "stop_all": Press(control.do_all, "stop"),
    "pause_all": Press(control.do_all, "pause"),
    "resume_all": Press(control.do_all, "resume"),
    "lift": Press(holds.lift, "resume", Role.OWNER),
    "tune": Press(tuning.apply, "tune"),
    "risk": Press(limits.apply, "risk"),
    "fix_tune": Press(tuning.use_fix, "tune"),
    "put_back": Press(tuning.put_back, "tune"),
    "settle": Press(holds.settle, "decide"),
    "settle_left": Press(holds.settle_left, "decide"),
    "settle_missing": Press(holds.settle_missing, "decide"),
    "ask_live": Press(holds.ask_live, "resume", Role.OWNER),
    "backtest": Press(backtests.play, "backtest"),
    "preview": Press(backtests.preview, "grid"),
    "take": Press(backtests.preview, "grid"),
    "book_difference": Press(audits.book, "audit"),
    "lend_off": Press(balances.lend_off, "balance"),
    "lend_leave": Press(balances.lend_leave, "balance"),
    "lend_use": Press(balances.lend_use, "balance"),
    "panic": Press(panic.do_panic, "panic"),
    "revoke": Press(people.do_revoke, "revoke"),
    "resume_ran": Press(panic.resume_ran, "resume"),
    "around": Press(decisions.around, "grid"),
    "again": Press(decisions.again, "grid"),
    "wait": Press(decisions.wait, "stop"),
    "keep": Press(decisions.keep, "stop"),
    "ask_resume": Press(decisions.ask_resume, "resume"),
    MEANT: Press(HELP.run, "help"),  # and who may give the command that it gives
}
STAYING = ("backtest", "figures", "take")
"""Actions after which the other buttons under the message are still good."""
CARDS: Mapping[str, screens.Screen] = {
    **screens.SCREENS,
    "balance": balances.card,
    "halt": holds.halt_card,
    "panic": panic.panic_card,
}

OF_CARD: Mapping[str, str] = {"halt": "decide"}
"""The command of a card that is not called as its command is."""
OF_LOOK: Mapping[str, str] = {
    "c": "card",
    "d": "grid",
    "n": "grid",
    "l": "language",
    "h": "help",
    "x": "cancel",
    noise.BUTTON: "notify",
}
"""The command of a button that only asks or shows something, by the letter with which its data begins."""
PRESSED: Mapping[str, Callable[[Conversation, Sequence[str]], Awaitable[None]]] = {
    "c": live_card.pressed,
    "d": dialogue.pressed,
    noise.BUTTON: noise.pressed,
}
"""What reads itself what its button says."""
SLOW: Mapping[str, Handler] = {
    "log": people.log,
    "pnl": screens.pnl,
    "report": screens.report,
    "fees": screens.fees,
    "points": screens.points,
    "audit": audits.audit,
    "stop": control.show_stop,
    "tune": tuning.tune,
    "card": live_card.card,
    "chart": pictures.chart,
    "share": pictures.share,
    "backtest": backtests.backtest,
    "suggest": suggests.suggest,
    "compare": compares.compare,
}
"""What reads the ledger in pieces, the exchange or the past before it shows anything."""
