"""Compares two schedules of a rota: who changes, when and why, in sentences."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property, partial
from typing import Literal

from models.answer.schedule import Schedule
from models.facts.facts import Duty
from models.problem.problem import Published
from models.register.rota import PersonChange, PlacementChange, ScheduleDifference
from scheduler.intake.case import Case
from scheduler.report.unfilled import at_that_time
from scheduler.wording import counted, listed

PINNED = "you pinned it"
BETTER = "the rules are better served"
AS_GOOD = "no rule is better served by it"

NOTE_LINES = 10
"""The most lines that a change note may have."""


@dataclass
class _Side:
    """A schedule with the facts that it was made from, looked up by ids."""

    case: Case
    schedule: Schedule

    def __post_init__(self) -> None:
        self.facts = self.case.facts
        self.plan = self.case.plan(self.schedule)
        self.on: dict[str, list[str]] = defaultdict(list)
        for placement in self.schedule.placements:
            self.on[placement.duty].append(placement.person)

    def duty(self, id: str) -> Duty | None:
        number = self.facts.duty_number.get(id)
        return None if number is None else self.facts.duties[number]

    def when(self, duty: Duty) -> tuple[int, int, int]:
        """The day, start and working minutes of a duty."""
        stint = self.plan.stint(duty) or duty.stints[0]
        return stint.day, stint.start, stint.minutes

    def name(self, person: str) -> str | None:
        number = self.facts.person_number.get(person)
        return None if number is None else self.facts.name(number)

    @cached_property
    def pinned(self) -> set[tuple[str, str]]:
        """(person, duty) that somebody asked for."""
        return {(p.person, p.duty) for p in self.facts.problem.pinned}

    @cached_property
    def forbidden(self) -> set[tuple[str, str]]:
        """(person, duty) that somebody ruled out."""
        return {(p.person, p.duty) for p in self.facts.problem.forbidden}


@dataclass
class _OnDuty:
    """What changes on one duty."""

    says: str
    date: date
    start: int
    school: str
    minutes: int
    removed: dict[str, str] = field(default_factory=dict)
    """From each person to the reason."""
    added: dict[str, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)


def difference(
    before: tuple[Case, Schedule],
    after: tuple[Case, Schedule],
    reason: str | None = None,
) -> ScheduleDifference:
    """The changes from one schedule of a rota to another.

    Args:
        before: the earlier request and its schedule.
        after: the later request and its schedule.
        reason: the reason that a person has given, if any.
    """
    old, new = _Side(*before), _Side(*after)
    duties = _duties(old, new, reason)
    by_person: dict[str, list[PlacementChange]] = defaultdict(list)
    minutes: dict[str, int] = defaultdict(int)
    more: dict[str, int] = defaultdict(int)
    changes: tuple[tuple[Literal["removed", "added", "moved"], int], ...] = (
        ("removed", -1),
        ("added", 1),
        ("moved", 0),
    )
    for id, one in duties.items():
        for change, sign in changes:
            for person, why in getattr(one, change).items():
                by_person[person].append(
                    PlacementChange(
                        duty=id,
                        name=one.says,
                        date=one.date,
                        school=one.school,
                        minutes=one.minutes,
                        change=change,
                        why=why,
                    )
                )
                minutes[one.school] += sign * one.minutes
                more[person] += sign * one.minutes
    return ScheduleDifference(
        people=tuple(
            PersonChange(
                person=person,
                name=new.name(person) or old.name(person) or person,
                changes=tuple(found),
                minutes=more[person],
            )
            for person, found in sorted(by_person.items())
        ),
        minutes_by_school=dict(sorted(minutes.items())),
        sentences=tuple(_sentence(one, old, new) for one in duties.values()),
    )


def note(found: ScheduleDifference, after: tuple[Case, Schedule], more: Iterable[str]) -> list[str]:
    """What a person needs to know for a decision, in at most `NOTE_LINES` lines.

    Args:
        found: the changes.
        after: the later request and its schedule.
        more: further sentences, the most important first.
    """
    side = _Side(*after)
    number = sum(len(p.changes) for p in found.people)
    if found.first:
        first = "The first version: nothing has been published yet."
    elif number:
        people = counted(len(found.people), "person", "people")
        first = f"{counted(number, 'change', 'changes')} for {people}."
    else:
        first = "Nothing changes for anybody."
    lines = [first, *_unfilled(side), *found.sentences, *more]
    if len(lines) <= NOTE_LINES:
        return lines
    return [
        *lines[: NOTE_LINES - 1],
        f"And {len(lines) - NOTE_LINES + 1} more lines: see the difference.",
    ]


def _unfilled(side: _Side) -> list[str]:
    open_ = [
        (d, missing)
        for d in side.facts.duties
        if (missing := side.plan.asks(d) - len(side.on[d.id])) > 0
    ]
    if not open_:
        return []
    said = [side.facts.says_duty(duty) for duty, _ in open_[:3]]
    rest = "" if len(open_) <= 3 else f" and {len(open_) - 3} more"
    return [f"Unfilled: {', '.join(said)}{rest}."]


def _duties(old: _Side, new: _Side, reason: str | None) -> dict[str, _OnDuty]:
    found: dict[str, _OnDuty] = {}
    served = cache(partial(_served, old, new))
    for id in sorted(old.on.keys() | new.on.keys()):
        before, now = set(old.on.get(id, ())), set(new.on.get(id, ()))
        side = new if new.duty(id) is not None else old
        duty = side.duty(id)
        if duty is None:
            continue
        day, start, minutes = side.when(duty)
        one = _OnDuty(
            side.facts.says_duty(duty),
            side.facts.date(day),
            start,
            side.facts.schools[duty.school].id,
            minutes,
        )
        for person in sorted(before - now):
            one.removed[person] = reason or _why_removed(person, id, old, new) or served()
        for person in sorted(now - before):
            one.added[person] = reason or _why_added(person, id, one, old, new) or served()
        if side is new and _is_at_another_time(id, old, new):
            for person in sorted(before & now):
                one.moved[person] = reason or "it happens at another time"
        if one.removed or one.added or one.moved:
            found[id] = one
    return dict(sorted(found.items(), key=lambda item: (item[1].date, item[1].start, item[0])))


def _is_at_another_time(id: str, old: _Side, new: _Side) -> bool:
    was, duty = old.duty(id), new.duty(id)
    if was is None or duty is None:
        return False
    then, now = old.plan.stint(was), new.plan.stint(duty)
    if then is None or now is None:
        return False
    return old.facts.local(then.start) != new.facts.local(now.start)


def _why_removed(person: str, id: str, old: _Side, new: _Side) -> str | None:
    duty = new.duty(id)
    if duty is None:
        return "it does not take place"
    number = new.facts.person_number.get(person)
    if number is None:
        return "is no longer on the rota"
    stint = new.plan.stint(duty) or duty.stints[0]
    if not new.facts.qualified(number, duty, stint):
        return "does not meet its needs"
    if (why := new.facts.why_away(number, stint)) is not None:
        return why
    if (person, id) in new.forbidden:
        return "is kept off it, as you asked"
    if pinned := [p for p in set(new.on[id]) - set(old.on[id]) if (p, id) in new.pinned]:
        return f"makes room: you pinned {new.name(min(pinned))} to it"
    other = at_that_time(new.plan, number, stint)
    if other is not None and (person, other.id) in new.pinned:
        return f"is pinned by you to {new.facts.says_duty(other)}"
    return None


def _why_added(person: str, id: str, one: _OnDuty, old: _Side, new: _Side) -> str | None:
    duty = old.duty(id)
    if (person, id) in new.pinned:
        return PINNED
    if duty is None:
        return "it is new"
    if one.removed:
        gone, why = next(iter(one.removed.items()))
        if why in (BETTER, AS_GOOD):
            return why
        return f"in place of {old.name(gone) or gone}, who {why}"
    if len(old.on[id]) < old.plan.asks(duty):
        return "it had too few people"
    return None


def _served(old: _Side, new: _Side) -> str:
    """Whether today's rules are better served by the later schedule."""
    still = new.facts.still_there(
        Published(
            placements=old.schedule.placements,
            times=old.schedule.times,
            groups=old.schedule.groups,
        )
    )
    before = Schedule(placements=still.placements, times=still.times, groups=still.groups)
    is_better = new.case.check(new.schedule).vector < new.case.check(before).vector
    return BETTER if is_better else AS_GOOD


def _sentence(one: _OnDuty, old: _Side, new: _Side) -> str:
    def names(people: Iterable[str]) -> str:
        return listed([new.name(p) or old.name(p) or p for p in people])

    if one.moved:
        return f"{one.says}: {names(one.moved)} at another time."
    asked = [why for why in one.added.values() if why == PINNED]
    why = next(iter(asked or (one.removed or one.added).values()))
    if one.added and one.removed:
        return f"{one.says}: {names(one.added)} for {names(one.removed)} ({why})."
    if one.added:
        return f"{one.says}: {names(one.added)} comes in ({why})."
    return f"{one.says}: {names(one.removed)} is taken off ({why})."
