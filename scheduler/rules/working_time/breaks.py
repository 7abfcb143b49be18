"""Nobody works a long day without a break."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Lit,
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
    without a break. A break of twenty minutes in a working day of more than six hours is the law:
    Working Time Regulations 1998, regulation 12.
    """

    kind: Literal["breaks"] = "breaks"
    scope = "person"
    unit = "days"
    usual_authority = "law"

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    after: NonNegativeInt = Field(
        6 * 60, description="Working minutes on a day that need no break."
    )
    minutes: PositiveInt = Field(
        20, description="The shortest break that counts, in minutes without interruption."
    )

    def __str__(self) -> str:
        return (
            f"Anybody who works more than {duration(self.after)} on a day has a break of at least "
            f"{duration(self.minutes)}."
        )

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.limits import clash

        facts = model.facts
        for person in facts.people(self.people):
            for day in range(len(facts.days)):
                stints = model.stints_on(person.number, day)
                if sum(s.minutes for s in stints) <= self.after:
                    continue
                worked = model.minutes(person.number, stints)
                short: Lit
                if isinstance(worked, int):
                    short = int(worked <= self.after)
                else:
                    short = model.cp.new_bool_var("")
                    model.cp.add(worked <= self.after).only_enforce_if(short)
                rests = self._rests(model, person.number, stints)
                room = slack(person.id, facts.date(day).isoformat(), most=1)
                clash(model, [model.no(short), model.no(rests)], 1, room)

    def _rests(self, model: Model, person: int, stints: Sequence[Stint]) -> Lit:
        """Whether a duty has a break inside it, or is followed by a break and another duty."""

        def any_worked(chosen: Iterator[Stint]) -> Lit:
            return model.any_of(model.does(person, s) for s in chosen)

        between = []
        for one in stints:
            over = one.end + self.minutes
            later = any_worked(s for s in stints if s.start >= over)
            busy = any_worked(s for s in stints if s.start < over and one.end < s.end)
            between.append(model.all_of([model.does(person, one), later, model.no(busy)]))
        return model.any_of([any_worked(s for s in stints if self._inside(s)), *between])

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

    def _broken(self, stints: list[Stint]) -> bool:
        until = stints[0].end
        for stint in stints:
            if self._inside(stint) or stint.start - until >= self.minutes:
                return True
            until = max(until, stint.end)
        return False

    def _inside(self, stint: Stint) -> bool:
        return stint.end - stint.start - stint.minutes >= self.minutes


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
]
