"""The minimal conflict of an impossible request: rules, places and facts that cannot all hold, none
of which can be left out.

The field calls it an irreducible inconsistent subset (IIS) or a minimal unsatisfiable subset (MUS).
It is found by recompiling subsets: rules first, then their places, then the facts, halved as in
QuickXplain (Junker, AAAI 2004). Cores that a solver reports may be wrong or not minimal, so none is
relied on.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeVar

from models.answer.result import Clash
from models.facts.facts import Facts
from scheduler.diagnose.clash_sentences import (
    clash_sentence,
    fact_member,
    place_member,
    rule_member,
)
from scheduler.diagnose.question_budget import QuestionBudget
from scheduler.diagnose.relaxable_facts import (
    DATED,
    OF_PEOPLE,
    RelaxableFact,
    days_of,
    facts_with,
    relaxable_facts_of,
)
from scheduler.rulebook.rule import Rule
from scheduler.search.compile import compile_model
from scheduler.search.search_state import Disagreement
from solver.cpsat.solve import Effort, Solution, SolveStatus, minimise
from solver.language.slack import Where

MOST_MEMBERS = 40
"""Members that are named one by one; where there are more, only their rules are named."""

LOOKING = 0.75
"""The share of the time in which the members are found; the rest is for the second opinion."""

Place = tuple[int, Where]
"""A rule's position, and a place of it."""

T = TypeVar("T")


def find_clash(
    facts: Facts,
    rules: Sequence[Rule],
    budget: QuestionBudget,
    suspected: Collection[Place] = (),
) -> Clash:
    """The clash of a request that was proved impossible.

    Args:
        facts: the request's.
        rules: the request's, always-on rules included.
        budget: how long to look; what is left of it is spent on a second opinion.
        suspected: places of musts that the least-broken draft breaks; looked at first.
    """
    search = _ConflictSearch(facts, rules, budget.part(LOOKING))
    chosen, needed = search.rules_and_places(suspected)
    given = list(relaxable_facts_of(facts))
    near = [fact for fact in given if _may_matter(facts, fact, needed)]
    if len(near) < len(given) and search.impossible(chosen, needed, near):
        given = near
    kept = _fewest(given, lambda some: search.impossible(chosen, needed, some))
    again = _ConflictSearch(facts, rules, budget)
    if len(needed) + len(kept) > MOST_MEMBERS:
        members = [rule_member(n, rules[n]) for n in sorted({n for n, _ in needed})]
        minimal, confirmed = False, again.confirms(chosen, None, None)
    else:
        members = [place_member(facts, n, rules[n], where) for n, where in sorted(needed)]
        members += [fact_member(facts, fact) for fact in sorted(kept)]
        confirmed = again.confirms(chosen, needed, kept)
        # Halving shows each member needed, as long as every question was answered.
        minimal = not search.unsure or again.each_is_needed(needed, kept)
    return Clash(
        members=tuple(members),
        minimal=minimal,
        confirmed=confirmed,
        sentence=clash_sentence(facts, rules, members, sure=minimal),
    )


