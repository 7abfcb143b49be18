"""One person, or one thing, is never in two places: what may be at fixed times, and what moves."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from ortools.sat.python import cp_model

from models.facts.facts import Duty
from solver.language.model import Model
from solver.language.slack import Lit


@dataclass(frozen=True, slots=True)
class FixedInterval:
    """Something at a fixed time and school, and whether it is there."""

    start: int
    end: int
    school: int
    there: Lit


def keep_apart(
    model: Model,
    spots: Iterable[FixedInterval],
    moving: Mapping[int, Lit],
    *,
    before: int = 0,
    after: int = 0,
    travels: bool = True,
) -> None:
    """No two at once, nor with too little time to travel between two.

    Args:
        model: what is constrained.
        spots: what may be at fixed times, with the minutes before and after already in them.
        moving: occasions whose start is a number, and whether each takes part.
        before: minutes needed before each occasion that moves.
        after: minutes needed after it.
        travels: whether the way between schools counts.
    """
    listed = sorted((s for s in spots if not isinstance(s.there, int) or s.there), key=_when)
    for clique in _cliques(listed):
        model.exclusive(s.there for s in clique)
    if travels and model.facts.problem.travel:
        for ones, others in _near(model, listed):
            # The ones are at the same time; so are those of the others that overlap.
            for clique in _cliques(others, least=1):
                model.exclusive(s.there for s in (*ones, *clique))
    if not moving:
        return
    known = {o: model.facts.occasions[o] for o in moving}
    first = min(min(o.starts) for o in known.values()) - before
    last = max(max(o.ends) for o in known.values()) + after
    intervals = [model.times.interval((o, 0), there, before, after) for o, there in moving.items()]
    intervals += [fixed(model, s) for s in listed if s.start < last and first < s.end]
    model.cp.add_no_overlap(intervals)
    if travels and model.facts.problem.travel:
        _time_to_travel(model, listed, moving, before, after)


def fixed(model: Model, spot: FixedInterval) -> cp_model.IntervalVar:
    """A spot as an interval."""
    return model.cp.new_optional_fixed_size_interval_var(
        spot.start, spot.end - spot.start, spot.there, ""
    )


def _when(spot: FixedInterval) -> tuple[int, int]:
    return (spot.start, spot.end)


def _cliques(spots: Sequence[FixedInterval], least: int = 2) -> Iterator[list[FixedInterval]]:
    """The largest sets of spots, by start, that all overlap at one moment; no smaller than
    `least`."""
    running: list[FixedInterval] = []
    for spot in spots:
        ended = [s for s in running if s.end <= spot.start]
        if ended and len(running) >= least:
            yield running
        running = [s for s in running if s.end > spot.start] + [spot]
    if len(running) >= least:
        yield running


def _near(
    model: Model, spots: Sequence[FixedInterval]
) -> Iterator[tuple[list[FixedInterval], list[FixedInterval]]]:
    """Spots of the same times and school, and those that begin after them at other schools but too
    soon to travel there."""
    longest = max(way.minutes for way in model.facts.problem.travel)
    alike: dict[tuple[int, int, int], list[FixedInterval]] = {}
    for s in spots:
        alike.setdefault((s.start, s.end, s.school), []).append(s)
    ordered = list(alike.items())
    for place, ((_, end, school), ones) in enumerate(ordered):
        near = []
        for (start, _, elsewhere), others in ordered[place + 1 :]:
            if start >= end + longest:
                break
            if end <= start < end + model.facts.travel(school, elsewhere):
                near += others
        yield ones, near


def _time_to_travel(
    model: Model,
    spots: Sequence[FixedInterval],
    moving: Mapping[int, Lit],
    before: int,
    after: int,
) -> None:
    facts = model.facts
    for occasion, there in moving.items():
        known = facts.occasions[occasion]
        times = list(zip(known.starts, known.ends, known.schools, strict=True))
        for spot in spots:
            near = [
                place
                for place, (start, end, school) in enumerate(times)
                if (way := facts.travel(school, spot.school))
                and start - before < spot.end + way
                and spot.start < end + after + way
            ]
            if near:
                at = model.times.within(occasion, near)
                model.exclusive([spot.there, model.all_of([there, at])])
    for one, other in combinations(moving, 2):
        for a in facts.occasions[one].venues:
            for b in facts.occasions[other].venues:
                if way := facts.travel(a, b):
                    gap = way + before + after
                    both = [moving[one], moving[other], model.at(one, a), model.at(other, b)]
                    model.cp.add_bool_or(
                        [
                            *(model.no(literal) for literal in both),
                            model.times.before((one, 0), (other, 0), gap),
                            model.times.before((other, 0), (one, 0), gap),
                        ]
                    )


def crowd(model: Model, duties: Iterable[Duty]) -> None:
    """At no time do duties that are surely filled ask for more people than there are.

    It follows from nobody being in two places, but not until it is known who does what. Told for
    the people of each need, and for all of them.
    """
    asked = [(d, frozenset(model.people_for(d))) for d in duties]
    sets = dict.fromkeys(people for _, people in asked)
    for people in (*sets, frozenset().union(*sets)):
        by_occasion: dict[int, int] = {}
        for duty, able in asked:
            if able <= people:
                by_occasion[duty.occasion] = by_occasion.get(duty.occasion, 0) + duty.count
        if len(by_occasion) > 1:
            intervals = [model.times.interval((o, 0), model.takes_place(o)) for o in by_occasion]
            model.cp.add_cumulative(intervals, list(by_occasion.values()), len(people))
