"""Hours: what each contract has planned, delivered and left, and the ways between schools."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise, product
from typing import Literal

from models.answer.summary import (
    SecondmentNotice,
    SessionThere,
    TravelLeg,
    WeekOfHours,
    YearOfHours,
)
from models.facts.contracts import Year, paid_minutes, paid_way, paid_ways, post_of, years_of
from models.facts.facts import Facts, Stint
from models.facts.plan import Plan

NEAR = 2
"""A warning is given when less than this percentage of the year's hours is left."""

NOTICE = timedelta(days=60)
"""How long before a date of an agreement it is named."""

SESSIONS: tuple[Literal["am", "pm"], ...] = ("am", "pm")


def years(facts: Facts, plan: Plan) -> Iterator[YearOfHours]:
    """The ledger of each contract with yearly hours, paid ways between schools included; days
    before `as_of` count as delivered."""
    today = 0 if facts.problem.as_of is None else facts.day(facts.problem.as_of)
    for person in facts.staff:
        stints = _worked(plan, person.number)
        worked, ways = [(s, s.minutes) for s in stints], list(paid_ways(facts, stints))
        for year in years_of(facts, person.number):
            mine = [(s.day, m) for s, m in (*worked, *ways) if _is_of(facts, year, s)]
            delivered = year.delivered + sum(m for day, m in mine if day < today)
            planned = sum(m for day, m in mine if day >= today)
            left = year.allowed - delivered - planned - year.promised - year.reserved
            yield YearOfHours(
                person=person.id,
                contract=year.contract.id,
                allowance=year.name,
                first=year.first,
                last=year.last,
                allowed=year.allowed,
                delivered=delivered,
                planned=planned,
                promised=year.promised,
                reserved=year.reserved,
                left=left,
                paid=paid_minutes(facts, year),
                warning=_warning(person.name, year, left),
            )


def _warning(name: str, year: Year, left: int) -> str | None:
    allowed = f"the year's {says(year.allowed)}"
    if left + year.reserved < 0:
        return f"{name} is {says(-left - year.reserved)} over {allowed}."
    if left < 0:
        return f"{name} needs {says(-left)} of the time kept back from {allowed}."
    if 100 * left < NEAR * year.allowed:
        return f"{name} has only {says(left)} left of {allowed}."
    return None


def weeks(facts: Facts, plan: Plan) -> Iterator[WeekOfHours]:
    """What everybody with work or weekly hours works in each week."""
    travel: dict[tuple[str, int], int] = defaultdict(int)
    for leg in legs(facts, plan):
        of = facts.week_of(facts.day(leg.earliest.date()))
        travel[leg.person, of] += leg.minutes if leg.paid else 0
    for person in facts.staff:
        by_week: dict[int, list[Stint]] = defaultdict(list)
        for stint in _worked(plan, person.number):
            by_week[facts.week_of(stint.day)].append(stint)
        for week in facts.weeks:
            number, first = facts.week_of(week[0]), facts.date(week[0])
            weekly = [
                c.minutes_per_week
                for c in person.person.contracts
                if c.runs_on(first) and c.minutes_per_week is not None
            ]
            stints = by_week[number]
            if not stints and not weekly:
                continue
            by_tag: dict[str, int] = defaultdict(int)
            for stint in stints:
                for tag in facts.duties[stint.duty].tags:
                    by_tag[tag] += stint.minutes
            yield WeekOfHours(
                person=person.id,
                week=first,
                contracted=sum(weekly) if weekly else None,
                planned=sum(s.minutes for s in stints),
                travel=travel[person.id, number],
                by_tag=dict(sorted(by_tag.items())),
            )


def legs(facts: Facts, plan: Plan) -> Iterator[TravelLeg]:
    """The ways between schools that people go on one day, in order."""
    for person in facts.staff:
        for one, other in pairwise(_worked(plan, person.number)):
            if one.day == other.day and one.school != other.school:
                yield TravelLeg(
                    person=person.id,
                    leaves=facts.schools[one.school].id,
                    reaches=facts.schools[other.school].id,
                    earliest=facts.local(one.end),
                    latest=facts.local(other.start),
                    minutes=facts.travel(one.school, other.school),
                    paid=paid_way(facts, one, other) > 0,
                )


def sessions(facts: Facts, plan: Plan) -> Iterator[SessionThere]:
    """Who is at each school in each session, by the roles of their contracts and their skills."""
    there: dict[tuple[int, int, str], set[int]] = defaultdict(set)
    for person in facts.staff:
        for stint in _worked(plan, person.number):
            for session in stint.sessions:
                there[stint.day, stint.school, session].add(person.number)
    for number in sorted(facts.attendance.people):
        for day, school in product(range(len(facts.days)), range(len(facts.schools))):
            noon = facts.clock.minute(facts.date(day), facts.problem.midday)
            for start, end in plan.without_duty(number, school, day):
                if start < noon:
                    there[day, school, "am"].add(number)
                if end > noon:
                    there[day, school, "pm"].add(number)
    for day, school, session in sorted(there):
        when = facts.date(day)
        people = sorted(there[day, school, session])
        roles: dict[str, list[str]] = {role: [] for role in facts.problem.roles}
        skills: dict[str, list[str]] = {skill: [] for skill in facts.problem.skills}
        for number in people:
            staff = facts.staff[number]
            for role in sorted({c.role for c in staff.person.contracts if c.runs_on(when)}):
                roles.setdefault(role, []).append(staff.id)
            for skill in sorted({h.skill for h in staff.person.skills if h.valid_on(when)}):
                skills.setdefault(skill, []).append(staff.id)
        yield SessionThere(
            school=facts.schools[school].id,
            date=when,
            session="am" if session == "am" else "pm",
            roles={role: tuple(ids) for role, ids in roles.items()},
            skills={skill: tuple(ids) for skill, ids in skills.items()},
        )


def notices(facts: Facts) -> Iterator[SecondmentNotice]:
    """What hosts must say soon, and confirmations that they do not hold."""
    today = facts.problem.as_of or facts.first
    for secondment in facts.problem.secondments:
        name = facts.name(facts.person_number[secondment.person])
        host = facts.school_name(facts.school_number(secondment.host))
        head = f"{name} is seconded to {host} until {_date(secondment.until)}"
        by = secondment.notice_by
        if by is not None and secondment.ended is None and today <= by <= today + NOTICE:
            said = f"{head}; if that is to change, {host} must say so by {_date(by)}."
            yield SecondmentNotice(secondment=secondment.id, by=by, sentence=said)
        if not secondment.checks_confirmed and secondment.until >= today:
            said = f"{head}, without the employer's written confirmation of checks."
            yield SecondmentNotice(secondment=secondment.id, by=secondment.first, sentence=said)


def says(minutes: int) -> str:
    """Minutes as people say them: "20 h 10"."""
    whole, rest = divmod(minutes, 60)
    return f"{whole} h {rest:02}" if rest else f"{whole} h"


def _date(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _worked(plan: Plan, person: int) -> list[Stint]:
    return [s for s in plan.stints(person) if s.duty >= 0]


def _is_of(facts: Facts, year: Year, stint: Stint) -> bool:
    return (
        stint.day in year.days
        and post_of(facts, year.person, stint.duty, stint.day) == year.contract
    )
