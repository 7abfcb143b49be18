"""People on certain duties have a given colleague at the same school on the same day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from scheduler.rulebook import (
    Breach,
    Duty,
    Example,
    Facts,
    Model,
    Plan,
    Rule,
    Slack,
    Text,
    Which,
    Who,
)


class Accompanied(Rule):
    """Nobody works certain duties at a school on a day when no given colleague is in.

    `by` says which colleagues count, and any work of theirs at the school on that day counts, at
    whatever time, by a duty or by their pattern (`at`) unless duties elsewhere take them away for
    all of it. There is one breach for each school and day: a family worker comes in on a day
    when no safeguarding lead of the school is in.
    """

    kind: Literal["accompanied"] = "accompanied"
    scope = "school_day"
    unit = "days"
    usual_authority = "agreement"

    duties: Which = Field(description="The duties that need a colleague at the school.")
    by: Who = Field(description="Who counts as the colleague.")
    called: Text = Field(description='What the colleague is called, such as "safeguarding lead".')

    @property
    def title(self) -> str:
        return f"{self.called[:1].upper() + self.called[1:]} in on the same day"

    def __str__(self) -> str:
        return f"Nobody works certain duties at a school where no {self.called} is in on that day."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.attendance import is_there, stay_of

        facts = model.facts
        for school, day in facts.school_days():
            duties = self._duties(facts, school, day)
            if not duties:
                continue
            colleagues = sorted(facts.meant(self.by, day))
            stays = {p: stay_of(model, p, school, day) for p in colleagues}
            always = [p for p, s in stays.items() if s is not None and () in s.ways_to_be_there()]
            if len(always) > 1:
                continue
            room = slack(facts.schools[school].id, facts.date(day).isoformat(), most=1)
            for person in sorted({p for d in duties for p in model.people_for(d)}):
                theirs = model.any_of(
                    model.does(person, s) for d in duties for s in d.stints if s.day == day
                )
                others = model.any_of(
                    lit
                    for p in colleagues
                    if p != person
                    for lit in (model.on_site(p, school, day), is_there(model, stays[p]))
                )
                model.cp.add(theirs <= others + room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for school, day in facts.school_days():
            duties = {d.number for d in self._duties(facts, school, day)}
            if not duties:
                continue
            there: dict[int, set[int]] = {}
            for person in facts.staff:
                for stint in plan.stints(person.number):
                    if stint.school == school and stint.day == day and stint.duty >= 0:
                        there.setdefault(person.number, set()).add(stint.duty)
            colleagues = {
                p
                for p in facts.meant(self.by, day)
                if p in there or plan.without_duty(p, school, day)
            }
            alone = [p for p, mine in there.items() if mine & duties and not colleagues - {p}]
            if alone:
                duty = facts.duties[min(there[alone[0]] & duties)]
                yield Breach(
                    where=(facts.schools[school].id, facts.date(day).isoformat()),
                    amount=1,
                    sentence=f"{facts.name(alone[0])} is on {duty.name} at "
                    f"{facts.school_name(school)} on {facts.says_day(day)}, but no {self.called} "
                    "is in.",
                )

    def _duties(self, facts: Facts, school: int, day: int) -> list[Duty]:
        return [
            d
            for d in facts.all_duties(self.duties)
            if d.school == school and any(s.day == day for s in d.stints)
        ]


_WITH = Accompanied(duties=Which(shifts=("M",)), by=Who(skill="dsl"), called="safeguarding lead")
_LEAD = {"Bob": {"skills": [{"skill": "dsl"}]}}
_SKILLS = {"skills": {"dsl": "safeguarding lead"}}
_WAY = {
    **_SKILLS,
    "schools": [{"id": "S", "name": "School"}, {"id": "T", "name": "Fellside"}],
    "travel": [{"between": ["S", "T"], "minutes": 30}],
}
_AT_WORK = {"Bob": {**_LEAD["Bob"], "works": [{}, {"at": "S", "start": "09:00", "end": "12:00"}]}}

EXAMPLES = [
    Example(_WITH, "Ann M\nBob .", [], people=_AT_WORK, facts=_WAY),
    Example(
        _WITH,
        "Ann M\nBob A",
        [],
        {"A": {"school": "T", "start": "09:31", "end": "12:00"}},
        people=_AT_WORK,
        facts=_WAY,
    ),
    Example(
        _WITH,
        "Ann M\nBob A",
        ["Ann is on Morning at School on Mon 5 Jan, but no safeguarding lead is in."],
        {"A": {"school": "T", "start": "09:30", "end": "12:00"}},
        people=_AT_WORK,
        facts=_WAY,
    ),
    Example(
        _WITH,
        "Ann . .\nBob M .",
        ["Bob is on Morning at School on Mon 5 Jan, but no safeguarding lead is in."],
        {"M": {}},
        people=_AT_WORK,
        facts=_WAY,
    ),
    Example(_WITH, "Ann M .\nBob A .", [], people=_LEAD, facts=_SKILLS),
    Example(_WITH, "Ann . .\nBob A .", [], {"M": {}}, people=_LEAD, facts=_SKILLS),
    Example(
        _WITH,
        "Ann M M\nBob A M",
        [],
        people=_LEAD | {"Ann": {"skills": [{"skill": "dsl"}]}},
        facts=_SKILLS,
    ),
    Example(
        _WITH,
        "Ann M .\nBob . M",
        [
            "Ann is on Morning at School on Mon 5 Jan, but no safeguarding lead is in.",
            "Bob is on Morning at School on Tue 6 Jan, but no safeguarding lead is in.",
        ],
        people=_LEAD,
        facts=_SKILLS,
    ),
]
