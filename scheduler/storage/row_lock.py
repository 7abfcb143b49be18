"""Locking one row until the transaction ends, on SQLite and PostgreSQL alike."""

from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from scheduler.storage.tables import TableRow

R = TypeVar("R", bound=TableRow)


def lock_row(
    session: Session,
    table: type[R],
    key: Any,
    column: InstrumentedAttribute[Any],
    *conditions: sa.ColumnElement[bool],
) -> R | None:
    """A row, locked against other writers until the transaction ends; None if there is no such row.

    Args:
        session: the session whose transaction holds the lock.
        table: the table.
        key: the primary key; a tuple if it has several columns.
        column: any column that is no key; it is written unchanged.
        conditions: further conditions that the row must meet.
    """
    # A write that changes nothing comes first: on SQLite only writers exclude each other, and
    # anything read before the lock may be out of date.
    columns = sa.inspect(table).primary_key
    keys = key if isinstance(key, tuple) else (key,)
    matches = (known == value for known, value in zip(columns, keys, strict=True))
    taken = session.execute(
        sa.update(table)
        .where(*matches, *conditions)
        .values({column: column})
        .returning(sa.literal(1))
        .execution_options(synchronize_session=False)
    ).first()
    return None if taken is None else session.get_one(table, key, populate_existing=True)
