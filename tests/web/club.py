"""A holiday club of ten people at two schools, for the pages, with answers that nobody searched."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.answer.schedule import Schedule
from models.problem.problem import Placement
from scheduler.engine import schedule
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.jobs.transitions import end, locked, request_of
from scheduler.report.answer import best_so_far
from scheduler.storage.clock import now
from scheduler.storage.tables import JobState

NAMES = ["Ann", "Bob", "Cat", "Dev", "Eve", "Fay", "Gus", "Hal", "Ivy", "Jon"]

HOSTILE = "<img src=x onerror=alert(1)>"


def club(*, days: int = 5, seconds: float = 60, hostile: bool = True) -> dict[str, Any]:
    """A club that needs a first-aider and two helpers, and a late one for two; unless for show,
    two names are hostile."""
    return {
        "problem": {
            "name": "Easter club",
            "horizon": {"first": "2026-04-06", "last": f"2026-04-{5 + days:02}"},
            "skills": {"first-aid": "First aid"},
            "schools": [
                {"id": "oak", "name": "Oak Primary"},
                {"id": "fel", "name": "Fellside Primary"},
            ],
            "people": [
                {
                    "id": name.lower(),
                    "name": HOSTILE if hostile and name == "Jon" else f"{name} Marsh",
                    "home": "fel" if number > 6 else "oak",
                    "skills": [{"skill": "first-aid"}] if number % 3 == 0 else [],
                }
                for number, name in enumerate(NAMES)
            ],
            "shifts": [
                {
                    "id": "club",
                    "name": "Club",
                    "school": "oak",
                    "start": "08:30",
                    "end": "12:30",
                    "needs": [
                        {"id": "first-aider", "count": 1, "who": {"skill": "first-aid"}},
                        {"id": "helper", "count": 2},
                    ],
                },
                {
                    "id": "late",
                    "name": "=HYPERLINK()" if hostile else "Late club",
                    "school": "fel",
                    "start": "15:00",
                    "end": "17:00",
                    "needs": [{"count": 2}],
                },
            ],
            "pinned": [{"person": "ann", "duty": "club/first-aider@2026-04-06"}],
        },
        "rules": [
            {"kind": "cover", "priority": 1},
            {"kind": "consecutive_days", "most": 2, "priority": 2},
        ],
        "limits": {"seconds": seconds, "workers": 1},
    }


def impossible() -> dict[str, Any]:
    """A club of two days for which nobody may work on both."""
    request = club(days=2)
    problem = request["problem"]
    problem["name"] = "Club without people"
    problem["people"] = problem["people"][:3]
    problem["shifts"] = problem["shifts"][:1]
    problem["pinned"] = []
    request["rules"] = [
        {"kind": "cover", "priority": "must"},
        {"kind": "consecutive_days", "most": 1, "priority": "must"},
    ]
    return request


PLACED = [
    ("ann", "club/first-aider@2026-04-06"),
    ("bob", "club/helper@2026-04-06"),
    ("cat", "club/helper@2026-04-06"),
    ("hal", "late@2026-04-06"),
    ("jon", "late@2026-04-06"),
    ("ann", "club/first-aider@2026-04-07"),
    ("bob", "club/helper@2026-04-07"),
    ("ann", "club/first-aider@2026-04-08"),
]
"""Ann works three days in a row, and many places stay empty."""


def answer(
    engine: sa.Engine,
    job_id: str,
    *,
    search: bool = False,
    placed: Sequence[tuple[str, str]] = PLACED,
) -> None:
    """Answer a job, by what is placed here or by a search, as a worker would."""
    placements = tuple(Placement(person=p, duty=d) for p, d in sorted(placed))
    with Session(engine) as session, session.begin():
        job = locked(session, job_id)
        assert job is not None
        request: RotaRequest = request_of(session, job)
        by_hand = Schedule(placements=placements)
        found = (
            schedule(request)
            if search
            else best_so_far(Case(request), by_hand, (), seconds=1, note="By hand.")
        )
        job.started_at = now()
        end(session, job, JobState.DONE, found)
