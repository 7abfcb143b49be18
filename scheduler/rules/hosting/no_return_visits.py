"""Two schools do not visit each other, and no pair is repeated until all others have been."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import (
    Breach,
    DateRange,
    Example,
    Facts,
    Id,
    Model,
    Occasion,
    Plan,
    Rule,
    Slack,
    Value,
    Which,
    activity,
)


class PastVisit(Value):
    """A visit before the horizon."""

    visitor: Id = Field(description="The school that visited.")
    host: Id = Field(description="The school that was visited.")
    times: PositiveInt = Field(1, description="How often.")


class NoReturnVisits(Rule):
    """No two schools visit each other, and no pair repeats before the visitor's others had a turn.

    The first part is judged among the visits of the horizon, or within each of its `terms` by
    itself. The second part says that, among the schools a visitor may go to, none is visited two
    times more often than another; `visited` lists the visits before. The amount is the number of
    pairs that visit each other, and of visits too many to one host.
    """

    kind: Literal["no_return_visits"] = "no_return_visits"
    scope = "whole"
    unit = "visits"

    activities: Which | None = Field(None, description="The visits it applies to; all if left out.")
    mutual: bool = Field(False, description="Two schools may visit each other.")
    terms: tuple[DateRange, ...] = Field(
        (), description="Two may visit each other, but not in one of these."
    )
    once: bool = Field(False, description="No pair meets more than once, however often others do.")
    visited: tuple[PastVisit, ...] = Field((), description="Visits before the horizon.")

    def __str__(self) -> str:
        again = "No school is visited again before the others."
        return again if self.mutual else f"No two schools visit each other. {again}"

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        visits = self._visits(facts)
        goes = {
            (visitor, host): [model.at(o.number, host) for o in some if host in o.venues]
            for visitor, some in visits.items()
            for host in self._hosts(some)
        }
        names = {s: facts.schools[s].id for s in range(len(facts.schools))}
        for term in self._terms(facts) if not self.mutual else ():
            for one, other in combinations(sorted({s for pair in goes for s in pair}), 2):
                there, back = (
                    [model.times.within(o.number, at) for o, at in self._at(visits, *pair, term)]
                    for pair in ((one, other), (other, one))
                )
                if there and back:
                    both = model.all_of([model.any_of(there), model.any_of(back)])
                    where = self._where(facts, names[one], names[other], term)
                    model.cp.add(both <= slack(*where, most=1))
        before = self._before(facts)
        for visitor, some in visits.items():
            hosts = self._hosts(some)
            times = {
                host: model.sum([before.get((visitor, host), 0), *goes[visitor, host]])
                for host in hosts
            }
            reach = len(some) + max(before.get((visitor, host), 0) for host in hosts)
            fewest = model.cp.new_int_var(0, reach, "")
            for number in times.values():
                model.cp.add(fewest <= number)
            for host, number in times.items():
                room = slack(names[visitor], names[host], "again", most=reach)
                limit = 1 if self.once else fewest + 1
                model.cp.add(number <= limit + room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        visits, before = self._visits(facts), self._before(facts)
        times: dict[tuple[int, int], int] = {}
        for visitor, some in visits.items():
            for o in some:
                place = plan.place(o)
                if place is not None:
                    key = (visitor, o.schools[place])
                    times[key] = times.get(key, 0) + 1
        names = [s.id for s in facts.schools]
        for term in self._terms(facts) if not self.mutual else ():
            happened = {
                (visitor, o.schools[place])
                for visitor, some in visits.items()
                for o in some
                if (place := plan.place(o)) is not None and o.days[place] in term
            }
            for one, other in sorted(happened):
                if one < other and (other, one) in happened:
                    yield Breach(
                        where=self._where(facts, names[one], names[other], term),
                        amount=1,
                        sentence=f"{facts.school_name(one)} and {facts.school_name(other)} visit "
                        "each other.",
                    )
        for visitor, some in visits.items():
            number = {
                host: times.get((visitor, host), 0) + before.get((visitor, host), 0)
                for host in self._hosts(some)
            }
            fewest = min(number.values())
            limit = 1 if self.once else fewest + 1
            for host, often in number.items():
                if often > limit:
                    others = "" if self.once else f", though others were visited {fewest} times"
                    yield Breach(
                        where=(names[visitor], names[host], "again"),
                        amount=often - limit,
                        sentence=f"{facts.school_name(visitor)} visits {facts.school_name(host)} "
                        f"{often} times{others}.",
                    )

    def _terms(self, facts: Facts) -> list[range]:
        """The days of each term that is judged by itself."""
        whole = range(len(facts.days))
        both = [(facts.day(term.first), facts.day(term.last) + 1) for term in self.terms]
        return [range(first, last) for first, last in both] or [whole]

    def _where(self, facts: Facts, one: str, other: str, term: range) -> tuple[str, ...]:
        return (one, other, facts.date(term.start).isoformat()) if self.terms else (one, other)

    def _at(
        self, visits: dict[int, list[Occasion]], visitor: int, host: int, term: range
    ) -> Iterator[tuple[Occasion, list[int]]]:
        """The visits of one school to another, with the starts at which they are in a term."""
        for o in visits.get(visitor, ()):
            both = enumerate(zip(o.schools, o.days, strict=True))
            places = [n for n, (school, day) in both if school == host and day in term]
            if places:
                yield o, places

    def _visits(self, facts: Facts) -> dict[int, list[Occasion]]:
        found: dict[int, list[Occasion]] = {}
        for o in facts.activities(self.activities):
            if o.visitor is not None:
                found.setdefault(o.visitor, []).append(o)
        return dict(sorted(found.items()))

    def _hosts(self, visits: list[Occasion]) -> list[int]:
        return sorted({school for o in visits for school in o.venues})

    def _before(self, facts: Facts) -> dict[tuple[int, int], int]:
        found: dict[tuple[int, int], int] = {}
        for row in self.visited:
            key = (facts.school_number(row.visitor), facts.school_number(row.host))
            found[key] = found.get(key, 0) + row.times
        return found


_FACTS = {
    "schools": [{"id": id, "name": id} for id in ("Oak", "Fell", "Hill")],
    "activities": [
        activity("P", "Visit", school="Fell", visitor="Oak", venues=["Fell", "Hill"], step=180),
        activity("Q", "Second", school="Fell", visitor="Oak", venues=["Fell", "Hill"], step=180),
        activity("R", "Return", school="Oak", visitor="Fell", optional=True, step=180),
    ],
}
_ANN = {"Ann": {"home": "Oak"}}
_BACK = {"R": "2026-01-05T09:00"}

_WEEKS = tuple(
    DateRange.model_validate({"first": f"2026-01-{first:02}", "last": f"2026-01-{first + 1:02}"})
    for first in (5, 7)
)
_TWICE = {
    "schools": [{"id": id, "name": id} for id in ("Oak", "Fell")],
    "activities": [
        activity("P", "Visit", school="Fell", visitor="Oak", step=180),
        activity("R", "Return", school="Oak", visitor="Fell", step=180),
    ],
}

EXAMPLES = [
    Example(
        NoReturnVisits(terms=_WEEKS),
        "Ann . . .",
        [],
        facts=_TWICE,
        times={"R": "2026-01-07T09:00"},
        people=_ANN,
    ),
    Example(
        NoReturnVisits(terms=_WEEKS),
        "Ann . . .",
        ["Oak and Fell visit each other."],
        facts=_TWICE,
        times={"R": "2026-01-06T09:00"},
        people=_ANN,
    ),
    Example(NoReturnVisits(), "Ann .", [], facts=_FACTS, at={"Q": "Hill"}, people=_ANN),
    Example(
        NoReturnVisits(mutual=True),
        "Ann .",
        [],
        facts=_FACTS,
        times=_BACK,
        at={"P": "Hill"},
        people=_ANN,
    ),
    Example(
        NoReturnVisits(),
        "Ann .",
        ["Oak and Fell visit each other."],
        facts=_FACTS,
        times=_BACK,
        at={"Q": "Hill"},
        people=_ANN,
    ),
    Example(
        NoReturnVisits(visited=(PastVisit(visitor="Oak", host="Hill"),)),
        "Ann .",
        ["Oak visits Hill 3 times, though others were visited 0 times."],
        facts=_FACTS,
        at={"P": "Hill", "Q": "Hill"},
        people=_ANN,
    ),
    Example(
        NoReturnVisits(mutual=True, once=True, visited=(PastVisit(visitor="Oak", host="Hill"),)),
        "Ann .",
        ["Oak visits Hill 2 times."],
        facts=_FACTS,
        at={"Q": "Hill"},
        people=_ANN,
    ),
]
