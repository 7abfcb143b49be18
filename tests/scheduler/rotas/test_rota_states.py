"""Whatever people and nights do to a rota in whichever order, what must stay true stays true."""

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from sqlalchemy.orm import Session

from models.answer.schedule import Schedule
from models.problem.problem import Placement
from models.register.rota import Swap
from scheduler.intake.case import Case
from scheduler.intake.validation_errors import InvalidRequest
from scheduler.jobs.jobs import RotaBusy
from scheduler.jobs.transitions import request_of
from scheduler.jobs.workflow_port import Queue
from scheduler.operations.service import migrate
from scheduler.report.answer import best_so_far, nothing_found
from scheduler.report.warm_start import begin_from
from scheduler.rotas.rota_store import Conflict, UnknownRota
from scheduler.rotas.swaps import Broken
from scheduler.storage.audit import Audit
from scheduler.storage.database import connect
from scheduler.storage.tables import DEFAULT_TENANT, OPEN, Job
from scheduler.storage.tenant_scope import of_every_tenant, of_tenant
from scheduler.storage.tenant_tables import Night, RotaVersion
from tests.service.collaboration import NAMES, SBM, Collaboration, away
from tests.soak import more, tries

MOVES = {
    ("draft", "published"),
    ("draft", "discarded"),
    ("published", "superseded"),
    ("draft", "superseded"),
}
"""What may become of a version between two looks; published and superseded may both lie between."""

PEOPLE = st.sampled_from([name.lower() for name in NAMES])
DAYS = st.sampled_from([f"2026-05-{day}" for day in (11, 12, 13, 14, 18, 19, 20, 21)])
VERSIONS = st.integers(1, 8)


@cache
def _template(holds: bool) -> Path:
    """A database with a rota of which a version holds, or none, made once."""
    place = Path(tempfile.mkdtemp()) / "template.db"
    engine = of_every_tenant(connect(str(place)))
    migrate(engine)
    queue = Queue(engine)
    hub = Collaboration(engine, queue)
    if holds:
        hub.published()
    queue.close()
    with engine.connect() as connection:
        connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()
    return place


