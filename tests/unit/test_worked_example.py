"""The worked example of docs/books.md: each of its figures, worked out again by the engine and by the profit card."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from bot.owner.books import held_by
from strategy.model.market import Side
from tests.builders import a_market, a_range
from tests.world import World

ROOT = Path(__file__).parents[2]
PAGES = ("docs/books.md", "docs/zh/books.md")
SIDES = {"buy": Side.BUY, "买": Side.BUY, "sell": Side.SELL, "卖": Side.SELL}


@pytest.fixture(scope="module", name="world")
def the_world_of_the_page() -> World:
    world = World({a_market(): Decimal(1990)})
    world.start(a_range(1800, 2000, grids=2, quote_per_order=Decimal(180)))
    world.tick()
    for price in (1899, 2001, 1899, 1850):
        world.trade(price)
    return world


@pytest.mark.parametrize("page", PAGES)
def test_the_fills_of_the_page_are_those_of_the_engine(world: World, page: str) -> None:
    rows = re.findall(r"^\| (buy|sell|买|卖) \| (\d+) \| ([\d.]+) \| ([\d.]+) (\w+) \|$", read(page), re.MULTILINE)

    assert [(SIDES[side], *map(Decimal, (price, coins, fee)), asset) for side, price, coins, fee, asset in rows] == [
        (fill.side, fill.price, fill.quantity, fill.fee, fill.fee_asset) for fill in world.held.fills
    ]


@pytest.mark.parametrize("page", PAGES)
def test_the_figures_of_the_page_are_those_of_the_engine(world: World, page: str) -> None:
    grid, bid = world.grid, world.venue.touch(world.symbol).bid
    held = held_by(grid, world.account)
    assert held is not None
    total = grid.total(bid)
    instead = grid.money * (bid / grid.start_price - 1)
    figures = [
        *(grid.money, grid.start_price, bid, grid.books.grid_profit, grid.coins, grid.cost, held.average),
        *(grid.floating(bid), total, -grid.books.cash, grid.coins * bid, grid.books.fees_value, held.even),
        *(-instead, total - instead),
    ]
    text = read(page)

    missing = [figure for figure in figures if not any(is_shown(figure, digits, text) for digits in range(9))]

    assert not missing
    assert is_shown(total / grid.money * 100 - Decimal("0.005"), 2, text), "rounded down"
    assert grid.books.round_trips == 1


def read(page: str) -> str:
    return (ROOT / page).read_text("utf-8").replace("−", "-").replace(",", "")


def is_shown(figure: Decimal, digits: int, text: str) -> bool:
    """Whether a page has the figure with so many decimals, more than a few of which count."""
    shown = format(round(figure, digits).normalize(), "f")
    is_exact = Decimal(shown) == figure
    return (digits >= 4 or is_exact or digits == 2) and re.search(
        rf"(?<![\d.]){re.escape(shown)}(?!\d)", text
    ) is not None
