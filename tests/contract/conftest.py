"""The two roads to an account, for every scenario that asks for them."""

from collections.abc import AsyncIterator

import pytest

from exchange.backpack.client import BackpackClient
from exchange.paper.rules import Choices
from tests.contract.both import MEMORY, WIRE, Both
from tests.contract.scripted import Scripted, client_of


@pytest.fixture(params=[MEMORY, WIRE])
async def both(request: pytest.FixtureRequest) -> AsyncIterator[Both]:
    """A world; `@pytest.mark.parametrize("choices", ...)` gives the venue's choices."""
    choices = request.getfixturevalue("choices") if "choices" in request.fixturenames else Choices()
    made = Both(request.param, choices)
    yield made
    await made.http.aclose()


@pytest.fixture
def exchange() -> Scripted:
    return Scripted()


@pytest.fixture
def client(exchange: Scripted) -> BackpackClient:
    return client_of(exchange)
