"""The trading log: one `key=value` line for each thing that happened to money, to follow with tail and grep."""

import logging
from collections.abc import Sequence

from strategy.draft import Step
from strategy.messages.events import Action, Cancel, Place
from strategy.messages.notices import FillTold, Notice
from strategy.model.ledger import Closing, Entry, FillEntry
from strategy.model.money import plain

log = logging.getLogger("packgrid.trades")


def log_steps(steps: Sequence[Step]) -> None:
    """Write down what was decided, after it was committed."""
    if not log.isEnabledFor(logging.INFO):
        return
    for done in steps:
        for entry in done.entries:
            log.info(_entry(entry))
        for action in done.actions:
            log.info(_action(action))
        for notice in done.notices:
            if not isinstance(notice, FillTold):
                log.info(_notice(notice))


def _entry(entry: Entry) -> str:
    if isinstance(entry, Closing):
        what = f"level={entry.level} round_trip=1" if entry.level is not None else f"given_back={plain(entry.coins)}"
        return f"closing grid={entry.grid_id} {what}"
    if not isinstance(entry, FillEntry):
        return f"movement kind={entry.kind.value} asset={entry.asset} amount={plain(entry.amount)}"
    fill, grid = entry.fill, entry.grid_id if entry.grid_id is not None else "foreign"
    realised = f" realised={plain(entry.realised)}" if entry.realised is not None else ""
    closes = " round_trip=1" if entry.closes else ""
    return (
        f"fill grid={grid} level={entry.level} symbol={fill.symbol} side={fill.side.value} price={plain(fill.price)}"
        f" quantity={plain(fill.quantity)} fee={plain(fill.fee)} fee_asset={fill.fee_asset} trade={fill.key}"
        f"{realised}{closes}"
    )


def _action(action: Action) -> str:
    match action:
        case Place(order=order):
            return (
                f"order event=intended grid={order.grid_id} level={order.level} purpose={order.purpose.value}"
                f" symbol={order.symbol} side={order.side.value} price={plain(order.price)}"
                f" quantity={plain(order.quantity)} client_id={order.client_id}"
            )
        case Cancel():
            return f"order event=cancel symbol={action.symbol} client_id={action.client_id} order_id={action.order_id}"


def _notice(notice: Notice) -> str:
    grid = getattr(notice, "grid_id", None)
    reason = getattr(notice, "reason", None) or getattr(notice, "cause", None) or getattr(notice, "wait", None)
    return f"notice kind={notice.kind} grid={grid} reason={reason}"
