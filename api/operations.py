"""The calls of whoever runs the service: is it alive, is it ready."""

from typing import Literal

from fastapi import APIRouter, Request

from api.access import open_to_all
from api.jobs import refusals
from api.problems import Refusal, problem
from models.value import Value

router = APIRouter(tags=["operations"])


class Health(Value):
    """How the service is."""

    status: Literal["alive", "ready"]


@router.get("/livez", summary="Is the process alive?")
@open_to_all
async def alive() -> Health:
    """The process only, never the database: a lost database must not restart every node."""
    return Health(status="alive")


@router.get(
    "/readyz",
    summary="Can it take calls?",
    responses=refusals(_503="The database is out of reach."),
)
@open_to_all
def ready(request: Request) -> Health:
    """Whether the database answers."""
    try:
        request.app.state.service.jobs.reachable()
    except Exception:
        said = problem(503, "database-away", "The database is out of reach", "Maybe try again?")
        raise Refusal(said, {"Retry-After": "5"}) from None
    return Health(status="ready")
