"""Hours: directed time to the tenth of an hour, warned before it is broken, both jobs together."""

from datetime import date, timedelta
from typing import Any

import pytest

from models.answer.result import ResultStatus
from models.answer.schedule import Schedule
from models.answer.summary import YearOfHours
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Placement
from scheduler.engine import schedule
from scheduler.exchange.render.report_text import consequences
from scheduler.intake.parse import read_request
from scheduler.intake.request import RotaRequest
from scheduler.report import hours
from scheduler.report.summary import summarise

TWILIGHTS = [date(2025, 9, 10) + timedelta(weeks=3 * n) for n in range(9)]
"""Nine Wednesdays on which both teams could train together after school."""


def year(twilights: int, *, priority: str | int = "must", as_of: str = "2025-09-01") -> RotaRequest:
    """T01's and J1a's year, and a number of twilights of two and a half hours that need them."""

    def teacher(id: str, percent: int) -> dict[str, Any]:
        contract = {
            "id": f"{id}-1",
            "role": "teacher",
            "school": "OAK",
            "fte_percent": percent,
            "allowance": "directed-time",
        }
        return {"id": id, "name": id, "home": "OAK", "contracts": [contract]}

    def booked(what: str, minutes: int, times: int, state: str = "promised") -> dict[str, Any]:
        row = {"person": "T01", "contract": "T01-1", "what": what, "minutes": minutes}
        return {**row, "times": times, "state": state}

    twilight = {
        "id": "twilight",
        "name": "Joint twilight",
        "school": "OAK",
        "start": "15:45",
        "end": "18:15",
        "when": {"first": "2025-08-31", "last": "2025-08-31"},
        "dates": [day.isoformat() for day in TWILIGHTS[:twilights]],
        "needs": [{"id": "T01", "who": {"people": ["T01"]}, "count": 1}],
    }
    return read_request(
        {
            "problem": {
                "name": "A year of directed time",
                "horizon": {"first": "2025-09-01", "last": "2026-07-20"},
                "as_of": as_of,
                "roles": {"teacher": "Teacher"},
                "schools": [{"id": "OAK", "name": "Oakfield"}],
                "allowances": [
                    {
                        "id": "directed-time",
                        "first": "2025-09-01",
                        "last": "2026-08-31",
                        "minutes": 1265 * 60,
                        "source": "School Teachers' Pay and Conditions Document",
                    }
                ],
                "people": [teacher("T01", 100), teacher("J1a", 60)],
                "booked": [
                    booked("Teaching, 5.833 h on 190 days", 350, 190),
                    booked("INSET", 6 * 60, 5),
                    booked("Staff meetings", 75, 38),
                    booked("Parents' evenings", 9 * 60, 1),
                    booked("Contingency", 50 * 60, 1, "reserved"),
                ],
                "shifts": [twilight] if twilights else [],
            },
            "rules": [
                {"kind": "cover", "priority": "must"},
                {"kind": "within_allowance", "priority": priority},
            ],
            "limits": {"seconds": 200},
        }
    )


def all_of(request: RotaRequest) -> tuple[Facts, Plan]:
    """The schedule in which T01 does every twilight."""
    facts = Facts(request.problem)
    placements = tuple(Placement(person="T01", duty=duty.id) for duty in facts.duties)
    return facts, Plan.of(facts, Schedule(placements=placements))


def ledger(request: RotaRequest) -> dict[str, YearOfHours]:
    """The year of each person."""
    return {row.person: row for row in hours.years(*all_of(request))}


def test_what_is_left_of_1265_hours() -> None:
    """1,108.3 + 30 + 47.5 + 9 = 1,194.8, 50 kept back, 20.2 left; 0.6 of it is 759."""
    rows = ledger(year(0))
    t01 = rows["T01"]
    assert t01.allowed == 1265 * 60
    assert round(t01.promised / 60, 1) == 1194.8
    assert t01.reserved == 50 * 60
    assert round(t01.left / 60, 1) == 20.2
    assert rows["J1a"].allowed == 759 * 60


@pytest.mark.parametrize(
    ("twilights", "status"), [(8, ResultStatus.OPTIMAL), (9, ResultStatus.IMPOSSIBLE)]
)
def test_eight_twilights_fit_and_nine_are_refused(twilights: int, status: ResultStatus) -> None:
    """Eight are 20.0 hours of the 20.2; nine are 22.5."""
    result = schedule(year(twilights))
    assert result.status is status
    if status is ResultStatus.IMPOSSIBLE:
        assert result.clash is not None
        said = " ".join(member.sentence for member in result.clash.members)
        assert "year" in said


