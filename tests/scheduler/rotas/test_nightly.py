"""Nights: once for each local date, frozen where people rely on it, proposed, reproducible."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from models.register.register import Statement
from scheduler.engine import schedule
from scheduler.intake.parse import read_case
from scheduler.jobs.workflow_port import Queue
from scheduler.operations.data_protection import Protection
from scheduler.rotas.nightly import Nights, NightView, NightWatch, day_of
from scheduler.rotas.rota_store import RegisterReader
from scheduler.storage.tables import DEFAULT_TENANT, Job, JobRequestRow
from scheduler.storage.tenant_scope import of_tenant
from scheduler.storage.tenant_tables import Night, RotaWork
from tests.service.collaboration import NAMES, SBM, Collaboration, away
from tests.service.statements import item, mis, typed

SUNDAY_NIGHT = datetime(2026, 5, 10, 21, 0, tzinfo=UTC)
"""22:00 in London, the night before Monday 11 May."""

Make = Callable[..., Collaboration]


@pytest.fixture
def make(engine: sa.Engine, queue: Queue) -> Make:
    """A collaboration with a rota that holds, and what its nights are to be like."""
    return lambda **nightly: Collaboration(engine, queue, **nightly).published()


def _night(hub: Collaboration, moment: datetime = SUNDAY_NIGHT) -> NightView:
    """A whole night: begun, answered, ended."""
    [begun] = hub.nights.begin(moment)
    if begun.job_id is None:
        return begun
    hub.answer(begun.job_id)
    [ended] = hub.nights.end()
    assert ended.day == begun.day
    return ended


def _someone_on(hub: Collaboration, day: str) -> str:
    return next(p.person for p in hub.schedule().placements if p.duty == f"hub@{day}")


def _days(duties: list[str]) -> set[date]:
    return {date.fromisoformat(duty.partition("@")[2]) for duty in duties}


def test_a_sickness_of_sunday_night(make: Make) -> None:
    """Scenario C, whole: an open-ended absence comes and one is taken back; today and the next
    school day are covered for certain and frozen else, later days are tentative, few people
    change, each line has its reason, and the published version stays until a person publishes."""
    hub = make(notice_days=1)
    sick, well = _someone_on(hub, "2026-05-11"), "fay"
    hub.say(away(well, "2026-05-18", "2026-05-19", id="S2"))
    hub.say(mis(withdrawn=[{"kind": "absence", "id": "S2"}]))
    hub.say(away(sick, "2026-05-11", None))
    before = hub.schedule()
    night = _night(hub)
    assert (night.state, night.day, night.version) == ("proposed", date(2026, 5, 11), 2)
    assert hub.rotas.get("hub").published == 1
    assert hub.schedule() == before

    after = hub.schedule(2)
    frozen = {date(2026, 5, 11), date(2026, 5, 12)}
    assert not _days(hub.on(sick, 2)) & frozen
    for person in {p.person for p in before.placements} - {sick}:
        kept = _days(hub.on(person, 1)) & frozen
        assert kept <= _days(hub.on(person, 2)), "a person expected in the next days comes"
    for day in frozen:
        there = [p for p in after.placements if p.duty == f"hub@{day}"]
        assert len(there) == 2
    later = {d for d in _days(hub.on(sick, 1)) if d not in frozen}
    assert later <= _days(hub.on(sick, 2)), "what is only tentative is not given away"

    changed = {p.person for p in hub.versions.compare("hub", 1, 2).people} - {sick}
    assert len(changed) <= 4
    assert 1 <= len(night.note) <= 10
    assert "(is away)" in " ".join(night.note)
    assert any("away for an unknown time" in line for line in night.note) == bool(later)
    view = hub.versions.get("hub", 2)
    assert (view.origin, view.author, view.parent) == ("night", "The night", 1)
    case, result = hub.versions.answer("hub", 2)
    assert case.request.limits.reproducible
    assert result.receipt.input_hash == view.input_hash
    assert hub.versions.publish("hub", 2, 1, SBM).published_by == "Bea Moss"
    unsure = hub.versions.stretches("hub", SBM, sick, today=date(2026, 5, 11))
    assert {s.start.date() for s in unsure if s.tentative} == later


def test_who_is_away_for_an_unknown_time_gets_nothing_new(make: Make) -> None:
    """Duties that were published stay with them, tentative; no later ones are added, by a new solve
    or by the night, while others are free. Before the absence they come as ever."""
    hub = make()
    before = _days(hub.on("bob"))
    hub.say(away("bob", "2026-05-13", None))
    case = hub.rotas.snapshot("hub", date(2026, 5, 11))
    forbidden = _days([p.duty for p in case.request.problem.forbidden if p.person == "bob"])
    workdays = {date(2026, 5, day) for day in (15, 18, 19, 20, 21, 22)}
    assert forbidden == workdays - before
    assert {p.person for p in case.request.problem.forbidden} == {"bob"}
    assert hub.versions.answer("hub", 1)[0].request.problem.forbidden == ()
    for found in (schedule(case).schedule, hub.schedule(_night(hub).version)):
        assert found is not None
        bob = _days([p.duty for p in found.placements if p.person == "bob"])
        assert {day for day in bob if day >= date(2026, 5, 13)} <= before


def test_in_a_first_rota_who_is_away_for_an_unknown_time_has_no_duty(
    engine: sa.Engine, queue: Queue
) -> None:
    """Nor beyond the next school day; it is read again as it was stored."""
    hub = Collaboration(engine, queue)
    hub.say(away("ann", "2026-05-11", None))
    case = hub.rotas.snapshot("hub", date(2026, 5, 11))
    found = schedule(read_case(case.request.model_dump(mode="json")))
    assert found.schedule is not None
    assert len(found.schedule.placements) == 20
    assert "ann" not in {p.person for p in found.schedule.placements}


def test_the_same_data_give_the_same_rota(make: Make) -> None:
    """However often the night's request is solved."""
    hub = make()
    hub.say(away(_someone_on(hub, "2026-05-11"), "2026-05-11", "2026-05-13"))
    [begun] = hub.nights.begin(SUNDAY_NIGHT)
    assert begun.job_id is not None
    first = hub.answer(begun.job_id)
    hub.nights.end()
    again = hub.rotas.solve("hub", SBM).id
    with Session(hub.engine) as session, session.begin():
        session.get_one(JobRequestRow, again).request = session.get_one(
            JobRequestRow, begun.job_id
        ).request
    second = hub.answer(again)
    assert second.schedule == first.schedule
    assert second.receipt.input_hash == first.receipt.input_hash


