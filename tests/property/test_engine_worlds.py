"""The promises, in worlds where everything happens at random: prices, commands, lost answers, late news, restarts."""

from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from exchange.paper.rules import Choices
from strategy.account.risk import totals
from strategy.messages import events as ev
from strategy.messages.by_hand import CoinsMissing
from strategy.messages.commands import Panic, PauseGrid, ResumeGrid, SetLimits, StartGrid, StopGrid
from strategy.model.limits import Bounds
from strategy.model.market import Fees
from strategy.model.orders import GridId, Refusal
from strategy.model.spec import GridSpec
from strategy.reconcile.recovery import find
from strategy.step import step
from tests.builders import a_market
from tests.promises.core import assert_complete, assert_promises
from tests.property.wishes import FEES, LIMITS, MOVES, PARTS, specs, within_reach
from tests.world import World

NUMBERS = st.integers(0, 100)
GRIDS = st.integers(1, 4).map(GridId)
MOST_GRIDS = 4


class AnyWorld(RuleBasedStateMachine):
    """One account, one market, up to four grids, and everything that can happen to them."""

    @initialize(
        spec=specs(LIMITS),
        fees=FEES,
        expires=st.booleans(),
        part=PARTS,
        stream=st.booleans(),
        lag=st.sampled_from([0, 4_000]),
    )
    def open(self, *, spec: GridSpec, fees: Fees, expires: bool, part: Decimal | None, stream: bool, lag: int) -> None:
        choices = Choices(post_only_expires=expires, history_lag=lag)
        self.world = World({a_market(): Decimal(2_000)}, fees=fees, choices=choices)
        self.world.stream = stream
        self.world.fill_in_parts(part)
        self.start(spec=spec)

    @rule(spec=specs(LIMITS))
    def start(self, *, spec: GridSpec) -> None:
        if len(self.world.account.grids) < MOST_GRIDS:
            self.world.read_balances()
            self.world.ask(StartGrid, spec=spec)

    @rule(move=MOVES)
    def walk(self, *, move: int) -> None:
        self.world.walk(within_reach(self.world.price + Decimal(move) / 100))

    @rule(times=st.integers(1, 4))
    def tick(self, *, times: int) -> None:
        self.world.tick(times)

    @rule(move=MOVES)
    def trade(self, *, move: int) -> None:
        self.walk(move=move)
        self.world.tick()

    @rule(grid=GRIDS, sell=st.booleans())
    def stop(self, *, grid: GridId, sell: bool) -> None:
        self.world.ask(StopGrid, grid_id=grid, sell=sell)

    @rule(grid=GRIDS)
    def pause(self, *, grid: GridId) -> None:
        self.world.ask(PauseGrid, grid_id=grid)

    @rule(grid=st.one_of(GRIDS, st.none()))
    def resume(self, *, grid: GridId | None) -> None:
        self.world.ask(ResumeGrid, grid_id=grid)

    @rule(usdc=st.integers(5, 150).map(Decimal), out=st.integers(30, 300))
    def tune(self, *, usdc: Decimal, out: int) -> None:
        if self.world.account.grids:
            out_want = Decimal(out) / 10_000 if self.world.grid.spec.out_want else None
            self.world.tune(quote_per_order=usdc, out_want=out_want)

    @rule(grids=st.integers(1, 12), lower=st.integers(1_500, 1_990), upper=st.integers(2_010, 2_600))
    def reshape(self, *, grids: int, lower: int, upper: int) -> None:
        if self.world.account.grids:
            is_interval = self.world.grid.spec.out_want is not None
            ends = {} if is_interval else {"lower": Decimal(lower), "upper": Decimal(upper)}
            self.world.tune(grids=grids, **ends)

    @rule()
    def panic(self) -> None:
        self.world.ask(Panic)

    @rule(limit=st.sampled_from([None, Decimal(2), Decimal(200)]))
    def limit_the_day(self, *, limit: Decimal | None) -> None:
        self.world.ask(SetLimits, bounds=Bounds(daily_loss=limit))

    @rule()
    def start_a_day(self) -> None:
        now, start = self.world.now, totals(self.world.account)
        self.world.tell(ev.DayStarted(at=now, day="2026-11-23", begins=now, start=start))

    @rule(away=st.integers(1_000, 100_000))
    def restart(self, *, away: int) -> None:
        self.world.restart(away=away)

    @rule(maker=st.integers(-1, 9).map(lambda bps: Decimal(bps) / 10_000))
    def charge(self, *, maker: Decimal) -> None:
        self.world.charge(maker=str(maker), taker="0.001")

    @rule(amount=st.integers(-50, 500))
    def deposit(self, *, amount: int) -> None:
        self.world.deposit(amount)

    @rule(is_over=st.booleans())
    def interrupt(self, *, is_over: bool) -> None:
        at = self.world.now
        self.world.tell(ev.Restored(at=at) if is_over else ev.Interrupted(at=at, cause="maintenance", text="soon"))

    @rule(request=st.booleans(), match=st.sampled_from(["POST", "DELETE"]), times=st.integers(1, 3))
    def lose(self, *, request: bool, match: str, times: int) -> None:
        self.world.lose(request=request, match=match, times=times)

    @rule(reason=st.sampled_from([Refusal.POST_ONLY, Refusal.OTHER, Refusal.RATE_LIMIT]), times=st.integers(1, 8))
    def refuse(self, *, reason: Refusal, times: int) -> None:
        self.world.refuse(reason, times)

    @rule(sends=st.booleans(), hears=st.booleans())
    def hold(self, *, sends: bool, hears: bool) -> None:
        self.world.sends, self.world.hears = sends, hears

    @rule()
    def release(self) -> None:
        self.world.release()

    @rule(which=NUMBERS)
    def hear_out_of_turn(self, *, which: int) -> None:
        if self.world.road.unheard:
            self.world.hear(which % len(self.world.road.unheard))

    @rule(which=NUMBERS)
    def hear_a_fill_again(self, *, which: int) -> None:
        """A copy of a fill changes nothing, as long as its order is remembered; after that the journal knows it."""
        fills = [event for event in self.world.events if isinstance(event, ev.Filled)]
        before = self.world.account
        if fills and find(before, fills[which % len(fills)].fill.client_id) is not None:
            after = step(before, fills[which % len(fills)])
            assert not after.entries
            assert after.account.expected == before.expected
            assert [grid.books for grid in after.account.grids.values()] == [g.books for g in before.grids.values()]

    @invariant()
    def promises(self) -> None:
        if hasattr(self, "world"):
            assert_promises(self.world)
            assert not self.world.notices_of(CoinsMissing), "nobody takes coins here"

    def teardown(self) -> None:
        """Once everything works again, the world comes to its full set of orders, and what was to stop has stopped."""
        if not hasattr(self, "world"):
            return
        self.world.tell(ev.Restored(at=self.world.now))
        self.world.mend()
        self.world.tick(14)
        for cents in (37, -31) * 15:  # a market that never moves can keep an order of ours at the touch for ever
            self.trade(move=cents)
        self.world.tick(8)
        assert_promises(self.world)
        assert_complete(self.world)


TestAnyWorld = AnyWorld.TestCase
TestAnyWorld.settings = settings(max_examples=50, stateful_step_count=30)
