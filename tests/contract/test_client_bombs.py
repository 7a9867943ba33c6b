"""Answers that would take the machine's memory: without an end, or packed so that kilobytes become gigabytes."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from exchange.backpack.rest import MOST_BYTES, Call, Connections, http_client
from exchange.port import OutcomeUnknown, Unavailable
from tests.contract.test_client_failures import rest_over
from tests.integration.telegram_world import on_a_port

PART = b"[" * 65_536
READ, CHANGE = Call(method="GET", path="/api/v1/markets"), Call(method="POST", path="/api/v1/order", body={})


class Bomber:
    """A server that never comes to an end; `sent` counts what it could get rid of."""

    def __init__(self) -> None:
        self.sent = 0

    async def endless(self, _: Request) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            while True:
                self.sent += len(PART)
                yield PART
                await asyncio.sleep(0)  # it is in this process: nobody else would ever have a turn

        return StreamingResponse(parts())

    async def packed(self, _: Request) -> Response:
        """A quarter of a megabyte on the wire, a quarter of a gigabyte in memory."""
        return Response(gzip.compress(b" " * 16 * MOST_BYTES), headers={"Content-Encoding": "gzip"})


@pytest.mark.parametrize("how", ["endless", "packed"])
async def test_an_answer_without_an_end_is_given_up_before_it_takes_the_memory(how: str) -> None:
    bomber = Bomber()
    route = Route("/{path:path}", getattr(bomber, how), methods=["GET", "POST"])
    async with on_a_port(Starlette(routes=[route])) as address:
        connections = Connections(http_client)
        rest = rest_over(connections, address)
        with pytest.raises(Unavailable, match="the answer has more than 16 MB"):
            await rest.send(READ)
        with pytest.raises(OutcomeUnknown):
            await rest.send(CHANGE)
        await connections.close()
    assert bomber.sent < 8 * MOST_BYTES


async def test_an_answer_as_long_as_any_can_be_is_read_whole() -> None:
    async def long(_: Request) -> Response:
        return Response(gzip.compress(b'"' + b"x" * (MOST_BYTES - 2) + b'"'), headers={"Content-Encoding": "gzip"})

    async with on_a_port(Starlette(routes=[Route("/{path:path}", long)])) as address:
        connections = Connections(http_client)
        answer = await rest_over(connections, address).send(READ)
        await connections.close()
    assert len(answer.text) == MOST_BYTES
