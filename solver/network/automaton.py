"""Each rule about a person's days as a finite automaton: its states, transitions and costs.

Each shape with a memory is a small automaton over signs; a sign is all that the shape needs to know
about a day's work. `product_automaton` explores the product of a person's automata once for all
people with the same rules. Signs do not name days, so that one transition table serves a whole
year. See Pesant, A regular language membership constraint for finite sequences of variables
(CP 2004).
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from models.facts.duties import Stint
from solver.language.rest_shapes import LongDay, LongRest
from solver.language.runs import PeriodRun, Run, WholePeriods
from solver.language.shapes import CellCost, Follow, Personal, Succession, Total, Touched
from solver.network.run_automata import (
    NOTHING,
    EndsOpen,
    LongDayAutomaton,
    LongRestAutomaton,
    RunAutomaton,
    Sign,
    State,
    period_run,
    whole_periods,
)


class AutomatonTooLarge(Exception):
    """The rules of one person need too many states."""


class Automaton(Protocol):
    """One shape's automaton."""

    def start(self) -> State:
        """The state before the first day."""

    def sign(self, day: int, worked: Sequence[Stint]) -> Sign:
        """All that matters about a day's work."""

    def step(self, state: State, sign: Sign) -> tuple[State, int, int]:
        """The state after a day, the amount of breach, and the rise of a count."""

    def finish(self, state: State) -> int:
        """The amount of breach found at the end."""

    def key(self) -> Hashable:
        """Equal for shapes whose automata are the same."""

    def family(self) -> Hashable:
        """Equal for shapes that give the same sign to the same work."""


@dataclass(frozen=True)
class _Succession(EndsOpen):
    shape: Succession

    def start(self) -> State:
        return tuple(self.shape.start())

    def sign(self, day: int, worked: Sequence[Stint]) -> Sign:
        return tuple([step.fits(worked) for step in self.shape.steps])

    def step(self, state: State, sign: Sign) -> tuple[State, int, int]:
        begun, fits = cast(tuple[int, ...], state), cast(tuple[bool, ...], sign)
        taken = [n + 1 for n in (0, *begun) if fits[n]]
        steps = len(self.shape.steps)
        if self.shape.wanted:
            broken = len(begun) - sum(n > 1 for n in taken)
        else:
            broken = sum(n == steps for n in taken)
        return tuple(sorted(n for n in taken if n < steps)), broken, 0

    def key(self) -> Hashable:
        shape = self.shape
        return ("succession", shape.wanted, len(shape.steps), tuple(sorted(shape.begun)))

    def family(self) -> Hashable:
        return ("succession", id(self.shape.steps))


Meaning = tuple[int, int, int]
"""What a stint means for a later one: (days until then, kind of stint, amount of breach)."""


@dataclass(frozen=True)
class _Follow(EndsOpen):
    """Remembers what each recent stint still means for later stints."""

    meaning: dict[int, tuple[Meaning, ...]]
    kind: dict[int, int]
    past: tuple[Meaning, ...]
    worst: bool = False

    def start(self) -> State:
        return self.past

    def sign(self, day: int, worked: Sequence[Stint]) -> Sign:
        kinds = tuple(sorted(self.kind[s.number] for s in worked if s.number in self.kind))
        return kinds, tuple(sorted(m for s in worked for m in self.meaning.get(s.number, ())))

    def step(self, state: State, sign: Sign) -> tuple[State, int, int]:
        kinds, new = cast(tuple[tuple[int, ...], tuple[Meaning, ...]], sign)
        pending = [*cast(tuple[Meaning, ...], state), *new]
        found = [n for ahead, kind, n in pending if ahead == 0 for _ in range(kinds.count(kind))]
        broken = max(found, default=0) if self.worst else sum(found)
        after = sorted((ahead - 1, kind, amount) for ahead, kind, amount in pending if ahead)
        return tuple(after), broken, 0

    def key(self) -> Hashable:
        return ("follow", self.past, self.worst)

    def family(self) -> Hashable:
        return ("follow", tuple(sorted(self.kind.items())), tuple(sorted(self.meaning.items())))


