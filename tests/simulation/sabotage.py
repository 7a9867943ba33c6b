"""Breakages that a world must notice: each puts one mistake, that people have made, into the running code."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from bot import app
from bot.account import belonging, dispatcher, identity, reader, runner, startup, strays, sweep, watch
from bot.telegram import outbox
from exchange.backpack import aside
from exchange.backpack.errors import NotFound
from exchange.port import ExchangeError, OutcomeUnknown
from storage import epoch, store
from strategy import step
from strategy.account import commands, markets, readings, shifts, tick
from strategy.adapt import chasing, trailing
from strategy.grid import booking, bounds, looks, order_events, requests, room, sequences
from strategy.grid.requests import clear
from strategy.messages import events as ev
from strategy.messages.doubts import BooksCompared
from strategy.messages.widths import Pace
from strategy.model import account, ledger
from strategy.model import grid as grid_model
from strategy.model.ledger import Flow
from strategy.model.limits import Limits
from strategy.model.market import Asset, Side
from strategy.model.money import ZERO
from strategy.model.orders import EndedOrder, Fill, Order, OrderStatus, Refusal
from strategy.reconcile import recovery
from tests.simulation.surroundings import swapped

Swap = tuple[Any, Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakage:
    """One mistake: what it is, and where the code is changed."""

    name: str
    swaps: Sequence[Swap]
    caught_by: int = 0
    """A world that noticed it when this was written."""

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The mistake is in the code for as long as this lasts."""
        with ExitStack() as undo:
            for where, name, new in self.swaps:
                undo.enter_context(swapped(where, name, new))
            yield


def save_after_send(self: Any, most: int = runner.MAX_DRAIN) -> None:
    """Actions go out before they are written down."""
    taken = self._inbox[:most]
    steps = self._decide(taken)
    self.dispatcher.submit([action for done in steps for action in done.actions])
    self.store.save(self.account, steps)
    self._forget(taken)
    self.account = steps[-1].account
    self._answer(taken, steps[-len(taken) :])
    self._tell(steps)
    self._drained.set()


def resend_on_unknown(self: Any, order: Any, outcome: Any) -> None:
    """No answer is taken for no order."""
    if isinstance(outcome, OutcomeUnknown):
        self._places.append(order)
        self._pump()
    else:
        _PLACED(self, order, outcome)


def limbo_is_free(draft: Any, grid: Any, order: Any, event: ev.OrderUnknown) -> Any:
    """An order without an answer counts as refused, and its level gets another one."""
    text = event.text
    refusal = ev.OrderRefused(at=event.at, client_id=order.client_id, reason=Refusal.UNAVAILABLE, text=text)
    return order_events.refused(draft, grid, order, refusal)


def partials_forgotten(draft: Any, grid: Any, order: Any, event: ev.OrderEnded) -> Any:
    """What a cancelled order had executed is not waited for."""
    return _ENDED(draft, grid, order, replace(event, ended=replace(event.ended, executed=ZERO)))


def status_trusted(draft: Any, grid: Any, order: Any, event: ev.OrderEnded) -> Any:
    """What the status says was executed counts as booked."""
    grid = _ENDED(draft, grid, order, event)
    now = grid.orders[order.client_id]
    return draft.put_order(grid, replace(now, filled=max(now.filled, event.ended.executed)))


def cursor_by_time(self: Any, fills: Sequence[Fill]) -> None:
    """Only fills that are newer than the newest one are new."""
    newer = [fill for fill in fills if fill.at > self._newest_fill]
    _TAKE_FILLS(self, newer)
    self._newest_fill = max([self._newest_fill, *(fill.at for fill in newer)])


def base_fees_ignored(fill: Fill, base: Asset, quote: Asset, third: Decimal | None = None) -> Flow:
    """A fee in coins is not taken out of what was bought."""
    return _FLOW_OF(replace(fill, fee=ZERO) if fill.fee_asset == base else fill, base, quote, third)


def value_as_float(fill: Fill, base: Asset, quote: Asset, third: Decimal | None = None) -> Flow:
    """A float in one place."""
    flow = _FLOW_OF(fill, base, quote, third)
    return replace(flow, quote=Decimal(str(float(flow.quote) * 1.1 / 1.1)))


async def fills_before_orders(self: Any) -> None:
    """Fills are read before the open orders, and an order in neither list is given up."""
    await self.read_fills()
    read = await self.read_orders()
    self.runner.post(ev.Tick(at=self.clock(), touches=await self.prices.read()))
    for order in recovery.vanished(self.runner.account, read):
        ended = EndedOrder(
            order_id=order.order_id or "",
            client_id=order.client_id,
            symbol=order.symbol,
            side=order.side,
            status=OrderStatus.CANCELLED,
            executed=order.filled,
        )
        self.runner.post(ev.OrderEnded(at=self.clock(), client_id=order.client_id, ended=ended))
    await self.runner.settled()
    if self.limbo.is_due():
        await self.limbo.witness(self.opened_at)


