"""How much each person works: minutes, shifts or days, at most or at least."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal, NamedTuple

from pydantic import Field, NonNegativeInt

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    LimitsRule,
    Model,
    Plan,
    Slack,
    Stint,
    Unjudged,
    Which,
    Who,
    duration,
)


class Workload(LimitsRule):
    """Each person works at most, or at least, a number of minutes, shifts or days.

    Minutes are elapsed minutes less unpaid breaks; shifts are duties; a day counts once, however
    many duties it has. A week runs from Monday to Sunday, and a duty belongs to the date of its
    start. What is known of a week before the horizon counts, unless `duties` limits what counts. A
    week that is not known whole, or in which the person could not work, is not judged for having
    too little.
    """

    kind: Literal["workload"] = "workload"
    scope = "person"
    unit = "minutes, shifts or days"
    short = "Amounts of work"

    measure: Literal["minutes", "shifts", "days"] = Field(description="What is counted.")
    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    duties: Which | None = Field(None, description="Only these duties count.")
    period: Literal["day", "week", "horizon"] = Field(
        "horizon",
        description="Minutes and shifts are counted by day, week or horizon; days not by day.",
    )
    most: NonNegativeInt | None = Field(None, description="The upper limit; none if left out.")
    least: NonNegativeInt | None = Field(None, description="The lower limit; none if left out.")

    @property
    def breach_unit(self) -> str:
        return self.measure if self.weight_most == self.weight_least == 1 else "points"

    def __str__(self) -> str:
        in_minutes = self.measure == "minutes"
        limits = []
        if self.least is not None:
            limits.append(f"at least {duration(self.least) if in_minutes else self.least}")
        if self.most is not None:
            limits.append(f"at most {duration(self.most) if in_minutes else self.most}")
        said = " and ".join(limits) or "any number of"
        if not in_minutes or not limits:
            last = self.most if self.most is not None else self.least
            said += f" {self.measure[:-1] if last == 1 else self.measure}"
        when = "" if self.period == "horizon" else f" a {self.period}"
        return f"Everybody works {said}{when}."

    def faults(self, facts: Facts) -> Iterator[tuple[str, str]]:
        yield from super().faults(facts)
        if self.measure == "days" and self.period == "day":
            yield "period", "cannot be day where days are counted. Maybe week?"

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.shapes import Total, Touched

        facts = model.facts
        counted = facts.all_stints(self.duties)
        amounts = {s.number: self._amount([s]) for s in facts.stints if s.number in counted}
        for person in facts.people(self.people):
            stints = model.stints_of(person.number, counted)
            for name, days, known, why in self._periods(facts, person.number):
                where = (person.id, *name)
                base = self._amount(s for s in facts.past[person.number] if s.day in known)
                least = None if why else self.least
                if self.measure == "days":
                    touched = Touched(
                        person.number,
                        where,
                        tuple(frozenset({day}) for day in days),
                        stints=None if self.duties is None else counted,
                        base=base,
                        most=self.most,
                        least=least,
                        over=self.weight_most,
                        under=self.weight_least,
                    )
                    model.declare(touched, slack)
                else:
                    total = Total(
                        person.number,
                        where,
                        {s.number: amounts[s.number] for s in stints if s.day in days},
                        {},
                        base=base,
                        most=self.most,
                        least=least,
                        over=self.weight_most,
                        under=self.weight_least,
                    )
                    model.declare(total, slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        counted = facts.all_stints(self.duties)
        for person in facts.people(self.people):
            stints = [s for s in plan.stints(person.number) if s.number in counted]
            for name, days, known, why in self._periods(facts, person.number):
                worked = [s for s in stints if s.day in days]
                worked += [s for s in facts.past[person.number] if s.day in known]
                there = self._amount(worked)
                said = f"{person.name} works {self._says(there)}{self._says_when(facts, days)}"
                if self.most is not None and there > self.most:
                    yield Breach(
                        where=(person.id, *name),
                        amount=self.weight_most * (there - self.most),
                        sentence=f"{said}; {self._says_limit(self.most)} is the most.",
                    )
                if not why and self.least is not None and there < self.least:
                    yield Breach(
                        where=(person.id, *name),
                        amount=self.weight_least * (self.least - there),
                        sentence=f"{said}; {self._says_limit(self.least)} is the least.",
                    )

    def not_judged(self, facts: Facts) -> Iterator[Unjudged]:
        for person in facts.people(self.people) if self.least else ():
            for name, _, _, why in self._periods(facts, person.number):
                if why:
                    yield Unjudged(where=(person.id, *name), sentence=why)

    def _amount(self, worked: Iterable[Stint]) -> int:
        """What some work comes to in the rule's measure."""
        if self.measure == "minutes":
            return sum(s.minutes for s in worked)
        if self.measure == "days":
            return len({s.day for s in worked})
        return sum(1 for _ in worked)

    def _says(self, amount: int) -> str:
        """An amount worked: "18 hours", "1 shift", "2 days on these duties"."""
        these = "" if self.duties is None else " on these duties"
        if self.measure == "minutes":
            if amount == 0:
                return "nothing of these duties" if these else "nothing"
            return duration(amount) + these
        said = f"{amount} {self.measure[:-1] if amount == 1 else self.measure}"
        return said + these if self.measure == "days" else said

    def _says_when(self, facts: Facts, days: range) -> str:
        if self.period == "day":
            return f" on {facts.says_day(days[0])}"
        if self.period == "week":
            return f" in {facts.says_week(facts.week_of(days[0]))}"
        return ""

    def _says_limit(self, limit: int) -> str:
        if self.measure != "minutes":
            return str(limit)
        return duration(limit) if limit else "nothing"

    def _periods(self, facts: Facts, person: int) -> Iterator[_Period]:
        days, none = range(len(facts.days)), range(0)
        if self.period == "horizon":
            yield _Period((), days, none, facts.why_unable(person, days))
        elif self.period == "day":
            for day in days:
                why = facts.why_unable(person, [day], f" on {facts.says_day(day)}")
                yield _Period((facts.date(day).isoformat(),), range(day, day + 1), none, why)
        else:
            for week in facts.calendar_weeks:
                # Which duties the past was is not known.
                known = week.past if self.duties is None else none
                why = facts.why_unjudged(week, person)
                if why is None and len(known) < len(week.past):
                    why = "which duties were worked before the rota is not known"
                yield _Period((week.name,), week.days, known, why)


