"""Everybody on an activity has a seat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Gathering,
    Model,
    Occasion,
    Plan,
    Rule,
    Slack,
    Which,
    activity,
)


class Seats(Rule):
    """The children and the people of an activity or a ride fit the seats of what it uses.

    This is judged where it uses anything that has seats. The children are those whom it brings
    (`brought_by`), and those of its group, expected on the day, wherever they are; a chosen group
    counts, and who waits for a place does not ride. The amount is the number of seats missing, and
    the sentence names what would help.
    """

    kind: Literal["seats"] = "seats"
    scope = "duty"
    unit = "seats"
    short = "A seat for everybody"
    worse = "leaving more people without a seat"

    activities: Which | None = Field(
        None, description="The activities and shifts it applies to; all if left out."
    )
    driver: bool = Field(
        True,
        description="Whether the driver is of the party; if not, one seat fewer is left.",
    )

    def __str__(self) -> str:
        return "Everybody on an activity has a seat."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        for o in facts.chosen_occasions(self.activities):
            if not self._carries(facts, o):
                continue
            duties = [facts.duties[n] for n in o.duties]
            staff = sorted({p for d in duties for p in model.people_for(d)})
            people = model.sum(
                model.any_of(model.works(p, d.number) for d in duties) for p in staff
            )
            seats = model.sum(
                asked.amount * self._seats(facts, thing) * model.times.uses(o.number, use, thing)
                for use, asked in enumerate(o.uses)
                for thing in asked.things
            )
            aboard: dict[Gathering, set[int]] = defaultdict(set)
            for place in range(len(o.starts)):
                for children in facts.aboard(o, place):
                    aboard[children].add(place)
            room = slack(o.id, most=max(children.most for children in aboard) + len(staff))
            for children, places in aboard.items():
                party = people + model.children(children)
                model.holds_if([model.times.within(o.number, places)], party <= seats + room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for o in facts.chosen_occasions(self.activities):
            place = plan.place(o)
            if place is None or not self._carries(facts, o):
                continue
            pupils = max(plan.children(children) for children in facts.aboard(o, place))
            party = pupils + len({p for n in o.duties for p in plan.people(n)})
            used = [plan.thing(o, use) for use in range(len(o.uses))]
            seats = sum(
                asked.amount * self._seats(facts, thing)
                for asked, thing in zip(o.uses, used, strict=True)
                if thing is not None
            )
            if party > seats:
                missing = party - seats
                short = "1 seat" if missing == 1 else f"{missing} seats"
                ways = self._ways(facts, used, seats, missing, pupils)
                yield Breach(
                    where=(o.id,),
                    amount=missing,
                    sentence=f"{facts.says_work(o)}{_on(facts, o)} has {party} people for {seats} "
                    f"seats: {short} short." + (f" Maybe {', or '.join(ways)}?" if ways else ""),
                )

    def _ways(
        self, facts: Facts, used: list[int | None], seats: int, missing: int, pupils: int
    ) -> Iterator[str]:
        """What would help, the nearest first: something larger, something more, fewer people."""
        ways = []
        for number in used:
            if number is None or not self._seats(facts, number):
                continue
            enough = self._seats(facts, number) + missing
            larger = [t for t in facts.things if self._seats(facts, t.number) >= enough]
            larger.sort(key=lambda t: (t.resource.seats or 0, t.number))
            ways += [
                f"{t.name} ({t.resource.seats} seats) instead of {facts.things[number].name}"
                for t in larger[:1]
            ]
        for t in facts.things:
            free = (t.resource.seats or 0) - (t.resource.operator is not None)
            if t.number not in used and missing <= free and f"{t.name} (" not in " ".join(ways):
                ways.append(f"{t.name} as well, for up to {free} of them")
                break
        if pupils >= missing:
            ways.append("1 pupil fewer" if missing == 1 else f"{missing} pupils fewer")
        return iter(ways)

    def _carries(self, facts: Facts, occasion: Occasion) -> bool:
        return any(self._seats(facts, t) for asked in occasion.uses for t in asked.things)

    def _seats(self, facts: Facts, thing: int) -> int:
        resource = facts.things[thing].resource
        if not resource.seats:
            return 0
        return resource.seats - (not self.driver and resource.operator is not None)


def _on(facts: Facts, occasion: Occasion) -> str:
    """The date of a shift."""
    return "" if occasion.is_activity else f" on {facts.says_day(occasion.days[0])}"


_FACTS = {
    "groups": [{"id": "trip", "name": "Trip", "school": "S"}],
    "children": [
        {
            "band": "Y4",
            "count": 3,
            "at": "S",
            "group": "trip",
            "dates": {"first": "2026-01-05", "last": "2026-01-09"},
        }
    ],
    "resources": [
        {"id": "van", "name": "Van", "seats": 4},
        {"id": "bus", "name": "Bus", "seats": 5},
        {"id": "car", "name": "Car", "seats": 2},
    ],
    "activities": [
        activity(
            "P",
            "Trip",
            step=180,
            group="trip",
            needs=[{"count": 1}],
            uses=[{"one_of": ["van", "bus"]}],
        )
    ],
}
_DRIVEN = {
    **_FACTS,
    "skills": {"d1": "Minibus licence"},
    "resources": [
        {"id": "van", "name": "Van", "seats": 4, "operator": {"skill": "d1"}},
        {"id": "bus", "name": "Bus", "seats": 5, "operator": {"skill": "d1"}},
    ],
}

_RIDE = {
    "groups": [
        {"id": "club", "name": "Club", "school": "S"},
        {"id": "list", "name": "Waiting list", "school": "S", "waiting": True},
    ],
    "children": [
        {
            "id": f"C{n}",
            "band": "Y4",
            "count": n,
            "at": "S",
            "groups": ["club", "list"],
            "brought_by": "D",
            "dates": {"first": "2026-01-05", "last": f"2026-01-0{4 + n}"},
        }
        for n in (1, 2)
    ],
    "resources": [{"id": "van", "name": "Van", "seats": 3}],
}
_BY_VAN = {"D": {"name": "Ride", "uses": [{"one_of": ["van"]}]}}

EXAMPLES = [
    Example(Seats(), "Ann D D", [], shifts=_BY_VAN, facts=_RIDE, groups={"C1": "list"}),
    Example(
        Seats(),
        "Ann D D",
        ["Ride on Mon 5 Jan has 4 people for 3 seats: 1 seat short. Maybe 1 pupil fewer?"],
        shifts=_BY_VAN,
        facts=_RIDE,
    ),
    Example(Seats(), "Ann P\nBob .", [], facts=_FACTS),
    Example(Seats(), "Ann P\nBob P", [], facts=_FACTS, things={"P": ["bus"]}),
    Example(
        Seats(),
        "Ann P\nBob P",
        [
            "Trip has 5 people for 4 seats: 1 seat short. Maybe Bus (5 seats) instead of Van, or "
            "Car as well, for up to 2 of them, or 1 pupil fewer?"
        ],
        facts=_FACTS,
    ),
    Example(Seats(driver=False), "Ann P\nBob .", [], facts=_DRIVEN, things={"P": ["bus"]}),
    Example(
        Seats(driver=False),
        "Ann P\nBob .",
        [
            "Trip has 4 people for 3 seats: 1 seat short. Maybe Bus (5 seats) instead of Van, or 1 "
            "pupil fewer?"
        ],
        facts=_DRIVEN,
    ),
]
