"""Envelopes: shares of the account's money, and grids that take what is left; divided anew when it changes."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.owner.proposal import tuned
from strategy.account.commands import preview_of
from strategy.account.envelopes import LEAST_CHANGE, own_money, parts, room
from strategy.account.risk import free, reserved
from strategy.draft import Draft
from strategy.grid.opening import Preview
from strategy.grid.sizing import money_down
from strategy.messages import events as ev
from strategy.messages.commands import ResumeGrid, StartGrid, StopGrid, TuneGrid
from strategy.messages.envelopes import EnvelopeChanged
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.grid import Phase
from strategy.model.ledger import Movement, MovementKind
from strategy.model.orders import GridId
from strategy.model.shown import Shown
from strategy.model.spec import GridSpec
from tests.builders import USDC, a_market, a_range
from tests.promises.core import assert_complete, assert_promises
from tests.world import World

D = Decimal


def a_world(money: int = 1_000) -> World:
    return World({a_market(): D(2_000)}, money=money)


def wish(**wishes: Any) -> GridSpec:
    """Five levels, of which the highest needs its first coins."""
    return a_range(1_500, 2_005, grids=5, **({"quote_per_order": None} | wishes))


def previewed(world: World, spec: GridSpec) -> Preview:
    found = preview_of(Draft(account=world.account, at=world.now), spec)
    assert isinstance(found, Preview), found
    return found


def move(world: World, amount: int, kind: MovementKind = MovementKind.DEPOSIT) -> None:
    """Money comes or goes, and the exchange says so."""
    world.held.change(USDC, D(amount))
    movement = Movement(at=world.now, key=f"{kind}{amount}{world.now}", kind=kind, asset=USDC, amount=D(amount))
    world.tell(ev.Moved(at=world.now, movement=movement))
    world.read_balances()
    world.tick()


def test_a_share_is_of_all_the_money_and_not_of_what_is_free() -> None:
    world = a_world()
    world.start(wish(envelope=D("0.6")))
    world.start(wish(envelope=D("0.3")))

    first, second = world.account.grids.values()

    assert D(590) < first.money <= D(600)
    assert D(290) < second.money <= D(300)
    assert_promises(world)


@pytest.mark.parametrize("amount", [{"total": D(400)}, {"envelope": D("0.4")}])
def test_what_is_left_is_given_up_for_a_grid_that_trades_on(amount: dict[str, Any]) -> None:
    world = a_world()
    world.start(wish(**amount))
    world.start(wish(takes_rest=True))
    world.tick(2)
    world.ask(StopGrid, grid_id=GridId(1), sell=False)
    world.tick(3)
    rest = world.account.grids[GridId(2)]
    assert rest.money > 790, "it took what was free"
    assert world.ask(ResumeGrid, grid_id=GridId(1)) is None
    world.tick(2)

    back, rest = world.account.grids.values()
    assert back.phase is Phase.RUNNING
    assert back.money > 350
    assert rest.money < 620
    assert_promises(world)
    assert_complete(world)


def test_where_what_is_left_is_not_enough_nothing_is_given_up() -> None:
    world = a_world()
    world.start(wish(total=D(900)))
    world.tick(3)
    world.ask(StopGrid, grid_id=GridId(1), sell=False)
    world.tick(4)
    move(world, -400, MovementKind.WITHDRAWAL)
    world.start(wish(takes_rest=True))
    before = world.account.grids[GridId(2)]
    refused = world.ask(ResumeGrid, grid_id=GridId(1))

    assert refused is not None
    assert refused.code is ProblemCode.NO_MONEY
    assert world.account.grids[GridId(2)].money == before.money


def test_shares_beyond_the_whole_are_scaled_to_what_is_there() -> None:
    world = a_world()
    world.start(wish(envelope=D("0.8")))

    found = preview_of(Draft(account=world.account, at=world.now), wish(envelope=D("0.8")))

    assert isinstance(found, Preview)
    assert found.money <= 500
    assert world.account.grids[GridId(1)].money > 790, "a preview changes nothing"


def test_what_is_left_is_divided_evenly_and_given_up_for_a_newcomer() -> None:
    world = a_world()
    world.start(wish(takes_rest=True))
    assert D(970) < world.grid.money <= D(1_000)

    world.start(wish(takes_rest=True))
    world.tick()

    first, second = world.account.grids.values()
    assert D(490) < first.money <= D(500)
    assert D(480) < second.money <= D(500)
    told = world.notices_of(EnvelopeChanged)
    assert (told[0].grid_id, told[0].envelope, told[0].after) == (1, None, first.money)
    assert_complete(world)


@pytest.mark.parametrize("others", [1, 2])
def test_what_would_fit_counts_what_grids_that_take_the_rest_can_give_up_and_then_does(others: int) -> None:
    world = a_world()
    for _ in range(others):
        world.start(wish(takes_rest=True))

    found = preview_of(Draft(account=world.account, at=world.now), wish(total=D(1_200)))
    assert isinstance(found, Problem)
    assert found.code is ProblemCode.NO_MONEY
    facts = dict(found.facts)

    assert D(600) < facts["fits"] <= facts["free"] < 800, "they keep their first coins"  # type: ignore[operator]
    assert sum(grid.money for grid in world.account.grids.values()) > 990, "a preview changes nothing"
    fits = money_down(D(facts["fits"]), USDC)
    assert previewed(world, wish(total=fits)).money <= facts["free"]  # type: ignore[operator]
    assert world.start(wish(total=fits)) == others + 1
    assert_promises(world)


def test_a_newcomer_that_needs_little_gets_it_as_one_that_needs_much() -> None:
    world = a_world(100_000)
    world.start(wish(takes_rest=True))
    assert free(world.account, USDC) < 400

    assert previewed(world, wish(total=D(500))).money > 490
    assert world.start(wish(total=D(500))) == GridId(2)
    assert_promises(world)


def test_a_newcomer_for_which_enough_is_free_takes_nothing_from_others() -> None:
    world = a_world(100_000)
    world.start(wish(takes_rest=True))
    before = world.account.grids[GridId(1)].money

    world.start(wish(total=D(100)))

    assert world.account.grids[GridId(1)].money == before


@pytest.mark.parametrize(("amount", "gives"), [(100, False), (500, True)])
def test_a_grid_that_trades_on_with_little_gets_what_is_free_and_else_of_what_is_left(
    amount: int, *, gives: bool
) -> None:
    """Also where that is less than a hundredth, which moves no order otherwise."""
    world = a_world(100_000)
    world.start(wish(total=D(amount)))
    world.ask(StopGrid, grid_id=GridId(1), sell=False)
    world.tick(3)
    world.start(wish(takes_rest=True))
    before = world.account.grids[GridId(2)].money
    assert 100 < free(world.account, USDC) < 400 < LEAST_CHANGE * before

    assert room(world.account, USDC, D(amount), world.now) > amount * D("0.999999")
    assert world.ask(ResumeGrid, grid_id=GridId(1)) is None

    assert (world.account.grids[GridId(2)].money < before) is gives
    assert_promises(world)


def test_what_is_left_is_less_by_the_coins_too_of_a_grid_with_an_amount() -> None:
    """They count as money at what they cost: they are that grid's, and nobody's rest."""
    world = a_world(2_000)
    world.start(wish(total=D(1_000)))
    world.trade(1_800)
    world.tick(3)
    amount = world.grid
    assert amount.cost > 100

    world.start(wish(takes_rest=True))

    assert D(970) < parts(world.account, USDC)[GridId(2)] < 1_000
    assert_promises(world)


def test_a_grid_with_an_amount_gets_it_from_what_is_left_and_never_from_a_share() -> None:
    world = a_world()
    world.start(wish(envelope=D("0.5")))
    world.start(wish(takes_rest=True))

    world.start(wish(total=D(300)))

    share, rest, amount = world.account.grids.values()
    assert share.money > 490
    assert D(300) <= amount.money < D(302)
    assert rest.money < 200
    refused = preview_of(Draft(account=world.account, at=world.now), wish(total=D(400)))
    assert isinstance(refused, Problem)
    assert refused.code is ProblemCode.NO_MONEY


def test_a_deposit_and_a_withdrawal_are_divided_as_they_are_booked() -> None:
    world = a_world()
    world.start(wish(envelope=D("0.5")))

    move(world, 1_000)
    assert D(980) < world.grid.money <= D(1_000)
    move(world, -900, MovementKind.WITHDRAWAL)

    assert D(530) < world.grid.money <= D(550)
    assert world.grid.spec.version == 3
    assert_complete(world)


def test_a_part_that_is_not_free_yet_is_given_as_far_as_it_is() -> None:
    """What another grid holds in coins beyond its own part is given once it has sold them, and not waited for."""
    world = World({a_market(): D(1_600)}, money=1_000)
    world.start(wish(takes_rest=True))  # nearly all of its levels need coins
    world.tick(3)
    world.start(wish(takes_rest=True))
    world.tick(3)
    first, second = world.account.grids.values()
    assert first.cost > first.money
    before = second.money

    move(world, 300)

    first, second = world.account.grids.values()
    assert before + 50 < second.money < parts(world.account, USDC)[second.id] * (1 - LEAST_CHANGE)
    assert free(world.account, USDC) < 10
    assert_promises(world)


def test_less_than_a_hundredth_moves_no_order() -> None:
    world = a_world()
    world.start(wish(envelope=D("0.5")))
    before = world.grid

    move(world, 5)

    assert world.grid.spec == before.spec
    assert world.grid.orders == before.orders


def test_a_grid_that_ends_leaves_its_part_to_the_others() -> None:
    world = a_world()
    world.start(wish(takes_rest=True))
    world.start(wish(takes_rest=True))

    world.ask(StopGrid, grid_id=GridId(2))
    world.tick()

    first, second = world.account.grids.values()
    assert second.phase is Phase.STOPPED
    assert first.money > 970


@pytest.mark.parametrize("amount", [{"total": D(400)}, {"envelope": D("0.4")}, {"takes_rest": True}])
def test_what_a_grid_leaves_that_sells_its_coins_is_given_and_told_once(amount: dict[str, Any]) -> None:
    """Its orders are gone before the exchange shows what its coins have brought: that was told as two changes."""
    world = a_world()
    world.start(wish(**amount))
    world.start(wish(takes_rest=True))
    for price in (1_900, 1_800, 1_700):
        world.trade(price)
    world.read_balances()
    world.tick(2)
    assert world.account.grids[GridId(1)].coins
    told = len(world.notices_of(EnvelopeChanged))

    world.ask(StopGrid, grid_id=GridId(1), sell=True)
    world.tick(3)
    assert world.account.grids[GridId(1)].phase is Phase.STOPPED
    world.read_balances()
    world.tick(3)

    [once] = world.notices_of(EnvelopeChanged)[told:]
    assert once.after == world.grid.money > 970
    assert_promises(world)
    assert_complete(world)


def test_what_is_too_little_for_an_order_changes_nothing() -> None:
    world = World({a_market(least="0.04"): D(2_000)}, money=1_000)
    world.start(wish(envelope=D("0.5")))
    before = world.grid.spec

    move(world, -480, MovementKind.WITHDRAWAL)

    assert world.grid.spec == before
    assert not world.notices_of(EnvelopeChanged)


def test_a_start_that_is_refused_takes_nothing_from_the_others() -> None:
    world = a_world()
    world.start(wish(takes_rest=True))
    before = world.account

    shown = Shown(at=world.now, price=D(1_000), money=D(1), seed_cost=D(0))
    problem = world.ask(StartGrid, spec=wish(total=D(300)), shown=shown)

    assert problem is not None
    assert world.account.grids == before.grids


def test_an_amount_that_is_tuned_in_takes_the_place_of_the_share() -> None:
    world = a_world()
    world.start(wish(envelope=D("0.5")))

    assert world.tune(envelope=None, total=D(200)) is None
    move(world, 1_000)

    assert D(200) <= world.grid.money < D(202)


def test_a_share_that_is_tuned_in_is_given_at_once() -> None:
    world = a_world()
    world.start(wish(total=D(200)))

    assert world.tune(envelope=D("0.6")) is None

    assert D(590) < world.grid.money <= D(600)


@pytest.mark.parametrize("before", [{"total": D(200)}, {"quote_per_order": D(40)}])
def test_a_share_takes_the_place_of_an_amount_as_the_chat_asks_for_it(before: dict[str, Decimal]) -> None:
    world = a_world()
    world.start(wish(**before))
    spec = tuned(world.grid.spec, {"envelope": D("0.6")}, (D(1), D(2)))
    assert isinstance(spec, GridSpec)
    assert spec.total is None

    assert world.ask(TuneGrid, grid_id=GridId(1), spec=spec) is None

    assert D(585) < world.grid.money <= D(600)


def test_what_is_earned_is_not_counted_twice() -> None:
    world = a_world()
    refused = preview_of(Draft(account=world.account, at=world.now), wish(envelope=D("0.5"), compound=D(1)))
    world.start(wish(envelope=D("0.5")))

    problem = world.tune(compound=D(1))

    assert isinstance(refused, Problem)
    assert problem is not None
    assert refused.code is problem.code is ProblemCode.COUNTED_TWICE


@given(
    st.lists(st.one_of(st.integers(1, 90).map(lambda one: D(one) / 100), st.none()), min_size=1, max_size=4),
    st.lists(st.integers(-700, 1_500), max_size=4),
)
def test_nothing_is_promised_twice(shares: list[Decimal | None], moves: list[int]) -> None:
    world = a_world(2_000)
    for share in shares:
        world.read_balances()
        world.ask(StartGrid, spec=wish(takes_rest=True) if share is None else wish(envelope=share))
        world.tick()
    for amount in moves:
        if world.held.balance(USDC).available + amount > 0:
            move(world, amount, MovementKind.DEPOSIT if amount > 0 else MovementKind.WITHDRAWAL)

    account, own = world.account, own_money(world.account, USDC)
    divided = parts(account, USDC)
    assert sum(divided.values()) <= own + D("1e-18")
    tied = sum((reserved(grid, account.fees) + grid.cost for grid in account.grids.values()), D(0))
    if free(account, USDC) >= 0:
        assert tied <= own * (1 + LEAST_CHANGE)
    assert_promises(world)
