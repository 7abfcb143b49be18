"""Activities in whole requests: clashes, moves, deadlines, slack, routes."""

from datetime import date
from typing import Any

import pytest

from models.answer.result import Result, ResultStatus
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.engine import schedule
from scheduler.exchange.render.formats import render
from scheduler.exchange.render.grid import Grid
from scheduler.exchange.render.report_text import account, agenda, judgement
from scheduler.intake.parse import InvalidRequest, read_request
from scheduler.intake.request import RotaRequest
from scheduler.report.summary import summarise
from scheduler.rulebook.check import check
from scheduler.wording import of_unit

WEEK = {"first": "2026-01-05", "last": "2026-01-09"}


def activity(id: str, **more: Any) -> dict[str, Any]:
    """An activity of an hour at nine."""
    return {
        "id": id,
        "name": id.capitalize(),
        "school": "oak",
        "minutes": 60,
        "windows": [{"start": "09:00", "end": "10:00"}],
        **more,
    }


def request(activities: list[dict[str, Any]], rules: list[Any], **more: Any) -> RotaRequest:
    """A week at two schools."""
    return read_request(
        {
            "problem": {
                "name": "A week",
                "horizon": WEEK,
                "schools": [{"id": "oak", "name": "Oak"}, {"id": "fell", "name": "Fell"}],
                "travel": [{"between": ["oak", "fell"], "minutes": 25}],
                "people": [],
                "activities": activities,
                **more,
            },
            "rules": rules,
            "limits": {"seconds": 200, "workers": 1},
        }
    )


def plan(asked: RotaRequest, result: Result) -> Plan:
    """The plan of an answer."""
    assert result.schedule is not None
    return Plan.of(Facts(asked.problem), result.schedule)


def test_an_impossible_plan_names_the_stages_and_the_dates_that_clash() -> None:
    """Both are possible early in the week only, and three days must lie between them; the third
    activity has no part in it."""
    early = {"dates": {"weekdays": ["mon", "tue"]}}
    asked = request(
        [activity("review", **early), activity("talk", **early), activity("choir", **early)],
        [
            {
                "kind": "stages",
                "measure": "days",
                "steps": [{"activity": "talk", "after": "review", "least": 3}],
            }
        ],
    )
    result = schedule(asked)
    assert result.status is ResultStatus.IMPOSSIBLE
    assert result.clash is not None
    assert result.clash.minimal
    members = {(m.kind, m.where) for m in result.clash.members}
    assert ("stages", ("review", "talk")) in members
    assert members <= {
        ("stages", ("review", "talk")),
        ("windows", ("review",)),
        ("windows", ("talk",)),
    }
    assert "Review is possible from Mon 5 Jan to Tue 6 Jan only." in {
        m.sentence for m in result.clash.members
    } or "Talk is possible from Mon 5 Jan to Tue 6 Jan only." in {
        m.sentence for m in result.clash.members
    }
    assert "Talk is at least 3 days after Review" in result.clash.sentence
    assert any("the nearest that would do: Thu 8 Jan" in way for way in result.clash.ways)
    assert result.clash.relaxations


def test_a_booking_that_is_in_the_way_is_named() -> None:
    """The hall is taken on the only morning."""
    asked = request(
        [activity("play", dates={"first": "2026-01-05", "last": "2026-01-05"}, **_HALL)],
        [],
        resources=[
            {
                "id": "hall",
                "name": "Hall",
                "bookings": [{"start": "2026-01-05T08:00", "end": "2026-01-05T12:00"}],
            }
        ],
    )
    result = schedule(asked)
    assert result.status is ResultStatus.IMPOSSIBLE
    assert result.clash is not None
    kinds = {m.kind for m in result.clash.members}
    assert kinds == {"capacity", "bookings", "windows"}
    assert any(m.sentence.startswith("Hall is booked") for m in result.clash.members)
    ways = " ".join(result.clash.ways)
    assert "Without the booking of Hall at 08:00 on Mon 5 Jan." in ways
    assert "the nearest that would do: Tue 6 Jan 09:00-10:00 at Oak: Play (Hall)" in ways
    assert "With 1 more of Hall." in ways


