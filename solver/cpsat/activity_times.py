"""Times that the engine chooses: when and where an activity is, with what, and whether at all.

An occasion with few possible starts has a Boolean variable for each of them. One with many has an
integer variable for its start, and Boolean variables only for what is asked. Every answer means the
same either way, and is exact in both directions. `place` is the index of a possible start.
"""

from collections.abc import Callable, Collection, Iterable, Iterator

from ortools.sat.python import cp_model

from models.facts.facts import Facts, Occasion
from models.facts.plan import Plan
from solver.cpsat.params import CpSatParams
from solver.cpsat.start_variable import StartVariable
from solver.language.model import Part
from solver.language.slack import LinearExprT, Lit


class ActivityTimes:
    """The times of a problem's occasions, as CP-SAT sees them.

    Args:
        cp: the model that variables are made in.
        facts: the occasions.
        is_open: whether an occasion's time is to be chosen; the others are as in the plan.
        plan: what is fixed.
        any_of: whether at least one of some answers is yes.
        params: with how many possible starts an occasion's start is an integer variable.
    """

    def __init__(
        self,
        cp: cp_model.CpModel,
        facts: Facts,
        is_open: Callable[[int], bool],
        plan: Plan | None,
        any_of: Callable[[Iterable[Lit]], Lit],
        params: CpSatParams = CpSatParams(),
    ) -> None:
        self.cp = cp
        self._facts = facts
        self._is_open = is_open
        self._plan = plan
        self._any_of = any_of
        self._params = params
        self._choices: dict[int, list[cp_model.IntVar]] = {}
        """Occasion with few starts to a Boolean variable for each."""
        self._left_out: dict[int, cp_model.IntVar] = {}
        """Those that are optional, to whether they are left out."""
        self._numbers: dict[int, StartVariable] = {}
        """Occasion with many starts to its integer variable and those that belong to it."""
        self._things: dict[tuple[int, int], list[cp_model.IntVar]] = {}
        self._within: dict[tuple[int, frozenset[int]], Lit] = {}
        self._ends: dict[tuple[int, str, int], LinearExprT] = {}
        self._known: dict[tuple[tuple[str, Part], tuple[str, Part], int], Lit] = {}

    # ------------------------------------------------------------------ questions

    def has_integer_start(self, occasion: int) -> bool:
        """Whether an occasion's start is one integer variable rather than a choice of a few."""
        return self._is_chosen(occasion) and self._is_many(self._facts.occasions[occasion])

    @property
    def numbers(self) -> int:
        """The number of occasions with an integer start."""
        return len(self._numbers)

    @property
    def times_dominate(self) -> bool:
        """Whether the question is when rather than who: some start is an integer variable, or most
        duties have several possible times."""
        flexible = sum(duty.is_flexible for duty in self._facts.duties)
        return bool(self._numbers) or 2 * flexible > len(self._facts.duties)

    def takes_place(self, occasion: int) -> Lit:
        """Whether an occasion happens at all."""
        known = self._facts.occasions[occasion]
        if not self._is_chosen(occasion):
            return int(self._known_place(known) is not None)
        if self._is_many(known):
            return self._number(occasion).present if known.optional else 1
        if not known.optional:
            return 1
        self._choice(occasion)
        return ~self._left_out[occasion]

    def happens(self, occasion: int, place: int) -> Lit:
        """Whether an occasion starts at one of its possible starts."""
        known = self._facts.occasions[occasion]
        if not self._is_chosen(occasion):
            return int(self._known_place(known) == place)
        if not self._is_many(known):
            return self._choice(occasion)[place]
        return self.within(occasion, (place,))

    def within(self, occasion: int, places: Collection[int]) -> Lit:
        """Whether an occasion has one of some of its possible starts."""
        known = self._facts.occasions[occasion]
        if not self._is_chosen(occasion):
            return int(self._known_place(known) in places)
        if len(set(places)) == len(known.starts):
            return self.takes_place(occasion)
        if not places:
            return 0
        if not self._is_many(known):
            choice = self._choice(occasion)
            return self._any_of(choice[place] for place in sorted(places))
        key = (occasion, frozenset(places))
        if key not in self._within:
            self._within[key] = self._number(occasion).within(key[1], self._any_of)
        return self._within[key]

    def number_within(self, occasion: int, places: Collection[int]) -> LinearExprT:
        """`within` as a 0-1 sum, which needs no variable of its own."""
        known = self._facts.occasions[occasion]
        if (
            not self._is_chosen(occasion)
            or self._is_many(known)
            or len(set(places)) == len(known.starts)
        ):
            return self.within(occasion, places)
        choice = self._choice(occasion)
        return cp_model.LinearExpr.sum([choice[place] for place in sorted(places)])

    def start(self, occasion: int) -> LinearExprT:
        """When an occasion starts, in elapsed minutes; its first possible start if left out."""
        return self._minute((occasion, 0), "start")

    def end(self, occasion: int) -> LinearExprT:
        """When an occasion ends, on the last of its days, in elapsed minutes."""
        return self._minute((occasion, -1), "end")

    def value(self, occasion: int, amounts: Iterable[int]) -> LinearExprT:
        """An amount that depends on the start: the one at its place; 0 if it is left out."""
        by_amount: dict[int, list[int]] = {}
        for place, amount in enumerate(amounts):
            if amount:
                by_amount.setdefault(amount, []).append(place)
        terms = [amount * self.within(occasion, at) for amount, at in sorted(by_amount.items())]
        known = sum(term for term in terms if isinstance(term, int))
        open_ = [term for term in terms if not isinstance(term, int)]
        return cp_model.LinearExpr.sum([*open_, known]) if open_ else known

    def uses(self, occasion: int, use: int, thing: int) -> Lit:
        """Whether an occasion has a thing for one of its uses; never if it is left out."""
        known = self._facts.occasions[occasion]
        options = known.uses[use].things
        if thing not in options:
            return 0
        if not self._is_free(occasion):
            happens = self._known_place(known) is not None
            return int(happens and self._plan is not None and self._plan.thing(known, use) == thing)
        there = self.takes_place(occasion)
        if len(options) == 1:
            return there
        chosen = self._thing(occasion, use)[options.index(thing)]
        return self._both(there, chosen)

    def before(self, one: Part, other: Part, gap: int) -> Lit:
        """Whether a day of an occasion ends at least `gap` minutes before one of another starts.

        It means nothing for occasions that are left out.
        """
        return self._not_after(("end", one), ("start", other), gap)

    def starts_by(self, one: Part, other: Part) -> Lit:
        """Whether a day of an occasion starts when one of another does, or before it."""
        return self._not_after(("start", one), ("start", other), 0)

    def interval(
        self, part: Part, there: Lit, before: int = 0, after: int = 0
    ) -> cp_model.IntervalVar:
        """The time from some minutes before a day of an occasion to some after it, if it is
        there."""
        occasion, _ = part
        start, end = self._minute(part, "start"), self._minute(part, "end")
        lengths = self._lengths(part)
        if isinstance(start, int) and isinstance(end, int):
            size: LinearExprT = end - start + before + after
        elif len(lengths) == 1:
            size = min(lengths) + before + after
        else:
            longest = max(lengths)
            size = self.cp.new_int_var(0, longest + before + after, "")
            # If the occasion is left out, its end may lie before its start.
            self.cp.add(size == end - start + before + after).only_enforce_if(
                self.takes_place(occasion)
            )
        return self.cp.new_optional_interval_var(start - before, size, end + after, there, "")

    # ------------------------------------------------------------------ decisions

    def decisions(self, plan: Plan) -> Iterator[tuple[cp_model.IntVar, int]]:
        """The variables of decisions, with their values in a plan."""
        occasions = self._facts.occasions
        for number, choice in self._choices.items():
            place = plan.place(occasions[number])
            for at, variable in enumerate(choice):
                yield variable, int(at == place)
        for number, of in self._numbers.items():
            yield from of.decisions(plan.place(occasions[number]))
        for (number, use), variables in self._things.items():
            options = occasions[number].uses[use].things
            thing = plan.thing(occasions[number], use) if plan.happens(occasions[number]) else None
            for option, variable in zip(options, variables, strict=True):
                yield variable, int(option == (options[0] if thing is None else thing))

    def decided_of(self, occasion: int) -> Iterator[cp_model.IntVar]:
        """The variables of decisions about one occasion."""
        yield from self._choices.get(occasion, ())
        if occasion in self._numbers:
            yield from (v for v, _ in self._numbers[occasion].decisions(None))
        for use in range(len(self._facts.occasions[occasion].uses)):
            yield from self._things.get((occasion, use), ())

    def read(
        self, value: Callable[[cp_model.IntVar], int]
    ) -> Iterator[tuple[Occasion, int | None, dict[int, int]]]:
        """Every open occasion with its place, None if it is left out, and its chosen things."""
        occasions = self._facts.occasions
        places: dict[int, int | None] = {}
        for number, choice in self._choices.items():
            places[number] = next((n for n, v in enumerate(choice) if value(v)), None)
        for number, of in self._numbers.items():
            places[number] = of.read(value)
        things: dict[int, dict[int, int]] = {}
        for (number, use), variables in self._things.items():
            options = occasions[number].uses[use].things
            chosen = next(t for t, v in zip(options, variables, strict=True) if value(v))
            things.setdefault(number, {})[use] = chosen
        for number in sorted({*places, *things}):
            known = occasions[number]
            place = places[number] if number in places else self._known_place(known)
            yield known, place, {} if place is None else things.get(number, {})

    def open_all(self) -> None:
        """Make the variables of every open decision, whether any rule asked about it or not."""
        for known in self._facts.occasions:
            if self._is_chosen(known.number):
                self.takes_place(known.number)
                if self._is_many(known):
                    self._number(known.number)
                else:
                    self._choice(known.number)
            if self._is_free(known.number):
                for use, asked in enumerate(known.uses):
                    if len(asked.things) > 1:
                        self._thing(known.number, use)

    # ------------------------------------------------------------------ how it is done

    def _not_after(self, one: tuple[str, Part], other: tuple[str, Part], gap: int) -> Lit:
        """Whether one moment plus a gap is not after another.

        A moment is ("start" or "end", day of an occasion).
        """
        key = (one, other, gap)
        if key not in self._known:
            left, right = self._minute(one[1], one[0]), self._minute(other[1], other[0])
            if isinstance(left, int) and isinstance(right, int):
                self._known[key] = int(left + gap <= right)
            else:
                found = self.cp.new_bool_var("")
                self.cp.add(left + gap <= right).only_enforce_if(found)
                self.cp.add(left + gap > right).only_enforce_if(~found)
                self._known[key] = found
        return self._known[key]

    def _is_free(self, occasion: int) -> bool:
        return self._is_open(occasion)

    def _is_chosen(self, occasion: int) -> bool:
        return self._facts.occasions[occasion].is_flexible and self._is_open(occasion)

    def _known_place(self, known: Occasion) -> int | None:
        if not known.is_flexible:
            return 0
        return None if self._plan is None else self._plan.place(known)

    def _choice(self, occasion: int) -> list[cp_model.IntVar]:
        if occasion not in self._choices:
            known = self._facts.occasions[occasion]
            choice = [self.cp.new_bool_var("") for _ in known.starts]
            if known.optional:
                self._left_out[occasion] = self.cp.new_bool_var("")
                self.cp.add_exactly_one([*choice, self._left_out[occasion]])
            else:
                self.cp.add_exactly_one(choice)
            self._choices[occasion] = choice
        return self._choices[occasion]

    def _number(self, occasion: int) -> StartVariable:
        if occasion not in self._numbers:
            self._numbers[occasion] = StartVariable(self.cp, self._facts.occasions[occasion])
        return self._numbers[occasion]

    def _thing(self, occasion: int, use: int) -> list[cp_model.IntVar]:
        if (occasion, use) not in self._things:
            options = self._facts.occasions[occasion].uses[use].things
            choice = [self.cp.new_bool_var("") for _ in options]
            self.cp.add_exactly_one(choice)
            there = self.takes_place(occasion)
            # If it is left out it has its first thing, so that one schedule is one solution.
            if not isinstance(there, int):
                self.cp.add_bool_or(there, choice[0])
            self._things[occasion, use] = choice
        return self._things[occasion, use]

    def _both(self, one: Lit, other: Lit) -> Lit:
        if isinstance(one, int):
            return other if one else 0
        if isinstance(other, int):
            return one if other else 0
        return ~self._any_of([~one, ~other])

    def _minute(self, part: Part, which: str) -> LinearExprT:
        """When one of an occasion's days starts, or ends."""
        occasion, day = part
        known = self._facts.occasions[occasion]
        minutes = [spans[day][which == "end"] for spans in known.spans]
        if not self._is_chosen(occasion):
            place = self._known_place(known)
            return minutes[0 if place is None else place]
        lengths = self._lengths(part)
        if which == "end" and len(lengths) == 1:
            return self._minute(part, "start") + min(lengths)
        if which == "start" and self._is_many(known):
            return self._number(occasion).start
        key = (occasion, which, day % known.parts)
        if key not in self._ends:
            values = cp_model.Domain.from_values(sorted(set(minutes)))
            found = self.cp.new_int_var_from_domain(values, "")
            later = self.value(occasion, [minute - minutes[0] for minute in minutes])
            self.cp.add(found == minutes[0] + later)
            self._ends[key] = found
        return self._ends[key]

    def _lengths(self, part: Part) -> set[int]:
        """The minutes that one of an occasion's days lasts, at all its possible starts."""
        occasion, day = part
        spans = self._facts.occasions[occasion].spans
        return {span[day][1] - span[day][0] for span in spans}

    def _is_many(self, known: Occasion) -> bool:
        starts = len(set(known.starts))
        days = len(set(known.days))
        params = self._params
        many = starts > params.few_starts and starts > params.few_starts_a_day * days
        return many and known.parts == 1
