"""The matcher: who trades with whom, at which price, and what is left."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from exchange.paper.ladder import Resting
from exchange.paper.matching import Book, Expiry, Incoming, Outcome, SelfTrade, TimeInForce, Trade
from strategy.model.market import Side

BUY, SELL = Side.BUY, Side.SELL
ALICE, BOB = "alice", "bob"


class Desk:
    """A book at a price, and orders with running numbers."""

    def __init__(self, price: str = "100") -> None:
        self.book = Book(tick_size=Decimal("0.01"), step_size=Decimal("0.1"))
        self.book.walk(Decimal(price))
        self._last = 0

    def send(
        self,
        owner: str,
        side: Side,
        limit: str | None,
        quantity: str | None = "1",
        *,
        budget: str | None = None,
        time_in_force: TimeInForce = TimeInForce.GTC,
        post_only: bool = False,
        self_trade: SelfTrade = SelfTrade.REJECT_TAKER,
    ) -> Outcome:
        self._last += 1
        return self.book.place(
            Incoming(
                id=self._last,
                owner=owner,
                side=side,
                limit=Decimal(limit) if limit else None,
                quantity=Decimal(quantity) if quantity else None,
                budget=Decimal(budget) if budget else None,
                time_in_force=time_in_force,
                post_only=post_only,
                self_trade=self_trade,
            )
        )

    def rest(self, owner: str, side: Side, limit: str, quantity: str = "1") -> int:
        assert self.send(owner, side, limit, quantity, post_only=True).rests
        return self._last

    def walk(self, price: str, spare: str | None = None) -> Sequence[Trade]:
        return self.book.walk(Decimal(price), Decimal(spare) if spare else None)

    def resting(self) -> list[tuple[int, str, str]]:
        both = [*self.book.resting(BUY), *self.book.resting(SELL)]
        return [(order.id, str(order.price), str(order.remaining)) for order in both]


def seen(trades: Sequence[Trade]) -> list[tuple[str, str, int | None]]:
    """Price, quantity and maker of each trade."""
    return [(str(trade.price), str(trade.quantity), trade.maker) for trade in trades]


def test_the_market_at_a_price_bids_a_tick_below_it_and_asks_it() -> None:
    book = Desk("100").book

    assert (book.bid, book.ask) == (Decimal("99.99"), Decimal(100))


@pytest.mark.parametrize(
    ("side", "limit", "walks", "fills"),
    [
        (BUY, "99", ["99.01"], 0),
        (BUY, "99", ["99"], 0),
        (BUY, "99", ["98.99"], 1),
        (BUY, "99", ["99", "99.5", "99", "98.99"], 1),
        (SELL, "101", ["101"], 0),
        (SELL, "101", ["101.01"], 1),
        (SELL, "101", ["90"], 0),
    ],
)
def test_an_order_fills_only_when_the_market_trades_through_it(
    side: Side, limit: str, walks: list[str], fills: int
) -> None:
    desk = Desk()
    desk.rest(ALICE, side, limit)

    trades = [trade for price in walks for trade in desk.walk(price)]

    assert seen(trades) == [(limit, "1", 1)] * fills


def test_a_jump_fills_everything_on_its_way_nearest_first_each_at_its_own_price() -> None:
    desk = Desk()
    for limit in ("97", "99", "98", "50"):
        desk.rest(ALICE, BUY, limit)

    assert seen(desk.walk("60")) == [("99", "1", 2), ("98", "1", 3), ("97", "1", 1)]
    assert desk.resting() == [(4, "50", "1")]


def test_of_two_orders_at_a_price_the_older_trades_first() -> None:
    desk = Desk()
    desk.rest(ALICE, BUY, "99")
    desk.rest(BOB, BUY, "99")

    assert [trade.maker for trade in desk.walk("98")] == [1, 2]


def test_an_order_at_the_price_fills_only_out_of_volume_that_is_known_to_have_reached_it() -> None:
    desk = Desk()
    desk.rest(ALICE, BUY, "99", "2")

    assert seen(desk.walk("99", spare="0.5")) == [("99", "0.5", 1)]
    assert desk.resting() == [(1, "99", "1.5")]


def test_a_partial_fill_leaves_the_rest_for_the_next_time_the_market_passes() -> None:
    desk = Desk()
    desk.book.part = lambda remaining: min(remaining, Decimal("0.4"))
    desk.rest(ALICE, SELL, "101")

    first, second, third = desk.walk("102"), desk.walk("102"), desk.walk("103")

    assert [str(trade.quantity) for trade in [*first, *second, *third]] == ["0.4", "0.4", "0.2"]
    assert desk.resting() == []


@pytest.mark.parametrize(("side", "limit", "rests"), [(BUY, "99.99", 1), (BUY, "100", 0), (SELL, "100", 1)])
def test_post_only_never_takes(side: Side, limit: str, rests: int) -> None:
    outcome = Desk().send(ALICE, side, limit, post_only=True)

    assert (outcome.rests, outcome.expiry) == (bool(rests), None if rests else Expiry.POST_ONLY)
    assert not outcome.trades


def test_post_only_also_respects_what_others_have_resting() -> None:
    desk = Desk()
    desk.rest(BOB, SELL, "100.05")
    desk.walk("100.02")

    assert desk.send(ALICE, BUY, "100.05", post_only=True).expiry is Expiry.POST_ONLY
    assert desk.send(ALICE, BUY, "100.01", post_only=True).rests


def test_the_house_makes_room_for_a_bid_that_the_price_has_come_down_to() -> None:
    desk = Desk()
    desk.rest(ALICE, BUY, "99")
    desk.walk("99")

    assert (desk.book.bid, desk.book.ask) == (Decimal(99), Decimal("99.01"))


def test_a_taker_gets_the_better_price() -> None:
    desk = Desk()

    assert seen(desk.send(ALICE, BUY, "105").trades) == [("100", "1", None)]
    assert seen(desk.send(ALICE, SELL, "95").trades) == [("99.99", "1", None)]


def test_a_taker_meets_the_resting_orders_of_others_before_the_house() -> None:
    desk = Desk()
    maker = desk.rest(BOB, BUY, "99.99", "0.3")

    assert seen(desk.send(ALICE, SELL, None).trades) == [("99.99", "0.3", maker), ("99.99", "0.7", None)]


def test_immediate_or_cancel_ends_what_it_cannot_take() -> None:
    outcome = Desk().send(ALICE, BUY, "99", time_in_force=TimeInForce.IOC)

    assert (outcome.expiry, outcome.rests, outcome.trades) == (Expiry.IMMEDIATE_OR_CANCEL, False, [])


def test_fill_or_kill_takes_all_or_nothing() -> None:
    desk = Desk()
    desk.rest(BOB, BUY, "99.99", "0.3")

    killed = desk.send(ALICE, SELL, "100", time_in_force=TimeInForce.FOK)
    filled = desk.send(ALICE, SELL, "99.99", time_in_force=TimeInForce.FOK)

    assert (killed.expiry, killed.trades) == (Expiry.FILL_OR_KILL, ())
    assert sum(trade.quantity for trade in filled.trades) == 1


def test_a_budget_buys_whole_steps_and_never_more_than_it_pays_for() -> None:
    trades = Desk().send(ALICE, BUY, None, None, budget="255").trades

    assert seen(trades) == [("100", "2.5", None)]


@pytest.mark.parametrize(
    ("rule", "expiry", "removed", "left"),
    [
        (SelfTrade.REJECT_TAKER, Expiry.SELF_TRADE, [], 1),
        (SelfTrade.REJECT_MAKER, None, [1], 0),
        (SelfTrade.REJECT_BOTH, Expiry.SELF_TRADE, [1], 0),
    ],
)
def test_an_order_never_trades_with_its_owner(
    rule: SelfTrade, expiry: Expiry | None, removed: list[int], left: int
) -> None:
    desk = Desk()
    desk.rest(ALICE, SELL, "100")

    outcome = desk.send(ALICE, BUY, "100", self_trade=rule)

    assert (outcome.expiry, list(outcome.removed), len(desk.resting())) == (expiry, removed, left)
    assert all(trade.maker is None for trade in outcome.trades)


def test_a_cancelled_order_is_gone_and_cannot_be_cancelled_twice() -> None:
    desk = Desk()
    order = desk.rest(ALICE, BUY, "99")

    assert (desk.book.cancel(order), desk.book.cancel(order)) == (True, False)
    assert desk.walk("1") == ()


def test_a_live_touch_fills_what_it_has_gone_through_and_nothing_it_only_reached() -> None:
    desk = Desk()
    desk.rest(ALICE, BUY, "99")
    desk.rest(ALICE, SELL, "101")

    assert not desk.book.quote(Decimal(98), Decimal(99))
    assert seen(desk.book.quote(Decimal("98.5"), Decimal("98.9"))) == [("99", "1", 1)]
    assert seen(desk.book.quote(Decimal("101.1"), Decimal("101.2"))) == [("101", "1", 2)]


def test_resting_again_in_the_old_order_keeps_the_queue() -> None:
    desk = Desk()
    for number in (7, 3):
        resting = Resting(id=number, owner=ALICE, side=BUY, price=Decimal(99), remaining=Decimal(1))
        desk.book.rest(resting)

    assert [trade.maker for trade in desk.walk("98")] == [7, 3]