class _Period(NamedTuple):
    """A day, a week or the horizon."""

    name: tuple[str, ...]
    """What is added to the person in the name of a place."""
    days: range
    known: range
    """Its days before the horizon whose work counts."""
    unjudged: str | None
    """Why it is not judged for having too little; None where it is."""


_TUESDAY_BEFORE = {
    "history": [
        {"person": "Ann", "school": "S", "start": "2026-01-06T09:00", "end": "2026-01-06T15:00"}
    ]
}
_WEDNESDAY = date(2026, 1, 7)

EXAMPLES = [
    Example(Workload(measure="minutes", most=721), "Ann D . D .\nBob . . . .", []),
    Example(Workload(measure="minutes", most=720, least=720), "Ann D . D .", []),
    Example(
        Workload(measure="minutes", most=720, least=1),
        "Ann D . D D\nBob . . . .",
        ["Ann works 18 hours; 12 hours is the most.", "Bob works nothing; 1 minute is the least."],
    ),
    Example(
        Workload(measure="minutes", least=360),
        "Ann D .\nBob . .",
        [],
        people={"Bob": {"away": [{}]}},
    ),
    Example(
        Workload(measure="shifts", period="day", least=1),
        "Ann D .\nBob . D",
        ["Ann works 0 shifts on Tue 6 Jan; 1 is the least."],
        people={"Bob": {"away": [{"weekdays": ["mon"]}]}},
    ),
    Example(
        Workload(measure="minutes", period="week", most=720, least=720),
        "Ann D D . .\nBob . . . .",
        ["Ann works 18 hours in the week of Mon 5 Jan; 12 hours is the most."],
        facts=_TUESDAY_BEFORE,
        first=_WEDNESDAY,
    ),
    Example(Workload(measure="shifts", most=3), "Ann D . D .\nBob . . . .", []),
    Example(Workload(measure="shifts", most=2, least=2), "Ann D . D .", []),
    Example(
        Workload(measure="shifts", most=2, least=1),
        "Ann D . D D\nBob . . . .",
        ["Ann works 3 shifts; 2 is the most.", "Bob works 0 shifts; 1 is the least."],
    ),
    Example(
        Workload(measure="shifts", period="day", most=1),
        "Ann MA\nBob M",
        ["Ann works 2 shifts on Mon 5 Jan; 1 is the most."],
    ),
    Example(
        Workload(measure="shifts", period="week", most=2, least=2),
        "Ann D D . .\nBob . . . .",
        ["Ann works 3 shifts in the week of Mon 5 Jan; 2 is the most."],
        facts=_TUESDAY_BEFORE,
        first=_WEDNESDAY,
    ),
    Example(Workload(measure="days", most=3), "Ann D . D .\nBob . . . .", []),
    Example(Workload(measure="days", most=2, least=2), "Ann D . D .", []),
    Example(Workload(measure="days", most=1), "Ann MA\nBob M", []),
    Example(
        Workload(measure="days", most=2, least=1),
        "Ann D . D D\nBob . . . .",
        ["Ann works 3 days; 2 is the most.", "Bob works 0 days; 1 is the least."],
    ),
    Example(
        Workload(measure="days", period="week", most=1, least=1),
        "Ann D . . D . D .",
        ["Ann works 3 days in the week of Mon 5 Jan; 1 is the most."],
    ),
    Example(
        Workload(measure="days", most=1, duties=Which(shifts=("N",))),
        "Ann N D N",
        ["Ann works 2 days on these duties; 1 is the most."],
    ),
    Example(
        Workload(measure="days", period="week", most=2, least=2),
        "Ann D D . . .\nBob . . . . .",
        ["Ann works 3 days in the week of Mon 5 Jan; 2 is the most."],
        facts=_TUESDAY_BEFORE,
        first=_WEDNESDAY,
    ),
    Example(
        Workload(measure="days", most=2, least=1, weight_most=2, weight_least=3),
        "Ann D D D\nBob . . .",
        ["Ann works 3 days; 2 is the most.", "Bob works 0 days; 1 is the least."],
    ),
    Example(
        Workload(measure="shifts", most=2, least=1, weight_most=2, weight_least=3),
        "Ann D D D\nBob . . .",
        ["Ann works 3 shifts; 2 is the most.", "Bob works 0 shifts; 1 is the least."],
    ),
]
