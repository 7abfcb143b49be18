"""The block-angular structure: what belongs to one person, what links people, what is shared."""

from ortools.sat.python import cp_model

from solver.cpsat.model import CpSatModel
from solver.dantzig_wolfe.block_structure import take_apart
from solver.dantzig_wolfe.params import PatternBoundParams
from tests.solver.tiny import tiny


def two_people() -> tuple[CpSatModel, cp_model.IntVar]:
    """Somebody is on each of three days, nobody on all, and `worst` is the days of the busiest."""
    model = CpSatModel(tiny(people=2, days=3))
    worst = model.cp.new_int_var(0, 3, "")
    for person in range(2):
        days = model.sum(model.works(person, day) for day in range(3))
        model.cp.add(days <= 2)
        model.cp.add(days <= worst)
    for day in range(3):
        model.cp.add(model.works(0, day) + model.works(1, day) >= 1)
    return model, worst


def test_people_are_blocks_and_what_links_them_are_rows() -> None:
    """The person's own limit is inside the block, cover and the worst are rows."""
    model, worst = two_people()
    structure = take_apart(model, {worst.index: 1}, 3)
    assert structure is not None
    first, second = structure.blocks
    assert first.key == second.key
    assert [block.variables for block in structure.blocks] == [
        sorted(v for v, person in model.owner.items() if person == number) for number in range(2)
    ]
    assert structure.shared == {worst.index: (0, 3)}
    people = [{model.owner.get(v) for v, _ in row.terms} for row in structure.rows]
    assert people.count({0, 1}) == 3
    assert people.count({0, None}) == people.count({1, None}) == 1


def test_a_block_prices_within_the_persons_own_constraints() -> None:
    """Work is worth 5 a day, and two days are the most."""
    model, worst = two_people()
    structure = take_apart(model, {worst.index: 1}, 3)
    assert structure is not None
    block = structure.blocks[0]
    found = block.cheapest([-5, -5, -5], 10.0, PatternBoundParams())
    assert found is not None
    cost, pattern = found
    assert cost == -10
    assert pattern is not None
    assert sum(pattern) == 2
    assert block.work > 0


def test_a_cutoff_that_limits_alone_rule_out_leaves_nothing() -> None:
    """If nobody works a day there is nobody on a day."""
    model, worst = two_people()
    assert take_apart(model, {worst.index: 1}, 0) is None


def test_a_proved_limit_narrows_each_person() -> None:
    """A worst of one day is implied for each person alone."""
    model, worst = two_people()
    structure = take_apart(model, {worst.index: 1}, 3, {worst.index: (1, 1)})
    assert structure is not None
    for block in structure.blocks:
        found = block.cheapest([-5, -5, -5], 10.0, PatternBoundParams())
        assert found is not None
        assert found[0] == -5
