"""How many activities there are in each week, half-term or day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal

from pydantic import Field, NonNegativeInt

from models.facts.employment import WORKING_WEEK
from scheduler.rulebook import (
    Breach,
    DateRange,
    Example,
    Facts,
    Model,
    Occasion,
    Plan,
    Rule,
    Slack,
    Unjudged,
    Which,
    activity,
    weekday,
)

Where = tuple[str, ...]
Places = Mapping[Occasion, set[int]]
"""Activities, each with its possible starts in a period."""

FEW_SPARE = 5
"""Up to this number of spare periods is worth a remark."""


class ActivitiesPerPeriod(Rule):
    """At most, or at least, a number of activities take place in each week, half-term or day.

    A week runs from Monday to Sunday, and fortnights are counted from the first week of the
    horizon; a half-term is one of the terms of the school where the activity is. A period in
    `doubles` may have one activity more. With `per` each group, or each school, is counted by
    itself. Only periods in which at least one of the activities could take place are judged; one
    that lies partly outside the horizon is not judged for having too few. The amount is the number
    of activities too many or too few.
    """

    kind: Literal["activities_per_period"] = "activities_per_period"
    scope = "whole"
    unit = "activities"
    short = "Activities in each period"

    activities: Which | None = Field(
        None, description="The activities it applies to; all if left out."
    )
    period: Literal["day", "week", "fortnight", "half_term"] = Field(
        "week", description="The period in which they are counted."
    )
    per: Literal["all", "group", "school"] = Field(
        "all", description="Whether all are counted together, or by group or school."
    )
    most: NonNegativeInt | None = Field(1, description="Activities in a period; no limit if null.")
    least: NonNegativeInt = Field(0, description="The lower limit.")
    doubles: tuple[DateRange, ...] = Field(
        (), description="Periods that touch these dates may have one more."
    )

    def __str__(self) -> str:
        of = {"all": "", "group": " of each group", "school": " at each school"}[self.per]
        most = [] if self.most is None else [f"at most {self.most}"]
        least = [f"at least {self.least}"] if self.least else []
        limits = " and ".join([*least, *most]) or "any number"
        return f"In each {self.period.replace('_', '-')} {limits} of the activities{of} take place."

    def encode(self, model: Model, slack: Slack) -> None:
        for where, places in self._cells(model.facts).items():
            number = model.sum(model.times.number_within(o.number, at) for o, at in places.items())
            most = self._most(where, model.facts)
            if most is not None and len(places) > most:
                model.cp.add(number <= most + slack(*where, most=len(places) - most))
            least = self._least(where, places, model.facts)
            if least:
                model.cp.add(number + slack(*where, most=least) >= least)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for where, places in self._cells(facts).items():
            inside = [o for o, at in places.items() if plan.place(o) in at]
            most, number = self._most(where, facts), len(inside)
            beyond = 0 if most is None else number - most
            least = self._least(where, places, facts)
            amount = max(beyond, least - number)
            if amount > 0:
                limit = f"{most} is the most" if beyond > 0 else f"{least} is the least"
                names = f" ({', '.join(facts.says_work(o) for o in inside)})" if inside else ""
                yield Breach(
                    where=where,
                    amount=amount,
                    sentence=f"{self._says(where, facts)} has {number} activities{names}; {limit}.",
                )

    def not_judged(self, facts: Facts) -> Iterator[Unjudged]:
        for where, places in self._cells(facts).items() if self.least else ():
            if why := self._why_unjudged(where, places, facts):
                yield Unjudged(where=where, sentence=why)

    def remarks(self, facts: Facts, plan: Plan) -> Iterator[tuple[str | None, str]]:
        cells = self._cells(facts)
        if self.most is None or self.per != "all" or len(cells) < 2:
            return
        held = sum(plan.happens(o) for o in facts.activities(self.activities))
        spare = self.most * len(cells) - held
        what = self.period.replace("_", "-")
        if spare == 0:
            yield None, f"There is no spare {what}: one lost {what} forces a double."
        elif 0 < spare <= FEW_SPARE:
            yield None, f"{spare} of {self.most * len(cells)} {what}s are spare."

    def _cells(self, facts: Facts) -> dict[Where, dict[Occasion, set[int]]]:
        """(first day of the period, and the group or school) to the places in it."""
        found: dict[Where, dict[Occasion, set[int]]] = {}
        for o in facts.activities(self.activities):
            for place in facts.places(o, self.activities):
                day, school = o.days[place], o.schools[place]
                first = self._first(facts, day, school)
                if first is None or (self.per == "group" and o.group is None):
                    continue
                where: tuple[str, ...] = (facts.date(first).isoformat(),)
                if self.per == "group":
                    where = (*where, o.group or "")
                elif self.per == "school":
                    where = (*where, facts.schools[school].id)
                found.setdefault(where, {}).setdefault(o, set()).add(place)
        return found

    def _first(self, facts: Facts, day: int, school: int) -> int | None:
        """The first day of the period that a day belongs to."""
        if self.period == "day":
            return day
        if self.period in ("week", "fortnight"):
            weeks = 2 if self.period == "fortnight" else 1
            return facts.week_of(day) // weeks * weeks * 7 - facts.first.weekday()
        when = facts.date(day)
        terms = facts.schools[school].terms
        return next((facts.day(term.first) for term in terms if when in term), None)

    def _most(self, where: tuple[str, ...], facts: Facts) -> int | None:
        if self.most is None or not self.doubles:
            return self.most
        first = facts.day(date.fromisoformat(where[0]))
        length = {"day": 1, "week": 7, "fortnight": 14, "half_term": 1}[self.period]
        days = [facts.date(first + n) for n in range(length)]
        return self.most + any(day in dates for dates in self.doubles for day in days)

    def _least(self, where: Where, places: Places, facts: Facts) -> int:
        return 0 if self.least and self._why_unjudged(where, places, facts) else self.least

    def _why_unjudged(self, where: Where, places: Places, facts: Facts) -> str | None:
        """Why nothing is asked of a period at least; None where it lies in the horizon."""
        first = facts.day(date.fromisoformat(where[0]))
        if self.period in ("week", "fortnight"):
            length = 2 if self.period == "fortnight" else 1
            weeks = [w for w in facts.calendar_weeks if first <= w.monday < first + 7 * length]
            for week in weeks:
                if not week.whole:
                    return facts.why_unjudged(week)
                if any(weekday(facts.date(day)) in WORKING_WEEK for day in week.past):
                    return "which activities took place before the rota is not known"
            if len(weeks) < length:
                return "the fortnight goes on after the rota"
        if self.period == "half_term":
            at = {o.schools[place] for o, chosen in places.items() for place in chosen}
            terms = [t for n in at for t in facts.schools[n].terms if facts.day(t.first) == first]
            if first < 0 or any(facts.day(term.last) >= len(facts.days) for term in terms):
                return f"the half-term from {facts.says_day(first)} is not wholly in the rota"
        return None

    def _says(self, where: tuple[str, ...], facts: Facts) -> str:
        day = facts.says_day(facts.day(date.fromisoformat(where[0])))
        when = {
            "day": day,
            "week": f"The week of {day}",
            "fortnight": f"The fortnight from {day}",
            "half_term": f"The half-term from {day}",
        }
        return when[self.period] + (f" for {where[1]}" if len(where) > 1 else "")


_FACTS = {
    "schools": [
        {
            "id": "S",
            "name": "School",
            "terms": [
                {"first": "2026-01-05", "last": "2026-01-07"},
                {"first": "2026-01-08", "last": "2026-01-30"},
            ],
        }
    ],
    "groups": [{"id": id, "name": id, "school": "S"} for id in ("3A", "3B")],
    "activities": [
        activity("P", "Bread", step=180, group="3A"),
        activity("Q", "Soup", step=180, group="3A", optional=True),
        activity("R", "Cake", step=180, group="3B"),
    ],
}


def _times(p: int, q: int | None, r: int) -> dict[str, str]:
    chosen = {"P": p, "Q": q, "R": r}
    return {id: f"2026-01-{5 + day:02}T09:00" for id, day in chosen.items() if day is not None}


EXAMPLES = [
    Example(
        ActivitiesPerPeriod(), "Ann . . . . . . . .", [], facts=_FACTS, times=_times(0, None, 7)
    ),
    Example(
        ActivitiesPerPeriod(period="half_term", per="group"),
        "Ann . . . .",
        [],
        facts=_FACTS,
        times=_times(0, 3, 1),
    ),
    Example(
        ActivitiesPerPeriod(
            doubles=(DateRange(first=date(2026, 1, 12), last=date(2026, 1, 12)),), per="school"
        ),
        "Ann . . . . . . . .",
        ["The week of Mon 5 Jan for S has 2 activities (Bread, Cake); 1 is the most."],
        facts=_FACTS,
        times=_times(0, 7, 1),
    ),
    Example(
        ActivitiesPerPeriod(period="day", most=2, least=1),
        "Ann . . .",
        ["Tue 6 Jan has 0 activities; 1 is the least."],
        facts=_FACTS,
        times=_times(0, 2, 2),
    ),
    Example(
        ActivitiesPerPeriod(least=3, most=None),
        "Ann . . . . .",
        ["The week of Mon 5 Jan has 2 activities (Bread, Cake); 3 is the least."],
        facts=_FACTS,
        times=_times(0, None, 1),
    ),
    Example(
        ActivitiesPerPeriod(least=3, most=None),
        "Ann . . . .",
        [],
        facts=_FACTS,
        times=_times(0, None, 1),
    ),
    Example(
        ActivitiesPerPeriod(period="fortnight", least=3, most=None),
        "Ann . . . . .",
        [],
        facts=_FACTS,
        times=_times(0, None, 1),
    ),
    Example(
        ActivitiesPerPeriod(period="half_term", least=2, most=None),
        "Ann . . . .",
        ["The half-term from Mon 5 Jan has 1 activities (Bread); 2 is the least."],
        facts=_FACTS,
        times=_times(0, None, 3),
    ),
]
