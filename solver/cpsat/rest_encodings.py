"""Encodings of the shapes of rest: breaks on long days, a long rest in each period."""

from collections.abc import Iterator, Sequence

from models.facts.facts import Stint
from solver.language.limits import clash
from solver.language.model import Model
from solver.language.rest_shapes import LongDay, LongRest
from solver.language.slack import Lit, Slack


def long_day(shape: LongDay, model: Model, slack: Slack) -> None:
    """A long day has a break."""
    for day, name in shape.day_names.items():
        stints = model.stints_on(shape.person, day)
        worked = model.minutes(shape.person, stints)
        short: Lit
        if isinstance(worked, int):
            short = int(worked <= shape.after)
        else:
            short = model.cp.new_bool_var("")
            model.cp.add(worked <= shape.after).only_enforce_if(short)
        rests = _rests(shape, model, stints)
        room = slack(*shape.where, name, most=1)
        clash(model, [model.no(short), model.no(rests)], 1, room)


def _rests(shape: LongDay, model: Model, stints: Sequence[Stint]) -> Lit:
    """Whether a duty has a break inside it, or is followed by a break and another duty."""

    def any_worked(chosen: Iterator[Stint]) -> Lit:
        return model.any_of(model.does(shape.person, s) for s in chosen)

    between = []
    for one in stints:
        over = one.end + shape.minutes
        later = any_worked(s for s in stints if s.start >= over)
        busy = any_worked(s for s in stints if s.start < over and one.end < s.end)
        between.append(model.all_of([model.does(shape.person, one), later, model.no(busy)]))
    return model.any_of([any_worked(s for s in stints if shape.holds_a_break(s)), *between])


def long_rest(shape: LongRest, model: Model, slack: Slack) -> None:
    """Each period holds a stretch without work."""
    stints = model.stints_of(shape.person)
    for period in shape.periods:
        if period.name not in shape.judged:
            continue
        inside = [s for s in stints if s.start < period.high and period.low < s.end]
        ends = [*(s.end for s in inside), *(end for _, end in shape.past)]
        begins = sorted({period.low, *(end for end in ends if end > period.low)})
        rested = model.any_of(
            model.no(
                model.any_of(
                    model.does(shape.person, s)
                    for s in inside
                    if s.start < begin + shape.minutes and begin < s.end
                )
            )
            for begin in begins
            if begin + shape.minutes <= period.high
            and not any(a < begin + shape.minutes and begin < b for a, b in shape.past)
        )
        clash(model, [model.no(rested)], 1, slack(*shape.where, period.name, most=1))
