"""Shapes: plain data that rules about one person's days, or one duty's headcount, are made of.

Each shape has one meaning in CP-SAT (`solver.cpsat.encodings`) and one as a walk along a person's
days (`start`, `step`, `finish`), from which automata and shortest paths with resource constraints
(SPPRC) are built; a headcount has an amount of breach for each number of people. Both meanings give
the same amounts: an agreement test compares them for every rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from models.facts.facts import Stint
from solver.language.rest_shapes import LongDay, LongRest
from solver.language.runs import Charge, PeriodRun, Run, State, WholePeriods


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over what a person works, with a minimum and a maximum.

    `amounts` gives the amount of each stint by its number, `by_day` the amount of each day on which
    anything is worked. `base` is where the total begins, such as a carried balance. Breach: `under`
    for each unit below `least`, `over` for each above `most`.
    """

    person: int
    where: tuple[str, ...]
    amounts: dict[int, int]
    by_day: dict[int, int]
    base: int = 0
    least: int | None = None
    most: int | None = None
    over: int = 1
    under: int = 1

    def start(self) -> State:
        """Nothing worked yet."""
        return self.base

    def step(self, state: State, day: int, worked: Sequence[Stint]) -> tuple[State, list[Charge]]:
        """Adds a day."""
        more = sum(self.amounts.get(stint.number, 0) for stint in worked)
        return state + more + (self.by_day.get(day, 0) if worked else 0), []

    def finish(self, state: State) -> list[Charge]:
        """Compares the total with its limits."""
        return _outside(self, state)


@dataclass(frozen=True, slots=True)
class Follow:
    """Pairs of stints that may not both be worked: (earlier, later, amount of breach).

    Both stints of a pair lie at most `span` days apart. Breach at the later one's day: of each
    pair or, if `worst`, of the worst pair of a day alone.
    """

    person: int
    where: tuple[str, ...]
    pairs: dict[tuple[int, int], int]
    span: int
    past: frozenset[int] = frozenset()
    """Stints of pairs that were worked before the horizon, as numbers below zero."""
    day_names: dict[int, str] | None = None
    worst: bool = False

    def start(self) -> State:
        """What was worked within the span, as (day, stint number)."""
        return tuple(sorted((-1, number) for number in self.past))

    def step(self, state: State, day: int, worked: Sequence[Stint]) -> tuple[State, list[Charge]]:
        """Adds a day."""
        known = [(d, n) for d, n in state if n < 0 or day - d <= self.span]
        today = [(day, stint.number) for stint in worked]
        name = (self.day_names or {}).get(day, str(day))
        both = ((earlier, later) for _, later in today for _, earlier in (*known, *today))
        broken = [self.pairs[pair] for pair in both if pair in self.pairs]
        if self.worst:
            broken = [max(broken)] if broken else []
        charges: list[Charge] = [((*self.where, name), amount) for amount in broken]
        return tuple(sorted((*known, *today))), charges

    def finish(self, state: State) -> list[Charge]:
        """Nothing is left open."""
        return []


@dataclass(frozen=True, slots=True)
class DayStep:
    """One day of a succession: one of some stints is worked or, if `off`, nothing is."""

    stints: frozenset[int] = frozenset()
    off: bool = False
    free: bool = False
    """Whether anything is right, work or none."""

    def fits(self, worked: Sequence[Stint]) -> bool:
        """Whether a day with this work takes the step."""
        if self.free or not worked:
            return self.free or self.off
        return any(stint.number in self.stints for stint in worked)


@dataclass(frozen=True, slots=True)
class Succession:
    """Steps on days in a row that must not all be taken or, if `wanted`, must be completed once
    begun.

    Breach: one at the last day of each succession that is taken; if `wanted`, one at the first day
    that breaks off a succession. One that reaches beyond the last day is not judged.
    """

    person: int
    where: tuple[str, ...]
    steps: tuple[DayStep, ...]
    day_names: tuple[str, ...]
    wanted: bool = False
    begun: frozenset[int] = frozenset()
    """For each beginning before the first day, how many steps had been taken by its eve."""

    def start(self) -> State:
        """For each beginning that still goes on, how many steps have been taken."""
        return tuple(sorted(self.begun))

    def step(self, state: State, day: int, worked: Sequence[Stint]) -> tuple[State, list[Charge]]:
        """Adds a day."""
        taken = [n + 1 for n in (0, *state) if self.steps[n].fits(worked)]
        broken = len(state) - sum(n > 1 for n in taken) if self.wanted else 0
        if not self.wanted:
            broken = sum(n == len(self.steps) for n in taken)
        charges = [((*self.where, self.day_names[day]), broken)] if broken else []
        return tuple(sorted(n for n in taken if n < len(self.steps))), charges

    def finish(self, state: State) -> list[Charge]:
        """What was begun may go on after the last day."""
        return []


