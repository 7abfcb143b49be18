"""The parameters of the roster search: its plan, its switches, and those of all of its parts."""

from dataclasses import dataclass, field

from solver.colgen.params import ColumnGenerationParams
from solver.lns.params import AnnealingParams, LnsParams
from solver.network.params import NetworkParams


@dataclass(frozen=True)
class PlanParams:
    """Which part of the search runs until when; shares are of the time of the whole search."""

    annealed: float = 0.9
    """The share at which annealing ends, unless a dive ends before."""
    annealed_first: float = 0.2
    """The same where neighbourhoods of some days can be repaired, which gain more by then: this
    share,"""
    annealed_per_first_paths: float = 60.0
    """with this many times the time of first paths on top,"""
    annealed_most: float = 0.5
    """but no more than this share."""
    annealed_before_columns: float = 0.2
    """The share at which annealing ends where one thread does all, and column generation over
    everybody comes next."""
    proved: float = 0.45
    """The share at which column generation over everybody ends,"""
    dived: float = 0.9
    """and that at which the dive from its optimum ends."""
    interior_factor: float = 0.2
    """The time of column generation with an interior point method, in parts of that with the
    simplex method."""
    dives: float = 10.0
    """How many times as long as the linear program a dive takes, at most, usually: with that much
    time left, both threads dive."""


@dataclass(frozen=True)
class Switches:
    """Which parts of the search run at all; all of them, but in ablations."""

    annealing: bool = True
    """Perturb-and-maximise annealing; near moves have a switch of their own in its parameters."""
    neighbourhoods: bool = True
    """Large neighbourhood search; annealing then goes on instead."""
    columns: bool = True
    """Column generation over everybody, and with it the proved bound and the dives from it."""
    dives: bool = True
    """Dives over everybody."""


@dataclass(frozen=True)
class RosterParams:
    """All parameters of a roster search."""

    network: NetworkParams = field(default_factory=NetworkParams)
    annealing: AnnealingParams = field(default_factory=AnnealingParams)
    colgen: ColumnGenerationParams = field(default_factory=ColumnGenerationParams)
    lns: LnsParams = field(default_factory=LnsParams)
    plan: PlanParams = field(default_factory=PlanParams)
    switches: Switches = field(default_factory=Switches)
