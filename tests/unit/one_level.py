"""An account with one level and one order, and no price, so that nothing new is placed. No assertions."""

from decimal import Decimal
from typing import Any

from strategy.draft import Step
from strategy.messages import events as ev
from strategy.model.account import Account
from strategy.model.grid import Grid
from strategy.model.levels import Level, Lot
from strategy.model.orders import EndedOrder, GridId, LevelId, Order, OrderStatus, Refusal
from tests.builders import NOW, a_grid, a_level, an_account, an_order

ONE = LevelId(1)
ORDER = an_order(status=OrderStatus.INTENDED, order_id=None, intended_at=NOW, changed_at=NOW)


def one_level(order: Order = ORDER, lots: dict[LevelId, Lot] | None = None, **level: Any) -> Account:
    """An account with one level and its order, and no price, so that nothing new is placed."""
    own = a_level(order=order.client_id, side=order.side, **level)
    return an_account(a_grid(own, orders=(order,), lots=lots or {}), touches={})


def the_grid(done: Step | Account) -> Grid:
    account = done.account if isinstance(done, Step) else done
    return account.grids[GridId(1)]


def the_level(done: Step | Account) -> Level:
    return the_grid(done).levels[ONE]


def over(order: Order, status: OrderStatus, executed: str = "0", refused: Refusal = Refusal.OTHER) -> ev.OrderEnded:
    ended = EndedOrder(
        order_id=order.order_id or f"ex-{order.client_id}",
        client_id=order.client_id,
        symbol=order.symbol,
        side=order.side,
        status=status,
        executed=Decimal(executed),
        refused=refused,
    )
    return ev.OrderEnded(at=NOW, client_id=order.client_id, ended=ended)


def refusal(reason: Refusal, at: int = NOW) -> ev.OrderRefused:
    return ev.OrderRefused(at=at, client_id=ORDER.client_id, reason=reason, text="no")
