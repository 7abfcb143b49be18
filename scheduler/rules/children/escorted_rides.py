"""Nobody is brought without an adult."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Gathering,
    Model,
    Occasion,
    Plan,
    Problem,
    Rule,
    Slack,
)


class EscortedRides(Rule):
    """Children whom a shift brings (`brought_by`) ride only where at least one person is on it.

    Of children whose group is chosen those ride who have a place. Who may be on the shift, and who
    drives what it uses, is said by its needs and by `entitled_operator`. The amount is the number
    of children who ride alone.
    """

    kind: Literal["escorted_rides"] = "escorted_rides"
    scope = "duty"
    unit = "children"
    usual_authority = "law"
    always_on = True

    def __str__(self) -> str:
        return "Nobody is brought to a school without an adult."

    def concerns(self, problem: Problem) -> bool:
        return any(row.brought_by is not None for row in problem.children)

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.shapes import Headcount

        facts = model.facts
        for ride, children in _rides(facts):
            if not children.undecided and len(ride.duties) == 1:
                where = (ride.id,)
                shape = Headcount(ride.duties[0], where, children.settled, least=1)
                model.declare(shape, slack)
                continue
            adult = model.any_of(
                model.works(p, n) for n in ride.duties for p in model.people_for(facts.duties[n])
            )
            room = slack(ride.id, most=children.most)
            model.holds_if([model.no(adult)], model.children(children) <= room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for ride, children in _rides(facts):
            number = plan.children(children)
            if number and not any(plan.people(n) for n in ride.duties):
                verb = "child rides" if number == 1 else "children ride"
                yield Breach(
                    where=(ride.id,),
                    amount=number,
                    sentence=f"{number} {verb} on {facts.says_work(ride)} on "
                    f"{facts.says_day(ride.days[0])}, and no adult is on it.",
                )


def _rides(facts: Facts) -> Iterator[tuple[Occasion, Gathering]]:
    """Shifts that bring anybody, with the children who ride or may."""
    for occasion in facts.chosen_occasions():
        for children in facts.aboard(occasion, 0) if facts.brings(occasion) else ():
            if children.most:
                yield occasion, children


def _ride(*groups: str) -> dict[str, object]:
    rows = [
        {
            "id": f"C{n}",
            "band": "Y4",
            "count": n,
            "at": "S",
            "groups": groups or None,
            "brought_by": "D",
            "dates": {"first": "2026-01-05", "last": "2026-01-05"},
        }
        for n in (1, 2)
    ]
    return {
        "groups": [
            {"id": "club", "name": "Club", "school": "S"},
            {"id": "list", "name": "Waiting list", "school": "S", "waiting": True},
        ],
        "children": rows,
    }


_SHIFT = {"D": {"name": "Minibus"}}
_CHOSEN = _ride("club", "list")

EXAMPLES = [
    Example(EscortedRides(), "Ann D .\nBob . .", [], _SHIFT, facts=_CHOSEN),
    Example(
        EscortedRides(),
        "Ann . D\nBob . .",
        [],
        _SHIFT,
        facts=_CHOSEN,
        groups={"C1": "list", "C2": "list"},
    ),
    Example(
        EscortedRides(),
        "Ann . D\nBob . .",
        ["2 children ride on Minibus on Mon 5 Jan, and no adult is on it."],
        _SHIFT,
        facts=_CHOSEN,
        groups={"C1": "list"},
    ),
    Example(
        EscortedRides(),
        "Ann . D",
        ["3 children ride on Minibus on Mon 5 Jan, and no adult is on it."],
        _SHIFT,
        facts=_ride(),
    ),
]
