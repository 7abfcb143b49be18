"""A model taken apart by person: what speaks of one person alone, and the rows between people.

Constraints that speak of one person alone stay with that person, all others become rows (Dantzig
and Wolfe, Operations Research 8, 1960). What cannot be written as a row is left out, so that the
parts allow all that the model allows, and a bound over them is a bound of the model.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ortools.sat.python import cp_model

from solver.cpsat.model import CpSatModel
from solver.dantzig_wolfe.params import PatternBoundParams

UNBOUNDED = 2**62

NEVER = 2**80
"""The price of a pattern where there is none: above all others, and Python's to add up."""


@dataclass(frozen=True, slots=True)
class Row:
    """low <= sum of coefficient times variable <= high."""

    terms: tuple[tuple[int, int], ...]
    low: int | None
    high: int | None


@dataclass
class PersonBlock:
    """One person's variables, and the constraints that speak of nothing else."""

    variables: list[int]
    alone: list[Row]
    """What the rows say of this person whatever all others do."""
    cp: cp_model.CpModel
    own: dict[int, cp_model.IntVar]
    key: tuple[object, ...]
    """Equal for people whose constraints are alike."""
    patterns: list[tuple[int, ...]] = field(default_factory=list)
    work: float = 0.0
    """Deterministic time spent on pricing."""

    def cheapest(
        self, prices: Sequence[int], seconds: float, params: PatternBoundParams
    ) -> tuple[int, tuple[int, ...] | None] | None:
        """The least price of a pattern (or a bound below it), and a pattern; None if neither was
        found in time."""
        self.cp.minimize(
            sum(
                price * self.own[v]
                for price, v in zip(prices, self.variables, strict=True)
                if price
            )
        )
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_time_in_seconds = seconds
        solver.parameters.linearization_level = params.pricing_linearization
        status = solver.solve(self.cp)
        self.work += solver.response_proto.deterministic_time
        if status == cp_model.INFEASIBLE:
            return NEVER, None
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None  # what the solver calls its bound then is only a default
        found = tuple(solver.value(self.own[v]) for v in self.variables)
        exact = sum(p * x for p, x in zip(prices, found, strict=True))
        if status == cp_model.OPTIMAL:
            return exact, found
        return math.floor(solver.best_objective_bound), found


@dataclass
class BlockStructure:
    """A model taken apart."""

    blocks: list[PersonBlock]
    rows: list[Row]
    shared: dict[int, tuple[int, int]]
    """Variables of the linear program itself, with their limits."""


def take_apart(
    model: CpSatModel,
    objective: Mapping[int, int],
    cutoff: int,
    narrowed: Mapping[int, tuple[int, int]] | None = None,
    params: PatternBoundParams = PatternBoundParams(),
) -> BlockStructure | None:
    """The parts of a model whose objective is at most the cutoff; None where that cannot be.

    `narrowed` are limits of variables that are known to hold.
    """
    narrowed = narrowed or {}
    settled = {v for v, (low, high) in narrowed.items() if low == high}
    proto = model.cp.proto
    constraints = list(proto.constraints)
    members = [variables_of(c) for c in constraints]
    owner = _owners(dict(model.owner), [variables - settled for variables in members])
    inside: dict[int, list[int]] = defaultdict(list)
    rows: list[Row] = [Row(tuple(sorted(objective.items())), None, cutoff)]
    for number, (constraint, variables) in enumerate(zip(constraints, members, strict=True)):
        owners = {owner.get(v) for v in variables - settled}
        person = owners.pop() if len(owners) == 1 else None
        if person is not None:
            inside[person].append(number)
        else:
            rows += _rows(constraint)
    limits = {
        v: (min(d := list(proto.variables[v].domain)), max(d))
        for v in {v for row in rows for v, _ in row.terms}
    } | dict(narrowed)
    if not _tighten(rows, limits, params.tightening_passes):
        return None
    del rows[0]  # it has done its work; the program's own value says the rest
    near = {owner[v] for v in objective if v in owner}
    for row in rows:
        if any(v in objective and v not in owner for v, _ in row.terms):
            near |= {owner[v] for v, _ in row.terms if v in owner}
    rows = [
        r
        for r in rows
        if not _says_nothing(r, limits)
        and any(owner.get(v) in near or v in objective for v, _ in r.terms)
    ]
    used = {v for row in rows for v, _ in row.terms} | set(objective)
    mine: dict[int, list[int]] = defaultdict(list)
    for v in sorted(used):
        if owner.get(v) in near:
            mine[owner[v]].append(v)
    alone: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        people = {owner[v] for v, _ in row.terms if owner.get(v) in near}
        if len(people) == 1:
            (person,) = people
            own = tuple((v, c) for v, c in row.terms if owner.get(v) == person)
            alone[person].append(_at_best(row, own, limits))
    blocks = [
        _block(model, constraints, members, inside[person], mine[person], alone[person], limits)
        for person in sorted(mine)
    ]
    shared = {v: limits[v] for v in sorted(used) if owner.get(v) not in near}
    return BlockStructure(blocks, rows, shared)


