"""Neighbourhoods: which placements, times and children's groups are destroyed next.

Which kind is drawn follows what each gained for its time, and how much is freed what was settled
quickly, as in adaptive large neighbourhood search (Ropke and Pisinger, Transportation Science 40,
2006).
"""

import random
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from models.answer.report import Report
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.search.params import CpSatLnsParams

T = TypeVar("T")
K = TypeVar("K")

Cell = tuple[int, int]
"""(person, duty)"""

Post = tuple[str, str | None]
"""(shift or activity, need): the same work on all of its dates."""


@dataclass(frozen=True)
class Neighbourhood:
    """What is destroyed at once; all else stays."""

    kind: str
    target: int
    """The priority that is to become better."""
    cells: frozenset[Cell]
    pupils: frozenset[int] = frozenset()
    """Children whose group is chosen again."""
    occasions: frozenset[int] = frozenset()
    """What may have another time, place or thing."""


@dataclass
class _Learnt:
    """What one kind of neighbourhood, or one priority, gained so far; older tries count less."""

    free: float = 0.0
    """Cells that are freed next time."""
    gains: float = 1.0
    seconds: float = 1.0

    def resize(self, factor: float, params: CpSatLnsParams) -> None:
        self.free = min(max(self.free * factor, params.least_free), params.most_free)

    def tell(self, *, gained: bool, seconds: float, forgetting: float) -> None:
        self.gains = forgetting * self.gains + gained
        self.seconds = forgetting * self.seconds + seconds


