"""Tuned numbers of the Dantzig-Wolfe bound over whole patterns of people."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PatternBoundParams:
    """How duals are smoothed, broken rows are penalised, and patterns are chosen among."""

    smoothing: float = 0.6
    """Weight of the best duals so far in the next ones, between 0 and 1: it damps the swings of the
    restricted master's duals (in-out separation)."""
    first_penalty: int = 4
    """What a unit missing from a row costs at first, in units of the objective's largest
    coefficient."""
    penalty_growth: int = 8
    """Factor by which it grows while the restricted master prefers to break rows."""
    last_penalty: int = 2**16
    """Penalty above which it grows no more, in units of the objective; also the factor by which a
    person without a pattern costs more than a unit missing from a row."""
    least_value: float = 0.01
    """Average value in the restricted master's answer below which something counts as not done at
    all, when a schedule is chosen among the patterns."""
    tightening_passes: int = 20
    """Passes over the rows, at most, while variables' limits are narrowed."""
    pricing_linearization: int = 1
    """CP-SAT's linearization level for one person's pricing problem, which is small."""
    total_linearization: int = 2
    """CP-SAT's linearization level where the limits of a total are proved, which needs bounds."""
    least_pricing_seconds: float = 0.1
    """Seconds that one pricing has at least, once it begins."""
