"""A booking of any one of several like things finds one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Literal

from models.problem.resources import Taken
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


class BookingsKept(Rule):
    """A booking of any one of several like things finds one of them free throughout.

    The things are told apart, but the booking leaves open which one it takes, so that none is
    reported as the obstacle where another would do. The amount is the number of things that
    bookings lack because of activities: if more is booked than there is even without activities,
    only the additional loss counts.
    """

    kind: Literal["bookings_kept"] = "bookings_kept"
    scope = "whole"
    unit = "things"
    usual_authority = "law"
    always_on = True

    def __str__(self) -> str:
        return "A booking of any of several like things finds one of them free."

    def concerns(self, problem: Problem) -> bool:
        return any(
            b.unit is None for r in problem.resources if len(r.units) > 1 for b in r.bookings
        )

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        for units in _pools(facts):
            bookings = units[0].booked_of_any
            most = len(bookings) - len(_lacking(bookings, _free(units, {})))
            has: dict[tuple[int, int], Lit] = {}
            for b, booking in enumerate(bookings):
                for u, unit in enumerate(units):
                    if _fits(booking, [(t.start, t.end) for t in unit.taken]):
                        has[b, u] = model.cp.new_bool_var("")
                        for used in _uses_during(model, unit, booking):
                            model.exclusive([has[b, u], used])
                model.exclusive(has[b, u] for u in range(len(units)) if (b, u) in has)
            for (b, u), here in has.items():
                for c in range(b):
                    if (c, u) in has and _overlap(bookings[b], bookings[c]):
                        model.exclusive([here, has[c, u]])
            room = slack(units[0].resource.id, most=most)
            model.cp.add(model.sum(has.values()) + room >= most)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for units in _pools(facts):
            bookings = units[0].booked_of_any
            used = {unit.number: list(_stretches(facts, plan, unit)) for unit in units}
            lacking = _lacking(bookings, _free(units, used))
            beyond = len(lacking) - len(_lacking(bookings, _free(units, {})))
            if beyond > 0:
                name = facts.says_resource(units[0].resource)
                booking = bookings[lacking[-1]]
                day = facts.says_day(facts.day(facts.local(booking.start).date()))
                yield Breach(
                    where=(units[0].resource.id,),
                    amount=beyond,
                    sentence=f"{name}: none of the {len(units)} is left throughout for what is "
                    f"booked from {facts.says_time(booking.start)} to "
                    f"{facts.says_time(booking.end)} on {day}.",
                )


def _pools(facts: Facts) -> Iterator[list[Thing]]:
    """Groups of like but distinct things, any one of which is booked."""
    pools: dict[str, list[Thing]] = {}
    for thing in facts.things:
        if thing.booked_of_any:
            pools.setdefault(thing.resource.id, []).append(thing)
    yield from pools.values()


def _users(facts: Facts, thing: Thing) -> Iterator[tuple[Occasion, int]]:
    """Occasions that may use a thing, and for which of their uses."""
    for occasion in facts.occasions:
        for use, asked in enumerate(occasion.uses):
            if thing.number in asked.things:
                yield occasion, use


def _overlap(one: Taken, other: Taken) -> bool:
    return one.start < other.end and other.start < one.end


def _fits(booking: Taken, stretches: Sequence[tuple[int, int]]) -> bool:
    """Whether a booking meets none of some (start, end)."""
    return all(end <= booking.start or booking.end <= start for start, end in stretches)


# ------------------------------------------------------------------ for the solver


def _uses_during(model: Model, thing: Thing, booking: Taken) -> Iterator[Lit]:
    """Whether each use takes a thing, set-up and clear-up included, while it is booked."""
    before, after = thing.resource.setup_minutes, thing.resource.clear_minutes
    for occasion, use in _users(model.facts, thing):
        at = [
            place
            for place, spans in enumerate(occasion.spans)
            if not _fits(booking, [(start - before, end + after) for start, end, _ in spans])
        ]
        if at:
            used = model.times.uses(occasion.number, use, thing.number)
            yield model.all_of([used, model.times.within(occasion.number, at)])


# ------------------------------------------------------------------ for the checker


def _stretches(facts: Facts, plan: Plan, thing: Thing) -> Iterator[tuple[int, int]]:
    for occasion, use in _users(facts, thing):
        place = plan.place(occasion)
        if place is not None and plan.thing(occasion, use) == thing.number:
            for start, end, _ in occasion.spans[place]:
                yield start - thing.resource.setup_minutes, end + thing.resource.clear_minutes


def _free(units: Sequence[Thing], used: dict[int, list[tuple[int, int]]]) -> list[tuple[bool, ...]]:
    """For each unit and booking, whether the unit is free for it, other bookings aside."""
    return [
        tuple(
            _fits(booking, [*((t.start, t.end) for t in unit.taken), *used.get(unit.number, ())])
            for booking in unit.booked_of_any
        )
        for unit in units
    ]


def _lacking(bookings: Sequence[Taken], free: list[tuple[bool, ...]]) -> list[int]:
    """The fewest bookings, by start, that get no unit: units that are free for the same are alike,
    and only how many of each kind are held until when counts."""
    kinds = sorted(set(free))
    number = Counter(kinds.index(row) for row in free)

    @cache
    def best(at: int, held: tuple[tuple[int, int], ...]) -> tuple[int, ...]:
        if at == len(bookings):
            return ()
        booking = bookings[at]
        held = tuple(h for h in held if h[1] > booking.start)
        busy = Counter(kind for kind, _ in held)
        found: tuple[int, ...] | None = None
        for kind, row in enumerate(kinds):
            if row[at] and busy[kind] < number[kind]:
                rest = best(at + 1, tuple(sorted((*held, (kind, booking.end)))))
                if found is None or len(rest) < len(found):
                    found = rest
                if not found:
                    return found
        without = best(at + 1, held)
        return (at, *without) if found is None or len(without) + 1 < len(found) else found

    return list(best(0, ()))


_BUSES = {
    "id": "bus",
    "name": "Bus",
    "capacity": 2,
    "travels": True,
    "bookings": [
        {"start": "2026-01-05T09:00", "end": "2026-01-05T10:00"},
        {"start": "2026-01-05T11:00", "end": "2026-01-05T12:00"},
    ],
}


def _trips(**bus: object) -> dict[str, object]:
    """Two trips of two hours, each by one of two buses."""
    trips = [activity(id, id, minutes=120, uses=[{"one_of": ["bus"]}]) for id in ("P", "Q")]
    return {"resources": [{**_BUSES, **bus}], "activities": trips}


_LONG = [{"start": "2026-01-05T09:00", "end": "2026-01-05T12:00"}]
_AT = {"P": "2026-01-05T09:00", "Q": "2026-01-05T10:00"}
_APART = {"P": ["bus.1"], "Q": ["bus.2"]}
_ALONE = {"P": ["bus.1"], "Q": ["bus.1"]}

EXAMPLES = [
    Example(BookingsKept(), "Ann .", [], facts=_trips(), times=_AT, things=_APART),
    Example(BookingsKept(), "Ann .", [], facts=_trips(bookings=_LONG), times=_AT, things=_ALONE),
    Example(
        BookingsKept(),
        "Ann .",
        [
            "Bus: none of the 2 is left throughout for what is booked from 09:00 to 12:00 on "
            "Mon 5 Jan."
        ],
        facts=_trips(bookings=_LONG),
        times=_AT,
        things=_APART,
    ),
    Example(
        BookingsKept(),
        "Ann .",
        [
            "Bus: none of the 2 is left throughout for what is booked from 09:00 to 12:00 on "
            "Mon 5 Jan."
        ],
        facts=_trips(bookings=_LONG * 3),
        times=_AT,
        things=_ALONE,
    ),
]
