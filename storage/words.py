"""More words in a column that admits only some: for revisions of the schema."""

import sqlalchemy as sa
from alembic import op


def admit(table: str, column: str, known: tuple[str, ...], *more: str) -> None:
    """Admit more than those that are known. The table must have no index of its own: SQLite would lose it."""
    before, after = _listed(*known), _listed(*known, *more)
    if op.get_bind().dialect.name == "sqlite":
        _made_anew(table, before, after)
    else:
        name = f"ck_{table}_{column}"
        op.drop_constraint(name, table)
        op.create_check_constraint(name, table, f"{column} IN ({after})")


def _made_anew(table: str, before: str, after: str) -> None:
    """SQLite changes no CHECK: the table is made again with another one, and its rows are carried over as they are."""
    connection = op.get_bind()
    found = connection.execute(sa.text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": table})
    written = str(found.scalar_one())
    assert before in written, f"{table} does not admit {before}"
    new = written.replace(f"TABLE {table}", "TABLE made_anew", 1).replace(f'TABLE "{table}"', "TABLE made_anew", 1)
    connection.exec_driver_sql(new.replace(before, after))
    connection.exec_driver_sql(f"INSERT INTO made_anew SELECT * FROM {table}")  # noqa: S608 - a name of ours
    connection.exec_driver_sql(f"DROP TABLE {table}")
    connection.exec_driver_sql(f"ALTER TABLE made_anew RENAME TO {table}")


def _listed(*words: str) -> str:
    return ", ".join(f"'{word}'" for word in words)
