"""The linear program over columns, and the prices that it gives to duties."""

import copy
import itertools
from collections.abc import Callable, Sequence
from functools import lru_cache

import highspy
import numpy as np

from solver.arrays import Ints
from solver.colgen.column_pool import Column, Span, duties_between
from solver.highs import QuietHighs
from solver.network.headcount_costs import HeadcountCosts
from solver.network.networks import RosterNetwork
from solver.network.work_meter import Meter

BARRIER = 800
"""Rows from which a program is first solved roughly by an interior point method, over and over: its
prices are central, so that they need fewer rounds, and no round depends on the last one's."""

ROUGHLY, EXACTLY = 1e-3, 1e-7
"""How exact that method is at first, and before its answer is made a vertex."""

MISSING = 2.0**20
"""What it costs the program to leave a person without a path, in units of the priority's cost."""

SECONDS_PER_PIVOT_ROW = 1e-7
"""What a step of the simplex method takes for each row, roughly."""

SECONDS_PER_ENTRY = 4e-8
"""What a step of the interior point method takes for each entry of the matrix, roughly."""

SECONDS_PER_PROGRAM = 1e-3
"""What a program takes besides."""

DEAREST = 2**28
"""What a path may pay for its duties at the most, so that its costs stay whole and possible."""


class LpUnfinished(Exception):
    """The linear program was not solved in time."""


def _solver() -> highspy.Highs:
    """HiGHS as it is wanted here."""
    solver = QuietHighs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("presolve", "off")
    return solver


