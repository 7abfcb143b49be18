"""Everybody's tables in one array, so that one compiled call asks many people."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit

from solver.arrays import Dice, Ints, Longs
from solver.network.shortest_path import IMPOSSIBLE, Extra, Room, Tables
from solver.network.window_path import Frame, respond, set_frame


class Book(NamedTuple):
    """The tables and extra totals of some people, one after another."""

    whole: Ints
    places: Longs
    """[person, field, (first place in `whole`, rows, columns; 0 where it has one dimension)], the
    fields of Tables and then those of Extra."""


def book_of(people: Sequence[tuple[Tables, Extra]]) -> Book:
    """The book of some people's tables."""
    pieces: list[Ints] = []
    places = np.zeros((len(people), len(Tables._fields) + len(Extra._fields), 3), np.int64)
    upto = 0
    for person, (tables, extra) in enumerate(people):
        for field, table in enumerate((*tables, *extra)):
            places[person, field] = upto, table.shape[0], table.shape[1] if table.ndim > 1 else 0
            upto += table.size
            pieces.append(table.reshape(-1))
    return Book(np.concatenate(pieces), places)


@njit(cache=True, nogil=True)
def _row(book: Book, person: int, field: int) -> Ints:
    first, length, _ = book.places[person, field]
    return book.whole[first : first + length]


@njit(cache=True, nogil=True)
def _grid(book: Book, person: int, field: int) -> Ints:
    first, rows, columns = book.places[person, field]
    return book.whole[first : first + rows * columns].reshape((rows, columns))


@njit(cache=True, nogil=True)
def tables_in(book: Book, person: int) -> Tables:
    """A person's tables."""
    return Tables(
        _grid(book, person, 0),
        _grid(book, person, 1),
        _grid(book, person, 2),
        _row(book, person, 3),
        _row(book, person, 4),
        _grid(book, person, 5),
        _grid(book, person, 6),
        _row(book, person, 7),
        _row(book, person, 8),
        _row(book, person, 9),
        _row(book, person, 10),
        _row(book, person, 11),
        _row(book, person, 12),
        _row(book, person, 13),
        _row(book, person, 14),
        _row(book, person, 15),
        _row(book, person, 16),
        _row(book, person, 17),
        _row(book, person, 18),
        _row(book, person, 19),
        _row(book, person, 20),
        _row(book, person, 21),
        _row(book, person, 22),
        _row(book, person, 23),
        _row(book, person, 24),
    )


@njit(cache=True, nogil=True)
def extra_in(book: Book, person: int) -> Extra:
    """A person's extra totals."""
    return Extra(
        _row(book, person, 25),
        _row(book, person, 26),
        _row(book, person, 27),
        _row(book, person, 28),
        _row(book, person, 29),
    )


class Frames(NamedTuple):
    """Everybody's frames; the first dimension is the person."""

    at: Longs
    rest: Ints
    merged: Ints
    elsewhere: Longs
    walk: Longs


@njit(cache=True, nogil=True)
def frame_in(frames: Frames, person: int) -> Frame:
    """A person's frame."""
    return Frame(
        frames.at[person],
        frames.rest[person],
        frames.merged[person],
        frames.elsewhere[person],
        frames.walk[person],
    )


@njit(cache=True, nogil=True)
def set_frames(
    book: Book, frames: Frames, people: Longs, roster: Ints, first: int, last: int
) -> None:
    """Fills the frames of some people, whose paths are rows of the roster."""
    for person in people:
        set_frame(
            tables_in(book, person),
            extra_in(book, person),
            frame_in(frames, person),
            roster[person],
            first,
            last,
        )


@njit(cache=True, nogil=True)
def respond_all(
    book: Book,
    frames: Frames,
    w: Room,
    people: Longs,
    roster: Ints,
    first: int,
    last: int,
    asked: Ints,
    told: Ints,
    rounds: int,
    step: int,
    bounds: Longs,
    costs: Longs,
    worths: Longs,
    dice: Dice,
) -> None:
    """For each of some people, `respond` at the prices `asked`; the paths found are put in the
    roster's rows. `worths` is what each path costs at the prices `told`; whole where there is none.
    """
    for n in range(people.shape[0]):
        t, extra = tables_in(book, people[n]), extra_in(book, people[n])
        chosen = roster[people[n]]
        surcharge = np.empty(extra.most.shape[0], np.int64)
        bounds[n], costs[n] = respond(
            t,
            extra,
            frame_in(frames, people[n]),
            w,
            surcharge,
            chosen,
            first,
            last,
            asked,
            rounds,
            step,
            dice,
        )
        worths[n] = costs[n]
        if costs[n] >= IMPOSSIBLE:
            continue
        for day in range(first, last):
            o = chosen[day]
            for i in range(t.first_duty[o], t.first_duty[o + 1]):
                worths[n] += told[t.duty[i]]
