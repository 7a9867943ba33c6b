"""What needs a code of the authenticator app first: which buttons, from how much on, and asking for it."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal

from bot.owner.codes import Codes
from bot.telegram.answers.conversation import DRAFT_LIFE, Conversation
from bot.telegram.texts.phrases import duration
from bot.telegram.typed.wishes import shown_from_args, spec_from_args
from strategy.model.money import plain
from strategy.model.orders import GridId
from strategy.model.valuing import price_in_usdc

_MINUTE = 60_000
LOOSENED = "loosened"
"""Among what a button is to do: yes where it lets a grid lose more, or do more, than before."""
CODE_FLOW = "code"
"""The draft of somebody who is to type a code, with the button that he has pressed."""


def _of_start(talk: Conversation, args: Mapping[str, str]) -> Decimal | None:
    """The money of the grid that would begin, in USDC; None where that can't be told."""
    spec, shown = spec_from_args(args), shown_from_args(args)
    market = None if spec is None else talk.trader.account().markets.get(spec.symbol)
    price = None if market is None else price_in_usdc(talk.trader.account(), market.quote)
    return None if price is None or shown is None else shown.money * price


def _of_tuning(talk: Conversation, args: Mapping[str, str]) -> Decimal | None:
    """What is set aside or could be lost by another ladder, in USDC. Beside a wider limit that tells nothing."""
    if args.get(LOOSENED) == "yes":
        return None
    grid = talk.trader.account().grids.get(GridId(int(args["grid"])))
    price = None if grid is None else price_in_usdc(talk.trader.account(), grid.market.quote)
    parts = [Decimal(args.get(name, "0")) for name in ("more", "seed_cost", "loss")]
    return None if price is None or not any(parts) else sum(parts, Decimal(0)) * price


def _untold(_talk: Conversation, _args: Mapping[str, str]) -> Decimal | None:
    """It has no sum: it lets more happen, however much that is."""
    return None


WORTH: Mapping[str, Callable[[Conversation, Mapping[str, str]], Decimal | None]] = {
    "start": _of_start,
    "tune": _of_tuning,
    "risk": _untold,
    "lift": _untold,
}
"""The buttons that put money at risk, and how much: what takes risk away never waits for a code."""


async def asks_first(talk: Conversation, action: str, args: Mapping[str, str]) -> bool:
    """Ask for the code where this needs one. False: go on."""
    codes, worth = talk.desk.codes, WORTH.get(action)
    if codes is None or worth is None:
        return False
    if codes.lets(worth(talk, args)):
        return False
    if codes.is_locked():
        await _locked(talk, codes)
        return True
    draft = {"flow": CODE_FLOW, "action": action, "args": json.dumps(dict(args))}
    talk.desk.notebook.save_draft(talk.user, draft, talk.desk.clock() + DRAFT_LIFE)
    above = None if codes.above is None else plain(codes.above)
    talk.outcome = "asked for a code"
    await talk.say("code.ask", above=above)
    if talk.in_group:
        await talk.say("code.private")
    return True


async def was_right(talk: Conversation, typed: str) -> bool:
    """Whether what was typed is the code. A wrong one leaves the question open, until none is taken any more."""
    codes = talk.desk.codes
    assert codes is not None, "no code is asked for where none can be judged"
    if codes.accepts(typed.replace(" ", "")):
        talk.desk.notebook.drop_draft(talk.user)
        return True
    if codes.is_locked():
        talk.desk.notebook.drop_draft(talk.user)
        await _locked(talk, codes)
    else:
        talk.outcome = "wrong code"
        await talk.say("code.wrong")
    return False


async def _locked(talk: Conversation, codes: Codes) -> None:
    talk.outcome = "locked"
    await talk.say("code.locked", span=duration(talk.lang, codes.locked_for() + _MINUTE - 1))