def test_nothing_new_is_not_solved_again(make: Make) -> None:
    """Until something is: then the next night works again; but what is open-ended moves on."""
    hub = make()
    assert _night(hub).state == "unchanged"
    assert hub.versions.get("hub", 2).state == "discarded"
    monday = SUNDAY_NIGHT + timedelta(days=1)
    skipped = _night(hub, monday)
    assert (skipped.state, skipped.note) == ("skipped", ("Nothing is new since the last night.",))
    hub.say(away(_someone_on(hub, "2026-05-20"), "2026-05-20", "2026-05-20"))
    assert _night(hub, monday + timedelta(days=1)).state == "proposed"
    assert _night(hub, monday + timedelta(days=2)).state == "skipped"
    assert [n.state for n in hub.nights.of(DEFAULT_TENANT, "hub")] == [
        "skipped",
        "proposed",
        "skipped",
        "unchanged",
    ]


def test_no_answer_in_time_keeps_what_holds(make: Make) -> None:
    """And says what is wrong with it; the next night tries again."""
    hub = make()
    sick = _someone_on(hub, "2026-05-11")
    hub.say(away(sick, "2026-05-11", "2026-05-13"))
    [begun] = hub.nights.begin(SUNDAY_NIGHT)
    assert begun.job_id is not None
    hub.no_answer(begun.job_id)
    [night] = hub.nights.end()
    assert (night.state, night.version) == ("kept", None)
    assert night.note[0] == "There was no answer in time: the published rota stays in force."
    assert any("is away" in line for line in night.note[1:])
    assert len(night.note) <= 10
    assert hub.rotas.get("hub").published == 1
    assert [v.number for v in hub.versions.list("hub")] == [1]
    assert _night(hub, SUNDAY_NIGHT + timedelta(days=1)).state == "proposed"


