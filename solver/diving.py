"""Columns of whole paths: a linear program chooses among them, prices find better ones, and a dive
fixes one person after another until the roster is whole.

Column generation by shortest paths, and diving as in Strandmark, Qu and Curtois (Computers &
Operations Research 120, 2020). Bounds are computed in whole numbers from the paths (Lagrange).
"""

import copy
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import highspy
import numpy as np

from solver.kernel import IMPOSSIBLE, Dice, Ints, Tables, own_cost, respond
from solver.replanning import ROUNDS, STEP, Duties, Meter, Room
from solver.tracks import Track

Span = tuple[int, int]
"""The first of some days in a row, and the day after the last one."""

NEAR_ONE = 0.7
"""A column that the program takes to this extent is taken."""

CERTAIN = 0.999
"""Fixing such columns only changes nothing, so that no new ones are needed."""

SMOOTHING = (0.85, 0.7, 0.35, 0.0)
"""How far prices stay near the best ones so far, which damps their swings. Each person is asked at
all of them: a path takes a fraction of a program's time, and more paths mean fewer programs."""

GAP = 0.5
"""Costs are whole, so that a bound within this of the program's value is as good as the value."""

CHANCE = 0.3
"""How much of a column's rank is left to chance, where dives are to differ."""

CROWDED, CROWDED_ANYWAY = 80, 500
"""Columns of each person not yet settled, and besides, beyond which only the likeliest are kept."""

BARRIER = 800
"""Rows from which a program is first solved roughly by an interior point method, over and over: its
prices are central, so that they need fewer rounds, and no round depends on the last one's."""

ROUGHLY, EXACTLY = 1e-3, 1e-7
"""How exact that method is at first, and before its answer is made a vertex."""

REMEMBERED = 20_000_000
"""Days of all columns that are kept; a year of 150 people is 55,000 in each roster."""

KEPT = 30
"""Columns of each person that a program begins with."""

PATIENCE = 3.0
"""How much longer than the average new columns may be looked for after a fixing, in a dive that
has to end in time."""

MISSING = 2.0**20
"""What it costs the program to leave a person without a path, in units of the priority's cost."""


SECONDS_PER_PIVOT_ROW = 1e-7
"""What a step of the simplex method takes for each row, roughly."""


SECONDS_PER_ENTRY = 4e-8
"""What a step of the interior point method takes for each entry of the matrix, roughly."""


SECONDS_PER_PROGRAM = 1e-3
"""What a program takes besides."""


SPARSE = 15
"""On a few days, begun in one known state, about one in so many values of a path can be reached."""


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


def duties_of(t: Tables, options: Ints) -> Ints:
    """The duties of some options."""
    parts = [t.duty[t.first_duty[o] : t.first_duty[o + 1]] for o in options]
    return np.concatenate(parts).astype(np.int32) if parts else np.zeros(0, np.int32)


