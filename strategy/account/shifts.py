"""A shift of a ladder that follows the price: decided by two looks, worked out, told, and only then begun.

What it takes is worked out by the function that shows it for /tune, and carried out by the one that does it there. No
coin loses more by it than was told: levels that hold coins stay above the ladder where its owner allows no loss.
"""

from decimal import Decimal

from strategy.account.envelopes import LEAST_CHANGE, parts
from strategy.account.ladders import ANY_MONEY, with_ladder
from strategy.account.risk import free
from strategy.adapt.shifting import Against, Move, against, at_its_end, beyond, is_inside, move, recent
from strategy.draft import Draft
from strategy.grid.bounds import left_for
from strategy.grid.looks import LOOKS_APART
from strategy.grid.opening import Preview, preview, shaped_like
from strategy.grid.planning import may_place
from strategy.grid.sizing import most_to_pay
from strategy.messages.problems import Problem, ProblemCode
from strategy.messages.shifts import Kept, ShiftBegun, ShiftDone, ShiftKept
from strategy.model.adapted import Ladder, Outside, Shifting
from strategy.model.grid import Grid, Phase
from strategy.model.market import Touch
from strategy.model.money import ONE, ZERO
from strategy.model.shown import PREVIEW_BAND, Tuning
from strategy.model.spec import MAX_LEVELS, GridSpec, Spacing
from strategy.model.values import replace


def watch_shift(draft: Draft, grid: Grid, touch: Touch) -> Grid:
    """Tell of a shift that is complete; begin one where two looks have found the price beyond the ladder."""
    if grid.phase is not Phase.RUNNING or grid.adapted.ladder is not None:
        return draft.change(grid, beyond=None) if grid.beyond is not None else grid
    grid = _done(draft, grid) if grid.adapted.shifting is not None else grid
    outside = beyond(grid, touch)
    if outside is None:
        return _back(draft, grid, touch)
    since = _seen_since(grid, outside, touch)
    if since is None:
        return draft.change(grid, beyond=(outside, touch.at, touch.middle))
    if touch.at < since + LOOKS_APART:
        return grid  # the same price, looked at twice
    if not grid.buys or may_place(draft, grid) is None:
        return grid
    up = outside is Outside.ABOVE
    found = against(draft.account, grid, touch, draft.at, up=up) or _worked_out(draft, grid, touch, up=up)
    return _kept(draft, grid, touch, found, up=up) if isinstance(found, Against) else _begun(draft, *found, up=up)


def _seen_since(grid: Grid, outside: Outside, touch: Touch) -> int | None:
    """Since when the price has been about where it is: a bad print beside a true one says nothing of how far to go."""
    if grid.beyond is None or grid.beyond[0] is not outside:
        return None
    _, since, price = grid.beyond
    return since if abs(touch.middle - price) <= price * PREVIEW_BAND else None


def _back(draft: Draft, grid: Grid, touch: Touch) -> Grid:
    """The price is not so far away any more. What was told is told anew once it has been inside."""
    if grid.adapted.held and is_inside(grid, touch):
        grid = draft.change(grid, adapted=replace(grid.adapted, held=()))
    return draft.change(grid, beyond=None) if grid.beyond is not None else grid


def _kept(draft: Draft, grid: Grid, touch: Touch, found: Against, *, up: bool) -> Grid:
    if found.reason in grid.adapted.held:
        return grid
    draft.notices.append(
        ShiftKept(
            at=draft.at,
            grid_id=grid.id,
            symbol=grid.spec.symbol,
            quote=grid.market.quote,
            up=up,
            price=touch.bid if up else touch.ask,
            reason=found.reason,
            value=found.value,
            threshold=found.threshold,
            end=found.end,
            until=found.until,
        )
    )
    return draft.change(grid, adapted=replace(grid.adapted, held=(*grid.adapted.held, found.reason)))


def _worked_out(draft: Draft, grid: Grid, touch: Touch, *, up: bool) -> tuple[Tuning, Shifting] | Against:
    """The grid with the shifted ladder on its way, or what is against it."""
    moved = move(grid, touch, up=up)
    if moved is None:
        return at_its_end(grid, up=up)
    spec = _moved(grid.spec, moved)
    wished = replace(spec, wait_for_range=True)
    found = preview(wished, grid.market, touch, draft.account.fees, ANY_MONEY, steps=moved.places)
    if isinstance(found, Problem):
        return Against(reason=Kept.POSITION if found.code is ProblemCode.POSITION else Kept.LADDER)
    before = grid.before
    if before is not None and shaped_like(before, grid.spec):
        before = replace(before, lower=spec.lower, upper=spec.upper)
    begun = replace(grid, spec=spec, before=before, beyond=None)
    tuning, ladder = _least_lost(draft, grid, begun, found)
    coins, spent = tuning.seed_coins, tuning.withdrawn.seed_cost
    shifting = Shifting(
        at=draft.at,
        up=up,
        steps=moved.steps,
        price=touch.middle,
        # Where the market takes no price so high, what is bought is bought below it.
        cost=max(ZERO, spent * (ONE + draft.account.fees.taker) - coins * touch.middle),
        loss=tuning.withdrawn.loss,
    )
    wrong = _too_dear(grid, shifting) or _no_room(draft, grid, tuning)
    if wrong is not None:
        return wrong
    adapted = replace(
        grid.adapted,
        ladder=ladder,
        shifting=shifting,
        shifts=(*recent(grid, draft.at), draft.at),
        held=(),
        money=_decided(grid),
    )
    return replace(tuning, tuned=replace(begun, adapted=adapted)), shifting


