"""What a caller may see of a schedule: who is where, or only that they are busy elsewhere."""

from collections.abc import Iterator, Mapping
from datetime import date

from models.answer.schedule import Schedule
from models.register.rota import DiaryStretch
from scheduler.access.keys import Principal
from scheduler.intake.case import Case
from scheduler.rotas.register_snapshot import RegisterSnapshot
from scheduler.wording import counted

ELSEWHERE = "busy elsewhere"


def stretches(
    case: Case,
    schedule: Schedule,
    caller: Principal,
    person: str | None,
    unsure: Mapping[str, date],
) -> Iterator[DiaryStretch]:
    """When people are where, as far as a caller may see it; person by person, in order of time.

    Args:
        case: the case that the schedule was made from.
        schedule: the published schedule.
        caller: whose rights decide what is shown.
        person: if given, only this person.
        unsure: people who are away for an unknown time, each with the last day that is certain.
    """
    facts, plan = case.facts, case.plan(schedule)
    for staff in facts.staff:
        if person is not None and staff.id != person:
            continue
        found = [s for s in plan.stints(staff.number) if s.duty >= 0]
        home = facts.schools[staff.home].id
        here = [s for s in found if caller.sees(facts.schools[s.school].id)]
        if not here and not caller.sees(home):
            continue
        for stint in found:
            duty = facts.duties[stint.duty]
            school = facts.schools[stint.school].id
            firm = unsure.get(staff.id)
            seen = caller.sees(school)
            yield DiaryStretch(
                person=staff.id,
                name=staff.name,
                start=facts.local(stint.start),
                end=facts.local(stint.end),
                school=school if seen else None,
                duty=duty.id if seen else None,
                what=facts.says_duty(duty) if seen else ELSEWHERE,
                tentative=seen and firm is not None and facts.date(stint.day) > firm,
            )


def unsure(known: RegisterSnapshot, today: date, after: tuple[Case, Schedule]) -> list[str]:
    """Sentences about people who are away for an unknown time, and their tentative duties."""
    case, schedule = after
    facts, plan = case.facts, case.plan(schedule)
    said = []
    for person, firm in sorted(known.tentative(today).items()):
        number = facts.person_number.get(person)
        if number is None:
            continue
        open_ = [s for s in plan.stints(number) if s.duty >= 0 and facts.date(s.day) > firm]
        if open_:
            duties = counted(len(open_), "duty", "duties")
            day = facts.says_day(open_[0].day)
            said.append(
                f"{facts.name(number)} is away for an unknown time: {duties} from {day} on "
                "remain tentative."
            )
    return said
