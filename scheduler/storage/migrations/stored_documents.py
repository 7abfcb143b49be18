"""Rewrites documents that are stored as text, one row at a time."""

from collections.abc import Callable, Sequence

import sqlalchemy as sa


def rewrite(
    connection: sa.Connection,
    table: str,
    key: Sequence[str],
    column: str,
    change: Callable[[str], str],
) -> int:
    """Change one column of every row of a table, and return the number of rows that changed.

    Args:
        connection: within a transaction, and with a right to see every row.
        table: its name.
        key: the columns of its primary key.
        column: a column of text.
        change: from the old text to the new; equal where nothing is to be done.
    """
    columns: list[sa.ColumnClause[object]] = [sa.column(name) for name in key]
    text: sa.ColumnClause[str] = sa.column(column, sa.Text())
    rows = sa.table(table, *columns, text)
    changed = 0
    # Keys first, since all documents together may not fit into memory.
    for row in connection.execute(sa.select(*columns).select_from(rows)).all():
        this = sa.and_(*(c == value for c, value in zip(columns, row, strict=True)))
        before = connection.scalars(sa.select(text).select_from(rows).where(this)).one()
        after = change(before)
        if after != before:
            connection.execute(sa.update(rows).where(this).values({column: after}))
            changed += 1
    return changed
