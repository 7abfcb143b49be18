"""RotaRequest: the facts, the rules in order of importance, and how long to think."""

from models.problem.limits import Limits
from models.problem.problem import Problem
from models.value import Value
from scheduler.rulebook.rule import Rule
from scheduler.rules import ALWAYS_ON, AnyRule


class RotaRequest(Value):
    """One request: the facts, the rules, and the limits of the search."""

    problem: Problem
    rules: tuple[AnyRule, ...] = ()
    limits: Limits = Limits()

    @property
    def all_rules(self) -> tuple[Rule, ...]:
        """The rules of the request, then the always-on ones that concern its problem."""
        always_on = (rule for rule in ALWAYS_ON if rule.concerns(self.problem))
        return (*self.rules, *always_on)
