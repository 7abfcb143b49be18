"""Facts of a collaboration that cannot be: refused, each with its place and the reason."""

import copy
from datetime import date
from typing import Any

import pytest

from models.facts.contracts import post_of, years_of
from models.facts.facts import Facts
from models.problem.problem import Problem
from scheduler.intake.parse import InvalidRequest, read_request

SECONDMENT = {
    "id": "s1",
    "person": "ann",
    "contract": "ann-1",
    "host": "FEL",
    "first": "2025-09-01",
    "last": "2026-08-31",
}

GOOD: dict[str, Any] = {
    "problem": {
        "name": "Two schools",
        "horizon": {"first": "2026-01-05", "last": "2026-01-09"},
        "roles": {"teacher": "teacher", "midday": "midday supervisor", "cleaner": "cleaner"},
        "schools": [
            {
                "id": "OAK",
                "name": "Oakfield",
                "lessons": [
                    {"start": "09:00", "end": "10:30"},
                    {"start": "11:00", "end": "12:15"},
                    {"start": "13:15", "end": "15:20"},
                ],
            },
            {"id": "FEL", "name": "Fellside"},
        ],
        "allowances": [
            {
                "id": "directed",
                "first": "2025-09-01",
                "last": "2026-08-31",
                "minutes": 75900,
                "source": "School Teachers' Pay and Conditions Document 2025: 1,265 hours",
            }
        ],
        "people": [
            {
                "id": "ann",
                "name": "Ann",
                "home": "OAK",
                "contracts": [
                    {
                        "id": "ann-1",
                        "role": "teacher",
                        "school": "OAK",
                        "fte_percent": 60,
                        "allowance": "directed",
                        "first": "2024-09-01",
                        "last": "2026-08-31",
                    }
                ],
                "works": [{"weekdays": ["mon", "tue", "wed"]}],
            },
            {
                "id": "bob",
                "name": "Bob",
                "home": "OAK",
                "contracts": [{"id": "bob-1", "role": "teacher", "school": "OAK"}],
                "works": [{"weekdays": ["wed", "thu", "fri"]}],
            },
            {
                "id": "meg",
                "name": "Meg",
                "home": "FEL",
                "contracts": [
                    {
                        "id": "meg-1",
                        "role": "midday",
                        "school": "FEL",
                        "minutes_per_week": 375,
                        "weeks_per_year": 38,
                    },
                    {
                        "id": "meg-2",
                        "role": "cleaner",
                        "school": "FEL",
                        "minutes_per_week": 600,
                        "weeks_per_year": 44,
                    },
                ],
            },
        ],
        "secondments": [SECONDMENT],
        "booked": [{"person": "ann", "contract": "ann-1", "what": "INSET", "minutes": 1800}],
        "shifts": [
            {
                "id": "class",
                "name": "Class",
                "school": "OAK",
                "start": "09:00",
                "end": "12:15",
                "needs": [{"count": 1}],
            },
            {
                "id": "lunch",
                "name": "Lunch",
                "school": "FEL",
                "start": "12:00",
                "end": "13:15",
                "needs": [{"count": 1, "who": {"role": "midday"}}],
            },
            {
                "id": "clean",
                "name": "Cleaning",
                "school": "FEL",
                "start": "15:45",
                "end": "17:45",
                "needs": [{"count": 1, "who": {"role": "cleaner"}}],
            },
        ],
    },
    "rules": [
        {
            "kind": "job_share",
            "people": ["ann", "bob"],
            "duties": {"shifts": ["class"]},
            "overlap": {"shifts": ["class"], "weekdays": ["wed"]},
        }
    ],
}


def faults(change: Any) -> dict[str, str]:
    """The pointers at fault after a change, with what is said."""
    document = copy.deepcopy(GOOD)
    change(document)
    with pytest.raises(InvalidRequest) as refused:
        read_request(document)
    return {f.pointer: f"{f.message} {f.hint}" for f in refused.value.faults}


def secondment(**fields: Any) -> Any:
    """A change of the secondment."""
    return lambda document: document["problem"]["secondments"][0].update(fields)


def contracts(*percents: int, **fields: Any) -> Any:
    """A change: Bob's contracts by their shares."""

    def change(document: Any) -> None:
        document["problem"]["people"][1]["contracts"] = [
            {"id": f"b{n}", "role": "teacher", "school": "OAK", "fte_percent": p, **fields}
            for n, p in enumerate(percents)
        ]

    return change


