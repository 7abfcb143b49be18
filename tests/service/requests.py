"""Requests for the tests of jobs: one that is solved at once, and one that takes its whole time."""

from datetime import date, timedelta
from typing import Any

MONDAY = date(2026, 1, 5)


def small(*, people: int = 5, days: int = 5, seconds: float = 60) -> dict[str, Any]:
    """One school, one shift a day for two people, and never more than three days in a row."""
    return {
        "problem": {
            "name": "A small week",
            "horizon": {
                "first": MONDAY.isoformat(),
                "last": (MONDAY + timedelta(days=days - 1)).isoformat(),
            },
            "skills": {"first-aid": "First aid"},
            "schools": [
                {
                    "id": "oak",
                    "name": "Oak Primary",
                    "terms": [{"first": "2026-01-01", "last": "2026-12-31"}],
                }
            ],
            "people": [
                {
                    "id": f"p{number}",
                    "name": f"Person {number}",
                    "home": "oak",
                    "skills": [{"skill": "first-aid"}] if number % 2 else [],
                }
                for number in range(people)
            ],
            "shifts": [
                {
                    "id": "hub",
                    "name": "Hub",
                    "school": "oak",
                    "start": "09:00",
                    "end": "15:00",
                    "needs": [{"count": 2}],
                }
            ],
        },
        "rules": [
            {"kind": "cover"},
            {"kind": "consecutive_days", "most": 3, "priority": "must"},
        ],
        "limits": {"seconds": seconds, "workers": 1},
    }


def endless(*, seconds: float = 60) -> dict[str, Any]:
    """A request that goes on finding better schedules until its time is over."""
    request = small(people=21, days=70, seconds=seconds)
    request["problem"]["name"] = "A long season"
    request["problem"]["schools"][0]["weekdays"] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    request["problem"]["shifts"][0]["needs"] = [{"count": 9}]
    request["rules"] = [
        {"kind": "cover"},
        {"kind": "consecutive_days", "most": 3, "priority": 2},
        {"kind": "consecutive_days", "least": 4, "priority": 2, "weight": 3},
        {
            "kind": "consecutive_days",
            "most": 1,
            "priority": 3,
            "people": {"skill": "first-aid"},
        },
    ]
    return request