@dataclass
class Pool:
    """All columns found so far, by person."""

    tracks: Sequence[Track]
    span: Span | None = None
    """With a span, the duties of other days are left out; all columns are alike there."""
    columns: list[dict[bytes, Column]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.columns = [{} for _ in self.tracks]
        self.most = max(KEPT, REMEMBERED // max(1, len(self.tracks) * self.tracks[0].days))
        """Columns of a person; the oldest ones are forgotten."""

    def add(self, person: int, chosen: Ints) -> tuple[Column, bool]:
        """A path as a column, and whether it is new."""
        part = chosen if self.span is None else chosen[slice(*self.span)]
        key = part.tobytes()
        known = self.columns[person].get(key)
        if known is not None:
            return known, False
        t = self.tracks[person].tables
        chosen = chosen.copy()
        column = Column(chosen, int(own_cost(t, chosen)), duties_of(t, part))
        columns = self.columns[person]
        if len(columns) >= self.most:
            for oldest in list(columns)[: 1 + len(columns) // 4]:
                columns.pop(oldest, None)
        columns[key] = column
        return column, True

    def recent(self, person: int, most: int) -> list[Column]:
        """A person's columns that were found last."""
        return list(self.columns[person].values())[-most:]


class Pricer:
    """Finds cheapest paths at given prices; one for each thread."""

    def __init__(
        self, tracks: Sequence[Track], scale: int, seed: int, meter: Meter, days: int | None = None
    ) -> None:
        """With `days`, there is room for spans of so many days only."""
        self._tracks = tracks
        self._scale = scale
        self._span = (0, days or tracks[0].days)
        self._room = Room(tracks, self._span[1])
        self._dice: Dice = np.array([seed * 2654435761 + 88172645463325252], dtype=np.uint64)
        self._kept: Mapping[int, Ints] = {}
        self._chosen = np.zeros(tracks[0].days, np.int32)
        self._surcharges = [np.zeros(len(t.extra.most), np.int64) for t in tracks]
        self.meter = meter

    def keep(self, span: Span, paths: Mapping[int, Ints]) -> None:
        """From now on only the days of a span are open, in the paths of some people."""
        self._span, self._kept = span, paths

    def __call__(self, person: int, prices: Ints) -> tuple[int, int, Ints]:
        """A proved least cost, the cost of the path found (IMPOSSIBLE if none), and the path."""
        room, track = self._room, self._tracks[person]
        first, last = self._span
        values = track.room(last - first)
        if self._kept:
            self._chosen[:] = self._kept[person]
            values //= SPARSE
        self.meter.path(values)
        bound, found = respond(
            track.tables,
            track.extra,
            self._surcharges[person],
            self._chosen,
            first,
            last,
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

    def answers(self, people: Sequence[int], prices: Ints) -> list[tuple[int, int, int, Ints]]:
        """For some people: the person, and what a call says."""
        found = []
        for person in people:
            bound, cost, chosen = self(person, prices)
            found.append((person, bound, cost, chosen.copy()))
        return found


class _Quiet(highspy.Highs):
    """HiGHS without its banner, which it prints as soon as it is made."""

    def enableCallbacks(self) -> None:  # noqa: N802  # its own name
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def _solver() -> highspy.Highs:
    """HiGHS as it is wanted here."""
    solver = _Quiet()  # type: ignore[no-untyped-call]
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("presolve", "off")
    return solver


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
        *,
        own: int = 0,
        span: Span | None = None,
    ) -> None:
        """`own` is what everybody else's paths cost them, so that values are of whole rosters;
        `left` tells how many seconds there are on the clock. With a span, only its days are open,
        and `heads` holds whoever is on a duty of other days.

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
        self.bound = -float("inf")
        """The best bound so far, in path units; it holds whatever is fixed later."""
        self._duties = duties
        self._most = len(self.people)
        self._dearest = DEAREST // tracks[0].days
        first, last = span or (0, tracks[0].days)
        used = np.unique(
            np.concatenate([duties_between(tracks[p].tables, first, last) for p in people])
        )
        self._rows = np.full(len(heads), -1, np.int64)
        self._rows[used] = np.arange(len(used))
        self.used = used
        self.heads = heads
        others = self._rows < 0
        self._elsewhere = own + int(
            duties.price[duties.first_price[:-1][others] + heads[others]].sum(dtype=np.int64)
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
            first = int(self._duties.first_price[duty] + self.heads[duty])
            prices = self._duties.price[first : first + people + 1]
            self._constant += int(prices[0])
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
            raise Unfinished
        if not np.isfinite(np.array(lp.getSolution().row_dual)).all():
            raise Unfinished
        return float(info.objective_function_value) + self._constant / self._duties.scale

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

    def copy(self) -> "Master":
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
        first = self._duties.first_price[self.used] + self.heads[self.used]
        costs = self._duties.price[first[:, None] + people].astype(np.int64)
        whole = self._elsewhere + int(
            (costs - prices[self.used].astype(np.int64)[:, None] * people).min(1).sum()
        )
        for column in self.fixed.values():
            whole += column.cost + int(prices[column.duties].sum())
        return whole


def duties_between(t: Tables, first: int, last: int) -> Ints:
    """Those that somebody can have on some days."""
    return t.duty[t.first_duty[t.first_option[first]] : t.first_duty[t.first_option[last]]]


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
        clock: Callable[[], float],
    ) -> None:
        """`price` answers for some people: (person, proved least cost, cost of a path, path);
        `clock` tells the seconds."""
        self._tracks = tracks
        self._duties = duties
        self._pool = pool
        self._price = price
        self._clock = clock

    def gather(self, people: Sequence[int], prices: Ints) -> None:
        """Keep everybody's cheapest path at some prices."""
        for person, _, found, chosen in self._price(people, prices):
            if found < IMPOSSIBLE:
                self._pool.add(person, chosen)

    def relax(
        self,
        master: Master,
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

    def _find(self, master: Master, bounded: Callable[[int], None] | None, seconds: float) -> bool:
        """Offer new columns that the program needs; whether there were any. Once there are, no more
        are looked for than in the `seconds` that the program takes."""
        fresh, paid = master.prices()
        found_any = False
        until = self._clock() + seconds
        for prices in self._attempts(master, fresh):
            answers = self._price(master.active, prices)
            for person, _, found, chosen in answers:
                if found >= IMPOSSIBLE:
                    continue
                column, _ = self._pool.add(person, chosen)
                worth = column.cost + int(fresh[column.duties].sum())
                # Each price is rounded, so that only more than that is worth something.
                if worth < paid[person] * self._duties.scale - 1 - len(column.duties):
                    found_any |= master.add(person, column)
            bound = master.settled_bound(prices) + sum(b for _, b, _, _ in answers)
            if bound > master.bound and all(b < IMPOSSIBLE for _, b, _, _ in answers):
                master.bound, master.center = bound, prices
                if bounded is not None:
                    bounded(bound)
            if found_any and self._clock() > until:
                break
        return found_any

    def _attempts(self, master: Master, fresh: Ints) -> list[Ints]:
        """Prices near the best ones so far, and those of the program itself."""
        if master.center is None:
            return [fresh]
        center = master.center
        return [np.rint(s * center + (1 - s) * fresh).astype(np.int32) for s in SMOOTHING]

    def dive(
        self,
        master: Master,
        *,
        seconds: float,
        stop: Callable[[], bool],
        cutoff: float,
        dice: np.random.Generator | None = None,
    ) -> dict[int, Column] | None:
        """Fix people one by one; everybody's column, or None if it cannot get below the cutoff.

        After each fixing the program is brought to its optimum again: columns that are missing
        then are what makes a dive end badly. `seconds` is how long it may take; with `dice`,
        who is next is decided by chance in part.
        """
        end = self._clock() + seconds
        while True:
            certain = self._fix_likeliest(master, dice)
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

    def _fix_likeliest(self, master: Master, dice: np.random.Generator | None) -> bool:
        """Fix the person whose column is taken to the largest extent, and all that are nearly
        taken; whether that changes nothing."""
        values = master.values()
        best: list[tuple[float, float, int, int]] = []
        for person in master.active:
            place = max(master.by_person[person], key=lambda n: values[n])
            value = rank = float(values[place])
            if dice is not None and value < CERTAIN:
                rank *= 1 - CHANCE * dice.random()
            best.append((rank, value, place, person))
        best.sort(reverse=True)
        certain = True
        for rank, value, place, person in best:
            if rank < NEAR_ONE and place != best[0][2]:
                break
            certain = certain and value >= CERTAIN
            master.fix(person, place)
        return certain
