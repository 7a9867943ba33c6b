"""What the owner may ask of an account: each command is done whole or refused with a problem that says why."""

from collections.abc import Iterable
from decimal import Decimal

from strategy.account.ending import dated, past_end
from strategy.account.envelopes import make_room, make_way, room
from strategy.account.holds import held
from strategy.account.markets import sale_waits
from strategy.account.refusals import buys_nothing, crossed, limit_reached, no_goal, wrong_phase
from strategy.account.risk import free, reserved, totals
from strategy.adapt.gate import awaited, awaits_of, is_gated, moves
from strategy.adapt.spacing import follows, spaced
from strategy.draft import Draft
from strategy.grid.bounds import bounds_on, exposure, may_open
from strategy.grid.denials import forgiven
from strategy.grid.limits import triggered
from strategy.grid.looks import seen_twice, unseen
from strategy.grid.opening import Preview, levels_of, measured, preview, problem, unknown_grid
from strategy.grid.reshaping import numbered
from strategy.grid.sequences import begin_stop, forget_seeds, is_paused
from strategy.grid.sizing import TAKER_MARGIN, least_order, lost_to_rounding, money_to_wait, paid
from strategy.messages.commands import Panic, PauseGrid, ResumeGrid, SetLending, StartGrid, StopGrid
from strategy.messages.exits import BuyingPaused
from strategy.messages.gates import Awaited, Begun, Until
from strategy.messages.notices import GridOpened, PhaseChanged
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.account import Account, Halt
from strategy.model.adapted import Adapted, Seeding
from strategy.model.grid import MAX_GRIDS, Grid, Phase
from strategy.model.inventory import closes
from strategy.model.levels import Level
from strategy.model.market import Fees, Market, Touch
from strategy.model.money import ONE, ZERO
from strategy.model.orders import GridId
from strategy.model.shown import PREVIEW_BAND, PREVIEW_LIFE, Shown
from strategy.model.spec import GridSpec
from strategy.model.stops import StopReason
from strategy.model.values import replace
from strategy.model.valuing import price_in_usdc


def start_grid(draft: Draft, event: StartGrid) -> Problem | None:
    """Open a grid, if it can be."""
    before = draft.mark()
    found = no_goal(draft.account, event.spec) or opening_of(draft, event.spec)
    over = isinstance(found, Preview) and event.shown is not None and _is_over(event, event.shown, found)
    if isinstance(found, Problem) or over:
        draft.undo(before)  # what others would have given up for it
        return found if isinstance(found, Problem) else problem(ProblemCode.PREVIEW_OVER)
    grid = _opened(GridId(draft.account.next_grid), found, draft.at)
    if event.shown is not None:
        grid = _as_shown(grid, event.shown)
    draft.set(next_grid=draft.account.next_grid + 1)
    draft.put(grid)
    draft.notices.append(
        GridOpened(
            at=draft.at,
            grid_id=grid.id,
            symbol=grid.spec.symbol,
            quote=grid.market.quote,
            levels=len(grid.levels),
            seeds=len(grid.seeding.wanted) if grid.seeding else 0,
            money=grid.money,
            phase=grid.phase,
        )
    )
    return None


def _is_over(event: StartGrid, shown: Shown, found: Preview) -> bool:
    """Whether time, price, money or a measured interval have left the bounds within which a preview holds.

    The reserve for rounding, and the margin of a taker, are there to be used: they alone make no other grid of it.
    """
    margin = found.seed_cost - found.seed_cost / (ONE + TAKER_MARGIN)
    reserve = lost_to_rounding(found.levels, found.market)
    return (
        event.at - shown.at > PREVIEW_LIFE
        or _is_apart(event.spec.interval, found.spec.interval)
        or abs(found.touch.middle - shown.price) > shown.price * PREVIEW_BAND
        or found.seed_cost - margin > shown.seed_cost
        or found.money - margin - reserve > shown.money
    )


def _is_apart(shown: Decimal | None, now: Decimal | None) -> bool:
    return shown is not None and now is not None and abs(now - shown) > shown * PREVIEW_BAND


def _as_shown(grid: Grid, shown: Shown) -> Grid:
    """Its seeds cost no more than was shown, and no more money is set aside."""
    seeding = replace(grid.seeding, most=shown.seed_cost) if grid.seeding else None
    return replace(grid, seeding=seeding, money=min(grid.money, shown.money))


