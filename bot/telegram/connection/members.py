"""Who else may speak to the bot, as what; invitations to it; the one group. Kept in the notebook; no command is known.

A code is kept as its hash: whoever reads the database can join with none of them.
"""

import hashlib
import hmac
import json
import logging
import secrets
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.owner.trader import Notebook
from bot.telegram.connection.claim import LIFE, Tries
from bot.telegram.connection.roles import Role

log = logging.getLogger(__name__)

MOST_MEMBERS = 20
MOST_INVITATIONS = 5
"""That are open at the same time; a newer one takes the place of the oldest."""
_LONGEST_NAME = 64
_MOST_PILED = 2
"""Marks upon a letter, as some languages have them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody besides the owner."""

    user: int
    role: Role
    name: str
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A chat, or one topic of it."""

    chat: int
    thread: int | None = None


def as_called(name: str, user: int) -> str:
    """What somebody calls himself, as it may stand in a line of ours: no mark that turns the words around it, nothing
    piled upon a letter, one line; his number where nothing is left.
    """
    kept, piled = list[str](), 0
    for one in unicodedata.normalize("NFC", name):
        piled = piled + 1 if unicodedata.category(one) in ("Mn", "Me") else 0
        if piled <= _MOST_PILED and (one.isprintable() or one.isspace()):
            kept.append(one)
    return " ".join("".join(kept).split())[:_LONGEST_NAME] or str(user)


class Members:
    """The people and the place. What can't be read makes nobody a member."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook
        self._people = {one.user: one for one in _members(notebook.setting("members"))}
        self._place = _place(notebook.setting("bound"))

    @property
    def people(self) -> Mapping[int, Member]:
        """By their ids."""
        return self._people

    @property
    def place(self) -> Place | None:
        """The group in which the bot answers as well."""
        return self._place

    def add(self, member: Member) -> bool:
        """Let somebody in, or change his role. False where there are too many."""
        if member.user not in self._people and len(self._people) >= MOST_MEMBERS:
            return False
        self._save({**self._people, member.user: member})
        return True

    def remove(self, user: int) -> Member | None:
        """Shut somebody out; who it was, if it was anybody."""
        gone = self._people.get(user)
        if gone is not None:
            self._save({number: one for number, one in self._people.items() if number != user})
        return gone

    def bind(self, place: Place | None) -> None:
        """Answer there, too; or in no group any more."""
        self._notebook.set_setting("bound", "" if place is None else f"{place.chat} {place.thread or ''}".strip())
        self._place = place

    def moved(self, before: int, now: int) -> None:
        """A group has been made a larger one by Telegram, and has another number from now on."""
        if self._place is not None and self._place.chat == before:
            log.info("the group has another number now before=%s now=%s", before, now)
            self.bind(Place(chat=now))

    def _save(self, people: dict[int, Member]) -> None:
        rows = [[one.user, one.role.word, one.name[:_LONGEST_NAME], one.since] for one in people.values()]
        self._notebook.set_setting("members", json.dumps(rows))
        self._people = people


class Invitations:
    """Codes that make somebody a member: each once, for fifteen minutes, however many wrong ones are tried."""

    def __init__(self, notebook: Notebook, *, clock: Callable[[], int]) -> None:
        """`clock` dates them, and goes on over a restart."""
        self._notebook, self._clock = notebook, clock
        self._open = _invitations(notebook.setting("invitations"))
        self._tries = Tries(clock)

    def make(self, role: Role) -> str:
        """A new code."""
        assert role is not Role.OWNER, "nobody is invited to be the owner"
        code = secrets.token_urlsafe(16)
        self._keep([*self._good(), (_hash(code), role, self._clock() + LIFE)][-MOST_INVITATIONS:])
        return code

    def is_any(self) -> bool:
        """Whether a code could be right now."""
        return bool(self._good())

    def take(self, code: str, *, user: int) -> Role | None:
        """What the code makes its bearer; it is used up by that. A wrong one takes nothing from anybody."""
        if not self._tries.of(user).take():
            return None
        given = _hash(code)
        good = self._good()
        found = next((one for one in good if hmac.compare_digest(one[0], given)), None)
        if found is None:
            log.warning("a wrong invitation was tried user=%s", user)
            return None
        self._keep([one for one in good if one is not found])
        return found[1]

    def withdraw(self) -> None:
        """None is good any more."""
        self._keep([])

    def _good(self) -> list[tuple[str, Role, int]]:
        return [one for one in self._open if self._clock() < one[2]]

    def _keep(self, invitations: list[tuple[str, Role, int]]) -> None:
        rows = [[code, role.word, until] for code, role, until in invitations]
        self._notebook.set_setting("invitations", json.dumps(rows))
        self._open = invitations


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _members(text: str | None) -> list[Member]:
    try:
        return [
            Member(user=int(user), role=_role(role), name=str(name), since=int(since))
            for user, role, name, since in json.loads(text or "[]")
        ]
    except (ValueError, TypeError, KeyError):
        log.error("the members can't be read: nobody but the owner is heard")
        return []


def _invitations(text: str | None) -> list[tuple[str, Role, int]]:
    try:
        return [(str(code), _role(role), int(until)) for code, role, until in json.loads(text or "[]")]
    except (ValueError, TypeError, KeyError):
        log.error("the invitations can't be read: none is good")
        return []


def _role(word: str) -> Role:
    """Never the owner's: that is not given away."""
    return {Role.VIEWER.word: Role.VIEWER, Role.OPERATOR.word: Role.OPERATOR}[word]


def _place(text: str | None) -> Place | None:
    chat, _, thread = (text or "").partition(" ")
    try:
        return Place(chat=int(chat), thread=int(thread) if thread else None) if chat else None
    except ValueError:
        log.error("the group can't be read: none is answered")
        return None
