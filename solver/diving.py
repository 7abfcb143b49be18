"""Columns of whole paths: a linear program chooses among them, prices find better ones, and a dive
fixes one person after another until the roster is whole.

Column generation by shortest paths, and diving as in Strandmark, Qu and Curtois (Computers &
Operations Research 120, 2020). Bounds are computed in whole numbers from the paths (Lagrange).
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import highspy
import numpy as np

from solver.kernel import IMPOSSIBLE, Dice, Ints, own_cost, respond
from solver.replanning import ROUNDS, STEP, Duties, Meter, Room
from solver.tracks import Track

NEAR_ONE = 0.7
"""A column that the program takes to this extent is taken."""

CERTAIN = 0.999
"""Fixing such columns only changes nothing, so that no new ones are needed."""

SMOOTHING = 0.7
"""How far prices stay near the best ones so far; it damps their swings."""

MISSING = 2.0**20
"""What it costs the program to leave a person without a path, in units of the priority's cost."""


SECONDS_PER_PIVOT_ROW = 1e-7
"""What a step of the simplex method takes for each row, roughly."""


SECONDS_PER_PROGRAM = 1e-3
"""What a program takes besides."""


DEAREST = 2**28
"""What a path may pay for its duties at the most, so that its costs stay whole and possible."""


class Unfinished(Exception):
    """The linear program was not solved in time."""


@dataclass(frozen=True)
class Column:
    """One person's whole path."""

    chosen: Ints
    cost: int
    """What it costs its person, in path units."""
    duties: Ints


@dataclass
class Pool:
    """All columns found so far, by person."""

    tracks: Sequence[Track]
    columns: list[dict[bytes, Column]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.columns = [{} for _ in self.tracks]

    def add(self, person: int, chosen: Ints) -> tuple[Column, bool]:
        """A path as a column, and whether it is new."""
        key = chosen.tobytes()
        known = self.columns[person].get(key)
        if known is not None:
            return known, False
        t = self.tracks[person].tables
        chosen = chosen.copy()
        duties = np.concatenate(
            [t.duty[t.first_duty[o] : t.first_duty[o + 1]] for o in chosen]
            or [np.zeros(0, np.int32)]
        ).astype(np.int32)
        column = Column(chosen, int(own_cost(t, chosen)), duties)
        self.columns[person][key] = column
        return column, True

    def recent(self, person: int, most: int) -> list[Column]:
        """A person's columns that were found last."""
        return list(self.columns[person].values())[-most:]


class Pricer:
    """Finds cheapest paths at given prices; one for each thread."""

    def __init__(self, tracks: Sequence[Track], scale: int, seed: int, meter: Meter) -> None:
        self._tracks = tracks
        self._scale = scale
        self._room = Room(tracks, tracks[0].days)
        self._dice: Dice = np.array([seed * 2654435761 + 88172645463325252], dtype=np.uint64)
        self._chosen = np.zeros(tracks[0].days, np.int32)
        self._surcharges = [np.zeros(len(t.extra.most), np.int64) for t in tracks]
        self.meter = meter

    def __call__(self, person: int, prices: Ints) -> tuple[int, int, Ints]:
        """A proved least cost, the cost of the path found (IMPOSSIBLE if none), and the path."""
        room, track = self._room, self._tracks[person]
        self.meter.path(track.size)
        bound, found = respond(
            track.tables,
            track.extra,
            self._surcharges[person],
            self._chosen,
            prices,
            ROUNDS,
            STEP * self._scale,
            room.cost,
            room.value,
            room.low,
            room.high,
            room.class_cost,
            room.class_option,
            room.least,
            room.most,
            self._dice,
        )
        return int(bound), int(found), self._chosen


class _Quiet(highspy.Highs):
    """HiGHS without its banner, which it prints as soon as it is made."""

    def enableCallbacks(self) -> None:  # noqa: N802  # its own name
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]


class Master:
    """The linear program over the columns of some people, everybody else's heads given."""

    def __init__(
        self,
        tracks: Sequence[Track],
        people: Sequence[int],
        duties: Duties,
        heads: Ints,
        meter: Meter,
        left: Callable[[], float],
    ) -> None:
        """`left` tells how many seconds there are on the clock.

        Raises:
            Unfinished: from `solve`, when they have gone by.
        """
        self.meter = meter
        self.left = left
        self.people = list(people)
        self.active = list(people)
        """Those whose column is not settled yet."""
        self.fixed: dict[int, Column] = {}
        self.center: Ints | None = None
        """The prices of the best bound so far."""
        self._duties = duties
        self._most = len(self.people)
        self._dearest = DEAREST // tracks[0].days
        used = np.unique(np.concatenate([tracks[p].tables.duty for p in people]))
        self._rows = np.full(len(heads), -1, np.int64)
        self._rows[used] = np.arange(len(used))
        self.used = used
        self.heads = heads
        self._lp = _Quiet()  # type: ignore[no-untyped-call]
        self._lp.setOptionValue("threads", 1)
        self._lp.setOptionValue("presolve", "off")
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
        self._segments(len(people))
        for person in people:
            self._missing(person)

    def _segments(self, people: int) -> None:
        """What each duty costs by its people, as columns: a stretch of equal rises each."""
        self.constant_units = 0
        scale = self._duties.scale
        for duty in self.used:
            first = int(self._duties.first_price[duty] + self.heads[duty])
            prices = self._duties.price[first : first + people + 1]
            self.constant_units += int(prices[0])
            for rise, length in _stretches(prices):
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

    def add(self, person: int, column: Column) -> None:
        """Offer a column."""
        if id(column) in self._known:
            return
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

    def solve(self, *, dual: bool = False) -> float:
        """The program's value. After new columns the primal simplex goes on from where it was,
        after columns were fixed the dual one."""
        self._lp.setOptionValue("simplex_strategy", 1 if dual else 4)
        self._lp.setOptionValue("time_limit", self._lp.getRunTime() + max(0.01, self.left()))
        self._lp.run()
        info = self._lp.getInfo()
        self.meter.seconds += SECONDS_PER_PROGRAM + (
            info.simplex_iteration_count * self._lp.getNumRow() * SECONDS_PER_PIVOT_ROW
        )
        if self._lp.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise Unfinished
        return float(info.objective_function_value) + (self.constant_units / self._duties.scale)

    def prices(self) -> tuple[Ints, dict[int, float]]:
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

    def likely(self, person: int, most: int) -> list[Column]:
        """The columns of a person that the program comes nearest to taking."""
        rises = np.array(self._lp.getSolution().col_dual)
        places = sorted(self.by_person[person], key=lambda n: rises[n])[:most]
        found = [self.columns[place] for place in places]
        return [one[1] for one in found if one is not None]

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

    def settled_bound(self, prices: Ints) -> int:
        """What the duties and the people already fixed cost at the least, at some prices."""
        people = np.arange(self._most + 1)
        first = self._duties.first_price[self.used] + self.heads[self.used]
        costs = self._duties.price[first[:, None] + people].astype(np.int64)
        whole = int((costs - prices[self.used].astype(np.int64)[:, None] * people).min(1).sum())
        for column in self.fixed.values():
            whole += column.cost + int(prices[column.duties].sum())
        return whole


