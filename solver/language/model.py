"""What a rule's `encode` may ask of a model, and what it may add to it: a protocol.

Two things answer it: `solver.cpsat.model.CpSatModel`, with CP-SAT variables, and
`solver.network.shape_collector.ShapeCollector`, which only collects shapes and refuses, by raising
`NoShape`, what needs a solver's model.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from ortools.sat.python import cp_model

from models.facts.duties import Gathering
from models.facts.facts import Duty, Facts, Stint
from solver.language.shapes import Shape
from solver.language.slack import LinearExprT, Lit, Slack

Part = tuple[int, int]
"""One day of an occasion: its number, and which day, from 0."""


class Times(Protocol):
    """What a rule may ask about the times that the engine chooses.

    `place` is the index of one of an occasion's possible starts, not a school.
    """

    def within(self, occasion: int, places: Collection[int]) -> Lit:
        """Whether an occasion has one of some of its possible starts."""

    def number_within(self, occasion: int, places: Collection[int]) -> LinearExprT:
        """`within` as a 0-1 sum, which needs no variable of its own."""

    def value(self, occasion: int, amounts: Iterable[int]) -> LinearExprT:
        """An amount that depends on the start: the one at its place; 0 if it is left out."""

    def uses(self, occasion: int, use: int, thing: int) -> Lit:
        """Whether an occasion has a thing for one of its uses; never if it is left out."""

    def before(self, one: Part, other: Part, gap: int) -> Lit:
        """Whether a day of an occasion ends at least `gap` minutes before one of another starts.

        It means nothing for occasions that are left out.
        """

    def starts_by(self, one: Part, other: Part) -> Lit:
        """Whether a day of an occasion starts when one of another does, or before it."""

    def start(self, occasion: int) -> LinearExprT:
        """When an occasion starts, in elapsed minutes; its first possible start if left out."""

    def end(self, occasion: int) -> LinearExprT:
        """When an occasion ends, on the last of its days, in elapsed minutes."""

    def has_integer_start(self, occasion: int) -> bool:
        """Whether an occasion's start is one integer variable rather than a choice of a few."""

    def interval(
        self, part: Part, there: Lit, before: int = 0, after: int = 0
    ) -> cp_model.IntervalVar:
        """The time from some minutes before a day of an occasion to some after it, if it is
        there."""


