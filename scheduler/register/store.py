"""The register of a tenant: read at any version, changed by a dry run that is then applied."""

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar, get_args

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.orm import Session, aliased

from models.register.records import Kind
from models.register.register import (
    ChangeDecision,
    ChangeList,
    ChangeSort,
    ImportOutcome,
    KnownEntry,
    Statement,
)
from models.value import Id, Value
from scheduler.register.decisions import BadDecision, DecidedChanges, decide
from scheduler.register.reconcile import KINDS, USUALLY, Applies, Entries, compare, refers
from scheduler.storage import audit
from scheduler.storage.clock import now
from scheduler.storage.outbox import add_message
from scheduler.storage.pagination import cut
from scheduler.storage.row_lock import lock_row
from scheduler.storage.tenant_scope import of_tenant
from scheduler.storage.tenant_tables import (
    Import,
    RegisterEntry,
    RegisterSource,
    RegisterVersion,
    TenantRow,
)

__all__ = ["BadDecision", "OutOfDate", "Register", "UnknownEntry"]


_T = TypeVar("_T")

AT_A_TIME = 500
"""Entries that are read, written or named in one SQL statement."""


class UnknownEntry(LookupError):
    """The register has no such entry, version or import."""


class OutOfDate(Exception):
    """The register has changed since the dry run, so that the change list would differ."""


class SourceRule(Value):
    """The kinds of change that a source may make to one kind of entry without a decision."""

    kind: Kind = Field(description="The kind of entry.")
    sorts: tuple[ChangeSort, ...] = Field(
        description="The sorts of change; links always need a decision."
    )


class SourceSettings(Value):
    """What the owner allows a source to do without a decision."""

    id: Id = Field(description="The source.")
    applies: tuple[SourceRule, ...] = Field(
        description="By default, an MIS may add, change and end absences, and nothing else."
    )


class ImportLine(Value):
    """A dry run in a list."""

    id: str = Field(description="The id of the import.")
    at: datetime = Field(description="When it was made.")
    source: str = Field(description="Whose statement it is.")
    state: str = Field(description="Either open or applied.")


class ImportView(ImportLine):
    """A dry run with its change list, and its outcome if it was applied."""

    list: ChangeList = Field(description="What would change.")
    applied: ImportOutcome | None = Field(
        None, description="What was applied of it; null where nothing was yet."
    )


class RegisterVersionView(Value):
    """One version of a register."""

    number: int = Field(description="The number of the version, from 1.")
    at: datetime = Field(description="When it was made.")
    key: str | None = Field(
        description="The key that it was made with; null for the service itself."
    )
    source: str = Field(description="The source whose statement made it.")
    import_id: str | None = Field(description="The import that made it.")


