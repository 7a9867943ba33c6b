"""Connections that have been in use for long: left for new ones, without losing what is under way."""

import asyncio

import httpx

from exchange.backpack.rest import LONGEST_KEPT, Call, Connections
from tests.contract.test_client_failures import rest_over


async def test_connections_are_made_anew_after_a_while_and_what_is_under_way_in_the_old_ones_goes_on() -> None:
    """One that is always in use would lead to where the exchange was when the program was started."""
    seconds, made, asked, left = [0.0], list[httpx.AsyncClient](), asyncio.Event(), asyncio.Event()

    def make() -> httpx.AsyncClient:
        number = len(made)

        async def answer(request: httpx.Request) -> httpx.Response:
            if request.url.path == "/slow":
                asked.set()
                await left.wait()
            return httpx.Response(200, text=str(number))

        made.append(httpx.AsyncClient(transport=httpx.MockTransport(answer)))
        return made[-1]

    connections = Connections(make, monotonic=lambda: seconds[0])
    rest = rest_over(connections)
    time, slow = Call(method="GET", path="/api/v1/time"), Call(method="POST", path="/slow", body={})
    answers = [(await rest.send(time)).text]
    seconds[0] = LONGEST_KEPT - 1
    under_way = asyncio.create_task(rest.send(slow))
    await asked.wait()
    for now in (LONGEST_KEPT - 1, LONGEST_KEPT, LONGEST_KEPT + 1):
        seconds[0] = now
        answers.append((await rest.send(time)).text)
    left.set()
    answers.append((await under_way).text)
    seconds[0] = 2 * LONGEST_KEPT
    answers.append((await rest.send(time)).text)

    assert answers == ["0", "0", "1", "1", "0", "2"]
    assert [one.is_closed for one in made] == [True, False, False]
    await connections.close()


async def test_connections_of_somebody_elses_are_neither_renewed_nor_closed() -> None:
    http, seconds = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, text="1"))), [0.0]
    rest = rest_over(Connections(lambda: http, monotonic=lambda: seconds[0]))
    for _ in range(3):
        seconds[0] += LONGEST_KEPT
        assert (await rest.send(Call(method="GET", path="/api/v1/time"))).text == "1"
    assert not http.is_closed
    await http.aclose()
