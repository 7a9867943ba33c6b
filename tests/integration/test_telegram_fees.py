"""/fees in the chat: the tier, what fees leave of each grid, the last 30 days by the ledger, the next tier."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from strategy.draft import Step
from strategy.messages.events import FeesRead
from strategy.model.ledger import FillEntry, Movement, MovementKind
from strategy.model.market import Asset, Balance, Fees, Side
from strategy.model.orders import Fill, GridId, Purpose
from strategy.step import step
from tests.integration.chat_world import World, a_grid
from tests.unit.telling import ETH, ETH_USDC, USDC

D = Decimal
DAY = 86_400_000


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running


def traded(
    world: World, key: str, *, days_ago: int = 1, maker: bool = True, quantity: str = "1", grid: int | None = None
) -> FillEntry:
    at = world.time.now() - days_ago * DAY
    fill = Fill(
        key=f"test:{key}",
        symbol=ETH_USDC,
        order_id=key,
        client_id=None,
        side=Side.SELL,
        price=D(2500),
        quantity=D(quantity),
        fee=D(quantity) * 2500 * (D("0.0008") if maker else D("0.001")),
        fee_asset=USDC,
        is_maker=maker,
        at=at,
    )
    number = None if grid is None else GridId(grid)
    return FillEntry(at=at, fill=fill, base=ETH, quote=USDC, grid_id=number, purpose=None if maker else Purpose.SEED)


def book(world: World, *entries: FillEntry | Movement) -> None:
    world.trader.notebook.store.save(
        world.trader.account(), [Step(account=world.trader.account(), entries=tuple(entries))]
    )


async def test_fees_show_the_tier_the_guard_and_what_the_next_tier_would_have_saved(world: World) -> None:
    number = await a_grid(world)
    book(
        world,
        traded(world, "1", grid=number),
        traded(world, "2", grid=number, maker=False),
        traded(world, "3", quantity="4"),
        traded(world, "4", days_ago=31, quantity="1000"),
    )

    [said] = await world.says("/fees")

    assert "Your fees: 0.08 % as maker, 0.10 % as taker · tier 1" in said
    assert "Grid 1 (ETH_USDC): +0.118 to +0.119 USDC a round trip after fees" in said
    assert "the smallest step that still earns is 0.27 %" in said
    assert "12.50 USDC in fees on 15,000.00 USDC of volume, 3 fills; 10,000.00 of it traded by hand" in said
    assert "1 of 3 fills (33.33 %) paid the taker fee, 2.50 USDC; 1 of them first coins" in said
    assert "Next: tier 2, 0.07 % as maker and 0.09 % as taker. From 100,000 USD of volume in 30 days" in said
    assert "(you: 15,000.00) or 350 BP staked (you: 0)" in said
    assert "it would have saved you 1.50 USDC." in said


async def test_fees_say_what_is_not_known_and_from_when_on_something_is(world: World) -> None:
    world.trader.set(
        fees=Fees(maker=D("0.0007"), taker=D("0.0009")), balances={Asset("BP"): Balance(staked=D("400.5"))}
    )
    opened = Movement(at=world.time.now() - DAY, key="o", kind=MovementKind.OPENING, asset=USDC, amount=D(1))
    book(world, opened)

    [said] = await world.says("/fees")

    assert "tier 2" in said
    assert "Nothing was traded in the last 30 days, as far as known" in said
    assert "Next: tier 3. From 1,500 BP staked (you: 400.5)" in said
    assert "Its spot rates are not known to me" in said
    assert "saved you" not in said

    world.trader.set(fees=Fees(maker=D("0.0003"), taker=D("0.0004")))
    assert "in no row of the tiers I know" in (await world.says("/fees"))[0]


async def test_dearer_fees_are_told_once_with_the_figures_and_a_change_that_is_accepted(world: World) -> None:
    number = await a_grid(world)
    dear = FeesRead(at=world.time.now(), fees=Fees(maker=D("0.003"), taker=D("0.004")))
    for _ in range(2):
        done = step(world.trader.account(), dear)
        world.trader.set(fees=done.account.fees)
        world.trader.tell(*done.notices)

    for _ in range(9):  # notices of one moment are sent together
        world.time.pass_by(1)
        await world.telegram.server.world.bell.heard(0.02)

    told = await world.until_written("Your fees are now 0.30 % as maker")
    assert f"Grid {number} (ETH_USDC) loses on a round trip: −0.101 USDC" in told
    assert f"/tune {number} out=0.71%" in told
    assert sum("Your fees are now" in one for one in await world.written()) == 1
    assert "Grid 1 (ETH_USDC) loses" in (await world.says("/fees"))[0]

    await world.says(f"/tune {number} out=0.71%")
    grid = world.trader.account().grids[number]
    assert grid.spec.out_want == D("0.0071")
    assert "loses" not in (await world.says("/fees"))[0]
