"""The CP-SAT model of a problem: answers the questions of `solver.language.model` by variables."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from ortools.sat.python import cp_model

from models.facts.duties import Gathering
from models.facts.facts import Duty, Facts, Stint
from models.facts.plan import Plan
from models.problem.resources import Thing
from solver.cpsat import encodings
from solver.cpsat.activity_times import ActivityTimes
from solver.cpsat.adults import adults_wanted, any_children, children
from solver.cpsat.params import CpSatParams
from solver.language import no_overlap
from solver.language.shapes import Shape
from solver.language.slack import LinearExprT, Lit, Slack

Constraint = cp_model.Constraint
__all__ = ["Constraint", "CpSatModel"]


class CpSatModel:
    """A problem as CP-SAT sees it. Every answer is exact in both directions.

    With `free` cells and a `plan`, as in large neighbourhood search, only those (person, duty)
    cells are open; all others are numbers taken from the plan, and `facts` hands out only the
    places that the cells touch.
    """

    def __init__(
        self,
        facts: Facts,
        free: Collection[tuple[int, int]] | None = None,
        plan: Plan | None = None,
        free_occasions: Collection[int] | None = None,
        free_pupils: Collection[int] | None = None,
        params: CpSatParams = CpSatParams(),
    ) -> None:
        self.params = params
        self.cp = cp_model.CpModel()
        self._free = None if free is None else frozenset(free)
        self._free_occasions = frozenset(free_occasions or ())
        self._free_pupils = frozenset(free_pupils or ())
        self._plan = plan
        self.facts = (
            facts
            if free is None
            else facts.within(
                facts.touch(self._free or (), self._free_occasions, self._free_pupils)
            )
        )
        self.cells: dict[tuple[int, int], cp_model.IntVar] = {}
        self.times = ActivityTimes(self.cp, self.facts, self._is_open, plan, self.any_of, params)
        self.groups: dict[tuple[int, int], cp_model.IntVar] = {}
        """(children, place among their groups) where the group is open."""
        self.owner: dict[int, int] = {}
        """Variable to the one person it is about, for variables that are about one person."""
        self.totals: list[cp_model.IntVar] = []
        """Sums over many people that rules have named."""
        self.shapes: list[tuple[Shape, Slack]] = []
        self._known: dict[tuple[object, ...], cp_model.IntVar] = {}
        self._cliques: dict[int, list[int]] = {}
        self._clique_members: list[frozenset[int]] = []
        self._only_possible = False
        self._filled: list[Duty] = []
        self._needs_all: set[int] = set()
        """Duties that surely have everybody who can do them."""
        self.one_at_a_time = False
        """Whether nobody can be in two places."""
        self._by_day: dict[int, dict[int, list[Stint]]] = {}
        self._numbers: dict[int, set[int]] = {}
        """[person] -> the numbers of the stints in `_by_day`."""
        self._whole: dict[int, Lit] = {}
        self._wanted: dict[int, LinearExprT] = {}
        """What is wanted of duties for which that is chosen."""

    # ------------------------------------------------------------------ questions

    def works(self, person: int, duty: int) -> Lit:
        """Whether a person is placed on a duty."""
        known = self.cells.get((person, duty))
        if known is not None:
            return known
        if self._free is not None and (person, duty) not in self._free:
            return int(self._plan is not None and self._plan.works(person, duty))
        if self._only_possible and not self.facts.can(person, self.facts.duties[duty]):
            return 0
        cell = self.cp.new_bool_var("")
        self.cells[person, duty] = cell
        self.owner[cell.index] = person
        return cell

    def happens(self, occasion: int, place: int) -> Lit:
        """Whether an occasion starts at one of its possible starts."""
        return self.times.happens(occasion, place)

    def takes_place(self, occasion: int) -> Lit:
        """Whether an occasion happens at all."""
        return self.times.takes_place(occasion)

    def wanted(self, duty: Duty) -> LinearExprT:
        """The people that a duty needs, by the children for whom its group is chosen; none where
        it does not take place, or where its group is out at that time."""
        out = [self.times.within(o.number, at) for o, at in self.facts.freed_by(duty)]
        if duty.by_ratio is not None:
            if duty.number not in self._wanted:
                self._wanted[duty.number] = adults_wanted(self, duty, self.any_of(out))
            return self._wanted[duty.number]
        if out:
            return duty.count * self.no(self.any_of(out))
        return duty.count * self.takes_place(duty.occasion) if duty.optional else duty.count

    def _is_open(self, occasion: int) -> bool:
        return self._free is None or occasion in self._free_occasions

    def in_group(self, pupils: int, place: int) -> Lit:
        """Whether children are in one of their possible groups."""
        groups = self.facts.pupils[pupils].groups
        if len(groups) == 1:
            return 1
        if self._free is not None and pupils not in self._free_pupils:
            return int(self._plan is not None and self._plan.groups.get(pupils) == groups[place])
        if (pupils, 0) not in self.groups:
            choice = [self.cp.new_bool_var("") for _ in groups]
            self.cp.add_exactly_one(choice)
            for number, literal in enumerate(choice):
                self.groups[pupils, number] = literal
        return self.groups[pupils, place]

    def children(self, moment: Gathering) -> LinearExprT:
        """How many children of a gathering are there."""
        return children(self, moment)

    def any_children(self, moment: Gathering) -> Lit:
        """Whether any children of a gathering are there."""
        return any_children(self, moment)

    def does(self, person: int, stint: Stint) -> Lit:
        """Whether a person works a duty at one of its times; true of the past."""
        if stint.duty < 0:
            return 1
        duty = self.facts.duties[stint.duty]
        placed = self.works(person, duty.number)
        if not duty.is_flexible:
            return placed
        happens = self.happens(duty.occasion, stint.number - duty.stints[0].number)
        return happens if duty.number in self._needs_all else self.all_of([placed, happens])

    def does_one(self, person: int, duty: Duty, stints: Iterable[Stint]) -> Lit:
        """Whether a person works a duty at one of some of its times."""
        placed = self.works(person, duty.number)
        if not duty.is_flexible:
            return placed
        first = duty.stints[0].number
        at = self.times.within(duty.occasion, frozenset(s.number - first for s in stints))
        return at if duty.number in self._needs_all else self.all_of([placed, at])

    def works_on(self, person: int, day: int) -> Lit:
        """Whether a person works on a day; known of the past, 0 after the horizon."""
        if day < 0:
            return int(any(stint.day == day for stint in self.facts.past[person]))
        return self.any_of([self.does(person, s) for s in self.stints_on(person, day)])

    def on_site(self, person: int, school: int, day: int, session: str | None = None) -> Lit:
        """Whether a person works at a school on a day, perhaps in one of its sessions."""
        return self.any_of(
            [
                self.does(person, s)
                for s in self.stints_on(person, day)
                if s.school == school and (session is None or session in s.sessions)
            ]
        )

    def minutes(self, person: int, stints: Iterable[Stint]) -> LinearExprT:
        """Minutes that a person works in some stints."""
        return self.sum([s.minutes * self.does(person, s) for s in stints])

    # ------------------------------------------------------------------ what there is to ask about

    def stints_on(self, person: int, day: int) -> Sequence[Stint]:
        """The stints that a person may work, or does, on a day of the horizon."""
        if person not in self._by_day:
            by_day: dict[int, list[Stint]] = {}
            for duty in self.duties_of(person):
                for stint in duty.stints:
                    by_day.setdefault(stint.day, []).append(stint)
            self._by_day[person] = by_day
            self._numbers[person] = {s.number for today in by_day.values() for s in today}
        return self._by_day[person].get(day, ())

    def stints_of(self, person: int, among: Collection[int] | None = None) -> list[Stint]:
        """The stints that a person may work, or does, in the horizon, by start; of all, or of some
        that are given by number."""
        self.stints_on(person, 0)
        by_day, stints = self._by_day[person], self.facts.stints
        if among is None:
            found = [s for today in by_day.values() for s in today]
        else:
            mine = self._numbers[person]
            found = [stints[number] for number in among if number in mine]
        return sorted(found, key=lambda s: (s.start, s.end, s.number))

    def duties_of(self, person: int) -> Sequence[Duty]:
        """The duties that a person may be placed on, or is."""
        possible = self.facts.possible[person] if self._only_possible else self.facts.duties
        if self._plan is None:
            return possible
        # A fixed plan may place people where they could not be placed now.
        placed = self._plan.duties(person)
        return sorted({*possible, *placed}, key=_number) if placed else possible

    def people_for(self, duty: Duty) -> Sequence[int]:
        """The people who may be placed on a duty, or are."""
        able: Sequence[int] = (
            self.facts.able[duty.number] if self._only_possible else range(len(self.facts.staff))
        )
        if self._plan is None:
            return able
        return sorted({*able, *self._plan.people(duty.number)})

    # ------------------------------------------------------------------ putting answers together

    def any_of(self, literals: Iterable[Lit]) -> Lit:
        """Whether at least one of some answers is yes."""
        open_ = _distinct(literals)
        if open_ is None:
            return 1
        if len(open_) <= 1:
            return open_[0] if open_ else 0
        key = ("any", *(lit.index for lit in open_))
        if key not in self._known:
            found = self.cp.new_bool_var("")
            self.cp.add_bool_or(*open_, ~found)
            for literal in open_:
                self.cp.add_implication(literal, found)
            self._remember(key, found, open_)
        return self._known[key]

    def exclusive(self, literals: Iterable[Lit]) -> None:
        """At most one of some answers is yes."""
        literals = list(literals)
        self.cp.add_at_most_one(literals)
        open_ = [literal for literal in literals if not isinstance(literal, int)]
        for literal in open_:
            self._cliques.setdefault(literal.index, []).append(len(self._clique_members))
        self._clique_members.append(frozenset(literal.index for literal in open_))

    def keep_apart(
        self, person: int, stints: Iterable[Stint], integer_starts: Mapping[int, Lit]
    ) -> None:
        """A person works no two stints at once, and has the time to travel between two; likewise
        occasions whose start is an integer variable."""
        intervals = [
            no_overlap.FixedInterval(s.start, s.end, s.school, self.does(person, s)) for s in stints
        ]
        no_overlap.keep_apart(self, intervals, integer_starts)

    def assume_filled(self, duty: Duty) -> None:
        """A duty surely has the people it needs; `add_cuts` says what that means for all of them
        together, where nobody can be in two places."""
        self._filled.append(duty)
        able = self.people_for(duty)
        # All who can do it then do so whenever it takes place: one answer stands for both.
        if (
            self._only_possible
            and duty.is_flexible
            and self._free is None
            and len(able) <= duty.count
        ):
            self._needs_all.add(duty.number)

    def add_cuts(self) -> None:
        """Add valid inequalities: they follow from the constraints, but give better bounds."""
        self._tighten_answers()
        if self.one_at_a_time:
            no_overlap.crowd(
                self, [d for d in self._filled if self.times.has_integer_start(d.occasion)]
            )

    def _tighten_answers(self) -> None:
        """Say what cliques mean for "any of", so that the LP relaxation knows it: the sum of a
        clique's literals is at most the answer."""
        for key, found in self._known.items():
            if key[0] != "any":
                continue
            indices = key[1:]
            for clique in sorted({c for i in indices for c in self._cliques.get(i, ())}):  # type: ignore[call-overload]
                inside = [i for i in indices if i in self._clique_members[clique]]
                if len(inside) > 1:
                    literals = [self._literal(i) for i in inside]  # type: ignore[arg-type]
                    self.cp.add_at_most_one([*literals, ~found])

    def _literal(self, index: int) -> cp_model.LiteralT:
        """The literal with an index; negative indices are negations."""
        if index >= 0:
            return self.cp.get_bool_var_from_proto_index(index)
        return ~self.cp.get_bool_var_from_proto_index(-index - 1)

    def all_of(self, literals: Iterable[Lit]) -> Lit:
        """Whether all of some answers are yes."""
        return self.no(self.any_of([self.no(literal) for literal in literals]))

    def no(self, literal: Lit) -> Lit:
        """The opposite answer."""
        return 1 - literal if isinstance(literal, int) else ~literal

    def sum(self, terms: Iterable[LinearExprT]) -> LinearExprT:
        """A sum; a number where nothing in it is open."""
        known, open_ = 0, []
        for term in terms:
            if isinstance(term, int):
                known += term
            else:
                open_.append(term)
        return known if not open_ else cp_model.LinearExpr.sum([*open_, known])

    def total(self, expression: LinearExprT, least: int, most: int) -> LinearExprT:
        """A sum over many people as a variable, so that its limits can be proved once and for all
        (`solver.dantzig_wolfe.total_limits`)."""
        if isinstance(expression, int):
            return expression
        found = self.cp.new_int_var(least, most, "")
        self.cp.add(found == expression)
        self.totals.append(found)
        return found

    # ------------------------------------------------------------------ what rules add

    def declare(self, shape: Shape, slack: Slack) -> None:
        """A person's days, or a duty's headcount, must have this shape, up to slack."""
        self.shapes.append((shape, slack))
        encodings.encode(self, shape, slack)

    def keep_to_possible(self) -> None:
        """Nobody is placed where they may not be; no variables are made for such cells."""
        self._only_possible = True
        for (person, duty), cell in self.cells.items():
            if not self.facts.can(person, self.facts.duties[duty]):
                self.cp.add(cell == 0)
        if self._plan is not None:
            for person, duty in self._plan.cells:
                free = self._free is None or (person, duty) in self._free
                if not free and not self.facts.can(person, self.facts.duties[duty]):
                    self.cp.add_bool_or([])

    def holds_if(
        self, given: Iterable[Lit], constraint: "cp_model.BoundedLinearExpression | bool"
    ) -> None:
        """A constraint that holds where all of some answers are yes."""
        given = list(given)
        if any(isinstance(literal, int) and not literal for literal in given):
            return
        open_ = [literal for literal in given if not isinstance(literal, int)]
        self.cp.add(constraint).only_enforce_if(open_)

    def stays_within(self, number: int, uses: Mapping[int, Mapping[int, int]]) -> None:
        """Never more of a thing is used than there is.

        Args:
            number: the thing's.
            uses: occasion to the amounts of its uses for which the thing may be chosen.
        """
        thing = self.facts.things[number]
        before, after = thing.resource.setup_minutes, thing.resource.clear_minutes
        first = min(min(self.facts.occasions[o].starts) for o in uses) - before
        last = max(max(self.facts.occasions[o].ends) for o in uses) + after
        if thing.capacity == 1 and all(n == 1 for some in uses.values() for n in some.values()):
            self._one_use_at_a_time(thing, uses, list(thing.missing(first, last)))
            return
        intervals, demands = [], []
        for start, end, missing in thing.missing(first, last):
            intervals.append(self.cp.new_fixed_size_interval_var(start, end - start, ""))
            demands.append(missing)
        for occasion, amounts in uses.items():
            for use, amount in amounts.items():
                there = self.times.uses(occasion, use, number)
                if isinstance(there, int) and not there:
                    continue
                for day in range(self.facts.occasions[occasion].parts):
                    part = (occasion, day)
                    intervals.append(self.times.interval(part, there, before, after))
                    demands.append(amount)
        self.cp.add_cumulative(intervals, demands, thing.capacity)

    def _one_use_at_a_time(
        self,
        thing: Thing,
        uses: Mapping[int, Mapping[int, int]],
        missing: Iterable[tuple[int, int, int]],
    ) -> None:
        before, after = thing.resource.setup_minutes, thing.resource.clear_minutes
        intervals = [no_overlap.FixedInterval(start, end, 0, 1) for start, end, _ in missing]
        integer_starts: dict[int, Lit] = {}
        for number, amounts in uses.items():
            occasion = self.facts.occasions[number]
            used = [self.times.uses(number, use, thing.number) for use in amounts]
            self.exclusive(used)
            there = self.any_of(used)
            # A use without another choice takes the thing whenever the occasion happens.
            sure = any(len(occasion.uses[use].things) == 1 for use in amounts)
            if self.times.has_integer_start(number):
                integer_starts[number] = there
                continue
            for place, spans in enumerate(occasion.spans):
                happens = self.happens(number, place)
                here = happens if sure else self.all_of([there, happens])
                intervals += [
                    no_overlap.FixedInterval(a - before, b + after, 0, here) for a, b, _ in spans
                ]
        no_overlap.keep_apart(
            self, intervals, integer_starts, before=before, after=after, travels=False
        )

    def at(self, occasion: int, school: int) -> Lit:
        """Whether an occasion takes place at a school."""
        schools = self.facts.occasions[occasion].schools
        return self.times.within(
            occasion, frozenset(n for n, at in enumerate(schools) if at == school)
        )

    def settle(self, person: int, duty: int, value: int) -> None:
        """A cell has a given value."""
        self.cp.add(self.works(person, duty) == value)

    # ------------------------------------------------------------------ reading back

    def read(self, value: Callable[[cp_model.IntVar], int]) -> Plan:
        """The plan that a solution means."""
        cells = {cell for cell, variable in self.cells.items() if value(variable)}
        starts: dict[int, int] = {}
        venues: dict[int, int] = {}
        things: dict[tuple[int, int], int] = {}
        if self._plan is not None and self._free is not None:
            cells |= {cell for cell in self._plan.cells if cell not in self._free}
            starts, venues = dict(self._plan.starts), dict(self._plan.venues)
            things = dict(self._plan.things)
        for occasion, place, chosen in self.times.read(value):
            starts.pop(occasion.number, None)
            venues.pop(occasion.number, None)
            if place is not None and occasion.is_flexible:
                starts[occasion.number] = occasion.starts[place]
                if len(occasion.venues) > 1:
                    venues[occasion.number] = occasion.schools[place]
            for use in range(len(occasion.uses)):
                things.pop((occasion.number, use), None)
            things |= {(occasion.number, use): thing for use, thing in chosen.items()}
        groups = {p.number: p.groups[0] for p in self.facts.pupils}
        if self._plan is not None and self._free is not None:
            groups |= self._plan.groups
        for (pupils, place), variable in self.groups.items():
            if value(variable):
                groups[pupils] = self.facts.pupils[pupils].groups[place]
        return Plan(self.facts.within(None), cells, starts, groups, venues, things)

    @contextmanager
    def held(self, plan: Plan) -> Iterator[None]:
        """Within the block, a plan's decisions are the only possible ones."""
        decided = self.assignment_of(plan)
        before = [(variable, list(variable.proto.domain)) for variable, _ in decided]
        for variable, value in decided:
            _set_domain(variable, [value, value])
        try:
            yield
        finally:
            for variable, domain in before:
                _set_domain(variable, domain)

    def hint(self, plan: Plan, values: Sequence[int] = ()) -> None:
        """Give the solver a plan to start from; better, the values of all variables."""
        self.cp.clear_hints()  # type: ignore[no-untyped-call]
        if values:
            for index, value in enumerate(values):
                self.cp.add_hint(self.cp.get_int_var_from_proto_index(index), value)
            return
        for variable, value in self.assignment_of(plan):
            self.cp.add_hint(variable, value)

    def assignment_of(self, plan: Plan) -> list[tuple[cp_model.IntVar, int]]:
        """The variables of decisions, with what a plan decides."""
        found = [
            (variable, int(plan.works(person, duty)))
            for (person, duty), variable in self.cells.items()
        ]
        found += self.times.decisions(plan)
        for (pupils, place), variable in self.groups.items():
            group = self.facts.pupils[pupils].groups[place]
            found.append((variable, int(plan.groups.get(pupils) == group)))
        return found

    def decided_of(
        self, cells: Iterable[tuple[int, int]], pupils: Iterable[int], occasions: Iterable[int]
    ) -> Iterator[cp_model.IntVar]:
        """The variables of decisions about some (person, duty) cells, children and occasions."""
        yield from (self.cells[cell] for cell in cells if cell in self.cells)
        for number in pupils:
            for place in range(len(self.facts.pupils[number].groups)):
                if (number, place) in self.groups:
                    yield self.groups[number, place]
        for occasion in occasions:
            yield from self.times.decided_of(occasion)

    def _remember(
        self, key: tuple[object, ...], found: cp_model.IntVar, parts: Iterable[Lit]
    ) -> None:
        self._known[key] = found
        owners = {self.owner.get(_variable(part)) for part in parts}
        if len(owners) == 1 and None not in owners:
            (owner,) = owners
            assert owner is not None
            self.owner[found.index] = owner


def _set_domain(variable: cp_model.IntVar, domain: Sequence[int]) -> None:
    variable.proto.domain.clear()
    variable.proto.domain.extend(domain)


def _number(duty: Duty) -> int:
    return duty.number


def _variable(literal: Lit) -> int:
    index: int = literal.index  # type: ignore[union-attr]  # open answers have one
    return index if index >= 0 else -index - 1


def _distinct(literals: Iterable[Lit]) -> "list[cp_model.IntVar] | None":
    """Open answers, each once and in order; None where one is known to be yes."""
    found: dict[int, cp_model.IntVar] = {}
    for literal in literals:
        if isinstance(literal, int):
            if literal:
                return None
        else:
            found[literal.index] = literal  # type: ignore[assignment]
    return [found[index] for index in sorted(found)]
