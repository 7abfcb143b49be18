"""Nobody works more in a year than their contract allows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Literal

from pydantic import Field

from models.facts.contracts import Year, paid_ways, post_of, years_of
from scheduler.rulebook import Breach, Example, Facts, Model, Plan, Rule, Slack, Stint, Who


class WithinAllowance(Rule):
    """Nobody works more in a year than their contract allows (annualised hours).

    Work already delivered, work promised and the work of this rota count against the allowance of
    the contract's year: the year's full-time figure pro rata, or weekly hours times the weeks of
    the year. Paid travel between schools counts for the contract of the duty after it. Time booked
    as reserved is kept free unless `reserve` says otherwise. Contracts with neither figure, such as
    those of the leadership group, have no limit. The amount is the minutes beyond the allowance.
    """

    kind: Literal["within_allowance"] = "within_allowance"
    scope = "person"
    unit = "minutes"
    short = "Hours within contracts"
    worse = "going further beyond contracts"
    usual_authority = "law"

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    reserve: Literal["kept", "used"] = Field(
        "kept", description="Whether time booked as reserved is kept free or may be used."
    )

    def __str__(self) -> str:
        rest = ", and reserved time is kept free" if self.reserve == "kept" else ""
        return f"Nobody works more in a year than their contract allows{rest}."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.limits import between, with_ways
        from solver.language.shapes import Total

        facts = model.facts
        for person in facts.people(self.people):
            stints = model.stints_of(person.number)
            for year in years_of(facts, person.number):
                where, before = _where(facts, year), self._before(year)
                counts = partial(_is_of, facts, year)
                found = with_ways(model, person.number, year.days, counts)
                if found is not None:
                    worked, most = found
                    most += before
                    total = model.sum([worked, before])
                    between(model, slack, where, total, most=year.allowed, least=None, highest=most)
                    continue
                amounts = {s.number: s.minutes for s in stints if counts(s)}
                model.declare(
                    Total(person.number, where, amounts, {}, base=before, most=year.allowed), slack
                )

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for person in facts.people(self.people):
            stints = [s for s in plan.stints(person.number) if s.duty >= 0]
            for year in years_of(facts, person.number):
                worked = [(s, s.minutes) for s in stints]
                spent = (*worked, *paid_ways(facts, stints))
                here = sum(minutes for s, minutes in spent if _is_of(facts, year, s))
                beyond = self._before(year) + here - year.allowed
                if beyond > 0:
                    yield Breach(
                        where=_where(facts, year),
                        amount=beyond,
                        sentence=f"{person.name} has {_hours(here)} on this rota on top of "
                        f"{_hours(self._before(year))} already committed; {_hours(year.allowed)} "
                        f"is the year's allowance, {_hours(beyond)} too much.",
                    )

    def _before(self, year: Year) -> int:
        reserved = year.reserved if self.reserve == "kept" else 0
        return year.delivered + year.promised + reserved


def _where(facts: Facts, year: Year) -> tuple[str, ...]:
    return (facts.staff[year.person].id, year.contract.id, year.first.isoformat())


def _is_of(facts: Facts, year: Year, stint: Stint) -> bool:
    return (
        stint.day in year.days
        and post_of(facts, year.person, stint.duty, stint.day) == year.contract
    )


def _hours(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02}" if rest else f"{hours} h"


_TEACHER = {
    "roles": {"t": "teacher"},
    "allowances": [
        {
            "id": "directed",
            "first": "2025-09-01",
            "last": "2026-08-31",
            "minutes": 3000,
            "source": "drawn",
        }
    ],
}


def _half(**booked: object) -> dict[str, object]:
    return {**_TEACHER, "booked": [{"person": "Ann", "contract": "c", "what": "INSET", **booked}]}


_ANN = {
    "Ann": {
        "contracts": [
            {"id": "c", "role": "t", "school": "S", "fte_percent": 50, "allowance": "directed"}
        ]
    }
}

_WAY = {
    "schools": [{"id": "S", "name": "Oakfield"}, {"id": "T", "name": "Fellside"}],
    "travel": [{"between": ["S", "T"], "minutes": 25}],
}
_AFTERNOON = {"A": {"school": "T"}, "M": {}}

EXAMPLES = [
    Example(WithinAllowance(), "Ann D D .\nBob D D D", [], people=_ANN, facts=_half(minutes=780)),
    Example(
        WithinAllowance(),
        "Ann M MA",
        [],
        people=_ANN,
        facts=_half(minutes=80, times=12, state="reserved"),
    ),
    Example(
        WithinAllowance(),
        "Ann M MA",
        [
            "Ann has 9 h on this rota on top of 16 h 02 already committed; 25 h is the year's "
            "allowance, 0 h 02 too much."
        ],
        people=_ANN,
        facts=_half(minutes=962, state="reserved"),
    ),
    Example(
        WithinAllowance(),
        "Ann MA M",
        [
            "Ann has 9 h 25 on this rota on top of 16 h already committed; 25 h is the year's "
            "allowance, 0 h 25 too much."
        ],
        _AFTERNOON,
        _ANN,
        {**_half(minutes=960), **_WAY},
    ),
    Example(
        WithinAllowance(reserve="used"),
        "Ann M MA",
        [],
        people=_ANN,
        facts=_half(minutes=962, state="reserved"),
    ),
]
