"""Large requests, a part at a time: the placements of a few people or days are free, all others
stay, and the same encodings are solved."""

import random
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence

from models.answer.report import Report
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.rulebook.rule import Rule
from scheduler.search.compile import compile_model
from solver.cpsat.solve import Effort, SolveStatus, complete, minimise
from solver.language.slack import LinearExprT

FREE = 1_500
"""Placements that are free at once, at first; how many is learnt from how quickly they are
settled."""

LEAST_FREE, MOST_FREE = 60, 30_000

RATIO = 1_000
"""How much a unit of one priority counts before one of the next inside a neighbourhood; whole
vectors are compared before anything is kept."""

LARGEST = 10**15
"""No price above this: whole numbers of 64 bits must be enough."""

OTHERS = 0.1
"""How likely a breach of another priority is looked at too."""

SLOW = 0.6
"""A neighbourhood that takes this share of its turn is too large for it."""


class CpSatNeighbourhoods:
    """Chooses parts to free: days, people, or the surroundings of what is broken."""

    def __init__(self, facts: Facts, rules: Sequence[Rule], seed: int) -> None:
        self._facts = facts
        self._rules = rules
        self._dice = random.Random(seed)
        self._free = float(FREE)
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

        `first` is the first priority that may still become better: those before it are kept as
        limits, which leaves the solver smaller numbers and a better bound than a price would.
        """
        free = frozenset(self._dice.choice(self._kinds)(report, first)[: int(self._free)])
        if not free:
            return None, 0.0
        began = time.monotonic()
        turn = effort()
        compiled = compile_model(self._facts, self._rules, free=free, plan=plan)
        costs = {priority: compiled.cost(priority) for priority in compiled.prices}
        values = complete(compiled.model, plan, compiled.model.sum(costs.values()))
        objective: LinearExprT = 0
        rank = 1
        for priority in reversed(list(compiled.prices)):
            if priority >= first or not values:
                objective += rank * costs[priority]
                rank = min(rank * RATIO, LARGEST)
            elif not isinstance(costs[priority], int):
                compiled.model.cp.add(costs[priority] <= compiled.reached(priority, values))
        compiled.model.hint(plan, values)
        solution = minimise(compiled.model, objective, turn, stop=stop)
        spent = solution.counted_seconds if turn.counted else time.monotonic() - began
        quick = solution.outcome is SolveStatus.OPTIMAL and spent < SLOW * turn.seconds
        self._free = min(max(self._free * (1.2 if quick else 0.8), LEAST_FREE), MOST_FREE)
        return solution.plan, solution.counted_seconds

    # ------------------------------------------------------------------ what is freed

    def _days(self, report: Report, first: int) -> list[tuple[int, int]]:
        """A day, and the days after it."""
        days = sorted(self._by_day)
        if not days:
            return []
        at = self._dice.randrange(len(days))
        return [cell for day in days[at:] + days[:at] for cell in self._some(self._by_day[day])]

    def _people(self, report: Report, first: int) -> list[tuple[int, int]]:
        """All that some people do."""
        people = list(self._by_person)
        self._dice.shuffle(people)
        return [cell for person in people for cell in self._by_person[person]]

    def _around_breaches(self, report: Report, first: int) -> list[tuple[int, int]]:
        """The people, duties and days that breaches name, first those of the priority that may
        become better."""
        broken = [
            (f.priority, breach)
            for f in report.findings
            if f.priority != "must"
            for breach in f.breaches
        ]
        chosen = [b for p, b in broken if p == first or self._dice.random() < OTHERS]
        self._dice.shuffle(chosen)
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
        """All that a person does, and then those who could take some of it over."""
        able = self._facts.able
        others = list(dict.fromkeys(p for _, d in self._by_person[person] for p in able[d]))
        self._dice.shuffle(others)
        return [cell for p in (person, *others) for cell in self._by_person[p]]

    def _some(self, cells: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Cells of a day, those of one person side by side, in an order of its own."""
        people = list(dict.fromkeys(person for person, _ in cells))
        self._dice.shuffle(people)
        place = {person: n for n, person in enumerate(people)}
        return sorted(cells, key=lambda cell: (place[cell[0]], cell[1]))
