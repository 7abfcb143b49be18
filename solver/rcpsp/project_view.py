"""A CP-SAT model read as a project (RCPSP), where only starts are to be chosen.

A model is simplified as far as plain propagation goes. If all that is left are starts that come a
least time after each other, resources that are never used beyond their capacity, and costs that
never fall when something starts later, it is the resource-constrained project scheduling problem
(Brucker et al., EJOR 112, 1999), for which there are quicker ways to good schedules than the model.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.facts.plan import Plan
from solver.arrays import Ints
from solver.cpsat.model import CpSatModel
from solver.cpsat.propagation import Contradiction, Propagated
from solver.rcpsp.list_kernel import ProjectTables, cost
from solver.rcpsp.params import ActivityListParams
from solver.rcpsp.project_tables import NoProject, Project, ResourceUse, TableBuilder


@dataclass(frozen=True)
class ProjectView:
    """The tables of a project, and the way back to the model."""

    tables: ProjectTables
    least: int
    """No schedule costs less, the offset apart."""
    offset: int
    """What every schedule costs in addition."""
    _model: CpSatModel
    _jobs: tuple[int, ...]
    """The variable of each job's start."""
    _base: int
    """The minute at which time begins in the tables."""
    _settled: tuple[int, ...]
    """A value for every other variable."""

    def plan(self, starts: Ints) -> Plan:
        """A schedule as a plan."""
        values = list(self._settled)
        for job, variable in enumerate(self._jobs):
            values[variable] = self._base + int(starts[job]) * self.tables.unit
        return self._model.read(lambda variable: values[variable.index])

    def starts(self, plan: Plan) -> Ints | None:
        """A plan as a schedule; None if it leaves out a job."""
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
    try:
        domains = Propagated(model.cp, params.propagation_passes)
    except Contradiction:
        raise NoProject("nothing fits") from None
    read = _ProjectReader(model, domains).read()
    if len(read.jobs) < params.fewest_jobs:
        raise NoProject("few jobs")
    builder = TableBuilder(read, params.most_moments)
    tables = builder.tables()
    return ProjectView(
        tables,
        int(cost(tables, builder.earliest_starts(), np.zeros(len(read.costs), np.int64))),
        int(model.cp.proto.objective.offset),
        model,
        tuple(read.jobs),
        builder.base,
        domains.least_values,
    )


class _ProjectReader:
    """What is known while a model's constraints are read.

    Raises:
        NoProject: from every method, with the reason.
    """

    def __init__(self, model: CpSatModel, domains: Propagated) -> None:
        proto = model.cp.proto
        self._constraints = proto.constraints
        self._domains = domains
        self._costs = dict(zip(proto.objective.vars, proto.objective.coeffs, strict=True))
        self._lags: dict[tuple[int, int], int] = {}
        self._terms: dict[tuple[int, int], int] = {}
        self._uses: dict[int, list[ResourceUse]] = defaultdict(list)
        self._fixed_uses: list[ResourceUse] = []
        self._capacities: list[int] = []

    def read(self) -> Project:
        """The project."""
        if not self._costs or any(weight <= 0 for weight in self._costs.values()):
            raise NoProject("nothing costs more when it is later")
        for constraint in self._domains.constraints:
            self._add(constraint)
        return Project(
            self._in_order(),
            self._lags,
            self._terms,
            self._costs,
            self._uses,
            self._fixed_uses,
            self._capacities,
            self._domains,
        )

    def _add(self, constraint: Any) -> None:
        """Read one constraint that is still open."""
        if self._domains.holds(constraint) is None:
            raise NoProject("whether something happens is open")
        if constraint.has_interval():
            self._span(constraint.interval)
        elif constraint.has_linear():
            self._difference(constraint.linear)
        elif constraint.has_cumulative():
            cumulative = constraint.cumulative
            demands = [self._amount(d) for d in cumulative.demands]
            self._add_resource(list(cumulative.intervals), demands, cumulative.capacity)
        elif constraint.has_no_overlap():
            intervals = list(constraint.no_overlap.intervals)
            self._add_resource(intervals, [1] * len(intervals), 1)
        else:
            raise NoProject("more is asked than times and amounts")

    def _difference(self, linear: Any) -> None:
        """A limit of the difference of two variables."""
        terms, known = self._domains.sum_of(linear.vars, linear.coeffs)
        bounds = list(linear.domain)
        if len(terms) != 2 or len(bounds) != 2 or terms[0][1] != -terms[1][1]:
            raise NoProject("more than two times depend on each other")
        (x, a), (y, _) = terms
        if a < 0:
            x, y, a = y, x, -a
        # a * (x - y) + known lies within the bounds.
        self._at_least(y, x, bounds[0] - known, a)
        self._at_least(x, y, known - bounds[1], a)

    def _at_least(self, first: int, then: int, least: int, times: int) -> None:
        """`times` times the difference of `then` and `first` is at least `least`."""
        least = -(-least // times)
        if least <= self._domains.least(then) - self._domains.most(first):
            return
        if first in self._costs:
            raise NoProject("costs are limited by times")
        if then in self._costs:
            self._terms[first, then] = max(self._terms.get((first, then), least), least)
        elif least < 0:
            raise NoProject("a time between two is limited")
        else:
            self._lags[first, then] = max(self._lags.get((first, then), least), least)

    def _add_resource(
        self, intervals: Sequence[int], amounts: Sequence[int], capacity: Any
    ) -> None:
        """A resource with what uses it."""
        resource = len(self._capacities)
        self._capacities.append(capacity if isinstance(capacity, int) else self._amount(capacity))
        for index, amount in zip(intervals, amounts, strict=True):
            constraint = self._constraints[index]
            there = self._domains.holds(constraint)
            if there is False or not amount:
                continue
            if there is None:
                raise NoProject("whether something happens is open")
            start, begin, until = self._span(constraint.interval)
            use = ResourceUse(resource, begin, until, amount)
            if start is None:
                self._fixed_uses.append(use)
            elif start in self._costs:
                raise NoProject("costs take time")
            else:
                self._uses[start].append(use)

    def _span(self, interval: Any) -> tuple[int | None, int, int]:
        """The start's variable, None if it is known, and from when to when counted from it."""
        start, begin = self._moment(interval.start)
        end, until = self._moment(interval.end)
        if start != end or until != begin + self._amount(interval.size):
            raise NoProject("how long something lasts is open")
        return start, begin, until

    def _moment(self, expression: Any) -> tuple[int | None, int]:
        """A start's variable, None if it is known, and the minutes that are added."""
        open_, known = self._domains.sum_of(expression.vars, expression.coeffs)
        offset = int(expression.offset) + known
        if not open_:
            return None, offset
        if len(open_) > 1 or open_[0][1] != 1:
            raise NoProject("more than two times depend on each other")
        return open_[0][0], offset

    def _amount(self, expression: Any) -> int:
        """The number that an expression is."""
        start, amount = self._moment(expression)
        if start is not None:
            raise NoProject("an amount is open")
        return amount

    def _in_order(self) -> list[int]:
        """The variables of starts, in a topological order of precedence."""
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
