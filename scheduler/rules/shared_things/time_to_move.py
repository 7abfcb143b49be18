"""Anything that is moved between schools has time to get there."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product
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
    Thing,
    activity,
)


class TimeToMove(Rule):
    """A thing that is used at two schools has time to be moved between the two uses.

    Clear-up after the one use and set-up before the other are added to the journey. The amount is
    the number of pairs of uses that overlap or follow each other too soon.
    """

    kind: Literal["time_to_move"] = "time_to_move"
    scope = "whole"
    unit = "pairs of uses"
    usual_authority = "law"
    always_on = True

    def __str__(self) -> str:
        return "Anything that is moved between schools has time to get there."

    def concerns(self, problem: Problem) -> bool:
        return any(resource.travels for resource in problem.resources)

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        for thing in facts.things:
            if not thing.resource.travels:
                continue
            used = {
                o: model.any_of(
                    model.times.uses(o.number, use, thing.number) for use in range(len(o.uses))
                )
                for o in _users(facts, thing)
            }
            if slack.never_bends:
                self._never(model, thing, used)
                continue
            gap = thing.resource.setup_minutes + thing.resource.clear_minutes
            for (one, here), (other, there) in combinations(used.items(), 2):
                broken = []
                days = product(range(one.parts), range(other.parts))
                for a, b, (m, n) in product(one.venues, other.venues, days):
                    way = gap + facts.travel(a, b)
                    part, counterpart = (one.number, m), (other.number, n)
                    apart = [
                        model.times.before(part, counterpart, way),
                        model.times.before(counterpart, part, way),
                    ]
                    at = [model.at(one.number, a), model.at(other.number, b)]
                    broken.append(
                        model.all_of([here, there, *at, *(model.no(free) for free in apart)])
                    )
                room = slack(thing.id, one.id, other.id, most=1)
                model.cp.add(model.any_of(broken) <= room)

    def _never(self, model: Model, thing: Thing, used: dict[Occasion, Lit]) -> None:
        from solver.language.no_overlap import FixedInterval, keep_apart

        before, after = thing.resource.setup_minutes, thing.resource.clear_minutes
        moving = {
            o.number: there for o, there in used.items() if model.times.has_integer_start(o.number)
        }
        spots = []
        for o, there in used.items():
            if o.number not in moving:
                # A thing without an alternative is used whenever the activity takes place.
                sure = any(asked.things == (thing.number,) for asked in o.uses)
                for place, (spans, school) in enumerate(zip(o.spans, o.schools, strict=True)):
                    happens = model.happens(o.number, place)
                    here = happens if sure else model.all_of([there, happens])
                    spots += [
                        FixedInterval(a - before, b + after, school, here) for a, b, _ in spans
                    ]
        keep_apart(model, spots, moving, before=before, after=after)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for thing in facts.things:
            if not thing.resource.travels:
                continue
            setup, clear = thing.resource.setup_minutes, thing.resource.clear_minutes
            turns = []
            for o in _users(facts, thing):
                place = plan.place(o)
                chosen = {plan.thing(o, use) for use in range(len(o.uses))}
                if place is not None and thing.number in chosen:
                    school = o.schools[place]
                    turns += [(o, a - setup, b + clear, school) for a, b, _ in o.spans[place]]
            told = set()
            for one, other in combinations(turns, 2):
                if one[0] is other[0] or (one[0], other[0]) in told:
                    continue
                (first, _, ends, a), (then, starts, _, b) = sorted(
                    (one, other), key=lambda turn: (turn[1], turn[2])
                )
                way = facts.travel(a, b)
                if starts >= ends + way:
                    continue
                told.add((one[0], other[0]))
                yield Breach(
                    where=(thing.id, one[0].id, other[0].id),
                    amount=1,
                    sentence=f"{thing.name} is at {first.name} and {then.name} at once."
                    if starts < ends
                    else f"{thing.name} has {starts - ends} minutes to get from "
                    f"{facts.school_name(a)} ({first.name}) to {facts.school_name(b)} "
                    f"({then.name}), which takes {way}.",
                )


def _users(facts: Facts, thing: Thing) -> list[Occasion]:
    return [o for o in facts.occasions if any(thing.number in asked.things for asked in o.uses)]


_FACTS = {
    "schools": [{"id": "S", "name": "Oakfield"}, {"id": "T", "name": "Fellside"}],
    "travel": [{"between": ["S", "T"], "minutes": 30}],
    "resources": [
        {"id": "kit", "name": "Kit", "travels": True, "clear_minutes": 15},
        {"id": "box", "name": "Box"},
    ],
    "activities": [
        activity("P", "Play", step=30, minutes=30, uses=[{"one_of": ["kit", "box"]}]),
        activity("Q", "Choir", venues=["S", "T"], step=45, minutes=30, uses=[{"one_of": ["kit"]}]),
    ],
}
_NINE = {"P": "2026-01-05T09:00", "Q": "2026-01-05T10:30"}

_DAYS = {
    **_FACTS,
    "resources": [{"id": "kit", "name": "Kit", "travels": True}],
    "activities": [
        activity("P", "Play", step=180, days=2, uses=[{"one_of": ["kit"]}]),
        activity(
            "Q",
            "Choir",
            school="T",
            step=15,
            windows=[{"start": "10:00", "end": "11:30"}],
            uses=[{"one_of": ["kit"]}],
        ),
    ],
}

EXAMPLES = [
    Example(
        TimeToMove(),
        "Ann . .",
        [],
        facts=_DAYS,
        times={"P": "2026-01-05T09:00", "Q": "2026-01-06T10:30"},
    ),
    Example(
        TimeToMove(),
        "Ann . .",
        ["Kit has 15 minutes to get from Oakfield (Play) to Fellside (Choir), which takes 30."],
        facts=_DAYS,
        times={"P": "2026-01-05T09:00", "Q": "2026-01-06T10:15"},
    ),
    Example(TimeToMove(), "Ann .", [], facts=_FACTS, times=_NINE, at={"Q": "T"}),
    Example(
        TimeToMove(),
        "Ann .",
        [],
        facts=_FACTS,
        times={"P": "2026-01-05T09:30", "Q": "2026-01-05T10:30"},
        at={"Q": "T"},
        things={"P": ["box"]},
    ),
    Example(
        TimeToMove(),
        "Ann .",
        ["Kit has 15 minutes to get from Oakfield (Play) to Fellside (Choir), which takes 30."],
        facts=_FACTS,
        times={"P": "2026-01-05T09:30", "Q": "2026-01-05T10:30"},
        at={"Q": "T"},
    ),
]
