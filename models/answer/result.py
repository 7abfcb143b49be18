"""What comes back: the schedule, how good it was proved to be, and what could not be met."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Self

from pydantic import Field

from models.answer.report import Authority, Report
from models.answer.schedule import Schedule
from models.value import Value


class ResultStatus(StrEnum):
    """How a request ended."""

    OPTIMAL = "optimal"
    """Every priority is proved: nothing is better, in the order asked for."""
    FEASIBLE = "feasible"
    """All musts hold; at least one priority has an open gap."""
    IMPOSSIBLE = "impossible"
    """Proved: the musts cannot all hold."""
    UNKNOWN = "unknown"
    """Nothing found in time."""


class Level(Value):
    """One priority: the value reached and what was proved about it."""

    priority: int = Field(description="The number of the priority; 1 comes first.")
    title: str = Field("", description="What it is about, in a few words.")
    value: int = Field(description="Cost reached, by the checker.")
    bound: int = Field(
        description="No schedule that does as well at the priorities before can cost less."
    )
    sentence: str = Field("", description="What was reached and proved, in words.")

    @property
    def proved(self) -> bool:
        """Whether nothing better exists, given the priorities before."""
        return self.bound >= self.value


def still_proved(costs: Mapping[int, int], known: Sequence[Level]) -> dict[int, int]:
    """What bounds that were proved at other values say about a schedule: by priority, in order.

    A bound was proved among schedules that do as well as the values before it. So it holds where
    all costs before are at most those values, and says nothing from the first on that is higher.

    Args:
        costs: of the schedule, by priority, in order.
        known: values with their bounds, in the same order.
    """
    found = {}
    for level in known:
        if level.priority not in costs:
            break
        found[level.priority] = level.bound
        if costs[level.priority] > level.value:
            break
    return found


class Receipt(Value):
    """What an answer was made of, so that it can be made again."""

    input_hash: str = Field(description="SHA-256 of the request's canonical JSON.")
    version: str = Field(description="The version of schoolrota.")
    ortools: str = Field(description="The version of OR-Tools.")
    python: str = Field(description="The version of Python.")
    seed: int = Field(description="The seed of the random choices.")
    workers: int = Field(description="Threads that searched.")
    seconds: float = Field(description="Seconds from the beginning of the solve to its end.")
    first_schedule_seconds: float | None = Field(
        None, description="Seconds until the first checked schedule; null where there was none."
    )
    reproducible: bool = Field(
        description="Whether the same input gives the same schedule: work was counted, not timed."
    )
    fuse_blown: bool = Field(
        False, description="Reproducible was asked for, but the clock ended the search."
    )
    strategy: str = Field(description="Which search answered, and why.")


class ClashMember(Value):
    """A rule or a fact at a place that takes part in a clash."""

    rule: int | None = Field(None, description="The rule's position; none for a fact.")
    kind: str = Field(description="The kind of the rule, or of the fact.")
    authority: Authority = Field(description="Where the rule or fact comes from.")
    where: tuple[str, ...] = Field(
        (), description="Ids and dates that name the place; empty for everywhere."
    )
    sentence: str = Field(description="The rule or fact in words.")


class Relaxation(Value):
    """A way to make the request possible, solved and checked."""

    gives_up: tuple[ClashMember, ...] = Field(description="What this schedule does not keep.")
    sentence: str = Field(description="What is given up, in words.")
    schedule: Schedule = Field(description="A schedule that keeps every other must.")
    report: Report = Field(description="What the checker says of that schedule.")


class Clash(Value):
    """Rules and facts that cannot all hold, or are suspected of it."""

    members: tuple[ClashMember, ...] = Field(
        description="The rules and facts that cannot all hold, or are suspected of it."
    )
    minimal: bool = Field(description="Each member was shown to be needed.")
    confirmed: bool = Field(
        description="Proved, and a second run with other parameters agrees; else only suspected."
    )
    sentence: str = Field(description="The clash in one sentence.")
    relaxations: tuple[Relaxation, ...] = Field(
        (), description="What could be given up, each with a schedule that keeps the rest."
    )
    ways: tuple[str, ...] = Field(
        (),
        description="All that would do, each solved and checked: exceptions to rules, numbers and "
        "facts otherwise, one more; wishes before policies, agreements and law, then those that "
        "fewest people notice.",
    )


class Draft(Value):
    """The least-broken schedule where none keeps the musts, or none was found. It breaks musts."""

    schedule: Schedule = Field(description="The schedule, which breaks musts.")
    report: Report = Field(description="What it breaks.")


class Progress(Value):
    """What is known so far; sent while the search runs."""

    seconds: float
    stage: str = Field(description="reading, compiling, solving, explaining or checking")
    priority: int | None = Field(None, description="The priority being worked on.")
    levels: tuple[Level, ...] = ()
    schedule: Schedule | None = Field(None, description="A new best schedule, checked.")
    draft: Draft | None = Field(
        None, description="While it is explained why there is no schedule: the least-broken one."
    )
    clash: Clash | None = Field(None, description="What clashes, as far as is known by then.")

    def titled(self, titles: Mapping[int, str]) -> Self:
        """The same with the titles of priorities."""
        levels = (
            level.model_copy(update={"title": titles.get(level.priority, "")})
            for level in self.levels
        )
        return self.model_copy(update={"levels": tuple(levels)})


class Result(Value):
    """The answer to a request."""

    status: ResultStatus = Field(description="How the request ended.")
    schedule: Schedule | None = Field(
        None, description="The best checked schedule; null where there is none."
    )
    report: Report | None = Field(None, description="What the checker says of the schedule.")
    levels: tuple[Level, ...] = Field(
        (), description="For each priority in order the value reached and what was proved."
    )
    clash: Clash | None = Field(
        None,
        description="Why there is no schedule: what cannot all hold, or what is suspected where "
        "none was found in time.",
    )
    draft: Draft | None = Field(
        None,
        description="The least-broken schedule, where the musts cannot all hold or no schedule was "
        "found in time.",
    )
    notes: tuple[str, ...] = Field((), description="Sentences: why not, what it cost, what to try.")
    receipt: Receipt = Field(description="What the answer was made of.")