class NeighbourhoodChooser:
    """Draws neighbourhoods of several kinds, and learns from how each fared; shared by threads."""

    def __init__(self, facts: Facts, params: CpSatLnsParams, free: int) -> None:
        """`free` is how many cells are freed at first."""
        self._facts = facts
        self._params = params
        self._lock = threading.Lock()
        self._by_day: dict[int, list[Cell]] = defaultdict(list)
        self._by_person: dict[int, list[Cell]] = defaultdict(list)
        self._by_post: dict[Post, list[Cell]] = defaultdict(list)
        for duty in facts.duties:
            for person in facts.able[duty.number]:
                cell = person, duty.number
                self._by_day[duty.day].append(cell)
                self._by_person[person].append(cell)
                self._by_post[duty.shift, duty.need].append(cell)
        self._pupils = [p for p in facts.pupils if len(p.groups) > 1]
        self._open = frozenset(o.number for o in facts.occasions if o.open)
        self._kinds: dict[str, Callable[[_Draw], Iterator[Collection[Cell]]]] = {
            "days": self._days,
            "people": self._people,
            "posts": self._posts,
            "weeks": self._weeks,
            "breaches": self._breaches,
        }
        if self._pupils:
            self._kinds["children"] = self._children
        self._learnt = {kind: _Learnt(free) for kind in self._kinds}
        self._targets: dict[int, _Learnt] = defaultdict(_Learnt)

    def choose(
        self, plan: Plan, report: Report, targets: Sequence[int], rng: random.Random
    ) -> Neighbourhood | None:
        """A neighbourhood in which a priority may become better; None where nothing can be freed.

        Args:
            plan: the incumbent.
            report: how its rules fare.
            targets: the priorities that may become better, at least one.
            rng: of the calling thread.
        """
        if not self._by_person:
            return None
        with self._lock:
            target = self._drawn({priority: self._targets[priority] for priority in targets}, rng)
            kind = self._drawn(self._learnt, rng)
            free = int(self._learnt[kind].free)
        draw = _Draw(plan, report, target, free, rng)
        cells: dict[Cell, None] = {}
        for more in self._kinds[kind](draw):
            if cells and len(cells) + len(more) > self._params.overshoot * free:
                break
            cells |= dict.fromkeys(more)
            if len(cells) >= free:
                break
        duties = self._facts.duties
        return Neighbourhood(
            kind,
            target,
            frozenset(cells),
            frozenset(draw.pupils),
            frozenset(duties[d].occasion for _, d in cells) & self._open,
        )

    def learn(
        self, neighbourhood: Neighbourhood, *, gained: bool, settled: bool, seconds: float
    ) -> None:
        """How a neighbourhood fared: whether it made the incumbent better, whether it was settled
        quickly, and the seconds that it took."""
        params = self._params
        with self._lock:
            learnt = self._learnt[neighbourhood.kind]
            learnt.resize(params.grow if settled else params.shrink, params)
            for one in (learnt, self._targets[neighbourhood.target]):
                one.tell(gained=gained, seconds=seconds, forgetting=params.forgetting)

    def _drawn(self, learnt: Mapping[K, _Learnt], rng: random.Random) -> K:
        """One of several, the likelier the more it gained for its time."""
        prior = self._params.prior
        weights = [(one.gains + prior) / (one.seconds + prior) for one in learnt.values()]
        return rng.choices(list(learnt), weights)[0]

    # ------------------------------------------------------------------ what is freed

    def _days(self, draw: "_Draw") -> Iterator[Collection[Cell]]:
        """A day, and the days after it."""
        days = sorted(self._by_day)
        at = draw.rng.randrange(len(days))
        for day in days[at:] + days[:at]:
            yield from self._by_people(self._by_day[day], draw)

    def _people(self, draw: "_Draw") -> Iterator[Collection[Cell]]:
        """All cells of a person, then of people who could do some of the same work."""
        yield from self._around(draw.rng.choice(list(self._by_person)), draw)

    def _posts(self, draw: "_Draw") -> Iterator[Collection[Cell]]:
        """The same work on one date after another, for everybody who can do it."""
        cells = self._by_post[draw.rng.choice(list(self._by_post))]
        by_day: dict[int, list[Cell]] = defaultdict(list)
        for cell in cells:
            by_day[self._facts.duties[cell[1]].day].append(cell)
        days = sorted(by_day)
        at = draw.rng.randrange(len(days))
        yield from (by_day[day] for day in days[at:] + days[:at])

    def _weeks(self, draw: "_Draw") -> Iterator[Collection[Cell]]:
        """One kind of work after another, in two weeks."""
        weeks = self._facts.weeks
        days = {*draw.rng.choice(weeks), *draw.rng.choice(weeks)}
        for post in draw.shuffled(self._by_post):
            yield [cell for cell in self._by_post[post] if self._facts.duties[cell[1]].day in days]

    def _breaches(self, draw: "_Draw") -> Iterator[Collection[Cell]]:
        """The people, duties and days that breaches of the priority name."""
        broken = [
            breach
            for finding in draw.report.findings
            if finding.priority == draw.target
            for breach in finding.breaches
        ]
        for breach in draw.shuffled(broken):
            for name in breach.where:
                yield from self._named(name, draw)
        yield from self._days(draw)

    def _children(self, draw: "_Draw") -> Iterator[Collection[Cell]]:
        """The children of two groups, and those groups' work in one week after another."""
        two = draw.shuffled(dict.fromkeys(g for pupils in self._pupils for g in pupils.groups))[:2]
        draw.pupils.update(
            p.number
            for p in self._pupils
            if draw.plan.groups.get(p.number) in two and set(two) <= set(p.groups)
        )
        duties = self._facts.duties
        for week in draw.shuffled(self._facts.weeks):
            yield [
                cell
                for day in week
                for cell in self._by_day.get(day, ())
                if duties[cell[1]].group in two
            ]

    def _named(self, name: str, draw: "_Draw") -> Iterator[Collection[Cell]]:
        facts = self._facts
        if name in facts.person_number:
            around = self._around(facts.person_number[name], draw)
            yield from (cells for cells, _ in zip(around, range(self._params.mates), strict=False))
        elif name in facts.duty_number:
            day = facts.duties[facts.duty_number[name]].day
            yield from self._by_people(self._by_day[day], draw)
        else:
            for day, cells in self._by_day.items():
                if facts.date(day).isoformat() == name:
                    yield from self._by_people(cells, draw)

    def _around(self, person: int, draw: "_Draw") -> Iterator[Collection[Cell]]:
        """All cells of a person, then those of people who could take over some of their duties."""
        able = self._facts.able
        mates = dict.fromkeys(p for _, d in self._by_person[person] for p in able[d])
        mates.pop(person, None)
        yield from (self._by_person[p] for p in (person, *draw.shuffled(mates)))

    def _by_people(self, cells: Iterable[Cell], draw: "_Draw") -> Iterator[Collection[Cell]]:
        """The cells of a day: those of one person at a time, people in random order."""
        by_person: dict[int, list[Cell]] = defaultdict(list)
        for cell in cells:
            by_person[cell[0]].append(cell)
        yield from (by_person[person] for person in draw.shuffled(by_person))


class _Draw:
    """One neighbourhood while it is drawn."""

    def __init__(
        self, plan: Plan, report: Report, target: int, free: int, rng: random.Random
    ) -> None:
        self.plan = plan
        self.report = report
        self.target = target
        self.free = free
        self.rng = rng
        self.pupils: set[int] = set()

    def shuffled(self, items: Iterable[T]) -> list[T]:
        """Items in random order."""
        found = list(items)
        self.rng.shuffle(found)
        return found
