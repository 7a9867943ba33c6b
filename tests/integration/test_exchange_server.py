"""The local Backpack over HTTP: signatures, refusals and the market's calls as the reference describes them."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.demo.backpack.limits import Rates
from bot.demo.backpack.rest import ENDPOINTS
from tests.integration.exchange_world import API_KEY, NOW, SYMBOL, World

BATCH = [
    {
        "symbol": "SOL_USDC",
        "side": side,
        "orderType": "Limit",
        "price": price,
        "quantity": "0.5",
        "postOnly": True,
    }
    for side, price in (("Bid", "140.5"), ("Ask", "142.5"))
]
VECTORS: list[tuple[str, str, Any, str]] = [
    (
        "GET",
        "/api/v1/capital",
        None,
        "a4gmR8Xzxq4kesPQPh+39Xb0N8FwQHErhW0+IqFZwB16ABD3p1x0BQdEvhLGYJ5A22WNBDqY0y+j7dyg1MURBw==",
    ),
    (
        "POST",
        "/api/v1/order",
        {
            "symbol": "SOL_USDC",
            "side": "Bid",
            "orderType": "Limit",
            "price": "141.25",
            "quantity": "0.5",
            "timeInForce": "GTC",
            "postOnly": True,
            "clientId": 4294967295,
            "selfTradePrevention": "RejectTaker",
        },
        "rZR1ubm3zTGg5f3vo0zlevSi3FfQobExETVmkiN5flZlmiCS+aEj29YZmr70wC/fREpl+HozDvuZdX7GJheeCA==",
    ),
    (
        "PATCH",
        "/api/v1/account",
        {"autoLend": False},
        "xnErRZ5yrmjN+oSXcYSfNjpwjtDnzDrUjUPoG/8G9cp3vHIbHSPNvcwJ6XHfYJTfb8qtXfGTxysz4DZk6SdsBQ==",
    ),
    (
        "POST",
        "/api/v1/orders",
        BATCH,
        "lGpsYlC76+ZuPlqRYYXa2L7T5p7Klm/0Rd0W4YRNfO8l+GaJ5+dg0poCkSdctGM2466GakxgYKFxd0KxKhAjAw==",
    ),
    (
        "GET",
        "/wapi/v1/history/orders?limit=100&offset=0&sortDirection=Desc&symbol=SOL_USDC",
        None,
        "c0mCat76hUL5yQkfgMtK3K3Rqz0KH/pTW7qW/B/x8tl5HLE+BM1yTf+OdLND0CJgZaH6Qb55g/5cGu2P7SKwAg==",
    ),
]


@pytest.mark.parametrize(("method", "path", "body", "signature"), VECTORS)
async def test_the_signatures_of_the_reference_are_accepted(method: str, path: str, body: Any, signature: str) -> None:
    world = World()
    await world.open(USDC="1000")

    headers = {"X-API-Key": API_KEY, "X-Signature": signature, "X-Timestamp": str(NOW)}
    answer = await world.http.request(method, path, json=body, headers=headers)

    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": bytes(32)}, "Invalid signature"),
        ({"instruction": "orderQuery"}, "Invalid signature"),
        ({"headers": {"X-API-Key": "AAAA"}}, "Invalid signature"),
        ({"headers": {"X-Signature": "AAAA"}}, "Invalid X-Signature header"),
        ({"headers": {"X-Window": "60001"}}, "Invalid X-Window header"),
        ({"headers": {"X-Window": "4999"}}, "Invalid signature"),
        ({"signed_at": NOW - 5001}, "Request has expired"),
        ({"signed_at": NOW + 5001}, "Request has expired"),
        ({"headers": {"X-Timestamp": "soon"}}, "Invalid X-Timestamp header"),
    ],
)
async def test_a_call_that_is_not_signed_as_it_must_be_is_refused(change: dict[str, Any], message: str) -> None:
    world = World()
    await world.open()

    answer = await world.call("GET", "/api/v1/capital", **{"instruction": "balanceQuery", **change})

    assert (answer.status_code, answer.json()) == (400, {"code": "INVALID_CLIENT_REQUEST", "message": message})


async def test_a_key_without_an_account_is_refused_until_it_is_opened() -> None:
    world = World()

    before = await world.call("GET", "/api/v1/account", "accountQuery")
    await world.open()
    after = await world.call("GET", "/api/v1/account", "accountQuery")

    assert before.json()["message"] == "Invalid signature"
    assert (after.json()["spotMakerFee"], after.json()["spotTakerFee"]) == ("8", "10")


@pytest.mark.parametrize("extra", [{"clientId": 5}, {"brokerId": 1}])
async def test_what_the_exchange_does_not_read_breaks_the_signature(extra: dict[str, Any]) -> None:
    world = World()
    await world.open()

    answer = await world.call("DELETE", "/api/v1/order", "orderCancel", {"symbol": SYMBOL, "orderId": "1", **extra})

    assert answer.json()["message"] == "Invalid signature"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "text"),
    [
        ("GET", "/api/v1/nothing", None, 404, "not found"),
        ("GET", "/elsewhere", None, 404, "not found"),
        ("DELETE", "/api/v1/time", None, 404, "not found"),
        ("GET", "/api/v1//depth", None, 404, "not found"),
        (
            "GET",
            "/api/v1/depth?symbol=ETH_USDC&limit=30",
            None,
            400,
            'failed to parse parameter `limit`: failed to parse "DepthLimit": Expect a valid enumeration value.',
        ),
        (
            "POST",
            "/api/v1/order",
            '{"symbol":"ETH_USD","side":"Bid","orderType":"Limit"}',
            400,
            'parse request payload error: failed to parse "MarketSymbol": Invalid market symbol '
            '(occurred while parsing "OrderExecutePayload")',
        ),
    ],
)
async def test_what_cannot_be_understood_is_refused_in_plain_text(
    method: str, path: str, body: str | None, status: int, text: str
) -> None:
    answer = await World().http.request(method, path, content=body)

    assert (answer.status_code, answer.text) == (status, text)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("body", ["", "{", "[]", "[1]", "null", '{"symbol":5}', "[" * 5000, '{"a":1e999}'])
async def test_no_body_is_too_strange_for_a_definite_answer(body: str) -> None:
    answer = await World().http.post("/api/v1/order", content=body)

    assert answer.status_code == 400
    assert answer.text.startswith("parse request payload error: ")


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from(["", "0", "-1", "1e9", "NaN", "9" * 41, "0." + "1" * 45, "Bid", "Limit", SYMBOL, "\ud800", "２"]),
)
FIELDS = sorted({name for endpoint in ENDPOINTS.values() for name in endpoint.schema.fields})


@settings(max_examples=150)
@given(
    endpoint=st.sampled_from(sorted(ENDPOINTS)),
    params=st.dictionaries(st.sampled_from(FIELDS), JUNK, max_size=6),
    is_order=st.booleans(),
)
async def test_nothing_a_client_sends_is_a_server_error(
    endpoint: tuple[str, str], params: dict[str, Any], is_order: bool
) -> None:
    world = World()
    await world.open()
    method, path = endpoint
    if method == "GET":
        params = {name: str(value).replace("\ud800", "?") for name, value in params.items()}
    elif is_order:
        params = {"symbol": SYMBOL, "side": "Bid", "orderType": "Limit", "price": "1900", "quantity": "1"} | params
    given = {name: value for name, value in params.items() if value is not None}

    answer = await world.call(method, path, ENDPOINTS[endpoint].instruction or "", _signable(given))

    assert answer.status_code in (200, 204, 400, 404)


def _signable(params: dict[str, Any]) -> dict[str, Any]:
    """Half a character can't be signed; the refusal must come before that matters."""
    return {name: "?" if value == "\ud800" else value for name, value in params.items()}


