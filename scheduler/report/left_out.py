"""Why an activity was left out: where it would fit best beside all else, and what is in the way."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product

from models.answer.report import Breach
from models.facts.facts import Facts, Occasion
from models.facts.plan import Plan
from scheduler.rulebook.rule import Rule

MOST_TRIED = 200
"""Times and choices of things that are tried, at most, spread over all possible ones."""

MOST_EXPLAINED = 20
"""Activities of a plan that are explained, at most."""

Broken = dict[tuple[int, tuple[str, ...]], Breach]


def explain_left_out(facts: Facts, plan: Plan, rules: Sequence[Rule]) -> dict[int, str]:
    """A sentence for each activity that is left out though it is wished for, by its number."""
    wishes = [rule for rule in rules if rule.priority != "must" and rule.scope == "duty"]
    found: dict[int, str] = {}
    for occasion in facts.activities():
        if len(found) == MOST_EXPLAINED:
            break
        if plan.happens(occasion):
            continue
        view = facts.within(facts.touch((), [occasion.number]))
        missed = (b.where for rule in wishes for b in rule.check(view, plan))
        if (occasion.id,) in missed:
            found[occasion.number] = _nearest(facts, plan, rules, occasion)
    return found


def _nearest(facts: Facts, plan: Plan, rules: Sequence[Rule], occasion: Occasion) -> str:
    """The time and place at which it would break the musts by the least amount, in a sentence."""
    before = _broken(facts, plan, rules, occasion)
    best: tuple[int, Plan, list[Breach]] | None = None
    for other in _tries(facts, plan, occasion):
        after = _broken(facts, other, rules, occasion)
        more = {key: b for key, b in after.items() if b.amount > _amount(before, key)}
        cost = sum(b.amount - _amount(before, key) for key, b in more.items())
        if best is None or cost < best[0]:
            best = (cost, other, list(more.values()))
        if cost == 0:
            break
    assert best is not None  # an occasion has a possible start
    _, other, breaches = best
    place = other.place(occasion) or 0
    start, end, day = occasion.spans[place][0]
    when = f"{facts.says_day(day)} {facts.says_time(start)}-{facts.says_time(end)}"
    where = facts.school_name(occasion.schools[place])
    if not breaches:
        return f"There would be room on {when} at {where}, but other wishes come first."
    sentences = list(dict.fromkeys(breach.sentence for breach in breaches))
    return f"Nearest: on {when} at {where}, but for this: {' '.join(sentences[:3])}"


def _broken(facts: Facts, plan: Plan, rules: Sequence[Rule], occasion: Occasion) -> Broken:
    found: Broken = {}
    people = [(p, d.number) for d in facts.duties for p in plan.people(d.number)]
    mine = [(p, d) for p, d in people if d in occasion.duties]
    view = facts.within(facts.touch(mine, [occasion.number]))
    for number, rule in enumerate(rules):
        if rule.priority == "must":
            for breach in rule.check(view, plan):
                found[number, breach.where] = breach
    return found


def _amount(
    broken: Mapping[tuple[int, tuple[str, ...]], Breach], key: tuple[int, tuple[str, ...]]
) -> int:
    return broken[key].amount if key in broken else 0


def _tries(facts: Facts, plan: Plan, occasion: Occasion) -> Iterator[Plan]:
    """The plan with the activity at its possible starts, with people who are free then."""
    number = occasion.number
    uses = [n for n, asked in enumerate(occasion.uses) if len(asked.things) > 1]
    choices = list(islice(product(*(occasion.uses[n].things for n in uses)), 12))
    places = range(len(occasion.starts))
    step = max(1, len(places) * len(choices) // MOST_TRIED)
    for place, things in product(places[::step], choices):
        venues = {number: occasion.schools[place]} if len(occasion.venues) > 1 else {}
        yield Plan(
            facts,
            [*plan.cells, *_free(facts, plan, occasion, place)],
            {**plan.starts, number: occasion.starts[place]},
            plan.groups,
            {**plan.venues, **venues},
            {**plan.things, **{(number, n): t for n, t in zip(uses, things, strict=True)}},
        )


def _free(facts: Facts, plan: Plan, occasion: Occasion, place: int) -> Iterator[tuple[int, int]]:
    """People for its needs who are available and have nothing else at that time."""
    placed: set[tuple[int, int]] = set()
    for duty in (facts.duties[n] for n in occasion.duties):
        stint, left = duty.stints[place], duty.count
        for person in facts.able[duty.number]:
            busy = any(s.start < stint.end and stint.start < s.end for s in plan.stints(person))
            taken = (person, duty.part) in placed
            if left and not busy and not taken and facts.free(person, stint):
                left -= 1
                placed.add((person, duty.part))
                yield person, duty.number
