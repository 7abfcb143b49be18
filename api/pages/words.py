"""What pages say of jobs, in words that a manager uses."""

from collections import OrderedDict
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scheduler.jobs.jobs import Jobs
from scheduler.jobs.view import JobView, PriorityProgress
from scheduler.storage.tables import JobState

MOST_REMEMBERED = 200
"""Requests whose rules are remembered in words; a request never changes."""


class JobWords(NamedTuple):
    """What a request says of itself, kept so that a watched job is not read again each second."""

    name: str
    rules: dict[int, tuple[str, ...]]
    """Priority to its rules, each in a sentence."""
    zone: str


_WORDS: OrderedDict[str, JobWords] = OrderedDict()


def words_of(jobs: Jobs, job_id: str) -> JobWords:
    """The words of a job's request.

    Raises:
        UnknownJob: there is no such job.
        PurgedJob: retention has removed the request.
    """
    jobs.get(job_id)  # it is the caller's, or there is none
    if job_id not in _WORDS:
        request = jobs.request(job_id)
        rules: dict[int, list[str]] = {}
        for rule in request.all_rules:
            if rule.priority != "must":
                rules.setdefault(rule.priority, []).append(rule.sentence)
        _WORDS[job_id] = JobWords(
            request.problem.name,
            {priority: tuple(said) for priority, said in sorted(rules.items())},
            request.problem.time_zone,
        )
        if len(_WORDS) > MOST_REMEMBERED:
            _WORDS.popitem(last=False)
    return _WORDS[job_id]


def title(job: JobView) -> str:
    """What a job is called in a list."""
    named: str | None = getattr(job, "name", None)
    return named or f"Rota asked for on {moment(job.created_at)}"


def moment(at: datetime | None, zone: str = "Europe/London") -> str:
    """A time for people: "Mon 6 Apr 2026, 09:05"."""
    if at is None:
        return ""
    local = at.replace(tzinfo=at.tzinfo or UTC).astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %Y}, {local:%H:%M}"


STAGES = {
    "reading": "Reading what was sent",
    "compiling": "Setting up the search",
    "solving": "Searching",
    "explaining": "Finding out why it cannot be done",
    "checking": "Checking the answer",
}

RESULTS = {
    "optimal": "Solved, and proved: no rota is better",
    "feasible": "Solved: every must is kept; it may still get better",
    "impossible": "Impossible: the musts cannot all be kept",
    "unknown": "No rota was found in time",
}


def outcome(job: JobView) -> str:
    """Where a job stands, in a few words."""
    if job.purged_at is not None:
        return "Over; its contents were removed after some time"
    if job.state is JobState.QUEUED:
        return "Waits for its turn"
    if job.state is JobState.RUNNING:
        said = STAGES.get(job.stage or "", "Starting")
        stopping = "; it was asked to stop" if job.stop_requested else ""
        at = f", priority {job.priority}" if job.priority and job.stage == "solving" else ""
        return f"{said}{at}{stopping}"
    if job.state is JobState.FAILED:
        return "It failed"
    said = RESULTS.get(job.status or "", "Over")
    return f"Stopped. {said}" if job.state is JobState.CANCELLED else said


def gap(level: PriorityProgress) -> str:
    """How much better a priority could still be, in a sentence."""
    if level.value == 0:
        return "Kept in full: it cannot be better."
    if level.gap <= 0:
        return "Proved: it cannot be better."
    if level.bound <= 0:
        return "It is not known yet how much better it could be."
    return f"It may still get better by {level.gap}, and no more: below {level.bound} none is."
