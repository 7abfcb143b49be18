"""Limits and slack as a rule without a shape writes them: a total between two limits, a clash.

Also the minutes that somebody works with the paid ways between the places they work at.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from models.facts.contracts import paid_way
from models.facts.facts import Facts, Stint
from solver.language.model import Model
from solver.language.slack import LinearExprT, Lit, Slack


def between(
    model: Model,
    slack: Slack,
    where: tuple[str, ...],
    total: LinearExprT,
    *,
    most: int | None,
    least: int | None,
    highest: int,
    over: int = 1,
    under: int = 1,
) -> None:
    """A total lies between two limits, up to slack.

    Args:
        model: the model to constrain.
        slack: of the rule.
        where: the place of a breach.
        total: the total.
        most: its upper limit, if there is one.
        least: its lower limit, if there is one.
        highest: the greatest value that the total can have: it bounds the breach.
        over: the breach for each unit beyond `most`.
        under: the breach for each unit short of `least`.
    """
    if most is not None and highest > most:
        room = slack(*where, most=over * (highest - most))
        model.cp.add(over * total <= over * most + room)
    if least is not None and least > 0:
        model.cp.add(under * total >= under * least - slack(*where, most=under * least))


def clash(
    model: Model,
    together: list[Lit],
    amount: int,
    room: LinearExprT,
) -> None:
    """If all of some answers are yes, there is a breach of an amount, for which there must be room.

    Args:
        model: the model to constrain.
        together: the answers.
        amount: the amount of breach.
        room: what the slack answered at the place of the breach.
    """
    if any(isinstance(literal, int) and not literal for literal in together):
        return
    open_ = [literal for literal in together if not isinstance(literal, int)]
    if isinstance(room, int):
        if room < amount:
            model.cp.add_bool_or([model.no(literal) for literal in open_])
    elif open_:
        model.cp.add(room >= amount).only_enforce_if(open_)
    else:
        model.cp.add(room >= amount)


def with_ways(
    model: Model, person: int, days: range, counts: Callable[[Stint], bool]
) -> tuple[LinearExprT, int] | None:
    """Minutes that a person works on some days, paid travel to what counts included.

    Returns:
        The minutes and their greatest value; None where no travel is paid: a `Total` then says the
        same, and is a shape.
    """
    ways = (_ways(model.facts, model.stints_on(person, day), counts) for day in days)
    if not any(next(found, None) for found in ways):
        return None
    minutes, highest = [], 0
    for day in days:
        stints = model.stints_on(person, day)
        mine = [(s.minutes, [s]) for s in stints if counts(s)]
        for length, gone in _ways(model.facts, stints, counts):
            # Both the first group and the last are worked, and nothing between them.
            first, *between, last = gone
            ends = [_any(model, person, group) for group in (first, last)]
            rest = model.any_of(_any(model, person, group) for group in between)
            minutes.append(length * model.all_of([*ends, model.no(rest)]))
            highest += length
        minutes += [length * _any(model, person, group) for length, group in mine]
        highest += sum(length for length, _ in mine)
    return model.sum(minutes), highest


def _ways(
    facts: Facts, stints: Sequence[Stint], counts: Callable[[Stint], bool]
) -> Iterator[tuple[int, list[list[Stint]]]]:
    """(minutes of travel, groups of stints from the one before it to the one after, in order)."""
    in_order = sorted(stints, key=lambda s: (s.start, s.end, s.number))
    # Stints at one school and time have the same ways to others.
    groups = [
        list(group)
        for _, group in groupby(in_order, key=lambda s: (s.school, s.start, s.end, counts(s)))
    ]
    for last, group in enumerate(groups):
        for first in range(last):
            length = paid_way(facts, groups[first][0], group[0])
            if length and counts(group[0]):
                yield length, groups[first : last + 1]


def _any(model: Model, person: int, stints: Sequence[Stint]) -> Lit:
    return model.any_of(model.does(person, stint) for stint in stints)
