"""Blocks of client ids: which are free, and another one before the one in use is full. Decides nothing else.

What takes a block is written down before an id of it is given out. Orders under ids of the blocks before stay ours:
they are known by the journal, and an id of these blocks that it does not know is a stranger's as before. What follows a
block is known beforehand, so that a database which is put back knows where the later one may have gone on.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.account.runner import Runner
from storage.store import Store
from strategy.messages.events import BlockTaken
from strategy.model.account import Halt
from strategy.model.orders import BLOCK_SIZE, BLOCKS, following

ALMOST_FULL = BLOCK_SIZE - BLOCK_SIZE // 8
"""The rest is far more than all grids together can ask for before the next tick looks: 200 of 200 levels."""


def free_block(store: Store, name: str, seen: Iterable[int]) -> int:
    """A block of client ids that neither the journal nor the given ids of the exchange show, nor is next to one."""
    shown = {one // BLOCK_SIZE for one in seen}
    first, taken = secrets.randbelow(BLOCKS), shown | {following(block) for block in shown}
    for offset in range(BLOCKS):
        block = (first + offset) % BLOCKS
        # Block 0 would hold zero, which is a valid id at the exchange, and the small numbers that people choose.
        is_seen = block in taken or following(block) in shown
        if block and not is_seen and not store.any_id_in_block(name, block):
            return block
    msg = "every block of client ids has been used"
    raise RuntimeError(msg)


@dataclass(slots=True, kw_only=True)
class Blocks:
    """One account's."""

    runner: Runner
    store: Store
    clock: Callable[[], int]

    def free(self, seen: Iterable[int] = ()) -> int:
        """A block that nobody is seen to use, us included; `seen` are ids that are not in the account."""
        account = self.runner.account
        shown = (found.client_id for found in (*account.foreign, *account.strangers) if found.client_id is not None)
        ours = (block * BLOCK_SIZE for block in (account.block, *account.earlier))
        return free_block(self.store, account.name, [*ours, *shown, *seen])

    def renew(self, seen: Iterable[int] = ()) -> bool:
        """Take another one where the one in use is almost full, whatever rests under its ids; whether that was so.

        While strangers are there none is taken: what the owner chooses takes one, and has to find them until then.
        """
        account = self.runner.account
        if account.next_id < ALMOST_FULL or account.halt is Halt.STRANGERS:
            return False
        block = following(account.block)
        if self._is_seen(block, seen):
            block = self.free(seen)
        self.runner.post(BlockTaken(at=self.clock(), block=block))
        return True

    def _is_seen(self, block: int, seen: Iterable[int]) -> bool:
        """Whether the block that follows is in use after all: ids can be anybody's."""
        account = self.runner.account
        shown = {found.client_id for found in (*account.foreign, *account.strangers)} | set(seen)
        is_shown = any(one is not None and one // BLOCK_SIZE == block for one in shown)
        return is_shown or block in account.earlier or self.store.any_id_in_block(account.name, block)
