"""A rota as iCalendar: one event for each placement, for everybody or for one person."""

from datetime import UTC, datetime, time
from hashlib import sha256
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Placement
from scheduler.exchange.render.placements import is_approved, things_of, without_people


def feed(facts: Facts, plan: Plan, person: str | None = None) -> bytes:
    """The calendar of one person, or of all with their names in the titles.

    An event keeps its UID for as long as the person has the duty, so that a calendar that
    subscribes to the feed moves it and does not double it (RFC 5545, 3.8.4.7). It is CONFIRMED if
    it was published and all that is used is approved, else TENTATIVE. What needs things only is in
    the calendar of all. No reasons, no children.

    Raises:
        KeyError: nobody has this id.
    """
    problem = facts.problem
    chosen = None if person is None else facts.person_number[person]
    told = set(problem.published.placements) if problem.published else set()
    dated = {t.activity for t in problem.published.times} if problem.published else set()
    zone = ZoneInfo(problem.time_zone)
    stamp = datetime.combine(problem.as_of or problem.horizon.first, time(0), UTC)
    calendar = Calendar()
    calendar.add("prodid", "-//schoolrota//rota//EN")
    calendar.add("version", "2.0")
    whose = problem.name if chosen is None else f"{facts.name(chosen)}: {problem.name}"
    calendar.add("x-wr-calname", whose)

    def add(
        key: tuple[str, ...], title: str, school: int, times: tuple[int, int], *, certain: bool
    ) -> None:
        event = Event()
        event.add("uid", _uid(problem.name, *key))
        event.add("dtstamp", stamp)
        event.add("summary", title)
        event.add("location", facts.school_name(school))
        for name, minute in zip(("dtstart", "dtend"), times, strict=True):
            event.add(name, facts.local(minute).replace(tzinfo=zone))
        event.add("status", "CONFIRMED" if certain else "TENTATIVE")
        calendar.add_component(event)

    for number, duty in sorted(plan.cells):
        if chosen not in (None, number):
            continue
        placed = facts.duties[duty]
        stint = plan.stint(placed)
        if stint is None:
            continue
        placement = Placement(person=facts.staff[number].id, duty=placed.id)
        title = f"{placed.name}, {placed.need}" if placed.need else placed.name
        certain = placement in told and is_approved(facts, plan, facts.occasions[placed.occasion])
        add(
            (placement.person, placement.duty),
            title if chosen is not None else f"{facts.name(number)}: {title}",
            stint.school,
            (stint.start, stint.end),
            certain=certain,
        )
    for occasion, school, start, end in without_people(facts, plan) if chosen is None else ():
        things = things_of(facts, plan, occasion)
        add(
            (occasion.id, str(facts.local(start).date())) if occasion.parts > 1 else (occasion.id,),
            f"{occasion.name} ({things})" if things else occasion.name,
            school,
            (start, end),
            certain=occasion.id in dated and is_approved(facts, plan, occasion),
        )
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _uid(rota: str, *key: str) -> str:
    text = "\n".join((rota, *key))
    return f"{sha256(text.encode()).hexdigest()[:32]}@schoolrota"
