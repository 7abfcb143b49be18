"""Tuned numbers of column generation and diving."""

from dataclasses import dataclass, field

from solver.network.params import SurchargeParams


@dataclass(frozen=True)
class PoolParams:
    """How many columns are remembered."""

    remembered_days: int = 20_000_000
    """Days of all columns that the pool keeps, 4 bytes each; a year of 150 people is 55,000 in each
    roster."""
    kept: int = 30
    """Columns of each person that a restricted master begins with, or is pruned to."""


@dataclass(frozen=True)
class MasterParams:
    """How the restricted master is solved."""

    interior_rows: int = 800
    """Rows from which it is solved by an interior point method without crossover, over and over:
    its duals are central, so that fewer rounds of pricing are needed, and no round depends on the
    last one's basis."""
    rough_tolerance: float = 1e-3
    """Optimality tolerance of the interior point method while columns are still missing."""
    exact_tolerance: float = 1e-7
    """The same before crossover makes the answer a vertex."""
    missing: float = 2.0**20
    """What it costs to leave a person without a column, in units of the priority's cost: more than
    any real roster."""
    dearest: int = 2**28
    """Path units that all duties of a path may cost at most by their duals, so that costs fit into
    32 bits and below IMPOSSIBLE."""


@dataclass(frozen=True)
class PricingParams:
    """How paths are priced."""

    sparse: int = 15
    """In a window, begun in one known state, about one in this many labels can be reached; counted
    work is divided by it."""
    surcharges: SurchargeParams = field(default_factory=SurchargeParams)


@dataclass(frozen=True)
class DivingParams:
    """How columns are generated, and how a dive fixes them."""

    smoothing: tuple[float, ...] = (0.85, 0.7, 0.35, 0.0)
    """How far query duals stay near the stability centre, one after another: this damps the swings
    of the duals. Each person is priced at all of them: a path takes a fraction of the time of an LP
    solve, and more columns mean fewer solves."""
    gap: float = 0.5
    """Costs are whole, so that a bound within this of the LP's value, in units of the priority's
    cost, is as good as the value."""
    near_one: float = 0.7
    """A column that the LP takes to this extent is fixed along with the likeliest one."""
    certain: float = 0.999
    """Fixing columns that are taken to this extent changes nothing, so that no new ones are
    needed."""
    chance: float = 0.3
    """How much of a column's rank is left to chance, where dives are to differ."""
    crowded: int = 80
    """Columns for each person not yet fixed, beyond which the master is pruned,"""
    crowded_anyway: int = 500
    """and this number on top."""
    patience: float = 3.0
    """How many times the average new columns may be looked for after one fixing, in a dive that has
    to end in time."""


@dataclass(frozen=True)
class ColumnGenerationParams:
    """Column generation: pool, restricted master, pricing and diving."""

    pool: PoolParams = field(default_factory=PoolParams)
    master: MasterParams = field(default_factory=MasterParams)
    pricing: PricingParams = field(default_factory=PricingParams)
    diving: DivingParams = field(default_factory=DivingParams)
