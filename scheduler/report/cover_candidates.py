"""Somebody is away: their duties, and who could come instead, ranked; judged by the checkers."""

from collections.abc import Iterator, Sequence
from datetime import date

from models.answer.cover import DutyToCover, Replacement
from models.answer.report import Report
from models.answer.schedule import Schedule
from models.facts.facts import Duty, Facts, Stint
from models.facts.plan import Plan
from models.problem.calendar import Window
from models.problem.problem import Placement
from models.register.rota import Swap
from scheduler.intake.case import Case
from scheduler.report.cost_words import cost_sentence, dearer
from scheduler.report.unfilled import at_that_time, would_break
from scheduler.rulebook.check import check
from scheduler.rulebook.rule import Rule
from scheduler.wording import counted


def cover(
    case: Case, schedule: Schedule, person: str, first: date, last: date, most: int = 10
) -> Iterator[DutyToCover]:
    """Every duty of a person between two dates, the earliest first, and who could fill it.

    Candidates are ranked by the musts that they would break, then by what they cost, priority by
    priority; then come those who work there in that week anyway, who are with the same group, who
    have fewest days so far, and who have the larger post.

    Args:
        case: the facts and the rules.
        schedule: what people have been told.
        person: who is away.
        first: since when.
        last: until when, this day included.
        most: candidates for each duty.
    """
    case = _without(case, person, first, last)
    facts, told = case.facts, case.plan(schedule)
    away = facts.person_number[person]
    gone = {
        stint.duty
        for stint in told.stints(away)
        if stint.duty >= 0 and first <= facts.date(stint.day) <= last
    }
    rest = Plan(
        facts,
        {(p, d) for p, d in told.cells if p != away or d not in gone},
        told.starts,
        told.groups,
    )
    for number in sorted(gone, key=lambda d: _stint(told, facts.duties[d]).start):
        duty = facts.duties[number]
        found = sorted(_candidates(case, rest, duty, away, person), key=_rank)
        yield DutyToCover(
            duty=duty.id,
            name=facts.says_duty(duty),
            date=facts.date(_stint(told, duty).day),
            missing=max(0, rest.asks(duty) - len(rest.people(number))),
            candidates=tuple(found[:most]),
            more=max(0, len(found) - most),
        )


def _without(case: Case, person: str, first: date, last: date) -> Case:
    """The case in which somebody whose pattern has them at work is not, so that nobody counts on
    them."""
    problem = case.request.problem
    number = case.facts.person_number[person]
    if number not in case.facts.attendance.people:
        return case
    people = list(problem.people)
    away = (*people[number].away, Window(first=first, last=last))
    people[number] = people[number].model_copy(update={"away": away})
    absent = problem.model_copy(update={"people": tuple(people)})
    return Case.of(case.request.model_copy(update={"problem": absent}))


def who_could_fill(
    case: Case, schedule: Schedule, duty: str, most: int = 10, *, instead_of: str | None = None
) -> DutyToCover:
    """Who could be on a duty as well, or instead of somebody, the best first, as `cover` ranks.

    Raises:
        KeyError: there is no such duty.
    """
    facts, told = case.facts, case.plan(schedule)
    wanted = facts.duties[facts.duty_number[duty]]
    off = None if instead_of is None else facts.person_number[instead_of]
    if off is not None:
        told = told.without([(off, wanted.number)])
    found = sorted(_candidates(case, told, wanted, off, instead_of), key=_rank)
    return DutyToCover(
        duty=duty,
        name=facts.says_duty(wanted),
        date=facts.date(_stint(told, wanted).day),
        missing=max(0, told.asks(wanted) - len(told.people(wanted.number))),
        candidates=tuple(found[:most]),
        more=max(0, len(found) - most),
    )


def _rank(one: Replacement) -> tuple[object, ...]:
    costs = tuple(cost for _, cost in sorted(one.costs.items()))
    return (
        len(one.breaks),
        costs,
        not one.in_team,
        not one.same_group,
        one.days,
        -one.share,
        one.person,
    )


def _candidates(
    case: Case, rest: Plan, duty: Duty, away: int | None, absent: str | None
) -> Iterator[Replacement]:
    facts = case.facts
    stint = _stint(rest, duty)
    week = facts.week_of(stint.day)
    take = () if absent is None else (Placement(person=absent, duty=duty.id),)
    for staff in facts.staff:
        number = staff.number
        if (
            number == away
            or rest.works(number, duty.number)
            or not facts.can(number, duty)
            or not facts.free(number, stint)
            or at_that_time(rest, number, stint) is not None
        ):
            continue
        breaks, costs, more = _difference(facts, case.rules, rest, number, duty)
        worse = cost_sentence(more, case.titles)
        there = [s for s in rest.stints(number) if s.duty >= 0 and facts.week_of(s.day) == week]
        in_team = any(s.school == stint.school for s in there) or any(
            rest.without_duty(number, stint.school, day)
            for day in range(len(facts.days))
            if facts.week_of(day) == week
        )
        group = duty.group
        same_group = group is not None and any(facts.duties[s.duty].group == group for s in there)
        days = len({s.day for s in rest.stints(number) if s.duty >= 0})
        yield Replacement(
            person=staff.id,
            name=staff.name,
            breaks=tuple(one[0].upper() + one[1:] for one in breaks),
            costs=costs,
            in_team=in_team,
            same_group=same_group,
            days=days,
            share=facts.employment.share(number, stint.day),
            sentence=_sentence(staff.name, breaks, worse, in_team, same_group, days),
            swap=Swap(take=take, give=(Placement(person=staff.id, duty=duty.id),)),
        )


def _difference(
    facts: Facts, rules: Sequence[Rule], rest: Plan, person: int, duty: Duty
) -> tuple[list[str], dict[int, int], dict[int, str]]:
    """Musts that one more placement breaks, and what it costs, in numbers and in words; only what
    it touches is judged."""
    near = facts.within(facts.touch([(person, duty.number)]))
    more = Plan(near, {*rest.cells, (person, duty.number)}, rest.starts, rest.groups)
    before = check(near, rules, Plan(near, rest.cells, rest.starts, rest.groups))
    after = check(near, rules, more)
    old = _musts(before)
    breaks = [
        sentence
        for place, (amount, sentence) in _musts(after).items()
        if amount > old.get(place, (0, ""))[0]
    ]
    costs = {p: after.costs.get(p, 0) - before.costs.get(p, 0) for p in sorted(after.costs)}
    return breaks, costs, dearer(before, after)


def _musts(report: Report) -> dict[tuple[int, tuple[str, ...]], tuple[int, str]]:
    return {
        (finding.rule, breach.where): (
            breach.amount,
            would_break(finding.sentence, breach.sentence),
        )
        for finding in report.findings
        if finding.priority == "must"
        for breach in finding.breaches
    }


def _stint(plan: Plan, duty: Duty) -> Stint:
    return plan.stint(duty) or duty.stints[0]


def _sentence(
    name: str,
    breaks: Sequence[str],
    worse: str,
    in_team: bool,
    same_group: bool,
    days: int,
) -> str:
    if breaks:
        return f"{name} could come, but {' And '.join(breaks)}"
    what = "is with this group that week" if same_group else "works there that week"
    known = what if in_team or same_group else "does not work there that week"
    return f"{name} {known} and has {counted(days, 'day')} so far. {worse}".rstrip()
