"""Webhooks: setWebhook and its kin, and the delivery that retries. Only loopback may be reached without TLS."""

import asyncio
import re
from urllib.parse import SplitResult, urlsplit

import httpx

from bot.demo.telegram.chats import Bot
from bot.demo.telegram.updates import end_poll, remember_allowed
from bot.demo.telegram.wire import Json, Params, bad, conflict, too_many
from bot.demo.telegram.world import World

PORTS = (80, 88, 443, 8443)
LOOPBACK = ("127.0.0.1", "localhost", "::1")
LONGEST_PAUSE = 60.0

_deliveries: set[asyncio.Task[None]] = set()


def set_webhook(world: World, bot: Bot, params: Params) -> bool:
    """An empty address removes the webhook, as at Telegram."""
    url, secret = params.text("url").strip(), params.text("secret_token")
    if not url:
        return delete_webhook(bot, params)
    _judge(urlsplit(url), secret)
    if bot.webhook and world.now() < bot.webhook["set_at"] + 1000:
        raise too_many(1)
    end_poll(bot, conflict("terminated by setWebhook request"))
    remember_allowed(bot, params)
    if params.flag("drop_pending_updates"):
        bot.updates = []
    bot.webhook = {"url": url, "secret": secret, "set_at": world.now(), "error_at": 0, "error": ""}
    delivery = asyncio.get_running_loop().create_task(_deliver(world, bot, bot.webhook))
    _deliveries.add(delivery)
    delivery.add_done_callback(_deliveries.discard)
    return True


def delete_webhook(bot: Bot, params: Params) -> bool:
    bot.webhook = {}
    if params.flag("drop_pending_updates"):
        bot.updates = []
    return True


def webhook_info(bot: Bot) -> Json:
    info: Json = {
        "url": bot.webhook.get("url", ""),
        "has_custom_certificate": False,
        "pending_update_count": len(bot.updates),
    }
    if bot.webhook.get("error"):
        error = {"last_error_date": bot.webhook["error_at"] // 1000}
        info |= error | {"last_error_message": bot.webhook["error"]}
    return info | ({"allowed_updates": bot.allowed} if bot.allowed else {})


def _judge(url: SplitResult, secret: str) -> None:
    local = url.hostname in LOOPBACK
    if url.scheme != "https" and not (url.scheme == "http" and local):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if not local and (url.port or 443) not in PORTS:
        raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    if len(secret) > 256:
        raise bad("secret token is too long")
    if re.search(r"[^A-Za-z0-9_-]", secret):
        raise bad("secret token contains unallowed characters")


async def _deliver(world: World, bot: Bot, webhook: Json) -> None:
    """One update after the other, each until the other side says 2xx, as long as this webhook is the one."""
    headers = {"X-Telegram-Bot-Api-Secret-Token": webhook["secret"]} if webhook["secret"] else {}
    pause = 1.0
    async with httpx.AsyncClient(headers=headers, timeout=10) as client:
        while bot.webhook is webhook and not world.closed:
            if not bot.updates:
                await world.bell.heard(LONGEST_PAUSE)
                continue
            update = bot.updates[0]
            webhook["error"] = await _post(client, webhook["url"], update.body)
            if webhook["error"]:
                webhook["error_at"] = world.now()
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                bot.updates = [one for one in bot.updates if one.id != update.id]
                pause = 1.0


async def _post(client: httpx.AsyncClient, url: str, body: Json) -> str:
    """What went wrong; nothing if it was taken."""
    try:
        answer = await client.post(url, json=body)
    except httpx.HTTPError as error:
        return f"Connection failed: {type(error).__name__}"
    return "" if answer.is_success else f"Wrong response from the webhook: {answer.status_code}"
