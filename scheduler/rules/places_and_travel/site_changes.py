"""Nobody changes school too often in a day."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import Literal

from pydantic import Field, NonNegativeInt

from scheduler.rulebook import Breach, Example, Facts, Lit, Model, Plan, Rule, Slack, Who


class SiteChanges(Rule):
    """Nobody changes school more than a number of times in a day.

    Duties are taken in the order in which they start: going from one school to another is one
    change, and coming back is another. The amount, for each person and day, is the number of
    changes beyond the limit.
    """

    kind: Literal["site_changes"] = "site_changes"
    scope = "person"
    unit = "changes of school"
    short = "Few changes of school"
    worse = "more changes of school in a day"

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    most: NonNegativeInt = Field(1, description="Changes allowed in a day.")

    def __str__(self) -> str:
        if self.most == 0:
            return "Nobody works at two schools on one day."
        times = "once" if self.most == 1 else f"{self.most} times"
        return f"Nobody changes school more than {times} a day."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        for person in facts.people(self.people):
            for day in range(len(facts.days)):
                stints = sorted(
                    model.stints_on(person.number, day), key=lambda s: (s.start, s.end, s.number)
                )
                # Duties in a row at one school count as one, since nothing changes between them.
                runs = [
                    (school, model.any_of(model.does(person.number, s) for s in mine))
                    for school, mine in groupby(stints, key=lambda s: s.school)
                ]
                if len({school for school, _ in runs}) < 2:
                    continue
                room = slack(person.id, facts.date(day).isoformat(), most=len(runs))
                changes: list[Lit] = []
                # Where the person was last, school by school, as the day goes on.
                last: dict[int, Lit] = {}
                for school, does in runs:
                    others = [lit for other, lit in last.items() if other != school]
                    if others:
                        changes.append(model.all_of([does, model.any_of(others)]))
                    last = {
                        other: model.all_of([lit, model.no(does)])
                        for other, lit in last.items()
                        if other != school
                    } | {school: model.any_of([does, last.get(school, 0)])}
                model.cp.add(model.sum(changes) <= self.most + room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for person in facts.people(self.people):
            by_day: dict[int, list[int]] = {}
            for stint in plan.stints(person.number):
                if stint.duty >= 0:
                    by_day.setdefault(stint.day, []).append(stint.school)
            for day, schools in by_day.items():
                changes = sum(a != b for a, b in pairwise(schools))
                if changes > self.most:
                    yield Breach(
                        where=(person.id, facts.date(day).isoformat()),
                        amount=changes - self.most,
                        sentence=f"{person.name} changes school {_times(changes)} on "
                        f"{facts.says_day(day)}; {_times(self.most)} is the most.",
                    )


def _times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")


_SCHOOLS = {"schools": [{"id": "S", "name": "Oakfield"}, {"id": "T", "name": "Fellside"}]}
_SHIFTS = {"A": {"school": "T"}, "L": {"start": "16:30", "end": "18:00"}, "M": {}}

EXAMPLES = [
    Example(SiteChanges(most=0), "Ann M A\nBob ML A", [], _SHIFTS, facts=_SCHOOLS),
    Example(SiteChanges(), "Ann MA AL", [], _SHIFTS, facts=_SCHOOLS),
    Example(
        SiteChanges(),
        "Ann MAL MA",
        ["Ann changes school twice on Mon 5 Jan; once is the most."],
        _SHIFTS,
        facts=_SCHOOLS,
    ),
    Example(
        SiteChanges(most=0),
        "Ann MA",
        ["Ann changes school once on Mon 5 Jan; never is the most."],
        _SHIFTS,
        facts=_SCHOOLS,
    ),
]
