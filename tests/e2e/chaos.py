"""Chaos on the real process: faults on both local servers, kills at random moments, and what must hold afterwards.

Drives and judges. `test_chaos` makes five kills of it, `make chaos` fifty.
"""

import asyncio
import contextlib
import gzip
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from sqlalchemy import NullPool, create_engine

from exchange.backpack.client import BackpackClient
from exchange.backpack.signing import Signer
from exchange.port import Accepted
from strategy.model.market import Side, Symbol
from strategy.model.money import amount, floor_to
from strategy.model.orders import BLOCK_SIZE, ClientId, Execution, GridId, Order, Purpose
from tests.e2e.books import Books
from tests.e2e.processes import KEY, OWNER, SECRET, Machine

DEMO_MARKET = Path(__file__).parents[2] / "bot/demo/market/ETH_USDC-1m-2026-02-05.csv.gz"
ETH = Symbol("ETH_USDC")
TICK = Decimal("0.01")
BALANCES = {"USDC": "20000", "ETH": "1"}
SPEED = "400"
CALM = 150.0
"""Seconds in which everything must be in order again once the faults have ended. An order in limbo takes 35 of them."""
LOOK = 1
"""Seconds of quiet in the chat between two looks."""
PRESSES = 20
"""How often Start is pressed, as each preview is over when it is."""

ORDER_CALLS = ("POST /api/v1/order", "POST /api/v1/orders", "DELETE /api/v1/order")
READS = ("GET /api/v1/orders", "GET /wapi/v1/history", "GET /api/v1/capital", "GET /api/v1/depth", "GET /api/v1/")
SENDING = ("sendMessage", "getUpdates", "")

Dice = random.Random
Control = tuple[str, Mapping[str, object]]
"""What a server's control side is asked for: its path under /sim, its body."""


def exchange_trouble(dice: Dice) -> Control:
    """Something that goes wrong on the way to the exchange, or with its stream and its history."""
    match dice.randrange(7):
        case 0 | 1 | 2:
            mode = dice.choice(("lose_request", "lose_answer", "lose_answer", "status", "delay"))
            return "fault", _fault(dice, dice.choice(ORDER_CALLS), mode)
        case 3 | 4:
            mode = dice.choice(("lose_request", "lose_answer", "status", "delay"))
            return "fault", _fault(dice, dice.choice(READS), mode)
        case 5:
            return "stream", {"mode": dice.choice(("drop", "drop", "silent", "refuse", "normal"))}
        case _:
            return "lag", {"seconds": str(dice.choice((0, 1, 3, 10)))}


def telegram_trouble(dice: Dice) -> Control:
    """Something that goes wrong on the way to Telegram."""
    mode = dice.choice(("error", "error", "drop_before", "slow_after", "disconnect", "outage"))
    fault: dict[str, object] = {"mode": mode, "method": dice.choice(SENDING), "seconds": dice.choice((1, 2))}
    if mode == "error":
        fault |= dice.choice(({"error_code": 500}, {"error_code": 429, "retry_after": 1}))
    return "fault", fault


def surprise(dice: Dice, price: Decimal) -> Control:
    """Something that is nobody's fault: the price jumps, money comes in or goes out, the fee tier changes."""
    match dice.randrange(4):
        case 0 | 1:
            jumped = price * (1 + Decimal(dice.randint(-30, 30)) / 1000)
            return "price", {"symbol": ETH, "price": str(floor_to(jumped, TICK))}
        case 2:
            return "deposit", {"api_key": KEY, "asset": "USDC", "amount": dice.choice(("12.345678901", "-7.5", "100"))}
        case _:
            return "fees", {"api_key": KEY, "maker_bps": dice.choice(("8", "7", "8.5")), "taker_bps": "10"}


def _fault(dice: Dice, match: str, mode: str) -> dict[str, object]:
    fault: dict[str, object] = {"match": match, "mode": mode, "times": dice.choice((1, 1, 2, 4))}
    if mode == "delay":
        return fault | {"seconds": dice.choice((0.2, 1, 3))}
    if mode == "status":
        return fault | {"status": dice.choice((500, 503, 503, 504, 429)), "processed": dice.random() < 0.5}
    return fault