def _stretches(prices: Ints) -> list[tuple[float, int]]:
    """The largest convex function below some costs, as (rise, length), rises in order."""
    hull: list[int] = []
    for x in range(len(prices)):
        while len(hull) >= 2:
            a, b = hull[-2], hull[-1]
            if (int(prices[b]) - int(prices[a])) * (x - b) >= (int(prices[x]) - int(prices[b])) * (
                b - a
            ):
                hull.pop()
            else:
                break
        hull.append(x)
    return [
        ((int(prices[b]) - int(prices[a])) / (b - a), b - a) for a, b in itertools.pairwise(hull)
    ]


class Diving:
    """Column generation and dives over some people, the rest of the roster fixed."""

    def __init__(
        self,
        tracks: Sequence[Track],
        duties: Duties,
        pool: Pool,
        price: Callable[[Sequence[int], Ints], list[tuple[int, int, int, Ints]]],
    ) -> None:
        """`price` answers for some people: (person, proved least cost, cost of a path, path)."""
        self._tracks = tracks
        self._duties = duties
        self._pool = pool
        self._price = price

    def gather(self, people: Sequence[int], prices: Ints) -> None:
        """Keep everybody's cheapest path at some prices."""
        for person, _, found, chosen in self._price(people, prices):
            if found < IMPOSSIBLE:
                self._pool.add(person, chosen)

    def relax(
        self,
        master: Master,
        *,
        rounds: int,
        stop: Callable[[], bool],
        bounded: Callable[[int], None] | None = None,
        gap: float = 0.5,
    ) -> float:
        """Column generation over the people not yet fixed; the program's value.

        `bounded` is told of each proved bound in path units. Ends when nothing new is found or the
        bound is within `gap` of the value.
        """
        scale = self._duties.scale
        best = -float("inf")
        value = master.solve()
        for _ in range(rounds):
            if stop():
                break
            fresh, paid = master.prices()
            new = 0
            for prices in self._attempts(master, fresh):
                answers = self._price(master.active, prices)
                bound = master.settled_bound(prices) + sum(b for _, b, _, _ in answers)
                for person, _, found, chosen in answers:
                    if found >= IMPOSSIBLE:
                        continue
                    column, _ = self._pool.add(person, chosen)
                    worth = column.cost + int(fresh[column.duties].sum())
                    if worth < paid[person] * scale - 1:
                        master.add(person, column)
                        new += 1
                if bound > best and all(b < IMPOSSIBLE for _, b, _, _ in answers):
                    best, master.center = bound, prices
                    if bounded is not None:
                        bounded(bound)
                if new:
                    break
            if not new or best / scale > value - gap:
                break
            value = master.solve()
        return value

    def _attempts(self, master: Master, fresh: Ints) -> list[Ints]:
        """Prices near the best ones so far, then those of the program itself."""
        if master.center is None:
            return [fresh]
        near = np.rint(SMOOTHING * master.center + (1 - SMOOTHING) * fresh).astype(np.int32)
        return [near, fresh]

    def dive(
        self,
        master: Master,
        *,
        rounds: int,
        stop: Callable[[], bool],
        cutoff: float,
    ) -> dict[int, Column] | None:
        """Fix people one by one; everybody's column, or None if it cannot get below the cutoff."""
        while master.active:
            values = master.values()
            best: list[tuple[float, int, int]] = []
            for person in master.active:
                place = max(master.by_person[person], key=lambda n: values[n])
                best.append((float(values[place]), place, person))
            best.sort(reverse=True)
            certain = True
            for value, place, person in best:
                if value < NEAR_ONE and place != best[0][1]:
                    break
                certain = certain and value >= CERTAIN
                master.fix(person, place)
            if stop():
                return None
            if not master.active:
                continue
            value = master.solve(dual=True)
            if not certain:
                # Only with new columns for the others is it known what the fixing costs.
                value = self.relax(master, rounds=rounds, stop=stop)
            if value >= cutoff:
                return None
        return master.fixed
