"""No overlap: one person, or one thing, is never in two places, and has the time to travel.

What may be at fixed times is kept apart by cliques of intervals; what starts at an integer variable
by CP-SAT's no-overlap constraint.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from ortools.sat.python import cp_model

from models.facts.facts import Duty
from solver.language.model import Model
from solver.language.slack import Lit


@dataclass(frozen=True, slots=True)
class FixedInterval:
    """Something at a fixed time and school, in elapsed minutes, and whether it is there."""

    start: int
    end: int
    school: int
    there: Lit


def keep_apart(
    model: Model,
    intervals: Iterable[FixedInterval],
    integer_starts: Mapping[int, Lit],
    *,
    before: int = 0,
    after: int = 0,
    travels: bool = True,
) -> None:
    """No two take place at once, nor with too little time to travel between them.

    Args:
        model: the model to constrain.
        intervals: what may be at fixed times, the minutes before and after included.
        integer_starts: occasions whose start is an integer variable, and whether each takes part.
        before: minutes needed before each of these occasions.
        after: minutes needed after each of them.
        travels: whether travel between schools takes time.
    """
    listed = sorted((i for i in intervals if not isinstance(i.there, int) or i.there), key=_when)
    for clique in _cliques(listed):
        model.exclusive(i.there for i in clique)
    if travels and model.facts.problem.travel:
        for ones, others in _near(model, listed):
            # The ones take place at the same time, and so do those of the others that overlap.
            for clique in _cliques(others, least=1):
                model.exclusive(i.there for i in (*ones, *clique))
    if not integer_starts:
        return
    known = {o: model.facts.occasions[o] for o in integer_starts}
    first = min(min(o.starts) for o in known.values()) - before
    last = max(max(o.ends) for o in known.values()) + after
    variables = [
        model.times.interval((o, 0), there, before, after) for o, there in integer_starts.items()
    ]
    variables += [_variable(model, i) for i in listed if i.start < last and first < i.end]
    model.cp.add_no_overlap(variables)
    if travels and model.facts.problem.travel:
        _time_to_travel(model, listed, integer_starts, before, after)


def _variable(model: Model, interval: FixedInterval) -> cp_model.IntervalVar:
    """A fixed interval as CP-SAT's."""
    return model.cp.new_optional_fixed_size_interval_var(
        interval.start, interval.end - interval.start, interval.there, ""
    )


def _when(interval: FixedInterval) -> tuple[int, int]:
    return (interval.start, interval.end)


def _cliques(intervals: Sequence[FixedInterval], least: int = 2) -> Iterator[list[FixedInterval]]:
    """The maximal sets of intervals that all overlap at one moment, of at least `least` intervals;
    the intervals are sorted by start."""
    running: list[FixedInterval] = []
    for interval in intervals:
        ended = [other for other in running if other.end <= interval.start]
        if ended and len(running) >= least:
            yield running
        running = [other for other in running if other.end > interval.start] + [interval]
    if len(running) >= least:
        yield running


def _near(
    model: Model, intervals: Sequence[FixedInterval]
) -> Iterator[tuple[list[FixedInterval], list[FixedInterval]]]:
    """Intervals of the same times and school, and those that begin after them at other schools but
    too soon to travel there."""
    longest = max(way.minutes for way in model.facts.problem.travel)
    alike: dict[tuple[int, int, int], list[FixedInterval]] = {}
    for interval in intervals:
        alike.setdefault((interval.start, interval.end, interval.school), []).append(interval)
    ordered = list(alike.items())
    for position, ((_, end, school), ones) in enumerate(ordered):
        near = []
        for (start, _, elsewhere), others in ordered[position + 1 :]:
            if start >= end + longest:
                break
            if end <= start < end + model.facts.travel(school, elsewhere):
                near += others
        yield ones, near


def _time_to_travel(
    model: Model,
    intervals: Sequence[FixedInterval],
    integer_starts: Mapping[int, Lit],
    before: int,
    after: int,
) -> None:
    """Occasions with an integer start leave the time to travel to intervals and to each other."""
    facts = model.facts
    for occasion, there in integer_starts.items():
        known = facts.occasions[occasion]
        times = list(zip(known.starts, known.ends, known.schools, strict=True))
        for interval in intervals:
            near = [
                place
                for place, (start, end, school) in enumerate(times)
                if (way := facts.travel(school, interval.school))
                and start - before < interval.end + way
                and interval.start < end + after + way
            ]
            if near:
                at = model.times.within(occasion, near)
                model.exclusive([interval.there, model.all_of([there, at])])
    for one, other in combinations(integer_starts, 2):
        for a in facts.occasions[one].venues:
            for b in facts.occasions[other].venues:
                if way := facts.travel(a, b):
                    gap = way + before + after
                    both = [
                        *(integer_starts[o] for o in (one, other)),
                        model.at(one, a),
                        model.at(other, b),
                    ]
                    model.cp.add_bool_or(
                        [
                            *(model.no(literal) for literal in both),
                            model.times.before((one, 0), (other, 0), gap),
                            model.times.before((other, 0), (one, 0), gap),
                        ]
                    )


def crowd(model: Model, duties: Iterable[Duty]) -> None:
    """At no time do duties that are surely filled need more people than there are.

    A valid inequality: it follows from nobody being in two places, but not until it is known who
    does what. Added for the people of each need, and for all of them together.
    """
    needed = [(d, frozenset(model.people_for(d))) for d in duties]
    sets = dict.fromkeys(people for _, people in needed)
    for people in (*sets, frozenset().union(*sets)):
        by_occasion: dict[int, int] = {}
        for duty, able in needed:
            if able <= people:
                by_occasion[duty.occasion] = by_occasion.get(duty.occasion, 0) + duty.count
        if len(by_occasion) > 1:
            intervals = [model.times.interval((o, 0), model.takes_place(o)) for o in by_occasion]
            model.cp.add_cumulative(intervals, list(by_occasion.values()), len(people))
