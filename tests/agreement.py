"""Whether a rule's encoding and its checker mean the same, tried on every schedule of a rota."""

import random
from collections import Counter
from collections.abc import Iterator
from itertools import product

from ortools.sat.python import cp_model

from models.facts.facts import Facts, Touch
from models.facts.plan import Plan
from scheduler.rulebook.example import Example
from scheduler.rulebook.rule import Rule
from scheduler.search.compile import Compiled, compile_model
from solver.cpsat.params import CpSatParams
from solver.language.shapes import Headcount, walk
from tests.soak import tries

MOST_SCHEDULES = tries(64, 256)
"""More schedules than this are sampled, always the same ones."""


def plans(facts: Facts, drawn: Plan | None = None, most: int = MOST_SCHEDULES) -> Iterator[Plan]:
    """Every schedule of a small problem, the drawn one first; a fixed sample of many."""
    if drawn is not None:
        yield drawn
    cells = [(p.number, d.number) for p in facts.staff for d in facts.duties]
    decided = [o for o in facts.occasions if o.is_flexible]
    choices = [
        ((o.number, use), asked.things)
        for o in facts.occasions
        for use, asked in enumerate(o.uses)
        if len(asked.things) > 1
    ]
    pupils = [p for p in facts.pupils if len(p.groups) > 1]
    settled = {p.number: p.groups[0] for p in facts.pupils}
    total = 2 ** len(cells)
    for occasion in decided:
        total *= len(occasion.starts) + occasion.optional
    for _, things in choices:
        total *= len(things)
    for unit in pupils:
        total *= len(unit.groups)
    dice = random.Random(1)

    def plan(
        bits: tuple[int, ...],
        places: tuple[int, ...],
        things: tuple[int, ...],
        groups: tuple[str, ...],
    ) -> Plan:
        """A place beyond the last of an occasion means that it is left out."""
        chosen = {o: p for o, p in zip(decided, places, strict=True) if p < len(o.starts)}
        left_out = {o.number for o in decided} - {o.number for o in chosen}
        return Plan(
            facts,
            [cell for cell, bit in zip(cells, bits, strict=True) if bit],
            {o.number: o.starts[p] for o, p in chosen.items()},
            settled | {p.number: group for p, group in zip(pupils, groups, strict=True)},
            {o.number: o.schools[p] for o, p in chosen.items() if len(o.venues) > 1},
            {
                key: thing
                for (key, _), thing in zip(choices, things, strict=True)
                if key[0] not in left_out
            },
        )

    if total <= most:
        for bits in product((0, 1), repeat=len(cells)):
            for places in product(*(range(len(o.starts) + o.optional) for o in decided)):
                for things in product(*(options for _, options in choices)):
                    for groups in product(*(p.groups for p in pupils)):
                        yield plan(bits, places, things, groups)
        return
    for _ in range(most):
        share = dice.random()
        yield plan(
            tuple(int(dice.random() < share) for _ in cells),
            tuple(dice.randrange(len(o.starts) + o.optional) for o in decided),
            tuple(dice.choice(options) for _, options in choices),
            tuple(dice.choice(p.groups) for p in pupils),
        )


def soft(rule: Rule) -> Rule:
    """The rule as a wish, so that its amounts can be read."""
    return rule.model_copy(update={"priority": 1, "weight": 1})


def least_slack(compiled: Compiled) -> Counter[tuple[str, ...]] | None:
    """The least slack of a compiled model, by place; None if there is no solution."""
    cp = compiled.model.cp
    priced = [room for slack in compiled.slacks for room in slack.priced]
    cp.minimize(sum(room for _, room in priced))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.cp_model_presolve = False
    status = solver.solve(cp)
    if status == cp_model.INFEASIBLE:
        return None
    assert status == cp_model.OPTIMAL, solver.status_name(status)
    amounts: Counter[tuple[str, ...]] = Counter()
    for where, room in priced:
        if value := solver.value(room):
            amounts[where] += value
    return amounts


