"""Nothing is used beyond what is available of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Literal

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    LinearExprT,
    Model,
    Plan,
    Problem,
    Rule,
    Slack,
    Thing,
    activity,
)


class Capacity(Rule):
    """Never use more of a hall, a bus or a kit than is available: a cumulative resource.

    What is available is its capacity, less bookings, and nothing while it is not open; a use
    includes its set-up and clear-up time. The amount is the units too many, at each moment when a
    use or a booking begins. In project scheduling this is the cumulative constraint of a renewable
    resource.
    """

    kind: Literal["capacity"] = "capacity"
    scope = "whole"
    unit = "units too many"
    short = "No thing used twice at once"
    usual_authority = "law"
    always_on = True

    def __str__(self) -> str:
        return "Nothing is used beyond what is available of it."

    def concerns(self, problem: Problem) -> bool:
        return bool(problem.resources)

    def encode(self, model: Model, slack: Slack) -> None:
        for thing, uses in _wanted(model.facts).items():
            if slack.never_bends:
                model.stays_within(thing, uses)
            else:
                self._count(model, slack, model.facts.things[thing], uses)

    def _count(
        self, model: Model, slack: Slack, thing: Thing, uses: dict[int, dict[int, int]]
    ) -> None:
        facts, times = model.facts, model.times
        before, after = thing.resource.setup_minutes, thing.resource.clear_minutes
        taken = {
            o: model.sum(n * times.uses(o, use, thing.number) for use, n in amounts.items())
            for o, amounts in uses.items()
        }
        most = sum(sum(amounts.values()) for amounts in uses.values())
        parts = [(o, day) for o in uses for day in range(facts.occasions[o].parts)]
        running: dict[tuple[int, int], list[LinearExprT]] = {
            part: [taken[part[0]]] for part in parts
        }
        for one, other in combinations(parts, 2):
            # The days of one activity do not overlap, but their set-up and clear-up may.
            for first, second in ((one, other), (other, one)):
                over = times.before(first, second, before + after)
                begun = model.all_of([times.starts_by(first, second), model.no(over)])
                for use, amount in uses[first[0]].items():
                    there = times.uses(first[0], use, thing.number)
                    running[second].append(amount * model.all_of([begun, there]))
        for (o, day), load in running.items():
            begins = [spans[day][0] - before for spans in facts.occasions[o].spans]
            left = times.value(o, [_left(thing, begin) for begin in begins])
            here = model.any_of(times.uses(o, use, thing.number) for use in uses[o])
            room = slack(thing.id, facts.occasions[o].id, most=most)
            model.cp.add(model.sum(load) <= left + room).only_enforce_if(here)
        for moment in _moments(thing):
            load = []
            for o, amounts in uses.items():
                known = facts.occasions[o]
                at = [
                    place
                    for place, spans in enumerate(known.spans)
                    if any(s - before <= moment < e + after for s, e, _ in spans)
                ]
                if not at:
                    continue
                inside = times.within(o, at)
                for use, amount in amounts.items():
                    there = times.uses(o, use, thing.number)
                    load.append(amount * model.all_of([inside, there]))
            if load:
                room = slack(thing.id, f"{facts.local(moment):%Y-%m-%dT%H:%M}", most=most)
                model.cp.add(model.sum(load) <= _left(thing, moment) + room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for number, uses in _wanted(facts).items():
            thing = facts.things[number]
            stretches = []
            for o, amounts in uses.items():
                occasion = facts.occasions[o]
                place = plan.place(occasion)
                amount = sum(n for u, n in amounts.items() if plan.thing(occasion, u) == number)
                for start, end, _ in occasion.spans[place] if place is not None and amount else ():
                    begin = start - thing.resource.setup_minutes
                    over = end + thing.resource.clear_minutes
                    stretches.append((begin, over, amount, occasion))
            moments = [(begin, occasion.id) for begin, _, _, occasion in stretches]
            moments += [(m, f"{facts.local(m):%Y-%m-%dT%H:%M}") for m in _moments(thing)]
            for moment, place_name in moments:
                there = [(n, o) for a, b, n, o in stretches if a <= moment < b]
                load, left = sum(n for n, _ in there), _left(thing, moment)
                if there and load > left:
                    yield Breach(
                        where=(thing.id, place_name),
                        amount=load - left,
                        sentence=f"{thing.name}: {load} in use at {facts.says_time(moment)} on "
                        f"{facts.says_day(facts.day(facts.local(moment).date()))}, where there is "
                        f"{left} ({', '.join(sorted({facts.says_work(o) for _, o in there}))}).",
                    )


def _wanted(facts: Facts) -> dict[int, dict[int, dict[int, int]]]:
    """Thing to the occasions that may use it, to the amount of each of their uses."""
    found: dict[int, dict[int, dict[int, int]]] = {}
    for occasion in facts.occasions:
        for use, asked in enumerate(occasion.uses):
            for thing in asked.things:
                found.setdefault(thing, {}).setdefault(occasion.number, {})[use] = asked.amount
    return found


def _left(thing: Thing, moment: int) -> int:
    return max(0, thing.left(moment))


def _moments(thing: Thing) -> list[int]:
    return sorted({t.start for t in thing.taken})


_HALL = {"id": "hall", "name": "Hall"}
_TWO = {
    "activities": [
        activity("P", "Play", uses=[{"one_of": ["hall"]}]),
        activity("Q", "Choir", uses=[{"one_of": ["hall"]}]),
    ],
    "resources": [_HALL],
}
_TWO_HALLS = {
    "activities": [
        activity("P", "Play", uses=[{"one_of": ["hall", "gym"]}]),
        activity("Q", "Choir", uses=[{"one_of": ["hall"]}], optional=True),
    ],
    "resources": [{**_HALL, "setup_minutes": 60}, {"id": "gym", "name": "Gym"}],
}
_BOOKED = {
    "activities": [activity("P", "Play", uses=[{"one_of": ["hall"], "amount": 2}])],
    "resources": [
        {
            **_HALL,
            "capacity": 2,
            "open": [{"start": "08:00", "end": "11:00"}],
            "bookings": [{"start": "2026-01-05T09:30", "end": "2026-01-05T10:00"}],
        }
    ],
}

_DAYS = {
    "activities": [
        activity("P", "Play", step=120, days=2, optional=True, uses=[{"one_of": ["hall"]}]),
        activity("Q", "Choir", step=60, uses=[{"one_of": ["hall"]}]),
    ],
    "resources": [{**_HALL, "clear_minutes": 60}],
}
_OFTEN = {
    "activities": [
        activity("P", "Play", step=120, days=2, uses=[{"one_of": ["hall"], "amount": 2}]),
    ],
    "resources": [
        {**_HALL, "capacity": 2, "bookings": [{"start": f"{day}T08:00", "end": f"{day}T10:00"}]}
        for day in ("2026-01-06",)
    ],
}

_POOL = {
    "resources": [
        {
            "id": "bus",
            "name": "Bus",
            "capacity": 2,
            "travels": True,
            "bookings": [{"start": "2026-01-05T09:00", "end": "2026-01-05T12:00", "unit": "bus.2"}],
        }
    ],
    "activities": [activity("P", "Trip", uses=[{"one_of": ["bus"]}])],
}
_AT_TEN = {"P": "2026-01-05T10:00"}

EXAMPLES = [
    Example(Capacity(), "Ann .", [], facts=_POOL, times=_AT_TEN, things={"P": ["bus.1"]}),
    Example(
        Capacity(),
        "Ann .",
        ["Bus 2: 1 in use at 10:00 on Mon 5 Jan, where there is 0 (Trip)."],
        facts=_POOL,
        times=_AT_TEN,
        things={"P": ["bus.2"]},
    ),
    Example(
        Capacity(),
        "Ann . .",
        [],
        facts=_DAYS,
        times={"P": "2026-01-05T09:00", "Q": "2026-01-06T11:00"},
    ),
    Example(
        Capacity(),
        "Ann . .",
        ["Hall: 2 in use at 10:00 on Tue 6 Jan, where there is 1 (Choir, Play)."],
        facts=_DAYS,
        times={"P": "2026-01-05T09:00", "Q": "2026-01-06T10:00"},
    ),
    Example(
        Capacity(),
        "Ann . .",
        ["Hall: 2 in use at 09:00 on Tue 6 Jan, where there is 1 (Play)."],
        facts=_OFTEN,
        times={"P": "2026-01-05T09:00"},
    ),
    Example(
        Capacity(),
        "Ann .",
        [],
        facts=_TWO,
        times={"P": "2026-01-05T09:00", "Q": "2026-01-05T10:00"},
    ),
    Example(Capacity(), "Ann .", [], facts=_TWO_HALLS, times={"P": "2026-01-05T11:00"}),
    Example(
        Capacity(),
        "Ann .",
        ["Hall: 2 in use at 10:00 on Mon 5 Jan, where there is 1 (Choir, Play)."] * 2,
        facts=_TWO,
        times={"P": "2026-01-05T10:00", "Q": "2026-01-05T10:00"},
    ),
    Example(
        Capacity(),
        "Ann .",
        ["Hall: 2 in use at 09:00 on Mon 5 Jan, where there is 1 (Choir, Play)."],
        facts=_TWO_HALLS,
        times={"P": "2026-01-05T09:00", "Q": "2026-01-05T10:00"},
    ),
    Example(
        Capacity(),
        "Ann .",
        ["Hall: 2 in use at 09:30 on Mon 5 Jan, where there is 1 (Play)."],
        facts=_BOOKED,
        times={"P": "2026-01-05T09:00"},
    ),
    Example(
        Capacity(),
        "Ann .",
        ["Hall: 2 in use at 11:00 on Mon 5 Jan, where there is 0 (Play)."] * 2,
        facts=_BOOKED,
        times={"P": "2026-01-05T11:00"},
    ),
]
