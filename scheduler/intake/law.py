"""The law in a request: what is in force, what the request states itself, what it sets aside."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from models.problem.people import Who
from models.value import Text, Value
from scheduler.intake.validation_errors import Found
from scheduler.rulebook.rule import Rule
from scheduler.rules import LAW, RULES


def _is_law(kind: str) -> str:
    if kind in LAW:
        return kind
    near = difflib.get_close_matches(kind, LAW, 1)
    maybe = f"Maybe `{near[0]}`?" if near else f"Maybe one of: {', '.join(LAW)}."
    if kind in RULES:
        raise ValueError(
            "is no rule that is law by default, and is in force only where it stands under `rules`."
            f" {maybe}"
        )
    raise ValueError(f"is no rule that is law by default. {maybe}")


LawKind = Annotated[
    str, AfterValidator(_is_law), WithJsonSchema({"type": "string", "enum": [*LAW]})
]
"""The kind of a rule that is in force unless it is set aside."""


class SetAside(Value):
    """One rule that is the law, and is not in force in this request; with the reason."""

    rule: LawKind = Field(description=f"The kind of the rule: {', '.join(LAW)}.")
    why: Text = Field(description="Why it is set aside: one line, which the answer repeats.")
    people: Who | None = Field(
        None,
        description="Set aside for these people only, such as those who opted out of the 48 "
        "hours; for everybody if left out.",
    )


@dataclass(frozen=True)
class LawInForce:
    """What a request makes of one rule that is the law."""

    law: Rule
    """The rule as it is in force unless something else is said."""
    stated: tuple[Rule, ...]
    """Rules of the same kind that the request states for everybody, in place of the law."""
    set_aside: tuple[SetAside, ...]

    @property
    def rule(self) -> Rule | None:
        """The rule that joins the request's own; None where the request states it itself, or sets
        it aside for everybody."""
        if self.stated or any(entry.people is None for entry in self.set_aside):
            return None
        spared = tuple(entry.people for entry in self.set_aside if entry.people is not None)
        return self.law.model_copy(update={"people": Who(none=spared)}) if spared else self.law

    def sentences(self) -> Iterator[str]:
        """What an answer says of it, beside the finding of a rule that is in force."""
        said = str(self.law).rstrip(".")
        said = said[0].lower() + said[1:]
        for rule in self.stated:
            how = "a must" if rule.priority == "must" else f"a wish at priority {rule.priority}"
            yield (
                f"The law on this is asked for by the request itself: {said}. It is {how} here, in "
                f"these words: {rule.sentence}"
            )
        for entry in self.set_aside:
            whom = "" if entry.people is None else " for some people"
            yield f"Set aside{whom}: {said}, because {entry.why.rstrip('. ')}."


def laws(rules: Sequence[Rule], without: Sequence[SetAside]) -> tuple[LawInForce, ...]:
    """Every rule that is the law, in the order of the kinds, and what a request makes of it."""
    return tuple(
        LawInForce(
            law,
            tuple(r for r in rules if r.name == kind and _of_everybody(r)),
            tuple(entry for entry in without if entry.rule == kind),
        )
        for kind, law in LAW.items()
    )


def _of_everybody(rule: Rule) -> bool:
    """Whether a rule leaves nobody out."""
    return getattr(rule, "people", None) is None


def said_twice(without: Sequence[SetAside]) -> Iterator[Found]:
    """Rules that are set aside for everybody, and again."""
    for number, entry in enumerate(without):
        before = [other for other in without[:number] if other.rule == entry.rule]
        if any(entry == other or other.people is None for other in before):
            said = "is set aside already. Maybe keep one of the two, with both reasons?"
            yield ("without", number), said
        elif before and entry.people is None:
            said = "is set aside for everybody, and for some before. Maybe keep only this?"
            yield ("without", number), said
