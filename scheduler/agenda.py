"""The dated plan: every activity with its place, people, things and deadlines; and every thing's
route."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from models.facts import Facts, Occasion
from models.plan import Plan
from models.summary import Event, Route, Stop
from scheduler.rule import Rule


def events(facts: Facts, plan: Plan, rules: Sequence[Rule] = ()) -> Iterator[Event]:
    """Every activity, by start; those that are left out come last."""
    said: dict[str, list[str]] = defaultdict(list)
    for rule in rules:
        for activity, sentence in rule.remarks(facts, plan):
            if activity is not None:
                said[activity].append(sentence)
    activities = facts.activities()
    for occasion in sorted(activities, key=lambda o: (_start(plan, o), o.number)):
        place = plan.place(occasion)
        things = [] if place is None else plan.has(occasion)
        people = sorted({p for n in occasion.duties for p in plan.people(n)})
        yield Event(
            activity=occasion.id,
            name=occasion.name,
            start=None if place is None else facts.local(occasion.starts[place]),
            end=None if place is None else facts.local(occasion.ends[place]),
            school=None if place is None else facts.schools[occasion.schools[place]].id,
            people=tuple(facts.staff[p].id for p in people),
            things=tuple(facts.things[t].id for t in things),
            to_approve=tuple(
                facts.things[t].id for t in things if _is_to_approve(facts, occasion, place, t)
            ),
            release_by=occasion.release_by,
            is_dated=occasion.optional or len(set(occasion.days)) > 1,
            remarks=tuple(said[occasion.id]),
        )


def routes(facts: Facts, plan: Plan) -> Iterator[Route]:
    """The uses of every resource, by time."""
    for thing in facts.things:
        stops = []
        for occasion in facts.occasions:
            place = plan.place(occasion)
            if place is None or thing.number not in plan.has(occasion):
                continue
            start = occasion.starts[place] - thing.resource.setup_minutes
            end = occasion.ends[place] + thing.resource.clear_minutes
            stops.append((start, end, occasion, occasion.schools[place]))
        if stops:
            yield Route(
                resource=thing.id,
                stops=tuple(
                    Stop(
                        activity=occasion.id,
                        school=facts.schools[school].id,
                        start=facts.local(start),
                        end=facts.local(end),
                    )
                    for start, end, occasion, school in sorted(stops, key=lambda s: (s[0], s[1]))
                ),
            )


def _start(plan: Plan, occasion: Occasion) -> float:
    place = plan.place(occasion)
    return float("inf") if place is None else occasion.starts[place]


def _is_to_approve(facts: Facts, occasion: Occasion, place: int | None, thing: int) -> bool:
    resource = facts.things[thing].resource
    if not resource.approval or place is None or occasion.shift in resource.approved:
        return False
    return resource.owner != facts.schools[occasion.schools[place]].id
