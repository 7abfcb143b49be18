"""Nobody starts a day's work without enough rest since the last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Model,
    Plan,
    Rule,
    Slack,
    Stint,
    Who,
    duration,
)

DAY = 24 * 60
"""Minutes."""


class MinRest(Rule):
    """Everybody has enough rest in each 24 hours of work, over midnight too.

    Two duties that start on different dates need the rest between them. Two that start on one date
    may be closer, as in a split shift, if the rest lies between them or after the later one, within
    24 hours of the start of the earlier. One short night is one breach, however the work around it
    is cut: the amount is the minutes missing from the shortest rest of a date, which is the later
    duty's. Work before the horizon counts. Eleven hours in each 24 is the law (Working Time
    Regulations 1998, regulation 10(1)), and in force in every request that does not set it aside.
    """

    kind: Literal["min_rest"] = "min_rest"
    scope = "person"
    unit = "minutes"
    short = "Rest between days"
    worse = "cutting rest shorter"
    usual_authority = "law"
    law: ClassVar = {}

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    minutes: PositiveInt = Field(11 * 60, description="The least rest, in elapsed minutes.")

    def __str__(self) -> str:
        return f"Everybody rests at least {duration(self.minutes)} between one day and the next."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.shapes import Follow

        facts = model.facts
        names = {day: facts.date(day).isoformat() for day in range(len(facts.days))}
        for person in facts.people(self.people):
            past = facts.past[person.number]
            stints = _on_close_days([*past, *model.stints_of(person.number)], self.minutes)
            pairs: dict[tuple[int, int], int] = {}
            for one, other in _close(stints, self.minutes):
                if stints[other].duty >= 0:
                    key = (_number(stints, one), _number(stints, other))
                    pairs[key] = self._missing(stints[one], stints[other])
            if pairs:
                follow = Follow(
                    person.number,
                    (person.id,),
                    pairs,
                    span=max(1, -(-self.minutes // (24 * 60)) + 2),
                    past=frozenset(earlier for earlier, _ in pairs if earlier < 0),
                    day_names=names,
                    worst=True,
                )
                model.declare(follow, slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for person in facts.people(self.people):
            shortest: dict[int, tuple[int, str]] = {}
            for day, rest, before in self._short(facts, plan.stints(person.number)):
                if rest < shortest.get(day, (self.minutes, ""))[0]:
                    shortest[day] = rest, before
            for day, (rest, before) in shortest.items():
                yield Breach(
                    where=(person.id, facts.date(day).isoformat()),
                    amount=self.minutes - rest,
                    sentence=f"{person.name} has {duration(rest)} of rest{before} on "
                    f"{facts.says_day(day)}; {duration(self.minutes)} is the least.",
                )

    def _short(self, facts: Facts, stints: Sequence[Stint]) -> Iterator[tuple[int, int, str]]:
        """(the later one's day, rest, when that is) of two duties that leave too little."""
        reach = max((s.end - s.start for s in stints), default=0) + max(self.minutes, 25 * 60)
        for place, later in enumerate(stints):
            if later.duty < 0:
                continue
            for other in range(place - 1, -1, -1):
                earlier = stints[other]
                if earlier.start + reach <= later.start:
                    break
                rest, within = later.start - earlier.end, ""
                if earlier.day == later.day:
                    rest = max(rest, earlier.start + DAY - later.end)
                    within = f" in the 24 hours from {facts.says_time(earlier.start)}"
                if earlier.day <= later.day and rest < self.minutes:
                    before = within or f" before {facts.says_time(later.start)}"
                    yield later.day, max(0, rest), before

    def _missing(self, earlier: Stint, later: Stint) -> int:
        return self.minutes - max(0, _rest(earlier, later))


def _rest(earlier: Stint, later: Stint) -> int:
    """The longest rest that two duties leave: between them or, where they start on one date, in
    what is left of the 24 hours from the start of the earlier."""
    between = later.start - earlier.end
    if earlier.day < later.day:
        return between
    return max(between, DAY - (later.end - earlier.start))


def _on_close_days(stints: Sequence[Stint], minutes: int) -> list[Stint]:
    """Those on days that can leave less rest than that, alone or with the days before: where the
    engine chooses times, few of many."""
    spans: dict[int, tuple[int, int]] = {}
    for stint in stints:
        low, high = spans.get(stint.day, (stint.start, stint.end))
        spans[stint.day] = min(low, stint.start), max(high, stint.end)
    days = sorted(spans)
    longest = max((s.end - s.start for s in stints), default=0)
    close: set[int] = set()
    for place, day in enumerate(days):
        low, high = spans[day]
        if high - low > DAY - minutes:
            close.add(day)
        for other in range(place - 1, -1, -1):
            start, end = spans[days[other]]
            if low - end < minutes:
                close |= {day, days[other]}
            if start + DAY + longest + minutes <= low:
                break
    return [stint for stint in stints if stint.day in close]


def _close(stints: Sequence[Stint], minutes: int) -> Iterator[tuple[int, int]]:
    """Places of (earlier, later) stints that leave less rest than that."""
    order = sorted(range(len(stints)), key=lambda n: (stints[n].start, stints[n].end))
    longest = max((s.end - s.start for s in stints), default=0)
    for place, one in enumerate(order):
        for other in order[place + 1 :]:
            if stints[other].start >= stints[one].start + longest + minutes:
                break
            alternatives = stints[one].duty >= 0 and stints[one].duty == stints[other].duty
            in_order = stints[one].day <= stints[other].day
            if in_order and _rest(stints[one], stints[other]) < minutes and not alternatives:
                yield one, other


def _number(stints: Sequence[Stint], place: int) -> int:
    """A stint's number; stints of the past have numbers below zero."""
    return stints[place].number if stints[place].duty >= 0 else -1 - place


_NIGHT = {"N": {"start": "00:00", "end": "06:00"}, "L": {"start": "14:00", "end": "22:00"}}

EXAMPLES = [
    Example(MinRest(), "Ann D E D\nBob . . .", []),
    Example(MinRest(), "Ann L E", [], shifts={"E": {"start": "09:00"}}),
    Example(
        MinRest(),
        "Ann L E",
        ["Ann has 10 hours 59 minutes of rest before 08:59 on Tue 6 Jan; 11 hours is the least."],
        shifts={"E": {"start": "08:59"}},
    ),
    Example(
        MinRest(),
        "Ann L MD",
        ["Ann has 9 hours of rest before 07:00 on Tue 6 Jan; 11 hours is the least."],
        shifts={"M": {"start": "07:00", "end": "08:00"}, "D": {"start": "08:30"}},
    ),
    Example(
        MinRest(),
        "Ann LN E",
        ["Ann has 8 hours of rest before 06:00 on Tue 6 Jan; 11 hours is the least."],
        shifts={"N": {"start": "20:30", "end": "21:30"}},
    ),
    Example(
        MinRest(),
        "Ann N E",
        ["Ann has 0 hours of rest before 06:00 on Tue 6 Jan; 11 hours is the least."],
    ),
    Example(
        MinRest(),
        "Ann D",
        ["Ann has 10 hours of rest before 09:00 on Mon 5 Jan; 11 hours is the least."],
        facts={
            "history": [
                {
                    "person": "Ann",
                    "school": "S",
                    "start": "2026-01-04T15:00",
                    "end": "2026-01-04T23:00",
                }
            ]
        },
    ),
    Example(MinRest(), "Ann MA .", [], shifts={"A": {"start": "17:00", "end": "20:00"}}),
    Example(
        MinRest(),
        "Ann NL .",
        ["Ann has 8 hours of rest in the 24 hours from 00:00 on Mon 5 Jan; 11 hours is the least."],
        shifts=_NIGHT,
    ),
]