@dataclass(frozen=True)
class _Touched(EndsOpen):
    shape: Touched
    place: dict[int, tuple[int, bool, bool]]
    """Day to (period, whether it is its first day, and its last)."""

    def start(self) -> State:
        return False

    def sign(self, day: int, worked: Sequence[Stint]) -> Sign:
        if day not in self.place:
            return NOTHING
        _, first, last = self.place[day]
        works = any(self.shape.stints is None or s.number in self.shape.stints for s in worked)
        return works, first, last

    def step(self, state: State, sign: Sign) -> tuple[State, int, int]:
        if sign is NOTHING:  # never within a period
            return False, 0, 0
        works, first, last = cast(tuple[bool, bool, bool], sign)
        already = bool(state) and not first
        return (not last and (already or works)), 0, int(works and not already)

    def key(self) -> Hashable:
        return ("touched",)

    def family(self) -> Hashable:
        return ("touched", id(self.shape.stints), tuple(self.place.items()))


def automaton_of(shape: Personal, stints: Sequence[Stint]) -> Automaton | None:
    """The automaton of a shape, for a person who may work some stints; None if it needs none.

    Raises:
        AutomatonTooLarge: it would need too many states.
    """
    match shape:
        case Run():
            return RunAutomaton(shape)
        case PeriodRun():
            return period_run(shape)
        case WholePeriods():
            return whole_periods(shape)
        case Succession():
            return _Succession(shape)
        case Touched():
            return _touched(shape)
        case Follow():
            return _follow(shape, stints)
        case LongDay():
            return LongDayAutomaton(shape)
        case LongRest():
            return LongRestAutomaton(shape)
        case Total() | CellCost():
            return None


def _touched(shape: Touched) -> Automaton:
    place = {}
    for number, period in enumerate(shape.periods):
        days = sorted(period)
        if days[-1] - days[0] != len(days) - 1:
            raise AutomatonTooLarge("days of other periods between")
        for day in days:
            place[day] = (number, day == days[0], day == days[-1])
    return _Touched(shape, place)


def _follow(shape: Follow, stints: Sequence[Stint]) -> Automaton:
    by_number = {s.number: s for s in stints}
    pairs = {pair: amount for pair, amount in shape.pairs.items() if pair[1] in by_number}
    eve = dict.fromkeys(shape.past, -1)
    day_of = eve | {s.number: s.day for s in stints}
    # The same shift on another day is of the same kind, unless it means something else there.
    kinds: dict[Hashable, int] = {}
    kind = {
        later: kinds.setdefault(_like(by_number[later]), len(kinds)) for _, later in sorted(pairs)
    }
    if not _is_fair(pairs, kind, day_of):
        kind = {later: later for _, later in pairs}
    meaning: dict[int, set[Meaning]] = {}
    for (earlier, later), amount in pairs.items():
        if earlier in day_of:
            ahead = day_of[later] - day_of[earlier]
            meaning.setdefault(earlier, set()).add((ahead, kind[later], amount))
    past = sorted(
        (ahead - 1, *rest) for number in shape.past for ahead, *rest in meaning.get(number, ())
    )
    return _Follow(
        {n: tuple(sorted(m)) for n, m in meaning.items()},
        kind,
        tuple((a, k, amount) for a, k, amount in past),
        shape.worst,
    )


def _like(stint: Stint) -> Hashable:
    return stint.school, stint.end - stint.start, stint.start - stint.day * 24 * 60


def _is_fair(
    pairs: dict[tuple[int, int], int], kind: dict[int, int], day_of: dict[int, int]
) -> bool:
    """Whether an earlier stint means the same for all later ones of a kind and day."""
    alike: dict[tuple[int, int], set[int]] = {}
    for later, which in kind.items():
        alike.setdefault((day_of[later], which), set()).add(later)
    found: dict[tuple[int, int, int], dict[int, int]] = {}
    for (earlier, later), amount in pairs.items():
        found.setdefault((earlier, day_of[later], kind[later]), {})[later] = amount
    return all(
        later.keys() == alike[day, which] and len(set(later.values())) == 1
        for (_, day, which), later in found.items()
    )