def _at_best(
    row: Row, own: tuple[tuple[int, int], ...], limits: Mapping[int, tuple[int, int]]
) -> Row:
    """What a row says of one person's variables when all others are as kind as can be."""
    others = [(v, c) for v, c in row.terms if (v, c) not in own]
    least = sum(min(c * limits[v][0], c * limits[v][1]) for v, c in others)
    most = sum(max(c * limits[v][0], c * limits[v][1]) for v, c in others)
    return Row(
        own,
        None if row.low is None else row.low - most,
        None if row.high is None else row.high - least,
    )


def _owners(owner: dict[int, int], members: Sequence[frozenset[int]]) -> dict[int, int]:
    """Also give a person the variables that occur only beside theirs, such as their slack."""
    seeds = set(owner)
    where: dict[int, list[int]] = defaultdict(list)
    for number, variables in enumerate(members):
        # Limits of earlier priorities add up slack of everybody; they stay rows.
        if not variables.isdisjoint(seeds):
            for v in variables:
                where[v].append(number)
    changed = True
    while changed:
        changed = False
        for v, numbers in where.items():
            if v in owner:
                continue
            near = {owner.get(other) for n in numbers for other in members[n] if other != v}
            if len(near) == 1 and None not in near:
                owner[v] = near.pop()  # type: ignore[assignment]
                changed = True
    return owner


def variables_of(constraint: object) -> frozenset[int]:
    """The variables that a constraint speaks of."""
    c = constraint
    found: list[int] = list(c.enforcement_literal)  # type: ignore[attr-defined]
    for kind in ("bool_or", "bool_and", "at_most_one", "exactly_one", "bool_xor"):
        if getattr(c, f"has_{kind}")():
            found += getattr(c, kind).literals
    if c.has_linear():  # type: ignore[attr-defined]
        found += c.linear.vars  # type: ignore[attr-defined]
    for kind in ("lin_max", "int_prod", "int_div", "int_mod"):
        if getattr(c, f"has_{kind}")():
            part = getattr(c, kind)
            for expression in (*part.exprs, part.target):
                found += expression.vars
    return frozenset(v if v >= 0 else -v - 1 for v in found)


def _rows(constraint: object) -> list[Row]:
    """A constraint as rows; none where it cannot be one."""
    c = constraint
    conditions = list(c.enforcement_literal)  # type: ignore[attr-defined]
    if c.has_linear():  # type: ignore[attr-defined]
        domain = list(c.linear.domain)  # type: ignore[attr-defined]
        if conditions:
            return []
        low = None if domain[0] < -UNBOUNDED else domain[0]
        high = None if domain[-1] > UNBOUNDED else domain[-1]
        terms = zip(c.linear.vars, c.linear.coeffs, strict=True)  # type: ignore[attr-defined]
        return [_row(terms, low, high)]
    if c.has_bool_or():  # type: ignore[attr-defined]
        literals = [*c.bool_or.literals, *(-x - 1 for x in conditions)]  # type: ignore[attr-defined]
        return [_literals(literals, 1, None)]
    if c.has_bool_and():  # type: ignore[attr-defined]
        no = [-x - 1 for x in conditions]
        return [_literals([x, *no], 1, None) for x in c.bool_and.literals]  # type: ignore[attr-defined]
    if conditions:
        return []
    if c.has_at_most_one():  # type: ignore[attr-defined]
        return [_literals(c.at_most_one.literals, None, 1)]  # type: ignore[attr-defined]
    if c.has_exactly_one():  # type: ignore[attr-defined]
        return [_literals(c.exactly_one.literals, 1, 1)]  # type: ignore[attr-defined]
    return []


def _row(terms: Iterable[tuple[int, int]], low: int | None, high: int | None) -> Row:
    """A row over variables; a term may name a literal, whose variable counts the other way."""
    total: dict[int, int] = defaultdict(int)
    constant = 0
    for literal, coefficient in terms:
        if literal < 0:
            total[-literal - 1] -= coefficient
            constant += coefficient
        else:
            total[literal] += coefficient
    return Row(
        tuple(sorted((v, c) for v, c in total.items() if c)),
        None if low is None else low - constant,
        None if high is None else high - constant,
    )


def _literals(literals: Iterable[int], low: int | None, high: int | None) -> Row:
    return _row([(literal, 1) for literal in literals], low, high)


