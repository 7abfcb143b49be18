"""How many adults a duty asks for by ratio, exactly, where its time or its groups are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.facts.duties import Duty, Expecting, Gathering, Undecided
from solver.language.slack import LinearExprT, Lit

if TYPE_CHECKING:
    from solver.cpsat.model import CpSatModel


def adults_wanted(model: CpSatModel, duty: Duty, away: Lit) -> LinearExprT:
    """The adults that a duty asks for; none if it does not take place or its group is out.

    Args:
        model: it answers what is chosen.
        duty: one whose number depends on it.
        away: whether its group is out at that time.
    """
    times: dict[Expecting, list[int]] = {}
    for place, expected in enumerate(duty.by_ratio or ()):
        times.setdefault(expected, []).append(place)
    numbers = {expected: _adults(model, expected) for expected in times}
    there = model.all_of([model.takes_place(duty.occasion), model.no(away)])
    if len(times) == 1 and isinstance(there, int):
        return next(iter(numbers.values())) if there else 0
    found = model.cp.new_int_var(0, duty.count, "")
    model.holds_if([model.no(there)], found == 0)
    for expected, places in times.items():
        at = model.times.within(duty.occasion, frozenset(places))
        model.holds_if([there, at], found == numbers[expected])
    return found


def _adults(model: CpSatModel, expected: Expecting) -> LinearExprT:
    """The adults at one time: for the children of its fullest moment, rounded up."""
    moments = [children(model, moment) for moment in expected.moments]
    known = max((n for n in moments if isinstance(n, int)), default=0)
    open_ = [n for n in moments if not isinstance(n, int)]
    per = expected.per_adult
    if not open_:
        return -(-known // per)
    fullest = open_[0]
    if len(moments) > 1:
        fullest = model.cp.new_int_var(0, expected.most * per, "")
        model.cp.add_max_equality(fullest, [*open_, known])
    if per == 1:
        return fullest
    found = model.cp.new_int_var(0, expected.most, "")
    model.cp.add(per * found >= fullest)
    model.cp.add(per * found <= fullest + per - 1)
    return found


def children(model: CpSatModel, moment: Gathering) -> LinearExprT:
    """The children who are there at a moment."""
    counted = (u.count * _is_there(model, u) for u in moment.undecided)
    return model.sum([moment.settled, *counted])


def any_children(model: CpSatModel, moment: Gathering) -> Lit:
    """Whether any children are there at a moment."""
    if moment.settled:
        return 1
    return model.any_of(_is_there(model, u) for u in moment.undecided)


def _is_there(model: CpSatModel, undecided: Undecided) -> Lit:
    groups = model.facts.pupils[undecided.pupils].groups
    places = [place for place, group in enumerate(groups) if group in undecided.groups]
    return model.any_of(model.in_group(undecided.pupils, place) for place in places)
