"""Data protection: a person is given all that is known of them, and nothing of them stays."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.result import Result
from scheduler.jobs.audit import Audit
from scheduler.jobs.engine import Queue
from scheduler.jobs.life import now
from scheduler.jobs.protection import Keep, Protection, StillBusy
from scheduler.jobs.register import UnknownEntry
from scheduler.jobs.tables import DEFAULT_TENANT, Table
from tests.jobs.collaboration import SBM, Collaboration, away
from tests.jobs.statements import item, typed

MARKS = ("Zebedee Quixote", "zqx77")


@pytest.fixture
def hub(engine: sa.Engine, queue: Queue) -> Collaboration:
    """With a person whom nothing else is called like, absent, swapped and told of."""
    hub = Collaboration(engine, queue)
    hub.say(typed(item("person", MARKS[1], _ours=MARKS[1], name=MARKS[0], home="oak")))
    hub.say(typed(item("person", "a", _ours="annb", name="Ann Zebedee", home="oak")))
    hub.published()
    hub.say(away("ann", "2026-05-11", None))
    hub.say(typed(item("absence", "z", person=MARKS[1], first="2026-05-18", last="2026-05-19")))
    hub.answer(hub.rotas.solve("hub", SBM).id)
    hub.versions.settle("hub")
    return hub


def _everything(engine: sa.Engine) -> str:
    """All that stands in our tables."""
    found = []
    with Session(engine) as session:
        for table in Table.metadata.sorted_tables:
            found += [repr(row) for row in session.execute(sa.select(table))]
    return "\n".join(found)


def test_an_export_is_all_there_is(hub: Collaboration) -> None:
    """Register, rotas, jobs; and that it was given out is written down."""
    protection = Protection(hub.engine, DEFAULT_TENANT)
    held = protection.export(MARKS[1], "sbm")
    assert {e["kind"] for e in held.entries} == {"person", "absence"}
    assert {r["version"] for r in held.rotas} == {1, 2}
    assert len(held.jobs) == 2
    lines = Audit(hub.engine, DEFAULT_TENANT).page(person=MARKS[1]).lines
    assert [line.action for line in lines] == ["person exported"]
    with pytest.raises(UnknownEntry):
        protection.export("nobody")


def test_who_is_erased_is_nowhere(hub: Collaboration) -> None:
    """Neither name nor id, in no table; who worked when stays, under a pseudonym; others stay who
    they are, what was checked still is, and the log still holds together."""
    assert all(mark in _everything(hub.engine) for mark in MARKS)
    before = hub.schedule(1)
    done = Protection(hub.engine, DEFAULT_TENANT).erase(MARKS[1], "sbm")
    everything = _everything(hub.engine)
    assert not [mark for mark in MARKS if mark in everything]
    assert (done.entries, done.versions, done.jobs) == (2, 2, 2)
    assert "Ann Zebedee" in everything
    after = hub.schedule(1)
    assert len(after.placements) == len(before.placements)
    theirs = sorted(p.duty for p in before.placements if p.person == MARKS[1])
    assert sorted(p.duty for p in after.placements if p.person == done.pseudonym) == theirs
    for number in (1, 2):
        request, result = hub.versions.answer("hub", number)
        assert Result.model_validate_json(result.model_dump_json()) == result
        assert done.pseudonym in {p.id for p in request.problem.people}
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
    request, _ = hub.versions.answer("hub", 1)
    assert {s.id for s in request.problem.schools} == {"oak", "fel"}
    assert "oak" not in {p.id for p in request.problem.people}
    assert {s.id for s in hub.rotas.snapshot("hub").problem.schools} == {"oak", "fel"}


def test_each_kind_is_kept_for_its_time(hub: Collaboration) -> None:
    """What holds always stays."""
    protection = Protection(hub.engine, DEFAULT_TENANT)
    assert protection.tidy() == protection.tidy()
    later = now() + timedelta(days=100)
    removed = protection.tidy(later)
    assert (removed.drafts, removed.superseded) == (1, 0)
    assert removed.imports > 0
    assert [v.number for v in hub.versions.list("hub")] == [1]
    hub.answer(hub.rotas.solve("hub", SBM).id)
    hub.versions.settle("hub")
    hub.versions.publish("hub", 3, 1, SBM)
    protection.set_keep(Keep(superseded_days=10), "sbm")
    assert protection.tidy(later).superseded == 1
    assert [v.number for v in hub.versions.list("hub")] == [3]


def test_the_log_cannot_be_rewritten(hub: Collaboration) -> None:
    """Neither changed nor shortened; by whoever talks to the database directly, it shows."""
    audit = Audit(hub.engine, DEFAULT_TENANT)
    assert audit.broken_at() is None
    for statement in ("UPDATE audit SET action = 'x'", "DELETE FROM audit"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), hub.engine.begin() as touched:
            touched.execute(sa.text(statement))
    assert audit.broken_at() is None
    actions = {line.action for line in audit.page().lines}
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
