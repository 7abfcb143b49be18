"""Parameters of calls: how lists are asked for, what ids look like, and that no others are sent."""

import difflib
from collections.abc import Iterator
from typing import Annotated

from fastapi import Query, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.problems import ProblemError, Refusal, problem

Cursor = Annotated[
    str | None,
    Query(
        max_length=200,
        description="`next` of the page before; leave it out for the first page.",
    ),
]

Limit = Annotated[int, Query(ge=1, le=1000, description="The most items of a page.")]

USUAL_LIMIT = 100
"""Items of a page where nothing is said."""

GIVEN = r"^[A-Za-z0-9_-]{1,64}$"
"""What an id looks like that the service has made: of a job, a key, an import, a webhook."""


def refuse_unknown(request: Request) -> None:
    """Refuse a query parameter that the call does not know, rather than pass over a slip.

    Raises:
        Refusal: 422, with the known parameter that comes nearest; what was sent is not repeated.
    """
    known = _known(request.scope["route"])
    errors = tuple(_unknown(name, known) for name in request.query_params if name not in known)
    if errors:
        raise Refusal(
            problem(
                422,
                "unknown-parameter",
                "A query parameter is not known",
                "Nothing was done. Each error says which parameters the call knows.",
                errors[:20],
            )
        )


def _known(route: APIRoute) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_queried(route.dependant)))


def _queried(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for part in dependant.dependencies:
        yield from _queried(part)


def _unknown(name: str, known: tuple[str, ...]) -> ProblemError:
    if not known:
        said = "is not known: this call takes no query parameters."
        return ProblemError(message=said, hint="Maybe leave it out?")
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
    return ProblemError(
        parameter=near,
        message=f"was expected: a parameter of another name was sent. Known: {', '.join(known)}.",
        hint=f"Maybe {near}?",
    )
