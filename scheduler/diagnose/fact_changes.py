"""Changes to the facts that would make an impossible request possible: the nearest date of an
activity, a booking given up, or one more of a resource."""

from collections.abc import Collection, Iterator, Sequence

from models.answer.result import ClashMember
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Problem
from scheduler.diagnose.question_budget import QuestionBudget
from scheduler.diagnose.relaxable_facts import RelaxableFact, facts_with, relaxable_facts_of
from scheduler.report.agenda import says_event
from scheduler.rulebook.rule import Rule
from scheduler.search.compile import compile_model
from scheduler.wording import counted
from solver.cpsat.solve import minimise

MOST_WAYS = 6
"""Ways that are looked for, at most."""

MOST_MORE = 3
"""More units of a resource that are tried, one after another."""


def otherwise(
    facts: Facts, rules: Sequence[Rule], members: Sequence[ClashMember], budget: QuestionBudget
) -> Iterator[str]:
    """Sentences, each about a change to a fact of the clash that was solved and suffices."""
    search = _FactChangeSearch(rules, budget)
    problem = facts.problem
    left = MOST_WAYS
    for given in _in_clash(facts, members):
        if left and not budget.over():
            said = search.without(facts, given)
            left -= said is not None
            yield from [] if said is None else [said]
    parts = {part for m in members if m.rule is not None for part in m.where}
    for number, resource in enumerate(problem.resources):
        if left and not budget.over() and not parts.isdisjoint({resource.id, *resource.units}):
            for more in range(1, MOST_MORE + 1):
                if search.plan(Facts(_with_more(problem, number, more)), ()) is not None:
                    left -= 1
                    yield f"With {counted(more, 'more', 'more')} of {resource.name}."
                    break


class _FactChangeSearch:
    """Asks whether the musts could hold."""

    def __init__(self, rules: Sequence[Rule], budget: QuestionBudget) -> None:
        self._musts = [rule for rule in rules if rule.priority == "must"]
        self._budget = budget

    def without(self, facts: Facts, given: RelaxableFact) -> str | None:
        """What works without one of the facts; None where that does not help or takes too long."""
        other = facts_with(facts, set(relaxable_facts_of(facts)) - {given})
        if given.kind == "bookings":
            resource = facts.problem.resources[given.number]
            booking = resource.bookings[given.window]
            found = self.plan(other, ())
            said = f"Without the booking of {resource.name} at {booking.start:%H:%M} on "
            said += f"{facts.says_day(facts.day(booking.start.date()))}."
            return None if found is None else said
        id = facts.problem.activities[given.number].id
        moved = other.named([id, f"{id}.reserve"])
        found = self.plan(other, [o.number for o in moved], facts)
        if found is None:
            return None
        chosen = [says_event(other, found, o) for o in moved if found.happens(o)]
        return f"On another date, the nearest that would do: {'; '.join(chosen)}."

    def plan(self, facts: Facts, near: Collection[int], before: Facts | None = None) -> Plan | None:
        """A plan that keeps the musts, with some occasions near to the dates they had before."""
        model = compile_model(facts, self._musts).model
        days = {o.id: set(o.days) for o in before.occasions} if before is not None else {}
        away = []
        for number in near:
            occasion = facts.occasions[number]
            had = days.get(occasion.id) or {0}
            distances = [min(abs(day - other) for other in had) for day in occasion.days]
            away.append(model.times.value(number, distances))
        effort = self._budget.minimisation()
        return minimise(model, model.sum(away), effort, stop=self._budget.stop).plan


def _in_clash(facts: Facts, members: Sequence[ClashMember]) -> list[RelaxableFact]:
    """The dates of activities and the bookings that take part in a clash."""
    named = {(m.kind, m.where[0]) for m in members if m.rule is None and m.where}
    found = []
    for given in relaxable_facts_of(facts):
        if given.kind == "windows":
            id = facts.problem.activities[given.number].id
        elif given.kind == "bookings":
            id = facts.problem.resources[given.number].id
        else:
            continue
        if (given.kind, id) in named:
            found.append(given)
    return found


def _with_more(problem: Problem, number: int, more: int) -> Problem:
    resources = list(problem.resources)
    one = resources[number]
    stock = tuple(s.model_copy(update={"capacity": s.capacity + more}) for s in one.stock)
    resources[number] = one.model_copy(update={"capacity": one.capacity + more, "stock": stock})
    return problem.model_copy(update={"resources": tuple(resources)})
