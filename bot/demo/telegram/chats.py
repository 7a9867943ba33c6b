"""What the local Bot API remembers: users, messages, chats, bots. Values only; what happens is in `telegram_world`.

Like a private chat at Telegram, one here belongs to one bot and one user, and its id is the user's id.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from bot.demo.telegram.wire import Json

NOT_SAVED = Field(exclude=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    id: int
    first_name: str
    language_code: str = "en"

    def json(self) -> Json:
        named = {"first_name": self.first_name, "language_code": self.language_code}
        return {"id": self.id, "is_bot": False} | named


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`text` is the caption where there is `media`; `at` is in milliseconds, on the wire it is seconds."""

    id: int
    sender: int
    at: int
    text: str = ""
    entities: list[Json] = field(default_factory=list)
    media: Json | None = None
    markup: Json | None = None
    reply_to: int | None = None
    thread: int | None = None
    """The topic of the group that it is in."""
    edited_at: int | None = None
    rewritten: bool = False
    silent: bool = False
    protected: bool = False
    deleted: bool = False
    pinned: bool = False
    pins: int | None = None
    """Of a service message: the message whose pin it tells of."""
    reactions: dict[str, str] = field(default_factory=dict)

    def content_json(self) -> Json:
        """Its text or media as the Bot API shows them."""
        text, entities = ("caption", "caption_entities") if self.media else ("text", "entities")
        body: Json = dict(self.media or {})
        if self.text or not self.media:
            body[text] = self.text
        if self.entities:
            body[entities] = self.entities
        if self.protected:
            body["has_protected_content"] = True
        return body | ({"reply_markup": self.markup} if self.markup else {})


@dataclass(slots=True, kw_only=True)
class Chat:
    id: int
    kind: str = "private"
    name: str = ""
    messages: dict[int, Message] = field(default_factory=dict)
    blocked: bool = False
    version: int = 0
    typing_until: int = 0
    keyboard: list[list[str]] = field(default_factory=list)
    answers: list[Json] = field(default_factory=list)
    topics: dict[int, str] = field(default_factory=dict)
    """Of a group: their names by the id of the message that began each."""

    def json(self) -> Json:
        named = {"first_name": self.name} if self.kind == "private" else {"title": self.name}
        forum = {"is_forum": True} if self.topics else {}
        return {"id": self.id, "type": self.kind} | named | forum

    def message(self, message_id: int) -> Message | None:
        """The message, unless it was deleted."""
        found = self.messages.get(message_id)
        return found if found and not found.deleted else None

    def pinned(self) -> Message | None:
        return next((one for one in reversed(self.messages.values()) if one.pinned and not one.deleted), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    id: int
    expires_at: int
    body: Json


@dataclass(slots=True, kw_only=True)
class Bot:
    """One token's account. `poll` is the getUpdates call that is waiting now."""

    __pydantic_config__: ClassVar = ConfigDict(arbitrary_types_allowed=True)
    token: str = ""
    id: int = 0
    name: str
    chats: dict[int, Chat] = field(default_factory=dict)
    updates: list[Update] = field(default_factory=list)
    allowed: list[str] | None = None
    commands: dict[str, list[Json]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    webhook: Annotated[Json, NOT_SAVED] = field(default_factory=dict)
    last_offset: int = 0
    last_poll_at: int = 0
    poll: Annotated[asyncio.Future[None] | None, NOT_SAVED] = None
    next_conflict_at: Annotated[int, NOT_SAVED] = 0

    def user_json(self) -> Json:
        return {"id": self.id, "is_bot": True, "first_name": self.name, "username": self.username}

    @property
    def username(self) -> str:
        return f"packgrid_{self.id}_bot"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackQuery:
    id: str
    bot_id: int
    chat: Chat
    at: int
