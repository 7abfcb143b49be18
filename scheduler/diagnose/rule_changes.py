"""What would make an impossible request possible if a rule's number were otherwise: the least
change of one number that would do."""

from collections.abc import Iterator, Sequence

from models.answer.result import ClashMember
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.diagnose.question_budget import QuestionBudget
from scheduler.diagnose.relaxations import BENT, plan_of_musts
from scheduler.diagnose.ways_out import WayOut
from scheduler.rulebook.rule import Rule

NOT_LIMITS = frozenset({"priority", "weight"})
"""Numbers of a rule that say how much it counts, not what it asks for."""

MOST_DOUBLINGS = 6
"""How often the change of a number is doubled before it is given up."""


def loosened(
    facts: Facts,
    rules: Sequence[Rule],
    members: Sequence[ClashMember],
    budget: QuestionBudget,
    draft: Plan | None = None,
) -> Iterator[WayOut]:
    """Ways out, each of one number of a rule in a clash, changed by the least that works; solved
    and checked, from a draft on. Wishes change before policies and agreements, the law never."""
    numbers = sorted(
        {m.rule for m in members if m.rule is not None},
        key=lambda n: (BENT.index(a) if (a := rules[n].effective_authority) in BENT else 9, n),
    )
    for number in numbers:
        if rules[number].always_on or rules[number].effective_authority not in BENT:
            continue
        for field in _numbers(rules[number]):
            found = _least_change(facts, rules, number, field, budget, draft)
            if found is not None:
                other, plan = found
                yield WayOut(
                    rules[number].effective_authority,
                    _noticed(facts, rules[number], plan),
                    f"If the rule \N{LEFT DOUBLE QUOTATION MARK}{rules[number].sentence}"
                    f"\N{RIGHT DOUBLE QUOTATION MARK} had {getattr(other, field)} in place of "
                    f"{getattr(rules[number], field)} as its {field.replace('_', ' ')}.",
                )


def _numbers(rule: Rule) -> list[str]:
    return [name for name, value in rule if type(value) is int and name not in NOT_LIMITS]


def _noticed(facts: Facts, rule: Rule, plan: Plan) -> int:
    """How many people, or places that name nobody, the old rule would have kept from this."""
    places = [breach.where for breach in rule.check(facts, plan)]
    people = {part for where in places for part in where if part in facts.person_number}
    return len(people) + sum(people.isdisjoint(where) for where in places)


def _least_change(
    facts: Facts,
    rules: Sequence[Rule],
    number: int,
    field: str,
    budget: QuestionBudget,
    draft: Plan | None,
) -> tuple[Rule, Plan] | None:
    """The rule with the nearest number that would do, and a plan: doubled steps, then halved."""
    rule = rules[number]
    now: int = getattr(rule, field)

    def changed(by: int) -> tuple[Rule, Plan] | None:
        if budget.over():
            return None
        sent = {**rule.model_dump(), field: now + by}
        try:
            other = type(rule).model_validate(sent)
        except ValueError:
            return None
        others = [*rules[:number], other, *rules[number + 1 :]]
        plan = plan_of_musts(facts, others, budget, draft)
        return None if plan is None else (other, plan)

    for sign in (1, -1):
        worked, step = None, 1
        low = 0
        for _ in range(MOST_DOUBLINGS):
            if now + sign * step < 0:
                break
            worked = changed(sign * step)
            if worked is not None:
                break
            low, step = step, 2 * step
        if worked is None:
            continue
        high = step
        while high - low > 1 and not budget.over():
            middle = (low + high) // 2
            tried = changed(sign * middle)
            worked, low, high = (worked, middle, high) if tried is None else (tried, low, middle)
        return worked
    return None
