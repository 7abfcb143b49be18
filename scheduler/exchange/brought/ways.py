"""Three ways on from a rota that was brought: fill its gaps, change little, or begin again."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

from models.answer.schedule import Schedule
from models.problem.problem import Placement, Published
from scheduler.exchange.brought.judging import placed_in
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.report.warm_start import fitting, is_possible
from scheduler.rulebook.rule import Rule
from scheduler.rules import RULES

Way = Literal["fill", "near", "new"]
"""Keep what stands and fill the gaps; change as little as possible; begin again."""


@dataclass(frozen=True)
class WayOn:
    """A request that leads on from a schedule, and where its search begins."""

    request: RotaRequest
    start: Schedule | None
    """The part of the schedule that breaks no must; None if even that does."""
    notes: tuple[str, ...] = ()


def way_on(case: Case, schedule: Schedule, way: Way, *, sheet_only: bool = False) -> WayOn:
    """The request of one of three ways.

    Args:
        case: the request that the schedule is for.
        schedule: the rota that was brought.
        way: which way.
        sheet_only: whether the request was made of the sheet, and has no wishes of its own.
    """
    sound, loose = _sound(case, schedule)
    request = case.request
    problem = request.problem
    notes: list[str] = []
    if way == "fill":
        pins = (*problem.pinned, *sound.placements)
        problem = problem.model_copy(update={"pinned": tuple(dict.fromkeys(pins))})
        if loose:
            said = "1 placement is" if loose == 1 else f"{loose} placements are"
            notes.append(f"{said} part of a breach and may change; all others are kept.")
    if way in ("fill", "near"):
        published = Published(
            placements=schedule.placements, times=schedule.times, groups=schedule.groups
        )
        problem = problem.model_copy(update={"published": published})
        request = _with(request, "near")
    if way == "new" and sheet_only:
        request = _with(request, "new")
        notes.append("The sheet says nothing of wishes, so the only one is that nobody comes in")
        notes[-1] += " on many more days than others. A request of your own can say more."
    request = request.model_copy(update={"problem": problem})
    return WayOn(request, fitting(case.amended(request), sound), tuple(notes))


def _sound(case: Case, schedule: Schedule) -> tuple[Schedule, int]:
    """A schedule without the placements that break a must, and how many these are."""
    facts, plan = case.facts, case.plan(schedule)
    broken = (
        breach
        for finding in case.check(schedule).findings
        if finding.priority == "must"
        for breach in finding.breaches
    )
    gone = placed_in(broken, facts, plan)
    kept = [p for p in schedule.placements if (p.person, p.duty) not in gone]
    placements = tuple(p for p in kept if is_possible(facts, p))
    left = Schedule(placements=placements, times=schedule.times, groups=schedule.groups)
    return left, len(schedule.placements) - len(placements)


def _with(request: RotaRequest, way: str) -> RotaRequest:
    """A request with the rules of a way, directly after its first priority."""
    text = (files("scheduler.exchange.brought") / "ways.json").read_text(encoding="utf-8")
    given: Any = json.loads(text)[way]
    wanted = given if isinstance(given, list) else [given]
    if way == "near" and any(rule.about_changes for rule in request.rules):
        return request
    ranks = sorted({r.priority for r in request.rules if r.priority != "must"})
    first = ranks[0] if ranks else 0
    made = [RULES[one["kind"]].model_validate({**one, "priority": first + 1}) for one in wanted]
    return request.model_copy(update={"rules": (*_lowered(request.rules, first), *made)})


def _lowered(rules: Iterable[Rule], first: int) -> Iterable[Rule]:
    for rule in rules:
        if rule.priority == "must" or rule.priority <= first:
            yield rule
        else:
            yield rule.model_copy(update={"priority": rule.priority + 1})


def differs(before: Schedule, after: Schedule) -> tuple[int, int]:
    """How many placements differ between two schedules, and of how many people."""
    changed = _pairs(before.placements) ^ _pairs(after.placements)
    return len(changed), len({person for person, _ in changed})


def _pairs(placements: Iterable[Placement]) -> set[tuple[str, str]]:
    return {(p.person, p.duty) for p in placements}
