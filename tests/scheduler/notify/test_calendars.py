"""Calendars: UIDs that stay, a SEQUENCE that rises on change only, and who may read."""

from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Problem
from scheduler.notify.calendars import record
from scheduler.notify.feeds import Feeds, FeedWish, NewFeed, UnknownFeed, calendar
from scheduler.storage.tables import DEFAULT_TENANT
from scheduler.storage.tenant_scope import add_tenant, of_tenant

AT = datetime(2026, 3, 20, tzinfo=UTC)

PROBLEM: dict[str, Any] = {
    "name": "Hub",
    "horizon": {"first": "2026-03-27", "last": "2026-03-31"},
    "schools": [{"id": "oak", "name": "Oakfield"}],
    "groups": [{"id": "pod", "name": "Pod 1", "school": "oak"}],
    "people": [
        {"id": "ann", "name": "Ann", "home": "oak"},
        {"id": "bob", "name": "Bob", "home": "oak", "away": [{"first": "2026-03-31"}]},
    ],
    "children": [
        {
            "id": "CHILD7",
            "band": "KS1",
            "count": 3,
            "at": "oak",
            "groups": ["pod"],
            "dates": {"first": "2026-03-27", "last": "2026-03-31"},
        }
    ],
    "shifts": [
        {
            "id": "day",
            "name": "Day",
            "school": "oak",
            "group": "pod",
            "start": "09:00",
            "end": "15:30",
            "needs": [{"count": 1}],
        }
    ],
}

BEFORE = ("ann@27", "ann@30", "bob@30")


def publish(engine: sa.Engine, *turns: str, start: str = "09:00", rota: str = "hub") -> int:
    """A rota with these turns is published; says how many events changed."""
    shift = {**PROBLEM["shifts"][0], "start": start}
    facts = Facts(Problem.model_validate({**PROBLEM, "shifts": [shift]}))
    placed = [turn.split("@") for turn in turns]
    schedule = Schedule.model_validate(
        {"placements": [{"person": p, "duty": f"day@2026-03-{d}"} for p, d in placed]}
    )
    with Session(of_tenant(engine, DEFAULT_TENANT)) as session, session.begin():
        return record(session, DEFAULT_TENANT, rota, facts, Plan.of(facts, schedule))


def feed(engine: sa.Engine, of: Any = "person", id: str = "ann") -> tuple[NewFeed, str]:
    """A calendar and its token."""
    made = Feeds(engine, DEFAULT_TENANT).new(FeedWish(of=of, id=id))
    return made, made.path.removeprefix("/v1/calendars/").removesuffix(".ics")


def events(engine: sa.Engine, token: str, at: datetime = AT) -> dict[str, tuple[int, str]]:
    """Start to sequence and status."""
    found = icalendar.Calendar.from_ical(calendar(engine, token, at))
    return {
        event.decoded("dtstart").isoformat(): (int(str(event["sequence"])), str(event["status"]))
        for event in found.walk("VEVENT")
    }


def test_a_calendar_over_the_clock_change(engine: sa.Engine) -> None:
    """Nine o'clock before and after, with the zone written out, and a hint to come again."""
    publish(engine, *BEFORE)
    _, token = feed(engine)
    found = icalendar.Calendar.from_ical(calendar(engine, token, AT))
    assert [zone["TZID"] for zone in found.walk("VTIMEZONE")] == ["Europe/London"]
    assert found["REFRESH-INTERVAL"].to_ical() == b"PT1H"
    assert events(engine, token) == {
        "2026-03-27T09:00:00+00:00": (0, "CONFIRMED"),
        "2026-03-30T09:00:00+01:00": (0, "CONFIRMED"),
    }


def test_publishing_the_same_changes_nothing(engine: sa.Engine) -> None:
    """Not a byte, so the ETag stays."""
    assert publish(engine, *BEFORE) == 7
    _, token = feed(engine)
    before = calendar(engine, token, AT)
    assert publish(engine, *BEFORE) == 0
    assert calendar(engine, token, AT) == before


def test_what_is_taken_away_stays_as_cancelled(engine: sa.Engine) -> None:
    """With the next sequence; and comes back with the one after."""
    publish(engine, *BEFORE)
    _, token = feed(engine)
    publish(engine, "ann@27", "bob@30")
    assert events(engine, token) == {
        "2026-03-27T09:00:00+00:00": (0, "CONFIRMED"),
        "2026-03-30T09:00:00+01:00": (1, "CANCELLED"),
    }
    publish(engine, *BEFORE)
    assert events(engine, token)["2026-03-30T09:00:00+01:00"] == (2, "CONFIRMED")


def test_a_duty_that_moves_keeps_its_uid(engine: sa.Engine) -> None:
    """So that a calendar moves it and does not double it."""
    publish(engine, "ann@27")
    _, token = feed(engine)
    before = icalendar.Calendar.from_ical(calendar(engine, token, AT)).walk("VEVENT")
    publish(engine, "ann@27", start="08:00")
    after = icalendar.Calendar.from_ical(calendar(engine, token, AT)).walk("VEVENT")
    assert [e["uid"] for e in before] == [e["uid"] for e in after]
    assert [(e["sequence"], e.decoded("dtstart").hour) for e in after] == [(1, 8)]


