"""Being at work without a duty, as encodings ask for it: a number where no duty could change it."""

from collections.abc import Collection
from dataclasses import dataclass

from models.facts.attendance import NEAR, Stretch
from models.facts.facts import Stint
from solver.language.model import Model
from solver.language.slack import Lit


@dataclass(frozen=True)
class Stay:
    """A person at a school on a day by their working pattern, and what may take them away."""

    person: int
    stretches: tuple[Stretch, ...]
    """When their pattern has them there, in elapsed minutes."""
    elsewhere: tuple[tuple[Stretch, Stint], ...]
    """Duties at other schools, each with the time for which it keeps them away; the past too."""

    @property
    def moments(self) -> list[int]:
        """The moments at which they may come or go."""
        return [m for stretch in self.stretches for m in stretch] + [
            m for kept, _ in self.elsewhere for m in kept
        ]

    def kept_by(self, low: int, high: int) -> tuple[Stint, ...] | None:
        """The duties of which none may be worked, so that they are there all through some minutes;
        None where their pattern does not have them there."""
        if not any(a <= low and high <= b for a, b in self.stretches):
            return None
        return tuple(s for (a, b), s in self.elsewhere if a < high and low < b)

    def ways_to_be_there(self, during: Stretch | None = None) -> set[tuple[Stint, ...]]:
        """Sets of duties: they are there at some moment if they work none of one of the sets."""
        found = set()
        for a, b in self.stretches:
            first, last = (a, b) if during is None else (max(a, during[0]), min(b, during[1]))
            # If any moment is free, the first one is, or the one at which some duty lets go.
            moments = {first, *(end for (_, end), _ in self.elsewhere)}
            found |= {self.kept_by(m, m + 1) or () for m in moments if first <= m < last}
        return found


def stay_of(model: Model, person: int, school: int, day: int) -> Stay | None:
    """A person at a school on a day by their working pattern; None where it says nothing of it."""
    facts = model.facts
    stretches = facts.attendance.by_pattern(person, school, day)
    if not stretches:
        return None
    stints = [s for n in range(day - NEAR, day + NEAR + 1) for s in model.stints_on(person, n)]
    elsewhere = [
        (kept, stint)
        for stint in (*facts.past[person], *stints)
        if (kept := facts.attendance.kept_from(school, stint)) is not None
        and any(a < kept[1] and kept[0] < b for a, b in stretches)
    ]
    return Stay(person, stretches, tuple(elsewhere))


@dataclass(frozen=True)
class AtMoment:
    """How a person may be at work at a school at one moment. Moments that are equal in this are
    judged alike."""

    person: int
    on: tuple[Stint, ...]
    """Duties there at that moment."""
    kept_by: tuple[Stint, ...] | None
    """Duties elsewhere of which none may be worked; None where no pattern has them there."""

    @property
    def is_sure(self) -> bool:
        """Whether they are there whatever their duties."""
        return self.kept_by == ()

    def answer(self, model: Model) -> Lit:
        """Whether they are at work there, by a duty or by their pattern."""
        if self.is_sure:
            return 1
        ways = [model.does(self.person, stint) for stint in self.on]
        if self.kept_by is not None:
            ways.append(none_of(model, self.person, self.kept_by))
        return model.any_of(ways)


@dataclass(frozen=True)
class SchoolDay:
    """What may have a person at work at a school on a day: duties there, or their pattern."""

    person: int
    stints: tuple[Stint, ...]
    stay: Stay | None

    @property
    def moments(self) -> list[int]:
        """The moments at which they may come or go."""
        by_duty = [m for s in self.stints for m in (s.start, s.end)]
        return by_duty if self.stay is None else [*by_duty, *self.stay.moments]

    def at(self, moment: int) -> AtMoment:
        """What may have them there at a moment."""
        on = tuple(s for s in self.stints if s.start <= moment < s.end)
        kept_by = None if self.stay is None else self.stay.kept_by(moment, moment + 1)
        return AtMoment(self.person, on, kept_by)


def school_day_of(
    model: Model, person: int, school: int, day: int, among: Collection[int] | None = None
) -> SchoolDay:
    """What may have a person at work at a school on a day; with `among`, only duties whose stints
    have these numbers, and no pattern."""
    stints = tuple(
        s
        for s in model.stints_on(person, day)
        if s.school == school and (among is None or s.number in among)
    )
    stay = stay_of(model, person, school, day) if among is None else None
    return SchoolDay(person, stints, stay)


def none_of(model: Model, person: int, stints: Collection[Stint]) -> Lit:
    """Whether a person works none of some stints; 1 where there are none, without asking more."""
    if not stints:
        return 1
    return model.no(model.any_of([model.does(person, stint) for stint in stints]))


def is_there(model: Model, stay: Stay | None, during: Stretch | None = None) -> Lit:
    """Whether somebody is there by their pattern at any moment of the day, or of a part of it;
    a number, without asking the model, where that is known."""
    if stay is None:
        return 0
    ways = stay.ways_to_be_there(during)
    if not ways or () in ways:
        return int(bool(ways))
    return model.any_of([none_of(model, stay.person, stints) for stints in ways])
