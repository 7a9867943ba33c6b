"""The engine alone: steps and fills a second over a recorded market, and what a quiet tick and a fill cost."""

import time
from collections.abc import Callable
from dataclasses import replace

from benchmarks.figures import median, show
from benchmarks.played import SYMBOL, Played, grid_over, recorded_path
from strategy.messages import events as ev
from strategy.model.account import Account
from strategy.model.market import Side
from strategy.model.orders import Fill
from strategy.step import step

RUNS = 3
CANDLES = 72 * 60
PRICES = 4
QUIET_LEVELS = 50
REPEATS = 300
MICRO = 1e6


def main() -> None:
    """Print both tables."""
    replays = [_replay(20, CANDLES), _replay(200, CANDLES // 72)]
    head = ("levels", "candles", "events", "fills", "processor s", "steps a second", "fills a second", "µs a step")
    show("Engine: step() over the demo's market, four prices a candle", head, replays)
    moments = _moments()
    show(f"Engine: one step, {QUIET_LEVELS} levels with their orders", ("event", "µs, median"), moments)


def _replay(levels: int, candles: int) -> list[str]:
    whole = recorded_path(CANDLES)
    played = Played(whole[: candles * PRICES])
    began = played.account
    first = len(played.events)
    played.start(grid_over(whole, levels))
    played.play()
    events = played.events[first:]
    seconds = median(_time_of(began, events) for _ in range(RUNS))
    fills = played.fills
    return [
        str(levels),
        str(candles),
        f"{len(events):,}",
        f"{fills:,}",
        f"{seconds:.2f}",
        f"{len(events) / seconds:,.0f}",
        f"{fills / seconds:,.0f}",
        f"{seconds / len(events) * MICRO:.0f}",
    ]


def _time_of(account: Account, events: list[ev.Event]) -> float:
    """Processor seconds for all the events, one step each."""
    begun = time.process_time()
    for event in events:
        account = step(account, event).account
    return time.process_time() - begun


def _moments() -> list[list[str]]:
    """A quiet tick, and the three steps of a fill: booked, its order over, the counter-order accepted."""
    path = recorded_path(CANDLES)
    played = Played(path)
    played.start(grid_over(path, QUIET_LEVELS))
    account, at, touch = played.account, path[0].at + 1000, played.touch()
    (grid,) = account.grids.values()
    order = max((one for one in grid.live if one.side is Side.BUY), key=lambda one: one.price)
    fill = Fill(
        key=f"{SYMBOL}:1",
        symbol=SYMBOL,
        order_id=order.order_id or "",
        client_id=order.client_id,
        trade_id=1,
        side=order.side,
        price=order.price,
        quantity=order.quantity,
        fee=order.quantity * account.fees.maker,
        fee_asset=grid.market.base,
        is_maker=True,
        at=at,
    )
    quiet = ev.Tick(at=at, touches={SYMBOL: replace(touch, at=at)})
    filled = ev.Filled(at=at, fill=fill)
    after = step(account, filled)
    (placed,) = (action.order for action in after.actions if isinstance(action, ev.Place))
    accepted = ev.OrderAccepted(at=at, client_id=placed.client_id, order_id="1")
    assert step(account, quiet).actions == ()
    return [
        ["a quiet tick", _micros(lambda: step(account, quiet))],
        ["a fill, with its counter-order", _micros(lambda: step(account, filled))],
        ["the counter-order accepted", _micros(lambda: step(after.account, accepted))],
    ]


def _micros(work: Callable[[], object]) -> str:
    taken = []
    for _ in range(REPEATS):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return f"{median(taken) * MICRO:.0f}"


if __name__ == "__main__":
    main()
