"""The page on which a rota begins: from an example, a workbook, or a request as JSON."""

from itertools import groupby
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from api.access import page_needs
from api.check import example_requests
from api.jobs import TheJobs
from api.pages.frame import Form, page, see, typed, uploaded
from scheduler.access.keys import May
from scheduler.exchange.render.formats import MEDIA_TYPES
from scheduler.exchange.workbook.sheet_lines import InvalidSheets
from scheduler.intake.parse import read_request
from scheduler.intake.request import RotaRequest
from scheduler.intake.validation_errors import InvalidRequest
from scheduler.jobs.jobs import Jobs

router = APIRouter(include_in_schema=False)

ZIPPED = b"PK"
"""How a workbook begins, and so does a zip of CSV files."""


class FoundFault(NamedTuple):
    """One thing that is wrong, for the list on a page."""

    place: str
    """In words: "people, 3rd: contracts, 1st", or a cell."""
    said: str


class FaultGroup(NamedTuple):
    """The faults of one sheet, or of one part of a request."""

    id: str
    title: str
    faults: list[FoundFault]


class BadField(Exception):
    """Something on the form is missing; the field, and what to do."""

    def __init__(self, field: str, said: str) -> None:
        super().__init__(said)
        self.field = field
        self.said = said


@router.get("/new")
@page_needs(May.PLAN, whole=True)
def show_new(request: Request) -> Response:
    """The ways to begin."""
    return _shown(request)


@router.get("/new/workbook")
@page_needs(May.PLAN, whole=True)
def get_workbook(_: Request) -> Response:
    """The smallest example as a workbook, to write one's own over it."""
    from scheduler.exchange.workbook.request_book import as_workbook

    content = as_workbook(read_request(example_requests()["tiny"].text))
    headers = {"Content-Disposition": 'attachment; filename="rota.xlsx"'}
    return Response(content, media_type=MEDIA_TYPES["xlsx"], headers=headers)


def _shown(
    request: Request,
    *,
    status: int = 200,
    bad: BadField | None = None,
    groups: list[FaultGroup] | None = None,
    text: str = "",
) -> Response:
    return page(
        request,
        "new.html.j2",
        status=status,
        examples=[(name, found.title) for name, found in example_requests().items()],
        bad=bad,
        groups=groups or [],
        text=text,
    )


async def _sent(form: Form) -> bytes:
    """What was uploaded or pasted; what was pasted goes before."""
    return typed(form, "text").encode() or await uploaded(form, "file")


@router.post("/new")
@page_needs(May.PLAN, whole=True)
async def begin_rota(
    request: Request, form: Form, raw: Annotated[bytes, Depends(_sent)], jobs: TheJobs
) -> Response:
    """Solve what was sent, or say everything that is wrong with it."""
    text = typed(form, "text")
    try:
        if not raw:
            raise BadField("file", "Choose a workbook or a JSON file.")
        job = await run_in_threadpool(_begun, raw, typed(form, "seconds"), jobs)
    except BadField as bad:
        return _shown(request, status=422, bad=bad, text=text)
    except InvalidRequest as wrong:
        found = [(f.pointer, f"{f.message} {f.hint}".strip()) for f in wrong.faults]
        return _shown(request, status=422, groups=_by_part(found), text=text)
    except InvalidSheets as wrong:
        return _shown(request, status=422, groups=_by_sheet(wrong), text=text)
    return see(f"/jobs/{job}")


@router.post("/new/example")
@page_needs(May.PLAN, whole=True)
def begin_example(request: Request, form: Form, jobs: TheJobs) -> Response:
    """Solve an example as it is."""
    known = example_requests()
    name = typed(form, "example")
    if name not in known:
        bad = BadField("example", "Choose an example.")
        return _shown(request, status=422, bad=bad)
    try:
        job = _begun(known[name].text, typed(form, "seconds"), jobs)
    except BadField as bad:
        return _shown(request, status=422, bad=bad)
    return see(f"/jobs/{job}")


def _begun(raw: bytes, seconds: str, jobs: Jobs) -> str:
    """The id of a new job.

    Raises:
        BadField: the seconds are no number.
        InvalidRequest: the JSON is no request, or asks for too much.
        InvalidSheets: the workbook holds no request.
    """
    sent = _for_seconds(_read(raw), seconds)
    return jobs.submit(jobs.quotas.within(sent)).id


def _read(raw: bytes) -> RotaRequest:
    if raw.startswith(ZIPPED):
        from scheduler.exchange.workbook.read_book import read_book

        return read_book(raw)
    return read_request(raw)


def _for_seconds(sent: RotaRequest, seconds: str) -> RotaRequest:
    if not seconds:
        return sent
    try:
        wished = float(seconds)
    except ValueError:
        wished = 0
    if not 1 <= wished <= 24 * 3600:
        raise BadField("seconds", "Enter how many seconds it may search, from 1 to 86400.")
    limits = sent.limits.model_copy(update={"seconds": wished})
    return sent.model_copy(update={"limits": limits})


# ------------------------------------------------------------------ faults, in order


def _by_sheet(wrong: InvalidSheets) -> list[FaultGroup]:
    """Sheet by sheet, each fault with its cell."""
    rows = sorted(wrong.faults, key=lambda f: f.sheet)
    return [
        FaultGroup(
            f"faults-{number}",
            f"Sheet {sheet}" if sheet else "The workbook",
            [FoundFault(f.cell, f"{f.message} {f.hint}".strip()) for f in found],
        )
        for number, (sheet, found) in enumerate(groupby(rows, key=lambda f: f.sheet))
    ]


def _by_part(faults: list[tuple[str, str]]) -> list[FaultGroup]:
    """Part by part: people, shifts, rules and so on."""
    parts: dict[str, list[FoundFault]] = {}
    for pointer, said in faults:
        path = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
        path = path[1:] if path[:1] == ["problem"] and len(path) > 1 else path
        title = path[0].replace("_", " ").capitalize() if path else "The file"
        parts.setdefault(title, []).append(FoundFault(_in_words(path[1:]), said))
    return [
        FaultGroup(f"faults-{number}", title, found)
        for number, (title, found) in enumerate(parts.items())
    ]


def _in_words(path: list[str]) -> str:
    """A path as people count: "3rd, contracts, 1st"."""
    return ", ".join(_nth(int(s) + 1) if s.isdecimal() else s.replace("_", " ") for s in path)


def _nth(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"
