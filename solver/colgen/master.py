"""The restricted master problem: the linear program over the columns known so far, and its duals.

There is one row for each duty, whose headcount cost is a piecewise linear function (its convex
hull), and one convexity row for each person.
"""

import copy
import itertools
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache

import highspy
import numpy as np

from solver.arrays import Ints, Longs
from solver.colgen.column_pool import Column, Span, duties_between
from solver.colgen.params import MasterParams
from solver.highs import QuietHighs
from solver.network.headcount_costs import HeadcountCosts
from solver.network.networks import RosterNetwork
from solver.network.work_meter import Meter


class LpUnfinished(Exception):
    """The linear program was not solved in time."""


def _solver() -> highspy.Highs:
    """HiGHS on one thread, silent, and without presolve, which would lose the basis."""
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
        params: MasterParams = MasterParams(),
    ) -> None:
        """A master without columns yet.

        Args:
            networks: everybody's.
            people: whose columns are chosen.
            duties: what they cost by headcount.
            headcounts: of everybody else; with a span, also of all people on duties of other days.
            meter: counts the work.
            left: tells how many seconds are left on the clock.
            own: what everybody else's paths cost them, so that values are of whole rosters.
            span: the days that are open, if not all are.
            params: how it is solved.

        Raises:
            LpUnfinished: from `solve`, when no time is left.
        """
        self.meter = meter
        self.left = left
        self.people = list(people)
        self.active = list(people)
        """Those whose column is not fixed yet."""
        self.fixed: dict[int, Column] = {}
        self.stability_center: Ints | None = None
        """The duals of the best bound so far."""
        self.bound = -float("inf")
        """The best bound so far, in path units; it holds whatever is fixed later."""
        self.headcounts = headcounts
        self._params = params
        self._duties = duties
        self._most = len(self.people)
        self._dearest = self._params.dearest // networks[0].days
        first, last = span or (0, networks[0].days)
        self.used = np.unique(
            np.concatenate([duties_between(networks[p].tables, first, last) for p in people])
        )
        """The duties with a row."""
        self._rows = np.full(len(headcounts), -1, np.int64)
        """[duty] -> row, or -1."""
        self._rows[self.used] = np.arange(len(self.used))
        self._elsewhere = own + self._cost_elsewhere()
        """What nobody here changes."""
        self._lp = _solver()
        self._add_rows()
        self.columns: list[tuple[int, Column] | None] = []
        """The LP's columns: (person, column), None for those that are no path."""
        self.by_person: dict[int, list[int]] = {person: [] for person in people}
        """Places in `columns`."""
        self._known: set[int] = set()
        self._exact = False
        self._add_segments()
        for person in people:
            self._add_missing(person)

    def _cost_elsewhere(self) -> int:
        """What the duties without a row cost."""
        duties, others = self._duties, self._rows < 0
        places = duties.first_price[:-1][others] + self.headcounts[others]
        return int(duties.price[places].sum(dtype=np.int64))

    def _add_rows(self) -> None:
        """One row for each duty, and a convexity row for each person."""
        empty = np.zeros(0, np.int32)
        for number, side in ((len(self.used), 0.0), (len(self.people), 1.0)):
            sides = np.full(number, side)
            begins = np.zeros(number, np.int32)
            self._lp.addRows(number, sides, sides, 0, begins, empty, np.zeros(0))
        self._place = {person: len(self.used) + n for n, person in enumerate(self.people)}
        """[person] -> convexity row."""

    def _add_segments(self) -> None:
        """What each duty costs by headcount, as columns: one for each segment of its convex
        hull."""
        self._constant = self._elsewhere
        scale = self._duties.scale
        for duty in self.used:
            first = int(self._duties.first_price[duty] + self.headcounts[duty])
            prices = self._duties.price[first : first + self._most + 1]
            self._constant += int(prices[0])
            for rise, length in _hull_segments(prices.tobytes()):
                self._lp.addCol(
                    rise / scale,
                    0.0,
                    float(length),
                    1,
                    np.array([self._rows[duty]], np.int32),
                    np.array([-1.0]),
                )
                self.columns.append(None)

    def _add_missing(self, person: int) -> None:
        """An artificial column: the person has no path."""
        place = np.array([self._place[person]], np.int32)
        self._lp.addCol(self._params.missing, 0.0, 1.0, 1, place, np.ones(1))
        self.columns.append(None)

    def add(self, person: int, column: Column) -> bool:
        """Offer a column; whether it is new here."""
        if id(column) in self._known:
            return False
        self._known.add(id(column))
        self.by_person[person].append(len(self.columns))
        self.columns.append((person, column))
        return True

    def _hand_over(self) -> None:
        """Give the LP the columns that were added since the last time, all at once: one call for
        each takes as long as finding it."""
        new = [found for found in self.columns[self._lp.getNumCol() :] if found is not None]
        if not new:
            return
        lengths = [len(column.duties) for _, column in new]
        # The person's row comes after those of the duties.
        ends = np.cumsum(lengths)
        rows = np.insert(
            self._rows[np.concatenate([column.duties for _, column in new])],
            ends,
            [self._place[person] for person, _ in new],
        ).astype(np.int32)
        begins = np.concatenate([[0], (ends + np.arange(1, len(new) + 1))[:-1]]).astype(np.int32)
        self._lp.addCols(
            len(new),
            np.array([column.cost / self._duties.scale for _, column in new]),
            np.zeros(len(new)),
            np.full(len(new), highspy.kHighsInf),
            len(rows),
            begins,
            rows,
            np.ones(len(rows)),
        )

    @property
    def rough(self) -> bool:
        """Whether it is still solved roughly, by an interior point method."""
        return not self._exact and len(self.used) >= self._params.interior_rows

    def solve(self, *, dual: bool = False) -> float:
        """The LP's value, approximately if `rough`.

        From the last basis, the primal simplex goes on after new columns, and the dual simplex
        (`dual`) after columns were fixed.

        Raises:
            LpUnfinished: no time is left.
        """
        if self.rough:
            return self._interior_point(self._params.rough_tolerance, crossover=False)
        self._exact = True
        self._lp.setOptionValue("solver", "simplex")
        self._lp.setOptionValue("simplex_strategy", 1 if dual else 4)
        return self._run()

    def settle(self) -> float:
        """The exact value, where it was solved roughly so far."""
        self._interior_point(self._params.exact_tolerance, crossover=True)
        self._exact = True
        return self.solve()

    def _interior_point(self, tolerance: float, *, crossover: bool) -> float:
        self._lp.setOptionValue("solver", "ipx")
        self._lp.setOptionValue("run_crossover", "on" if crossover else "off")
        self._lp.setOptionValue("ipm_optimality_tolerance", tolerance)
        return self._run()

    def _run(self) -> float:
        self._hand_over()
        lp = self._lp
        lp.setOptionValue("time_limit", lp.getRunTime() + max(0.01, self.left()))
        lp.run()
        info = lp.getInfo()
        self.meter.linear_program(
            pivots=info.simplex_iteration_count,
            rows=lp.getNumRow(),
            interior_steps=info.ipm_iteration_count,
            entries=lp.getNumNz(),
        )
        status = lp.getModelStatus()
        # What is not exact enough for an optimum still has duals, and any duals prove a bound.
        imprecise = not self._exact and status == highspy.HighsModelStatus.kUnknown
        if status != highspy.HighsModelStatus.kOptimal and not imprecise:
            raise LpUnfinished
        if not np.isfinite(np.array(lp.getSolution().row_dual)).all():
            raise LpUnfinished
        return float(info.objective_function_value) + self._constant / self._duties.scale

    def duals(self) -> tuple[Ints, dict[int, float]]:
        """[duty] -> what a path pays for it, in whole path units (the dual with the sign turned);
        and each person's dual, in units of the priority's cost."""
        row_duals = np.array(self._lp.getSolution().row_dual)
        duals = np.zeros(len(self._rows), np.int32)
        # Any duals prove a bound, so those beyond what a path can add up are cut.
        wanted = np.rint(-row_duals[: len(self.used)] * self._duties.scale)
        duals[self.used] = np.clip(wanted, -self._dearest, self._dearest)
        return duals, {person: float(row_duals[place]) for person, place in self._place.items()}

    def prove(self, bound: int, duals: Ints) -> bool:
        """Keep a bound, and its duals as the stability centre, if it is the best; whether it is."""
        if bound <= self.bound:
            return False
        self.bound, self.stability_center = bound, duals
        return True

    def choose(self, seconds: float) -> dict[int, Column] | None:
        """The best roster of these columns that branch and bound finds in some seconds (the
        restricted master heuristic), or None."""
        self._hand_over()
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
        """To what extent each column is taken: the fractional solution."""
        return np.array(self._lp.getSolution().col_value)

    def column(self, place: int) -> Column:
        """The path's column at a place in `columns`."""
        found = self.columns[place]
        assert found is not None
        return found[1]

    def fix(self, person: int, place: int) -> None:
        """Fix a person's column, given by its place in `columns`."""
        self._hand_over()
        self.fixed[person] = self.column(place)
        self.active.remove(person)
        for other in self.by_person[person]:
            if other != place:
                self._lp.changeColBounds(other, 0.0, 0.0)
        self._lp.changeColBounds(place, 1.0, 1.0)

    def prune(self, most: int) -> None:
        """Keep `most` columns of each person, those of least reduced cost, and the basic ones."""
        reduced_costs = np.array(self._lp.getSolution().col_dual)
        basic = highspy.HighsBasisStatus.kBasic
        is_basic = np.array([status == basic for status in self._lp.getBasis().col_status])
        stays = np.array([column is None for column in self.columns]) | is_basic
        for person in self.active:
            places = self.by_person[person]
            stays[sorted(places, key=lambda n: reduced_costs[n])[:most]] = True
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
        """The same LP, solved from the basis of this one."""
        other = copy.copy(self)
        other.detach()
        other.solve()
        return other

    def detach(self) -> None:
        """Share nothing any more with the master that this one was copied from."""
        self.active, self.fixed = list(self.active), dict(self.fixed)
        self.columns, self._known = list(self.columns), set(self._known)
        self.by_person = {person: list(places) for person, places in self.by_person.items()}
        self._hand_over()
        solver = _solver()
        solver.passModel(self._lp.getLp())
        solver.setBasis(self._lp.getBasis())
        self._lp = solver

    @cached_property
    def _costs(self) -> Longs:
        """[duty with a row, people] -> what it costs with each number of these people."""
        first = self._duties.first_price[self.used] + self.headcounts[self.used]
        places = first[:, None] + np.arange(self._most + 1)
        costs: Longs = self._duties.price[places].astype(np.int64)
        return costs

    def settled_bound(self, duals: Ints) -> int:
        """What all but the people not yet fixed costs at least at some duals: the part of the
        Lagrangian bound that needs no paths, in path units."""
        people = np.arange(self._most + 1)
        paid = duals[self.used].astype(np.int64)[:, None] * people
        whole = self._elsewhere + int((self._costs - paid).min(1).sum())
        for column in self.fixed.values():
            whole += column.cost + int(duals[column.duties].sum())
        return whole


@lru_cache(10_000)
def _hull_segments(costs: bytes) -> tuple[tuple[float, int], ...]:
    """The largest convex function below some costs, as segments (rise, length) with ascending
    rises. Cached, since many duties cost the same."""
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
