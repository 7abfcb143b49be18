"""Automata of the shapes of rest: breaks on long days, a long rest in each period."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

from models.facts.duties import Stint
from solver.language.rest_shapes import LongDay, LongRest


@dataclass(frozen=True)
class LongDayAutomaton:
    """Judges each day by itself, so that there is one state."""

    shape: LongDay

    def start(self) -> Hashable:
        """The only state."""
        return None

    def sign(self, day: int, worked: Sequence[Stint]) -> Hashable:
        """Whether the day is long and has no break."""
        return day in self.shape.day_names and self.shape.is_broken(worked)

    def step(self, state: Hashable, sign: Hashable) -> tuple[Hashable, int, int]:
        """A breach on a broken day."""
        return None, int(bool(sign)), 0

    def key(self) -> Hashable:
        """All such automata are alike."""
        return ("long day",)

    def family(self) -> Hashable:
        """Which days are judged, and how."""
        shape = self.shape
        limits = (shape.after, shape.minutes, shape.long_duties_hold_one)
        return ("long day", *limits, tuple(shape.day_names), shape.counted)


class _Sign(NamedTuple):
    """A day's work, in minutes from its midnight."""

    first: bool
    """Whether the day begins a period."""
    spans: tuple[tuple[int, int], ...]
    length: int
    """Minutes of the day."""
    until: int | None
    """The end of the period, where the day is its last."""
    judged: bool


@dataclass(frozen=True)
class LongRestAutomaton:
    """Remembers whether the period's rest was found, and how long nothing has been worked."""

    shape: LongRest

    def start(self) -> Hashable:
        """What the past leaves."""
        return cast(Hashable, self.shape.start())

    def sign(self, day: int, worked: Sequence[Stint]) -> Hashable:
        """The day's work, and where the day stands in its period."""
        shape, period = self.shape, self.shape.period(day)
        midnight = shape.midnights[day]
        last = day == period.days[1]
        return _Sign(
            day == period.days[0] and day > 0,
            tuple(sorted((s.start - midnight, s.end - midnight) for s in worked)),
            shape.midnights[day + 1] - midnight,
            period.high - midnight if last else None,
            period.name in shape.judged,
        )

    def step(self, state: Hashable, sign: Hashable) -> tuple[Hashable, int, int]:
        """Adds a day; a period is judged on its last."""
        found, free = cast(tuple[bool, int], state)
        day, least = cast(_Sign, sign), self.shape.minutes
        if day.first:
            found, free = False, min(free, 0)
        since = -free
        for start, end in day.spans:
            found = found or start - since >= least
            since = max(since, end)
        free = day.length - since
        if day.until is None:
            found = found or free >= least
            return (found, min(free, 0) if found else free), 0, 0
        found = found or day.until - since >= least
        return (False, min(free, 0)), int(day.judged and not found), 0

    def key(self) -> Hashable:
        """The length of the rest, and what the past leaves."""
        return ("long rest", self.shape.minutes, self.shape.start())

    def family(self) -> Hashable:
        """The periods, and which of them are judged."""
        return ("long rest", self.shape.periods, self.shape.judged, self.shape.midnights)
