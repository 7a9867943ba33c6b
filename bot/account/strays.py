"""Orders and fills under ids of ours that memory lacks: the journal says whose they are. Reads nothing itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.account.runner import Runner
from storage.store import Store
from strategy.messages.events import Resurfaced, StrangersFound
from strategy.model.orders import ClientId, Fill, OpenOrder, Order
from strategy.reconcile.recovery import accounts_for, find, held, same


@dataclass(slots=True, kw_only=True)
class Strays:
    """One account's."""

    runner: Runner
    store: Store
    clock: Callable[[], int]

    def look(self, orders: Sequence[OpenOrder], fills: Sequence[Fill]) -> None:
        """Orders of the journal that memory has not: over, whatever block their ids are of. In today's: strangers."""
        account = self.runner.account
        known = held(account) if orders else {}
        unknown = [found for found in orders if found.client_id and not accounts_for(known.get(found.client_id), found)]
        strays = [fill for fill in fills if self._is_in_block(fill.client_id) and not find(account, fill.client_id)]
        seen = [found.client_id for found in unknown] + [fill.client_id for fill in strays]
        ids = {int(client_id) for client_id in seen if client_id is not None}
        if not ids:
            return
        journal = self.store.journal(account.name, sorted(ids))
        strange = []
        for found in unknown:
            order = _order_of(journal, found)
            if order is not None:
                self.runner.post(Resurfaced(at=self.clock(), found=found, order=order))
            elif self._is_in_block(found.client_id):
                strange.append(found)
        traded = sum(fill.client_id not in journal for fill in strays)
        if strange or traded:
            self.runner.post(StrangersFound(at=self.clock(), orders=tuple(strange), fills=traded))

    def _is_in_block(self, client_id: int | None) -> bool:
        return client_id is not None and self.runner.account.is_ours(ClientId(client_id))


def _order_of(journal: Mapping[ClientId, Order], found: OpenOrder) -> Order | None:
    """Ours means more than the id: an order of somebody else's may carry it too."""
    order = journal.get(found.client_id) if found.client_id is not None else None
    if order is None or order.order_id not in (None, found.order_id) or order.quantity != found.quantity:
        return None
    return order if same(order, found) else None
