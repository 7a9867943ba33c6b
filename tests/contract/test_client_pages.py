"""Histories with more pages than are read at a time, and rows between them that nobody asked for."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from exchange.backpack import history
from exchange.backpack.client import BackpackClient
from exchange.port import Refused
from tests.captures import CANCELLED, ETH, FILL, read
from tests.contract.scripted import Scripted, assert_signed
from tests.contract.test_client_calls import paged

BEGAN = 1_793_491_200_000
"""2026-11-01."""


def by_time(rows: list[Any], *, honours: bool) -> Callable[[httpx.Request], httpx.Response]:
    """The fill history, oldest first, of rows by their time in ms: it may heed the kind of market, or not."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        spot = honours and asked.get("marketType") == "SPOT"
        begins, ends = int(asked["from"]), int(asked.get("to", 10**15))
        wanted = [row for at, row in rows if begins <= at < ends and not (spot and "PERP" in row["symbol"])]
        first = int(asked["offset"])
        return httpx.Response(200, json=wanted[first : first + int(asked["limit"])])

    return answer


def many_perpetuals(count: int) -> list[Any]:
    """A spot fill, so many fills of perpetuals a millisecond apart, and a spot fill."""
    first = {**read(FILL, tradeId=1), "timestamp": "2026-11-01T00:00:00.000"}
    last = {**read(FILL, tradeId=2), "timestamp": "2026-11-01T00:50:00.000"}
    rows = [(BEGAN, first)]
    for number in range(1, count + 1):
        at = f"2026-11-01T00:{number // 60_000:02}:{number // 1000 % 60:02}.{number % 1000:03}"
        rows.append((BEGAN + number, {**read(FILL, symbol="SOL_USDC_PERP", tradeId=number), "timestamp": at}))
    return [*rows, (BEGAN + 3_000_000, last)]


@pytest.mark.parametrize("honours", [True, False])
async def test_fills_of_perpetuals_hide_no_spot_fill_whether_or_not_they_can_be_left_out(
    client: BackpackClient, exchange: Scripted, monkeypatch: pytest.MonkeyPatch, *, honours: bool
) -> None:
    monkeypatch.setattr(history, "PAGE", 10)
    monkeypatch.setattr(history, "MOST_PAGES", 3)
    exchange.reply("GET /wapi/v1/history/fills", by_time(many_perpetuals(100), honours=honours))

    fills = await client.fills(0)

    assert [fill.trade_id for fill in fills] == [1, 2]
    assert (fills.cut, fills.newest_at) == ("", fills[-1].at)
    requests = exchange.asked("GET /wapi/v1/history/fills")
    assert {request.url.params["marketType"] for request in requests} == {"SPOT"}
    assert (len(requests) == 1) is honours
    assert_signed(requests[0], "fillHistoryQueryAll")


async def test_a_list_of_fills_that_was_cut_says_so_and_how_far_it_has_come(
    client: BackpackClient, exchange: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "PAGE", 10)
    monkeypatch.setattr(history, "MOST_PAGES", 3)
    monkeypatch.setattr(history, "MOST_ROUNDS", 2)
    exchange.reply("GET /wapi/v1/history/fills", by_time(many_perpetuals(100), honours=False))

    fills, reached = await client.fills(0), list[int]()
    while fills.cut:
        assert [row.text for row in fills.doubts] == [fills.cut]
        reached.append(fills.newest_at)
        fills = await client.fills(fills.newest_at)

    assert reached == sorted(set(reached))
    assert reached
    assert [fill.trade_id for fill in fills] == [2]
    assert fills.doubts == ()


