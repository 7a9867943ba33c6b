"""How updates reach a bot: the queue, long polling, the webhook. What an update says is made elsewhere."""

import asyncio

from bot.demo.telegram.chats import Bot, Update
from bot.demo.telegram.wire import ApiError, Json, Params, conflict
from bot.demo.telegram.world import QUERY_MS, World
from strategy.model.durations import DAY

MAX_TIMEOUT = 50
MAX_UPDATES = 100
PATIENCE_MS = 3_000
UNASKED = ("chat_member", "message_reaction", "message_reaction_count")
OTHER_POLL = "terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_ACTIVE = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


def push(world: World, bot: Bot, kind: str, payload: Json) -> int:
    """Queue an update for the bot and wake it; the update id. A kind that the bot doesn't want is dropped."""
    world.last_update_id += 1
    number = world.last_update_id
    wanted = kind in bot.allowed if bot.allowed else kind not in UNASKED
    if wanted:
        lifetime = QUERY_MS if kind == "callback_query" else DAY
        body = {"update_id": number, kind: payload}
        bot.updates.append(Update(id=number, expires_at=world.now() + lifetime, body=body))
        end_poll(bot)
        world.bell.ring()
    return number


def end_poll(bot: Bot, error: ApiError | None = None) -> None:
    """Answer the waiting getUpdates: with what there is, or with an error."""
    poll, bot.poll = bot.poll, None
    if poll is None or poll.done():
        return
    if error is None:
        poll.set_result(None)
    else:
        poll.set_exception(error)


async def get_updates(world: World, bot: Bot, params: Params) -> list[Json]:
    if bot.webhook:
        raise conflict(WEBHOOK_ACTIVE)
    end_poll(bot, conflict(OTHER_POLL))
    remember_allowed(bot, params)
    offset = params.integer("offset")
    limit = min(max(params.integer("limit", MAX_UPDATES), 1), MAX_UPDATES)
    timeout = _timeout(world, bot, offset, params.integer("timeout"))
    _confirm(world, bot, offset)
    if not bot.updates and timeout and not world.closed:
        await _wait(world, bot, timeout)
    return [update.body for update in bot.updates[:limit]]


def remember_allowed(bot: Bot, params: Params) -> None:
    """`allowed_updates` holds until it is given again; an empty list means the usual ones."""
    kinds = params.array("allowed_updates", "can't parse allowed_updates JSON object")
    if kinds is not None:
        bot.allowed = [str(kind) for kind in kinds] or None


def _timeout(world: World, bot: Bot, offset: int, wanted: int) -> int:
    """Seconds to wait. Telegram slows down whoever asks for the same again within three seconds."""
    timeout = min(max(wanted, 0), MAX_TIMEOUT)
    now = world.now()
    repeated = offset == bot.last_offset and now < bot.last_poll_at + PATIENCE_MS
    bot.last_offset, bot.last_poll_at = offset, now
    return max(timeout, PATIENCE_MS // 1000) if repeated and world.limits else timeout


def _confirm(world: World, bot: Bot, offset: int) -> None:
    """Forget what the offset confirms, and what nobody came for in time."""
    bot.updates = [update for update in bot.updates if update.expires_at > world.now()]
    if offset > 0:
        bot.updates = [update for update in bot.updates if update.id >= offset]
    elif offset < 0:
        bot.updates = bot.updates[offset:]


async def _wait(world: World, bot: Bot, seconds: int) -> None:
    poll = asyncio.get_running_loop().create_future()
    bot.poll = poll
    try:
        async with asyncio.timeout(seconds):
            await poll
    except TimeoutError:
        pass
    except ApiError:
        await _slow_down(world, bot)
        raise
    finally:
        if bot.poll is poll:
            bot.poll = None


async def _slow_down(world: World, bot: Bot) -> None:
    """Two pollers that fight get their conflicts at most every three seconds."""
    now = world.now()
    if now < bot.next_conflict_at and world.limits:
        await asyncio.sleep(PATIENCE_MS / 1000)
    else:
        bot.next_conflict_at = now + PATIENCE_MS