def preview_of(draft: Draft, spec: GridSpec) -> Preview | Problem:
    """The grid that this wish would be now, with the account's prices, fees and free money.

    It is shown and started only where its bounds leave it room; what was shown is not looked at for that again.
    """
    found = no_goal(draft.account, spec) or opening_of(draft, spec)
    if isinstance(found, Problem):
        return found
    return crossed(found.spec, found.levels[0].buy_price, found.levels[-1].sell_price) or found


def opening_of(draft: Draft, spec: GridSpec) -> Preview | Problem:
    """The same of a wish that was granted before: an interval that follows no goal any more is the grid's own."""
    account = draft.account
    market, touch = account.markets.get(spec.symbol), account.touches.get(spec.symbol)
    if market is None:
        return problem(ProblemCode.UNKNOWN_MARKET, "market", name=spec.symbol)
    if touch is None:
        return problem(ProblemCode.NO_PRICE, symbol=spec.symbol)
    spec = dated(account, spec, draft.at)
    if wrong := _nothing_opens(draft) or past_end(account, spec, draft.at):
        return wrong
    spec = make_room(draft, spaced(account, spec, market, touch, draft.at), market, touch)
    awaits = awaited(account, spec, touch, draft.at, touch.middle)
    found = _too_young(spec, awaits) or preview(
        spec, market, touch, account.fees, free(draft.account, market.quote), awaits
    )
    if isinstance(found, Problem):
        if found.code is ProblemCode.NO_MONEY and not spec.is_divided:  # what others could give up would fit as well
            needed = Decimal(dict(found.facts)["needed"])
            most = room(account, market.quote, needed, draft.at)
            found = preview(spec, market, touch, account.fees, most, awaits)
            assert isinstance(found, Problem), "less is there than it needs"
        return _with_reserved(draft, market, found)
    return _beyond_exposure(draft.account, found) or found


def _nothing_opens(draft: Draft) -> Problem | None:
    """Why no grid can be opened now, whatever it is."""
    account, limits = draft.account, draft.account.limits
    if stopped := held(draft):
        return stopped
    if account.interruption is not None or not account.ready:
        cause = account.interruption.cause if account.interruption else "starting"
        return problem(ProblemCode.INTERRUPTED, cause=cause)
    if not may_open(account, draft.at):
        left = limits.paused_until - draft.at
        return problem(ProblemCode.OPENING_PAUSED, stops=limits.stops or 0, hours=limits.stops_hours, left=left)
    if sum(grid.phase is not Phase.STOPPED for grid in account.grids.values()) >= MAX_GRIDS:
        return problem(ProblemCode.TOO_MANY_GRIDS, maximum=MAX_GRIDS)
    return None


def _beyond_exposure(account: Account, found: Preview) -> Problem | None:
    """The first coins are bought whole, or the grid is not begun. Its buys wait where others have taken the room."""
    worth = price_in_usdc(account, found.market.quote)
    for coin, most in bounds_on(account.limits, found.market.base):
        used = exposure(account, coin)
        needed = None if worth is None or used is None else used + found.seed_cost * worth
        if needed is None or needed > most:
            facts: dict[str, Decimal | str] = {"most": most, "coin": coin or ""}
            facts |= {"needed": needed} if needed is not None else {}
            return problem(ProblemCode.EXPOSURE, "exposure", **facts)
    return None


def _too_young(spec: GridSpec, awaits: Iterable[Awaited]) -> Problem | None:
    """A market whose past does not reach as far as the gate looks: money would be set aside for days."""
    for one in awaits:
        if one.until is Until.HISTORY or (one.until is Until.MEASURE and one.known):
            word = "gate" if one.until is Until.HISTORY else "widthin"
            return problem(ProblemCode.NO_HISTORY, word, symbol=spec.symbol, hours=one.hours, known=one.known)
    return None


def _with_reserved(draft: Draft, market: Market, found: Problem) -> Problem:
    if found.code is not ProblemCode.NO_MONEY:
        return found
    others = (grid for grid in draft.account.grids.values() if grid.market.quote == market.quote)
    held = sum((reserved(grid, draft.account.fees) for grid in others), ZERO)
    balance = draft.account.balances.get(market.quote)
    idle = balance is not None and balance.lent and not draft.account.limits.uses_lent
    lent = (("lent", balance.lent),) if balance and idle else ()
    return replace(found, facts=(*found.facts, ("reserved", held), *lent))


def _opened(grid_id: GridId, found: Preview, at: int) -> Grid:
    seeding = None if found.waits else _seeding(found.levels, at)
    return Grid(
        id=grid_id,
        spec=found.spec if found.waits else measured(found.spec, found.market, found.touch),
        market=found.market,
        created_at=at,
        money=found.money,
        start_price=found.touch.middle,
        levels={level.id: level for level in found.levels},
        phase=Phase.WAITING if found.waits else _first_phase(seeding),
        seeding=seeding,
        adapted=Adapted() if found.waits else _adapted(Adapted(), found.spec, at),
    )


