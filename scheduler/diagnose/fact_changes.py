"""What would make an impossible request possible if its facts were otherwise: an absence, a pin, a
date or a number of the clash, a break inside a shift, or one more of a thing or person."""

from collections.abc import Callable, Collection, Iterator, Sequence

from models.answer.report import Authority
from models.answer.result import ClashMember
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Problem
from scheduler.diagnose.calendar_facts import OF_SCHOOLS
from scheduler.diagnose.clash_sentences import fact_member, if_open, place_in_words
from scheduler.diagnose.question_budget import QuestionBudget
from scheduler.diagnose.relaxable_facts import (
    WHOLE,
    RelaxableFact,
    at_any_time,
    facts_with,
    relaxable_facts_of,
    says_days,
    undated,
)
from scheduler.diagnose.ways_out import EVERYBODY, WayOut, moved_to, noticing
from scheduler.report.agenda import says_event
from scheduler.rulebook.check import check
from scheduler.rulebook.rule import Rule
from scheduler.wording import counted
from solver.cpsat.solve import minimise
from solver.language.slack import LinearExprT

MOST_WAYS = 6
"""Ways that are looked for, at most."""

MOST_MORE = 3
"""How many more of a thing are tried, one after another."""

BREAK_MINUTES = 20
"""An unpaid break that the law asks for in a long shift."""

LONG_MINUTES = 6 * 60
"""A shift of more than this may need a break."""


def otherwise(
    facts: Facts,
    rules: Sequence[Rule],
    members: Sequence[ClashMember],
    budget: QuestionBudget,
    draft: Plan | None = None,
) -> Iterator[WayOut]:
    """Ways out, each a change of facts that take part in a clash, solved from a draft on and found
    to do; first those that the school decides alone, last those that need somebody more."""
    search = _FactChangeSearch(facts, rules, budget, draft)
    given = sorted(
        _in_clash(facts, members),
        key=lambda fact: (ORDER.index(fact.kind) if fact.kind in ORDER else 0, fact),
    )
    left = MOST_WAYS
    for fact in given:
        if left and not budget.over():
            said = search.without(fact)
            left -= said is not None
            if said is not None:
                yield WayOut(fact_member(facts, fact).authority, noticing(facts, fact), said)
    looks: list[tuple[Callable[[Sequence[ClashMember]], Iterator[str]], Authority, int]] = [
        (search.with_breaks, "policy", len(facts.staff)),
        (search.with_more_things, "policy", EVERYBODY),
        (search.with_somebody_more, "agreement", EVERYBODY),
    ]
    for look, authority, noticed in looks:
        for said in look(members):
            if left:
                left -= 1
                yield WayOut(authority, noticed, said)


ORDER = (
    "bookings",
    "windows",
    "pinned",
    "forbidden",
    "children",
    "inset",
    "closed",
    "terms",
    "bank_holidays",
    "works",
    "away",
    "secondments",
)
"""Kinds of facts, those that fewest people notice first; dates of skills and contracts are last."""


