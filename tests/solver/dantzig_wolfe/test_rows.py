"""Rows: a constraint's rows allow exactly what it allows, and tightening loses no solution."""

from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from solver.dantzig_wolfe.rows import Row, rows_of, tighten, variables_of

KINDS: dict[str, Callable[[int, int, int], bool]] = {
    "bool_or": lambda a, b, c: bool(a or b or not c),
    "bool_and": lambda a, b, c: bool(a and b and not c),
    "at_most_one": lambda a, b, c: a + b + (not c) <= 1,
    "exactly_one": lambda a, b, c: a + b + (not c) == 1,
}


@pytest.mark.parametrize("kind", KINDS)
def test_rows_allow_what_the_constraint_allows(kind: str) -> None:
    """All values of three literals, one of them negated."""
    cp = cp_model.CpModel()
    a, b, c = (cp.new_bool_var("") for _ in range(3))
    getattr(cp, f"add_{kind}")(a, b, ~c)
    (constraint,) = cp.proto.constraints
    rows = rows_of(constraint)
    assert variables_of(constraint) == {0, 1, 2}
    for values in product((0, 1), repeat=3):
        assert all(row.holds(dict(enumerate(values))) for row in rows) == KINDS[kind](*values)


@pytest.mark.parametrize("conditional", [False, True])
def test_a_sum_is_a_row_unless_it_has_a_condition(conditional: bool) -> None:
    """Then it is left out, so that the rows allow more."""
    cp = cp_model.CpModel()
    x, y, there = cp.new_int_var(0, 9, ""), cp.new_int_var(0, 9, ""), cp.new_bool_var("")
    added = cp.add(2 * x - y <= 5)
    if conditional:
        added.only_enforce_if(there)
    (constraint,) = cp.proto.constraints
    expected = [] if conditional else [Row(((0, 2), (1, -1)), None, 5)]
    assert rows_of(constraint) == expected


def test_a_row_implies_for_one_variable_what_the_others_leave() -> None:
    """x + y >= 5 with y at most 3 leaves x at least 2."""
    row = Row(((0, 1), (1, 1)), 5, None)
    assert row.projected(((0, 1),), {0: (0, 9), 1: (0, 3)}) == Row(((0, 1),), 2, None)
    assert not row.is_redundant({0: (0, 9), 1: (0, 3)})
    assert row.is_redundant({0: (3, 9), 1: (2, 3)})


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(-3, 3), min_size=3, max_size=3),
            st.none() | st.integers(-6, 6),
            st.none() | st.integers(-6, 6),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_tightening_loses_no_solution(
    drawn: list[tuple[list[int], int | None, int | None]],
) -> None:
    """Limits only shrink, around all solutions; false is said only where there is none."""
    rows = [
        Row(tuple((v, c) for v, c in enumerate(factors) if c), low, high)
        for factors, low, high in drawn
    ]
    limits = dict.fromkeys(range(3), (0, 3))
    possible = tighten(rows, limits, 20)
    for values in product(range(4), repeat=3):
        if all(row.holds(dict(enumerate(values))) for row in rows):
            assert possible
            assert all(limits[v][0] <= values[v] <= limits[v][1] for v in range(3))