def _adapted(adapted: Adapted, spec: GridSpec, at: int) -> Adapted:
    """An interval that was measured now stays for a while."""
    return replace(adapted, widened_at=at) if follows(spec) else adapted


def _seeding(levels: Iterable[Level], at: int) -> Seeding | None:
    wanted = {level.id: level.quantity for level in levels if closes(level.side)}
    return Seeding(started_at=at, wanted=wanted) if wanted else None


def _first_phase(seeding: Seeding | None) -> Phase:
    return Phase.SEEDING if seeding else Phase.RUNNING


def begin_waiting(draft: Draft, grid: Grid, touch: Touch) -> Grid:
    """Begin a waiting grid when its gates are open and the price is in its range, with the levels that it makes."""
    stopped = draft.account.stopped_by or not may_open(draft.account, draft.at)
    if awaits_of(draft.account, grid, draft.at) or stopped or triggered(grid, touch.bid):
        return unseen(draft, grid)
    # One bad print opens nothing: its gates are to be seen open at two prices.
    if is_gated(grid.spec) and not seen_twice(draft, grid, touch):
        return draft.grid(grid.id)
    wish = spaced(draft.account, grid.spec, grid.market, touch, draft.at)
    spec = measured(wish, grid.market, touch)
    found = levels_of(spec, grid.market, touch)
    if isinstance(found, Problem) or _too_small(found, grid.market, paid(grid.spec, draft.account.fees)):
        return grid  # the market's rules have changed and it fits no more: it was told, and may fit again
    money = money_to_wait(found, grid.market, draft.account.fees) if moves(grid.spec) else grid.money
    if money > grid.money + max(ZERO, free(draft.account, grid.market.quote)):
        return grid  # measured where the price has come to, it needs more than was set aside and than is free
    levels = numbered(grid, found)
    seeding = _seeding(levels.values(), draft.at)
    grid = draft.change(
        grid,
        spec=spec,
        levels=levels,
        seeding=seeding,
        phase=_first_phase(seeding),
        start_price=touch.middle,
        money=money,
        adapted=_adapted(grid.adapted, spec, draft.at),
        warned=0,
    )
    begun = Begun(price=grid.market.price_near(touch.middle), money=money, quote=grid.market.quote)
    return _phase_told(draft, grid, begun)


def _too_small(levels: Iterable[Level], market: Market, fees: Fees) -> bool:
    return min(level.quantity for level in levels) < least_order(market, fees)


def stop_grid(draft: Draft, event: StopGrid) -> Problem | None:
    """Stop a grid; one that is stopped already can still be asked to sell its coins."""
    grid = draft.account.grids.get(event.grid_id)
    if grid is None:
        return unknown_grid(draft.account.grids, event.grid_id)
    if grid.is_over and not (event.sell and grid.coins):
        return wrong_phase(grid)
    begin_stop(draft, grid, StopReason.OWNER, sell=event.sell, way=event.way)
    if event.sell:
        sale_waits(draft, grid.spec.symbol)
    return None


def pause_grid(draft: Draft, event: PauseGrid) -> Problem | None:
    """Take the orders off the book until resumed."""
    grid = draft.account.grids.get(event.grid_id)
    if grid is None:
        return unknown_grid(draft.account.grids, event.grid_id)
    if not grid.phase.trades:
        return wrong_phase(grid)
    if event.buying_only and not grid.adapted.buying:
        return buys_nothing(grid)
    if event.buying_only:  # told once no buy rests: see `tell_paused`
        draft.change(grid, adapted=replace(grid.adapted, buying=False))
        return None
    draft.change(grid, phase=Phase.PAUSED)  # told once no order rests: see `tell_paused`
    return None


