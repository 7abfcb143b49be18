"""A project in minutes and variables, and its tables in units of time for the compiled core."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from solver.arrays import Ints
from solver.cpsat.propagation import Propagated
from solver.rcpsp.list_kernel import ProjectTables


class NoProject(Exception):
    """More is to be chosen than starts, or something else is asked of them."""


@dataclass(frozen=True)
class ResourceUse:
    """An amount of a resource, from some minutes after a start to others; from one minute of the
    horizon to another where the start is fixed."""

    resource: int
    begin: int
    end: int
    amount: int


@dataclass(frozen=True)
class Project:
    """A resource-constrained project scheduling problem (RCPSP), by the variables of a model."""

    jobs: Sequence[int]
    """Variables of starts, in a topological order of precedence."""
    lags: Mapping[tuple[int, int], int]
    """(earlier start, later start) to the least minutes from one to the other."""
    terms: Mapping[tuple[int, int], int]
    """(start, cost term) to the minutes by which the term is at least above the start."""
    costs: Mapping[int, int]
    """Cost term, a variable of the objective, to what a unit of it costs."""
    uses: Mapping[int, Sequence[ResourceUse]]
    """Start to what its job uses."""
    fixed_uses: Sequence[ResourceUse]
    capacities: Sequence[int]
    """The capacity of each resource."""
    domains: Propagated
    """What each variable may be."""


class TableBuilder:
    """Builds the tables of a project, with a unit of time as large as its numbers allow.

    Raises:
        NoProject: it has too many moments for tables of capacities.
    """

    def __init__(self, project: Project, most_moments: int) -> None:
        self._project = project
        self._most_moments = most_moments
        self._number = {variable: job for job, variable in enumerate(project.jobs)}
        self._ranges = [project.domains.ranges(x) for x in project.jobs]
        self._all_uses = [use for uses in project.uses.values() for use in uses]
        self.base = min(project.domains.least(x) for x in project.jobs)
        """The minute at which time begins in the tables."""
        self.unit = _unit(self.base, self._ranges, self._all_uses)
        # Before the first start things are got ready, after the last they are cleared away.
        self._ahead = max([0, *(-use.begin for use in self._all_uses)])
        self._uses = [
            [self._in_units(use) for use in project.uses.get(x, ())] for x in project.jobs
        ]
        self._predecessors: list[list[tuple[int, int]]] = [[] for _ in project.jobs]
        self._successors: list[list[tuple[int, int]]] = [[] for _ in project.jobs]
        for (one, other), least in project.lags.items():
            first, then, lag = self._number[one], self._number[other], -(-least // self.unit)
            self._predecessors[then].append((first, lag))
            self._successors[first].append((then, lag))

    def tables(self) -> ProjectTables:
        """The tables."""
        domains, costs = self._project.domains, self._project.costs
        first_predecessor, predecessor, predecessor_lag = _columns(self._predecessors, 2)
        first_successor, successor, successor_lag = _columns(self._successors, 2)
        first_use, resource, use_from, use_until, use_amount = _columns(self._uses, 4)
        ranges = [_joined(ranges, self.base, self.unit) for ranges in self._ranges]
        first_range, range_low, range_high = _columns(ranges, 2)
        first_term, term, term_plus = _columns(self._terms(), 2)
        return ProjectTables(
            first_predecessor=first_predecessor,
            predecessor=predecessor,
            predecessor_lag=predecessor_lag,
            first_successor=first_successor,
            successor=successor,
            successor_lag=successor_lag,
            first_use=first_use,
            resource=resource,
            use_from=use_from,
            use_until=use_until,
            use_amount=use_amount,
            first_range=first_range,
            range_low=range_low,
            range_high=range_high,
            first_term=first_term,
            term=term,
            term_plus=term_plus,
            rank=np.arange(len(self._project.jobs), dtype=np.int32),
            tail=self._tails(),
            capacity=self._capacity(),
            term_low=np.array([domains.least(x) for x in costs], np.int64),
            term_high=np.array([domains.most(x) for x in costs], np.int64),
            weight=np.array(list(costs.values()), np.int64),
            unit=self.unit,
        )

    def earliest_starts(self) -> Ints:
        """The start of each job were there enough of every resource."""
        starts: list[int] = []
        for job, variable in enumerate(self._project.jobs):
            known = (starts[one] + lag for one, lag in self._predecessors[job])
            low = (self._project.domains.least(variable) - self.base) // self.unit
            starts.append(max([low, *known]))
        return np.array(starts, np.int32)

    def _in_units(self, use: ResourceUse) -> tuple[int, int, int, int]:
        begin, end = use.begin + self._ahead, use.end + self._ahead
        return use.resource, begin // self.unit, end // self.unit, use.amount

    def _terms(self) -> list[list[tuple[int, int]]]:
        """The cost terms of each job, with the minutes by which they are above its start."""
        place = {variable: n for n, variable in enumerate(self._project.costs)}
        found: list[list[tuple[int, int]]] = [[] for _ in self._project.jobs]
        for (start, term), least in self._project.terms.items():
            found[self._number[start]].append((place[term], least + self.base))
        return found

    def _tails(self) -> Ints:
        """The time from each job's start to the end of all that must follow it."""
        tails = [0] * len(self._uses)
        for job in reversed(range(len(tails))):
            mine = [until - begin for _, begin, until, _ in self._uses[job]]
            after = [lag + tails[other] for other, lag in self._successors[job]]
            tails[job] = max([0, *mine, *after])
        return np.array(tails, np.int32)

    def _capacity(self) -> Ints:
        """[resource, moment] -> how much fixed uses leave of it."""
        project = self._project
        last = max(project.domains.most(x) for x in project.jobs)
        behind = max([0, *(use.end for use in self._all_uses)])
        moments = (self._ahead + last - self.base + behind) // self.unit + 1
        if len(project.capacities) * moments > self._most_moments:
            raise NoProject("too many moments")
        left = np.repeat(np.array(project.capacities, np.int32)[:, None], moments, axis=1)
        for use in project.fixed_uses:
            begin, end = (minute - self.base + self._ahead for minute in (use.begin, use.end))
            left[use.resource, max(0, begin // self.unit) : max(0, -(-end // self.unit))] -= (
                use.amount
            )
        return left


def _unit(base: int, ranges: Iterable[list[tuple[int, int]]], uses: Iterable[ResourceUse]) -> int:
    """The largest unit of which all starts, and all times of use, are multiples."""
    numbers = {m for use in uses for m in (use.begin, use.end)}
    for some in ranges:
        numbers |= {bound - base for pair in some for bound in pair}
        numbers |= {1 for low, high in some if low < high}
    return math.gcd(*numbers) or 1


def _joined(ranges: list[tuple[int, int]], base: int, unit: int) -> list[tuple[int, int]]:
    """Ranges in units; those that touch become one."""
    found: list[tuple[int, int]] = []
    for low, high in ranges:
        first, last = (low - base) // unit, (high - base) // unit
        if found and found[-1][1] == first - 1:
            first = found.pop()[0]
        found.append((first, last))
    return found


def _columns(rows: Sequence[Sequence[tuple[int, ...]]], width: int) -> list[Ints]:
    """Where each row's entries begin, and one more at the end; and the entries' columns."""
    firsts = np.cumsum([0, *map(len, rows)]).astype(np.int32)
    entries = np.array([entry for row in rows for entry in row], np.int32).reshape(-1, width)
    return [firsts, *np.ascontiguousarray(entries.T)]
