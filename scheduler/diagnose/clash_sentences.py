"""The members of a clash in words."""

from collections.abc import Sequence
from datetime import date, datetime

from models.answer.report import Authority
from models.answer.result import ClashMember
from models.facts.facts import Facts
from scheduler.diagnose.calendar_facts import OF_SCHOOLS, calendar_facts
from scheduler.diagnose.relaxable_facts import OF_PEOPLE, WHOLE, RelaxableFact, says_days, span
from scheduler.rulebook.rule import Rule
from scheduler.wording import listed
from solver.language.slack import Where

_STANDING: dict[str, Authority] = {
    "works": "agreement",
    "away": "agreement",
    "contracts": "agreement",
    "secondments": "agreement",
    "bank_holidays": "agreement",
    "terms": "agreement",
    "skills": "law",
}
"""Whose word a fact is; a pin is the school's own."""


def place_in_words(facts: Facts, where: Where) -> str:
    """A place as a person says it: "Ann, Tue 6 Jan"."""
    return ", ".join(_part_in_words(facts, part) for part in where)


def _part_in_words(facts: Facts, part: str) -> str:
    if part in facts.person_number:
        return facts.name(facts.person_number[part])
    if part in facts.duty_number:
        return facts.says_duty(facts.duties[facts.duty_number[part]])
    known = {school.id: facts.school_name(number) for number, school in enumerate(facts.schools)}
    known |= facts.labels.groups
    known |= {resource.id: facts.says_resource(resource) for resource in facts.problem.resources}
    known |= {thing.id: thing.name for thing in facts.things}
    known |= {work.id: facts.says_all_of(work) for work in facts.problem.activities}
    known |= {occasion.id: facts.says_work(occasion) for occasion in facts.activities()}
    if part in known:
        return known[part]
    dates = {day.isoformat(): number for number, day in enumerate(facts.days)}
    return facts.says_day(dates[part]) if part in dates else part


def rule_member(number: int, rule: Rule) -> ClashMember:
    """A rule as a whole."""
    return ClashMember(
        rule=number, kind=rule.name, authority=rule.effective_authority, sentence=rule.sentence
    )


def place_member(facts: Facts, number: int, rule: Rule, where: Where) -> ClashMember:
    """A rule at a place."""
    at = f" ({place_in_words(facts, where)})" if where else ""
    own = rule.says_at(facts, where)
    return ClashMember(
        rule=number,
        kind=rule.name,
        authority=rule.effective_authority,
        where=where,
        sentence=own or f"{rule.sentence.rstrip('.')}{at}.",
    )


def fact_member(facts: Facts, given: RelaxableFact) -> ClashMember:
    """A fact."""
    problem = facts.problem
    where: Where
    if given.kind in OF_PEOPLE:
        where = (problem.people[given.number].id,)
        sentence = _of_person(facts, given)
    elif given.kind in OF_SCHOOLS:
        where = (problem.schools[given.number].id,)
        sentence = f"{_of_calendar(facts, given, _CALENDAR)}."
    elif given.kind == "secondments":
        where = (problem.secondments[given.number].person,)
        sentence = _of_secondment(facts, given)
    elif given.kind == "children":
        row = problem.children[given.number]
        where = (row.at, row.band)
        sentence = f"{row.count} children of {row.band} are expected at "
        sentence += f"{_part_in_words(facts, row.at)}."
    elif given.kind == "windows":
        activity = problem.activities[given.number]
        where = (activity.id,)
        on = _possible_on(facts, activity.id)
        sentence = f"{facts.says_all_of(activity)} is possible {on} only."
    elif given.kind == "bookings":
        resource = problem.resources[given.number]
        booking = resource.bookings[given.window]
        where = (resource.id,)
        sentence = f"{facts.says_resource(resource)} is booked from {_moment(booking.start)} to "
        sentence += f"{_moment(booking.end)}."
    else:
        placement = getattr(problem, given.kind)[given.number]
        where = (placement.person, placement.duty)
        who, what = (_part_in_words(facts, part) for part in where)
        sentence = f"{who} is {'pinned on' if given.kind == 'pinned' else 'kept off'} {what}."
    return ClashMember(
        kind=given.kind,
        authority=_STANDING.get(given.kind, "policy"),
        where=where,
        sentence=sentence,
    )


