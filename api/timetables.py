"""The calls about timetables: who teaches when and where, by a source or as it is sent."""

from datetime import UTC, datetime

from fastapi import APIRouter

from api.access import needs
from api.bodies import described
from api.problems import refusals
from api.sources import ANY_OBJECT, BODY_REFUSALS, ONEROSTER, SourceId, TheFeed, TheSources
from scheduler.access.keys import May
from scheduler.exchange.mis.timetable import Timetable, oneroster_timetable, wonde_timetable

router = APIRouter(prefix="/v1", tags=["sources"])

LESSON = {
    "lessons": {
        "data": [
            {
                "id": "L1",
                "employee": "A1000000001",
                "start_at": "2026-05-11 09:00:00",
                "end_at": "2026-05-11 10:00:00",
            }
        ]
    }
}


@router.get(
    "/sources/{source_id}/timetable",
    summary="Get the timetable of a source",
    responses=refusals(
        _404="There is no such source.", _502="It did not answer whole, or refuses us."
    ),
)
@needs(May.PLAN, whole=True)
def get_source_timetable(source_id: SourceId, sources: TheSources) -> Timetable:
    """Rooms, classes, periods and lessons, with teachers and without pupils. It is not kept."""
    return sources.timetable(source_id)


@router.post(
    "/timetables/wonde",
    summary="Read a timetable from Wonde",
    responses=refusals(**BODY_REFUSALS),
    openapi_extra=described(ANY_OBJECT, LESSON),
)
@needs(May.PLAN, whole=True)
def read_wonde_timetable(feed: TheFeed) -> Timetable:
    """An object of endpoint to response: rooms, classes, periods and lessons. It is not kept."""
    return wonde_timetable(feed)


@router.post(
    "/timetables/oneroster",
    summary="Read classes from OneRoster",
    responses=refusals(**BODY_REFUSALS),
    openapi_extra=described(ANY_OBJECT, ONEROSTER),
)
@needs(May.PLAN, whole=True)
def read_oneroster_timetable(feed: TheFeed) -> Timetable:
    """Classes and enrolments: who teaches which class. They are not kept."""
    return oneroster_timetable(feed, datetime.now(UTC).date())
