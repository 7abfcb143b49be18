"""Partners in a job share: exactly one of them is on each of its duties, except in the overlap."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from scheduler.rulebook import Breach, Example, Facts, Id, Model, Occasion, Plan, Rule, Slack, Which


class JobShare(Rule):
    """On each duty of a shared post exactly one partner works; in the overlap, at least one.

    The amount, for each shift and date, is the number of partners too many or too few. Partners
    whose days do not meet, so that neither could work some duty, are refused.
    """

    kind: Literal["job_share"] = "job_share"
    scope = "duty"
    unit = "partners"
    short = "Job shares"
    usual_authority = "agreement"

    people: tuple[Id, ...] = Field(min_length=2, max_length=3, description="The partners.")
    duties: Which = Field(description="The duties of the post, such as teaching its class.")
    overlap: Which | None = Field(None, description="The duties on which both may work.")
    or_cover: bool = Field(
        False, description="Somebody else may work instead, for example while a partner has PPA."
    )

    def __str__(self) -> str:
        rest = "" if self.overlap is None else ", except in the overlap"
        instead = " (or somebody covering)" if self.or_cover else ""
        return f"On each duty of the job share exactly one partner{instead} works{rest}."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        partners, overlap = self._partners(facts), self._overlap(facts)
        for occasion in facts.chosen_occasions(self.duties):
            # Somebody who is on two of its needs counts once.
            everybody = sorted(
                {p for d in occasion.duties for p in model.people_for(facts.duties[d])}
            )
            there = {
                p: model.any_of(model.works(p, d) for d in occasion.duties)
                for p in sorted({*everybody, *partners})
            }
            present = model.sum(there[p] for p in partners)
            room = slack(occasion.id, most=len(partners))
            least: int = 1
            if self.or_cover:
                others = model.any_of(there[p] for p in everybody if p not in partners)
                model.cp.add(present + room + others >= least)
            else:
                model.cp.add(present + room >= least)
            if occasion.number not in overlap:
                model.cp.add(present <= 1 + room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        partners, overlap = self._partners(facts), self._overlap(facts)
        for occasion in facts.chosen_occasions(self.duties):
            people = {p for duty in occasion.duties for p in plan.people(duty)}
            there = [p for p in partners if p in people]
            if not there and not (self.or_cover and people):
                said, amount = "has neither partner of its job share", 1
            elif len(there) > 1 and occasion.number not in overlap:
                names = " and ".join(facts.name(p) for p in there)
                said, amount = f"has {names} at once, outside their overlap", len(there) - 1
            else:
                continue
            on = facts.says_day(facts.duties[occasion.duties[0]].day)
            yield Breach(
                where=(occasion.id,),
                amount=amount,
                sentence=f"{facts.says_work(occasion)} on {on} {said}.",
            )

    def faults(self, facts: Facts) -> Iterator[tuple[str, str]]:
        partners = self._partners(facts)
        for occasion in (facts.occasions[d.occasion] for d in facts.all_duties(self.duties)):
            if not any(self._works_then(facts, p, occasion) for p in partners):
                on = facts.date(facts.duties[occasion.duties[0]].day).isoformat()
                yield (
                    "people",
                    f"do not meet: on {on} there is a duty of the post at which neither of them "
                    "works. Maybe one's `works` should begin where the other's ends?",
                )
                return
        overlap = self._overlap(facts)
        shared = [facts.occasions[number] for number in sorted(overlap)]
        if shared and not any(
            all(self._works_then(facts, p, occasion) for p in partners) for occasion in shared
        ):
            said = "is never a time at which all partners work. Maybe it is on another day?"
            yield "overlap", said

    def _works_then(self, facts: Facts, person: int, occasion: Occasion) -> bool:
        """By pattern: an absence does not make a bad job share."""
        stints = [s for d in occasion.duties for s in facts.duties[d].stints]
        return any(facts.why_away(person, s) in (None, "is away") for s in stints)

    def _partners(self, facts: Facts) -> list[int]:
        return [facts.person_number[person] for person in self.people]

    def _overlap(self, facts: Facts) -> set[int]:
        if self.overlap is None:
            return set()
        return {d.occasion for d in facts.all_duties(self.overlap)}


_PAIR = JobShare(people=("Ann", "Bob"), duties=Which(shifts=("D",)))
_MET = _PAIR.model_copy(update={"overlap": Which(shifts=("D",), weekdays=("tue",))})

EXAMPLES = [
    Example(_PAIR, "Ann D . \nBob . D", []),
    Example(_MET, "Ann D D .\nBob . D D", []),
    Example(_PAIR.model_copy(update={"or_cover": True}), "Ann D .\nBob . .\nCat . D", []),
    Example(
        _MET,
        "Ann D D D\nBob D . D",
        [
            "Day on Mon 5 Jan has Ann and Bob at once, outside their overlap.",
            "Day on Wed 7 Jan has Ann and Bob at once, outside their overlap.",
        ],
    ),
    Example(
        _PAIR,
        "Ann D .\nCat . D\nBob . .",
        ["Day on Tue 6 Jan has neither partner of its job share."],
    ),
]
