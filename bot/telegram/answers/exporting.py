"""/export: the ledger as files in the chat, of all grids or one, of all days or some. Changes nothing."""

from collections.abc import AsyncIterator, Mapping
from datetime import date

from telegram.error import TelegramError

from bot.owner.views import entries_of, exported
from bot.telegram.answers.conversation import Conversation
from bot.telegram.answers.screens import period_of
from bot.telegram.typed.moments import with_months
from bot.telegram.typed.parsing import Wrong, parse_grid_number, tidy
from strategy.model.orders import GridId

_MOST_DAYS = 2
_LONG = 20_000
"""Entries of the ledger that take more than some seconds."""


async def export(talk: Conversation, words: str) -> None:
    """`/export`, `/export 1`, `/export 2026-10-01`, `/export 1 2026-10-01 2026-10-31`, `/export 2026-10`."""
    known, today = talk.trader.known_days()
    args = with_months((_begin(talk, word) for word in tidy(words).split()), today)
    try:
        days = sorted(date.fromisoformat(word) for word in args if "-" in word)
    except ValueError:
        days = [date.max] * (_MOST_DAYS + 1)
    numbers = [parse_grid_number(word) for word in args if "-" not in word]
    grids = talk.trader.account().grids
    if len(days) > _MOST_DAYS or any(isinstance(one, Wrong) or one not in grids for one in numbers) or numbers[1:]:
        await _refused(talk, "export.usage", given=" ".join(args))
        return
    if days and days[0] > today:
        await _refused(talk, "export.late", day=days[0].isoformat())
        return
    if days[1:] and days[-1] < known:
        await _refused(talk, "export.early", day=days[-1].isoformat(), first=known.isoformat())
        return
    # Of no other days anything is known, and the files are said to be of those that they are of.
    first, last = (*(min(max(day, known), today) for day in days), None, None)[:2]
    grid = next((GridId(one) for one in numbers if isinstance(one, int)), None)
    if (entries := entries_of(talk.trader)) > _LONG:
        await talk.say("export.begun", entries=f"{entries:,}")
    days_of = {} if first is None else {"since": first} if last is None else {"first": first, "last": last}
    names = {name: day.isoformat() for name, day in days_of.items()}
    try:
        await _send(talk, exported(talk.trader, first, last, grid), grid, names)
    except OSError as error:
        talk.outcome = "failed"
        await talk.say("export.unwritten", text=error.strerror or str(error))


async def _send(
    talk: Conversation, files: AsyncIterator[tuple[str, bytes]], grid: GridId | None, names: Mapping[str, str]
) -> None:
    is_first = True
    async for name, content in files:
        if is_first:
            await talk.say("export.done", grid=grid, **names)
            is_first = False
        try:
            await talk.bot.send_document(talk.chat, content, filename=name, message_thread_id=talk.thread)
        except TelegramError as error:
            talk.outcome = "failed"
            await talk.say("export.failed", file=name, text=str(error))


def _begin(talk: Conversation, word: str) -> str:
    """The first day of a period that has a name, as it is typed."""
    named = period_of(talk, word)
    return word if named is None or named.day is None else named.day.isoformat()


async def _refused(talk: Conversation, key: str, **names: str) -> None:
    talk.outcome = "refused"
    await talk.say(key, **names)
