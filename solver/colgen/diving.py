"""Column generation with dual smoothing, and the diving heuristic: a dive fixes one person after
another until the roster is whole.

Column generation by shortest paths, and diving, as in Strandmark, Qu and Curtois (Computers &
Operations Research 120, 2020). Dual smoothing (stabilisation) as in Pessoa et al., Automation and
combination of linear-programming based stabilization techniques in column generation (INFORMS
Journal on Computing 30, 2018). Bounds are Lagrangian, computed in whole numbers from the paths.
"""

from collections.abc import Callable, Sequence

import numpy as np

from solver.arrays import Ints
from solver.colgen.column_pool import Column, ColumnPool
from solver.colgen.master import RestrictedMaster
from solver.colgen.params import DivingParams
from solver.colgen.pricing import PricedPaths
from solver.network.headcount_costs import HeadcountCosts
from solver.network.networks import RosterNetwork


class Diving:
    """Column generation and dives over some people, the rest of the roster fixed."""

    def __init__(
        self,
        networks: Sequence[RosterNetwork],
        duties: HeadcountCosts,
        pool: ColumnPool,
        price: Callable[[Sequence[int], Ints, Ints], PricedPaths],
        clock: Callable[[], float],
        params: DivingParams = DivingParams(),
    ) -> None:
        """`price` is a pricer's call: people, query duals, LP duals; `clock` tells seconds."""
        self._networks = networks
        self._duties = duties
        self._pool = pool
        self._price = price
        self._clock = clock
        self._params = params

    def gather(self, people: Sequence[int], duals: Ints) -> None:
        """Put everybody's cheapest path at some duals into the pool."""
        priced = self._price(people, duals, duals)
        for n in priced.found.tolist():
            self._add(priced, n)

    def relax(
        self,
        master: RestrictedMaster,
        *,
        stop: Callable[[], bool],
        cutoff: float = float("inf"),
        bounded: Callable[[int], None] | None = None,
        guess: Ints | None = None,
    ) -> float:
        """Column generation over the people not yet fixed; the LP's value.

        With `guess`, duals that may be near the optimum are the first stability centre: those of
        an LP with few columns are far from it.

        `bounded` receives each better proved bound, in path units. Ends when pricing finds no
        column, when the bound is within half a unit of the value, or when it is beyond the cutoff;
        then the bound is returned.
        """
        scale = self._duties.scale
        began = self._clock()
        if guess is not None and master.stability_center is None:
            self._ask(master, guess, bounded)
        value = master.solve()
        while not stop():
            enough = cutoff if master.rough else min(value - self._params.gap, cutoff)
            if master.bound / scale > enough:
                return max(value, master.bound / scale)
            if self._generate(master, bounded, self._clock() - began):
                began = self._clock()
                value = master.solve()
            elif master.rough:
                value = master.settle()
            else:
                break
        return value

    def _generate(
        self, master: RestrictedMaster, bounded: Callable[[int], None] | None, seconds: float
    ) -> bool:
        """Offer columns of negative reduced cost to the master; whether there were any.

        Once there are, pricing ends when it has taken `seconds`, the time of the LP solve.
        """
        lp_duals, paid = master.duals()
        found_any = False
        scale = self._duties.scale
        until = self._clock() + seconds
        for query_duals in self._smoothed(master, lp_duals):
            priced = self._price(master.active, query_duals, lp_duals)
            enough = np.array([paid[person] for person in master.active]) * scale - 1
            worth_it = priced.worths < enough
            for n in priced.found.tolist():
                if self._pool.span is not None and not worth_it[n]:
                    continue
                column = self._add(priced, n)
                # Each dual is rounded, so that only more than that is a negative reduced cost.
                if priced.worths[n] < enough[n] - len(column.duties):
                    found_any |= master.add(int(priced.people[n]), column)
            self._prove(master, query_duals, priced, bounded)
            if found_any and self._clock() > until:
                break
        return found_any

    def _ask(
        self,
        master: RestrictedMaster,
        duals: Ints,
        bounded: Callable[[int], None] | None,
    ) -> None:
        """Offer everybody's cheapest path at some duals to the master, and keep what they prove."""
        priced = self._price(master.active, duals, duals)
        for n in priced.found.tolist():
            master.add(int(priced.people[n]), self._add(priced, n))
        self._prove(master, duals, priced, bounded)

    def _prove(
        self,
        master: RestrictedMaster,
        duals: Ints,
        priced: PricedPaths,
        bounded: Callable[[int], None] | None,
    ) -> None:
        if priced.bound is not None:
            bound = master.settled_bound(duals) + priced.bound
            if master.prove(bound, duals) and bounded is not None:
                bounded(bound)

    def _add(self, priced: PricedPaths, place: int) -> Column:
        person = int(priced.people[place])
        return self._pool.add(person, priced.paths[person], int(priced.costs[place]))

    def _smoothed(self, master: RestrictedMaster, lp_duals: Ints) -> list[Ints]:
        """Query duals: near the stability centre at first, and those of the LP at last."""
        center = master.stability_center
        if center is None:
            return [lp_duals]
        return [
            np.rint(share * center + (1 - share) * lp_duals).astype(np.int32)
            for share in self._params.smoothing
        ]

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

        After each fixing the LP is solved to its optimum again, with new columns: those that are
        missing then are what makes a dive end badly. It may take `seconds`; with `rng`, the order
        of fixing is left to chance in part.
        """
        params = self._params
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
                crowd = params.crowded * len(master.active) + params.crowded_anyway
                if len(master.columns) > crowd:
                    master.prune(self._pool.params.kept)
                now = self._clock()
                enough = now + (end - now) * min(0.5, params.patience / len(master.active))
                value = self.relax(
                    master,
                    stop=lambda enough=enough: stop() or self._clock() >= enough,  # type: ignore[misc]
                    cutoff=cutoff,
                )
            if value >= cutoff:
                return None

    def _fix_likeliest(self, master: RestrictedMaster, rng: np.random.Generator | None) -> bool:
        """Fix the person whose column is taken to the largest extent, and all whose column is
        nearly taken; whether that changes nothing."""
        params = self._params
        values = master.values()
        best: list[tuple[float, float, int, int]] = []
        for person in master.active:
            place = max(master.by_person[person], key=lambda n: values[n])
            value = rank = float(values[place])
            if rng is not None and value < params.certain:
                rank *= 1 - params.chance * rng.random()
            best.append((rank, value, place, person))
        best.sort(reverse=True)
        certain = True
        for rank, value, place, person in best:
            if rank < params.near_one and place != best[0][2]:
                break
            certain = certain and value >= params.certain
            master.fix(person, place)
        return certain