class Register:
    """The register of one tenant."""

    def __init__(self, engine: sa.Engine, tenant: str) -> None:
        self._engine = of_tenant(engine, tenant)
        self._tenant = tenant

    # ------------------------------------------------------------------ reading

    def version(self) -> int:
        """The number of the newest version; 0 if the register is empty."""
        with Session(self._engine) as session:
            return session.get_one(TenantRow, self._tenant).register_version

    def entries(self, version: int | None = None, kind: Kind | None = None) -> list[KnownEntry]:
        """All entries at a version, or those of one kind, ordered by kind and id.

        Raises:
            UnknownEntry: there was no such version.
        """
        with Session(self._engine) as session:
            found = entries_at(session, self._existing(session, version), kind)
        order = {k: n for n, k in enumerate(KINDS)}
        return sorted(found.values(), key=lambda e: (order[e.kind], e.id))

    def history(self, kind: Kind, id: str) -> list[tuple[int, KnownEntry]]:
        """An entry in all its states, each with the version in which it began.

        Raises:
            UnknownEntry: there is no such entry.
        """
        query = sa.select(RegisterEntry).where(RegisterEntry.kind == kind, RegisterEntry.id == id)
        with Session(self._engine) as session:
            rows = session.scalars(query.order_by(RegisterEntry.since)).all()
            if not rows:
                raise UnknownEntry
            return [(row.since, KnownEntry.model_validate(row.body)) for row in rows]

    def versions(self) -> tuple[RegisterVersionView, ...]:
        """All versions, newest first."""
        query = sa.select(RegisterVersion).order_by(RegisterVersion.number.desc())
        with Session(self._engine) as session:
            return tuple(
                RegisterVersionView(
                    number=row.number,
                    at=row.at,
                    key=row.key,
                    source=row.source,
                    import_id=row.import_id,
                )
                for row in session.scalars(query)
            )

    def page(
        self,
        kind: Kind,
        *,
        version: int | None = None,
        schools: tuple[str, ...] | None = None,
        after: str = "",
        limit: int = 200,
        by: str | None = None,
    ) -> tuple[list[KnownEntry], str | None]:
        """A page of the entries of a kind after an id, and the id to continue from; if schools are
        given, only their entries. Reading absences is written to the audit log.

        Raises:
            UnknownEntry: there was no such version.
        """
        with Session(self._engine) as session, session.begin():
            at = self._existing(session, version)
            query = sa.select(RegisterEntry.id).where(RegisterEntry.kind == kind, *_at(at))
            if schools is not None:
                query = query.where(_of_schools(kind, schools, at))
            ids, last = cut(sorted(id for id in session.scalars(query) if id > after), limit)
            found = [KnownEntry.model_validate(b) for b in _bodies(session, at, kind, ids)]
            if kind == "absence":
                audit.add(session, self._tenant, by, "absences read", "register")
        return sorted(found, key=lambda e: e.id), last

    # ------------------------------------------------------------------ sources

    def settings_of(self, source: str) -> SourceSettings:
        """What the owner allows a source to do without a decision."""
        with Session(self._engine) as session:
            row = session.get(RegisterSource, (self._tenant, source))
            said = USUALLY if row is None else _applies(row)
        return SourceSettings(
            id=source,
            applies=tuple(
                SourceRule(kind=kind, sorts=tuple(sorted(said[kind])))
                for kind in KINDS
                if said.get(kind)
            ),
        )

    def set_source(self, settings: SourceSettings, by: str | None = None) -> None:
        """Set what a source may do without a decision."""
        applies = {rule.kind: sorted(rule.sorts) for rule in settings.applies}
        with Session(self._engine) as session, session.begin():
            session.merge(RegisterSource(tenant=self._tenant, id=settings.id, applies=applies))
            audit.add(session, self._tenant, by, "source set", f"source:{settings.id}")

    # ------------------------------------------------------------------ dry run, apply

    def dry_run(self, statement: Statement, by: str | None = None) -> ImportView:
        """Compare a statement with the register; the change list is stored, so that it can be
        applied."""
        with Session(self._engine) as session, session.begin():
            version = session.get_one(TenantRow, self._tenant).register_version
            rules = self._rules(session, statement)
            changes = compare(
                entries_at(session, version), statement, version=version, applies=rules
            )
            row = Import(
                tenant=self._tenant,
                id=str(uuid.uuid4()),
                at=now(),
                key=by,
                source=statement.source,
                state="open",
                statement=statement.model_dump_json(exclude_unset=True),
                changes=changes.model_dump_json(exclude_defaults=True),
                applied=None,
            )
            session.add(row)
            session.flush()
            return _view(row, changes)

    def knows(self, statement: Statement) -> bool:
        """Whether a statement leaves nothing to apply or to decide."""
        with Session(self._engine) as session:
            version = session.get_one(TenantRow, self._tenant).register_version
            rules = self._rules(session, statement)
            entries = entries_at(session, version)
            changes = compare(entries, statement, version=version, applies=rules).changes
        return all(change.sort is ChangeSort.REFUSED for change in changes)

    def imports(self) -> tuple[ImportLine, ...]:
        """The newest dry runs, newest first, without their change lists."""
        columns = (Import.id, Import.at, Import.source, Import.state)
        query = sa.select(*columns).order_by(Import.at.desc(), Import.id)
        with Session(self._engine) as session:
            return tuple(
                ImportLine(id=id, at=at, source=source, state=state)
                for id, at, source, state in session.execute(query)
            )

    def import_(self, id: str) -> ImportView:
        """A dry run.

        Raises:
            UnknownEntry: there is no such dry run.
        """
        with Session(self._engine) as session:
            return _view(self._import(session, id))

    def apply(
        self,
        id: str,
        decisions: Sequence[ChangeDecision] = (),
        *,
        everything: bool = False,
        by: str | None = None,
    ) -> ImportOutcome:
        """Apply the decided changes, and those that need no decision; a second call does nothing.

        Args:
            id: the id of the dry run.
            decisions: a person's decisions about changes of its list.
            everything: apply all new, changed and gone entries that no decision is about.
            by: the key of that person.

        Raises:
            UnknownEntry: there is no such dry run.
            BadDecision: a decision names no change, or asks for something impossible.
            OutOfDate: the register has changed, so that the change list would differ.
        """
        with Session(self._engine) as session:
            # Worked out before the lock is taken, so that nobody has to wait for it.
            version = session.get_one(TenantRow, self._tenant).register_version
            found = self._decided(session, version, id, decisions, everything)
        with Session(self._engine) as session, session.begin():
            newest = _locked_version(session, self._tenant)
            row = self._import(session, id)
            if row.state == "applied":
                return ImportOutcome.model_validate(row.applied)
            if newest != version or found is None:
                found = self._decided(session, newest, id, decisions, everything)
                assert found is not None
            version = newest
            if found.after:
                version = self._write(
                    session, version, found.before, found.after, row.source, id, by
                )
            row.state = "applied"
            outcome = ImportOutcome(
                version=version, applied=found.applied, waiting=found.waiting, left=found.left
            )
            row.applied = outcome.model_dump(mode="json")
            numbers = set(outcome.applied)
            if any(c.kind == "absence" and c.number in numbers for c in found.shown.changes):
                audit.add(session, self._tenant, by, "absences imported", f"import:{id}")
            audit.add(session, self._tenant, by, "import applied", f"import:{id}")
            add_message(session, self._tenant, "import.applied", {"import": id, "version": version})
            return outcome

    def _decided(
        self,
        session: Session,
        version: int,
        id: str,
        decisions: Sequence[ChangeDecision],
        everything: bool,
    ) -> DecidedChanges | None:
        """What the decisions do to the entries at a version; None for an applied import.

        Raises:
            BadDecision: a decision names no change, or asks for something impossible.
            OutOfDate: the register has changed, and the change list with it.
        """
        row = self._import(session, id)
        if row.state == "applied":
            return None
        shown = ChangeList.model_validate_json(row.changes)
        entries = entries_at(session, version)

        def compared(with_: Entries) -> ChangeList:
            statement = Statement.model_validate_json(row.statement)
            rules = self._rules(session, statement)
            return compare(with_, statement, version=shown.version, applies=rules)

        if version != shown.version and compared(entries) != shown:
            raise OutOfDate
        return decide(entries, shown, decisions, everything, compared)

    def _write(
        self,
        session: Session,
        version: int,
        before: Entries,
        after: Mapping[tuple[Kind, str], KnownEntry],
        source: str,
        import_id: str | None,
        by: str | None,
    ) -> int:
        number = version + 1
        session.get_one(TenantRow, self._tenant).register_version = number
        session.add(
            RegisterVersion(
                tenant=self._tenant,
                number=number,
                at=now(),
                key=by,
                source=source,
                import_id=import_id,
            )
        )
        replaced: dict[Kind, list[str]] = defaultdict(list)
        for kind, id in after:
            if (kind, id) in before:
                replaced[kind].append(id)
        for kind, ids in replaced.items():
            for some in _batches(ids):
                session.execute(
                    sa.update(RegisterEntry)
                    .where(
                        RegisterEntry.kind == kind,
                        RegisterEntry.id.in_(some),
                        RegisterEntry.until.is_(None),
                    )
                    .values(until=number)
                    .execution_options(synchronize_session=False)
                )
        for rows in _batches(list(after.items())):
            session.execute(
                sa.insert(RegisterEntry),
                [
                    {
                        "tenant": self._tenant,
                        "kind": kind,
                        "id": id,
                        "since": number,
                        "until": None,
                        "body": entry.model_dump(mode="json", exclude_defaults=True),
                    }
                    for (kind, id), entry in rows
                ],
            )
        return number

    def _existing(self, session: Session, version: int | None) -> int:
        newest = session.get_one(TenantRow, self._tenant).register_version
        # Versions that retention has removed have no row.
        of_it = (self._tenant, version)
        if version not in (None, 0, newest) and session.get(RegisterVersion, of_it) is None:
            raise UnknownEntry
        return newest if version is None else version

    def _rules(self, session: Session, statement: Statement) -> Applies:
        row = session.get(RegisterSource, (self._tenant, statement.source))
        if row is not None:
            return _applies(row)
        return USUALLY if statement.kind == "mis" else {}

    def _import(self, session: Session, id: str) -> Import:
        row = session.get(Import, (self._tenant, id))
        if row is None:
            raise UnknownEntry
        return row


