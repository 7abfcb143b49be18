"""The formats of an answer: which one a caller would like, and a schedule in it."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request, Response

from api.problems import Refusal, problem
from models.answer.result import Result
from models.answer.schedule import Schedule
from models.answer.summary import ScheduleAnswer
from models.value import Value
from scheduler.exchange.render.formats import MEDIA_TYPES, Format, render
from scheduler.intake.case import Case

F = TypeVar("F", bound=str)


def described(said: str, model: type[Value], offered: Mapping[F, str]) -> dict[str, Any]:
    """What OpenAPI says of an answer that comes in formats, each with its media type."""
    content = {
        media.partition(";")[0]: {"schema": _text_or_bytes(media)}
        for name, media in offered.items()
        if name != "json"
    }
    return {"description": said, "model": model, "content": content}


def _text_or_bytes(media: str) -> dict[str, str]:
    """A media type's schema: text names its character set, and everything else is bytes."""
    return {"type": "string"} if "charset" in media else {"type": "string", "format": "binary"}


def chooser(offered: Mapping[F, str]) -> Callable[[Request], Callable[[], F]]:
    """The offered format that the Accept header prefers, worked out when it is needed."""

    def accepted(request: Request) -> Callable[[], F]:
        return lambda: best(request.headers.get("accept", "*/*"), offered)

    return accepted


THE_FORMATS = described(
    "The schedule; while a job is not over, its best so far.", ScheduleAnswer, MEDIA_TYPES
)

Accepted = Annotated[Callable[[], Format], Depends(chooser(MEDIA_TYPES))]


def shown(result: Result) -> Schedule | None:
    """The schedule of a result; its draft where musts clash."""
    return result.schedule or (result.draft.schedule if result.draft is not None else None)


def rendered(wanted: Format, case: Case, result: Result, person: str | None) -> Response:
    """The schedule of a result, which must have one, in a format.

    Raises:
        Refusal: nobody has the id of the person.
    """
    schedule = shown(result)
    assert schedule is not None
    try:
        content, media = render(
            wanted,
            case.facts,
            case.plan(schedule),
            result,
            rules=case.rules,
            person=person,
        )
    except KeyError:
        said = problem(422, "invalid-parameter", "Nobody has this id", "Maybe look at the request?")
        raise Refusal(said) from None
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Response(content, media_type=media, headers=headers)


def best(header: str, offered: Mapping[F, str]) -> F:
    """The format that an Accept header likes best, of those offered with their media types.

    Where several have the same type the last one is meant. A caller that accepts anything gets
    JSON.

    Raises:
        Refusal: none of them is accepted.
    """
    named = {media.partition(";")[0]: name for name, media in offered.items()}
    wishes: list[tuple[float, str]] = []
    for part in header.split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        stated = next((p.removeprefix("q=") for p in parameters if p.startswith("q=")), "1")
        wishes.append((_number(stated), media))
    for quality, media in sorted(wishes, key=lambda wish: -wish[0]):
        if quality == 0:
            continue
        if media in ("*/*", "application/*"):
            return named["application/json"]
        if media in named:
            return named[media]
    raise Refusal(
        problem(
            406,
            "no-such-format",
            "No format that is offered is accepted",
            f"There are {', '.join(sorted(named))}. Maybe say ?format=json?",
        )
    )


def _number(quality: str) -> float:
    try:
        return min(1.0, max(0.0, float(quality)))
    except ValueError:
        return 0.0
