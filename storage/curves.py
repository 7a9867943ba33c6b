"""The curves of totals on disk: a leg for each hour, of each grid and of all grids of a quote. Judges nothing.

A year of minutes would be half a million points a curve; an hour that keeps its deepest fall says the same of drawdown.
"""

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, select

from storage.changes import upsert
from storage.columns import UtcDateTime
from storage.rows import table_of
from storage.tables import CurveRow
from strategy.model.curve import Leg
from strategy.model.durations import HOUR
from strategy.model.market import Asset
from strategy.model.orders import GridId

ALL = GridId(0)
"""In the place of a grid's number: the sum of all grids of the quote."""
Curve = tuple[Asset, GridId]

_SHOWN = ("at", "high", "low", "last", "fall", "peak")
_CURVES = table_of(CurveRow)
_HOURS = (
    select(_CURVES)
    .where(_CURVES.c.account == bindparam("account"), _CURVES.c.quote == bindparam("quote"))
    .where(_CURVES.c.grid_id == bindparam("grid_id"), _CURVES.c.hour >= bindparam("since", type_=UtcDateTime()))
    .order_by(_CURVES.c.hour)
)
_THIS_HOUR = select(_CURVES).where(
    _CURVES.c.account == bindparam("account"), _CURVES.c.hour == bindparam("hour", type_=UtcDateTime())
)


def add(connection: Connection, account: str, new: Mapping[Curve, Leg]) -> None:
    """What each of these curves did since it was last written down, put to the hour in which that began."""
    for hour in sorted({leg.at - leg.at % HOUR for leg in new.values()}):
        known = {
            (row["quote"], row["grid_id"]): _leg(dict(row))
            for row in connection.execute(_THIS_HOUR, {"account": account, "hour": hour}).mappings()
        }
        rows = []
        for (quote, grid_id), leg in new.items():
            if leg.at - leg.at % HOUR == hour:
                before = known.get((quote, grid_id))
                whole = leg if before is None else before.then(leg)
                shown = {name: getattr(whole, name) for name in _SHOWN}
                rows.append({"account": account, "quote": quote, "grid_id": grid_id, "hour": hour, **shown})
        upsert(connection, _CURVES, rows)


def legs(connection: Connection, account: str, curve: Curve, since: int) -> list[Leg]:
    """A curve's hours that begin at this moment or later, in the order of time."""
    quote, grid_id = curve
    wanted = {"account": account, "quote": quote, "grid_id": grid_id, "since": since}
    return [_leg(dict(row)) for row in connection.execute(_HOURS, wanted).mappings()]


def _leg(row: Mapping[str, object]) -> Leg:
    return Leg(**{name: row[name] for name in _SHOWN})  # type: ignore[arg-type]  # as the columns' types read them
