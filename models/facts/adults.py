"""How many adults a need by ratio asks for, by the children there at the fullest moment."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from models.facts.duties import Expecting, Gathering, LookedAfter, Stint, Undecided
from models.problem.calendar import Clock
from models.problem.problem import Children, Need, Problem, Ratio


class ChildrenCount:
    """The children who are at a place at a moment, and the adults they need.

    Args:
        problem: whose children and ratios they are.
        clock: local time to elapsed minutes.
        comes: whether the children of a row are there on a day.
    """

    def __init__(
        self, problem: Problem, clock: Clock, comes: Callable[[Children, int], bool]
    ) -> None:
        self._problem = problem
        self._clock = clock
        self._first = problem.horizon.first
        self._school_number = {school.id: n for n, school in enumerate(problem.schools)}
        self._not_there = {group.id for group in problem.groups if group.waiting}
        self._pupils: dict[int, int] = {}
        """The number among children for whom a group is chosen, by the place of their row."""
        self._by_day: dict[int, list[int]] = defaultdict(list)
        self._rides = {row.brought_by for row in problem.children} - {None}
        days = len(tuple(problem.horizon))
        for number, row in enumerate(problem.children):
            if row.groups is not None:
                self._pupils[number] = len(self._pupils)
            if self._surely_waits(row):
                continue
            for day in range(days):
                if comes(row, day):
                    self._by_day[day].append(number)

    def asked(
        self, need: Need, stints: Sequence[Stint], work: LookedAfter
    ) -> tuple[int, tuple[Expecting, ...] | None]:
        """The most adults that a need of some work can ask for at its possible times; and how
        their number depends on what the engine chooses, where it does."""
        if need.count is not None:
            return need.count, None
        at = tuple(self._expected(need.ratio or "", stint, work) for stint in stints)
        open_ = any(moment.undecided for expected in at for moment in expected.moments)
        most = [expected.most for expected in at]
        if not open_ and len(set(most)) <= 1:
            return max(most, default=0), None
        return max(most), at

    def ratio(self, id: str, when: date) -> Ratio | None:
        """The row of a ratio that is in force on a date."""
        for row in self._problem.ratios:
            if row.id == id and (row.first or when) <= when <= (row.last or when):
                return row
        return None

    def _expected(self, ratio: str, stint: Stint, work: LookedAfter) -> Expecting:
        row = self.ratio(ratio, self._first + timedelta(days=stint.day))
        if row is None:
            return Expecting(1, ())
        there = self.there(stint, work)
        mine = [number for number in there if self._problem.children[number].band in row.bands]
        if work.id in self._rides:
            return Expecting(row.children_per_adult, (self.moment(mine),))
        return Expecting(row.children_per_adult, self._moments(mine, stint, work.group))

    def there(self, stint: Stint, work: LookedAfter) -> list[int]:
        """The rows of children who are, or may be, there at the time of a stint of some work, by
        their place: those whom it brings, those of its group, or all at the school of the stint."""
        if work.id in self._rides:
            return self._riders(work.id, stint.day)
        group = work.group
        found = []
        for number in self._by_day.get(stint.day, ()):
            row = self._problem.children[number]
            if group is not None:
                mine = row.group == group or group in (row.groups or ())
            else:
                mine = self._school_number[row.at] == stint.school
            a, b = self._window(row, stint)
            if mine and a < stint.end and stint.start < b:
                found.append(number)
        return found

    def moment(self, rows: Iterable[int], group: str | None = None) -> Gathering:
        """The children of some rows together: those who are surely there, in a group or at all,
        and those for whom it depends on the group that is chosen."""
        settled, undecided = 0, []
        for number in rows:
            row = self._problem.children[number]
            groups = frozenset(row.groups or (() if row.group is None else (row.group,)))
            counts = groups - self._not_there
            if group is not None:
                counts &= {group}
            if len(counts) == len(groups):
                settled += row.count
            elif counts:
                undecided.append(Undecided(self._pupils[number], row.count, counts))
        return Gathering(settled, tuple(undecided))

    def aboard(self, work: LookedAfter, day: int) -> Gathering:
        """The children whom some work takes along on a day: those whom it brings, and those of its
        group, wherever they are."""
        riders = self._riders(work.id, day)
        brought = self.moment(riders)
        if work.group is None:
            return brought
        rest = (n for n in self._of_group(work.group, day) if n not in riders)
        others = self.moment(rest, work.group)
        return Gathering(brought.settled + others.settled, brought.undecided + others.undecided)

    def _riders(self, work: str, day: int) -> list[int]:
        children = self._problem.children
        return [n for n in self._by_day.get(day, ()) if children[n].brought_by == work]

    def _of_group(self, group: str, day: int) -> Iterator[int]:
        for number in self._by_day.get(day, ()):
            row = self._problem.children[number]
            if row.group == group or group in (row.groups or ()):
                yield number

    def _surely_waits(self, row: Children) -> bool:
        """Whether children are on a waiting list whatever is chosen."""
        groups = row.groups or (() if row.group is None else (row.group,))
        return bool(groups) and self._not_there.issuperset(groups)

    def _moments(
        self, rows: Sequence[int], stint: Stint, group: str | None
    ) -> tuple[Gathering, ...]:
        """The children of each moment at which the most are there; a smaller company within a
        larger one says nothing more."""
        windows = {n: self._window(self._problem.children[n], stint) for n in rows}
        begins = {max(stint.start, a) for a, _ in windows.values()}
        found: list[frozenset[int]] = []
        for minute in sorted(begins):
            now = frozenset(n for n, (a, b) in windows.items() if a <= minute < b)
            if not any(now <= other for other in found):
                found = [*(other for other in found if not other <= now), now]
        return tuple(self.moment(sorted(now), group) for now in found)

    def _window(self, row: Children, stint: Stint) -> tuple[int, int]:
        """From when to when children are there; with a stint's times where the row says none."""
        when = self._first + timedelta(days=stint.day)
        start = stint.start if row.start is None else self._clock.minute(when, row.start)
        end = stint.end if row.end is None else self._clock.minute(when, row.end)
        if row.end is not None and row.start is not None and row.end <= row.start:
            end = self._clock.minute(when + timedelta(days=1), row.end)
        return start, end


def adults(expected: Expecting, groups: Mapping[int, str]) -> int:
    """The adults that children need with the groups that are chosen, by the children's number;
    those without a group are counted, since they may be there."""
    fullest = max((present(moment, groups) for moment in expected.moments), default=0)
    return -(-fullest // expected.per_adult)


def present(moment: Gathering, groups: Mapping[int, str]) -> int:
    """The children who are there at a moment with the groups that are chosen, as in `adults`."""
    chosen = (u.count for u in moment.undecided if groups.get(u.pupils) in {None, *u.groups})
    return moment.settled + sum(chosen)
