"""Two schools on one rota, for the tests of living rotas; jobs are answered without a worker."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.answer.result import Result
from models.answer.schedule import Schedule
from models.register.register import Statement
from models.register.rota import RotaDefinition
from scheduler.access.keys import KeyRole, Principal
from scheduler.engine import schedule
from scheduler.jobs.jobs import Jobs
from scheduler.jobs.transitions import end, locked, request_of
from scheduler.jobs.workflow_port import Queue
from scheduler.register.store import Register
from scheduler.report.answer import nothing_found
from scheduler.rotas.nightly import Nights
from scheduler.rotas.rotas import Rotas
from scheduler.rotas.swaps import Swaps
from scheduler.rotas.versions import RotaVersions
from scheduler.storage.clock import now
from scheduler.storage.tables import DEFAULT_TENANT, Checkpoint, Job, JobState
from scheduler.storage.tenant_scope import of_tenant
from tests.service.statements import SCHOOLS, item, mis, typed

MONDAY = date(2026, 5, 11)

SBM = Principal(tenant=DEFAULT_TENANT, key="sbm", name="Bea Moss", role=KeyRole.PUBLISHER)

NAMES = ("Ann", "Bob", "Cat", "Dev", "Eve", "Fay")


def people() -> list[dict[str, Any]]:
    """Six people, of whom the last two belong to Fellside."""
    return [
        item(
            "person",
            name.lower(),
            name=f"{name} Example",
            home="fel" if number >= 4 else "oak",
            _ours=name.lower(),
        )
        for number, name in enumerate(NAMES)
    ]


def away(person: str, first: str, last: str | None, id: str = "S1", **more: Any) -> Statement:
    """An absence, as the MIS of Oak tells it."""
    said = {"person": person, "first": first, "last": last}
    return mis(item("absence", id, **said), **more)


def definition(**nightly: Any) -> RotaDefinition:
    """Two weeks with a hub at Oak for two people each day, a must and two wishes."""
    return RotaDefinition.model_validate(
        {
            "name": "Hub",
            "query": {"schools": ["oak", "fel"]},
            "request": {
                "problem": {
                    "horizon": {"first": "2026-05-11", "last": "2026-05-22"},
                    "shifts": [
                        {
                            "id": "hub",
                            "name": "Hub",
                            "school": "oak",
                            "start": "09:00",
                            "end": "15:00",
                            "needs": [{"count": 2}],
                        }
                    ],
                },
                "rules": [
                    {"kind": "cover", "priority": 1},
                    {"kind": "consecutive_days", "most": 3, "priority": "must"},
                    {"kind": "fewest_for_worst_off", "priority": 3},
                ],
                "limits": {"seconds": 60, "workers": 1, "reproducible": True},
            },
            "nightly": {"seconds": 60, **nightly},
        }
    )


class Collaboration:
    """A tenant with two schools, six people and one rota."""

    def __init__(
        self, engine: sa.Engine, queue: Queue, *, made: bool = True, **nightly: Any
    ) -> None:
        self.engine = engine
        self.jobs = Jobs(of_tenant(engine, DEFAULT_TENANT), queue)
        self.register = Register(engine, DEFAULT_TENANT)
        self.rotas = Rotas(engine, self.jobs, DEFAULT_TENANT)
        self.versions = RotaVersions(engine, DEFAULT_TENANT)
        self.swaps = Swaps(engine, DEFAULT_TENANT)
        self.nights = Nights(engine, lambda tenant: self.jobs)
        if not made:
            return  # it is in the database already
        self.say(typed(*SCHOOLS))
        # The MIS knows the people too, so that it can speak of them.
        self.say(typed(*people()))
        self.say(mis(*people()))
        self.rotas.create("hub", definition(**nightly), SBM)

    def say(self, statement: Statement) -> None:
        """Apply all that a source says."""
        self.register.apply(self.register.dry_run(statement).id, everything=True)

    def published(self) -> "Collaboration":
        """With a first version that holds."""
        self.answer(self.rotas.solve("hub", SBM).id)
        self.versions.settle("hub")
        self.versions.publish("hub", 1, None, SBM)
        return self

    def schedule(self, number: int | None = None) -> Schedule:
        """The schedule of a version; of the one that holds, where none is named."""
        result = self.versions.answer("hub", number)[1]
        assert result.schedule is not None
        return result.schedule

    def on(self, person: str, number: int | None = None) -> list[str]:
        """The duties of a person."""
        return [p.duty for p in self.schedule(number).placements if p.person == person]

    def answer(self, job_id: str, result: Result | None = None) -> Result:
        """What a worker would do, here and now."""
        with Session(self.engine) as session, session.begin():
            job = locked(session, job_id)
            assert job is not None
            request = request_of(session, job)
            kept = session.get(Checkpoint, job_id)
            start = None if kept is None else Schedule.model_validate_json(kept.schedule)
            found = result or schedule(request, start=start)
            job.started_at = now()
            end(session, job, JobState.DONE, found)
            return found

    def no_answer(self, job_id: str) -> None:
        """What a worker does that finds nothing in time."""
        with Session(self.engine) as session:
            job = session.get_one(Job, job_id)
            request = request_of(session, job)
        self.answer(job_id, nothing_found(request, seconds=1, note="Nothing was found."))
