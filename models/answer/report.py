"""What the checker says of a schedule: breaches, costs by priority, sentences."""

from typing import Literal

from pydantic import Field

from models.value import Value

Priority = Literal["must"] | int
Authority = Literal["law", "agreement", "policy", "wish"]


class Breach(Value):
    """One place where a rule is not kept: where, how much, and in words."""

    where: tuple[str, ...] = Field(description="Ids and dates that name the place.")
    amount: int = Field(ge=1, description="In the rule's unit.")
    sentence: str


class Unjudged(Value):
    """One place at which a rule was not judged, so that it is neither kept nor broken there."""

    where: tuple[str, ...] = Field(description="Ids and dates that name the place.")
    sentence: str = Field(description="Why it was not judged.")


class Finding(Value):
    """How one rule fared."""

    rule: int = Field(description="The rule's position in the request; always-on rules follow.")
    kind: str
    sentence: str
    priority: Priority
    authority: Authority
    unit: str
    weight: int
    amount: int = Field(description="The sum of its breaches, in its unit.")
    cost: int = Field(description="Amount times weight.")
    breaches: tuple[Breach, ...] = ()
    not_judged: tuple[Unjudged, ...] = Field(
        (), description="Places at which the rule says nothing, each with the reason."
    )

    @property
    def kept(self) -> bool:
        """Whether nothing is broken where the rule was judged."""
        return not self.breaches


class Report(Value):
    """Every rule's finding, and the cost of each priority, in order."""

    findings: tuple[Finding, ...]
    costs: dict[int, int] = Field(description="Priority to cost; the lower the better.")
    broken_musts: int = Field(description="Breaches of rules that must hold.")

    @property
    def vector(self) -> tuple[int, ...]:
        """What schedules are compared by: broken musts first, then cost by priority."""
        return (self.broken_musts, *(cost for _, cost in sorted(self.costs.items())))
