"""Ladders played by a Dask cluster: the market is sent to each worker once, and what a lost one had is played again."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from bot.console.spread import join, shares
from bot.history.extra import Missing, extra
from strategy.research.kernel import Course, Results, Track
from strategy.research.ladders import Ladder
from strategy.research.loop import Span, Whole
from strategy.research.scale import Scale

PATIENCE = 10
"""Seconds in which a scheduler answers."""


class Job(Protocol):
    """A share under way."""

    key: str


class Client(Protocol):
    """What is needed of Dask's."""

    def scatter(self, data: object, *, broadcast: bool) -> Job:
        """Send something to the workers."""

    def submit(self, function: Callable[..., object], *given: object, pure: bool) -> Job:
        """Have a worker call something."""


class Cluster:
    """One connection to a scheduler."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._sent: tuple[Track, Job] | None = None

    def play(self, course: Course, ladders: Iterable[Ladder], told: Callable[[int], None]) -> Results:
        """What they come to, in their order. `told` hears how many are done, as results come in."""
        track, work = self._track(course.track), list(shares(ladders))
        rest = course.scale, course.span, course.ends
        jobs = [self._client.submit(played, track, *rest, few, pure=False) for few in work]
        place, found, done = {job.key: one for one, job in enumerate(jobs)}, {}, 0
        for job, tables in extra("distributed").as_completed(jobs, with_results=True):
            found[place[job.key]] = tables
            done += len(work[place[job.key]])
            told(done)
        return join(course, work, [found[one] for one in range(len(work))])

    def _track(self, track: Track) -> Job:
        if self._sent is None or self._sent[0] is not track:
            self._sent = track, self._client.scatter(track, broadcast=True)
        return self._sent[1]


def played(
    track: Track, scale: Scale, span: Span, ends: tuple[int, ...], ladders: Sequence[Ladder]
) -> tuple[Whole, Whole]:
    """A share, by whichever worker."""
    results = Course(track=track, scale=scale, span=span, ends=ends).play(ladders)
    return results.states, results.totals


@contextmanager
def connected(address: str) -> Iterator[Cluster]:
    """The cluster at this address; `Missing` where none answers."""
    try:
        client = extra("distributed").Client(address, timeout=PATIENCE)
    except (OSError, TimeoutError, ValueError) as wrong:
        msg = f"No Dask scheduler answers at {address}: {wrong}"
        raise Missing(msg) from None
    with client:
        yield Cluster(client)
