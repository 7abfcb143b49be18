"""The most that somebody could work on a day, whatever is decided: what no limit needs to say.

Rules that are in force in every request ask here, so that they say nothing where they cannot be
broken. Nobody is in two places at once, so work that overlaps is not added up.
"""

from collections.abc import Iterable, Sequence

from models.facts.contracts import paid_way
from models.facts.facts import Facts, Stint

MANY = 40
"""Stints of a day beyond which it is only asked how long the day is, from the first start on."""


def most_work(facts: Facts, stints: Sequence[Stint]) -> int:
    """The most minutes that a person could work on a day, paid ways between schools included.

    Args:
        facts: of the problem.
        stints: all that the person could work on the day.
    """
    if not stints:
        return 0
    key = tuple(s.number for s in stints)
    if key not in facts.most_work_cache:
        facts.most_work_cache[key] = _most_work(facts, stints)
    return facts.most_work_cache[key]


def most_of_duties(facts: Facts, stints: Iterable[Stint]) -> int:
    """The most minutes that a person could work in some weeks, if nobody is on a duty twice; a way
    before each duty included.

    Args:
        facts: of the problem.
        stints: all that the person could work in those weeks.
    """
    longest: dict[int, int] = {}
    for stint in stints:
        longest[stint.duty] = max(longest.get(stint.duty, 0), stint.minutes)
    way = max((way.minutes for way in facts.problem.travel), default=0)
    return sum(longest.values()) + way * len(longest)


def _most_work(facts: Facts, stints: Sequence[Stint]) -> int:
    if len(stints) > MANY:
        return max(s.end for s in stints) - min(s.start for s in stints)
    stints = sorted(stints, key=lambda s: (s.start, s.end))
    best: list[int] = []
    for place, stint in enumerate(stints):
        before = [
            best[n] + paid_way(facts, one, stint)
            for n, one in enumerate(stints[:place])
            if one.end + facts.travel(one.school, stint.school) <= stint.start
        ]
        best.append(stint.minutes + max(before, default=0))
    return max(best)


def can_be_long(facts: Facts, stints: Sequence[Stint], after: int, gap: int) -> bool:
    """Whether a person could work more than some minutes on a day without a gap; yes in doubt,
    where the engine chooses times.

    Args:
        facts: of the problem.
        stints: what is to be put together.
        after: the minutes.
        gap: the shortest gap that counts, in minutes.
    """
    longest: dict[int, int] = {}
    for stint in stints:
        longest[stint.duty] = max(longest.get(stint.duty, 0), stint.minutes)
    if sum(longest.values()) <= after:
        return False
    key = (gap, *(s.number for s in stints))
    if key not in facts.longest_chain_cache:
        facts.longest_chain_cache[key] = _longest_chain(stints, gap)
    return facts.longest_chain_cache[key] > after


def _longest_chain(stints: Sequence[Stint], gap: int) -> int:
    """The most minutes of stints that follow each other with shorter gaps than that."""
    spans: dict[tuple[int, int], int] = {}
    for stint in stints:
        span = stint.start, stint.end
        spans[span] = max(spans.get(span, 0), stint.minutes)
    best: list[tuple[int, int]] = []
    for (start, end), minutes in sorted(spans.items()):
        before = [sofar for ended, sofar in best if 0 <= start - ended < gap]
        best.append((end, minutes + max(before, default=0)))
    return max((sofar for _, sofar in best), default=0)