async def cancel_all(self: Any, cancel: ev.Cancel) -> None:
    """One cancel for the whole market, whoever's the orders are."""
    try:
        await self.exchange.cancel_all(cancel.symbol)
    except ExchangeError as failure:
        self._cancel_failed(cancel, str(failure))


async def gone_on_404(self: Any, cancel: ev.Cancel) -> None:
    """An order that can't be found was never filled."""
    try:
        await self.exchange.cancel(cancel.symbol, order_id=cancel.order_id, client_id=cancel.client_id)
    except NotFound:
        pass
    except ExchangeError as failure:
        self._cancel_failed(cancel, str(failure))
        return
    if cancel.client_id is not None:
        known = OrderStatus.CANCELLED
        self.post(ev.OrderEnded(at=self.clock(), client_id=cancel.client_id, ended=_nothing(cancel, known)))


def _nothing(cancel: ev.Cancel, status: OrderStatus) -> EndedOrder:
    return EndedOrder(
        order_id=cancel.order_id or "",
        client_id=cancel.client_id,
        symbol=cancel.symbol,
        side=Side.BUY,
        status=status,
        executed=ZERO,
    )


async def marked_first(self: Any, bot: Any, owner: int, message: Any) -> None:
    """A notice counts as told before Telegram has taken it."""
    self._notebook.mark_sent(message.ids, None)
    await _DELIVER(self, bot, owner, message)


def counter_starts_anew(*args: Any) -> Any:
    """Every process counts its client ids from one."""
    return replace(_LOAD(*args), next_id=1)


def fills_of_others_dropped(draft: Any, fill: Fill, grid_id: Any = None) -> None:
    """What the owner trades himself is nobody's business."""


def moves_dropped(draft: Any, event: ev.Moved) -> None:
    """Deposits and withdrawals are nobody's business."""


async def unreconciled(self: Any) -> None:
    """The process trades on from what it remembers."""
    await self.reader.read_rules()
    self.reader.opened_at = startup.opened_at(self.store, self.reader.runner.account.name)
    if not self.reader.opened_at:
        await self._open_ledger()
    self.reader.runner.post(ev.Restarted(at=self.clock(), away=0, fills=0, profit=ZERO))


def told_afterwards(self: Any, before: Any, steps: Sequence[Any], **more: Any) -> None:
    """What is told is written down after what it tells, not with it."""
    _SAVE(self, before, [replace(one, notices=()) for one in steps], **more)
    _SAVE(self, steps[-1].account, [replace(steps[-1], notices=one.notices, entries=()) for one in steps], **more)


def promises_ignored(account: Any, asset: Asset) -> Decimal:
    """Money is free although another grid needs it."""
    return account.balances[asset].total if asset in account.balances else ZERO


def crossings_allowed(self: Any, wanted: Any) -> None:
    """Two grids may trade with each other."""


def spoilt_together(_: Any) -> bool:
    """One bad order in a batch: all of them count as bad."""
    return False


def resting_orders_are_free(_: Any, grid: Any) -> Any:
    """A limit that has become smaller binds only what is placed from now on."""
    return grid


def rules_of_the_opening(draft: Any, event: ev.MarketsRead) -> None:
    """A grid goes on by the rules that its market had when it was opened."""
    opened = {grid.id: grid.market for grid in draft.account.grids.values()}
    _MARKETS_READ(draft, event)
    for grid in draft.account.grids.values():
        draft.change(grid, market=replace(opened[grid.id], state=grid.market.state))


def sold_out(draft: Any, grid: Any) -> Any:
    """A stop with sale is not over while a coin is left, although nobody takes so few."""
    few = grid.coins and not grid.market.fitting(grid.coins)
    return clear(draft, grid) if grid.stop.sell and few else _UNWIND(draft, grid)


def booked_again(*_: Any) -> dict[str, Fill]:
    """Nobody remembers which fills are booked."""
    return {}


def epoch_not_compared(_: Any, connection: Any, number: int) -> None:
    """Whoever writes is the one that writes."""
    connection.exec_driver_sql("UPDATE writer SET number = ?", (number,))


def lost_means_unwritten(self: Any, ticket: int) -> bool:
    """A commit whose answer was lost was not carried out."""
    self._outcomes.pop(ticket)
    return False


def any_database(store: Any, _: Any) -> Any:
    """Nobody asks whose a database is."""
    return identity.bound_to(store)


