"""A rota as iCalendar: one event for each placement, for everybody or for one person."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from hashlib import sha256
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Placement
from scheduler.exchange.render.placements import is_approved, things_of, without_people
from scheduler.exchange.render.render_input import RenderInput


@dataclass(frozen=True)
class _CalendarEntry:
    """One event of the calendar."""

    key: tuple[str, ...]
    """What its UID is made from, beside the rota's name."""
    title: str
    school: int
    times: tuple[int, int]
    """Start and end, in minutes from the horizon's start."""
    certain: bool
    """Published, with everything that it uses approved."""


def written(given: RenderInput) -> bytes:
    """The calendar of one person, or of everybody with their names in the titles.

    An event keeps its UID for as long as the person has the duty, so that a subscribed calendar
    moves it instead of doubling it (RFC 5545, 3.8.4.7). It is CONFIRMED if it was published and
    everything that it uses is approved, else TENTATIVE; in a draft that breaks musts, whose
    calendar says so in its name, every event is TENTATIVE. Activities that need only things are in
    the calendar of everybody. There are no reasons and no children in it.

    Raises:
        KeyError: nobody has this id.
    """
    facts, problem = given.facts, given.facts.problem
    person = None if given.person is None else facts.person_number[given.person]
    zone = ZoneInfo(problem.time_zone)
    stamp = datetime.combine(problem.as_of or problem.horizon.first, time(0), UTC)
    calendar = Calendar()
    calendar.add("prodid", "-//schoolrota//rota//EN")
    calendar.add("version", "2.0")
    name = problem.name if person is None else f"{facts.name(person)}: {problem.name}"
    calendar.add("x-wr-calname", f"{given.banner}: {name}" if given.banner else name)
    for entry in _entries(facts, given.plan, person):
        event = Event()
        event.add("uid", _uid(problem.name, *entry.key))
        event.add("dtstamp", stamp)
        event.add("summary", entry.title)
        event.add("location", facts.school_name(entry.school))
        for field, minute in zip(("dtstart", "dtend"), entry.times, strict=True):
            event.add(field, facts.local(minute).replace(tzinfo=zone))
        certain = entry.certain and not given.banner
        event.add("status", "CONFIRMED" if certain else "TENTATIVE")
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _entries(facts: Facts, plan: Plan, person: int | None) -> Iterator[_CalendarEntry]:
    """The events of one person; without one, of everybody and of what needs only things."""
    published = facts.problem.published
    placements = set(published.placements) if published else set()
    dated = {timed.activity for timed in published.times} if published else set()
    for number, duty in sorted(plan.cells):
        if person not in (None, number):
            continue
        placed = facts.duties[duty]
        stint = plan.stint(placed)
        if stint is None:
            continue
        placement = Placement(person=facts.staff[number].id, duty=placed.id)
        title = f"{placed.name}, {placed.need}" if placed.need else placed.name
        approved = is_approved(facts, plan, facts.occasions[placed.occasion])
        yield _CalendarEntry(
            (placement.person, placement.duty),
            title if person is not None else f"{facts.name(number)}: {title}",
            stint.school,
            (stint.start, stint.end),
            certain=placement in placements and approved,
        )
    for occasion, school, start, end in without_people(facts, plan) if person is None else ():
        things = things_of(facts, plan, occasion)
        day = str(facts.local(start).date())
        yield _CalendarEntry(
            (occasion.id, day) if occasion.parts > 1 else (occasion.id,),
            f"{occasion.name} ({things})" if things else occasion.name,
            school,
            (start, end),
            certain=occasion.id in dated and is_approved(facts, plan, occasion),
        )


def _uid(rota: str, *key: str) -> str:
    text = "\n".join((rota, *key))
    return f"{sha256(text.encode()).hexdigest()[:32]}@schoolrota"
