"""Every minute of a rota with its four bodies: employer, home school, place of work, payer."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from models.contracts import paid_way, post_of
from models.facts import Facts
from models.plan import Plan
from models.recharge import Agreement, Hourly, Minutes, Recharge


def minutes_of(
    recharge: Recharge, facts: Facts, planned: Plan, delivered: Plan
) -> Iterator[Minutes]:
    """Planned beside delivered minutes by person, date and duty; the way to a duty is its own."""
    for person in facts.staff:
        before = _worked(facts, planned, person.number)
        after = _worked(facts, delivered, person.number)
        for key in sorted({*before, *after}):
            day, number, travel = key
            duty = facts.duties[number]
            when, place = facts.date(day), facts.schools[duty.school].id
            post = post_of(facts, person.number, number, day)
            contract = None if post is None else post.id
            agreement = _covering(recharge, person.id, contract, place, when)
            payer = person.person.home if post is None else post.payer or post.school
            if agreement is not None and not (travel and agreement.travel == "employer"):
                payer = agreement.payer
            how = None if agreement is None else agreement.basis
            yield Minutes(
                date=when,
                person=person.id,
                duty=duty.id,
                travel=travel,
                employer=(post and post.employer) or "",
                home=person.person.home,
                place=place,
                payer=payer,
                agreement=None if agreement is None else agreement.id,
                rate=how.rate if isinstance(how, Hourly) else None,
                planned=before.get(key, 0),
                delivered=after.get(key, 0),
            )


def _worked(facts: Facts, plan: Plan, person: int) -> dict[tuple[int, int, bool], int]:
    """(day, duty, whether it is the way there) to minutes."""
    stints = [s for s in plan.stints(person) if s.duty >= 0]
    found = {(s.day, s.duty, False): s.minutes for s in stints}
    for one, other in pairwise(stints):
        if way := paid_way(facts, one, other):
            found[other.day, other.duty, True] = way
    return found


def _covering(
    recharge: Recharge, person: str, contract: str | None, place: str, when: date
) -> Agreement | None:
    """The agreement by which a school pays for a person's time there."""
    for agreement in recharge.agreements:
        of = (agreement.person, agreement.contract, agreement.payer)
        if of == (person, contract, place) and agreement.dates.first <= when <= agreement.until:
            return agreement
    return None
