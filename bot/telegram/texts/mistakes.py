"""What is wrong with something typed, as one message: the field, what is allowed, a correct example."""

from collections.abc import Sequence

from bot.telegram.texts import face as texts
from bot.telegram.texts.catalogue import Html, listed
from bot.telegram.typed.kinds import Kind, Parameter
from bot.telegram.typed.names import CHOICES, called, shown
from bot.telegram.typed.parameters import BY_WORD, GRID_KEYS, INSTEAD, of_coin, rests_on
from bot.telegram.typed.parsing import Wrong
from strategy.model.past import MOST_HOURS
from strategy.model.spec import Spacing

GRID_EXAMPLE = "/grid ETH_USDC interval=40 grids=3 usdc=50 out=0.4%"
RANGE_EXAMPLE = "/grid ETH_USDC spacing=geometric lower=1800 upper=2600 grids=10 total=500"
PARTS_EXAMPLE = "/grid ETH_USDC spacing=geometric below=20% above=8% step=1.5% pct=50%"
TUNE_EXAMPLE = "/tune 1 usdc=60 out=0.5% stop=1800 maxloss=8%"
POINTS_EXAMPLE = "/points goal=50000 budget=12 per=weekly"
RISK_EXAMPLE = "/risk daily=200 drawdown=10% exposure=3000 exposure.ETH=1500 orders=60 trips=20 stops=3"
BACKTEST_EXAMPLE = "/backtest ETH_USDC lower=1800 upper=2200 grids=20 total=1000 days=90"
SUGGEST_EXAMPLE = "/suggest ETH_USDC 500 calm"
BALANCE_EXAMPLE = "/balance lent=yes"
_MOST_NAMES = 6
"""Of parameters in a refusal: /help tells of all."""


def wrong_text(lang: str, wrong: Wrong, example: str) -> Html:
    """One message; `example` is a line that would have been right."""
    row = BY_WORD.get(of_coin(wrong.field)[0])
    kind = row.kind if row else None
    hints = _hints(lang, wrong.hint.split(", ")) if wrong.hint else None
    most = MOST_HOURS if kind is Kind.HOURS else row.most if row else None
    least = row.least if row else None
    allows = "part" if row is not None and row.a_part else kind
    allowed = texts.say(lang, f"allowed.{allows}", maximum=most, least=least) if kind else None
    return texts.say(
        lang,
        f"wrong.{wrong.reason}",
        field=shown(lang, wrong.field),
        given=wrong.given,
        hint=hints,
        allowed=allowed,
        example=called(lang, example),
    )


def _hints(lang: str, names: Sequence[str]) -> str:
    """As many of these as are read: whole names, and a sign where there are more."""
    said = [shown(lang, name) for name in names]
    return called(lang, listed(lang, said if len(said) <= _MOST_NAMES else [*said[:_MOST_NAMES], "…"]))


def shown_by(wrong: Wrong) -> str:
    """The parameter whose example shows what would do: of one that is missing, the one that asked for it."""
    return wrong.given if wrong.reason == "missing" and wrong.given in GRID_KEYS else wrong.field


def grid_example(field: str) -> str:
    """A correct /grid that shows the field at work."""
    shows = next((line for line in (GRID_EXAMPLE, RANGE_EXAMPLE, PARTS_EXAMPLE) if f" {field}=" in line), None)
    if shows or field not in GRID_KEYS:
        return shows or GRID_EXAMPLE
    row = BY_WORD[field]
    base = GRID_EXAMPLE if Spacing.INTERVAL in row.only else RANGE_EXAMPLE
    names = [name for name in (row.needs, *rests_on(row)[:1], field) if name]
    gone = frozenset[str]().union(*(INSTEAD[name] for name in names))
    rest = " ".join(part for part in base.split() if part.partition("=")[0] not in gone)
    beside = (name for name in dict.fromkeys(names) if f" {name}=" not in rest)
    return " ".join([rest, *(f"{name}={_shown_with(row, name)}" for name in beside)])


def tune_example(wrong: Wrong) -> str:
    """A correct /tune; of what does nothing by itself, with what it does something beside."""
    return f"/tune 1 {with_example(wrong)}" if wrong.reason in ("alone", "none_of") else TUNE_EXAMPLE


def with_example(wrong: Wrong) -> str:
    """What does nothing by itself, and the first of those beside which it does something."""
    row = BY_WORD[wrong.field]
    return " ".join(f"{name}={_shown_with(row, name)}" for name in (*rests_on(row)[:1], row.word))


def _shown_with(row: Parameter, name: str) -> str:
    """An example of what it says more of is one with which it says something."""
    one = BY_WORD[name]
    if name != row.refines or one.example != row.idle:
        return one.example
    return next(value for value in CHOICES[one.kind].values() if value not in (row.idle, None))


def value_example(lang: str, field: str) -> str:
    """A correct value by itself, as its reader would type it."""
    return called(lang, f"{field}={BY_WORD[field].example}").partition("=")[2]
