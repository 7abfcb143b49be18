"""What a school's calendar says of the days of a horizon, as facts that could be otherwise: INSET
days, bank holidays, holidays between terms, and closures."""

from collections.abc import Collection, Iterator

from models.facts.facts import Facts
from models.problem.calendar import DateRange, DayKind, School

OF_SCHOOLS = ("closed", "inset", "bank_holidays", "terms")
"""Kinds of facts that belong to a school's calendar."""


def calendar_facts(facts: Facts, number: int) -> Iterator[tuple[str, int, list[int]]]:
    """Each such fact of a school: its kind, its place among them, and the days that it covers."""
    school = facts.problem.schools[number]
    for place, dates in enumerate(school.closed):
        days = [n for n, day in enumerate(facts.days) if day in dates]
        if days:
            yield "closed", place, days
    kinds = [facts.kind(number, day) for day in range(len(facts.days))]
    for place, date in enumerate(school.inset):
        if (day := _day(facts, number, date, DayKind.INSET)) is not None:
            yield "inset", place, [day]
    banks = [day for day, kind in enumerate(kinds) if kind is DayKind.BANK_HOLIDAY]
    for place, day in enumerate(banks):
        yield "bank_holidays", place, [day]
    for place, days in enumerate(_stretches(kinds)):
        yield "terms", place, days


def without_calendar_facts(facts: Facts, number: int, gone: Collection[tuple[str, int]]) -> School:
    """A school without some of these facts: open where it was closed, in term in the holidays."""
    school = facts.problem.schools[number]
    if not gone:
        return school
    covered = {
        (kind, place): [facts.date(day) for day in days]
        for kind, place, days in calendar_facts(facts, number)
    }
    banks = {day for key in gone if key[0] == "bank_holidays" for day in covered[key]}
    more = [
        DateRange(first=days[0], last=days[-1])
        for key, days in covered.items()
        if key in gone and key[0] == "terms"
    ]
    # Built again, since what a school derives from its fields is kept with it.
    return School.model_validate(
        school.model_dump()
        | {
            "closed": _kept(school.closed, "closed", gone),
            "inset": _kept(school.inset, "inset", gone),
            "extra_bank_holidays": [
                one for one in school.extra_bank_holidays if one.date not in banks
            ],
            "open_bank_holidays": [*school.open_bank_holidays, *sorted(banks)],
            "terms": sorted([*school.terms, *more], key=lambda term: term.first),
        }
    )


def _kept(items: tuple[object, ...], kind: str, gone: Collection[tuple[str, int]]) -> list[object]:
    return [item for place, item in enumerate(items) if (kind, place) not in gone]


def _day(facts: Facts, school: int, date: object, kind: DayKind) -> int | None:
    """A date's day, if it is in the horizon and of a kind."""
    days = [day for day, other in enumerate(facts.days) if other == date]
    return days[0] if days and facts.kind(school, days[0]) is kind else None


def _stretches(kinds: list[DayKind]) -> Iterator[list[int]]:
    """Days of the holidays that weekends and closed days may interrupt, stretch by stretch."""
    between = (DayKind.WEEKEND, DayKind.BANK_HOLIDAY, DayKind.CLOSED)
    found: list[int] = []
    for day, kind in enumerate(kinds):
        if kind is DayKind.HOLIDAY:
            found.append(day)
        elif kind not in between and found:
            yield found
            found = []
    if found:
        yield found
