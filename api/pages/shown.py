"""A schedule as pages show it: of a job or of a version of a rota, with where it stands."""

from functools import cached_property
from urllib.parse import quote

from api.formats import shown as schedule_of
from api.problems import Refusal, problem
from models.answer.result import Result
from models.answer.schedule import Schedule
from scheduler.exchange.render.grid import Grid
from scheduler.intake.case import Case
from scheduler.jobs.jobs import Jobs
from scheduler.jobs.view import JobView
from scheduler.rotas.versions import RotaVersions, RotaVersionView


class ShownRota:
    """A request with its answer, and the address below which its pages stand."""

    def __init__(
        self,
        base: str,
        case: Case,
        result: Result,
        *,
        job: JobView | None = None,
        version: RotaVersionView | None = None,
    ) -> None:
        self.base = base
        self.case = case
        self.result = result
        self.job = job
        self.version = version

    @property
    def name(self) -> str:
        """What the rota is called."""
        return self.case.request.problem.name

    @property
    def state(self) -> str:
        """Which rota it is, in a few words."""
        if self.version is not None:
            return f"version {self.version.number}, {self.version.state}"
        if self.job is not None and not self.job.state.over:
            return "the best so far; the search goes on"
        return "a draft that breaks musts" if self.result.schedule is None else "not published"

    @property
    def again(self) -> str:
        """Where changes by hand are sent to be solved."""
        if self.version is not None:
            return f"/rotas/{quote(self.version.rota)}/again"
        return f"{self.base}/again"

    @property
    def schedule(self) -> Schedule:
        """The schedule, or the draft where there is none."""
        found = schedule_of(self.result)
        assert found is not None
        return found

    @cached_property
    def grid(self) -> Grid:
        """The schedule, laid out."""
        return Grid(self.case.facts, self.case.plan(self.schedule))


def of_job(jobs: Jobs, job_id: str) -> ShownRota:
    """What a job has found, so far.

    Raises:
        UnknownJob: there is no such job.
        PurgedJob: retention has removed it.
        Refusal: it has found nothing.
    """
    job, result = jobs.get(job_id), jobs.result(job_id)
    if result is None or schedule_of(result) is None:
        raise Refusal(problem(404, "no-schedule", "There is no rota yet", "Maybe wait a little?"))
    return ShownRota(f"/jobs/{job_id}", Case(jobs.request(job_id)), result, job=job)


def of_version(versions: RotaVersions, rota: str, number: int | None) -> ShownRota:
    """A version of a rota; without a number, the one that is published.

    Raises:
        UnknownRota: there is none.
    """
    case, result = versions.answer(rota, number)
    version = versions.get(rota, number)
    below = "" if number is None else f"/versions/{number}"
    return ShownRota(f"/rotas/{quote(rota)}{below}", case, result, version=version)