def resume(draft: Draft, event: ResumeGrid) -> Problem | None:
    """Trade on: one grid, or all that a limit on the losses of all stopped, which also lifts the halt.

    That nothing opens after several stops is over with it, too. Only what has reached its limit counts anew: the day's
    loss and the drawdown.
    """
    if event.grid_id is not None:
        grid = draft.account.grids.get(event.grid_id)
        if grid is None:
            return unknown_grid(draft.account.grids, event.grid_id)
        return _halted(draft) or _resume_one(draft, grid)
    halt = draft.account.stopped_by
    if halt is not None and not (isinstance(halt, Halt) and halt.is_loss):
        return _halted(draft)
    draft.set(limits=replace(draft.account.limits, stopped=(), paused_until=0))
    if halt is not None:
        day, limits = draft.account.day, replace(draft.account.limits, peaks={})
        since = replace(day, since=totals(draft.account), resumed_at=draft.at) if day else None
        draft.set(halt=None, loss_ticks=0, day=since, limits=limits, high=None)
    problems = [
        _resume_one(draft, grid, asked=False)
        for grid in draft.account.grids.values()
        if grid.stop is not None and grid.stop.reason in (StopReason.DAILY_LOSS, StopReason.DRAWDOWN)
    ]
    return next((problem for problem in problems if problem), None)


def _resume_one(draft: Draft, grid: Grid, *, asked: bool = True) -> Problem | None:
    if grid.phase.trades and not grid.adapted.buying:
        draft.change(grid, adapted=replace(grid.adapted, buying=True))
        draft.notices.append(BuyingPaused(at=draft.at, grid_id=grid.id, symbol=grid.spec.symbol, over=True))
        return None
    if not grid.resumable:
        return wrong_phase(grid)
    awake = awaken(draft, grid, asked=asked)
    if isinstance(awake, Problem):
        return awake
    if awake.phase is not Phase.PAUSED:  # a pause is told once no order rests: see `tell_paused`
        _phase_told(draft, awake)
    return None


def awaken(draft: Draft, grid: Grid, *, asked: bool) -> Grid | Problem:
    """Let a grid trade on with its coins and its ladder, unless a limit is reached or the money is not there.

    `asked`: its owner means this grid. Else it stays as he had paused it, whole or its buying.
    """
    touch = draft.touch(grid)
    if touch is None:
        return problem(ProblemCode.NO_PRICE, symbol=grid.spec.symbol)
    if past := past_end(draft.account, grid.spec, draft.at):
        return past
    trigger = triggered(grid, touch.bid)
    if trigger is not None:
        return limit_reached(trigger, grid.market.quote)
    awake = grid if grid.seeding else forget_seeds(grid)
    phase = Phase.SEEDING if grid.seeding else Phase.RUNNING
    if not asked and is_paused(grid):
        phase = Phase.PAUSED
    awake = replace(awake, phase=phase, stop=None, warned=0, retry_at=0, levels=forgiven(awake.levels))
    buying = asked or awake.adapted.buying
    awake = replace(awake, adapted=replace(awake.adapted, buying=buying, again_from=None, again_held=""))
    if grid.phase is not Phase.PAUSED:
        quote, needed, before = grid.market.quote, reserved(awake, draft.account.fees), draft.mark()
        make_way(draft, quote, needed)
        has = free(draft.account, quote)
        if needed > has:
            draft.undo(before)  # what others would have given up for it
            return problem(ProblemCode.NO_MONEY, "usdc", needed=needed, free=max(ZERO, has), quote=quote)
    return draft.put(awake)


def panic(draft: Draft, event: Panic) -> Problem | None:
    """Stop everything that is not stopped."""
    assert event.at == draft.at
    for grid in draft.account.grids.values():
        if not grid.is_over or grid.live:
            begin_stop(draft, grid, StopReason.PANIC, sell=False)
    return None


def set_lending(draft: Draft, event: SetLending) -> Problem | None:
    """Whether what is lent counts as there."""
    draft.set(limits=replace(draft.account.limits, uses_lent=event.use))
    return None


def tell_paused(draft: Draft) -> None:
    """Tell of each grid whose pause became whole with this step: it is paused, and none of its orders may trade.

    Likewise where only buying is.
    """
    for grid_id, was in draft.was.items():
        grid = draft.grid(grid_id)
        if was is not None and grid.has_stopped_buying and not was.has_stopped_buying:
            draft.notices.append(BuyingPaused(at=draft.at, grid_id=grid.id, symbol=grid.spec.symbol, over=False))
        if was is None or grid.phase is not Phase.PAUSED or grid.derived.live:
            continue
        if was.phase is not Phase.PAUSED or was.has_orders:
            _phase_told(draft, grid)


def _halted(draft: Draft) -> Problem | None:
    why = draft.account.stopped_by
    return problem(ProblemCode.HALTED, halt=why.value) if why else None


def _phase_told(draft: Draft, grid: Grid, begun: Begun | None = None) -> Grid:
    told = PhaseChanged(at=draft.at, grid_id=grid.id, symbol=grid.spec.symbol, phase=grid.phase, begun=begun)
    draft.notices.append(told)
    return grid
