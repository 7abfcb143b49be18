"""Keeps a derived request near what it comes from, by a rule below all of its priorities."""

import json
from importlib.resources import files
from typing import Any

from models.answer.schedule import Schedule
from models.problem.problem import Published
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.report.derived_from import SAYS
from scheduler.rulebook.rule import Rule
from scheduler.rules import RULES

TURNED_OFF = "It need not stay near what it comes from, as asked."
OWN_RULES = "How near it stays to what it comes from is for the request's own rules about changes."
NOTHING_BEFORE = "There is no schedule yet that it could stay near."


def stays_near(
    case: Case, comes_from: tuple[RotaRequest, Schedule | None] | None, *, near: bool
) -> tuple[Case, str]:
    """A derived case with a rule that keeps it near what it comes from; and in a sentence what it
    stays near, or why it does not.

    The rule comes after all priorities, so that it never costs any of them. A request that has a
    published schedule stays near that, since people have been told it, and one with rules of its
    own about changes is left as it is.

    Args:
        case: the request after the patch.
        comes_from: the request before it and its schedule; None where only what is published
            counts.
        near: whether it should stay near.
    """
    before, schedule = (None, None) if comes_from is None else comes_from
    request = _without_ours(case.request, before)
    published = request.problem.published
    if not near:
        return case.amended(request), TURNED_OFF
    kind = _joined()["kind"]
    own = [rule for rule in request.rules if rule.about_changes]
    if any(rule.name == kind for rule in own) or (own and published is None):
        return case.amended(request), OWN_RULES
    if published is not None:
        rule = _rule(request, says=False)
        said = "what people have been told"
    elif schedule is not None:
        rule = _rule(request, says=True)
        said = "the schedule that it was derived from"
        told = Published(
            placements=schedule.placements, times=schedule.times, groups=schedule.groups
        )
        problem = request.problem.model_copy(update={"published": told})
        request = request.model_copy(update={"problem": problem})
    else:
        return case.amended(request), NOTHING_BEFORE
    request = request.model_copy(update={"rules": (*request.rules, rule)})
    return (
        case.amended(request),
        f"It stays near {said}: after everything else, at priority {rule.priority}, as few "
        "changes as possible. `near` false turns this off.",
    )


def _without_ours(request: RotaRequest, before: RotaRequest | None) -> RotaRequest:
    """A request without the rule and the schedule that an earlier derivation gave it."""
    ours = _joined()
    rules = tuple(rule for rule in request.rules if (rule.name, rule.says) != (ours["kind"], SAYS))
    if len(rules) == len(request.rules):
        return request
    problem = request.problem
    # One that the patch brought is what people have been told since.
    if before is not None and problem.published == before.problem.published:
        problem = problem.model_copy(update={"published": None})
    return request.model_copy(update={"rules": rules, "problem": problem})


def _rule(request: RotaRequest, *, says: bool) -> Rule:
    last = max((r.priority for r in request.rules if r.priority != "must"), default=0)
    given = {**_joined(), "priority": last + 1, **({"says": SAYS} if says else {})}
    return RULES[given["kind"]].model_validate(given)


def _joined() -> dict[str, Any]:
    text = (files("scheduler.rotas") / "near.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
