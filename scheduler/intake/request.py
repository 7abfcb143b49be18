"""RotaRequest: the facts, the rules in order of importance, and how long to think."""

from pydantic import Field

from models.problem.limits import Limits
from models.problem.problem import Problem
from models.value import Value
from scheduler.intake.given_titles import PriorityTitle
from scheduler.intake.law import LawInForce, SetAside, laws
from scheduler.rulebook.priority_titles import priority_titles
from scheduler.rulebook.rule import Rule
from scheduler.rules import ALWAYS_ON, AnyRule


class RotaRequest(Value):
    """One request: the facts, the rules, and the limits of the search."""

    problem: Problem = Field(description="The facts.")
    rules: tuple[AnyRule, ...] = Field(
        (), description="What the rota must or should do, in order of importance."
    )
    without: tuple[SetAside, ...] = Field(
        (),
        description="What the law asks for and this request sets aside, each with the reason. What "
        "is law is in force in every other request.",
    )
    titles: tuple[PriorityTitle, ...] = Field(
        (), description="Titles of priorities; others have titles made from their rules."
    )
    limits: Limits = Field(
        Limits(), description="How much time, memory and work the solve may take."
    )

    @property
    def laws(self) -> tuple[LawInForce, ...]:
        """What the request makes of each rule that is the law."""
        return laws(self.rules, self.without)

    @property
    def priority_titles(self) -> dict[int, str]:
        """What each priority is about: as the request says it, or made from its rules."""
        return priority_titles(self.rules, {entry.priority: entry.title for entry in self.titles})

    @property
    def all_rules(self) -> tuple[Rule, ...]:
        """The rules of the request, then the law as far as it is in force, then the always-on rules
        that concern its problem."""
        by_law = (law.rule for law in self.laws if law.rule is not None)
        always_on = (rule for rule in ALWAYS_ON if rule.concerns(self.problem))
        return (*self.rules, *by_law, *always_on)
