"""Tiny whole requests for Hypothesis: the facts of a drawn example, and rules from all over the
rulebook."""

import copy
from itertools import chain
from typing import Any, Literal, get_args, get_origin

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from pydantic import ValidationError

from models.facts.facts import Facts
from models.problem.limits import Limits
from scheduler.intake.parse import InvalidRequest, read_request
from scheduler.intake.request import RotaRequest
from scheduler.rulebook.example import Example
from scheduler.rulebook.rule import Rule
from scheduler.rules import EXAMPLES
from scheduler.rules.cover.cover import Cover

MOST_CELLS = 12
"""Person times duty; every schedule of a request is listed."""

LEAST_SCHEDULES, MOST_SCHEDULES = 2**4, 2**MOST_CELLS

SEEDS = {
    kind: [example.rule for example in shown]
    for kind, shown in EXAMPLES.items()
    if not shown[0].rule.always_on
}
"""The rules of all drawings, by kind."""

PRIORITIES: tuple[int | str, ...] = ("must", 1, 2, "must", 1, 3)


def schedules(facts: Facts) -> int:
    """How many schedules there are, whether or not they keep any rule."""
    number = 1 << len(facts.staff) * len(facts.duties)
    for occasion in facts.occasions:
        number *= len(occasion.starts) + occasion.optional
        for asked in occasion.uses:
            number *= len(asked.things)
    for pupils in facts.pupils:
        number *= len(pupils.groups)
    return number


def _cut(example: Example, people: int, days: int) -> dict[str, Any] | None:
    """The facts of a drawing with a limited number of people and days; None if still too large."""
    problem = example.problem
    document: dict[str, Any] = problem.model_dump(mode="json")
    document["people"] = document["people"][:people]
    document["horizon"]["last"] = min(
        document["horizon"]["last"], example.indexed.date(days - 1).isoformat()
    )
    for shift in document["shifts"]:
        shift["dates"] = [d for d in shift["dates"] if d <= document["horizon"]["last"]]
        shift["exceptions"] = [
            e for e in shift["exceptions"] if e["date"] <= document["horizon"]["last"]
        ]
    try:
        request = read_request({"problem": document})
    except InvalidRequest:
        return None
    return (
        document if LEAST_SCHEDULES <= schedules(Facts(request.problem)) <= MOST_SCHEDULES else None
    )


def _worlds() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for example in chain.from_iterable(EXAMPLES.values()):
        shapes = ((9, 9), (3, 4), (4, 3), (2, 5), (2, 4), (2, 3), (2, 2), (1, 5), (4, 1), (2, 1))
        cut = next((c for p, d in shapes if (c := _cut(example, p, d)) is not None), None)
        if cut is not None and cut not in found:
            found.append(cut)
    return found


WORLDS = _worlds()
"""Facts of drawings, cut down where they are too large to list every schedule."""

BUSY_WORLDS = [world for world in WORLDS if world["activities"]]
"""Those with an activity, whose time the engine chooses."""


@st.composite
def problems(draw: DrawFn) -> dict[str, Any]:
    """The facts of a drawing with other needs, and perhaps an absence."""
    worlds = draw(st.sampled_from((WORLDS, WORLDS, BUSY_WORLDS)))
    document: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(worlds)))
    for work in (*document["shifts"], *document["activities"]):
        for need in work["needs"]:
            if need["count"] is not None:
                most = 2 if need["most"] is None else need["most"]
                need["count"] = min(draw(st.sampled_from((1, 2, 0))), most)
    if draw(st.booleans()):
        person = draw(st.sampled_from(document["people"]))
        day = draw(st.sampled_from([document["horizon"]["first"], document["horizon"]["last"]]))
        person["away"] = [*person["away"], {"first": day, "last": day}]
    return document


def _whole_number(annotation: object) -> bool:
    if get_origin(annotation) is Literal:
        return False
    return annotation is int or any(_whole_number(a) for a in get_args(annotation))


@st.composite
def rules(draw: DrawFn) -> Rule:
    """A rule of some drawing, perhaps with other numbers, at some priority."""
    seed = draw(st.sampled_from(draw(st.sampled_from(list(SEEDS.values())))))
    changes: dict[str, Any] = {
        "priority": draw(st.sampled_from(PRIORITIES)),
        "weight": draw(st.integers(1, 3)),
    }
    for name, field in type(seed).model_fields.items():
        value = getattr(seed, name)
        if name not in changes and isinstance(value, int) and _whole_number(field.annotation):
            changes[name] = value + draw(st.sampled_from((0, -1, 1, -2)))
    for wanted in (changes, {k: changes[k] for k in ("priority", "weight")}):
        try:
            return type(seed).model_validate({**_given(seed), **wanted})
        except ValidationError:
            continue
    return seed


def _given(rule: Rule) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in rule.model_fields_set}


@st.composite
def requests(draw: DrawFn) -> RotaRequest:
    """A valid request small enough to list every schedule; one to five rules."""
    chosen = draw(st.lists(rules(), min_size=draw(st.integers(0, 3)), max_size=4))
    # Without cover nobody need work, which keeps most rules.
    chosen.insert(0, Cover(priority=draw(st.sampled_from((1, "must", 1, 2)))))
    document = {
        "problem": draw(problems()),
        "rules": [rule.model_dump(mode="json") for rule in draw(st.permutations(chosen))],
        "limits": Limits(
            seconds=200, workers=draw(st.sampled_from((1, 2))), seed=draw(st.integers(1, 9))
        ).model_dump(),
    }
    return _without_faults(document)


def _without_faults(document: dict[str, Any]) -> RotaRequest:
    """The request without the rules that do not fit its facts."""
    try:
        return read_request(document)
    except InvalidRequest as invalid:
        at_fault = {
            f.pointer.split("/")[2] for f in invalid.faults if f.pointer.startswith("/rules/")
        }
        if not at_fault:
            raise
        document["rules"] = [
            rule for number, rule in enumerate(document["rules"]) if str(number) not in at_fault
        ]
        return _without_faults(document)


tiny: SearchStrategy[RotaRequest] = requests()
