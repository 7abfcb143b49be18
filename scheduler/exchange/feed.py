"""A rota as iCalendar: one event for each placement, for everybody or for one person."""

from datetime import UTC, datetime, time
from hashlib import sha256
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from models.facts import Facts
from models.plan import Plan
from models.problem import Placement


def feed(facts: Facts, plan: Plan, person: str | None = None) -> bytes:
    """The calendar of one person, or of all with their names in the titles.

    An event keeps its UID for as long as the person has the duty, so that a calendar that
    subscribes to the feed moves it and does not double it (RFC 5545, 3.8.4.7). It is CONFIRMED if
    it was published, else TENTATIVE. No reasons, no children.

    Raises:
        KeyError: nobody has this id.
    """
    problem = facts.problem
    chosen = None if person is None else facts.person_number[person]
    told = set(problem.published.placements) if problem.published else set()
    zone = ZoneInfo(problem.time_zone)
    stamp = datetime.combine(problem.as_of or problem.horizon.first, time(0), UTC)
    calendar = Calendar()
    calendar.add("prodid", "-//schoolrota//rota//EN")
    calendar.add("version", "2.0")
    whose = problem.name if chosen is None else f"{facts.name(chosen)}: {problem.name}"
    calendar.add("x-wr-calname", whose)
    for number, duty in sorted(plan.cells):
        if chosen not in (None, number):
            continue
        placed = facts.duties[duty]
        stint = plan.stint(placed)
        if stint is None:
            continue
        placement = Placement(person=facts.staff[number].id, duty=placed.id)
        title = f"{placed.name}, {placed.need}" if placed.need else placed.name
        event = Event()
        event.add("uid", _uid(problem.name, placement))
        event.add("dtstamp", stamp)
        event.add("summary", title if chosen is not None else f"{facts.name(number)}: {title}")
        event.add("location", facts.school_name(placed.school))
        event.add("dtstart", facts.local(stint.start).replace(tzinfo=zone))
        event.add("dtend", facts.local(stint.end).replace(tzinfo=zone))
        event.add("status", "CONFIRMED" if placement in told else "TENTATIVE")
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _uid(rota: str, placement: Placement) -> str:
    text = "\n".join((rota, placement.person, placement.duty))
    return f"{sha256(text.encode()).hexdigest()[:32]}@schoolrota"