class _ConflictSearch:
    """Asks whether parts of a request are impossible."""

    def __init__(self, facts: Facts, rules: Sequence[Rule], budget: QuestionBudget) -> None:
        self.unsure = False
        """Whether a question was left open because time ran out."""
        self._facts = facts
        self._rules = rules
        self._budget = budget
        self._always = [n for n, rule in enumerate(rules) if rule.goes_without_saying]

    def rules_and_places(self, suspected: Collection[Place]) -> tuple[list[int], list[Place]]:
        """The rules that clash, and the places at which they do."""
        bent = [place for place in sorted(suspected) if place[0] not in self._always]
        for some in ([bent[0]], bent) if bent else ():
            if self.impossible(_rules_of(some), some, None):
                found = _fewest(some, lambda part: self.impossible(_rules_of(part), part, None))
                return _rules_of(found), found
        musts = [
            n
            for n, rule in enumerate(self._rules)
            if rule.priority == "must" and not rule.goes_without_saying
        ]
        chosen = _fewest(musts, lambda part: self.impossible(part, None, None))
        places = self.places(chosen)
        return chosen, _fewest(places, lambda part: self.impossible(chosen, part, None))

    def places(self, chosen: Collection[int]) -> list[Place]:
        """Every place at which some rules could be bent, by date as far as they have one."""
        found: set[Place] = set()
        rules = [self._rules[n] for n in chosen]

        def note(number: int) -> Callable[[Where], bool]:
            def leave_out(where: Where) -> bool:
                found.add((number, where))
                return False

            return leave_out

        compile_model(self._facts, rules, leave_out={i: note(n) for i, n in enumerate(chosen)})
        return sorted(found, key=lambda place: (_dated(place[1]), place))

    def impossible(
        self,
        chosen: Sequence[int],
        places: Collection[Place] | None,
        given: Collection[RelaxableFact] | None,
    ) -> bool:
        """Whether some rules, at some places, cannot hold with some of the facts; None stands for
        all of them. False where it is not known."""
        solution = self._ask(chosen, places, given, self._budget.question())
        return solution is not None and solution.outcome is SolveStatus.IMPOSSIBLE

    def confirms(
        self,
        chosen: Sequence[int],
        places: Collection[Place] | None,
        given: Collection[RelaxableFact] | None,
    ) -> bool:
        """Whether another way of solving shows the same; false where time ran out.

        Raises:
            Disagreement: it finds a schedule.
        """
        solution = self._ask(chosen, places, given, self._budget.second_opinion())
        if solution is not None and solution.plan is not None:
            said = "the solver calls impossible what it solves with other parameters"
            raise Disagreement(said, solution.plan.schedule())
        return solution is not None and solution.outcome is SolveStatus.IMPOSSIBLE

    def _ask(
        self,
        chosen: Sequence[int],
        places: Collection[Place] | None,
        given: Collection[RelaxableFact] | None,
        effort: Effort,
    ) -> Solution | None:
        """The solver's answer to a part of the request; None where time is over."""
        if self._budget.over():
            self.unsure = True
            return None
        facts = self._facts if given is None else facts_with(self._facts, given)
        numbers = [*chosen, *self._always]
        leave_out = {}
        if places is not None:
            held = frozenset(places)
            leave_out = {i: _outside(held, n) for i, n in enumerate(chosen)}
        model = compile_model(facts, [self._rules[n] for n in numbers], leave_out=leave_out).model
        solution = minimise(model, 0, effort, stop=self._budget.stop)
        if solution.outcome is SolveStatus.UNKNOWN:
            self.unsure = True
        return solution

    def each_is_needed(self, places: Sequence[Place], given: Sequence[RelaxableFact]) -> bool:
        """Whether the rest holds as soon as any one member is left out."""
        rules = sorted({n for n, _ in places})
        for place in places:
            if self.impossible(rules, [p for p in places if p != place], given):
                return False
        for fact in given:
            if self.impossible(rules, places, [g for g in given if g != fact]):
                return False
        return not self.unsure


def _rules_of(places: Iterable[Place]) -> list[int]:
    return sorted({number for number, _ in places})


def _may_matter(facts: Facts, given: RelaxableFact, places: Collection[Place]) -> bool:
    """Whether a fact is about somebody whom the places name, or who could do a duty that they name,
    and not about other days only: those facts are looked at first."""
    if given.kind not in OF_PEOPLE:
        return True
    named = {part for _, where in places for part in where}
    person = facts.problem.people[given.number]
    duties = [facts.duties[facts.duty_number[part]] for part in named if part in facts.duty_number]
    number = facts.person_number[person.id]
    if person.id not in named and not any(facts.qualified(number, duty) for duty in duties):
        return given.kind in DATED and not duties
    days = {duty.day for duty in duties}
    if given.kind != "away" or not days or person.id in named:
        return True
    return not days.isdisjoint(days_of(facts, given.number, person.away[given.window]))


def _outside(held: Collection[Place], number: int) -> Callable[[Where], bool]:
    return lambda where: (number, where) not in held


def _dated(where: Where) -> str:
    """The date in a place, so that places of one day stand together; else what it names last."""
    return max((part[-10:] for part in where if part[-10:-8] == "20"), default="")


def _fewest(items: Sequence[T], impossible: Callable[[list[T]], bool]) -> list[T]:
    """A part of some items that is impossible, no part of which is."""

    def within(background: list[T], ask: bool, rest: Sequence[T]) -> list[T]:
        if ask and impossible(background):
            return []
        if len(rest) <= 1:
            return list(rest)
        left, right = rest[: len(rest) // 2], rest[len(rest) // 2 :]
        second = within([*background, *left], True, right)
        first = within([*background, *second], bool(second), left)
        return [*first, *second]

    return within([], True, items) if items else []
