"""What is dropped with the years, in pieces that no tick waits for: what was told long ago, points that add nothing.

Nothing of money goes: the ledger, journal and curves stay. A point is kept where a day of some zone may begin.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from sqlalchemy import BigInteger, BindParameter, bindparam, select

from storage.columns import UtcDateTime
from storage.database import Database
from storage.rows import table_of
from storage.tables import NoticeRow, SnapshotRow
from strategy.model.durations import QUARTER
from strategy.model.orders import GridId

_NOTICES, _POINTS = table_of(NoticeRow), table_of(SnapshotRow)
_limit = bindparam("limit", type_=BigInteger())
_before: BindParameter[Any] = bindparam("before", type_=UtcDateTime())
_at: BindParameter[Any] = bindparam("of_at", type_=UtcDateTime())
# The oldest that are told, whenever that was: those of a time would be looked for in all of them.
_OLDEST_TOLD = select(_NOTICES.c.id).where(_NOTICES.c.sent_at.is_not(None)).order_by(_NOTICES.c.id).limit(_limit)
_TOLD = select(_NOTICES.c.id).where(_NOTICES.c.id.in_(_OLDEST_TOLD), _NOTICES.c.sent_at < _before)
_DROP_TOLD = _NOTICES.delete().where(_NOTICES.c.id == bindparam("notice"))
_OF_GRID = (_POINTS.c.account == bindparam("of_account"), _POINTS.c.grid_id == bindparam("of_grid"))
_NEXT_POINTS = (
    select(_POINTS.c.at).where(*_OF_GRID, _POINTS.c.at > _at, _POINTS.c.at <= _before).order_by(_POINTS.c.at)
).limit(_limit)
_DROP_POINT = _POINTS.delete().where(*_OF_GRID, _POINTS.c.at == _at)


class Aging:
    """Of one database; how far it has come is known only while the process lives."""

    def __init__(self, database: Database) -> None:
        self._reading, self._writing = database.reading, database.writing
        self._done: dict[GridId, int] = {}

    def drop_told(self, before: int, limit: int) -> None:
        """Drop notices that were sent before this moment, of the so many oldest."""
        with self._reading() as connection:
            old = list(connection.execute(_TOLD, {"before": before, "limit": limit}).scalars())
        if old:
            with self._writing() as connection:
                connection.execute(_DROP_TOLD, [{"notice": one} for one in old])

    def thin_points(self, account: str, grids: Iterable[GridId], before: int, limit: int) -> None:
        """Of a grid's next so many points up to this moment leave the last of each quarter of an hour.

        What a price was at the bound of a quarter is found as before. The grid whose turn is next is taken.
        """
        grid = min(grids, key=lambda one: self._done.get(one, 0), default=None)
        if grid is None:
            return
        mine = {"of_account": account, "of_grid": grid}
        since, until = self._done.get(grid, 0), before - before % QUARTER
        with self._reading() as connection:
            wanted = {**mine, "of_at": since, "before": until, "limit": limit}
            found = list(connection.execute(_NEXT_POINTS, wanted).scalars())
        quarters = [list(some) for _, some in groupby(found, key=lambda at: (at - 1) // QUARTER)]
        if len(found) == limit and len(quarters) > 1:
            quarters.pop()  # it may go on
        spare = [at for quarter in quarters for at in quarter[:-1]]
        if spare:
            with self._writing() as connection:
                connection.execute(_DROP_POINT, [{**mine, "of_at": at} for at in spare])
        self._done[grid] = quarters[-1][-1] if len(found) == limit else until
