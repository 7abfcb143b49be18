"""Weeks A and B, counted by the calendar or by teaching weeks, at each school for itself."""

from datetime import date
from typing import Any

import pytest

from models.facts.facts import Facts
from models.facts.weeks import MOST_COUNTED, CycleWeeks
from models.problem.problem import Problem
from scheduler.intake.parse import InvalidRequest, read_request

TERMS = [
    {"first": "2026-09-01", "last": "2026-10-23"},
    {"first": "2026-11-02", "last": "2026-12-18"},
]
WEEK_A = {"weekdays": ["mon"], "weeks": {"of": 2, "on": [1]}}
WEEK_B = {"weekdays": ["mon"], "weeks": {"of": 2, "on": [2]}}


def school(id: str, start: str | None = None, counts: str = "teaching") -> dict[str, Any]:
    """A school with a half-term from 24 October to 1 November."""
    cycle = {} if start is None else {"cycle": {"start": start, "counts": counts}}
    return {"id": id, "name": id.upper(), "terms": TERMS, **cycle}


def shift(school: str, when: dict[str, Any] = WEEK_A) -> dict[str, Any]:
    """A shift of one person on the Mondays of week A."""
    fixed = {"id": school, "name": "Music", "school": school, "needs": [{"count": 1}]}
    return {**fixed, "start": "09:00", "end": "12:00", "when": when}


def problem(*schools: dict[str, Any], **more: Any) -> Problem:
    """Five weeks with half-term in the middle, and music at each school in week A."""
    return Problem.model_validate(
        {
            "name": "Half-term",
            "horizon": {"first": "2026-10-12", "last": "2026-11-15"},
            "schools": schools,
            "people": [{"id": "ann", "name": "Ann", "home": schools[0]["id"]}],
            "shifts": [shift(row["id"]) for row in schools],
            "cycle_start": "2026-10-12",
            **more,
        }
    )


def runs(facts: Facts, shift: str) -> list[str]:
    """The dates of a shift."""
    return [f"{facts.date(d.day):%m-%d}" for d in facts.duties if d.shift == shift]


def test_after_half_term_the_letters_go_on_where_they_stopped() -> None:
    """By teaching weeks 2 November follows 19 October; by the calendar it is half-term's week A."""
    facts = Facts(problem(school("t", "2026-10-12"), school("c"), school("d", "2026-10-19")))
    assert runs(facts, "t") == ["10-12", "11-02"]
    assert runs(facts, "c") == ["10-12", "11-09"]
    assert runs(facts, "d") == ["10-19", "11-09"]


def test_every_week_counts_from_a_start_of_the_schools_own() -> None:
    """Two schools whose week A is not the same week."""
    facts = Facts(problem(school("a", "2026-10-19", "calendar"), school("c")))
    assert runs(facts, "a") == ["10-19", "11-02"]
    assert runs(facts, "c") == ["10-12", "11-09"]


def test_a_week_without_term_has_the_letter_of_the_next_that_has_one() -> None:
    """Before the first week as well as after it."""
    for start in ("2026-10-12", "2026-11-09", "2026-11-13"):
        at = CycleWeeks(problem(school("t", start))).at("t")
        found = [at(date(2026, 10, 12 + 7 * week), 2) for week in range(3)]
        found += [at(date(2026, 11, 2 + 7 * week), 2) for week in range(2)]
        expected = [1, 2, 1, 1, 2] if start == "2026-10-12" else [2, 1, 2, 2, 1]
        assert found == expected, start


def test_a_start_of_another_century_costs_nothing() -> None:
    """Far away every week counts."""
    open_always = {"id": "t", "name": "T", "cycle": {"start": "1066-10-14", "counts": "teaching"}}
    at = CycleWeeks(problem(open_always)).at("t")
    assert [at(date(9999, 12, 20), 2), at(date(9999, 12, 27), 2)] in ([1, 2], [2, 1])
    assert len(at._after) == MOST_COUNTED + 1  # type: ignore[attr-defined]  # noqa: SLF001


def test_peoples_times_count_as_the_school_of_their_post_does() -> None:
    """At home where they have a post there, else where their contract is."""

    def ann(*schools: str) -> list[dict[str, Any]]:
        held = [{"id": at, "role": "ta", "school": at} for at in schools]
        return [{"id": "ann", "name": "Ann", "home": "t", "works": [WEEK_A], "contracts": held}]

    both = school("t", "2026-10-12"), school("c")
    for posts, mondays in ((), "t"), (("t",), "t"), (("c", "t"), "t"), (("c",), "c"):
        facts = Facts(
            problem(*both, people=ann(*posts), shifts=[shift(mondays, {"weekdays": ["mon"]})])
        )
        free = [f"{facts.date(s.day):%m-%d}" for s in facts.stints if facts.free(0, s)]
        second = "11-02" if mondays == "t" else "11-09"
        assert free == ["10-12", second], posts


def test_secondments_count_as_the_host_does_and_things_as_their_owner() -> None:
    """Whose weeks are meant is where the work or the thing is."""
    row = {
        "id": "lent",
        "person": "ann",
        "contract": "1",
        "host": "t",
        "first": "2026-10-12",
        "last": "2026-11-15",
        "pattern": [WEEK_A],
    }
    held = [{"id": "1", "role": "ta", "school": "c"}]
    people = [{"id": "ann", "name": "Ann", "home": "c", "contracts": held}]
    bus = {"id": "bus", "name": "Bus", "owner": "t", "open": [{"weeks": WEEK_A["weeks"]}]}
    facts = Facts(
        problem(
            school("c"),
            school("t", "2026-10-12"),
            people=people,
            secondments=[row],
            resources=[bus],
        )
    )
    mondays = [0, 7, 21, 28]
    assert [bool(facts.employment.secondments(0, day)) for day in mondays] == [
        True,
        False,
        True,
        False,
    ]
    noon = [facts.clock.minute(facts.date(day), facts.problem.midday) for day in mondays]
    assert [facts.things[0].left(minute) for minute in noon] == [1, 0, 1, 0]


@pytest.mark.parametrize("start", ["2026-08-24", "2026-12-19"])
def test_a_start_outside_the_terms_is_refused(start: str) -> None:
    """Teaching weeks cannot be counted over terms that are not given."""
    given = problem(school("t", start)).model_dump(mode="json")
    sent = {"problem": given, "rules": []}
    with pytest.raises(InvalidRequest) as caught:
        read_request(sent)
    assert [found.pointer for found in caught.value.faults] == ["/problem/schools/0/cycle/start"]
    given["schools"][0]["cycle"]["counts"] = "calendar"
    read_request(sent)
