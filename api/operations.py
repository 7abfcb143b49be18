"""The calls for running the service: is it alive, is it ready, what are its metrics."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field

from api.access import open_to_all
from api.problems import Refusal, problem, refusals
from models.value import Value
from scheduler.jobs.metrics import exposition
from scheduler.operations.service import Service
from scheduler.storage.database import newer, up_to_date

router = APIRouter(tags=["operations"])


class Health(Value):
    """How the service is."""

    status: Literal["alive", "ready"] = Field(
        description="`alive`: the process runs; `ready`: it can take calls."
    )


@router.get("/livez", summary="Check that the process is alive")
@open_to_all
async def check_liveness() -> Health:
    """The process only, not the database: a lost database must not restart every node."""
    return Health(status="alive")


@router.get(
    "/readyz",
    summary="Check that calls can be taken",
    responses=refusals(_503="The database is out of reach, or of another version."),
)
@open_to_all
def check_readiness(request: Request) -> Health:
    """Whether the database answers and is up to date."""
    service: Service = request.app.state.service
    try:
        service.jobs.reachable()
        current = up_to_date(service.engine) or newer(service.engine)
    except Exception:
        said = problem(503, "database-away", "The database is out of reach", "Maybe try again?")
        raise Refusal(said, {"Retry-After": "5"}) from None
    if not current:
        said = problem(
            503,
            "not-migrated",
            "The database is of another version",
            "Maybe run `schoolrota migrate`, or wait until it has?",
        )
        raise Refusal(said, {"Retry-After": "5"})
    return Health(status="ready")


@router.get(
    "/metrics",
    summary="Get metrics",
    response_class=Response,
    responses={
        200: {
            "description": "The text format of Prometheus.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    },
)
@open_to_all
def get_metrics(request: Request) -> Response:
    """Queue depth and age, workers, seconds of solving, gaps when stopped, crashes, jobs taken
    over, and calls."""
    service: Service = request.app.state.service
    return Response(
        exposition(service.engine, service.queue),
        media_type="text/plain; version=0.0.4; charset=utf-8",
    )
