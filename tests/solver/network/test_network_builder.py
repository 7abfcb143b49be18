"""Networks: they cost what the shapes cost, and are no larger than they need to be."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from solver.language.shapes import CellCost, Personal, Total, Touched, walk
from solver.network.network_builder import NetworkBuilder
from solver.network.networks import RosterNetwork
from solver.network.shape_collector import PricedBreach, ShapeCollector
from solver.network.shortest_path import IMPOSSIBLE, own_cost
from tests.solver.cpsat.test_encodings import AT, DAYS, SHAPES
from tests.solver.tiny import tiny

PATHS = [shape for shape in SHAPES if not isinstance(shape, CellCost)]
"""A cell of several days belongs to an activity, which paths do not have."""


def network_of(
    shapes: list[Personal], prices: list[int | None], facts: Any = None
) -> RosterNetwork:
    """One person's network."""
    facts = facts or tiny(days=4)
    collector = ShapeCollector(facts)
    for number, (shape, price) in enumerate(zip(shapes, prices, strict=True)):
        collector.declare(shape, PricedBreach(number, price))
    return NetworkBuilder(facts, collector, lambda mark: mark.weight).network(0)


def cost_of(network: RosterNetwork, bits: tuple[int, ...]) -> int:
    """What a person's path costs who works on some of four days."""
    options = [network.option_of(day, [day] if bits[day] else []) for day in DAYS]
    if None in options:
        return IMPOSSIBLE
    return int(own_cost(network.tables, np.array(options, np.int32)))


def charged(shape: Personal, bits: tuple[int, ...]) -> int:
    """What a shape's walk finds on some of four days."""
    stints = [stint for stint in tiny(days=4).stints if bits[stint.day]]
    return sum(amount for _, amount in walk(shape, range(4), stints))


@pytest.mark.parametrize("shape", PATHS)
def test_a_path_costs_what_its_shapes_charge(shape: Personal) -> None:
    """At a price, and as a must; on every way to spend four days."""
    wish, must = network_of([shape], [3]), network_of([shape], [None])
    for bits in product((0, 1), repeat=4):
        amount = charged(shape, bits)
        assert cost_of(wish, bits) == 3 * amount, bits
        assert (cost_of(must, bits) >= IMPOSSIBLE) == (amount > 0), bits


@pytest.mark.parametrize("other", PATHS)
@pytest.mark.parametrize("shape", PATHS[:4])
def test_shapes_add_up_in_one_path(shape: Personal, other: Personal) -> None:
    """Also where they are counters of the same amounts, or equal automata."""
    network = network_of([shape, other, shape], [2, 5, 7])
    for bits in product((0, 1), repeat=4):
        assert cost_of(network, bits) == 9 * charged(shape, bits) + 5 * charged(other, bits)


@pytest.mark.parametrize("price", [None, 4])
def test_one_shift_a_day_is_no_counter(price: int | None) -> None:
    """As a must and as a wish: the paths stay exact, and their state no larger."""
    facts = tiny(days=14, shifts="DE")
    stints = {day: [s.number for s in facts.stints if s.day == day] for day in range(14)}
    days: list[Personal] = [
        Total(0, (*AT, str(day)), dict.fromkeys(stints[day], 1), {}, most=1) for day in stints
    ]
    network = network_of(days, [price] * 14, facts)
    assert network.exact
    assert network.tables.counts.shape[1] == 1
    assert len(network.tables.final_amount) == 1
    assert len(network.tables.option_cost) == 14 * (3 if price is None else 4)
    assert int(network.tables.option_cost.max()) == (price or 0)


def test_two_limits_on_one_sum_are_one_counter() -> None:
    """A law and a wish about the same days are counted once, days or shifts alike."""
    by_shift: list[Personal] = [
        Total(0, AT, dict.fromkeys(DAYS, 1), {}, most=2),
        Total(0, AT, dict.fromkeys(DAYS, 1), {}, base=1, least=4),
    ]
    by_day: list[Personal] = [
        Touched(0, AT, tuple(frozenset({day}) for day in DAYS), most=2),
        Touched(0, AT, tuple(frozenset({day}) for day in DAYS), base=1, least=4),
    ]
    for shapes in (by_shift, by_day):
        network = network_of(shapes, [None, 5])
        assert network.tables.counts.shape[1] == 1
        assert len(network.tables.final_amount) == 3
        assert cost_of(network, (1, 1, 0, 0)) == 5
        assert cost_of(network, (1, 0, 0, 0)) == 10
        assert cost_of(network, (1, 1, 1, 0)) >= IMPOSSIBLE


def test_what_costs_from_the_first_one_on_is_no_counter() -> None:
    """Each shift that somebody should not have has its price at once."""
    network = network_of([Total(0, AT, {1: 1, 2: 3}, {}, most=0)], [5])
    assert len(network.tables.final_amount) == 1
    assert network.tables.counts.shape[1] == 1
    assert cost_of(network, (1, 1, 1, 1)) == 20


def test_equal_people_share_their_tables() -> None:
    """Joint counts, and all that follows from rules alone."""
    facts = tiny(people=2, days=4)
    collector = ShapeCollector(facts)
    for person in (0, 1):
        periods = (frozenset({0, 1}), frozenset({2, 3}))
        collector.declare(Touched(person, AT, periods, most=1), PricedBreach(0, 3))
    builder = NetworkBuilder(facts, collector, lambda mark: mark.weight)
    one, two = builder.all()
    assert one.tables.counts is two.tables.counts
    assert one.tables.follows is two.tables.follows
