"""Work falls on the same weekdays every week, or every fortnight."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import Breach, Example, Facts, Model, Plan, Rule, Slack, Staff, Which, Who


class SameWeekdays(Rule):
    """Each person's days follow one weekday pattern that repeats every week, or every few weeks.

    The engine chooses the pattern. For each person, week of the cycle and weekday, the amount is
    the smallest possible number of dates that are exceptions to it. Dates without any of the
    duties, or on which the person could do none of them, are not exceptions.
    """

    kind: Literal["same_weekdays"] = "same_weekdays"
    scope = "person"
    unit = "exceptions"
    short = "The same weekdays"
    worse = "more exceptions to weekday patterns"
    usual_authority = "wish"

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    duties: Which | None = Field(
        None, description="Only days with one of these count, such as those at one school."
    )
    weeks: PositiveInt = Field(
        1, le=8, description="The number of weeks after which the pattern repeats."
    )

    def __str__(self) -> str:
        cycle = "week" if self.weeks == 1 else f"{self.weeks} weeks"
        if self.weeks == 2:
            cycle = "fortnight"
        return f"Work falls on the same weekdays every {cycle}."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        stints = {s.number for d in facts.all_duties(self.duties) for s in d.stints}
        for person in facts.people(self.people):
            for where, days in self._slots(facts, person, stints).items():
                usual = model.cp.new_bool_var("")
                works = [
                    model.any_of(
                        model.does(person.number, s)
                        for s in model.stints_on(person.number, day)
                        if s.number in stints
                    )
                    for day in days
                ]
                # Either every day worked is an exception, or every day off.
                room = slack(*where, most=len(days) // 2)
                model.cp.add(model.sum(works) <= room + len(days) * usual)
                model.cp.add(
                    model.sum(model.no(w) for w in works) <= room + len(days) * (1 - usual)
                )

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        stints = {s.number for d in facts.all_duties(self.duties) for s in d.stints}
        for person in facts.people(self.people):
            worked = {s.day for s in plan.stints(person.number) if s.number in stints}
            for where, days in self._slots(facts, person, stints).items():
                on = [day for day in days if day in worked]
                off = [day for day in days if day not in worked]
                usual = len(on) >= len(off)
                exceptions = off if usual else on
                if exceptions:
                    name = f"{facts.date(days[0]):%A}s"
                    if self.weeks > 1:
                        name += f" of week {int(where[1]) + 1} of {self.weeks}"
                    verb = "works" if usual else "does not work"
                    dates = ", ".join(facts.says_day(day) for day in exceptions)
                    yield Breach(
                        where=where,
                        amount=len(exceptions),
                        sentence=f"{person.name} {verb} on {name}, except {dates}.",
                    )

    def _slots(
        self, facts: Facts, person: Staff, stints: set[int]
    ) -> dict[tuple[str, ...], list[int]]:
        """(person, week of the cycle, weekday) to the dates on which they could work."""
        days = {
            s.day
            for d in facts.possible[person.number]
            for s in d.stints
            if s.number in stints and facts.free(person.number, s)
        }
        cycle = facts.cycle_of(person.number)
        found: dict[tuple[str, ...], list[int]] = {}
        for day in sorted(days):
            week = str(cycle(facts.date(day), self.weeks) - 1)
            found.setdefault((person.id, week, f"{facts.date(day):%a}"), []).append(day)
        return {where: dates for where, dates in found.items() if len(dates) > 1}


def _on(*dates: int) -> dict[str, dict[str, list[str]]]:
    return {"D": {"dates": [f"2026-01-{date:02}" for date in dates]}}


EXAMPLES = [
    Example(SameWeekdays(), "Ann D" + " ." * 6 + " D" + " ." * 6 + " D", [], _on(5, 6, 12, 13, 19)),
    Example(SameWeekdays(weeks=2), "Ann D" + " ." * 6 + " ." + " ." * 6 + " D", [], _on(5, 12, 19)),
    Example(
        SameWeekdays(),
        "Ann D" + " ." * 6 + " ." + " ." * 6 + " D",
        ["Ann works on Mondays, except Mon 12 Jan."],
        _on(5, 12, 19),
    ),
    Example(
        SameWeekdays(weeks=2),
        "Ann D" + " ." * 13 + " .",
        ["Ann works on Mondays of week 1 of 2, except Mon 19 Jan."],
        _on(5, 12, 19),
    ),
    Example(
        SameWeekdays(),
        "Ann D" + " ." * 13 + " D",
        [],
        _on(5, 12, 19),
        {"Ann": {"away": [{"first": "2026-01-12", "last": "2026-01-12"}]}},
    ),
]
