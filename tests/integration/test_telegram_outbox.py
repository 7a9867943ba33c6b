"""What is pushed to the owner: everything, at least once, in order, danger first, whatever Telegram does meanwhile."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest

from bot.telegram.connection.delivery import pages, plain_text
from bot.telegram.outbox import COMPANY, GAP
from bot.telegram.texts import face as texts
from strategy.messages.notices import FillTold, LevelJumped, LevelWaits, Notice, PhaseChanged
from strategy.model.grid import Phase
from strategy.model.levels import Wait
from strategy.model.market import Side
from strategy.model.orders import GridId, LevelId
from strategy.model.stops import StopReason
from tests.integration.chat_world import OWNER
from tests.integration.posting import Post
from tests.unit.telling import BOUGHT, DAILY, SOLD, a_burst, a_range, a_report, an_end

REFUSED = LevelWaits(
    at=SOLD.at, grid_id=GridId(3), symbol=SOLD.symbol, level=LevelId(3), wait=Wait.REFUSED, text="Invalid order"
)
JUMPED = LevelJumped(
    at=SOLD.at,
    grid_id=GridId(3),
    symbol=SOLD.symbol,
    quote=SOLD.quote,
    level=LevelId(7),
    side=Side.BUY,
    own_price=Decimal(2530),
    price=Decimal(2535),
)


@pytest.fixture
async def post() -> Post:
    made = Post()
    await made.telegram.raw("getMe")
    await made.telegram.says("/start")
    return made


def trades(fills: Sequence[FillTold]) -> list[str]:
    return [fill.trade.partition(":")[2] for fill in fills]


async def test_a_fill_is_told_at_once_with_sound(post: Post) -> None:
    await post.send(SOLD)

    (message,) = await post.messages()
    assert "2,530.40" in message["text"]
    assert message["silent"] is False


async def test_a_burst_becomes_few_messages_that_name_every_trade_once(post: Post) -> None:
    fills = a_burst(200)
    began = post.now()
    async with post.running():
        for number, fill in enumerate(fills, start=1):
            post.tell(fill)
            await post.until(lambda: post.now() - began >= number * 50)  # noqa: B023 - used at once
        await post.all_told()

    said = await post.written()
    assert len(said) <= 6
    for trade in trades(fills):
        assert sum(f"#{trade}" in text for text in said) == 1, trade
    assert [message["silent"] for message in await post.messages()][-1] is True


async def test_messages_keep_their_distance(post: Post) -> None:
    await post.send(a_report(1), a_range("1790"), a_report(2), a_range("2010"))

    times = [call["at"] for call in post.sends()]
    assert len(times) == 4
    assert all(later - earlier >= GAP for earlier, later in pairwise(times))


async def test_news_keep_their_order_and_danger_overtakes(post: Post) -> None:
    said = await post.send(a_report(1), SOLD, a_range("1790"), DAILY)

    assert "Daily loss limit" in said[0]
    assert "#2959284" in said[2]
    assert "1,790" in said[3]
    assert (await post.messages())[0]["silent"] is False
    assert [key["label"] for key in (await post.messages())[0]["buttons"][0]] == ["Report", "Decide"]


async def test_grids_that_end_or_pause_for_one_reason_are_one_message_with_a_paragraph_each(post: Post) -> None:
    end = an_end(StopReason.OWNER, sold=True, coins=Decimal(0))
    ended = [replace(end, grid_id=GridId(number)) for number in (1, 2, 3)]
    paused = [
        PhaseChanged(at=SOLD.at, grid_id=GridId(number), symbol=SOLD.symbol, phase=Phase.PAUSED) for number in (4, 5)
    ]
    other = replace(end, reason=StopReason.STOP_LOSS, grid_id=GridId(6))

    said = await post.send(*ended, *paused, other)

    assert [len(one.split("\n\n")) for one in said] == [3, 2, 1]
    assert all(f"Grid {number} (ETH_USDC) has stopped: total" in said[0] for number in (1, 2, 3))
    assert said[0].count("paper") == 1


async def test_levels_that_are_refused_for_one_reason_are_one_message_that_names_each(post: Post) -> None:
    refused = [replace(REFUSED, level=LevelId(level)) for level in (3, 2, 1)]
    other = replace(REFUSED, level=LevelId(7), text="Unknown error")
    sale = replace(other, level=None)

    first, second, third = await post.send(*refused, other, sale)

    assert "grid 3, levels 1, 2, 3 (ETH_USDC)" in first
    assert "grid 3, level 7 (ETH_USDC)" in second
    assert "grid 3 (ETH_USDC)" in third


async def test_grids_that_end_one_shortly_after_the_other_are_one_message(post: Post) -> None:
    end = an_end(StopReason.OWNER, sold=True, coins=Decimal(0))
    async with post.running():
        post.tell(end)
        began = post.now()
        await post.until(lambda: post.now() - began >= COMPANY // 2)
        assert not post.sends()
        post.tell(replace(end, grid_id=GridId(9)))
        await post.all_told()

    [said] = await post.written()
    assert len(said.split("\n\n")) == 2


async def test_fills_are_not_merged_over_what_happened_between_them(post: Post) -> None:
    said = await post.send(SOLD, a_range("1790"), BOUGHT)

    assert ["#2959284" in text for text in said] == [True, False, False]
    assert "#2959285" in said[2]


async def test_a_price_that_jumps_never_breaks_the_merging_of_fills(post: Post) -> None:
    fills = a_burst(200)
    between: list[Notice] = []
    for fill in fills:
        between += [fill, JUMPED, replace(JUMPED, level=LevelId(8))]
    said = await post.send(*between)

    assert len(said) <= 10
    for trade in trades(fills):
        assert sum(f"#{trade}" in text for text in said) == 1, trade
    assert sum("jumped over 2 levels of grid 3" in text for text in said) >= 1


async def test_one_jump_is_told_with_its_prices_and_many_with_their_levels(post: Post) -> None:
    jumps = [replace(JUMPED, level=LevelId(level)) for level in range(1, 31)]
    one, _, many = await post.send(JUMPED, a_range("1790"), *jumps)

    assert "2,535" in one
    assert "jumped over 30 levels" in many
    assert "19, 20, …" in many


async def test_a_flood_wait_is_kept_to_the_second_and_nothing_is_lost(post: Post) -> None:
    await post.telegram.sim("fault", method="sendMessage", mode="error", error_code=429, retry_after=35)

    said = await post.send(SOLD)

    first, second = post.sends()
    assert first["code"] == 429
    assert 35_000 <= second["at"] - first["at"] < 35_200
    assert len(said) == 1


async def test_danger_overtakes_news_that_wait_for_an_outage_to_end(post: Post) -> None:
    async with post.running():
        await post.telegram.sim("fault", method="sendMessage", mode="drop_before", times=6)
        post.tell(a_report(1))
        await post.until(lambda: len(post.sends()) == 3)
        post.tell(DAILY)
        await post.all_told()

    said = await post.written()
    assert "Daily loss limit" in said[0]
    assert len(said) == 2


async def test_an_outage_loses_and_reorders_nothing(post: Post) -> None:
    async with post.running():
        await post.telegram.sim("fault", mode="outage", seconds=1800)
        post.tell(a_report(1), a_range("1790"), SOLD)
        await post.all_told(step=1)

    said = await post.written()
    assert "1,790" in said[1]
    assert "#2959284" in said[2]
    tries = [call["at"] for call in post.sends() if call["code"] != 200]
    assert max(later - earlier for earlier, later in pairwise(tries)) <= 61_000


async def test_a_connection_that_breaks_after_sending_tells_twice_rather_than_never(post: Post) -> None:
    await post.telegram.sim("fault", method="sendMessage", mode="disconnect")

    said = await post.send(SOLD)

    assert len(said) == 2
    assert all("#2959284" in text for text in said)


async def test_what_was_not_sent_is_sent_by_the_next_process(post: Post) -> None:
    async with post.running():
        await post.telegram.sim("fault", method="sendMessage", mode="drop_before", times=None)
        post.tell(a_report(1), SOLD)
        await post.until(lambda: len(post.sends()) == 2)
    post.telegram.server.faults.clear()

    said = await post.send(a_range("1790"))

    assert "2026-02-06" in said[0]
    assert "#2959284" in said[1]
    assert "1,790" in said[2]
    assert len(said) == 3


async def test_a_blocked_bot_keeps_everything_and_tells_when_it_is_let_in_again(post: Post) -> None:
    await post.telegram.sim("block", blocked=True)
    async with post.running():
        post.tell(SOLD)
        await post.until(lambda: bool(post.sends()))
        await post.telegram.sim("block", blocked=False)
        post.outbox.retry_now()
        await post.all_told()

    assert len(await post.written()) == 1
    assert len(post.sends()) == 2


async def test_nothing_is_sent_before_there_is_an_owner(post: Post) -> None:
    post.owner = None
    async with post.running():
        post.tell(SOLD)
        at = post.now()
        await post.until(lambda: post.now() > at + 10_000)
        assert post.sends() == []
        post.owner = OWNER
        post.outbox.retry_now()
        await post.all_told()


async def test_tags_that_telegram_can_not_read_are_left_out(post: Post) -> None:
    refusal = "Bad Request: can't parse entities: Unexpected end tag at byte offset 3"
    await post.telegram.sim("fault", method="sendMessage", mode="error", error_code=400, description=refusal)

    said = await post.send(SOLD)

    assert "2,530.40" in said[0]
    assert "<b>" not in said[0]


async def test_a_message_that_telegram_never_takes_does_not_hold_up_the_others(post: Post) -> None:
    order = {"method": "sendMessage", "mode": "error", "error_code": 400, "times": 5}
    await post.telegram.sim("fault", **order, description="Bad Request: SOMETHING_NEW", contains="2026-02-06")
    async with post.running():
        post.tell(a_report(1), SOLD)
        await post.until(lambda: len(post.sends()) == 2)

    assert "#2959284" in (await post.written())[0]
    assert len(post.store.unsent(10)) == 1, "it stays in the outbox"


async def test_a_text_that_fails_still_tells_the_figures(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    def speechless(*_: object) -> str:
        raise KeyError("no such sentence")

    monkeypatch.setattr(texts, "notice", speechless)

    said = await post.send(a_range("1790"))

    assert "RangeLeft" in said[0]
    assert "1790" in said[0]


async def test_on_leaving_everything_is_sent_without_waiting_for_the_burst_to_end(post: Post) -> None:
    async with post.running():
        post.tell(SOLD)
        await post.all_told()
        at = post.now()
        post.tell(BOUGHT)
        leaving = asyncio.create_task(post.outbox.drain())
        await post.until(leaving.done)

    assert post.now() - at < 2_000
    assert len(await post.written()) == 2


def test_pages_are_cut_between_lines_with_their_tags_closed_and_opened_again() -> None:
    text = "<b>head</b>\n<pre>" + "\n".join(f"line {number} &lt;" for number in range(400)) + "</pre>\nend"

    cut = pages(text, 1000)

    assert all(len(page) <= 1000 for page in cut)
    assert all(page.count("<pre>") == page.count("</pre>") for page in cut)
    words = " ".join(plain_text(page) for page in cut).split()
    assert words == plain_text(text).split()


@pytest.mark.parametrize("limit", [150, 400, 1000])
def test_pages_are_cut_between_paragraphs_where_there_are_any(limit: int) -> None:
    paragraphs = [f"<b>/command{number}</b>\nwhat it does\nand for whom" for number in range(60)]

    cut = pages("\n\n".join(paragraphs), limit)

    assert all(len(page) <= limit for page in cut)
    assert [part for page in cut for part in page.split("\n\n")] == paragraphs


def test_a_line_without_end_is_cut_but_never_in_an_entity() -> None:
    cut = pages("&lt;" * 3000)

    assert all(len(page) <= 3900 for page in cut)
    assert "".join(plain_text(page) for page in cut) == "<" * 3000
