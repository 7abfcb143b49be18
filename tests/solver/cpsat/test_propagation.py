"""Propagation: what follows at once, what stays open, and what cannot be."""

import pytest
from ortools.sat.python import cp_model

from solver.cpsat.propagation import Contradiction, Propagated


def test_what_is_known_settles_what_depends_on_it() -> None:
    """Through an implication, a disjunction, an exactly-one and a sum, one after another."""
    cp = cp_model.CpModel()
    a, b, c, d, e = (cp.new_bool_var("") for _ in range(5))
    number = cp.new_int_var(0, 100, "")
    cp.add(a == 1)
    cp.add_implication(a, b)
    cp.add_bool_or(~b, c)
    cp.add_exactly_one(c, d, e)
    cp.add(number == 7).only_enforce_if(~d)
    known = Propagated(cp, 20)
    assert [known.truth(x.index) for x in (a, b, c, d, e)] == [True, True, True, False, False]
    assert known.truth((~d).index) is True
    assert known.ranges(number.index) == [(7, 7)]
    assert known.least_values == (1, 1, 1, 0, 0, 7)
    assert known.constraints == []


def test_one_pass_alone_may_leave_more_open() -> None:
    """Constraints that come before what settles them have to be looked at again."""
    cp = cp_model.CpModel()
    a, b = cp.new_bool_var(""), cp.new_bool_var("")
    cp.add_implication(a, b)
    cp.add(a == 1)
    assert Propagated(cp, 1).truth(b.index) is None
    assert Propagated(cp, 2).truth(b.index) is True


def test_what_is_open_stays_with_its_constraints() -> None:
    """A difference of two numbers, and a limit whose condition is open."""
    cp = cp_model.CpModel()
    x, y, one = cp.new_int_var(0, 9, ""), cp.new_int_var(0, 9, ""), cp.new_int_var(1, 1, "")
    there = cp.new_bool_var("")
    cp.add(x + 3 * one <= y)
    cp.add(x >= 5).only_enforce_if(there)
    cp.add(x + y <= 18)  # excludes nothing
    known = Propagated(cp, 20)
    difference, limit = known.constraints
    assert known.holds(difference) is True
    assert known.holds(limit) is None
    linear = difference.linear
    terms, constant = known.sum_of(linear.vars, linear.coeffs)
    assert (sorted(terms), constant) == ([(x.index, 1), (y.index, -1)], 3)
    assert (known.least(x.index), known.most(x.index)) == (0, 9)


def test_a_contradiction_is_raised() -> None:
    """Two of which at most one may be are both."""
    cp = cp_model.CpModel()
    a, b = cp.new_bool_var(""), cp.new_bool_var("")
    cp.add(a == 1)
    cp.add(b == 1)
    cp.add_at_most_one(a, b)
    with pytest.raises(Contradiction):
        Propagated(cp, 20)