def test_what_is_well_is_read() -> None:
    """The document that the others spoil has no fault."""
    request = read_request(GOOD)
    assert request.problem.secondments[0].until == date(2026, 8, 31)


@pytest.mark.parametrize(
    ("change", "pointer", "said"),
    [
        (secondment(last="2026-09-30"), "last", "after the contract ends"),
        (secondment(first="2024-08-31"), "first", "before the contract begins"),
        (secondment(last="2026-12-31", ended="2026-09-01"), "ended", "after the contract ends"),
        (secondment(host="OAK"), "host", "own place of work"),
        (secondment(host="ELM"), "host", "names none of the schools"),
        (secondment(contract="bob-1"), "contract", "none of this person's contracts"),
        (secondment(person="zoe"), "person", "names none of the people"),
        (secondment(last="2025-01-01"), "", "last is before first"),
        (secondment(ended="2027-01-01"), "", "ended is not between"),
        (secondment(notice_by="2026-09-01"), "", "notice_by is after last"),
    ],
)
def test_a_secondment_that_cannot_be(change: Any, pointer: str, said: str) -> None:
    """Beyond its contract, to the school of the contract, of another's contract."""
    found = faults(change)
    place = "/problem/secondments/0" + (f"/{pointer}" if pointer else "")
    assert list(found) == [place]
    assert said in found[place]


def test_an_early_end_brings_a_secondment_within_its_contract() -> None:
    """What counts is the last day it runs."""
    document = copy.deepcopy(GOOD)
    secondment(last="2026-12-31", ended="2026-08-31")(document)
    read_request(document)


@pytest.mark.parametrize(
    ("mine", "theirs", "clash"),
    [
        (None, None, True),
        ([{"weekdays": ["mon"]}], [{"weekdays": ["tue"]}], False),
        ([{"weekdays": ["mon"]}], None, True),
        (
            [{"weekdays": ["mon"], "sessions": ["am"]}],
            [{"weekdays": ["mon"], "sessions": ["pm"]}],
            False,
        ),
        (
            [{"weekdays": ["mon"], "weeks": {"of": 2, "on": [1]}}],
            [{"weekdays": ["mon"], "weeks": {"of": 2, "on": [2]}}],
            False,
        ),
        ([{"end": "12:01"}], [{"start": "12:00"}], True),
    ],
)
def test_nobody_is_seconded_to_two_hosts_at_once(mine: Any, theirs: Any, clash: bool) -> None:
    """On one day they may be, in its two sessions, or week about."""
    document = copy.deepcopy(GOOD)
    document["problem"]["schools"].append({"id": "ELM", "name": "Elm"})
    document["problem"]["secondments"] = [
        {**SECONDMENT, "pattern": mine},
        {**SECONDMENT, "id": "s2", "host": "ELM", "pattern": theirs},
    ]
    if not clash:
        read_request(document)
        return
    with pytest.raises(InvalidRequest) as refused:
        read_request(document)
    assert [f.pointer for f in refused.value.faults] == ["/problem/secondments/1"]


def test_shares_of_more_than_one_post_are_refused() -> None:
    """60 and 50 percent at once; one after the other is well."""
    found = faults(contracts(60, 50))
    assert list(found) == ["/problem/people/1/contracts/1/fte_percent"]
    document = copy.deepcopy(GOOD)
    contracts(60, 40)(document)
    read_request(document)
    contracts(60, 50)(document)
    held = document["problem"]["people"][1]["contracts"]
    held[0]["last"], held[1]["first"] = "2025-12-31", "2026-01-01"
    read_request(document)


def test_a_later_contract_may_be_too_much() -> None:
    """Whichever of them is written first."""

    def change(document: Any) -> None:
        contracts(60, 50)(document)
        document["problem"]["people"][1]["contracts"][0]["first"] = "2026-01-01"

    assert list(faults(change)) == ["/problem/people/1/contracts/0/fte_percent"]


@pytest.mark.parametrize(
    ("works", "said"),
    [
        ([{"weekdays": ["fri"]}], "do not meet: on 2026-01-08"),
        ([{"weekdays": ["wed"], "sessions": ["pm"]}, {"weekdays": ["thu", "fri"]}], "overlap"),
    ],
)
def test_a_job_share_whose_days_do_not_meet(works: Any, said: str) -> None:
    """A day of the class on which neither works; an overlap at which not both do."""

    def change(document: Any) -> None:
        document["problem"]["people"][1]["works"] = works

    found = faults(change)
    assert set(found) <= {"/rules/0/people", "/rules/0/overlap"}
    assert any(said in pointer + message for pointer, message in found.items())


