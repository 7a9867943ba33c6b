"""The parameters of when a grid opens and how long it lasts, and of when it buys nothing for a while. No sentences."""

from bot.telegram.typed.kinds import Kind, Looser, Parameter, Unit

GATES = (
    Parameter(word="wait", kind=Kind.YES_NO, field="wait_for_range", example="yes"),
    Parameter(
        word="gate",
        kind=Kind.HOURS,
        field="gate_hours",
        example="168h",
        tunable=True,
        removable=True,
        looser=Looser.OFF,
    ),
    Parameter(
        word="hours",
        kind=Kind.CLOCK,
        field="open_hours",
        example="09:00-17:00",
        tunable=True,
        removable=True,
        looser=Looser.BEYOND,
    ),
    Parameter(
        word="until", kind=Kind.DATE, field="ends", example="30d", tunable=True, removable=True, looser=Looser.MORE
    ),
    Parameter(
        word="untilsell",
        kind=Kind.YES_NO,
        field="end_sells",
        example="yes",
        tunable=True,
        refines="until",
        looser=Looser.NO,
    ),
    Parameter(word="trigger", kind=Kind.PRICE, unit=Unit.QUOTE, field="trigger", example="1900", removable=True),
    Parameter(
        word="fall",
        kind=Kind.PERCENT,
        field="fall",
        example="5%",
        a_part=True,
        tunable=True,
        removable=True,
        looser=Looser.MORE,
    ),
    Parameter(
        word="fallin",
        kind=Kind.HOURS,
        field="fall_hours",
        example="24h",
        tunable=True,
        refines="fall",
        looser=Looser.LESS,
    ),
    Parameter(
        word="fallfor",
        kind=Kind.HOURS,
        field="fall_pause",
        example="48h",
        tunable=True,
        refines="fall",
        looser=Looser.LESS,
    ),
)
