"""The facts of a problem, expanded and numbered: duties with dates, stints with minutes.

Days, people, schools and duties are dense integers here. Day 0 is the horizon's first date; days
of the past are negative. Minutes are elapsed minutes from the horizon's first local midnight.
"""

import copy
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import accumulate
from math import gcd
from typing import Literal

from models.facts.adults import ChildrenCount
from models.facts.attendance import Attendance
from models.facts.availability import Availability
from models.facts.duties import PAST, Duty, Expansion, Gathering, LookedAfter, Occasion, Stint
from models.facts.employment import Employment
from models.facts.labels import Labels, labels
from models.facts.weeks import CycleWeeks, Week
from models.problem.calendar import WEEKDAYS, Clock, DayKind, School, WeekOfCycle
from models.problem.collaboration import BookedTime
from models.problem.people import Contract, Person, Who
from models.problem.problem import Activity, Children, Problem, Published, Shift, Which
from models.problem.resources import Resource, Thing, things

__all__ = ["PAST", "Day", "Duty", "Facts", "Occasion", "Pupils", "Staff", "Stint", "Touch"]

Day = date
"""A calendar date; the facts have a question of the name `date`."""


Approved = Literal["granted", "asked", "refused", "not asked"]
"""What an owner says to the use of a thing; their own use is granted."""

"""Days on which a school looks after no children."""


@dataclass(frozen=True, slots=True)
class Staff:
    """A person, numbered."""

    number: int
    id: str
    name: str
    """As sentences and tables have it: with the id where others share the name."""
    home: int
    share: int
    """Share of a full-time post, in hundredths: the mean of the days on which there are duties."""
    person: Person


@dataclass(frozen=True, slots=True)
class Pupils:
    """Children for whom the engine chooses a group, numbered."""

    number: int
    id: str
    count: int
    groups: tuple[str, ...]
    days: tuple[int, ...]
    """The days on which they are expected."""
    family: str | None
    teacher: int | None
    """The number of the person who teaches them."""


@dataclass(frozen=True, slots=True)
class Touch:
    """What a neighbourhood or a change can affect: the places a rule must look at again."""

    people: frozenset[int]
    duties: frozenset[int]
    school_days: frozenset[tuple[int, int]]
    occasions: frozenset[int] = frozenset()
    """In addition to those of the duties."""


