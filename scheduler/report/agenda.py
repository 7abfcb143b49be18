"""The dated plan: every activity with its place, people, things and deadlines; and every thing's
route."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from models.answer.summary import PendingApproval, PlannedActivity, ResourceRoute, RouteStop
from models.facts.facts import Facts, Occasion
from models.facts.plan import Plan
from scheduler.report.left_out import explain_left_out
from scheduler.rulebook.rule import Rule


def events(facts: Facts, plan: Plan, rules: Sequence[Rule] = ()) -> Iterator[PlannedActivity]:
    """Every activity, by start; those that are left out come last."""
    said: dict[str, list[str]] = defaultdict(list)
    for rule in rules:
        for activity, sentence in rule.remarks(facts, plan):
            if activity is not None:
                said[activity].append(sentence)
    spared = {id for rule in rules for id in rule.spared(facts, plan)}
    activities = facts.activities()
    why = explain_left_out(facts, plan, rules)
    for occasion in sorted(activities, key=lambda o: (_start(plan, o), o.number)):
        place = plan.place(occasion)
        things = [] if place is None else plan.has(occasion)
        people = sorted({p for n in occasion.duties for p in plan.people(n)})
        yield PlannedActivity(
            activity=occasion.id,
            name=occasion.name,
            start=None if place is None else facts.local(occasion.starts[place]),
            end=None if place is None else facts.local(occasion.ends[place]),
            school=None if place is None else facts.schools[occasion.schools[place]].id,
            people=tuple(facts.staff[p].id for p in people),
            things=tuple(facts.things[t].id for t in things),
            waiting=tuple(_waiting(facts, occasion, place, things)),
            release_by=occasion.release_by,
            is_dated=occasion.optional or not occasion.duties or len(set(occasion.days)) > 1,
            spared=occasion.id in spared,
            remarks=(
                *said[occasion.id],
                *([why[occasion.number]] if occasion.number in why else ()),
            ),
            sentence=says_event(facts, plan, occasion),
        )


def routes(facts: Facts, plan: Plan) -> Iterator[ResourceRoute]:
    """The uses of every resource, by time."""
    for thing in facts.things:
        stops = []
        for occasion in facts.occasions:
            place = plan.place(occasion)
            if place is None or thing.number not in plan.has(occasion):
                continue
            setup, clear = thing.resource.setup_minutes, thing.resource.clear_minutes
            school = occasion.schools[place]
            for start, end, _ in occasion.spans[place]:
                stops.append((start - setup, end + clear, occasion, school))
        stops.sort(key=lambda stop: (stop[0], stop[1]))
        if stops:
            yield ResourceRoute(
                resource=thing.id,
                name=thing.name,
                stops=tuple(_stop(facts, *stop) for stop in stops),
            )


def _stop(facts: Facts, start: int, end: int, occasion: Occasion, school: int) -> RouteStop:
    day = facts.says_day(facts.day(facts.local(start).date()))
    clock = f"{facts.says_time(start)}-{facts.says_time(end)}"
    return RouteStop(
        activity=occasion.id,
        school=facts.schools[school].id,
        start=facts.local(start),
        end=facts.local(end),
        sentence=f"{day} {clock} at {facts.school_name(school)}: {occasion.name}",
    )


def _start(plan: Plan, occasion: Occasion) -> float:
    place = plan.place(occasion)
    return float("inf") if place is None else occasion.starts[place]


def _waiting(
    facts: Facts, occasion: Occasion, place: int | None, things: Sequence[int]
) -> Iterator[PendingApproval]:
    """Uses that their owner has not approved."""
    for thing in things if place is not None else ():
        said = facts.approval(occasion, place or 0, thing)
        if said == "granted":
            continue
        resource = facts.things[thing].resource
        owner = "Its owner"
        if resource.owner is not None:
            owner = facts.school_name(facts.school_number(resource.owner))
        yield PendingApproval(
            resource=facts.things[thing].id,
            owner=resource.owner,
            status=said,
            sentence=f"{owner} {_SAYS[said]} {facts.things[thing].name}.",
        )


_SAYS = {
    "asked": "was asked, and has not answered, about",
    "refused": "has refused",
    "not asked": "is still to be asked for",
}


def says_event(facts: Facts, plan: Plan, occasion: Occasion) -> str:
    """When, where, who and with what: "Mon 5 Jan 09:00-10:00 at Oak: Talk (Ann Marsh; Kit)"."""
    place = plan.place(occasion)
    if place is None:
        return f"Left out: {facts.says_work(occasion)}."
    people = sorted({p for n in occasion.duties for p in plan.people(n)})
    spans = occasion.spans[place]
    clock = f"{facts.says_time(spans[0][0])}-{facts.says_time(spans[0][1])}"
    days = " and ".join(
        [", ".join(facts.says_day(day) for _, _, day in spans[:-1]), facts.says_day(spans[-1][2])]
        if len(spans) > 1
        else [facts.says_day(spans[0][2])]
    )
    names = ", ".join(facts.name(p) for p in people)
    with_ = ", ".join(facts.things[t].name for t in plan.has(occasion))
    inside = "; ".join(part for part in (names, with_) if part)
    where = facts.school_name(occasion.schools[place])
    return f"{days} {clock} at {where}: {occasion.name}" + (f" ({inside})" if inside else "")
