"""Everybody's tables in one array, so that one compiled call prices many people."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from solver.arrays import Ints, Longs, Rng, constant, inner_kernel, kernel
from solver.network.shortest_path import (
    IMPOSSIBLE,
    DayWindow,
    Extra,
    PathTables,
    Workspace,
)
from solver.network.window_path import Context, Surcharges, WindowProblem, price_path, set_context


class PackedTables(NamedTuple):
    """The tables and extra totals of some people, one after another."""

    whole: Ints
    places: Longs
    """[person, field, (first place in `whole`, rows, columns; 0 where it has one dimension)]; the
    fields are numbered as in FIELDS."""


FIELDS = (*PathTables._fields, *(f"extra_{name}" for name in Extra._fields))
"""The packed arrays, in order."""

(
    FOLLOWS,
    CHARGE,
    GAIN,
    BACK_FIRST,
    BACK,
    MOVES,
    COUNTS,
    UNCOUNTS,
    BEFORE,
    SYMBOL,
    AMOUNT,
    FIRST_OPTION,
    OPTION_CLASS,
    OPTION_COST,
    FIRST_DUTY,
    DUTY,
    FINAL_STATE,
    FINAL_COUNT,
    FINAL_AMOUNT,
    LEAST,
    MOST,
    RISE,
    LEAST_COUNT,
    MOST_COUNT,
    START,
    EXTRA_LEAST,
    EXTRA_MOST,
    EXTRA_FIRST,
    EXTRA_TOTAL,
    EXTRA_AMOUNT,
) = (constant(number) for number in range(len(FIELDS)))
"""The number of each field. Kernels read them as constants; a field that is moved or added without
its number fails when this module is imported."""

for _number, _name in enumerate(FIELDS):
    if globals()[_name.upper()] != _number:
        raise AssertionError(f"{_name} is not field {_number} of packed tables")


def pack(people: Sequence[tuple[PathTables, Extra]]) -> PackedTables:
    """Pack some people's tables."""
    pieces: list[Ints] = []
    places = np.zeros((len(people), len(FIELDS), 3), np.int64)
    upto = 0
    for person, (tables, extra) in enumerate(people):
        for field, table in enumerate((*tables, *extra)):
            places[person, field] = upto, table.shape[0], table.shape[1] if table.ndim > 1 else 0
            upto += table.size
            pieces.append(table.reshape(-1))
    return PackedTables(np.concatenate(pieces), places)


@inner_kernel
def _row(packed: PackedTables, person: int, field: int) -> Ints:
    first, length, _ = packed.places[person, field]
    return packed.whole[first : first + length]


@inner_kernel
def _grid(packed: PackedTables, person: int, field: int) -> Ints:
    first, rows, columns = packed.places[person, field]
    return packed.whole[first : first + rows * columns].reshape((rows, columns))


@inner_kernel
def tables_in(packed: PackedTables, person: int) -> PathTables:
    """A person's tables."""
    return PathTables(
        follows=_grid(packed, person, FOLLOWS),
        charge=_grid(packed, person, CHARGE),
        gain=_grid(packed, person, GAIN),
        back_first=_row(packed, person, BACK_FIRST),
        back=_row(packed, person, BACK),
        moves=_grid(packed, person, MOVES),
        counts=_grid(packed, person, COUNTS),
        uncounts=_row(packed, person, UNCOUNTS),
        before=_row(packed, person, BEFORE),
        symbol=_row(packed, person, SYMBOL),
        amount=_row(packed, person, AMOUNT),
        first_option=_row(packed, person, FIRST_OPTION),
        option_class=_row(packed, person, OPTION_CLASS),
        option_cost=_row(packed, person, OPTION_COST),
        first_duty=_row(packed, person, FIRST_DUTY),
        duty=_row(packed, person, DUTY),
        final_state=_row(packed, person, FINAL_STATE),
        final_count=_row(packed, person, FINAL_COUNT),
        final_amount=_row(packed, person, FINAL_AMOUNT),
        least=_row(packed, person, LEAST),
        most=_row(packed, person, MOST),
        rise=_row(packed, person, RISE),
        least_count=_row(packed, person, LEAST_COUNT),
        most_count=_row(packed, person, MOST_COUNT),
        start=_row(packed, person, START),
    )


@inner_kernel
def extra_in(packed: PackedTables, person: int) -> Extra:
    """A person's extra totals."""
    return Extra(
        least=_row(packed, person, EXTRA_LEAST),
        most=_row(packed, person, EXTRA_MOST),
        first=_row(packed, person, EXTRA_FIRST),
        total=_row(packed, person, EXTRA_TOTAL),
        amount=_row(packed, person, EXTRA_AMOUNT),
    )


class Contexts(NamedTuple):
    """Everybody's contexts: the fields of `Context`, with the person as the first dimension."""

    begin: Longs
    rest: Ints
    merged: Ints
    elsewhere: Longs
    walk: Longs


class Query(NamedTuple):
    """The duals of one round of pricing, [duty] -> what a path pays for it, in path units."""

    query_duals: Ints
    """At which paths are searched: smoothed, perhaps."""
    lp_duals: Ints
    """At which the paths found are judged as well: those of the linear program."""


class PriceTags(NamedTuple):
    """What is found in pricing, one entry for each person."""

    bounds: Longs
    costs: Longs
    worths: Longs


@inner_kernel
def _problem_in(packed: PackedTables, contexts: Contexts, person: int) -> WindowProblem:
    """The window problem of a person."""
    return WindowProblem(
        tables_in(packed, person),
        extra_in(packed, person),
        Context(
            contexts.begin[person],
            contexts.rest[person],
            contexts.merged[person],
            contexts.elsewhere[person],
            contexts.walk[person],
        ),
    )


@kernel
def set_contexts(
    packed: PackedTables, contexts: Contexts, people: Longs, roster: Ints, window: DayWindow
) -> None:
    """Fill in the contexts of some people, whose paths are rows of the roster."""
    for person in people:
        set_context(_problem_in(packed, contexts, person), roster[person], window)


@kernel
def price_all(
    packed: PackedTables,
    contexts: Contexts,
    w: Workspace,
    surcharging: tuple[int, int],
    people: Longs,
    roster: Ints,
    window: DayWindow,
    query: Query,
    found: PriceTags,
    rng: Rng,
) -> None:
    """Price some people: `price_path` for each at the query duals; paths fill the roster's rows.

    `surcharging` has the rounds and the step of `Surcharges`. Fills in `found`; a worth is what a
    path costs at the LP duals, or at none where there is no path.
    """
    rounds, step = surcharging
    for n in range(people.shape[0]):
        p = _problem_in(packed, contexts, people[n])
        t, path = p.tables, roster[people[n]]
        surcharges = Surcharges(np.empty(p.extra.most.shape[0], np.int64), rounds, step)
        bound, cost = price_path(p, w, surcharges, path, window, query.query_duals, rng)
        found.bounds[n], found.costs[n], found.worths[n] = bound, cost, cost
        if cost >= IMPOSSIBLE:
            continue
        for day in range(window.first, window.last):
            o = path[day]
            for i in range(t.first_duty[o], t.first_duty[o + 1]):
                found.worths[n] += query.lp_duals[t.duty[i]]
