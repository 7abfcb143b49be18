"""The service as an ASGI app: its calls, its refusals, and its description."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version as version_of
from typing import Any

from fastapi import Depends, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import GZipMiddleware

from api import (
    calendars,
    check,
    cover,
    deriving,
    grids,
    jobs,
    keys,
    operations,
    people,
    recharge,
    register,
    rotas,
    sources,
    timetables,
    versions,
    webhooks,
)
from api.access import admit, describe, keep_chosen_key, refuse_undeclared
from api.answers import boards, questions
from api.answers.kept import KeptAnswers
from api.bodies import MODELS
from api.feed import Feed
from api.limits import Rates
from api.middleware import Guard
from api.openapi.description import described
from api.outside import install_outside
from api.pages import begin, board, door, frame, home, reference, report, watch
from api.parameters import refuse_unknown
from api.problems import install
from api.settings import Settings
from scheduler.exchange.mis.safe_http import Outgoing
from scheduler.operations.service import Service
from scheduler.rules import RULES

ABOUT = """\
Rules in, a checked schedule out. Send the facts and the rules in order of importance to
`POST /v1/jobs`, watch the job, fetch its schedule and a report of how each rule fared. Nothing is
returned that an independent checker has not verified.

Errors are problem documents (RFC 9457). Those about a body list everything that was found, each
with a JSON pointer and what to do; what was sent is never repeated.
"""

TAGS = [
    {"name": "jobs", "description": "A request from its submission to its answer."},
    {"name": "check", "description": "What the checkers find, without solving."},
    {"name": "rulebook", "description": "The rules, and example requests to start from."},
    {"name": "rotas", "description": "Living rotas: versions, publishing, nightly runs."},
    {"name": "recharge", "description": "What schools owe each other for shared people."},
    {
        "name": "register",
        "description": "Schools, people and contracts, as they are known between requests.",
    },
    {
        "name": "sources",
        "description": "Data that comes in: from an MIS, and from workbooks and sheets.",
    },
    {"name": "calendars", "description": "Published duties, for calendar programs."},
    {"name": "webhooks", "description": "Addresses that are notified of what happens."},
    {"name": "data protection", "description": "Export, erasure and retention of people's data."},
    {"name": "access", "description": "Keys, and the audit log."},
    {"name": "operations", "description": "For the people who run the service."},
]


PARTS = (
    jobs,
    deriving,
    rotas,
    versions,
    recharge,
    sources,
    grids,
    timetables,
    register,
    calendars,
    webhooks,
    people,
    keys,
    check,
    cover,
    boards,
    questions,
    operations,
)
"""What the calls are in; each has a router."""

PAGES = (
    frame,
    door,
    home,
    begin,
    watch,
    board,
    report,
    reference,
)
"""What the pages are in, screen by screen; each has a router."""


def open_service(settings: Settings) -> Service:
    """The database with its jobs, and the worker if there is to be one.

    Raises:
        ValueError: the database is named wrongly.
        NotMigrated: it is not up to date, and PostgreSQL.
        AlreadyRunning: another service works on it.
    """
    service = Service.open(
        settings.database,
        worker_settings=settings.worker_settings if settings.works else None,
        quotas=settings.quotas,
        outgoing=Outgoing(settings.reachable),
    )
    if settings.admin_key is not None:
        try:
            keep_chosen_key(service, settings.admin_key.get_secret_value())
        except ValueError:
            service.close()
            raise
    return service


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
        version=version_of("schoolrota"),
        description=ABOUT,
        openapi_tags=TAGS,
        lifespan=open_while_running,
        separate_input_output_schemas=False,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,  # clients name their calls by it
        dependencies=[Depends(admit), Depends(refuse_unknown)],
        docs_url=None,  # its page would fetch scripts from elsewhere; ours is in api.pages
        redoc_url=None,
    )
    app.state.settings = chosen
    app.state.answers = KeptAnswers()
    for part in PARTS:
        app.include_router(part.router)
    for pages in PAGES:
        app.include_router(pages.router)
    refuse_undeclared(app)
    install(app)
    install_outside(app)
    frame.show_refusals(app)
    app.add_middleware(
        GZipMiddleware, minimum_size=1000, compresslevel=4
    )  # streams stay as they are
    app.add_middleware(Guard, max_body_mb=chosen.max_body_mb, rates=Rates(chosen.max_calls))
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]  # as FastAPI documents it
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once."""
    if app.openapi_schema is None:
        found = described(app, MODELS.values(), RULES.values())
        describe(app, found)
        app.openapi_schema = found
    return app.openapi_schema
