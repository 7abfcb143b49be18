"""From a schedule to what it amounts to, counted without a solver."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from models.answer.summary import (
    ChosenGroup,
    Coverage,
    DutyPool,
    PersonDiary,
    PersonLoad,
    PersonOnSite,
    PublishedChange,
    SiteDay,
    Summary,
)
from models.facts.facts import Duty, Facts, Stint
from models.facts.plan import Plan
from models.problem.people import Who
from models.problem.problem import ActivityTime, Placement
from scheduler.report import hours
from scheduler.report.agenda import events, routes
from scheduler.report.derived_from import compared_with
from scheduler.report.rating_changes import rated
from scheduler.report.unfilled import at_that_time, not_used, unfilled
from scheduler.rulebook.rule import Rule
from scheduler.wording import listed


def summarise(
    facts: Facts,
    plan: Plan,
    rules: Sequence[Rule] = (),
    titles: Mapping[int, str] | None = None,
    over: Callable[[], bool] = lambda: False,
) -> Summary:
    """Coverage, loads, presence, and the reasons; `rules` say why a free person is not placed, as
    long as `over` says no, and `titles` what their priorities are about."""
    return Summary(
        coverage=tuple(_coverage(facts, plan, duty) for duty in facts.duties),
        unfilled=tuple(unfilled(facts, plan, rules, titles, over)),
        pools=tuple(_pools(facts, plan)),
        diaries=tuple(_diaries(facts, plan)),
        site_days=tuple(_site_days(facts, plan)),
        not_used=tuple(not_used(facts, plan)),
        amendments=tuple(_amendments(facts, plan)),
        compared_with=compared_with(rules),
        together=tuple(_together(facts, plan)),
        events=tuple(events(facts, plan, rules)),
        routes=tuple(routes(facts, plan)),
        ratings=tuple(rated(facts)),
        years=tuple(hours.years(facts, plan)),
        weeks=tuple(hours.weeks(facts, plan)),
        legs=tuple(hours.legs(facts, plan)),
        sessions=tuple(hours.sessions(facts, plan)),
        notices=tuple(hours.notices(facts)),
    )


# ------------------------------------------------------------------ coverage


def _coverage(facts: Facts, plan: Plan, duty: Duty) -> Coverage:
    stint = plan.stint(duty)
    there = plan.people(duty.number)
    return Coverage(
        duty=duty.id,
        name=duty.name,
        need=duty.need,
        school=facts.schools[duty.school if stint is None else stint.school].id,
        group=duty.group,
        start=None if stint is None else facts.local(stint.start),
        end=None if stint is None else facts.local(stint.end),
        needed=plan.wanted(duty),
        there=len(there),
        missing=max(0, plan.wanted(duty) - len(there)),
        spare=max(0, len(there) - plan.wanted(duty)),
        reserve=0
        if stint is None
        else sum(
            facts.free(person, stint) and at_that_time(plan, person, stint) is None
            for person in facts.able[duty.number]
            if person not in there
        ),
        people=tuple(facts.staff[person].id for person in there),
    )


# ------------------------------------------------------------------ loads


def _pools(facts: Facts, plan: Plan) -> Iterator[DutyPool]:
    asked: dict[Who | None, list[Duty]] = defaultdict(list)
    for duty in facts.duties:
        if duty.count:
            asked[duty.who].append(duty)
    for duties in asked.values():
        mine = {duty.number for duty in duties}
        people = sorted(
            {p for n in mine for p in facts.able[n]} | {p for n in mine for p in plan.people(n)}
        )
        stints = {p: [s for s in plan.stints(p) if s.duty in mine] for p in people}
        days = {p: len({s.day for s in stints[p]}) for p in people}
        total = sum(days.values())
        shares = sum(facts.fair_weights[p] for p in people) or 1
        loads = []
        for person in people:
            target = round(100 * total * facts.fair_weights[person] / shares)
            loads.append(
                PersonLoad(
                    person=facts.staff[person].id,
                    days=days[person],
                    minutes=sum(s.minutes for s in stints[person]),
                    target=target,
                    difference=100 * days[person] - target,
                )
            )
        if loads:
            yield DutyPool(name=_pool_name(duties), loads=tuple(loads))


def _pool_name(duties: Sequence[Duty]) -> str:
    """The needs and the shifts: "lead (Pod 1, Pod 2 and Pod 3)"."""
    where: dict[str | None, list[str]] = {}
    for duty in duties:
        names = where.setdefault(duty.need, [])
        if duty.name not in names:
            names.append(duty.name)
    return "; ".join(
        listed(names) if need is None else f"{need} ({listed(names)})"
        for need, names in where.items()
    )


def _diaries(facts: Facts, plan: Plan) -> Iterator[PersonDiary]:
    for person in facts.staff:
        stints = [s for s in plan.stints(person.number) if s.duty >= 0]
        if stints:
            yield PersonDiary(
                person=person.id,
                minutes=sum(s.minutes for s in stints),
                dates=tuple(facts.date(day) for day in sorted({s.day for s in stints})),
                duties=tuple(facts.duties[s.duty].id for s in stints),
            )


# ------------------------------------------------------------------ who is on site


def _site_days(facts: Facts, plan: Plan) -> Iterator[SiteDay]:
    present: dict[tuple[int, int], dict[int, list[Stint]]] = defaultdict(lambda: defaultdict(list))
    for person in facts.staff:
        for stint in plan.stints(person.number):
            if stint.duty >= 0:
                present[stint.day, stint.school][person.number].append(stint)
    for number, school, day in _attending(facts, plan):
        present[day, school].setdefault(number, [])
    for (day, school), unsorted in sorted(present.items()):
        people = dict(sorted(unsorted.items()))
        when = facts.date(day)
        held = {
            p: {h.skill for h in facts.staff[p].person.skills if h.valid_on(when)} for p in people
        }
        children: dict[str, int] = defaultdict(int)
        for row in facts.children_rows(school, day):
            children[row.band] += row.count
        yield SiteDay(
            school=facts.schools[school].id,
            date=when,
            people=tuple(
                PersonOnSite(
                    person=facts.staff[p].id,
                    start=facts.local(min(a for a, _ in plan.at_work(p, school, day))),
                    end=facts.local(max(b for _, b in plan.at_work(p, school, day))),
                    duties=tuple(facts.duties[s.duty].id for s in stints),
                )
                for p, stints in people.items()
            ),
            skills={
                skill: tuple(facts.staff[p].id for p in people if skill in held[p])
                for skill in facts.problem.skills
            },
            children=dict(children),
        )


def _attending(facts: Facts, plan: Plan) -> Iterator[tuple[int, int, int]]:
    """(person, school, day) of all who are at work there by their pattern."""
    for person in sorted(facts.attendance.people):
        for day in range(len(facts.days)):
            for school in range(len(facts.schools)):
                if plan.without_duty(person, school, day):
                    yield person, school, day


# ------------------------------------------------------------------ what changes


def _amendments(facts: Facts, plan: Plan) -> Iterator[PublishedChange]:
    published = facts.problem.published
    if published is None:
        return
    schedule = plan.schedule()
    old, new = set(published.placements), set(schedule.placements)
    for placement in sorted(old ^ new, key=lambda p: (_when(facts, p), p.duty, p.person)):
        number = facts.person_number.get(placement.person)
        who = placement.person if number is None else facts.name(number)
        what = _says(facts, placement)
        added = placement in new
        yield PublishedChange(
            person=placement.person,
            duty=placement.duty,
            change="added" if added else "removed",
            sentence=f"{who} now has {what}." if added else f"{who} no longer has {what}.",
        )
    yield from _moves(facts, published.times, schedule.times)


def _moves(
    facts: Facts, before: Iterable[ActivityTime], after: Iterable[ActivityTime]
) -> Iterator[PublishedChange]:
    was = {timed.activity: timed for timed in before}
    for timed in after:
        told = was.get(timed.activity)
        if told is None or told == timed:
            continue
        name = facts.occasions[facts.occasion_number[timed.activity]].name
        said = f"{name} uses other things than were published."
        if (told.start, told.at) != (timed.start, timed.at):
            said = f"{name} moves from {_spot(facts, told)} to {_spot(facts, timed)}."
        yield PublishedChange(person=None, duty=timed.activity, change="moved", sentence=said)


def _spot(facts: Facts, timed: ActivityTime) -> str:
    at = "" if timed.at is None else f" at {facts.school_name(facts.school_number(timed.at))}"
    return _moment(timed.start) + at


def _moment(when: datetime) -> str:
    return f"{when:%a} {when.day} {when:%b} {when:%H:%M}"


def _when(facts: Facts, placement: Placement) -> int:
    number = facts.duty_number.get(placement.duty)
    return -1 if number is None else facts.duties[number].day


def _says(facts: Facts, placement: Placement) -> str:
    number = facts.duty_number.get(placement.duty)
    return placement.duty if number is None else facts.says_duty(facts.duties[number])


# ------------------------------------------------------------------ children


def _together(facts: Facts, plan: Plan) -> Iterator[ChosenGroup]:
    """For each group that was chosen for any children, all of them."""
    for group in facts.problem.groups:
        found = tuple(p.id for p in facts.pupils if plan.groups.get(p.number) == group.id)
        if found:
            said = f"{facts.labels.groups[group.id]}: {', '.join(found)}."
            yield ChosenGroup(group=group.id, children=found, sentence=said)