class _FactChangeSearch:
    """Asks whether the musts could hold."""

    def __init__(
        self, facts: Facts, rules: Sequence[Rule], budget: QuestionBudget, draft: Plan | None
    ) -> None:
        self._facts = facts
        self._draft = draft
        self._musts = [rule for rule in rules if rule.priority == "must"]
        self._budget = budget

    def without(self, given: RelaxableFact) -> str | None:
        """What would be without one of the facts; None where it does not help, or not in time."""
        facts = self._facts
        other = facts_with(facts, set(relaxable_facts_of(facts)) - {given})
        if given.kind == "windows":
            return self._on_another_date(other, given)
        if given.kind in ("works", "away"):
            return self._if_somebody_came(other, given)
        if given.kind == "children":
            return self._with_fewer_children(given)
        if self.plan(other) is None:
            return None
        if given.kind == "bookings":
            resource = facts.problem.resources[given.number]
            booking = resource.bookings[given.window]
            said = f"Without the booking of {facts.says_resource(resource)} at "
            return (
                said
                + f"{booking.start:%H:%M} on {facts.says_day(facts.day(booking.start.date()))}."
            )
        if given.kind in ("pinned", "forbidden"):
            placement = getattr(facts.problem, given.kind)[given.number]
            who, what = (place_in_words(facts, (p,)) for p in (placement.person, placement.duty))
            how = "pinned on" if given.kind == "pinned" else "kept off"
            return f"If {who} were not {how} {what}."
        if given.kind in OF_SCHOOLS:
            return if_open(facts, given)
        if given.kind == "secondments" and given.window == WHOLE:
            return f"If {fact_member(facts, given).sentence.replace(' is ', ' were not ', 1)}"
        said = fact_member(facts, given).sentence.rstrip(".")
        said = said.replace(" ends on ", " did not end on ")
        return f"If {said.replace(' is valid only from ', ' were valid before ')}."

    def _on_another_date(self, other: Facts, given: RelaxableFact) -> str | None:
        id = self._facts.problem.activities[given.number].id
        moved = other.named([id, f"{id}.reserve"])
        found = self.plan(other, [o.number for o in moved], self._facts)
        if found is None:
            return None
        chosen = [says_event(other, found, o) for o in moved if found.happens(o)]
        return f"On another date, the nearest that would do: {'; '.join(chosen)}."

    def _if_somebody_came(self, other: Facts, given: RelaxableFact) -> str | None:
        """On which days somebody would have to come, as few as can be."""
        person = self._facts.person_number[self._facts.problem.people[given.number].id]
        new = {
            duty.number
            for duty in other.duties
            if not duty.is_flexible
            and other.can(person, duty)
            and not self._facts.can(person, self._facts.duties[duty.number])
        }
        found = self.plan(other, wanted_not=[(person, duty) for duty in sorted(new)])
        if found is None:
            return None
        days = sorted({duty.day for duty in found.duties(person) if duty.number in new})
        name = self._facts.name(person)
        return f"If {name} could come {says_days(other, days)}." if days else None

    def _with_fewer_children(self, given: RelaxableFact) -> str | None:
        """The least number of children fewer that would do."""
        problem = self._facts.problem
        row = problem.children[given.number]

        def possible(count: int) -> bool:
            rows = list(problem.children)
            rows[given.number] = row.model_copy(update={"count": count})
            return (
                self.plan(Facts(problem.model_copy(update={"children": tuple(rows)}))) is not None
            )

        low, high = 0, row.count
        if not possible(low):
            return None
        while high - low > 1 and not self._budget.over():
            middle = (low + high) // 2
            low, high = (middle, high) if possible(middle) else (low, middle)
        at = place_in_words(self._facts, (row.at,))
        if not low:
            return f"Without the {row.count} children of {row.band} at {at}."
        return f"With {low} in place of {row.count} children of {row.band} at {at}."

    def with_breaks(self, members: Sequence[ClashMember]) -> Iterator[str]:
        """Unpaid breaks in long shifts, where days of people take part in the clash."""
        facts, problem = self._facts, self._facts.problem
        people = {
            facts.person_number[p] for m in members for p in m.where if p in facts.person_number
        }
        long = {
            duty.shift
            for duty in facts.duties
            if not duty.is_flexible
            and any(s.end - s.start > LONG_MINUTES for s in duty.stints)
            and any(facts.qualified(person, duty) for person in people)
        }
        chosen = [n for n, s in enumerate(problem.shifts) if s.id in long and s.unpaid_minutes == 0]

        def possible(with_break: Collection[int]) -> bool:
            shifts = tuple(
                s.model_copy(update={"unpaid_minutes": BREAK_MINUTES}) if n in with_break else s
                for n, s in enumerate(problem.shifts)
            )
            return self.plan(Facts(problem.model_copy(update={"shifts": shifts}))) is not None

        if not chosen or self._budget.over() or not possible(chosen):
            return
        for number in list(chosen):
            rest = [n for n in chosen if n != number]
            if rest and not self._budget.over() and possible(rest):
                chosen = rest
        names = ", ".join(self._facts.says_all_of(problem.shifts[n]) for n in chosen)
        yield f"With an unpaid break of {BREAK_MINUTES} minutes in {names}."

    def with_more_things(self, members: Sequence[ClashMember]) -> Iterator[str]:
        """One more of a thing that takes part in the clash, or a few."""
        problem = self._facts.problem
        parts = {part for m in members if m.rule is not None for part in m.where}
        for number, resource in enumerate(problem.resources):
            if parts.isdisjoint({resource.id, *resource.units}):
                continue
            for more in range(1, MOST_MORE + 1):
                if self._budget.over():
                    return
                if self.plan(Facts(_with_more(problem, number, more))) is not None:
                    name = self._facts.says_resource(resource)
                    yield f"With {counted(more, 'more', 'more')} of {name}."
                    break

    def with_somebody_more(self, members: Sequence[ClashMember]) -> Iterator[str]:
        """One more person like somebody who is named, or who could do a duty of the clash."""
        facts, problem = self._facts, self._facts.problem
        named = dict.fromkeys(part for member in members for part in member.where)
        people = [facts.person_number[part] for part in named if part in facts.person_number]
        for part in named:
            if part in facts.duty_number:
                duty = facts.duties[facts.duty_number[part]]
                people += [p.number for p in facts.staff if facts.qualified(p.number, duty)][:1]
        for number in list(dict.fromkeys(people))[:MOST_MORE]:
            if self._budget.over():
                return
            person = facts.staff[number].person
            free = {"id": f"{person.id}+", "away": (), "works": at_any_time(person)}
            more = undated(facts, person.model_copy(update=free))
            other = problem.model_copy(update={"people": (*problem.people, more)})
            if self.plan(Facts(other)) is not None:
                yield f"With one more person who can do what {facts.name(number)} does."
                return

    def plan(
        self,
        facts: Facts,
        near: Collection[int] = (),
        before: Facts | None = None,
        wanted_not: Collection[tuple[int, int]] = (),
    ) -> Plan | None:
        """A checked plan that keeps the musts, with some occasions near to the dates they had
        before, and as few of some placements as can be."""
        if self._budget.over():
            return None
        compiled = self._budget.compile(facts, self._musts)
        if compiled is None:
            return None
        model = compiled.model
        if self._draft is not None and not facts.problem.activities:
            model.hint(moved_to(self._draft, facts))
        days = {o.id: set(o.days) for o in before.occasions} if before is not None else {}
        away: list[LinearExprT] = []
        for number in near:
            occasion = facts.occasions[number]
            had = days.get(occasion.id) or {0}
            distances = [min(abs(day - other) for other in had) for day in occasion.days]
            away.append(model.times.value(number, distances))
        away += [model.works(person, duty) for person, duty in wanted_not]
        effort = self._budget.minimisation()
        found = minimise(model, model.sum(away), effort, stop=self._budget.stop).plan
        if found is None or check(facts, self._musts, found).broken_musts:
            return None
        return found


def _in_clash(facts: Facts, members: Sequence[ClashMember]) -> list[RelaxableFact]:
    """The facts that take part in a clash."""
    named = {(m.kind, m.sentence) for m in members if m.rule is None}
    return [
        given
        for given in relaxable_facts_of(facts)
        if (given.kind, fact_member(facts, given).sentence) in named
    ]


def _with_more(problem: Problem, number: int, more: int) -> Problem:
    resources = list(problem.resources)
    one = resources[number]
    stock = tuple(s.model_copy(update={"capacity": s.capacity + more}) for s in one.stock)
    resources[number] = one.model_copy(update={"capacity": one.capacity + more, "stock": stock})
    return problem.model_copy(update={"resources": tuple(resources)})
