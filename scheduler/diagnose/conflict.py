"""The minimal conflict of an impossible request: rules, places and facts that cannot all hold, none
of which can be left out.

The field calls it an irreducible inconsistent subset (IIS) or a minimal unsatisfiable subset (MUS).
It is found by recompiling subsets: rules first, then their places, then the facts, halved as in
QuickXplain (Junker, AAAI 2004). Cores that a solver reports may be wrong or not minimal, so none is
relied on.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
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
    RelaxableFact,
    facts_with,
    may_matter,
    relaxable_facts_of,
)
from scheduler.diagnose.suspicion import Place, beyond_hope, dated, in_order, suspicion
from scheduler.rulebook.rule import Rule
from scheduler.search.search_state import Disagreement
from solver.cpsat.solve import Effort, Solution, SolveStatus, minimise
from solver.language.slack import Where

MOST_MEMBERS = 40
"""Members that are named one by one; where there are more, only their rules are named."""

LOOKING = 0.75
"""The share of the time in which the members are found; the rest is for the second opinion."""

T = TypeVar("T")


def find_clash(
    facts: Facts,
    rules: Sequence[Rule],
    budget: QuestionBudget,
    suspected: Collection[Place] = (),
    *,
    proved: bool = True,
    searched: bool = True,
) -> Clash | None:
    """The clash of a request that was proved impossible, or for which nothing was found in time.

    A part of the musts that is impossible alone is impossible in the whole, so a clash may be found
    and confirmed although the search had only run out of time. What is not confirmed is suspected.

    Args:
        facts: the request's.
        rules: the request's, always-on rules included.
        budget: how long to look; what is left of it is spent on a second opinion.
        suspected: places of musts that the least-broken draft breaks; looked at first.
        proved: whether the request was proved impossible.
        searched: whether the draft that breaks those places was searched for; otherwise they say
            little, and only those are suspected for which fewer people are able than needed.

    Returns:
        None where it was not, and nothing is suspected.
    """
    search = _ConflictSearch(facts, rules, budget.part(LOOKING))
    found = search.near(suspected)
    if found is None and proved:
        found = search.rules_and_places()
    if found is None:
        return suspicion(facts, rules, suspected if searched else beyond_hope(facts, suspected))
    chosen, needed = found
    given = list(relaxable_facts_of(facts))
    near = [fact for fact in given if may_matter(facts, fact, needed)]
    if len(near) < len(given) and search.impossible(chosen, needed, near):
        given = near
    kept = _fewest(given, lambda some: search.impossible(chosen, needed, some))
    again = _ConflictSearch(facts, rules, budget)
    if (chosen and not needed) or len(needed) + len(kept) > MOST_MEMBERS:
        members = [rule_member(n, rules[n]) for n in chosen]
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
        sentence=clash_sentence(facts, rules, members, sure=minimal, confirmed=confirmed),
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

    def near(self, suspected: Collection[Place]) -> tuple[list[int], list[Place]] | None:
        """Rules and places that clash near to some that are suspected: these, then all of one day,
        of the people they name, of one week. None where none of those was shown to clash."""
        bent = in_order(self._facts, [p for p in suspected if p[0] not in self._always])
        if not bent:
            return None
        for some in self._surroundings(bent):
            if self._budget.over():
                return None
            if self.impossible(_rules_of(some), some, None):
                found = _fewest(some, lambda part: self.impossible(_rules_of(part), part, None))
                return _rules_of(found), found
        return None

    def _surroundings(self, bent: list[Place]) -> Iterator[list[Place]]:
        yield [bent[0]]
        if len(bent) > 1:
            yield bent
        if self._budget.over():
            return
        everywhere = self.places(self._musts())
        if day := dated(bent[0][1]):
            yield [place for place in everywhere if dated(place[1]) == day]
        people = {part for _, where in bent for part in where if part in self._facts.person_number}
        if people:
            yield [place for place in everywhere if not people.isdisjoint(place[1])]
        if day:
            yield [p for p in everywhere if (d := dated(p[1])) and _week(d) == _week(day)]

    def _musts(self) -> list[int]:
        return [
            n
            for n, rule in enumerate(self._rules)
            if rule.priority == "must" and not rule.goes_without_saying
        ]

    def rules_and_places(self) -> tuple[list[int], list[Place]]:
        """The rules that clash, and at which places, where it is proved that some do."""
        chosen = _fewest(self._musts(), lambda part: self.impossible(part, None, None))
        places = self.places(chosen)
        return chosen, _fewest(places, lambda part: self.impossible(chosen, part, None))

    def places(self, chosen: Collection[int]) -> list[Place]:
        """Every place at which some rules could be bent, by date as far as they have one; none
        where there was no time to ask the rules for theirs."""
        found: set[Place] = set()
        rules = [self._rules[n] for n in chosen]

        def note(number: int) -> Callable[[Where], bool]:
            def leave_out(where: Where) -> bool:
                found.add((number, where))
                return False

            return leave_out

        noting = {i: note(n) for i, n in enumerate(chosen)}
        if self._budget.compile(self._facts, rules, noting) is None:
            self.unsure = True
            return []
        return sorted(found, key=lambda place: (dated(place[1]), place))

    def impossible(
        self,
        chosen: Sequence[int],
        places: Collection[Place] | None,
        given: Collection[RelaxableFact] | None,
    ) -> bool:
        """Whether some rules, at some places, cannot hold with some of the facts (None: all of
        them). False where it is not known."""
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
        for share, presolve in ((0.6, False), (1.0, True)):
            effort = self._budget.second_opinion(share, presolve=presolve)
            solution = self._ask(chosen, places, given, effort)
            if solution is not None and solution.plan is not None:
                said = "the solver calls impossible what it solves with other parameters"
                raise Disagreement(said, solution.plan.schedule())
            if solution is not None and solution.outcome is SolveStatus.IMPOSSIBLE:
                return True
        return False

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
        asked = [self._rules[n] for n in numbers]
        compiled = self._budget.compile(facts, asked, leave_out)
        if compiled is None:
            self.unsure = True
            return None
        solution = minimise(compiled.model, 0, effort, stop=self._budget.stop)
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


def _outside(held: Collection[Place], number: int) -> Callable[[Where], bool]:
    return lambda where: (number, where) not in held


def _week(day: str) -> tuple[int, int]:
    """The year and the week of a date."""
    return date.fromisoformat(day).isocalendar()[:2]


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
