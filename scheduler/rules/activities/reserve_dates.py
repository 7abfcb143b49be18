"""A reserve date is at the same place, a given number of school days after its activity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Model,
    Occasion,
    Plan,
    Problem,
    Rule,
    Slack,
    activity,
)
from scheduler.wording import of_unit


class ReserveDates(Rule):
    """A reserve date is at its activity's school, the given number of school days later.

    Days are counted from the activity's last day, by the calendar of that school. There is a
    reserve date if and only if the activity takes place. The amount is the number of reserve dates
    that are wrong.
    """

    kind: Literal["reserve_dates"] = "reserve_dates"
    scope = "whole"
    unit = "reserve dates"
    usual_authority = "policy"
    always_on = True

    def __str__(self) -> str:
        return "A reserve date is at the same place, the agreed number of school days later."

    def concerns(self, problem: Problem) -> bool:
        return any(activity.reserve is not None for activity in problem.activities)

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        for first, other, least, most in _pairs(facts):
            times = model.times  # imported only here: the search by paths knows no times
            fine = model.cp.new_bool_var("")
            model.cp.add(1 - fine <= slack(other.id, most=1))
            happens, kept = model.takes_place(first.number), model.takes_place(other.number)
            model.holds_if([fine], happens - kept == 0)
            between = times.value(other.number, _marks(facts, other, other.days)) - times.value(
                first.number, _marks(facts, first, first.last_days)
            )
            model.holds_if([fine, happens], between >= least)
            model.holds_if([fine, happens], between <= most)
            for school in sorted({*first.venues, *other.venues}):
                here, there = model.at(first.number, school), model.at(other.number, school)
                model.holds_if([fine], here - there == 0)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for first, other, least, most in _pairs(facts):
            one, two = plan.place(first), plan.place(other)
            if one is None and two is None:
                continue
            said = None
            if one is None or two is None:
                said = "is left out" if two is None else "is kept, but its activity is left out"
            elif first.schools[one] != other.schools[two]:
                said = f"is not at {facts.school_name(first.schools[one])}"
            else:
                school = first.schools[one]
                days = facts.school_day(school, other.days[two]) - facts.school_day(
                    school, first.last_days[one]
                )
                if not least <= days <= most:
                    later = of_unit(days, "school days")
                    said = f"is {later} after it, which must be {least} to {most}"
            if said is not None:
                sentence = f"{other.name} {said}."
                yield Breach(where=(other.id,), amount=1, sentence=sentence)


def _pairs(facts: Facts) -> Iterator[tuple[Occasion, Occasion, int, int]]:
    """What a reserve date is kept for, the reserve date, and how long after it is."""
    for other in facts.occasions:
        if other.reserve is not None:
            first, least, most = other.reserve
            yield facts.occasions[first], other, least, most


def _marks(facts: Facts, occasion: Occasion, days: tuple[int, ...]) -> list[int]:
    both = zip(occasion.schools, days, strict=True)
    return [facts.school_day(school, day) for school, day in both]


_FACTS = {
    "schools": [{"id": "S", "name": "Oakfield"}, {"id": "T", "name": "Fellside"}],
    "activities": [
        activity(
            "P", "Talk", step=180, venues=["S", "T"], optional=True, reserve={"least": 2, "most": 3}
        )
    ],
}


def _times(first: int | None, reserve: int | None) -> dict[str, str]:
    chosen = {"P": first, "P.reserve": reserve}
    return {id: f"2026-01-{5 + n:02}T09:00" for id, n in chosen.items() if n is not None}


_FELL = {"P": "T", "P.reserve": "T"}

EXAMPLES = [
    Example(ReserveDates(), "Ann . . . .", [], facts=_FACTS, times=_times(0, 2), at=_FELL),
    Example(ReserveDates(), "Ann . . . .", [], facts=_FACTS, times=_times(0, 3)),
    Example(ReserveDates(), "Ann . . . .", [], facts=_FACTS),
    Example(
        ReserveDates(),
        "Ann . . . .",
        ["Talk (reserve date) is 1 school day after it, which must be 2 to 3."],
        facts=_FACTS,
        times=_times(0, 1),
    ),
    Example(
        ReserveDates(),
        "Ann . . . .",
        ["Talk (reserve date) is not at Oakfield."],
        facts=_FACTS,
        times=_times(0, 2),
        at={"P.reserve": "T"},
    ),
    Example(
        ReserveDates(),
        "Ann . . . .",
        ["Talk (reserve date) is left out."],
        facts=_FACTS,
        times=_times(0, None),
    ),
    Example(
        ReserveDates(),
        "Ann . . . .",
        ["Talk (reserve date) is kept, but its activity is left out."],
        facts=_FACTS,
        times=_times(None, 3),
    ),
]
