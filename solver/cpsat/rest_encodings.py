"""Encodings of the shapes of rest: breaks on long days, a long rest in each period."""

from collections.abc import Sequence

from models.facts.facts import Stint
from solver.language.limits import clash
from solver.language.model import Model
from solver.language.rest_shapes import LongDay, LongRest
from solver.language.slack import Lit, Slack


def long_day(shape: LongDay, model: Model, slack: Slack) -> None:
    """A long day has a break."""
    for day, name in shape.day_names.items():
        stints = [s for s in model.stints_on(shape.person, day) if shape.counts(s)]
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
    """Whether a duty has a break inside it, or a duty ends, nothing is worked for the length of a
    break, and something is worked after it."""
    spans: dict[tuple[int, int], list[Lit]] = {}
    for stint in stints:
        spans.setdefault((stint.start, stint.end), []).append(model.does(shape.person, stint))
    works = {span: model.any_of(literals) for span, literals in sorted(spans.items())}
    between = []
    for ends in sorted({end for _, end in works}):
        over = ends + shape.minutes
        later = [works[span] for span in works if span[0] >= over]
        if later:
            ended = model.any_of(works[span] for span in works if span[1] == ends)
            busy = model.any_of(works[span] for span in works if span[0] < over and ends < span[1])
            between.append(model.all_of([ended, model.any_of(later), model.no(busy)]))
    inside = [model.does(shape.person, s) for s in stints if shape.holds_a_break(s)]
    return model.any_of([*inside, *between])


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
