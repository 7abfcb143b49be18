"""Enough people of a given kind are at a school whenever they are needed there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Id,
    LinearExprT,
    Model,
    Plan,
    Rule,
    Slack,
    Stint,
    Text,
    Value,
    Which,
    Who,
    activity,
    open_school,
)


class ChildrenThere(Value):
    """Children expected at the school; a child counts if every field given matches."""

    bands: tuple[Id, ...] | None = Field(None, description="Children of these age bands.")
    home: Id | None = Field(None, description="Children of this school.")
    group: Id | None = Field(None, description="Children of this group.")


class NeededWhile(Value):
    """What makes somebody needed: children expected there, or duties taking place there."""

    children: ChildrenThere | None = Field(
        None, description="While such children are expected there."
    )
    duties: Which | None = Field(None, description="While one of these duties takes place there.")

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.children is None) == (self.duties is None):
            raise ValueError("must have exactly one of children and duties")
        return self


class Presence(Rule):
    """Whenever they are needed, enough people with a given skill or role are at a school.

    It matters who they are, not what they do: any work of theirs at the school counts, and so do
    the times at which their pattern has them at work there (`at`) while no duty elsewhere takes
    them away; with `among` only people on those duties count. `whenever` says when they are needed;
    without it, at every moment at which a duty with a need takes place there. The amount, for each
    school and day, is the number of people missing at the worst moment. Typical uses are a
    paediatric first-aider or a key holder on site.
    """

    kind: Literal["presence"] = "presence"
    scope = "school_day"
    unit = "people"

    who: Who = Field(description="The people who count.")
    called: Text = Field(
        description='What each of them is called, such as "paediatric first-aider".'
    )
    count: PositiveInt = Field(1, description="How many of them are needed.")
    schools: tuple[Id, ...] | None = Field(
        None, description="The schools it applies to; all if left out."
    )
    whenever: NeededWhile | None = Field(
        None, description="When they are needed; while duties take place if left out."
    )
    among: Which | None = Field(None, description="Only people on these duties count.")

    @property
    def title(self) -> str:
        return f"{self.called[:1].upper() + self.called[1:]} at work"

    def __str__(self) -> str:
        at_least = "somebody" if self.count == 1 else f"at least {self.count} people"
        when = "duties take place"
        if self.whenever is not None:
            when = "children are there" if self.whenever.children else "certain duties take place"
        verb = "is" if self.count == 1 else "are"
        return f"Whenever {when}, {at_least} called {self.called} {verb} at work there."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.attendance import school_day_of

        facts = model.facts
        counting = self._counting(facts)
        for school, day in facts.school_days(self.schools):
            needed = self._needed(facts, school, day)
            if not needed:
                continue
            people = sorted(facts.meant(self.who, day))
            days = [school_day_of(model, p, school, day, counting) for p in people]
            moments = {a for a, _, _ in needed}.union(*(each.moments for each in days))
            room: LinearExprT | None = None
            seen = set()
            for moment in sorted(moments):
                wanted = [s for a, b, s in needed if a <= moment < b]
                there = [each.at(moment) for each in days]
                # Moments with the same people and the same reason are judged alike.
                key = (tuple(wanted), tuple(there))
                if not wanted or key in seen or sum(a.is_sure for a in there) >= self.count:
                    continue
                seen.add(key)
                if room is None:
                    where = facts.schools[school].id, facts.date(day).isoformat()
                    room = slack(*where, most=self.count)
                asked = model.any_of(
                    1
                    if s is None
                    else model.happens(
                        facts.duties[s.duty].occasion,
                        s.number - facts.duties[s.duty].stints[0].number,
                    )
                    for s in wanted
                )
                at_work = model.sum(each.answer(model) for each in there)
                model.cp.add(at_work + room >= self.count * asked)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        counting = self._counting(facts)
        for school, day in facts.school_days(self.schools):
            needed = [
                (a, b)
                for a, b, s in self._needed(facts, school, day)
                if s is None or plan.stint(facts.duties[s.duty]) == s
            ]
            if not needed:
                continue
            there = [
                (p, s.start, s.end)
                for p in facts.meant(self.who, day)
                for s in plan.stints(p)
                if s.school == school
                and s.day == day
                and (counting is None or s.number in counting)
            ]
            if counting is None:
                there += [
                    (p, a, b)
                    for p in facts.meant(self.who, day)
                    for a, b in plan.without_duty(p, school, day)
                ]
            moments = {a for a, _ in needed} | {m for _, a, b in there for m in (a, b)}
            worst, at = 0, 0
            for moment in sorted(moments):
                if not any(a <= moment < b for a, b in needed):
                    continue
                people = {p for p, a, b in there if a <= moment < b}
                if self.count - len(people) > worst:
                    worst, at = self.count - len(people), moment
            if worst:
                found = "None" if worst == self.count else f"Only {self.count - worst}"
                verb = "is" if self.count - worst <= 1 else "are"
                yield Breach(
                    where=(facts.schools[school].id, facts.date(day).isoformat()),
                    amount=worst,
                    sentence=f"{found} of those called {self.called} {verb} at work at "
                    f"{facts.school_name(school)} on {facts.says_day(day)} at "
                    f"{facts.says_time(at)}.",
                )

    def _counting(self, facts: Facts) -> frozenset[int] | None:
        return None if self.among is None else facts.all_stints(self.among)

    def _needed(self, facts: Facts, school: int, day: int) -> list[tuple[int, int, Stint | None]]:
        """When somebody is needed: (from, to, the stint that must take place for it, if any)."""
        if self.whenever is not None and (children := self.whenever.children) is not None:
            rows = facts.children_rows(school, day, children.bands, children.home, children.group)
            return [(*facts.children_minutes(row, day), None) for row in rows]
        which = None if self.whenever is None else self.whenever.duties
        return [
            (s.start, s.end, s if facts.duties[s.duty].is_flexible else None)
            for s in _on(facts, which, school, day)
        ]


def _on(facts: Facts, which: Which | None, school: int, day: int) -> list[Stint]:
    """What may take place at a school on a day; without a choice, whatever has a need."""
    return [
        s
        for d in facts.all_duties(which)
        if d.school == school and (which is not None or d.count > 0)
        for s in d.stints
        if s.day == day
    ]


_AIDER = Presence(who=Who(skill="pfa"), called="paediatric first-aider")
_MISSED = "of those called paediatric first-aider is at work at School on Mon 5 Jan at"
_TRAINED = {"Ann": {"skills": [{"skill": "pfa"}]}, "Cat": {"skills": [{"skill": "pfa"}]}}
_SKILLS = {"skills": {"pfa": "paediatric first aid"}}
_MONDAY = {"first": "2026-01-05", "last": "2026-01-05"}
_DAY = {"dates": _MONDAY, "start": "09:00", "end": "15:00"}
_CHILDREN = {**_SKILLS, "children": [{"band": "rec", "count": 3, "at": "S", **_DAY}]}
_WITH_CHILDREN = Presence(
    who=Who(skill="pfa"),
    called="paediatric first-aider",
    whenever=NeededWhile(children=ChildrenThere(bands=("rec",))),
)
_TWO_SCHOOLS = {
    **_CHILDREN,
    "schools": [open_school("S", "School"), open_school("T", "Fellside")],
    "travel": [{"between": ["S", "T"], "minutes": 30}],
}
_AT_WORK = {"start": "09:00", "end": "15:00", "at": "S"}


def _by_pattern(
    rota: str, at: str | None, elsewhere: dict[str, Any] | None = None, **works: str
) -> Example:
    """Ann is a first-aider who is at work at School by her pattern, from nine to three or
    otherwise; A is a duty at Fellside, half an hour away. `at` is when nobody is there."""
    ann = {"skills": [{"skill": "pfa"}], "works": [{}, {**_AT_WORK, **works}]}
    return Example(
        _WITH_CHILDREN,
        rota,
        [] if at is None else [f"None {_MISSED} {at}."],
        shifts={"A": {"school": "T", **(elsewhere or {})}, "L": {"start": "12:30"}},
        people={**_TRAINED, "Ann": ann},
        facts=_TWO_SCHOOLS,
    )


EXAMPLES = [
    _by_pattern("Ann .\nBob .", None),
    _by_pattern("Ann .\nBob .", "14:59", end="14:59"),
    _by_pattern("Ann A\nBob .", "12:30"),
    _by_pattern("Ann A\nCat L", None),
    _by_pattern("Ann A\nBob .", None, {"start": "15:30"}),
    _by_pattern("Ann A\nBob .", "14:59", {"start": "15:29"}),
    Example(
        _WITH_CHILDREN.model_copy(update={"among": Which(shifts=("D",))}),
        "Ann .\nBob D",
        [f"None {_MISSED} 09:00."],
        people={"Ann": {**_TRAINED["Ann"], "works": [{}, _AT_WORK]}},
        facts=_CHILDREN,
    ),
    Example(
        _AIDER,
        "Ann D .\nBob D D\nCat . D",
        [],
        shifts={"D": {"needs": [{"count": 1}]}},
        people=_TRAINED,
        facts=_SKILLS,
    ),
    Example(_WITH_CHILDREN, "Ann D .\nBob . D", [], people=_TRAINED, facts=_CHILDREN),
    Example(
        _WITH_CHILDREN,
        "Ann M\nBob D",
        [f"None {_MISSED} 12:00."],
        people=_TRAINED,
        facts=_CHILDREN,
    ),
    Example(
        _WITH_CHILDREN.model_copy(update={"count": 2}),
        "Ann D\nBob D\nCat M",
        [f"Only 1 {_MISSED} 12:00."],
        people=_TRAINED,
        facts=_CHILDREN,
    ),
    Example(
        _WITH_CHILDREN.model_copy(update={"among": Which(shifts=("M", "A"))}),
        "Ann D\nCat M",
        [f"None {_MISSED} 12:00."],
        shifts={"A": {}},
        people=_TRAINED,
        facts=_CHILDREN,
    ),
    Example(
        _AIDER.model_copy(update={"whenever": NeededWhile(duties=Which(shifts=("H",)))}),
        "Ann M\nBob H",
        [f"None {_MISSED} 13:00."],
        people=_TRAINED,
        facts={
            **_SKILLS,
            "activities": [
                activity(
                    "H",
                    "Handover",
                    minutes=30,
                    step=120,
                    windows=[{"end": "16:00", "start": "09:00"}],
                    needs=[{"count": 0}],
                )
            ],
        },
        times={"H": "2026-01-05T13:00"},
    ),
]
