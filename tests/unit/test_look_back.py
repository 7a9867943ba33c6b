"""A lasting difference is looked for ever farther back, once; one that changes does not read everything each time."""

from decimal import Decimal
from itertools import pairwise

from bot.account.look_back import FARTHEST, NEAR, PATIENCE, LookBack
from strategy.model.account import Account
from strategy.model.durations import DAY, HOUR
from strategy.model.market import Asset, Balance
from tests.builders import NOW, an_account

MINUTE = 60_000
USDC = Asset("USDC")


def lacking(amount: int) -> Account:
    """An account whose books say so many USDC more than the exchange shows."""
    return an_account(balances={USDC: Balance(available=Decimal(10_000 - amount))})


class Looking:
    """A look back whose clock a test moves, and how far back each look went, by when it was."""

    def __init__(self) -> None:
        self.now = NOW
        self.look_back = LookBack(clock=lambda: self.now)
        self.looks: list[tuple[int, int]] = []

    def see(self, account: Account, minutes: int = 0) -> None:
        """This account now, and each minute of these."""
        for left in range(minutes, -1, -1):
            since = self.look_back.since(account)
            if since is not None:
                self.looks.append((self.now - NOW, self.now - since))
            self.now += MINUTE if left else 0

    @property
    def spans(self) -> list[int]:
        return [span for _, span in self.looks]


def test_what_is_equal_is_looked_for_nowhere_and_what_is_news_on_its_way_not_either() -> None:
    looking = Looking()
    looking.see(lacking(0), 100)
    looking.see(lacking(5))
    looking.now += PATIENCE - 1
    looking.see(lacking(5))
    looking.see(lacking(0), 100)
    assert not looking.looks


def test_a_difference_that_lasts_is_looked_for_farther_and_farther_back_and_the_farther_the_seldomer() -> None:
    looking = Looking()
    looking.see(lacking(5), 3 * 24 * 60)
    assert looking.spans[:6] == [DAY, 4 * DAY, 16 * DAY, NEAR, 4 * NEAR, FARTHEST]
    assert set(looking.spans[6:]) == {FARTHEST}
    times = [at for at, _ in looking.looks]
    assert times[:4] == [MINUTE, 2 * MINUTE, 3 * MINUTE, 4 * MINUTE]
    pauses = [after - before for before, after in pairwise(times[3:])]
    assert pauses == [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, DAY]


def test_fills_that_are_on_their_way_meanwhile_begin_nothing_anew() -> None:
    looking = Looking()
    for _ in range(200):
        looking.see(lacking(5), 5)
        looking.see(lacking(6))
    assert looking.spans == [DAY, 4 * DAY, 16 * DAY, NEAR, 4 * NEAR, FARTHEST, FARTHEST, FARTHEST]


def test_a_difference_that_is_another_one_all_the_time_does_not_read_the_whole_history_each_time() -> None:
    looking = Looking()
    hours = 48
    for change in range(hours * 4):
        looking.see(lacking(5 + change), 14)
        looking.now += MINUTE
    assert DAY in looking.spans[-4:]
    assert sum(span > NEAR for span in looking.spans) <= 6


def test_coins_that_the_books_never_had_are_looked_for_also_where_money_moves_all_the_time() -> None:
    """Their only fill is missing, and perpetuals settle in what paid for them."""
    there = {USDC: Balance(available=Decimal(7_000)), Asset("ETH"): Balance(available=Decimal("1.5"))}
    account = an_account(balances={**there, Asset("POINTS"): Balance(available=Decimal(12))})
    looking = LookBack(clock=iter([NOW, NOW + PATIENCE]).__next__)
    assert looking.since(account, (USDC,)) is None
    assert looking.since(account, (USDC,)) == NOW + PATIENCE - DAY
    only_points = an_account(balances={USDC: Balance(available=Decimal(10_000)), Asset("POINTS"): there[USDC]})
    looking = LookBack(clock=iter([NOW, NOW + PATIENCE]).__next__)
    assert [looking.since(only_points) for _ in range(2)] == [None, None], "no fill is of them"
