"""The board of a rota: by person, by duty or the whole term; week by week, with filters."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response

from api.access import Caller, page_needs
from api.jobs import JobId, TheJobs
from api.pages.cell import CellView, cell_of_duty, cell_of_person, trial
from api.pages.frame import Form, page, query, see
from api.pages.moves import Move, patch_of, read_moves
from api.pages.shown import ShownRota, of_job, of_version
from api.rotas import RotaId, TheRotas, TheVersions
from api.versions import Number
from models.answer.board import Board, BoardPerson
from models.answer.schedule import Schedule
from models.value import Id
from scheduler.access.keys import May, Principal
from scheduler.exchange.render.board import BoardInput, board, stretch
from scheduler.exchange.render.grid import Grid
from scheduler.intake.case import Case
from scheduler.rotas.derive import derive
from scheduler.rotas.rota_store import local_date
from scheduler.rotas.rotas import Rotas

router = APIRouter(include_in_schema=False)

View = Literal["person", "duty", "term"]

MOST_NAMED = 40
"""Rows up to which cells say the duty's name; with more they say its code."""


class BoardLook(NamedTuple):
    """What of a board is looked at: the filters, as they stand in the address."""

    view: View = "person"
    week: date | None = None
    school: str | None = None
    q: str = ""
    all: bool = False
    on: str | None = None
    """The person of the chosen cell,"""
    day: date | None = None
    """and its day;"""
    duty: str | None = None
    """or the duty of the chosen cell."""
    moves: tuple[str, ...] = ()
    """Changes by hand that are not solved yet, the oldest first."""

    def link(self, **changes: Any) -> str:
        """The same look but for some changes, as the query of an address."""
        new = self._replace(**changes)
        return (
            query(
                view=None if new.view == "person" else new.view,
                week=new.week,
                school=new.school,
                q=new.q,
                all="1" if new.all else None,
                on=new.on,
                day=new.day,
                duty=new.duty,
                m=new.moves,
            )
            or "?"
        )

    def with_moves(self, more: Iterable[Move]) -> str:
        """The same look after more moves."""
        return self.link(moves=(*self.moves, *map(str, more)))

    def plain(self, **changes: Any) -> str:
        """As `link`, with no cell chosen."""
        return self.link(**{"on": None, "day": None, "duty": None, **changes})


def _look(
    view: Annotated[View, Query()] = "person",
    week: Annotated[date | None, Query()] = None,
    school: Annotated[str | None, Query(max_length=80)] = None,
    q: Annotated[str, Query(max_length=100)] = "",
    all: Annotated[bool, Query()] = False,
    on: Annotated[Id | None, Query()] = None,
    day: Annotated[date | None, Query()] = None,
    duty: Annotated[str | None, Query(max_length=200)] = None,
    m: Annotated[list[str] | None, Query(max_length=60)] = None,
) -> BoardLook:
    return BoardLook(view, week, school or None, q.strip(), all, on, day, duty, tuple(m or ()))


Look = Annotated[BoardLook, Depends(_look)]
Part = Annotated[Literal["cell"] | None, Query()]


class TermRow(NamedTuple):
    """A person's row of the summary of a term."""

    name: str
    days: list[int]
    """Days with a duty, week by week."""
    total: int


@router.get("/jobs/{job_id}/board")
@page_needs(May.READ, whole=True)
def show_job_board(
    request: Request, job_id: JobId, jobs: TheJobs, caller: Caller, look: Look, part: Part = None
) -> Response:
    """The rota of a job, or the best so far."""
    return board_page(request, of_job(jobs, job_id), look, caller, part)


@router.get("/rotas/{rota}/board")
@page_needs(May.READ)
def show_published_board(
    request: Request,
    rota: RotaId,
    versions: TheVersions,
    caller: Caller,
    look: Look,
    part: Part = None,
) -> Response:
    """The published version of a rota; for a key of some schools, no more than is theirs."""
    rota_seen(request, rota, caller)
    return board_page(request, of_version(versions, rota, None), look, caller, part)


@router.get("/rotas/{rota}/versions/{number}/board")
@page_needs(May.READ, whole=True)
def show_version_board(
    request: Request,
    rota: RotaId,
    number: Number,
    versions: TheVersions,
    caller: Caller,
    look: Look,
    part: Part = None,
) -> Response:
    """Any version of a rota."""
    return board_page(request, of_version(versions, rota, number), look, caller, part)


