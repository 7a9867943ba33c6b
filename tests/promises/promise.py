"""What a promise is: a name, and a function that tells each way in which it is broken. Holds no promise itself."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, NamedTuple, ParamSpec

P = ParamSpec("P")


class Violation(NamedTuple):
    """A promise that was broken."""

    name: str
    text: str

    def __str__(self) -> str:
        """For a person."""
        return f"{self.name}: {self.text}"


@dataclass(frozen=True, slots=True)
class Promise(Generic[P]):
    """Called with what it is about, it yields a violation for each way in which it is broken."""

    name: str
    broken: Callable[P, Iterable[str]]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Iterator[Violation]:
        """Nothing, where it is kept."""
        for text in self.broken(*args, **kwargs):
            yield Violation(self.name, text)


def promise(name: str) -> Callable[[Callable[P, Iterable[str]]], Promise[P]]:
    """Give a promise its name."""
    return lambda broken: Promise(name, broken)


def assert_kept(violations: Iterable[Violation]) -> None:
    """Nothing is broken."""
    found = list(violations)
    assert not found, found
