"""Encodings: what each shape means in CP-SAT, limit plus slack, exact at every place."""

from functools import singledispatch

from solver.cpsat.rest_encodings import long_day, long_rest
from solver.language.limits import between, clash
from solver.language.model import Model
from solver.language.rest_shapes import LongDay, LongRest
from solver.language.shapes import (
    CellCost,
    Follow,
    Headcount,
    Run,
    Shape,
    Succession,
    Total,
    Touched,
)
from solver.language.slack import Lit, Slack


def encode(model: Model, shape: Shape, slack: Slack) -> None:
    """Constrain the model so that the slack used is the amount of breach."""
    _encode(shape, model, slack)


@singledispatch
def _encode(shape: Shape, model: Model, slack: Slack) -> None:
    raise NotImplementedError(f"no encoding for the shape {type(shape).__name__}")


_encode.register(LongDay)(long_day)
_encode.register(LongRest)(long_rest)


@_encode.register(Total)
def _total(shape: Total, model: Model, slack: Slack) -> None:
    stints = {s.number: s for s in model.stints_of(shape.person)} if shape.amounts else {}
    terms = [
        amount * model.does(shape.person, stints[number])
        for number, amount in shape.amounts.items()
        if number in stints
    ]
    terms += [amount * model.works_on(shape.person, day) for day, amount in shape.by_day.items()]
    between(
        model,
        slack,
        shape.where,
        model.sum([*terms, shape.base]),
        most=shape.most,
        least=shape.least,
        highest=shape.base + sum(shape.amounts.values()) + sum(shape.by_day.values()),
    )


@_encode.register(Headcount)
def _headcount(shape: Headcount, model: Model, slack: Slack) -> None:
    placed = [model.works(p, shape.duty) for p in model.people_for(model.facts.duties[shape.duty])]
    amount = shape.amount
    if shape.least is not None and shape.least > 0:
        room = slack(*shape.where, most=amount * shape.least)
        model.cp.add(amount * model.sum(placed) + room >= amount * shape.least)
    if shape.most is not None and len(placed) > shape.most:
        room = slack(*shape.where, most=amount * (len(placed) - shape.most))
        model.cp.add(amount * model.sum(placed) <= amount * shape.most + room)


@_encode.register(Touched)
def _touched(shape: Touched, model: Model, slack: Slack) -> None:
    touched = [
        model.any_of(
            model.does(shape.person, stint)
            for day in sorted(period)
            for stint in model.stints_on(shape.person, day)
            if shape.stints is None or stint.number in shape.stints
        )
        for period in shape.periods
    ]
    between(
        model,
        slack,
        shape.where,
        model.sum([*touched, shape.base]),
        most=shape.most,
        least=shape.least,
        highest=shape.base + len(touched),
    )


@_encode.register(CellCost)
def _cell(shape: CellCost, model: Model, slack: Slack) -> None:
    worked = model.any_of(
        model.does(shape.person, s)
        for s in model.stints_of(shape.person)
        if s.number in shape.stints
    )
    broken = model.no(worked) if shape.wanted else worked
    model.cp.add(shape.amount * broken <= slack(*shape.where, most=shape.amount))


@_encode.register(Follow)
def _follow(shape: Follow, model: Model, slack: Slack) -> None:
    stints = {s.number: s for s in model.stints_of(shape.person)}
    names = shape.day_names or {}
    for (earlier, later), amount in shape.pairs.items():
        if later not in stints or (earlier >= 0 and earlier not in stints):
            continue
        both = [model.does(shape.person, stints[later])]
        if earlier >= 0:
            both.append(model.does(shape.person, stints[earlier]))
        day = stints[later].day
        room = slack(*shape.where, names.get(day, str(day)), most=amount)
        clash(model, both, amount, room)


@_encode.register(Succession)
def _succession(shape: Succession, model: Model, slack: Slack) -> None:
    last, steps = len(shape.day_names), len(shape.steps)
    for first in (*(-n for n in sorted(shape.begun, reverse=True)), *range(last)):
        taken: list[Lit] = []
        for place in range(max(0, -first), min(steps, last - first)):
            step = _takes(shape.steps[place], model, shape.person, first + place)
            ends = [model.no(step)] if shape.wanted else [step]
            if (shape.wanted and place > 0) or (not shape.wanted and place == steps - 1):
                room = slack(*shape.where, shape.day_names[first + place], most=1)
                clash(model, [*taken, *ends], 1, room)
            taken.append(step)


def _takes(step: frozenset[int] | None, model: Model, person: int, day: int) -> Lit:
    if step is None:
        return model.no(model.works_on(person, day))
    return model.any_of(
        model.does(person, s) for s in model.stints_on(person, day) if s.number in step
    )


@_encode.register(Run)
def _run(shape: Run, model: Model, slack: Slack) -> None:
    inside = [_belongs(shape, model, day) for day in shape.days]
    if shape.most is not None:
        for place, name in enumerate(shape.day_names):
            window = inside[max(0, place - shape.most) : place + 1]
            reach = shape.most + 1 - len(window)
            if reach > shape.before:
                continue  # the run cannot be that long by this day
            clash(model, window, 1, slack(*shape.where, name, most=1))
    if shape.least is None:
        return
    for place, name in enumerate(shape.day_names):
        already = 0
        if place == 0:
            if shape.open_start:
                continue
            already = shape.before
            start = [inside[0]] if already == 0 else []
        else:
            start = [inside[place], model.no(inside[place - 1])]
        # A short run begins here, lasts `length` days, and ends before the horizon does.
        for length in range(1 if already == 0 else 0, shape.least - already):
            if place + length >= len(inside):
                break
            short = [*start, *inside[place : place + length], model.no(inside[place + length])]
            missing = shape.least - already - length
            clash(model, short, missing, slack(*shape.where, name, most=missing))


def _belongs(shape: Run, model: Model, day: int) -> Lit:
    if shape.stints is None:
        worked = model.works_on(shape.person, day)
    else:
        worked = model.any_of(
            model.does(shape.person, s)
            for s in model.stints_on(shape.person, day)
            if s.number in shape.stints
        )
    return model.no(worked) if shape.rest else worked
