"""Every limit of /tune and /risk, and which way is looser: that way is asked about, the other is not."""

from decimal import Decimal

import pytest

from bot.telegram.typed.account import OF_ACCOUNT
from bot.telegram.typed.loosening import bounds_loosened, loosened
from bot.telegram.typed.parameters import BY_WORD, OF_GRID, RISK_KEYS, TUNE_KEYS
from bot.telegram.typed.parsing import Given, parse
from bot.telegram.typed.wishes import from_words, to_words
from strategy.account.tuning import tuned_grid
from strategy.grid.limits import as_decided
from strategy.model.grid import Grid
from strategy.model.limits import Bounds
from strategy.model.values import replace
from tests.world import a_world

D = Decimal

OF_GRIDS: dict[str, tuple[str, str, str]] = {
    "ceiling": ("compound=50% ceiling=200", "ceiling=300", "ceiling=100"),
    "stop": ("stop=90", "stop=80", "stop=95"),
    "take": ("take=300", "take=400", "take=250"),
    "trail": ("trail=3% trailfrom=250", "trail=4%", "trail=2%"),
    "trailfrom": ("trail=3% trailfrom=250", "trailfrom=260", "trailfrom=240"),
    "maxloss": ("maxloss=5%", "maxloss=8%", "maxloss=4%"),
    "maxdrawdown": ("maxdrawdown=10%", "maxdrawdown=11%", "maxdrawdown=9%"),
    "maxpos": ("maxpos=500", "maxpos=600", "maxpos=400"),
    "sell": ("sell=yes", "sell=no", "sell=yes"),
    "stopsell": ("stop=90 stopsell=yes", "stopsell=no", "stopsell=yes"),
    "takesell": ("take=300 takesell=yes", "takesell=no", "takesell=yes"),
    "losssell": ("losssell=yes", "losssell=no", "losssell=yes"),
    "again": ("again=48h", "again=24h", "again=72h"),
    "rise": ("stop=90 rise=yes", "rise=no", "rise=yes"),
    "gate": ("gate=168h", "gate=off", "gate=240h"),
    "hours": ("hours=09:00-17:00", "hours=09:00-18:00", "hours=10:00-17:00"),
    "until": ("until=2026-12-31", "until=2027-01-31", "until=2026-12-01"),
    "untilsell": ("until=2026-12-31 untilsell=yes", "untilsell=no", "untilsell=yes"),
    "fall": ("fall=5%", "fall=6%", "fall=4%"),
    "fallin": ("fall=5% fallin=24h", "fallin=12h", "fallin=48h"),
    "fallfor": ("fall=5% fallfor=48h", "fallfor=24h", "fallfor=72h"),
    "shift": ("shift=up", "shift=both", "shift=off"),
    "shiftafter": ("shift=up shiftafter=2", "shiftafter=1", "shiftafter=3"),
    "shiftlow": ("shift=down shiftlow=50", "shiftlow=40", "shiftlow=60"),
    "shifthigh": ("shift=up shifthigh=300", "shifthigh=400", "shifthigh=250"),
    "shifts": ("shift=up shifts=2", "shifts=3", "shifts=1"),
    "shiftrest": ("shift=up shiftrest=6h", "shiftrest=5h", "shiftrest=7h"),
    "shiftspike": ("shift=up shiftspike=5", "shiftspike=6", "shiftspike=4"),
    "shiftcost": ("shift=up shiftcost=0.5%", "shiftcost=0.6%", "shiftcost=0.4%"),
    "shiftloss": ("shift=up shiftloss=1%", "shiftloss=2%", "shiftloss=off"),
    "infinity": ("infinity=no", "infinity=yes", "infinity=no"),
}
"""Each limit of a grid: where it stands, a change that loosens it, one that tightens it or leaves it."""
REMOVED = tuple(word for word in OF_GRIDS if BY_WORD[word].removable and word not in ("again", "shift", "shiftloss"))
"""Without these there is no limit. Off, the other ones let nothing happen."""
NO_LIMITS = frozenset(
    (
        *("spacing", "interval", "lower", "upper", "grids", "out", "usdc", "total", "coins", "share", "rest"),
        *("taper", "compound", "incoin", "width", "widthin", "widthtimes", "widthleast", "widthmost", "widthrest"),
    )
)
"""The ladder and the money in it: what these set aside, buy or sell is shown by its sum."""
OF_ALL: dict[str, tuple[Bounds, Bounds, Bounds]] = {
    "daily": (Bounds(daily_loss=D(50)), Bounds(daily_loss=D(60)), Bounds(daily_loss=D(40))),
    "drawdown": (Bounds(drawdown=D("0.1")), Bounds(drawdown=D("0.2")), Bounds(drawdown=D("0.05"))),
    "exposure": (Bounds(exposure=D(50)), Bounds(exposure=D(60)), Bounds(exposure=D(40))),
    "orders": (Bounds(orders=50), Bounds(orders=60), Bounds(orders=40)),
    "trips": (Bounds(trips=50), Bounds(trips=60), Bounds(trips=40)),
    "stops": (Bounds(stops=3), Bounds(stops=4), Bounds(stops=2)),
    "stopsin": (Bounds(stops=3), Bounds(stops=3, stops_hours=12), Bounds(stops=3, stops_hours=48)),
}


