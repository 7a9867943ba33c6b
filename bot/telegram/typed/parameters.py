"""Every parameter that can be typed, a row each: parsing, questions, preview, tuning, help and pages come of it.

What it is called, asked for and explained with is in each language's folder, under `parameter.<word>`. No sentences.
"""

from collections.abc import Mapping

from bot.telegram.typed.account import OF_ACCOUNT
from bot.telegram.typed.adapting import SHIFTING, WIDTH
from bot.telegram.typed.gating import GATES
from bot.telegram.typed.kinds import INTERVAL, RANGES, Kind, Looser, Parameter, Place, Unit
from strategy.model.spec import LEAST_AGAIN, Spacing

STOPPING = ("stop", "take", "trail", "maxloss", "maxdrawdown")
"""Those that stop a grid at what the market does."""
PARAMETERS = (
    Parameter(word="spacing", kind=Kind.SPACING, field="spacing", example="interval", tunable=True),
    Parameter(
        word="interval",
        kind=Kind.PRICE,
        unit=Unit.QUOTE,
        field="interval",
        setting="grid_interval",
        example="40",
        only=INTERVAL,
        asked=True,
        tunable=True,
    ),
    Parameter(
        word="lower",
        kind=Kind.PRICE,
        unit=Unit.QUOTE,
        field="lower",
        example="1800",
        only=RANGES,
        needs="upper",
        asked=True,
        tunable=True,
    ),
    Parameter(
        word="upper",
        kind=Kind.PRICE,
        unit=Unit.QUOTE,
        field="upper",
        example="2600",
        only=RANGES,
        needs="lower",
        asked=True,
        tunable=True,
    ),
    Parameter(
        word="below",
        kind=Kind.PERCENT,
        field="below",
        example="20%",
        a_part=True,
        only=RANGES,
        needs="above",
        instead_of="lower",
        preview=Place.LINE,
    ),
    Parameter(
        word="above",
        kind=Kind.PERCENT,
        field="above",
        example="8%",
        only=RANGES,
        needs="below",
        instead_of="upper",
        preview=Place.LINE,
    ),
    Parameter(
        word="grids", kind=Kind.COUNT, field="grids", setting="grid_count", example="3", asked=True, tunable=True
    ),
    Parameter(
        word="step",
        kind=Kind.PERCENT,
        field="step",
        becomes="grids",
        example="1.5%",
        only=RANGES,
        instead_of="grids",
        bare_percent=True,
    ),
    Parameter(
        word="out",
        kind=Kind.PERCENT,
        field="out_want",
        setting="out_want",
        example="0.4%",
        only=INTERVAL,
        bare_percent=True,
        brief=True,
        asked=True,
        tunable=True,
        preview=Place.LINE,
    ),
    Parameter(
        word="usdc",
        kind=Kind.MONEY,
        unit=Unit.QUOTE,
        field="quote_per_order",
        setting="grid_usdc",
        example="50",
        in_dollars=True,
        asked=True,
        tunable=True,
    ),
    Parameter(
        word="total",
        kind=Kind.MONEY,
        unit=Unit.QUOTE,
        field="total",
        example="500",
        instead_of="usdc",
        tunable=True,
    ),
    Parameter(
        word="coins",
        kind=Kind.MONEY,
        unit=Unit.BASE,
        field="base_per_order",
        example="0.02",
        instead_of="usdc",
        tunable=True,
        preview=Place.LINE,
    ),
    Parameter(
        word="pct",
        kind=Kind.PERCENT,
        field="share",
        becomes="total",
        example="50%",
        instead_of="usdc",
    ),
    Parameter(
        word="share",
        kind=Kind.PERCENT,
        field="envelope",
        example="30%",
        instead_of="usdc",
        tunable=True,
        preview=Place.LINE,
    ),
    Parameter(
        word="rest",
        kind=Kind.YES_NO,
        field="takes_rest",
        example="yes",
        instead_of="usdc",
        tunable=True,
        preview=Place.LINE,
    ),
    Parameter(
        word="taper",
        kind=Kind.PERCENT,
        field="taper",
        example="5%",
        a_part=True,
        tunable=True,
        removable=True,
        preview=Place.LINE,
    ),
    Parameter(
        word="compound",
        kind=Kind.PERCENT,
        field="compound",
        example="50%",
        tunable=True,
        removable=True,
        preview=Place.LINE,
    ),
    Parameter(
        word="ceiling",
        kind=Kind.MONEY,
        unit=Unit.QUOTE,
        field="compound_most",
        example="200",
        needs="compound",
        tunable=True,
        removable=True,
        preview=Place.LINE,
        looser=Looser.MORE,
    ),
    Parameter(
        word="incoin",
        kind=Kind.YES_NO,
        field="profit_in_coin",
        example="yes",
        tunable=True,
        preview=Place.LINE,
    ),
    Parameter(word="taker", kind=Kind.YES_NO, field="taker", example="yes", preview=Place.LINE),
    Parameter(
        word="stop",
        kind=Kind.PRICE,
        unit=Unit.QUOTE,
        field="stop_loss",
        example="1800",
        asked=True,
        tunable=True,
        removable=True,
        preview=Place.LIMIT,
        looser=Looser.LESS,
    ),
    Parameter(
        word="take",
        kind=Kind.PRICE,
        unit=Unit.QUOTE,
        field="take_profit",
        example="3000",
        tunable=True,
        removable=True,
        preview=Place.LIMIT,
        looser=Looser.MORE,
    ),
    Parameter(
        word="trail",
        kind=Kind.PERCENT,
        field="trail",
        example="3%",
        a_part=True,
        bare_percent=True,
        tunable=True,
        removable=True,
        preview=Place.LIMIT,
        looser=Looser.MORE,
    ),
    Parameter(
        word="trailfrom",
        kind=Kind.PRICE,
        unit=Unit.QUOTE,
        field="trail_from",
        example="2800",
        needs="trail",
        tunable=True,
        removable=True,
        refines="trail",
        preview=Place.LIMIT,
        looser=Looser.MORE,
    ),
    Parameter(
        word="maxloss",
        kind=Kind.PERCENT,
        field="max_loss",
        setting="max_loss",
        example="8%",
        most_bare=20,
        tunable=True,
        removable=True,
        preview=Place.LIMIT,
        looser=Looser.MORE,
    ),
    Parameter(
        word="maxdrawdown",
        kind=Kind.PERCENT,
        field="max_drawdown",
        example="12%",
        most_bare=20,
        tunable=True,
        removable=True,
        preview=Place.LIMIT,
        looser=Looser.MORE,
    ),
    Parameter(
        word="maxpos",
        kind=Kind.MONEY,
        unit=Unit.QUOTE,
        field="max_position",
        setting="max_position",
        example="800",
        tunable=True,
        removable=True,
        preview=Place.LIMIT,
        looser=Looser.MORE,
    ),
    Parameter(
        word="sell",
        kind=Kind.YES_NO,
        field="sell_on_limit",
        example="yes",
        tunable=True,
        any_of=(*STOPPING, "until"),
        looser=Looser.NO,
    ),
    Parameter(
        word="stopsell",
        kind=Kind.YES_NO,
        field="stop_sells",
        example="yes",
        tunable=True,
        any_of=("stop",),
        looser=Looser.NO,
    ),
    Parameter(
        word="takesell",
        kind=Kind.YES_NO,
        field="take_sells",
        example="yes",
        tunable=True,
        any_of=("take", "trail"),
        looser=Looser.NO,
    ),
    Parameter(
        word="losssell",
        kind=Kind.YES_NO,
        field="loss_sells",
        example="yes",
        tunable=True,
        any_of=("maxloss", "maxdrawdown"),
        looser=Looser.NO,
    ),
    Parameter(
        word="again",
        kind=Kind.HOURS,
        field="again",
        example="24h",
        least=LEAST_AGAIN,
        any_of=STOPPING,
        tunable=True,
        removable=True,
        preview=Place.LINE,
        looser=Looser.SOONER,
    ),
    Parameter(
        word="rise", kind=Kind.YES_NO, field="stop_rises", example="yes", needs="stop", tunable=True, looser=Looser.NO
    ),
    *GATES,
    *SHIFTING,
    *WIDTH,
    *OF_ACCOUNT,
    Parameter(word="days", kind=Kind.COUNT, command="backtest", example="90", most=365),
    Parameter(word="market", kind=Kind.MARKET, command="", example="ETH_USDC"),
    Parameter(word="grid", kind=Kind.GRID, command="", example="1"),
)
BY_WORD: Mapping[str, Parameter] = {parameter.word: parameter for parameter in PARAMETERS}
TYPED = tuple(parameter for parameter in PARAMETERS if parameter.command)
OF_GRID = tuple(parameter for parameter in PARAMETERS if parameter.command == "grid")
GRID_KEYS = tuple(parameter.word for parameter in OF_GRID)
TUNE_KEYS = tuple(parameter.word for parameter in OF_GRID if parameter.tunable)
POINTS_KEYS = tuple(parameter.word for parameter in PARAMETERS if parameter.command == "points")
RISK_KEYS = tuple(parameter.word for parameter in PARAMETERS if parameter.command == "risk")
BACKTEST_KEYS = tuple(parameter.word for parameter in PARAMETERS if parameter.command == "backtest")
BALANCE_KEYS = tuple(parameter.word for parameter in PARAMETERS if parameter.command == "balance")


