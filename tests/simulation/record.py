"""What the venue's side saw of us: every intent that was sent, every order, every cancel. It judges as it sees."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from exchange.paper.accounts import Account
from exchange.paper.exchange import PaperExchange
from exchange.paper.records import VenueOrder
from exchange.port import BatchRefused, Listed, Placement
from strategy.draft import Step
from strategy.messages.notices import GridOpened, LimitReached, Notice
from strategy.messages.reports import Report
from strategy.messages.risk import HeldBack
from strategy.model.account import Account as State
from strategy.model.market import Asset, Symbol
from strategy.model.orders import ClientId, EndedOrder, Order
from tests.promises.limits import Bounded
from tests.promises.orders import Doubts, no_own_crossing
from tests.promises.prices import no_price_comes_back
from tests.promises.promise import Violation
from tests.road import finished
from tests.simulation.disk import Disk

MARKED = ("another mode", "another account", "another exchange")
"""Databases that say themselves that they are not this one's."""
UNMARKED = ("before there were marks", "an exchange that was emptied")
"""Those of which only the exchange's records tell."""
LONGEST_LAG = 120_000
"""Milliseconds by which the history is behind at the most."""


@dataclass(slots=True)
class Record:
    """One account's doings, over all lives of the process."""

    paper: PaperExchange
    key: str
    disk: Disk
    trace: Callable[[str], None]
    happened: Counter[str]
    clock: Callable[[], int]
    """The process's."""
    set_back: int = 0
    """The latest time that it has shown before an earlier one."""
    sent: dict[ClientId, Order] = field(default_factory=dict)
    """Every intent that left a process, whatever became of the database that knew it."""
    lost: set[ClientId] = field(default_factory=set)
    """Those that today's database does not know, because an older one was put back."""
    forgotten: set[int] = field(default_factory=set)
    """Orders at the venue that no list showed before their ids, of which an older database did not know, were used."""
    shown: set[ClientId] = field(default_factory=set)
    """Ids that the history showed when the database was replaced, however far it lagged behind."""
    hidden: set[ClientId | None] = field(default_factory=set)
    """Ids that the newest list of open orders was without."""
    disks: int = 0
    """How often the database was replaced."""
    ours: dict[int, ClientId] = field(default_factory=dict)
    """By the venue's ids."""
    given_away: set[int] = field(default_factory=set)
    """Orders at the venue that the owner has told us to cancel."""
    mixed_up: str = ""
    """What is wrong with the database that lies where the right one should; empty while it is the right one."""
    violations: list[Violation] = field(default_factory=list)
    live: Callable[[], Iterable[Order]] = tuple
    """The orders that the living process takes for live."""
    opened: Callable[[State, State, Asset], None] = lambda *_: None
    """Looks at the account before and after a step that opened a grid of this quote."""
    reported: Callable[[State | None, Report], Iterator[Violation]] = lambda *_: iter(())
    """Looks at a report beside the account before it."""
    before: State | None = None
    """The account of the living process before the step that is looked at."""
    doubts: Doubts = field(default_factory=Doubts)
    bounded: Bounded = field(default_factory=Bounded)

    def broken(self, name: str, text: str) -> None:
        """A promise was broken."""
        self.trace(f"BROKEN {name}: {text}")
        self.violations.append(Violation(name, text))

    def planned(self, steps: Sequence[Step]) -> None:
        """The process has written down what it will send."""
        for done in steps:
            self.doubts.planned(done)
            self.happened["another block of ids"] += bool(self.before and self.before.block != done.account.block)
            for told in done.notices:
                self._told(done, told)
            for name, text in (
                *self.bounded.planned(done),
                *no_price_comes_back(self.before, done.account, self.set_back),
            ):
                self.broken(name, text)
            self.before = done.account

    def _told(self, done: Step, told: Notice) -> None:
        match told:
            case GridOpened():
                self.opened(self.before or done.account, done.account, told.quote)
            case LimitReached():
                self.happened[f"limit: {told.reason}"] += 1
            case HeldBack():
                self.happened[f"held back: {told.bound}"] += 1
            case Report():
                self.violations += self.reported(self.before, told)
            case _:
                pass

    def clock_set(self, shown: int) -> None:
        """The process's clock is another one now; before that it has shown this."""
        if self.clock() < shown:
            self.set_back = max(self.set_back, shown)

    def another_life(self) -> None:
        """A process begins, with whatever its database remembers."""
        self.bounded, self.before = Bounded(), None

    def sending(self, orders: Sequence[Order]) -> None:
        """Orders leave the process: each must be written down, once, under an id of its own."""
        resting = {order.client_id for order in self._account.open.values() if order.id in self.ours} - self.hidden
        if self.mixed_up:
            self.broken("a database belongs to one account", f"orders are sent with one of {self.mixed_up}")
        if not self.disk.rows("SELECT 1 FROM setting WHERE key = 'live_confirmed'"):
            self.broken("LIVE is asked first", "orders are sent, and it was never typed")
        for order in orders:
            is_known = order.client_id not in self.lost or order.client_id in self.shown | resting
            if order.client_id in self.sent and is_known:
                self.broken("sent once", f"id {order.client_id} is sent again")
            self.sent[order.client_id] = order
            self._use_again(order.client_id)
            if not self.disk.rows("SELECT 1 FROM order_ WHERE client_id = ?", order.client_id):
                self.broken("written first", f"id {order.client_id} is sent and not in the journal")
            if self.disk.known_to_loser is not None and order.client_id not in self.disk.known_to_loser:
                self.broken("one writer", f"id {order.client_id} is sent by a process that lost the database")
            for name, text in no_own_crossing([order], self.live(), doubts=self.doubts):
                self.broken(name, f"{_short(order)} would meet an order that we take for live: {text}")
            self.trace(f"send {_short(order)}")

    def _use_again(self, lost: ClientId) -> None:
        if lost in self.lost:
            self.lost.remove(lost)
            self.forgotten |= {number for number, client_id in self.ours.items() if client_id == lost}

    def heard(self, orders: Sequence[Order], outcomes: Sequence[Placement]) -> None:
        """The process knows the outcomes: what was refused whole it may send again in other company."""
        if all(isinstance(outcome, BatchRefused) for outcome in outcomes):
            self.happened["batch refused"] += 1
            for order in orders:
                self.sent.pop(order.client_id, None)

    def admitted(self) -> None:
        """The process takes the database for its own."""
        if self.mixed_up in MARKED:
            self.broken("a database belongs to one account", f"one of {self.mixed_up} is taken")

    def another_disk(self) -> None:
        """The database was replaced: what it does not know is ours no more."""
        known = {client_id for (client_id,) in self.disk.rows("SELECT client_id FROM order_")}
        self.lost = self.sent.keys() - known
        until = self.paper.venue.clock() - LONGEST_LAG
        self.shown = {self.ours[id_] for id_ in self.ours if self._account.orders[id_].created_at < until}
        self.disks += 1

    def adopted(self, known: Iterable[ClientId]) -> None:
        """Orders that today's database has learnt of again."""
        again = self.lost & set(known)
        self.lost -= again
        self.happened["adopted"] += len(again)

    def placed(self, orders: Sequence[Order]) -> Sequence[Placement]:
        """The request has arrived."""
        for order in orders:
            here = [rest for rest in self._account.open.values() if self._is_known(rest.id)]
            for name, text in no_own_crossing([order], here, doubts=self.doubts):
                self.broken(name, f"{_short(order)} would meet an order of our own: {text}")
        first = self.paper.venue.next_id
        answers = finished(self.paper.place(orders))
        for number in range(first, self.paper.venue.next_id):
            self.ours[number] = ClientId(self._account.orders[number].client_id or 0)
        for order, answer in zip(orders, answers, strict=True):
            self.trace(f"arrived {order.client_id}: {answer!r}")
        self.happened["orders"] += len(orders)
        return answers

    def cancelled(self, symbol: Symbol, *, order_id: str | None, client_id: int | None) -> EndedOrder | None:
        """A cancel has arrived: it may only meet what is ours."""
        found = self._account.find(symbol, int(order_id) if order_id is not None else None, client_id)
        if found is not None and found.id not in self.ours and found.id not in self.given_away:
            self.broken("foreign untouched", f"order {found.id} ({found.client_id}) is not ours and was cancelled")
        self.trace(f"cancel arrived {client_id} {order_id}")
        return finished(self.paper.cancel(symbol, order_id=order_id, client_id=client_id))

    def all_cancelled(self, symbol: Symbol, seen: set[str] | None) -> Listed[EndedOrder] | None:
        """A cancel of everything has arrived. Only an order that came after the read before it may be met by it."""
        here = [one for one in self._account.open.values() if one.symbol == symbol]
        foreign = [one for one in here if one.id not in self.ours and one.id not in self.given_away]
        caught = [one for one in foreign if seen is not None and str(one.id) not in seen]
        self.happened["swept"] += len(here)
        self.happened["caught in a sweep"] += len(caught)
        if len(caught) < len(foreign):
            self.broken("foreign untouched", f"{len(foreign)} orders that are not ours were cancelled with the rest")
        self.trace(f"cancel of everything arrived: {len(here)} of {symbol}")
        return finished(self.paper.cancel_all(symbol))

    def resting(self) -> Iterator[tuple[VenueOrder, Order]]:
        """Our orders at the venue that today's database can know, as they are there and as they were sent."""
        for order in self._account.open.values():
            if self._is_known(order.id):
                yield order, self.sent[self.ours[order.id]]

    def _is_known(self, number: int) -> bool:
        return number in self.ours and self.ours[number] not in self.lost and number not in self.forgotten

    @property
    def _account(self) -> Account:
        return self.paper.venue.accounts[self.key]


def _short(order: Order) -> str:
    where = f"grid {order.grid_id} level {order.level} {order.purpose.value}"
    return f"{order.client_id} {where}: {order.side.value} {order.quantity} at {order.price}"