def _moved(spec: GridSpec, moved: Move) -> GridSpec:
    spec = replace(spec, version=spec.version + 1)
    if spec.spacing is Spacing.INTERVAL:
        return spec
    return replace(spec, lower=moved.places[0][0], upper=moved.places[-1][1])


def _least_lost(draft: Draft, grid: Grid, begun: Grid, found: Preview) -> tuple[Tuning, Ladder]:
    """With as many levels as its owner wants; where the coins of those that go would lose more than they may, these
    stay until they have sold.
    """
    most = (grid.spec.shift_loss or ZERO) * _decided(grid)
    ladder = Ladder(shapes=(), loss=most, dearest=most_to_pay(grid.market, found.touch.ask))
    tuning = with_ladder(draft, grid, begun, found, ladder)
    if tuning.withdrawn.loss > most:
        tuning = with_ladder(draft, grid, begun, found, replace(ladder, holds=True))
    ladder = tuning.tuned.adapted.ladder or ladder
    return tuning, replace(ladder, most=tuning.withdrawn.seed_cost, loss=tuning.withdrawn.loss)


def _decided(grid: Grid) -> Decimal:
    """What its owner has set aside for it."""
    return grid.money if grid.adapted.money is None else grid.adapted.money


def _too_dear(grid: Grid, shifting: Shifting) -> Against | None:
    most = grid.spec.shift_cost * _decided(grid)
    return Against(reason=Kept.COST, value=shifting.cost, threshold=most) if shifting.cost > most else None


def _no_room(draft: Draft, grid: Grid, tuning: Tuning) -> Against | None:
    """Whether the money is free that it takes, within what the grid and the account may use and hold."""
    becomes, account, quote = tuning.becomes, draft.account, grid.market.quote
    if len(becomes.levels) > MAX_LEVELS:
        return Against(reason=Kept.LADDER)
    more, has = tuning.withdrawn.more, max(ZERO, free(account, quote))
    if more > has:
        return Against(reason=Kept.MONEY, value=more, threshold=has)
    part = parts(account, quote)[grid.id] * (ONE + LEAST_CHANGE) if grid.spec.is_divided else becomes.money
    if becomes.money > max(part, grid.money):
        return Against(reason=Kept.MONEY, value=becomes.money, threshold=part)
    most = grid.spec.max_position
    if most is not None and becomes.money > most:
        return Against(reason=Kept.POSITION, value=becomes.money, threshold=most)
    new = more + tuning.withdrawn.seed_cost
    return None if left_for(account, grid, draft.at).takes(new) else Against(reason=Kept.POSITION, value=new)


def _begun(draft: Draft, tuning: Tuning, shifting: Shifting, *, up: bool) -> Grid:
    """Told with the orders that follow from it, in one commit."""
    grid, becomes, gone = tuning.tuned, tuning.becomes, tuning.withdrawn
    own = [level for level in becomes.levels.values() if level.rank <= grid.spec.grids]
    fees = gone.seed_cost * draft.account.fees.taker
    draft.notices.append(
        ShiftBegun(
            at=draft.at,
            grid_id=grid.id,
            symbol=grid.spec.symbol,
            base=grid.market.base,
            quote=grid.market.quote,
            up=up,
            steps=shifting.steps,
            price=grid.market.price_near(shifting.price),
            lower=min(level.buy_price for level in own),
            upper=max(level.sell_price for level in own),
            orders=gone.orders,
            coins=tuning.seed_coins,
            spent=gone.seed_cost,
            fees=fees,
            slippage=shifting.cost - fees,
            more=gone.more,
            loss=shifting.loss,
            held=len(becomes.levels) - len(own),
            endless=up and grid.spec.endless,
        )
    )
    return draft.put(grid)


def _done(draft: Draft, grid: Grid) -> Grid:
    """The ladder stands, and its coins are bought, or given up."""
    told = grid.adapted.shifting
    assert told is not None, "a shift is under way"
    own = [level for level in grid.levels.values() if level.rank <= grid.spec.grids]
    if not (told.up and grid.spec.endless):
        draft.notices.append(
            ShiftDone(
                at=draft.at,
                grid_id=grid.id,
                symbol=grid.spec.symbol,
                base=grid.market.base,
                quote=grid.market.quote,
                up=told.up,
                steps=told.steps,
                lower=min(level.buy_price for level in own),
                upper=max(level.sell_price for level in own),
                coins=told.bought,
                paid=told.paid,
                cost=told.paid - told.bought * told.price,
                told_cost=told.cost,
                loss=told.lost,
                told_loss=told.loss,
            )
        )
    return draft.change(grid, adapted=replace(grid.adapted, shifting=None))
