"""RotaRequest: the facts, the rules in order of importance, and how long to think."""

from pydantic import Field

from models.problem.problem import Problem
from models.value import Value
from scheduler.rulebook.rule import Rule
from scheduler.rules import ALWAYS_ON, AnyRule


class Limits(Value):
    """How much time and memory an answer may take."""

    seconds: float = Field(60, gt=0, le=24 * 3600)
    memory_mb: int = Field(4096, ge=256, le=1_000_000)
    workers: int = Field(2, ge=1, le=64, description="Cores to keep busy.")
    seed: int = Field(1, ge=0, le=2**31 - 1)
    reproducible: bool = Field(
        False, description="Same input, seed, versions and machine type: same schedule."
    )


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
