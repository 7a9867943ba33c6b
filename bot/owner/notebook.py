"""What the chat remembers, over the store: settings, single-use buttons, dialogues, the outbox. No rule of its own."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.machine.discreet import without_keys
from bot.owner.views import OutboxRow
from storage.errors import StorageError
from storage.store import Button, CommandTaken, Store

log = logging.getLogger(__name__)

MOST_SEEN = 1_000
"""Keys that are remembered here while they can't be written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonRow:
    """What a pressed button was made for."""

    action: str
    args: Mapping[str, str]
    message: int | None = None
    """Under which message it stands, where that is known."""
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenButton:
    """A button that nobody has pressed yet."""

    nonce: str
    action: str
    args: Mapping[str, str]
    message: int | None
    """Under which message it stands, where that is known."""


@dataclass(frozen=True, slots=True)
class Notebook:
    """Short synchronous calls; all of it survives a restart. The owner is heard and answered also without the store."""

    store: Store
    clock: Callable[[], int]
    _settings: dict[str, str | None] = field(default_factory=dict)
    """As they were last read."""
    _seen: dict[str, None] = field(default_factory=dict)
    """Keys that could not be written down."""

    def setting(self, key: str) -> str | None:
        """A setting of the chat, or None. Where it can't be read now, as it was read last."""
        try:
            self._settings[key] = self.store.setting(key)
        except StorageError:
            if key not in self._settings:
                raise
        return self._settings[key]

    def set_setting(self, key: str, value: str) -> None:
        """Keep a setting."""
        self.store.set_setting(key, value)
        self._settings[key] = value

    def first_time(self, key: str) -> bool:
        """True once for each key: what Telegram delivers twice is done once."""
        if key in self._seen:
            return False
        try:
            return self.store.first_time(key)
        except StorageError as failure:
            log.warning("store event=unmarked key=%s text=%r", key, str(failure))
            self._seen[key] = None
            if len(self._seen) > MOST_SEEN:
                del self._seen[next(iter(self._seen))]
            return True

    def add_button(  # one field each
        self, *, action: str, args: Mapping[str, str], user: int, chat: int, expires_at: int, group: str = ""
    ) -> str:
        """A nonce for a button that works once, for this user in this chat. Using one uses up its group."""
        return self.store.add_button(
            action=action, args=dict(args), user_id=user, chat_id=chat, expires_at=expires_at, card=group
        )

    def place_buttons(self, labels: Mapping[str, str], message: int) -> None:
        """Under which message they stand, and what each says: the line in their place is made of it. It is an extra."""
        try:
            self.store.place_buttons(labels, message)
        except StorageError as failure:
            log.warning("button event=unplaced message=%s text=%r", message, str(failure))

    def use_button(self, nonce: str, *, user: int, chat: int, at: int) -> ButtonRow | None:
        """What the button was made for; None if unknown, used, expired or somebody else's."""
        return _row(self.store.use_button(nonce, user, at), chat)

    def use_late(self, nonce: str, *, user: int, chat: int, at: int) -> ButtonRow | None:
        """What a button was made for that is too old and was never used, once."""
        return _row(self.store.use_button(nonce, user, at, late=True), chat)

    def use_newest(self, action: str, having: Mapping[str, str], *, user: int, chat: int, at: int) -> ButtonRow | None:
        """What the newest button of this action with these arguments was made for, used as if it had been pressed.

        None where that one is used or too old: an older one is never taken in its place.
        """
        known = self.store.buttons_of(action, user, chat, at)
        newest = next((one.nonce for one in known if having.items() <= one.args.items()), None)
        return None if newest is None else self.use_button(newest, user=user, chat=chat, at=at)

    def open_buttons(self, actions: Sequence[str], *, user: int, chat: int, at: int) -> list[OpenButton]:
        """The buttons of these actions that can be pressed still."""
        return [
            OpenButton(
                nonce=one.nonce,
                action=action,
                args={key: str(value) for key, value in one.args.items()},
                message=one.message_id,
            )
            for action in actions
            for one in self.store.buttons_of(action, user, chat, at)
            if one.is_open
        ]

    def draft(self, user: int, at: int) -> dict[str, str] | None:
        """The answers of a dialogue so far, unless it is too old at `at`."""
        assert at > 0
        found = self.store.draft(user)
        return None if found is None else {key: str(value) for key, value in found.items()}

    def save_draft(self, user: int, data: Mapping[str, str], expires_at: int) -> None:
        """Keep the answers so far."""
        self.store.put_draft(user, dict(data), expires_at)

    def drop_draft(self, user: int) -> None:
        """Forget them."""
        self.store.delete_draft(user)

    def unsent(self, limit: int) -> list[OutboxRow]:
        """Notices to send: danger first, then in the order in which they happened."""
        return [
            OutboxRow(id=row.id, at=row.at, lane=row.lane, notice=row.notice, attempts=row.attempts)
            for row in self.store.unsent(limit)
        ]

    def gather(self, ids: Sequence[int], number: int) -> None:
        """These are counted in the digest of this number, and in no other."""
        self.store.gather(ids, number)

    def digests(self) -> list[int]:
        """The numbers of the digests that are not told."""
        return self.store.digests()

    def gathered(self, until: int) -> list[OutboxRow]:
        """What is untold in the digests up to this number, in the order in which it happened."""
        return [
            OutboxRow(id=row.id, at=row.at, lane=row.lane, notice=row.notice, attempts=row.attempts)
            for row in self.store.gathered(until)
        ]

    def mark_sent(self, ids: Sequence[int], message_id: int | None) -> None:
        """These are told."""
        self.store.mark_sent(ids, message_id)

    def mark_failed(self, ids: Sequence[int]) -> None:
        """One more attempt was in vain."""
        for one in ids:
            self.store.mark_failed(one)

    def asked_for(self, limit: int, *, before: int | None = None) -> list[CommandTaken]:
        """What was asked for last, the newest first; before a number, where one is given."""
        return self.store.commands(limit, before=before)

    def log_command(self, *, user: int, text: str, at: int, outcome: str) -> None:
        """Who asked for what, and what came of it. A key that was pasted into the chat goes into no database."""
        assert at > 0
        try:
            self.store.log_command(user, f"{without_keys(text)} -> {outcome}")
        except StorageError as failure:
            log.warning("command event=unwritten user=%s outcome=%r text=%r", user, outcome, str(failure))


def _row(found: Button | None, chat: int) -> ButtonRow | None:
    if found is None or found.chat_id != chat:
        return None
    args = {key: str(value) for key, value in found.args.items()}
    return ButtonRow(action=found.action, args=args, message=found.message_id, label=found.label)