def test_a_night_may_publish_what_is_worse_in_nothing(make: Make) -> None:
    """If the owner allows it; and does not if it would be worse in anything."""
    hub = make(publish_by_itself=True)
    hub.say(away(_someone_on(hub, "2026-05-13"), "2026-05-13", "2026-05-13"))
    night = _night(hub)
    assert night.state == "published"
    held = hub.versions.get("hub")
    assert (held.number, held.published_by) == (2, "The night, as revision 1 allows")
    for name in ("ann", "bob", "cat", "dev", "eve"):
        hub.say(away(name, "2026-05-14", "2026-05-15", id=f"S-{name}"))
    worse = _night(hub, SUNDAY_NIGHT + timedelta(days=1))
    assert worse.state in ("proposed", "kept")
    assert hub.rotas.get("hub").published == 2


def test_a_night_that_is_killed_goes_on_with_the_rest(make: Make, engine: sa.Engine) -> None:
    """Each rota is begun whole or not at all, and none twice."""
    hub = make()
    for name in ("b", "c", "d"):
        hub.rotas.create(f"hub-{name}", hub.rotas.get("hub").definition, SBM)
        hub.answer(hub.rotas.solve(f"hub-{name}", SBM).id)
        hub.versions.settle(f"hub-{name}")
        hub.versions.publish(f"hub-{name}", 1, None, SBM)

    class Killed(BaseException):
        """Stands for the end of the process."""

    asked = []

    def jobs_of(tenant: str) -> Any:
        asked.append(tenant)
        if len(asked) == 3:
            raise Killed
        return hub.jobs

    with pytest.raises(Killed):
        Nights(engine, jobs_of).begin(SUNDAY_NIGHT)
    assert hub.nights.open() == 2
    reads = []
    event.listen(
        engine,
        "before_cursor_execute",
        lambda *said: reads.append(said[2]) if "FROM register_entry" in said[2] else None,
    )
    rest = hub.nights.begin(SUNDAY_NIGHT)
    assert [n.rota for n in rest] == ["hub-c", "hub-d"]
    assert len(reads) == 1, "all rotas of a night are made from one reading of the register"
    assert hub.nights.begin(SUNDAY_NIGHT) == []
    with Session(of_tenant(engine, DEFAULT_TENANT)) as session:
        nights = session.scalars(sa.select(Night)).all()
        assert len({n.job_id for n in nights}) == 4
        works = session.scalars(sa.select(RotaWork).where(RotaWork.night.is_not(None))).all()
        assert {w.job_id for w in works} == {n.job_id for n in nights}
        lanes = session.scalars(sa.select(Job.lane).where(Job.id.in_(w.job_id for w in works)))
        assert set(lanes) == {"nightly"}


def test_what_was_read_before_an_erasure_is_not_used_after_it(
    make: Make, engine: sa.Engine
) -> None:
    """Neither of the newest version nor of an older one."""
    hub = make()
    sam = NAMES[0].lower()
    reader = RegisterReader()
    with Session(of_tenant(engine, DEFAULT_TENANT)) as session:
        version = hub.register.version()
        before = reader.at(session, DEFAULT_TENANT, version)
        assert reader.at(session, DEFAULT_TENANT) is before
    Protection(engine, DEFAULT_TENANT).erase(sam)
    with Session(of_tenant(engine, DEFAULT_TENANT)) as session:
        for asked in (None, version):
            known = reader.at(session, DEFAULT_TENANT, asked)
            assert sam not in {e.id for e in known.people_of(hub.rotas.get("hub").definition)}


def test_of_many_that_look_at_once_one_begins_a_night(make: Make) -> None:
    """However many services watch the clocks."""
    hub = make()
    barrier = threading.Barrier(4)

    def begin() -> list[NightView]:
        barrier.wait()
        return hub.nights.begin(SUNDAY_NIGHT)

    with ThreadPoolExecutor(4) as pool:
        found = [
            night for began in [pool.submit(begin) for _ in range(4)] for night in began.result()
        ]
    assert [night.rota for night in found] == ["hub"]
    assert hub.nights.open() == 1


