"""Tuned numbers of first paths, annealing and large neighbourhood search."""

from dataclasses import dataclass, field

from solver.network.params import SurchargeParams, WorkspaceParams


@dataclass(frozen=True)
class FirstPathParams:
    """How everybody's first path is made."""

    corridor_labels: int = 8_000_000
    """Labels of a first path over the whole horizon, its long total in a corridor along its pace;
    more of them make it little better."""
    corridor_wanting: tuple[float, ...] = (0.7, 0.3, 0.0)
    """How far the pace follows the demand there, and not a constant rate: from 0 to 1, one attempt
    after another."""
    window_press: tuple[int, ...] = (30, 100, 150)
    """Where a path is made window by window, one attempt after another: what each unit off the pace
    costs, in units of the priority's cost;"""
    window_wanting: tuple[float, ...] = (1.0, 0.6, 0.0)
    """how far the pace follows the demand, and not a constant rate;"""
    window_ahead: tuple[int, ...] = (2, 4, 4)
    """and the days of work that it is ahead, so that its end is not too tight."""
    hurry: float = 0.25
    """The share of the time that first paths in a corridor may take; if they need more, those
    window by window come first."""
    overlap: int = 7
    """Days of a window that are planned again with the next one."""
    ease: float = 0.97
    """How full counts may be at the end of a window, in parts of their pace."""
    full_price: int = 3000
    """What fuller counts cost, for the whole count, in units of the priority's cost."""
    scarce_price: int = 60
    """What a day of a scarce kind costs, in units of the priority's cost: one of which a person may
    have fewer than a third of the days, far fewer than a free choice would take."""
    attempts: int = 20
    """Attempts at a path over the whole horizon where surcharges have to keep totals."""
    repairs: int = 50
    """Rounds over all people whose first path is outside of its extra totals, at most."""


@dataclass(frozen=True)
class AnnealingParams:
    """The perturb-and-maximise annealing of whole rosters."""

    hot: float = 0.3
    """Temperature at first, in parts of the steepest price of a duty, for horizons up to
    `hot_days`."""
    cold: float = 0.0006
    """Temperature at last, in the same parts."""
    hot_days: int = 35
    """Days from which the temperature at first is lower, since every day adds its own
    perturbation."""
    hot_exponent: float = 0.8
    """By which power of the horizon it is lower."""
    near_moves: bool = True
    """Whether people are re-planned near what they have at all; off in ablations."""
    near: float = 0.4
    """How often, where people are re-planned window by window, all days are re-planned at once, the
    long total and the counts near what they are: so that work can move from one end of a year to
    the other."""
    near_whole: float = 0.8
    """How often the same is done where all days fit into memory and are more than `many_days`: it
    takes a fraction of the time."""
    many_days: int = 90
    near_count: int = 2
    """How far a single count may then be from what it is."""
    surcharges: SurchargeParams = field(default_factory=SurchargeParams)
    workspace: WorkspaceParams = field(default_factory=WorkspaceParams)
    first_paths: FirstPathParams = field(default_factory=FirstPathParams)


@dataclass(frozen=True)
class SelectionParams:
    """Which neighbourhoods there are, and how their weights are learnt."""

    people: tuple[int, ...] = (3, 5, 8, 12, 17)
    """How many people are destroyed, with all of their days."""
    spans: tuple[int, ...] = (4, 7, 10, 14, 21, 28, 42)
    """How many days are destroyed, where there are more than twice that: for everybody, if that can
    be repaired in time."""
    fewest_people: int = 8
    """People of such a neighbourhood, at least."""
    longest: float = 0.08
    """The share of the time that one repair is expected to take, at most."""
    forgetting: float = 0.9
    """The part of a size's gain and time that is left after another try."""
    exponent: float = 2.0
    """By which power of its gain per second a size is likelier."""
    prior: float = 0.2
    """Gain and seconds that each size is given on top, so that none is ruled out."""
    hoped: float = 0.1
    """The share of the gap that a neighbourhood is expected to close before it was tried; and how
    much less is expected of whole paths of a few people."""
    whole_factor: float = 3.0
    """How much longer repairs of whole paths take than the size of their LP says."""
    even: float = 0.25
    """The weight that all days have in common, whatever there is to gain, in parts of the
    average."""


@dataclass(frozen=True)
class LnsParams:
    """Large neighbourhood search over rosters, repaired by column generation."""

    stuck: int = 12
    """Neighbourhoods in vain, after which a thread goes on from the best roster."""
    finish_after: int = 40
    """Neighbourhoods in vain, after which the restricted master heuristic runs over all columns
    that are good enough."""
    enriched: int = 12
    """Rounds of pricing at perturbed duals that gather such columns first."""
    finish_columns: int = 400
    """Columns of each person in it."""
    finish_seconds: float = 20.0
    """Seconds that it may take."""
    selection: SelectionParams = field(default_factory=SelectionParams)
