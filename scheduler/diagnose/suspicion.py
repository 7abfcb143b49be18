"""What is suspected to clash where nothing was proved: places of musts that a draft breaks."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from models.answer.report import Report
from models.answer.result import Clash, Draft
from models.facts.facts import Facts
from scheduler.diagnose.clash_sentences import clash_sentence, fact_member, place_member
from scheduler.diagnose.first_draft import first_draft
from scheduler.diagnose.relaxable_facts import may_matter, relaxable_facts_of
from scheduler.intake.case import Case
from scheduler.rulebook.rule import Rule
from solver.language.slack import Where

Place = tuple[int, Where]
"""A rule's position, and a place of it."""

MOST_SUSPECTED = 8
"""Places, and facts, that are named where a clash is only suspected."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def suspicion(facts: Facts, rules: Sequence[Rule], suspected: Collection[Place]) -> Clash | None:
    """What the least-broken draft breaks, with the facts about those who could mend it."""
    if not suspected:
        return None
    broken = in_order(facts, suspected)[:MOST_SUSPECTED]
    near = [fact for fact in relaxable_facts_of(facts) if may_matter(facts, fact, broken)]
    members = [place_member(facts, n, rules[n], where) for n, where in broken]
    members += [fact_member(facts, fact) for fact in sorted(near)[:MOST_SUSPECTED]]
    return Clash(
        members=tuple(members),
        minimal=False,
        confirmed=False,
        sentence=clash_sentence(facts, rules, members, sure=False, confirmed=False),
    )


def at_a_glance(case: Case) -> tuple[Draft, Clash | None]:
    """A draft that nobody searched for, and what can be counted to be in the way: an answer where
    there was no time for anything else, and no solver is at hand."""
    draft = Draft(schedule=(plan := first_draft(case.facts)).schedule(), report=case.judge(plan))
    broken = beyond_hope(case.facts, broken_places(draft.report))
    return draft, suspicion(case.facts, case.rules, broken)


def broken_places(report: Report) -> Iterator[Place]:
    """The places at which a schedule breaks musts."""
    for finding in report.findings:
        if finding.priority == "must":
            for breach in finding.breaches:
                yield finding.rule, breach.where


def beyond_hope(facts: Facts, places: Iterable[Place]) -> list[Place]:
    """The places with a duty that fewer people are able to do than it needs: whatever a draft that
    nobody searched for breaks elsewhere, it may have broken for no reason."""
    found = []
    for number, where in places:
        duties = [facts.duty_number[part] for part in where if part in facts.duty_number]
        if any(len(facts.able[duty]) < facts.duties[duty].count for duty in duties):
            found.append((number, where))
    return found


def dated(where: Where) -> str:
    """The last date in a place; empty without one."""
    return max((found for part in where for found in _DATE.findall(part)), default="")


def in_order(facts: Facts, places: Collection[Place]) -> list[Place]:
    """Places by the number of people who can do their duties, fewest first; then by date."""

    def able(where: Where) -> int:
        duties = [facts.duty_number[part] for part in where if part in facts.duty_number]
        return min((len(facts.able[duty]) for duty in duties), default=len(facts.staff))

    return sorted(places, key=lambda place: (able(place[1]), dated(place[1]), place))