async def books_believed(self: Any) -> Any:
    """The books are right, whatever the exchange shows."""
    return True, BooksCompared(at=self.clock(), agree=True)


def money_unasked(*_: Any) -> frozenset[Any]:
    """Real money is traded without LIVE."""
    return frozenset()


def nobodys(_: Any) -> bool:
    """What can't be read is left out, as if it were certainly not ours."""
    return True


def triggers_are_ours(order: Any, found: Any, same: Any = recovery.same) -> bool:
    """An order that waits for a trigger may be one of ours."""
    return bool(same(order, replace(found, is_conditional=False)))


def one_more(most: Limits, at: int) -> int | None:
    """Whoever counts the orders of the last minute forgets one of them."""
    left = _LEFT_TO_PLACE(most, at)
    return None if left is None else left + 1


def no_money_in_bids(account: Any, coin: Any = None, **_: Any) -> Decimal | None:
    """What all grids may hold is compared with what they have bought, whatever they bid for."""
    return sum((grid.cost for grid in account.grids.values() if coin in (None, grid.market.base)), ZERO)


def lent_left_alone(**asked: Any) -> Order:
    """An order leaves lent funds alone, although they count as there."""
    return Order(**(asked | {"redeem": False}))


def any_day_is_good(_: Any) -> None:
    """What the day has lost is looked at by nobody."""


def anything_opens(*_: Any) -> bool:
    """However many grids were stopped, the next one opens."""
    return True


def dear_is_cheap(*_: Any) -> None:
    """What a shift may cost is looked at by nobody."""


def a_peak_by_one_look(draft: Any, grid: Any, touch: Any) -> Any:
    """The first price that is higher is the peak, whether or not it was there for longer than a moment."""
    if grid.spec.trail_start is not None and touch.bid > (grid.adapted.peak or grid.spec.trail_start):
        grid = draft.change(grid, higher=touch.bid, higher_at=touch.at - looks.LOOKS_APART)
    return _WATCH_TRAIL(draft, grid, touch)


def no_day_is_the_last(*_: Any) -> bool:
    """An end date is remembered, and looked at by nobody."""
    return False


def waiting_by_the_wall(_: Any) -> None:
    """The jobs wait by a clock that anybody can set, and nobody looks at it."""


_PLACED, _ENDED, _FLOW_OF = dispatcher.Dispatcher._placed, order_events.ended, ledger.flow_of  # noqa: SLF001
_TAKE_FILLS, _LOAD = reader.Reader.take_fills, startup.load_or_create
_MARKETS_READ, _UNWIND = markets.markets_read, sequences.unwind
_WATCH_TRAIL = trailing.watch_trail
_LEFT_TO_PLACE = bounds.left_to_place
_DELIVER, _SAVE = outbox.Outbox._deliver, store.Store.save  # noqa: SLF001


def _flow(new: Callable[..., Any]) -> list[Swap]:
    return [(ledger, "flow_of", new), (booking, "flow_of", new)]


def chased_beyond_budget(*given: Any, true: Any = chasing.chase_of) -> Any:
    """An interval follows the goal for as long as it is not reached."""
    chase = true(*given)
    return replace(chase, pace=Pace.BEHIND) if chase is not None and chase.pace is Pace.SPENT else chase


