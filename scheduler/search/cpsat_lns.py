"""Large neighbourhood search over CP-SAT (Shaw, CP 1998): the placements of a few people or days
are free, all others stay, and the same encodings are solved."""

import random
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence

from models.answer.report import Report
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.rulebook.rule import Rule
from scheduler.search.compile import compile_model
from scheduler.search.params import DEFAULTS, SearchParams
from solver.cpsat.solve import COUNTABLE, Effort, SolveStatus, complete, minimise
from solver.language.slack import LinearExprT


class CpSatNeighbourhoods:
    """Chooses what is freed: days, people, or the surroundings of breaches."""

    def __init__(
        self,
        facts: Facts,
        rules: Sequence[Rule],
        seed: int,
        params: SearchParams = DEFAULTS,
    ) -> None:
        self._params = params.cpsat_lns
        self._cpsat = params.cpsat
        self._facts = facts
        self._rules = rules
        self._rng = random.Random(seed)
        self._free = float(self._params.free)
        self._by_day: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self._by_person: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for duty in facts.duties:
            for person in facts.able[duty.number]:
                self._by_day[duty.day].append((person, duty.number))
                self._by_person[person].append((person, duty.number))
        self._kinds: list[Callable[[Report, int], list[tuple[int, int]]]] = [
            self._around_breaches,
            self._days,
            self._people,
        ]

    def improve(
        self,
        plan: Plan,
        report: Report,
        first: int,
        effort: Callable[[], Effort],
        stop: Callable[[], bool],
    ) -> tuple[Plan | None, float]:
        """A plan that should be better than this one, or None; and the work counted.

        Args:
            plan: the incumbent.
            report: how its rules fare.
            first: the first priority that may still become better. Those before it are kept as
                limits, which leaves the solver smaller numbers and a better bound than prices.
            effort: how much work the solver may do.
            stop: asked often; true ends it.
        """
        free = frozenset(self._rng.choice(self._kinds)(report, first)[: int(self._free)])
        if not free:
            return None, 0.0
        params = self._params
        began = time.monotonic()
        turn = effort()
        compiled = compile_model(self._facts, self._rules, free=free, plan=plan, params=self._cpsat)
        costs = {priority: compiled.cost(priority) for priority in compiled.prices}
        values = complete(compiled.model, plan, compiled.model.sum(costs.values()))
        objective: LinearExprT = 0
        rank, room = 1, COUNTABLE // max(1, len(costs))
        for priority in reversed(list(compiled.prices)):
            if priority >= first or not values:
                # Prices lead the way only, so they may be alike where numbers become too large.
                rank = max(1, min(rank, room // max(1, compiled.largest(priority))))
                objective += rank * costs[priority]
                rank *= params.ratio
            elif not isinstance(costs[priority], int):
                compiled.model.cp.add(costs[priority] <= compiled.reached(priority, values))
        compiled.model.hint(plan, values)
        solution = minimise(compiled.model, objective, turn, stop=stop)
        spent = solution.counted_seconds if turn.counted else time.monotonic() - began
        quick = solution.outcome is SolveStatus.OPTIMAL and spent < params.slow * turn.seconds
        free_next = self._free * (params.grow if quick else params.shrink)
        self._free = min(max(free_next, params.least_free), params.most_free)
        return solution.plan, solution.counted_seconds

    # ------------------------------------------------------------------ what is freed

    def _days(self, report: Report, first: int) -> list[tuple[int, int]]:
        """A day, and the days after it."""
        days = sorted(self._by_day)
        if not days:
            return []
        at = self._rng.randrange(len(days))
        return [cell for day in days[at:] + days[:at] for cell in self._some(self._by_day[day])]

    def _people(self, report: Report, first: int) -> list[tuple[int, int]]:
        """All cells of some people."""
        people = list(self._by_person)
        self._rng.shuffle(people)
        return [cell for person in people for cell in self._by_person[person]]

    def _around_breaches(self, report: Report, first: int) -> list[tuple[int, int]]:
        """The people, duties and days that breaches name, first those of the open priority."""
        broken = [
            (f.priority, breach)
            for f in report.findings
            if f.priority != "must"
            for breach in f.breaches
        ]
        chosen = [b for p, b in broken if p == first or self._rng.random() < self._params.others]
        self._rng.shuffle(chosen)
        cells: dict[tuple[int, int], None] = {}
        for breach in chosen:
            for name in breach.where:
                cells |= dict.fromkeys(self._named(name))
            if len(cells) >= self._free:
                break
        return list(cells) or self._days(report, first)

    def _named(self, name: str) -> Collection[tuple[int, int]]:
        facts = self._facts
        if name in facts.person_number:
            return self._around(facts.person_number[name])
        if name in facts.duty_number:
            return self._by_day[facts.duties[facts.duty_number[name]].day]
        for day, cells in self._by_day.items():
            if facts.date(day).isoformat() == name:
                return self._some(cells)
        return ()

    def _around(self, person: int) -> list[tuple[int, int]]:
        """All cells of a person, then those of people who could take over some of their duties."""
        able = self._facts.able
        others = list(dict.fromkeys(p for _, d in self._by_person[person] for p in able[d]))
        self._rng.shuffle(others)
        return [cell for p in (person, *others) for cell in self._by_person[p]]

    def _some(self, cells: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """The cells of a day, those of one person side by side, people in random order."""
        people = list(dict.fromkeys(person for person, _ in cells))
        self._rng.shuffle(people)
        place = {person: n for n, person in enumerate(people)}
        return sorted(cells, key=lambda cell: (place[cell[0]], cell[1]))
