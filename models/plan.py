"""A schedule, numbered: what checkers and encodings ask about who works what, and when."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from models.facts import Duty, Facts, Stint
from models.problem import InGroup, Placement, Timed
from models.schedule import Schedule


class Plan:
    """A schedule, numbered: who works what, and when; the past included."""

    def __init__(
        self,
        facts: Facts,
        cells: Iterable[tuple[int, int]],
        starts: Mapping[int, int],
        groups: Mapping[int, str] | None = None,
    ) -> None:
        self.facts = facts
        self.cells = frozenset(cells)
        self.starts = dict(starts)
        """Occasion to start, for occasions whose time the engine chooses."""
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
        starts = {
            facts.occasion_number[t.activity]: facts.clock.minute(t.start.date(), t.start.time())
            for t in schedule.times
        }
        groups = {facts.pupils_number[g.children]: g.group for g in schedule.groups}
        return cls(facts, cells, starts, groups)

    def works(self, person: int, duty: int) -> bool:
        """Whether a person is placed on a duty."""
        return (person, duty) in self.cells

    def duties(self, person: int) -> list[Duty]:
        """The duties of a person, in order."""
        return [self.facts.duties[d] for d in self._duties[person]]

    def people(self, duty: int) -> list[int]:
        """The people on a duty, in order."""
        return list(self._people.get(duty, ()))

    def stint(self, duty: Duty) -> Stint | None:
        """When a duty happens; None where no start is given or it is not a possible one."""
        if not duty.decided:
            return duty.stints[0]
        start = self.starts.get(duty.occasion)
        return next((s for s in duty.stints if s.start == start), None)

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
            times=tuple(
                Timed(activity=self.facts.occasions[o].id, start=self.facts.local(start))
                for o, start in sorted(self.starts.items())
            ),
            groups=tuple(
                InGroup(children=self.facts.pupils[number].id, group=group)
                for number, group in sorted(self.groups.items())
            ),
        )
