"""Auto-lend, as the owner learns of it: told once, unless he has said that he wants it. Reads nothing itself."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.account.runner import Runner
from storage.store import Store
from strategy.messages.events import Told
from strategy.messages.notices import AutoLendFound

LEFT = "auto_lend_left"
"""The setting that says that the owner knows of it and leaves it on."""


@dataclass(slots=True, kw_only=True)
class Lending:
    """Whether the account lends idle funds by itself, which hides them from trading."""

    runner: Runner
    store: Store
    clock: Callable[[], int]
    _on: bool = False

    def seen(self, *, on: bool) -> None:
        """As the account's settings were read. Switched off, a later switching on is told again."""
        used = self.runner.account.limits.uses_lent  # the owner lets grids use it: there is nothing to warn of
        if on and not self._on and not used and self.store.setting(LEFT) is None:
            self.runner.post(Told(at=self.clock(), notice=AutoLendFound(at=self.clock())))
        if not on and self._on:
            self.store.set_setting(LEFT, None)
        self._on = on

    def leave(self) -> None:
        """The owner leaves it on and hears no more of it."""
        self.store.set_setting(LEFT, "yes")
