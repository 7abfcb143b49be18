"""A school has somebody in charge at every moment, by a named order of deputies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import Field, PositiveInt

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
)


class InCharge(Rule):
    """Whenever children are at a school, somebody from a named order of deputies is there.

    The first person of the order who is at work there is in charge, by a duty or by their pattern
    (`at`) while no duty elsewhere takes them away. For each school and day the
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
        from solver.language.attendance import school_day_of

        facts = model.facts
        people = self._people(facts)
        for school, day in facts.school_days([self.school]):
            needed = _children_there(facts, school, day)
            if not needed:
                continue
            ranked = [school_day_of(model, p, school, day) for p in people]
            room: LinearExprT | None = None
            seen = set()
            for moment in _moments(needed, [m for each in ranked for m in each.moments]):
                there = tuple(each.at(moment) for each in ranked)
                if there in seen or any(each.is_sure for each in there[: self._within]):
                    continue
                seen.add(there)
                if room is None:
                    most = len(self.order) + 1 - self._within
                    room = slack(self.school, facts.date(day).isoformat(), most=most)
                at_work = [each.answer(model) for each in there]
                for place in range(self._within - 1, len(there)):
                    # Nobody up to this place is there, so the person in charge comes further down.
                    anybody = model.any_of(at_work[: place + 1])
                    model.cp.add(room >= (place + 2 - self._within) * model.no(anybody))

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        people = self._people(facts)
        for school, day in facts.school_days([self.school]):
            needed = _children_there(facts, school, day)
            there = [plan.at_work(p, school, day) for p in people]
            worst, at = 0, 0
            for moment in _moments(needed, [m for mine in there for row in mine for m in row]):
                rank = next(
                    (
                        n + 1
                        for n, mine in enumerate(there)
                        if any(a <= moment < b for a, b in mine)
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


def _moments(needed: list[tuple[int, int]], changes: Iterable[int]) -> list[int]:
    """Moments with children at which somebody may come or go."""
    moments = {a for a, _ in needed} | set(changes)
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

_WAY = {
    **_CHILDREN,
    "schools": [{"id": "S", "name": "School"}, {"id": "T", "name": "Fellside"}],
    "travel": [{"between": ["S", "T"], "minutes": 30}],
}
_BOB = {"Bob": {"works": [{}, {"at": "S", "start": "09:00", "end": "15:00"}]}}


EXAMPLES = [
    Example(
        InCharge(school="S", order=_ORDER, within=2),
        "Ann .\nBob .\nCat .",
        [],
        people=_BOB,
        facts=_WAY,
    ),
    Example(
        InCharge(school="S", order=_ORDER, within=1),
        "Ann M\nBob .\nCat .",
        ["Only Bob, number 2 of the named order, is at School on Mon 5 Jan at 12:00."],
        people=_BOB,
        facts=_WAY,
    ),
    Example(
        InCharge(school="S", order=_ORDER),
        "Ann M\nBob A\nCat .",
        [],
        shifts={"M": {"end": "12:30"}, "A": {"school": "T", "start": "09:30", "end": "12:00"}},
        people=_BOB,
        facts=_WAY,
    ),
    Example(
        InCharge(school="S", order=_ORDER),
        "Ann M\nBob A\nCat .",
        ["Nobody of the named order is at School on Mon 5 Jan at 12:30."],
        shifts={"M": {"end": "12:30"}, "A": {"school": "T", "start": "09:30", "end": "12:01"}},
        people=_BOB,
        facts=_WAY,
    ),
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
