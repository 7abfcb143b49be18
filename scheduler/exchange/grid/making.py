"""Makes a request and a schedule from the contents of sheets."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

from models.answer.schedule import Schedule
from models.problem.calendar import WEEKDAYS
from scheduler.exchange.grid.cells import Found
from scheduler.exchange.grid.documents import (
    DAY_END,
    DAY_START,
    Duty,
    GridMapping,
    GridQuestion,
    RotaCell,
)
from scheduler.exchange.grid.files import refused
from scheduler.exchange.grid.names import ids_of
from scheduler.intake.parse import read_case, read_schedule
from scheduler.intake.request import RotaRequest
from scheduler.intake.validation_errors import InvalidRequest
from scheduler.wording import listed

Away = tuple[date, str | None, time | None, time | None]
"""A date on which somebody is away, and when on it; all day without more."""


@dataclass
class Settled:
    """What each person does on each date, once codes and names are understood."""

    on: dict[Duty, dict[date, set[str]]] = field(default_factory=lambda: defaultdict(dict))
    """From a duty to its dates, each with the names of the people."""
    vacant: Counter[tuple[Duty, date]] = field(default_factory=Counter)
    """The number of places that the sheets show as vacant, beside those of people."""
    away: dict[str, set[Away]] = field(default_factory=lambda: defaultdict(set))
    closed: dict[date, str] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    """From the name of a person to that of their school."""
    codes: dict[tuple[str, str, Duty | None], list[str]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """From a code, its meaning and duty to the cells that say it."""
    cells: list[tuple[str, Duty | None, date | None, str]] = field(default_factory=list)
    """Who, which duty, when, and the cell that says it."""
    questions: list[GridQuestion] = field(default_factory=list)


@dataclass(frozen=True)
class Made:
    """A request and a schedule of sheets, if there is any duty in them."""

    request: RotaRequest | None = None
    schedule: Schedule | None = None
    shifts: Mapping[Duty, str] = field(default_factory=dict)
    """From a duty to the id of its shift."""
    cells: tuple[RotaCell, ...] = ()


def made(found: Found, settled: Settled, people: Mapping[str, str], mapping: GridMapping) -> Made:
    """The request and the schedule; `people` are ids by names."""
    if not settled.on or not people:
        return Made()
    names = [mapping.school, *settled.homes.values(), *(duty[3] for duty in settled.on)]
    used = dict.fromkeys(names[1:] or names)
    schools = ids_of(used)
    shifts, titles = _shifts(settled, several=len(schools) > 1)
    usual = next(iter(schools.values()))
    document = {
        "problem": {
            "name": listed([*schools])[:200],
            "horizon": {"first": str(min(found.dates)), "last": str(max(found.dates))},
            "schools": [
                school_document(id_, name, found.dates, settled.closed)
                for name, id_ in schools.items()
            ],
            "people": [
                {
                    "id": id_,
                    "name": name,
                    "home": schools.get(settled.homes.get(name, ""), usual),
                    "away": list(windows(settled.away.get(name, set()))),
                }
                for name, id_ in people.items()
            ],
            "shifts": [
                shift_document(
                    shifts[duty],
                    titles[duty],
                    schools[duty[3]],
                    duty,
                    {day: len(names) + settled.vacant[duty, day] for day, names in days.items()},
                    _seen(days, people) if mapping.may_do == "seen" else (),
                )
                for duty, days in settled.on.items()
            ],
        },
        "rules": [{"kind": "cover", "priority": 1}],
    }
    placements = sorted(
        (people[name], f"{shifts[duty]}@{day}")
        for duty, days in settled.on.items()
        for day, names in days.items()
        for name in names
    )
    try:
        case = read_case(document)
        placed = {"placements": [{"person": p, "duty": d} for p, d in placements]}
        schedule = read_schedule(placed, case.facts)
    except InvalidRequest as invalid:
        first = invalid.faults[0]
        raise refused(f"makes no valid request: it {first.message}", hint=first.hint) from None
    return Made(case.request, schedule, shifts, tuple(_cells(settled, shifts, people)))


def _shifts(settled: Settled, *, several: bool) -> tuple[dict[Duty, str], dict[Duty, str]]:
    """The id of each duty's shift, and its name, which says its times where others share it."""
    clashing = Counter((duty[0], duty[3]) for duty in settled.on)
    titles = {
        duty: duty[0] if clashing[duty[0], duty[3]] == 1 else f"{duty[0]} {times_of(duty)}"
        for duty in settled.on
    }
    long = {duty: f"{duty[3]} {titles[duty]}" if several else titles[duty] for duty in settled.on}
    ids = ids_of(long.values())
    return {duty: ids[title] for duty, title in long.items()}, titles


