"""RotaRequest: the facts, the rules in order of importance, and how long to think."""

from pydantic import Field

from models.problem.limits import Limits
from models.problem.problem import Problem
from models.value import Value
from scheduler.rulebook.rule import Rule
from scheduler.rules import ALWAYS_ON, AnyRule


class RotaRequest(Value):
    """One request: the facts, the rules, and the limits of the search."""

    problem: Problem = Field(description="The facts.")
    rules: tuple[AnyRule, ...] = Field(
        (), description="What the rota must or should do, in order of importance."
    )
    limits: Limits = Field(
        Limits(), description="How much time, memory and work the solve may take."
    )

    @property
    def all_rules(self) -> tuple[Rule, ...]:
        """The rules of the request, then the always-on ones that concern its problem."""
        always_on = (rule for rule in ALWAYS_ON if rule.concerns(self.problem))
        return (*self.rules, *always_on)
