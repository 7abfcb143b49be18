"""From facts and rules to a model: every rule's encoding, with its slack."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.intake.validation_errors import InvalidRequest, fault
from scheduler.rulebook.rule import Rule
from solver.cpsat.model import CpSatModel
from solver.cpsat.params import CpSatParams
from solver.cpsat.slack import CpSatSlack, OutOfTime
from solver.cpsat.solve import COUNTABLE
from solver.language.slack import LinearExprT, Where

LeaveOut = Mapping[int, Callable[[Where], bool]]
"""For musts, by position, whether a place is to be left out; the others hold everywhere."""


@dataclass(frozen=True)
class Compiled:
    """A model with the price of each priority."""

    model: CpSatModel
    slacks: tuple[CpSatSlack, ...]
    """One for each rule, in order."""
    prices: dict[int, list[tuple[int, CpSatSlack]]]
    """Priority to (weight, slack) of its rules, in order of priority."""

    def cost(self, priority: int) -> LinearExprT:
        """What a priority costs."""
        return self.model.sum(
            weight * room for weight, slack in self.prices[priority] for _, room in slack.priced
        )

    def largest(self, priority: int) -> int:
        """The most that a priority can cost: every breach as large as it may be."""
        return sum(
            weight * slack.largest for weight, slack in self.prices[priority] if slack.priced
        )

    def reached(self, priority: int, values: Sequence[int]) -> int:
        """What a priority costs at values of all variables."""
        return sum(
            weight * values[room.index]
            for weight, slack in self.prices[priority]
            for _, room in slack.priced
        )


def compile_model(
    facts: Facts,
    rules: Sequence[Rule],
    *,
    free: Collection[tuple[int, int]] | None = None,
    plan: Plan | None = None,
    free_occasions: Collection[int] | None = None,
    free_pupils: Collection[int] | None = None,
    leave_out: LeaveOut | None = None,
    params: CpSatParams = CpSatParams(),
    over: Callable[[], bool] = lambda: False,
) -> Compiled:
    """Compile rules; with free cells and a plan, only what the cells touch.

    Raises:
        OutOfTime: `over`, which is asked between rules and at their places, said yes.
        InvalidRequest: a cost could become larger than can be counted.
    """
    model = CpSatModel(facts, free, plan, free_occasions, free_pupils, params)
    slacks: dict[int, CpSatSlack] = {}
    prices: dict[int, list[tuple[int, CpSatSlack]]] = {}
    for number in sorted(range(len(rules)), key=lambda n: not rules[n].settles_cells):
        if over():
            raise OutOfTime
        rule = rules[number]
        hard = rule.priority == "must"
        spared = leave_out.get(number) if leave_out and hard else None
        slack = CpSatSlack(model.cp, hard, spared, over=over)
        rule.encode(model, slack)
        slacks[number] = slack
        if rule.priority != "must":
            prices.setdefault(rule.priority, []).append((rule.weight, slack))
    model.times.open_all()
    model.add_cuts()
    compiled = Compiled(
        model,
        tuple(slacks[number] for number in range(len(rules))),
        {priority: prices[priority] for priority in sorted(prices)},
    )
    refuse_uncountable(compiled, rules)
    return compiled


def refuse_uncountable(compiled: Compiled, rules: Sequence[Rule]) -> None:
    """Make sure that no cost can become larger than the solver counts exactly.

    Raises:
        InvalidRequest: one can; the fault is at the weight of the rule that adds most to it.
    """
    if sum(compiled.largest(priority) for priority in compiled.prices) <= COUNTABLE:
        return
    costs = {
        number: rules[number].weight * slack.largest for number, slack in enumerate(compiled.slacks)
    }
    dearest = max(costs, key=lambda number: costs[number])
    said = (
        "lets the rule cost more than can be counted exactly. Maybe use a smaller weight, or "
        "smaller numbers in the rule?"
    )
    raise InvalidRequest([fault(("rules", dearest, "weight"), said)])
