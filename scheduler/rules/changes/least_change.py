"""The rota stays close to what people have been told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from typing import Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from scheduler.rulebook import Breach, Duty, Example, Facts, Model, Plan, Rule, Slack, Which, Who


class LeastChange(Rule):
    """The rota changes as little as possible from the published one, person by person.

    A duty is changed for a person who is put on it, is taken off it, or has it at another time.
    Changes that cannot be helped, such as the duty of somebody who is now away, count too: they
    cost every schedule the same. With `notice_days` only duties that begin within that number of
    days after the request's `as_of` count, which as a must makes a notice period. Without a
    published rota nothing counts. Rescheduling with the least change is also called minimum
    perturbation.
    """

    kind: Literal["least_change"] = "least_change"
    scope = "person"
    unit = "changes"
    short = "As few changes as possible"
    worse = "changing more"
    about_changes = True

    priority: Literal["must"] | PositiveInt = 1
    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    duties: Which | None = Field(None, description="Only these duties count; all if left out.")
    notice_days: NonNegativeInt | None = Field(
        None, description="Only duties within this number of days after as_of; all if left out."
    )

    def __str__(self) -> str:
        if self.notice_days is None:
            return "The rota changes as little as possible from what people have been told."
        days = "day's" if self.notice_days == 1 else "days'"
        return f"Nothing changes for anybody within {self.notice_days} {days} notice."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        told, chosen = _told(facts), self._chosen(facts)
        if told is None:
            return
        if not facts.flexible_duties:
            self._declare(model, slack, told, chosen)
            return
        for person in facts.people(self.people):
            terms = []
            for duty in model.duties_of(person.number):
                if duty.number not in chosen:
                    continue
                works = model.works(person.number, duty.number)
                if (person.number, duty.number) not in told:
                    terms.append(works)
                    continue
                start = told[person.number, duty.number]
                as_told = model.any_of(
                    model.does(person.number, s)
                    for s in duty.stints
                    if not duty.is_flexible or s.start == start
                )
                terms.append(model.no(as_told))
            known = {d.number for d in model.duties_of(person.number)}
            lost = sum(p == person.number and d in chosen - known for p, d in told)
            room = slack(person.id, most=len(terms) + lost)
            model.cp.add(model.sum([*terms, lost]) <= room)

    def _declare(
        self,
        model: Model,
        slack: Slack,
        told: Mapping[tuple[int, int], int | None],
        chosen: Set[int],
    ) -> None:
        """The same as shapes, where all times are given: what is new, and what is lost."""
        from solver.language.shapes import CellCost, Total

        facts = model.facts
        had: dict[int, list[int]] = defaultdict(list)
        for person, duty in told:
            if duty in chosen:
                had[person].append(duty)
        for staff in facts.people(self.people):
            stint_of = {d.number: d.stints[0].number for d in model.duties_of(staff.number)}
            mine = had[staff.number]
            new = (chosen & stint_of.keys()) - set(mine)
            amounts = {stint_of[duty]: 1 for duty in sorted(new)}
            if amounts:
                model.declare(Total(staff.number, (staff.id,), amounts, {}, most=0), slack)
            for duty in mine:
                if duty in stint_of:
                    stints = frozenset({stint_of[duty]})
                    model.declare(
                        CellCost(staff.number, (staff.id,), stints, 1, wanted=True), slack
                    )
            lost = sum(duty not in stint_of for duty in mine)
            if lost:
                never = CellCost(staff.number, (staff.id,), frozenset(), lost, wanted=True)
                model.declare(never, slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        told, chosen = _told(facts), self._chosen(facts)
        if told is None:
            return
        for person in facts.people(self.people):
            said = []
            for duty in facts.duties:
                if duty.number not in chosen:
                    continue
                now = plan.works(person.number, duty.number)
                before = (person.number, duty.number) in told
                if now and not before:
                    said.append(f"put on {_says(facts, duty)}")
                elif before and not now:
                    said.append(f"taken off {_says(facts, duty)}")
                elif before and duty.is_flexible:
                    stint = plan.stint(duty)
                    if stint is None or stint.start != told[person.number, duty.number]:
                        said.append(f"on {_says(facts, duty)} at another time")
            if said:
                more = "" if len(said) <= 3 else f" and {len(said) - 3} changes more"
                yield Breach(
                    where=(person.id,),
                    amount=len(said),
                    sentence=f"{person.name} is {', '.join(said[:3])}{more}.",
                )

    def _chosen(self, facts: Facts) -> set[int]:
        chosen: set[int] = set()
        for duty in facts.all_duties(self.duties):
            if self.notice_days is None or self._is_near(facts, duty):
                chosen.add(duty.number)
        return chosen

    def _is_near(self, facts: Facts, duty: Duty) -> bool:
        today = facts.problem.as_of or facts.first
        assert self.notice_days is not None
        return any((facts.date(s.day) - today).days <= self.notice_days for s in duty.stints)


def _says(facts: Facts, duty: Duty) -> str:
    """A duty, with its school if there are several, as its name may be the same at each."""
    at = f" at {facts.school_name(duty.school)}" if len(facts.schools) > 1 else ""
    return f"{facts.says_duty(duty)}{at}"


def _told(facts: Facts) -> dict[tuple[int, int], int | None] | None:
    """(person, duty) to its published start; None if nothing is published."""
    published = facts.published
    if published is None:
        return None
    starts = {
        facts.occasion_number[t.activity]: facts.clock.minute(t.start.date(), t.start.time())
        for t in published.times
    }
    found: dict[tuple[int, int], int | None] = {}
    for placement in published.placements:
        duty = facts.duties[facts.duty_number[placement.duty]]
        found[facts.person_number[placement.person], duty.number] = starts.get(duty.occasion)
    return found


_TOLD = {
    "published": {
        "placements": [
            {"person": "Ann", "duty": "D@2026-01-05"},
            {"person": "Bob", "duty": "D@2026-01-06"},
        ]
    }
}
_HANDOVER = {
    "activities": [
        {
            "id": "H",
            "name": "Handover",
            "school": "S",
            "minutes": 30,
            "step": 60,
            "windows": [{"start": "09:00", "end": "12:00"}],
            "needs": [{"count": 1}],
        }
    ],
    "published": {
        "placements": [{"person": "Ann", "duty": "H"}],
        "times": [{"activity": "H", "start": "2026-01-05T10:00"}],
    },
}

EXAMPLES = [
    Example(LeastChange(), "Ann D .\nBob . D", [], facts=_TOLD),
    Example(LeastChange(), "Ann D .\nBob D .", [], shifts={"D": {}}),
    Example(
        LeastChange(notice_days=0),
        "Ann D D\nBob . D",
        [],
        facts=_TOLD,
    ),
    Example(
        LeastChange(),
        "Ann . D\nBob . D",
        ["Ann is taken off Day on Mon 5 Jan, put on Day on Tue 6 Jan."],
        shifts={"D": {}},
        facts=_TOLD,
    ),
    Example(
        LeastChange(),
        "Ann D .\nBob . .",
        ["Bob is taken off Day on Tue 6 Jan."],
        shifts={"D": {}},
        people={"Bob": {"away": [{"weekdays": ["tue"]}]}},
        facts=_TOLD,
    ),
    Example(
        LeastChange(),
        "Ann H\nBob .",
        ["Ann is on Handover at another time."],
        facts=_HANDOVER,
        times={"H": "2026-01-05T11:00"},
    ),
]
