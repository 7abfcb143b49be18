"""From the register and a rota's own duties and rules to one whole request."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.problem.calendar import School
from models.problem.people import Person
from models.problem.problem import Placement, Problem, Published
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
from scheduler.exchange.mis.lenient import as_id
from scheduler.intake.case import Case
from scheduler.intake.parse import read_case
from scheduler.register.reconcile import Entries
from scheduler.report.warm_start import _possible, _still

HOLE = "hole"
"""The label of people who lost a duty because they cannot come."""

LONGEST_TO_SCHOOL = 30
"""Days within which the next school day is looked for."""

SCHOOL_DAYS = ("term", "inset")


def compose(
    definition: RotaDefinition,
    register: "RegisterSnapshot",
    *,
    today: date,
    published: Schedule | None = None,
    like: Case | None = None,
) -> Case:
    """The whole request of a rota from a register at one version, as of a day; it shares the
    expansion of a case like it, where one is given.

    Raises:
        InvalidRequest: with every fault; pointers are into the definition's request.
    """
    own = definition.request
    problem: dict[str, Any] = {"name": definition.name, **own["problem"]}
    chosen = register.people_of(definition)
    problem["as_of"] = today.isoformat()
    problem.setdefault("time_zone", register.zone(definition))
    # What is the rota's own comes first, so that pointers into it stay right.
    known = [_with_tables_of(problem, register.person(entry, today)) for entry in chosen]
    people = _joined(problem.get("people"), known, "id")
    named = _named(problem, people)
    schools = _joined(problem.get("schools"), register.schools(definition, named), "id")
    within = {s.get("id") for s in schools if isinstance(s, dict)}
    problem["people"] = people
    problem["schools"] = schools
    problem["travel"] = [*(problem.get("travel") or ()), *register.travel(within)]
    problem["skills"] = {**register.skills(people), **(problem.get("skills") or {})}
    problem["roles"] = {**register.roles(people), **(problem.get("roles") or {})}
    if published is not None:
        problem.pop("published", None)
    case = read_case({**own, "problem": problem}, like)
    if published is None:
        return case
    return _with_problem(case, published=_still(case.facts, published))


def _with_tables_of(problem: Mapping[str, Any], person: dict[str, Any]) -> dict[str, Any]:
    """A person whose contracts name no table of hours that the rota does not have."""
    for field, table in (("allowance", "allowances"), ("paid_weeks", "paid_weeks")):
        has = {row.get("id") for row in problem.get(table) or () if isinstance(row, dict)}
        for contract in person["contracts"]:
            if contract.get(field) not in has:
                contract.pop(field, None)
    return person


def night_of(case: Case, definition: RotaDefinition, today: date) -> Case:
    """A request as the night solves it: near days are frozen but for what has to change, the
    night's own rules are in force, and the same data give the same rota.

    Raises:
        InvalidRequest: the night's rules cannot be understood.
    """
    nightly = definition.nightly
    assert nightly is not None
    problem = case.request.problem
    told = problem.published
    if told is not None:
        pinned, forbidden, holes = _frozen(case.facts, told, today, nightly.notice_days)
        people = tuple(
            p.model_copy(update={"tags": (*p.tags, HOLE)})
            if p.id in holes and HOLE not in p.tags
            else p
            for p in problem.people
        )
        case = _with_problem(
            case,
            people=people,
            pinned=tuple(dict.fromkeys((*problem.pinned, *pinned))),
            forbidden=tuple(dict.fromkeys((*problem.forbidden, *forbidden))),
        )
    rules = usual_rules() if nightly.rules is None else list(nightly.rules)
    document = case.request.model_dump(mode="json")
    document["rules"] = [*document["rules"], *rules]
    document["limits"] = {
        **document["limits"],
        "seconds": nightly.seconds,
        "reproducible": True,
        "workers": 1,
    }
    return read_case(document, case)


def usual_rules() -> list[dict[str, Any]]:
    """The rules of a night where the owner has said nothing: data, which may be changed."""
    text = (files("scheduler.rotas") / "nightly.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)
    return found


def _with_problem(case: Case, **changed: Any) -> Case:
    problem = case.request.problem.model_copy(update=changed)
    return case.amended(case.request.model_copy(update={"problem": problem}))


def _frozen(
    facts: Facts, told: Published, today: date, notice_days: int
) -> tuple[list[Placement], list[Placement], set[str]]:
    """Placements that stay, placements that must not come, and people who leave a hole."""
    pinned, forbidden, holes = [], [], set()
    on: dict[str, list[str]] = {}
    for placement in told.placements:
        if _possible(facts, placement):
            on.setdefault(placement.duty, []).append(placement.person)
        else:
            holes.add(placement.person)
    last = today + timedelta(days=notice_days)
    starts = {t.activity: t.start for t in told.times}
    for duty in facts.duties:
        if duty.is_flexible:
            occasion = facts.occasions[duty.occasion].id
            when = starts[occasion].date() if occasion in starts else None
        else:
            when = facts.date(duty.day)
        if when is None or when > last:
            continue
        there = on.get(duty.id, [])
        pinned += [Placement(person=person, duty=duty.id) for person in there]
        if when < today or len(there) >= duty.count:
            forbidden += [
                Placement(person=person.id, duty=duty.id)
                for person in facts.staff
                if person.id not in there and facts.can(person.number, duty)
            ]
    return pinned, forbidden, holes


# ---------------------------------------------------------------------- what the register gives


class RegisterSnapshot:
    """The register at one version, as rotas need it; many of them can be made from one."""

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
            school["id"]: School.model_validate(school) for school in self.schools(None, None)
        }

    def zone(self, definition: RotaDefinition) -> str:
        """The time zone of a rota that does not say: that of its first school."""
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
        """The people that a rota asks for."""
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
                known = Person.model_validate(self.person(entry, date.min, absences=False))
                if not query.people.matches(known, None):
                    continue
            found.append(entry)
        return found

    def person(self, entry: KnownEntry, today: date, *, absences: bool = True) -> dict[str, Any]:
        """A person as a request has them."""
        record = entry.record
        assert isinstance(record, PersonRecord)
        held = [h.model_dump(mode="json") for h in record.skills or ()]
        for skill, has in (("qts", record.qualified_teacher), ("hlta", record.hlta)):
            if has and not any(h["skill"] == skill for h in held):
                held.append({"skill": skill})
        said: dict[str, Any] = {
            "id": entry.id,
            "name": record.name or entry.id,
            "home": record.home,
            "contracts": [
                self._contract(id, contract)
                for id, contract in self._contracts.get(entry.id, ())
                if contract.school is not None
            ],
            "skills": held,
            "tags": list(record.tags or ()),
            "away": self._away(entry.id, record.home, today) if absences else [],
            "agreed_to": [w.model_dump(mode="json") for w in record.agreed_to or ()],
        }
        if record.works is not None:
            said["works"] = [w.model_dump(mode="json") for w in record.works]
        return said

    def _contract(self, id: str, contract: ContractRecord) -> dict[str, Any]:
        said = contract.model_dump(
            mode="json",
            exclude_none=True,
            include={
                "school",
                "employer",
                "payer",
                "fte_percent",
                "minutes_per_week",
                "full_time_minutes",
                "all_year",
                "allowance",
                "paid_weeks",
                "service_since",
                "first",
                "last",
            },
        )
        if contract.hundredths_of_weeks:
            said["weeks_per_year"] = max(1, round(contract.hundredths_of_weeks / 100))
        return {"id": id, "role": self._role(contract.role), **said}

    def _role(self, said: str | None) -> str:
        code = self._codes.get(("role", (said or "").casefold()))
        if code is not None and code.means is not None:
            return code.means
        return as_id(said) or "staff"

    def _away(self, person: str, home: str | None, today: date) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for absence in self._absences.get(person, ()):
            assert absence.first is not None
            last = absence.last or self.firm_until(home, max(today, absence.first))
            first = absence.first
            if absence.start is not None and absence.end is not None and first == last:
                times = {"start": absence.start.isoformat(), "end": absence.end.isoformat()}
                found.append(_window(first, last, **times))
                continue
            if absence.start is not None:
                found.append(_window(first, first, start=absence.start.isoformat()))
                first += timedelta(days=1)
            if absence.end is not None and absence.last is not None and first <= last:
                found.append(_window(last, last, end=absence.end.isoformat()))
                last -= timedelta(days=1)
            if first <= last:
                found.append(_window(first, last))
        return found

    def tentative(self, today: date) -> dict[str, date]:
        """People who are away for an unknown time, and the last day that is taken for certain."""
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
        """Until when an absence without an end is taken for certain: the next school day."""
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
    ) -> list[dict[str, Any]]:
        """Schools of a rota, and those that its people come from; all of them without either."""
        calendars: dict[str, CalendarRecord] = {}
        for entry in self._of.get("calendar", ()):
            calendar = entry.record
            assert isinstance(calendar, CalendarRecord)
            if calendar.school is not None:
                calendars[calendar.school] = calendar
        wanted = None
        if definition is not None and named is not None and definition.query.schools is not None:
            wanted = {*definition.query.schools, *named}
        found = []
        for entry in self._of.get("school", ()):
            if wanted is not None and entry.id not in wanted:
                continue
            school = entry.record.model_dump(
                mode="json",
                exclude_none=True,
                include={"name", "nation", "weekdays", "day_start", "day_end"},
            )
            said = {"id": entry.id, "name": entry.id, **school}
            if entry.id in calendars:
                said |= calendars[entry.id].model_dump(
                    mode="json", exclude_none=True, exclude={"kind", "school"}
                )
            found.append(said)
        return found

    def travel(self, within: set[Any]) -> list[dict[str, Any]]:
        """Ways between schools of a rota."""
        found = []
        for entry in self._of.get("travel", ()):
            way = entry.record
            assert isinstance(way, TravelRecord)
            if way.minutes is not None and {way.one, way.other} <= within:
                found.append({"between": [way.one, way.other], "minutes": way.minutes})
        return found

    def skills(self, people: Iterable[Any]) -> dict[str, str]:
        """Names of the skills that people hold."""
        held = {h.get("skill") for p in people for h in _rows(p, "skills")}
        return self._called("skill", held)

    def roles(self, people: Iterable[Any]) -> dict[str, str]:
        """Names of the roles that people have."""
        return self._called("role", {c.get("role") for p in people for c in _rows(p, "contracts")})

    def _called(self, list: str, ids: set[Any]) -> dict[str, str]:
        named = {
            code.means: code.name
            for (of, _), code in self._codes.items()
            if of == list and code.means is not None and code.name is not None
        }
        return {id: named.get(id, id) for id in sorted(i for i in ids if isinstance(i, str))}


def _window(first: date, last: date, **times: str) -> dict[str, Any]:
    return {"first": first.isoformat(), "last": last.isoformat(), **times}


def _rows(person: Any, field: str) -> list[Mapping[str, Any]]:
    rows = person.get(field) if isinstance(person, dict) else None
    return [row for row in rows or () if isinstance(row, dict)]


def _named(problem: Mapping[str, Any], people: Iterable[Any]) -> set[str]:
    """Schools that the rota's people and duties name."""
    found: set[Any] = set()
    for person in people:
        if isinstance(person, dict):
            found.add(person.get("home"))
            found |= {c.get("school") for c in _rows(person, "contracts")}
    for field in ("shifts", "activities", "groups"):
        found |= {work.get("school") for work in _rows(problem, field)}
    return {id for id in found if isinstance(id, str)}


def _joined(own: Any, ours: Iterable[dict[str, Any]], by: str) -> list[Any]:
    mine = list(own) if isinstance(own, list | tuple) else []
    known = {one.get(by) for one in mine if isinstance(one, dict)}
    return [*mine, *(one for one in ours if one[by] not in known)]
