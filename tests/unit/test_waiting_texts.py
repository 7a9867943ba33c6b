"""A grid that waits, as the chat says it when it is started: that it is not open yet, and where the reason stands."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.demo.telegram.entities import parse_html
from bot.mode import Mode
from bot.telegram.texts import face as texts
from strategy.messages.notices import GridOpened, LevelWaits
from strategy.model.grid import Phase
from strategy.model.levels import Wait
from strategy.model.orders import GridId
from tests.unit import telling

D = Decimal


@pytest.mark.parametrize(
    ("lang", "head", "next_step"),
    [
        ("en", "Grid 3 waits to open on ETH_USDC: 3 levels, 149.65 USDC set aside.", "/status 3 says what"),
        ("zh", "网格 3 等待在 ETH_USDC 开启：3 格，预留 149.65 USDC。", "/status 3 查看在等什么"),
    ],
)
def test_a_grid_that_waits_is_not_called_open_and_no_reason_is_guessed(lang: str, head: str, next_step: str) -> None:
    opened = GridOpened(
        at=telling.AT,
        grid_id=GridId(3),
        symbol=telling.ETH_USDC,
        quote=telling.USDC,
        levels=3,
        seeds=0,
        money=D("149.65"),
        phase=Phase.WAITING,
    )

    said = parse_html(texts.notice(lang, opened, Mode.DEMO)).text.splitlines()

    assert said[0] == head
    assert next_step in said[1]
    assert "range" not in said[1]
    assert "区间" not in said[1]


@pytest.mark.parametrize(
    ("lang", "head", "level"),
    [
        ("en", "No price to sell at: grid 3 (ETH_USDC).", "The market has no room for it"),
        ("zh", "没有可卖的价格：网格 3（ETH_USDC）。", "市场不接受"),
    ],
)
def test_a_sale_that_waits_for_a_price_says_so_and_a_level_that_the_market_has_no_room_for(
    lang: str, head: str, level: str
) -> None:
    sale = LevelWaits(at=telling.AT, grid_id=GridId(3), symbol=telling.ETH_USDC, level=None, wait=Wait.MARKET, text="")

    assert parse_html(texts.notice(lang, sale, Mode.DEMO)).text.splitlines()[0].startswith(head)
    assert level in texts.notice(lang, replace(sale, level=telling.LEVEL), Mode.DEMO)