@dataclass(frozen=True, slots=True)
class Touched:
    """Periods, such as weekends, in which a person works: at most `most` and at least `least`.

    Breach: `over` for each period beyond `most`, `under` for each short of `least`.
    """

    person: int
    where: tuple[str, ...]
    periods: tuple[frozenset[int], ...]
    """Each period as its days; periods do not overlap."""
    stints: frozenset[int] | None = None
    base: int = 0
    most: int | None = None
    least: int | None = None
    over: int = 1
    under: int = 1

    def start(self) -> State:
        """(periods touched, the last period that was counted)."""
        return (self.base, -1)

    def step(self, state: State, day: int, worked: Sequence[Stint]) -> tuple[State, list[Charge]]:
        """Adds a day."""
        count, last = state
        if not any(self.stints is None or s.number in self.stints for s in worked):
            return state, []
        for number, period in enumerate(self.periods):
            if day in period and number != last:
                return (count + 1, number), []
        return state, []

    def finish(self, state: State) -> list[Charge]:
        """Compares the count with its limits."""
        return _outside(self, state[0])


@dataclass(frozen=True, slots=True)
class CellCost:
    """A breach of a fixed amount if a person works any (if `wanted`, none) of some stints.

    The stints are on one day or, for activities, alternatives to each other.
    """

    person: int
    where: tuple[str, ...]
    stints: frozenset[int]
    amount: int
    wanted: bool = False
    """Whether it is a breach that none of them is worked."""

    def start(self) -> State:
        """None of them worked yet."""
        return False

    def step(self, state: State, day: int, worked: Sequence[Stint]) -> tuple[State, list[Charge]]:
        """Adds a day."""
        return state or any(stint.number in self.stints for stint in worked), []

    def finish(self, state: State) -> list[Charge]:
        """Charges the amount."""
        return [(self.where, self.amount)] if state != self.wanted else []


@dataclass(frozen=True, slots=True)
class Headcount:
    """People on one duty, at most `most` and at least `least`.

    The one shape that is not about a person: people's paths share it. Breach: `amount` for each
    person missing or beyond.
    """

    duty: int
    where: tuple[str, ...]
    amount: int = 1
    least: int | None = None
    most: int | None = None

    def broken(self, there: int) -> int:
        """The amount of breach with a number of people."""
        missing = 0 if self.least is None else max(0, self.least - there)
        beyond = 0 if self.most is None else max(0, there - self.most)
        return self.amount * (missing + beyond)


Personal = (
    Total
    | Run
    | PeriodRun
    | WholePeriods
    | Follow
    | Succession
    | Touched
    | CellCost
    | LongDay
    | LongRest
)
"""Shapes of one person's days."""

Shape = Personal | Headcount


def _outside(shape: Total | Touched, there: int) -> list[Charge]:
    """What a number outside of a shape's limits costs."""
    if shape.least is not None and there < shape.least:
        return [(shape.where, shape.under * (shape.least - there))]
    if shape.most is not None and there > shape.most:
        return [(shape.where, shape.over * (there - shape.most))]
    return []


def walk(shape: Personal, days: range, stints: Sequence[Stint]) -> list[Charge]:
    """The breaches that a shape finds in one person's finished work."""
    by_day: dict[int, list[Stint]] = {}
    for stint in stints:
        by_day.setdefault(stint.day, []).append(stint)
    charges: list[Charge] = []
    state = shape.start()
    for day in days:
        if isinstance(shape, Run) and not shape.days[0] <= day <= shape.days[-1]:
            continue
        state, found = shape.step(state, day, by_day.get(day, []))
        charges += found
    return charges + shape.finish(state)
