"""The REST side of the local exchange: parse, verify, carry out, answer; with the faults that wait for a call.

Whatever a client sends is answered as Backpack would answer it; 500 is never the client's doing.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.demo.backpack.answers import NOT_FOUND, Answer, Dropped, PlainRefusal, refused, response
from bot.demo.backpack.auth import verify
from bot.demo.backpack.call import Call, Endpoint, Endpoints
from bot.demo.backpack.history_api import HISTORY
from bot.demo.backpack.limits import Limits
from bot.demo.backpack.order_api import ORDERS
from bot.demo.backpack.private_api import PRIVATE
from bot.demo.backpack.public_api import PUBLIC
from bot.demo.backpack.schema import read_body, read_query
from bot.demo.backpack.unheld_api import UNHELD
from exchange.paper.accounts import Account
from exchange.paper.faults import TAKEN, CallFault, FaultMode, Faults
from exchange.paper.records import VenueRefusal
from exchange.paper.venue import Venue

ENDPOINTS: Endpoints = {**PUBLIC, **UNHELD, **PRIVATE, **ORDERS, **HISTORY}
METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]


class RestServer:
    """Answers the calls of `ENDPOINTS` on a venue. `after` is called when one has been carried out, before its answer.

    Orders that are not post-only reach the book `speed_bump` seconds late.
    """

    def __init__(
        self,
        venue: Venue,
        *,
        faults: Faults,
        limits: Limits,
        after: Callable[[], None],
        sleep: Callable[[float], Awaitable[object]],
        speed_bump: float,
    ) -> None:
        self._venue = venue
        self._faults = faults
        self._limits = limits
        self._after = after
        self._sleep = sleep
        self._speed_bump = speed_bump

    def routes(self) -> list[Route]:
        """Everything under the API's paths; what it does not know is not found."""
        return [Route(f"/{family}/{{rest:path}}", self.handle, methods=METHODS) for family in ("api", "wapi")]

    async def handle(self, request: Request) -> Response:
        """One request, with its fault if one waits for it."""
        fault = self._faults.take(f"{request.method} {request.url.path}")
        if fault is None:
            return response(await self._answer(request))
        if fault.mode is FaultMode.LOSE_REQUEST:
            return Dropped()
        if fault.mode is FaultMode.STATUS and fault.status != TAKEN:
            return await self._failed(request, fault)
        if fault.mode is FaultMode.STATUS:
            await request.body()  # it is carried out after the answer, when the connection may be gone
            return Response(status_code=TAKEN, background=BackgroundTask(self._late, request, fault.seconds))
        answer = await self._answer(request)
        if fault.mode is FaultMode.LOSE_ANSWER:
            return Dropped()
        await self._sleep(fault.seconds)
        return response(answer)

    async def _failed(self, request: Request, fault: CallFault) -> Response:
        if fault.processed:
            await self._answer(request)
        return response(Answer(status=fault.status, json=json.loads(fault.body)))

    async def _late(self, request: Request, seconds: float) -> None:
        await self._sleep(seconds)
        await self._answer(request)

    async def _answer(self, request: Request) -> Answer:
        endpoint = ENDPOINTS.get((request.method, request.url.path))
        if endpoint is None:
            return NOT_FOUND
        try:
            self._count(request, endpoint)
            call = await self._call(request, endpoint)
            if endpoint.instruction == "orderExecute" and not _is_post_only(call):
                await self._sleep(self._speed_bump)
            answer = endpoint.handler(call)
        except (VenueRefusal, PlainRefusal) as refusal:
            answer = refused(refusal)
        self._after()
        return answer

    def _count(self, request: Request, endpoint: Endpoint) -> None:
        host = request.client.host if request.client else "?"
        caller = request.headers.get("x-api-key", host)
        self._limits.check(caller, self._venue.clock(), is_history=endpoint.is_history)

    async def _call(self, request: Request, endpoint: Endpoint) -> Call:
        """Parsed first, then verified: the signature is checked against what was understood."""
        batch: Sequence[Mapping[str, object]] = ()
        params: Mapping[str, object] = {}
        if request.method == "GET":
            params = read_query(endpoint.schema, request.query_params.multi_items())
        elif endpoint.is_batch:
            batch = self._items(_json(await request.body()), endpoint)
        else:
            params = read_body(endpoint.schema, _json(await request.body()), self._venue.listings)
        account = self._verified(request, endpoint, batch if endpoint.is_batch else [params])
        return Call(venue=self._venue, params=params, batch=batch, account_or_none=account)

    def _items(self, body: object, endpoint: Endpoint) -> list[dict[str, object]]:
        if not isinstance(body, list) or not body:
            raise PlainRefusal(f'parse request payload error: Expected input type "[{endpoint.schema.name}]"')
        return [read_body(endpoint.schema, item, self._venue.listings) for item in body]

    def _verified(self, request: Request, endpoint: Endpoint, calls: Sequence[Mapping[str, object]]) -> Account | None:
        if endpoint.instruction is None:
            return None
        signed = [_signed(call) for call in calls]
        key = verify(request.headers, endpoint.instruction, signed, self._venue.clock())
        account = self._venue.accounts.get(key)
        if account is None:
            raise VenueRefusal("INVALID_CLIENT_REQUEST", "Invalid signature")
        return account


def _signed(call: Mapping[str, object]) -> Mapping[str, object]:
    """With both ids the exchange's own counts, and the other is not part of what was signed."""
    both = "orderId" in call and "clientId" in call
    return {name: value for name, value in call.items() if not (both and name == "clientId")}


def _is_post_only(call: Call) -> bool:
    orders = call.batch or [call.params]
    return all(isinstance(order, Mapping) and order.get("postOnly") is True for order in orders)


def _json(body: bytes) -> object:
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise PlainRefusal(f"parse request payload error: {str(error)[:200]}") from error
    return value
