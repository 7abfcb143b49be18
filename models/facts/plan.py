"""A schedule, numbered: what checkers and encodings ask about who works what, and when."""

import copy
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from models.answer.schedule import Schedule
from models.facts.adults import adults, present
from models.facts.duties import Gathering
from models.facts.facts import Duty, Facts, Occasion, Stint
from models.problem.problem import ActivityTime, InGroup, Placement


class Plan:
    """A schedule, numbered: who works what, and when; the past included."""

    def __init__(
        self,
        facts: Facts,
        cells: Iterable[tuple[int, int]],
        starts: Mapping[int, int],
        groups: Mapping[int, str] | None = None,
        venues: Mapping[int, int] | None = None,
        things: Mapping[tuple[int, int], int] | None = None,
    ) -> None:
        self.facts = facts
        self.cells = frozenset(cells)
        self.starts = dict(starts)
        """Occasion to start, for occasions whose time the engine chooses; an optional one that
        is left out has none."""
        self.venues = dict(venues or {})
        """Occasion to school, where there are several to choose from."""
        self.things = dict(things or {})
        """(occasion, place among its uses) to the thing, where one of several is chosen."""
        self.groups = dict(groups or {})
        """Children to their group, where the engine chooses it."""
        self._duties: list[list[int]] = [[] for _ in facts.staff]
        self._people: dict[int, list[int]] = defaultdict(list)
        for person, duty in sorted(self.cells):
            self._duties[person].append(duty)
            self._people[duty].append(person)
        self._stints: dict[int, list[Stint]] = {}

    @classmethod
    def of(cls, facts: Facts, schedule: Schedule) -> "Plan":
        """A schedule as the checkers see it. Unknown ids raise KeyError: validate before."""
        cells = [
            (facts.person_number[p.person], facts.duty_number[p.duty]) for p in schedule.placements
        ]
        starts, venues, things = {}, {}, {}
        for timed in schedule.times:
            occasion = facts.occasions[facts.occasion_number[timed.activity]]
            if occasion.is_flexible:
                starts[occasion.number] = facts.clock.minute(timed.start.date(), timed.start.time())
            if timed.at is not None:
                venues[occasion.number] = facts.school_number(timed.at)
            choices = (n for n, asked in enumerate(occasion.uses) if len(asked.things) > 1)
            for use, thing in zip(choices, timed.things, strict=False):
                things[occasion.number, use] = facts.thing_number[thing]
        groups = {facts.pupils_number[g.children]: g.group for g in schedule.groups}
        return cls(facts, cells, starts, groups, venues, things)

    def on(
        self, cells: Iterable[tuple[int, int]], starts: Mapping[int, int] | None = None
    ) -> "Plan":
        """The same plan with other people on its duties, or with other starts."""
        return Plan(
            self.facts,
            cells,
            self.starts if starts is None else starts,
            self.groups,
            self.venues,
            self.things,
        )

    def besides(self, person: int, duty: int) -> "Plan":
        """The same plan with one more person on a duty; quick, since all else is shared."""
        other = copy.copy(self)
        other._place(person, duty)  # noqa: SLF001  # its own kind
        return other

    def _place(self, person: int, duty: int) -> None:
        self.cells |= {(person, duty)}
        self._duties = list(self._duties)
        self._duties[person] = sorted({*self._duties[person], duty})
        self._people = self._people.copy()
        self._people[duty] = sorted({*self._people.get(duty, ()), person})
        self._stints = {p: stints for p, stints in self._stints.items() if p != person}

    def without(self, gone: Iterable[tuple[int, int]]) -> "Plan":
        """The same plan without some of its placements; quick, since all else is shared."""
        other = copy.copy(self)
        other._leave_out(frozenset(gone))  # noqa: SLF001  # its own kind
        return other

    def _leave_out(self, gone: frozenset[tuple[int, int]]) -> None:
        people = {person for person, _ in gone}
        self.cells -= gone
        self._duties = list(self._duties)
        for person in people:
            self._duties[person] = [d for d in self._duties[person] if (person, d) not in gone]
        self._people = self._people.copy()
        for duty in {duty for _, duty in gone}:
            self._people[duty] = [p for p in self._people[duty] if (p, duty) not in gone]
        self._stints = {p: stints for p, stints in self._stints.items() if p not in people}

    def works(self, person: int, duty: int) -> bool:
        """Whether a person is placed on a duty."""
        return (person, duty) in self.cells

    def duties(self, person: int) -> list[Duty]:
        """The duties of a person, in order."""
        return [self.facts.duties[d] for d in self._duties[person]]

    def people(self, duty: int) -> list[int]:
        """The people on a duty, in order."""
        return list(self._people.get(duty, ()))

    def place(self, occasion: Occasion) -> int | None:
        """Which of its possible starts an occasion has; None where it does not happen, or its
        start is not a possible one."""
        if not occasion.is_flexible:
            return 0
        start = self.starts.get(occasion.number)
        if start is None:
            return None
        school = self.venues.get(occasion.number, occasion.venues[0])
        return occasion.place_of.get((start, school))

    def happens(self, occasion: Occasion) -> bool:
        """Whether an occasion takes place."""
        return self.place(occasion) is not None

    def thing(self, occasion: Occasion, use: int) -> int | None:
        """What an occasion has for one of its uses; None where nothing is chosen."""
        asked = occasion.uses[use]
        if len(asked.things) == 1:
            return asked.things[0]
        return self.things.get((occasion.number, use))

    def has(self, occasion: Occasion) -> list[int]:
        """The things that an occasion has, by number."""
        chosen = (self.thing(occasion, use) for use in range(len(occasion.uses)))
        return [thing for thing in chosen if thing is not None]

    def wanted(self, duty: Duty) -> int:
        """How many people a duty asks for; none where it does not take place, or where its group
        is out at that time."""
        left_out = duty.optional and not self.happens(self.facts.occasions[duty.occasion])
        out = any(self.place(occasion) in at for occasion, at in self.facts.freed_by(duty))
        return 0 if left_out or out else self.asks(duty)

    def asks(self, duty: Duty) -> int:
        """How many people a duty asks for when it takes place."""
        if duty.by_ratio is None:
            return duty.count
        place = self.place(self.facts.occasions[duty.occasion])
        return 0 if place is None else adults(duty.by_ratio[place], self.groups)

    def children(self, moment: Gathering) -> int:
        """How many children of a gathering are there, by the groups that are chosen."""
        return present(moment, self.groups)

    def stint(self, duty: Duty) -> Stint | None:
        """When a duty happens; None where no start is given or it is not a possible one."""
        place = self.place(self.facts.occasions[duty.occasion])
        return None if place is None else duty.stints[place]

    def stints(self, person: int) -> list[Stint]:
        """What a person works, by start; the past included."""
        if person not in self._stints:
            found = [self.stint(d) for d in self.duties(person)]
            self._stints[person] = sorted(
                [*self.facts.past[person], *(s for s in found if s is not None)],
                key=lambda s: (s.start, s.end, s.number),
            )
        return self._stints[person]

    def days(self, person: int) -> set[int]:
        """The days on which a person works; the past included."""
        return {stint.day for stint in self.stints(person)}

    def at_work(self, person: int, school: int, day: int) -> list[tuple[int, int]]:
        """From when to when a person is at work at a school on a day: by their duties of that
        day, or by their working pattern unless a duty elsewhere takes them away."""
        stints = self.stints(person)
        by_duty = [(s.start, s.end) for s in stints if s.school == school and s.day == day]
        return [*by_duty, *self.without_duty(person, school, day)]

    def without_duty(self, person: int, school: int, day: int) -> tuple[tuple[int, int], ...]:
        """From when to when a person is at work at a school on a day by their working pattern."""
        if person not in self.facts.attendance.people:
            return ()
        return self.facts.attendance.left(person, school, day, self.stints(person))

    def schedule(self) -> Schedule:
        """The schedule, with ids."""
        return Schedule(
            placements=tuple(
                sorted(
                    (
                        Placement(person=self.facts.staff[p].id, duty=self.facts.duties[d].id)
                        for p, d in self.cells
                    ),
                    key=lambda placement: (placement.person, placement.duty),
                )
            ),
            times=tuple(self._times()),
            groups=tuple(
                InGroup(children=self.facts.pupils[number].id, group=group)
                for number, group in sorted(self.groups.items())
            ),
        )

    def _times(self) -> Iterator[ActivityTime]:
        """What is chosen of each occasion of which anything is."""
        for occasion in self.facts.occasions:
            if not occasion.open:
                continue
            start = self.starts.get(occasion.number)
            if start is None and occasion.is_flexible:
                continue
            school = self.venues.get(occasion.number)
            chosen = [self.things.get((occasion.number, n)) for n in range(len(occasion.uses))]
            yield ActivityTime(
                activity=occasion.id,
                start=self.facts.local(occasion.starts[0] if start is None else start),
                at=None if school is None else self.facts.schools[school].id,
                things=tuple(self.facts.things[n].id for n in chosen if n is not None),
            )
