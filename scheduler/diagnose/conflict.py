"""What clashes: the fewest rules, places and facts that cannot all hold, each shown to be needed.

Found by recompiling subsets: rules first, then their places, then the facts. Cores that a solver
hands out may be wrong or not minimal, so none is taken at its word. Subsets are halved as in
QuickXplain (Junker, AAAI 2004).
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TypeVar

from models.answer.report import Authority
from models.answer.result import Clash, ClashMember
from models.facts.facts import Facts
from scheduler.diagnose.question_budget import QuestionBudget
from scheduler.diagnose.relaxable_facts import (
    RelaxableFact,
    facts_with,
    relaxable_facts_of,
    says_days,
    span,
)
from scheduler.rulebook.rule import Rule
from scheduler.search.compile import compile_model
from scheduler.wording import listed
from solver.cpsat.solve import Effort, SolveStatus, minimise
from solver.language.slack import Where

MOST_MEMBERS = 40
"""Members that are named one by one; where there are more, the rules are named as wholes."""

LOOKING = 0.75
"""The share of the time in which the members are found; the rest is for the second opinion."""

Place = tuple[int, Where]
"""A rule's position, and a place of it."""

T = TypeVar("T")


def find_clash(facts: Facts, rules: Sequence[Rule], budget: QuestionBudget) -> Clash:
    """The clash of a request that was proved impossible.

    Args:
        facts: the request's.
        rules: the request's, always-on rules included.
        budget: how long to look; what is left of it is spent on a second opinion.
    """
    search = _ConflictSearch(facts, rules, budget.part(LOOKING))
    musts = [n for n, r in enumerate(rules) if r.priority == "must" and not r.goes_without_saying]
    chosen = _fewest(musts, lambda some: search.impossible(some, None, None))
    needed = _fewest(search.places(chosen), lambda some: search.impossible(chosen, some, None))
    kept = _fewest(
        list(relaxable_facts_of(facts)), lambda some: search.impossible(chosen, needed, some)
    )
    again = _ConflictSearch(facts, rules, budget)
    if len(needed) + len(kept) > MOST_MEMBERS:
        members = [_rule_member(n, rules[n]) for n in sorted({n for n, _ in needed})]
        minimal, confirmed = False, again.confirms(chosen, None, None)
    else:
        members = [_place_member(facts, n, rules[n], where) for n, where in sorted(needed)]
        members += [_given_member(facts, fact) for fact in sorted(kept)]
        confirmed = again.confirms(chosen, needed, kept)
        # Halving shows each member needed, as long as every question was answered.
        minimal = not search.unsure or again.each_is_needed(needed, kept)
    return Clash(
        members=tuple(members),
        minimal=minimal,
        confirmed=confirmed,
        sentence=_sentence(facts, rules, members, sure=minimal),
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
        return self._ask(chosen, places, given, self._budget.question())

    def confirms(
        self,
        chosen: Sequence[int],
        places: Collection[Place] | None,
        given: Collection[RelaxableFact] | None,
    ) -> bool:
        """The same question, answered by another way."""
        return self._ask(chosen, places, given, self._budget.second_opinion())

    def _ask(
        self,
        chosen: Sequence[int],
        places: Collection[Place] | None,
        given: Collection[RelaxableFact] | None,
        effort: Effort,
    ) -> bool:
        if self._budget.over():
            self.unsure = True
            return False
        facts = self._facts if given is None else facts_with(self._facts, given)
        numbers = [*chosen, *self._always]
        leave_out = {}
        if places is not None:
            held = frozenset(places)
            leave_out = {i: _outside(held, n) for i, n in enumerate(chosen)}
        model = compile_model(facts, [self._rules[n] for n in numbers], leave_out=leave_out).model
        outcome = minimise(model, 0, effort, stop=self._budget.stop).outcome
        if outcome is SolveStatus.UNKNOWN:
            self.unsure = True
        return outcome is SolveStatus.IMPOSSIBLE

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


# ------------------------------------------------------------------ in words

_STANDING: dict[str, Authority] = {"works": "agreement", "away": "agreement"}
"""Whose word a fact is; a pin is the school's own."""


def place_in_words(facts: Facts, where: Where) -> str:
    """A place as a person says it: "Ann, Tue 6 Jan"."""
    return ", ".join(_part_in_words(facts, part) for part in where)


def _part_in_words(facts: Facts, part: str) -> str:
    if part in facts.person_number:
        return facts.name(facts.person_number[part])
    if part in facts.duty_number:
        return facts.says_duty(facts.duties[facts.duty_number[part]])
    known = {school.id: school.name for school in facts.problem.schools}
    known |= {group.id: group.name for group in facts.problem.groups}
    known |= {resource.id: resource.name for resource in facts.problem.resources}
    known |= {activity.id: activity.name for activity in facts.problem.activities}
    known |= {occasion.id: occasion.name for occasion in facts.activities()}
    if part in known:
        return known[part]
    dates = {day.isoformat(): number for number, day in enumerate(facts.days)}
    return facts.says_day(dates[part]) if part in dates else part


def _rule_member(number: int, rule: Rule) -> ClashMember:
    return ClashMember(
        rule=number, kind=rule.name, authority=rule.effective_authority, sentence=rule.sentence
    )


def _place_member(facts: Facts, number: int, rule: Rule, where: Where) -> ClashMember:
    at = f" ({place_in_words(facts, where)})" if where else ""
    own = rule.says_at(facts, where)
    return ClashMember(
        rule=number,
        kind=rule.name,
        authority=rule.effective_authority,
        where=where,
        sentence=own or f"{rule.sentence.rstrip('.')}{at}.",
    )


def _given_member(facts: Facts, given: RelaxableFact) -> ClashMember:
    problem = facts.problem
    where: Where
    if given.kind in ("works", "away"):
        person = problem.people[given.number]
        where = (person.id,)
        sentence = f"{person.name} is at work only at certain times."
        if given.kind == "away":
            sentence = f"{person.name} is away {span(facts, person.away[given.window])}."
    elif given.kind == "windows":
        activity = problem.activities[given.number]
        where = (activity.id,)
        sentence = f"{activity.name} is possible {_possible_on(facts, activity.id)} only."
    elif given.kind == "bookings":
        resource = problem.resources[given.number]
        booking = resource.bookings[given.window]
        where = (resource.id,)
        sentence = f"{resource.name} is booked from {_moment(booking.start)} to "
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


def _possible_on(facts: Facts, activity: str) -> str:
    """The dates on which an activity may begin: "on Tue 6 Jan", "from Mon 5 Jan to Fri 9 Jan"."""
    days = sorted({day for o in facts.named([activity]) for day in o.days})
    return says_days(facts, days)


def _moment(when: datetime) -> str:
    return f"{when:%a} {when.day} {when:%b} {when:%H:%M}"


def _sentence(
    facts: Facts, rules: Sequence[Rule], members: Sequence[ClashMember], *, sure: bool
) -> str:
    """All members in one sentence; the places of one rule stand together."""
    if not members:
        return "The facts alone allow no schedule."
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
        if member.rule is None:
            name = _part_in_words(facts, member.where[0])
            alike.setdefault(member.sentence.removeprefix(f"{name} is "), []).append(name)
    parts += [
        f"{listed(names)} {'is' if len(names) == 1 else 'are'} {what}".rstrip(".")
        for what, names in alike.items()
    ]
    doubt = "" if sure else " Not all of them need to take part."
    return f"These cannot all hold: {'; '.join(parts)}.{doubt}"
