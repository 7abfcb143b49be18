"""Nobody works a long day without a break."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from models.facts.possible_work import can_be_long
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
    Who,
    activity,
    duration,
)


class Breaks(Rule):
    """Anybody who works long on a day has a break, between two duties or inside one.

    A duty has a break inside it if its `unpaid_minutes` are at least the break asked for. Working
    minutes are those of all duties that start on the day. There is one breach for each long day
    without a break. A break of twenty minutes in a working day of more than six hours is the law
    (Working Time Regulations 1998, regulation 12), and in force in every request that does not set
    it aside: for days that are put together from several duties whose times are given. A duty that
    is longer by itself is then taken to have its break inside, and a note names it; a note also
    names days that are long without a break only because of times that the engine chose.
    """

    kind: Literal["breaks"] = "breaks"
    scope = "person"
    unit = "days"
    usual_authority = "law"
    law: ClassVar = {"long_duties_hold_one": True, "chosen_times": False}

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    after: NonNegativeInt = Field(
        6 * 60, description="Working minutes on a day that need no break."
    )
    minutes: PositiveInt = Field(
        20, description="The shortest break that counts, in minutes without interruption."
    )

    long_duties_hold_one: bool = Field(
        False,
        description="Whether a duty longer than `after` is taken to have its break inside, even "
        "without `unpaid_minutes`: then only duties put together are judged.",
    )

    chosen_times: bool = Field(
        True, description="Whether activities count whose time the engine chooses."
    )

    def __str__(self) -> str:
        return (
            f"Anybody who works more than {duration(self.after)} on a day has a break of at least "
            f"{duration(self.minutes)}."
        )

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.rest_shapes import LongDay

        facts = model.facts
        fixed = frozenset(s.number for s in facts.stints if self._counts(facts, s))
        for person in facts.people(self.people):
            days = {
                day: facts.date(day).isoformat()
                for day in range(len(facts.days))
                if self._can_be_long(facts, model.stints_on(person.number, day))
            }
            if days:
                shape = LongDay(
                    person.number,
                    (person.id,),
                    self.after,
                    self.minutes,
                    self.long_duties_hold_one,
                    days,
                    None if self.chosen_times else fixed,
                )
                model.declare(shape, slack)

    def _can_be_long(self, facts: Facts, stints: Sequence[Stint]) -> bool:
        """Whether duties that somebody could do on a day make it long without a break."""
        without = [s for s in stints if not self._inside(s) and self._counts(facts, s)]
        return can_be_long(facts, without, self.after, self.minutes)

    def _counts(self, facts: Facts, stint: Stint) -> bool:
        return self.chosen_times or not facts.duties[stint.duty].is_flexible

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for person in facts.people(self.people):
            stints = [s for s in plan.stints(person.number) if s.day >= 0]
            counted = [s for s in stints if self._counts(facts, s)]
            for day, said in self._long_days(facts, person, counted):
                yield Breach(
                    where=(person.id, facts.date(day).isoformat()), amount=1, sentence=said
                )

    def _long_days(
        self, facts: Facts, person: Staff, stints: Sequence[Stint]
    ) -> Iterator[tuple[int, str]]:
        """The days on which some duties of a person are long without a break, in words."""
        days: dict[int, list[Stint]] = defaultdict(list)
        for stint in stints:
            days[stint.day].append(stint)
        for day, today in days.items():
            worked = sum(stint.minutes for stint in today)
            if worked > self.after and not self._broken(today):
                yield (
                    day,
                    f"{person.name} works {duration(worked)} on {facts.says_day(day)} without a "
                    f"break of {duration(self.minutes)}.",
                )

    def remarks(self, facts: Facts, plan: Plan) -> Iterator[tuple[str | None, str]]:
        """The duties that are taken to have their break inside, and the days that are long only
        because of times that were chosen."""
        if self.long_duties_hold_one:
            yield from self._long_duties(facts)
        for person in facts.people(self.people) if not self.chosen_times else ():
            stints = [s for s in plan.stints(person.number) if s.day >= 0]
            counted = [s for s in stints if self._counts(facts, s)]
            if len(counted) < len(stints):
                judged = dict(self._long_days(facts, person, counted))
                for day, said in self._long_days(facts, person, stints):
                    if day not in judged:
                        yield None, f"{said} It was not judged, because times of it were chosen."

    def _long_duties(self, facts: Facts) -> Iterator[tuple[str | None, str]]:
        lasts: dict[tuple[str, int], Stint] = {}
        for stint in facts.stints:
            unpaid = stint.end - stint.start - stint.minutes
            if stint.minutes > self.after and unpaid < self.minutes:
                lasts.setdefault((facts.duties[stint.duty].name, stint.school), stint)
        for (name, school), stint in lasts.items():
            at = f" at {facts.school_name(school)}" if len(facts.schools) > 1 else ""
            unpaid = stint.end - stint.start - stint.minutes
            pause = f"an unpaid break of {duration(unpaid)}" if unpaid else "no unpaid break"
            yield (
                None,
                f"{name}{at} lasts {duration(stint.end - stint.start)} with {pause}; the law asks "
                f"for {duration(self.minutes)}. It was taken to have one inside: its "
                "`unpaid_minutes` would say so.",
            )

    def _broken(self, stints: list[Stint]) -> bool:
        until = stints[0].end
        for stint in stints:
            if self._inside(stint) or stint.start - until >= self.minutes:
                return True
            until = max(until, stint.end)
        return False

    def _inside(self, stint: Stint) -> bool:
        unpaid = stint.end - stint.start - stint.minutes
        return unpaid >= self.minutes or (self.long_duties_hold_one and stint.minutes > self.after)


_LAW = Breaks(long_duties_hold_one=True)
_CLASS = activity(
    "P",
    "Class",
    minutes=181,
    step=30,
    windows=[{"start": "12:00", "end": "16:00"}],
    needs=[{"count": 0}],
)
_GAP = {"M": {}, "A": {"start": "12:20", "end": "16:00"}}

EXAMPLES = [
    Example(Breaks(), "Ann D .\nBob . D", []),
    Example(Breaks(), "Ann E", [], shifts={"E": {"unpaid_minutes": 20}}),
    Example(
        Breaks(),
        "Ann E .\nBob . D",
        ["Ann works 7 hours 41 minutes on Mon 5 Jan without a break of 20 minutes."],
        shifts={"E": {"unpaid_minutes": 19}},
    ),
    Example(Breaks(after=300, minutes=60), "Ann MA M", []),
    Example(
        Breaks(after=300, minutes=61),
        "Ann MA M",
        ["Ann works 6 hours on Mon 5 Jan without a break of 1 hour 1 minute."],
    ),
    Example(
        Breaks(),
        "Ann D",
        ["Ann works 6 hours 1 minute on Mon 5 Jan without a break of 20 minutes."],
        shifts={"D": {"end": "15:01"}},
    ),
    Example(_LAW, "Ann E .\nBob . E", [], shifts={"E": {"unpaid_minutes": 0}}),
    Example(_LAW, "Ann MA .", [], shifts=_GAP),
    Example(
        _LAW,
        "Ann MA M",
        ["Ann works 6 hours 1 minute on Mon 5 Jan without a break of 20 minutes."],
        shifts={"M": {}, "A": {"start": "12:19", "end": "15:20"}},
    ),
    Example(_LAW, "Ann MA .", [], shifts={"M": {}, "A": {"start": "12:19", "end": "15:19"}}),
    Example(
        Breaks(chosen_times=False),
        "Ann M",
        [],
        {"M": {}},
        facts={"activities": [_CLASS]},
        times={"P": "2026-01-05T12:00"},
    ),
    Example(
        Breaks(),
        "Ann MP",
        ["Ann works 6 hours 1 minute on Mon 5 Jan without a break of 20 minutes."],
        {"M": {}},
        facts={"activities": [_CLASS]},
        times={"P": "2026-01-05T12:00"},
    ),
    Example(
        Breaks(chosen_times=False),
        "Ann MP",
        [],
        {"M": {}},
        facts={"activities": [_CLASS]},
        times={"P": "2026-01-05T12:00"},
    ),
]
