"""The register at one version, as the requests of living rotas need it."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, time, timedelta
from typing import Any, TypeVar

from pydantic import ValidationError

from models.problem.calendar import MIDNIGHT, School, Window
from models.problem.people import Contract, HeldSkill, Person
from models.problem.problem import Problem, TravelTime
from models.register.records import (
    AbsenceRecord,
    CalendarRecord,
    CodeRecord,
    ContractRecord,
    PersonRecord,
    SchoolRecord,
    TravelRecord,
)
from models.register.register import KnownEntry
from models.register.rota import RotaDefinition
from models.value import Value
from scheduler.exchange.mis.lenient import as_id
from scheduler.intake.references import fields_of
from scheduler.register.reconcile import Entries

LONGEST_TO_SCHOOL = 30
"""The number of days within which the next school day is looked for."""

SCHOOL_DAYS = ("term", "inset")

V = TypeVar("V", bound=Value)

Fields = dict[str, object]
"""The fields of a value that could not be made, which the reader of requests explains."""


class RegisterSnapshot:
    """The register at one version, as rotas need it; any number of rotas can be made from it."""

    def __init__(self, entries: Entries) -> None:
        self._of: dict[str, list[KnownEntry]] = {}
        for (kind, _), entry in sorted(entries.items()):
            if not entry.gone:
                self._of.setdefault(kind, []).append(entry)
        self._contracts: dict[str, list[tuple[str, ContractRecord]]] = {}
        for entry in self._of.get("contract", ()):
            contract = entry.record
            assert isinstance(contract, ContractRecord)
            if contract.person is not None:
                self._contracts.setdefault(contract.person, []).append((entry.id, contract))
        self._absences: dict[str, list[AbsenceRecord]] = {}
        for entry in self._of.get("absence", ()):
            absence = entry.record
            assert isinstance(absence, AbsenceRecord)
            if absence.person is not None and absence.first is not None:
                self._absences.setdefault(absence.person, []).append(absence)
        self._codes: dict[tuple[str, str], CodeRecord] = {}
        for entry in self._of.get("code", ()):
            code = entry.record
            assert isinstance(code, CodeRecord)
            if code.list is not None and code.code is not None:
                self._codes[code.list, code.code.casefold()] = code
        self._homes = {
            school.id: school for school in self.schools(None, None) if isinstance(school, School)
        }

    def zone(self, definition: RotaDefinition) -> str:
        """The time zone of a rota that names none: that of its first school."""
        wanted = definition.query.schools
        for entry in self._of.get("school", ()):
            record = entry.record
            assert isinstance(record, SchoolRecord)
            if record.time_zone and (wanted is None or entry.id in wanted):
                return record.time_zone
        zone: str = Problem.model_fields["time_zone"].default
        return zone

    # ------------------------------------------------------------------ people

    def people_of(self, definition: RotaDefinition) -> list[KnownEntry]:
        """The people whom a rota's query chooses."""
        query = definition.query
        found = []
        for entry in self._of.get("person", ()):
            record = entry.record
            assert isinstance(record, PersonRecord)
            places = {record.home, *(c.school for _, c in self._contracts.get(entry.id, ()))}
            if query.schools is not None and places.isdisjoint(query.schools):
                continue
            if record.home is None:
                continue
            if query.people is not None:
                known = self.person(entry, None, {})
                if isinstance(known, Person) and not query.people.matches(known, None):
                    continue
            found.append(entry)
        return found

    def person(
        self, entry: KnownEntry, today: date | None, tables: Mapping[str, Collection[object]]
    ) -> Person | Fields:
        """A person as a request has them.

        Args:
            entry: their entry in the register.
            today: the day as of which absences are read; without it, absences are left out.
            tables: the ids that a contract may name in `allowance` and `paid_weeks`.
        """
        record = entry.record
        assert isinstance(record, PersonRecord)
        held = list(record.skills or ())
        for skill, has in (("qts", record.qualified_teacher), ("hlta", record.hlta)):
            if has and not any(h.skill == skill for h in held):
                held.append(HeldSkill(skill=skill))
        fields: Fields = {
            "id": entry.id,
            "name": record.name or entry.id,
            "home": record.home,
            "contracts": tuple(
                self._contract(id, contract, tables)
                for id, contract in self._contracts.get(entry.id, ())
                if contract.school is not None
            ),
            "skills": tuple(held),
            "tags": record.tags or (),
            "away": () if today is None else self._away(entry.id, record.home, today),
            "agreed_to": record.agreed_to or (),
        }
        if record.works is not None:
            fields["works"] = record.works
        return _made(Person, fields)

    def _contract(
        self, id: str, contract: ContractRecord, tables: Mapping[str, Collection[object]]
    ) -> Contract | Fields:
        fields: Fields = {"id": id, "role": self._role(contract.role)}
        for name, value in contract:
            of_no_table = name in TABLES and value not in tables.get(name, ())
            if name in COPIED and value is not None and not of_no_table:
                fields[name] = value
        if contract.hundredths_of_weeks:
            fields["weeks_per_year"] = max(1, round(contract.hundredths_of_weeks / 100))
        return _made(Contract, fields)

    def _role(self, said: str | None) -> str:
        code = self._codes.get(("role", (said or "").casefold()))
        if code is not None and code.means is not None:
            return code.means
        return as_id(said) or "staff"

    def _away(self, person: str, home: str | None, today: date) -> tuple[Window | Fields, ...]:
        found: list[Window | Fields] = []

        def add(first: date, last: date, **times: time) -> None:
            found.append(_made(Window, {"first": first, "last": last, **times}))

        for absence in self._absences.get(person, ()):
            assert absence.first is not None
            last = absence.last or self.firm_until(home, max(today, absence.first))
            first = absence.first
            if absence.start is not None and absence.end is not None and first == last:
                add(first, last, start=absence.start, end=absence.end)
                continue
            if absence.start is not None:
                add(first, first, start=absence.start)
                first += timedelta(days=1)
            if absence.end is not None and absence.last is not None and first <= last:
                if absence.end != MIDNIGHT:
                    add(last, last, end=absence.end)
                last -= timedelta(days=1)
            if first <= last:
                add(first, last)
        return tuple(found)

    def tentative(self, today: date) -> dict[str, date]:
        """People who are away for an unknown time, and the last day that counts as certain."""
        found: dict[str, date] = {}
        for person, absences in self._absences.items():
            home = next((e for e in self._of.get("person", ()) if e.id == person), None)
            for absence in absences:
                if absence.last is None and absence.first is not None and home is not None:
                    record = home.record
                    assert isinstance(record, PersonRecord)
                    found[person] = self.firm_until(record.home, max(today, absence.first))
        return found

    def firm_until(self, home: str | None, day: date) -> date:
        """The last day of an open-ended absence that counts as certain: the next school day."""
        school = self._homes.get(home or "")
        if school is None:
            return day + timedelta(days=1)
        for ahead in range(1, LONGEST_TO_SCHOOL):
            then = day + timedelta(days=ahead)
            if school.kind_of(then).value in SCHOOL_DAYS:
                return then
        return day + timedelta(days=1)

    # ------------------------------------------------------------------ the rest

    def schools(
        self, definition: RotaDefinition | None, named: set[str] | None
    ) -> list[School | Fields]:
        """The schools of a rota, and those that its people and duties name; all of them if either
        argument is missing."""
        calendars: dict[str, CalendarRecord] = {}
        for entry in self._of.get("calendar", ()):
            calendar = entry.record
            assert isinstance(calendar, CalendarRecord)
            if calendar.school is not None:
                calendars[calendar.school] = calendar
        wanted = None
        if definition is not None and named is not None and definition.query.schools is not None:
            wanted = {*definition.query.schools, *named}
        found: list[School | Fields] = []
        for entry in self._of.get("school", ()):
            if wanted is not None and entry.id not in wanted:
                continue
            fields: Fields = {"id": entry.id, "name": entry.id}
            fields |= {n: v for n, v in entry.record if n in SCHOOL_FIELDS and v is not None}
            if entry.id in calendars:
                left_out = ("kind", "school")
                fields |= {
                    n: v for n, v in calendars[entry.id] if n not in left_out and v is not None
                }
            found.append(_made(School, fields))
        return found

    def travel(self, within: Collection[object]) -> list[TravelTime | Fields]:
        """Travel times between schools of a rota."""
        found: list[TravelTime | Fields] = []
        for entry in self._of.get("travel", ()):
            way = entry.record
            assert isinstance(way, TravelRecord)
            if way.minutes is not None and way.one in within and way.other in within:
                between = (way.one, way.other)
                found.append(_made(TravelTime, {"between": between, "minutes": way.minutes}))
        return found

    def skills(self, people: Iterable[object]) -> dict[str, str]:
        """The names of the skills that people hold."""
        held = (row for person in people for row in rows_of(person, "skills"))
        return self._called("skill", texts(held, "skill"))

    def roles(self, people: Iterable[object]) -> dict[str, str]:
        """The names of the roles that people have."""
        posts = (row for person in people for row in rows_of(person, "contracts"))
        return self._called("role", texts(posts, "role"))

    def _called(self, list: str, ids: set[str]) -> dict[str, str]:
        named = {
            code.means: code.name
            for (of, _), code in self._codes.items()
            if of == list and code.means is not None and code.name is not None
        }
        return {id: named.get(id, id) for id in sorted(ids)}


TABLES = ("allowance", "paid_weeks")
"""Fields of a contract that name a table of the rota's own; only tables it has can be named."""

COPIED = frozenset(
    {
        *TABLES,
        "school",
        "employer",
        "payer",
        "fte_percent",
        "minutes_per_week",
        "full_time_minutes",
        "all_year",
        "service_since",
        "first",
        "last",
    }
)
"""Fields of a contract that are the same in the register and in a request."""

SCHOOL_FIELDS = frozenset({"name", "nation", "weekdays", "day_start", "day_end"})
"""Fields of a school that are the same in the register and in a request."""


def _made(model: type[V], fields: Fields) -> V | Fields:
    """A value of a model; its bare fields if they do not fit, so that `read_request` meets them
    where they stand and says every fault."""
    try:
        return model.model_validate(fields)
    except ValidationError:
        return fields


def rows_of(holder: object, field: str) -> list[Mapping[str, Any]]:
    rows = fields_of(holder).get(field)
    return [fields_of(row) for row in (rows if isinstance(rows, list | tuple) else ())]


def texts(rows: Iterable[Mapping[str, Any]], field: str) -> set[str]:
    """What a field says, wherever it is a text."""
    return {said for row in rows if isinstance(said := row.get(field), str)}
