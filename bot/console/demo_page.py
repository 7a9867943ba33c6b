"""What the demo's page asks of the running program: the grids, as they are now. It tells it the market's speed."""

from decimal import Decimal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.demo.telegram.wire import Json
from bot.owner.trader import Trader
from strategy.model.account import Account
from strategy.model.grid import Grid, Phase
from strategy.model.inventory import opens
from strategy.model.levels import Level


class Panel:
    """`trader` is None before the program is built, which needs the servers to be there first."""

    def __init__(self) -> None:
        self.trader: Trader | None = None

    def route(self) -> Route:
        """`GET /sim/grids`."""
        return Route("/sim/grids", self._answer)

    def paced(self, speed: float) -> None:
        """The market runs so much faster from now on; 0 where it stands."""
        if self.trader is not None:
            self.trader.pace = self.trader.pace.turned(self.trader.now(), Decimal(str(speed)))

    async def _answer(self, _: Request) -> Response:
        return JSONResponse({"grids": grids(self.trader.account()) if self.trader is not None else []})


def grids(account: Account) -> list[Json]:
    """Each grid that is not over: its ladder, lowest level first, and the prices at which it ends."""
    return [_grid(grid) for grid in account.grids.values() if grid.phase is not Phase.STOPPED]


def _grid(grid: Grid) -> Json:
    levels = sorted(grid.levels.values(), key=lambda level: level.rank)
    limits = {"stop_loss": grid.stop_price, "take_profit": grid.spec.take_profit}
    return {
        "id": grid.id,
        "symbol": grid.spec.symbol,
        "phase": grid.phase,
        "levels": [_lines(grid, level) for level in levels],
        **{name: None if price is None else str(price) for name, price in limits.items()},
    }


def _lines(grid: Grid, level: Level) -> Json:
    """Where a level buys and sells: its order, where one rests, which may have gone in at the price of that moment."""
    order = None if level.order is None else grid.orders.get(level.order)
    lines = {"buy": level.buy_price, "sell": level.sell_price}
    if order is not None:
        lines["buy" if opens(order.side) else "sell"] = order.price
    return {name: str(price) for name, price in lines.items()}
