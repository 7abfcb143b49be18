"""Tuned numbers of the CP-SAT model and of its searches."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CpSatParams:
    """How starts become variables, and which of CP-SAT's searches run side by side."""

    few_starts: int = 24
    """Possible starts of an occasion up to which each has a Boolean variable of its own; with more,
    the start is one integer variable, unless `few_starts_a_day` holds."""
    few_starts_a_day: int = 3
    """Possible starts for each day, on average, up to which each has a Boolean variable all the
    same: the choice is then one of days, on which Boolean variables propagate better."""
    workers_beyond_cores: int = 4
    """Searches beyond the cores: with two workers CP-SAT has no search that raises the bound."""
    fewest_workers: int = 6
    """Searches of the usual portfolio at least, where there is more than one core."""
    extra_subsolvers: tuple[str, ...] = ("reduced_costs", "max_lp")
    """Searches added to the usual portfolio: they raise bounds where few workers would not."""
    lp_subsolvers: tuple[str, ...] = ("max_lp", "reduced_costs", "default_lp", "core", "no_lp")
    """Searches of a large model, those led by linear programs first, one for each core but one; the
    worker that is left improves parts of the incumbent."""
    bound_subsolvers: tuple[str, ...] = ("default_lp", "reduced_costs", "max_lp")
    """Searches where good schedules come from elsewhere and only the bound is wanted."""
    counted_linearization: int = 2
    """CP-SAT's linearization level where work is counted: a single worker is its own source of
    bounds."""
    complete_seconds: float = 10.0
    """Seconds that completing a plan may take, a fuse: it needs propagation but no search."""
