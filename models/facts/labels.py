"""Labels: the names that sentences and tables use, each different from the others."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

from models.facts.duties import Occasion
from models.problem.problem import Problem


def labels(named: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The label of each (id, name): its name, or "Sam Jones (p1)" where others have the same.

    Names that differ only in capitals or spaces count as the same, since a reader confuses them.
    """
    given = tuple(named)
    counts = Counter(_heard(name) for _, name in given)
    return tuple(f"{name} ({id})" if counts[_heard(name)] > 1 else name for id, name in given)


def _heard(name: str) -> str:
    return " ".join(name.casefold().split())


class Labels:
    """The labels of everything in a problem that has a name.

    People, schools and things that share a name carry their ids; groups and duties their school, as
    people say it.

    Args:
        problem: what is named.
        occasions: its shifts on their dates, and its activities.
    """

    def __init__(self, problem: Problem, occasions: Sequence[Occasion]) -> None:
        self._problem = problem
        self._occasions = occasions
        self.people = labels((person.id, person.name) for person in problem.people)
        """By number, as are those of schools."""
        self.schools = labels((school.id, school.name) for school in problem.schools)

    @cached_property
    def resources(self) -> dict[str, str]:
        """The label of each kind of thing that is shared, by its id."""
        rows = [(resource.id, resource.name) for resource in self._problem.resources]
        return dict(zip((id for id, _ in rows), labels(rows), strict=True))

    @cached_property
    def groups(self) -> dict[str, str]:
        """The label of each group, by its id."""
        rows = self._problem.groups
        school = dict(zip((s.id for s in self._problem.schools), self.schools, strict=True))
        homes: dict[str, set[str]] = defaultdict(set)
        for group in rows:
            homes[_heard(group.name)].add(group.school)
        named = [
            (g.id, f"{g.name} at {school[g.school]}" if len(homes[_heard(g.name)]) > 1 else g.name)
            for g in rows
        ]
        return dict(zip((group.id for group in rows), labels(named), strict=True))

    def work(self, occasion: Occasion) -> str:
        """A shift or an activity: its name, and its school where others elsewhere share it."""
        at = occasion.venues
        if len(at) != 1 or len(self._venues[_heard(occasion.name)]) == 1:
            return occasion.name
        return f"{occasion.name} at {self.schools[at[0]]}"

    def share_its_day(self, occasion: Occasion) -> bool:
        """Whether others of the same name are at the same school on the same day, at other times,
        so that it needs its time as well."""
        key = _heard(occasion.name), occasion.school, occasion.days[0]
        return not occasion.is_flexible and len(self._starts[key]) > 1

    @cached_property
    def _venues(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = defaultdict(set)
        for occasion in self._occasions:
            found[_heard(occasion.name)].update(occasion.venues)
        return found

    @cached_property
    def _starts(self) -> dict[tuple[str, int, int], set[int]]:
        found: dict[tuple[str, int, int], set[int]] = defaultdict(set)
        for occasion in self._occasions:
            if not occasion.is_flexible:
                key = _heard(occasion.name), occasion.school, occasion.days[0]
                found[key].add(occasion.starts[0])
        return found
