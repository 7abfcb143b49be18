"""Nobody too many: what no rule needs is taken out, and nothing that a rule needs."""

from typing import Any

import pytest

from models.answer.schedule import Schedule
from models.facts.plan import Plan
from scheduler.engine import schedule
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.search.superfluous import without_superfluous

COVER = {"kind": "cover", "priority": 1}


def case(
    *rules: dict[str, Any], people: int = 4, count: int = 1, days: int = 3, **more: Any
) -> Case:
    """A school with one duty a day."""
    document = {
        "problem": {
            "name": "Days",
            "horizon": {"first": "2026-01-05", "last": f"2026-01-{4 + days:02}"},
            "schools": [{"id": "S", "name": "School"}],
            "people": [{"id": f"p{n}", "name": f"P{n}", "home": "S"} for n in range(people)],
            "shifts": [
                {
                    "id": "D",
                    "name": "Day",
                    "school": "S",
                    "start": "09:00",
                    "end": "15:00",
                    "needs": [{"count": count}],
                }
            ],
            **more,
        },
        "rules": list(rules),
        "limits": {"seconds": 20},
    }
    return Case(RotaRequest.model_validate(document))


def everybody(of: Case) -> Plan:
    """All people on all duties."""
    facts = of.facts
    return Plan(facts, {(p.number, d.number) for p in facts.staff for d in facts.duties}, {})


def left(of: Case, plan: Plan | None = None) -> set[tuple[int, int]]:
    """What is left of a plan, by default of everybody on everything."""
    found, whole = without_superfluous(of.facts, of.rules, plan or everybody(of))
    assert whole
    return set(found.cells)


def test_each_duty_keeps_as_many_as_it_needs() -> None:
    """Of four people two are needed a day; a third would be one too many."""
    of = case(COVER, count=2)
    assert sorted(duty for _, duty in left(of)) == [0, 0, 1, 1, 2, 2]


def test_without_a_rule_that_needs_somebody_nobody_is_left() -> None:
    """A must that only forbids needs nobody."""
    assert not left(case({"kind": "consecutive_days", "most": 2, "priority": "must"}))


@pytest.mark.parametrize("priority", ["must", 2])
def test_what_another_rule_needs_stays(priority: object) -> None:
    """Two people are to work all days, though each day needs one person only."""
    wanted = {"people": {"people": ["p1", "p2"]}, "measure": "days", "least": 3}
    of = case(COVER, {"kind": "workload", "priority": priority, **wanted})
    assert left(of) == {(person, duty) for person in (1, 2) for duty in range(3)}


def test_a_must_that_is_broken_already_is_broken_no_further() -> None:
    """Somebody who works too little works no less."""
    of = case({"kind": "workload", "measure": "days", "least": 3, "priority": "must"}, people=1)
    plan = Plan(of.facts, {(0, 0), (0, 1)}, {})
    assert left(of, plan) == plan.cells


def test_who_was_needed_for_the_sake_of_another_goes_with_them() -> None:
    """A colleague who is in so that nobody is alone is not needed where nobody is in."""
    day = {"school": "S", "needs": [{"count": 1}]}
    of = case(
        {
            "kind": "accompanied",
            "duties": {"shifts": ["D"]},
            "by": {"people": ["p0"]},
            "called": "lead",
        },
        days=1,
        shifts=[
            {"id": "D", "name": "Day", "start": "09:00", "end": "12:00", **day},
            {"id": "L", "name": "Lead", "start": "13:00", "end": "15:00", **day},
        ],
    )
    number = of.facts.duty_number
    plan = Plan(of.facts, {(1, number["D@2026-01-05"]), (0, number["L@2026-01-05"])}, {})
    assert not of.check(plan.schedule()).broken_musts
    assert not left(of, plan)


def test_an_adult_of_the_ratio_stays() -> None:
    """Nine children, eight for each adult: two adults stay, and the third goes."""
    children = {"id": "c", "band": "to-8", "count": 9, "at": "S", "group": "club"}
    of = case(
        {"kind": "cover", "priority": "must"},
        days=1,
        groups=[{"id": "club", "name": "Club", "school": "S"}],
        ratios=[{"id": "r", "bands": ["to-8"], "children_per_adult": 8, "source": "told"}],
        children=[{**children, "dates": {"first": "2026-01-05", "last": "2026-01-05"}}],
        shifts=[
            {
                "id": "D",
                "name": "Day",
                "school": "S",
                "start": "09:00",
                "end": "15:00",
                "group": "club",
                "needs": [{"ratio": "r"}],
            }
        ],
    )
    assert len(left(of)) == 2


def test_what_people_have_been_told_stays() -> None:
    """Though the duty has too many; who was not told goes."""
    told = [{"person": f"p{n}", "duty": "D@2026-01-05"} for n in (0, 1)]
    of = case(COVER, days=1, published={"placements": told})
    assert left(of) == {(0, 0), (1, 0)}


def test_who_has_most_duties_goes_first() -> None:
    """Both do on Monday; one of them is needed on Tuesday as well."""
    of = case(COVER, days=2)
    plan = Plan(of.facts, {(0, 0), (1, 0), (0, 1)}, {})
    assert left(of, plan) == {(1, 0), (0, 1)}


def test_out_of_time_the_rest_stays() -> None:
    """Nothing is taken out that was not judged, and it is said."""
    of = case(COVER)
    plan = everybody(of)
    assert without_superfluous(of.facts, of.rules, plan, lambda: True) == (plan, False)


def test_an_answer_has_nobody_too_many() -> None:
    """Found by any search; the worst off is no worse off with people too many, but they go."""
    of = case(COVER, {"kind": "fewest_for_worst_off", "priority": 2}, people=9, days=5)
    found = schedule(of)
    assert found.schedule is not None
    assert len(found.schedule.placements) == 5
    assert [level.value for level in found.levels] == [0, 1]


def test_a_schedule_that_is_judged_is_not_changed() -> None:
    """The checker says what there is."""
    of = case({"kind": "surplus", "priority": 1})
    report = of.check(Schedule.model_validate(everybody(of).schedule()))
    assert report.costs == {1: 9}
