"""What an answer is made of when a schedule is known: sentences, proofs, receipt. No solver."""

import hashlib
import json
import platform
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version

from models.answer.report import Report
from models.answer.result import Clash, Draft, Level, Receipt, Result, ResultStatus, still_proved
from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.report import sentences
from scheduler.report.children_notes import children_notes
from scheduler.report.law_notes import law_notes
from scheduler.report.request_notes import request_notes
from scheduler.rulebook.check import check
from scheduler.rulebook.rule import Rule


def answered(
    case: Case,
    plan: Plan,
    report: Report,
    levels: Sequence[Level],
    receipt: Receipt,
    *,
    notes: Sequence[str] = (),
    over: Callable[[], bool] = lambda: False,
) -> Result:
    """The answer of a checked plan; `notes` come before those about what was not met, for which
    nobody is tried once `over` says yes."""
    facts, rules = case.facts, case.rules
    report = case.titled(report)
    said = tuple(
        level.model_copy(
            update={
                "sentence": sentences.sentence_for_level(rules, report, level),
                "title": case.titles.get(level.priority, ""),
            }
        )
        for level in levels
    )
    return Result(
        status=ResultStatus.OPTIMAL
        if all(level.proved for level in said)
        else ResultStatus.FEASIBLE,
        schedule=plan.schedule(),
        report=report,
        levels=said,
        notes=(
            *notes,
            *_of_request(case),
            *sentences.notes(facts, rules, plan, report, over),
            *_remarks(facts, rules, plan),
        ),
        receipt=receipt,
    )


def _of_request(case: Case) -> Iterator[str]:
    """What should be known of the request, whatever the schedule."""
    yield from law_notes(case.request)
    yield from request_notes(case.facts)
    yield from children_notes(case.facts)


def _remarks(facts: Facts, rules: Sequence[Rule], plan: Plan) -> Iterator[str]:
    """What rules say of the whole plan, each once."""
    said = [s for rule in rules for about, s in rule.remarks(facts, plan) if about is None]
    return iter(dict.fromkeys(said))


def best_so_far(
    case: Case,
    schedule: Schedule,
    levels: Sequence[Level],
    *,
    seconds: float,
    note: str,
    over: Callable[[], bool] = lambda: False,
) -> Result:
    """The answer of a search that did not end by itself: its last incumbent, checked again.

    Bounds proved on the way stay proved where they say something of it; values are the checker's.
    """
    plan = case.plan(schedule)
    report = check(case.facts, case.rules, plan)
    bounds = still_proved(report.costs, levels)
    known = [
        Level(priority=priority, value=value, bound=min(value, bounds.get(priority, 0)))
        for priority, value in report.costs.items()
    ]
    cut_short = "the best of a search that was cut short"
    made = receipt(case.request, seconds=seconds, strategy=cut_short)
    return answered(case, plan, report, known, made, notes=(note,), over=over)


def unsolved(
    case: Case,
    clash: Clash | None,
    draft: Draft | None,
    receipt: Receipt,
    *,
    notes: Sequence[str] = (),
) -> Result:
    """The answer where there is no schedule: impossible if a clash is confirmed, else unknown."""
    impossible = clash is not None and clash.confirmed
    if draft is not None:
        draft = draft.model_copy(update={"report": case.titled(draft.report)})
    return Result(
        status=ResultStatus.IMPOSSIBLE if impossible else ResultStatus.UNKNOWN,
        clash=clash,
        draft=draft,
        notes=(
            *notes,
            *([] if impossible else _what_helps(clash)),
            *_of_request(case),
        ),
        receipt=receipt,
    )


def _what_helps(clash: Clash | None) -> Iterator[str]:
    """What to try where nothing was found in time."""
    if clash is None:
        yield (
            "It is not known whether a schedule exists, and nothing is suspected yet to be in the "
            "way. Maybe solve a shorter horizon or fewer "
            "schools first, make some musts priorities, so that the answer says how far they can "
            "be kept, or allow more limits.seconds?"
        )
    elif clash.ways:
        yield "It is not known whether a schedule exists; any of the ways above would give one."
    else:
        yield (
            "It is not known whether a schedule exists. Maybe look at what is suspected first, "
            "make one of its rules a priority instead of a must, or allow more limits.seconds?"
        )


def nothing_found(
    asked: RotaRequest | Case,
    *,
    seconds: float,
    note: str,
    clash: Clash | None = None,
    draft: Draft | None = None,
) -> Result:
    """The answer of a search that was cut short before it had a schedule."""
    case = Case.of(asked)
    made = receipt(case.request, seconds=seconds, strategy="a search that was cut short")
    return unsolved(case, clash, draft, made, notes=(note,))


def receipt(
    request: RotaRequest,
    *,
    seconds: float,
    strategy: str,
    first_schedule_seconds: float | None = None,
    fuse_blown: bool = False,
) -> Receipt:
    """What an answer was made of, here and now."""
    return Receipt(
        input_hash=fingerprint(request),
        version=version("schoolrota"),
        ortools=version("ortools"),
        python=platform.python_version(),
        seed=request.limits.seed,
        workers=request.limits.workers,
        seconds=round(seconds, 3),
        first_schedule_seconds=first_schedule_seconds,
        reproducible=request.limits.reproducible,
        fuse_blown=fuse_blown,
        strategy=strategy,
    )


def claim_of(request: RotaRequest) -> str:
    """What a bound is a claim about: the request, and the release that says what its rules mean."""
    return hashlib.sha256(f"{version('schoolrota')} {fingerprint(request)}".encode()).hexdigest()


def fingerprint(request: RotaRequest) -> str:
    """SHA-256 of the request's canonical JSON: sorted keys, no spaces, defaults written out."""
    text = json.dumps(request.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