def test_nights_that_nobody_was_there_for_are_not_made_up(make: Make) -> None:
    """Three days down: the coming date has its night, late in the same night too; gone ones not."""
    hub = make()
    hub.say(away(_someone_on(hub, "2026-05-14"), "2026-05-14", "2026-05-14"))
    back = SUNDAY_NIGHT + timedelta(days=3, hours=5)
    watch = NightWatch(hub.nights, time(22))
    [night] = hub.nights.begin(back, due=watch.due)
    assert (night.day, night.state) == (date(2026, 5, 14), "queued")
    assert hub.nights.begin(back + timedelta(hours=4), due=watch.due) == []
    assert [n.day for n in hub.nights.of(DEFAULT_TENANT, "hub")] == [date(2026, 5, 14)]


def test_a_busy_rota_is_looked_at_again(make: Make) -> None:
    """Its night is not lost."""
    hub = make()
    job = hub.rotas.solve("hub", SBM)
    assert hub.nights.begin(SUNDAY_NIGHT) == []
    hub.answer(job.id)
    assert len(hub.nights.begin(SUNDAY_NIGHT)) == 1


def test_sources_are_asked_first(make: Make, engine: sa.Engine) -> None:
    """What may apply by itself is applied; a source that fails does not cost the night."""
    hub = make()
    sick = _someone_on(hub, "2026-05-11")

    def pull(_: str) -> list[Statement]:
        leaver = [{"kind": "person", "id": "fay"}]
        absent = item("absence", "S9", person=sick, first="2026-05-11", last="2026-05-11")
        return [mis(absent, withdrawn=leaver)]

    hub.nights = Nights(engine, lambda tenant: hub.jobs, pull)
    assert _night(hub).state == "proposed"
    assert "hub@2026-05-11" not in hub.on(sick, 2)
    known = {e.id: e for e in hub.register.entries(kind="person")}
    assert not known["fay"].gone, "a person confirms who left"

    def broken(_: str) -> list[Statement]:
        raise OSError("the MIS is away")

    hub.nights = Nights(engine, lambda tenant: hub.jobs, broken)
    assert _night(hub, SUNDAY_NIGHT + timedelta(days=1)).state == "skipped"


def test_a_rota_that_no_longer_fits_keeps_what_holds(make: Make) -> None:
    """And says where, without what was sent."""
    hub = make()
    hub.say(typed(withdrawn=[{"kind": "school", "id": "oak"}]))
    night = _night(hub)
    assert night.state == "kept"
    assert night.note[0].endswith("the published rota stays in force.")
    assert len(night.note) > 1


def test_nothing_published_is_nothing_to_begin_from(engine: sa.Engine, queue: Queue) -> None:
    """It is said, and the next night looks again."""
    hub = Collaboration(engine, queue)
    assert _night(hub).note == ("Nothing is published yet.",)
    hub.published()
    assert _night(hub, SUNDAY_NIGHT + timedelta(days=1)).state == "unchanged"


@pytest.mark.parametrize(
    ("zone", "sunday"),
    [("Europe/London", date(2026, 3, 29)), ("Europe/London", date(2026, 10, 25))],
)
def test_the_clocks_change_and_each_date_has_one_night(zone: str, sunday: date) -> None:
    """A day of 23 hours and one of 25: looked at each minute, no date comes twice or is left out,
    and no night begins at an hour that is not there."""
    watch = NightWatch(Nights.__new__(Nights), time(22))
    moment = datetime(sunday.year, sunday.month, sunday.day, 12, tzinfo=UTC) - timedelta(days=2)
    seen: list[date] = []
    for _ in range(5 * 24 * 60):
        moment += timedelta(minutes=1)
        local = moment.astimezone(ZoneInfo(zone))
        if watch.due(local.time()):
            day = day_of(zone, moment)
            if day not in seen:
                seen.append(day)
                assert local.hour == 22
    assert seen == [sunday + timedelta(days=n) for n in (-1, 0, 1, 2, 3)]


def test_each_zone_has_its_own_evening() -> None:
    """At one moment it is already tomorrow's night in one place, and still today's in another."""
    moment = datetime(2026, 5, 10, 17, 30, tzinfo=UTC)
    assert day_of("Europe/London", moment) == date(2026, 5, 11)
    assert day_of("Atlantic/Azores", moment) == date(2026, 5, 10)