class RestrictedMaster:
    """The linear program over the columns of some people, everybody else's headcounts given."""

    def __init__(
        self,
        networks: Sequence[RosterNetwork],
        people: Sequence[int],
        duties: HeadcountCosts,
        headcounts: Ints,
        meter: Meter,
        left: Callable[[], float],
        *,
        own: int = 0,
        span: Span | None = None,
    ) -> None:
        """`own` is what everybody else's paths cost them, so that values are of whole rosters;
        `left` tells how many seconds there are on the clock. With a span, only its days are open,
        and `headcounts` holds whoever is on a duty of other days.

        Raises:
            LpUnfinished: from `solve`, when they have gone by.
        """
        self.meter = meter
        self.left = left
        self.people = list(people)
        self.active = list(people)
        """Those whose column is not settled yet."""
        self.fixed: dict[int, Column] = {}
        self.stability_center: Ints | None = None
        """The prices of the best bound so far."""
        self.bound = -float("inf")
        """The best bound so far, in path units; it holds whatever is fixed later."""
        self._duties = duties
        self._most = len(self.people)
        self._dearest = DEAREST // networks[0].days
        first, last = span or (0, networks[0].days)
        used = np.unique(
            np.concatenate([duties_between(networks[p].tables, first, last) for p in people])
        )
        self._rows = np.full(len(headcounts), -1, np.int64)
        self._rows[used] = np.arange(len(used))
        self.used = used
        self.headcounts = headcounts
        others = self._rows < 0
        self._elsewhere = own + int(
            duties.price[duties.first_price[:-1][others] + headcounts[others]].sum(dtype=np.int64)
        )
        """What nobody here changes."""
        self._lp = _solver()
        zero = np.zeros(len(used))
        empty = np.zeros(0, np.int32)
        self._lp.addRows(
            len(used), zero, zero, 0, np.zeros(len(used), np.int32), empty, np.zeros(0)
        )
        one = np.ones(len(people))
        self._lp.addRows(
            len(people), one, one, 0, np.zeros(len(people), np.int32), empty, np.zeros(0)
        )
        self._place = {person: len(used) + n for n, person in enumerate(people)}
        self.columns: list[tuple[int, Column] | None] = []
        self.by_person: dict[int, list[int]] = {person: [] for person in people}
        self._known: set[int] = set()
        self._exact = False
        self._segments(len(people))
        for person in people:
            self._missing(person)

    def _segments(self, people: int) -> None:
        """What each duty costs by its people, as columns: a stretch of equal rises each."""
        self._constant = self._elsewhere
        scale = self._duties.scale
        for duty in self.used:
            first = int(self._duties.first_price[duty] + self.headcounts[duty])
            prices = self._duties.price[first : first + people + 1]
            self._constant += int(prices[0])
            for rise, length in _stretches(prices.tobytes()):
                self._lp.addCol(
                    rise / scale,
                    0.0,
                    float(length),
                    1,
                    np.array([self._rows[duty]], np.int32),
                    np.array([-1.0]),
                )
                self.columns.append(None)

    def _missing(self, person: int) -> None:
        place = np.array([self._place[person]], np.int32)
        self._lp.addCol(MISSING, 0.0, 1.0, 1, place, np.ones(1))
        self.columns.append(None)

    def add(self, person: int, column: Column) -> bool:
        """Offer a column; whether it is new to the program."""
        if id(column) in self._known:
            return False
        self._known.add(id(column))
        rows = np.append(self._rows[column.duties], self._place[person]).astype(np.int32)
        self._lp.addCol(
            column.cost / self._duties.scale,
            0.0,
            highspy.kHighsInf,
            len(rows),
            rows,
            np.ones(len(rows)),
        )
        self.by_person[person].append(len(self.columns))
        self.columns.append((person, column))
        return True

    @property
    def rough(self) -> bool:
        """Whether the program is still to be solved roughly."""
        return not self._exact and len(self.used) >= BARRIER

    def solve(self, *, dual: bool = False) -> float:
        """The program's value, if `rough` not quite. After new columns the primal simplex goes on
        from where it was, after columns were fixed the dual one."""
        if self.rough:
            return self._inside(ROUGHLY, crossing=False)
        self._exact = True
        self._lp.setOptionValue("solver", "simplex")
        self._lp.setOptionValue("simplex_strategy", 1 if dual else 4)
        return self._run()

    def settle(self) -> float:
        """The exact value of a program that was solved roughly so far."""
        self._inside(EXACTLY, crossing=True)
        self._exact = True
        return self.solve()

    def _inside(self, tolerance: float, *, crossing: bool) -> float:
        self._lp.setOptionValue("solver", "ipx")
        self._lp.setOptionValue("run_crossover", "on" if crossing else "off")
        self._lp.setOptionValue("ipm_optimality_tolerance", tolerance)
        return self._run()

    def _run(self) -> float:
        lp = self._lp
        lp.setOptionValue("time_limit", lp.getRunTime() + max(0.01, self.left()))
        lp.run()
        info = lp.getInfo()
        self.meter.seconds += (
            SECONDS_PER_PROGRAM
            + info.simplex_iteration_count * lp.getNumRow() * SECONDS_PER_PIVOT_ROW
            + info.ipm_iteration_count * lp.getNumNz() * SECONDS_PER_ENTRY
        )
        status = lp.getModelStatus()
        # What is not exact enough for an optimum still has prices, and any prices prove a bound.
        imprecise = not self._exact and status == highspy.HighsModelStatus.kUnknown
        if status != highspy.HighsModelStatus.kOptimal and not imprecise:
            raise LpUnfinished
        if not np.isfinite(np.array(lp.getSolution().row_dual)).all():
            raise LpUnfinished
        return float(info.objective_function_value) + self._constant / self._duties.scale

    def duals(self) -> tuple[Ints, dict[int, float]]:
        """Each duty's price in path units, whole, and what the program pays for each person."""
        duals = np.array(self._lp.getSolution().row_dual)
        prices = np.zeros(len(self._rows), np.int32)
        # Any prices prove a bound, so those beyond what a path can add up are cut.
        wanted = np.rint(-duals[: len(self.used)] * self._duties.scale)
        prices[self.used] = np.clip(wanted, -self._dearest, self._dearest)
        return prices, {person: float(duals[place]) for person, place in self._place.items()}

    def choose(self, seconds: float) -> dict[int, Column] | None:
        """The best roster of these columns that a branch and bound finds in so many seconds."""
        whole = [place for places in self.by_person.values() for place in places]
        kinds = [highspy.HighsVarType.kInteger] * len(whole)
        self._lp.changeColsIntegrality(len(whole), np.array(whole, np.int32), np.array(kinds))
        self._lp.setOptionValue("presolve", "on")
        self._lp.setOptionValue("time_limit", self._lp.getRunTime() + max(0.01, seconds))
        self._lp.run()
        if (
            self._lp.getInfo().primal_solution_status
            != highspy.SolutionStatus.kSolutionStatusFeasible
        ):
            return None
        values = self.values()
        taken = {}
        for person, places in self.by_person.items():
            place = max(places, key=lambda n: values[n])
            found = self.columns[place]
            if values[place] < 0.5 or found is None:
                return None
            taken[person] = found[1]
        return taken

    def values(self) -> np.ndarray:
        """To what extent each column is taken."""
        return np.array(self._lp.getSolution().col_value)

    def fix(self, person: int, place: int) -> None:
        """A person has this column from now on."""
        found = self.columns[place]
        assert found is not None
        self.fixed[person] = found[1]
        self.active.remove(person)
        for other in self.by_person[person]:
            if other != place:
                self._lp.changeColBounds(other, 0.0, 0.0)
        self._lp.changeColBounds(place, 1.0, 1.0)

    def prune(self, most: int) -> None:
        """Keep only so many columns of each person, those that the program comes nearest to taking,
        and those that it stands on."""
        rises = np.array(self._lp.getSolution().col_dual)
        basic = highspy.HighsBasisStatus.kBasic
        stands_on = np.array([status == basic for status in self._lp.getBasis().col_status])
        stays = np.array([column is None for column in self.columns]) | stands_on
        for person in self.active:
            places = self.by_person[person]
            stays[sorted(places, key=lambda n: rises[n])[:most]] = True
        fixed = {id(column) for column in self.fixed.values()}
        stays |= np.array(
            [column is not None and id(column[1]) in fixed for column in self.columns]
        )
        gone = np.flatnonzero(~stays).astype(np.int32)
        self._lp.deleteCols(len(gone), gone)
        self.columns = [self.columns[n] for n in np.flatnonzero(stays)]
        self._known = {id(column[1]) for column in self.columns if column is not None}
        self.by_person = {person: [] for person in self.people}
        for place, column in enumerate(self.columns):
            if column is not None:
                self.by_person[column[0]].append(place)

    def copy(self) -> "RestrictedMaster":
        """The same program, solved from where this one is."""
        other = copy.copy(self)
        other.detach()
        other.solve()
        return other

    def detach(self) -> None:
        """Share nothing any more with the program that this one was copied from."""
        self.active, self.fixed = list(self.active), dict(self.fixed)
        self.columns, self._known = list(self.columns), set(self._known)
        self.by_person = {person: list(places) for person, places in self.by_person.items()}
        solver = _solver()
        solver.passModel(self._lp.getLp())
        solver.setBasis(self._lp.getBasis())
        self._lp = solver

    def settled_bound(self, prices: Ints) -> int:
        """What all but the people not yet fixed costs at the least, at some prices."""
        people = np.arange(self._most + 1)
        first = self._duties.first_price[self.used] + self.headcounts[self.used]
        costs = self._duties.price[first[:, None] + people].astype(np.int64)
        whole = self._elsewhere + int(
            (costs - prices[self.used].astype(np.int64)[:, None] * people).min(1).sum()
        )
        for column in self.fixed.values():
            whole += column.cost + int(prices[column.duties].sum())
        return whole


@lru_cache(10_000)
def _stretches(costs: bytes) -> tuple[tuple[float, int], ...]:
    """The largest convex function below some costs, as (rise, length), rises in order. Many duties
    cost the same, over and over."""
    prices = np.frombuffer(costs, np.int32).tolist()
    hull: list[int] = []
    for x, price in enumerate(prices):
        while len(hull) >= 2:
            a, b = hull[-2], hull[-1]
            if (prices[b] - prices[a]) * (x - b) >= (price - prices[b]) * (b - a):
                hull.pop()
            else:
                break
        hull.append(x)
    return tuple(((prices[b] - prices[a]) / (b - a), b - a) for a, b in itertools.pairwise(hull))