def test_nine_twilights_are_warned_of() -> None:
    """Over by 2.3 hours, which is 2 h 20; as a wish it costs 140 minutes."""
    result = schedule(year(9, priority=1))
    assert result.report is not None
    assert result.report.costs == {1: 140}
    (finding,) = [f for f in result.report.findings if f.kind == "within_allowance"]
    assert finding.breaches[0].sentence == (
        "T01 has 22 h 30 on this rota on top of 1244 h 50 already committed; 1265 h is the year's "
        "allowance, 2 h 20 too much."
    )
    said = ledger(year(9))["T01"].warning
    assert said == "T01 needs 2 h 20 of the time kept back from the year's 1265 h."


def test_little_left_is_warned_of_before_it_is_broken() -> None:
    """Ten minutes are left after eight; the warning stands with the answer."""
    request = year(8)
    said = ledger(request)["T01"].warning
    assert said == "T01 has only 0 h 10 left of the year's 1265 h."
    facts, plan = all_of(request)
    (warnings,) = [
        s for s in consequences(summarise(facts, plan, request.all_rules)) if s.title == "Warnings"
    ]
    assert (said, ()) in warnings.lines


def test_days_before_today_are_delivered() -> None:
    """On the fourth of eight Wednesdays three are delivered and five are planned."""
    row = ledger(year(8, as_of=TWILIGHTS[3].isoformat()))["T01"]
    assert (row.delivered, row.planned) == (3 * 150, 5 * 150)
    assert row.left == 10


def test_a_host_must_say_by_the_end_of_may() -> None:
    """D4: named two months ahead, and not before; an unconfirmed check is named always."""
    sent = year(0).model_dump(mode="json")
    sent["problem"]["schools"].append({"id": "FEL", "name": "Fellside"})
    sent["problem"]["secondments"] = [
        {
            "id": "s1",
            "person": "J1a",
            "contract": "J1a-1",
            "host": "FEL",
            "first": "2025-09-01",
            "last": "2026-08-31",
            "notice_by": "2026-05-31",
            "checks_confirmed": True,
        }
    ]

    def said(as_of: str, **fields: Any) -> list[str]:
        sent["problem"]["as_of"] = as_of
        sent["problem"]["secondments"][0].update(fields)
        return [notice.sentence for notice in hours.notices(Facts(read_request(sent).problem))]

    assert said("2026-03-31") == []
    assert said("2026-04-01") == [
        "J1a is seconded to Fellside until 31 Aug 2026; if that is to change, Fellside must say so "
        "by 31 May 2026."
    ]
    assert said("2026-06-01") == []
    assert said("2026-06-01", checks_confirmed=False) == [
        "J1a is seconded to Fellside until 31 Aug 2026, without the employer's written "
        "confirmation of checks."
    ]


# ------------------------------------------------------------------ term time only, and its pay


def term_time(**contract: Any) -> Facts:
    """An assistant of 27.5 hours in 39 weeks, five years in service since 15 December 2025; her
    employer pays 44 weeks, from five years on 45, and since April 2026 45.5."""
    table = {"id": "leave", "weeks": 39, "source": "The employer's table"}
    said = {
        "id": "TA-1",
        "role": "ta",
        "school": "OAK",
        "minutes_per_week": 1650,
        "weeks_per_year": 39,
        "paid_weeks": "leave",
        "service_since": "2020-12-15",
        **contract,
    }
    problem = {
        "name": "Term time only",
        "horizon": {"first": "2025-11-03", "last": "2025-11-07"},
        "roles": {"ta": "Teaching assistant"},
        "schools": [{"id": "OAK", "name": "Oakfield"}],
        "people": [{"id": "TA", "name": "TA", "home": "OAK", "contracts": [said]}],
        "paid_weeks": [
            {**table, "hundredths": 4400},
            {**table, "hundredths": 4500, "service_years": 5, "last": "2026-03-31"},
            {**table, "hundredths": 4550, "service_years": 5, "first": "2026-04-01"},
        ],
    }
    return Facts(read_request({"problem": problem, "rules": [{"kind": "cover"}]}).problem)


def test_weeks_that_are_paid_are_more_than_those_worked() -> None:
    """27.5 hours in 39 weeks are 1,072.5 a year. Paid are four months of 44 weeks a year, three of
    45 and five of 45.5: 44.875 weeks, 1,234 hours. Another number of weeks is not in the table."""

    def row(**contract: Any) -> YearOfHours:
        facts = term_time(**contract)
        (found,) = hours.years(facts, Plan(facts, [], {}))
        return found

    assert row().allowed == 1072.5 * 60
    assert row().paid == int(1650 * (4 * 44 + 3 * 45 + 5 * 45.5) / 12)
    assert row(service_since=None).paid == 1650 * 44
    assert row(weeks_per_year=38).paid is None
    assert row(paid_weeks=None).paid is None
