"""Nobody is placed where they may not be, or when they cannot come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from scheduler.rulebook import Breach, Example, Facts, Model, Plan, Rule, Slack, activity


class QualifiedAndAvailable(Rule):
    """Only people who meet a need and are available are placed on it.

    Available means not away, and either inside their working pattern on an open day of their home
    school (in the holidays: with a contract for the whole year) or at a time they have agreed to.
    """

    kind: Literal["qualified_and_available"] = "qualified_and_available"
    scope = "person"
    unit = "placements"
    usual_authority = "law"
    always_on = True
    goes_without_saying = True
    settles_cells = True

    def __str__(self) -> str:
        return "Nobody is placed where they may not be, or when they cannot come."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        if slack.never_bends:
            model.keep_to_possible()
        for person in facts.people():
            duties = model.duties_of(person.number)
            if duties is facts.possible[person.number] and not facts.flexible_duties:
                continue
            for duty in duties:
                if facts.can(person.number, duty) and not duty.is_flexible:
                    continue
                cannot = [
                    s
                    for s in duty.stints
                    if not facts.qualified(person.number, duty, s)
                    or not facts.free(person.number, s)
                ]
                placed = model.works(person.number, duty.number)
                nowhere = model.no(model.takes_place(duty.occasion))
                if cannot:
                    there = model.does_one(person.number, duty, cannot)
                    placed = model.any_of([there, model.all_of([placed, nowhere])])
                else:
                    placed = model.all_of([placed, nowhere])
                model.cp.add(placed <= slack(person.id, duty.id, most=1))

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for person in facts.people():
            for duty in plan.duties(person.number):
                where = (person.id, duty.id)
                stint = plan.stint(duty)
                if stint is None:
                    why = "the activity has no start among its possible ones"
                elif not facts.qualified(person.number, duty, stint):
                    on = f" on {facts.says_day(stint.day)}" if duty.is_flexible else ""
                    why = f"does not meet its need{on}"
                elif (away := facts.why_away(person.number, stint)) is not None:
                    why = away
                else:
                    continue
                yield Breach(
                    where=where,
                    amount=1,
                    sentence=f"{person.name} is placed on {facts.says_duty(duty)} but {why}.",
                )


_FIRST_AIDER = {
    "D": {"needs": [{"count": 1, "who": {"skill": "pfa"}}]},
}

_VISIT = {
    "skills": {"pfa": "first aid"},
    "activities": [activity("P", "Visit", step=180, needs=[{"count": 1, "who": {"skill": "pfa"}}])],
}
_EXPIRES = {"Ann": {"skills": [{"skill": "pfa", "last": "2026-01-05"}]}}
_FROM_TUESDAY = {"Ann": {"skills": [{"skill": "pfa", "first": "2026-01-06"}]}}

EXAMPLES = [
    Example(
        QualifiedAndAvailable(),
        "Ann P .",
        [],
        people=_FROM_TUESDAY,
        facts=_VISIT,
        times={"P": "2026-01-06T09:00"},
    ),
    Example(
        QualifiedAndAvailable(),
        "Ann P .",
        ["Ann is placed on Visit but does not meet its need on Tue 6 Jan."],
        people=_EXPIRES,
        facts=_VISIT,
        times={"P": "2026-01-06T09:00"},
    ),
    Example(QualifiedAndAvailable(), "Ann D D\nBob . .", [], shifts={"D": {}}),
    Example(
        QualifiedAndAvailable(),
        "Ann D .\nBob . D",
        [],
        shifts=_FIRST_AIDER,
        people={
            "Ann": {"skills": [{"skill": "pfa", "last": "2026-01-05"}]},
            "Bob": {"skills": [{"skill": "pfa"}], "away": [{"last": "2026-01-05"}]},
        },
        facts={"skills": {"pfa": "first aid"}},
    ),
    Example(
        QualifiedAndAvailable(),
        "Ann D D\nBob D .",
        [
            "Ann is placed on Day on Tue 6 Jan but does not meet its need.",
            "Bob is placed on Day on Mon 5 Jan but is away.",
        ],
        shifts=_FIRST_AIDER,
        people={
            "Ann": {"skills": [{"skill": "pfa", "last": "2026-01-05"}]},
            "Bob": {"skills": [{"skill": "pfa"}], "away": [{"last": "2026-01-05"}]},
        },
        facts={"skills": {"pfa": "first aid"}},
    ),
    Example(
        QualifiedAndAvailable(),
        "Ann D D",
        ["Ann is placed on Day on Tue 6 Jan but does not work on that day and has not agreed to."],
        people={"Ann": {"works": [{"weekdays": ["mon"]}]}},
    ),
    Example(
        QualifiedAndAvailable(),
        "Ann H\nBob H",
        ["Bob is placed on Handover but does not work at that time."],
        people={"Bob": {"works": [{"sessions": ["pm"]}]}},
        facts={
            "activities": [
                {
                    "id": "H",
                    "name": "Handover",
                    "school": "S",
                    "minutes": 30,
                    "step": 180,
                    "windows": [{"start": "09:00", "end": "16:00"}],
                    "needs": [{"count": 2}],
                }
            ]
        },
        times={"H": "2026-01-05T09:00"},
    ),
]
