"""Envelopes: how the money of an account is divided between its grids, in each quote by itself.

A grid has an amount, which it keeps; a share of the account's own money; or what is left. The own money is what the
books have, less what is lent, staked or locked by others, with the coins of the grids at cost. Shares come before what
is left, which the grids that take it divide evenly. Nothing is promised twice: what all of them get is never more than
there is.

It is looked at when a grid begins, ends or is tuned, when money moves, and with each reading of the balances. A grid
changes where its part is another one by a hundredth at least, or where a new grid needs less than that of what is left;
those that get less go first. Each change is a version of the grid, made like the owner's own: what can't be (too small
an order, a limit) is left as it is and tried again.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from strategy.account.risk import free, locked_by_others, out_of_reach, reserved
from strategy.account.tuning import tuning_of
from strategy.draft import Draft
from strategy.grid.opening import preview, total_for
from strategy.grid.sizing import money_down
from strategy.messages.envelopes import EnvelopeChanged
from strategy.messages.problems import Problem
from strategy.model.account import Account
from strategy.model.grid import Grid, Phase
from strategy.model.market import Asset, Balance, Market, Touch
from strategy.model.money import ONE, ZERO
from strategy.model.orders import GridId
from strategy.model.spec import GridSpec
from strategy.model.values import replace

LEAST_CHANGE = Decimal("0.01")
"""Of what a grid has: less than that moves no order."""
SLACK = Decimal("0.002")
"""Of each part, what stays free: rounding and fees on their way may need it."""
ROOM_TRIES = 20
"""By which what can be given up is known to a millionth of what is needed."""
NEWCOMER = GridId(0)
"""The grid that is being wished for."""
_DIVIDED = (Phase.WAITING, Phase.SEEDING, Phase.RUNNING, Phase.PAUSED)
INFINITY = Decimal("Infinity")


def own_money(account: Account, quote: Asset) -> Decimal:
    """What there is to divide, in quote."""
    there = account.expected.get(quote, ZERO) - out_of_reach(account, account.balances.get(quote, Balance()))
    cost = sum((grid.cost for grid in _here(account, quote)), ZERO)
    return max(ZERO, there - locked_by_others(account, quote)) + cost


def parts(
    account: Account, quote: Asset, newcomer: GridSpec | None = None, money: Decimal = ZERO
) -> Mapping[GridId, Decimal]:
    """What each grid that has a share, or takes what is left, may have: beside a newcomer that needs so much money."""
    specs = {grid.id: grid.spec for grid in _here(account, quote) if grid.phase in _DIVIDED}
    specs |= {NEWCOMER: newcomer} if newcomer is not None else {}
    specs = {grid_id: spec for grid_id, spec in specs.items() if spec.is_divided}
    shares = {grid_id: spec.envelope for grid_id, spec in specs.items() if spec.envelope is not None}
    rest = [grid_id for grid_id in specs if grid_id not in shares]
    own = own_money(account, quote)
    kept = sum((_tied(account, one) for one in _here(account, quote) if one.id not in {*shares, *rest}), ZERO)
    there = max(ZERO, own - kept)
    asked = sum(shares.values(), ZERO) * own
    fits = min(ONE, there / asked) if asked else ONE
    left = max(ZERO, there - asked * fits - money)
    whole = {grid_id: share * own * fits for grid_id, share in shares.items()}
    whole |= {grid_id: left / len(rest) for grid_id in rest}
    return {grid_id: part * (ONE - SLACK) for grid_id, part in whole.items()}


def make_room(draft: Draft, spec: GridSpec, market: Market, touch: Touch) -> GridSpec:
    """The wish with the money that its share comes to. Grids that take what is left give up what it needs."""
    account, quote, money = draft.account, market.quote, ZERO
    divided = spec.is_divided
    if not divided and not any(grid.spec.is_divided for grid in _here(account, quote)):
        return spec
    if not divided:
        found = preview(spec, market, touch, account.fees, INFINITY)
        money = ZERO if isinstance(found, Problem) else found.money
    wanted = parts(account, quote, spec, money)
    if divided or money > free(account, quote):
        _resize_all(draft, quote, wanted, grow=False, giving=not divided)
    if not divided:
        return spec
    most = min(wanted[NEWCOMER], max(ZERO, free(draft.account, quote)))
    total = total_for(spec, market, touch, account.fees, most)
    return replace(spec, total=total if spec.total is None else min(spec.total, total))


def make_way(draft: Draft, quote: Asset, needed: Decimal) -> None:
    """Let grids that take what is left give up what a grid needs that trades on."""
    if needed > free(draft.account, quote) and any(grid.spec.takes_rest for grid in _here(draft.account, quote)):
        _resize_all(draft, quote, parts(draft.account, quote, None, needed), grow=False, giving=True)


def room(account: Account, quote: Asset, needed: Decimal, at: int) -> Decimal:
    """The most that could be free for another grid, which needs more: grids that take what is left give up what they
    can, and no more than leaves each of their orders large enough.
    """
    low, high = free(account, quote), needed
    if not any(grid.spec.takes_rest for grid in _here(account, quote)):
        return low
    for _ in range(ROOM_TRIES):
        middle, draft = (low + high) / 2, Draft(account=account, at=at)
        _resize_all(draft, quote, parts(account, quote, None, middle), grow=False, giving=True)
        low, high = (middle, high) if free(draft.account, quote) >= middle else (low, middle)
    return low


def divide(draft: Draft) -> Sequence[GridId]:
    """Give each grid its part, as far as it can be given now; those that were changed are to be planned."""
    changed: list[GridId] = []
    divided = [grid for grid in draft.account.grids.values() if grid.spec.is_divided]
    for quote in sorted({grid.market.quote for grid in divided}):
        for grow in (False, True):
            changed += _resize_all(draft, quote, parts(draft.account, quote), grow=grow)
    return changed


def is_shown(account: Account, quote: Asset) -> bool:
    """Whether the exchange has shown all of an asset that the books have. What it has not can't be given to anybody."""
    return account.balances.get(quote, Balance()).total >= account.expected.get(quote, ZERO)


