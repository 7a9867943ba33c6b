"""`packgrid audit`: the proof of the books while the bot is stopped. Places, cancels and writes nothing."""

import html
import re
import sys
from contextlib import AsyncExitStack

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from bot.account.identity import admit, identity_of, opened
from bot.app import ACCOUNT
from bot.console.check import advice
from bot.live import paper_market, print_line, signer_of
from bot.machine.clock import wall_milliseconds
from bot.machine.discreet import redacted
from bot.machine.exits import Exit
from bot.mode import Mode
from bot.owner.audit import Auditor
from bot.owner.views import Audit, AuditProgress
from bot.settings import Settings, read_settings
from bot.telegram.texts import face as texts
from exchange.backpack.client import BackpackClient
from exchange.port import Exchange, ExchangeError
from storage.errors import DatabaseInUse
from storage.store import Store


async def audit() -> int:
    """Print the verdict. `Exit.WRONG` where a difference is not explained; other statuses where none was reached."""
    settings = read_settings()
    lang = settings.language or "en"
    try:
        async with AsyncExitStack() as stack:
            store = opened(settings.database, identity_of(settings), now=wall_milliseconds)
            stack.callback(store.close)
            found = await _audited(store, await _exchange(settings, store, stack))
    except DatabaseInUse as wrong:
        sys.stderr.write(f"{redacted(str(wrong))}\n{texts.say(lang, 'audit.locked')}\n")
        return Exit.DATABASE
    except ExchangeError as failure:
        sys.stderr.write(f"{advice(failure)}\n")
        return Exit.OUTSIDE
    print_line(html.unescape(re.sub(r"<[^>]+>", "", _said(lang, found, settings))))
    return Exit.WRONG if found is not None and found.unexplained else Exit.DONE


def _said(lang: str, found: Audit | None, settings: Settings) -> str:
    if found is None:
        return texts.say(lang, "audit.empty")
    return texts.audit(lang, found, settings.mode, settings.zone, in_chat=False)


async def _exchange(settings: Settings, store: Store, stack: AsyncExitStack) -> Exchange:
    """Backpack with the key, or the paper venue as it was left."""
    signer = signer_of(settings) if settings.mode is not Mode.PAPER else None
    client = BackpackClient(settings.backpack_api_url, signer, window=settings.request_window_ms)
    stack.push_async_callback(client.close)
    await admit(store, ACCOUNT, identity_of(settings), client)
    return client if settings.mode is not Mode.PAPER else paper_market(settings, store, client, wall_milliseconds)


async def _audited(store: Store, exchange: Exchange) -> Audit | None:
    account = store.load(ACCOUNT)
    if account is None:
        return None
    auditor = Auditor(exchange=exchange, store=store, account=lambda: account, clock=wall_milliseconds)
    columns = (TextColumn("ledger"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("ledger", total=None)

        async def tell(progress: AuditProgress) -> None:
            bar.update(task, completed=progress.done, total=progress.total)

        return await auditor.run(tell)