def of_coin(name: str) -> tuple[str, str]:
    """The parameter that a name is of, and the coin that it is set for: `exposure.ETH`; no coin where it has none."""
    word, point, coin = name.partition(".")
    return (word, coin) if point and word in BY_WORD and BY_WORD[word].by_coin else (name, "")


def rests_on(one: Parameter) -> tuple[str, ...]:
    """Those of which one has to be set for it to say something; two ends of a range need each other, and are set."""
    needed = (one.needs,) if one.needs and BY_WORD[one.needs].removable else ()
    return one.any_of or ((one.refines,) if one.refines else needed)


def _instead(word: str) -> frozenset[str]:
    group = {BY_WORD[word].instead_of or word}
    group |= {parameter.word for parameter in OF_GRID if parameter.instead_of in group}
    return frozenset(group - {word})


INSTEAD: Mapping[str, frozenset[str]] = {word: _instead(word) for word in GRID_KEYS}
"""Those that can't be given together with a parameter."""


def excluded(word: str, wish: Mapping[str, object]) -> frozenset[str]:
    """Those of them that a wish with it can't have: one whose value says more of another stands beside that."""
    one = BY_WORD[word]
    if one.beside and wish.get(word) == one.beside:
        return INSTEAD[word] - {one.instead_of}
    return frozenset(name for name in INSTEAD.get(word, ()) if not _is_beside(name, word, wish))


def _is_beside(name: str, word: str, wish: Mapping[str, object]) -> bool:
    return BY_WORD[name].instead_of == word and bool(BY_WORD[name].beside) and wish.get(name) == BY_WORD[name].beside


def asked_for(spacing: Spacing) -> tuple[str, ...]:
    """The questions of /grid about a grid of this kind."""
    return tuple(parameter.word for parameter in OF_GRID if parameter.asked and spacing in parameter.only)
