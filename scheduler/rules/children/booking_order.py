"""Places go by date of booking, and siblings come first among bookings of one date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from pydantic import Field

from scheduler.rulebook import Breach, Example, Facts, Id, Model, Plan, Pupils, Rule, Slack


class BookingOrder(Rule):
    """Nobody waits for a place while somebody who comes after them has one on the same day.

    An earlier `booked` comes first. On the same date, children come first whose family has booked
    another child by then; children who are still equal may come in either order. Children without a
    date come last. The amount, for each child who waits, is the number of children preferred to it.
    """

    kind: Literal["booking_order"] = "booking_order"
    scope = "whole"
    unit = "children preferred"
    short = "Order of booking"
    worse = "departing further from the order of booking"
    usual_authority = "agreement"

    group: Id = Field(description="The group with limited places.")
    waiting: Id = Field(description="The group that stands for the waiting list.")

    def __str__(self) -> str:
        return "Places go by the date of booking, and siblings first among those of one date."

    def encode(self, model: Model, slack: Slack) -> None:
        for child, after in self._order(model.facts):
            waits = model.in_group(child.number, child.groups.index(self.waiting))
            preferred = model.sum(
                model.all_of([waits, model.in_group(p.number, p.groups.index(self.group))])
                for p in after
            )
            model.cp.add(preferred <= slack(child.id, most=len(after)))

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for child, after in self._order(facts):
            if plan.groups.get(child.number) != self.waiting:
                continue
            preferred = [p.id for p in after if plan.groups.get(p.number) == self.group]
            if preferred:
                more = f" and {len(preferred) - 3} more" if len(preferred) > 3 else ""
                yield Breach(
                    where=(child.id,),
                    amount=len(preferred),
                    sentence=f"{child.id} waits, but {', '.join(preferred[:3])}{more}, who come "
                    "after by booking, have places.",
                )

    def _order(self, facts: Facts) -> Iterator[tuple[Pupils, list[Pupils]]]:
        """Each child who may wait, with those who come after it on a day of its own."""
        keys = self._keys(facts)
        for child in facts.pupils:
            if self.waiting not in child.groups:
                continue
            after = [
                p
                for p in facts.pupils
                if keys[child.number] < keys[p.number]
                and self.group in p.groups
                and not set(child.days).isdisjoint(p.days)
            ]
            if after:
                yield child, after

    def _keys(self, facts: Facts) -> dict[int, tuple[date, bool]]:
        booked = {row.id: row.booked or date.max for row in facts.problem.children if row.groups}
        keys = {}
        for child in facts.pupils:
            mine = booked[child.id]
            sibling = child.family is not None and any(
                p.family == child.family and p.id != child.id and booked[p.id] <= mine
                for p in facts.pupils
            )
            keys[child.number] = (mine, not sibling)
        return keys


def _club(*rows: tuple[str, str, str | None]) -> dict[str, object]:
    """Children as (id, date of booking, family)."""
    return {
        "groups": [
            {"id": "club", "name": "Club", "school": "S", "places": 1},
            {"id": "list", "name": "Waiting list", "school": "S"},
        ],
        "children": [
            {
                "id": id,
                "band": "ks1",
                "count": 1,
                "at": "S",
                "groups": ["club", "list"],
                "booked": booked,
                "family": family,
                "dates": {"first": "2026-01-05", "last": "2026-01-05"},
            }
            for id, booked, family in rows
        ],
    }


_ORDER = BookingOrder(group="club", waiting="list")
_THREE = _club(("C1", "2025-12-01", "F"), ("C2", "2025-12-02", None), ("C3", "2025-12-02", "F"))

EXAMPLES = [
    Example(_ORDER, "Ann D", [], facts=_THREE, groups={"C2": "list"}),
    Example(_ORDER, "Ann D", [], facts=_THREE, groups={"C2": "list", "C3": "list"}),
    Example(
        _ORDER,
        "Ann D",
        [
            "C1 waits, but C2, who come after by booking, have places.",
            "C3 waits, but C2, who come after by booking, have places.",
        ],
        facts=_THREE,
        groups={"C1": "list", "C3": "list"},
    ),
]