def _tighten(rows: Iterable[Row], limits: dict[int, tuple[int, int]], most_passes: int) -> bool:
    """Narrow the limits of variables to what single rows allow; false if nothing is left."""
    changed = True
    passes = 0
    rows = list(rows)
    while changed and passes < most_passes:
        changed = False
        passes += 1
        for row in rows:
            for upper, limit in ((True, row.high), (False, row.low)):
                if limit is None:
                    continue
                # Read "at least" as "at most" of the opposite.
                sign = 1 if upper else -1
                bound = sign * limit
                least = sum(
                    min(sign * c * limits[v][0], sign * c * limits[v][1]) for v, c in row.terms
                )
                if least > bound:
                    return False
                for v, c in row.terms:
                    c *= sign
                    low, high = limits[v]
                    spare = bound - least + min(c * low, c * high)
                    if c > 0 and spare // c < high:
                        limits[v] = (low, spare // c)
                        changed = True
                    elif c < 0 and -(spare // -c) > low:
                        limits[v] = (-(spare // -c), high)
                        changed = True
    return True


def _says_nothing(row: Row, limits: Mapping[int, tuple[int, int]]) -> bool:
    least = sum(min(c * limits[v][0], c * limits[v][1]) for v, c in row.terms)
    most = sum(max(c * limits[v][0], c * limits[v][1]) for v, c in row.terms)
    return (row.low is None or row.low <= least) and (row.high is None or row.high >= most)


def _block(
    model: CpSatModel,
    constraints: Sequence[object],
    members: Sequence[frozenset[int]],
    numbers: Sequence[int],
    seen: Sequence[int],
    rows: Sequence[Row],
    limits: Mapping[int, tuple[int, int]],
) -> PersonBlock:
    everything = sorted(set(seen).union(*(members[n] for n in numbers)))
    place = {v: n for n, v in enumerate(everything)}
    cp = cp_model.CpModel()
    own: dict[int, cp_model.IntVar] = {}
    domains = []
    for v in everything:
        domain = cp_model.Domain.from_flat_intervals(list(model.cp.proto.variables[v].domain))
        if v in limits:
            domain = domain.intersection_with(cp_model.Domain(*limits[v]))
        own[v] = cp.new_int_var_from_domain(domain, "")
        domains.append(tuple(domain.flattened_intervals()))

    def literal(x: int) -> cp_model.LiteralT:
        return own[x] if x >= 0 else ~own[-x - 1]

    shape: list[tuple[object, ...]] = []
    for n in numbers:
        c = constraints[n]
        conditions = [literal(x) for x in c.enforcement_literal]  # type: ignore[attr-defined]
        if c.has_linear():  # type: ignore[attr-defined]
            part = c.linear  # type: ignore[attr-defined]
            total = cp_model.LinearExpr.weighted_sum([own[v] for v in part.vars], list(part.coeffs))
            domain = cp_model.Domain.from_flat_intervals(list(part.domain))
            added = cp.add_linear_expression_in_domain(total, domain)
            what = (
                "linear",
                tuple(place[v] for v in part.vars),
                tuple(part.coeffs),
                tuple(part.domain),
            )
        else:
            for kind in ("bool_or", "bool_and", "at_most_one", "exactly_one"):
                if getattr(c, f"has_{kind}")():
                    numbers_ = list(getattr(c, kind).literals)
                    added = getattr(cp, f"add_{kind}")([literal(x) for x in numbers_])
                    what = (kind, tuple(_placed(x, place) for x in numbers_), (), ())
                    break
            else:
                continue  # left out: the bound stays a bound
        if conditions:
            added.only_enforce_if(conditions)
        shape.append((*what, tuple(_placed(x, place) for x in c.enforcement_literal)))  # type: ignore[attr-defined]
    for row in rows:
        low = -UNBOUNDED if row.low is None else row.low
        high = UNBOUNDED if row.high is None else row.high
        total = cp_model.LinearExpr.weighted_sum(
            [own[v] for v, _ in row.terms], [c for _, c in row.terms]
        )
        cp.add_linear_constraint(total, low, high)
        terms = tuple((place[v], c) for v, c in row.terms)
        shape.append(("row", terms, low, high))
    key = (tuple(domains), tuple(shape), tuple(place[v] for v in seen))
    return PersonBlock(list(seen), list(rows), cp, own, key)


def _placed(literal: int, place: Mapping[int, int]) -> int:
    return place[literal] if literal >= 0 else -place[-literal - 1] - 1


def holds(row: Row, values: Mapping[int, int]) -> bool:
    """Whether values satisfy a row."""
    total = sum(c * values[v] for v, c in row.terms)
    return (row.low is None or row.low <= total) and (row.high is None or total <= row.high)
