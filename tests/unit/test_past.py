"""A market's last hours: what they say of an average, of ranges, and of what is not known."""

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from strategy.adapt.following import followed
from strategy.messages.events import CandlesRead, Tick
from strategy.model.account import Account
from strategy.model.durations import HOUR
from strategy.model.grid import Phase
from strategy.model.market import Symbol, Touch
from strategy.model.past import GAP, KEPT_HOURS, Hour, Past
from strategy.model.values import replace
from strategy.step import step
from tests.builders import a_grid, a_spec, an_account

ETH = Symbol("ETH_USDC")
D = Decimal


def hour(number: int, close: str, high: str | None = None, low: str | None = None) -> Hour:
    return Hour(at=number * HOUR, high=D(high or close), low=D(low or close), close=D(close))


def test_an_average_is_of_whole_hours_before_this_one() -> None:
    past = Past(hours=(hour(1, "10"), hour(2, "20"), hour(3, "30"), hour(4, "999")))

    assert past.average(3, 4 * HOUR + 5) == 20
    assert past.average(2, 4 * HOUR) == 25


def test_nothing_is_said_of_hours_that_are_not_known() -> None:
    past = Past(hours=(hour(3, "10"), hour(4, "20")))

    assert past.average(3, 5 * HOUR) is None
    assert past.true_range(2, 5 * HOUR) is None
    assert Past().highest(5, 0) is None
    assert Past().average(1, 9 * HOUR) is None


def test_in_an_hour_without_a_trade_the_price_is_the_last() -> None:
    past = Past(hours=(hour(1, "10"), hour(3, "40")))

    assert past.average(3, 4 * HOUR) == 20


def test_a_true_range_counts_the_gap_from_the_hour_before() -> None:
    past = Past(hours=(hour(1, "100"), hour(2, "110", high="120", low="105")))

    assert past.true_range(1, 3 * HOUR) == D("0.181818181818181819")  # from 100 to 120, of 110


def test_the_highest_price_is_that_of_the_last_hours() -> None:
    past = Past(hours=(hour(1, "50"), hour(2, "10", high="30"), hour(3, "20")))

    assert past.highest(1, 3 * HOUR + 1) == 30


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 500)), max_size=80))
def test_hours_stay_in_order_and_hold_every_price_of_the_last_one(prices: list[tuple[int, int]]) -> None:
    past, seen = Past(), dict[int, list[int]]()
    for at, price in prices:
        begins = at * HOUR // 4 // HOUR * HOUR
        if not past.hours or begins >= past.hours[-1].at:
            seen.setdefault(begins, []).append(price)
        past = past.after(D(price), at * HOUR // 4)

    assert all(one.at < other.at for one, other in pairwise(past.hours))
    assert {one.at: (one.low, one.high, one.close) for one in past.hours} == {
        at: (D(min(all_)), D(max(all_)), D(all_[-1])) for at, all_ in seen.items()
    }


def test_no_more_hours_are_kept_than_any_measure_needs() -> None:
    past = Past()
    for number in range(KEPT_HOURS + 5):
        past = past.after(D(7), number * HOUR)

    assert len(past.hours) == KEPT_HOURS


def test_a_followed_market_learns_from_each_tick_and_another_does_not() -> None:
    account = Account(name="a", block=1)
    account = step(account, CandlesRead(at=HOUR, symbol=ETH, hours=(hour(0, "10"), hour(1, "12")))).account
    touch = Touch(symbol=ETH, bid=D(19), ask=D(21), at=HOUR)
    other = Touch(symbol=Symbol("SOL_USDC"), bid=D(1), ask=D(2), at=HOUR)

    account = step(account, Tick(at=HOUR + 5, touches={ETH: touch, other.symbol: other})).account

    assert account.past == {ETH: Past(hours=(hour(0, "10"), hour(1, "20", high="20", low="12")), at=HOUR)}


def test_a_tick_that_tells_nothing_new_leaves_the_past_as_it_is() -> None:
    account = step(Account(name="a", block=1), CandlesRead(at=HOUR, symbol=ETH, hours=(hour(1, "20"),))).account
    touch = Touch(symbol=ETH, bid=D(19), ask=D(21), at=HOUR)

    assert step(account, Tick(at=HOUR + 5, touches={ETH: touch})).account.past is account.past


def test_what_the_exchange_says_of_its_hours_takes_the_place_of_what_was_seen() -> None:
    seen = Past(hours=(hour(0, "11"), hour(1, "50", high="60", low="40"), hour(2, "51")))
    account = Account(name="a", block=1, past={ETH: seen})

    account = step(account, CandlesRead(at=2 * HOUR, symbol=ETH, hours=(hour(0, "10"), hour(1, "45")))).account

    assert account.past[ETH].hours == (hour(0, "10"), hour(1, "45"), hour(2, "51"))


def test_a_price_that_came_while_the_exchange_was_asked_for_its_hours_is_not_lost() -> None:
    """The fall after it was measured from a lower price, for up to an hour."""
    at = 2 * HOUR + 60_000
    seen = Past(hours=(hour(1, "50"), hour(2, "51", high="70", low="51")), at=at)
    read = (hour(1, "45"), hour(2, "52", high="55", low="50"))

    for known_at, close in ((at, "51"), (0, "52")):
        account = Account(name="a", block=1, past={ETH: replace(seen, at=known_at)})
        past = step(account, CandlesRead(at=at, symbol=ETH, hours=read)).account.past[ETH]
        assert past.hours == (hour(1, "45"), hour(2, close, high="70", low="50"))
        assert past.highest(1, at) == 70


def test_an_hour_that_a_wrong_clock_has_made_up_is_forgotten_with_the_next_read() -> None:
    account = Account(name="a", block=1, past={ETH: Past(hours=(hour(9, "50"),))})

    account = step(account, CandlesRead(at=2 * HOUR, symbol=ETH, hours=())).account

    assert account.past[ETH].hours == ()


def test_a_past_with_a_gap_is_not_known_until_it_is_read_again() -> None:
    past = Past(hours=(hour(1, "10"),), at=HOUR)
    assert past.is_known(HOUR + GAP)
    assert past.after(D(11), HOUR + GAP).is_known(HOUR + 2 * GAP)

    gone_on = past.after(D(11), HOUR + GAP + 1)

    assert gone_on.hours[-1].close == 11
    assert not gone_on.is_known(HOUR + GAP + 1)
    assert not Past().is_known(0)


def test_of_a_past_with_a_gap_nothing_is_told() -> None:
    account = step(Account(name="a", block=1), CandlesRead(at=HOUR, symbol=ETH, hours=(hour(1, "20"),))).account

    assert account.past_of(ETH, HOUR + GAP) is account.past[ETH]
    assert account.past_of(ETH, HOUR + GAP + 1) is None
    assert account.past_of(Symbol("SOL_USDC"), HOUR) is None


def test_only_grids_that_need_the_past_have_it_followed_and_only_while_they_live() -> None:
    grid = a_grid(spec=a_spec(gate_hours=168, fall=D("0.05")))
    assert grid.spec.hours_back == 168
    assert followed(an_account(grid)) == {ETH}
    assert not followed(an_account(a_grid()))
    assert not followed(an_account(replace(grid, phase=Phase.STOPPED)))
