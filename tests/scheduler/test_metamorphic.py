"""What makes no difference must make none: a request changed in a way that means the same, or
that matters to nobody, has an answer of the same value. Over whole requests, rules from all over
the rulebook included."""

import copy
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, assume, given, note, settings
from hypothesis import strategies as st

from models.answer.result import Result, ResultStatus
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.engine import schedule
from scheduler.intake.parse import InvalidRequest, read_request
from scheduler.intake.request import RotaRequest
from scheduler.rulebook.check import check
from tests.soak import more, tries
from tests.strategies import tiny

SETTINGS = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=tries(12, 40),
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)

Document = dict[str, Any]

WITH_BALANCES = ("fair_share", "fair_share_cap")
"""Rules that count a horizon by itself; what they owe from before comes as balances."""

DATE = re.compile(r"\b20\d\d-\d\d-\d\d")


def value(document: Document) -> tuple[ResultStatus, tuple[int, ...]]:
    """How a request ends: its status, and the value of each priority."""
    result = schedule(read_request(document))
    return result.status, tuple(level.value for level in result.levels)


def document_of(request: RotaRequest) -> Document:
    """A request as it is sent, with what was left out left out."""
    found: Document = request.model_dump(mode="json", exclude_defaults=True)
    found["rules"] = [
        {"kind": rule.name, **rule.model_dump(mode="json", exclude_defaults=True)}
        for rule in request.rules
    ]
    return found


def same(request: RotaRequest, change: Callable[[Document], Document]) -> None:
    """A change that must make no difference makes none."""
    before = document_of(request)
    after = change(copy.deepcopy(before))
    note(f"before: {before}\nafter: {after}")
    assert value(after) == value(before)


def everywhere(item: Any, change: Callable[[str], str]) -> Any:
    """A document with every string in it changed, keys included."""
    if isinstance(item, dict):
        return {change(key): everywhere(found, change) for key, found in item.items()}
    if isinstance(item, list):
        return [everywhere(found, change) for found in item]
    return change(item) if isinstance(item, str) else item


