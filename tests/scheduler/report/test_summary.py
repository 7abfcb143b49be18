"""What a schedule amounts to, on a rota small enough to count by hand."""

from datetime import date
from typing import Any

from models.answer.schedule import Schedule
from models.answer.summary import Summary
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import ActivityTime, Placement, Problem
from scheduler.report.summary import summarise
from scheduler.rules import RULES

PROBLEM: dict[str, Any] = {
    "name": "A hub",
    "horizon": {"first": "2026-01-05", "last": "2026-01-07"},
    "skills": {"pfa": "paediatric first aid", "dsl": "safeguarding lead"},
    "schools": [{"id": "OAK", "name": "Oakfield"}],
    "people": [
        {
            "id": "T01",
            "name": "Ann",
            "home": "OAK",
            "contracts": [{"id": "1", "role": "teacher", "school": "OAK", "fte_percent": 100}],
            "skills": [{"skill": "pfa", "last": "2026-01-05"}],
        },
        {
            "id": "T02",
            "name": "Bob",
            "home": "OAK",
            "contracts": [{"id": "1", "role": "teacher", "school": "OAK", "fte_percent": 50}],
            "away": [{"first": "2026-01-06", "last": "2026-01-06"}],
        },
        {"id": "T03", "name": "Cat", "home": "OAK", "tags": ["no"], "away": [{}]},
        {"id": "T04", "name": "Dan", "home": "OAK", "tags": ["no"]},
        {"id": "T05", "name": "Eve", "home": "OAK", "works": [{"weekdays": ["mon"]}]},
    ],
    "roles": {"teacher": "Class teacher"},
    "children": [
        {
            "band": "KS1",
            "count": 4,
            "at": "OAK",
            "dates": {"first": "2026-01-05", "last": "2026-01-06"},
        }
    ],
    "shifts": [
        {
            "id": "pod-1",
            "name": "Pod 1",
            "school": "OAK",
            "start": "09:00",
            "end": "15:00",
            "unpaid_minutes": 30,
            "needs": [{"count": 1, "who": {"none": [{"tag": "no"}]}}],
        },
        {
            "id": "club",
            "name": "Club",
            "school": "OAK",
            "start": "14:00",
            "end": "16:00",
            "dates": ["2026-01-06"],
            "when": {"last": "2026-01-04"},
            "needs": [{"count": 1, "who": {"people": ["T01"]}}],
        },
    ],
}


def _summary(
    *placed: tuple[str, str],
    problem: dict[str, Any] = PROBLEM,
    rules: tuple[dict[str, Any], ...] = (),
    times: tuple[ActivityTime, ...] = (),
) -> Summary:
    facts = Facts(Problem.model_validate(problem))
    placements = tuple(Placement(person=person, duty=duty) for person, duty in placed)
    plan = Plan.of(facts, Schedule(placements=placements, times=times))
    return summarise(facts, plan, [RULES[r["kind"]].model_validate(r) for r in rules])


MON, TUE, WED = (f"pod-1@2026-01-0{n}" for n in (5, 6, 7))
CLUB = "club@2026-01-06"


def test_coverage_counts_needed_there_missing_spare_and_who_could_step_in() -> None:
    """On Monday two are there for one place and Eve could step in; on Tuesday Ann is in the club,
    Bob is away, and Eve does not work."""
    found = {c.duty: c for c in _summary(("T01", MON), ("T02", MON), ("T01", CLUB)).coverage}
    monday, tuesday = found[MON], found[TUE]
    assert (monday.needed, monday.there, monday.missing, monday.spare) == (1, 2, 0, 1)
    assert (monday.people, monday.reserve) == (("T01", "T02"), 1)
    assert (tuesday.needed, tuesday.there, tuesday.missing, tuesday.spare) == (1, 0, 1, 0)
    assert tuesday.reserve == 0


def test_loads_are_set_against_a_share_by_contract() -> None:
    """Three days among 100, 50 and 100 hundredths of a post: 1.2, 0.6 and 1.2 days."""
    pods, _ = _summary(("T01", MON), ("T01", TUE), ("T02", WED)).pools
    assert pods.name == "Pod 1"
    assert [(x.person, x.days, x.minutes, x.target, x.difference) for x in pods.loads] == [
        ("T01", 2, 660, 120, 80),
        ("T02", 1, 330, 60, 40),
        ("T05", 0, 0, 120, -120),
    ]


def test_diaries_list_each_day_once_and_all_minutes() -> None:
    """Ann has two duties on Tuesday: one day, 330 and 120 minutes."""
    (diary,) = _summary(("T01", TUE), ("T01", CLUB)).diaries
    assert (diary.dates, diary.duties) == ((date(2026, 1, 6),), (TUE, CLUB))
    assert diary.minutes == 450


def test_skills_on_site_count_only_while_they_are_valid() -> None:
    """Ann's certificate ends on Monday; skills nobody holds are shown with nobody."""
    monday, tuesday = _summary(("T01", MON), ("T01", TUE)).site_days
    assert monday.skills == {"pfa": ("T01",), "dsl": ()}
    assert tuesday.skills == {"pfa": (), "dsl": ()}
    assert (monday.children, tuesday.children) == ({"KS1": 4}, {"KS1": 4})
    assert monday.people[0].start.hour == 9


