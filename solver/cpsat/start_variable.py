"""An occasion with many possible starts: its start is an integer variable."""

from collections.abc import Callable, Collection, Iterable, Iterator

from ortools.sat.python import cp_model

from models.facts.facts import Occasion
from solver.language.slack import Lit


class StartVariable:
    """One occasion with many possible starts: when, where, and whether."""

    def __init__(self, cp: cp_model.CpModel, known: Occasion) -> None:
        self._cp = cp
        self._known = known
        self._first = min(known.starts)
        self._open = cp_model.Domain.from_values(sorted(set(known.starts)))
        self.start = cp.new_int_var_from_domain(self._open, "")
        self.present = cp.new_bool_var("")
        if known.optional:
            cp.add(self.start == self._first).only_enforce_if(~self.present)
        else:
            cp.add(self.present == 1)
        self._venues: dict[int, cp_model.IntVar] = {}
        if len(known.venues) > 1:
            self._venues = {school: cp.new_bool_var("") for school in known.venues}
            cp.add_exactly_one(self._venues.values())
            cp.add_bool_or(self.present, self._venues[known.venues[0]])
            for school, here in self._venues.items():
                starts = self._starts(school)
                if starts != set(known.starts):
                    cp.add_linear_expression_in_domain(
                        self.start, cp_model.Domain.from_values(sorted(starts))
                    ).only_enforce_if(here, self.present)
        self._started: dict[frozenset[int], Lit] = {}

    def within(self, places: Collection[int], any_of: Callable[[Iterable[Lit]], Lit]) -> Lit:
        """Whether the occasion has one of some of its possible starts."""
        by_school: dict[int, set[int]] = {}
        for place in places:
            by_school.setdefault(self._known.schools[place], set()).add(self._known.starts[place])
        alternatives = []
        for school, starts in sorted(by_school.items()):
            parts: list[Lit] = [self.present] if self._known.optional else []
            if self._venues:
                parts.append(self._venues[school])
            if starts != self._starts(school):
                parts.append(self._starts_in(frozenset(starts)))
            alternatives.append(
                parts[0] if len(parts) == 1 else _no(any_of(_no(part) for part in parts))
            )
        return any_of(alternatives)

    def _starts(self, school: int) -> set[int]:
        both = zip(self._known.starts, self._known.schools, strict=True)
        return {start for start, at in both if at == school}

    def _starts_in(self, starts: frozenset[int]) -> Lit:
        if starts not in self._started:
            found = self._cp.new_bool_var("")
            inside = cp_model.Domain.from_values(sorted(starts))
            outside = self._open.intersection_with(inside.complement())
            self._cp.add_linear_expression_in_domain(self.start, inside).only_enforce_if(found)
            self._cp.add_linear_expression_in_domain(self.start, outside).only_enforce_if(~found)
            self._started[starts] = found
        return self._started[starts]

    def decisions(self, place: int | None) -> Iterator[tuple[cp_model.IntVar, int]]:
        """The variables, with their values at a place; None means that it is left out."""
        yield self.present, int(place is not None)
        yield self.start, self._first if place is None else self._known.starts[place]
        school = self._known.venues[0] if place is None else self._known.schools[place]
        for at, variable in self._venues.items():
            yield variable, int(at == school)

    def read(self, value: Callable[[cp_model.IntVar], int]) -> int | None:
        """The place that a solution gives it; None if it is left out."""
        if not value(self.present):
            return None
        school = next((at for at, v in self._venues.items() if value(v)), self._known.venues[0])
        return self._known.place_of[value(self.start), school]


def _no(literal: Lit) -> Lit:
    return 1 - literal if isinstance(literal, int) else ~literal
