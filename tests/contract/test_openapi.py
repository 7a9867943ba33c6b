"""The local Backpack against the official document: requests made from it never end in 500, answers fit its schemas."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.demo.backpack.rest import ENDPOINTS
from exchange.paper.snapshot import restore, snapshot
from tests.contract.differences import KNOWN, unknown
from tests.contract.openapi import DOCUMENT, JUNK, METHODS, WRONG, bodies, document, queries
from tests.integration.exchange_world import API_KEY, SYMBOL, World

CALLS = sorted(ENDPOINTS)
Result = TypeVar("Result")

pytestmark = pytest.mark.skipif(not DOCUMENT.exists(), reason="the official document is not shipped")


@pytest.mark.parametrize(("method", "path"), CALLS)
@settings(max_examples=25)
@given(data=st.data())
def test_a_request_made_from_the_document_is_answered_by_it(method: str, path: str, data: st.DataObject) -> None:
    query, body = request_of(method, path, data)

    answer = run(lambda world: send(world, method, path, query, body))

    assert answer.status_code < 500, answer.text
    assert wrong(method, path, answer) == []


@pytest.mark.parametrize(("method", "path"), CALLS)
@settings(max_examples=5)
@given(body=st.one_of(WRONG, st.lists(WRONG, max_size=3), st.dictionaries(JUNK, WRONG, max_size=3)), raw=st.binary())
def test_whatever_bytes_arrive_are_answered(method: str, path: str, body: Any, raw: bytes) -> None:
    for content in (raw, json.dumps(body).encode()):
        answer = run(partial(bare, method=method, path=path, content=content))
        assert answer.status_code in (200, 400, 404)


HEADERS = {"X-API-Key": API_KEY, "X-Signature": "A" * 88, "X-Timestamp": "1750793021519"}


@pytest.mark.parametrize("name", ["X-API-Key", "X-Signature", "X-Timestamp", "X-Window"])
@settings(max_examples=20)
@given(text=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=90))
def test_whatever_headers_say_a_call_is_refused_politely(name: str, text: str) -> None:
    answer = run(lambda world: world.call("GET", "/api/v1/capital", "balanceQuery", headers={name: text.strip()}))

    assert answer.status_code in (200, 400)


@pytest.mark.parametrize("path", sorted({path for _, path in CALLS}))
def test_a_method_that_a_path_does_not_have_is_not_found(path: str) -> None:
    for method in {*METHODS, "PUT"} - {known for known, one in CALLS if one == path}:
        answer = run(partial(bare, method=method, path=path))
        assert (answer.status_code, answer.text) == (404, "not found")


@pytest.mark.parametrize(("method", "path"), [call for call in CALLS if call[0] == "GET"])
def test_an_answer_that_shows_something_fits_the_document(method: str, path: str) -> None:
    expected = 200
    query = {"symbol": SYMBOL} if "symbol" in document().parameters(method, path) else {}
    query |= {"klines": {"interval": "1m", "startTime": "0"}, "order": {"side": "Bid"}}.get(path.rpartition("/")[2], {})
    if path == "/api/v1/order":
        query = {"symbol": SYMBOL, "clientId": "1"}
    if path in NOT_HERE:
        query, expected = {"symbol": SYMBOL}, NOT_HERE[path]
    query |= {"interval": "1d"} if path.endswith("markets/history") else {}
    query |= {"blockchain": "Solana"} if path.endswith("address") else {}
    if path.endswith(("withdrawal", "borrow")):
        query = {"symbol": "USDC"}

    answer = run(lambda world: send(world, method, path, query, None))

    assert answer.status_code == expected, answer.text
    assert wrong(method, path, answer) == []


@pytest.mark.parametrize(
    "spoilt",
    [
        {"price": 1990},
        {"price": "1e5"},
        {"price": None},
        {"id": 1.0},
        {"id": True},
        {"id": 2**63},
        {"timestamp": "1750793021519"},
        {"isBuyerMaker": "yes"},
        {"isMaker": True},
        {"isMaker": None},
    ],
    ids=str,
)
def test_an_answer_that_the_document_does_not_know_is_seen(spoilt: dict[str, Any]) -> None:
    trade = {"price": "1990", "quantity": "1", "quoteQuantity": "1990", "timestamp": 1, "isBuyerMaker": True}
    assert problems_of({**trade, "id": None}) == []

    assert len(problems_of(trade | spoilt)) == 1
    for name in trade:
        assert problems_of({key: value for key, value in trade.items() if key != name}) != []


def problems_of(trade: dict[str, Any]) -> list[str]:
    """What is not as the document says where this is one of the trades."""
    answer = json.dumps([trade])
    return list(document().problems("GET", "/api/v1/trades", 200, "application/json; charset=utf-8", answer))


@pytest.mark.parametrize(
    ("kinds", "count"), [([], 3), (["SPOT"], 3), (["SPOT", "PERP"], 3), (["PERP", "SPOT"], 3), (["PERP"], 0)]
)
def test_a_repeated_market_type_means_all_that_are_named(kinds: list[str], count: int) -> None:
    answer = run(lambda world: world.http.get("/api/v1/markets", params={"marketType": kinds}))

    assert len(answer.json()) >= count if count else answer.json() == []


@pytest.mark.parametrize(("params", "status"), [({}, 200), ({"symbol": SYMBOL}, 400)])
def test_mark_prices_of_an_unknown_symbol_are_refused(params: dict[str, str], status: int) -> None:
    answer = run(lambda world: world.http.get("/api/v1/markPrices", params=params))

    assert answer.status_code == status
    assert status == 200 or answer.json()["code"] == "INVALID_CLIENT_REQUEST"


def test_the_readme_says_how_many_calls_of_the_document_are_answered() -> None:
    answered = sum(document().operation(method, path) is not None for method, path in CALLS)

    said = f"{answered} of the {len(document().operations())} calls"
    assert said in (Path(__file__).parents[2] / "docs/local-servers.md").read_text("utf-8")


def test_every_known_difference_names_its_source() -> None:
    assert all(one.reason.endswith("].") for one in KNOWN)


def request_of(method: str, path: str, data: st.DataObject) -> tuple[dict[str, str], Any]:
    """A query or a body for a call."""
    if method == "GET":
        return data.draw(queries(document().parameters(method, path))), None
    schema = document().body(method, path)
    assert schema is not None
    if schema["type"] == "array":
        items = bodies(document().sample(schema["items"]))
        return {}, data.draw(st.lists(items, max_size=3) | st.just([]) | st.lists(items, min_size=21, max_size=22))
    return {}, data.draw(bodies(schema))


async def bare(world: World, *, method: str, path: str, content: bytes = b"") -> httpx.Response:
    """A request as it is, with headers that look right."""
    return await world.http.request(method, path, content=content, headers=HEADERS)


async def send(world: World, method: str, path: str, query: dict[str, str], body: Any) -> httpx.Response:
    """The request, signed where the call is private."""
    instruction = ENDPOINTS[method, path].instruction
    if instruction is None:
        return await world.http.request(method, path, params=query)
    return await world.call(method, path, instruction, query if method == "GET" else body)


def wrong(method: str, path: str, answer: httpx.Response) -> list[str]:
    """What is not as the document says and not in the list of known differences."""
    if document().operation(method, path) is None:
        return unknown(f"{method} {path}", [f"call: {method} {path} is not in the document"])
    kind = answer.headers.get("content-type", "")
    problems = list(document().problems(method, path, answer.status_code, kind, answer.text))
    return unknown(f"{method} {path}", problems)


def run(act: Callable[[World], Awaitable[Result]]) -> Result:
    """Act in a world where something has happened."""

    past = history()

    async def acting() -> Result:
        world = World()
        restore(world.local.venue, past)
        try:
            return await act(world)
        finally:
            await world.http.aclose()

    return asyncio.run(acting())


@cache
def history() -> Any:
    """Orders of every end, fills, transfers, dust, a loan; made once."""

    async def making() -> Any:
        world = World()
        await world.open(USDC="100000", ETH="2", SOL="0.005")
        await world.place("Bid", "1990", "0.1", clientId=2)
        await world.place("Ask", "2010", "0.1", clientId=3)
        await world.sim("price", symbol=SYMBOL, price="1980")
        await world.place("Bid", "1970", "0.1", clientId=1)
        await world.place("Bid", "1800", None, clientId=4, triggerPrice="1810", triggerQuantity="0.1")
        await world.place("Ask", None, None, orderType="Market", postOnly=None, **TRIGGER)
        await world.place("Ask", "1900", "1", postOnly=None, timeInForce="IOC")
        await world.sim("deposit", api_key=API_KEY, asset="USDC", amount="5")
        await world.sim("deposit", api_key=API_KEY, asset="USDC", amount="-5")
        await world.call("POST", "/api/v1/account/convertDust", "convertDust", {"symbol": "SOL"})
        await world.call("POST", "/api/v1/borrowLend", "borrowLendExecute", LENT)
        await world.http.aclose()
        return snapshot(world.local.venue)

    return asyncio.run(making())


NOT_HERE = {"/api/v1/markPrices": 400, "/api/v1/strategy": 404}
"""What a symbol of ours is unknown to: every market is a spot market here, and nothing is traded by a strategy."""
TRIGGER = {"triggerPrice": "2100", "triggerQuantity": "80%", "triggerBy": "MarkPrice"}
LENT = {"quantity": "1", "side": "Lend", "symbol": "USDC"}