def _resize_all(  # what is given to whom, and which way
    draft: Draft, quote: Asset, wanted: Mapping[GridId, Decimal], *, grow: bool, giving: bool = False
) -> list[GridId]:
    """`giving`: whoever takes what is left gives up the least that is needed, too."""
    changed = []
    for grid in _here(draft.account, quote):
        part, ladder = wanted.get(grid.id), grid.adapted.ladder
        if part is not None and grow:  # what others hold in coins beyond their part is not there yet
            part = min(part, grid.money + max(ZERO, free(draft.account, quote)) * (ONE - SLACK))
        if ladder is not None and ladder.is_shift:  # another one in its place would lose what was not told
            continue
        least = ZERO if giving and grid.spec.takes_rest else LEAST_CHANGE * grid.money
        if part is None or abs(part - grid.money) < least or (part > grid.money) is not grow:
            continue
        if _resize(draft, grid, part):
            changed.append(grid.id)
    return changed


def _resize(draft: Draft, grid: Grid, part: Decimal) -> bool:
    """A total that goes with the part as the present one goes with what is set aside; whether it could be given."""
    assert grid.spec.total is not None, "a grid with a share has a total"
    total = money_down(grid.spec.total * part / grid.money, grid.market.quote)
    if not total:
        return False
    found = tuning_of(draft, grid.id, replace(grid.spec, total=total))
    if isinstance(found, Problem):
        return False
    tuned = draft.put(found.tuned)
    draft.notices.append(
        EnvelopeChanged(
            at=draft.at,
            grid_id=grid.id,
            symbol=grid.spec.symbol,
            quote=grid.market.quote,
            before=grid.money,
            after=tuned.money,
            envelope=grid.spec.envelope,
        )
    )
    return True


def _tied(account: Account, grid: Grid) -> Decimal:
    return reserved(grid, account.fees) + grid.cost


def _here(account: Account, quote: Asset) -> list[Grid]:
    """The grids of a quote that have not ended: the coins of those that have are the owner's again."""
    return [grid for grid in account.grids.values() if grid.market.quote == quote and grid.phase is not Phase.STOPPED]
