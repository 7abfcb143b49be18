"""The answer of a job as it is stored: texts that tell whether it has changed, read when wanted."""

from dataclasses import dataclass
from typing import Any

from models.answer.result import Level, Result
from models.answer.schedule import Schedule
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.report.answer import best_so_far, claim_of
from scheduler.storage.tables import Checkpoint, Job
from scheduler.upgrade import stored

STILL_RUNNING = "The search is still running; this is its best schedule so far."


@dataclass(frozen=True)
class StoredAnswer:
    """What is stored of one job's answer."""

    request: str
    answer: str | None
    """The result of a job that is over."""
    best: str | None
    """The best schedule so far of one that is not."""
    levels: tuple[dict[str, Any], ...]
    claim: str | None
    seconds: float

    @classmethod
    def of(
        cls, job: Job, request: str, answer: str | None, kept: Checkpoint | None
    ) -> "StoredAnswer":
        """From the rows of a job."""
        return cls(
            request=request,
            answer=answer,
            best=None if kept is None else kept.schedule,
            levels=() if kept is None else tuple(kept.levels or ()),
            claim=None if kept is None else kept.claim,
            seconds=job.progress.get("seconds", 0.0),
        )

    @property
    def texts(self) -> tuple[str, ...]:
        """What the answer depends on: two answers with equal texts are equal."""
        return (self.request, self.answer or "", self.best or "", str(self.levels))

    def read(self) -> tuple[Case, Result | None]:
        """The case, and its result; none where there is no schedule yet."""
        case = Case(RotaRequest.model_validate_json(stored(self.request)))
        if self.answer is not None:
            return case, Result.model_validate_json(self.answer)
        if self.best is None:
            return case, None
        valid = self.claim == claim_of(case.request)
        proved = [Level.model_validate(level) for level in self.levels] if valid else []
        schedule = Schedule.model_validate_json(self.best)
        result = best_so_far(case, schedule, proved, seconds=self.seconds, note=STILL_RUNNING)
        return case, result
