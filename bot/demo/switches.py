"""The demo's switches: troubles of the exchange and of Telegram that go on until they are switched off. No new trouble.

Each is one that the control sides know already. Whether it is on is read from the servers, so that two pages agree and
what was cleared by hand is off here too.
"""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.demo.backpack.server import LocalBackpack
from bot.demo.telegram import sim
from bot.demo.telegram.backend import TelegramServer
from bot.demo.telegram.faults import BotFault
from bot.demo.telegram.updates import end_poll
from bot.demo.telegram.wire import ApiError, Json, too_many
from bot.demo.telegram.world import OWNER
from exchange.paper.faults import CallFault, FaultMode
from strategy.model.market import BookState

ORDERS = "POST /api/v1/order"
SLOW_SECONDS = 3
LATE_MS = 60_000
FLOOD_SECONDS = 5
SAYING = ("sendmessage", "editmessagetext")


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One trouble; the page has the words for its name."""

    name: str
    turn: Callable[[bool], None]
    is_on: Callable[[], bool]


class Switches:
    """All of them, by name, and the routes that read and turn them."""

    def __init__(self, local: LocalBackpack, telegram: TelegramServer) -> None:
        every = (*_of_exchange(local), *_of_telegram(telegram))
        self._switches = {one.name: one for one in every}

    def routes(self) -> list[Route]:
        """`GET /sim/switches` shows which are on; a POST of `{"name", "on"}` turns one, and shows all."""
        return [
            Route("/sim/switches", self._shown, methods=["GET"]),
            Route("/sim/switches", self._turned, methods=["POST"]),
        ]

    def shown(self) -> Json:
        """Which are on."""
        return {name: switch.is_on() for name, switch in self._switches.items()}

    def turn(self, name: str, *, on: bool) -> None:
        """Turn one. Turned twice it is as if once. KeyError for one that does not exist."""
        switch = self._switches[name]
        if switch.is_on() != on:
            switch.turn(on)

    async def _shown(self, _: Request) -> Response:
        return JSONResponse(self.shown())

    async def _turned(self, request: Request) -> Response:
        body = await request.json()
        name, on = (body.get("name"), body.get("on")) if isinstance(body, dict) else (None, None)
        if name not in self._switches or not isinstance(on, bool):
            known = ", ".join(self._switches)
            return JSONResponse({"error": f"name is one of {known}; on is true or false"}, status_code=400)
        try:
            self.turn(name, on=on)
        except ValueError as wrong:
            return JSONResponse({"error": str(wrong)}, status_code=400)
        return JSONResponse(self.shown())


def _of_exchange(local: LocalBackpack) -> list[Switch]:
    def calls(name: str, fault: CallFault) -> Switch:
        def turn(on: bool) -> None:
            local.faults.add(fault) if on else local.faults.remove(fault)

        return Switch(name=name, turn=turn, is_on=lambda: fault in local.faults)

    streams, choices = local.streams, local.venue.choices

    def silence(on: bool) -> None:
        streams.silent = on

    def lag(on: bool) -> None:
        choices.history_lag = LATE_MS if on else 0

    down = CallFault(match="", mode=FaultMode.STATUS, status=503, times=None)
    slow = CallFault(match="", mode=FaultMode.DELAY, seconds=SLOW_SECONDS, times=None)
    lost = CallFault(match=ORDERS, mode=FaultMode.LOSE_ANSWER, times=None)
    return [
        calls("exchange_down", down),
        calls("exchange_slow", slow),
        calls("answers_lost", lost),
        Switch(name="stream_silent", turn=silence, is_on=lambda: streams.silent),
        Switch(name="history_late", turn=lag, is_on=lambda: choices.history_lag > 0),
        _no_new_orders(local),
    ]


def _no_new_orders(local: LocalBackpack) -> Switch:
    """The market that moves takes cancellations and nothing else."""
    venue = local.venue
    symbol = local.player.symbol if local.player is not None else next(iter(venue.listings))

    def turn(on: bool) -> None:
        venue.set_state(symbol, BookState.CANCEL_ONLY if on else BookState.OPEN)

    return Switch(
        name="no_new_orders",
        turn=turn,
        is_on=lambda: venue.listing(symbol).market.state is BookState.CANCEL_ONLY,
    )


def _of_telegram(telegram: TelegramServer) -> list[Switch]:
    def calls(name: str, *faults: BotFault) -> Switch:
        def turn(on: bool) -> None:
            for fault in faults:
                telegram.faults.put(fault) if on else telegram.faults.remove(fault)
            for bot in telegram.world.bots.values():  # a poll that waits now would notice nothing before it ends
                end_poll(bot)

        return Switch(name=name, turn=turn, is_on=lambda: all(fault in telegram.faults for fault in faults))

    def block(on: bool) -> None:
        sim.block(telegram.world, {"blocked": on})
        telegram.changed()

    def is_blocked() -> bool:
        chat = telegram.world.current_bot().chats.get(OWNER)
        return chat is not None and chat.blocked

    nothing, flood = ApiError(502, "Bad Gateway"), too_many(FLOOD_SECONDS)
    return [
        calls("telegram_down", BotFault(mode="outage", error=nothing, left=None)),
        calls("telegram_slow", BotFault(mode="slow_after", error=nothing, seconds=SLOW_SECONDS, left=None)),
        calls("telegram_floods", *(BotFault(mode="error", method=one, error=flood, left=None) for one in SAYING)),
        Switch(name="bot_blocked", turn=block, is_on=is_blocked),
    ]
