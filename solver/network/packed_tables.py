"""Everybody's tables in one array, so that one compiled call asks many people."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit

from solver.arrays import Ints, Longs, Rng
from solver.network.shortest_path import IMPOSSIBLE, Extra, PathTables, Workspace
from solver.network.window_path import Context, price_path, set_context


class PackedTables(NamedTuple):
    """The tables and extra totals of some people, one after another."""

    whole: Ints
    places: Longs
    """[person, field, (first place in `whole`, rows, columns; 0 where it has one dimension)], the
    fields of Tables and then those of Extra."""


def pack(people: Sequence[tuple[PathTables, Extra]]) -> PackedTables:
    """The packed of some people's tables."""
    pieces: list[Ints] = []
    places = np.zeros((len(people), len(PathTables._fields) + len(Extra._fields), 3), np.int64)
    upto = 0
    for person, (tables, extra) in enumerate(people):
        for field, table in enumerate((*tables, *extra)):
            places[person, field] = upto, table.shape[0], table.shape[1] if table.ndim > 1 else 0
            upto += table.size
            pieces.append(table.reshape(-1))
    return PackedTables(np.concatenate(pieces), places)


@njit(cache=True, nogil=True)
def _row(packed: PackedTables, person: int, field: int) -> Ints:
    first, length, _ = packed.places[person, field]
    return packed.whole[first : first + length]


@njit(cache=True, nogil=True)
def _grid(packed: PackedTables, person: int, field: int) -> Ints:
    first, rows, columns = packed.places[person, field]
    return packed.whole[first : first + rows * columns].reshape((rows, columns))


@njit(cache=True, nogil=True)
def tables_in(packed: PackedTables, person: int) -> PathTables:
    """A person's tables."""
    return PathTables(
        _grid(packed, person, 0),
        _grid(packed, person, 1),
        _grid(packed, person, 2),
        _row(packed, person, 3),
        _row(packed, person, 4),
        _grid(packed, person, 5),
        _grid(packed, person, 6),
        _row(packed, person, 7),
        _row(packed, person, 8),
        _row(packed, person, 9),
        _row(packed, person, 10),
        _row(packed, person, 11),
        _row(packed, person, 12),
        _row(packed, person, 13),
        _row(packed, person, 14),
        _row(packed, person, 15),
        _row(packed, person, 16),
        _row(packed, person, 17),
        _row(packed, person, 18),
        _row(packed, person, 19),
        _row(packed, person, 20),
        _row(packed, person, 21),
        _row(packed, person, 22),
        _row(packed, person, 23),
        _row(packed, person, 24),
    )


@njit(cache=True, nogil=True)
def extra_in(packed: PackedTables, person: int) -> Extra:
    """A person's extra totals."""
    return Extra(
        _row(packed, person, 25),
        _row(packed, person, 26),
        _row(packed, person, 27),
        _row(packed, person, 28),
        _row(packed, person, 29),
    )


class Contexts(NamedTuple):
    """Everybody's contexts; the first dimension is the person."""

    at: Longs
    rest: Ints
    merged: Ints
    elsewhere: Longs
    walk: Longs


@njit(cache=True, nogil=True)
def context_in(contexts: Contexts, person: int) -> Context:
    """A person's frame."""
    return Context(
        contexts.at[person],
        contexts.rest[person],
        contexts.merged[person],
        contexts.elsewhere[person],
        contexts.walk[person],
    )


@njit(cache=True, nogil=True)
def set_contexts(
    packed: PackedTables, contexts: Contexts, people: Longs, roster: Ints, first: int, last: int
) -> None:
    """Fills the contexts of some people, whose paths are rows of the roster."""
    for person in people:
        set_context(
            tables_in(packed, person),
            extra_in(packed, person),
            context_in(contexts, person),
            roster[person],
            first,
            last,
        )


@njit(cache=True, nogil=True)
def price_all(
    packed: PackedTables,
    contexts: Contexts,
    w: Workspace,
    people: Longs,
    roster: Ints,
    first: int,
    last: int,
    query_duals: Ints,
    lp_duals: Ints,
    rounds: int,
    step: int,
    bounds: Longs,
    costs: Longs,
    worths: Longs,
    rng: Rng,
) -> None:
    """Price some people: `price_path` for each at the `query_duals`; the paths found fill the
    roster's rows. `worths` is what each path costs at the `lp_duals`, where there is a path."""
    for n in range(people.shape[0]):
        t, extra = tables_in(packed, people[n]), extra_in(packed, people[n])
        path = roster[people[n]]
        surcharge = np.empty(extra.most.shape[0], np.int64)
        bounds[n], costs[n] = price_path(
            t,
            extra,
            context_in(contexts, people[n]),
            w,
            surcharge,
            path,
            first,
            last,
            query_duals,
            rounds,
            step,
            rng,
        )
        worths[n] = costs[n]
        if costs[n] >= IMPOSSIBLE:
            continue
        for day in range(first, last):
            o = path[day]
            for i in range(t.first_duty[o], t.first_duty[o + 1]):
                worths[n] += lp_duals[t.duty[i]]
