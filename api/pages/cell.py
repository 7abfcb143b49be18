"""What is known of a cell of a board: who, when and where; who else could, and what it costs."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from api.pages.moves import Move, in_words, moved, read_moves
from api.pages.shown import ShownRota
from models.answer.cover import Replacement
from models.answer.report import Report
from models.answer.schedule import Schedule
from models.facts.facts import Duty
from scheduler.report.cost_words import priority_named
from scheduler.report.cover_candidates import cover, who_could_fill
from scheduler.rulebook.check import check

MOST_CANDIDATES = 8


class CellAct(NamedTuple):
    """Something that can be done, by a link that adds moves to the address."""

    label: str
    moves: tuple[Move, ...]
    key: str = ""
    """The key of the keyboard that does it."""


class CellCandidate(NamedTuple):
    """Somebody who could be on a duty."""

    sentence: str
    breaks: tuple[str, ...]
    act: CellAct


class CellDuty(NamedTuple):
    """One duty of a cell."""

    id: str
    name: str
    times: str
    school: str
    people: tuple[tuple[str, str, bool, tuple[CellAct, ...]], ...]
    """(id, name, whether pinned, what can be done with them)."""
    missing: int
    why: tuple[str, ...]
    """What the report says of it."""
    candidates: tuple[CellCandidate, ...]
    more: int
    """Candidates that are not listed."""


class CellView(NamedTuple):
    """A cell, as the panel beside the board shows it."""

    title: str
    away: str
    duties: tuple[CellDuty, ...]
    offers: tuple[CellDuty, ...]
    """Duties of the day that are short, and that the person could fill."""


def cell_of_person(shown: ShownRota, after: Schedule, person: str, day: date) -> CellView | None:
    """A person on a day, after moves; None where there is no such person or day."""
    facts = shown.case.facts
    number = facts.person_number.get(person)
    if number is None or not facts.first <= day <= facts.days[-1]:
        return None
    plan = shown.case.plan(after)
    here = [s for s in plan.stints(number) if s.duty >= 0 and facts.date(s.day) == day]
    holes = {hole.duty: hole for hole in cover(shown.case, after, person, day, day)}
    duties = []
    for stint in here:
        duty = facts.duties[stint.duty]
        hole = holes[duty.id]
        found = _candidates(hole.candidates, duty.id, off=person)
        duties.append(_duty(shown, after, duty, found, hole.more, only=person))
    away = "" if here else "Nothing on this day."
    title = f"{facts.name(number)}, {facts.says_day(facts.day(day))}"
    return CellView(title, away, tuple(duties), ())


def cell_of_duty(shown: ShownRota, after: Schedule, id: str) -> CellView | None:
    """A duty, after moves; None where there is none."""
    facts = shown.case.facts
    if id not in facts.duty_number:
        return None
    duty = facts.duties[facts.duty_number[id]]
    hole = who_could_fill(shown.case, after, id, MOST_CANDIDATES)
    found = _candidates(hole.candidates, id)
    return CellView(facts.says_duty(duty), "", (_duty(shown, after, duty, found, hole.more),), ())


def _duty(
    shown: ShownRota,
    after: Schedule,
    duty: Duty,
    candidates: tuple[CellCandidate, ...],
    more: int,
    only: str | None = None,
) -> CellDuty:
    facts, plan = shown.case.facts, shown.case.plan(after)
    stint = plan.stint(duty) or duty.stints[0]
    pinned = {(p.person, p.duty) for p in facts.problem.pinned}
    people = []
    for number in plan.people(duty.number):
        id = facts.staff[number].id
        held = (id, duty.id) in pinned
        pin = CellAct("Let go of", (Move("unpin", id, duty.id),), "pin")
        if not held:
            pin = CellAct("Pin", (Move("pin", id, duty.id),), "pin")
        off = CellAct("Take off", (Move("off", id, duty.id),))
        people.append((id, facts.name(number), held, (pin, off)))
    return CellDuty(
        duty.id,
        facts.says_duty(duty),
        f"{facts.says_time(stint.start)}-{facts.says_time(stint.end)}",
        facts.school_name(stint.school),
        tuple(p for p in people if only is None or p[0] == only),
        max(0, plan.wanted(duty) - len(people)),
        tuple(dict.fromkeys(_said_of(shown.result.report, duty.id, only))),
        candidates,
        more,
    )


def _said_of(report: Report | None, duty: str, person: str | None) -> Iterator[str]:
    """What the report says of a duty, or of a person on its date."""
    day = duty.rpartition("@")[2]
    for finding in () if report is None else report.findings:
        for breach in finding.breaches:
            if duty in breach.where or (person in breach.where and day in breach.where):
                yield breach.sentence


def _candidates(
    found: tuple[Replacement, ...], duty: str, off: str | None = None
) -> tuple[CellCandidate, ...]:
    away = () if off is None else (Move("off", off, duty),)
    label = "Put on it" if off is None else "Give to them"
    return tuple(
        CellCandidate(
            one.sentence,
            one.breaks,
            CellAct(f"{label}: {one.name}", (*away, Move("put", one.person, duty))),
        )
        for one in found[:MOST_CANDIDATES]
    )


# ------------------------------------------------------------------ moves that were collected


class Trial(NamedTuple):
    """What moves would do, if nothing else changed."""

    sentences: tuple[str, ...]
    """The moves, in words."""
    after: Schedule
    breaks: tuple[str, ...]
    """Musts that would be broken."""
    costs: tuple[str, ...]
    """What each priority would cost more, or less, in words."""


def trial(shown: ShownRota, texts: tuple[str, ...]) -> Trial | None:
    """The moves of an address, judged by the checkers; None where there are none."""
    facts = shown.case.facts
    moves = read_moves(texts, facts)
    if not moves:
        return None
    after = moved(shown.schedule, moves)
    before = check(facts, shown.case.rules, shown.case.plan(shown.schedule))
    now = check(facts, shown.case.rules, shown.case.plan(after))
    old = set(_musts(before))
    return Trial(
        tuple(in_words(move, facts) for move in moves),
        after,
        tuple(sentence for sentence in _musts(now) if sentence not in old),
        tuple(_costs(shown, before, now)),
    )


def _musts(report: Report) -> Iterator[str]:
    for finding in report.findings:
        if finding.priority == "must":
            yield from (breach.sentence for breach in finding.breaches)


def _costs(shown: ShownRota, before: Report, after: Report) -> Iterator[str]:
    for priority, cost in sorted(after.costs.items()):
        more = cost - before.costs.get(priority, 0)
        if more:
            named = priority_named(priority, shown.case.titles)
            yield f"{named[0].upper()}{named[1:]}: {abs(more)} {'more' if more > 0 else 'less'}."
