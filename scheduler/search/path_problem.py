"""A request as everybody's whole paths, where all of its rules have shapes; and back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.rulebook.rule import Rule
from scheduler.search.params import PathParams
from solver.arrays import Ints
from solver.network.automaton import AutomatonTooLarge
from solver.network.daily_patterns import CostsTooLarge, NoNetwork
from solver.network.headcount_costs import HeadcountCosts
from solver.network.network_builder import NetworkBuilder
from solver.network.networks import RosterNetwork
from solver.network.shape_collector import NoShape, PricedBreach, ShapeCollector
from solver.network.shortest_path import IMPOSSIBLE, INFINITE
from solver.search.params import RosterParams
from solver.search.roster_search import RosterSearch

COARSER = 8
"""By how much the scale of costs is divided where they are too large."""


@dataclass
class PathProblem:
    """A request as everybody's paths, and back."""

    facts: Facts
    networks: list[RosterNetwork]
    duties: HeadcountCosts
    priorities: tuple[int, ...]
    ranks: tuple[int, ...]
    """What a unit of each priority is worth; of the last one, 1."""
    musts: Ints
    """How far musts are broken, by headcount, laid out like the prices of `duties`."""
    params: RosterParams = RosterParams()

    def plan(self, chosen: Sequence[Ints]) -> Plan:
        """A roster as a plan."""
        placed = [
            (person, int(duty))
            for person, (network, options) in enumerate(zip(self.networks, chosen, strict=True))
            for duty in self._duties_of(network, options)
        ]
        return Plan(self.facts, placed, {})

    def roster(self, plan: Plan) -> list[Ints] | None:
        """A plan as everybody's options; None if somebody's days are none of their options."""
        found = []
        for person, network in enumerate(self.networks):
            by_day: dict[int, list[int]] = {}
            for duty in plan.duties(person):
                by_day.setdefault(duty.day, []).append(duty.number)
            options = [network.option_of(day, by_day.get(day, ())) for day in range(network.days)]
            if None in options:
                return None
            found.append(np.array(options, np.int32))
        return found

    def keeps_musts(self, chosen: Sequence[Ints]) -> bool:
        """Whether a roster breaks no must between people."""
        heads = np.zeros(len(self.duties.first_price) - 1, np.int32)
        for network, options in zip(self.networks, chosen, strict=True):
            np.add.at(heads, self._duties_of(network, options), 1)
        return not self.musts[self.duties.first_price[:-1] + heads].any()

    def least(self, bound: int, reached: Mapping[int, int]) -> int:
        """A bound of the last priority, from a bound of whole rosters.

        Any schedule's costs, each times its rank, add up to the bound or more; so the last one is
        at least what the bound leaves to it.

        Args:
            bound: no roster costs less, in path units.
            reached: the cost of each earlier priority; schedules that do worse there are left out.
        """
        earlier = zip(self.ranks[:-1], self.priorities[:-1], strict=True)
        spent = sum(rank * reached[priority] for rank, priority in earlier)
        # What costs as much as that is taken for impossible, so no bound can be above it.
        return -(-min(bound, IMPOSSIBLE) // self.duties.scale) - spent

    def search(
        self, found: Callable[[Sequence[Ints], int], None], bounded: Callable[[int], None]
    ) -> RosterSearch:
        """A search over the paths."""
        return RosterSearch(
            self.networks, self.duties, found=found, bounded=bounded, params=self.params
        )

    def _duties_of(self, network: RosterNetwork, options: Ints) -> Ints:
        t = network.tables
        parts = [t.duty[t.first_duty[o] : t.first_duty[o + 1]] for o in options]
        return np.concatenate(parts) if parts else np.zeros(0, np.int32)


def path_problem(
    facts: Facts,
    rules: Sequence[Rule],
    params: PathParams = PathParams(),
    roster: RosterParams = RosterParams(),
) -> PathProblem | str:
    """A request as paths; or why it cannot be one, in words that follow "because"."""
    if facts.pupils:
        return "the groups of children are to be chosen"
    if any(occasion.open for occasion in facts.occasions):
        return "the engine chooses times"
    sketch = ShapeCollector(facts)
    for number, rule in enumerate(rules):
        weight = None if rule.priority == "must" else rule.weight
        try:
            rule.encode(sketch, PricedBreach(number, weight))
        except NoShape:
            return f"{rule.name} has no shape"
    priorities = tuple(sorted({r.priority for r in rules if r.priority != "must"}))
    ranks = {p: params.ratio ** (len(priorities) - 1 - n) for n, p in enumerate(priorities)}
    worth = [0 if r.priority == "must" else ranks[r.priority] * r.weight for r in rules]
    scale = _scale(facts, sketch, worth, params)
    while scale >= 1:

        def charged(price: PricedBreach, scale: int = scale) -> int | None:
            return None if price.weight is None else worth[price.rule] * scale

        try:
            networks = NetworkBuilder(facts, sketch, charged, roster.network).all()
            duties, musts = _duties(facts, sketch, worth, scale, params)
        except CostsTooLarge:
            scale //= COARSER
        except (NoNetwork, AutomatonTooLarge) as reason:
            return f"somebody's days are too much for a path: {reason}"
        else:
            return PathProblem(
                facts, networks, duties, priorities, tuple(ranks.values()), musts, roster
            )
    return "costs are too large"


def _scale(facts: Facts, sketch: ShapeCollector, worth: Sequence[int], params: PathParams) -> int:
    """The largest power of two at which no path costs too much."""
    dear = params.must * max([1, *worth])
    highest = max(
        [
            1,
            *(h.amount * (worth[p.rule] or dear) for h, p in sketch.headcounts),
        ]
    )
    scale = params.largest_scale
    while scale * highest * len(facts.days) > params.largest_cost:
        scale //= 2
    return scale


def _duties(
    facts: Facts, sketch: ShapeCollector, worth: Sequence[int], scale: int, params: PathParams
) -> tuple[HeadcountCosts, Ints]:
    people = len(facts.staff) + 2
    price = np.zeros((len(facts.duties), people), np.int64)
    musts = np.zeros((len(facts.duties), people), np.int64)
    dear, easy = (units * max([1, *worth]) * scale for units in (params.must, params.eased_must))
    known: dict[tuple[int, int | None, int | None], NDArray[np.int64]] = {}
    for shape, mark in sketch.headcounts:
        key = (shape.amount, shape.least, shape.most)
        if key not in known:
            known[key] = np.array([shape.broken(there) for there in range(people)], np.int64)
        broken = known[key]
        if mark.weight is None:
            musts[shape.duty] += broken
            price[shape.duty] += broken * dear
        else:
            price[shape.duty] += broken * worth[mark.rule] * scale
    if price.max(initial=0) >= INFINITE:
        raise CostsTooLarge
    first = np.arange(len(facts.duties) + 1, dtype=np.int32) * people
    eased = price - musts * (dear - easy) if musts.any() and easy < dear else None
    return (
        HeadcountCosts(first, _row(price), scale, easy=None if eased is None else _row(eased)),
        _row(musts),
    )


def _row(table: NDArray[np.int64]) -> Ints:
    return table.astype(np.int32).reshape(-1)