class Trial:
    """One rule on one small problem, asked four ways about one schedule after another."""

    def __init__(self, rule: Rule, facts: Facts, params: CpSatParams = CpSatParams()) -> None:
        self._params = params
        self.rule = soft(rule)
        self.facts = facts
        self._open = compile_model(facts, [self.rule], params=params)
        self._must = compile_model(
            facts, [rule.model_copy(update={"priority": "must"})], params=params
        )
        everywhere = [(p.number, d.number) for p in facts.staff for d in facts.duties]
        self._closed = {c for c in everywhere if isinstance(self._must.model.works(*c), int)}

    def said(self, plan: Plan) -> Counter[tuple[str, ...]]:
        """What the checker says."""
        found: Counter[tuple[str, ...]] = Counter()
        for breach in self.rule.check(self.facts, plan):
            found[breach.where] += breach.amount
        return found

    def with_equalities(self, plan: Plan) -> Counter[tuple[str, ...]] | None:
        """(a) Free variables, held by their domains."""
        return self._held(self._open, plan)

    def as_must(self, plan: Plan) -> bool:
        """Whether a schedule is possible where the rule must hold."""
        if not self._closed.isdisjoint(plan.cells):
            return False
        return self._held(self._must, plan) is not None

    def _held(self, compiled: Compiled, plan: Plan) -> Counter[tuple[str, ...]] | None:
        with compiled.model.held(plan):
            return least_slack(compiled)

    def with_constants(self, plan: Plan) -> Counter[tuple[str, ...]] | None:
        """(b) Everything is a number; the touched places are all places."""
        compiled = _as_numbers(self.facts, [self.rule], plan, params=self._params)
        return least_slack(compiled)

    def half_and_half(self, plan: Plan) -> Counter[tuple[str, ...]] | None:
        """(c) Every second cell is a number, the others are held by equalities."""
        cells = [(p.number, d.number) for p in self.facts.staff for d in self.facts.duties]
        free = cells[::2]
        occasions = [o.number for o in self.facts.occasions if o.open]
        pupils = [p.number for p in self.facts.pupils]
        compiled = _as_numbers(
            self.facts, [self.rule], plan, free, occasions[::2], pupils[::2], self._params
        )
        model = compiled.model
        for person, duty in free:
            model.cp.add(model.works(person, duty) == int(plan.works(person, duty)))
        return self._held(compiled, plan)

    def through_shapes(self, plan: Plan) -> Counter[tuple[str, ...]] | None:
        """(d) Walks along each person's days; None where the rule has no shape."""
        shapes = self._open.model.shapes
        if not shapes:
            return None
        found: Counter[tuple[str, ...]] = Counter()
        for shape, _ in shapes:
            if isinstance(shape, Headcount):
                found[shape.where] += shape.broken(len(plan.people(shape.duty)))
                continue
            stints = [s for s in plan.stints(shape.person) if s.duty >= 0]
            for where, amount in walk(shape, range(len(self.facts.days)), stints):
                found[where] += amount
        return +found


def disagreements(example: Example, params: CpSatParams = CpSatParams()) -> Iterator[str]:
    """Every schedule, four ways, and as a must: where the least slack is not the amount."""
    trial = Trial(example.rule, example.indexed, params)
    for plan in plans(example.indexed, example.plan):
        said = trial.said(plan)
        ways: dict[str, object] = {
            "with equalities": trial.with_equalities(plan),
            "with constants": trial.with_constants(plan),
            "half and half": trial.half_and_half(plan),
            "through shapes": trial.through_shapes(plan),
        }
        for way, found in ways.items():
            if found != said and not (way == "through shapes" and found is None):
                yield f"{way}: {found}, not {said}: {sorted(plan.cells)} {plan.starts}"
        if trial.as_must(plan) != (not said):
            yield f"as a must: {said}: {sorted(plan.cells)} {plan.starts}"


def _as_numbers(
    facts: Facts,
    rules: list[Rule],
    plan: Plan,
    free: list[tuple[int, int]] | None = None,
    occasions: list[int] | None = None,
    pupils: list[int] | None = None,
    params: CpSatParams = CpSatParams(),
) -> Compiled:
    everywhere = Touch(
        frozenset(range(len(facts.staff))),
        frozenset(range(len(facts.duties))),
        frozenset((s, d) for s in range(len(facts.schools)) for d in range(len(facts.days))),
        frozenset(range(len(facts.occasions))),
    )

    view = facts.within(None)
    view.touch = lambda cells, occasions=(), pupils=(): everywhere  # type: ignore[method-assign]
    return compile_model(
        view,
        rules,
        free=free or [],
        plan=plan,
        free_occasions=occasions or [],
        free_pupils=pupils or [],
        params=params,
    )