@dataclass(slots=True)
class Chaos:
    """One account, two grids, a moving market, and everything that can go wrong, drawn from one seed."""

    machine: Machine
    dice: Dice
    counts: Counter[str] = field(default_factory=Counter)
    """How often what was done."""
    foreign: list[str] = field(default_factory=list)
    """The exchange's ids of the orders that somebody else placed with the same key."""
    server: str | None = None
    """The PostgreSQL database that Packgrid uses; None: a file."""
    told: set[str] = field(default_factory=set)
    """The trades that the chat has named so far: a long chat forgets its oldest messages."""

    async def begin(self) -> None:
        """Orders of somebody else, then two grids."""
        await self.machine.start(balances=BALANCES)
        price = await self._price()
        await self._place_foreign(ClientId(7), Side.BUY, price * Decimal("0.78"))
        await self.machine.start_packgrid()
        await self.machine.packgrid.printed("Packgrid is up")
        await self.machine.say("/notify fills")  # every fill is to be told with its number: that is what is looked at
        await self.machine.told("Every fill")
        await self._open_grid("/grid ETH_USDC interval=8 grids=6 usdc=50 out=0.3% maxloss=50%")
        low, high = (floor_to(price * Decimal(part), TICK) for part in ("0.88", "1.12"))
        await self._open_grid(
            f"/grid ETH_USDC spacing=geometric lower={low} upper={high} grids=40 total=8000 maxloss=50%"
        )
        other = (Books.read(self.machine.folder, self.server).account.block + 5) * BLOCK_SIZE % 2**32
        await self._place_foreign(ClientId(other + 1), Side.SELL, price * Decimal("1.22"))

    async def kill(self) -> None:
        """Trouble, then death at a random moment: while starting, or while trading; then a new start."""
        if self.dice.random() < 0.5:
            await self.machine.clear_faults()  # what nobody ran into would pile up until nothing works at all
        for _ in range(self.dice.randrange(1, 6)):
            await self._at_exchange(exchange_trouble(self.dice))
        for _ in range(self.dice.randrange(3)):
            path, body = telegram_trouble(self.dice)
            await self.machine.telegram_control(path, body)
            self.counts[f"telegram: {body['mode']}"] += 1
        if self.dice.random() < 0.4:
            await self._at_exchange(surprise(self.dice, await self._price()))
        await self._wait_for_the_moment()
        await self.machine.packgrid.end(signal.SIGKILL)
        self.told |= await self.machine.trade_numbers()
        self.counts["kills"] += 1
        await self.machine.start_packgrid()

    async def calm(self) -> list[str]:
        """End all trouble, and wait until everything is in order. What is not, in words.

        The market stands still as soon as no grid buys its first coins any more: that waits for the market to come.
        """
        await self.machine.clear_faults()
        deadline = time.monotonic() + CALM
        while restless := await self._restless():
            if not any("seeding" in one for one in restless):
                await self.machine.exchange_control("speed", {"speed": "0"})
            if time.monotonic() > deadline:
                return [*restless, await self.machine.evidence()]
            await self.machine.pulse(LOOK)
        status = await self.machine.packgrid.end(signal.SIGTERM)
        return [] if status == 0 else [f"it ended with status {status}"]

    async def wrong(self) -> list[str]:
        """What does not hold at the end, in words; nothing where all is well."""
        state = await self.machine.state()
        books = Books.read(self.machine.folder, self.server)
        self.told |= await self.machine.trade_numbers()
        self.counts["fills"] = len(state["fills"])
        self.counts["round trips"] = books.round_trips
        return [
            *books.differences_of_balances(state),
            *books.differences_of_fills(state),
            *books.differences_of_orders(state, self.foreign),
            *(f"fill {one} was never told" for one in sorted(books.trade_numbers - self.told)),
        ]

    async def _restless(self) -> list[str]:
        books = Books.read(self.machine.folder, self.server)
        state = await self.machine.state()
        return [
            *books.unfinished(),
            *books.differences_of_orders(state, self.foreign),
            *books.differences_of_fills(state),
        ]

    async def _wait_for_the_moment(self) -> None:
        """Some deaths while it starts, most while it trades. Chance is time itself here."""
        if self.dice.random() < 0.25:
            await asyncio.sleep(self.dice.uniform(0.1, 2.5))
            return
        with contextlib.suppress(TimeoutError):
            await self.machine.packgrid.printed("event=trading", patience=10)
        await asyncio.sleep(self.dice.uniform(0, 4))

    async def _at_exchange(self, control: Control) -> None:
        path, body = control
        await self.machine.exchange_control(path, body)
        self.counts[f"exchange: {body.get('mode', path)}"] += 1

    async def _open_grid(self, line: str) -> None:
        before = max((message["message_id"] for message in await self.machine.chat()), default=0)
        await self.machine.say(line)
        await self.machine.told("Each round trip earns", after=before)
        for _ in range(PRESSES):  # the market runs on while one reads: a preview may be over, and a fresh one follows
            newest = max(message["message_id"] for message in await self.machine.chat())
            await self.machine.click("Start")
            said = await self.machine.told(r"is open on|Each round trip earns", after=newest)
            if "is open on" in said:
                return
        raise AssertionError(f"no preview held\n{await self.machine.evidence()}")

    async def _price(self) -> Decimal:
        answer = await self.machine.backpack.get("/sim/market")
        return amount(answer.json()["price"])

    async def _place_foreign(self, client_id: ClientId, side: Side, price: Decimal) -> None:
        client = BackpackClient(str(self.machine.backpack.base_url), Signer(KEY, SECRET))
        await client.measure_offset()
        order = Order(
            client_id=client_id,
            grid_id=GridId(1),
            symbol=ETH,
            purpose=Purpose.STOP,
            side=side,
            price=floor_to(price, TICK),
            quantity=Decimal("0.5"),
            execution=Execution.POST_ONLY,
            intended_at=client.now(),
            changed_at=client.now(),
        )
        (placed,) = await client.place([order])
        await client.close()
        assert isinstance(placed, Accepted), placed
        self.foreign.append(placed.order_id)


def empty_at_server(address: str) -> None:
    """A PostgreSQL database as it is when it is new."""
    engine = create_engine(address, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")


@contextlib.asynccontextmanager
async def chaos(folder: Path, seed: int, *, server: str | None = None) -> AsyncIterator[Chaos]:
    """A world in which everything is about to go wrong: the demo's recorded market, two grids, one seed."""
    market = folder / "market.csv"
    market.write_bytes(gzip.decompress(DEMO_MARKET.read_bytes()))
    settings = {"TELEGRAM_OWNER_ID": str(OWNER), "DAILY_LOSS_LIMIT": "", "SEED_PATIENCE_SECONDS": "2"}
    if server is not None:
        empty_at_server(server)
        settings["DATABASE_URL"] = server
    machine = Machine(folder, speed=SPEED, market=f"candles:{market}", settings=settings)
    made = Chaos(machine, random.Random(seed), server=server)
    try:
        await made.begin()
        yield made
    finally:
        await machine.close()
