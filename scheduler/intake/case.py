"""Case: a request with its facts, which are expanded once and handed on."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from models.answer.report import Report
from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Problem
from scheduler.intake.request import RotaRequest
from scheduler.rulebook.check import check
from scheduler.rulebook.rule import Rule

UNEXPANDED = ("name", "as_of", "published", "pinned", "forbidden")
"""Fields of a problem that its expansion only refers to: a change to them expands nothing."""


@dataclass(frozen=True)
class Case:
    """A request with its facts.

    Expanding a problem takes longer than most questions about it, so a function
    that has a case hands on the case, not its request. A pickled case leaves its facts behind.
    """

    request: RotaRequest

    @classmethod
    def of(cls, sent: "RotaRequest | Case") -> "Case":
        """The case itself, or a new one of a request."""
        return sent if isinstance(sent, Case) else cls(sent)

    @classmethod
    def expanded(cls, request: RotaRequest, facts: Facts) -> "Case":
        """The case of a request whose facts are there already."""
        case = cls(request)
        vars(case)["facts"] = facts
        return case

    def amended(self, request: RotaRequest) -> "Case":
        """The case of another request, which shares this one's expansion where it can: where the
        problems differ in no more than placements, tags of people, the name and `as_of`."""
        if not _expands_alike(self.request.problem, request.problem):
            return Case(request)
        if request.problem == self.request.problem:
            return Case.expanded(request, self.facts)
        return Case.expanded(request, self.facts.amended(request.problem))

    @cached_property
    def facts(self) -> Facts:
        """The facts of the request's problem, expanded when they are first asked for."""
        return Facts(self.request.problem)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of the request, the law in force, and the always-on rules that concern it."""
        return self.request.all_rules

    @cached_property
    def titles(self) -> dict[int, str]:
        """What each priority is about, in a few words."""
        return self.request.priority_titles

    def plan(self, schedule: Schedule) -> Plan:
        """A schedule as a plan of these facts."""
        return Plan.of(self.facts, schedule)

    def check(self, schedule: Schedule) -> Report:
        """How every rule fares in a schedule."""
        return self.judge(self.plan(schedule))

    def judge(self, plan: Plan) -> Report:
        """How every rule fares in a plan of these facts."""
        return self.titled(check(self.facts, self.rules, plan))

    def titled(self, report: Report) -> Report:
        """A report with the titles of the request's priorities."""
        return report.model_copy(update={"titles": self.titles})

    def __reduce__(self) -> tuple[Callable[..., "Case"], tuple[Any, ...]]:
        return Case, (self.request,)


def _expands_alike(one: Problem, other: Problem) -> bool:
    """Whether two problems have the same expansion."""
    if len(one.people) != len(other.people):
        return False
    fields = Problem.model_fields.keys() - {*UNEXPANDED, "people"}
    return all(getattr(one, field) == getattr(other, field) for field in fields) and all(
        a is b or a == b or a.model_copy(update={"tags": b.tags}) == b
        for a, b in zip(one.people, other.people, strict=True)
    )
