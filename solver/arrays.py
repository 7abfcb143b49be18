"""Whole numbers in arrays, and chance that can be repeated on any thread."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int32]


Longs = NDArray[np.int64]


Rng = NDArray[np.uint64]
"""The state of a random generator, never zero: what it decides can be repeated on any thread."""


@njit(cache=True, nogil=True)
def draw(rng: Rng, sides: int) -> int:
    """A number from 0 up to, but without, `sides`: xorshift64* (Vigna, 2016)."""
    x = rng[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    rng[0] = x
    return int(((x * np.uint64(2685821657736338717)) >> np.uint64(33)) % np.uint64(sides))
