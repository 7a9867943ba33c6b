"""The codes of an authenticator app: RFC 6238's own figures, each code once, and a lock after wrong ones."""

from decimal import Decimal

import pytest

from bot.machine.totp import STEP, address_of, code_at, new_secret, secret_of
from bot.owner.codes import LOCKED, MOST_WRONG, Codes
from bot.owner.notebook import Notebook
from storage.store import Store
from strategy.model.durations import DAY

SECRET = b"12345678901234567890"
AT = 1_790_000_000_000


class World:
    """A clock by hand, and a notebook that outlives whoever judges."""

    def __init__(self) -> None:
        self.at = AT
        self.notebook = Notebook(Store.open("sqlite://", now=lambda: self.at), lambda: self.at)

    def codes(self, above: str | None = None) -> Codes:
        sum_ = None if above is None else Decimal(above)
        return Codes(SECRET, sum_, self.notebook, clock=lambda: self.at)

    def code(self, steps: int = 0) -> str:
        return code_at(SECRET, self.at + steps * STEP)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    """RFC 6238, appendix B: the last six of its eight digits."""
    assert code_at(SECRET, seconds * 1000) == code


def test_a_code_is_good_once_and_so_are_those_before_it_also_after_a_restart() -> None:
    world = World()

    assert world.codes().accepts(world.code())
    assert not world.codes().accepts(world.code())
    assert not world.codes().accepts(world.code(-1))
    world.at += STEP
    assert world.codes().accepts(world.code())


def test_clocks_may_differ_by_a_step_and_no_more() -> None:
    world = World()

    assert not world.codes().accepts(world.code(2))
    assert not world.codes().accepts(world.code(-2))
    assert world.codes().accepts(world.code(-1))
    assert world.codes().accepts(world.code(1))


def test_five_wrong_codes_lock_for_fifteen_minutes_also_after_a_restart() -> None:
    world = World()
    codes = world.codes()
    for _ in range(MOST_WRONG):
        assert not codes.accepts("000000")

    assert not world.codes().accepts(world.code())
    assert world.codes().is_locked()
    world.at += LOCKED
    assert world.codes().accepts(world.code())


def test_each_lock_is_twice_as_long_up_to_a_day_until_a_code_was_right() -> None:
    """Five in each quarter of an hour, for ever, would find one of a million in the end."""
    world = World()
    spans = []
    for _ in range(9):
        codes = world.codes()
        for _ in range(MOST_WRONG):
            codes.accepts("000000")
        spans.append(codes.locked_for() // LOCKED)
        world.at += codes.locked_for()
    assert spans == [1, 2, 4, 8, 16, 32, 64, 96, 96]

    assert world.codes().accepts(world.code())
    for _ in range(MOST_WRONG):
        world.codes().accepts("000000")
    assert world.codes().locked_for() == LOCKED, "a restart between two wrong ones forgets none"


def test_what_needed_no_code_counts_together_for_a_day() -> None:
    world = World()

    assert world.codes("500").lets(Decimal(300))
    assert not world.codes("500").lets(Decimal("200.01")), "what is not let counts for nothing"
    assert world.codes("500").lets(Decimal(200))
    assert not world.codes("500").lets(Decimal("0.01"))
    world.at += DAY
    assert world.codes("500").lets(Decimal(500))
    assert not world.codes("500").lets(None)
    assert not world.codes().lets(Decimal(1))


@pytest.mark.parametrize("text", ["", "12", "not base32!", "AAAA", "ABCD EFGH"])
def test_what_is_no_secret_is_none(text: str) -> None:
    assert secret_of(text) is None


def test_a_new_secret_can_be_read_as_an_app_shows_it() -> None:
    secret = new_secret()
    spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)).lower()

    assert secret_of(spaced) == secret_of(secret)
    assert len(secret_of(secret) or b"") == 20
    assert new_secret() != secret
    assert address_of(secret, "owner") == f"otpauth://totp/Packgrid:owner?secret={secret}&issuer=Packgrid"
