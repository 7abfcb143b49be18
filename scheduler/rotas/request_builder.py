"""Builds the whole request of a living rota from the register and the rota's own part."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.problem.problem import Placement, Published
from models.register.rota import RotaDefinition
from models.value import Value
from scheduler.intake.case import Case
from scheduler.intake.parse import read_case
from scheduler.intake.references import fields_of
from scheduler.report.warm_start import is_possible, still_there
from scheduler.rotas.register_snapshot import Fields, RegisterSnapshot, rows_of, texts

HOLE = "hole"
"""The label of people who lost a duty because they cannot come."""


def compose(
    definition: RotaDefinition,
    register: RegisterSnapshot,
    *,
    today: date,
    published: Schedule | None = None,
    like: Case | None = None,
) -> Case:
    """The whole request of a rota, from a register at one version, as of a day.

    If a similar case is given, the new one shares its expansion where possible.

    Raises:
        InvalidRequest: with every fault; pointers are into the definition's request.
    """
    own = definition.request
    problem: dict[str, Any] = {"name": definition.name, **own["problem"]}
    problem["as_of"] = today
    problem.setdefault("time_zone", register.zone(definition))
    tables = {
        field: texts(rows_of(problem, table), "id")
        for field, table in (("allowance", "allowances"), ("paid_weeks", "paid_weeks"))
    }
    # The rota's own part comes first, so that pointers into it stay right.
    people = _joined(
        problem.get("people"),
        [register.person(entry, today, tables) for entry in register.people_of(definition)],
    )
    schools = _joined(problem.get("schools"), register.schools(definition, _named(problem, people)))
    within = texts(rows_of({"schools": schools}, "schools"), "id")
    problem["people"] = people
    problem["schools"] = schools
    problem["travel"] = _followed(problem.get("travel"), register.travel(within))
    problem["skills"] = _over(problem.get("skills"), register.skills(rows_of(problem, "people")))
    problem["roles"] = _over(problem.get("roles"), register.roles(rows_of(problem, "people")))
    if published is not None:
        problem.pop("published", None)
    case = read_case({**own, "problem": problem}, like)
    if published is not None:
        case = _with_problem(case, published=still_there(case.facts, published))
    new = _new_for_the_unsure(case, register.tentative(today))
    forbidden = case.request.problem.forbidden
    return _with_problem(case, forbidden=(*forbidden, *new)) if new else case


def _new_for_the_unsure(case: Case, firm: Mapping[str, date]) -> list[Placement]:
    """What people who are away for an unknown time are not to be given: duties after the last day
    of it that is certain. What they have been told, or are pinned to, stays with them.

    Args:
        case: with what is published.
        firm: the last certain day of each of those people, by id.
    """
    facts, problem = case.facts, case.request.problem
    told = () if problem.published is None else problem.published.placements
    known = {*told, *problem.pinned, *problem.forbidden}
    found = []
    for person, last in firm.items():
        number = facts.person_number.get(person)
        if number is None:
            continue
        for duty in facts.possible[number]:
            days = [facts.date(s.day) for s in duty.stints if facts.free(number, s)]
            placement = Placement(person=person, duty=duty.id)
            if min(days, default=last) > last and placement not in known:
                found.append(placement)
    return found


def night_of(case: Case, definition: RotaDefinition, today: date) -> Case:
    """A request as the night solves it: near days are frozen except for unavoidable changes, the
    night's own rules apply, and the search is reproducible.

    Raises:
        InvalidRequest: the night's rules cannot be understood.
    """
    nightly = definition.nightly
    assert nightly is not None
    problem = case.request.problem
    published = problem.published
    if published is not None:
        pinned, forbidden, holes = _frozen(case.facts, published, today, nightly.notice_days)
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
    rules = default_rules() if nightly.rules is None else nightly.rules
    limits = {"seconds": nightly.seconds, "reproducible": True, "workers": 1}
    document = {
        "problem": case.request.problem,
        "rules": [*case.request.rules, *rules],
        "without": case.request.without,
        "titles": case.request.titles,
        "limits": case.request.limits.model_copy(update=limits),
    }
    return read_case(document, case)


def default_rules() -> list[dict[str, Any]]:
    """The rules of a night where the owner has given none; they stand in a data file."""
    text = (files("scheduler.rotas") / "nightly.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)
    return found


def _with_problem(case: Case, **changed: Any) -> Case:
    problem = case.request.problem.model_copy(update=changed)
    return case.amended(case.request.model_copy(update={"problem": problem}))


def _frozen(
    facts: Facts, published: Published, today: date, notice_days: int
) -> tuple[list[Placement], list[Placement], set[str]]:
    """Placements to pin, placements to forbid, and people whose absence leaves a hole."""
    pinned, forbidden, holes = [], [], set()
    on: dict[str, list[str]] = {}
    never = set(facts.problem.forbidden)
    for placement in published.placements:
        if is_possible(facts, placement) and placement not in never:
            on.setdefault(placement.duty, []).append(placement.person)
        else:
            holes.add(placement.person)
    last = today + timedelta(days=notice_days)
    starts = {t.activity: t.start for t in published.times}
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


def _named(problem: Mapping[str, Any], people: object) -> set[str]:
    """The schools that the rota's people and duties name."""
    everybody = rows_of({"people": people}, "people")
    posts = (row for person in everybody for row in rows_of(person, "contracts"))
    times = (row for person in everybody for row in rows_of(person, "works"))
    work = (row for field in ("shifts", "activities", "groups") for row in rows_of(problem, field))
    homes, at_work = texts(everybody, "home"), texts(times, "at")
    return homes | at_work | texts(posts, "school") | texts(work, "school")


def _joined(own: object, known: Iterable[Value | Fields]) -> object:
    """The rota's own rows as they were sent, then those of the register with other ids."""
    taken = texts(rows_of({"own": own}, "own"), "id")
    return _followed(own, (row for row in known if fields_of(row)["id"] not in taken))


def _followed(own: object, known: Iterable[object]) -> object:
    """Rows with those of the register after them. What is not a list stays as it was sent, for the
    reader of requests to refuse at its place."""
    if own is not None and not isinstance(own, list | tuple):
        return own
    return [*(own or ()), *known]


def _over(own: object, known: Mapping[str, object]) -> object:
    """A dictionary that goes before the register's; what is none stays as it was sent."""
    if own is not None and not isinstance(own, Mapping):
        return own
    return {**known, **(own or {})}
