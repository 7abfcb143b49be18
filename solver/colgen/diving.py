"""Column generation and the diving heuristic: pricing finds columns for the restricted master, and
a dive fixes one person after another until the roster is whole.

Column generation by shortest paths, and diving as in Strandmark, Qu and Curtois (Computers &
Operations Research 120, 2020). Bounds are computed in whole numbers from the paths (Lagrange).
"""

from collections.abc import Callable, Sequence

import numpy as np

from solver.arrays import Ints
from solver.colgen.column_pool import KEPT, Column, ColumnPool
from solver.colgen.master import RestrictedMaster
from solver.colgen.pricing import PricedPaths
from solver.network.headcount_costs import HeadcountCosts
from solver.network.networks import RosterNetwork

NEAR_ONE = 0.7
"""A column that the program takes to this extent is taken."""

CERTAIN = 0.999
"""Fixing such columns only changes nothing, so that no new ones are needed."""

SMOOTHING = (0.85, 0.7, 0.35, 0.0)
"""Dual smoothing: how far query duals stay near the stability centre, which damps their swings.
Each person is priced at all of them: a path takes a fraction of the time of an LP solve, and more
paths mean fewer solves."""

GAP = 0.5
"""Costs are whole, so that a bound within this of the program's value is as good as the value."""

CHANCE = 0.3
"""How much of a column's rank is left to chance, where dives are to differ."""

CROWDED, CROWDED_ANYWAY = 80, 500
"""Columns of each person not yet settled, and besides, beyond which only the likeliest are kept."""

PATIENCE = 3.0
"""How much longer than the average new columns may be looked for after a fixing, in a dive that
has to end in time."""


class Diving:
    """Column generation and dives over some people, the rest of the roster fixed."""

    def __init__(
        self,
        networks: Sequence[RosterNetwork],
        duties: HeadcountCosts,
        pool: ColumnPool,
        price: Callable[[Sequence[int], Ints, Ints], PricedPaths],
        clock: Callable[[], float],
    ) -> None:
        """`price` prices some people at the query duals, and at the LP duals too; `clock`
        tells the seconds."""
        self._networks = networks
        self._duties = duties
        self._pool = pool
        self._price = price
        self._clock = clock

    def gather(self, people: Sequence[int], query_duals: Ints) -> None:
        """Keep everybody's cheapest path at some duals."""
        priced = self._price(people, query_duals, query_duals)
        for n in priced.found.tolist():
            self._add(priced, n)

    def relax(
        self,
        master: RestrictedMaster,
        *,
        stop: Callable[[], bool],
        cutoff: float = float("inf"),
        bounded: Callable[[int], None] | None = None,
    ) -> float:
        """Column generation over the people not yet fixed; the program's value.

        `bounded` is told of each proved bound in path units. Ends when nothing new is found, the
        bound is within half a unit of the value, or beyond the cutoff: then that is returned.
        """
        scale = self._duties.scale
        began = self._clock()
        value = master.solve()
        while not stop():
            if master.bound / scale > (cutoff if master.rough else min(value - GAP, cutoff)):
                return max(value, master.bound / scale)
            if self._find(master, bounded, self._clock() - began):
                began = self._clock()
                value = master.solve()
            elif master.rough:
                value = master.settle()
            else:
                break
        return value

    def _find(
        self, master: RestrictedMaster, bounded: Callable[[int], None] | None, seconds: float
    ) -> bool:
        """Offer new columns that the program needs; whether there were any. Once there are, no more
        are looked for than in the `seconds` that the program takes."""
        lp_duals, paid = master.duals()
        found_any = False
        scale = self._duties.scale
        until = self._clock() + seconds
        for query_duals in self._attempts(master, lp_duals):
            priced = self._price(master.active, query_duals, lp_duals)
            enough = np.array([paid[person] for person in master.active]) * scale - 1
            worth_it = priced.worths < enough
            for n in priced.found.tolist():
                if self._pool.span is not None and not worth_it[n]:
                    continue
                column = self._add(priced, n)
                # Each price is rounded, so that only more than that is worth something.
                if priced.worths[n] < enough[n] - len(column.duties):
                    found_any |= master.add(int(priced.people[n]), column)
            if priced.bound is not None:
                bound = master.settled_bound(query_duals) + priced.bound
                if bound > master.bound:
                    master.bound, master.stability_center = bound, query_duals
                    if bounded is not None:
                        bounded(bound)
            if found_any and self._clock() > until:
                break
        return found_any

    def _add(self, priced: PricedPaths, place: int) -> Column:
        person = int(priced.people[place])
        return self._pool.add(person, priced.paths[person], int(priced.costs[place]))

    def _attempts(self, master: RestrictedMaster, lp_duals: Ints) -> list[Ints]:
        """Prices near the best ones so far, and those of the program itself."""
        if master.stability_center is None:
            return [lp_duals]
        center = master.stability_center
        return [np.rint(s * center + (1 - s) * lp_duals).astype(np.int32) for s in SMOOTHING]

    def dive(
        self,
        master: RestrictedMaster,
        *,
        seconds: float,
        stop: Callable[[], bool],
        cutoff: float,
        rng: np.random.Generator | None = None,
    ) -> dict[int, Column] | None:
        """Fix people one by one; everybody's column, or None if it cannot get below the cutoff.

        After each fixing the program is brought to its optimum again: columns that are missing
        then are what makes a dive end badly. `seconds` is how long it may take; with `rng`,
        who is next is decided by chance in part.
        """
        end = self._clock() + seconds
        while True:
            certain = self._fix_likeliest(master, rng)
            if stop():
                return None
            if not master.active:
                return master.fixed
            value = master.solve(dual=True)
            if not certain:
                # Only with new columns for the others is it known what the fixing costs.
                if len(master.columns) > CROWDED * len(master.active) + CROWDED_ANYWAY:
                    master.prune(KEPT)
                now = self._clock()
                enough = now + (end - now) * min(0.5, PATIENCE / len(master.active))
                value = self.relax(
                    master,
                    stop=lambda enough=enough: stop() or self._clock() >= enough,  # type: ignore[misc]
                    cutoff=cutoff,
                )
            if value >= cutoff:
                return None

    def _fix_likeliest(self, master: RestrictedMaster, rng: np.random.Generator | None) -> bool:
        """Fix the person whose column is taken to the largest extent, and all that are nearly
        taken; whether that changes nothing."""
        values = master.values()
        best: list[tuple[float, float, int, int]] = []
        for person in master.active:
            place = max(master.by_person[person], key=lambda n: values[n])
            value = rank = float(values[place])
            if rng is not None and value < CERTAIN:
                rank *= 1 - CHANCE * rng.random()
            best.append((rank, value, place, person))
        best.sort(reverse=True)
        certain = True
        for rank, value, place, person in best:
            if rank < NEAR_ONE and place != best[0][2]:
                break
            certain = certain and value >= CERTAIN
            master.fix(person, place)
        return certain
