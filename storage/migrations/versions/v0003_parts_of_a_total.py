"""What a fee in a third asset was worth; sales on stopping and fees without a price apart in the grids' books."""

import json
from collections import defaultdict
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.columns import DecimalText

revision = "0003_parts"
down_revision = "0002_writer"
branch_labels = None
depends_on = None

_FILL = sa.table(
    "fill",
    *(sa.column(name, sa.Text()) for name in ("account", "base", "quote", "purpose", "fee_asset")),
    sa.column("grid_id", sa.Integer()),
    sa.column("realised", DecimalText()),
    sa.column("fee", DecimalText()),
)
_GRID = sa.table("grid", sa.column("account", sa.Text()), sa.column("id", sa.Integer()), sa.column("books", sa.Text()))


def upgrade() -> None:
    """To this revision: the checkpoints become what the ledger folds to by the new rules."""
    op.add_column("fill", sa.Column("fee_value", DecimalText(), nullable=True))
    stops: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    apart: dict[tuple[str, int], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    connection = op.get_bind()
    for row in connection.execute(sa.select(_FILL).where(_FILL.c.grid_id.is_not(None))):
        grid = (row.account, row.grid_id)
        if row.purpose == "stop":
            stops[grid] += row.realised or 0
        if row.fee and row.fee_asset not in (row.base, row.quote):
            apart[grid][row.fee_asset] += row.fee
    for row in connection.execute(sa.select(_GRID)).all():
        grid = (row.account, row.id)
        books = _parted(json.loads(row.books), stops[grid], apart[grid])
        here = sa.and_(_GRID.c.account == row.account, _GRID.c.id == row.id)
        connection.execute(sa.update(_GRID).where(here).values(books=json.dumps(books)))


def _parted(books: dict[str, Any], stops: Decimal, apart: dict[str, Decimal]) -> dict[str, Any]:
    return {
        **books,
        "grid_profit": str(Decimal(books["grid_profit"]) - stops),
        "stop_sales": str(stops),
        "fees_apart": {asset: str(fee) for asset, fee in apart.items()},
    }
