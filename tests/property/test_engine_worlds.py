"""The promises, in worlds where everything happens at random: prices, commands, lost answers, late news, two grids."""

from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from exchange.simulated.rules import Choices
from strategy import events as ev
from strategy.grid import MAX_GRIDS, GridSpec, Spacing
from strategy.money import floor_to
from strategy.orders import GridId, Refusal
from strategy.recovery import find
from tests.builders import ETH_USDC, a_market, a_range, a_spec
from tests.promises import assert_complete, assert_promises
from tests.world import World

STEP = Decimal("0.0001")
CENTS = st.integers(150_000, 260_000).map(lambda cents: Decimal(cents) / 100)
MOVES = st.one_of(st.integers(-150, 150), st.integers(-4_000, 4_000), st.integers(-30_000, 30_000))
"""In cents: mostly a little, sometimes over several levels at once."""
NUMBERS = st.integers(0, 100)
GRIDS = st.integers(1, 4).map(GridId)
LIMITS = st.fixed_dictionaries(
    {
        "quote_per_order": st.integers(20, 100).map(Decimal),
        "seed_patience": st.sampled_from([0, 6_000]),
        "window": st.sampled_from([1, 3, 50]),
        "max_loss": st.sampled_from([None, Decimal("0.02")]),
        "sell_on_limit": st.booleans(),
        "wait_for_range": st.booleans(),
    }
)


@st.composite
def specs(draw: st.DrawFn) -> GridSpec:
    """A wish that is mostly possible at a price of some 2,000."""
    limits = draw(LIMITS)
    if draw(st.booleans()):
        interval = draw(st.integers(10, 60).map(Decimal))
        out = Decimal(draw(st.integers(30, 300))) / 10_000
        return a_spec(grids=draw(st.integers(1, 6)), interval=interval, out_want=out, **limits)
    spacing = draw(st.sampled_from([Spacing.ARITHMETIC, Spacing.GEOMETRIC]))
    lower, upper = draw(st.integers(1_500, 1_990)), draw(st.integers(2_010, 2_600))
    return a_range(lower, upper, draw(st.integers(1, 12)), spacing=spacing, **limits)


class AnyWorld(RuleBasedStateMachine):
    """One account, one market, up to four grids, and everything that can happen to them."""

    @initialize(
        spec=specs(),
        expires=st.booleans(),
        part=st.sampled_from([None, Decimal("0.3"), Decimal("0.01")]),
        stream=st.booleans(),
        maker_bps=st.sampled_from([Decimal(8), Decimal(0), Decimal(-1)]),
        lag=st.sampled_from([0, 0, 4_000]),
    )
    def open(
        self, spec: GridSpec, *, expires: bool, part: Decimal | None, stream: bool, maker_bps: Decimal, lag: int
    ) -> None:
        choices = Choices(post_only_expires=expires, history_lag=lag)
        self.world = World({a_market(): Decimal(2_000)}, maker_bps=maker_bps, choices=choices)
        self.world.stream = stream
        if part is not None:
            self.book.part = lambda left: max(STEP, floor_to(left * part, STEP))
        self.start(spec)

    @property
    def book(self):  # type: ignore[no-untyped-def]  # the venue's own
        return self.world.venue.listing(ETH_USDC).book

    @rule(spec=specs())
    def start(self, spec: GridSpec) -> None:
        if len(self.world.account.grids) < 4:
            self.world.read_balances()
            self.world.ask(ev.StartGrid, spec=spec)

    @rule(move=MOVES)
    def walk(self, move: int) -> None:
        price = self.world.venue.listing(ETH_USDC).price + Decimal(move) / 100
        self.world.walk(max(Decimal(1_300), min(Decimal(2_900), price)))

    @rule(times=st.integers(1, 4))
    def tick(self, times: int) -> None:
        self.world.tick(times)

    @rule(move=MOVES)
    def trade(self, move: int) -> None:
        self.walk(move)
        self.world.tick()

    @rule(grid=GRIDS, sell=st.booleans())
    def stop(self, grid: GridId, *, sell: bool) -> None:
        self.world.ask(ev.StopGrid, grid_id=grid, sell=sell)

    @rule(grid=GRIDS)
    def pause(self, grid: GridId) -> None:
        self.world.ask(ev.PauseGrid, grid_id=grid)

    @rule(grid=GRIDS)
    def resume(self, grid: GridId) -> None:
        self.world.ask(ev.ResumeGrid, grid_id=grid)

    @rule(usdc=st.integers(5, 150).map(Decimal), out=st.integers(30, 300))
    def tune(self, usdc: Decimal, out: int) -> None:
        if self.world.account.grids:
            out_want = Decimal(out) / 10_000 if self.world.grid.spec.out_want else None
            self.world.tune(quote_per_order=usdc, out_want=out_want)

    @rule()
    def panic(self) -> None:
        self.world.ask(ev.Panic)

    @rule(request=st.booleans(), match=st.sampled_from(["POST", "DELETE"]), times=st.integers(1, 3))
    def lose(self, *, request: bool, match: str, times: int) -> None:
        self.world.lose(request=request, match=match, times=times)

    @rule(reason=st.sampled_from([Refusal.POST_ONLY, Refusal.OTHER, Refusal.RATE_LIMIT]), times=st.integers(1, 8))
    def refuse(self, reason: Refusal, times: int) -> None:
        self.world.refuse(reason, times)

    @rule(sends=st.booleans(), hears=st.booleans())
    def hold(self, *, sends: bool, hears: bool) -> None:
        self.world.sends, self.world.hears = sends, hears

    @rule()
    def release(self) -> None:
        self.world.release()

    @rule(which=NUMBERS)
    def hear_out_of_turn(self, which: int) -> None:
        self.world.hear(which)

    @rule(which=NUMBERS)
    def hear_a_fill_again(self, which: int) -> None:
        fills = [event for event in self.world.events if isinstance(event, ev.Filled)]
        if fills:
            again, before = fills[which % len(fills)], self.world.account
            if find(before, again.fill.client_id) is not None:
                self.world.tell(again)
                assert self.world.account.expected == before.expected
                assert [g.books for g in self.world.account.grids.values()] == [g.books for g in before.grids.values()]

    @invariant()
    def promises(self) -> None:
        if hasattr(self, "world"):
            assert_promises(self.world)

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        world = self.world
        world.exchange.faults.clear()
        world.road._refusals.clear()
        self.book.part = None
        world.release()
        world.tick(14)
        for cents in (37, -31) * 15:  # a market that never moves can keep an order of ours at the touch for ever
            self.trade(cents)
        world.tick(8)
        assert_promises(world)
        assert_complete(world)


TestAnyWorld = AnyWorld.TestCase
TestAnyWorld.settings = settings(max_examples=200, stateful_step_count=30, print_blob=True)
