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
    Stint,
    Who,
    duration,
)


class Breaks(Rule):
    """Anybody who works long on a day has a break, between two duties or inside one.

    A duty has a break inside it if its `unpaid_minutes` are at least the break asked for. Working
    minutes are those of all duties that start on the day. There is one breach for each long day
    without a break. A break of twenty minutes in a working day of more than six hours is the law
    (Working Time Regulations 1998, regulation 12), and in force in every request that does not set
    it aside: for days that are put together from several duties. A duty that is longer by itself is
    then taken to have its break inside; a note names it.
    """

    kind: Literal["breaks"] = "breaks"
    scope = "person"
    unit = "days"
    usual_authority = "law"
    law: ClassVar = {"long_duties_hold_one": True}

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

    def __str__(self) -> str:
        return (
            f"Anybody who works more than {duration(self.after)} on a day has a break of at least "
            f"{duration(self.minutes)}."
        )

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.rest_shapes import LongDay

        facts = model.facts
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
                )
                model.declare(shape, slack)

    def _can_be_long(self, facts: Facts, stints: Sequence[Stint]) -> bool:
        """Whether duties that somebody could do on a day make it long without a break."""
        without = [stint for stint in stints if not self._inside(stint)]
        return can_be_long(facts, without, self.after, self.minutes)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for person in facts.people(self.people):
            days: dict[int, list[Stint]] = defaultdict(list)
            for stint in plan.stints(person.number):
                if stint.day >= 0:
                    days[stint.day].append(stint)
            for day, stints in days.items():
                worked = sum(stint.minutes for stint in stints)
                if worked > self.after and not self._broken(stints):
                    yield Breach(
                        where=(person.id, facts.date(day).isoformat()),
                        amount=1,
                        sentence=f"{person.name} works {duration(worked)} on "
                        f"{facts.says_day(day)} without a break of {duration(self.minutes)}.",
                    )

    def remarks(self, facts: Facts, plan: Plan) -> Iterator[tuple[str | None, str]]:
        """The duties that are taken to have their break inside."""
        if not self.long_duties_hold_one:
            return
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
]
