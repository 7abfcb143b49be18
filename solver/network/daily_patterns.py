"""Daily patterns: the feasible ways for a person to spend each day, as arrays.

An option is one daily pattern of one day; they are numbered in the order of their days.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from models.facts.duties import Stint
from solver.arrays import Ints, Longs
from solver.network.params import NetworkParams


class NoNetwork(Exception):
    """A person's rules do not fit into a network: no shortest path can keep them."""


class CostsTooLarge(NoNetwork):
    """A path could cost more than a forbidden one."""

    def __init__(self) -> None:
        super().__init__("costs are too large")


@dataclass(frozen=True)
class DailyPatterns:
    """Options in the order of their days; each is a set of stints that are worked together."""

    day: Ints
    """[option] -> its day."""
    first: Ints
    """[option] -> first place in `stints`, one more at the end."""
    stints: Ints
    """Numbers of stints."""

    def __len__(self) -> int:
        return len(self.day)

    @cached_property
    def lengths(self) -> Ints:
        """[option] -> its number of stints."""
        return np.diff(self.first)

    @cached_property
    def owner(self) -> Ints:
        """[place in `stints`] -> the option."""
        return np.repeat(np.arange(len(self), dtype=np.int32), self.lengths)

    def first_of_days(self, days: int) -> Ints:
        """[day] -> its first option, one more at the end."""
        return np.searchsorted(self.day, np.arange(days + 1)).astype(np.int32)

    def sums(self, of_stint: Longs) -> Longs:
        """[option] -> the sum over its stints of an array by stint."""
        upto = np.concatenate([[0], np.cumsum(of_stint[self.stints])])
        found: Longs = upto[self.first[1:]] - upto[self.first[:-1]]
        return found

    def only(self, selection: NDArray[np.bool_] | Ints) -> "DailyPatterns":
        """Some of the options, by mask or by ascending number."""
        kept = np.flatnonzero(selection) if selection.dtype == np.bool_ else selection
        mine = np.zeros(len(self), bool)
        mine[kept] = True
        return DailyPatterns(
            self.day[kept], ends(self.lengths[kept]), self.stints[mine[self.owner]]
        )

    def pattern(self, option: int) -> tuple[int, ...]:
        """The numbers of an option's stints."""
        return tuple(self.stints[self.first[option] : self.first[option + 1]].tolist())


def options_of(
    days: int,
    stints: Sequence[Stint],
    cliques: Mapping[int, Sequence[frozenset[int]]],
    pinned: frozenset[int],
    most_options: int = NetworkParams.most_options,
) -> DailyPatterns:
    """All options of a person.

    Args:
        days: of the horizon.
        stints: that may be worked, by day.
        cliques: for each day the sets of stints of which at most one can be worked.
        pinned: stints that are worked in every option of their day.
        most_options: of one day.

    Raises:
        NoNetwork: a day has too many options.
    """
    day = np.array([s.day for s in stints], dtype=np.int32)
    numbers = np.array([s.number for s in stints], dtype=np.int32)
    starts = np.searchsorted(day, np.arange(days + 1)).tolist()
    listed = numbers.tolist()
    by_day = [listed[a:b] for a, b in pairwise(starts)]
    if all(_one_at_most(mine, cliques.get(n, ()), most_options) for n, mine in enumerate(by_day)):
        found = _one_a_day(days, day, numbers)
    else:
        patterns = [
            (n, pattern)
            for n, mine in enumerate(by_day)
            for pattern in _independent(mine, cliques.get(n, ()), most_options)
        ]
        found = DailyPatterns(
            np.array([n for n, _ in patterns], dtype=np.int32),
            ends([len(pattern) for _, pattern in patterns]),
            np.array(list(chain.from_iterable(pattern for _, pattern in patterns)), dtype=np.int32),
        )
    if pinned:
        is_pinned = np.isin(found.stints, list(pinned))
        wanted = np.bincount([s.day for s in stints if s.number in pinned], minlength=days)
        worked = np.bincount(found.owner[is_pinned], minlength=len(found))
        found = found.only(worked == wanted[found.day])
    return found


def _one_at_most(mine: Sequence[int], cliques: Sequence[frozenset[int]], most_options: int) -> bool:
    return len(mine) < 2 or (
        len(mine) < most_options and any(clique.issuperset(mine) for clique in cliques)
    )


def _one_a_day(days: int, day: Ints, numbers: Ints) -> DailyPatterns:
    """Each day is off, or has one of its stints."""
    places = np.arange(len(day)) + day + 1
    length = np.zeros(days + len(day), dtype=np.int32)
    length[places] = 1
    whole = np.empty(days + len(day), dtype=np.int32)
    whole[places] = day
    whole[length == 0] = np.arange(days)
    return DailyPatterns(whole, ends(length), numbers)


def _independent(
    numbers: Sequence[int], cliques: Sequence[frozenset[int]], most_options: int
) -> Iterator[tuple[int, ...]]:
    """The sets of stints that can be worked together."""
    found = 0
    for size in range(len(numbers) + 1):
        some = False
        for pattern in combinations(numbers, size):
            if any(len(clique.intersection(pattern)) > 1 for clique in cliques):
                continue
            some = True
            found += 1
            if found > most_options:
                raise NoNetwork("too many ways to spend a day")
            yield pattern
        if not some:
            return


def ends(lengths: Iterable[int] | Ints) -> Ints:
    """Where each of some runs begins, and where the last one ends: the offsets of a CSR array."""
    listed = lengths if isinstance(lengths, np.ndarray) else list(lengths)
    found = np.zeros(len(listed) + 1, dtype=np.int32)
    np.cumsum(listed, out=found[1:])
    return found
