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
    sentence: str = Field(description="The breach in words.")


class Unjudged(Value):
    """One place at which a rule was not judged, so that it is neither kept nor broken there."""

    where: tuple[str, ...] = Field(description="Ids and dates that name the place.")
    sentence: str = Field(description="Why it was not judged.")


class Finding(Value):
    """How one rule fared."""

    rule: int = Field(
        description="The rule's position in the request; the law and always-on rules follow."
    )
    kind: str = Field(description="The kind of the rule.")
    sentence: str = Field(description="The rule as a manager would say it.")
    priority: Priority = Field(description="`must`, or the number of its priority.")
    authority: Authority = Field(description="Where the rule comes from.")
    by_law: bool = Field(
        False,
        description="Whether the rule is in force because it is the law, though the request does "
        "not ask for it.",
    )
    unit: str = Field(description="What one unit of breach is, such as minutes or people.")
    weight: int = Field(description="The price of one unit of breach.")
    amount: int = Field(description="The sum of its breaches, in its unit.")
    cost: int = Field(description="Amount times weight.")
    breaches: tuple[Breach, ...] = Field((), description="Every place where the rule is broken.")
    not_judged: tuple[Unjudged, ...] = Field(
        (), description="Places at which the rule says nothing, each with the reason."
    )

    @property
    def kept(self) -> bool:
        """Whether nothing is broken where the rule was judged."""
        return not self.breaches


class Report(Value):
    """Every rule's finding, and the cost of each priority, in order."""

    findings: tuple[Finding, ...] = Field(
        description="Every rule with its breaches, in the order of the request."
    )
    costs: dict[int, int] = Field(description="Priority to cost; the lower the better.")
    titles: dict[int, str] = Field({}, description="Priority to what it is about, in a few words.")
    broken_musts: int = Field(description="Breaches of rules that must hold.")

    @property
    def vector(self) -> tuple[int, ...]:
        """What schedules are compared by: broken musts first, then cost by priority."""
        return (self.broken_musts, *(cost for _, cost in sorted(self.costs.items())))
