"""Activities follow one another, with minimum and maximum time lags between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import product
from typing import Literal, Self

from pydantic import Field, model_validator

from scheduler.rulebook import (
    Breach,
    DayKind,
    Example,
    Facts,
    Id,
    LinearExprT,
    Model,
    Occasion,
    Plan,
    Rule,
    Slack,
    Value,
    activity,
)
from scheduler.wording import of_unit

Unit = Literal["minutes", "days", "school_days"]


class StageStep(Value):
    """How long after one activity another takes place."""

    activity: Id = Field(description="The later activity.")
    after: Id = Field(description="The earlier activity.")
    least: int | None = Field(
        0, description="The minimum time lag; if below zero, it may come before."
    )
    most: int | None = Field(None, description="The maximum time lag; no limit if left out.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.least is None and self.most is None:
            raise ValueError("says nothing. Maybe give least, or most?")
        if self.least is not None and self.most is not None and self.most < self.least:
            raise ValueError("most is less than least. Maybe the two are swapped?")
        return self


class Stages(Rule):
    """Activities follow one another at the intervals asked for: precedence with time lags.

    Each step has a minimum and a maximum time lag. Minutes are elapsed minutes, from the end of the
    earlier activity to the start of the later, or from start to start. Days are counted from date
    to date, so that the next day is 1, and from the last of several days; school days are counted
    by the calendar of a school. Of two series of the same length each activity follows the one with
    its own number; otherwise each follows each. This is judged only where both activities take
    place. The amount is the time too short or too long, in the measure.
    """

    kind: Literal["stages"] = "stages"
    scope = "whole"
    unit = "minutes, days or school days"
    short = "Stages in their order"

    steps: tuple[StageStep, ...] = Field(min_length=1, description="Which activity follows which.")
    measure: Unit = Field("minutes", description="What time lags are counted in.")
    relation: Literal["end_to_start", "start_to_start"] = Field(
        "end_to_start",
        description="Whether time is counted from the end or the start of the earlier activity.",
    )
    school: Id | None = Field(
        None, description="Whose school days; the later activity's school if left out."
    )

    @property
    def breach_unit(self) -> str:
        return self.measure.replace("_", " ")

    def __str__(self) -> str:
        if len(self.steps) > 1:
            return f"{len(self.steps)} activities follow others at the intervals asked for."
        (step,) = self.steps
        return f"{step.activity} is {self._asked(step)} after {step.after}."

    def _asked(self, step: StageStep) -> str:
        limits = [] if step.least is None else [f"at least {step.least}"]
        limits += [] if step.most is None else [f"at most {step.most}"]
        last = step.most if step.most is not None else step.least or 0
        unit = of_unit(last, self.measure.replace("_", " ")).partition(" ")[2]
        return f"{' and '.join(limits)} {unit}"

    def says_at(self, facts: Facts, where: tuple[str, ...]) -> str | None:
        for step in self.steps:
            for first, then in _pairs(facts, step):
                if (first.id, then.id) == where:
                    return f"{then.name} is {self._asked(step)} after {first.name}."
        return None

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        for step in self.steps:
            for first, then in _pairs(facts, step):
                earlier, later = self._marks(facts, first, then)
                between = self._mark(model, then, later) - self._mark(model, first, earlier)
                there = [model.takes_place(o.number) for o in (first, then) if o.optional]
                if 0 in [t for t in there if isinstance(t, int)]:
                    continue
                happen = [t for t in there if not isinstance(t, int)]
                low, high = min(later) - max(earlier), max(later) - min(earlier)
                if step.least is not None and low < step.least:
                    room = slack(first.id, then.id, most=step.least - low)
                    model.holds_if(happen, between + room >= step.least)
                if step.most is not None and high > step.most:
                    room = slack(first.id, then.id, most=high - step.most)
                    model.holds_if(happen, between <= step.most + room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for step in self.steps:
            for first, then in _pairs(facts, step):
                before, after = plan.place(first), plan.place(then)
                if before is None or after is None:
                    continue
                earlier, later = self._marks(facts, first, then)
                between = later[after] - earlier[before]
                missing = 0 if step.least is None else step.least - between
                beyond = 0 if step.most is None else between - step.most
                if missing > 0 or beyond > 0:
                    unit = self.measure.replace("_", " ")
                    limit = (
                        f"{step.least} is the least" if missing > 0 else f"{step.most} is the most"
                    )
                    yield Breach(
                        where=(first.id, then.id),
                        amount=max(missing, beyond),
                        sentence=f"{then.name} on {facts.says_day(then.days[after])} is "
                        f"{of_unit(between, unit)} after {first.name}; {limit}.",
                    )

    def remarks(self, facts: Facts, plan: Plan) -> Iterator[tuple[str | None, str]]:
        if self.measure == "minutes":
            return
        unit = self.measure.replace("_", " ")
        for step in self.steps:
            for first, then in _pairs(facts, step):
                before, after = plan.place(first), plan.place(then)
                if before is None or after is None:
                    continue
                earlier, later = self._marks(facts, first, then)
                if step.most is not None:
                    last = self._last(facts, then, earlier[before] + step.most)
                    yield then.id, f"By {last}: {of_unit(step.most, unit)} after {first.name}."
                if step.least is not None and step.least > 1:
                    last = self._last(facts, then, later[after] - step.least)
                    yield first.id, f"By {last}: {of_unit(step.least, unit)} before {then.name}."

    def _last(self, facts: Facts, then: Occasion, mark: int) -> str:
        """The last day that has a mark; of school days one on which there is school."""
        if self.measure == "days":
            return facts.says_day(mark)
        school = then.school if self.school is None else facts.school_number(self.school)
        reached = [d for d in range(len(facts.days)) if facts.school_day(school, d) <= mark]
        there = [d for d in reached if facts.kind(school, d) is DayKind.TERM]
        return facts.says_day(there[-1] if there else 0)

    def _marks(
        self, facts: Facts, first: Occasion, then: Occasion
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """What is counted for each possible start of either, in the rule's measure."""
        if self.measure == "minutes":
            from_end = self.relation == "end_to_start"
            return (first.ends if from_end else first.starts), then.starts
        mine = first.last_days if self.relation == "end_to_start" else first.days
        if self.measure == "days":
            return mine, then.days
        school = then.school if self.school is None else facts.school_number(self.school)
        return (
            tuple(facts.school_day(school, day) for day in mine),
            tuple(facts.school_day(school, day) for day in then.days),
        )

    def _mark(self, model: Model, occasion: Occasion, marks: tuple[int, ...]) -> LinearExprT:
        if marks is occasion.starts:
            return model.times.start(occasion.number)
        if marks is occasion.ends:
            return model.times.end(occasion.number)
        return model.times.value(occasion.number, marks)


