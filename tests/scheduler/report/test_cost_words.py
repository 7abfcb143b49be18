"""Costs in the words of their rules: units are listed, never summed."""

from typing import Any

import pytest

from models.answer.report import Report
from scheduler.report.cost_words import cost_sentence, dearer, standing
from scheduler.rulebook.check import check
from scheduler.rulebook.example import Example
from scheduler.rulebook.rule import Rule
from scheduler.rules.cover.cover import Cover
from scheduler.rules.fairness.fewest_for_worst_off import FewestForWorstOff
from scheduler.rules.working_time.consecutive_days import ConsecutiveDays
from scheduler.wording import in_unit

ONE_EACH_DAY: dict[str, dict[str, Any]] = {"D": {"needs": [{"count": 1}]}}

TITLES = {1: "Cover every shift", 2: "Days in a row"}


def judged(rota: str, *rules: Rule) -> Report:
    """What the checker says of a drawn rota in which every day needs one person."""
    example = Example(Cover(), rota, [], shifts=ONE_EACH_DAY)
    return check(example.indexed, rules, example.plan)


def test_a_cost_names_its_priority_by_what_it_is_about() -> None:
    """The amount in the rule's own unit, and no word about what becomes cheaper."""
    rules = (Cover(priority=1), ConsecutiveDays(most=1, priority=2, weight=7))
    more = dearer(judged("Ann D . D", *rules), judged("Ann D D D", *rules))
    assert cost_sentence(more, TITLES) == (
        "It costs 2 more days at priority 2, "
        "\N{LEFT DOUBLE QUOTATION MARK}Days in a row\N{RIGHT DOUBLE QUOTATION MARK}."
    )
    assert cost_sentence({}, TITLES) == ""


def test_units_of_one_priority_are_listed() -> None:
    """Two rules at one priority: each in its unit and its words, also the one that gains."""
    rules = (Cover(priority=1), ConsecutiveDays(most=1, priority=1, weight=3))
    before, after = judged("Ann D . D", *rules), judged("Ann D D D", *rules)
    opened, closed = "\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"
    assert dearer(before, after) == {
        1: f"2 more days ({opened}People work at most 1 day in a row{closed}) and 1 fewer person "
        f"({opened}Every duty has the people it needs{closed})"
    }
    assert standing(before, 1) == "1 person"
    assert standing(after, 1) == "2 days"


def test_what_became_cheaper_is_no_cost() -> None:
    """Only priorities that cost more are named."""
    rules = (Cover(priority=1), FewestForWorstOff(priority=2))
    assert dearer(judged("Ann D D D", *rules), judged("Ann D D .", *rules)) == {1: "1 more person"}


@pytest.mark.parametrize(
    ("number", "unit", "said"),
    [
        (3306, "hundredths of a day", "33.06 days"),
        (100, "hundredths of a day", "1 day"),
        (119, "minutes", "119 minutes"),
        (120, "minutes", "2 hours"),
        (3306, "minutes", "55 hours 6 minutes"),
        (1, "people", "1 person"),
    ],
)
def test_large_amounts_are_said_as_people_say_them(number: int, unit: str, said: str) -> None:
    """Hours, and days with their hundredths."""
    assert in_unit(number, unit) == said
