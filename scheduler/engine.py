"""From a request to its answer: compile, solve, read, check, explain."""

import hashlib
import json
import platform
import time
from collections.abc import Callable
from importlib.metadata import version

from models.facts import Facts
from models.plan import Plan
from models.result import Progress, Receipt, Result, Status
from models.schedule import Schedule
from scheduler import explain
from scheduler.priorities import Search
from scheduler.request import RotaRequest


def schedule(
    request: RotaRequest,
    *,
    listen: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    start: Schedule | None = None,
) -> Result:
    """The best schedule that can be found within the request's limits, checked and explained.

    Args:
        request: the facts, the rules and the limits.
        listen: told of progress, from several threads but never two at once.
        stop: asked often; once it answers yes the best schedule so far is returned.
        start: a schedule to begin from; it need not be complete or keep the rules.

    Raises:
        Disagreement: the checker and the model do not mean the same; nothing is returned.
    """
    began = time.monotonic()
    facts = Facts(request.problem)
    rules = request.all_rules
    search = Search(
        facts,
        rules,
        request.limits,
        began=began,
        listen=listen or (lambda progress: None),
        stop=stop or (lambda: False),
    )
    search.run(None if start is None else Plan.of(facts, start))
    receipt = Receipt(
        input_hash=fingerprint(request),
        version=version("schoolrota"),
        ortools=version("ortools"),
        python=platform.python_version(),
        seed=request.limits.seed,
        workers=request.limits.workers,
        seconds=round(time.monotonic() - began, 3),
        first_schedule_seconds=search.first_seconds,
        reproducible=request.limits.reproducible,
        fuse_blown=search.fuse_blown,
        strategy=search.strategy,
    )
    if search.impossible:
        clash, draft = explain.explain_impossible(
            request, facts, seconds=search.seconds_left(), stop=search.stop
        )
        return Result(status=Status.IMPOSSIBLE, clash=clash, draft=draft, receipt=receipt)
    if search.best is None:
        return Result(status=Status.UNKNOWN, receipt=receipt)
    plan, report = search.best
    levels = tuple(
        level.model_copy(update={"sentence": explain.sentence_for_level(rules, report, level)})
        for level in search.levels()
    )
    return Result(
        status=Status.OPTIMAL if all(level.proved for level in levels) else Status.FEASIBLE,
        schedule=plan.schedule(),
        report=report,
        levels=levels,
        notes=explain.notes(facts, rules, plan, report),
        receipt=receipt,
    )


def fingerprint(request: RotaRequest) -> str:
    """SHA-256 of the request's canonical JSON: sorted keys, no spaces, defaults written out."""
    text = json.dumps(request.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
