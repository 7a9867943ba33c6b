"""Paper mode over the public prices of a Backpack that is really asked: no order ever leaves this machine."""

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from bot.account.identity import database_token
from bot.app import App
from bot.demo.backpack.server import LocalBackpack, build
from bot.demo.servers import HOST, serving
from bot.live import paper_state
from bot.owner.views import Walked
from exchange.backpack.client import BackpackClient
from exchange.paper.market import PaperMarket
from exchange.paper.state import StateDamaged, StateOfAnother
from storage.store import Store
from strategy.messages.notices import FillTold, Notice
from strategy.messages.reports import CameBack
from strategy.model.grid import Grid
from strategy.model.market import BookState, Side
from strategy.model.orders import GridId
from tests.builders import ETH_USDC, NOW, a_range
from tests.integration.running import a_setting, a_while

ADDRESS = "http://127.0.0.1:8090"
PUBLIC = {"/api/v1/markets", "/api/v1/market", "/api/v1/depth", "/api/v1/time", "/api/v1/status"}


class Papers:
    """A local Backpack in process, and a Packgrid on paper that is started again over the same files."""

    def __init__(self, folder: Path) -> None:
        self.now = NOW
        self.local: LocalBackpack = build("manual", clock=self.clock)
        self.state = folder / "paper.venue.json"
        self.store = Store.open("sqlite://", now=self.clock)
        self.asked: list[httpx.Request] = []
        self.notices: list[Notice] = []
        self.usdc = Decimal(10_000)
        self._writer: asyncio.Task[None] | None = None
        self._http: httpx.AsyncClient | None = None
        self.ws_url = "ws://127.0.0.1:9/ws"
        self.base_url = ADDRESS

    def clock(self) -> int:
        """Milliseconds UTC."""
        return self.now

    async def begin(self) -> None:
        """A new process."""
        await self.end()
        transport = httpx.ASGITransport(self.local.app()) if self.base_url == ADDRESS else None
        hooks = {"request": [self._note]}
        self._http = httpx.AsyncClient(transport=transport, event_hooks=hooks, trust_env=False)
        client = BackpackClient(self.base_url, None, http=self._http, clock=self.clock)
        self.market = PaperMarket(
            client,
            self.ws_url,
            state=self.state,
            database=database_token(self.store),
            usdc=self.usdc,
            clock=self.clock,
        )
        self.app = App(settings=a_setting(), store=self.store, exchange=self.market, clock=self.clock)
        self.market.hear(self.app.reader.hear)
        self.app.runner.after_drain.append(lambda steps: self.notices.extend(n for one in steps for n in one.notices))
        self._writer = asyncio.create_task(self.app.runner.run())
        await self.app.startup().run()
        self.app.trader.started.set()
        await a_while()

    async def end(self) -> None:
        """The process dies."""
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
        if self._http is not None:
            await self._http.aclose()

    async def start(self) -> Grid:
        """Five levels from 1,900 to 2,100."""
        assert isinstance(await self.app.trader.start(a_range(1900, 2100, 5)), int)
        await self.tick(3)
        return self.grid

    @property
    def grid(self) -> Grid:
        """The grid."""
        return self.app.runner.account.grids[GridId(1)]

    async def tick(self, times: int = 1) -> None:
        """The job's tick."""
        for _ in range(times):
            self.now += 3000
            await self.app.reader.tick()
            await a_while()

    async def price(self, price: str) -> None:
        """Backpack's price moves, and a tick reads it."""
        self.local.venue.walk(ETH_USDC, Decimal(price))
        await self.tick(2)

    def level_side(self, buy_price: int) -> Side:
        """What the level at this price waits for."""
        return next(level.side for level in self.grid.levels.values() if level.buy_price == buy_price)

    async def _note(self, request: httpx.Request) -> None:
        self.asked.append(request)


@pytest.fixture
async def papers(tmp_path: Path) -> AsyncIterator[Papers]:
    made = Papers(tmp_path)
    await made.begin()
    yield made
    await made.end()
    made.store.close()


async def test_an_order_fills_only_when_the_price_goes_through_it(papers: Papers) -> None:
    await papers.start()
    await papers.price("1980")
    assert papers.level_side(1980) is Side.BUY, "at its price its place in the queue is not known"
    await papers.price("1979.99")
    assert papers.level_side(1980) is Side.SELL
    await papers.price("2020.01")
    assert papers.level_side(1980) is Side.SELL, "its bid has not passed the order yet"
    await papers.price("2020.02")
    assert papers.level_side(1980) is Side.BUY
    assert papers.grid.books.round_trips == 1


async def test_no_private_call_is_ever_made_and_no_key_is_needed(papers: Papers) -> None:
    await papers.start()
    for price in ("1970", "2030", "1990"):
        await papers.price(price)
    await papers.app.reader.reconcile()
    await papers.app.trader.panic()
    await papers.tick(2)
    assert papers.asked
    assert {request.url.path for request in papers.asked} <= PUBLIC
    assert not [request for request in papers.asked if "x-api-key" in request.headers or request.method != "GET"]
    assert not papers.local.venue.accounts, "the exchange has never heard of us"


