"""What duties cost by the number of people on them."""

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from solver.arrays import Ints, Longs


@dataclass(frozen=True)
class HeadcountCosts:
    """What duties cost by the number of people on them, in path units."""

    first_price: Ints
    price: Ints
    scale: int
    """Path units for each unit of the priority's cost: perturbations and prices need the room."""

    def cost(self, headcounts: Ints) -> int:
        """What all duties cost."""
        return int(self.price[self.first_price[:-1] + headcounts].sum())

    def lost(self, headcounts: Ints) -> Longs:
        """What each duty costs more than it would with the people that are best for it."""
        cheapest = np.minimum.reduceat(self.price, self.first_price[:-1])
        lost: Longs = (self.price[self.first_price[:-1] + headcounts] - cheapest).astype(np.int64)
        return lost

    @cached_property
    def steepest(self) -> float:
        """The usual price of somebody missing, in units of the priority's cost."""
        rises = [
            int(np.abs(np.diff(self.price[a:b])).max(initial=0))
            for a, b in itertools.pairwise(self.first_price)
        ]
        some = [rise for rise in rises if rise]
        return max(1.0, float(np.median(some)) / self.scale if some else 1.0)
