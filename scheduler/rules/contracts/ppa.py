"""Teachers have time to plan, prepare and assess, in proportion to what they teach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Literal, NamedTuple

from pydantic import Field, PositiveInt

from models.facts.employment import WORKING_WEEK
from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Model,
    Plan,
    Rule,
    Slack,
    Staff,
    Stint,
    Unjudged,
    Week,
    Which,
    Who,
    weekday,
)

MOST_NAMES = 4
"""People named who could take over some teaching."""


class Ppa(Rule):
    """Every teacher has PPA: planning time in proportion to their own teaching.

    PPA is planning, preparation and assessment. Each person's minutes on `time` duties are at least
    `percent` of their minutes on `teaching` duties. Where the school's lessons are given, only
    minutes inside them count; planning time counts only in blocks of at least `block` minutes. This
    is judged over each cycle of `weeks`, counted from the first week of the horizon. A cycle that
    lies partly outside the horizon, or in which the person could not work, is not judged. The
    amount is the minutes missing, rounded up. A tenth of the timetabled teaching time, in blocks of
    half an hour or more, is required by the School Teachers' Pay and Conditions Document; with
    another share the same rule gives early-career teachers (ECT) or leaders their release time.
    """

    kind: Literal["ppa"] = "ppa"
    scope = "person"
    unit = "minutes"
    short = "Planning time"
    worse = "cutting planning time"
    usual_authority = "law"

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    teaching: Which = Field(description="The duties that are teaching.")
    time: Which = Field(description="The duties that are planning time.")
    percent: PositiveInt = Field(
        10, le=100, description="Planning time as a percentage of teaching time."
    )
    block: PositiveInt = Field(30, description="The shortest block that counts, in minutes.")
    weeks: PositiveInt = Field(1, le=8, description="The weeks of a timetable cycle.")
    may_leave: Which | None = Field(
        None, description="Duties whose people are named as free to teach instead."
    )

    def __str__(self) -> str:
        cycle = "a week" if self.weeks == 1 else f"every {self.weeks} weeks"
        return (
            f"Every teacher has PPA for {self.percent} percent of their own teaching {cycle}, in "
            f"blocks of at least {self.block} minutes."
        )

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        counts = _Counts(self, facts)
        for person in facts.people(self.people):
            mine = model.stints_of(person.number)
            for name, days, _ in self._judged(facts, person):
                # In hundredths of a minute, so that everything stays a whole number.
                owed = [
                    (self.percent * counts.taught(s) - 100 * counts.planned(s), s)
                    for s in mine
                    if s.day in days
                ]
                highest = sum(amount for amount, _ in owed if amount > 0)
                if highest > 0:
                    room = slack(person.id, name, most=-(-highest // 100))
                    short = model.sum(
                        amount * model.does(person.number, s) for amount, s in owed if amount
                    )
                    model.cp.add(short <= 100 * room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        counts = _Counts(self, facts)
        for person in facts.people(self.people):
            for name, days, _ in self._judged(facts, person):
                stints = [s for s in plan.stints(person.number) if s.duty >= 0 and s.day in days]
                taught = sum(counts.taught(s) for s in stints)
                had = sum(counts.planned(s) for s in stints)
                short = self.percent * taught - 100 * had
                if short > 0:
                    theirs = [s for s in stints if counts.taught(s)]
                    yield Breach(
                        where=(person.id, name),
                        amount=-(-short // 100),
                        sentence=self._says(facts, plan, person, theirs, taught, had),
                    )

    def _says(
        self, facts: Facts, plan: Plan, person: Staff, stints: list[Stint], taught: int, had: int
    ) -> str:
        short = self.percent * taught - 100 * had
        # A block taught by somebody else is no longer teaching and becomes planning time.
        moved = max(self.block, -(-short // (100 + self.percent)))
        leave = frozenset(d.number for d in facts.all_duties(self.may_leave) if self.may_leave)
        return (
            f"{person.name} teaches {taught} minutes and has {had} of the "
            f"{_number(self.percent * taught)} minutes of PPA due for them, "
            f"{_number(short)} short; a block of {moved} in which somebody else teaches would do. "
            f"{_could_take(facts, plan, person, stints, leave)}"
        )

    def not_judged(self, facts: Facts) -> Iterator[Unjudged]:
        teaching = {duty.number for duty in facts.all_duties(self.teaching)}
        for person in facts.people(self.people):
            if any(duty.number in teaching for duty in facts.possible[person.number]):
                for name, _, why in self._cycles(facts, person):
                    if why is not None:
                        yield Unjudged(where=(person.id, name), sentence=why)

    def _judged(self, facts: Facts, person: Staff) -> list[_Cycle]:
        return [cycle for cycle in self._cycles(facts, person) if cycle.unjudged is None]

    def _cycles(self, facts: Facts, person: Staff) -> Iterator[_Cycle]:
        weeks = facts.calendar_weeks
        for first in range(0, len(weeks), self.weeks):
            chosen = weeks[first : first + self.weeks]
            days = frozenset(day for week in chosen for day in week.days)
            yield _Cycle(chosen[0].name, days, self._why_unjudged(facts, chosen, person))

    def _why_unjudged(self, facts: Facts, weeks: Sequence[Week], person: Staff) -> str | None:
        for week in weeks:
            if not week.whole:
                return facts.why_unjudged(week)
            if any(weekday(facts.date(day)) in WORKING_WEEK for day in week.past):
                return "which duties were worked before the rota is not known"
        if len(weeks) < self.weeks:
            return f"the cycle of {self.weeks} weeks goes on after the rota"
        said = [facts.why_unjudged(week, person.number) for week in weeks]
        return said[0] if None not in said else None


class _Cycle(NamedTuple):
    """Some weeks in a row over which planning time is judged."""

    name: str
    """The ISO date of its first day in the horizon."""
    days: frozenset[int]
    unjudged: str | None
    """Why it is not judged; None where it is."""


class _Counts:
    """The minutes of stints that lie in lessons, as teaching or as planning time."""

    def __init__(self, rule: Ppa, facts: Facts) -> None:
        self._facts = facts
        self._block = rule.block
        self._teaching = {d.number for d in facts.all_duties(rule.teaching)}
        self._planning = {d.number for d in facts.all_duties(rule.time)}
        self._known: dict[tuple[int, int, int], list[int]] = {}

    def taught(self, stint: Stint) -> int:
        return sum(self._pieces(stint)) if stint.duty in self._teaching else 0

    def planned(self, stint: Stint) -> int:
        if stint.duty not in self._planning:
            return 0
        return sum(piece for piece in self._pieces(stint) if piece >= self._block)

    def _pieces(self, stint: Stint) -> list[int]:
        """The minutes of a stint that lie in lessons, piece by piece."""
        lessons = self._facts.schools[stint.school].lessons
        if not lessons:
            return [stint.minutes]
        key = (stint.school, stint.start, stint.end)
        if key not in self._known:
            midnight = datetime.combine(self._facts.date(stint.day), time())
            start, end = (
                int((self._facts.local(minute) - midnight).total_seconds()) // 60
                for minute in (stint.start, stint.end)
            )
            found = (min(end, b) - max(start, a) for a, b in (x.stretch for x in lessons))
            self._known[key] = [piece for piece in found if piece > 0]
        return self._known[key]


def _could_take(
    facts: Facts, plan: Plan, person: Staff, stints: list[Stint], leave: frozenset[int]
) -> str:
    """Who meets the need of some of this teaching and has nothing else at that time."""
    found: dict[int, Stint] = {}
    for stint in stints:
        for other in facts.able[stint.duty]:
            if other not in found and other != person.number and facts.free(other, stint):
                clear = all(
                    s.duty in leave
                    or s.end + facts.travel(s.school, stint.school) <= stint.start
                    or stint.end + facts.travel(s.school, stint.school) <= s.start
                    for s in plan.stints(other)
                )
                if clear:
                    found[other] = stint
    if not found:
        return "Nobody who meets the need of this teaching is free then."
    named = [
        f"{facts.name(p)} ({facts.says_day(s.day)} {facts.says_time(s.start)})"
        for p, s in list(found.items())[:MOST_NAMES]
    ]
    more = f" and {len(found) - MOST_NAMES} more" if len(found) > MOST_NAMES else ""
    return f"Free to take some of it: {', '.join(named)}{more}."


def _number(hundredths: int) -> str:
    return f"{hundredths / 100:g}"


_TEACHING, _TIME = Which(shifts=("D", "M")), Which(shifts=("A", "P"))
_PPA = Ppa(teaching=_TEACHING, time=_TIME)
_WEEK = {
    "schools": [
        {
            "id": "S",
            "name": "School",
            "weekdays": ["mon", "tue", "wed"],
            "lessons": [
                {"start": "09:00", "end": "12:00"},
                {"start": "13:00", "end": "15:00"},
            ],
        }
    ]
}
_PPA_BLOCK = {"name": "PPA", "start": "13:00", "end": "13:30"}
_BLOCK = {"D": {}, "M": {}, "A": {}, "P": _PPA_BLOCK}

EXAMPLES = [
    Example(_PPA, "Ann D A D\nBob . . .", [], _BLOCK, facts=_WEEK),
    Example(_PPA, "Ann MP . M", [], {**_BLOCK, "P": {**_PPA_BLOCK, "end": "13:36"}}, facts=_WEEK),
    Example(
        _PPA,
        "Bob . D .",
        [
            "Bob teaches 300 minutes and has 0 of the 30 minutes of PPA due for them, 30 "
            "short; a block of 30 in which somebody else teaches would do. Nobody who meets the "
            "need of this teaching is free then."
        ],
        _BLOCK,
        facts=_WEEK,
    ),
    Example(
        _PPA,
        "Ann MP . M\nBob . . .",
        [
            "Ann teaches 360 minutes and has 30 of the 36 minutes of PPA due for them, 6 "
            "short; a block of 30 in which somebody else teaches would do. Free to take some of "
            "it: Bob (Mon 5 Jan 09:00)."
        ],
        _BLOCK,
        facts=_WEEK,
    ),
    Example(
        _PPA,
        "Ann MP . .",
        [
            "Ann teaches 180 minutes and has 0 of the 18 minutes of PPA due for them, 18 "
            "short; a block of 30 in which somebody else teaches would do. Nobody who meets the "
            "need of this teaching is free then."
        ],
        {**_BLOCK, "P": {**_PPA_BLOCK, "end": "13:29"}},
        facts=_WEEK,
    ),
    Example(_PPA, "Ann D . .", [], _BLOCK),
    Example(_PPA, "Ann D .", [], _BLOCK, facts=_WEEK, first=date(2026, 1, 6)),
    Example(Ppa(teaching=_TEACHING, time=_TIME, weeks=2), "Ann D . .", [], _BLOCK, facts=_WEEK),
]