_HALL = {"uses": [{"one_of": ["hall"]}]}


def test_when_a_cook_is_off_the_lesson_moves_and_not_the_meal() -> None:
    """The manager covers the stove on Tuesday; one change only, and that of the activity."""
    people = [
        {"id": "cook", "name": "Cook", "home": "oak", "away": [{"weekdays": ["tue"]}]},
        {"id": "manager", "name": "Manager", "home": "oak"},
    ]
    days = ("mon", "tue", "wed", "thu", "fri")
    stove = {
        "id": "stove",
        "name": "Stove",
        "school": "oak",
        "start": "08:30",
        "end": "13:30",
        "needs": [{"count": 1, "most": 1}],
        "when": {"weekdays": days},
    }
    lesson = activity("lesson", needs=[{"count": 1, "most": 1, "who": {"people": ["manager"]}}])
    dates = [f"2026-01-{n:02}" for n in range(5, 10)]
    told = {
        "placements": [
            *({"person": "cook", "duty": f"stove@{day}"} for day in dates),
            {"person": "manager", "duty": "lesson"},
        ],
        "times": [{"activity": "lesson", "start": "2026-01-06T09:00"}],
    }
    asked = request(
        [lesson],
        [
            {"kind": "cover", "priority": "must"},
            {"kind": "least_change", "priority": 1},
        ],
        people=people,
        shifts=[stove],
        published=told,
    )
    result = schedule(asked)
    assert result.status is ResultStatus.OPTIMAL
    found = plan(asked, result)
    facts = found.facts
    assert found.works(facts.person_number["manager"], facts.duty_number["stove@2026-01-06"])
    (timed,) = found.schedule().times
    assert timed.start.date() != date(2026, 1, 6)
    summary = summarise(facts, found, asked.all_rules)
    moved = [a for a in summary.amendments if a.change == "moved"]
    assert [a.duty for a in moved] == ["lesson"]


def test_the_answer_shows_deadlines_slack_and_routes() -> None:
    """A kit at two schools on one morning, a note within two days, and no spare day."""
    kit = {"uses": [{"one_of": ["kit"]}]}
    windows = [{"start": "09:00", "end": "12:00"}]
    asked = request(
        [
            *(activity(f"lesson-{n}", tags=["lesson"], **kit) for n in range(1, 4)),
            activity("visit", school="fell", windows=windows, tags=["lesson"], **kit),
            activity("note", tags=["lesson"]),
        ],
        [
            {"kind": "activities_per_period", "period": "day", "activities": {"tag": "lesson"}},
            {
                "kind": "stages",
                "measure": "school_days",
                "steps": [{"activity": "note", "after": "visit", "least": 1, "most": 2}],
            },
        ],
        resources=[{"id": "kit", "name": "Kit", "travels": True, "owner": "oak", "approval": True}],
    )
    result = schedule(asked)
    assert result.status is ResultStatus.OPTIMAL
    assert "There is no spare day: one lost day forces a double." in result.notes
    summary = summarise(Facts(asked.problem), plan(asked, result), asked.all_rules)
    events = {event.activity: event for event in summary.events}
    assert any("2 school days after Visit" in said for said in events["note"].remarks)
    assert [w.status for w in events["visit"].waiting] == ["not asked"]
    (route,) = summary.routes
    assert len(route.stops) == 4
    assert [s.start for s in route.stops] == sorted(s.start for s in route.stops)
    sections = {section.title: section for section in account(result, summary)}
    assert len(sections["Activities"].lines) == 5
    assert sections["Where things are"].lines[0][0] == "Kit:"


