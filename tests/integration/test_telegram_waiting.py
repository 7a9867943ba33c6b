"""A grid that waits to open, in the chat: what it waits for stands on the pinned card too."""

import pytest

from tests.integration.chat_world import World
from tests.integration.test_telegram_card import card_with


@pytest.mark.parametrize(
    ("lang", "told"), [("en", "Opens when the price has risen to 2,700.00 USDC"), ("zh", "价格涨到 2,700.00 USDC")]
)
async def test_the_card_of_a_grid_that_waits_says_for_what(lang: str, told: str) -> None:
    async with World().running() as world:
        await world.says("/grid ETH_USDC grids=3 usdc=50 trigger=2700")
        await world.clicks("Start")
        await world.says(f"/language {lang}")
        await world.says("/card")

        shown = await card_with(world, told)

        assert "2,510.10" in shown["text"].partition(told)[2]
