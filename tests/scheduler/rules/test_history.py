"""Encodings and checkers agree whatever was worked, or is known, before the horizon."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from scheduler.rulebook.example import Example
from tests.agreement import Trial, plans
from tests.drawings import SHOWN
from tests.soak import more, tries

PASTS = tries(1, 3)
"""Pasts of each drawing, always the same ones."""

MOST_PLANS = tries(5, 8)
"""Schedules of each drawing that are tried with each past."""


def with_a_past(example: Example, dice: random.Random) -> Example:
    """The drawing with some days worked before it, of which perhaps only the last are known.

    A day of the past has the times of one of the drawing's own shifts, so that a rule about late
    or early hours meets a late or an early past too; or it is an ordinary day or night.
    """
    own = [(s.id, f"{s.start:%H:%M}", f"{s.end:%H:%M}") for s in example.problem.shifts]
    letters = sorted({duty.shift for duty in example.indexed.duties})
    rows: list[dict[str, Any]] = []
    for name, _ in example.lines:
        for back in range(1, dice.choice((2, 4, 16))):
            day = example.first - timedelta(days=back)
            if dice.random() < 0.5:
                start, end = ("22:00", "06:00") if dice.random() < 0.2 else ("09:00", "15:00")
                letter = dice.choice(letters) if letters else None
                if own and dice.random() < 0.6:
                    letter, start, end = dice.choice(own)
                rows.append(
                    {
                        "person": name,
                        "school": example.problem.schools[0].id,
                        "shift": letter,
                        "start": f"{day}T{start}",
                        "end": f"{day + timedelta(days=end <= start)}T{end}",
                    }
                )
    facts: dict[str, Any] = {**example.facts, "history": rows}
    if dice.random() < 0.5:
        facts["history_from"] = str(example.first - timedelta(days=dice.choice((0, 1, 3, 16))))
    if dice.random() < 0.5:
        amount = dice.choice((-2, -1, 1, 3))
        facts["balances"] = [{"person": example.lines[0][0], "amount": amount}]
    return replace(example, facts=facts)


@more
@pytest.mark.parametrize("name", SHOWN)
def test_encoding_and_checker_agree_about_any_past(name: str) -> None:
    """By free variables, as constants, and through the shape."""
    dice = random.Random(name)
    for _ in range(PASTS):
        example = with_a_past(SHOWN[name], dice)
        trial = Trial(example.rule, example.indexed)
        for plan in plans(example.indexed, example.plan, MOST_PLANS):
            said = trial.said(plan)
            assert trial.with_equalities(plan) == said, example.facts["history"]
            assert trial.with_constants(plan) == said, example.facts["history"]
            assert trial.through_shapes(plan) in (said, None), example.facts["history"]
