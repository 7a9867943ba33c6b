"""The local Backpack's websocket, over a real port, as Backpack's stream reads it and frame by frame."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from bot.demo.servers import serving
from exchange.backpack.frames import events_of
from exchange.backpack.signing import Signer
from exchange.news import BalanceSeen, FillSeen, OrderSeen, TouchSeen
from tests.integration.exchange_world import API_KEY, SECRET, SYMBOL, World


@asynccontextmanager
async def a_socket(world: World, *names: str) -> AsyncIterator[ClientConnection]:
    """A socket on a served world, subscribed to these streams."""
    async with (
        serving(world.local.app(), 0) as port,
        connect(f"ws://127.0.0.1:{port}/ws", proxy=None) as socket,
    ):
        await subscribe(world, socket, *names)
        yield socket


async def subscribe(world: World, socket: ClientConnection, *names: str) -> None:
    """Subscribe, and wait until it has been done: there is no acknowledgement, but an error frame comes in its turn."""
    signature = Signer(API_KEY, SECRET).subscription(world.now, 5000)
    await socket.send(json.dumps({"method": "SUBSCRIBE", "params": names, "signature": signature}))
    await socket.send("?")
    assert await heard(socket) == {"id": None, "error": {"code": 4002, "message": "Parse error"}}


async def heard(socket: ClientConnection) -> Any:
    return json.loads(await socket.recv())


async def test_the_account_hears_its_order_accepted_then_filled_then_its_balances() -> None:
    world = World()
    await world.open()
    async with a_socket(world, "account.orderUpdate", "account.balanceUpdate", f"bookTicker.{SYMBOL}") as socket:
        await world.place("Bid", "1990", "0.1", clientId=5)
        placed = [events_of(str(await socket.recv())) for _ in range(2)]
        await world.sim("price", symbol=SYMBOL, price="1980")
        filled = [events_of(str(await socket.recv())) for _ in range(4)]

    told = [event for events in [*placed, *filled] for event in events]
    kinds = [type(event) for event in told]
    assert kinds == [OrderSeen, BalanceSeen, FillSeen, OrderSeen, BalanceSeen, BalanceSeen, TouchSeen]
    assert isinstance(told[2], FillSeen)
    (shown,) = await world.fills()
    assert (told[2].fill.trade_id, str(told[2].fill.fee)) == (shown["tradeId"], shown["fee"])


async def test_a_fill_frame_is_padded_and_in_microseconds() -> None:
    world = World()
    await world.open()
    async with a_socket(world, f"account.orderUpdate.{SYMBOL}") as socket:
        await world.place("Bid", "1990.5", "0.1", clientId=5)
        accepted = await heard(socket)
        await world.sim("price", symbol=SYMBOL, price="1980")
        filled = await heard(socket)

    assert accepted["stream"] == f"account.orderUpdate.{SYMBOL}"
    assert list(accepted["data"]) == sorted(accepted["data"])
    data = accepted["data"]
    assert (data["e"], data["X"], data["t"], data["z"]) == ("orderAccepted", "New", None, "0")
    data = filled["data"]
    assert (data["p"], data["q"], data["Q"], data["Z"]) == ("1990.50", "0.1000", "199.050000", "199.050000")
    assert (data["T"], data["c"], data["o"], data["m"]) == (world.now * 1000, 5, "LIMIT", True)


async def test_depth_tells_changes_without_gaps_and_trades_carry_the_order_ids() -> None:
    world = World()
    await world.open()
    before = (await world.http.get("/api/v1/depth", params={"symbol": SYMBOL})).json()
    async with a_socket(world, f"depth.{SYMBOL}", f"trade.{SYMBOL}") as socket:
        order = (await world.place("Bid", "1990", "0.1")).json()
        placed = await heard(socket)
        await world.sim("price", symbol=SYMBOL, price="1980")
        traded, moved = await heard(socket), await heard(socket)

    assert placed["data"]["U"] == int(before["lastUpdateId"]) + 1
    assert placed["data"]["b"] == [["1990.00", "0.1000"]]
    assert (traded["data"]["b"], traded["data"]["p"], traded["data"]["m"]) == (order["id"], "1990.00", True)
    assert moved["data"]["U"] == placed["data"]["u"] + 1
    assert ["1990.00", "0.0000"] in moved["data"]["b"]
    assert ["1980.00", "1000.0000"] in moved["data"]["a"]


async def test_once_a_second_come_tickers_and_candles_and_books_at_their_own_pace() -> None:
    world = World()
    names = [f"{kind}.{SYMBOL}" for kind in ("ticker", "markPrice", "kline.1m", "depth.200ms", "depth.1000ms")]
    async with a_socket(world, *names) as socket:
        await world.sim("price", symbol=SYMBOL, price="1980")
        world.beat()
        first = await heard(socket)
        world.beat(4)
        later = {(frame := await heard(socket))["stream"]: frame["data"] for _ in range(4)}

    assert (first["stream"], first["data"]["b"][0]) == (f"depth.200ms.{SYMBOL}", ["1979.99", "1000.0000"])
    assert sorted(later) == sorted(set(names) - {f"depth.200ms.{SYMBOL}"})
    assert (later[f"ticker.{SYMBOL}"]["c"], later[f"markPrice.{SYMBOL}"]["p"]) == ("1980", "1980")
    assert (later[f"kline.1m.{SYMBOL}"]["o"], later[f"kline.1m.{SYMBOL}"]["X"]) == ("2000.000000000", False)


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        ({"method": "LOGIN", "params": []}, (4002, "Parse error")),
        ({"method": "SUBSCRIBE", "params": "trade"}, (4002, "Parse error")),
        ({"method": "SUBSCRIBE", "params": ["gossip.ETH_USDC"]}, (4006, "Invalid stream")),
        ({"method": "SUBSCRIBE", "params": ["depth.100ms.ETH_USDC"]}, (4008, "Invalid depth window")),
        ({"method": "SUBSCRIBE", "params": ["account.orderUpdate"]}, (4003, "Invalid signature")),
        (
            {"method": "SUBSCRIBE", "params": ["account.orderUpdate"], "signature": [API_KEY, "AA", "1", "5000"]},
            (4003, "Invalid signature"),
        ),
    ],
)
async def test_a_mistake_is_answered_by_an_error_frame_and_the_socket_stays(
    frame: dict[str, Any], error: tuple[int, str]
) -> None:
    async with a_socket(World()) as socket:
        await socket.send(json.dumps(frame))
        answer = await heard(socket)
        await socket.send(b"binary")
        still = await heard(socket)

    assert (answer["error"]["code"], answer["error"]["message"]) == error
    assert still["error"]["code"] == 4002


async def test_unknown_markets_and_silence_are_silent_and_a_drop_closes_the_socket() -> None:
    world = World()
    async with a_socket(world, "trade.X_Y", "bookTicker.X_Y", f"bookTicker.{SYMBOL}", "bookTicker") as socket:
        await world.sim("stream", mode="silent")
        await world.sim("price", symbol=SYMBOL, price="1980")
        await world.sim("stream", mode="normal")
        await world.sim("price", symbol=SYMBOL, price="1970")
        assert (await heard(socket))["data"]["a"] == "1970.00"

        await world.sim("stream", mode="drop")
        with pytest.raises(ConnectionClosed):
            await socket.recv()