BREAKAGES = [
    Breakage(name="save after send", caught_by=2, swaps=[(runner.Runner, "drain", save_after_send)]),
    Breakage(name="resend on unknown", caught_by=9, swaps=[(dispatcher.Dispatcher, "_placed", resend_on_unknown)]),
    Breakage(name="lent funds left alone", caught_by=258, swaps=[(requests, "Order", lent_left_alone)]),
    Breakage(name="a level in limbo is free", caught_by=30, swaps=[(order_events, "unknown", limbo_is_free)]),
    Breakage(name="forget partials on cancel", caught_by=5, swaps=[(order_events, "ended", partials_forgotten)]),
    Breakage(name="trust status instead of trades", caught_by=4, swaps=[(order_events, "ended", status_trusted)]),
    Breakage(
        name="cursor by time instead of trade id", caught_by=6, swaps=[(reader.Reader, "take_fills", cursor_by_time)]
    ),
    Breakage(name="ignore base fees", swaps=_flow(base_fees_ignored)),
    Breakage(name="a float in one place", caught_by=11, swaps=_flow(value_as_float)),
    Breakage(name="fills before orders", caught_by=22, swaps=[(reader.Reader, "_tick", fills_before_orders)]),
    Breakage(name="cancel-all without looking", caught_by=7, swaps=[(dispatcher.Dispatcher, "_cancel", cancel_all)]),
    Breakage(name="sweep without looking", caught_by=7, swaps=[(sweep, "_only_asked", lambda *_: True)]),
    Breakage(name="give up on 404", caught_by=78, swaps=[(dispatcher.Dispatcher, "_cancel", gone_on_404)]),
    Breakage(
        name="no wait for the window",
        caught_by=366,
        swaps=[(recovery, "SENT_WITHIN", 0), (recovery, "WINDOW", 0), (recovery, "MARGIN", 0)],
    ),
    Breakage(name="outbox marked before sent", caught_by=2, swaps=[(outbox.Outbox, "_deliver", marked_first)]),
    Breakage(name="the counter starts anew", caught_by=6, swaps=[(app, "load_or_create", counter_starts_anew)]),
    Breakage(name="fills of others dropped", swaps=[(step, "_foreign_fill", fills_of_others_dropped)]),
    Breakage(name="deposits dropped", caught_by=1, swaps=[(readings, "moved", moves_dropped)]),
    Breakage(name="no first reconciliation", caught_by=1, swaps=[(startup.Startup, "_reconcile", unreconciled)]),
    Breakage(name="told after the commit", caught_by=4, swaps=[(store.Store, "save", told_afterwards)]),
    Breakage(name="promised money is free", caught_by=2, swaps=[(commands, "free", promises_ignored)]),
    Breakage(name="own crossings allowed", caught_by=57, swaps=[(room.Room, "refuses", crossings_allowed)]),
    Breakage(name="one price looked at twice is two", caught_by=57, swaps=[(looks, "LOOKS_APART", 0)]),
    Breakage(name="stops are counted for nothing", caught_by=197, swaps=[(commands, "may_open", anything_opens)]),
    Breakage(name="a day's time out is a quarter of an hour", caught_by=913, swaps=[(grid_model, "HOUR", 40_000)]),
    Breakage(name="one bad order stops all", caught_by=272, swaps=[(dispatcher, "_one_spoils_all", spoilt_together)]),
    Breakage(
        name="a limit binds new orders only", caught_by=25, swaps=[(order_events, "withdraw", resting_orders_are_free)]
    ),
    Breakage(name="two may write", caught_by=19, swaps=[(epoch.Epoch, "advance", epoch_not_compared)]),
    Breakage(name="a lost answer means nothing written", swaps=[(epoch.Epoch, "is_committed", lost_means_unwritten)]),
    Breakage(name="the rules of the opening", caught_by=19, swaps=[(step, "markets_read", rules_of_the_opening)]),
    Breakage(name="a stop waits for its last coin", caught_by=7, swaps=[(order_events, "unwind", sold_out)]),
    Breakage(name="any database is taken", caught_by=21, swaps=[(identity, "compare", any_database)]),
    Breakage(name="books are believed", caught_by=44, swaps=[(belonging.Belonging, "_books", books_believed)]),
    Breakage(name="LIVE is not asked", caught_by=1, swaps=[(app, "first_holds", money_unasked)]),
    Breakage(name="waiting goes by the wall", caught_by=32, swaps=[(watch.Watch, "look", waiting_by_the_wall)]),
    Breakage(name="unreadable rows are dropped", caught_by=78, swaps=[(aside, "cannot_be_ours", nobodys)]),
    Breakage(
        name="a trigger order is taken for ours",
        caught_by=5,
        swaps=[(module, "same", triggers_are_ours) for module in (recovery, strays)],
    ),
    Breakage(name="a day is never judged", caught_by=252, swaps=[(tick, "judge_losses", any_day_is_good)]),
    Breakage(name="one order a minute too many", caught_by=21, swaps=[(bounds, "left_to_place", one_more)]),
    Breakage(name="bids are no exposure", caught_by=21, swaps=[(bounds, "exposure", no_money_in_bids)]),
    Breakage(name="a shift costs what it likes", caught_by=25, swaps=[(shifts, "_too_dear", dear_is_cheap)]),
    Breakage(name="a spent budget is chased on", caught_by=455, swaps=[(chasing, "chase_of", chased_beyond_budget)]),
    Breakage(name="a highest is not kept up", caught_by=42, swaps=[(tick, "watch_highest", lambda _, grid, __: grid)]),
    Breakage(name="one look makes a peak", caught_by=59, swaps=[(tick, "watch_trail", a_peak_by_one_look)]),
    Breakage(name="no day is the last", caught_by=39, swaps=[(account.Account, "has_ended", no_day_is_the_last)]),
    Breakage(name="a stop ends a pause", caught_by=90, swaps=[(commands, "is_paused", lambda _: False)]),
    Breakage(name="old prices come back", caught_by=69, swaps=[(runner.Runner, "_up_to_now", lambda _, event: event)]),
    Breakage(name="known fills forgotten", caught_by=0, swaps=[(store.Store, "known_fills", booked_again)]),
]
