"""The demo in process: one address, a chat on standard output, and a restart that keeps everything."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.console import demo
from bot.console.demo import OWNER, run_demo
from bot.console.demo_page import Panel
from bot.demo.backpack.server import build as build_exchange
from storage.errors import DatabaseInUse

GRID = "/grid ETH_USDC interval=40 grids=3 usdc=50 out=0.4%"
KEY = demo._key()[0]  # noqa: SLF001 - the demo's account, by which its state is asked for
PATIENCE = 60


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The demo keeps its files under the working folder, and its log takes the root logger."""
    monkeypatch.chdir(tmp_path)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):  # a proxy is for the world outside
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers, root.level = handlers, level


class Shown:
    """A demo that runs, as a person and a script see it."""

    def __init__(self, http: httpx.AsyncClient, output: list[str]) -> None:
        self.http = http
        self.output = output

    async def post(self, what: str, **body: Any) -> Any:
        """The human side."""
        answer = await self.http.post(f"/sim/{what}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    async def messages(self, *, since: int = 0, wait: int = 0) -> tuple[list[dict[str, Any]], int]:
        """The chat, and its version."""
        answer = await self.http.get(f"/sim/chat/{OWNER}", params={"since": since, "wait": wait})
        chat = json.loads(answer.text)
        return chat["messages"], chat["version"]

    async def told(self, part: str, *, after: int = 0) -> str:
        """Wait until the bot says something with this in it."""
        version = 0
        async with asyncio.timeout(PATIENCE):
            while True:
                messages, version = await self.messages(since=version, wait=5)
                for message in messages:
                    text = str(message.get("text") or message.get("caption") or "")
                    if message["from"] == "bot" and message["message_id"] > after and part in text:
                        return text

    async def newest(self) -> int:
        """The newest message's number."""
        return max(int(message["message_id"]) for message in (await self.messages())[0])

    async def state(self) -> Any:
        """The account at the local exchange."""
        return (await self.http.get("/sim/state", params={"api_key": KEY})).json()


@asynccontextmanager
async def a_demo(
    capsys: pytest.CaptureFixture[str], *, headless: bool = True, speed: int = 1000, fresh: bool = False
) -> AsyncIterator[Shown]:
    """The demo runs in the block; what it has printed by the block's end is in `output`."""
    capsys.readouterr()
    stop = asyncio.Event()
    task = asyncio.create_task(
        run_demo(stop, headless=headless, speed=Decimal(speed), port=0, seconds=None, fresh=fresh)
    )
    printed = ""
    async with asyncio.timeout(PATIENCE):
        while "\n" not in printed:
            await asyncio.wait([task], timeout=0.01)
            if task.done():
                await task
            printed += capsys.readouterr().out
    address = printed.splitlines()[0]
    async with httpx.AsyncClient(base_url=address, timeout=PATIENCE, trust_env=False) as http:
        shown = Shown(http, [printed])
        try:
            yield shown
        finally:
            stop.set()
            async with asyncio.timeout(PATIENCE):
                await task
            shown.output.append(capsys.readouterr().out)


def files() -> list[str]:
    """What the demo keeps."""
    return [path.name for path in demo.FOLDER.iterdir()]


def token() -> str:
    """The token of this folder's bot."""
    return (demo.FOLDER / "bot-token").read_text().strip()


def damage() -> None:
    """Leave something behind that is no database."""
    demo.FOLDER.mkdir(parents=True)
    (demo.FOLDER / "packgrid.db").write_bytes(b"damaged" * 500)


def log() -> str:
    """What was logged."""
    return (demo.FOLDER / "packgrid.log").read_text()


async def test_a_grid_in_the_demo_fills_and_a_restart_keeps_the_market_the_chat_and_the_grid(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with a_demo(capsys) as first:
        await first.post("message", text="/start")
        await first.post("message", text="/notify fills")
        await first.post("message", text=GRID)
        await first.told("Each round trip earns")
        await first.post("click", label="Start")
        await first.told("ought 0.0")  # alone, or as a line of several fills that came together
    output = "".join(first.output)
    said = output.splitlines()
    assert said[0].startswith("http://127.0.0.1:")
    chat = [" | " in line for line in said[1:]]
    assert chat == sorted(chat, reverse=True), "after the address comes the chat, and then only the last report"
    assert any(line.endswith(f"user | {GRID}") for line in said)
    assert "ought 0.0" in output
    assert output.count("is leaving") == 2, "the report on leaving: in the chat, and for whoever sits at the console"

    drawn = token()
    (demo.FOLDER / "bot-token").unlink()
    async with a_demo(capsys) as second:
        assert token() != drawn, "another folder, or a lost file, is another token; the chat goes on all the same"
        messages, _ = await second.messages()
        assert any(message.get("text") == GRID for message in messages)
        after = await second.newest()
        await second.post("message", text="/grids")
        await second.told("ETH_USDC", after=after)
        state = await second.state()
        assert state["fills"]
        market = (await second.http.get("/sim/market")).json()
        assert len(market["fills"]) <= len(state["fills"])
        assert market["profit"], "the total goes on where it was"


async def test_the_pages_total_and_ladder_are_the_programs_own(capsys: pytest.CaptureFixture[str]) -> None:
    async with a_demo(capsys) as shown:
        await shown.post("message", text="/start")
        await shown.post("message", text="/notify fills")
        await shown.post("message", text=GRID)
        await shown.told("Each round trip earns")
        await shown.post("click", label="Start")
        await shown.told("ought 0.0")
        await shown.post("speed", speed=0)
        async with asyncio.timeout(PATIENCE):  # the last step, and its fills, may still be under way
            said, total = Decimal(99), Decimal(0)
            while abs(said - total) > Decimal("0.02"):  # the chat rounds grid and floating profit, each by itself
                after = await shown.newest()
                await shown.post("message", text="/pnl")
                line = await shown.told("Total ", after=after)
                said = Decimal(line.split()[1].replace("−", "-"))
                profit = (await shown.http.get("/sim/market")).json()["profit"]
                total = Decimal(profit[-1][1])
            orders, ladder = set[Decimal](), set[Decimal]()
            while not orders or not orders <= ladder:  # what is under way is at one of them alone
                orders = {Decimal(one["price"]) for one in (await shown.http.get("/sim/market")).json()["orders"]}
                (grid,) = (await shown.http.get("/sim/grids")).json()["grids"]
                ladder = {Decimal(level[side]) for level in grid["levels"] for side in ("buy", "sell")}


async def test_a_speed_that_was_chosen_is_the_programs_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = Panel()
    monkeypatch.setattr(demo, "Panel", lambda: panel)
    async with a_demo(capsys, speed=1) as shown:
        for speed in (60, 0):
            await shown.post("speed", speed=speed)
            assert (await shown.http.get("/sim/market")).json()["speed"] == speed
        assert (await shown.http.post("/sim/speed", json={"speed": -1})).status_code == 400
        assert panel.trader is not None
        assert [speed for _, speed in panel.trader.pace.turns][:3] == [1, 60, 0]


async def test_the_demo_offers_the_market_that_moves_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    async with a_demo(capsys, speed=1) as shown:
        markets = (await shown.http.get("/api/v1/markets")).json()
        await shown.post("message", text="/start")
        await shown.post("message", text="/grid SOL_USDC")
        await shown.told("SOL_USDC")

    assert [market["symbol"] for market in markets] == ["ETH_USDC"]


async def test_the_demo_knows_the_month_before_its_market(capsys: pytest.CaptureFixture[str]) -> None:
    async with a_demo(capsys, speed=1) as shown:
        query = {"symbol": "ETH_USDC", "interval": "1h", "startTime": "0"}
        hours = (await shown.http.get("/api/v1/klines", params=query)).json()

    assert 30 * 24 <= len(hours) <= 30 * 24 + 2
    assert all(before["end"] == after["start"] for before, after in pairwise(hours))


async def test_a_demo_of_an_older_version_keeps_the_markets_that_it_began_with(
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = demo.FOLDER / "exchange.json"
    build_exchange(f"candles:{demo.MARKET}", state_file=file).save_all()
    async with a_demo(capsys, speed=1) as shown:
        markets = (await shown.http.get("/api/v1/markets")).json()
        assert "USDC" in (await shown.state())["balances"]

    assert len(markets) == 4


async def test_faults_go_to_the_server_whose_words_they_speak(capsys: pytest.CaptureFixture[str]) -> None:
    async with a_demo(capsys, headless=False, speed=1) as shown:
        assert "Packgrid" in (await shown.http.get("/")).text
        await shown.post("fault", match="GET /api/v1/tickers", mode="status", status=503)
        assert (await shown.http.get("/api/v1/tickers")).status_code == 503
        assert (await shown.http.get("/api/v1/tickers")).status_code == 200
        await shown.post("fault", mode="error", method="getChat", code=500)
        answer = await shown.http.get(f"/bot{token()}/getChat", params={"chat_id": OWNER})
        assert answer.status_code == 500
        assert (await shown.http.post("/sim/fault", json={"mode": "nonsense"})).status_code == 400
        assert (await shown.http.post("/sim/fault", json={"match": "GET", "mode": "nonsense"})).status_code == 400
        await shown.http.delete("/sim/fault")


async def test_a_second_demo_in_the_same_folder_is_refused_and_touches_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with a_demo(capsys, speed=1) as shown:
        for fresh in (False, True):
            with pytest.raises(DatabaseInUse, match="in use by another Packgrid"):
                await run_demo(asyncio.Event(), headless=True, speed=Decimal(1), port=0, seconds=None, fresh=fresh)
        assert {"packgrid.db", "exchange.json"} <= set(files())
        assert (await shown.http.get("/")).status_code == 404, "headless there is no page"
        assert "USDC" in (await shown.state())["balances"]


async def test_the_bots_token_is_drawn_for_each_folder_and_only_its_owner_can_read_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = set()
    for name in ("one", "other", "one"):
        (tmp_path / name).mkdir(exist_ok=True)
        monkeypatch.chdir(tmp_path / name)
        async with a_demo(capsys, speed=1) as shown:
            assert (await shown.http.get(f"/bot{token()}/getMe")).json()["ok"]
        assert (demo.FOLDER / "bot-token").stat().st_mode & 0o777 == 0o600
        assert token() not in log()
        drawn.add(token())
    assert len(drawn) == 2


async def test_fresh_begins_anew_even_over_a_damaged_database(capsys: pytest.CaptureFixture[str]) -> None:
    damage()
    async with a_demo(capsys, speed=1, fresh=True) as shown:
        assert (await shown.messages())[0] == []


async def test_it_ends_by_itself_after_the_seconds_that_were_given(capsys: pytest.CaptureFixture[str]) -> None:
    async with asyncio.timeout(PATIENCE):
        await run_demo(asyncio.Event(), headless=True, speed=Decimal(1), port=0, seconds=Decimal("0.5"), fresh=False)
    assert capsys.readouterr().out.startswith("http://127.0.0.1:")
    assert "Traceback" not in log()
