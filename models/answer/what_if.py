"""Why somebody is, or is not, on a duty, and what a change by hand would break and cost."""

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from models.answer.cover import Replacement
from models.answer.summary import Candidate
from models.value import Id, Value


class HandMove(Value):
    """One change by hand."""

    do: Literal["pin", "give", "swap", "leave_empty"] = Field(
        description="Pin: the person is on the duty. Give: the duty goes from the person, if one "
        "is named, to another. Swap: two people exchange two duties. Leave empty: the person, or "
        "everybody, comes off the duty."
    )
    duty: str = Field(min_length=1, max_length=200, description="The id of the duty.")
    person: Id | None = Field(None, description="The id of the person.")
    to: Id | None = Field(None, description="Give and swap: the id of the other person.")
    other: str | None = Field(
        None, min_length=1, max_length=200, description="Swap: the other person's duty."
    )

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        needed = {
            "pin": {"person"},
            "give": {"to"},
            "swap": {"person", "to", "other"},
            "leave_empty": set[str](),
        }[self.do]
        missing = sorted(name for name in needed if getattr(self, name) is None)
        if missing:
            raise ValueError(f"lacks what it needs: {', '.join(missing)}")
        return self


class TryRequest(Value):
    """Changes by hand that are judged together; nothing is kept."""

    moves: tuple[HandMove, ...] = Field(
        min_length=1, max_length=200, description="In the order in which they are made."
    )


class PriorityChange(Value):
    """What one priority costs after a change, compared with before."""

    priority: int = Field(description="The number of the priority; 1 comes first.")
    change: int = Field(description="What it costs more (or, below zero, less), exactly.")
    before: int | None = Field(description="What the schedule costs; null where that is not known.")
    at_least: int | None = Field(
        description="Where the rest may move too: what was proved to be the least for any schedule "
        "that does as well at the priorities before; null where nothing was proved."
    )


class TryAnswer(Value):
    """What changes by hand would do while the rest stays as it is."""

    moves: tuple[str, ...] = Field(description="The changes in words.")
    breaks: tuple[str, ...] = Field(description="Musts that would be broken, in sentences.")
    mends: tuple[str, ...] = Field(description="Musts that are broken now and would not be.")
    costs: tuple[PriorityChange, ...] = Field(description="Every priority, the first first.")
    better: bool | None = Field(
        description="Whether it is better, by musts, then priority by priority; null if equal."
    )
    sentence: str = Field(description="All of it in a sentence or two.")


class CandidatesRequest(Value):
    """Who else could be on a duty."""

    duty: str = Field(min_length=1, max_length=200, description="The id of the duty.")
    instead_of: Id | None = Field(None, description="The person who would come off it.")
    most: int = Field(10, ge=1, le=1000, description="The most candidates.")


class CandidatesAnswer(Value):
    """Everybody who meets a duty's need: who could be on it, best first, and why others cannot."""

    duty: str = Field(description="The id of the duty.")
    name: str = Field(description="The duty as a person says it.")
    missing: int = Field(description="People that it lacks, without the one who would come off.")
    candidates: tuple[Replacement, ...] = Field(
        description="Who could, the best first, each judged exactly while the rest stays as it is."
    )
    more: int = Field(description="Candidates that were left out.")
    unable: tuple[Candidate, ...] = Field(description="Who meets the need and cannot, and why.")


class ExplainRequest(Value):
    """A person and a duty, or a person and a day."""

    person: Id = Field(description="The id of the person.")
    duty: str | None = Field(None, min_length=1, max_length=200, description="The id of the duty.")
    day: date | None = Field(
        None, description="Or a date: all their duties, or why they have none."
    )

    @model_validator(mode="after")
    def _is_about_one_thing(self) -> Self:
        if (self.duty is None) == (self.day is None):
            raise ValueError("must have exactly one of duty and day")
        return self


class WhyDuty(Value):
    """Why one person is, or is not, on one duty."""

    duty: str = Field(description="The id of the duty.")
    there: bool = Field(description="Whether they are on it.")
    why: Literal[
        "pinned", "placed", "unqualified", "unavailable", "busy", "forbidden", "not_chosen"
    ] = Field(description="The kind of reason.")
    sentences: tuple[str, ...] = Field(description="Why, in sentences.")
    otherwise: TryAnswer | None = Field(
        description="What the opposite would break and cost; null where it cannot be."
    )
    instead: tuple[Replacement, ...] = Field(
        description="Where they are on it: who else could be, the best first."
    )


class ExplainAnswer(Value):
    """Why a person is where they are."""

    person: str = Field(description="The id of the person.")
    name: str = Field(description="Their name.")
    duties: tuple[WhyDuty, ...] = Field(
        description="The duty asked for; or their duties of the day, or those that they could do."
    )
    sentences: tuple[str, ...] = Field(description="All of it in words.")
