"""The minutes of a rota with their four bodies: employer, home school, place of work, payer."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from models.facts.contracts import paid_ways, post_of
from models.facts.facts import Facts, Staff, Stint
from models.facts.plan import Plan
from models.register.recharge import Agreement, HourlyRate, Recharge, WorkMinutes

Key = tuple[str, date, str, bool]
"""Person, date, duty, and whether it is the travel to the duty."""

Terms = dict[tuple[str, str, str], list[Agreement]]
"""(person, contract, payer) to their agreements."""


def minutes_of(recharge: Recharge, planned: Plan, delivered: Plan) -> Iterator[WorkMinutes]:
    """Planned and delivered minutes by person, date and duty; travel to a duty has its own row."""
    terms: Terms = defaultdict(list)
    for one in recharge.agreements:
        terms[one.person, one.contract, one.payer].append(one)
    before, after = dict(_worked(terms, planned)), dict(_worked(terms, delivered))
    for key in sorted(before.keys() | after.keys()):
        row, worked = before.get(key), after.get(key)
        if row is None:
            assert worked is not None
            row = worked.model_copy(update={"planned": 0})
        yield row.model_copy(update={"delivered": 0 if worked is None else worked.delivered})


def _worked(terms: Terms, plan: Plan) -> Iterator[tuple[Key, WorkMinutes]]:
    """The minutes in a plan, by its own facts."""
    for person in plan.facts.staff:
        stints = [s for s in plan.stints(person.number) if s.duty >= 0]
        for stint in stints:
            yield _row(terms, plan.facts, person, stint, stint.minutes, travel=False)
        for stint, way in paid_ways(plan.facts, stints):
            yield _row(terms, plan.facts, person, stint, way, travel=True)


def _row(
    terms: Terms, facts: Facts, person: Staff, stint: Stint, minutes: int, *, travel: bool
) -> tuple[Key, WorkMinutes]:
    duty, when = facts.duties[stint.duty], facts.date(stint.day)
    place = facts.schools[stint.school].id
    post = post_of(facts, person.number, duty.number, stint.day)
    payer = person.person.home if post is None else post.payer or post.school
    found = None if post is None else _covering(terms[person.id, post.id, place], when)
    if found is not None and not (travel and found.travel == "employer"):
        payer = found.payer
    row = WorkMinutes(
        date=when,
        person=person.id,
        duty=duty.id,
        travel=travel,
        employer=(post and post.employer) or "",
        home=person.person.home,
        place=place,
        payer=payer,
        agreement=None if found is None else found.id,
        rate=found.basis.rate if found and isinstance(found.basis, HourlyRate) else None,
        planned=minutes,
        delivered=minutes,
    )
    return (person.id, when, duty.id, travel), row


def _covering(agreed: Sequence[Agreement], when: date) -> Agreement | None:
    return next((a for a in agreed if a.dates.first <= when <= a.until), None)
