"""Rule: what every rule is."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, PositiveInt

from models.answer.report import Authority, Breach, Unjudged
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Problem
from models.value import Text, Value

if TYPE_CHECKING:
    from solver.language.model import Model
    from solver.language.slack import Slack

Scope = Literal["person", "duty", "school_day", "whole"]
"""What the breaches of a rule depend on: one person's work, one occasion's people, one school on
one day, or everything."""


class Rule(Value):
    """One thing a rota must do, or should do at a priority and weight.

    A rule declares its own `kind`, named after its file, and the fields that say whom, where and
    when it is about. Amounts of breach are whole numbers in `unit`.
    """

    scope: ClassVar[Scope]
    unit: ClassVar[str]
    """What one unit of breach is, in the plural: "people", "days", "minutes". Where a field of the
    rule decides, all of them: "visits or minutes"."""
    short: ClassVar[str] = ""
    """What it is about in a few words, where its kind does not say it: "Cover every shift"."""
    worse: ClassVar[str] = ""
    """What doing worse at it means, after "without": "leaving more places unfilled"."""
    usual_authority: ClassVar[Authority] = "policy"
    always_on: ClassVar[bool] = False
    """Added to every request that it concerns, and never bent."""
    law: ClassVar[Mapping[str, Any] | None] = None
    """The rule's own fields where it is the law, and in force in every request that does not set it
    aside; None for a rule that is in force only where it is asked for."""
    goes_without_saying: ClassVar[bool] = False
    """Never named where requests are impossible: nobody needs to be told."""
    about_changes: ClassVar[bool] = False
    """Compares the rota with the published one: derived requests have no further rule for that."""
    settles_cells: ClassVar[bool] = False
    """Compiled before all others, so that they find settled cells as numbers."""

    @property
    def name(self) -> str:
        """The rule's kind: the name of its file."""
        return str(type(self).model_fields["kind"].default)

    priority: Literal["must"] | PositiveInt = Field(
        "must", description="must, or the priority at which it is a wish: 1 comes first."
    )
    weight: PositiveInt = Field(1, description="The price of each unit of breach.")
    authority: Authority | None = Field(None, description="Where the rule comes from.")
    says: Text | None = Field(None, description="The rule in the words of whoever asked for it.")

    @classmethod
    def by_law(cls) -> Self | None:
        """The must that is in force unless a request sets it aside; None where `law` is."""
        if cls.law is None:
            return None
        rule = cls(**cls.law, authority="law")
        said = str(rule)
        return rule.model_copy(update={"says": f"By law, {said[0].lower()}{said[1:]}"})

    @property
    def stands_by_law(self) -> bool:
        """Whether the rule is in force though nobody asked for it, because it is the law."""
        law = None if self.says is None else self.by_law()
        return law is not None and (law.says, law.authority) == (self.says, self.authority)

    @property
    def title(self) -> str:
        """What it is about in a few words, as part of the title of its priority."""
        return self.short or self.name.replace("_", " ").capitalize()

    @property
    def breach_unit(self) -> str:
        """What one unit of this rule's breach is, in the plural; `unit`, unless a field decides."""
        return self.unit

    @property
    def effective_authority(self) -> Authority:
        """Where the rule comes from, in the end."""
        return self.authority or self.usual_authority

    @property
    def sentence(self) -> str:
        """The rule in its owner's words, or else in its own."""
        return self.says or str(self)

    @abstractmethod
    def __str__(self) -> str:
        """The rule as a manager would say it."""

    @abstractmethod
    def encode(self, model: Model, slack: Slack) -> None:
        """Constrain the model so that the slack used is the amount of breach."""

    @abstractmethod
    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        """Every breach in a finished schedule, found without the solver."""

    def not_judged(self, facts: Facts) -> Iterator[Unjudged]:
        """Places that the rule is about but cannot be judged at, such as a week that is not known
        whole: there it is neither met nor broken, and the report says so."""
        return iter(())

    def concerns(self, problem: Problem) -> bool:
        """Whether a problem holds anything that the rule is about; where it does not, a rule that
        is always on is left out, and nobody reads of minibuses who has none."""
        return True

    def says_at(self, facts: Facts, where: tuple[str, ...]) -> str | None:
        """The rule as it is meant at one of its places, if it has words for that: "Meeting is at
        least 10 school days after Review."."""
        return None

    def remarks(self, facts: Facts, plan: Plan) -> Iterator[tuple[str | None, str]]:
        """What should be known of a plan even where nothing is broken, such as a deadline or how
        much slack there is: (the activity that it is about, or None, and a sentence)."""
        return iter(())

    def spared(self, facts: Facts, plan: Plan) -> Iterator[str]:
        """Ids of activities that are left out, as they should be, because others take place."""
        return iter(())

    def faults(self, facts: Facts) -> Iterator[tuple[str, str]]:
        """What is wrong with the rule for these facts: (field, what to do); ids are checked
        for every rule alike, so that most rules have nothing to add."""
        most, least = getattr(self, "most", None), getattr(self, "least", None)
        if most is not None and least is not None and least > most:
            yield "least", "is more than most. Maybe the two are swapped?"


class LimitsRule(Rule):
    """A rule with an upper and a lower limit, of which each may have a price of its own."""

    weight_most: PositiveInt = Field(
        1, description="How often each unit beyond `most` counts; `weight` multiplies it."
    )
    weight_least: PositiveInt = Field(
        1, description="How often each unit short of `least` counts; `weight` multiplies it."
    )

    @property
    def breach_unit(self) -> str:
        """Points, where units count more than once."""
        return self.unit if self.weight_most == self.weight_least == 1 else "points"
