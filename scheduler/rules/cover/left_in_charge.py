"""While people are away on an activity, enough of those in charge stay at their school."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Model,
    Occasion,
    Plan,
    Rule,
    Slack,
    Stint,
    Which,
    Who,
    activity,
    open_school,
)


class LeftInCharge(Rule):
    """While somebody is away at another school, enough of those in charge stay at their own.

    Somebody stays if they are one of those in charge, are available at that time and have no duty
    at another school then. Those whose pattern says where they are at work (`at`) stay where it has
    them at work all through that time, whatever their home school. This is judged for each
    activity, each of its days, and each home school that people on it leave. The amount is the
    number of people missing.
    """

    kind: Literal["left_in_charge"] = "left_in_charge"
    scope = "whole"
    unit = "people"
    short = "Somebody left in charge"

    activities: Which | None = Field(
        None, description="The activities that people leave their school for; all if left out."
    )
    who: Who = Field(description="Those who can be in charge.")
    count: PositiveInt = Field(1, description="How many of them stay.")

    def __str__(self) -> str:
        return f"While people are away, {self.count} of those in charge stay behind."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.attendance import none_of, stay_of

        facts = model.facts
        for o in facts.activities(self.activities):
            for school in self._homes(facts, model, o):
                leavers = [
                    (p, facts.duties[n])
                    for n in o.duties
                    for p in model.people_for(facts.duties[n])
                    if facts.staff[p].home == school
                ]
                for place, at in enumerate(o.schools):
                    if at == school or not leavers:
                        continue
                    gone = model.all_of(
                        [
                            model.happens(o.number, place),
                            model.any_of(model.works(p, d.number) for p, d in leavers),
                        ]
                    )
                    if isinstance(gone, int) and not gone:
                        continue
                    for spot in _days(facts, o, place):
                        there = model.sum(
                            [
                                model.no(
                                    model.any_of(
                                        model.does(p, s)
                                        for s in model.stints_of(p)
                                        if _elsewhere(s, spot, school)
                                    )
                                )
                                for p in self._charge(facts, school, spot)
                            ]
                            + [
                                none_of(model, p, kept)
                                for p in sorted(facts.meant(self.who, spot.day))
                                if (stay := stay_of(model, p, school, spot.day)) is not None
                                and (kept := stay.kept_by(spot.start, spot.end)) is not None
                            ]
                        )
                        room = slack(o.id, facts.schools[school].id, most=self.count)
                        model.holds_if([gone], there + room >= self.count)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for o in facts.activities(self.activities):
            place = plan.place(o)
            if place is None or not o.duties:
                continue
            people = {p for n in o.duties for p in plan.people(n)}
            homes = sorted({facts.staff[p].home for p in people} - {o.schools[place]})
            for school, spot in product(homes, _days(facts, o, place)):
                there = sum(
                    not any(_elsewhere(s, spot, school) for s in plan.stints(p))
                    for p in self._charge(facts, school, spot)
                ) + sum(
                    any(
                        a <= spot.start and spot.end <= b
                        for a, b in plan.without_duty(p, school, spot.day)
                    )
                    for p in facts.meant(self.who, spot.day)
                )
                if there < self.count:
                    yield Breach(
                        where=(o.id, facts.schools[school].id),
                        amount=self.count - there,
                        sentence=f"During {facts.says_work(o)} on {facts.says_day(spot.day)} "
                        f"{facts.school_name(school)} keeps {there} of {self.count} in charge.",
                    )

    def _homes(self, facts: Facts, model: Model, occasion: Occasion) -> list[int]:
        people = {p for n in occasion.duties for p in model.people_for(facts.duties[n])}
        return sorted({facts.staff[p].home for p in people})

    def _charge(self, facts: Facts, school: int, spot: Stint) -> list[int]:
        """Those of a school whose pattern does not say where they are at work."""
        meant = facts.meant(self.who, spot.day)
        return [
            p.number
            for p in facts.staff
            if p.number in meant
            and p.home == school
            and p.number not in facts.attendance.people
            and facts.free(p.number, spot)
        ]


def _days(facts: Facts, occasion: Occasion, place: int) -> list[Stint]:
    """A stint for each of its days."""
    duties = (facts.duties[n] for n in occasion.duties)
    return [d.stints[place] for d in duties if d.need == facts.duties[occasion.duties[0]].need]


def _elsewhere(stint: Stint, spot: Stint, school: int) -> bool:
    return stint.school != school and stint.start < spot.end and spot.start < stint.end


_FACTS = {
    "schools": [open_school("S", "Oakfield"), open_school("T", "Fellside")],
    "activities": [
        activity("P", "Visit", school="T", needs=[{"count": 1}]),
        activity("Q", "Talk", school="T", step=180, needs=[{"count": 1}]),
    ],
}
_LEADS = {name: {"tags": ["lead"]} for name in ("Ann", "Bob")}
_RULE = LeftInCharge(who=Who(tag="lead"), activities=Which(shifts=("P",)))

_LONG = {
    "schools": _FACTS["schools"],
    "activities": [
        activity("P", "Visit", school="T", step=180, days=2, needs=[{"count": 1}]),
        activity("Q", "Talk", school="T", step=180, needs=[{"count": 1}]),
    ],
}


def _bob(**works: str) -> dict[str, dict[str, Any]]:
    """Both lead; Bob, whose home is the other school, is at work at Oakfield by his pattern."""
    return {**_LEADS, "Bob": {"home": "T", "tags": ["lead"], "works": [{}, {"at": "S", **works}]}}


EXAMPLES = [
    Example(_RULE, "Ann P\nBob .", [], people=_bob(start="09:00", end="10:00"), facts=_FACTS),
    Example(
        _RULE,
        "Ann P\nBob .",
        ["During Visit on Mon 5 Jan Oakfield keeps 0 of 1 in charge."],
        people=_bob(start="09:01", end="10:00"),
        facts=_FACTS,
    ),
    Example(
        _RULE,
        "Ann P\nBob Q",
        ["During Visit on Mon 5 Jan Oakfield keeps 0 of 1 in charge."],
        people=_bob(),
        facts={**_FACTS, "travel": [{"between": ["S", "T"], "minutes": 121}]},
        times={"P": "2026-01-05T11:00"},
    ),
    Example(
        _RULE,
        "Ann P\nBob .",
        ["During Visit on Mon 5 Jan Oakfield keeps 0 of 1 in charge."],
        people={**_LEADS, "Bob": {"tags": ["lead"], "works": [{}, {"at": "T"}]}},
        facts=_FACTS,
    ),
    Example(
        _RULE,
        "Ann P P\nBob Q .",
        ["During Visit on Tue 6 Jan Oakfield keeps 0 of 1 in charge."],
        people=_LEADS,
        facts=_LONG,
        times={"Q": "2026-01-06T09:00"},
    ),
    Example(_RULE, "Ann P\nBob .", [], people=_LEADS, facts=_FACTS),
    Example(
        _RULE,
        "Ann P\nBob Q",
        [],
        people=_LEADS,
        facts=_FACTS,
        times={"P": "2026-01-05T10:00"},
    ),
    Example(
        _RULE,
        "Ann P\nBob Q",
        ["During Visit on Mon 5 Jan Oakfield keeps 0 of 1 in charge."],
        people=_LEADS,
        facts=_FACTS,
    ),
    Example(
        _RULE,
        "Ann P\nBob .",
        ["During Visit on Mon 5 Jan Oakfield keeps 0 of 1 in charge."],
        people={**_LEADS, "Bob": {"tags": ["lead"], "works": [{"sessions": ["pm"]}]}},
        facts=_FACTS,
    ),
]
