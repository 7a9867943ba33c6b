"""What is no refusal of the exchange's in so many words: pages of the network in front of it, codes without words."""

from typing import Any

import pytest

from exchange.backpack.client import BackpackClient
from exchange.port import Refused, Unavailable
from strategy.model.market import Symbol
from strategy.model.orders import ClientId, Refusal
from tests.builders import an_order
from tests.contract.scripted import NOW, Scripted

ETH = Symbol("ETH_USDC")
ORDERS = [an_order(client_id=ClientId(1), intended_at=NOW)]
CURT: list[tuple[Any, Refusal, str]] = [
    ({"code": "INSUFFICIENT_FUNDS"}, Refusal.FUNDS, "INSUFFICIENT_FUNDS"),
    ({"code": "INVALID_PRICE", "message": None}, Refusal.PRICE, "INVALID_PRICE"),
    ({"code": "INVALID_QUANTITY", "message": ""}, Refusal.QUANTITY, "INVALID_QUANTITY"),
    ({"code": 4001, "message": "Insufficient funds"}, Refusal.FUNDS, "Insufficient funds (HTTP 400)"),
    ({"error": {"code": 1}}, Refusal.OTHER, '{"error": {"code": 1}} (HTTP 400)'),
]


@pytest.mark.parametrize(("body", "reason", "text"), CURT)
async def test_a_refusal_without_words_or_code_says_what_there_is(
    client: BackpackClient, exchange: Scripted, body: Any, reason: Refusal, text: str
) -> None:
    exchange.reply("POST /api/v1/order", body, status=400)

    (placed,) = await client.place(ORDERS)

    assert isinstance(placed, Refused)
    assert (placed.reason, placed.text) == (reason, text)


PAGE = "<html><head><title>Request blocked</title></head></html>"


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        *((status, {}) for status in (402, 403, 405, 406, 410, 418, 451, 499)),
        (202, {"x-amzn-waf-action": "challenge"}),
        (405, {"x-amzn-waf-action": "captcha"}),
        (403, {"cf-mitigated": "challenge"}),
        (503, {"CF-Mitigated": "challenge"}),
        (200, {"x-amzn-waf-action": "challenge"}),
    ],
)
async def test_a_page_of_the_network_in_front_is_no_answer_of_the_exchanges(
    client: BackpackClient, exchange: Scripted, status: int, headers: dict[str, str]
) -> None:
    """An order that met one was told as refused, or its fate as unknown; a history as one that is not offered here."""
    calls = ("POST /api/v1/order", "DELETE /api/v1/order", "GET /api/v1/account", "GET /wapi/v1/history/interest")
    for call in (*calls, "GET /wapi/v1/history/dust", "GET /wapi/v1/history/borrowLend"):
        exchange.reply(call, PAGE if status != 202 else "", status=status, headers=headers)

    (placed,) = await client.place(ORDERS)
    assert isinstance(placed, Unavailable)
    assert placed.cause == "unreachable"
    for ask in (client.account, lambda: client.other_movements(0)):
        with pytest.raises(Unavailable):
            await ask()
    with pytest.raises(Unavailable):
        await client.cancel(ETH, order_id="1", client_id=None)