@more
@SETTINGS
@given(tiny)
def test_a_contract_cut_into_two_that_follow_each_other(request: RotaRequest) -> None:
    """The same post, with the same hours, under a new number from the middle of the horizon."""

    def cut(document: Document) -> Document:
        horizon = request.problem.horizon
        middle = horizon.first + timedelta(days=(horizon.last - horizon.first).days // 2)
        for person in document["problem"]["people"]:
            rows = []
            for contract in person.get("contracts", ()):
                begins = contract.get("first", "0001-01-01") <= middle.isoformat()
                ends = contract.get("last", "9999-01-01") > middle.isoformat()
                if not (begins and ends):
                    rows.append(contract)
                    continue
                # What counts from the begin of the contract goes on counting from it.
                since = contract.get("service_since") or contract.get("first")
                later = {**contract, "id": f"{contract['id']}-2"}
                later["first"] = (middle + timedelta(days=1)).isoformat()
                if since is not None:
                    later["service_since"] = since
                rows += [{**contract, "last": middle.isoformat()}, later]
            if rows:
                person["contracts"] = rows
        return document

    document = document_of(request)
    assume(any(person.get("contracts") for person in document["problem"]["people"]))
    named = {
        contract["id"]
        for person in document["problem"]["people"]
        for contract in person.get("contracts", ())
    }
    assume(not any(f"'{name}'" in str(document["rules"]) for name in named))
    assume(not document["problem"].get("secondments"))
    same(request, cut)


@more
@SETTINGS
@given(tiny)
def test_a_person_renamed_and_moved_in_the_list(request: RotaRequest) -> None:
    """Neither names, nor ids, nor the order of people decide anything."""
    ids = {person.id for person in request.problem.people}
    others = {
        row["id"]
        for kind, rows in document_of(request)["problem"].items()
        if isinstance(rows, list) and kind != "people"
        for row in rows
        if isinstance(row, dict) and "id" in row
    }
    assume(not ids & others)

    def renamed(document: Document) -> Document:
        found: Document = everywhere(document, lambda s: f"x-{s}" if s in ids else s)
        people = found["problem"]["people"]
        for number, person in enumerate(people):
            person["name"] = f"Nobody {number}"
        people.reverse()
        return found

    same(request, renamed)


@more
@SETTINGS
@given(tiny)
def test_a_school_and_a_person_that_matter_to_nobody(request: RotaRequest) -> None:
    """A school without work, and somebody there who cannot come."""

    def added(document: Document) -> Document:
        problem = document["problem"]
        problem["schools"].append({"id": "elsewhere", "name": "Elsewhere"})
        problem["people"].append(
            {"id": "stranger", "name": "Stranger", "home": "elsewhere", "away": [{}]}
        )
        return document

    same(request, added)


@more
@SETTINGS
@given(tiny)
def test_all_dates_a_week_later(request: RotaRequest) -> None:
    """The calendar moves along, so that only the numbers of the dates differ."""

    def later(document: Document) -> Document:
        def moved(text: str) -> str:
            return DATE.sub(
                lambda found: (date.fromisoformat(found[0]) + timedelta(days=7)).isoformat(), text
            )

        found: Document = everywhere(document, moved)
        return found

    same(request, later)


@more
@SETTINGS
@given(tiny)
def test_a_skill_that_ends_after_the_horizon(request: RotaRequest) -> None:
    """It is held on every day that counts."""
    after = (request.problem.horizon.last + timedelta(days=30)).isoformat()

    def ended(document: Document) -> Document:
        for person in document["problem"]["people"]:
            for skill in person.get("skills", ()):
                skill.setdefault("last", after)
        return document

    assume(any(person.skills for person in request.problem.people))
    same(request, ended)


@more
@SETTINGS
@given(tiny, st.integers(2, 5))
def test_weights_scaled(request: RotaRequest, factor: int) -> None:
    """All of a priority's weights grow alike, and its value with them."""
    document = document_of(request)
    scaled = copy.deepcopy(document)
    for rule in scaled["rules"]:
        rule["weight"] = factor * rule.get("weight", 1)
    status, costs = value(document)
    note(str(document))
    assert value(scaled) == (status, tuple(factor * cost for cost in costs))


@more
@SETTINGS
@given(tiny)
def test_a_horizon_cut_in_two(request: RotaRequest) -> None:
    """What keeps every must over the whole still keeps it when the first half is history."""
    document = document_of(request)
    horizon = request.problem.horizon
    days = (horizon.last - horizon.first).days
    assume(days >= 1)
    assume(not request.problem.activities)
    assume(not request.problem.pinned)
    assume(not any(rule.name in WITH_BALANCES for rule in request.rules))
    whole = schedule(read_request(document))
    assume(whole.schedule is not None)
    middle = horizon.first + timedelta(days=days // 2 + 1)
    second = continued(document, whole, middle)
    note(f"whole: {document}\nsecond: {second}")
    try:
        rest = read_request(second)
    except InvalidRequest:
        assume(False)  # a rule that names no duty of the second half
    facts = Facts(rest.problem)
    assert whole.schedule is not None
    kept = whole.schedule.model_copy(
        update={
            "placements": tuple(p for p in whole.schedule.placements if p.duty in facts.duty_number)
        }
    )
    report = check(facts, rest.all_rules, Plan.of(facts, kept))
    assert not report.broken_musts, [
        (f.kind, b.sentence) for f in report.findings if f.priority == "must" for b in f.breaches
    ]


def continued(document: Document, whole: Result, middle: date) -> Document:
    """The second half of a request, with what was worked in the first as its past."""
    found = copy.deepcopy(document)
    facts = Facts(read_request(document).problem)
    assert whole.schedule is not None
    plan = Plan.of(facts, whole.schedule)
    first = (middle - facts.first).days
    worked = [
        {
            "person": facts.staff[person].id,
            "school": facts.schools[stint.school].id,
            "start": facts.local(stint.start).isoformat(timespec="minutes"),
            "end": facts.local(stint.end).isoformat(timespec="minutes"),
            "shift": facts.duties[duty].shift,
        }
        for person, duty in sorted(plan.cells)
        for stint in facts.duties[duty].stints
        if stint.day < first
    ]
    problem = found["problem"]
    problem["horizon"]["first"] = middle.isoformat()
    problem["history"] = [*problem.get("history", ()), *worked]
    problem.pop("published", None)
    # Days that are still to come stay as they are.
    for shift in problem.get("shifts", ()):
        for field in ("dates", "exceptions"):
            if field in shift:
                shift[field] = [d for d in shift[field] if _day(d) >= middle.isoformat()]
    return found


def _day(given: Any) -> str:
    return str(given["date"] if isinstance(given, dict) else given)
