"""Things that schools share: halls, buses and kits; how many there are, when, and where."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from models.problem.calendar import Clock, LocalDateTime, WeekOfCycle, Window, why_no_stretch
from models.problem.people import Who
from models.value import Id, Text, Value

DAY_MINUTES = 24 * 60

MOST_TRAVELLING = 50
"""The most alike travelling things that are distinguished."""


class ResourceBooking(Value):
    """A use that already stands; by whom is not said."""

    start: LocalDateTime = Field(description="The start, local.")
    end: LocalDateTime = Field(description="The end, local.")
    amount: int = Field(1, ge=1, le=10_000, description="How many of it are in use.")
    unit: Id | None = Field(
        None,
        description="Of several that travel, which one is booked: `bus.2`; if left out, any that "
        "is free, whichever fits best.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end <= self.start:
            raise ValueError(why_no_stretch(self.start, self.end))
        if self.unit is not None and self.amount > 1:
            raise ValueError("names one unit and books several. Maybe a booking for each?")
        return self


class CapacityChange(Value):
    """A time at which there are more or fewer of a thing than usual."""

    when: Window = Field(description="The time at which it is so.")
    capacity: int = Field(ge=0, le=10_000, description="How many there are then.")


class Approval(Value):
    """What the owner of a thing says to its use by an activity at another school."""

    activity: Id = Field(description="The id of the activity.")
    status: Literal["asked", "granted", "refused"] = Field(
        description="Whether the owner was asked, has agreed or has refused."
    )
    start: LocalDateTime | None = Field(
        None, description="Said of this start only; of every one if left out."
    )


class Resource(Value):
    """A thing that is shared, or several that are alike."""

    id: Id = Field(description="The id that activities call it by.")
    name: Text = Field(description="The name that people read.")
    kind: Id | None = Field(None, description="What it is, in your own word: hall, minibus, kit.")
    owner: Id | None = Field(None, description="The school that it belongs to.")
    at: Id | None = Field(
        None, description="The school where it stands and is used; it can go anywhere if left out."
    )
    capacity: int = Field(1, ge=0, le=10_000, description="How many there are, or its places.")
    stock: tuple[CapacityChange, ...] = Field(
        (), description="Times at which there are more or fewer."
    )
    open: tuple[Window, ...] | None = Field(
        None, description="When it can be used; at any time if left out."
    )
    setup_minutes: int = Field(0, ge=0, le=DAY_MINUTES, description="Needed before each use.")
    clear_minutes: int = Field(0, ge=0, le=DAY_MINUTES, description="Needed after each use.")
    travels: bool = Field(
        False,
        description="It needs the way between two schools to get there. Where there are several, "
        "each has a number and a route of its own: `bus.1`, `bus.2`.",
    )
    seats: int | None = Field(None, ge=1, le=1000, description="How many people it carries.")
    operator: Who | None = Field(
        None, description="Who may drive it: one of those on the activity must be."
    )
    bookings: tuple[ResourceBooking, ...] = Field((), description="Uses that already stand.")
    approval: bool = Field(False, description="The owner approves each use by another school.")
    provisional: bool = Field(
        False,
        description="The owner lets a rota be published before it has answered; otherwise a rota "
        "that waits for its answer cannot be.",
    )
    approvals: tuple[Approval, ...] = Field(
        (), description="What the owner has said, or was asked; the last one counts."
    )

    @model_validator(mode="after")
    def _can_travel(self) -> Self:
        if self.travels and self.at is not None:
            raise ValueError("what travels stands nowhere. Maybe leave out `at`?")
        if self.travels and self.most > MOST_TRAVELLING:
            raise ValueError(f"at most {MOST_TRAVELLING} alike can travel")
        if (self.approvals or self.provisional) and not self.approval:
            said = "approvals" if self.approvals else "provisional"
            raise ValueError(f"with {said} there must be `approval`, or nobody is asked")
        return self

    @property
    def most(self) -> int:
        """The most there ever are."""
        return max([self.capacity, *(stock.capacity for stock in self.stock)])

    @property
    def units(self) -> tuple[str, ...]:
        """The ids of its distinct units: its own, or one for each that travels."""
        if not self.travels or self.most <= 1:
            return (self.id,)
        return tuple(f"{self.id}.{n}" for n in range(1, self.most + 1))


class NeededResource(Value):
    """What an activity needs of a thing, or of one of several things."""

    one_of: tuple[Id, ...] = Field(
        min_length=1, description="Resources of which the engine chooses one."
    )
    amount: int = Field(1, ge=1, le=10_000, description="How many of it, or of its places.")


@dataclass(frozen=True, slots=True)
class Taken:
    """A stretch of elapsed minutes in which some of a thing cannot be had."""

    start: int
    end: int
    amount: int
    booked: bool
    """By a booking; else there are fewer, or none."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A resource, numbered, with what can be had of it when."""

    number: int
    id: str
    name: str
    school: int | None
    """Where it stands."""
    capacity: int
    """The most there ever are."""
    taken: tuple[Taken, ...]
    """By start; what is not to be had of the most there ever are."""
    resource: Resource
    booked_of_any: tuple[Taken, ...] = ()
    """By start; bookings, each of one, that any of the things that are alike may have."""

    def left(self, minute: int) -> int:
        """How many are to be had at a moment; below zero where bookings go beyond what there is."""
        return self.capacity - sum(t.amount for t in self.taken if t.start <= minute < t.end)

    def missing(self, first: int, last: int) -> Iterable[tuple[int, int, int]]:
        """(start, end, how many of the most there ever are cannot be had), one after another,
        between two moments."""
        edges = {e for t in self.taken for e in (t.start, t.end) if first < e < last}
        marks = sorted({first, last, *edges})
        for start, end in itertools.pairwise(marks):
            missing = self.capacity - max(0, self.left(start))
            if missing:
                yield start, end, missing