@pytest.mark.parametrize(("of", "id"), [("school", "oak"), ("group", "pod")])
def test_a_place_has_a_calendar_too(engine: sa.Engine, of: str, id: str) -> None:
    """One event for all who are there, with their names; a change of people is a change."""
    publish(engine, *BEFORE)
    _, token = feed(engine, of, id)
    found = icalendar.Calendar.from_ical(calendar(engine, token, AT)).walk("VEVENT")
    assert [str(e["summary"]) for e in found] == ["Day: Ann", "Day: Ann, Bob"]
    publish(engine, "ann@27", "bob@30")
    found = icalendar.Calendar.from_ical(calendar(engine, token, AT)).walk("VEVENT")
    assert [(str(e["summary"]), e["sequence"]) for e in found] == [("Day: Ann", 0), ("Day: Bob", 1)]


def test_a_thing_has_a_calendar_too(engine: sa.Engine) -> None:
    """Where it is chosen to be, as long as nobody else can have it; the others show nothing."""
    asked = {
        "shifts": [],
        "schools": [{"id": id, "name": id} for id in ("oak", "fel")],
        "resources": [
            {"id": id, "name": id, "setup_minutes": 15, "clear_minutes": 10}
            for id in ("bus", "van")
        ],
        "activities": [
            {
                "id": "fair",
                "name": "Fair",
                "school": "oak",
                "minutes": 60,
                "venues": ["oak", "fel"],
                "uses": [{"one_of": ["bus", "van"]}],
                "needs": [{"count": 1}],
            }
        ],
    }
    facts = Facts(Problem.model_validate({**PROBLEM, "groups": [], "children": [], **asked}))

    def tell(start: str, thing: str) -> int:
        timed = {"activity": "fair", "start": start, "at": "fel", "things": [thing]}
        placed = [{"person": "ann", "duty": "fair"}]
        said = Schedule.model_validate({"placements": placed, "times": [timed]})
        with Session(of_tenant(engine, DEFAULT_TENANT)) as session, session.begin():
            return record(session, DEFAULT_TENANT, "hub", facts, Plan.of(facts, said))

    tell("2026-03-30T10:00", "van")
    tokens = {id: feed(engine, "resource", id)[1] for id in ("bus", "van")}
    (seen,) = icalendar.Calendar.from_ical(calendar(engine, tokens["van"], AT)).walk("VEVENT")
    assert [str(seen[name]) for name in ("summary", "location", "sequence")] == [
        "Fair: Ann",
        "fel",
        "0",
    ]
    lasts = [seen.decoded(name).strftime("%H:%M") for name in ("dtstart", "dtend")]
    assert lasts == ["09:45", "11:10"]
    assert events(engine, tokens["bus"]) == {}
    for of, id in (("school", "oak"), ("school", "fel"), ("person", "ann")):
        (_, token), there = feed(engine, of, id), id != "oak"
        assert len(events(engine, token)) == there
        assert (b"LOCATION:fel" in calendar(engine, token, AT)) == there
    assert tell("2026-03-30T10:00", "van") == 0
    tell("2026-03-30T10:00", "bus")
    assert [s for _, s in events(engine, tokens["van"]).values()] == ["CANCELLED"]
    assert [s for _, s in events(engine, tokens["bus"]).values()] == ["CONFIRMED"]


def test_no_child_and_no_reason(engine: sa.Engine) -> None:
    """In any calendar."""
    publish(engine, *BEFORE)
    for of, id in (("person", "bob"), ("school", "oak"), ("group", "pod")):
        content = calendar(engine, feed(engine, of, id)[1], AT)
        assert b"CHILD7" not in content
        assert b"away" not in content


def test_a_person_sees_all_their_rotas_and_nobody_elses(engine: sa.Engine) -> None:
    """Two rotas do not disturb each other."""
    publish(engine, "ann@27")
    publish(engine, "ann@30", "bob@27", rota="other")
    _, token = feed(engine)
    assert len(events(engine, token)) == 2
    publish(engine, rota="other")
    assert [s for _, s in events(engine, token).values()] == ["CONFIRMED", "CANCELLED"]


def test_a_calendar_reaches_so_far(engine: sa.Engine) -> None:
    """Thirty days back and 180 ahead."""
    publish(engine, "ann@27")
    _, token = feed(engine)
    day = datetime(2026, 3, 27, tzinfo=UTC)
    assert len(events(engine, token, day + timedelta(days=29))) == 1
    assert len(events(engine, token, day + timedelta(days=32))) == 0
    assert len(events(engine, token, day - timedelta(days=181))) == 0


def test_an_address_that_was_revoked_leads_nowhere(engine: sa.Engine) -> None:
    """Others for the same person go on; a token is not kept."""
    publish(engine, "ann@27")
    (made, token), (_, other) = feed(engine), feed(engine)
    feeds = Feeds(engine, DEFAULT_TENANT)
    feeds.revoke(made.about.id)
    with pytest.raises(UnknownFeed):
        calendar(engine, token, AT)
    assert len(events(engine, other)) == 1
    assert len(token) >= 43
    with engine.connect() as connection:
        kept = str(connection.execute(sa.text("SELECT * FROM feed")).all())
    assert token not in kept
    for wrong in ("", token[:-1], "nothing"):
        with pytest.raises(UnknownFeed):
            calendar(engine, wrong, AT)


def test_another_tenants_calendars(engine: sa.Engine) -> None:
    """Are neither listed nor revoked, and show the tenant's own people only."""
    add_tenant(engine, "other", "Other schools")
    publish(engine, "ann@27")
    made, _ = feed(engine)
    others = Feeds(engine, "other")
    assert others.list() == ()
    with pytest.raises(UnknownFeed):
        others.revoke(made.about.id)
    theirs = others.new(FeedWish(of="person", id="ann")).path.rpartition("/")[2][:-4]
    assert events(engine, theirs) == {}