def entries_at(
    session: Session, version: int, kind: Kind | None = None
) -> dict[tuple[Kind, str], KnownEntry]:
    """The entries of a register at a version; if a kind is given, only those."""
    query = sa.select(RegisterEntry.body).where(*_at(version))
    if kind is not None:
        query = query.where(RegisterEntry.kind == kind)
    bodies = session.scalars(query.execution_options(yield_per=AT_A_TIME))
    return {(entry.kind, entry.id): entry for entry in map(KnownEntry.model_validate, bodies)}


def _bodies(session: Session, version: int, kind: Kind, ids: Sequence[str]) -> Iterator[Any]:
    query = sa.select(RegisterEntry.body).where(RegisterEntry.kind == kind, *_at(version))
    for some in _batches(ids):
        yield from session.scalars(query.where(RegisterEntry.id.in_(some)))


def _at(
    version: int, table: type[RegisterEntry] = RegisterEntry
) -> tuple[sa.ColumnElement[bool], ...]:
    return table.since <= version, sa.or_(table.until.is_(None), table.until > version)


def _batches(things: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (things[start : start + AT_A_TIME] for start in range(0, len(things), AT_A_TIME))


def _of_schools(kind: Kind, schools: tuple[str, ...], version: int) -> sa.ColumnElement[bool]:
    """The condition for entries of a kind that concern some schools: the schools themselves, their
    people, and entries that belong to either."""

    def named(table: type[RegisterEntry], of: Kind, what: Kind) -> list[sa.ColumnElement[Any]]:
        """The fields of a kind that refer to entries of another."""
        fields = [field for field, found in refers(of).items() if found == what]
        return [table.body["fields"][field]["value"].as_string() for field in fields]

    def theirs(table: type[RegisterEntry], of: Kind) -> sa.ColumnElement[bool]:
        return sa.or_(sa.false(), *(field.in_(schools) for field in named(table, of, "school")))

    if kind == "code":
        return sa.true()
    if kind == "school":
        return RegisterEntry.id.in_(schools)
    if kind not in ("person", "absence"):
        return theirs(RegisterEntry, kind)
    home, contract = aliased(RegisterEntry), aliased(RegisterEntry)
    [holder] = named(contract, "contract", "person")
    people = sa.union(
        sa.select(home.id).where(
            home.kind == "person", *_at(version, home), theirs(home, "person")
        ),
        sa.select(holder).where(
            contract.kind == "contract", *_at(version, contract), theirs(contract, "contract")
        ),
    )
    if kind == "person":
        return RegisterEntry.id.in_(people)
    [absent] = named(RegisterEntry, "absence", "person")
    return absent.in_(people)


def _locked_version(session: Session, tenant: str) -> int:
    """The register's newest version, locked against other writers until the transaction ends."""
    row = lock_row(session, TenantRow, tenant, TenantRow.register_version)
    assert row is not None
    return row.register_version


def _applies(row: RegisterSource) -> Applies:
    known: tuple[Kind, ...] = get_args(Kind)
    said: dict[str, Any] = row.applies
    return {kind: frozenset(ChangeSort(sort) for sort in said.get(kind, ())) for kind in known}


def _view(row: Import, changes: ChangeList | None = None) -> ImportView:
    return ImportView(
        id=row.id,
        at=row.at,
        source=row.source,
        state=row.state,
        list=changes or ChangeList.model_validate_json(row.changes),
        applied=None if row.applied is None else ImportOutcome.model_validate(row.applied),
    )
