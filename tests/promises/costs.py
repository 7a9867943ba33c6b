"""Promises about what coins cost: by whichever method, the total is one, and the pair is what the engine books."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from strategy.audit.costs import Booked, Costs, Method
from strategy.model.grid import Grid
from strategy.model.ledger import Entry, Movement
from tests.promises.promise import promise


@promise("the cost methods agree")
def the_cost_methods_agree(entries: Sequence[Entry], grid: Grid, bid: Decimal) -> Iterator[str]:
    """Realised and floating come to the same total by every method; by the pair each is what the grid says of it."""
    own: list[Booked] = [one for one in entries if not isinstance(one, Movement) and one.grid_id == grid.id]
    found = {method: Costs(method) for method in Method}
    for entry in own:
        for one in found.values():
            one.take(entry)
    totals, pair = {one.total(bid) for one in found.values()}, found[Method.PAIR]
    if totals != {grid.total(bid)} or (pair.realised, pair.cost) != (grid.books.realised, grid.cost):
        yield f"grid {grid.id}: {totals} and {grid.total(bid)}, {pair.realised} and {grid.books.realised}"
