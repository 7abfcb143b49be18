"""Years of working time: what each contract allows, what is spoken for, what a duty counts on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from models.facts.facts import Facts, Stint
from models.problem.calendar import WEEKDAYS, DateRange, School
from models.problem.collaboration import Allowance, BookedTime
from models.problem.people import Contract, Person, Who

LONGEST_WAY = 120
"""Minutes between two duties; who is free for longer goes to the other school in their own time."""


@dataclass(frozen=True, slots=True)
class Year:
    """One year of one contract, as far as it meets the horizon; all in minutes."""

    person: int
    contract: Contract
    name: str
    """What the time is called: the allowance's id, or "contract"."""
    first: date
    last: date
    allowed: int
    """Pro rata by days where the contract begins or ends in the year."""
    booked: tuple[BookedTime, ...]
    worked: int
    """Minutes of the history, its ways between schools included."""
    days: range
    """Days of the horizon that lie in the year."""

    @property
    def delivered(self) -> int:
        """Minutes worked before the horizon, as booked or as history says."""
        return self.worked + self._booked("delivered")

    @property
    def promised(self) -> int:
        """Minutes that are still to be worked outside this rota."""
        return self._booked("promised")

    @property
    def reserved(self) -> int:
        """Minutes kept back for the unforeseen."""
        return self._booked("reserved")

    def _booked(self, state: str) -> int:
        return sum(b.total for b in self.booked if b.state == state)


def years_of(facts: Facts, person: int) -> Iterator[Year]:
    """The years of a person's contracts: by allowance, else from weekly hours and weeks."""
    staff = facts.staff[person].person
    for contract in staff.contracts:
        for span in _spans(facts, staff, contract):
            first, last = max(span.first, facts.days[0]), min(span.last, facts.days[-1])
            if first > last:
                continue
            booked = tuple(
                b
                for b in facts.booked.get((staff.id, contract.id), ())
                if span.first <= (b.within or facts.first) <= span.last
            )
            days = range(facts.day(first), facts.day(last) + 1)
            allowed = span.allowed * _days_held(contract, span) // _days_of(span.first, span.last)
            past = facts.past[person]
            worked = sum(
                minutes
                for s, minutes in (*((s, s.minutes) for s in past), *paid_ways(facts, past))
                if span.first <= facts.date(s.day) <= span.last
                and _post_at(facts, staff, s.school, s.day) == contract
            )
            yield Year(person, contract, *span[:3], allowed, booked, worked, days)


class _Span(NamedTuple):
    name: str
    first: date
    last: date
    allowed: int


def _spans(facts: Facts, person: Person, contract: Contract) -> Iterator[_Span]:
    if contract.allowance is not None:
        for row in facts.problem.allowances:
            if row.id == contract.allowance:
                allowed = _pro_rata(facts, row, person, contract)
                yield _Span(row.id, row.first, row.last, allowed)
    elif contract.minutes_per_week is not None and contract.weeks_per_year is not None:
        # From September to August, as contracts of schools count.
        year = facts.first.year - (facts.first.month < 9)
        span = date(year, 9, 1), date(year + 1, 8, 31)
        yield _Span("contract", *span, contract.minutes_per_week * contract.weeks_per_year)


def paid_weeks_of(facts: Facts, contract: Contract, day: date) -> int | None:
    """Weeks of a year for which a contract is paid on a date, in hundredths, leave included.

    None where the contract names no table of its employer, or the table has no row for it.
    """
    since = contract.service_since or contract.first or day
    served = day.year - since.year - ((day.month, day.day) < (since.month, since.day))
    rows = [
        row
        for row in facts.problem.paid_weeks
        if row.id == contract.paid_weeks
        and row.weeks == contract.weeks_per_year
        and row.service_years <= served
        and row.runs_on(day)
    ]
    return max(rows, key=lambda row: row.service_years).hundredths if rows else None


