"""The database: what the migrations make is what the tables say."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from scheduler.operations.service import Service
from scheduler.storage.database import NotMigrated, connect, migrate, newer, up_to_date
from scheduler.storage.tables import TableRow


def test_the_migrations_make_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    """Nothing is left to migrate after migrating, and doing it twice is harmless."""
    engine = connect(str(tmp_path / "a.db"))
    migrate(engine)
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, TableRow.metadata) == []
    engine.dispose()


def test_what_a_newer_release_has_made_is_left_to_it(sqlite_file: Path) -> None:
    """With a sentence that says what to do, and unchanged."""
    engine = connect(str(sqlite_file))
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    assert newer(engine)
    assert not up_to_date(engine)
    for do in (lambda: migrate(engine), lambda: Service.open(str(sqlite_file))):
        with pytest.raises(NotMigrated, match="newer release"):
            do()
    engine.dispose()


@pytest.mark.parametrize("database", ["mysql://somewhere/else", "://"])
def test_a_database_of_another_kind_is_refused(database: str) -> None:
    """With a sentence that says what to write, and without the value."""
    with pytest.raises(ValueError, match=r"Maybe schoolrota\.db") as refusal:
        connect(database)
    assert "somewhere" not in str(refusal.value)