async def test_the_book_lists_bids_upwards_and_shows_what_rests() -> None:
    world = World()
    await world.open()
    for price in ("1980", "1990"):
        await world.place("Bid", price, "0.1")

    depth = (await world.http.get("/api/v1/depth", params={"symbol": SYMBOL, "limit": "5"})).json()

    assert [price for price, _ in depth["bids"]] == ["1980", "1990", "1999.99"]
    assert depth["asks"] == [["2000", "1000"]]
    assert (depth["timestamp"], depth["lastUpdateId"].isdecimal()) == (NOW * 1000, True)


async def test_candles_and_ticker_follow_the_price() -> None:
    world = World()
    for price in ("2010", "1990", "2005"):
        world.now += 60_000
        await world.sim("price", symbol=SYMBOL, price=price)

    klines = await world.http.get(
        "/api/v1/klines", params={"symbol": SYMBOL, "interval": "1m", "startTime": NOW // 1000 - 60}
    )
    ticker = (await world.http.get("/api/v1/ticker", params={"symbol": SYMBOL})).json()

    assert [kline["close"] for kline in klines.json()] == ["2000", "2010", "1990", "2005"]
    assert klines.json()[0]["start"] == "2025-06-24 19:23:00"
    assert (ticker["firstPrice"], ticker["lastPrice"], ticker["high"]) == ("2000", "2005", "2010")


async def test_the_small_calls_answer_in_their_own_forms() -> None:
    world = World()

    ping, time, status = [await world.http.get(f"/api/v1/{name}") for name in ("ping", "time", "status")]
    markets = (await world.http.get("/api/v1/markets")).json()

    assert (ping.text, time.text, status.text) == ("pong", str(NOW), '{"message":null,"status":"Ok"}')
    assert [market["symbol"] for market in markets] == ["ETH_USDC", "SOL_USDC", "BTC_USDC", "SOL_BTC"]
    assert markets[0]["filters"]["price"]["tickSize"] == "0.01"


async def test_too_many_requests_are_refused_until_the_next_minute() -> None:
    world = World(rates=Rates(all=3, history=1))

    statuses = [(await world.http.get("/api/v1/time")).status_code for _ in range(4)]
    world.now += 60_000

    assert statuses == [200, 200, 200, 429]
    assert (await world.http.get("/api/v1/time")).status_code == 200
