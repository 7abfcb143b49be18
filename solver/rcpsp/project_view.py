"""A solver's model read as a project: jobs that need things, where only starts are to be chosen.

What a model says is simplified as far as plain propagation goes. If then all that is left are
starts that come a least time after each other, things that are never used beyond what there is,
and costs that never fall when something starts later, it is the resource-constrained project
scheduling problem, for which there are quicker ways to good schedules than the model.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.facts.plan import Plan
from solver.arrays import Ints
from solver.cpsat.model import CpSatModel
from solver.cpsat.propagation import Contradiction, Propagated
from solver.rcpsp.list_kernel import ProjectTables, cost
from solver.rcpsp.params import ActivityListParams


class NoProject(Exception):
    """More is to be chosen than starts, or something else is asked of them."""


@dataclass(frozen=True)
class ResourceUse:
    """A thing needed from some minutes after a start, or a moment if nothing moves, to others."""

    thing: int
    begin: int
    end: int
    amount: int


@dataclass(frozen=True)
class ProjectView:
    """The tables, and the way back to the model; `least` is below every cost."""

    tables: ProjectTables
    least: int
    offset: int
    """What every schedule costs besides."""
    _model: CpSatModel
    _jobs: tuple[int, ...]
    """The variable of each job's start."""
    _base: int
    _settled: tuple[int, ...]
    """What every other variable may be."""

    def plan(self, starts: Ints) -> Plan:
        """A schedule as a plan."""
        values = list(self._settled)
        for job, variable in enumerate(self._jobs):
            values[variable] = self._base + int(starts[job]) * self.tables.unit
        return self._model.read(lambda variable: values[variable.index])

    def starts(self, plan: Plan) -> Ints | None:
        """A plan as a schedule; none if it decides other things otherwise."""
        job_of = {variable: job for job, variable in enumerate(self._jobs)}
        found = np.full(len(self._jobs), -1, np.int32)
        for variable, value in self._model.assignment_of(plan):
            if variable.index in job_of:
                found[job_of[variable.index]] = (value - self._base) // self.tables.unit
        return None if (found < 0).any() else found


def project(model: CpSatModel, params: ActivityListParams = ActivityListParams()) -> ProjectView:
    """A model, with its objective set, as a project.

    Raises:
        NoProject: it is none, or a very large or small one.
    """
    return _Reader(model, params).read()