async def test_more_fills_within_one_millisecond_than_are_read_at_a_time_are_all_read(
    client: BackpackClient, exchange: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An order that fills in many small parts: the times alone lead no farther, and what comes after was never read."""
    monkeypatch.setattr(history, "PAGE", 10)
    monkeypatch.setattr(history, "MOST_PAGES", 2)
    monkeypatch.setattr(history, "MOST_ROUNDS", 4)
    times = [1, *[2] * 47, *range(3, 9)]
    rows = [
        (BEGAN + at, {**read(FILL, tradeId=number), "timestamp": f"2026-11-01T00:00:00.{at:03}"})
        for number, at in enumerate(times)
    ]
    exchange.reply("GET /wapi/v1/history/fills", by_time(rows, honours=True))

    for since in (0, BEGAN + 2):
        fills = await client.fills(since)
        wanted = [number for number, at in enumerate(times) if BEGAN + at >= since]
        assert [fill.trade_id for fill in fills] == wanted
        assert (fills.cut, fills.newest_at) == ("", BEGAN + 8)


async def test_a_filter_that_the_exchange_refuses_is_left_out_from_then_on(
    client: BackpackClient, exchange: Scripted
) -> None:
    """How it is signed is not certain: a key that is good must not be taken for a bad one."""

    def answer(request: httpx.Request) -> httpx.Response:
        if "marketType" in request.url.params:
            return httpx.Response(400, json={"code": "INVALID_CLIENT_REQUEST", "message": "Invalid signature"})
        return httpx.Response(200, json=[read(FILL)] if "fills" in request.url.path else [])

    for name in ("fills", "orders"):
        exchange.reply(f"GET /wapi/v1/history/{name}", answer)

    assert len(await client.fills(0)) == len(await client.fills(0)) == 1
    assert await client.orders_since(None, 0) == []
    asked = exchange.asked("GET /wapi/v1/history/fills")
    assert ["marketType" in request.url.params for request in asked] == [True, False, False]


async def test_a_call_that_came_too_late_says_nothing_against_the_filter(
    client: BackpackClient, exchange: Scripted
) -> None:
    """After a sleep one call is refused for its time; from then on the fills of perpetuals were read along for good."""
    late = {"code": "INVALID_CLIENT_REQUEST", "message": "Request has expired"}
    exchange.reply("GET /wapi/v1/history/fills", late, status=400)
    exchange.reply("GET /wapi/v1/history/fills", [read(FILL)])

    with pytest.raises(Refused):
        await client.fills(0)
    assert len(await client.fills(0)) == 1
    asked = exchange.asked("GET /wapi/v1/history/fills")
    assert ["marketType" in request.url.params for request in asked] == [True, True]


async def test_a_history_that_is_refused_with_and_without_the_filter_is_refused(
    client: BackpackClient, exchange: Scripted
) -> None:
    exchange.reply("GET /wapi/v1/history/fills", {"code": "UNAUTHORIZED", "message": "no"}, status=401)

    for _ in range(2):
        with pytest.raises(Refused):
            await client.fills(0)


async def test_a_list_of_orders_that_was_cut_says_so(
    client: BackpackClient, exchange: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "PAGE", 10)
    monkeypatch.setattr(history, "FIRST_PAGE", 10)
    monkeypatch.setattr(history, "MOST_PAGES", 2)
    rows = [read(CANCELLED, id=str(number), createdAt=10_000 - number) for number in range(100)]
    exchange.reply("GET /wapi/v1/history/orders", paged(rows))

    assert (await client.orders_since(ETH, 9_990)).doubts == ()
    assert [row.client_id for row in (await client.orders_since(ETH, 9_000)).doubts] == [None]


def capped(rows: list[Any], most: int) -> Callable[[httpx.Request], httpx.Response]:
    """A history that gives no more than so many rows at a time, whatever it is asked for, and does not say so."""

    def answer(request: httpx.Request) -> httpx.Response:
        first, limit = int(request.url.params["offset"]), int(request.url.params["limit"])
        return httpx.Response(200, json=rows[first : first + min(limit, most)])

    return answer


@pytest.mark.parametrize("most", [100, 500])
async def test_an_exchange_that_gives_less_at_a_time_than_it_was_asked_for_hides_nothing(
    client: BackpackClient, exchange: Scripted, most: int
) -> None:
    """A short page counted as the last: what came after it was neither read nor missed."""
    fills = [read(FILL, tradeId=number) for number in range(1_201)]
    orders = [read(CANCELLED, id=str(number)) for number in range(1_201)]
    exchange.reply("GET /wapi/v1/history/fills", capped(fills, most))
    exchange.reply("GET /wapi/v1/history/orders", capped(orders, most))

    assert len(await client.fills(0)) == len(await client.orders_since(ETH, 0)) == 1_201


async def test_an_hour_that_is_cut_by_the_number_of_pages_is_left_out_however_short_they_are(
    client: BackpackClient, exchange: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_SETTLED", 3)
    at = ["2026-01-01T12:00:00", "2026-01-01T11:59:00", "2026-01-01T10:00:00"]
    rows = [
        {"quantity": "1", "source": "RealizePnl", "timestamp": at[number // 150], "engineSequence": number}
        for number in range(450)
    ]
    exchange.reply("GET /wapi/v1/history/settlement", capped(rows, 100))

    assert [hour.amount for hour in await client.settlements(0)] == [150]
