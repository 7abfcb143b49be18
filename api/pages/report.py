"""The pages that say why: what each rule cost and where, and what cannot all hold."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import Any, NamedTuple

from fastapi import APIRouter, Request, Response

from api.access import page_needs
from api.jobs import JobId, TheJobs
from api.pages.frame import Form, page, query, see, typed
from api.pages.shown import ShownRota, of_job, of_version
from api.pages.words import words_of
from api.problems import Refusal, problem
from api.rotas import RotaId, TheVersions
from api.versions import Number
from models.answer.report import Breach, Finding, Report
from models.answer.result import Clash, Level, Relaxation
from scheduler.access.keys import May
from scheduler.exchange.render.report_text import headline
from scheduler.intake.request import RotaRequest
from scheduler.rotas.derive import derive
from scheduler.wording import of_unit

router = APIRouter(include_in_schema=False)

MOST_BREACHES = 60
"""Places of one rule that are listed; more are counted."""


class ShownBreach(NamedTuple):
    """A place at which a rule is not kept, with the way to its cell."""

    sentence: str
    link: str


class ShownFinding(NamedTuple):
    """How one rule fared."""

    sentence: str
    by_law: bool
    amount: str
    sum: str
    """How the cost is made up: "3 days at 2 each"."""
    breaches: list[ShownBreach]
    more: int


class ShownPriority(NamedTuple):
    """The rules of one priority; of the musts where it has no number."""

    number: int | None
    title: str
    sentence: str
    cost: int
    findings: list[ShownFinding]
    kept: int
    """Rules that are kept in full."""


class ShownWay(NamedTuple):
    """Something that would make a request possible."""

    sentence: str
    number: int | None
    """Its place among the relaxations; None where only people can do it."""


# ------------------------------------------------------------------ what it cost


@router.get("/jobs/{job_id}/cost")
@page_needs(May.READ, whole=True)
def show_job_cost(request: Request, job_id: JobId, jobs: TheJobs) -> Response:
    """What each rule cost in the rota of a job."""
    return _cost(request, of_job(jobs, job_id))


@router.get("/rotas/{rota}/cost")
@page_needs(May.READ, whole=True)
def show_published_cost(request: Request, rota: RotaId, versions: TheVersions) -> Response:
    """What each rule cost in the published version of a rota."""
    return _cost(request, of_version(versions, rota, None))


@router.get("/rotas/{rota}/versions/{number}/cost")
@page_needs(May.READ, whole=True)
def show_version_cost(
    request: Request, rota: RotaId, number: Number, versions: TheVersions
) -> Response:
    """What each rule cost in a version of a rota."""
    return _cost(request, of_version(versions, rota, number))


def _cost(request: Request, shown: ShownRota) -> Response:
    draft, result = shown.result.draft, shown.result
    report = result.report or (None if draft is None else draft.report)
    return page(
        request,
        "cost.html.j2",
        shown=shown,
        headline=headline(result),
        priorities=[] if report is None else list(_priorities(shown, report)),
        notes=result.notes,
    )


def _priorities(shown: ShownRota, report: Report) -> Iterator[ShownPriority]:
    levels = {level.priority: level for level in shown.result.levels}
    for priority in ("must", *sorted(report.costs)):
        found = [f for f in report.findings if f.priority == priority]
        number = priority if isinstance(priority, int) else None
        broken = [_finding(shown, f) for f in found if f.breaches]
        cost = report.broken_musts if number is None else report.costs[number]
        yield ShownPriority(
            number,
            "What must hold" if number is None else shown.case.titles.get(number, ""),
            _sentence(number, cost, levels.get(number or 0)),
            cost,
            broken,
            len(found) - len(broken),
        )


def _sentence(number: int | None, cost: int, level: Level | None) -> str:
    if number is None:
        return "Every must is kept." if not cost else "These musts are broken:"
    return f"It costs {cost}." if level is None or not level.sentence else level.sentence


def _finding(shown: ShownRota, finding: Finding) -> ShownFinding:
    amount = of_unit(finding.amount, finding.unit)
    sum = "" if finding.priority == "must" else f"{amount} at {finding.weight} each: "
    return ShownFinding(
        finding.sentence,
        finding.by_law,
        amount,
        f"{sum}{finding.cost}" if sum else "",
        [ShownBreach(b.sentence, place(shown, b)) for b in finding.breaches[:MOST_BREACHES]],
        max(0, len(finding.breaches) - MOST_BREACHES),
    )


def place(shown: ShownRota, breach: Breach) -> str:
    """The address of the board at a breach: its cell, its person or its week; empty for none."""
    facts = shown.case.facts
    person = next((w for w in breach.where if w in facts.person_number), None)
    duty = next((w for w in breach.where if w in facts.duty_number), None)
    school = next((w for w in breach.where if w in {s.id for s in facts.schools}), None)
    day = next(filter(None, map(_date, breach.where)), None)
    board = f"{shown.base}/board"
    if duty is not None:
        plan = shown.grid.plan
        stint = plan.stint(facts.duties[facts.duty_number[duty]])
        week = day if stint is None else facts.date(stint.day)
        if person is not None:
            return board + query(week=week, on=person, day=week)
        return board + query(view="duty", week=week, duty=duty)
    if person is not None:
        return board + query(week=day, on=person if day else None, day=day, q=person, all="1")
    if day is not None:
        return board + query(view="duty", week=day, school=school)
    return ""


def _date(text: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(text)
    return None


# ------------------------------------------------------------------ why it is impossible


@router.get("/jobs/{job_id}/why")
@page_needs(May.READ, whole=True)
def show_why(request: Request, job_id: JobId, jobs: TheJobs) -> Response:
    """What cannot all hold, and what would mend it, each by a button."""
    result = jobs.result(job_id)
    if result is None:
        raise Refusal(problem(404, "no-report", "There is nothing to explain yet"))
    sent = jobs.request(job_id)
    return page(
        request,
        "why.html.j2",
        base=f"/jobs/{job_id}",
        name=words_of(jobs, job_id).name,
        headline=headline(result),
        clash=result.clash,
        ways=[] if result.clash is None else list(_ways(result.clash, sent)),
        draft=result.draft,
        notes=result.notes,
    )


def _ways(clash: Clash, sent: RotaRequest) -> Iterator[ShownWay]:
    numbers = {r.sentence: n for n, r in enumerate(clash.relaxations) if bend(r, sent) is not None}
    for sentence in dict.fromkeys((*clash.ways, *(r.sentence for r in clash.relaxations))):
        yield ShownWay(sentence, numbers.get(sentence))


@router.post("/jobs/{job_id}/mend")
@page_needs(May.PLAN, whole=True)
def mend_job(job_id: JobId, jobs: TheJobs, form: Form) -> Response:
    """Take a way out, and solve again."""
    result, number = jobs.result(job_id), typed(form, "way")
    clash = None if result is None else result.clash
    ways = () if clash is None else clash.relaxations
    patch = None
    if number.isdecimal() and int(number) < len(ways):
        patch = bend(ways[int(number)], jobs.request(job_id))
    if patch is None:
        raise Refusal(
            problem(422, "no-way", "There is no such way out", "Maybe look at the page again?")
        )
    return see(f"/jobs/{derive(jobs, job_id, patch).id}")


def bend(way: Relaxation, sent: RotaRequest) -> list[dict[str, Any]] | None:
    """The JSON Patch that makes the rules of a way out the first wishes, before all others; None
    where something else than a rule of the request would have to give way."""
    bent = {member.rule for member in way.gives_up}
    own = [n for n in bent if n is not None and n < len(sent.rules)]
    if not own or len(own) < len(bent):
        return None
    patch: list[dict[str, Any]] = []
    for number, rule in enumerate(sent.rules):
        if number in bent:
            patch.append({"op": "add", "path": f"/rules/{number}/priority", "value": 1})
        elif rule.priority != "must":
            later = {"op": "add", "path": f"/rules/{number}/priority", "value": rule.priority + 1}
            patch.append(later)
    titles = [
        {"op": "add", "path": f"/titles/{n}/priority", "value": title.priority + 1}
        for n, title in enumerate(sent.titles)
    ]
    return patch + titles