class _Reader:
    """What is known while a model is read."""

    def __init__(self, model: CpSatModel, params: ActivityListParams) -> None:
        self._model = model
        self._params = params
        self._proto = model.cp.proto
        try:
            self._known = Propagated(model.cp, params.propagation_passes)
        except Contradiction:
            raise NoProject("nothing fits") from None
        self._costs = dict(
            zip(self._proto.objective.vars, self._proto.objective.coeffs, strict=True)
        )
        self._lags: dict[tuple[int, int], int] = {}
        """(earlier, later) variable to the least difference."""
        self._terms: dict[tuple[int, int], int] = {}
        """(start, room) to what the room is at least above the start."""
        self._uses: dict[int, list[ResourceUse]] = defaultdict(list)
        self._standing: list[ResourceUse] = []
        """What is used at fixed times."""
        self._capacities: list[int] = []

    def read(self) -> ProjectView:
        """The project."""
        if not self._costs or any(weight <= 0 for weight in self._costs.values()):
            raise NoProject("nothing costs more when it is later")
        for constraint in self._known.constraints:
            self._understand(constraint)
        jobs = self._jobs()
        if len(jobs) < self._params.fewest_jobs:
            raise NoProject("few jobs")
        return self._made(jobs)

    # ------------------------------------------------------------------ what is left

    def _understand(self, constraint: Any) -> None:
        if self._known.holds(constraint) is None:
            raise NoProject("whether something happens is open")
        if constraint.has_interval():
            self._span(constraint.interval)
        elif constraint.has_linear():
            self._difference(constraint.linear)
        elif constraint.has_cumulative():
            asked = constraint.cumulative
            self._thing(
                list(asked.intervals), [self._amount(d) for d in asked.demands], asked.capacity
            )
        elif constraint.has_no_overlap():
            intervals = list(constraint.no_overlap.intervals)
            self._thing(intervals, [1] * len(intervals), 1)
        else:
            raise NoProject("more is asked than times and amounts")

    def _difference(self, linear: Any) -> None:
        terms, known = self._known.sum_of(linear.vars, linear.coeffs)
        bounds = list(linear.domain)
        if len(terms) != 2 or len(bounds) != 2 or terms[0][1] != -terms[1][1]:
            raise NoProject("more than two times hang together")
        (x, a), (y, _) = terms
        if a < 0:
            x, y, a = y, x, -a
        # What is limited is `a` times the difference of x and y, and what is known.
        self._at_least(y, x, bounds[0] - known, a)
        self._at_least(x, y, known - bounds[1], a)

    def _at_least(self, first: int, then: int, least: int, times: int) -> None:
        """`times` times `then` is at least so much above as many times `first`."""
        least = -(-least // times)
        if least <= self._known.least(then) - self._known.most(first):
            return
        if first in self._costs:
            raise NoProject("costs are limited by times")
        if then in self._costs:
            self._terms[first, then] = max(self._terms.get((first, then), least), least)
        elif least < 0:
            raise NoProject("a time between two is limited")
        else:
            self._lags[first, then] = max(self._lags.get((first, then), least), least)

    def _thing(self, intervals: Sequence[int], amounts: Sequence[int], capacity: Any) -> None:
        thing = len(self._capacities)
        self._capacities.append(capacity if isinstance(capacity, int) else self._amount(capacity))
        for index, amount in zip(intervals, amounts, strict=True):
            constraint = self._proto.constraints[index]
            there = self._known.holds(constraint)
            if there is False or not amount:
                continue
            if there is None:
                raise NoProject("whether something happens is open")
            start, begin, until = self._span(constraint.interval)
            use = ResourceUse(thing, begin, until, amount)
            if start is None:
                self._standing.append(use)
            elif start in self._costs:
                raise NoProject("costs take time")
            else:
                self._uses[start].append(use)

    def _span(self, interval: Any) -> tuple[int | None, int, int]:
        """The start's variable, none if it is known, and from when to when counted from it."""
        start, begin = self._moment(interval.start)
        end, until = self._moment(interval.end)
        if start != end or until != begin + self._amount(interval.size):
            raise NoProject("how long something lasts is open")
        return start, begin, until

    def _moment(self, expression: Any) -> tuple[int | None, int]:
        """A start's variable, none if it is known, and the minutes that are added."""
        open_, known = self._known.sum_of(expression.vars, expression.coeffs)
        offset = int(expression.offset) + known
        if not open_:
            return None, offset
        if len(open_) > 1 or open_[0][1] != 1:
            raise NoProject("more than two times hang together")
        return open_[0][0], offset

    def _amount(self, expression: Any) -> int:
        start, amount = self._moment(expression)
        if start is not None:
            raise NoProject("an amount is open")
        return amount

    # ------------------------------------------------------------------ tables

    def _jobs(self) -> list[int]:
        """Variables of starts, in an order in which what comes before a job is before it."""
        after: dict[int, list[int]] = defaultdict(list)
        waits: dict[int, int] = dict.fromkeys(self._uses, 0)
        for first, _ in self._terms:
            waits.setdefault(first, 0)
        for first, then in self._lags:
            after[first].append(then)
            waits.setdefault(first, 0)
            waits[then] = waits.get(then, 0) + 1
        ready = sorted(job for job, count in waits.items() if not count)
        for job in ready:
            for then in after[job]:
                waits[then] -= 1
                if not waits[then]:
                    ready.append(then)
        if len(ready) < len(waits):
            raise NoProject("jobs go round in a circle")
        return ready

    def _made(self, jobs: list[int]) -> ProjectView:
        number = {variable: job for job, variable in enumerate(jobs)}
        base = min(self._known.least(x) for x in jobs)
        ranges = {x: self._known.ranges(x) for x in jobs}
        all_uses = [use for some in self._uses.values() for use in some]
        unit = _unit(base, ranges.values(), all_uses)
        # Before the first start, and after the last, things are got ready and cleared away.
        ahead = max([0, *(-use.begin for use in all_uses)])
        behind = max([0, *(use.end for use in all_uses)])
        moments = (ahead + max(self._known.most(x) for x in jobs) - base + behind) // unit + 1
        if len(self._capacities) * moments > self._params.most_moments:
            raise NoProject("too many moments")
        free = np.repeat(np.array(self._capacities, np.int32)[:, None], moments, axis=1)
        for use in self._standing:
            begin, end = use.begin - base + ahead, use.end - base + ahead
            free[use.thing, max(0, begin // unit) : max(0, -(-end // unit))] -= use.amount
        before: list[list[tuple[int, int]]] = [[] for _ in jobs]
        after: list[list[tuple[int, int]]] = [[] for _ in jobs]
        for (one, other), least in self._lags.items():
            before[number[other]].append((number[one], -(-least // unit)))
            after[number[one]].append((number[other], -(-least // unit)))
        uses = [
            [
                (u.thing, (u.begin + ahead) // unit, (u.end + ahead) // unit, u.amount)
                for u in self._uses.get(x, ())
            ]
            for x in jobs
        ]
        rooms = {variable: room for room, variable in enumerate(self._costs)}
        terms: list[list[tuple[int, int]]] = [[] for _ in jobs]
        for (start, room), least in self._terms.items():
            terms[number[start]].append((rooms[room], least + base))
        starts, tail = [0] * len(jobs), [0] * len(jobs)
        for job, variable in enumerate(jobs):
            known = (starts[one] + least for one, least in before[job])
            starts[job] = max([(self._known.least(variable) - base) // unit, *known])
        for job in reversed(range(len(jobs))):
            mine = [until - begin for _, begin, until, _ in uses[job]]
            tail[job] = max([0, *mine, *(least + tail[other] for other, least in after[job])])
        first_before, first, least_before = _columns(before, 2)
        first_after, then, least_after = _columns(after, 2)
        first_use, used, used_from, used_until, used_amount = _columns(uses, 4)
        first_range, low, high = _columns([_joined(ranges[x], base, unit) for x in jobs], 2)
        first_term, term, plus = _columns(terms, 2)
        tables = ProjectTables(
            first_before=first_before,
            before=first,
            least_before=least_before,
            first_after=first_after,
            after=then,
            least_after=least_after,
            first_use=first_use,
            used=used,
            used_from=used_from,
            used_until=used_until,
            used_amount=used_amount,
            first_range=first_range,
            range_low=low,
            range_high=high,
            first_term=first_term,
            room=term,
            plus=plus,
            rank=np.arange(len(jobs), dtype=np.int32),
            tail=np.array(tail, np.int32),
            free=free,
            room_low=np.array([self._known.least(x) for x in rooms], np.int64),
            room_high=np.array([self._known.most(x) for x in rooms], np.int64),
            weight=np.array(list(self._costs.values()), np.int64),
            unit=unit,
        )
        settled = self._known.least_values
        least = cost(tables, np.array(starts, np.int32), np.zeros(len(rooms), np.int64))
        offset = int(self._proto.objective.offset)
        return ProjectView(tables, int(least), offset, self._model, tuple(jobs), base, settled)


def _unit(base: int, ranges: Iterable[list[tuple[int, int]]], uses: Iterable[ResourceUse]) -> int:
    """The largest unit of which all starts, and all times of use, are multiples."""
    numbers = {m for use in uses for m in (use.begin, use.end)}
    for some in ranges:
        numbers |= {bound - base for pair in some for bound in pair}
        numbers |= {1 for low, high in some if low < high}
    return math.gcd(*numbers) or 1


def _joined(ranges: list[tuple[int, int]], base: int, unit: int) -> list[tuple[int, int]]:
    """Ranges in units; such as touch become one."""
    found: list[tuple[int, int]] = []
    for low, high in ranges:
        first, last = (low - base) // unit, (high - base) // unit
        if found and found[-1][1] == first - 1:
            first = found.pop()[0]
        found.append((first, last))
    return found


def _columns(rows: Sequence[Sequence[tuple[int, ...]]], width: int) -> list[Ints]:
    """Where each row's entries begin, one more at the end; and the entries' columns."""
    firsts = np.cumsum([0, *map(len, rows)]).astype(np.int32)
    entries = np.array([entry for row in rows for entry in row], np.int32).reshape(-1, width)
    return [firsts, *np.ascontiguousarray(entries.T)]