async def test_orders_balances_and_fills_survive_a_restart(papers: Papers) -> None:
    await papers.start()
    await papers.price("1970")
    orders = {order.client_id for order in papers.grid.live}
    held = dict(papers.app.runner.account.balances)
    await papers.begin()
    assert {order.client_id for order in papers.grid.live} == orders
    assert {asset: one.total for asset, one in papers.app.runner.account.balances.items()} == {
        asset: one.total for asset, one in held.items()
    }
    await papers.price("2030")
    assert papers.grid.books.round_trips == 1


async def test_what_the_price_went_through_while_away_is_filled_at_the_start_and_told(papers: Papers) -> None:
    await papers.start()
    await papers.end()
    papers.local.venue.walk(ETH_USDC, Decimal(1970))
    papers.now += 60_000
    await papers.begin()
    await papers.tick()
    came_back = [notice for notice in papers.notices if isinstance(notice, CameBack)]
    assert [one.balanced for one in came_back] == [True]
    assert papers.level_side(1980) is Side.SELL
    assert [one.price for one in papers.notices if isinstance(one, FillTold)][-1] == 1980


async def test_the_money_it_began_with_is_kept_whatever_the_setting_says_later(papers: Papers) -> None:
    papers.usdc = Decimal(5)
    await papers.begin()
    assert papers.app.runner.account.balances["USDC"].available == 10_000  # type: ignore[index]


async def test_a_state_that_cannot_be_saved_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("in the way of a folder")
    papers = Papers(tmp_path)
    papers.state = tmp_path / "file" / "paper.venue.json"
    await papers.begin()
    await papers.start()
    await papers.price("1970")
    assert papers.level_side(1980) is Side.SELL
    assert "paper event=unsaved" in caplog.text
    await papers.end()


async def test_a_market_that_was_delisted_in_the_meantime_stops_no_start(papers: Papers) -> None:
    await papers.start()
    await papers.end()
    del papers.local.venue.listings[ETH_USDC]
    await papers.begin()
    assert papers.app.runner.account.markets[ETH_USDC].state is BookState.CLOSED
    await papers.tick(2)
    assert papers.app.runner.account.ready


@pytest.mark.parametrize("content", ["", "{", "[]", '{"half":'])
async def test_a_damaged_state_is_named_and_left_alone(papers: Papers, content: str) -> None:
    await papers.end()
    papers.state.write_text(content)
    with pytest.raises(StateDamaged, match=r"paper.venue.json is damaged"):
        await papers.begin()
    assert papers.state.read_text() == content


async def test_prices_of_the_stream_fill_without_a_tick(papers: Papers) -> None:
    filled = asyncio.Event()
    async with serving(papers.local.app(), 0) as port:
        papers.base_url, papers.ws_url = f"http://{HOST}:{port}", f"ws://{HOST}:{port}/ws"
        await papers.begin()
        papers.market.watch([ETH_USDC])
        following = asyncio.create_task(papers.market.run())
        await papers.start()
        papers.app.runner.after_drain.append(
            lambda steps: filled.set() if any(isinstance(n, FillTold) for one in steps for n in one.notices) else None
        )
        async with asyncio.timeout(20):
            while papers.app.reader.prices.stream_at is None:
                await a_while()
            papers.local.venue.walk(ETH_USDC, Decimal(1970))
            await filled.wait()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    assert papers.level_side(1980) is Side.SELL


async def test_where_the_paper_venue_is_kept() -> None:
    assert paper_state(a_setting(database_url="sqlite:///data/paper.db")) == Path("data/paper.venue.json")
    assert paper_state(a_setting(database_url="postgresql://h/db")) == Path("data/paper-venue.json")


async def test_the_state_on_disk_is_whole_after_every_order(papers: Papers) -> None:
    grid = await papers.start()
    kept = json.loads(papers.state.read_text())
    resting = {order["client_id"] for order in kept["accounts"]["paper"]["orders"] if order["status"] == "New"}
    assert resting == {order.client_id for order in grid.live}


async def test_the_venues_file_belongs_to_one_database(papers: Papers) -> None:
    await papers.end()
    papers.store = Store.open("sqlite://", now=papers.clock)
    with pytest.raises(StateOfAnother, match="belongs to another database"):
        await papers.begin()


async def test_a_venues_file_from_before_takes_the_name_of_the_database_beside_it(papers: Papers) -> None:
    await papers.end()
    kept = json.loads(papers.state.read_text())
    name = kept.pop("database")
    papers.state.write_text(json.dumps(kept))
    await papers.begin()
    await papers.start()
    assert json.loads(papers.state.read_text())["database"] == name


async def test_what_a_sale_would_bring_is_read_from_backpacks_book(papers: Papers) -> None:
    grid = await papers.start()
    papers.local.venue.listing(ETH_USDC).house_size = Decimal("0.01")
    trader = papers.app.trader

    thin = (await trader.ways_out(grid.id)).walked

    assert grid.coins > Decimal("0.01")
    assert thin == Walked(sold=Decimal("0.01"), brings=Decimal("19.9999"), lowest=Decimal("1999.99"))
    assert len(await papers.market.bids(ETH_USDC)) > 1, "our own buys on paper are in it, and buy nothing"
    assert papers.asked[-1].url.params["limit"] == "1000"
    papers.local.venue.set_state(ETH_USDC, BookState.CLOSED)
    assert (await trader.ways_out(grid.id)).walked == Walked(sold=Decimal(0), brings=Decimal(0), lowest=Decimal(0))
