"""In every session somebody of a given kind is on site, or at work where they can be reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, Literal

from pydantic import Field

from scheduler.rulebook import Breach, Example, Facts, Id, Model, Plan, Rule, Slack, Text, Who

SESSIONS = ("am", "pm")


class WithinReach(Rule):
    """In every session with children at a school, a given colleague is there or can be reached.

    Anybody at work anywhere during the session can be reached, by a duty or by their pattern (`at`)
    while no duty elsewhere takes them away. With `on_site` only those at the
    school count, and the breach says who could be reached instead, so that as a wish the rule is a
    warning. There is one breach for each school, day and session. That a designated safeguarding
    lead (DSL) or a deputy is always available in school hours is required by Keeping Children Safe
    in Education.
    """

    kind: Literal["within_reach"] = "within_reach"
    scope = "whole"
    unit = "sessions"
    worse = "leaving more sessions to the telephone"

    who: Who = Field(description="The people who count.")
    called: Text = Field(description='What they are called, such as "safeguarding lead".')
    schools: tuple[Id, ...] | None = Field(
        None, description="The schools it applies to; all if left out."
    )
    on_site: bool = Field(False, description="Only those at the school itself count.")

    @property
    def title(self) -> str:
        return f"{self.called[:1].upper() + self.called[1:]} within reach"

    def __str__(self) -> str:
        where = "on site" if self.on_site else "on site or can be reached"
        return f"In every session with children, somebody called {self.called} is {where}."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.attendance import is_there, stay_of

        facts = model.facts
        for school, day, session in self._places(facts):
            people = sorted(facts.meant(self.who, day))
            midday = facts.clock.minute(facts.date(day), facts.problem.midday)
            half = (midday - 24 * 60, midday) if session == "am" else (midday, midday + 24 * 60)
            counting = [school] if self.on_site else range(len(facts.schools))
            stays = [
                stay
                for p in people
                for there in counting
                if (stay := stay_of(model, p, there, day)) is not None
            ]
            # Who is taken away by a duty in the same session is at work there, and can be reached.
            if any(
                all(not self.on_site and s.day == day and session in s.sessions for s in stints)
                for stay in stays
                for stints in stay.ways_to_be_there(half)
            ):
                continue
            there = model.any_of(
                [
                    model.does(p, s)
                    for p in people
                    for s in model.stints_on(p, day)
                    if session in s.sessions and (s.school == school or not self.on_site)
                ]
                + [is_there(model, stay, half) for stay in stays]
            )
            room = slack(*_where(facts, school, day, session), most=1)
            model.cp.add(there + room >= 1)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        there: dict[tuple[int, str], list[tuple[int, int]]] = {}
        for staff in facts.everyone(self.who):
            for stint in plan.stints(staff.number):
                if staff.number in facts.meant(self.who, stint.day):
                    for session in stint.sessions:
                        there.setdefault((stint.day, session), []).append(
                            (staff.number, stint.school)
                        )
            for day, place in product(range(len(facts.days)), range(len(facts.schools))):
                stretches = plan.without_duty(staff.number, place, day)
                if stretches and staff.number in facts.meant(self.who, day):
                    noon = facts.clock.minute(facts.date(day), facts.problem.midday)
                    if stretches[0][0] < noon:
                        there.setdefault((day, "am"), []).append((staff.number, place))
                    if stretches[-1][1] > noon:
                        there.setdefault((day, "pm"), []).append((staff.number, place))
        for school, day, session in self._places(facts):
            at_work = there.get((day, session), [])
            here = any(place == school for _, place in at_work)
            elsewhere = dict(reversed(at_work)).items()
            if here or (elsewhere and not self.on_site):
                continue
            when = f"{'morning' if session == 'am' else 'afternoon'} of {facts.says_day(day)}"
            reached = " or ".join(
                f"{facts.name(person)} at {facts.school_name(place)}" for person, place in elsewhere
            )
            rest = f"{reached} can be reached" if reached else "nobody can be reached"
            yield Breach(
                where=_where(facts, school, day, session),
                amount=1,
                sentence=f"No {self.called} is at {facts.school_name(school)} on the {when}; "
                f"{rest}.",
            )

    def _places(self, facts: Facts) -> Iterator[tuple[int, int, str]]:
        # Not only what a change touches: somebody who leaves one school may be missed at any other.
        schools: Sequence[int] = range(len(facts.schools))
        if self.schools is not None:
            schools = [facts.school_number(school) for school in self.schools]
        for school, day in product(schools, range(len(facts.days))):
            rows = facts.children_rows(school, day)
            midday = facts.clock.minute(facts.date(day), facts.problem.midday)
            stays = [facts.children_minutes(row, day) for row in rows]
            for session in SESSIONS:
                if any(a < midday if session == "am" else b > midday for a, b in stays):
                    yield school, day, session


def _where(facts: Facts, school: int, day: int, session: str) -> tuple[str, ...]:
    return (facts.schools[school].id, facts.date(day).isoformat(), session)


_FACTS: dict[str, Any] = {
    "skills": {"dsl": "safeguarding lead"},
    "schools": [{"id": "S", "name": "Oakfield"}, {"id": "T", "name": "Fellside"}],
    "children": [
        {
            "band": "all",
            "count": 62,
            "at": "T",
            "dates": {"first": "2026-01-05", "last": "2026-01-05"},
        }
    ],
}
_LEADS = {"Ann": {"skills": [{"skill": "dsl"}]}, "Bob": {"skills": [{"skill": "dsl"}]}}
_AT_T = {"D": {"school": "T"}, "A": {}}
_LEAD = WithinReach(who=Who(skill="dsl"), called="safeguarding lead", schools=("T",))
_ON_SITE = _LEAD.model_copy(update={"on_site": True})
_WAY = {**_FACTS, "travel": [{"between": ["S", "T"], "minutes": 30}]}


def _ann(**works: str) -> dict[str, dict[str, Any]]:
    """Both are leads; Ann is at work at Fellside by her pattern, all through its day or not."""
    return {**_LEADS, "Ann": {**_LEADS["Ann"], "works": [{}, {"at": "T", **works}]}}


EXAMPLES = [
    Example(_ON_SITE, "Ann .\nBob .", [], people=_ann(), facts=_WAY),
    Example(_ON_SITE, "Ann .\nBob .", [], people=_ann(end="12:31"), facts=_WAY),
    Example(
        _ON_SITE,
        "Ann .\nBob .",
        [
            "No safeguarding lead is at Fellside on the afternoon of Mon 5 Jan; nobody can be "
            "reached."
        ],
        people=_ann(end="12:30"),
        facts=_WAY,
    ),
    Example(
        _ON_SITE,
        "Ann M\nBob .",
        [
            "No safeguarding lead is at Fellside on the morning of Mon 5 Jan; Ann at Oakfield "
            "can be reached."
        ],
        shifts={"M": {"start": "09:20", "end": "12:00"}},
        people=_ann(),
        facts=_WAY,
    ),
    Example(
        _ON_SITE,
        "Ann M\nBob .",
        [],
        shifts={"M": {"start": "09:20", "end": "11:59"}},
        people=_ann(),
        facts=_WAY,
    ),
    Example(_LEAD, "Ann M\nBob .", [], people=_ann(), facts=_WAY),
    Example(
        _LEAD.model_copy(update={"schools": ("S",)}),
        "Ann .\nBob .",
        [],
        people=_ann(),
        facts={**_WAY, "children": [{**_FACTS["children"][0], "at": "S"}]},
    ),
    Example(_LEAD, "Ann D\nBob .", [], _AT_T, _LEADS, _FACTS),
    Example(_LEAD, "Ann M\nBob A", [], _AT_T, _LEADS, _FACTS),
    Example(
        _LEAD,
        "Ann A\nBob A",
        ["No safeguarding lead is at Fellside on the morning of Mon 5 Jan; nobody can be reached."],
        _AT_T,
        _LEADS,
        _FACTS,
    ),
    Example(
        _LEAD.model_copy(update={"on_site": True}),
        "Ann M\nBob A",
        [
            "No safeguarding lead is at Fellside on the morning of Mon 5 Jan; Ann at Oakfield can "
            "be reached.",
            "No safeguarding lead is at Fellside on the afternoon of Mon 5 Jan; Bob at Oakfield "
            "can be reached.",
        ],
        _AT_T,
        _LEADS,
        _FACTS,
    ),
    Example(
        _LEAD.model_copy(update={"schools": ("S",)}), "Ann A\nBob A", [], _AT_T, _LEADS, _FACTS
    ),
]
