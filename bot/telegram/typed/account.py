"""The parameters of the account, whatever grids there are: limits of all together, a volume goal. No sentences."""

from bot.telegram.typed.kinds import Kind, Looser, Parameter, Unit
from strategy.model.limits import MOST_A_MINUTE, MOST_STOPS

OF_ACCOUNT = (
    Parameter(
        word="daily",
        kind=Kind.MONEY,
        unit=Unit.USDC,
        command="risk",
        setting="daily_loss_limit",
        example="200",
        removable=True,
        looser=Looser.MORE,
    ),
    Parameter(word="goal", kind=Kind.MONEY, unit=Unit.USDC, command="points", example="50000", removable=True),
    Parameter(word="budget", kind=Kind.MONEY, unit=Unit.USDC, command="points", example="12", removable=True),
    Parameter(word="per", kind=Kind.PERIOD, command="points", example="weekly"),
    Parameter(word="lent", kind=Kind.YES_NO, command="balance", example="yes"),
    Parameter(word="autolend", kind=Kind.YES_NO, command="balance", example="no"),
    Parameter(
        word="drawdown",
        kind=Kind.PERCENT,
        command="risk",
        example="10%",
        most_bare=20,
        removable=True,
        looser=Looser.MORE,
    ),
    Parameter(
        word="exposure",
        kind=Kind.MONEY,
        unit=Unit.USDC,
        command="risk",
        example="3000",
        by_coin=True,
        removable=True,
        looser=Looser.MORE,
    ),
    Parameter(
        word="orders",
        kind=Kind.COUNT,
        command="risk",
        example="60",
        most=MOST_A_MINUTE,
        removable=True,
        looser=Looser.MORE,
    ),
    Parameter(
        word="trips",
        kind=Kind.COUNT,
        command="risk",
        example="20",
        most=MOST_A_MINUTE,
        removable=True,
        looser=Looser.MORE,
    ),
    Parameter(
        word="stops", kind=Kind.COUNT, command="risk", example="3", most=MOST_STOPS, removable=True, looser=Looser.MORE
    ),
    Parameter(word="stopsin", kind=Kind.HOURS, command="risk", example="24h", any_of=("stops",), looser=Looser.LESS),
)
"""Of /risk, /points and /balance."""
