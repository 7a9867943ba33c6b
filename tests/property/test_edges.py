"""Whatever the exchange or Telegram sends: values or a named error at one edge, an answer or silence at the other."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.demo.telegram.chats import Update
from bot.demo.telegram.updates import end_poll
from exchange.backpack.client import BackpackClient
from exchange.port import ExchangeError
from tests.captures import (
    ACCOUNT,
    CANCELLED,
    CAPITAL,
    DEPOSIT,
    DEPTH,
    ETH,
    FILL,
    KLINE,
    MARKET,
    RESTING,
    an_order,
)
from tests.contract.scripted import NOW, Scripted, client_of
from tests.integration.chat_world import OWNER, STRANGER, World
from tests.property.test_wire import BATCH, damaged, values

Ask = Callable[[BackpackClient], Awaitable[object]]
WITHDRAWAL = json.dumps(
    {"id": 1, "symbol": "USDC", "quantity": "5", "status": "pending", "createdAt": "2026-01-02T03:04:05"}
)
LENT = '[{"symbol":"USDC","netQuantity":"5"}]'

ASKED: Sequence[tuple[str, Ask, str]] = [
    ("server_time", lambda client: client.server_time(), "1790000000000"),
    ("check_status", lambda client: client.check_status(), '{"message":null,"status":"Ok"}'),
    ("markets", lambda client: client.markets(), f"[{MARKET}]"),
    ("touch", lambda client: client.touch(ETH), DEPTH),
    ("candles", lambda client: client.candles(ETH, "1m", NOW - 60_000, NOW), f"[{KLINE}]"),
    ("account", lambda client: client.account(), ACCOUNT),
    ("balances", lambda client: client.balances(), CAPITAL),
    ("lent", lambda client: client.balances(), LENT),
    ("open_orders", lambda client: client.open_orders(), f"[{RESTING}]"),
    ("fills", lambda client: client.fills(0), f"[{FILL}]"),
    ("ended_order", lambda client: client.ended_order(ETH, "8284661092"), f"[{CANCELLED}]"),
    ("orders_since", lambda client: client.orders_since(ETH, 0), f"[{RESTING},{CANCELLED}]"),
    ("movements", lambda client: client.movements(0), f"[{DEPOSIT}]"),
    ("withdrawals", lambda client: client.movements(0), f"[{WITHDRAWAL}]"),
    ("place", lambda client: client.place([an_order()]), RESTING),
    ("place many", lambda client: client.place([an_order(client_id=1), an_order(client_id=2)]), BATCH),
    ("cancel", lambda client: client.cancel(ETH, order_id="1", client_id=None), CANCELLED),
]


@pytest.mark.parametrize(("ask", "capture"), [row[1:] for row in ASKED], ids=[row[0] for row in ASKED])
@settings(max_examples=30)
@given(data=st.data(), status=st.sampled_from([200, 200, 200, 202, 204, 400, 404, 429, 500, 503]))
def test_whatever_the_exchange_answers_a_call_gives_values_or_its_named_error(
    ask: Ask, capture: str, data: st.DataObject, status: int
) -> None:
    texts = damaged(json.loads(capture)).map(json.dumps) | values.map(json.dumps) | st.text(max_size=20)
    exchange = Parrot(status, data.draw(texts))

    async def asking() -> None:
        try:
            await ask(client_of(exchange))
        except ExchangeError as failure:
            assert str(failure)  # noqa: PT017

    asyncio.run(asking())


class Parrot(Scripted):
    """An exchange that says the same to everything."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__()
        self._said = (status, text)

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Whatever was asked."""
        self.requests.append(request)
        status, text = self._said
        return httpx.Response(status, text=text)


USER = {"id": OWNER, "is_bot": False, "first_name": "O", "language_code": "en"}
CHAT = {"id": OWNER, "type": "private", "first_name": "O"}
TYPED = {"message_id": 1, "date": 1_790_000_000, "chat": CHAT, "from": USER, "text": "/grid ETH_USDC grids=3"}
PRESSED = {"id": "1", "from": USER, "chat_instance": "1", "message": {**TYPED, "text": "card"}, "data": "v|status"}
BLOCKED = {
    "chat": CHAT,
    "from": USER,
    "date": 1_790_000_000,
    "old_chat_member": {"user": USER, "status": "member"},
    "new_chat_member": {"user": USER, "status": "kicked", "until_date": 0},
}
PICTURE = {"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}
SENT = {
    **TYPED,
    "photo": [PICTURE],
    "caption": "/panic",
    "entities": [{"type": "bot_command", "offset": 0, "length": 5}],
}
texts = st.one_of(
    st.text(max_size=40),
    st.builds(
        "/{} {}".format,
        st.sampled_from(
            ["start", "grid", "status", "stop", "tune", "fills", "report", "risk", "language", "nonsense", "pnl"]
        ),
        st.text(max_size=20)
        | st.sampled_from(["1", "0", "ETH_USDC", "interval=NaN", "usdc=1e9", "99999999999999999999"]),
    ),
    st.sampled_from(["/", "//", "/grid@other_bot", "/grid " + "x" * 4000, "１２３", "\x00", "d|interval|40"]),
)
presses = st.one_of(
    st.text(max_size=64),
    st.builds("{}|{}".format, st.sampled_from(["v", "w", "d", "l", "n", "h", "x"]), st.text(max_size=20)),
    st.builds(
        "{}|{}|{}".format, st.sampled_from(["v", "w"]), st.sampled_from(["status", "grid", "fills", "stop"]), st.text()
    ),
    st.builds("{}{}".format, st.sampled_from(["=", "!"]), st.text(max_size=30)),
)
contents = st.one_of(
    st.tuples(st.just("message"), texts.map(lambda text: {**TYPED, "text": text})),
    st.tuples(st.just("callback_query"), presses.map(lambda data: {**PRESSED, "data": data})),
    st.tuples(st.just("message"), damaged(TYPED) | damaged(SENT)),
    st.tuples(st.just("callback_query"), damaged(PRESSED)),
    st.tuples(st.just("my_chat_member"), damaged(BLOCKED)),
    st.tuples(st.sampled_from(["message", "edited_message", "channel_post", "poll", "from_the_future"]), values),
)


@settings(max_examples=25)
@given(st.lists(contents, min_size=1, max_size=12), st.booleans())
def test_whatever_telegram_delivers_the_bot_lives_on_and_answers_only_its_owner(
    delivered: list[tuple[str, Any]], strange: bool
) -> None:
    async def living() -> None:
        world = World(owner_id=OWNER)
        async with world.running():
            await world.says("/start")
            deliver(world, [(kind, by_a_stranger(body) if strange else body) for kind, body in delivered])
            await world.telegram.says("/status marker")
            await world.until(lambda: any(text == "/status marker" for text, _ in world.notebook.commands))

        heard = {call["params"]["chat_id"] for call in world.calls("sendMessage")}
        assert heard == {str(OWNER)}
        if strange:
            assert {text for text, _ in world.notebook.commands} == {"/start", "/status marker"}

    asyncio.run(living())


async def test_an_update_that_nobody_can_read_does_not_silence_those_after_it() -> None:
    async with World().running() as world:
        await world.says("/start")
        deliver(world, [("message", []), ("callback_query", {"id": 1})])

        assert await world.says("/help")


def deliver(world: World, delivered: Sequence[tuple[str, Any]]) -> None:
    """Put updates into Telegram's queue as they are, whatever they look like."""
    telegram = world.telegram.server.world
    bot = telegram.current_bot()
    for kind, body in delivered:
        telegram.last_update_id += 1
        number = telegram.last_update_id
        update = {"update_id": number, kind: body}
        bot.updates.append(Update(id=number, expires_at=telegram.now() + 60_000, body=update))
    end_poll(bot)
    telegram.bell.ring()


def by_a_stranger(value: Any) -> Any:
    """The same, with somebody else in the owner's place."""
    if isinstance(value, dict):
        return {name: by_a_stranger(member) for name, member in value.items()}
    if isinstance(value, list):
        return [by_a_stranger(member) for member in value]
    return STRANGER if value == OWNER else value