class Facts:
    """A problem, expanded once; what rules ask about it, and nothing is decided here."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.first = problem.horizon.first
        self.days: tuple[date, ...] = tuple(problem.horizon)
        self.schools: tuple[School, ...] = problem.schools
        self._school_number = {school.id: n for n, school in enumerate(self.schools)}
        self.clock = Clock(problem.time_zone, self.first)
        self._cycles = CycleWeeks(problem)
        self._kinds_cache: dict[int, tuple[DayKind, ...]] = {}
        asked = self.children_count.asked
        expansion = Expansion(problem, self.clock, self._cycles, self.kind, asked)
        self.duties: tuple[Duty, ...] = tuple(expansion.duties)
        self.occasions: tuple[Occasion, ...] = tuple(expansion.occasions)
        self.stints: tuple[Stint, ...] = tuple(expansion.stints)
        self.labels = Labels(problem, self.occasions)
        midday = problem.midday.hour * 60 + problem.midday.minute
        self.employment = Employment(
            problem.people,
            problem.secondments,
            self.first,
            self._cycles,
            self.kind,
            self._school_number,
            self.labels.schools,
        )
        self.staff: tuple[Staff, ...] = tuple(
            Staff(n, p.id, label, self._school_number.get(p.home, 0), self._mean_share(n), p)
            for n, (p, label) in enumerate(zip(problem.people, self.labels.people, strict=True))
        )
        self.person_number = {p.id: p.number for p in self.staff}
        self._availability = Availability(problem.people, self.clock, midday, self.employment)
        self.attendance = Attendance(
            problem.people,
            self.schools,
            self.clock,
            self._cycles,
            midday,
            self.employment,
            self.travel,
        )
        self.things = self._things(midday)
        self.thing_number = {thing.id: thing.number for thing in self.things}
        self.duty_number = {duty.id: duty.number for duty in self.duties}
        self.occasion_number = {o.id: o.number for o in self.occasions}
        self._only: Touch | None = None
        self._unjudged_cache: dict[tuple[int, int | None], str | None] = {}
        self._who_cache: dict[tuple[str, int | None], frozenset[int]] = {}
        self._who_said: dict[int, str] = {}
        self._which_cache: dict[int, tuple[Duty, ...]] = {}
        self._kept: list[object] = []
        self.most_work_cache: dict[tuple[int, ...], int] = {}
        self.longest_chain_cache: dict[tuple[int, ...], int] = {}
        """Of `models.facts.possible_work`, as the one before; shared with narrowed views."""
        self.visits = [0]
        """How many places were handed out; a one-element list, shared with narrowed views."""

    def _things(self, midday: int) -> tuple[Thing, ...]:
        """The resources, each with a name that no other has."""
        resources, at = self.problem.resources, self._cycles.at
        found = tuple(things(resources, self.days, self.clock, at, midday, self._school_number))
        named = labels((thing.id, thing.name) for thing in found)
        return tuple(replace(thing, name=name) for thing, name in zip(found, named, strict=True))

    # ------------------------------------------------------------------ shares

    @cached_property
    def rota_days(self) -> tuple[int, ...]:
        """The days of the horizon on which a duty may be; all of its days where there is none."""
        days = sorted({stint.day for stint in self.stints if 0 <= stint.day < len(self.days)})
        return tuple(days) or tuple(range(len(self.days)))

    @cached_property
    def fair_weights(self) -> tuple[int, ...]:
        """By person, what fair shares are in proportion to: the contracts in force, day by day.

        Only the proportions mean anything; nobody's weight is below 0.
        """
        sums = [self.employment.shares(n, self.rota_days) for n in range(len(self.problem.people))]
        divisor = gcd(*sums) or 1
        return tuple(weight // divisor for weight in sums)

    def _mean_share(self, person: int) -> int:
        return round(self.employment.shares(person, self.rota_days) / len(self.rota_days))

    # ------------------------------------------------------------------ names

    def school_number(self, id: str) -> int:
        """The number of a school."""
        return self._school_number[id]

    def school_name(self, number: int) -> str:
        """A school's name; with its id where others share it."""
        return self.labels.schools[number]

    def name(self, person: int) -> str:
        """A person's name as it stands on the rota; with the id where others share it."""
        return self.staff[person].name

    def date(self, day: int) -> Day:
        """The date of a day number, also outside the horizon."""
        return self.first + timedelta(days=day)

    def contract(self, person: str, id: str) -> Contract:
        """One of a person's contracts."""
        held = self.staff[self.person_number[person]].person.contracts
        return next(contract for contract in held if contract.id == id)

    def day(self, day: Day) -> int:
        """The day number of a date."""
        return (day - self.first).days

    def says_day(self, day: int) -> str:
        """A day as a person says it: "Mon 6 Apr"."""
        when = self.date(day)
        return f"{when:%a} {when.day} {when:%b}"

    def says_duty(self, duty: Duty) -> str:
        """A duty as a person says it: "Pod 1 lead on Mon 6 Apr"."""
        need = f" {duty.need}" if duty.need else ""
        on = "" if duty.is_flexible else f" on {self.says_day(duty.day)}"
        if self.occasions[duty.occasion].parts > 1:
            on = f", day {duty.part + 1}"
        occasion = self.occasions[duty.occasion]
        at = self.labels.work(occasion).removeprefix(occasion.name)
        if self.labels.share_its_day(occasion):
            at += f" at {self.says_time(occasion.starts[0])}"
        return f"{duty.name}{need}{at}{on}"

    def says_work(self, work: Duty | Occasion) -> str:
        """A shift or an activity without its date: "Office", or "Office at Hillcrest" where another
        school has one of the same name."""
        occasion = self.occasions[work.occasion] if isinstance(work, Duty) else work
        return self.labels.work(occasion)

    def says_all_of(self, work: Shift | Activity) -> str:
        """A shift or an activity on all of its dates, as `says_work` has it."""
        return next((self.says_work(o) for o in self.named([work.id])), work.name)

    def says_resource(self, resource: Resource) -> str:
        """A thing that is shared, or several that are alike; with the id where others share it."""
        return self.labels.resources[resource.id]

    def says_time(self, minute: int) -> str:
        """Local clock time of an elapsed minute: "15:30"."""
        return f"{self.clock.local(minute):%H:%M}"

    def amended(self, problem: Problem) -> "Facts":
        """The facts of a problem that differs in placements and tags of people only; what is
        expanded already is shared."""
        other = copy.copy(self)
        for name, stated in vars(type(self)).items():
            if isinstance(stated, cached_property):
                vars(other).pop(name, None)
        other.problem = problem
        other.staff = tuple(
            replace(s, person=person) for s, person in zip(self.staff, problem.people, strict=True)
        )
        other._only = None  # noqa: SLF001  # its own kind
        other._who_cache, other._who_said = {}, {}  # noqa: SLF001
        other._which_cache, other._kept = {}, []  # noqa: SLF001
        other.visits = [0]
        return other

    # ------------------------------------------------------------------ places

    def within(self, touch: Touch | None) -> "Facts":
        """The same facts, handing out only the places that a touch can affect."""
        view = copy.copy(self)
        view._only = touch  # noqa: SLF001  # its own kind
        return view

    def people(self, who: Who | None = None) -> list[Staff]:
        """People chosen at any time of the horizon, as places to look at."""
        chosen = self.everyone(who)
        if self._only is not None:
            chosen = [p for p in chosen if p.number in self._only.people]
        self.visits[0] += len(chosen)
        return chosen

    def everyone(self, who: Who | None = None) -> list[Staff]:
        """People chosen at any time of the horizon, whether or not touched."""
        if who is None:
            return list(self.staff)
        meant = self.meant(who, None)
        return [p for p in self.staff if p.number in meant]

    def meant(self, who: Who, day: int | None) -> frozenset[int]:
        """The numbers of the people whom a choice means on a day; with no day, ever."""
        said = self._said_of(who)
        key = (said, day)
        if key not in self._who_cache:
            when = None if day is None else self.date(day)
            always = (said, None)
            if when is None:
                self._who_cache[key] = frozenset(
                    p.number for p in self.staff if who.matches(p.person, None)
                )
            else:
                # Whom nothing dated is known of is meant on every day or on none.
                if always not in self._who_cache:
                    self.meant(who, None)
                self._who_cache[key] = (self._who_cache[always] - self._dated) | frozenset(
                    n for n in self._dated if who.matches(self.staff[n].person, when)
                )
        return self._who_cache[key]

    def _said_of(self, who: Who) -> str:
        """A choice in words: many needs ask for the same people, each in a value of its own."""
        if id(who) not in self._who_said:
            self._kept.append(who)  # an id is only good while the thing lives
            self._who_said[id(who)] = who.model_dump_json(exclude_defaults=True)
        return self._who_said[id(who)]

    @cached_property
    def _dated(self) -> frozenset[int]:
        """People with a contract or a skill that begins or ends."""
        return frozenset(
            p.number
            for p in self.staff
            if any(c.first or c.last for c in p.person.contracts)
            or any(h.first or h.last for h in p.person.skills)
        )

    def chosen_duties(self, which: Which | None = None) -> list[Duty]:
        """Duties chosen, as places to look at."""
        if self._only is None:
            chosen = list(self.all_duties(which))
        else:
            touched = [self.duties[number] for number in sorted(self._only.duties)]
            chosen = [d for d in touched if which is None or self._fits(d, which)]
        self.visits[0] += len(chosen)
        return chosen

    def chosen_occasions(self, which: Which | None = None) -> list[Occasion]:
        """Occasions with a chosen duty, as places to look at."""
        chosen = self.all_occasions(which)
        if self._only is not None:
            only = self._only
            chosen = [
                o
                for o in chosen
                if o.number in only.occasions or not only.duties.isdisjoint(o.duties)
            ]
        self.visits[0] += len(chosen)
        return chosen

    def all_occasions(self, which: Which | None = None) -> list[Occasion]:
        """Occasions with a chosen duty, or chosen themselves where they have none, whether or not
        touched."""
        numbers = {d.occasion for d in self.all_duties(which)}
        return [
            o
            for o in self.occasions
            if o.number in numbers or (not o.duties and (which is None or self._chosen(o, which)))
        ]

    def places(self, occasion: Occasion, which: Which | None = None) -> list[int]:
        """Those of an occasion's possible starts that are chosen, by their date and school."""
        return [
            place
            for place, (day, school) in enumerate(zip(occasion.days, occasion.schools, strict=True))
            if which is None or (self._day_fits(day, which) and self._school_fits(school, which))
        ]

    def freed_by(self, duty: Duty) -> tuple[tuple[Occasion, frozenset[int]], ...]:
        """Activities that take a duty's group away at its time, with those of their possible
        starts at which they do: then it needs nobody."""
        return self._freed_by.get(duty.number, ())

    @cached_property
    def _freed_by(self) -> dict[int, tuple[tuple[Occasion, frozenset[int]], ...]]:
        found: dict[int, list[tuple[Occasion, frozenset[int]]]] = defaultdict(list)
        for occasion in self.occasions:
            for duty in self.duties if occasion.frees else ():
                if duty.is_flexible or duty.group not in occasion.frees:
                    continue
                stint = duty.stints[0]
                at = frozenset(
                    place
                    for place, spans in enumerate(occasion.spans)
                    if any(a < stint.end and stint.start < b for a, b, _ in spans)
                )
                if at and duty.occasion != occasion.number:
                    found[duty.number].append((occasion, at))
        return {number: tuple(rows) for number, rows in found.items()}

    def named(self, ids: Iterable[str]) -> list[Occasion]:
        """The activities of some ids, each once; the id of a series means all of it. One without
        a possible start is none."""
        return [
            self.occasions[number]
            for number in dict.fromkeys(n for id in ids for n in self._numbers_named.get(id, ()))
        ]

    @cached_property
    def _numbers_named(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for occasion in self.occasions:
            for id in {occasion.id, occasion.shift}:
                found[id].append(occasion.number)
        return found

    def activities(self, which: Which | None = None) -> list[Occasion]:
        """The chosen occasions that are activities, whether or not touched."""
        return [o for o in self.all_occasions(which) if o.is_activity]

    def all_duties(self, which: Which | None = None) -> tuple[Duty, ...]:
        """Duties chosen, whether or not touched."""
        if which is None:
            return self.duties
        if id(which) not in self._which_cache:
            self._kept.append(which)
            near: Iterable[Duty] = self.duties
            if which.shifts is not None:
                by_shift = self._duties_by_shift
                near = [d for shift in dict.fromkeys(which.shifts) for d in by_shift.get(shift, ())]
            plain = which.shifts is not None and which == Which(shifts=which.shifts)
            self._which_cache[id(which)] = tuple(
                sorted(
                    (d for d in near if (d.stints if plain else self._fits(d, which))),
                    key=lambda d: d.number,
                )
            )
        return self._which_cache[id(which)]

    @cached_property
    def _duties_by_shift(self) -> dict[str, list[Duty]]:
        found: dict[str, list[Duty]] = defaultdict(list)
        for duty in self.duties:
            for id in {duty.shift, self.occasions[duty.occasion].id}:
                found[id].append(duty)
        return found

    def all_stints(self, which: Which | None = None) -> frozenset[int]:
        """The numbers of the stints chosen, whether or not touched."""
        if which is None:
            return frozenset(s.number for s in self.stints)
        return frozenset(
            s.number
            for d in self.all_duties(which)
            for s in d.stints
            if not d.is_flexible or self._stint_fits(s, which)
        )

    def school_days(self, schools: Iterable[str] | None = None) -> list[tuple[int, int]]:
        """(school, day) of the horizon, as places to look at."""
        numbers = (
            range(len(self.schools))
            if schools is None
            else sorted({self._school_number[s] for s in schools})
        )
        if self._only is not None:
            wanted = set(numbers)
            chosen = sorted((s, d) for s, d in self._only.school_days if s in wanted)
        else:
            chosen = [(s, d) for s in numbers for d in range(len(self.days))]
        self.visits[0] += len(chosen)
        return chosen

    def touch(
        self,
        cells: Iterable[tuple[int, int]],
        occasions: Iterable[int] = (),
        pupils: Iterable[int] = (),
    ) -> Touch:
        """The places that (person, duty) cells, the times of occasions, and the groups of children
        can affect: also the schools from which they may take somebody who is at work there without
        a duty."""
        people, school_days = set(), set()
        duties: set[int] = set()
        for number in pupils:
            duties |= self._counting.get(number, frozenset())
        moved = frozenset(occasions)
        for person, number in cells:
            people.add(person)
            duties.add(number)
            if person in self.attendance.people:
                school_days |= self._missed(person, number)
        for person in self.attendance.people if moved else ():
            for occasion in moved:
                for number in self.occasions[occasion].duties:
                    school_days |= self._missed(person, number)
        for occasion in moved:
            duties.update(self.occasions[occasion].duties)
        for number, rows in self._freed_by.items() if moved else ():
            if any(o.number in moved for o, _ in rows):
                duties.add(number)
        for number in duties:
            for stint in self.duties[number].stints:
                school_days.add((stint.school, stint.day))
        return Touch(frozenset(people), frozenset(duties), frozenset(school_days), moved)

    def _missed(self, person: int, duty: int) -> set[tuple[int, int]]:
        """(school, day) of the horizon at which a duty would cut a person's attendance short."""
        return {
            (school, day)
            for stint in self.duties[duty].stints
            for school, day in self.attendance.missed(person, stint)
            if 0 <= day < len(self.days)
        }

    @cached_property
    def _counting(self) -> Mapping[int, frozenset[int]]:
        """By children for whom a group is chosen, the duties whose adults or seats it decides."""
        found: dict[int, set[int]] = defaultdict(set)
        for duty in self.duties:
            for expected in duty.by_ratio or ():
                for moment in expected.moments:
                    for undecided in moment.undecided:
                        found[undecided.pupils].add(duty.number)
        for occasion in self.occasions if self.pupils else ():
            for place in range(len(occasion.starts)):
                for moment in self.aboard(occasion, place):
                    for undecided in moment.undecided:
                        found[undecided.pupils].update(occasion.duties)
        return {number: frozenset(duties) for number, duties in found.items()}

    def aboard(self, occasion: Occasion, place: int) -> tuple[Gathering, ...]:
        """The children whom an occasion takes along on each of its days, at one of its possible
        starts: those whom it brings, and those of its group."""
        work = LookedAfter(occasion.shift, occasion.group)
        days = dict.fromkeys(day for _, _, day in occasion.spans[place])
        return tuple(self.children_count.aboard(work, day) for day in days)

    def brings(self, occasion: Occasion) -> bool:
        """Whether an occasion is a ride that brings children."""
        return occasion.shift in self._rides

    @cached_property
    def _rides(self) -> frozenset[str | None]:
        return frozenset(row.brought_by for row in self.problem.children)

    def gatherings(self, on: Literal["day", "duty"]) -> list[tuple[str, list[Stint]]]:
        """(name, the stints that mean being there) of each day, or of each occasion."""
        if on == "duty":
            return [
                (o.id, [s for number in o.duties for s in self.duties[number].stints])
                for o in self.occasions
            ]
        days: dict[int, list[Stint]] = defaultdict(list)
        for stint in self.stints:
            days[stint.day].append(stint)
        return [(self.date(day).isoformat(), stints) for day, stints in sorted(days.items())]

    @cached_property
    def children_count(self) -> ChildrenCount:
        """The children at a place at a moment, and the adults they need."""
        return ChildrenCount(self.problem, self.clock, self.comes)

    # ------------------------------------------------------------------ calendar

    @cached_property
    def weeks(self) -> tuple[tuple[int, ...], ...]:
        """Day numbers by week, Monday to Sunday; the first and last may be short."""
        found: dict[Day, list[int]] = defaultdict(list)
        for number, day in enumerate(self.days):
            found[day - timedelta(days=day.weekday())].append(number)
        return tuple(tuple(week) for _, week in sorted(found.items()))

    @cached_property
    def calendar_weeks(self) -> tuple[Week, ...]:
        """The weeks that the horizon touches, each with its past and whether it is known whole."""
        first = self.first.weekday()
        found = []
        for week in self.weeks:
            monday = self.week_of(week[0]) * 7 - first
            past = range(monday, min(week[0], 0)) if monday < 0 else range(0)
            known = {*week, *(day for day in past if day >= self.known_from)}
            needed = {day for day in range(monday, monday + 7) if (day + first) % 7 in self._worked}
            found.append(
                Week(
                    self.date(week[0]).isoformat(),
                    monday,
                    range(week[0], week[-1] + 1),
                    past,
                    needed <= known,
                )
            )
        return tuple(found)

    @cached_property
    def _worked(self) -> frozenset[int]:
        """The weekdays, from 0, on which there is work: those from Monday to Friday that are school
        days somewhere, and all on which a duty or some past work lies."""
        open_ = {WEEKDAYS.index(day) for school in self.schools for day in school.weekdays}
        usual = open_ & {0, 1, 2, 3, 4}
        first = self.first.weekday()
        duties = {(stint.day + first) % 7 for stint in self.stints}
        past = {(stint.day + first) % 7 for row in self.past for stint in row}
        return frozenset(usual | duties | past)

    def why_unjudged(self, week: Week, person: int | None = None) -> str | None:
        """Why nothing "at least" is asked of a week, in words; None where it is judged.

        Args:
            week: one of `calendar_weeks`.
            person: whose week it is; a week in which they could not work at all is not judged.
        """
        key = week.monday, person
        if key not in self._unjudged_cache:
            when = self.says_week(self.week_of(week.days[0]))
            why = None
            if not week.whole:
                why = f"not every working day of {when} is known"
            elif person is not None:
                why = self.why_unable(person, week.days, f" in {when}")
            self._unjudged_cache[key] = why
        return self._unjudged_cache[key]

    def why_unable(self, person: int, days: Iterable[int], when: str = "") -> str | None:
        """Why nothing "at least" is asked of a person on some days, in words: they could not work
        on any of them; None where they could."""
        if any(self.can_work_on(person, day) for day in days):
            return None
        return f"{self.name(person)} could not work{when}"

    def works_on(self, person: int, day: int) -> bool:
        """Whether a day is one of a person's working days: in force by contract, open, inside
        their pattern and not wholly an absence, at one of their schools."""
        return self._availability.works_on(person, day)

    def away_on(self, person: int, day: int) -> Literal["wholly", "partly"] | None:
        """Whether an absence covers a person's working time of a day, or a part of it."""
        return self._availability.away_on(person, day)

    def can_work_on(self, person: int, day: int) -> bool:
        """Whether a person could come on a day: it is one of their working days, or they are
        available for a duty of the rota on it."""
        return self.works_on(person, day) or any(
            stint.day == day and self.free(person, stint)
            for duty in self.possible[person]
            for stint in duty.stints
        )

    def cycle_at(self, school: int) -> WeekOfCycle:
        """Which week of a repeating cycle a date is in, as a school counts them."""
        return self._cycles.at(self.schools[school].id)

    def cycle_of(self, person: int) -> WeekOfCycle:
        """The same as the times of a person mean it."""
        return self.employment.cycle_of(person)

    def week_of(self, day: int) -> int:
        """The week that a day falls in; week 0 is the horizon's first, the past is negative."""
        return (day + self.first.weekday()) // 7

    def says_week(self, week: int) -> str:
        """A week as a person says it: "the week of Mon 6 Apr"."""
        return f"the week of {self.says_day(week * 7 - self.first.weekday())}"

    def kind(self, school: int, day: int) -> DayKind:
        """What a day is at a school."""
        return self.schools[school].kind_of(self.date(day))

    def school_day(self, school: int, day: int) -> int:
        """How many school days there are from the horizon's first day to a day, that one
        included."""
        return self._school_days[school][day]

    @cached_property
    def _school_days(self) -> tuple[tuple[int, ...], ...]:
        return tuple(
            tuple(accumulate(int(s.kind_of(day) is DayKind.TERM) for day in self.days))
            for s in self.schools
        )

    def travel(self, a: int, b: int) -> int:
        """Minutes between two schools; 0 where no way is given."""
        return self._travel.get((a, b), 0)

    @cached_property
    def _travel(self) -> dict[tuple[int, int], int]:
        found = {}
        for way in self.problem.travel:
            a, b = (self._school_number[s] for s in way.between)
            found[a, b] = found[b, a] = way.minutes
        return found

    def children(
        self,
        school: int,
        day: int,
        *,
        bands: Iterable[str] | None = None,
        home: str | None = None,
        group: str | None = None,
    ) -> int:
        """How many children are expected at a school on a day."""
        return sum(row.count for row in self.children_rows(school, day, bands, home, group))

    def children_rows(
        self,
        school: int,
        day: int,
        bands: Iterable[str] | None = None,
        home: str | None = None,
        group: str | None = None,
    ) -> list[Children]:
        """The rows of children expected at a school on a day: those of a group, or all who do not
        surely wait for a place."""
        wanted = None if bands is None else set(bands)
        return [
            row
            for row in self._children.get((school, day), ())
            if (wanted is None or row.band in wanted)
            and (home is None or row.home == home)
            and (row.group not in self._waiting if group is None else row.group == group)
        ]

    @cached_property
    def _waiting(self) -> frozenset[str | None]:
        """Waiting lists: their children are not there."""
        return frozenset(group.id for group in self.problem.groups if group.waiting)

    @cached_property
    def pupils(self) -> tuple[Pupils, ...]:
        """Children for whom the engine chooses a group."""
        chosen = [row for row in self.problem.children if row.groups is not None]
        return tuple(
            Pupils(
                number,
                row.id or "",
                row.count,
                row.groups or (),
                tuple(day for day in range(len(self.days)) if self.comes(row, day)),
                row.family,
                None if row.teacher is None else self.person_number[row.teacher],
            )
            for number, row in enumerate(chosen)
        )

    @cached_property
    def pupils_number(self) -> dict[str, int]:
        """The numbers of children for whom a group is chosen, by id."""
        return {pupils.id: pupils.number for pupils in self.pupils}

    def comes(self, row: Children, day: int) -> bool:
        """Whether the children of a row are there on a day: none are on INSET days, holidays and
        days on which the school is shut, unless the row says so."""
        when = self.date(day)
        return (
            row.count > 0
            and when in row.dates
            and (row.weekdays is None or WEEKDAYS[when.weekday()] in row.weekdays)
            and self.kind(self._school_number[row.at], day) in self.kinds_of_children(row)
        )

    def kinds_of_children(self, row: Children) -> tuple[DayKind, ...]:
        """The kinds of day on which the children of a row come."""
        if row.on is not None:
            return row.on
        if id(row) not in self._kinds_cache:
            school = self.schools[self._school_number[row.at]]
            named = (
                when
                for when in row.dates
                if row.weekdays is None or WEEKDAYS[when.weekday()] in row.weekdays
            )
            term = any(school.kind_of(when) is DayKind.TERM for when in named)
            self._kinds_cache[id(row)] = (
                (DayKind.TERM,) if term else (DayKind.INSET, DayKind.HOLIDAY)
            )
        return self._kinds_cache[id(row)]

    def children_minutes(self, row: Children, day: int) -> tuple[int, int]:
        """From when to when children are there, in elapsed minutes."""
        school = self.schools[self._school_number[row.at]]
        when = self.date(day)
        return (
            self.clock.minute(when, row.start or school.day_start),
            self.clock.minute(when, row.end or school.day_end),
        )

    @cached_property
    def _children(self) -> Mapping[tuple[int, int], list[Children]]:
        found: dict[tuple[int, int], list[Children]] = defaultdict(list)
        for row in self.problem.children:
            school = self._school_number[row.at]
            for number in range(len(self.days)):
                if self.comes(row, number):
                    found[school, number].append(row)
        return found

    @cached_property
    def booked(self) -> Mapping[tuple[str, str], list[BookedTime]]:
        """What is spoken for of the years of each contract, by the ids of person and contract."""
        found: dict[tuple[str, str], list[BookedTime]] = defaultdict(list)
        for row in self.problem.booked:
            found[row.person, row.contract].append(row)
        return found

    # ------------------------------------------------------------------ things

    def approval(self, occasion: Occasion, place: int, thing: int) -> Approved:
        """What the owner of a thing says to its use by an occasion at one of its starts."""
        resource = self.things[thing].resource
        if not resource.approval or resource.owner == self.schools[occasion.schools[place]].id:
            return "granted"
        start = self.local(occasion.starts[place])
        for row in reversed(resource.approvals):
            meant = row.activity in (occasion.id, occasion.shift)
            if meant and row.start in (None, start):
                return row.status
        return "not asked"

    # ------------------------------------------------------------------ who may do what

    def qualified(self, person: int, duty: Duty, stint: Stint | None = None) -> bool:
        """Whether a person may fill a duty's need on the day of one of its times; on one of its
        days at least, where none is named."""
        if duty.who is None:
            return True
        days = {s.day for s in duty.stints} if stint is None else {stint.day}
        return any(person in self.meant(duty.who, day) for day in days)

    def free(self, person: int, stint: Stint) -> bool:
        """Whether a person is available for a stint from its start to its end."""
        return self.why_away(person, stint) is None

    def why_away(self, person: int, stint: Stint) -> str | None:
        """Why a person is not available for a stint, in words that give no reason of theirs."""
        return self._availability.why_away(person, stint)

    def can(self, person: int, duty: Duty) -> bool:
        """Whether a person may be placed on a duty at one of its times at least."""
        return person in self._able[duty.number]

    @cached_property
    def _able(self) -> tuple[frozenset[int], ...]:
        everybody = frozenset(range(len(self.staff)))
        found = []
        for duty in self.duties:
            who = duty.who
            free = [
                self._availability.free(everybody if who is None else self.meant(who, s.day), s)
                for s in duty.stints
            ]
            found.append(free[0] if len(free) == 1 else frozenset().union(*free))
        return tuple(found)

    @cached_property
    def possible(self) -> tuple[tuple[Duty, ...], ...]:
        """For each person the duties they may be placed on, in order."""
        found: list[list[Duty]] = [[] for _ in self.staff]
        for duty, able in zip(self.duties, self._able, strict=True):
            for person in able:
                found[person].append(duty)
        return tuple(tuple(duties) for duties in found)

    @cached_property
    def able(self) -> tuple[tuple[int, ...], ...]:
        """For each duty the people who may be placed on it, in order."""
        return tuple(tuple(sorted(people)) for people in self._able)

    @cached_property
    def flexible_duties(self) -> tuple[Duty, ...]:
        """The duties whose time or place the engine chooses, or whether they happen."""
        return tuple(duty for duty in self.duties if duty.is_flexible)

    @cached_property
    def past(self) -> tuple[tuple[Stint, ...], ...]:
        """For each person what they worked before the horizon, by start."""
        found: list[list[Stint]] = [[] for _ in self.staff]
        for row in self.problem.history:
            day = row.start.date()
            start = self.clock.minute(day, row.start.time())
            end = self.clock.minute(row.end.date(), row.end.time())
            school = self._school_number[row.school]
            found[self.person_number[row.person]].append(
                Stint(PAST, PAST, school, self.day(day), start, end, end - start, ("am", "pm"))
            )
        return tuple(tuple(sorted(rows, key=lambda s: (s.start, s.end))) for rows in found)

    @cached_property
    def known_from(self) -> int:
        """The first day that is known: history reaches back to it, or the horizon begins."""
        if self.problem.history_from is None:
            return min([0, *(stint.day for rows in self.past for stint in rows)])
        return min(0, self.day(self.problem.history_from))

    def streak(self, person: int, *, rest: bool = False) -> tuple[int, bool]:
        """How many days in a row, up to the horizon, were worked (or not); and whether the run
        may be longer, since the past before it is not known."""
        worked = {stint.day for stint in self.past[person]}
        day = -1
        while day >= self.known_from and (day in worked) != rest:
            day -= 1
        return -1 - day, day < self.known_from

    # ------------------------------------------------------------------ what choices mean

    def _fits(self, duty: Duty, which: Which) -> bool:
        return (
            (which.needs is None or duty.need in which.needs)
            and self._is_of(duty, which)
            and any(self._stint_fits(stint, which) for stint in duty.stints)
        )

    def _chosen(self, occasion: Occasion, which: Which) -> bool:
        """Whether an occasion without duties is chosen."""
        return (
            which.needs is None
            and which.sessions is None
            and self._is_of(occasion, which)
            and any(
                self._day_fits(day, which) and self._school_fits(school, which)
                for day, school in zip(occasion.days, occasion.schools, strict=True)
            )
        )

    def _is_of(self, work: Duty | Occasion, which: Which) -> bool:
        occasion = self.occasions[work.occasion] if isinstance(work, Duty) else work
        return (
            (which.shifts is None or not {work.shift, occasion.id}.isdisjoint(which.shifts))
            and (which.groups is None or work.group in which.groups)
            and (which.tag is None or which.tag in work.tags)
        )

    def _stint_fits(self, stint: Stint, which: Which) -> bool:
        return (
            self._day_fits(stint.day, which)
            and self._school_fits(stint.school, which)
            and (which.sessions is None or any(s in which.sessions for s in stint.sessions))
        )

    def _school_fits(self, school: int, which: Which) -> bool:
        return which.schools is None or self.schools[school].id in which.schools

    def _day_fits(self, day: int, which: Which) -> bool:
        when = self.date(day)
        return (
            (which.weekdays is None or WEEKDAYS[when.weekday()] in which.weekdays)
            and (which.first is None or which.first <= when)
            and (which.last is None or when <= which.last)
        )

    # ------------------------------------------------------------------ the published schedule

    @cached_property
    def published(self) -> Published | None:
        """The schedule that people have been told, as far as it names what is still there: who has
        left, or a duty that is no more, is a change that nobody can help."""
        told = self.problem.published
        return None if told is None else self.still_there(told)

    def still_there(self, told: Published) -> Published:
        """A schedule without the people, duties, children and groups that no longer exist."""
        groups = {pupils.id: pupils.groups for pupils in self.pupils}
        return Published(
            placements=tuple(
                p
                for p in told.placements
                if p.person in self.person_number and p.duty in self.duty_number
            ),
            times=tuple(t for t in told.times if t.activity in self.occasion_number),
            groups=tuple(g for g in told.groups if g.group in groups.get(g.children, ())),
        )

    def local(self, minute: int) -> datetime:
        """The local date and time, without offset, of an elapsed minute."""
        return self.clock.local(minute)
