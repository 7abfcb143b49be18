"""Encodings: what each shape means in CP-SAT, limit plus slack, exact at every place."""

from collections.abc import Iterator
from functools import singledispatch

from solver.cpsat.rest_encodings import long_day, long_rest
from solver.language.limits import between, clash
from solver.language.model import Model
from solver.language.rest_shapes import LongDay, LongRest
from solver.language.runs import PeriodRun, Run, WholePeriods
from solver.language.shapes import (
    CellCost,
    DayStep,
    Follow,
    Headcount,
    Shape,
    Succession,
    Total,
    Touched,
)
from solver.language.slack import LinearExprT, Lit, Slack


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
        over=shape.over,
        under=shape.under,
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
        over=shape.over,
        under=shape.under,
        highest=shape.base + len(touched),
    )


@_encode.register(CellCost)
def _cell(shape: CellCost, model: Model, slack: Slack) -> None:
    stints = model.stints_of(shape.person, shape.stints)
    worked = model.any_of(model.does(shape.person, s) for s in stints)
    broken = model.no(worked) if shape.wanted else worked
    model.cp.add(shape.amount * broken <= slack(*shape.where, most=shape.amount))


@_encode.register(Follow)
def _follow(shape: Follow, model: Model, slack: Slack) -> None:
    stints = {s.number: s for s in model.stints_of(shape.person)}
    names = shape.day_names or {}
    meant = {
        (earlier, later): amount
        for (earlier, later), amount in shape.pairs.items()
        if later in stints and (earlier < 0 or earlier in stints)
    }
    of_day: dict[int, LinearExprT] = {}
    """The room of a day whose worst pair alone is a breach."""
    if shape.worst:
        most: dict[int, int] = {}
        for (_, later), amount in meant.items():
            day = stints[later].day
            most[day] = max(amount, most.get(day, 0))
        for day, amount in most.items():
            of_day[day] = slack(*shape.where, names.get(day, str(day)), most=amount)
    for (earlier, later), amount in meant.items():
        both = [model.does(shape.person, stints[later])]
        if earlier >= 0:
            both.append(model.does(shape.person, stints[earlier]))
        day = stints[later].day
        room = of_day.get(day)
        if room is None:
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


def _takes(step: DayStep, model: Model, person: int, day: int) -> Lit:
    if step.free:
        return 1
    taken = [model.no(model.works_on(person, day))] if step.off else []
    taken += [
        model.does(person, s) for s in model.stints_on(person, day) if s.number in step.stints
    ]
    return model.any_of(taken)


@_encode.register(Run)
def _run(shape: Run, model: Model, slack: Slack) -> None:
    works = [_works(shape.stints, model, shape.person, [day]) for day in shape.days]
    _in_a_row(shape, works, model, slack)


@_encode.register(PeriodRun)
def _period_run(shape: PeriodRun, model: Model, slack: Slack) -> None:
    run = shape.run
    works = [_works(run.stints, model, run.person, sorted(days)) for days in shape.periods]
    if shape.begun:
        works[0] = 1
    _in_a_row(run, works, model, slack, open_end=shape.open_end)


def _in_a_row(
    shape: Run, works: list[Lit], model: Model, slack: Slack, *, open_end: bool = False
) -> None:
    """The limits of a run, over answers in order; with `open_end` no run that reaches the last but
    one is judged for being short."""
    inside = [model.no(lit) for lit in works] if shape.rest else works
    if shape.most is not None:
        for place, name in enumerate(shape.day_names):
            window = inside[max(0, place - shape.most) : place + 1]
            reach = shape.most + 1 - len(window)
            if reach > shape.before:
                continue  # the run cannot be that long by this day
            clash(model, window, shape.over, slack(*shape.where, name, most=shape.over))
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
            end = place + length
            if end > len(inside) or (end == len(inside) and not shape.closed_end):
                break
            if end == len(inside) - 1 and open_end and not shape.closed_end:
                break
            after = [model.no(inside[end])] if end < len(inside) else []
            missing = shape.under * (shape.least - already - length)
            short = [*start, *inside[place:end], *after]
            clash(model, short, missing, slack(*shape.where, name, most=missing))


def _works(stints: frozenset[int] | None, model: Model, person: int, days: list[int]) -> Lit:
    if stints is None:
        return model.any_of([model.works_on(person, day) for day in days])
    return model.any_of(
        model.does(person, s)
        for day in days
        for s in model.stints_on(person, day)
        if s.number in stints
    )


@_encode.register(WholePeriods)
def _whole(shape: WholePeriods, model: Model, slack: Slack) -> None:
    for number, (days, name) in enumerate(zip(shape.periods, shape.names, strict=True)):
        before = shape.before if number == 0 else ()
        by_kind: dict[int, list[Lit]] = {}
        for kind in sorted(set(shape.kinds.values()).union(*before)):
            by_kind[kind] = [int(kind in kinds) for kinds in before]
            for day in days[len(before) :]:
                by_kind[kind].append(
                    model.any_of(
                        model.does(shape.person, stint)
                        for stint in model.stints_on(shape.person, day)
                        if shape.kinds.get(stint.number) == kind
                    )
                )
        rows = list(by_kind.values())
        if not shape.alike:
            rows = [[model.any_of(on) for on in zip(*rows, strict=True)]]
        terms = [term for row in rows for term in _missing(row, model, shape.alike)]
        highest = len(rows) * (len(days) - 1) * (1 if shape.alike else (len(days) + 1) // 2)
        room = slack(*shape.where, name, most=shape.amount * highest)
        model.cp.add(shape.amount * model.sum(terms) <= room)


def _missing(row: list[Lit], model: Model, alike: bool) -> Iterator[LinearExprT]:
    """What the days of a period that are not worked add up to."""
    size = len(row)
    if alike:
        yield size * model.any_of(row)
        yield from (-1 * works for works in row)
        return
    for first in range(size):
        for end in range(first + 1, size + 1):
            outside = [*row[max(0, first - 1) : first], *row[end : end + 1]]
            stretch = [*row[first:end], *(model.no(works) for works in outside)]
            yield (size - end + first) * model.all_of(stretch)