class RotaLife(RuleBasedStateMachine):
    """One rota, acted upon by everybody at once; jobs are answered as the machine likes."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.seen: dict[int, tuple[Any, ...]] = {}
        self.states: dict[int, str] = {}
        self.evening = datetime(2026, 5, 10, 21, tzinfo=UTC)

    @initialize(holds=st.booleans(), more=st.integers(1, 2))
    def begin(self, holds: bool, more: int) -> None:
        """With or without something that holds already; and publishing, which is what matters
        most, is done in each life, and tried with what is over."""
        shutil.copy(_template(holds), self.folder / "a.db")
        self.engine = of_every_tenant(connect(str(self.folder / "a.db")))
        self.queue = Queue(self.engine)
        self.hub = Collaboration(self.engine, self.queue, made=False)
        for _ in range(more):
            self.make_another_hold()
        self.publish_what_is_over()

    def teardown(self) -> None:
        """Leave nothing behind."""
        if hasattr(self, "queue"):
            self.queue.close()
            self.engine.dispose()
        shutil.rmtree(self.folder)

    def _tried(self, act: Callable[[], object]) -> None:
        """An act that may be refused, and then has done nothing."""
        with suppress(Conflict, UnknownRota, RotaBusy, Broken, InvalidRequest):
            act()

    def _open(self) -> list[str]:
        with Session(self.engine) as session:
            return list(session.scalars(sa.select(Job.id).where(Job.state.in_(OPEN))))

    # ------------------------------------------------------------------ what happens

    @rule()
    def solve(self) -> None:
        """Somebody wants a new draft."""
        self._tried(lambda: self.hub.rotas.solve("hub", SBM))

    @rule(count=st.integers(1, 3))
    def derive(self, count: int) -> None:
        """Somebody wants it otherwise."""
        path = "/request/problem/shifts/0/needs/0/count"
        patch = [{"op": "replace", "path": path, "value": count}]
        self._tried(lambda: self.hub.rotas.derive("hub", patch, SBM))

    @precondition(lambda self: self._open())
    @rule(how=st.sampled_from(["kept", "empty", "nothing", "cancelled"]))
    def answer(self, how: str) -> None:
        """A job ends."""
        [job_id] = self._open()
        if how == "cancelled":
            self.hub.jobs.cancel(job_id)
            return
        with Session(self.engine) as session:
            request = request_of(session, session.get_one(Job, job_id))
        start = begin_from(Case(request)) if how == "kept" else Schedule()
        if how == "nothing" or start is None:
            result = nothing_found(request, seconds=1, note="Nothing was found.")
        else:
            result = best_so_far(Case(request), start, (), seconds=1, note="Made up.")
        self.hub.answer(job_id, result)

    def _drafts(self) -> list[int]:
        return [v.number for v in self.hub.versions.list("hub") if v.state == "draft"]

    @rule()
    def draft(self) -> None:
        """Somebody wants a new draft, and it is there at once."""
        if not self._open():
            job = self.hub.rotas.solve("hub", SBM)
            self.answer("empty")
            assert self.hub.versions.settle_job(job.id) is not None

    @precondition(lambda self: not self._open())
    @rule()
    def make_another_hold(self) -> None:
        """A draft, and somebody who is up to date publishes it."""
        self.draft()
        self.publish(max(self._drafts()), self.hub.rotas.get("hub").published)

    @rule(chosen=st.integers(0, 20), up_to_date=st.booleans(), over=st.none() | VERSIONS)
    def publish_one_of_them(self, chosen: int, up_to_date: bool, over: int | None) -> None:
        """A draft or not; the person has seen the published version, or one out of date."""
        known = self.hub.versions.list("hub")
        if known:
            held = self.hub.rotas.get("hub").published
            self.publish(known[chosen % len(known)].number, held if up_to_date else over)

    @rule()
    def publish_what_is_over(self) -> None:
        """What was superseded or decided against does not come to hold again."""
        for version in self.hub.versions.list("hub"):
            if version.state in ("superseded", "discarded"):
                self.publish(version.number, self.hub.rotas.get("hub").published)

    def publish(self, number: int, over: int | None) -> None:
        """Only a draft comes to hold, and only over what was seen; that is superseded."""
        self.one_version_holds_at_most()  # sees what is in it, which must not change
        held = self.hub.rotas.get("hub").published
        was = self.hub.versions.get("hub", number).state
        self._tried(lambda: self.hub.versions.publish("hub", number, over, SBM))
        now_held = self.hub.rotas.get("hub").published
        allowed = was == "draft" and over == held
        assert now_held == (number if allowed else held)

    @rule(chosen=st.integers(0, 20))
    def discard(self, chosen: int) -> None:
        """Somebody decides against one, which may be no draft."""
        known = self.hub.versions.list("hub")
        if known:
            number = known[chosen % len(known)].number
            self._tried(lambda: self.hub.versions.discard("hub", number, SBM))

    @rule(person=PEOPLE, day=DAYS)
    def swap(self, person: str, day: str) -> None:
        """One more person comes in."""
        held = self.hub.rotas.get("hub").published
        swap = Swap(give=(Placement(person=person, duty=f"hub@{day}"),))
        if held is not None:
            self._tried(lambda: self.hub.swaps.swap("hub", held, swap, SBM))

    @rule(person=PEOPLE, number=VERSIONS)
    def acknowledge(self, person: str, number: int) -> None:
        """Somebody has seen it."""
        self._tried(lambda: self.hub.versions.acknowledge("hub", number, person, SBM))

    @rule(person=PEOPLE, day=DAYS, open_=st.booleans())
    def fall_ill(self, person: str, day: str, open_: bool) -> None:
        """The MIS tells of an absence, or changes one."""
        self.hub.say(away(person, day, None if open_ else day, id=f"S-{person}"))

    @rule()
    def begin_the_night(self) -> None:
        """As often as one likes."""
        self.hub.nights.begin(self.evening)

    @rule()
    def end_the_night(self) -> None:
        """Also before its job is over."""
        self.hub.nights.end()

    @rule()
    def go_to_the_next_day(self) -> None:
        """Time passes."""
        self.evening += timedelta(days=1)

    # ------------------------------------------------------------------ what stays true

    @invariant()
    def one_version_holds_at_most(self) -> None:
        """It is the one that the rota names; numbers have no gaps."""
        with Session(of_tenant(self.engine, DEFAULT_TENANT)) as session:
            rows = session.scalars(sa.select(RotaVersion).order_by(RotaVersion.number)).all()
            held = [row.number for row in rows if row.state == "published"]
            published = self.hub.rotas.get("hub").published
            assert held == ([] if published is None else [published])
            assert [row.number for row in rows] == list(range(1, len(rows) + 1))
            jobs = [row.job_id for row in rows if row.job_id is not None]
            assert len(set(jobs)) == len(jobs)
            for row in rows:
                self._only_moves_on(row)

    def _only_moves_on(self, row: RotaVersion) -> None:
        content = (row.request, row.result, row.input_hash, row.parent, row.author, row.origin)
        assert self.seen.setdefault(row.number, content) == content
        before = self.states.get(row.number, row.state)
        assert before == row.state or (before, row.state) in MOVES
        self.states[row.number] = row.state
        if row.state in ("published", "superseded"):
            assert row.published_by
        assert (row.superseded_at is not None) == (row.state == "superseded")

    @invariant()
    def one_job_at_a_time(self) -> None:
        """For one rota."""
        assert len(self._open()) <= 1

    @invariant()
    def one_night_a_date(self) -> None:
        """And none of them waits for a job that is not there."""
        with Session(of_tenant(self.engine, DEFAULT_TENANT)) as session:
            nights = session.scalars(sa.select(Night)).all()
            assert len({night.day for night in nights}) == len(nights)
            for night in nights:
                assert len(night.note) <= 10
                assert (night.job_id is not None) == (night.input_hash != "") or night.state in (
                    "skipped",
                    "kept",
                )

    @invariant()
    def the_log_is_whole(self) -> None:
        """Line by line."""
        assert Audit(self.engine, DEFAULT_TENANT).broken_at() is None


TestRotaLife = more(RotaLife.TestCase)
TestRotaLife.settings = settings(
    max_examples=tries(4, 10),
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
