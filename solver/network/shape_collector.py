"""Collects the shapes that rules declare, of which people's paths are made."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import NamedTuple, NoReturn, cast

from models.facts.facts import Duty, Facts, Stint
from solver.language import no_overlap
from solver.language.shapes import Headcount, Personal, Shape
from solver.language.slack import Lit, Slack


class NoShape(Exception):
    """A rule says more than shapes can; the message says what."""


class Assignment(NamedTuple):
    """Whether a person works a stint, as a question without an answer."""

    person: int
    stint: int


def _unanswered(person: int, stint: int) -> Lit:
    """An assignment in the place of a literal.

    Rules hand such answers back to the collector, which refuses all but `exclusive` and
    `keep_apart`; so nobody meets one where a literal of CP-SAT is needed.
    """
    return cast(Lit, Assignment(person, stint))


@dataclass
class PricedBreach:
    """The slack of a rule whose shapes are collected: which rule it is, and what a breach costs.

    Only `ShapeCollector.declare` takes it; a rule that asks it for room has no shape.
    """

    rule: int
    weight: int | None
    """The price of a unit of breach; None where the rule must hold."""

    @property
    def never_bends(self) -> bool:
        """Whether no place of the rule can be broken."""
        return self.weight is None

    def __call__(self, *where: str, most: int) -> NoReturn:
        """Refuses."""
        raise NoShape("room of its own")


@dataclass
class ShapeCollector:
    """A problem's shapes by person and by duty.

    A rule's `encode` is called with this in place of a CP-SAT model (`solver.language.model.Model`
    is what both answer). It answers what can be answered without variables, and raises NoShape as
    soon as the rule asks for what only a solver's model can give.
    """

    facts: Facts
    personal: dict[int, list[tuple[Personal, PricedBreach]]] = field(default_factory=dict)
    headcounts: list[tuple[Headcount, PricedBreach]] = field(default_factory=list)
    exclusive_stints: dict[int, list[frozenset[int]]] = field(default_factory=dict)
    """For each person, the sets of stints of which they work at most one."""
    settled: dict[tuple[int, int], int] = field(default_factory=dict)
    """(person, duty) to 1 or 0, where it is settled whether it is worked."""
    one_at_a_time: bool = False
    """Whether nobody can be in two places."""
    _stints: dict[int, list[Stint]] = field(default_factory=dict)
    _position: dict[int, dict[int, int]] = field(default_factory=dict)
    """For each person, stint number to its position in `_stints`."""
    _days: dict[int, dict[int, list[Stint]]] = field(default_factory=dict)

    @property
    def cp(self) -> NoReturn:
        """There is none."""
        raise NoShape("a constraint of its own")

    def _refuse(self, *asked: object, **limits: object) -> NoReturn:
        raise NoShape("an answer put together from others")

    @property
    def times(self) -> NoReturn:
        """There are none to be chosen."""
        raise NoShape("a time that the engine chooses")

    any_of = all_of = no = sum = total = _refuse
    happens = in_group = children = any_children = works_on = on_site = minutes = _refuse
    takes_place = wanted = at = does_one = holds_if = stays_within = _refuse

    def works(self, person: int, duty: int) -> Lit:
        """Whether a person is placed on a duty."""
        stints = self.facts.duties[duty].stints
        if len(stints) != 1:
            raise NoShape("a time that the engine chooses")
        return _unanswered(person, stints[0].number)

    def does(self, person: int, stint: Stint) -> Lit:
        """Whether a person works a stint; true of the past."""
        if stint.duty < 0:
            return 1
        if self.facts.duties[stint.duty].is_flexible:
            raise NoShape("a time that the engine chooses")
        return _unanswered(person, stint.number)

    def stints_of(self, person: int, among: Collection[int] | None = None) -> list[Stint]:
        """The stints that a person may work in the horizon, by start; all of them, or those whose
        numbers are given."""
        if person not in self._stints:
            listed, number = self._by_start
            mine = [number[s.number] for d in self.facts.possible[person] for s in d.stints]
            found = [listed[n] for n in sorted(mine)]
            self._stints[person] = found
            self._position[person] = {s.number: n for n, s in enumerate(found)}
        if among is None:
            return self._stints[person]
        position = self._position[person]
        chosen = sorted(position[n] for n in among if n in position)
        return [self._stints[person][n] for n in chosen]

    def stints_on(self, person: int, day: int) -> Sequence[Stint]:
        """The stints that a person may work on a day."""
        if person not in self._days:
            by_day: dict[int, list[Stint]] = {}
            for stint in self.stints_of(person):
                by_day.setdefault(stint.day, []).append(stint)
            self._days[person] = by_day
        return self._days[person].get(day, ())

    def duties_of(self, person: int) -> Sequence[Duty]:
        """The duties that a person may be placed on."""
        return self.facts.possible[person]

    def people_for(self, duty: Duty) -> Sequence[int]:
        """The people who may be placed on a duty."""
        return self.facts.able[duty.number]

    def exclusive(self, literals: Iterable[object]) -> None:
        """At most one of some stints is worked."""
        answers = list(literals)
        open_ = [answer for answer in answers if isinstance(answer, Assignment)]
        if len(open_) < len(answers):
            for assignment in open_:
                self._settle(assignment.person, assignment.stint, 0)
        elif len(open_) > 1:
            stints = frozenset(assignment.stint for assignment in open_)
            self.exclusive_stints.setdefault(open_[0].person, []).append(stints)

    def keep_apart(
        self, person: int, stints: Iterable[Stint], integer_starts: Mapping[int, object]
    ) -> None:
        """A person works no two stints at once, and has the time to travel between two."""
        if integer_starts or self.facts.flexible_duties:
            raise NoShape("a time that the engine chooses")
        if not self._days_are_apart:
            no_overlap.keep_apart(self, self._intervals(person, stints), {})
            return
        self.exclusive_stints.setdefault(person, []).extend(self._meeting.values())
        others = [s for s in stints if s.duty >= 0 and s.day not in self._meeting]
        for _, today in groupby(others, key=lambda s: s.day):
            no_overlap.keep_apart(self, self._intervals(person, today), {})

    @cached_property
    def _by_start(self) -> tuple[list[Stint], dict[int, int]]:
        """All stints by start, and the position of each number."""
        listed = sorted(self.facts.stints, key=lambda s: (s.start, s.end, s.number))
        return listed, {s.number: n for n, s in enumerate(listed)}

    @cached_property
    def _by_day(self) -> dict[int, list[Stint]]:
        listed: dict[int, list[Stint]] = {}
        for stint in sorted(self.facts.stints, key=lambda s: s.day):
            listed.setdefault(stint.day, []).append(stint)
        return listed

    @cached_property
    def _meeting(self) -> dict[int, frozenset[int]]:
        """The stints of each day that has a moment at which all its stints are going on."""
        return {
            day: frozenset(s.number for s in stints)
            for day, stints in self._by_day.items()
            if max(s.start for s in stints) < min(s.end for s in stints)
        }

    @cached_property
    def _days_are_apart(self) -> bool:
        """Whether no day's work, with the longest travel, reaches into a later day's."""
        longest = max((way.minutes for way in self.facts.problem.travel), default=0)
        ended = max((s.end for past in self.facts.past for s in past), default=-math.inf)
        for stints in self._by_day.values():
            if min(s.start for s in stints) < ended + longest:
                return False
            ended = max(ended, *(s.end for s in stints))
        return True

    def _intervals(self, person: int, stints: Iterable[Stint]) -> list[no_overlap.FixedInterval]:
        return [
            no_overlap.FixedInterval(s.start, s.end, s.school, self.does(person, s)) for s in stints
        ]

    def declare(self, shape: Shape, slack: Slack) -> None:
        """Remembers a shape."""
        assert isinstance(slack, PricedBreach), "a collector's rules are given prices"
        if isinstance(shape, Headcount):
            self.headcounts.append((shape, slack))
        else:
            self.personal.setdefault(shape.person, []).append((shape, slack))

    def assume_filled(self, duty: Duty) -> None:
        """Says nothing new to paths."""

    def keep_to_possible(self) -> None:
        """Paths contain nothing else."""

    def settle(self, person: int, duty: int, value: int) -> None:
        """Whether a person is placed on a duty is settled."""
        known = self.settled.setdefault((person, duty), value)
        if known != value or (value and not self.facts.can(person, self.facts.duties[duty])):
            raise NoShape("what cannot be")

    def _settle(self, person: int, stint: int, value: int) -> None:
        self.settle(person, self.facts.stints[stint].duty, value)
