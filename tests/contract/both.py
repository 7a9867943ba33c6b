"""One account at one venue, reached in memory (`PaperExchange`) or over the wire (`BackpackClient`). Time stands still.

Scenarios of the contract run on both, so that the simulations and the client can't drift apart.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from bot.demo.backpack.server import LocalBackpack, build
from exchange.backpack.client import BackpackClient
from exchange.backpack.signing import Signer
from exchange.paper.exchange import PaperExchange
from exchange.paper.faults import CallFault, FaultMode
from exchange.paper.rules import Choices
from exchange.port import Placement
from strategy.model.market import Asset, BookState, Side, Symbol
from strategy.model.orders import ClientId, Order
from tests.captures import an_order
from tests.contract.scripted import API_KEY, SECRET

ETH, SOL, NOWHERE = Symbol("ETH_USDC"), Symbol("SOL_USDC"), Symbol("NOWHERE_USDC")
USDC, COIN = Asset("USDC"), Asset("ETH")
HOST = "https://127.0.0.1:8090"
MEMORY, WIRE = "in memory", "over the wire"
START = 1_790_000_000_000


@dataclass
class Both:
    """ETH stands at 2000; the account has 10,000 USDC and 1 ETH. `exchange` is one of the two."""

    road: str
    choices: Choices
    now: int = START
    last_id: int = 0

    def __post_init__(self) -> None:
        self.local: LocalBackpack = build("manual", clock=lambda: self.now, choices=self.choices, speed_bump=0)
        self.local.venue.open_account(API_KEY, {USDC: Decimal(10_000), COIN: Decimal(1)})
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=self.local.app()), base_url=HOST)
        self.exchange: PaperExchange | BackpackClient = (
            PaperExchange(self.local.venue, API_KEY, faults=self.local.faults)
            if self.road == MEMORY
            else BackpackClient(HOST, Signer(API_KEY, SECRET), http=self.http, clock=lambda: self.now)
        )

    def order(self, side: Side, price: str, quantity: str = "0.1", **changes: Any) -> Order:
        """An order of ours with a new id; post-only unless said otherwise."""
        self.last_id += 1
        numbers = {"price": Decimal(price), "quantity": Decimal(quantity), "intended_at": self.now}
        return an_order(**{"client_id": ClientId(self.last_id), "side": side, **numbers, **changes})

    async def place(self, side: Side, price: str, quantity: str = "0.1", **changes: Any) -> tuple[Order, Placement]:
        """Place one; the order and what became of it."""
        order = self.order(side, price, quantity, **changes)
        (placed,) = await self.exchange.place([order])
        return order, placed

    def walk(self, price: str, spare: str | None = None) -> None:
        """A second later the market is at a price; `spare` is what trades there beyond the queue before us."""
        self.now += 1000
        self.local.venue.walk(ETH, Decimal(price), spare=None if spare is None else Decimal(spare))

    def fault(self, match: str, mode: FaultMode, *, status: int = 503, times: int = 1, processed: bool = False) -> None:
        """Let the next calls that begin with `match` go wrong."""
        fault = CallFault(match=match, mode=mode, status=status, times=times, processed=processed)
        self.local.faults.add(fault)

    def state(self, state: BookState) -> None:
        """Put the market into a state."""
        self.local.venue.set_state(ETH, state)