def tuned(grid: Grid, words: str) -> Grid:
    given = parse(words, keys=TUNE_KEYS)
    assert isinstance(given, Given), given
    wished = from_words(to_words(given.values))
    spec = replace(grid.spec, **wished)  # type: ignore[arg-type]  # by field
    grid = replace(grid, adapted=as_decided(grid, spec, grid.start_price))
    return tuned_grid(grid, spec, a_world().account.fees)


def test_every_parameter_of_tune_and_risk_is_a_limit_with_a_looser_way_or_none() -> None:
    assert OF_GRIDS.keys() | NO_LIMITS == set(TUNE_KEYS)
    assert OF_ALL.keys() == set(RISK_KEYS)
    limits = {one.word for one in (*OF_GRID, *OF_ACCOUNT) if one.looser is not None}
    assert limits == OF_GRIDS.keys() | OF_ALL.keys()


@pytest.mark.parametrize("word", OF_GRIDS)
def test_a_looser_limit_of_a_grid_is_told_from_a_tighter_one(word: str) -> None:
    stands, looser, tighter = OF_GRIDS[word]
    before = tuned(a_world().grid, stands)

    assert word in loosened(before, tuned(before, looser))
    assert len(loosened(before, tuned(before, looser))) == 1 or word == "sell", "it speaks for all that say nothing"
    assert not loosened(before, tuned(before, tighter))
    assert not loosened(before, before)


@pytest.mark.parametrize("word", REMOVED)
def test_a_limit_of_a_grid_that_is_taken_off_is_loosened_and_one_that_is_set_is_not(word: str) -> None:
    before = tuned(a_world().grid, OF_GRIDS[word][0])
    without = tuned(before, f"{word}=off")

    assert word in loosened(before, without)
    assert word not in loosened(without, before)


def test_an_end_so_many_days_from_a_day_that_is_not_known_is_no_end_yet() -> None:
    """A date that it is not was read of it, and failed: `/tune 1 until=30d` was answered with 'That failed'."""
    bare, dated = a_world().grid, tuned(a_world().grid, "until=2026-12-31")
    unknown = tuned(bare, "until=30d")

    assert loosened(dated, unknown) == ("until",)
    assert not loosened(bare, unknown)
    assert not loosened(unknown, tuned(unknown, "until=60d"))


def test_what_says_more_of_a_limit_that_is_not_set_loosens_nothing() -> None:
    grid = a_world().grid
    for word in ("fallin=1h", "fallfor=1h", "shifts=9", "untilsell=no"):
        assert not loosened(grid, tuned(grid, word)), word


def test_selling_is_judged_by_what_each_limit_does_in_the_end() -> None:
    sells = tuned(a_world().grid, "stop=90 sell=yes")

    assert loosened(sells, tuned(sells, "stopsell=no")) == ("stopsell",)
    apart = tuned(sells, "stopsell=yes takesell=yes losssell=yes")
    assert not loosened(sells, apart), "it says what was so already"


def test_a_stop_that_has_risen_is_loosened_by_one_below_it() -> None:
    grid = tuned(a_world().grid, "stop=90 rise=yes")
    risen = replace(grid, adapted=replace(grid.adapted, stop=D(120)))

    assert loosened(risen, tuned(risen, "stop=110")) == ("stop",)
    assert not loosened(risen, tuned(risen, "stop=130"))


def test_a_day_that_goes_past_midnight_is_compared_by_its_minutes() -> None:
    night = tuned(a_world().grid, "hours=22:00-06:00")

    assert not loosened(night, tuned(night, "hours=23:00-05:00"))
    assert loosened(night, tuned(night, "hours=21:00-05:00")) == ("hours",)


@pytest.mark.parametrize("word", OF_ALL)
def test_a_looser_limit_of_all_grids_is_told_from_a_tighter_one(word: str) -> None:
    before, looser, tighter = OF_ALL[word]

    assert bounds_loosened(before, looser) == (word,)
    assert not bounds_loosened(before, tighter)
    assert word in bounds_loosened(before, Bounds()) or word == "stopsin"
    assert not bounds_loosened(Bounds(), before)