@router.post("/jobs/{job_id}/again")
@page_needs(May.PLAN, whole=True)
def solve_again(job_id: JobId, jobs: TheJobs, form: Form) -> Response:
    """Solve a job's request again with the moves that were collected; the rest is kept near."""
    request = jobs.request(job_id)
    moves = read_moves([m for m in form.getlist("m") if isinstance(m, str)], Case(request).facts)
    return see(f"/jobs/{derive(jobs, job_id, patch_of(moves, request)).id}")


@router.post("/rotas/{rota}/again")
@page_needs(May.PLAN, whole=True)
def solve_rota_again(
    rota: RotaId, rotas: TheRotas, versions: TheVersions, form: Form, caller: Caller
) -> Response:
    """Change a rota by the moves that were collected, and solve it near its published version."""
    case, _ = versions.answer(rota)
    moves = read_moves([m for m in form.getlist("m") if isinstance(m, str)], case.facts)
    patch = patch_of(moves, case.request, "/request")
    return see(f"/jobs/{rotas.derive(rota, patch, caller).id}")


def rota_seen(request: Request, rota: str, caller: Principal) -> None:
    """Refuse a rota that concerns none of the caller's schools.

    Raises:
        UnknownRota: it does not, or there is none.
    """
    service = request.app.state.service
    Rotas(service.engine, service.jobs_of(caller.tenant), caller.tenant).get(rota, caller.schools)


def board_page(
    request: Request, shown: ShownRota, look: BoardLook, caller: Principal, part: Part
) -> Response:
    """A rota by person, by duty or by the term, with the chosen cell beside it."""
    facts = shown.case.facts
    if look.week is not None and not facts.first <= look.week <= facts.days[-1]:
        look = look._replace(week=None)
    first, last = week_of(
        shown, look.week or local_date(facts.problem.time_zone), look.week is not None
    )
    if look.school not in {school.id for school in facts.schools}:
        look = look._replace(school=None)
    tried = trial(shown, look.moves) if caller.schools is None else None
    after = shown.schedule if tried is None else tried.after
    cell = _cell(shown, after, look) if caller.schools is None else None
    if part:
        return page(request, "cell.html.j2", shown=shown, look=look, cell=cell)
    grid = shown.grid if tried is None else Grid(facts, shown.case.plan(after))
    made = board(BoardInput(grid, shown.result, caller.schools), first, last, look.school)
    people, hidden = chosen_people(made, look)
    duties = [row for row in made.duties if look.q.casefold() in row.name.casefold()]
    return page(
        request,
        "board.html.j2",
        shown=shown,
        look=look,
        board=made,
        week=next((w for w in made.weeks if w.first <= last and w.last >= first), None),
        weeks=made.weeks,
        people=people,
        hidden=hidden,
        duties=duties,
        named=len(people) <= MOST_NAMED,
        names={row.person: row.name for row in made.people},
        term=term_rows(shown, look, caller) if look.view == "term" else (),
        cell=cell,
        tried=tried,
    )


def _cell(shown: ShownRota, after: Schedule, look: BoardLook) -> CellView | None:
    if look.on is not None and look.day is not None:
        return cell_of_person(shown, after, look.on, look.day)
    return None if look.duty is None else cell_of_duty(shown, after, look.duty)


def week_of(shown: ShownRota, day: date, asked: bool) -> tuple[date, date]:
    """The week of a day; if it was not asked for and lies outside, the first with duties."""
    if not asked:
        return stretch(shown.grid, None, None, day)
    facts = shown.case.facts
    week = facts.weeks[facts.week_of(facts.day(day))]
    return facts.date(week[0]), facts.date(week[-1])


def chosen_people(made: Board, look: BoardLook) -> tuple[list[BoardPerson], int]:
    """The rows to show, and how many more there are: people without a duty that week."""
    wanted = look.q.casefold()
    found = [row for row in made.people if wanted in row.name.casefold() or wanted == row.person]
    if look.all or look.q:
        return found, 0
    busy = [row for row in found if row.days or any(cell.gone for cell in row.cells)]
    return busy, len(found) - len(busy)


def term_rows(shown: ShownRota, look: BoardLook, caller: Principal) -> list[TermRow]:
    """Everybody with a duty, with their days of each week."""
    grid, facts = shown.grid, shown.case.facts
    seen = caller.schools
    rows = []
    for staff in facts.staff:
        home = facts.schools[staff.home].id
        if (
            seen is not None and home not in seen
        ) or look.q.casefold() not in staff.name.casefold():
            continue
        if look.school is not None and home != look.school:
            continue
        days = [
            sum((staff.number, day) in grid.by_person for day in week.days) for week in grid.weeks
        ]
        if sum(days) or look.all:
            rows.append(TermRow(staff.name, days, sum(days)))
    return rows
