"""Everybody who drives is entitled to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Lit,
    Model,
    Occasion,
    Plan,
    Problem,
    Rule,
    Slack,
    Who,
    activity,
)


class EntitledOperator(Rule):
    """On each day of an activity with minibuses, somebody on it may drive each of them.

    So it is with a shift; one that brings children (`brought_by`) is only driven when anybody is
    aboard. Nobody drives two, and a licence that ends counts for the days until then. The amount is
    the number of drivers missing among those who may drive the same things.
    """

    kind: Literal["entitled_operator"] = "entitled_operator"
    scope = "duty"
    unit = "drivers"
    usual_authority = "law"
    always_on = True

    def __str__(self) -> str:
        return "Everybody who drives is entitled to."

    def concerns(self, problem: Problem) -> bool:
        return any(resource.operator is not None for resource in problem.resources)

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        for o in facts.chosen_occasions():
            for name, operator, driven in _driven(facts, o):
                most = sum({use: o.uses[use].amount for use, _ in driven}.values())
                asked = model.sum(
                    o.uses[use].amount * model.times.uses(o.number, use, thing)
                    for use, thing in driven
                )
                for part in range(o.parts):
                    duties = [n for n in o.duties if facts.duties[n].part == part]
                    room = slack(*_where(facts, o, name, part), most=most)
                    when = [spans[part][2] for spans in o.spans]
                    for day in sorted(set(when)):
                        places = [place for place, on in enumerate(when) if on == day]
                        given = [model.times.within(o.number, places)]
                        if facts.brings(o):
                            given.append(_anybody_aboard(model, o))
                        drivers = model.sum(
                            model.any_of(
                                model.works(p, n)
                                for n in duties
                                if p in model.people_for(facts.duties[n])
                            )
                            for p in sorted(facts.meant(operator, day))
                        )
                        model.holds_if(given, drivers + room >= asked)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for o in facts.chosen_occasions():
            place = plan.place(o)
            if place is None or (facts.brings(o) and not _is_driven(facts, plan, o)):
                continue
            for name, operator, driven in _driven(facts, o):
                used = {use: thing for use, thing in driven if plan.thing(o, use) == thing}
                asked = sum(o.uses[use].amount for use in used)
                for part, (_, _, day) in enumerate(o.spans[place]):
                    mine = [n for n in o.duties if facts.duties[n].part == part]
                    there = {p for n in mine for p in plan.people(n)}
                    number = len(there & facts.meant(operator, day))
                    if number < asked:
                        names = ", ".join(sorted({facts.things[t].name for t in used.values()}))
                        on = (
                            f" on {facts.says_day(day)}" if o.parts > 1 or not o.is_activity else ""
                        )
                        yield Breach(
                            where=_where(facts, o, name, part),
                            amount=asked - number,
                            sentence=f"{facts.says_work(o)} has {number} of the {asked} people it "
                            f"needs{on} who may drive {names}.",
                        )


def _anybody_aboard(model: Model, ride: Occasion) -> Lit:
    """Whether a ride has any children or adults."""
    facts = model.facts
    return model.any_of(
        [
            *(model.any_children(children) for children in facts.aboard(ride, 0)),
            *(model.works(p, n) for n in ride.duties for p in model.people_for(facts.duties[n])),
        ]
    )


def _is_driven(facts: Facts, plan: Plan, ride: Occasion) -> bool:
    return any(plan.people(n) for n in ride.duties) or any(
        plan.children(children) for children in facts.aboard(ride, 0)
    )


def _where(facts: Facts, occasion: Occasion, name: str, part: int) -> tuple[str, ...]:
    """The activity and the resource; on a later day of several, the first duty of that day."""
    later = [facts.duties[n].id for n in occasion.duties if part and facts.duties[n].part == part]
    return (occasion.id, name, *later[:1])


def _driven(facts: Facts, occasion: Occasion) -> Iterator[tuple[str, Who, list[tuple[int, int]]]]:
    """The resource that comes first, who may drive it, and the (use, thing) that these drive."""
    found: dict[str, tuple[str, Who, list[tuple[int, int]]]] = {}
    for use, asked in enumerate(occasion.uses):
        for thing in asked.things:
            resource = facts.things[thing].resource
            if resource.operator is not None:
                said = resource.operator.model_dump_json()
                found.setdefault(said, (resource.id, resource.operator, []))[2].append((use, thing))
    yield from found.values()


_FACTS = {
    "skills": {"d1": "Minibus licence"},
    "resources": [
        {"id": "bus", "name": "Minibus", "operator": {"skill": "d1"}},
        {"id": "coach", "name": "Coach"},
    ],
    "activities": [
        activity("P", "Trip", step=180, needs=[{"count": 1}], uses=[{"one_of": ["bus", "coach"]}])
    ],
}
_LICENCE = {"Ann": {"skills": [{"skill": "d1", "last": "2026-01-05"}]}}
_LONGER = {"Ann": {"skills": [{"skill": "d1", "last": "2026-01-06"}]}}

_POOL = {
    "skills": _FACTS["skills"],
    "resources": [
        {
            "id": "bus",
            "name": "Minibus",
            "operator": {"skill": "d1"},
            "capacity": 2,
            "travels": True,
        }
    ],
    "activities": [
        activity(
            "P", "Trip", step=180, needs=[{"count": 1}], uses=[{"one_of": ["bus"], "amount": 2}]
        )
    ],
}

_TWO_DAYS = {
    **_FACTS,
    "activities": [
        activity("P", "Camp", step=180, days=2, needs=[{"count": 1}], uses=[{"one_of": ["bus"]}])
    ],
}

_RIDE = {
    "skills": _FACTS["skills"],
    "resources": _FACTS["resources"],
    "groups": [
        {"id": "club", "name": "Club", "school": "S"},
        {"id": "list", "name": "Waiting list", "school": "S", "waiting": True},
    ],
    "children": [
        {
            "id": "C1",
            "band": "Y4",
            "count": 2,
            "at": "S",
            "groups": ["club", "list"],
            "brought_by": "D",
            "dates": {"first": "2026-01-05", "last": "2026-01-05"},
        }
    ],
}
_BY_BUS = {"D": {"name": "Ride", "uses": [{"one_of": ["bus"]}]}}

EXAMPLES = [
    Example(EntitledOperator(), "Ann D\nBob .", [], _BY_BUS, _LICENCE, _RIDE),
    Example(
        EntitledOperator(), "Ann .\nBob .", [], _BY_BUS, _LICENCE, _RIDE, groups={"C1": "list"}
    ),
    Example(
        EntitledOperator(),
        "Ann .\nBob D",
        ["Ride has 0 of the 1 people it needs on Mon 5 Jan who may drive Minibus."],
        _BY_BUS,
        _LICENCE,
        _RIDE,
    ),
    Example(EntitledOperator(), "Ann P P", [], people=_LONGER, facts=_TWO_DAYS),
    Example(
        EntitledOperator(),
        "Ann P P",
        ["Camp has 0 of the 1 people it needs on Tue 6 Jan who may drive Minibus."],
        people=_LICENCE,
        facts=_TWO_DAYS,
    ),
    Example(
        EntitledOperator(),
        "Ann P\nBob P",
        ["Trip has 1 of the 2 people it needs who may drive Minibus 1, Minibus 2."],
        people=_LICENCE,
        facts=_POOL,
        things={"P": ["bus.1", "bus.2"]},
    ),
    Example(EntitledOperator(), "Ann P .\nBob . .", [], people=_LICENCE, facts=_FACTS),
    Example(
        EntitledOperator(),
        "Ann . .\nBob P .",
        [],
        people=_LICENCE,
        facts=_FACTS,
        things={"P": ["coach"]},
    ),
    Example(
        EntitledOperator(),
        "Ann P .\nBob P .",
        ["Trip has 0 of the 1 people it needs who may drive Minibus."],
        people=_LICENCE,
        facts=_FACTS,
        times={"P": "2026-01-06T09:00"},
    ),
]
