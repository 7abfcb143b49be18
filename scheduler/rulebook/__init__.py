"""What a rule is, how it is drawn, and how a schedule is judged by all of them.

A rule file imports what it needs from here. Imports `models`, and `solver` for its types only.
"""

from typing import TYPE_CHECKING, Any

from models.answer.report import Authority, Breach, Unjudged
from models.facts.duties import Gathering
from models.facts.facts import Duty, Facts, Occasion, Pupils, Staff, Stint
from models.facts.plan import Plan
from models.facts.weeks import Week, says_weekend, weekend_faults, weekends
from models.problem.calendar import (
    DateRange,
    DayKind,
    LocalTime,
    Weekday,
    duration,
    weekday,
)
from models.problem.people import Who
from models.problem.problem import Problem, Which
from models.problem.resources import Thing
from models.value import Id, Text, Value
from scheduler.rulebook.example import Example, activity, open_school
from scheduler.rulebook.rule import LimitsRule, Rule, Scope

if TYPE_CHECKING:
    from solver.language.model import Model
    from solver.language.slack import LinearExprT, Lit, Slack
else:  # the service reads rules without the solver, and annotations are never evaluated
    LinearExprT = Lit = Model = Slack = Any

__all__ = [
    "Authority",
    "Breach",
    "DateRange",
    "DayKind",
    "Duty",
    "Example",
    "Facts",
    "Gathering",
    "Id",
    "LimitsRule",
    "LinearExprT",
    "Lit",
    "LocalTime",
    "Model",
    "Occasion",
    "Plan",
    "Problem",
    "Pupils",
    "Rule",
    "Scope",
    "Slack",
    "Staff",
    "Stint",
    "Text",
    "Thing",
    "Unjudged",
    "Value",
    "Week",
    "Weekday",
    "Which",
    "Who",
    "activity",
    "duration",
    "open_school",
    "says_weekend",
    "weekday",
    "weekend_faults",
    "weekends",
]
