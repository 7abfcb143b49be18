"""Liveness of workers: each sends a heartbeat to its peers, and takes over jobs of dead ones."""

import time
from collections.abc import Callable, Mapping
from importlib.metadata import version

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from scheduler.jobs import metrics
from scheduler.jobs.lock import AlreadyRunning, Lock
from scheduler.jobs.workflow_port import Queue
from scheduler.storage.clock import now
from scheduler.storage.tables import WorkerRow, WorkerState

FROZEN_FACTOR = 3
"""A silent peer whose name lock cannot be broken counts as dead after this many limits."""

NAME_FREE_WITHIN = 2.0
"""Seconds that a starting worker waits for its name to become free."""

log = structlog.get_logger()


class PeerWatch:
    """How long each peer has been silent, measured with this process's own clock alone.

    Clocks of machines differ and jump, and after an outage of the database every counter is old;
    so silence is the time for which this process itself has seen a counter stand still.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[str, tuple[int, float]] = {}

    def observe(self, counters: Mapping[str, int]) -> dict[str, float]:
        """Seconds for which each counter has been seen unchanged."""
        moment = self._clock()
        self._seen = {
            name: old
            if (old := self._seen.get(name)) is not None and old[0] == counter
            else (counter, moment)
            for name, counter in counters.items()
        }
        return {name: moment - since for name, (_, since) in self._seen.items()}

    def forget(self) -> None:
        """Start again after a failed look: what was seen before says nothing about now."""
        self._seen.clear()


class Liveness:
    """One worker among its peers: its name, its heartbeat, and takeover from silent peers."""

    def __init__(
        self,
        engine: sa.Engine,
        queue: Queue,
        name: str,
        slots: Mapping[str, int],
        limit: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare to join.

        Args:
            engine: the database.
            queue: where the jobs of dead peers are put back.
            name: kept across restarts; two live workers never share it.
            slots: jobs solved at once, by lane.
            limit: seconds of silence after which a peer counts as dead.
            clock: a monotonic clock, in seconds.
        """
        self._engine = engine
        self._queue = queue
        self._slots = dict(slots)
        self._limit = limit
        self._lock = Lock(engine, name)
        self._watch = PeerWatch(clock)
        self.name = name

    def join(self) -> None:
        """Take the name and register as active.

        Raises:
            AlreadyRunning: another process has it.
        """
        self._take_name()
        with Session(self._engine) as session, session.begin():
            row = session.get(WorkerRow, self.name)
            session.merge(
                WorkerRow(
                    name=self.name,
                    counter=0 if row is None else row.counter + 1,
                    state=WorkerState.ACTIVE,
                    version=version("schoolrota"),
                    slots=self._slots,
                    started_at=now(),
                    seen_at=now(),
                    adoptions=0 if row is None else row.adoptions,
                )
            )

    def leave(self) -> None:
        """Put back unfinished jobs of this worker, sign off, and give up the name."""
        if not self._lock.still_held():
            return  # jobs begun under this name may belong to another worker by now
        for job_id, lane in self._queue.begun().get(self.name, ()):
            self._queue.requeue(job_id, lane)
        with Session(self._engine) as session, session.begin():
            self._say(session, self.name, state=WorkerState.LEFT)
        self._lock.release()

    def give_up_name(self) -> None:
        """Release the name without signing off, as when the database is away."""
        self._lock.release()

    def beat(self) -> None:
        """Send one heartbeat and look at the peers; jobs of dead peers are put back.

        Raises:
            AlreadyRunning: the name was lost, and another process has it now.
            DBAPIError: the database is out of reach.
        """
        try:
            if not self._lock.still_held():
                log.warning("name was lost", worker=self.name)
                self._lock.take()
            with Session(self._engine) as session, session.begin():
                self._say(
                    session,
                    self.name,
                    counter=WorkerRow.counter + 1,
                    seen_at=now(),
                    state=WorkerState.ACTIVE,
                )
                peers = sa.select(WorkerRow.name, WorkerRow.counter).where(
                    WorkerRow.state == WorkerState.ACTIVE, WorkerRow.name != self.name
                )
                counters = {peer.name: peer.counter for peer in session.execute(peers)}
        except Exception:
            self._watch.forget()
            raise
        for name, silent in self._watch.observe(counters).items():
            if silent > self._limit:
                self._adopt(name, silent)

    def adopt_strays(self) -> None:
        """Add executors that have begun jobs but are not listed as workers, so that their silence
        is noticed."""
        begun = set(self._queue.begun())
        with Session(self._engine) as session, session.begin():
            known = set(
                session.scalars(
                    sa.select(WorkerRow.name).where(WorkerRow.state == WorkerState.ACTIVE)
                )
            )
            for name in begun - known:
                session.merge(_stray(name))

    def _take_name(self) -> None:
        """Take the name; the server may need a moment to notice that a killed process is gone."""
        deadline = time.monotonic() + NAME_FREE_WITHIN
        while True:
            try:
                return self._lock.take()
            except AlreadyRunning:
                if not self._lock.lingers or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def _adopt(self, name: str, silent: float) -> None:
        """Put back the jobs of a peer that is dead, or has been frozen for long."""
        adopting, identity = Lock(self._engine, "adopting"), Lock(self._engine, name)
        try:
            adopting.take()
        except AlreadyRunning:
            return  # another peer is adopting
        try:
            try:
                identity.take()
            except AlreadyRunning:
                # Frozen, not dead. Where possible its name is taken away, so that it notices;
                # anything it still writes is refused either way.
                if not identity.break_open() and silent < FROZEN_FACTOR * self._limit:
                    return
            count = 0
            for job_id, lane in self._queue.begun().get(name, ()):
                self._queue.requeue(job_id, lane)
                count += 1
            with Session(self._engine) as session, session.begin():
                self._say(
                    session, name, state=WorkerState.GONE, adoptions=WorkerRow.adoptions + count
                )
            metrics.ADOPTIONS.inc(count)
            log.warning("peer is dead", worker=name, jobs=count)
        finally:
            identity.release()
            adopting.release()

    def _say(self, session: Session, name: str, **values: object) -> None:
        session.execute(sa.update(WorkerRow).where(WorkerRow.name == name).values(**values))


def lowest_free(engine: sa.Engine) -> str:
    """The first free name of worker-1, worker-2, ...; another process may still be quicker."""
    number = 1
    while True:
        lock = Lock(engine, f"worker-{number}")
        try:
            lock.take()
        except AlreadyRunning:
            number += 1
        else:
            lock.release()
            return f"worker-{number}"


def _stray(name: str) -> WorkerRow:
    return WorkerRow(
        name=name,
        counter=0,
        state=WorkerState.ACTIVE,
        version="",
        slots={},
        started_at=now(),
        seen_at=now(),
        adoptions=0,
    )
