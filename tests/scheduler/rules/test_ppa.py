"""PPA by minutes of lessons: the trap of one afternoon, and the two ways out of it."""

import pytest

from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Placement
from scheduler.intake.parse import read_request
from scheduler.rulebook.check import check

BLOCKS = {
    "first": ("09:00", "09:30"),
    "am1": ("09:30", "10:30"),
    "am2": ("11:00", "12:15"),
    "pm": ("13:15", "15:20"),
}
"""290 minutes a day, 1,450 a week; half an hour of the morning by itself."""


def judged(planning: set[str], weeks: int) -> tuple[int, list[str]]:
    """What is missing where a teacher has PPA in some blocks, as block@date, and teaches the rest;
    the cycle is a number of weeks."""
    shifts = [
        {
            "id": f"{kind}-{block}",
            "name": kind,
            "school": "OAK",
            "start": start,
            "end": end,
            "needs": [{"count": 0, "who": {"people": ["t"]}}],
            "tags": [kind],
        }
        for block, (start, end) in BLOCKS.items()
        for kind in ("teaching", "ppa")
    ]
    lessons = [("09:00", "10:30"), ("11:00", "12:15"), ("13:15", "15:20")]
    request = read_request(
        {
            "problem": {
                "name": "A fortnight",
                "horizon": {"first": "2026-01-05", "last": "2026-01-18"},
                "schools": [
                    {
                        "id": "OAK",
                        "name": "Oakfield",
                        "lessons": [{"start": a, "end": b} for a, b in lessons],
                    }
                ],
                "people": [{"id": "t", "name": "T", "home": "OAK"}],
                "shifts": shifts,
            },
            "rules": [
                {
                    "kind": "ppa",
                    "teaching": {"tag": "teaching"},
                    "time": {"tag": "ppa"},
                    "weeks": weeks,
                }
            ],
        }
    )
    facts = Facts(request.problem)
    placements = tuple(
        Placement(person="t", duty=duty.id)
        for duty in facts.duties
        if ("ppa" in duty.tags) == (duty.id.partition("-")[2] in planning)
    )
    report = check(facts, request.rules, Plan.of(facts, Schedule(placements=placements)))
    return report.broken_musts, [b.sentence for f in report.findings for b in f.breaches]


WEDNESDAYS = {"pm@2026-01-07", "pm@2026-01-14"}


def test_one_afternoon_is_not_enough() -> None:
    """125 minutes, 1,325 taught, 132.5 asked for: 7.5 short in each week."""
    missing, said = judged(WEDNESDAYS, weeks=1)
    assert missing == 2 * 8
    assert len(said) == 2
    assert all("has 125 of the 132.5 minutes" in s and "7.5 short" in s for s in said)
    assert judged(WEDNESDAYS, weeks=2)[0] == 15


@pytest.mark.parametrize(
    ("planning", "weeks"),
    [
        (WEDNESDAYS | {"first@2026-01-09"}, 2),
        ({f"{b}@2026-01-{d:02}" for b in ("first", "am1", "am2") for d in (7, 14)}, 1),
    ],
    ids=["half an hour more once a fortnight", "a morning"],
)
def test_the_ways_out(planning: set[str], weeks: int) -> None:
    """280 minutes in a fortnight of 2,620 taught, of which 262 is a tenth; 165 in a week."""
    assert judged(planning, weeks) == (0, [])


def test_a_cycle_that_the_rota_cuts_is_not_judged_and_says_so() -> None:
    """Neither met nor broken: a week that begins before the rota, and one that ends after it."""
    shifts = [
        {
            "id": "teaching",
            "name": "Teaching",
            "school": "OAK",
            "start": "09:00",
            "end": "12:00",
            "needs": [{"count": 1}],
        },
        {
            "id": "ppa",
            "name": "PPA",
            "school": "OAK",
            "start": "13:00",
            "end": "14:00",
            "needs": [{"count": 0}],
        },
    ]
    request = read_request(
        {
            "problem": {
                "name": "From Wednesday to Wednesday",
                "horizon": {"first": "2026-01-07", "last": "2026-01-21"},
                "schools": [{"id": "OAK", "name": "Oakfield"}],
                "people": [{"id": "t", "name": "T", "home": "OAK"}],
                "shifts": shifts,
            },
            "rules": [
                {"kind": "ppa", "teaching": {"shifts": ["teaching"]}, "time": {"shifts": ["ppa"]}}
            ],
        }
    )
    facts = Facts(request.problem)
    placements = tuple(
        Placement(person="t", duty=duty.id) for duty in facts.duties if duty.id.startswith("t")
    )
    plan = Plan.of(facts, Schedule(placements=placements))
    (finding,) = check(facts, request.rules, plan).findings
    assert [b.where for b in finding.breaches] == [("t", "2026-01-12")]
    assert [(u.where, u.sentence) for u in finding.not_judged] == [
        (("t", "2026-01-07"), "not every working day of the week of Mon 5 Jan is known"),
        (("t", "2026-01-19"), "not every working day of the week of Mon 19 Jan is known"),
    ]