def _of_person(facts: Facts, given: RelaxableFact) -> str:
    person = facts.problem.people[given.number]
    name = facts.name(facts.person_number[person.id])
    if given.kind == "away":
        return f"{name} is away {span(facts, given.number, person.away[given.window])}."
    if given.kind == "works":
        return f"{name} is at work only at certain times."
    if given.kind == "skills":
        held = person.skills[given.window]
        what = f"{name}'s {facts.problem.skills.get(held.skill, held.skill)}"
        return f"{what} {_runs(held.first, held.last, facts)}."
    contract = person.contracts[given.window]
    what = f"{name}'s contract as {facts.problem.roles.get(contract.role, contract.role)}"
    return f"{what} {_runs(contract.first, contract.last, facts)}."


_CALENDAR = {
    "closed": "is closed",
    "inset": "has an INSET day",
    "bank_holidays": "has a bank holiday",
    "terms": "has its holidays",
}
_OPEN = {
    "closed": "were open",
    "inset": "had no INSET day",
    "bank_holidays": "had no bank holiday",
    "terms": "were in term",
}


def _of_calendar(facts: Facts, given: RelaxableFact, words: dict[str, str]) -> str:
    covered = {(kind, place): days for kind, place, days in calendar_facts(facts, given.number)}
    days = says_days(facts, covered[given.kind, given.window])
    return f"{facts.school_name(given.number)} {words[given.kind]} {days}"


def if_open(facts: Facts, given: RelaxableFact) -> str:
    """What would be without a fact of a calendar: "If Oakfield had no INSET day on Tue 6 Jan."."""
    return f"If {_of_calendar(facts, given, _OPEN)}."


def _of_secondment(facts: Facts, given: RelaxableFact) -> str:
    secondment = facts.problem.secondments[given.number]
    name = facts.name(facts.person_number[secondment.person])
    host = _part_in_words(facts, secondment.host)
    if given.window == WHOLE:
        days = [n for n, day in enumerate(facts.days) if secondment.runs_on(day)]
        return f"{name} is seconded to {host} {says_days(facts, days)}."
    return f"{name}'s secondment to {host} {_runs(secondment.first, secondment.until, facts)}."


def _runs(first: date | None, last: date | None, facts: Facts) -> str:
    """When a skill or contract begins and ends, as far as the horizon notices."""
    said = []
    if first is not None and first > facts.days[0]:
        said.append(f"is valid only from {_date(first)}")
    if last is not None and last < facts.days[-1]:
        said.append(f"ends on {_date(last)}")
    return " and ".join(said)


def _date(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def _possible_on(facts: Facts, activity: str) -> str:
    """The dates on which an activity may begin: "on Tue 6 Jan", "from Mon 5 Jan to Fri 9 Jan"."""
    days = sorted({day for o in facts.named([activity]) for day in o.days})
    return says_days(facts, days)


def _moment(when: datetime) -> str:
    return f"{when:%a} {when.day} {when:%b} {when:%H:%M}"


def clash_sentence(
    facts: Facts,
    rules: Sequence[Rule],
    members: Sequence[ClashMember],
    *,
    sure: bool,
    confirmed: bool,
) -> str:
    """All members in one sentence; the places of one rule stand together."""
    if not members:
        known = "The facts alone allow no schedule."
        return known if confirmed else f"Suspected, not proved: {known}"
    said: dict[int, list[str]] = {}
    parts = []
    for member in members:
        if member.rule is None:
            continue
        own = rules[member.rule].says_at(facts, member.where)
        if own is not None:
            parts.append(own.rstrip("."))
        else:
            said.setdefault(member.rule, []).append(place_in_words(facts, member.where))
    for number, places in said.items():
        at = f" ({'; '.join(places)})" if any(places) else ""
        parts.append(rules[number].sentence.rstrip(".") + at)
    alike: dict[str, list[str]] = {}
    for member in members:
        if member.rule is not None:
            continue
        name = _part_in_words(facts, member.where[0])
        if member.sentence.startswith(f"{name} is "):
            alike.setdefault(member.sentence.removeprefix(f"{name} is "), []).append(name)
        else:
            parts.append(member.sentence.rstrip("."))
    parts += [
        f"{listed(names)} {'is' if len(names) == 1 else 'are'} {what}".rstrip(".")
        for what, names in alike.items()
    ]
    doubt = "" if sure else " Not all of them need to take part."
    head = "These cannot all hold" if confirmed else "Suspected, not proved, of not all holding"
    return f"{head}: {'; '.join(parts)}.{doubt}"
