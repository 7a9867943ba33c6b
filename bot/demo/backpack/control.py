"""The control side: what only a simulated exchange can be told. Accounts, prices, deposits, faults, and a look inside.

POST bodies are JSON objects; amounts are texts or numbers. Every answer is JSON.
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.demo.backpack.answers import Answer, refused, response
from bot.demo.backpack.chart import Trace, chart
from bot.demo.backpack.market_data import STATES, market_json
from bot.demo.backpack.player import Player
from bot.demo.backpack.rendering import Json, fill_json, number, order_json
from bot.demo.backpack.streams import Streams
from exchange.paper import upkeep
from exchange.paper.accounts import Account
from exchange.paper.faults import CallFault, FaultMode, Faults
from exchange.paper.records import VenueRefusal
from exchange.paper.venue import Venue
from strategy.model.market import Asset, Symbol
from strategy.model.money import amount

RULES = ("tick_size", "step_size", "min_quantity", "max_quantity", "min_price", "max_price", "band_low", "band_high")

Body = Mapping[str, Any]


class Control:
    """`after` is called when something was changed, before the answer."""

    def __init__(
        self,
        venue: Venue,
        player: Player | None,
        faults: Faults,
        streams: Streams,
        trace: Trace,
        *,
        after: Callable[[], None],
    ) -> None:
        self._venue = venue
        self._player = player
        self._faults = faults
        self._streams = streams
        self._trace = trace
        self._after = after

    def routes(self) -> list[Route]:
        """One path a command."""
        posts: dict[str, Callable[[Body], Json]] = {
            "account": self._account,
            "price": self._price,
            "deposit": self._deposit,
            "interest": self._interest,
            "settle": self._settle,
            "fees": self._fees,
            "market": self._state_of_market,
            "rules": self._rules_of_market,
            "fault": self._fault,
            "stream": self._stream,
            "lag": self._lag,
            "speed": self._speed,
        }
        gets: dict[str, Callable[[Body], Json]] = {"state": self._state, "market": self._market}
        return [
            *(Route(f"/sim/{name}", self._endpoint(act), methods=["POST"]) for name, act in posts.items()),
            *(Route(f"/sim/{name}", self._endpoint(act), methods=["GET"]) for name, act in gets.items()),
            Route("/sim/fault", self._endpoint(self._no_faults), methods=["DELETE"]),
        ]

    def _endpoint(self, act: Callable[[Body], Json]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            try:
                body = request.query_params if request.method == "GET" else await _body(request)
                shown = act(body)
            except VenueRefusal as refusal:
                return response(refused(refusal))
            except (KeyError, ValueError, TypeError, AttributeError) as error:
                return response(refused(VenueRefusal("INVALID_CLIENT_REQUEST", _what(error))))
            if request.method != "GET":
                self._after()
            return response(Answer(json=shown))

        return endpoint

    def _account(self, body: Body) -> Json:
        """Open an account, or change the fees of one that is open: its balances stay as they are."""
        key = _key(body["api_key"])
        balances = {Asset(asset): amount(text) for asset, text in body.get("balances", {}).items()}
        fees = {name: amount(body[name]) for name in ("maker_bps", "taker_bps") if name in body}
        if any(balance < 0 for balance in balances.values()):
            raise VenueRefusal("INVALID_CLIENT_REQUEST", "A balance is not negative")
        if key not in self._venue.accounts:
            self._venue.open_account(key, balances, **fees)
        else:
            upkeep.set_fees(self._venue, key, **fees)
        return {"api_key": key, **_balances(self._venue.accounts[key])}

    def _price(self, body: Body) -> Json:
        """Walk a market to a price, at its own time."""
        symbol, price = Symbol(body["symbol"]), amount(body["price"])
        market = self._venue.listing(symbol).market
        if price < 2 * market.tick_size or price % market.tick_size:
            raise VenueRefusal("INVALID_PRICE", f"A price is a multiple of {number(market.tick_size)}, and not tiny")
        at = self._player.time if self._player is not None and self._player.symbol == symbol else None
        self._venue.walk(symbol, price, at=at)
        return self._prices(symbol)

    def _deposit(self, body: Body) -> Json:
        """A deposit, or a withdrawal where the amount is negative: its `fee` is on top, or `included`."""
        key, fee, on_top = self._known(body), amount(body.get("fee", "0")), not body.get("included", False)
        upkeep.transfer(self._venue, key, Asset(body["asset"]), amount(body["amount"]), fee=fee, on_top=on_top)
        return _balances(self._venue.accounts[key])

    def _interest(self, body: Body) -> Json:
        """Interest on what is lent."""
        key = self._known(body)
        upkeep.pay_interest(self._venue, key, Asset(body["asset"]), amount(body["amount"]))
        return _balances(self._venue.accounts[key])

    def _settle(self, body: Body) -> Json:
        """What perpetuals have made or cost: a profit or loss, or by its `source` funding or a fee."""
        key = self._known(body)
        upkeep.settle(self._venue, key, amount(body["amount"]), source=str(body.get("source", "RealizePnl")))
        return _balances(self._venue.accounts[key])

    def _fees(self, body: Body) -> Json:
        """Other fees from the next fill on."""
        key = self._known(body)
        fees = {name: amount(body[name]) for name in ("maker_bps", "taker_bps") if name in body}
        upkeep.set_fees(self._venue, key, **fees)
        account = self._venue.accounts[key]
        return {"maker_bps": number(account.maker_bps), "taker_bps": number(account.taker_bps)}

    def _state_of_market(self, body: Body) -> Json:
        """Open, Closed, CancelOnly, LimitOnly or PostOnly."""
        states = {word: state for state, word in STATES.items()}
        self._venue.set_state(Symbol(body["symbol"]), states[body["state"]])
        return {"symbol": body["symbol"], "state": body["state"]}

    def _rules_of_market(self, body: Body) -> Json:
        """Other rules, by the names that ours have: tick_size, step_size, min_quantity, max_quantity and so on."""
        symbol = Symbol(body["symbol"])
        rules = {name: None if body[name] is None else amount(str(body[name])) for name in RULES if name in body}
        self._venue.set_rules(symbol, **rules)
        return market_json(self._venue.listing(symbol).market)

    def _fault(self, body: Body) -> Json:
        """Let the next calls that begin with `match` go wrong."""
        times = int(body.get("times", 1))
        fault = CallFault(
            match=str(body["match"]),
            mode=FaultMode(body["mode"]),
            status=int(body.get("status", 503)),
            seconds=float(body.get("seconds", 0)),
            times=times,
            processed=body.get("processed") is True,
        )
        if not (200 <= fault.status < 600 and 0 <= fault.seconds <= 3600 and times > 0):
            raise VenueRefusal("INVALID_CLIENT_REQUEST", "status, seconds or times out of range")
        self._faults.add(fault)
        return {"match": fault.match, "mode": fault.mode}

    def _no_faults(self, _: Body) -> Json:
        self._faults.clear()
        return {}

    def _stream(self, body: Body) -> Json:
        """drop: close every socket. silent: send nothing. refuse: also let nobody in. normal: none of that."""
        mode = str(body["mode"])
        if mode not in ("drop", "silent", "refuse", "normal"):
            raise VenueRefusal("INVALID_CLIENT_REQUEST", "mode is drop, silent, refuse or normal")
        self._streams.silent = mode == "silent"
        self._streams.refusing = mode == "refuse"
        if mode in ("drop", "refuse"):
            self._streams.drop()
        return {"mode": mode}

    def _lag(self, body: Body) -> Json:
        """How many seconds the history runs behind."""
        self._venue.choices.history_lag = int(amount(body["seconds"]) * 1000)
        return {"seconds": number(amount(body["seconds"]))}

    def _speed(self, body: Body) -> Json:
        """How many times faster than real the market runs; 0 pauses it."""
        if self._player is None:
            raise VenueRefusal("INVALID_CLIENT_REQUEST", "This market does not move by itself")
        speed = amount(body["speed"])
        if not 0 <= speed <= 1_000_000:
            raise VenueRefusal("INVALID_CLIENT_REQUEST", "speed is between 0 and 1000000")
        self._player.speed = float(speed)
        return {"speed": number(speed)}

    def _state(self, query: Body) -> Json:
        """Everything an account has: balances, open orders, and all its fills, without lag."""
        account = self._venue.accounts[self._known(query)]
        orders = [order_json(o, self._venue.listing(o.symbol).market) for o in account.open.values()]
        return {**_balances(account), "orders": orders, "fills": [fill_json(fill) for fill in account.fills]}

    def _market(self, query: Body) -> Json:
        """A market (the one that moves, unless named) as a chart shows it, in candles of so many `minutes`."""
        moving = self._player.symbol if self._player is not None else next(iter(self._venue.listings))
        symbol = Symbol(query.get("symbol", moving))
        own = self._player is not None and self._player.symbol == symbol
        return {
            **self._prices(symbol),
            **chart(self._venue, self._trace, symbol, int(query.get("minutes", "1"))),
            "speed": self._player.speed if self._player is not None and own else 0,
        }

    def _prices(self, symbol: Symbol) -> Json:
        listing = self._venue.listing(symbol)
        prices = {"price": listing.price, "bid": listing.book.bid, "ask": listing.book.ask}
        return {"symbol": symbol, **{name: number(price) for name, price in prices.items()}}

    def _known(self, body: Body) -> str:
        key = _key(body["api_key"])
        if key not in self._venue.accounts:
            raise VenueRefusal("RESOURCE_NOT_FOUND", "No such account: open it with POST /sim/account", 404)
        return key


def _key(text: object) -> str:
    """An API key; in a URL its plus signs may have become spaces."""
    return str(text).strip().replace(" ", "+")


def _balances(account: Account) -> Json:
    return {
        "balances": {
            asset: {
                "available": number(balance.available),
                "locked": number(balance.locked),
                **({"lent": number(balance.lent)} if balance.lent else {}),
            }
            for asset, balance in account.balances.items()
        }
    }


async def _body(request: Request) -> dict[str, Any]:
    text = await request.body()
    body = json.loads(text, parse_float=Decimal) if text else {}
    if not isinstance(body, dict):
        raise TypeError("the body must be a JSON object")
    return body


def _what(error: Exception) -> str:
    return f"missing or unknown: {error}" if isinstance(error, KeyError) else str(error)