def test_what_is_left_out_says_where_it_would_fit_best() -> None:
    """Three want two kits at nine; on the second possible day these are booked."""
    kits = {"optional": True, "uses": [{"one_of": ["kit"]}]}
    days = [{"first": "2026-01-06", "last": f"2026-01-0{last}"} for last in (6, 6, 7)]
    asked = request(
        [activity(f"lesson-{n}", dates=day, **kits) for n, day in enumerate(days)],
        [{"kind": "optional_take_place", "priority": 1}],
        resources=[
            {
                "id": "kit",
                "name": "Kit",
                "capacity": 2,
                "stock": [{"when": {"weekdays": ["tue"]}, "capacity": 1}],
                "bookings": [{"start": "2026-01-07T08:00", "end": "2026-01-07T09:30", "amount": 2}],
            }
        ],
    )
    result = schedule(asked)
    assert [level.value for level in result.levels] == [2]
    summary = summarise(Facts(asked.problem), plan(asked, result), asked.all_rules)
    said = {event.activity: event.remarks for event in summary.events if event.start is None}
    assert len(said) == 2
    (remark,) = said["lesson-1"] if "lesson-1" in said else said["lesson-0"]
    assert remark.startswith(
        "Nearest: on Tue 6 Jan 09:00-10:00 at Oak, but for this: Kit: 2 in use"
    )


def test_what_waits_for_its_owner_is_not_certain() -> None:
    """Refused at nine on Monday, granted for Tuesday, asked otherwise; published or not, a
    calendar says tentative."""
    approvals: list[dict[str, str]] = [
        {"activity": "play", "status": "asked"},
        {"activity": "play", "status": "granted", "start": "2026-01-06T09:00"},
        {"activity": "play", "status": "refused", "start": "2026-01-05T09:00"},
    ]
    hall = {"id": "hall", "name": "Hall", "owner": "fell", "approval": True}
    play = activity("play", **_HALL)

    def answer(rule: dict[str, Any], start: str | None = None) -> tuple[RotaRequest, Result]:
        told = {"placements": [], "times": [{"activity": "play", "start": start}]}
        asked = request(
            [play],
            [rule, {"kind": "early_in_window", "priority": 2}],
            resources=[{**hall, "approvals": approvals}],
            **({"published": told} if start else {}),
        )
        return asked, schedule(asked)

    wish = {"kind": "approved_uses", "priority": 1}
    asked, result = answer(wish, "2026-01-06T09:00")
    (timed,) = plan(asked, result).schedule().times
    assert timed.start.date() == date(2026, 1, 6)
    assert (
        b"STATUS:CONFIRMED" in render("ics", Facts(asked.problem), plan(asked, result), result)[0]
    )
    approvals.pop(1)
    asked, result = answer(wish, "2026-01-06T09:00")
    found = plan(asked, result)
    facts = found.facts
    assert found.place(facts.occasions[0]) != 0  # Monday is refused
    assert b"STATUS:TENTATIVE" in render("ics", facts, found, result)[0]
    (event,) = summarise(facts, found, asked.all_rules).events
    assert [w.status for w in event.waiting] == ["asked"]
    assert answer({"kind": "approved_uses"})[1].status is ResultStatus.IMPOSSIBLE


def test_what_cannot_be_is_a_fault_with_its_place() -> None:
    """More than there ever are, a resource that is not known, a period without a name."""
    with pytest.raises(InvalidRequest) as raised:
        request(
            [
                activity("play", uses=[{"one_of": ["hall"], "amount": 3}]),
                activity("choir", uses=[{"one_of": ["barn"]}]),
                activity("dance", dates={"in_period": "sats"}, presence=[{"who": {"home": "oak"}}]),
            ],
            [{"kind": "bundle", "activities": ["play", "nothing"]}],
            resources=[{"id": "hall", "name": "Hall", "capacity": 2}],
        )
    pointers = {fault.pointer for fault in raised.value.faults}
    assert pointers == {
        "/problem/activities/0/uses/0/amount",
        "/problem/activities/1/uses/0/one_of/0",
        "/problem/activities/2/dates/in_period",
        "/problem/activities/2/presence",
        "/rules/0/activities/1",
    }
    assert not any("nothing" in f.message + f.hint for f in raised.value.faults)


