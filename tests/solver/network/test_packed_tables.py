"""Packed tables: every array of everybody is found under its number."""

import numpy as np

from scheduler.search.path_problem import PathProblem, path_problem
from solver.network.packed_tables import EXTRA_MOST, FIELDS, FOLLOWS, START, pack
from tests.solver.club import club, most_index


def test_packed_tables_hold_everybodys_arrays() -> None:
    """Whatever shape they have."""
    facts, rules = club(3, 14, 7)
    problem = path_problem(facts, rules, roster=most_index(1))
    assert isinstance(problem, PathProblem)
    packed = pack([(network.tables, network.extra) for network in problem.networks])
    for person, network in enumerate(problem.networks):
        for field, table in enumerate((*network.tables, *network.extra)):
            first, rows, columns = packed.places[person, field]
            found = packed.whole[first : first + rows * max(columns, 1)]
            shape = (rows, columns) if table.ndim > 1 else (rows,)
            np.testing.assert_array_equal(found.reshape(shape), table)


def test_fields_are_numbered_in_order() -> None:
    """Those of the tables, and then those of the extra totals."""
    assert (FIELDS[FOLLOWS], FIELDS[START], FIELDS[EXTRA_MOST]) == (
        "follows",
        "start",
        "extra_most",
    )
