"""The demo's switches: each does what it says, for as long as it is on, and what is shown is what is."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from bot.console import demo
from bot.console.demo_page import Panel
from bot.demo.telegram.server import TelegramServer
from bot.demo.telegram.wire import Params
from tests.integration.exchange_world import SYMBOL, World
from tests.integration.telegram_world import TOKEN


class Both:
    """The demo's one address, in process; nobody waits in it."""

    def __init__(self) -> None:
        self.exchange, self.telegram = World(), TelegramServer(limits=False)
        app = demo._one_app(self.telegram, self.exchange.local, Panel(), page=True)  # noqa: SLF001 - the demo's one app
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8080")
        self.exchange.http = self.http

    async def turn(self, name: str, *, on: bool) -> dict[str, bool]:
        """What is on afterwards."""
        answer = await self.http.post("/sim/switches", json={"name": name, "on": on})
        assert answer.status_code == 200, answer.text
        shown: dict[str, bool] = (await self.http.get("/sim/switches")).json()
        assert answer.json() == shown
        return shown

    async def bot(self, method: str) -> httpx.Response:
        """What the bot gets."""
        return await self.http.post(f"/bot{TOKEN}/{method}", json={"chat_id": 4242, "text": "hello"})


async def _is_down(both: Both) -> bool:
    return (await both.http.get("/api/v1/time")).status_code == 503


async def _is_slow(both: Both) -> bool:
    both.exchange.slept.clear()
    await both.http.get("/api/v1/time")
    return both.exchange.slept == [3]


async def _answer_is_lost(both: Both) -> bool:
    before = len((await both.exchange.state())["orders"])
    try:
        await both.exchange.place("Bid", "1900", "0.1")
    except httpx.TransportError:
        assert len((await both.exchange.state())["orders"]) == before + 1, "it was carried out all the same"
        return True
    return False


async def _is_silent(both: Both) -> bool:
    return both.exchange.local.streams.silent


async def _fill_is_late(both: Both) -> bool:
    await both.exchange.place("Bid", "1950", "0.1")
    await both.exchange.sim("price", symbol=SYMBOL, price="1940")
    await both.exchange.sim("price", symbol=SYMBOL, price="2000")
    return len(await both.exchange.fills()) < len((await both.exchange.state())["fills"])


async def _order_is_refused(both: Both) -> bool:
    return (await both.exchange.place("Bid", "1900", "0.1")).status_code == 400


async def _bot_is_cut_off(both: Both) -> bool:
    return (await both.bot("getMe")).status_code == 502


async def _bot_is_slow(both: Both) -> bool:
    fault = both.telegram.faults.take("getme", Params(), both.telegram.world.now())
    return fault is not None and (fault.mode, fault.seconds) == ("slow_after", 3)


async def _bot_is_flooded(both: Both) -> bool:
    assert (await both.bot("getMe")).status_code == 200
    answer = await both.bot("sendMessage")
    return answer.status_code == 429 and answer.json()["parameters"] == {"retry_after": 5}


async def _bot_is_blocked(both: Both) -> bool:
    return (await both.bot("sendMessage")).status_code == 403


PROBES: dict[str, Callable[[Both], Awaitable[bool]]] = {
    "exchange_down": _is_down,
    "exchange_slow": _is_slow,
    "answers_lost": _answer_is_lost,
    "stream_silent": _is_silent,
    "history_late": _fill_is_late,
    "no_new_orders": _order_is_refused,
    "telegram_down": _bot_is_cut_off,
    "telegram_slow": _bot_is_slow,
    "telegram_floods": _bot_is_flooded,
    "bot_blocked": _bot_is_blocked,
}


@pytest.mark.parametrize("name", PROBES)
async def test_a_switch_does_what_it_says_until_it_is_off(name: str) -> None:
    both, goes_wrong = Both(), PROBES[name]
    await both.exchange.open()
    await both.bot("getUpdates")
    await both.http.post("/sim/message", json={"text": "/start"})
    assert not await goes_wrong(both)

    for _ in range(2):  # turned on twice, it is as if once
        assert await both.turn(name, on=True) == {one: one == name for one in PROBES}
    for _ in range(3):
        assert await goes_wrong(both), "it goes on"

    assert not any((await both.turn(name, on=False)).values())
    assert not await goes_wrong(both)


async def test_what_is_cleared_by_hand_is_off() -> None:
    both = Both()
    for name in ("exchange_down", "telegram_down"):
        await both.turn(name, on=True)

    await both.http.delete("/sim/fault")

    assert not any((await both.http.get("/sim/switches")).json().values())
    assert not await _is_down(both)
    assert not await _bot_is_cut_off(both)


@pytest.mark.parametrize("body", [[], {}, {"name": "telegram_down"}, {"name": "rain", "on": True}])
async def test_what_is_no_switch_is_refused_with_what_there_is(body: object) -> None:
    answer = await Both().http.post("/sim/switches", json=body)

    assert answer.status_code == 400
    assert "exchange_down" in answer.json()["error"]


async def test_who_has_not_written_yet_can_block_nobody() -> None:
    answer = await Both().http.post("/sim/switches", json={"name": "bot_blocked", "on": True})

    assert answer.status_code == 400
    assert "has not written" in answer.json()["error"]
