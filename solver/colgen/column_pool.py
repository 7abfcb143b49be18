"""The column pool: whole paths of people, among which restricted masters choose."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from solver.arrays import Ints
from solver.colgen.params import PoolParams
from solver.network.networks import RosterNetwork
from solver.network.shortest_path import PathTables, own_cost

Span = tuple[int, int]
"""A window of days: the first, and the day after the last."""


@dataclass(frozen=True)
class Column:
    """One person's whole path."""

    path: Ints
    """[day] -> option."""
    cost: int
    """What it costs its person, in path units."""
    duties: Ints
    """Those on the path; of the pool's span only, where it has one."""


def duties_of(t: PathTables, options: Ints) -> Ints:
    """The duties of some options."""
    first, last = t.first_duty[options], t.first_duty[options + 1]
    if (last - first).max(initial=0) <= 1:
        return t.duty[first[last > first]]
    return np.concatenate([t.duty[a:b] for a, b in zip(first, last, strict=True)])


@dataclass
class ColumnPool:
    """All columns found so far, by person."""

    networks: Sequence[RosterNetwork]
    span: Span | None = None
    """With a span, duties of other days are left out, since all columns are alike there."""
    params: PoolParams = field(default_factory=PoolParams)
    columns: list[dict[bytes, Column]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.columns = [{} for _ in self.networks]
        days = max(1, len(self.networks) * self.networks[0].days)
        self.most = max(self.params.kept, self.params.remembered_days // days)
        """Columns of a person; the oldest ones are forgotten."""

    def add(self, person: int, path: Ints, cost: int | None = None) -> Column:
        """A path as a column; `cost` is what it costs its person, where that is known."""
        inside = path if self.span is None else path[slice(*self.span)]
        key = inside.tobytes()
        known = self.columns[person].get(key)
        if known is not None:
            return known
        t = self.networks[person].tables
        if cost is None:
            cost = int(own_cost(t, path))
        column = Column(path.copy(), cost, duties_of(t, inside))
        columns = self.columns[person]
        if len(columns) >= self.most:
            for oldest in list(columns)[: 1 + len(columns) // 4]:
                columns.pop(oldest, None)
        columns[key] = column
        return column

    def recent(self, person: int, most: int) -> list[Column]:
        """A person's columns that were found last."""
        return list(self.columns[person].values())[-most:]


def duties_between(t: PathTables, first: int, last: int) -> Ints:
    """The duties that a person can have from one day up to, but without, another."""
    return t.duty[t.first_duty[t.first_option[first]] : t.first_duty[t.first_option[last]]]
