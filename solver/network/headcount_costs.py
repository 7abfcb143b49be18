"""What duties cost by their headcount: the coupling between people's paths."""

import itertools
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from solver.arrays import Ints, Longs


@dataclass(frozen=True)
class HeadcountCosts:
    """What duties cost by the number of people on them, in path units."""

    first_price: Ints
    """[duty] -> first place in `price`, one more at the end."""
    price: Ints
    """[first_price[duty] + n] -> what the duty costs with n people."""
    scale: int
    """Path units for each unit of the priority's cost; perturbations and duals are finer."""
    easy: Ints | None = None
    """The same as `price` while broken musts are cheap; None where no headcount is a must."""

    @cached_property
    def eased(self) -> "HeadcountCosts":
        """The same costs while broken musts are cheap, so that a search may pass through rosters
        that break some, and duals do not swing; never above the costs themselves, so that whatever
        is proved with them holds."""
        return self if self.easy is None else replace(self, price=self.easy, easy=None)

    @property
    def duties(self) -> int:
        """How many there are."""
        return len(self.first_price) - 1

    def nobody(self) -> Ints:
        """[duty] -> headcount, before anybody is on it."""
        return np.zeros(self.duties, np.int32)

    def cost(self, headcounts: Ints) -> int:
        """What all duties cost."""
        return int(self.price[self.first_price[:-1] + headcounts].sum())

    def lost(self, headcounts: Ints) -> Longs:
        """[duty] -> what it costs more than with the best number of people."""
        cheapest = np.minimum.reduceat(self.price, self.first_price[:-1])
        lost: Longs = (self.price[self.first_price[:-1] + headcounts] - cheapest).astype(np.int64)
        return lost

    @cached_property
    def wanted(self) -> Longs:
        """[duty] -> the number of people at which it costs least."""
        rows = itertools.pairwise(self.first_price)
        return np.array([int(self.price[a:b].argmin()) for a, b in rows])

    @cached_property
    def steepest(self) -> float:
        """The usual cost of one missing person: the median over duties of the largest rise between
        two headcounts, in units of the priority's cost, at least 1."""
        rises = [
            int(np.abs(np.diff(self.price[a:b])).max(initial=0))
            for a, b in itertools.pairwise(self.first_price)
        ]
        some = [rise for rise in rises if rise]
        return max(1.0, float(np.median(some)) / self.scale if some else 1.0)
