"""Which shifts may, or must, follow each other from one day to the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

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

Day = Which | Literal["off", "anything"] | tuple[Which | Literal["off"], ...]
"""What one step asks for."""


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
    short = "Shifts one after another"

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    days: tuple[Day, ...] = Field(
        min_length=2,
        max_length=14,
        description='What is worked on each day in turn: duties, "off", a list of which one is '
        'enough, or "anything", which is work or none.',
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
        from solver.language.shapes import DayStep, Succession

        facts = model.facts
        steps = tuple(DayStep(*day) for day in self._steps(facts))
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
            if isinstance(self.days[0], Which):
                first_stints = steps[0].stints
                begins = sorted(
                    {s.day for s in plan.stints(person.number) if s.number in first_stints}
                )
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

    def _steps(self, facts: Facts) -> tuple[_Day, ...]:
        return tuple(
            _Day(
                frozenset(
                    s.number for which in duties for d in facts.all_duties(which) for s in d.stints
                ),
                off,
                free,
            )
            for duties, off, free in map(_meant, self.days)
        )

    def _before(self, facts: Facts, person: int) -> dict[int, list[bool]]:
        """For the days just before the horizon, whether each step was taken on them."""
        found = {}
        mine = [row for row in facts.problem.history if row.person == facts.staff[person].id]
        for day in range(1 - len(self.days), 0):
            when = facts.date(day)
            rows = [row.shift for row in mine if row.start.date() == when]
            found[day] = [
                free
                or (off and not rows and day >= facts.known_from)
                or any(
                    bool(rows)
                    and (which.weekdays is None or weekday(when) in which.weekdays)
                    and any(d.shift in rows for d in facts.all_duties(which))
                    for which in duties
                )
                for duties, off, free in map(_meant, self.days)
            ]
        return found


class _Day(NamedTuple):
    """A step by the stints that take it."""

    stints: frozenset[int]
    off: bool
    free: bool


def _meant(day: Day) -> tuple[list[Which], bool, bool]:
    """The duties of a step, whether a day off takes it, and whether anything does."""
    listed = day if isinstance(day, tuple) else (day,)
    return [one for one in listed if isinstance(one, Which)], "off" in listed, day == "anything"


def _fits(step: _Day, worked: list[Stint]) -> bool:
    if step.free or not worked:
        return step.free or step.off
    return any(s.number in step.stints for s in worked)


def _said(day: Day) -> str:
    return " or ".join(map(_said_one, day if isinstance(day, tuple) else (day,)))


def _said_one(step: Which | str) -> str:
    if not isinstance(step, Which):
        return "a day off" if step == "off" else "anything"
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
    Example(
        ShiftSequence(days=(NIGHT, "anything", EARLY)),
        "Ann N . E\nBob N E .",
        ["Ann has N, then anything, then E from Mon 5 Jan."],
    ),
    Example(
        ShiftSequence(days=(NIGHT, (NIGHT, "off"), (NIGHT, "off")), wanted=True),
        "Ann N . N\nBob N N E",
        [
            "Bob begins with N on Mon 5 Jan and does not go on with N or a day off on Wed 7 Jan.",
            "Bob begins with N on Tue 6 Jan and does not go on with N or a day off on Wed 7 Jan.",
        ],
    ),
    Example(
        ShiftSequence(days=((LATE, "off"), "anything", EARLY)),
        "Ann E E",
        [
            "Ann has L or a day off, then anything, then E from Sat 3 Jan.",
            "Ann has L or a day off, then anything, then E from Sun 4 Jan.",
        ],
        shifts={"L": {}},
        facts={"history_from": "2026-01-03"},
    ),
]
