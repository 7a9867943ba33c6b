"""What the demo's chart is told: fills in the market's own time, and what they have made, to the last digit."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.integration.exchange_world import API_KEY, World
from tests.integration.test_exchange_sim import CANDLES

FIRST = 1_770_314_400_000
"""The first minute of the recording."""


async def a_world(folder: Path) -> World:
    """A recorded market that falls from 100 to 90 and rises to 110 within a minute; a maker pays a thousandth."""
    file = folder / "candles.csv"
    file.write_text(CANDLES)
    world = World(f"candles:{file}", state_file=folder / "exchange.json")
    if API_KEY not in world.local.venue.accounts:
        await world.sim("account", api_key=API_KEY, balances={"USDC": "1000"}, maker_bps="10", taker_bps="10")
    return world


async def chart(world: World, **query: Any) -> Any:
    """What the page asks for."""
    return (await world.http.get("/sim/market", params=query)).json()


async def bought_and_sold(world: World) -> list[int]:
    """0.1 at 95, sold at 104; the market's times of both."""
    player, times = world.local.player, []
    assert player is not None
    for side, price in (("Bid", "95"), ("Ask", "104")):
        quantity = "0.1" if side == "Bid" else "0.0999"
        assert (await world.place(side, price, quantity)).is_success
        while (await world.state())["orders"]:
            player.step()
        assert player.time is not None
        times.append(player.time)
    return times


async def test_a_fill_stands_where_the_market_was_and_not_at_the_clock_of_whoever_plays_it(tmp_path: Path) -> None:
    world = await a_world(tmp_path)

    bought, sold = await bought_and_sold(world)

    shown = await chart(world)
    assert FIRST <= bought < sold < FIRST + 120_000
    assert [(one["at"], one["side"], one["price"], one["quantity"]) for one in shown["fills"]] == [
        (bought, "Bid", "95", "0.1"),
        (sold, "Ask", "104", "0.0999"),
    ]


async def test_the_total_is_what_the_fills_left_with_the_coins_at_the_bid(tmp_path: Path) -> None:
    world = await a_world(tmp_path)
    assert (await chart(world))["profit"] == [], "before the first fill there is no total"
    assert world.local.player is not None

    await world.place("Bid", "95", "0.1")
    while (await world.state())["orders"]:
        world.local.player.step()
    held = await chart(world)
    assert Decimal(held["profit"][-1][1]) == Decimal("-9.5") + Decimal("0.0999") * Decimal(held["bid"])

    await world.place("Ask", "104", "0.0999")
    while (await world.state())["orders"]:
        world.local.player.step()
    sale = Decimal(104) * Decimal("0.0999")
    assert Decimal((await chart(world))["profit"][-1][1]) == Decimal("-9.5") + sale - sale / 1000


async def test_a_restart_keeps_each_fill_in_its_place_and_the_total(tmp_path: Path) -> None:
    world = await a_world(tmp_path)
    await bought_and_sold(world)
    world.local.save_all()

    again = await chart(await a_world(tmp_path))

    shown = await chart(world)
    assert (again["fills"], again["profit"]) == (shown["fills"], shown["profit"])
    assert len(shown["fills"]) == 2


async def test_candles_are_of_as_many_minutes_as_were_asked_for(tmp_path: Path) -> None:
    world = await a_world(tmp_path)
    await bought_and_sold(world)
    assert world.local.player is not None
    while world.local.player.step().at < FIRST + 60_000:
        pass

    assert [candle[0] for candle in (await chart(world))["candles"]] == [FIRST, FIRST + 60_000]
    assert [candle[0] for candle in (await chart(world, minutes=5))["candles"]] == [FIRST]
    refused = await world.http.get("/sim/market", params={"minutes": 7})
    assert refused.status_code == 400
    assert "minutes is one of 1, 5, 15, 60" in refused.text


@pytest.mark.parametrize("lost", [None, {}])
async def test_a_file_of_an_older_version_has_fills_without_a_place_and_the_same_total(
    tmp_path: Path, lost: dict[str, int] | None
) -> None:
    world = await a_world(tmp_path)
    await bought_and_sold(world)
    world.local.save_all()
    file = world.local._state  # noqa: SLF001 - as an older version has written it
    assert file is not None
    saved = file.load()
    assert saved is not None
    del saved["fills"]
    file.save(saved if lost is None else {**saved, "fills": lost})

    again = await chart(await a_world(tmp_path))

    assert again["fills"] == []
    assert again["profit"][-1] == (await chart(world))["profit"][-1]
