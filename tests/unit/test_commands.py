"""What the owner may ask: each command is done whole, or refused with a problem that says why."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from strategy.messages import events as ev
from strategy.messages.commands import (
    Panic,
    PauseGrid,
    ResumeGrid,
    SetLending,
    SetLimits,
    SettleStrangers,
    StartGrid,
    StopGrid,
    TuneGrid,
)
from strategy.messages.notices import GridEnded, GridOpened, PhaseChanged, StrangersTold
from strategy.messages.problems import ProblemCode
from strategy.model.account import Account, Halt, Interruption
from strategy.model.grid import MAX_GRIDS, Phase
from strategy.model.levels import Lot
from strategy.model.limits import Bounds
from strategy.model.market import Balance, Side
from strategy.model.orders import BLOCK_SIZE, GridId, LevelId
from strategy.model.stops import Stop, StopReason
from strategy.step import step
from tests.builders import (
    BLOCK,
    NOW,
    USDC,
    a_grid,
    a_level,
    a_market,
    a_range,
    a_spec,
    an_account,
    an_open_order,
    an_order,
    with_grid,
)
from tests.world import World, a_world, the_brief_world

MANY = {GridId(number): replace(a_grid(), id=GridId(number)) for number in range(1, MAX_GRIDS + 1)}
COINS = {LevelId(1): Lot(quantity=Decimal("0.02"), cost=Decimal(40))}


def problem_of(account: Account, command: type, **fields: Any) -> ProblemCode | None:
    problem = step(account, command(at=NOW, **fields)).problem
    return problem.code if problem else None


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ({"markets": {}}, ProblemCode.UNKNOWN_MARKET),
        ({"touches": {}}, ProblemCode.NO_PRICE),
        ({"halt": Halt.DAILY_LOSS}, ProblemCode.HALTED),
        ({"interruption": Interruption(cause="maintenance", text="", since=NOW)}, ProblemCode.INTERRUPTED),
        ({"ready": False}, ProblemCode.INTERRUPTED),
        ({"grids": MANY}, ProblemCode.TOO_MANY_GRIDS),
        ({"balances": {USDC: Balance(available=Decimal(100))}}, ProblemCode.NO_MONEY),
        ({"balances": {}}, ProblemCode.NO_MONEY),
        ({"balances": {USDC: Balance(available=Decimal(50), lent=Decimal(9_950))}}, ProblemCode.NO_MONEY),
    ],
)
def test_no_grid_is_opened_where_the_account_can_not_carry_it(state: dict[str, Any], code: ProblemCode) -> None:
    account = replace(an_account(), **state)
    done = step(account, StartGrid(at=NOW, spec=a_spec()))

    assert done.problem is not None
    assert done.problem.code is code
    assert done.account.grids.keys() == account.grids.keys()


def test_stopped_grids_do_not_count_against_the_number_of_grids() -> None:
    stopped = {number: replace(grid, phase=Phase.STOPPED) for number, grid in MANY.items()}

    assert problem_of(an_account(grids=stopped, next_grid=MAX_GRIDS + 1), StartGrid, spec=a_spec()) is None


def test_what_other_grids_hold_is_named_where_the_money_does_not_reach() -> None:
    account = an_account(a_grid(money=Decimal(9_950), phase=Phase.WAITING))
    problem = step(account, StartGrid(at=NOW, spec=a_spec())).problem

    assert problem is not None
    assert dict(problem.facts)["reserved"] == 9_950


def test_a_wish_that_can_not_be_opens_nothing() -> None:
    done = step(an_account(), StartGrid(at=NOW, spec=a_spec(grids=0)))

    assert done.problem is not None
    assert done.problem.code is ProblemCode.TOO_MANY_LEVELS
    assert done.account == an_account()
    assert not done.notices


def test_a_grid_is_opened_with_a_number_of_its_own_and_told() -> None:
    world = World({a_market(): Decimal(2000)})
    first, second = world.start(a_spec()), world.start(a_range(1900, 2100, 4))

    assert (first, second) == (1, 2)
    told = [(notice.grid_id, notice.levels, notice.seeds, notice.phase) for notice in world.notices_of(GridOpened)]
    assert told == [(1, 3, 1, Phase.SEEDING), (2, 4, 2, Phase.SEEDING)]


def test_a_grid_without_seeds_runs_at_once() -> None:
    world = World({a_market(): Decimal(2000)})
    world.start(a_range(1800, 2000, 4))

    assert world.phase() is Phase.RUNNING
    assert [notice.seeds for notice in world.notices_of(GridOpened)] == [0]


@pytest.mark.parametrize(
    ("command", "fields"),
    [(StopGrid, {}), (PauseGrid, {}), (ResumeGrid, {}), (TuneGrid, {"spec": a_spec()})],
)
def test_there_is_no_such_grid(command: type, fields: dict[str, Any]) -> None:
    problem = step(an_account(a_grid()), command(at=NOW, grid_id=GridId(9), **fields)).problem

    assert problem is not None
    assert problem.code is ProblemCode.UNKNOWN_GRID
    assert dict(problem.facts) == {"id": 9, "grids": "1"}


@pytest.mark.parametrize(
    ("phase", "command", "fields"),
    [
        (Phase.STOPPED, StopGrid, {}),
        (Phase.STOPPED, StopGrid, {"sell": True}),
        (Phase.STOPPED, PauseGrid, {}),
        (Phase.PAUSED, PauseGrid, {}),
        (Phase.RUNNING, ResumeGrid, {}),
        (Phase.STOPPING, ResumeGrid, {}),
        (Phase.WAITING, ResumeGrid, {}),
    ],
)
def test_what_the_phase_does_not_allow_is_refused(phase: Phase, command: type, fields: dict[str, Any]) -> None:
    account = with_grid(an_account(a_grid()), phase=phase)

    assert problem_of(account, command, grid_id=GridId(1), **fields) is ProblemCode.WRONG_PHASE


def test_a_stopped_grid_may_still_sell_the_coins_it_kept() -> None:
    world = the_brief_world()
    world.ask(StopGrid, grid_id=world.grid.id)
    assert world.grid.coins > 0

    assert world.ask(StopGrid, grid_id=world.grid.id, sell=True) is None

    assert world.grid.coins < world.grid.market.min_quantity
    assert [notice.sold for notice in world.notices_of(GridEnded)] == [False, True]


def test_a_paused_grid_has_no_orders_and_goes_on_where_it_was() -> None:
    world = the_brief_world()
    before = (world.buy_prices, world.sell_prices)
    world.ask(PauseGrid, grid_id=world.grid.id)
    world.trade(1900)
    assert not world.held.open

    world.trade(2000)
    assert world.ask(ResumeGrid, grid_id=world.grid.id) is None

    assert (world.buy_prices, world.sell_prices) == before
    assert [notice.phase for notice in world.notices_of(PhaseChanged)] == [Phase.PAUSED, Phase.RUNNING]


def test_a_pause_is_told_once_no_order_rests() -> None:
    world = the_brief_world()
    with world.holding(sends=True):
        world.ask(PauseGrid, grid_id=world.grid.id)
        assert world.grid.live
        assert not world.notices_of(PhaseChanged), "its orders still rest"

    world.tick(3)

    assert not world.grid.live
    assert [notice.phase for notice in world.notices_of(PhaseChanged)] == [Phase.PAUSED]


def test_a_grid_paused_while_it_is_seeded_is_seeded_on() -> None:
    world = World({a_market(): Decimal(2000)})
    world.start(a_spec(seed_patience=600_000))
    world.ask(PauseGrid, grid_id=world.grid.id)
    assert not world.held.open

    world.ask(ResumeGrid, grid_id=world.grid.id)
    assert world.phase() is Phase.SEEDING
    world.trade(1999)

    assert world.phase() is Phase.RUNNING
    assert world.sell_prices == [Decimal("2028.08")]


def test_a_stopped_grid_resumes_with_its_coins_if_the_money_is_there() -> None:
    world = the_brief_world()
    world.ask(StopGrid, grid_id=world.grid.id)
    assert world.ask(ResumeGrid, grid_id=world.grid.id) is None
    assert (len(world.buy_prices), len(world.sell_prices)) == (2, 1)

    world.ask(StopGrid, grid_id=world.grid.id)
    world.deposit(-9_900)
    world.read_balances()
    problem = world.ask(ResumeGrid, grid_id=world.grid.id)

    assert problem is not None
    assert problem.code is ProblemCode.NO_MONEY


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ({"phase": Phase.STOPPED, "stop": Stop(reason=StopReason.OWNER, sell=True, at=NOW)}, ProblemCode.WRONG_PHASE),
        ({"phase": Phase.PAUSED, "spec": a_spec(take_profit=Decimal(2000))}, ProblemCode.BAD_LIMIT),
        ({"phase": Phase.PAUSED, "spec": a_spec(symbol="SOL_USDC")}, ProblemCode.NO_PRICE),
    ],
)
def test_a_grid_that_would_stop_again_at_once_is_not_resumed(state: dict[str, Any], code: ProblemCode) -> None:
    account = an_account(a_grid(**state))

    assert problem_of(account, ResumeGrid, grid_id=GridId(1)) is code
    assert step(account, ResumeGrid(at=NOW, grid_id=GridId(1))).account.grids == account.grids


def test_a_resume_of_everything_says_which_grid_could_not_be_resumed() -> None:
    stop = Stop(reason=StopReason.DAILY_LOSS, sell=False, at=NOW)
    fine, touchy = a_grid(phase=Phase.STOPPED, stop=stop), a_grid(phase=Phase.STOPPED, stop=stop)
    touchy = replace(touchy, id=GridId(2), spec=a_spec(take_profit=Decimal(2000)))
    others = replace(a_grid(phase=Phase.STOPPED), id=GridId(3))
    done = step(an_account(touchy, fine, others, halt=Halt.DAILY_LOSS), ResumeGrid(at=NOW, grid_id=None))

    assert done.problem is not None
    assert done.problem.code is ProblemCode.BAD_LIMIT
    phases = {grid.id: grid.phase for grid in done.account.grids.values()}
    assert phases == {1: Phase.RUNNING, 2: Phase.STOPPED, 3: Phase.STOPPED}
    assert done.account.halt is None
    assert done.account.day is None


def test_a_panic_stops_everything_and_keeps_the_coins() -> None:
    world = a_world()
    world.start(replace(world.grid.spec, quote_per_order=Decimal(50), wait_for_range=True, upper=Decimal(140)))
    held = world.account.grids[GridId(1)].coins

    assert world.ask(Panic) is None

    assert not world.held.open
    assert {grid.phase for grid in world.account.grids.values()} == {Phase.STOPPED}
    assert {notice.reason for notice in world.notices_of(GridEnded)} == {StopReason.PANIC}
    assert world.account.grids[GridId(1)].coins == held
    before = len(world.actions)
    assert world.ask(Panic) is None
    assert len(world.actions) == before


def test_a_panic_reaches_the_live_orders_of_stopped_grids_too() -> None:
    grid = a_grid(phase=Phase.STOPPED, orders=(an_order(),))
    done = step(an_account(grid), Panic(at=NOW))

    assert [type(action) for action in done.actions] == [ev.Cancel]


def test_orders_of_a_second_installation_stop_all_trading_until_the_owner_chooses() -> None:
    strange = an_open_order(an_order(77))
    for cancel in (False, True):
        world = the_brief_world()
        found = ev.StrangersFound(at=world.now, orders=(strange,), fills=2)
        world.tell(found)
        world.tell(replace(found, orders=()))
        world.walk(1979)
        assert len(world.notices_of(StrangersTold)) == 1
        assert world.sell_prices == [Decimal("2028.08")]
        problem = world.ask(ResumeGrid, grid_id=None)
        assert problem is not None
        assert problem.code is ProblemCode.HALTED

        before = len(world.actions)
        world.ask(SettleStrangers, cancel=cancel, block=BLOCK + 1)

        cancels = [one for one in world.actions[before:] if isinstance(one, ev.Cancel)]
        assert [one.order_id for one in cancels] == [strange.order_id] * cancel
        assert world.sell_prices == [Decimal("1987.92"), Decimal("2028.08")]
        assert max(world.journal) // BLOCK_SIZE == BLOCK + 1


def test_settling_strangers_leaves_another_halt_alone() -> None:
    done = step(an_account(halt=Halt.DAILY_LOSS), SettleStrangers(at=NOW, cancel=False, block=BLOCK + 1))

    assert done.account.halt is Halt.DAILY_LOSS


def test_another_daily_limit_counts_from_now_on() -> None:
    done = step(an_account(loss_ticks=1), SetLimits(at=NOW, bounds=Bounds(daily_loss=None)))

    assert (done.account.daily_loss, done.account.loss_ticks) == (None, 0)


def test_a_parked_grid_goes_on_when_the_owner_says_so() -> None:
    level = a_level(side=Side.SELL)
    done = step(an_account(a_grid(level, phase=Phase.PARKED, lots=COINS)), ResumeGrid(at=NOW, grid_id=GridId(1)))

    assert done.problem is None
    assert done.account.grids[GridId(1)].phase is Phase.RUNNING
    assert len(done.actions) == 1


def test_whether_what_is_lent_counts_as_there_is_the_owners_choice() -> None:
    account = an_account()
    assert not account.limits.uses_lent

    used = step(account, SetLending(at=NOW, use=True)).account

    assert used.limits.uses_lent
    assert not step(used, SetLending(at=NOW, use=False)).account.limits.uses_lent
