"""Two schedules of one request side by side: what each breaks and costs, school by school."""

from collections.abc import Iterator

from pydantic import Field

from models.answer.report import Report
from models.answer.schedule import Schedule
from models.value import Value
from scheduler.exchange.brought.judging import SchoolFigures, figures
from scheduler.exchange.brought.ways import differs
from scheduler.intake.case import Case
from scheduler.wording import counted, listed


class SchoolGain(Value):
    """One school in both schedules."""

    before: SchoolFigures = Field(description="In the schedule that was brought.")
    after: SchoolFigures = Field(description="In the other one.")


class RotaComparison(Value):
    """Two schedules of one request, judged by the same rules."""

    broken: tuple[int, int] = Field(description="Breaches of musts: before, and after.")
    unfilled: tuple[int, int] = Field(description="Places that nobody fills: before, and after.")
    costs: dict[int, tuple[int, int]] = Field(description="Priority to cost: before, and after.")
    changed: int = Field(description="Placements that differ.")
    people: int = Field(description="People for whom something differs.")
    better: bool = Field(
        description="Whether less is broken, or as much and less is paid at the first priority "
        "that differs."
    )
    schools: tuple[SchoolGain, ...] = Field(description="What it means for each school.")
    changes: tuple[str, ...] = Field(description="What changes for each person, in words.")
    sentences: tuple[str, ...] = Field(description="The rest in words.")


def comparison(case: Case, before: Schedule, after: Schedule) -> RotaComparison:
    """What is gained from one schedule to another, by the rules of one request."""
    sides = []
    for schedule in (before, after):
        plan, report = case.plan(schedule), case.check(schedule)
        sides.append((report, figures(case.facts, plan, report)))
    (was, old), (now, new) = sides
    changed, people = differs(before, after)
    made = RotaComparison(
        broken=(_broken_places(was), _broken_places(now)),
        unfilled=(sum(f.unfilled for f in old), sum(f.unfilled for f in new)),
        costs={priority: (was.costs[priority], now.costs[priority]) for priority in was.costs},
        changed=changed,
        people=people,
        better=now.vector < was.vector,
        schools=tuple(SchoolGain(before=a, after=b) for a, b in zip(old, new, strict=True)),
        changes=tuple(_changes(case, before, after)),
        sentences=(),
    )
    return made.model_copy(update={"sentences": tuple(_sentences(made))})


def _broken_places(report: Report) -> int:
    return sum(len(found.breaches) for found in report.findings if found.priority == "must")


def _changes(case: Case, before: Schedule, after: Schedule) -> Iterator[str]:
    """Person by person, what they no longer do and what they do instead."""
    facts, old, new = case.facts, case.plan(before), case.plan(after)
    for staff in facts.staff:
        mine = [{d.number for d in plan.duties(staff.number)} for plan in (old, new)]
        parts = []
        for word, numbers in (("no longer", mine[0] - mine[1]), ("now", mine[1] - mine[0])):
            if numbers:
                duties = [facts.says_duty(facts.duties[n]) for n in sorted(numbers)]
                parts.append(f"{word} {listed(duties)}")
        if parts:
            yield f"{staff.name}: {'; '.join(parts)}."


def _sentences(made: RotaComparison) -> Iterator[str]:
    yield f"What must hold: {_broken(made.broken)}."
    yield f"Places that nobody fills: {_now(*made.unfilled)}."
    for priority, costs in made.costs.items():
        yield f"Priority {priority} costs {_now(*costs)}."
    if made.changed:
        differ = counted(made.changed, "placement differs", "placements differ")
        yield f"{differ}, for {counted(made.people, 'person', 'people')}."
    else:
        yield "Nothing changes for anybody."
    for one in made.schools if len(made.schools) > 1 else ():
        yield f"{one.before.name}: {'; '.join(_gains(one)) or 'as before'}."


def _gains(one: SchoolGain) -> Iterator[str]:
    """What is different for a school."""
    a, b = one.before, one.after
    if a.broken != b.broken:
        yield _broken((a.broken, b.broken))
    if a.unfilled != b.unfilled:
        yield f"unfilled {_now(a.unfilled, b.unfilled)}"
    for priority, cost in a.costs.items():
        if cost != b.costs.get(priority, 0):
            yield f"priority {priority} costs {_now(cost, b.costs.get(priority, 0))}"
    for word, was, now in (
        ("hours", a.minutes, b.minutes),
        ("borrowed hours", a.borrowed, b.borrowed),
        ("lent hours", a.lent, b.lent),
    ):
        if was != now:
            yield f"{word} {_now(_hours(was), _hours(now))}"


def _broken(pair: tuple[int, int]) -> str:
    if pair[0] == pair[1]:
        return f"{counted(pair[0], 'breach', 'breaches')}, as before" if pair[0] else "all kept"
    return f"{counted(pair[0], 'breach', 'breaches')}, now {pair[1] or 'none'}"


def _hours(minutes: int) -> str:
    return f"{minutes / 60:.2f}".rstrip("0").rstrip(".")


def _now(was: object, now: object) -> str:
    return f"{was}, as before" if was == now else f"{was}, now {now}"
