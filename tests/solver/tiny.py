"""The smallest rotas that a test of the solver needs: one school, shifts every day."""

from typing import Any

from models.facts.facts import Facts
from models.problem.problem import Problem

EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def tiny(people: int = 1, days: int = 4, shifts: str = "D", **more: Any) -> Facts:
    """People p0, p1, ... and shifts by letter: Day, Overlapping it, Evening, each every day.

    With one shift, a stint's number is its day.
    """
    times = {"D": ("09:00", "15:00"), "O": ("14:00", "18:00"), "E": ("18:00", "22:00")}
    document = {
        "name": "Tiny",
        "horizon": {"first": "2026-01-05", "last": f"2026-01-{4 + days:02}"},
        "schools": [{"id": "S", "name": "School", "weekdays": EVERY_DAY}],
        "people": [{"id": f"p{n}", "name": f"P{n}", "home": "S"} for n in range(people)],
        "shifts": [
            {
                "id": letter,
                "name": letter,
                "school": "S",
                "start": times[letter][0],
                "end": times[letter][1],
                "needs": [{"count": 1}],
            }
            for letter in shifts
        ],
    }
    return Facts(Problem.model_validate(document | more))
