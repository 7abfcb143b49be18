"""Which shifts may, or must, follow each other from one day to the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import Field

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Model,
    Plan,
    Rule,
    Slack,
    Stint,
    Which,
    Who,
    weekday,
)


class ShiftSequence(Rule):
    """Forbidden shift sequences, such as a late before an early; or sequences to be completed.

    `["L", "E"]`, in short, means that a late is not followed by an early on the next day. If
    `wanted`, anybody who takes the first step takes all the others, and each sequence broken off is
    a breach. Work before the horizon counts where its `shift` is given; steps that fall after the
    horizon are not judged.
    """

    kind: Literal["shift_sequence"] = "shift_sequence"
    scope = "person"
    unit = "sequences"

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    days: tuple[Which | Literal["off"], ...] = Field(
        min_length=2,
        max_length=14,
        description='What is worked on each day in turn: duties, or "off".',
    )
    wanted: bool = Field(
        False, description="Once begun, the sequence must be completed; if false, it is forbidden."
    )

    def __str__(self) -> str:
        first, *rest = (_said(step) for step in self.days)
        if self.wanted:
            return f"Anybody who has {first} has {', then '.join(rest)} on the days after it."
        return f"Nobody has {', then '.join([first, *rest])} on consecutive days."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.shapes import Succession

        facts = model.facts
        steps = self._steps(facts)
        days = tuple(day.isoformat() for day in facts.days)
        for person in facts.people(self.people):
            before = self._before(facts, person.number)
            begun = [
                taken
                for taken in range(1, len(self.days))
                if all(before[n - taken][n] for n in range(taken))
            ]
            succession = Succession(
                person.number,
                (person.id,),
                steps,
                days,
                wanted=self.wanted,
                begun=frozenset(begun),
            )
            model.declare(succession, slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        steps = self._steps(facts)
        for person in facts.people(self.people):
            before = self._before(facts, person.number)
            on: dict[int, list[Stint]] = defaultdict(list)
            for stint in plan.stints(person.number):
                on[stint.day].append(stint)
            begins: Iterable[int] = range(len(facts.days))
            if steps[0] is not None:
                begins = sorted(day for day in on if day >= 0 and _fits(steps[0], on[day]))
            for first in (*before, *begins):
                taken = 0
                for day, step in enumerate(steps, first):
                    known = day < len(facts.days)
                    if not known or not (before[day][taken] if day < 0 else _fits(step, on[day])):
                        break
                    taken += 1
                day = first + taken
                if self.wanted and taken and 0 <= day < len(facts.days) and taken < len(steps):
                    yield Breach(
                        where=(person.id, facts.date(day).isoformat()),
                        amount=1,
                        sentence=f"{person.name} begins with {_said(self.days[0])} on "
                        f"{facts.says_day(first)} and does not go on with "
                        f"{_said(self.days[taken])} on {facts.says_day(day)}.",
                    )
                if not self.wanted and taken == len(steps) and day > 0:
                    said = ", then ".join(_said(step) for step in self.days)
                    yield Breach(
                        where=(person.id, facts.date(day - 1).isoformat()),
                        amount=1,
                        sentence=f"{person.name} has {said} from {facts.says_day(first)}.",
                    )

    def _steps(self, facts: Facts) -> tuple[frozenset[int] | None, ...]:
        """The stints of each step; None for a day off."""
        return tuple(
            None
            if step == "off"
            else frozenset(s.number for d in facts.all_duties(step) for s in d.stints)
            for step in self.days
        )

    def _before(self, facts: Facts, person: int) -> dict[int, list[bool]]:
        """For the days just before the horizon, whether each step was taken on them."""
        found = {}
        mine = [row for row in facts.problem.history if row.person == facts.staff[person].id]
        for day in range(1 - len(self.days), 0):
            when = facts.date(day)
            rows = [row.shift for row in mine if row.start.date() == when]
            found[day] = [
                not rows and day >= facts.known_from
                if step == "off"
                else (step.weekdays is None or weekday(when) in step.weekdays)
                and bool(rows)
                and any(d.shift in rows for d in facts.all_duties(step))
                for step in self.days
            ]
        return found


def _fits(step: frozenset[int] | None, worked: list[Stint]) -> bool:
    return not worked if step is None else any(s.number in step for s in worked)


def _said(step: Which | Literal["off"]) -> str:
    if step == "off":
        return "a day off"
    names = step.shifts or step.needs or step.groups or ((step.tag,) if step.tag else ())
    return " or ".join(names) or "certain duties"


LATE, EARLY, NIGHT = (Which(shifts=(letter,)) for letter in "LEN")

EXAMPLES = [
    Example(ShiftSequence(days=(LATE, EARLY)), "Ann L . E\nBob E L .", []),
    Example(ShiftSequence(days=(LATE, EARLY)), "Ann E L L\nBob . L .", []),
    Example(
        ShiftSequence(days=(LATE, EARLY)),
        "Ann L E .\nBob . E .",
        ["Ann has L, then E from Mon 5 Jan."],
    ),
    Example(
        ShiftSequence(days=(NIGHT, "off", EARLY)),
        "Ann N . E .\nBob N . . E",
        ["Ann has N, then a day off, then E from Mon 5 Jan."],
    ),
    Example(ShiftSequence(days=(NIGHT, "off", "off"), wanted=True), "Ann D N . . D N", []),
    Example(
        ShiftSequence(days=(NIGHT, NIGHT, "off"), wanted=True),
        "Ann . N .\nBob N N .",
        [
            "Ann begins with N on Tue 6 Jan and does not go on with N on Wed 7 Jan.",
            "Bob begins with N on Tue 6 Jan and does not go on with N on Wed 7 Jan.",
        ],
    ),
    Example(
        ShiftSequence(days=(LATE, EARLY)),
        "Ann E\nBob E",
        ["Ann has L, then E from Sun 4 Jan."],
        shifts={"L": {}},
        facts={
            "history": [
                {
                    "person": who,
                    "school": "S",
                    "shift": shift,
                    "start": "2026-01-04T14:00",
                    "end": "2026-01-04T22:00",
                }
                for who, shift in (("Ann", "L"), ("Bob", "E"))
            ]
        },
    ),
]
