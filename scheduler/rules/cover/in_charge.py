"""A school has somebody in charge at every moment, by a named order of deputies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import Breach, Example, Facts, Id, Model, Plan, Rule, Slack, Stint


class InCharge(Rule):
    """Whenever children are at a school, somebody from a named order of deputies is there.

    The first person of the order who is at work there is in charge. For each school and day the
    amount is how many places below `within` the school has to go at its worst moment; if nobody of
    the order is there, that counts as one place after the last. As a must without `within`, only a
    moment with nobody of the order is a breach. As a wish with `within` 1, every deputy counts by
    their place.
    """

    kind: Literal["in_charge"] = "in_charge"
    scope = "school_day"
    unit = "places down the order"
    short = "Who is in charge"
    worse = "going further down the order of deputies"

    school: Id = Field(description="The school that needs somebody in charge.")
    order: tuple[Id, ...] = Field(min_length=1, description="The people, the first choice first.")
    within: PositiveInt | None = Field(
        None, description="How many places of the order are good enough; all if left out."
    )

    def __str__(self) -> str:
        if self.within is None or self.within >= len(self.order):
            return "Whenever children are in, somebody of the named order is there and in charge."
        if self.within == 1:
            return "Whenever children are in, the first of the named order is there and in charge."
        return (
            f"Whenever children are in, one of the first {self.within} of the named order is there."
        )

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        people = self._people(facts)
        for school, day in facts.school_days([self.school]):
            needed = _children_there(facts, school, day)
            if not needed:
                continue
            ranked = [[s for s in model.stints_on(p, day) if s.school == school] for p in people]
            most = len(self.order) + 1 - self._within
            room = slack(self.school, facts.date(day).isoformat(), most=most)
            seen = set()
            for moment in _moments(needed, [s for mine in ranked for s in mine]):
                there = [[s for s in mine if s.start <= moment < s.end] for mine in ranked]
                key = tuple(tuple(mine) for mine in there)
                if key in seen:
                    continue
                seen.add(key)
                for place in range(self._within - 1, len(there)):
                    # Nobody up to this place is there, so the person in charge comes further down.
                    anybody = model.any_of(
                        model.does(p, s)
                        for p, mine in zip(people, there[: place + 1], strict=False)
                        for s in mine
                    )
                    model.cp.add(room >= (place + 2 - self._within) * model.no(anybody))

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        people = self._people(facts)
        for school, day in facts.school_days([self.school]):
            needed = _children_there(facts, school, day)
            there = [
                [s for s in plan.stints(p) if s.school == school and s.day == day] for p in people
            ]
            worst, at = 0, 0
            for moment in _moments(needed, [s for mine in there for s in mine]):
                rank = next(
                    (
                        n + 1
                        for n, mine in enumerate(there)
                        if any(s.start <= moment < s.end for s in mine)
                    ),
                    len(people) + 1,
                )
                if rank > worst:
                    worst, at = rank, moment
            if worst > self._within:
                head = (
                    "Nobody of the named order"
                    if worst > len(people)
                    else f"Only {facts.name(people[worst - 1])}, number {worst} of the named order,"
                )
                yield Breach(
                    where=(self.school, facts.date(day).isoformat()),
                    amount=worst - self._within,
                    sentence=f"{head} is at {facts.school_name(school)} on {facts.says_day(day)} "
                    f"at {facts.says_time(at)}.",
                )

    @property
    def _within(self) -> int:
        return len(self.order) if self.within is None else min(self.within, len(self.order))

    def _people(self, facts: Facts) -> list[int]:
        return [facts.person_number[person] for person in self.order]


def _children_there(facts: Facts, school: int, day: int) -> list[tuple[int, int]]:
    return [facts.children_minutes(row, day) for row in facts.children_rows(school, day)]


def _moments(needed: list[tuple[int, int]], there: list[Stint]) -> list[int]:
    """Moments with children at which somebody may come or go."""
    moments = {a for a, _ in needed} | {m for s in there for m in (s.start, s.end)}
    return sorted(m for m in moments if any(a <= m < b for a, b in needed))


_CHILDREN = {
    "children": [
        {
            "band": "all",
            "count": 62,
            "at": "S",
            "dates": {"first": "2026-01-05", "last": "2026-01-05"},
            "start": "09:00",
            "end": "15:00",
        }
    ]
}
_ORDER = ("Ann", "Bob", "Cat")

EXAMPLES = [
    Example(InCharge(school="S", order=_ORDER), "Ann . .\nBob . .\nCat D .", [], facts=_CHILDREN),
    Example(
        InCharge(school="S", order=_ORDER, within=1),
        "Ann M\nBob D\nCat .",
        ["Only Bob, number 2 of the named order, is at School on Mon 5 Jan at 12:00."],
        facts=_CHILDREN,
    ),
    Example(
        InCharge(school="S", order=_ORDER, within=2), "Ann M\nBob D\nCat .", [], facts=_CHILDREN
    ),
    Example(
        InCharge(school="S", order=_ORDER),
        "Ann M\nBob A\nCat .",
        ["Nobody of the named order is at School on Mon 5 Jan at 12:00."],
        facts=_CHILDREN,
    ),
]
