"""Tuned numbers of people's networks and of the memory that their paths are searched in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class NetworkParams:
    """Size limits of one person's network; rules beyond them have no network."""

    most_options: int = 64
    """Daily patterns of one day: each is a label extension for every state, so that hundreds would
    make one path as slow as a model."""
    most_states: int = 4000
    """States of an automaton, of one rule or of their product."""
    most_index: int = 128
    """Joint values of all small counts that are part of a path's state. Totals beyond that are
    resources outside of the state, which surcharges keep within their limits."""
    period_factor: int = 50
    """How many times that there may be where counts of periods need them: these cannot be
    surcharged."""
    most_long: int = 20_000
    """Values of the long total, such as minutes worked in the horizon."""


@dataclass(frozen=True)
class WorkspaceParams:
    """How much memory one path may take, and what is done where whole paths take more."""

    most_labels: int = 30_000_000
    """Labels of one path, 4 bytes each; longer horizons are re-planned window by window."""
    shortest_window: int = 28
    """Days of the shortest window: with fewer, a month's limits cannot be balanced within it."""
    corridor_width: int = 8
    """Values that the long total may have on a day, at least, where it is kept in a corridor."""
    corridor_per_unit: float = 1.5
    """Width of the corridor for each unit that a day's work adds to the long total at most, so that
    a shift more or less always fits."""


@dataclass(frozen=True)
class SurchargeParams:
    """How totals outside of the path's state are kept: a subgradient ascent on their surcharges."""

    rounds: int = 14
    """Shortest paths that are computed for one person until the totals are kept; then the person
    keeps the path they had."""
    step: int = 4
    """First rise of a surcharge, in units of the priority's cost; it doubles every third round."""