def test_who_is_at_work_without_a_duty_is_on_site() -> None:
    """By their pattern, with their skills, until their absence; a duty makes the day longer."""
    document = {**PROBLEM, "people": [dict(person) for person in PROBLEM["people"]]}
    works = [{"at": "OAK", "start": "08:30", "end": "12:00"}, {}]
    document["people"][0]["works"] = works
    document["people"][1] |= {"works": works, "skills": [{"skill": "dsl"}]}
    found = _summary(("T01", MON), problem=document)
    monday, tuesday, wednesday = found.site_days
    assert [(p.person, f"{p.start:%H:%M}", f"{p.end:%H:%M}") for p in monday.people] == [
        ("T01", "08:30", "15:00"),
        ("T02", "08:30", "12:00"),
    ]
    assert [len(p.duties) for p in monday.people] == [1, 0]
    assert monday.skills == {"pfa": ("T01",), "dsl": ("T02",)}
    assert [p.person for p in tuesday.people] == ["T01"], "the other is away"
    assert [p.person for p in wednesday.people] == ["T01", "T02"]
    held = {(s.date.day, s.session): s.skills["dsl"] for s in found.sessions}
    assert held == {
        (5, "am"): ("T02",),
        (5, "pm"): (),
        (6, "am"): (),
        (7, "am"): ("T02",),
    }


def test_whoever_is_not_used_is_told_why() -> None:
    """Never qualified, never available, or not needed: one sentence each."""
    said = {n.person: n.sentence for n in _summary(("T01", MON)).not_used}
    assert said == {
        "T02": "Bob could have done 2 duties; 1 of them short of people.",
        "T03": "Cat does not meet any need of this rota.",
        "T04": "Dan does not meet any need of this rota.",
        "T05": "Eve could have done 1 duty; others cover it.",
    }
    away = {**PROBLEM, "shifts": [{**PROBLEM["shifts"][0], "needs": [{"count": 0}]}]}
    said = {n.person: n.sentence for n in _summary(problem=away).not_used}
    assert said["T03"] == "Whenever there is something that Cat could do, they are away."


def test_an_unfilled_place_says_who_could_and_why_each_does_not() -> None:
    """Away, on another duty, in the way of a must."""
    rules = ({"kind": "consecutive_days", "most": 1}, {"kind": "cover"})
    places = {u.duty: u for u in _summary(("T01", CLUB), ("T02", MON), rules=rules).unfilled}
    assert [c.sentence for c in places[TUE].candidates] == [
        "Ann is on Club on Tue 6 Jan at that time.",
        "Bob is away.",
        "Eve does not work on that day and has not agreed to.",
    ]
    assert places[TUE].sentence == (
        "Pod 1 on Tue 6 Jan is short of 1 person. Of those who meet its need, Bob and Eve are away "
        "or do not work then; Ann has another duty then."
    )
    assert [c.sentence for c in places[WED].candidates] == [
        "Ann is free then, but that would break \N{LEFT DOUBLE QUOTATION MARK}People work at most "
        "1 day in a row\N{RIGHT DOUBLE QUOTATION MARK}: Ann works on Wed 7 Jan, day 2 in a row; 1 "
        "is the most.",
        "Bob is free then, and the rota would be better for it: the search ended before it came to "
        "that. Maybe allow more limits.seconds, or pin it?",
        "Eve does not work on that day and has not agreed to.",
    ]


def test_a_wish_in_the_way_is_named_with_its_priority() -> None:
    """Cover at priority 2 gives way to what is asked for at priority 1."""
    rules = (
        {"kind": "consecutive_days", "most": 1, "priority": 1},
        {"kind": "cover", "priority": 2},
    )
    places = {u.duty: u for u in _summary(("T01", CLUB), rules=rules).unfilled}
    ann = places[WED].candidates[0]
    assert (ann.why, ann.sentence) == (
        "wish",
        "Ann is free then. It costs 1 more day at priority 1, "
        "\N{LEFT DOUBLE QUOTATION MARK}Days in a row\N{RIGHT DOUBLE QUOTATION MARK}.",
    )


def test_a_place_that_nobody_can_fill_says_so() -> None:
    """No candidates, no guesses."""
    shift = {**PROBLEM["shifts"][0], "needs": [{"count": 2, "who": {"people": ["T01"]}}]}
    problem = {**PROBLEM, "shifts": [shift]}
    nobody = {**PROBLEM, "shifts": [{**shift, "needs": [{"count": 1, "who": {"tag": "none"}}]}]}
    assert _summary(("T01", MON), problem=problem).unfilled[0].sentence == (
        "Pod 1 on Mon 5 Jan is short of 1 person: nobody else meets its need."
    )
    assert _summary(problem=nobody).unfilled[0].sentence == (
        "Pod 1 on Mon 5 Jan is short of 1 person: nobody meets its need."
    )


def test_changes_are_listed_against_what_people_were_told() -> None:
    """Added, removed, moved; and nothing where nothing was published."""
    told = {
        **PROBLEM,
        "activities": [
            {
                "id": "talk",
                "name": "Talk",
                "school": "OAK",
                "minutes": 60,
                "windows": [{"start": "09:00", "end": "15:00"}],
                "needs": [{"count": 1}],
            }
        ],
        "published": {
            "placements": [{"person": "T01", "duty": MON}, {"person": "T02", "duty": WED}],
            "times": [{"activity": "talk", "start": "2026-01-05T09:00"}],
        },
    }
    moved = (ActivityTime.model_validate({"activity": "talk", "start": "2026-01-06T10:00"}),)
    found = _summary(("T02", MON), ("T02", WED), problem=told, times=moved).amendments
    assert [(a.change, a.sentence) for a in found] == [
        ("removed", "Ann no longer has Pod 1 on Mon 5 Jan."),
        ("added", "Bob now has Pod 1 on Mon 5 Jan."),
        ("moved", "Talk moves from Mon 5 Jan 09:00 to Tue 6 Jan 10:00."),
    ]
    assert _summary(("T02", MON)).amendments == ()
