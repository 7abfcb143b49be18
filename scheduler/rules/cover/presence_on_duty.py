"""The people on a duty include those that its own `presence` asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from scheduler.rulebook import (
    Breach,
    Duty,
    Example,
    Facts,
    Model,
    Occasion,
    Plan,
    Rule,
    Slack,
    Which,
    activity,
)


class PresenceOnDuty(Rule):
    """The people on a duty include those that its `presence` asks for, whichever need they fill.

    This is judged only where somebody is on the duty; an empty duty is a matter of `cover`. The
    amount is the number of people missing, for each kind that the duty asks for. It is how a skill
    mix is set: one first-aider among three adults.
    """

    kind: Literal["presence_on_duty"] = "presence_on_duty"
    scope = "duty"
    unit = "people"
    short = "The right people on duty"

    duties: Which | None = Field(None, description="The duties it applies to; all if left out.")

    def __str__(self) -> str:
        return "The people on a duty include those that it asks for."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        for occasion in facts.chosen_occasions(self.duties):
            for part in range(occasion.parts) if occasion.presence else ():
                duties = _duties(facts, occasion, part)
                placed = {
                    p: model.any_of(model.works(p, d.number) for d in duties)
                    for p in sorted({p for d in duties for p in model.people_for(d)})
                }
                anybody = model.any_of(placed.values())
                when = [spans[part][2] for spans in occasion.spans]
                for number, asked in enumerate(occasion.presence):
                    room = slack(*_where(duties, occasion, number, part), most=asked.count)
                    for day in sorted(set(when)):
                        meant = facts.meant(asked.who, day)
                        there = model.sum(on for p, on in placed.items() if p in meant)
                        at = model.times.within(
                            occasion.number, [place for place, on in enumerate(when) if on == day]
                        )
                        model.holds_if([at], there + room >= asked.count * anybody)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for occasion in facts.chosen_occasions(self.duties):
            place = plan.place(occasion)
            if place is None:
                continue
            for part, (_, _, day) in enumerate(occasion.spans[place]):
                duties = _duties(facts, occasion, part)
                people = {p for duty in duties for p in plan.people(duty.number)}
                for number, asked in enumerate(occasion.presence if people else ()):
                    there = len(people & facts.meant(asked.who, day))
                    if there < asked.count:
                        yield Breach(
                            where=_where(duties, occasion, number, part),
                            amount=asked.count - there,
                            sentence=f"{facts.says_work(occasion)} on {facts.says_day(day)} has "
                            f"{there} of the {asked.count} that it asks for in addition to its "
                            "needs.",
                        )


def _duties(facts: Facts, occasion: Occasion, part: int) -> list[Duty]:
    """The duties on one of an occasion's days."""
    return [duty for n in occasion.duties if (duty := facts.duties[n]).part == part]


def _where(duties: list[Duty], occasion: Occasion, number: int, part: int) -> tuple[str, ...]:
    """The occasion and which of the kinds it asks for; on a later day, that day's first duty."""
    return (occasion.id, str(number), *(duty.id for duty in duties[:1] if part))


_ASKS = {"D": {"presence": [{"who": {"skill": "faw"}}]}}
_SKILLED = {"Ann": {"skills": [{"skill": "faw"}]}}
_SKILLS = {"skills": {"faw": "first aid at work"}}

_VISIT = {
    **_SKILLS,
    "activities": [
        activity("P", "Visit", step=180, presence=[{"who": {"skill": "faw"}}], needs=[{"count": 1}])
    ],
}
_EXPIRES = {"Ann": {"skills": [{"skill": "faw", "last": "2026-01-05"}]}}

EXAMPLES = [
    Example(
        PresenceOnDuty(),
        "Ann P .",
        [],
        people=_EXPIRES,
        facts=_VISIT,
        times={"P": "2026-01-05T09:00"},
    ),
    Example(
        PresenceOnDuty(),
        "Ann P .",
        ["Visit on Tue 6 Jan has 0 of the 1 that it asks for in addition to its needs."],
        people=_EXPIRES,
        facts=_VISIT,
        times={"P": "2026-01-06T09:00"},
    ),
    Example(PresenceOnDuty(), "Ann D .\nBob D .", [], _ASKS, _SKILLED, _SKILLS),
    Example(PresenceOnDuty(), "Ann . .\nBob . .", [], _ASKS, _SKILLED, _SKILLS),
    Example(
        PresenceOnDuty(),
        "Ann D .\nBob D D",
        ["Day on Tue 6 Jan has 0 of the 1 that it asks for in addition to its needs."],
        _ASKS,
        _SKILLED,
        _SKILLS,
    ),
]
