"""The first page: the rotas that there are, and how to begin."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.access import Caller, page_needs
from api.jobs import TheJobs
from api.pages.frame import page
from api.pages.words import outcome, title
from api.rotas import TheRotas
from scheduler.access.keys import May

router = APIRouter(include_in_schema=False)

MOST_JOBS = 24


@router.get("/")
@page_needs(May.READ)
def show_home(
    request: Request,
    caller: Caller,
    rotas: TheRotas,
    jobs: TheJobs,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """Every rota; and what was solved, the newest first, for those who see all schools."""
    lines, _ = rotas.list(caller.schools)
    found = None if caller.schools is not None else jobs.page(cursor=cursor, limit=MOST_JOBS)
    return page(
        request,
        "home.html.j2",
        rotas=lines,
        jobs=() if found is None else found.items,
        more=None if found is None else found.next,
        title=title,
        outcome=outcome,
    )
