"""Which searches fit a request: by its size, and by what was asked for by name."""

from dataclasses import dataclass
from typing import Literal

from models.facts.facts import Facts
from scheduler.search.params import StrategyParams

Strategy = Literal["auto", "cpsat", "paths", "lns"]
"""Which search is wanted: the one that fits, or one by name, as tests do."""

BY_CPSAT = "whole: CP-SAT over the whole problem, one priority after another"
"""How a receipt names the search of the whole model."""


def cells(facts: Facts) -> int:
    """How many placements are possible: each a person times a duty that they could do."""
    return sum(len(able) for able in facts.able)


@dataclass(frozen=True)
class StrategyChoice:
    """Which searches a request gets."""

    size: int
    """Its cells."""
    paths_share: float
    """The share of the time for the path search; 0 where it does not run."""
    paths_alone: bool
    """Whether CP-SAT is not expected to find what the path search does not."""
    lns_first: bool
    """Whether CP-SAT LNS runs from the first schedule on."""
    lns: bool
    """Whether it runs at all."""
    large: bool
    """Whether the model of the whole is large."""
    params: StrategyParams

    def model_fits(self, seconds: float | None = None) -> bool:
        """Whether a model of the whole fits into memory, and into some seconds if given."""
        params = self.params
        needed = params.model_least_seconds + params.model_seconds_per_cell * self.size
        return self.size < params.most_cells and (seconds is None or seconds > needed)


def choose(facts: Facts, strategy: Strategy, params: StrategyParams) -> StrategyChoice:
    """Which searches a request gets, before its rules are asked whether they have shapes."""
    size = cells(facts)
    alone = size >= params.paths_alone_cells
    share = 0.0
    if params.paths and strategy in ("auto", "paths"):
        if alone:
            share = 1.0
        elif size >= params.fewest_cells:
            share = params.paths_share
        elif strategy == "paths":
            share = params.paths_glance
    return StrategyChoice(
        size=size,
        paths_share=share,
        paths_alone=alone,
        lns_first=strategy == "lns",
        lns=strategy in ("auto", "lns"),
        large=size >= params.large_cells,
        params=params,
    )
