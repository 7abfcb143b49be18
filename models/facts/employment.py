"""Who is employed where on a day: contracts and secondments in force, and what they ask for."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from functools import partial

from models.facts.weeks import CycleWeeks
from models.problem.calendar import DayKind, WeekOfCycle, Window, weekday
from models.problem.collaboration import Secondment
from models.problem.people import Contract, Person

FULL = 100
"""The share of a full-time post, in hundredths."""

_CLOSED = {
    DayKind.HOLIDAY: "has its holidays",
    DayKind.BANK_HOLIDAY: "has a bank holiday",
    DayKind.CLOSED: "is closed",
    DayKind.WEEKEND: "has its weekend",
}

WORKING_WEEK = ("mon", "tue", "wed", "thu", "fri")


class Employment:
    """The one place that answers which posts a person holds on a day, where, and how large.

    The place of work decides: for a duty at a school where a person has a contract or a secondment
    in force, that school's calendar counts. Elsewhere the calendars of the schools where they do
    have a post count, and the home school's for those without any contract.

    Args:
        people: by number.
        secondments: of the request.
        first: the horizon's first date, which is day 0.
        cycles: which week of a repeating cycle a date is in, at each school.
        kind: what a day (a number) is at a school (a number).
        school_number: the number of a school by its id.
        school_names: by number.
    """

    def __init__(
        self,
        people: tuple[Person, ...],
        secondments: tuple[Secondment, ...],
        first: date,
        cycles: CycleWeeks,
        kind: Callable[[int, int], DayKind],
        school_number: dict[str, int],
        school_names: Sequence[str],
    ) -> None:
        self._people = people
        self._first = first
        self._cycles = cycles
        self._cycle_cache: dict[int, WeekOfCycle] = {}
        self._kind = kind
        self._school_number = school_number
        self._school_names = school_names
        numbers = {person.id: number for number, person in enumerate(people)}
        self._secondments: dict[int, list[Secondment]] = {}
        for secondment in secondments:
            if secondment.person in numbers:
                self._secondments.setdefault(numbers[secondment.person], []).append(secondment)
        self._open_cache: dict[tuple[int, int, int], bool] = {}

    # ------------------------------------------------------------------ posts in force

    def contracts(self, person: int, day: int) -> tuple[Contract, ...]:
        """The contracts in force on a day, wherever the place of work is."""
        when = self._date(day)
        return tuple(c for c in self._people[person].contracts if c.runs_on(when))

    def secondments(self, person: int, day: int) -> tuple[Secondment, ...]:
        """The secondments in force on a day, by their dates and the days of their pattern."""
        when = self._date(day)
        return tuple(
            s
            for s in self._secondments.get(person, ())
            if s.runs_on(when)
            and (
                s.pattern is None or any(w.covers(when, self._cycles.at(s.host)) for w in s.pattern)
            )
        )

    def is_employed(self, person: int, day: int) -> bool:
        """Whether a contract is in force on a day; people without any contract always are."""
        return not self._people[person].contracts or bool(self.contracts(person, day))

    def has_post(self, person: int, school: int, day: int) -> bool:
        """Whether a contract or a secondment at a school is in force on a day."""
        places = [c.school for c in self.contracts(person, day)]
        places += [s.host for s in self.secondments(person, day)]
        return any(self._school_number.get(place) == school for place in places)

    def schools(self, person: int, day: int) -> tuple[int, ...]:
        """The schools where a person has a post on a day; the home school without contracts."""
        facts = self._people[person]
        if not facts.contracts:
            return (self._school_number.get(facts.home, 0),)
        found = [c.school for c in self.contracts(person, day)]
        found += [s.host for s in self.secondments(person, day)]
        return tuple(dict.fromkeys(self._school_number[id] for id in found))

    def cycle_of(self, person: int) -> WeekOfCycle:
        """Week A and week B as a person's own times mean them: as the home school counts them on
        days on which they have a post there, otherwise as the school of their post does."""
        if person not in self._cycle_cache:
            home = self._people[person].home
            self._cycle_cache[person] = (
                partial(self._cycle_week, person)
                if self._cycles.differ and self._people[person].contracts
                else self._cycles.at(home)
            )
        return self._cycle_cache[person]

    def _cycle_week(self, person: int, day: date, of: int) -> int:
        home = self._people[person].home
        when = (day - self._first).days
        posts = [c.school for c in self.contracts(person, when)] or [home]
        return self._cycles.at(home if home in posts else posts[0])(day, of)

    # ------------------------------------------------------------------ open days

    def is_open(self, person: int, school: int, day: int) -> bool:
        """Whether a day is open for a person's work at a school, before pattern and absences."""
        key = person, school, day
        if key not in self._open_cache:
            self._open_cache[key] = self._is_open(person, school, day)
        return self._open_cache[key]

    def _is_open(self, person: int, school: int, day: int) -> bool:
        if not self.is_employed(person, day):
            return False
        deciding = (school,) if self.has_post(person, school, day) else self.schools(person, day)
        return any(self._opens(person, there, day) for there in deciding)

    def _opens(self, person: int, school: int, day: int) -> bool:
        kind = self._kind(school, day)
        if kind in (DayKind.TERM, DayKind.INSET):
            return True
        return kind is DayKind.HOLIDAY and any(
            c.all_year
            for c in self.contracts(person, day)
            if self._is_worked_at(c, person, school, day)
        )

    def _is_worked_at(self, contract: Contract, person: int, school: int, day: int) -> bool:
        at = self._school_number.get(contract.school)
        lent = any(
            s.contract == contract.id and self._school_number.get(s.host) == school
            for s in self.secondments(person, day)
        )
        return at == school or lent

    def is_open_anywhere(self, person: int, day: int) -> bool:
        """Whether a day is open for a person at one of their schools."""
        return any(self.is_open(person, school, day) for school in self.schools(person, day))

    def says_closed(self, person: int, school: int, day: int) -> str:
        """Why a day is not open for a person's work at a school, as the rest of a sentence."""
        deciding = (school,) if self.has_post(person, school, day) else self.schools(person, day)
        return (
            " and ".join(
                f"does not work while {self._school_names[n]} {_CLOSED[self._kind(n, day)]}"
                for n in deciding
                if self._kind(n, day) in _CLOSED
            )
            or "does not work on that day"
        )

    # ------------------------------------------------------------------ shares and hours

    def share(self, person: int, day: int) -> int:
        """The share of a full-time post on a day, in hundredths; 100 without any contract."""
        if not self._people[person].contracts:
            return FULL
        return sum(contract.share for contract in self.contracts(person, day))

    def shares(self, person: int, days: Iterable[int]) -> int:
        """The share of a full-time post, day by day, added up over some days."""
        held = self._people[person].contracts
        days = list(days)
        if not any(contract.first or contract.last for contract in held):
            return len(days) * (sum(contract.share for contract in held) or FULL)
        return sum(self.share(person, day) for day in days)

    def contracted(
        self, person: int, days: Iterable[int], counts: Callable[[int], bool]
    ) -> int | None:
        """Minutes that the contracts of a person ask for in a week, pro rata by its days.

        Each contract gives each of the person's working days an equal part of its weekly minutes;
        the days on which it is in force and that count are added up. None where no contract with
        weekly minutes is in force on any of the days.

        Args:
            person: by number.
            days: the seven days of a week, by number.
            counts: whether a day counts; those that do not are left out of the sum.
        """
        week = list(days)
        held = [c for c in self._people[person].contracts if c.minutes_per_week is not None]
        dates = {day: self._date(day) for day in week}
        if not any(c.runs_on(when) for c in held for when in dates.values()):
            return None
        working = self.working_days(person, week)
        total = sum(
            contract.minutes_per_week or 0
            for contract in held
            for day in working
            if contract.runs_on(dates[day]) and counts(day)
        )
        return total // len(working)

    def working_days(self, person: int, week: Iterable[int]) -> tuple[int, ...]:
        """The days of a week on which a person usually works: by pattern, else Monday to Friday."""
        days = tuple(week)
        pattern = self._people[person].works
        mine = tuple(d for d in days if pattern is not None and self._covered(person, pattern, d))
        if mine:
            return mine
        return tuple(d for d in days if weekday(self._date(d)) in WORKING_WEEK)

    def _covered(self, person: int, windows: tuple[Window, ...], day: int) -> bool:
        cycle = self.cycle_of(person)
        return any(window.covers(self._date(day), cycle) for window in windows)

    def _date(self, day: int) -> date:
        return self._first + timedelta(days=day)
