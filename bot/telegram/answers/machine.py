"""/version, /logs, /diag: what the program says of itself, for its owner and for whoever helps him."""

from datetime import UTC, datetime

from telegram.error import TelegramError

from bot.telegram.answers.conversation import Conversation
from bot.telegram.connection.delivery import PAGE
from bot.telegram.texts.catalogue import Html, escape
from bot.telegram.typed.parsing import tidy

_USUAL_LINES, _MOST_LINES = 15, 50
_TROUBLE = ("error", "errors", "warning", "warnings")
LOGS_EXAMPLE = "/logs 30 errors"


async def show_version(talk: Conversation, _words: str) -> None:
    """/version."""
    inside = talk.desk.inside
    await talk.say("version", version=inside.version, mode=talk.text(f"mode.{inside.mode}"), python=inside.python)


async def logs(talk: Conversation, words: str) -> None:
    """`/logs`, `/logs 30`, `/logs errors`: the newest lines, as many as fit into a message."""
    args = tidy(words).lower().split()
    counts = [int(word) for word in args if word.isascii() and word.isdigit() and len(word) < 4]
    trouble = [word for word in args if word in _TROUBLE]
    if len(counts) + len(trouble) != len(args) or len(counts) > 1 or len(trouble) > 1 or 0 in counts:
        talk.outcome = "refused"
        await talk.say("logs.usage", given=words, example=LOGS_EXAMPLE, most=_MOST_LINES)
        return
    most = min(counts[0] if counts else _USUAL_LINES, _MOST_LINES)
    lines = talk.desk.inside.last_lines(most, trouble=bool(trouble))
    await (talk.send(_as_one_page(lines)) if lines else talk.say("logs.none"))


async def diag(talk: Conversation, _words: str) -> None:
    """/diag: a file to read, and to give to whoever helps."""
    day = datetime.fromtimestamp(talk.desk.clock() / 1000, UTC).strftime("%Y-%m-%d-%H%M")
    content = talk.desk.inside.bundle().encode()
    try:
        await talk.bot.send_document(
            talk.chat,
            content,
            filename=f"packgrid-diag-{day}.txt",
            caption=talk.text("diag.caption"),
            message_thread_id=talk.thread,
        )
    except TelegramError as error:
        talk.outcome = "failed"
        await talk.say("diag.failed", text=str(error))


def _as_one_page(lines: list[str]) -> Html:
    """The newest of them that fit."""
    shown: list[str] = []
    for line in map(escape, reversed(lines)):
        if sum(map(len, shown)) + len(shown) + len(line) > PAGE - 20:
            break
        shown.insert(0, line)
    return Html("<pre>" + "\n".join(shown) + "</pre>")