def paid_minutes(facts: Facts, year: Year) -> int | None:
    """Paid minutes of a year, leave included: for each month a twelfth, by the contract in force.

    None without weekly hours, or where no row of the employer's table holds in some month.
    """
    contract = year.contract
    if contract.minutes_per_week is None or contract.paid_weeks is None:
        return None
    first = max(year.first, contract.first or year.first)
    held = DateRange(first=first, last=min(year.last, contract.last or year.last))
    weeks = [paid_weeks_of(facts, contract, month) for month in held.months()]
    known = [w for w in weeks if w is not None]
    if len(known) < len(weeks):
        return None
    return contract.minutes_per_week * sum(known) // (100 * 12)


def _days_held(contract: Contract, span: _Span) -> int:
    """Days of a year on which a contract is in force: one that begins late allows less."""
    return _days_of(
        max(span.first, contract.first or span.first), min(span.last, contract.last or span.last)
    )


def _days_of(first: date, last: date) -> int:
    return max(0, (last - first).days + 1)


def _pro_rata(facts: Facts, row: Allowance, person: Person, contract: Contract) -> int:
    """The allowance times the contract's share: as stated, else of the timetabled week."""
    if contract.fte_percent is not None:
        return row.minutes * contract.fte_percent // 100
    school = facts.schools[facts.school_number(contract.school)]
    mine, week = timetabled(facts, person, school)
    return row.minutes * mine // week if week else row.minutes


def timetabled(facts: Facts, person: Person, school: School) -> tuple[int, int]:
    """Lesson minutes of a usual week inside a person's pattern, and those of the whole week.

    A part-time teacher's share is counted by the school's timetabled week, so that two half-days
    of different length are not equal shares (School Teachers' Pay and Conditions Document).
    """
    midday = facts.problem.midday.hour * 60 + facts.problem.midday.minute
    lessons = [lesson.stretch for lesson in school.lessons]
    week = len(school.weekdays) * sum(b - a for a, b in lessons)
    if person.works is None:
        return week, week
    mine = 0
    for weekday in WEEKDAYS:
        if weekday not in school.weekdays:
            continue
        open_ = [
            stretch
            for window in person.works
            if window.weekdays is None or weekday in window.weekdays
            for stretch in window.minutes(midday)
        ]
        mine += sum(
            any(a <= minute < b for a, b in open_)
            for low, high in lessons
            for minute in range(low, high)
        )
    return mine, week


def post_of(facts: Facts, person: int, duty: int, day: int) -> Contract | None:
    """The contract that a duty is worked under: the role that its need names, else the place."""
    return next(iter(posts_of(facts, person, duty, day)), None)


def posts_of(facts: Facts, person: int, duty: int, day: int) -> list[Contract]:
    """The contracts that a duty may be worked under; usually one."""
    when = facts.date(day)
    held = [c for c in facts.staff[person].person.contracts if c.runs_on(when)]
    work = facts.duties[duty]
    roles = set() if work.who is None else set(_roles(work.who))
    school = facts.schools[work.school].id
    for fits in (
        [c for c in held if c.role in roles and c.school == school],
        [c for c in held if c.role in roles],
        [c for c in held if c.school == school],
        held,
    ):
        if fits:
            return fits
    return []


def paid_way(facts: Facts, one: Stint, other: Stint) -> int:
    """Minutes of paid travel between two duties that follow each other; 0 for a way of one's own.

    The way between two places of work is working time, and no break.
    """
    if one.day != other.day or one.school == other.school:
        return 0
    between = other.start - one.end
    return facts.travel(one.school, other.school) if 0 <= between <= LONGEST_WAY else 0


def paid_ways(facts: Facts, stints: Iterable[Stint]) -> Iterator[tuple[Stint, int]]:
    """The duty after it, and the minutes, of each paid way between a person's duties.

    All duties of the person, in the order of their start: a way lies between two that follow each
    other, and is time of the contract that the later one is worked under.
    """
    for one, other in pairwise(stints):
        if minutes := paid_way(facts, one, other):
            yield other, minutes


def _post_at(facts: Facts, person: Person, school: int, day: int) -> Contract | None:
    held = [c for c in person.contracts if c.runs_on(facts.date(day))]
    here = [c for c in held if c.school == facts.schools[school].id]
    return next(iter(here or held), None)


def _roles(who: Who) -> Iterator[str]:
    if who.role is not None:
        yield who.role
    for part in (*(who.all or ()), *(who.any or ())):
        yield from _roles(part)
