"""What every format of a schedule is written from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from models.answer.result import Result
from models.answer.summary import Summary
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.report.summary import summarise
from scheduler.rulebook.rule import Rule

DRAFT_BANNER = "DRAFT: BREAKS MUSTS"
"""What a schedule that breaks rules that must hold says before all else."""


@dataclass(frozen=True)
class RenderInput:
    """A schedule with all that a format may want to say about it."""

    facts: Facts
    plan: Plan
    """The result's schedule, or its draft's."""
    result: Result
    rules: Sequence[Rule] = ()
    """The request's rules; they say why a free person does not fill an unfilled place."""
    person: str | None = None
    """The id of the person whose calendar is wanted; None for everybody's."""
    over: Callable[[], bool] = lambda: False
    """Whether time is over, so that nobody more is tried on unfilled places."""

    @property
    def banner(self) -> str:
        """The draft banner; empty where the schedule keeps all rules that must hold."""
        result = self.result
        return DRAFT_BANNER if result.schedule is None and result.draft is not None else ""

    @cached_property
    def summary(self) -> Summary:
        """The summary of the schedule, made when a format first asks for it."""
        titles = {level.priority: level.title for level in self.result.levels}
        if self.result.draft is not None:
            titles = self.result.draft.report.titles
        return summarise(self.facts, self.plan, self.rules, titles or None, self.over)
