"""Nobody too many: placements that no rule needs are taken out of a finished schedule."""

from collections.abc import Callable, Collection, Sequence

from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.intake.case import Case
from scheduler.rulebook.rule import Rule

Cell = tuple[int, int]


def without_superfluous(
    facts: Facts,
    rules: Sequence[Rule],
    plan: Plan,
    over: Callable[[], bool] = lambda: False,
) -> tuple[Plan, bool]:
    """A plan without the placements that no rule needs, and whether all were looked at.

    One goes if without it no must is broken further, and no priority costs more; the people whom a
    duty has too many of first, and of those the latest. What people have been told stays.

    Args:
        facts: of the plan.
        rules: those that judge, always-on ones included.
        plan: keeps the musts, or is to break them no further.
        over: asked often; once it answers yes, the rest stays as it is.
    """
    told = frozenset[Cell]() if facts.published is None else _told(facts)
    pruning = _Pruning(facts, rules, plan, over)
    spare, waiting = _least_needed_first(facts, plan, told)
    pruning.take_out(spare)
    waiting = [cell for cell in (*spare, *waiting) if pruning.plan.works(*cell)]
    while waiting:
        loose = [cell for cell in waiting if pruning.may_go([cell])]
        gone = pruning.take_out(loose)
        if not gone:
            break
        # One that was needed for another's sake may be so no longer.
        near = facts.touch(gone)
        waiting = [
            (person, duty)
            for person, duty in waiting
            if pruning.plan.works(person, duty)
            and (person in near.people or _meets(facts, duty, near.school_days))
        ]
    return pruning.plan, not pruning.cut_short


def pruned(case: Case, schedule: Schedule, over: Callable[[], bool]) -> Schedule:
    """A schedule that a search had no time to finish, without placements that no rule needs; as it
    is where `over` says yes from the beginning."""
    plan, _ = without_superfluous(case.facts, case.rules, case.plan(schedule), over)
    return plan.schedule()


def _told(facts: Facts) -> frozenset[Cell]:
    assert facts.published is not None
    return frozenset(
        (facts.person_number[p.person], facts.duty_number[p.duty])
        for p in facts.published.placements
    )


def _meets(facts: Facts, duty: int, school_days: Collection[tuple[int, int]]) -> bool:
    return any((s.school, s.day) in school_days for s in facts.duties[duty].stints)


def _least_needed_first(
    facts: Facts, plan: Plan, told: Collection[Cell]
) -> tuple[list[Cell], list[Cell]]:
    """The placements that may go, in an order that depends on nothing but the plan: those that a
    duty has beyond its need, and the others."""
    found: list[tuple[tuple[bool, int, str, int], Cell]] = []
    for duty in facts.duties:
        stint = plan.stint(duty) or duty.stints[0]
        there = sorted(
            (person for person in plan.people(duty.number) if (person, duty.number) not in told),
            key=lambda person: (-len(plan.duties(person)), facts.staff[person].id),
        )
        spare = len(plan.people(duty.number)) - plan.wanted(duty)
        for rank, person in enumerate(there):
            key = (rank >= spare, -stint.start, duty.id, rank)
            found.append((key, (person, duty.number)))
    found.sort()
    spare_ones = [cell for (needed, *_), cell in found if not needed]
    return spare_ones, [cell for (needed, *_), cell in found if needed]


class _Pruning:
    """A plan that becomes smaller, judged where it changes."""

    def __init__(
        self, facts: Facts, rules: Sequence[Rule], plan: Plan, over: Callable[[], bool]
    ) -> None:
        self.plan = plan
        self.cut_short = False
        self._facts = facts
        self._over = over
        wishes: dict[int, list[Rule]] = {}
        for rule in rules:
            if rule.priority != "must":
                wishes.setdefault(rule.priority, []).append(rule)
        musts = [[rule] for rule in rules if rule.priority == "must"]
        self._judges: list[list[Rule]] = [*wishes.values(), *musts]
        """Rules that are judged together; those that objected last come first."""
        self._whole: dict[int, int] = {}
        """What the plan costs by rules that look at everything, by the rule's identity."""

    def may_go(self, cells: Sequence[Cell]) -> bool:
        """Whether no rule fares worse without some placements."""
        self.cut_short = self.cut_short or self._over()
        if self.cut_short:
            return False
        view = self._facts.within(self._facts.touch(cells))
        trial = self.plan.without(cells)
        for place, rules in enumerate(self._judges):
            if sum(self._change(rule, view, trial) for rule in rules) > 0:
                self._judges.insert(0, self._judges.pop(place))
                return False
        return True

    def take_out(self, cells: Sequence[Cell]) -> list[Cell]:
        """Take out as many of some placements as may go, many at once where that is possible."""
        if not cells:
            return []
        if self.may_go(cells):
            self.plan = self.plan.without(cells)
            self._whole.clear()
            return list(cells)
        if len(cells) == 1:
            return []
        half = len(cells) // 2
        return [*self.take_out(cells[:half]), *self.take_out(cells[half:])]

    def _change(self, rule: Rule, view: Facts, trial: Plan) -> int:
        if rule.scope != "whole":
            return _cost(rule, view, trial) - _cost(rule, view, self.plan)
        if id(rule) not in self._whole:
            self._whole[id(rule)] = _cost(rule, self._facts, self.plan)
        return _cost(rule, self._facts, trial) - self._whole[id(rule)]


def _cost(rule: Rule, facts: Facts, plan: Plan) -> int:
    return rule.weight * sum(breach.amount for breach in rule.check(facts, plan))