def test_years_of_one_allowance_do_not_overlap() -> None:
    """And a contract names one that there is."""

    def overlapping(document: Any) -> None:
        rows = document["problem"]["allowances"]
        rows.append({**rows[0], "first": "2026-08-31", "last": "2027-08-31"})

    assert list(faults(overlapping)) == ["/problem/allowances/1"]

    def unknown(document: Any) -> None:
        document["problem"]["people"][0]["contracts"][0]["allowance"] = "other"

    assert list(faults(unknown)) == ["/problem/people/0/contracts/0/allowance"]

    def of_another(document: Any) -> None:
        document["problem"]["booked"][0]["contract"] = "meg-1"

    assert list(faults(of_another)) == ["/problem/booked/0/contract"]


# ------------------------------------------------------------------ years of working time


def facts(**teacher: Any) -> Facts:
    """The facts, with another contract of Ann's."""
    document = copy.deepcopy(GOOD["problem"])
    document["people"][0]["contracts"][0].update(teacher)
    return Facts(Problem.model_validate(document))


def test_directed_time_is_pro_rata() -> None:
    """0.6 of 1,265 hours is 759; Monday to Wednesday of the timetabled week is the same."""
    (year,) = years_of(facts(), 0)
    assert year.allowed == 759 * 60
    assert year.promised == 1800
    (by_timetable,) = years_of(facts(fte_percent=None), 0)
    assert by_timetable.allowed == 759 * 60


def test_two_half_days_are_not_equal_shares() -> None:
    """A morning is 165 of 1,450 minutes and an afternoon 125."""
    document = copy.deepcopy(GOOD["problem"])
    ann = document["people"][0]
    del ann["contracts"][0]["fte_percent"]
    ann["works"] = [{"weekdays": ["mon", "tue"]}, {"weekdays": ["wed"], "sessions": ["am"]}]
    (year,) = years_of(Facts(Problem.model_validate(document)), 0)
    assert year.allowed == 75900 * 745 // 1450


def test_a_contract_of_half_a_year_allows_half() -> None:
    """By days in force."""
    (year,) = years_of(facts(first="2026-01-01"), 0)
    assert year.allowed == 759 * 60 * 243 // 365


def test_a_duty_counts_on_the_contract_of_its_role() -> None:
    """Meg serves lunch as midday supervisor and cleans as cleaner; 6.25 h x 38 and 10 h x 44."""
    both = facts()
    meg = both.person_number["meg"]
    roles = {
        both.duties[d.number].shift: post_of(both, meg, d.number, d.day)
        for d in both.duties
        if d.school == both.school_number("FEL")
    }
    assert {shift: post.id for shift, post in roles.items() if post} == {
        "lunch": "meg-1",
        "clean": "meg-2",
    }
    assert [year.allowed for year in years_of(both, meg)] == [375 * 38, 600 * 44]


def test_one_row_of_paid_weeks_holds_at_a_time() -> None:
    """Bands of service and years may stand side by side; the same twice may not. A table is known,
    and goes by the weeks that are worked."""
    row = {"id": "leave", "weeks": 39, "hundredths": 4400, "source": "The employer's table"}

    def table(*rows: dict[str, Any], **contract: Any) -> Any:
        def change(document: Any) -> None:
            document["problem"]["paid_weeks"] = [{**row, **r} for r in rows]
            document["problem"]["people"][0]["contracts"][0].update(contract)

        return change

    fine = ({"last": "2026-03-31"}, {"first": "2026-04-01"}, {"service_years": 5}, {"weeks": 38})
    document = copy.deepcopy(GOOD)
    table(*fine)(document)
    assert len(read_request(document).problem.paid_weeks) == len(fine)
    twice = ({"last": "2026-03-31"}, {"first": "2026-03-31"})
    assert list(faults(table(*twice))) == ["/problem/paid_weeks/1"]
    too_few = list(faults(table({"hundredths": 3800})))
    assert too_few == ["/problem/paid_weeks/0"]
    path = "/problem/people/0/contracts/0/paid_weeks"
    assert list(faults(table({}, paid_weeks="other", weeks_per_year=39))) == [path]
    assert list(faults(table({}, paid_weeks="leave"))) == [path]
