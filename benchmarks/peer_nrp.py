"""A plain CP-SAT model of an instance, written straight from the format: what to compare with."""

from dataclasses import dataclass

from ortools.sat.python import cp_model

from benchmarks.instance import Employee, Instance

MOST_CELLS = 400_000
"""People by days by shift types beyond which no such model is made."""


@dataclass(frozen=True)
class PeerAnswer:
    """What the plain model came to."""

    roster: dict[str, list[str]] | None
    bound: int


def solve(instance: Instance, *, seconds: float, workers: int, seed: int) -> PeerAnswer:
    """The best roster of one solve.

    Raises:
        ValueError: the instance has more than MOST_CELLS cells.
    """
    if instance.cells > MOST_CELLS:
        raise ValueError(f"{instance.name} has more than {MOST_CELLS} cells")
    cp = cp_model.CpModel()
    works = {
        (one.id, day, shift.id): cp.new_bool_var("")
        for one in instance.staff
        for day in range(instance.days)
        for shift in instance.shifts
    }
    for one in instance.staff:
        _rules(cp, instance, one, works)
    terms: list[cp_model.LinearExprT] = []
    for wish in instance.wishes:
        cell = works[wish.staff, wish.day, wish.shift]
        terms.append(wish.weight * (1 - cell if wish.wanted else cell))
    for row in instance.cover:
        missing = cp.new_int_var(0, row.required, "")
        beyond = cp.new_int_var(0, len(instance.staff), "")
        there = sum(works[one.id, row.day, row.shift] for one in instance.staff)
        cp.add(there + missing - beyond == row.required)
        terms.append(row.under * missing + row.over * beyond)
    cp.minimize(sum(terms))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = seed
    status = solver.solve(cp)
    bound = max(0, round(solver.best_objective_bound))
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return PeerAnswer(None, bound)
    roster = {one.id: [""] * instance.days for one in instance.staff}
    for (person, day, shift), cell in works.items():
        if solver.value(cell):
            roster[person][day] = shift
    return PeerAnswer(roster, bound)


def _rules(
    cp: cp_model.CpModel,
    instance: Instance,
    one: Employee,
    works: dict[tuple[str, int, str], cp_model.IntVar],
) -> None:
    days = range(instance.days)
    on = []
    for day in days:
        day_on = cp.new_bool_var("")
        cp.add(sum(works[one.id, day, s.id] for s in instance.shifts) == day_on)
        on.append(day_on)
        if day in one.days_off:
            cp.add(day_on == 0)
    minutes: list[cp_model.LinearExpr] = []
    for shift in instance.shifts:
        mine = [works[one.id, day, shift.id] for day in days]
        cp.add(sum(mine) <= one.most_of.get(shift.id, instance.days))
        minutes += [shift.minutes * cell for cell in mine]
        for day in days[:-1]:
            for other in shift.not_before:
                cp.add_bool_or([~mine[day], ~works[one.id, day + 1, other]])
    cp.add_linear_constraint(sum(minutes), one.least_minutes, one.most_minutes)
    for first in range(instance.days - one.longest_work):
        cp.add_bool_or([~day_on for day_on in on[first : first + one.longest_work + 1]])
    for least, runs in ((one.shortest_work, on), (one.shortest_rest, [~x for x in on])):
        for length in range(1, least):
            for first in range(1, instance.days - length):
                inside = runs[first : first + length]
                cp.add_bool_or([runs[first - 1], *(~x for x in inside), runs[first + length]])
    weekends = []
    for day in range(5, instance.days, 7):
        weekend = cp.new_bool_var("")
        for part in on[day : day + 2]:
            cp.add_implication(part, weekend)
        weekends.append(weekend)
    cp.add(sum(weekends) <= one.most_weekends)
