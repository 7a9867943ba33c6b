"""A grid that the engine has begun is played on by the kernel to the same total, and so is the range of a backtest."""

from dataclasses import replace
from decimal import Decimal
from types import FunctionType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.console.ranges import by_engine_alone, by_kernel_alone
from bot.console.wished import Case
from strategy.model.grid import Phase
from strategy.model.money import ZERO
from strategy.model.spec import GridSpec
from strategy.research.candles import Inner
from strategy.research.compiled import compiled
from strategy.research.replay import Replay, Rules
from strategy.research.scale import Unsupported
from strategy.research.standing import total_of
from tests.property.test_kernel import FEES, MARKET, RULES, SHAPES, SIZES, a_spec, market


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10**6),
    shape=SHAPES,
    sizes=st.sampled_from(SIZES),
    rules=RULES,
    first=st.integers(0, 90),
    begins=st.sampled_from(
        [
            {"seed_patience": 30_000},
            {"seed_patience": 600_000},
            {"seed_patience": 30_000, "wait_for_range": True, "lower": Decimal(1700), "upper": Decimal(1990)},
            {"seed_patience": 30_000, "trigger": Decimal(2025)},
            {"seed_patience": 0, "gate_hours": 1},
        ]
    ),
    high=st.sampled_from([None, Decimal("1.03"), Decimal("1.1")]),
)
def test_once_a_grid_stands_the_kernel_plays_on_to_the_same_total(
    seed: int,
    shape: dict[str, object],
    sizes: dict[str, Decimal],
    rules: Rules,
    first: int,
    begins: dict[str, object],
    high: Decimal | None,
) -> None:
    candles = market(seed, MARKET.tick_size)
    ladder = {"lower": Decimal("1803.2"), "upper": Decimal(2210), "max_position": Decimal(10**6)}
    spec = GridSpec(symbol=MARKET.symbol, **ladder | {"fee_buffer": Decimal(-1)} | shape | sizes | begins)  # type: ignore[arg-type]
    played, alone = (
        Replay(market=replace(MARKET, band_low=Decimal("0.9"), band_high=high), candles=candles, rules=rules)
        for _ in range(2)
    )
    if alone.begin(spec, first) is not None:
        return
    assert played.begin(spec, first) is None
    alone.play()

    try:
        total = total_of(played)
    except Unsupported as wrong:
        if wrong.args == ("band_high",):
            return
        raise

    assert total == alone.grid.total(candles.price(candles.close[-1]))


@pytest.mark.parametrize("patience", [0, 30_000])
def test_a_grid_stands_soon_after_its_first_coins_are_bought(patience: int) -> None:
    replay = Replay(market=MARKET, candles=market(7, MARKET.tick_size), rules=Rules(fees=FEES))
    assert replay.begin(a_spec(seed_patience=patience, window=5, max_loss=None)) is None

    total_of(replay)

    assert replay.done <= 4
    assert replay.grid.phase is Phase.RUNNING


def test_what_a_grid_does_later_is_refused_by_name() -> None:
    replay = Replay(market=MARKET, candles=market(7, MARKET.tick_size), rules=Rules(fees=FEES))
    assert replay.begin(a_spec(fall=Decimal("0.05"), seed_patience=30_000)) is None

    with pytest.raises(Unsupported, match="fall"):
        total_of(replay)


@pytest.mark.parametrize("first", [0, 70])
def test_a_range_is_that_of_the_engine_to_the_last_unit(first: int) -> None:
    case = Case(
        lang="en",
        market=replace(MARKET, band_low=Decimal("0.95"), band_high=Decimal("1.05")),
        spec=a_spec(grids=40, window=6, seed_patience=30_000, max_loss=None),
        candles=market(11, MARKET.tick_size, 1_500),
        first=first,
        rules=Rules(fees=FEES, slippage=ZERO),
    )
    tasks = [*Inner, 1, 4, 7]

    found = [by_kernel_alone(case, task) for task in tasks]
    begun = case.begun()

    assert found == [by_engine_alone(case, task) for task in tasks]
    assert found == [by_kernel_alone(case, task, begun) for task in tasks]  # one beginning serves them all
    assert len(set(found)) == len(tasks)


def test_where_nothing_can_be_kept_it_is_compiled_all_the_same() -> None:
    nowhere = FunctionType(twice.__code__.replace(co_filename="<nowhere>"), {})  # beside it nothing can be kept

    assert compiled(nowhere)(21) == 42


def twice(one: int) -> int:
    return 2 * one
