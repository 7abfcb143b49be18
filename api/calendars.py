"""The calls about calendars: secret addresses for what is published of people, places, things."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from pydantic import Field

from api.access import Caller, needs, of_the_caller, open_to_all
from api.bodies import IF_JSON, a_body, described_by
from api.parameters import GIVEN, USUAL_LIMIT, Cursor, Limit
from api.problems import refusals
from scheduler.access.keys import May
from scheduler.notify.feeds import Feeds, FeedView, FeedWish, NewFeed, calendar
from scheduler.storage.pagination import Page, cut_after

router = APIRouter(prefix="/v1", tags=["calendars"])


class FeedPage(Page):
    """A page of calendars, the oldest first."""

    items: tuple[FeedView, ...] = Field(description="The calendars of this page.")


TheFeeds = Annotated[Feeds, Depends(of_the_caller(Feeds))]


@router.post(
    "/feeds",
    status_code=201,
    summary="Create a calendar",
    responses=refusals(
        **IF_JSON,
        _422="The body cannot be understood.",
    ),
    openapi_extra=described_by(FeedWish, {"of": "person", "id": "sam"}),
)
@needs(May.PUBLISH, whole=True)
def create_feed(
    wish: Annotated[FeedWish, Depends(a_body(FeedWish))], caller: Caller, feeds: TheFeeds
) -> NewFeed:
    """A secret address for one person, school, group or resource. It is shown only once."""
    return feeds.new(wish, caller.key)


@router.get("/feeds", summary="List calendars")
@needs(May.PUBLISH, whole=True)
def list_feeds(feeds: TheFeeds, cursor: Cursor = None, limit: Limit = USUAL_LIMIT) -> FeedPage:
    """Every calendar ever made, revoked ones included, without its address."""
    found, more = cut_after(feeds.list(), lambda feed: feed.id, cursor, limit)
    return FeedPage(items=found, next=more)


@router.delete(
    "/feeds/{feed_id}",
    summary="Revoke a calendar",
    responses=refusals(_404="There is no such calendar."),
)
@needs(May.PUBLISH, whole=True)
def revoke_feed(
    feed_id: Annotated[
        str, Path(pattern=GIVEN, description="The id that `create_feed` answered with.")
    ],
    caller: Caller,
    feeds: TheFeeds,
) -> FeedView:
    """Its address stops working at once."""
    return feeds.revoke(feed_id, caller.key)


@router.get(
    "/calendars/{token}.ics",
    summary="Read a calendar",
    response_class=Response,
    responses={
        200: {
            "description": "What is published, from 30 days ago to 180 days ahead.",
            "content": {"text/calendar": {"schema": {"type": "string"}}},
        },
        304: {"description": "Nothing has changed since the ETag that was sent."},
        **refusals(
            _404="There is no such calendar, or it was revoked.",
            _422="A header cannot be understood.",
        ),
    },
)
@open_to_all
def get_calendar(
    request: Request,
    token: Annotated[
        str, Path(pattern="^[A-Za-z0-9_-]{1,100}$", description="The secret part of the address.")
    ],
    if_none_match: Annotated[
        str | None, Header(max_length=1000, description="The ETag of what is known already.")
    ] = None,
) -> Response:
    """For calendar programs, which have no key: anybody who knows the address can read it."""
    content = calendar(request.app.state.service.engine, token)
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=300"}
    known = {part.strip().removeprefix("W/") for part in (if_none_match or "").split(",")}
    if known & {tag, "*"}:
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = 'inline; filename="rota.ics"'
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)
