"""Whose a database is: one mode's, one account's, one address's. What is not certain is asked before trading."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from bot.account.belonging import LOOK_AGAIN
from bot.account.identity import SETTING, Identity, admit, bind, bound_to, identity_of
from bot.mode import Mode
from exchange.paper.records import NewOrder
from exchange.paper.rules import Choices
from exchange.port import Unavailable
from storage.errors import WrongDatabase
from strategy.messages.doubts import FillsMissing, HoldOver, LiveUnconfirmed, OrdersLeft
from strategy.model.account import Halt, Hold
from strategy.model.grid import Phase
from strategy.model.market import Asset, Side
from strategy.model.orders import BLOCK_SIZE, Order
from tests.builders import ETH_USDC
from tests.integration.running import KEY, World, a_setting, a_trading_world, a_while, assert_books, assert_whole

LIVE: dict[str, Any] = {"mode": Mode.LIVE, "backpack_api_key": "key one", "backpack_api_secret": "s"}


def another_exchange(world: World) -> None:
    """The same database, and an exchange that has never heard of what is in it; the owner has coins of his own."""
    other = World()
    world.venue, world.held, world.road = other.venue, other.held, type(world.road)(other.venue)
    world.venue.open_account("somebody", {})
    world.held.balances[Asset("ETH")] = world.held.balances[Asset("USDC")]
    other.venue.clock = world.clock


async def pauses(count: int = LOOK_AGAIN + 1) -> None:
    """The start-up waits for the owner so many times longer."""
    for _ in range(count):
        await a_while()


async def with_fills() -> World:
    """A running grid with a fill that has been in the history for long; the process has ended."""
    world = await a_trading_world()
    await world.trade(1970)
    world.now += 3_600_000
    await world.tick(2)
    await world.kill()
    return world


# One mode, one account, one address


async def test_a_first_start_writes_down_whose_the_database_is() -> None:
    world = await a_trading_world(**LIVE, backpack_api_url="http://127.0.0.1:8090/")
    bound = bound_to(world.store)
    assert bound is not None
    assert bound.identity == Identity(mode=Mode.LIVE, key="key one", address="http://127.0.0.1:8090")
    assert await admit(world.store, "main", world.app.identity, world.road) == bound


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"mode": Mode.PAPER}, ["database is live's, and MODE is paper", "Set MODE=live", "data/paper.db"]),
        ({"backpack_api_url": "https://other"}, ["api.backpack.exchange, and BACKPACK_API_URL is https://other"]),
    ],
)
async def test_another_mode_or_address_is_refused_with_what_to_do(settings: dict[str, Any], says: list[str]) -> None:
    world = World()
    bind_to(world, **LIVE)
    with pytest.raises(WrongDatabase) as refused:
        await admit(world.store, "main", identity_of(a_setting(**(LIVE | settings))), world.road)
    assert all(one in str(refused.value) for one in says)
    assert "DATABASE_URL" in str(refused.value)


def bind_to(world: World, **settings: Any) -> None:
    from bot.account.identity import Bound  # noqa: PLC0415 - only here

    bind(world.store, Bound(identity=identity_of(a_setting(**settings))))


def test_addresses_that_differ_in_nothing_that_counts_are_one() -> None:
    same = ("https://API.backpack.exchange", "https://api.backpack.exchange/", "https://api.backpack.exchange:443")
    assert len({identity_of(a_setting(backpack_api_url=url)).address for url in same}) == 1


async def test_a_new_key_of_the_same_account_is_taken_because_the_account_knows_the_books() -> None:
    world = await with_fills()
    bind_to(world, **LIVE)
    rotated = identity_of(a_setting(**LIVE | {"backpack_api_key": "key two"}))

    bound = await admit(world.store, "main", rotated, world.road)

    assert bound is not None
    assert bound.identity == rotated


async def test_a_new_key_is_taken_where_an_ended_order_is_all_that_the_account_knows() -> None:
    world = await a_trading_world(price="2090")
    for order in list(world.held.open.values()):
        world.venue.cancel(KEY, ETH_USDC, order_id=order.id)
    await world.kill()
    world.held.fills.clear()
    bind_to(world, **LIVE)
    rotated = identity_of(a_setting(**LIVE | {"backpack_api_key": "key two"}))
    assert await admit(world.store, "main", rotated, world.road) is not None


async def test_a_new_key_is_taken_where_no_grid_was_ever_opened() -> None:
    world = World()
    await world.begin()
    await world.kill()
    bind_to(world, **LIVE)
    rotated = identity_of(a_setting(**LIVE | {"backpack_api_key": "key two"}))
    assert await admit(world.store, "main", rotated, world.road) is not None


async def test_a_key_of_another_account_is_refused_and_neither_key_is_shown_whole() -> None:
    world = await with_fills()
    bind_to(world, **LIVE | {"backpack_api_key": "A" * 40})
    another_exchange(world)
    rotated = identity_of(a_setting(**LIVE | {"backpack_api_key": "B" * 40}))
    with pytest.raises(WrongDatabase, match="knows none of its orders and fills") as refused:
        await admit(world.store, "main", rotated, world.road)
    assert "A" * 12 not in str(refused.value)
    assert "B" * 12 not in str(refused.value)


async def test_a_new_key_is_no_verdict_while_the_exchange_does_not_answer() -> None:
    world = await with_fills()
    bind_to(world, **LIVE)
    world.road.down = Unavailable("unreachable", "no connection")
    rotated = identity_of(a_setting(**LIVE | {"backpack_api_key": "key two"}))
    with pytest.raises(WrongDatabase, match="can't be asked now"):
        await admit(world.store, "main", rotated, world.road)


async def test_a_database_from_before_that_has_traded_real_money_is_not_taken_for_paper() -> None:
    world = World()
    world.store.set_setting("live_confirmed", "1")
    with pytest.raises(WrongDatabase, match="traded real money"):
        await admit(world.store, "main", identity_of(a_setting()), world.road)
    assert await admit(world.store, "main", identity_of(a_setting(**LIVE)), world.road) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"mode": "x", "key": "", "address": "", "trusted_until": 0}'])
async def test_an_identity_that_can_not_be_read_is_refused(text: str) -> None:
    world = World()
    world.store.set_setting(SETTING, text)
    with pytest.raises(WrongDatabase, match="can't be read"):
        await admit(world.store, "main", identity_of(a_setting()), world.road)


# Books that the exchange does not bear out


async def test_a_start_whose_fills_the_exchange_does_not_know_trades_nothing_and_sells_nothing() -> None:
    world = await with_fills()
    another_exchange(world)
    entries = len(world.store.entries("main"))

    await world.begin_again()
    await pauses()

    assert world.account.stopped_by is Hold.MISSING_FILLS
    (told,) = world.told(FillsMissing)
    assert told.fills > 0
    assert await world.app.trader.stop(world.grid.id, sell=True) is None
    await pauses()
    assert not world.road.sent
    assert len(world.store.entries("main")) == entries, "nothing of this account is booked into those books"
    assert world.app.trader.summary().halt is Hold.MISSING_FILLS


@pytest.mark.parametrize("stop", [True, False])
async def test_what_the_owner_decides_about_missing_fills_is_done_and_not_asked_again(stop: bool) -> None:
    world = await with_fills()
    another_exchange(world)
    await world.begin_again()

    assert await world.app.trader.settle_missing(stop=stop) is None
    await pauses()

    assert (world.grid.phase is Phase.STOPPED) is stop
    assert world.account.ready
    assert not world.held.fills, "nothing was bought or sold"
    await world.kill()
    await world.begin_again()
    assert world.account.stopped_by is None
    assert len(world.told(FillsMissing)) == 1


async def test_a_database_from_before_is_taken_if_the_exchange_knows_what_is_in_it_and_else_asked_about() -> None:
    world = await with_fills()
    world.store.set_setting(SETTING, None)
    await world.begin_again()
    assert bound_to(world.store) is not None
    assert_whole(world)
    await world.kill()

    world.store.set_setting(SETTING, None)
    another_exchange(world)
    await world.begin_again()
    assert world.account.stopped_by is Hold.MISSING_FILLS
    assert bound_to(world.store) is None


async def test_a_database_from_before_with_orders_alone_is_asked_about_where_nobody_knows_them() -> None:
    """A paper grid that was left with its orders cancelled, begun with real money."""
    world = World(price="2090")
    await world.begin()
    await world.start()
    await world.tick()
    await world.app.trader.pause(world.grid.id)
    await world.tick(2)
    await world.kill()
    world.store.set_setting(SETTING, None)
    another_exchange(world)
    await world.begin_again()
    assert world.account.stopped_by is Hold.MISSING_FILLS


async def test_a_fill_that_the_history_does_not_show_yet_is_waited_for_and_not_missed() -> None:
    world = await a_trading_world(choices=Choices(history_lag=30_000))
    await world.kill()
    await world.begin_again()
    await a_while()
    assert world.account.ready
    assert world.account.stopped_by is None
    assert not world.told(FillsMissing)


async def test_a_history_that_shows_the_fills_after_all_ends_the_hold_by_itself() -> None:
    world = await with_fills()
    kept = list(world.held.fills)
    world.held.fills.clear()
    await world.begin_again()
    assert world.account.stopped_by is Hold.MISSING_FILLS

    world.held.fills.extend(kept)
    await pauses()

    assert [told.hold for told in world.told(HoldOver)] == [Hold.MISSING_FILLS]
    await world.tick(2)
    assert_whole(world)


# Orders that a new database finds


def leave_orders(world: World, ids: Sequence[int | None]) -> list[int]:
    """Orders that rest before the program knows of anything."""
    return [
        world.venue.place(
            KEY,
            NewOrder(symbol=ETH_USDC, side=Side.BUY, price=Decimal(1500 + n), quantity=Decimal("0.01"), client_id=one),
        ).id
        for n, one in enumerate(ids)
    ]


OURS_ALIKE = 77 * BLOCK_SIZE + 5


async def test_a_new_database_beside_orders_that_look_like_ours_says_so_and_begins_nothing() -> None:
    world = World()
    leave_orders(world, [OURS_ALIKE, OURS_ALIKE + 1, 17, None])
    await world.begin()
    await pauses()

    (told,) = world.told(OrdersLeft)
    assert (told.orders, told.symbols) == (2, (ETH_USDC,))
    assert world.app.trader.summary().halt is Hold.LEFT_ORDERS
    assert not world.store.movements("main"), "no ledger is begun"
    await world.kill()
    await world.begin_again()
    assert world.account.stopped_by is Hold.LEFT_ORDERS, "asked again until it is decided"


@pytest.mark.parametrize("cancel", [True, False])
async def test_orders_that_were_found_are_cancelled_or_left_and_all_others_are_untouched(cancel: bool) -> None:
    world = World()
    theirs = leave_orders(world, [OURS_ALIKE, 17, None])
    await world.begin()
    assert await world.app.trader.settle_left(cancel=cancel) is None
    await pauses()

    assert set(world.held.open) == set(theirs[1:] if cancel else theirs)
    await world.start()
    await world.tick(2)
    assert world.account.halt is None
    assert_books(world)
    await world.kill()
    await world.begin_again()
    assert len(world.told(OrdersLeft)) == 1


async def test_orders_that_the_owner_cancels_himself_end_the_question() -> None:
    world = World()
    [left] = leave_orders(world, [OURS_ALIKE])
    await world.begin()
    world.venue.cancel(KEY, ETH_USDC, order_id=left)
    await pauses()
    assert [told.hold for told in world.told(HoldOver)] == [Hold.LEFT_ORDERS]
    assert world.account.ready


async def test_orders_made_by_hand_are_nobodys_question_and_zero_is_a_client_id_like_any_other() -> None:
    world = World()
    leave_orders(world, [0, 1, 123_456, None])
    await world.begin()
    assert world.account.ready
    await world.start()
    await world.tick(2)
    assert world.account.halt is None
    assert len(world.account.foreign) == 4
    await world.trade(1400)
    assert world.account.halt is not Halt.STRANGERS
    assert_books(world)


# Real money


async def test_open_grids_place_nothing_with_real_money_before_the_owner_has_typed_the_word() -> None:
    world = await a_trading_world(**LIVE | {"backpack_api_url": "http://127.0.0.1:8090"})
    await world.kill()
    for order in list(world.held.open.values()):
        world.venue.cancel(KEY, ETH_USDC, order_id=order.id)
    world.settings = a_setting(**LIVE)
    sent = len(world.road.sent)

    await world.begin_again()
    await world.tick(3)

    assert [told.grids for told in world.told(LiveUnconfirmed)] == [1]
    assert len(world.road.sent) == sent
    assert world.app.trader.summary().halt is Hold.UNCONFIRMED

    assert world.app.trader.accept_live_word("LIVE")
    await a_while()
    await world.tick()
    assert len(world.road.sent) > sent
    assert_whole(world)
    await world.kill()
    await world.begin_again()
    assert world.account.stopped_by is None
    assert len(world.told(LiveUnconfirmed)) == 1


async def test_cancelling_needs_no_word() -> None:
    world = await a_trading_world(**LIVE | {"backpack_api_url": "http://127.0.0.1:8090"})
    await world.kill()
    world.settings = a_setting(**LIVE)
    await world.begin_again()
    await world.app.trader.panic()
    await world.tick(2)
    assert not world.held.open


async def test_a_grid_that_is_started_past_the_chat_places_nothing_before_the_word() -> None:
    world = World(**LIVE)
    await world.begin()
    assert world.account.stopped_by is None
    await world.start()
    await world.tick(2)
    assert not world.road.sent
    assert world.app.trader.accept_live_word("LIVE")
    await world.tick(2)
    assert any(isinstance(order, Order) for sent in world.road.sent for order in sent)