class Model(Protocol):
    """A problem as a rule sees it. Every answer is exact in both directions.

    An answer is a literal or a sum where something is open, and a plain number where nothing is:
    the past, what is fixed, what cannot be. Numbers and literals mix freely, so one way of writing
    a rule serves the whole model, a neighbourhood of it, and a finished schedule.

    These do nearly all the work of the rules:

    - `facts`: what is known of the problem;
    - `works(person, duty)`, `does(person, stint)`: who is on what, and when;
    - `stints_of`, `stints_on`, `people_for`: what there is to ask about;
    - `any_of`, `all_of`, `no`, `sum`: answers put together;
    - `cp.add(...)`: a constraint, with `slack(*where, most=...)` as its room
      (`solver.language.limits` writes the usual ones);
    - `declare(shape, slack)`: a rule on one person's days or one duty's headcount, as a shape. Only
      requests whose rules all have shapes can be searched by column generation: prefer it.

    The others serve few rules each. What only the engine calls (`hint`, `held`, `read`,
    `add_cuts`, `owner`, `totals`, ...) is not here; it stands in `CpSatModel`.
    """

    one_at_a_time: bool
    """Whether nobody can be in two places: set by the rule that says so."""

    @property
    def facts(self) -> Facts:
        """What is known of the problem; of a neighbourhood, what it touches."""

    @property
    def cp(self) -> cp_model.CpModel:
        """The CP-SAT model, for constraints of a rule's own."""

    @property
    def times(self) -> Times:
        """The times that the engine chooses."""

    # ------------------------------------------------------------------ questions

    def works(self, person: int, duty: int) -> Lit:
        """Whether a person is placed on a duty."""

    def does(self, person: int, stint: Stint) -> Lit:
        """Whether a person works a duty at one of its times; true of the past."""

    def does_one(self, person: int, duty: Duty, stints: Iterable[Stint]) -> Lit:
        """Whether a person works a duty at one of some of its times."""

    def works_on(self, person: int, day: int) -> Lit:
        """Whether a person works on a day; known of the past, 0 after the horizon."""

    def on_site(self, person: int, school: int, day: int, session: str | None = None) -> Lit:
        """Whether a person works at a school on a day, or in one of its sessions."""

    def minutes(self, person: int, stints: Iterable[Stint]) -> LinearExprT:
        """Minutes that a person works in some stints."""

    def takes_place(self, occasion: int) -> Lit:
        """Whether an occasion happens at all."""

    def happens(self, occasion: int, place: int) -> Lit:
        """Whether an occasion starts at one of its possible starts."""

    def at(self, occasion: int, school: int) -> Lit:
        """Whether an occasion takes place at a school."""

    def wanted(self, duty: Duty) -> LinearExprT:
        """The people that a duty needs; none where it does not take place, or where its group is
        out at that time."""

    def in_group(self, pupils: int, place: int) -> Lit:
        """Whether children are in one of their possible groups."""

    def children(self, moment: Gathering) -> LinearExprT:
        """How many children of a gathering are there, by the groups that are chosen."""

    def any_children(self, moment: Gathering) -> Lit:
        """Whether any children of a gathering are there."""

    # ------------------------------------------------------------------ what there is to ask about

    def stints_of(self, person: int, among: Collection[int] | None = None) -> list[Stint]:
        """The stints that a person may work, or does, in the horizon, by start; all of them, or
        those whose numbers are given."""

    def stints_on(self, person: int, day: int) -> Sequence[Stint]:
        """The stints that a person may work, or does, on a day of the horizon."""

    def duties_of(self, person: int) -> Sequence[Duty]:
        """The duties that a person may be placed on, or is."""

    def people_for(self, duty: Duty) -> Sequence[int]:
        """The people who may be placed on a duty, or are."""

    # ------------------------------------------------------------------ putting answers together

    def any_of(self, literals: Iterable[Lit]) -> Lit:
        """Whether at least one of some answers is yes; 0 for none at all."""

    def all_of(self, literals: Iterable[Lit]) -> Lit:
        """Whether all of some answers are yes; 1 for none at all."""

    def no(self, literal: Lit) -> Lit:
        """The opposite answer."""

    def sum(self, terms: Iterable[LinearExprT]) -> LinearExprT:
        """A sum; a number where nothing in it is open."""

    def total(self, expression: LinearExprT, least: int, most: int) -> LinearExprT:
        """A sum over many people as a variable of its own, between `least` and `most`."""

    # ------------------------------------------------------------------ what a rule adds

    def declare(self, shape: Shape, slack: Slack) -> None:
        """A person's days, or a duty's headcount, must have this shape, up to slack."""

    def exclusive(self, literals: Iterable[Lit]) -> None:
        """At most one of some answers is yes."""

    def holds_if(
        self, given: Iterable[Lit], constraint: cp_model.BoundedLinearExpression | bool
    ) -> None:
        """A constraint that holds where all of some answers are yes."""

    def keep_apart(
        self, person: int, stints: Iterable[Stint], integer_starts: Mapping[int, Lit]
    ) -> None:
        """A person works no two stints at once, and has the time to travel between two; likewise
        occasions whose start is an integer variable: `integer_starts` is occasion to whether it
        takes part."""

    def stays_within(self, number: int, uses: Mapping[int, Mapping[int, int]]) -> None:
        """Never more of a thing is used than there is.

        Args:
            number: the thing's.
            uses: occasion to the amounts of its uses for which the thing may be chosen.
        """

    def settle(self, person: int, duty: int, value: int) -> None:
        """Whether a person is placed on a duty is settled: 0 or 1."""

    def keep_to_possible(self) -> None:
        """Nobody is placed where they may not be; such cells are never asked about again."""

    def assume_filled(self, duty: Duty) -> None:
        """A duty surely has the people it needs."""