def _seen(days: Mapping[date, set[str]], people: Mapping[str, str]) -> Sequence[str]:
    return sorted({people[name] for names in days.values() for name in names})


def _cells(
    settled: Settled, shifts: Mapping[Duty, str], people: Mapping[str, str]
) -> Iterable[RotaCell]:
    for name, duty, day, at in settled.cells:
        yield RotaCell(
            at=at,
            person=people.get(name),
            duty=None if duty is None or day is None else f"{shifts[duty]}@{day}",
            on=day,
        )


# ------------------------------------------------------------------ parts of the document


def school_document(
    id_: str, name: str, days: Iterable[date], closed: Mapping[date, str]
) -> dict[str, Any]:
    open_on = {WEEKDAYS[day.weekday()] for day in days} | set(WEEKDAYS[:5])
    of = {
        kind: sorted(d for d, k in closed.items() if k == kind)
        for kind in ("bank", "closed", "inset")
    }
    return {
        "id": id_,
        "name": name,
        "weekdays": [day for day in WEEKDAYS if day in open_on],
        "extra_bank_holidays": [{"date": str(d), "name": "Bank holiday"} for d in of["bank"]],
        "closed": [{"first": str(d), "last": str(d)} for d in of["closed"]],
        "inset": [str(d) for d in of["inset"]],
    }


def shift_document(
    id_: str,
    title: str,
    school: str,
    duty: Duty,
    days: Mapping[date, int],
    people: Sequence[str],
) -> dict[str, Any]:
    """A duty on exactly its dates, with as many people as it usually has, of these if any."""
    asked = {"who": {"people": list(people)}} if people else {}
    counts = Counter(number for number in days.values() if number)
    usual = counts.most_common(1)[0][0] if counts else 1
    return {
        "id": id_,
        "name": title,
        "school": school,
        "start": str(duty[1] or DAY_START),
        "end": str(duty[2] or DAY_END),
        "on": [],
        "dates": [str(day) for day in sorted(days)],
        "needs": [{"count": usual, **asked}],
        "exceptions": [
            {"date": str(day), "needs": [{"count": number, **asked}]}
            for day, number in sorted(days.items())
            if number not in (0, usual)
        ],
    }


def windows(
    away: set[tuple[date, str | None, time | None, time | None]],
) -> Iterable[dict[str, Any]]:
    """When somebody is away; whole days in a row are one window."""
    whole = sorted(day for day, *rest in away if rest == [None, None, None])
    first = None
    for n, day in enumerate(whole):
        first = first or day
        if n + 1 == len(whole) or whole[n + 1] != day + timedelta(days=1):
            yield {"first": str(first), "last": str(day)}
            first = None
    for day, session, start, end in sorted(away, key=str):
        if (session, start, end) != (None, None, None) and day not in whole:
            window: dict[str, Any] = {"first": str(day), "last": str(day)}
            window |= {"sessions": [session]} if session else {}
            window |= {"start": str(start), "end": str(end)} if start and end else {}
            yield window


def times_of(duty: Duty) -> str:
    """When a duty is, as people write it."""
    return f"{duty[1] or DAY_START:%H:%M}-{duty[2] or DAY_END:%H:%M}"
