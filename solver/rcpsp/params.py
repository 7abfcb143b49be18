"""Tuned numbers of the genetic algorithm over activity lists."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ActivityListParams:
    """Which models are read as projects, and how activity lists are bred."""

    fewest_jobs: int = 6
    """Jobs below which a model is not read as a project: CP-SAT settles it at once."""
    most_moments: int = 400_000
    """Resources times units of time above which a project is too large for its capacity table."""
    propagation_passes: int = 20
    """Passes over the constraints, at most, while the model is simplified."""
    members: int = 300
    """Activity lists in the population."""
    placements_a_round: int = 6_000
    """Jobs placed between two looks at the clock, about; each is placed three times or more."""
    fruitless_lists: int = 150
    """New lists for each member after which a population that did not improve is given up."""
    fruitless_populations: int = 3
    """Populations in succession without a better schedule after which the search ends."""
    swaps_per_mille: int = 60
    """Thousandths of the neighbours in a new list that change places (mutation)."""
    tournament: int = 2
    """Further members drawn when one must make room for a new list; the worst of all leaves."""
    random_list_draws: int = 4
    """Members of a first population differ in how greedy they are: from 0 to this, less one,
    further jobs are drawn for each place, and the one with the longest tail is taken."""
    crossover_least: int = 4
    """A new list takes at least one part in this many from its second parent, in one stretch ..."""
    crossover_spread: int = 2
    """... and up to one part in this many more, at random; the two parts are at most the whole."""
