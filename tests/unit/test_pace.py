"""The market that is played keeps its pace, however long its steps take."""

import contextlib
from collections.abc import Callable

from bot.demo.backpack.feed import SyntheticFeed
from bot.demo.backpack.player import BEHIND, Player
from exchange.paper.listing import default_markets
from exchange.paper.venue import Venue
from strategy.model.market import Symbol

SPEED = 500
STEPS = 1_000
AT = 1_790_000_000_000
ETH = Symbol("ETH_USDC")


async def late(took: Callable[[int], float]) -> float:
    """By how many seconds the market is behind its pace in the end; `took` is what each step takes, by its number."""
    markets = default_markets()
    rules, price = markets[ETH]
    feed = SyntheticFeed(seed=1, price=price, tick_size=rules.tick_size, at=AT)
    watched, steps = 0.0, 0

    async def sleep(seconds: float) -> None:
        nonlocal watched
        watched += seconds

    def after_step() -> None:
        nonlocal watched, steps
        watched, steps = watched + took(steps), steps + 1
        if steps == STEPS:
            raise StopIteration

    player = Player(Venue(markets, clock=lambda: AT), ETH, feed, speed=SPEED, sleep=sleep, seconds=lambda: watched)
    first = player.step().at
    with contextlib.suppress(RuntimeError):  # what a StopIteration becomes in a coroutine
        await player.run(after_step)
    assert steps == STEPS
    assert player.time is not None
    return watched - (player.time - first) / 1000 / SPEED


async def test_what_a_step_takes_does_not_slow_the_market_down() -> None:
    assert 0 <= await late(lambda _: 0.004) < 0.01


async def test_a_machine_that_was_asleep_goes_on_at_its_pace_and_does_not_rush() -> None:
    asleep = 60.0

    assert await late(lambda step: asleep if step == 100 else 0) >= asleep - BEHIND - 0.1
