"""The block-angular structure of a model: a block for each person, and the rows between people.

Constraints that speak of one person alone stay with that person, all others become linking rows
(Dantzig and Wolfe, Decomposition principle for linear programs, Operations Research 8, 1960). What
cannot be written as a row is left out, so that the blocks and rows allow all that the model allows,
and a bound over them is a bound of the model.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from solver.cpsat.model import CpSatModel
from solver.dantzig_wolfe.params import PatternBoundParams
from solver.dantzig_wolfe.pricing_problem import PersonBlock, make_block
from solver.dantzig_wolfe.rows import Limits, Row, rows_of, tighten, variables_of


@dataclass
class BlockStructure:
    """A model taken apart."""

    blocks: list[PersonBlock]
    rows: list[Row]
    """The linking rows."""
    shared: dict[int, tuple[int, int]]
    """Variables of the restricted master itself, which belong to nobody, with their limits."""


def take_apart(
    model: CpSatModel,
    objective: Mapping[int, int],
    cutoff: int,
    narrowed: Limits | None = None,
    params: PatternBoundParams = PatternBoundParams(),
) -> BlockStructure | None:
    """The block-angular structure of a model whose objective is at most a cutoff.

    Args:
        model: the problem.
        objective: variable to whole coefficient.
        cutoff: what the objective is at most.
        narrowed: proved limits of some variables.
        params: how often limits are tightened.

    Returns:
        None where the limits alone show that nothing costs so little.
    """
    narrowed = narrowed or {}
    settled = {v for v, (low, high) in narrowed.items() if low == high}
    constraints = [(c, variables_of(c)) for c in model.cp.proto.constraints]
    owner = _owners(dict(model.owner), [variables - settled for _, variables in constraints])
    inside, rows = _split(constraints, owner, settled)
    cutoff_row = Row(tuple(sorted(objective.items())), None, cutoff)
    limits = _limits(model, [cutoff_row, *rows]) | dict(narrowed)
    # The cutoff serves to tighten only: the value of the restricted master says the rest.
    if not tighten([cutoff_row, *rows], limits, params.tightening_passes):
        return None
    concerned = _concerned(rows, objective, owner)
    rows = [
        row
        for row in rows
        if not row.is_redundant(limits)
        and any(owner.get(v) in concerned or v in objective for v, _ in row.terms)
    ]
    used = sorted({v for row in rows for v, _ in row.terms} | set(objective))
    entries: dict[int, list[int]] = defaultdict(list)
    for v in used:
        if owner.get(v) in concerned:
            entries[owner[v]].append(v)
    implied = _implied(rows, owner, concerned, limits)
    blocks = [
        make_block(model, inside[person], entries[person], implied[person], limits)
        for person in sorted(entries)
    ]
    shared = {v: limits[v] for v in used if owner.get(v) not in concerned}
    return BlockStructure(blocks, rows, shared)


def _owners(owner: dict[int, int], members: Sequence[frozenset[int]]) -> dict[int, int]:
    """Also give a person the variables that occur only beside theirs, such as their slack."""
    seeds = set(owner)
    where: dict[int, list[int]] = defaultdict(list)
    for number, variables in enumerate(members):
        # Limits of earlier priorities add up everybody's slack; they stay rows.
        if not variables.isdisjoint(seeds):
            for v in variables:
                where[v].append(number)
    changed = True
    while changed:
        changed = False
        for v, numbers in where.items():
            if v in owner:
                continue
            people = {owner.get(other) for n in numbers for other in members[n] if other != v}
            person = people.pop() if len(people) == 1 else None
            if person is not None:
                owner[v] = person
                changed = True
    return owner


def _split(
    constraints: Iterable[tuple[Any, frozenset[int]]],
    owner: Mapping[int, int],
    settled: Collection[int],
) -> tuple[dict[int, list[tuple[Any, frozenset[int]]]], list[Row]]:
    """The constraints of each person alone, and all others as rows."""
    inside: dict[int, list[tuple[Any, frozenset[int]]]] = defaultdict(list)
    rows: list[Row] = []
    for constraint, variables in constraints:
        people = {owner.get(v) for v in variables if v not in settled}
        person = people.pop() if len(people) == 1 else None
        if person is not None:
            inside[person].append((constraint, variables))
        else:
            rows += rows_of(constraint)
    return inside, rows


def _limits(model: CpSatModel, rows: Iterable[Row]) -> dict[int, tuple[int, int]]:
    """The least and greatest value of every variable in some rows."""
    variables = model.cp.proto.variables
    found = {}
    for v in {v for row in rows for v, _ in row.terms}:
        domain = list(variables[v].domain)
        found[v] = (min(domain), max(domain))
    return found


def _concerned(
    rows: Iterable[Row], objective: Mapping[int, int], owner: Mapping[int, int]
) -> set[int]:
    """People with a variable in the objective, or in a row with a variable of the objective that
    belongs to nobody."""
    found = {owner[v] for v in objective if v in owner}
    for row in rows:
        if any(v in objective and v not in owner for v, _ in row.terms):
            found |= {owner[v] for v, _ in row.terms if v in owner}
    return found


def _implied(
    rows: Iterable[Row], owner: Mapping[int, int], concerned: Collection[int], limits: Limits
) -> dict[int, list[Row]]:
    """What rows with the variables of a single person imply for that person alone."""
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        people = {owner[v] for v, _ in row.terms if owner.get(v) in concerned}
        if len(people) == 1:
            (person,) = people
            own = tuple((v, c) for v, c in row.terms if owner.get(v) == person)
            found[person].append(row.projected(own, limits))
    return found
