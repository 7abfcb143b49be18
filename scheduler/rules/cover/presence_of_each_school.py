"""Wherever a school's children are, enough adults of that school work there too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Id,
    Model,
    Plan,
    Rule,
    Slack,
    Stint,
    Which,
    Who,
)


class PresenceOfEachSchool(Rule):
    """Wherever a school's children are expected on a day, enough of its own adults work there.

    An adult's own school is their home school. An adult works there by a duty, or by their pattern
    (`at`) if no duty elsewhere takes them away for all of that time; with `among` only people on
    those duties count. The amount, for each place, day and home school, is
    the number of adults missing.
    """

    kind: Literal["presence_of_each_school"] = "presence_of_each_school"
    scope = "school_day"
    unit = "people"
    short = "Every school is there"

    schools: tuple[Id, ...] | None = Field(
        None, description="The places of work that are judged; all if left out."
    )
    homes: tuple[Id, ...] | None = Field(
        None, description="The home schools that are judged; all if left out."
    )
    who: Who | None = Field(None, description="The adults who count; all if left out.")
    among: Which | None = Field(None, description="Only people on these duties count.")
    count: PositiveInt = Field(1, description="How many adults of each home school.")

    def __str__(self) -> str:
        adults = "an adult" if self.count == 1 else f"{self.count} adults"
        return f"Each school has {adults} of its own wherever its children are, every day."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.attendance import is_there, stay_of

        facts = model.facts
        counting = self._counting(facts)
        for school, day, home in self._places(facts):
            people = [p.number for p in facts.staff if self._is_meant(facts, p.number, home, day)]
            stays = {p: stay_of(model, p, school, day) for p in people if counting is None}
            always = [s for s in stays.values() if s is not None and () in s.ways_to_be_there()]
            if len(always) >= self.count:
                continue
            there = [
                model.any_of(
                    [
                        model.does(p, s)
                        for s in model.stints_on(p, day)
                        if s.school == school and _counts(s, counting)
                    ]
                    + [is_there(model, stays.get(p))]
                )
                for p in people
            ]
            room = slack(*self._where(facts, school, day, home), most=self.count)
            model.cp.add(model.sum(there) + room >= self.count)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        counting = self._counting(facts)
        for school, day, home in self._places(facts):
            there = sum(
                any(
                    s.day == day and s.school == school and _counts(s, counting)
                    for s in plan.stints(p.number)
                )
                or (counting is None and len(plan.without_duty(p.number, school, day)) > 0)
                for p in facts.staff
                if self._is_meant(facts, p.number, home, day)
            )
            if there < self.count:
                yield Breach(
                    where=self._where(facts, school, day, home),
                    amount=self.count - there,
                    sentence=f"{facts.school_name(home)} has {there} of {self.count} of its own "
                    f"adults at {facts.school_name(school)} on {facts.says_day(day)}.",
                )

    def _is_meant(self, facts: Facts, person: int, home: int, day: int) -> bool:
        return facts.staff[person].home == home and (
            self.who is None or person in facts.meant(self.who, day)
        )

    def _counting(self, facts: Facts) -> frozenset[int] | None:
        if self.among is None:
            return None
        return facts.all_stints(self.among)

    def _places(self, facts: Facts) -> Iterator[tuple[int, int, int]]:
        for school, day in facts.school_days(self.schools):
            for home in self.homes or [s.id for s in facts.schools]:
                if facts.children(school, day, home=home):
                    yield school, day, facts.school_number(home)

    def _where(self, facts: Facts, school: int, day: int, home: int) -> tuple[str, str, str]:
        return facts.schools[school].id, facts.date(day).isoformat(), facts.schools[home].id


def _counts(stint: Stint, counting: frozenset[int] | None) -> bool:
    return counting is None or stint.number in counting


_BOTH = {
    "schools": [
        {"id": "S", "name": "Oakfield"},
        {"id": "F", "name": "Fellside"},
    ],
    "children": [
        {
            "band": "rec",
            "count": 2,
            "at": "S",
            "home": home,
            "dates": {"first": "2026-01-05", "last": "2026-01-05"},
        }
        for home in ("S", "F")
    ],
}
_FROM: dict[str, dict[str, Any]] = {"Fay": {"home": "F"}, "Gus": {"home": "F"}}
_WAY = {**_BOTH, "travel": [{"between": ["S", "F"], "minutes": 30}]}
_MORNING = {"at": "S", "start": "09:00", "end": "12:00"}
_AT_S = {**_FROM, "Fay": {"home": "F", "works": [{}, _MORNING]}}
_VISIT = {"school": "F", "start": "09:30"}

EXAMPLES = [
    Example(PresenceOfEachSchool(homes=("F",)), "Ann .\nFay .", [], people=_AT_S, facts=_WAY),
    Example(
        PresenceOfEachSchool(homes=("F",)),
        "Fay M\nGus .",
        [],
        shifts={"M": {**_VISIT, "end": "11:29"}},
        people=_AT_S,
        facts=_WAY,
    ),
    Example(
        PresenceOfEachSchool(homes=("F",)),
        "Fay M\nGus .",
        ["Fellside has 0 of 1 of its own adults at Oakfield on Mon 5 Jan."],
        shifts={"M": {**_VISIT, "end": "11:30"}},
        people=_AT_S,
        facts=_WAY,
    ),
    Example(
        PresenceOfEachSchool(homes=("F",), among=Which(shifts=("D",))),
        "Fay .\nGus .",
        ["Fellside has 0 of 1 of its own adults at Oakfield on Mon 5 Jan."],
        shifts={"D": {}},
        people=_AT_S,
        facts=_WAY,
    ),
    Example(PresenceOfEachSchool(), "Ann D .\nFay D .", [], people=_FROM, facts=_BOTH),
    Example(PresenceOfEachSchool(homes=("F",)), "Ann . D\nFay D .", [], people=_FROM, facts=_BOTH),
    Example(
        PresenceOfEachSchool(),
        "Ann D D\nFay . D",
        ["Fellside has 0 of 1 of its own adults at Oakfield on Mon 5 Jan."],
        people=_FROM,
        facts=_BOTH,
    ),
    Example(
        PresenceOfEachSchool(count=2, homes=("F",)),
        "Fay D\nGus .",
        ["Fellside has 1 of 2 of its own adults at Oakfield on Mon 5 Jan."],
        people=_FROM,
        facts=_BOTH,
    ),
]
