"""Periods that the rota cuts are not judged for having too few activities, and it is said."""

import pytest

from models.answer.report import Finding
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Problem
from scheduler.rulebook.check import check
from scheduler.rules.activities.activities_per_period import ActivitiesPerPeriod


def judged(rule: ActivitiesPerPeriod, first: str, last: str) -> Finding:
    """A visit that could be on any school day, and is left out."""
    problem = Problem.model_validate(
        {
            "name": "Visits",
            "horizon": {"first": first, "last": last},
            "schools": [
                {
                    "id": "oak",
                    "name": "Oakfield",
                    "terms": [{"first": "2026-01-05", "last": "2026-02-13"}],
                }
            ],
            "people": [],
            "activities": [
                {
                    "id": "visit",
                    "name": "Visit",
                    "school": "oak",
                    "minutes": 60,
                    "windows": [{"start": "09:00", "end": "10:00"}],
                    "optional": True,
                }
            ],
        }
    )
    facts = Facts(problem)
    (finding,) = check(facts, [rule], Plan(facts, [], {})).findings
    return finding


@pytest.mark.parametrize(
    ("period", "first", "last", "broken", "not_judged"),
    [
        ("week", "2026-01-05", "2026-01-16", ["2026-01-05", "2026-01-12"], []),
        ("week", "2026-01-06", "2026-01-15", [], ["2026-01-05", "2026-01-12"]),
        ("fortnight", "2026-01-05", "2026-01-23", ["2026-01-05"], ["2026-01-19"]),
        ("half_term", "2026-01-05", "2026-02-13", ["2026-01-05"], []),
        ("half_term", "2026-01-05", "2026-02-12", [], ["2026-01-05"]),
        ("half_term", "2026-01-06", "2026-02-13", [], ["2026-01-05"]),
        ("day", "2026-01-08", "2026-01-08", ["2026-01-08"], []),
    ],
)
def test_only_a_period_that_is_whole_can_have_too_few(
    period: str, first: str, last: str, broken: list[str], not_judged: list[str]
) -> None:
    """Each place is broken or not judged, never both."""
    rule = ActivitiesPerPeriod.model_validate(
        {"kind": "activities_per_period", "period": period, "least": 1, "most": None}
    )
    finding = judged(rule, first, last)
    assert [b.where for b in finding.breaches] == [(day,) for day in broken]
    assert [u.where for u in finding.not_judged] == [(day,) for day in not_judged]
    assert all(u.sentence for u in finding.not_judged)


def test_nothing_is_unjudged_where_nothing_is_asked_at_least() -> None:
    """An upper limit is judged in every period."""
    assert judged(ActivitiesPerPeriod(), "2026-01-06", "2026-01-15").not_judged == ()
