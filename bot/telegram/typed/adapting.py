"""The parameters of what follows the market: a ladder that shifts, an interval that follows a measure. No sentences."""

from bot.telegram.typed.kinds import INTERVAL, Kind, Looser, Parameter, Unit
from strategy.model.spec import Spacing

SHIFTING = (
    Parameter(
        word="shift", kind=Kind.SHIFT, field="shift", example="up", tunable=True, removable=True, looser=Looser.BEYOND
    ),
    Parameter(
        word="shiftafter",
        kind=Kind.COUNT,
        field="shift_after",
        example="2",
        tunable=True,
        refines="shift",
        looser=Looser.LESS,
    ),
    Parameter(
        word="shiftlow",
        kind=Kind.PRICE,
        unit=Unit.QUOTE,
        field="shift_low",
        example="1400",
        tunable=True,
        refines="shift",
        removable=True,
        looser=Looser.LESS,
    ),
    Parameter(
        word="shifthigh",
        kind=Kind.PRICE,
        unit=Unit.QUOTE,
        field="shift_high",
        example="3200",
        tunable=True,
        refines="shift",
        removable=True,
        looser=Looser.MORE,
    ),
    Parameter(
        word="shifts",
        kind=Kind.COUNT,
        field="shift_most",
        example="2",
        most=24,
        tunable=True,
        refines="shift",
        looser=Looser.MORE,
    ),
    Parameter(
        word="shiftrest",
        kind=Kind.HOURS,
        field="shift_rest",
        example="6h",
        tunable=True,
        refines="shift",
        looser=Looser.LESS,
    ),
    Parameter(
        word="shiftspike",
        kind=Kind.COUNT,
        field="shift_spike",
        example="5",
        most=100,
        tunable=True,
        refines="shift",
        removable=True,
        looser=Looser.MORE,
    ),
    Parameter(
        word="shiftcost",
        kind=Kind.PERCENT,
        field="shift_cost",
        example="0.5%",
        bare_percent=True,
        tunable=True,
        refines="shift",
        looser=Looser.MORE,
    ),
    Parameter(
        word="shiftloss",
        kind=Kind.PERCENT,
        field="shift_loss",
        example="1%",
        bare_percent=True,
        tunable=True,
        refines="shift",
        removable=True,
        looser=Looser.ALLOWED,
    ),
    Parameter(
        word="infinity",
        kind=Kind.YES_NO,
        field="endless",
        example="yes",
        only=(Spacing.GEOMETRIC,),
        needs="lower",
        instead_of="upper",
        tunable=True,
        looser=Looser.YES,
    ),
)
WIDTH = (
    Parameter(
        word="width",
        kind=Kind.MEASURE,
        field="width",
        example="atr",
        only=INTERVAL,
        instead_of="interval",
        beside="volume",
        tunable=True,
        removable=True,
    ),
    *(
        Parameter(
            word=word,
            kind=kind,
            field=field,
            example=example,
            only=INTERVAL,
            bare_percent=kind is Kind.PERCENT,
            tunable=True,
            refines="width",
            idle=idle,
        )
        for word, kind, field, example, idle in (
            ("widthin", Kind.HOURS, "width_hours", "24h", "volume"),
            ("widthtimes", Kind.TIMES, "width_times", "2", "volume"),
            ("widthleast", Kind.PERCENT, "width_least", "0.5%", ""),
            ("widthmost", Kind.PERCENT, "width_most", "5%", "volume"),
            ("widthrest", Kind.HOURS, "width_rest", "24h", ""),
        )
    ),
)
"""An interval that follows a measure."""