def things(
    resources: Iterable[Resource],
    days: Sequence[date],
    clock: Clock,
    cycle_at: Callable[[str | None], WeekOfCycle],
    midday: int,
    school_number: dict[str, int],
) -> Iterable[Thing]:
    """The resources, numbered, over some days; those that are alike and travel one by one."""
    number = 0
    for resource in resources:
        cycle = cycle_at(resource.at or resource.owner)
        shortages = list(_shortages(resource, resource.most, days, clock, cycle, midday))
        booked = [
            (
                b.unit,
                Taken(
                    clock.minute(b.start.date(), b.start.time()),
                    clock.minute(b.end.date(), b.end.time()),
                    b.amount,
                    booked=True,
                ),
            )
            for b in resource.bookings
        ]
        any_of: tuple[Taken, ...] = ()
        if len(resource.units) == 1:
            rows = [[*shortages, *(taken for _, taken in booked)]]
        else:
            rows = _one_by_one(resource.units, shortages, booked)
            one_each = (
                replace(taken, amount=1)
                for unit, taken in booked
                if unit is None
                for _ in range(min(taken.amount, len(rows)))
            )
            any_of = tuple(sorted(one_each, key=lambda t: (t.start, t.end)))
        for place, (id, taken) in enumerate(zip(resource.units, rows, strict=True)):
            yield Thing(
                number,
                id,
                resource.name if len(rows) == 1 else f"{resource.name} {place + 1}",
                None if resource.at is None else school_number.get(resource.at),
                resource.most if len(rows) == 1 else 1,
                tuple(sorted(taken, key=lambda t: (t.start, t.end, t.amount))),
                resource,
                any_of,
            )
            number += 1


def _one_by_one(
    units: Sequence[str],
    shortages: Sequence[Taken],
    booked: Sequence[tuple[str | None, Taken]],
) -> list[list[Taken]]:
    """What is surely taken of each of some things that are alike: where there are fewer the last
    are missing, and a booking may name one."""
    rows = []
    for place, id in enumerate(units):
        missing = [replace(t, amount=1) for t in shortages if place >= len(units) - t.amount]
        rows.append([*missing, *(taken for unit, taken in booked if unit == id)])
    return rows


def _shortages(
    resource: Resource,
    capacity: int,
    days: Sequence[date],
    clock: Clock,
    cycle: WeekOfCycle,
    midday: int,
) -> Iterable[Taken]:
    """Stretches in which there are fewer than the most, joined over midnight."""
    if resource.open is None and not resource.stock:
        return
    last: Taken | None = None
    for day in days:

        def open_at(windows: Iterable[Window], day: date = day) -> list[tuple[int, int]]:
            return [
                (max(0, a), min(b, DAY_MINUTES))
                for w in windows
                if w.covers(day, cycle)
                for a, b in w.minutes(midday)
            ]

        open_ = [(0, DAY_MINUTES)] if resource.open is None else open_at(resource.open)
        stock = [(open_at([s.when]), s.capacity) for s in resource.stock]
        edges = {0, DAY_MINUTES} | {m for a, b in open_ for m in (a, b)}
        edges |= {m for stretches, _ in stock for a, b in stretches for m in (a, b)}
        marks = sorted(edges)
        for low, high in itertools.pairwise(marks):
            there = resource.capacity
            for stretches, number in stock:
                if any(a <= low and high <= b for a, b in stretches):
                    there = number
            if not any(a <= low and high <= b for a, b in open_):
                there = 0
            start, end = _elapsed(clock, day, low), _elapsed(clock, day, high)
            if last is not None and last.end == start and last.amount == capacity - there:
                last = Taken(last.start, end, last.amount, booked=False)
                continue
            if last is not None and last.amount:
                yield last
            last = Taken(start, end, capacity - there, booked=False)
    if last is not None and last.amount:
        yield last


def _elapsed(clock: Clock, day: date, minute: int) -> int:
    """A local minute of a day as an elapsed one; the day's last midnight included."""
    more, rest = divmod(minute, DAY_MINUTES)
    return clock.minute(day + timedelta(days=more), time(rest // 60, rest % 60))
