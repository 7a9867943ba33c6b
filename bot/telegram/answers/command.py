"""What a command is: the row of the table, and what may be said in it. The table itself is in `commands`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.telegram.answers.conversation import Conversation
from bot.telegram.connection.roles import Role

Handler = Callable[[Conversation, str], Awaitable[None]]


class Group(StrEnum):
    """Under which heading the help tells a command."""

    TRADE = "trade"
    LOOK = "look"
    PEOPLE = "people"
    ELSE = "else"


class Takes(StrEnum):
    """What may stand after a command."""

    NOTHING = "nothing"
    """Whatever does is answered, and nothing is done."""
    GRID = "grid"
    """The number of a grid, which is then shown alone."""
    WORDS = "words"
    """What it reads itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatCommand:
    """One command: the router, the menu, the help and the pages come of it.

    What it is called with in each language is in that language's folder, under `command.<name>`.
    """

    name: str
    handle: Handler
    group: Group
    takes: Takes = Takes.WORDS
    needs: Role = Role.OWNER
    """Who may give it."""
    alone: Role | None = None
    """Who may give it with nothing after it, where that is less than what may follow."""
    calls: tuple[str, ...] = ()
    """How it is typed, for the pages; where nothing is said, as its name and what it takes say."""
    asks: bool = False
    """It shows how things stand and changes nothing."""
    reduces_risk: bool = False
    """Obeyed however old it is: an old stop is still meant."""
    overtakes: bool = False
    """Not counted, and answered ahead of everything else."""
    at_once: bool = False
    """Alone it does something there and then: a button that stands for it asks first."""

    async def answer(self, talk: Conversation, words: str) -> None:
        """Do it, or say that nothing may stand after it."""
        if words and self.takes is Takes.NOTHING:
            talk.outcome = "refused"
            await talk.say("usage.alone", command=self.name, given=words)
        else:
            await self.handle(talk, words)

    def needed(self, words: str) -> Role:
        """Who may give it with these words."""
        return self.needs if words or self.alone is None else self.alone

    @property
    def usage(self) -> tuple[str, ...]:
        """How it is typed."""
        alone = f"/{self.name}"
        return self.calls or ((alone, f"{alone} 1") if self.takes is Takes.GRID else (alone,))
