"""One request as the handlers see it, and what a call of the API is: its instruction, its fields, its handler."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.demo.backpack.answers import Answer
from bot.demo.backpack.schema import Schema
from exchange.paper.accounts import Account
from exchange.paper.venue import Venue

NO_FIELDS = Schema(fields={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that was parsed and, where the call is private, verified."""

    venue: Venue
    params: Mapping[str, object]
    """Parameters of the query, as text, or members of the body."""
    batch: Sequence[object] = ()
    """The items of a body that is a list."""
    account_or_none: Account | None = None

    @property
    def account(self) -> Account:
        """Whose call it is."""
        assert self.account_or_none is not None
        return self.account_or_none

    @property
    def now(self) -> int:
        """The venue's clock."""
        return self.venue.clock()

    def text(self, name: str) -> str | None:
        """A parameter as text."""
        value = self.params.get(name)
        return None if value is None else str(value)

    def whole(self, name: str, default: int) -> int:
        """A parameter as a whole number; the schema has seen to it that it is one."""
        value = self.params.get(name)
        return default if value is None else int(str(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A call of the API."""

    handler: Callable[[Call], Answer]
    schema: Schema = field(default=NO_FIELDS)
    instruction: str | None = None
    """What is signed; None where the call is public."""
    is_batch: bool = False
    is_history: bool = False
    """Whether it counts against the small budget of market history."""


Endpoints = Mapping[tuple[str, str], Endpoint]
