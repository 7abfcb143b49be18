"""What each priority is about: made from its rules, or given."""

from typing import Any

import pytest

from models.answer.schedule import Schedule
from models.problem.people import Who
from scheduler.exchange.workbook.read_book import read_book
from scheduler.exchange.workbook.request_book import as_csv_zip
from scheduler.intake.parse import read_case
from scheduler.intake.validation_errors import InvalidRequest
from scheduler.rulebook.priority_titles import priority_titles
from scheduler.rules import EXAMPLES
from scheduler.rules.cover.cover import Cover
from scheduler.rules.cover.presence import Presence
from scheduler.rules.cover.surplus import Surplus
from scheduler.rules.fairness.fair_share import FairShare
from scheduler.rules.working_time.consecutive_days import ConsecutiveDays
from scheduler.rules.working_time.min_rest import MinRest


def sent(*titles: tuple[int, str]) -> dict[str, Any]:
    """A request with cover at priority 1 and fair shares at 3."""
    return {
        "problem": {
            "name": "Tiny",
            "horizon": {"first": "2026-01-05", "last": "2026-01-05"},
            "schools": [{"id": "s", "name": "Oak"}],
            "people": [{"id": "ann", "name": "Ann", "home": "s"}],
            "shifts": [
                {"id": "d", "name": "D", "school": "s", "start": "09:00", "end": "12:00",
                 "needs": [{"count": 1}]}
            ],
        },
        "rules": [{"kind": "cover", "priority": 1}, {"kind": "fair_share", "priority": 3}],
        "titles": [{"priority": priority, "title": title} for priority, title in titles],
    }  # fmt: skip


def test_a_title_is_made_from_the_rules() -> None:
    """In their order, each once, in few words; musts have none."""
    found = priority_titles(
        [
            MinRest(),
            FairShare(priority=2),
            Cover(priority=1),
            ConsecutiveDays(most=2, priority=2),
            ConsecutiveDays(most=5, priority=2),
            Presence(who=Who(skill="fa"), called="first-aider", priority=3),
            Surplus(priority=4, says="Nobody comes in vain."),
        ]
    )
    assert found == {
        1: "Cover every shift",
        2: "Fair shares and days in a row",
        3: "First-aider at work",
        4: "Nobody comes in vain",
    }
    many = [Cover(priority=1), FairShare(priority=1), Surplus(priority=1), MinRest(priority=1)]
    assert priority_titles(many) == {1: "Cover every shift, fair shares and 2 more"}


def test_two_priorities_of_one_kind_are_told_apart() -> None:
    """By what their rules say."""
    rules = [ConsecutiveDays(most=3, priority=1), ConsecutiveDays(most=2, priority=2)]
    assert priority_titles(rules) == {
        1: "Days in a row: People work at most 3 days in a row",
        2: "Days in a row: People work at most 2 days in a row",
    }


def test_every_rule_has_a_short_title() -> None:
    """It fits a heading and begins with a capital letter."""
    titles = {shown[0].rule.title for shown in EXAMPLES.values()}
    assert len(titles) == len(EXAMPLES)
    assert all(len(title) <= 40 and title[0].isupper() for title in titles), titles


def test_a_given_title_stands_in_every_report() -> None:
    """Others keep their own."""
    case = read_case(sent((3, "Fairness")))
    assert case.titles == {1: "Cover every shift", 3: "Fairness"}
    assert case.check(Schedule(placements=())).titles == case.titles


def test_a_workbook_keeps_titles() -> None:
    """On a sheet of their own."""
    request = read_case(sent((3, "Fairness"))).request
    assert read_book(as_csv_zip(request)).titles == request.titles


def test_a_title_of_no_priority_is_refused() -> None:
    """Also a second one of the same priority; both at once."""
    with pytest.raises(InvalidRequest) as refused:
        read_case(sent((2, "Nothing"), (1, "Cover"), (1, "Children")))
    assert [
        (fault.pointer, f"{fault.message} {fault.hint}".strip()) for fault in refused.value.faults
    ] == [
        ("/titles/0/priority", "is the priority of no rule. Those of the rules: 1, 3."),
        ("/titles/2/priority", "has a title already. Maybe keep one of the two?"),
    ]