def _two_trips(*bookings: dict[str, Any]) -> RotaRequest:
    """Two trips of two hours, from nine and from ten, that each need one of two buses."""
    trips = [
        activity("p", minutes=120, windows=[{"start": "09:00"}], uses=[{"one_of": ["bus"]}]),
        activity("q", minutes=120, windows=[{"start": "10:00"}], uses=[{"one_of": ["bus"]}]),
    ]
    day = {"first": "2026-01-05", "last": "2026-01-05"}
    trips = [{**t, "step": 900, "dates": day} for t in trips]
    bus = {"id": "bus", "name": "Bus", "capacity": 2, "travels": True, "bookings": bookings}
    return request(trips, [], resources=[bus])


def test_a_booking_of_any_bus_has_the_one_that_fits_and_a_named_one_its_own() -> None:
    """The first that is free at its time would leave no bus for a trip."""
    early = {"start": "2026-01-05T09:00", "end": "2026-01-05T10:00"}
    late = {"start": "2026-01-05T11:00", "end": "2026-01-05T12:00"}
    result = schedule(_two_trips(early, late))
    assert result.status is ResultStatus.OPTIMAL
    assert result.schedule is not None
    assert {timed.things for timed in result.schedule.times} == {("bus.1",), ("bus.2",)}
    named = schedule(_two_trips({**early, "unit": "bus.2"}, {**late, "unit": "bus.2"}))
    assert named.status is ResultStatus.IMPOSSIBLE
    assert named.clash is not None
    assert "Bus is booked" in named.clash.sentence
    with pytest.raises(InvalidRequest) as invalid:
        _two_trips({**early, "unit": "bus.3"})
    assert [f.pointer for f in invalid.value.faults] == ["/problem/resources/0/bookings/0/unit"]


def test_what_another_takes_the_place_of_is_not_said_to_be_left_out() -> None:
    """Two lessons, each once, in the morning or in the afternoon: a line for each, and what both
    rules say is said once. Lessons of one name at one time have one code."""
    spans = {"am": "09:00", "pm": "13:00"}
    lessons = [
        activity(
            f"{kind}-{half}",
            name="Lesson" if half == "am" else f"Late {kind}",
            optional=True,
            windows=[{"start": start, "end": f"{int(start[:2]) + 1}:00"}],
            needs=[{"count": 1}],
        )
        for kind in ("soup", "bread")
        for half, start in spans.items()
    ]
    rules = [
        {"kind": "alternatives", "activities": [f"{kind}-am", f"{kind}-pm"], "says": "Each once."}
        for kind in ("soup", "bread")
    ]
    asked = request(lessons, rules, people=[{"id": "ann", "name": "Ann", "home": "oak"}])
    facts = Facts(asked.problem)
    mornings = facts.named(["soup-am", "bread-am"])
    made = Plan(
        facts,
        [(0, o.duties[0]) for o in mornings],
        {o.number: o.starts[day] for day, o in enumerate(mornings)},
    )
    summary = summarise(facts, made, asked.all_rules)
    assert {event.activity for event in summary.events if event.spared} == {"soup-pm", "bread-pm"}
    assert [line for line, _ in agenda(summary)] == [
        "Mon 5 Jan 09:00-10:00 at Oak: Lesson (Ann)",
        "Tue 6 Jan 09:00-10:00 at Oak: Lesson (Ann)",
    ]
    [musts] = judgement(check(facts, asked.all_rules, made))
    assert [line for line, _ in musts.lines].count("Met: Each once.") == 1
    happen = [line.name for line in Grid(facts, made).lines if any(map(made.stint, line.duties))]
    assert happen == ["Lesson"]


@pytest.mark.parametrize(
    ("unit", "one"),
    [
        ("seats", "1 seat"),
        ("people", "1 person"),
        ("children's days", "1 children's day"),
        ("pairs of uses", "1 pair of uses"),
        ("school days", "1 school day"),
        ("minutes or days", "1 minute or day"),
    ],
)
def test_one_is_not_said_as_many(unit: str, one: str) -> None:
    """A rule's unit is in the plural."""
    assert of_unit(1, unit) == one
    assert of_unit(2, unit) == f"2 {unit}"
