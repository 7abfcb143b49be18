"""The service as an ASGI app: its calls, its refusals, and its description."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.concurrency import run_in_threadpool

from api import jobs, judging, operations
from api.feed import Feed
from api.guard import Guard
from api.limits import Rates
from api.problems import install
from api.settings import Settings
from scheduler.jobs.service import Service

ABOUT = """\
Rules in, a checked schedule out. Send the facts and the rules in order of importance to
`POST /v1/jobs`, watch the job, fetch its schedule and a report of how each rule fared. Nothing is
returned that an independent checker has not verified.

Errors are problem documents (RFC 9457). Those about a body list everything that was found, each
with a JSON pointer and what to do; what was sent is never repeated.
"""

TAGS = [
    {"name": "jobs", "description": "One request's life: submitted, solved, answered."},
    {"name": "check", "description": "What the checkers say, without solving."},
    {"name": "rulebook", "description": "The rules there are, and requests to begin from."},
    {"name": "operations", "description": "For whoever runs the service."},
]


def open_service(settings: Settings) -> Service:
    """The database with its jobs, and the worker if there is to be one.

    Raises:
        ValueError: the database is named wrongly.
        NotMigrated: it is not up to date, and PostgreSQL.
        AlreadyRunning: another service works on it.
    """
    return Service.open(
        settings.database,
        working=settings.working if settings.works else None,
        most_waiting=settings.max_waiting,
    )


def create_app(settings: Settings | None = None, opened: Service | None = None) -> FastAPI:
    """The service; it opens its database when it starts and hands its jobs on when it stops."""
    chosen = settings or Settings()

    @asynccontextmanager
    async def open_while_running(app: FastAPI) -> AsyncIterator[None]:
        service = opened
        if service is None:
            service = await run_in_threadpool(open_service, chosen)
        app.state.service = service
        app.state.feed = Feed(service.jobs, chosen.max_streams, chosen.max_streams_each)
        try:
            yield
        finally:
            app.state.feed.close()
            await run_in_threadpool(service.close)

    app = FastAPI(
        title="schoolrota",
        version=version("schoolrota"),
        description=ABOUT,
        openapi_tags=TAGS,
        lifespan=open_while_running,
        separate_input_output_schemas=False,
        redirect_slashes=False,
        docs_url=None,  # its page would fetch scripts from elsewhere
        redoc_url=None,
    )
    app.state.settings = chosen
    for part in (jobs, judging, operations):
        app.include_router(part.router)
    install(app)
    app.add_middleware(Guard, max_body_mb=chosen.max_body_mb, rates=Rates(chosen.max_calls))
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]  # as FastAPI documents it
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI, with the body of a check; a request and a schedule are also answers, so they
    are in it already."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            tags=app.openapi_tags,
            routes=app.routes,
            separate_input_output_schemas=False,
        )
        schemas = document["components"]["schemas"]
        schemas["Check"] = {
            "title": "Check",
            "description": "A request, and perhaps a schedule for it.",
            "type": "object",
            "properties": {
                "request": {"$ref": "#/components/schemas/RotaRequest"},
                "schedule": {
                    "anyOf": [{"$ref": "#/components/schemas/Schedule"}, {"type": "null"}]
                },
            },
            "required": ["request"],
            "additionalProperties": False,
        }
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        app.openapi_schema = document
    return app.openapi_schema
