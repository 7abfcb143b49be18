"""Ways out of a clash, of all kinds, in the order in which they are offered."""

from collections.abc import Iterable
from dataclasses import dataclass

from models.answer.report import Authority
from models.answer.result import Relaxation
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.diagnose.calendar_facts import OF_SCHOOLS
from scheduler.diagnose.relaxable_facts import RelaxableFact

STANDING: tuple[Authority, ...] = ("wish", "policy", "agreement", "law")
"""Whose word is changed, the first first."""

EVERYBODY = 1_000_000
"""People who notice that there is somebody more: it comes after all others of its standing."""


@dataclass(frozen=True)
class WayOut:
    """What would make a request possible, in a sentence; solved and checked."""

    authority: Authority
    """Whose word it changes."""
    noticed: int
    """How many people would notice."""
    sentence: str


def in_order(ways: Iterable[WayOut]) -> list[WayOut]:
    """Wishes before policies, agreements and law; among these, what fewest people notice."""
    return sorted(ways, key=lambda way: (STANDING.index(way.authority), way.noticed))


def of_relaxation(facts: Facts, given: Relaxation) -> WayOut:
    """Exceptions to rules as a way out. The people named notice, and one for each place that names
    nobody."""
    people = {part for m in given.gives_up for part in m.where if part in facts.person_number}
    nobody = sum(not any(part in people for part in m.where) for m in given.gives_up)
    changed = {m.authority for m in given.gives_up}
    authority = [one for one in STANDING if one in changed]
    return WayOut(authority[-1] if authority else "wish", len(people) + nobody, given.sentence)


def noticing(facts: Facts, given: RelaxableFact) -> int:
    """How many people would notice that a fact is otherwise."""
    problem = facts.problem
    if given.kind in OF_SCHOOLS:
        school = problem.schools[given.number].id
        return sum(person.home == school for person in problem.people)
    if given.kind == "children":
        return problem.children[given.number].count
    return 1


def moved_to(draft: Plan, facts: Facts) -> Plan:
    """A draft as far as other facts know its people and duties."""
    schedule = draft.schedule()
    people, duties = facts.person_number, facts.duty_number
    kept = tuple(p for p in schedule.placements if p.person in people and p.duty in duties)
    return Plan.of(facts, schedule.model_copy(update={"placements": kept}))
