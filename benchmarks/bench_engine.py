"""The engine alone: steps and fills a second over a recorded market, and what a quiet tick and a fill cost."""

import time

from benchmarks.figures import median, show
from benchmarks.played import Played, grid_over, recorded_path
from strategy.draft import Step
from strategy.messages import events as ev
from strategy.model.account import Account
from strategy.step import step

RUNS = 3
CANDLES = 72 * 60
PRICES = 4
QUIET_LEVELS = 50
QUIET, FILLED, ACCEPTED = "a quiet tick", "a fill, with its counter-order", "the counter-order accepted"
MICRO = 1e6


def main() -> None:
    """Print both tables."""
    replays = [_replay(20, CANDLES), _replay(200, CANDLES // 72)]
    head = ("levels", "candles", "events", "fills", "processor s", "steps a second", "fills a second", "µs a step")
    show("Engine: step() over the demo's market, four prices a candle", head, replays)
    moments = _moments()
    show(f"Engine: one step, {QUIET_LEVELS} levels", ("event", "µs, median", "of"), moments)


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
    """The steps of a replay, one after the other as they come in life, by what they were."""
    path = recorded_path(CANDLES)
    played = Played(path)
    account, first = played.account, len(played.events)
    played.start(grid_over(path, QUIET_LEVELS))
    played.play()
    taken: dict[str, list[float]] = {name: [] for name in (QUIET, FILLED, ACCEPTED)}
    for event in played.events[first:]:
        begun = time.perf_counter()
        done = step(account, event)
        seconds = time.perf_counter() - begun
        if (name := _name_of(event, done, account)) is not None:
            taken[name].append(seconds)
        account = done.account
    return [[name, f"{median(times) * MICRO:.0f}", f"{len(times):,}"] for name, times in taken.items()]


def _name_of(event: ev.Event, done: Step, before: Account) -> str | None:
    places = any(isinstance(action, ev.Place) for action in done.actions)
    match event:
        case ev.Tick() if done.account.grids == before.grids:
            return QUIET
        case ev.Filled() if places:
            return FILLED
        case ev.OrderAccepted() if not places:
            return ACCEPTED
    return None


if __name__ == "__main__":
    main()
