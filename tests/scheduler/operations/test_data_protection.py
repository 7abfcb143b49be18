"""Data protection: a person is given all that is known of them, and nothing of them stays."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.answer.result import Result
from models.problem.problem import Placement
from models.register.rota import Swap
from scheduler.access.keys import KeyRole, Keys, KeyWish
from scheduler.jobs.workflow_port import Queue
from scheduler.notify.feeds import Feeds, FeedWish
from scheduler.operations.data_protection import Protection, StillBusy
from scheduler.register.store import UnknownEntry
from scheduler.rotas.retention import Retention, RetentionDays
from scheduler.storage.audit import Audit
from scheduler.storage.clock import now
from scheduler.storage.tables import (
    DEFAULT_TENANT,
    Checkpoint,
    JobEventRow,
    JobRequestRow,
    TableRow,
)
from scheduler.storage.tenant_tables import RotaWork
from tests.service.collaboration import SBM, Collaboration, away
from tests.service.statements import item, typed

MARKS = ("Zebedée Quixote", "zqx77")

HELD_IN = {
    "job_request": "jobs",
    "job_answer": "jobs",
    "register_entry": "entries",
    "register_import": "imports",
    "rota": "own_rotas",
    "rota_revision": "definitions",
    "rota_work": "jobs",
    "rota_version": "rotas",
    "rota_acknowledgement": "acknowledged",
    "night": "notes",
    "key": "keys",
    "feed": "feeds",
    "calendar_event": "calendar",
}
"""Tables in which something of a person stands, and where an export shows it."""


NAMES_PEOPLE = {
    "calendar_event": "subject title",
    "feed": "subject",
    "job_answer": "result",
    "job_checkpoint": "schedule",
    "job_event": "what",
    "job_request": "request",
    "key": "name person",
    "night": "note",
    "register_entry": "id body",
    "register_import": "statement changes",
    "rota": "definition",
    "rota_acknowledgement": "person",
    "rota_revision": "definition",
    "rota_version": "request result note author published_by",
    "rota_work": "author",
}
"""Columns in which somebody may be named: an erasure reaches each of them."""

NAMES_NOBODY = {
    "audit": "tenant key action object hash",  # people by a mark that only the tenant's salt makes
    "calendar_event": "tenant uid rota place zone",
    "feed": "tenant id hash",
    "job": "id tenant rota lane state input_hash idempotency_key worker progress result_status"
    " error evidence",  # evidence is removed whole
    "job_answer": "job_id",
    "job_checkpoint": "job_id levels claim",
    "job_event": "job_id kind",
    "job_request": "job_id",
    "key": "id tenant hash role schools created_by",
    "night": "tenant rota state job_id input_hash",
    "page_session": "tenant hash key",
    "pull_source": "tenant id kind school base client token_url secret said",  # of a server
    "register_entry": "tenant kind",
    "register_import": "tenant id key source state applied",
    "register_source": "tenant id applies",
    "register_version": "tenant key source import_id",
    "rota": "tenant id time_zone",
    "rota_acknowledgement": "tenant rota key",
    "rota_revision": "tenant rota key",
    "rota_version": "tenant rota state origin job_id input_hash",
    "rota_work": "tenant job_id rota origin key",
    "sign_in_link": "tenant hash key",
    "tenant": "id name salt settings audit_hash",
    "webhook": "tenant id url types secret old_secret",
    "webhook_delivery": "tenant webhook message state claim",
    "webhook_message": "tenant id type body",  # thin: what has happened, not to whom
    "worker": "name state version slots",
}
"""Columns in which nobody is."""


def _columns(said: dict[str, str]) -> set[str]:
    return {f"{table}.{name}" for table, names in said.items() for name in names.split()}


def _naming(engine: sa.Engine) -> set[str]:
    """Columns in which something of a person stands now."""
    with Session(engine) as session:
        return {
            f"{table.name}.{column.name}"
            for table in TableRow.metadata.sorted_tables
            for column in table.columns
            if any(mark in repr(v) for v in session.scalars(sa.select(column)) for mark in MARKS)
        }


def test_of_each_column_it_is_known_whether_it_names_people() -> None:
    """A new one has to be thought of, here and in an erasure."""
    words = {
        f"{table.name}.{column.name}"
        for table in TableRow.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, sa.String | sa.JSON)
    }
    assert words == _columns(NAMES_PEOPLE) | _columns(NAMES_NOBODY)
    assert not _columns(NAMES_PEOPLE) & _columns(NAMES_NOBODY)


@pytest.fixture
def hub(engine: sa.Engine, queue: Queue) -> Collaboration:
    """With a person whom nothing else is called like, absent, swapped and mentioned."""
    hub = Collaboration(engine, queue)
    hub.say(typed(item("person", MARKS[1], _ours=MARKS[1], name=MARKS[0], home="oak")))
    hub.say(typed(item("person", "a", _ours="annb", name="Ann Zebedée", home="oak")))
    hub.published()
    hub.say(away("ann", "2026-05-11", None))
    hub.say(typed(item("absence", "z", person=MARKS[1], first="2026-05-18", last="2026-05-19")))
    hub.answer(hub.rotas.solve("hub", SBM).id)
    hub.versions.settle("hub")
    return hub


def _involve(hub: Collaboration) -> None:
    """The person decides, is named by the rota itself, has a calendar, has seen what they do, and
    falls ill before the night."""
    wish = KeyWish(name=MARKS[0], role=KeyRole.PUBLISHER, person=MARKS[1])
    Keys(hub.engine, DEFAULT_TENANT).new(wish, "sbm")
    them = SBM.model_copy(update={"name": MARKS[0]})
    never = [{"person": MARKS[1], "duty": "hub@2026-05-22"}]
    seldom = {
        "kind": "consecutive_days",
        "most": 1,
        "priority": 2,
        "people": {"people": [MARKS[1]]},
    }
    hub.rotas.amend(
        "hub",
        [
            {"op": "add", "path": "/request/problem/forbidden", "value": never},
            {"op": "add", "path": "/request/rules/-", "value": seldom},
        ],
        them,
    )
    hub.answer(hub.rotas.solve("hub", them).id)
    hub.versions.settle("hub")
    hub.versions.publish("hub", 3, 1, them)
    come = Placement(person=MARKS[1], duty="hub@2026-05-13")
    if come not in hub.schedule().placements:
        hub.swaps.swap("hub", 3, Swap(give=(come,)), SBM)
    held = hub.rotas.get("hub").published
    assert held is not None
    hub.versions.acknowledge("hub", held, MARKS[1], SBM)
    Feeds(hub.engine, DEFAULT_TENANT).new(FeedWish(of="person", id=MARKS[1]))
    ill = {"person": MARKS[1], "first": "2026-05-13", "last": "2026-05-13"}
    hub.say(typed(item("absence", "y", **ill)))
    [night] = hub.nights.begin(datetime(2026, 5, 10, 21, tzinfo=UTC))
    assert night.job_id is not None
    hub.answer(night.job_id)
    hub.nights.end()


def _everything(engine: sa.Engine, *only: str) -> str:
    """All that stands in our tables, or in some."""
    found = []
    with Session(engine) as session:
        for table in TableRow.metadata.sorted_tables:
            if only and table.name not in only:
                continue
            # As plain tuples: a row shows itself shortened.
            found += [repr(tuple(row)) for row in session.execute(sa.select(table))]
    return "\n".join(found)


def test_an_export_is_all_there_is(hub: Collaboration) -> None:
    """Register, rotas, jobs; and that it was given out is written down."""
    protection = Protection(hub.engine, DEFAULT_TENANT)
    held = protection.export(MARKS[1], "sbm")
    assert {e["kind"] for e in held.entries} == {"person", "absence"}
    assert {r["version"] for r in held.rotas} == {1, 2}
    assert len(held.jobs) == 2
    lines = Audit(hub.engine, DEFAULT_TENANT).page(person=MARKS[1]).items
    assert [line.action for line in lines] == ["person exported"]
    with pytest.raises(UnknownEntry):
        protection.export("nobody")


def test_an_export_reaches_every_table(hub: Collaboration) -> None:
    """Wherever something of a person stands, there is a part of the export that shows it."""
    _involve(hub)
    found = {
        name
        for name in TableRow.metadata.tables
        if any(mark in _everything(hub.engine, name) for mark in MARKS)
    }
    assert found == set(HELD_IN)
    held = Protection(hub.engine, DEFAULT_TENANT).export(MARKS[1], "sbm").model_dump()
    assert not [field for field in HELD_IN.values() if not held[field]]
    assert [d["version"] for d in held["decided"]] == [3]


def test_who_is_erased_is_in_no_table(hub: Collaboration) -> None:
    """However much they had to do with it; nor can their key be used, and the register says that
    it is another."""
    _involve(hub)
    with Session(hub.engine) as session, session.begin():
        # What only a running job has, as if it were left behind.
        sent = session.scalars(
            sa.select(JobRequestRow).where(JobRequestRow.request.contains(MARKS[1]))
        ).first()
        assert sent is not None
        placement = {"person": MARKS[1], "duty": "hub@2026-05-13"}
        what = {"placements": [placement], "said": f"{MARKS[0]} is away."}
        session.add(Checkpoint(job_id=sent.job_id, attempt=1, at=now(), schedule=json.dumps(what)))
        session.add(
            JobEventRow(
                job_id=sent.job_id, number=99, attempt=1, kind="progress", at=now(), what=what
            )
        )
    assert _naming(hub.engine) == _columns(NAMES_PEOPLE)
    version = hub.register.version()
    Protection(hub.engine, DEFAULT_TENANT).erase(MARKS[1], "sbm")
    everything = _everything(hub.engine)
    assert not [mark for mark in MARKS if mark in everything]
    assert hub.register.version() == version + 1
    [key] = Keys(hub.engine, DEFAULT_TENANT).list()
    assert key.revoked_at is not None
    assert not [e for e in hub.register.entries() if "gone-" in e.id]


def test_who_is_only_in_a_rota_can_be_erased(hub: Collaboration) -> None:
    """Somebody whom the register has never known, in a definition that was replaced."""
    guest = [{"id": "guest7", "name": "Gil Guest", "home": "oak"}]
    patch = [{"op": "add", "path": "/request/problem/people", "value": guest}]
    hub.rotas.amend("hub", patch, SBM)
    hub.rotas.amend("hub", [{"op": "remove", "path": "/request/problem/people"}], SBM)
    protection = Protection(hub.engine, DEFAULT_TENANT)
    assert [d["revision"] for d in protection.export("guest7").definitions] == [2]
    protection.erase("guest7")
    assert "Gil Guest" not in _everything(hub.engine)


def test_who_is_erased_is_nowhere(hub: Collaboration) -> None:
    """Neither name nor id, in no table; who worked when stays, under a pseudonym; others stay who
    they are, what was checked still is, and the log still holds together."""
    assert all(mark in _everything(hub.engine) for mark in MARKS)
    before = hub.schedule(1)
    done = Protection(hub.engine, DEFAULT_TENANT).erase(MARKS[1], "sbm")
    everything = _everything(hub.engine)
    assert not [mark for mark in MARKS if mark in everything]
    assert (done.entries, done.versions, done.jobs) == (2, 2, 2)
    assert "Ann Zebedée" in everything
    after = hub.schedule(1)
    assert len(after.placements) == len(before.placements)
    theirs = sorted(p.duty for p in before.placements if p.person == MARKS[1])
    assert sorted(p.duty for p in after.placements if p.person == done.pseudonym) == theirs
    for number in (1, 2):
        case, result = hub.versions.answer("hub", number)
        assert Result.model_validate_json(result.model_dump_json()) == result
        assert done.pseudonym in {p.id for p in case.request.problem.people}
    assert Audit(hub.engine, DEFAULT_TENANT).broken_at() is None
    hub.answer(hub.rotas.solve("hub", SBM).id)
    assert hub.versions.list("hub")[0].number == 3
    with pytest.raises(UnknownEntry):
        Protection(hub.engine, DEFAULT_TENANT).erase(MARKS[1])


def test_nobody_is_erased_from_under_a_job(hub: Collaboration) -> None:
    """It must end first, or it would write what it has read."""
    job = hub.rotas.solve("hub", SBM)
    with pytest.raises(StillBusy):
        Protection(hub.engine, DEFAULT_TENANT).erase(MARKS[1])
    hub.jobs.cancel(job.id)
    assert Protection(hub.engine, DEFAULT_TENANT).erase(MARKS[1]).jobs == 3


def test_the_same_id_may_be_a_schools(engine: sa.Engine, queue: Queue) -> None:
    """Only the person goes."""
    hub = Collaboration(engine, queue)
    hub.say(typed(item("person", "oak", _ours="oak", name="Oak Tree", home="oak")))
    hub.published()
    Protection(engine, DEFAULT_TENANT).erase("oak")
    case, _ = hub.versions.answer("hub", 1)
    request = case.request
    assert {s.id for s in request.problem.schools} == {"oak", "fel"}
    assert "oak" not in {p.id for p in request.problem.people}
    assert {s.id for s in hub.rotas.snapshot("hub").request.problem.schools} == {"oak", "fel"}


def test_each_kind_is_kept_for_its_time(hub: Collaboration) -> None:
    """The published version always stays."""
    retention = Retention(hub.engine, DEFAULT_TENANT)
    assert retention.tidy() == retention.tidy()
    later = now() + timedelta(days=100)
    removed = retention.tidy(later)
    assert (removed.drafts, removed.superseded) == (1, 0)
    assert removed.imports > 0
    assert [v.number for v in hub.versions.list("hub")] == [1]
    hub.answer(hub.rotas.solve("hub", SBM).id)
    hub.versions.settle("hub")
    hub.versions.publish("hub", 3, 1, SBM)
    retention.set_keep(RetentionDays(superseded_days=10), "sbm")
    assert retention.tidy(later).superseded == 1
    assert [v.number for v in hub.versions.list("hub")] == [3]


def test_what_no_version_was_made_of_is_not_kept(hub: Collaboration) -> None:
    """Old definitions, what was noted of their jobs, and entries that were replaced; what a version
    that is kept was made of stays, and so does the newest of everything."""
    for name in ("One", "Two"):
        hub.rotas.amend("hub", [{"op": "replace", "path": "/name", "value": name}], SBM)
    retention = Retention(hub.engine, DEFAULT_TENANT)
    retention.set_keep(RetentionDays(register_days=10), "sbm")
    before = hub.register.version()
    assert retention.tidy().definitions == 0
    later = now() + timedelta(days=100)
    removed = retention.tidy(later)
    assert removed.definitions == 1
    assert [r.revision for r in hub.rotas.history("hub")] == [3, 1]
    with Session(hub.engine) as session:
        assert not session.scalars(sa.select(RotaWork)).all()
    held = hub.versions.get("hub").register_version
    assert removed.replaced > 0
    assert hub.register.entries(held)
    assert len(hub.register.entries(before)) == len(hub.register.entries())
    with pytest.raises(UnknownEntry):
        hub.register.entries(1)
    assert retention.tidy(later).replaced == 0


def test_the_log_cannot_be_rewritten(hub: Collaboration) -> None:
    """Neither changed nor shortened; if somebody edits the database directly, it shows."""
    audit = Audit(hub.engine, DEFAULT_TENANT)
    assert audit.broken_at() is None
    for statement in ("UPDATE audit SET action = 'x'", "DELETE FROM audit"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), hub.engine.begin() as touched:
            touched.execute(sa.text(statement))
    assert audit.broken_at() is None
    actions = {line.action for line in audit.page().items}
    assert {"import applied", "rota made", "rota published", "absences imported"} <= actions
    with hub.engine.begin() as connection:
        drop = (
            "DROP TRIGGER audit_stays_update"
            if connection.dialect.name == "sqlite"
            else ("DROP TRIGGER audit_stays ON audit")
        )
        connection.execute(sa.text(drop))
        connection.execute(sa.text("UPDATE audit SET action = 'x' WHERE number = 2"))
    assert audit.broken_at() == 2
