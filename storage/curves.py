"""The curves of totals on disk: a leg for each hour, of each grid and of all grids of a quote. Judges nothing.

A year of minutes would be half a million points a curve; an hour that keeps its deepest fall says the same of drawdown.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, select

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
    .limit(bindparam("limit", type_=BigInteger()))
)
_THIS_HOUR = (
    select(_CURVES)
    .where(_CURVES.c.account == bindparam("account"), _CURVES.c.quote == bindparam("quote"))
    .where(_CURVES.c.grid_id == bindparam("grid_id"), _CURVES.c.hour == bindparam("hour", type_=UtcDateTime()))
)


def add(connection: Connection, account: str, new: Mapping[Curve, Leg]) -> None:
    """What each of these curves did since it was last written down, put to the hour in which that began."""
    rows = []
    for (quote, grid_id), leg in new.items():
        place = {"account": account, "quote": quote, "grid_id": grid_id, "hour": leg.at - leg.at % HOUR}
        known = connection.execute(_THIS_HOUR, place).mappings().first()
        whole = leg if known is None else _leg(known).then(leg)
        rows.append(place | {name: getattr(whole, name) for name in _SHOWN})
    if rows:
        upsert(connection, _CURVES, rows)


def legs(connection: Connection, account: str, curve: Curve, since: int, limit: int) -> list[Leg]:
    """A curve's hours that begin at this moment or later, in the order of time."""
    quote, grid_id = curve
    wanted = {"account": account, "quote": quote, "grid_id": grid_id, "since": since, "limit": limit}
    return [_leg(row) for row in connection.execute(_HOURS, wanted).mappings()]


def _leg(row: Mapping[Any, Any]) -> Leg:
    return Leg(**{name: row[name] for name in _SHOWN})
