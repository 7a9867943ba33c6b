"""`packgrid replay`: what was recorded, through the engine once more, also while the bot runs. It only reads."""

import argparse
import html
import json
import re
import sys
import time
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path

from bot.account.days import begin_of, end_of
from bot.app import ACCOUNT
from bot.console.bars import bar
from bot.console.replay_market import replay_market
from bot.live import print_line
from bot.machine.clock import wall_milliseconds
from bot.machine.exits import Exit
from bot.machine.program import engine_version
from bot.owner.shadows import Difference, Shadow
from bot.settings import Settings, read_settings
from bot.shadow.replaying import replayed
from bot.shadow.stretches import Follower
from bot.telegram.texts import face as texts
from storage.store import Store


async def replay(arguments: argparse.Namespace) -> int:
    """Print the verdict. `Exit.WRONG` where there is a difference, `Exit.DATABASE` where nothing is recorded."""
    settings = read_settings()
    if not arguments.market:
        return _replay(settings, arguments, None)
    follower = Follower()
    status = _replay(settings, arguments, follower)
    return status if status != Exit.DONE else await replay_market(settings, follower.end(), arguments)


def _replay(settings: Settings, arguments: argparse.Namespace, follower: Follower | None) -> int:
    since, until = _span(settings, arguments.first, arguments.last, arguments.back)
    begun = time.perf_counter()
    found = _replayed(settings, since, until, follower)
    if found is None:
        sys.stderr.write(_plain(texts.say(settings.language or "en", "shadow.empty")) + "\n")
        return Exit.DATABASE
    seconds = time.perf_counter() - begun
    print_line(_plain(texts.shadow(settings.language or "en", found, settings.mode, settings.zone)))
    if arguments.json and follower is None:
        Path(arguments.json).write_text(_as_json(found, seconds), "utf-8")
    return Exit.WRONG if found.difference is not None else Exit.DONE


def _span(settings: Settings, first: date | None, last: date | None, back: int) -> tuple[int, int | None]:
    """From when, and until when; None: until now."""
    since = begin_of(settings.zone, first) if first else wall_milliseconds() - back
    return since, end_of(settings.zone, last) if last else None


def _replayed(settings: Settings, since: int, until: int | None, follower: Follower | None) -> Shadow | None:
    store = Store.look(settings.database, now=wall_milliseconds)
    try:
        with bar("recorded events", None) as told:
            return replayed(store, ACCOUNT, since, until, engine_version(), told, follower)
    finally:
        store.close()


def _plain(text: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", text))


def _as_json(found: Shadow, seconds: float) -> str:
    told: dict[str, object] = {one.name: getattr(found, one.name) for one in fields(Shadow)}
    told["begins"], told["ends"] = _moment(found.begins), _moment(found.ends)
    told["differences"] = int(found.difference is not None)
    told["difference"] = _said(found.difference) if found.difference is not None else None
    told["seconds"] = round(seconds, 3)
    return json.dumps(told, indent=1) + "\n"


def _said(differs: Difference) -> dict[str, object]:
    return {one.name: getattr(differs, one.name) for one in fields(Difference)} | {"at": _moment(differs.at)}


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
