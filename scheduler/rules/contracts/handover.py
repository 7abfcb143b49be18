"""Partners who share a post hand over to each other, in time that is paid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Id,
    Model,
    Plan,
    Rule,
    Slack,
    Stint,
    Unjudged,
    Week,
    Which,
    activity,
)


class Handover(Rule):
    """Partners in a job share have enough minutes each week to hand over to each other.

    A handover is time in which all of them are on one duty together: a lesson in their overlap, or
    a meeting for which the engine finds a time. Both are working time of their contracts. A week is
    not judged if it is not known whole, if it began before the horizon, or if one of them could do
    none of the rota's work in it. The amount is the minutes missing.
    """

    kind: Literal["handover"] = "handover"
    scope = "whole"
    unit = "minutes"
    short = "Handovers"
    worse = "handing over less"
    usual_authority = "wish"

    people: tuple[Id, ...] = Field(min_length=2, max_length=3, description="The partners.")
    duties: Which | None = Field(None, description="Where they hand over; any duty if left out.")
    minutes: PositiveInt = Field(30, description="The minutes of handover in a week.")

    def __str__(self) -> str:
        return f"Those who share a post hand over for {self.minutes} minutes a week."

    def encode(self, model: Model, slack: Slack) -> None:
        partners = [model.facts.person_number[person] for person in self.people]
        for week, meetings in self._weeks(model.facts, partners):
            terms = [
                minutes
                * model.all_of(
                    model.any_of(model.does(p, s) for s in stints)
                    for p, stints in zip(partners, theirs, strict=True)
                )
                for minutes, theirs in meetings
            ]
            room = slack(*self.people, week, most=self.minutes)
            model.cp.add(model.sum(terms) + room >= self.minutes)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        partners = [facts.person_number[person] for person in self.people]
        worked = [{s.number for s in plan.stints(p)} for p in partners]
        for week, meetings in self._weeks(facts, partners):
            had = sum(
                minutes
                for minutes, theirs in meetings
                if all(
                    any(s.number in mine for s in stints)
                    for mine, stints in zip(worked, theirs, strict=True)
                )
            )
            if had < self.minutes:
                names = " and ".join(facts.name(p) for p in partners)
                never = "" if meetings else " They never work at one time."
                when = facts.says_week(facts.week_of(facts.day(date.fromisoformat(week))))
                yield Breach(
                    where=(*self.people, week),
                    amount=self.minutes - had,
                    sentence=f"{names} have {had} of {self.minutes} minutes to hand over in "
                    f"{when}.{never}",
                )

    def not_judged(self, facts: Facts) -> Iterator[Unjudged]:
        partners = [facts.person_number[person] for person in self.people]
        for week in facts.calendar_weeks:
            if why := self._why_unjudged(facts, partners, week):
                yield Unjudged(where=(*self.people, week.name), sentence=why)

    def _weeks(
        self, facts: Facts, partners: list[int]
    ) -> Iterator[tuple[str, list[tuple[int, list[list[Stint]]]]]]:
        """(first date, (minutes, stints of each partner) of all times at which they could meet)."""
        for week in facts.calendar_weeks:
            if self._why_unjudged(facts, partners, week) is None:
                yield week.name, list(self._meetings(facts, partners, week.days))

    def _why_unjudged(self, facts: Facts, partners: list[int], week: Week) -> str | None:
        when = facts.says_week(facts.week_of(week.days[0]))
        if week.past:
            return f"{when} began before the rota"
        if why := facts.why_unjudged(week):
            return why
        idle = [facts.name(p) for p in partners if not self._could_work(facts, p, week.days)]
        return f"{' and '.join(idle)} could do none of the work of {when}" if idle else None

    def _could_work(self, facts: Facts, person: int, week: Sequence[int]) -> bool:
        possible = (s for d in facts.possible[person] for s in d.stints if s.day in week)
        return any(facts.free(person, s) for s in possible)

    def _meetings(
        self, facts: Facts, partners: list[int], week: Sequence[int]
    ) -> Iterator[tuple[int, list[list[Stint]]]]:
        for occasion in facts.all_occasions(self.duties):
            duties = [facts.duties[d] for d in occasion.duties]
            for place in range(len(occasion.starts)):
                theirs = [
                    [
                        duty.stints[place]
                        for duty in duties
                        if facts.can(p, duty) and facts.free(p, duty.stints[place])
                    ]
                    for p in partners
                ]
                if all(theirs) and theirs[0][0].day in week:
                    yield theirs[0][0].minutes, theirs


_PAIR = Handover(people=("Ann", "Bob"))
_WED = {"away": [{"weekdays": ["wed"]}]}
_MEETING = activity(
    "H",
    "Handover",
    minutes=30,
    windows=[{"start": "09:00", "end": "10:30", "weekdays": ["mon", "tue", "wed"]}],
    needs=[{"id": "a", "count": 1}, {"id": "b", "count": 1}],
    optional=True,
)

EXAMPLES = [
    Example(_PAIR, "Ann D D M . .\nBob . . M D D", []),
    Example(_PAIR, "Ann D D . .\nBob . . D D", []),
    Example(
        _PAIR.model_copy(update={"minutes": 200}),
        "Ann . . M . .\nBob . . M . .",
        ["Ann and Bob have 180 of 200 minutes to hand over in the week of Mon 5 Jan."],
    ),
    Example(
        _PAIR,
        "Ann M . . . .\nBob . . A . .",
        [
            "Ann and Bob have 0 of 30 minutes to hand over in the week of Mon 5 Jan. They never "
            "work at one time."
        ],
        people={
            "Ann": {"works": [{"weekdays": ["mon", "tue"]}]},
            "Bob": {"works": [{"weekdays": ["wed"]}]},
        },
    ),
    Example(
        _PAIR,
        "Ann H . . . .\nBob H . . . .",
        [],
        facts={"activities": [_MEETING]},
        times={"H": "2026-01-05T09:00"},
    ),
    Example(
        _PAIR,
        "Ann H . . . .\nBob . . . . .",
        ["Ann and Bob have 0 of 30 minutes to hand over in the week of Mon 5 Jan."],
        people={"Ann": _WED},
        facts={"activities": [_MEETING]},
    ),
]
