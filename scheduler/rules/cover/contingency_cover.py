"""The rota survives the loss of any one person of a group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import (
    Breach,
    Duty,
    Example,
    Facts,
    Model,
    Plan,
    Rule,
    Slack,
    Text,
    Which,
    Who,
)


class ContingencyCover(Rule):
    """If any one of certain people fell ill, somebody could step in for them.

    For each day and school on which one of them works on the duties, at least `spare` others of
    them could be asked: free and qualified for a duty there, and on no duty anywhere that day. The
    amount, for each day, is the number of people missing.
    """

    kind: Literal["contingency_cover"] = "contingency_cover"
    scope = "school_day"
    unit = "people"

    who: Who = Field(description="The people who can stand in for each other.")
    called: Text = Field(description='What each of them is called, such as "cook".')
    duties: Which | None = Field(None, description="The duties it applies to; all if left out.")
    spare: PositiveInt = Field(1, description="How many others could step in.")

    @property
    def title(self) -> str:
        return f"Somebody to step in for a {self.called}"

    def __str__(self) -> str:
        return f"If any one {self.called} falls ill, another can step in."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        for school, day, duties in self._places(facts):
            working, spare = [], []
            for person in sorted(facts.meant(self.who, day)):
                working += [model.works(person, d.number) for d in duties]
                if _could(facts, person, duties):
                    spare.append(model.no(model.works_on(person, day)))
            anybody = model.any_of(working)
            room = slack(facts.schools[school].id, facts.date(day).isoformat(), most=self.spare)
            model.cp.add(model.sum(spare) + room >= self.spare * anybody)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for school, day, duties in self._places(facts):
            meant = facts.meant(self.who, day)
            if not any(plan.works(p, d.number) for p in meant for d in duties):
                continue
            spare = sum(day not in plan.days(p) for p in meant if _could(facts, p, duties))
            if spare < self.spare:
                yield Breach(
                    where=(facts.schools[school].id, facts.date(day).isoformat()),
                    amount=self.spare - spare,
                    sentence=f"On {facts.says_day(day)} {spare} of {self.spare} could step in at "
                    f"{facts.school_name(school)} for a {self.called} who falls ill.",
                )

    def _places(self, facts: Facts) -> Iterator[tuple[int, int, list[Duty]]]:
        """(school, day, the duties there whose time is given)."""
        there: dict[tuple[int, int], list[Duty]] = {}
        for duty in facts.all_duties(self.duties):
            if not duty.is_flexible:
                there.setdefault((duty.school, duty.day), []).append(duty)
        for school, day in facts.school_days():
            if (school, day) in there:
                yield school, day, there[school, day]


def _could(facts: Facts, person: int, duties: list[Duty]) -> bool:
    return any(facts.can(person, duty) for duty in duties)


_COOKS = {
    name: {"contracts": [{"id": name, "role": "cook", "school": "S"}]} for name in ("Ann", "Bob")
}
_ROLES = {"roles": {"cook": "Cook"}}
_RULE = ContingencyCover(who=Who(role="cook"), called="cook")

EXAMPLES = [
    Example(_RULE, "Ann D .\nBob . D\nCat D D", [], people=_COOKS, facts=_ROLES),
    Example(_RULE, "Ann . .\nBob . .\nCat D D", [], people=_COOKS, facts=_ROLES),
    Example(
        _RULE,
        "Ann D .\nBob D D\nCat . .",
        ["On Mon 5 Jan 0 of 1 could step in at School for a cook who falls ill."],
        people=_COOKS,
        facts=_ROLES,
    ),
]
