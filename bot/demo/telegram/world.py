"""What has happened: who has written to whom, which ids are taken, who waits. No HTTP and no method's own rules."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from bot.demo.telegram.chats import Bot, CallbackQuery, Chat, Message, User
from bot.demo.telegram.files import Files
from bot.demo.telegram.wire import ApiError, Json

OWNER = 4242
MAX_MESSAGES = 500
QUERY_MS = 150_000


class Bell:
    """Wakes everybody who waits for something to happen."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()

    def ring(self) -> None:
        for event in self._waiting:
            event.set()

    async def heard(self, seconds: float) -> None:
        """Return at the next ring, or when the time is over."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            pass
        finally:
            self._waiting.discard(event)


class World:
    """All state. `limits` tells whether Telegram's brakes (flood waits, slowed repeated polls) are on."""

    def __init__(self, *, clock: Callable[[], float], files: Files, bot_name: str, limits: bool) -> None:
        self._clock = clock
        self.files = files
        self.bot_name = bot_name
        self.limits = limits
        self.bell = Bell()
        self.closed = False
        self.users: dict[int, User] = {}
        self.bots: dict[str, Bot] = {}
        self.revoked: set[str] = set()
        self.queries: dict[str, CallbackQuery] = {}
        # Ids begin at the clock, so that they keep growing over a restart without a state file: a bot
        # remembers update ids, and must never find another message under an id that it knows.
        self.last_update_id = max(1, int(clock()))
        self.last_message_id = max(1, int(clock()) - 1_600_000_000)
        self.version = self.last_update_id
        self.know(OWNER, "Sam", "en")

    def now(self) -> int:
        """Milliseconds since 1970 UTC."""
        return int(self._clock() * 1000)

    def know(self, user_id: int, first_name: str = "", language_code: str = "") -> User:
        """The user by id, made or changed by what is given."""
        old = self.users.get(user_id) or User(id=user_id, first_name=f"User {user_id}")
        self.users[user_id] = User(
            id=user_id,
            first_name=first_name or old.first_name,
            language_code=language_code or old.language_code,
        )
        return self.users[user_id]

    def bot(self, token: str) -> Bot:
        """The account of a token. What was written before any bot called belongs to the first that does."""
        if token in self.revoked:
            raise ApiError(401, "Unauthorized")
        number, colon, secret = token.partition(":")
        if not colon or not secret or not number.isdigit() or number.startswith("0") or len(token) > 80:
            raise ApiError(401, "Unauthorized: invalid token specified")
        if token not in self.bots:
            self._adopt(token, int(number))
        return self.bots[token]

    def _adopt(self, token: str, bot_id: int) -> None:
        """A new token of a known bot takes over its account, if its old one was revoked."""
        heirless = (key for key in self.revoked if key in self.bots and self.bots[key].id == bot_id)
        old = next(heirless, "")
        account = self.bots.pop(old, None) or Bot(name=self.bot_name)
        account.token, account.id = token, bot_id
        self.bots[token] = account
        self.touch(*account.chats.values())

    def current_bot(self, token: str = "") -> Bot:
        """The bot a person means: that of the token, else the one that polled last, else one yet to come."""
        if token:
            return self.bot(token)
        live = [bot for bot in self.bots.values() if bot.token not in self.revoked]
        if not live:
            self.bots[""] = Bot(name=self.bot_name)
            return self.bots[""]
        return max(live, key=lambda bot: bot.last_poll_at)

    def touch(self, *chats: Chat) -> None:
        """Something that the pages of these chats show has changed; the page of a chat to come always sees it."""
        self.version += 1
        for chat in chats:
            chat.version = self.version
        self.bell.ring()

    def add(self, chat: Chat, message: Message) -> Message:
        chat.messages[message.id] = message
        while len(chat.messages) > MAX_MESSAGES:
            del chat.messages[next(iter(chat.messages))]
        self.touch(chat)
        return message

    def new_message_id(self) -> int:
        self.last_message_id += 1
        return self.last_message_id

    def ask(self, bot: Bot, chat: Chat, user_id: int) -> CallbackQuery:
        """A pressed button, waiting for its answer."""
        number = user_id * 2**32 + self.last_update_id + 1
        query = CallbackQuery(id=str(number), bot_id=bot.id, chat=chat, at=self.now())
        live = {key: old for key, old in self.queries.items() if query.at - old.at <= QUERY_MS}
        self.queries = live | {query.id: query}
        return query

    def close(self) -> None:
        """Let everybody who waits go, so that a server can shut down at once."""
        self.closed = True
        for bot in self.bots.values():
            if bot.poll and not bot.poll.done():
                bot.poll.set_result(None)
        self.bell.ring()

    def message_json(self, bot: Bot, chat: Chat, message: Message) -> Json:
        """The message as the Bot API shows it."""
        sender = bot.user_json() if message.sender == bot.id else self.know(message.sender).json()
        body: Json = {"message_id": message.id, "from": sender, "chat": chat.json()}
        body["date"] = message.at // 1000
        if message.edited_at is not None:
            body["edit_date"] = message.edited_at // 1000
        if message.thread is not None:
            body |= {"message_thread_id": message.thread, "is_topic_message": True}
        if message.reply_to in chat.messages:
            replied = chat.messages[message.reply_to]
            body["reply_to_message"] = self.message_json(bot, chat, replace(replied, reply_to=None))
        if message.pins is not None:
            pinned = chat.message(message.pins)
            gone: Json = {"message_id": message.pins, "chat": chat.json(), "date": 0}
            return body | {"pinned_message": self.message_json(bot, chat, pinned) if pinned else gone}
        return body | message.content_json()
