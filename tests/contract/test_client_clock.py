"""The exchange's clock as the client measures it: what an answer's round trip proves, and no more."""

import httpx
import pytest

from tests.contract.scripted import AHEAD, NOW, Scripted, client_of


@pytest.fixture
def exchange() -> Scripted:
    return Scripted()


@pytest.mark.parametrize(
    ("ahead", "there", "back", "known"),
    [
        (AHEAD, 8_000, 0, AHEAD),
        (AHEAD, 0, 8_000, AHEAD),
        (AHEAD + 500, 20, 80, AHEAD + 500 - 80),
        (AHEAD - 500, 20, 80, AHEAD - 500 + 20),
    ],
)
async def test_a_slow_answer_moves_no_clock_and_a_clock_that_moved_is_followed(
    exchange: Scripted, ahead: int, there: int, back: int, known: int
) -> None:
    """An answer stems from somewhere within its round trip: the clock moves as far as that proves, and no further."""
    at = [NOW]

    def answer(_: httpx.Request) -> httpx.Response:
        at[0] += there
        said = str(at[0] + ahead)
        at[0] += back
        return httpx.Response(200, text=said)

    client = client_of(exchange, now=lambda: at[0])
    assert await client.measure_offset() == AHEAD
    exchange.replies.clear()
    exchange.reply("GET /api/v1/time", answer)

    assert await client.measure_offset() == known
    assert await client.measure_offset() == known, "once more proves nothing new"


async def test_the_first_answer_is_taken_from_the_middle_of_its_round_trip(exchange: Scripted) -> None:
    at = [NOW]

    def answer(_: httpx.Request) -> httpx.Response:
        at[0] += 400
        return httpx.Response(200, text=str(NOW + AHEAD))

    exchange.replies.clear()
    exchange.reply("GET /api/v1/time", answer)
    assert await client_of(exchange, now=lambda: at[0]).measure_offset() == AHEAD - 200
