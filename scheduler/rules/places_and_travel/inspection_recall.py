"""A school recalls its leaders for the days of an inspection."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import (
    Breach,
    DayKind,
    Example,
    Facts,
    Id,
    Lit,
    Model,
    Plan,
    Rule,
    Slack,
    Staff,
    Who,
)

SCHOOL_DAYS = (DayKind.TERM, DayKind.INSET)


class InspectionRecall(Rule):
    """On certain days of a school, such as an inspection, its leaders are there and nowhere else.

    The days are a number of school days from `first`; the people are its leaders, wherever else
    they work. The amount, for each of them and each day, is one if they work at another school, and
    one more if they are not at work at this one, by a duty or by their pattern (`at`), although
    they could be. Together with a wish for least change, nothing else moves more than it must.
    """

    kind: Literal["inspection_recall"] = "inspection_recall"
    scope = "person"
    unit = "leaders' days"
    worse = "leaving leaders elsewhere"

    school: Id = Field(description="The school that recalls its leaders.")
    people: Who = Field(description="Its leaders.")
    first: date = Field(description="The first day.")
    days: PositiveInt = Field(2, le=20, description="The number of school days.")

    def __str__(self) -> str:
        return "The school's leaders are there, and nowhere else, on the days of its inspection."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.attendance import is_there, stay_of

        facts = model.facts
        school = facts.school_number(self.school)
        for person in facts.people(self.people):
            for day in self._days(facts):
                stints = model.stints_on(person.number, day)
                elsewhere = model.any_of(
                    model.does(person.number, s) for s in stints if s.school != school
                )
                missing: Lit = 0
                if self._could(facts, person, day):
                    by_pattern = is_there(model, stay_of(model, person.number, school, day))
                    on_duty = model.on_site(person.number, school, day)
                    missing = model.no(model.any_of([on_duty, by_pattern]))
                room = slack(person.id, facts.date(day).isoformat(), most=2)
                model.cp.add(elsewhere + missing <= room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        school = facts.school_number(self.school)
        name = facts.school_name(school)
        for person in facts.people(self.people):
            for day in self._days(facts):
                schools = {s.school for s in plan.stints(person.number) if s.day == day}
                other = min(schools - {school}, default=None)
                there = school in schools or plan.without_duty(person.number, school, day)
                missing = not there and self._could(facts, person, day)
                said = []
                if other is not None:
                    said.append(f"works at {facts.school_name(other)}")
                if missing:
                    said.append(f"is not at {name}")
                if said:
                    yield Breach(
                        where=(person.id, facts.date(day).isoformat()),
                        amount=len(said),
                        sentence=f"{person.name} {' and '.join(said)} on {facts.says_day(day)}, "
                        f"when {name} needs its leaders.",
                    )

    def faults(self, facts: Facts) -> Iterator[tuple[str, str]]:
        if not self._days(facts):
            yield "first", "leaves no school day in the horizon. Maybe the date is wrong?"

    def _days(self, facts: Facts) -> list[int]:
        school = facts.school_number(self.school)
        first = max(0, facts.day(self.first))
        open_ = [d for d in range(first, len(facts.days)) if facts.kind(school, d) in SCHOOL_DAYS]
        return open_[: self.days]

    def _could(self, facts: Facts, person: Staff, day: int) -> bool:
        school = facts.school_number(self.school)
        return any(
            s.school == school and s.day == day and facts.free(person.number, s)
            for d in facts.possible[person.number]
            for s in d.stints
        )


_SCHOOLS = {"schools": [{"id": "S", "name": "Oakfield"}, {"id": "T", "name": "Fellside"}]}
_SHIFTS = {"A": {"school": "T"}, "M": {}}
_CALL = InspectionRecall(school="T", people=Who(people=("Ann",)), first=date(2026, 1, 6), days=1)
_WAY = {**_SCHOOLS, "travel": [{"between": ["S", "T"], "minutes": 30}]}
_AT_T = {"Ann": {"works": [{}, {"at": "T", "start": "09:00", "end": "12:31"}]}}

EXAMPLES = [
    Example(_CALL, "Ann M .\nBob . M", [], _SHIFTS, _AT_T, _SCHOOLS),
    Example(
        _CALL,
        "Ann M M",
        ["Ann works at Oakfield on Tue 6 Jan, when Fellside needs its leaders."],
        _SHIFTS,
        _AT_T,
        _WAY,
    ),
    Example(
        _CALL,
        "Ann M M",
        [
            "Ann works at Oakfield and is not at Fellside on Tue 6 Jan, when Fellside needs its "
            "leaders."
        ],
        {"A": {"school": "T"}, "M": {"end": "12:01"}},
        _AT_T,
        _WAY,
    ),
    Example(_CALL, "Ann M A M\nBob . M .", [], _SHIFTS, facts=_SCHOOLS),
    Example(
        _CALL,
        "Ann M .\nBob . M",
        [],
        _SHIFTS,
        {"Ann": {"away": [{"first": "2026-01-06"}]}},
        _SCHOOLS,
    ),
    Example(
        _CALL,
        "Ann . M",
        [
            "Ann works at Oakfield and is not at Fellside on Tue 6 Jan, when Fellside needs its "
            "leaders."
        ],
        _SHIFTS,
        facts=_SCHOOLS,
    ),
    Example(
        _CALL.model_copy(update={"days": 2}),
        "Ann . MA .",
        [
            "Ann works at Oakfield on Tue 6 Jan, when Fellside needs its leaders.",
            "Ann is not at Fellside on Wed 7 Jan, when Fellside needs its leaders.",
        ],
        _SHIFTS,
        facts=_SCHOOLS,
    ),
]