def _pairs(facts: Facts, step: StageStep) -> Iterable[tuple[Occasion, Occasion]]:
    """The step's two activities, of two series one after the other, of one series all of it; none
    where one has no possible start."""
    before, after = facts.named([step.after]), facts.named([step.activity])
    if len(before) == len(after):
        return zip(before, after, strict=True)
    return product(before, after)


_MINUTES = {"activities": [activity("R", "Review"), activity("T", "Talk", optional=True)]}
_DAYS = {
    "activities": [
        activity("R", "Review", step=180),
        activity("T", "Talk", step=180, windows=[{"start": "09:00", "end": "10:00"}]),
    ],
    "schools": [
        {"id": "S", "name": "School", "closed": [{"first": "2026-01-06", "last": "2026-01-06"}]}
    ],
}


def _talk(least: int | None, most: int | None = None) -> tuple[StageStep, ...]:
    return (StageStep(activity="T", after="R", least=least, most=most),)


_LONG = {
    "schools": [{"id": "S", "name": "School"}],
    "activities": [
        activity("R", "Review", step=180, days=2),
        activity("T", "Talk", step=180),
    ],
}

EXAMPLES = [
    Example(
        Stages(steps=_talk(1, 1), measure="school_days"),
        "Ann . . . . . . . .",
        [],
        facts=_LONG,
        times={"R": "2026-01-09T09:00", "T": "2026-01-13T09:00"},
        first=date(2026, 1, 7),
    ),
    Example(
        Stages(steps=_talk(1)),
        "Ann . . .",
        ["Talk on Tue 6 Jan is 0 minutes after Review; 1 is the least."],
        facts={
            "activities": [
                activity("R", "Review", step=180, days=2),
                activity("T", "Talk", windows=[{"start": "10:00", "end": "11:00"}]),
            ],
        },
        times={"R": "2026-01-05T09:00", "T": "2026-01-06T10:00"},
    ),
    Example(
        Stages(steps=_talk(60, 60)),
        "Ann .",
        [],
        facts=_MINUTES,
        times={"R": "2026-01-05T09:00", "T": "2026-01-05T11:00"},
    ),
    Example(Stages(steps=_talk(60)), "Ann .", [], facts=_MINUTES, times={"R": "2026-01-05T11:00"}),
    Example(
        Stages(steps=_talk(1, 1), measure="school_days"),
        "Ann . . . .",
        [],
        facts=_DAYS,
        times={"R": "2026-01-05T09:00", "T": "2026-01-07T09:00"},
    ),
    Example(
        Stages(steps=_talk(60)),
        "Ann .",
        ["Talk on Mon 5 Jan is 0 minutes after Review; 60 is the least."],
        facts=_MINUTES,
        times={"R": "2026-01-05T09:00", "T": "2026-01-05T10:00"},
    ),
    Example(
        Stages(steps=_talk(-120, 0), relation="start_to_start"),
        "Ann .",
        ["Talk on Mon 5 Jan is 120 minutes after Review; 0 is the most."],
        facts=_MINUTES,
        times={"R": "2026-01-05T09:00", "T": "2026-01-05T11:00"},
    ),
    Example(
        Stages(steps=_talk(None, 2), measure="days"),
        "Ann . . . .",
        ["Talk on Thu 8 Jan is 3 days after Review; 2 is the most."],
        facts=_DAYS,
        times={"R": "2026-01-05T09:00", "T": "2026-01-08T09:00"},
    ),
]
