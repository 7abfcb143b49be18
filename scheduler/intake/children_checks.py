"""Children whom a ratio would count as nobody: ended and misspelt ratios, rows that never come."""

import difflib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from models.facts.duties import LookedAfter
from models.facts.facts import Duty, Facts, Stint
from models.problem.problem import Need
from scheduler.intake.validation_errors import Found, Path


def of_children(facts: Facts) -> Iterator[Found]:
    """What would leave children without adults, though a ratio asks for them."""
    by_ratio = [duty for duty in facts.duties if duty.ratio is not None]
    if by_ratio:
        yield from _ended_ratios(facts, by_ratio)
        yield from _misspelt_bands(facts)
        yield from _groups_without_adults(facts)
    yield from _rides(facts)
    for number in never_come(facts):
        row = facts.problem.children[number]
        if row.on is not None or row.weekdays is not None:
            yield (
                ("problem", "children", number),
                "never come: none of their dates is one of their weekdays and of the kinds of day "
                "of `on`. Maybe leave one of them out?",
            )


def never_come(facts: Facts) -> list[int]:
    """The places of rows of children who come on none of the dates of their row."""
    return [
        number
        for number, row in enumerate(facts.problem.children)
        if row.count and not any(facts.comes(row, facts.day(when)) for when in row.dates)
    ]


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that a misspelt one is likely to be, as a hint; or all of a few."""
    words = sorted(set(known))
    near = difflib.get_close_matches(word, words, 1)
    if near or len(words) == 1:
        return f"Maybe `{(near or words)[0]}`?"
    return f"Maybe one of: {', '.join(words[:10])}?" if words else "Maybe it is misspelt?"


def _rides(facts: Facts) -> Iterator[Found]:
    """Rows of children who are brought by what cannot bring them."""
    shifts = {shift.id for shift in facts.problem.shifts}
    for number, row in enumerate(facts.problem.children):
        if row.brought_by is not None and row.brought_by not in shifts:
            yield (
                ("problem", "children", number, "brought_by"),
                "names an activity, whose time is chosen. Maybe a shift brings them?",
            )


def not_brought(facts: Facts) -> dict[str, dict[int, int]]:
    """By the id of a shift, the days on which it does not run though it should bring children,
    with their number."""
    runs = {(occasion.shift, day) for occasion in facts.occasions for day in occasion.days}
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for row in facts.problem.children:
        ride = row.brought_by
        for day in range(len(facts.days)) if ride is not None else ():
            if (ride, day) not in runs and facts.comes(row, day):
                found[ride or ""][day] = found[ride or ""].get(day, 0) + row.count
    return found


class Uncounted(NamedTuple):
    """Children who are there while a duty counts its adults by ratio, but whom no ratio counts."""

    duty: Duty
    stint: Stint
    rows: tuple[int, ...]
    """The places of their rows."""


def uncounted(facts: Facts) -> Iterator[Uncounted]:
    """By duty and time, children who are there and whom no need by ratio counts that day."""
    times = [(d, s) for d in facts.duties if d.ratio is not None for s in d.stints]
    there = {s.number: facts.children_count.there(s, _of(d)) for d, s in times}
    counted: dict[int, set[int]] = defaultdict(set)
    for duty, stint in times:
        bands = _bands(facts, duty.ratio)
        counted[stint.day] |= {n for n in there[stint.number] if _band(facts, n) in bands}
    for duty, stint in times:
        rows = tuple(n for n in there[stint.number] if n not in counted[stint.day])
        if rows:
            yield Uncounted(duty, stint, rows)


def _of(duty: Duty) -> LookedAfter:
    return LookedAfter(duty.shift, duty.group)


def _band(facts: Facts, row: int) -> str:
    return facts.problem.children[row].band


def _bands(facts: Facts, ratio: str | None) -> set[str]:
    return {band for row in facts.problem.ratios if row.id == ratio for band in row.bands}


def _misspelt_bands(facts: Facts) -> Iterator[Found]:
    """Bands of ratios that no child has, while children are there whom no ratio counts."""
    have = {row.band for row in facts.problem.children}
    without: dict[str, set[str]] = defaultdict(set)
    for duty, _, rows in uncounted(facts):
        without[duty.ratio or ""] |= {_band(facts, n) for n in rows}
    for number, row in enumerate(facts.problem.ratios):
        bands = without.get(row.id, set())
        for place, band in enumerate(row.bands if bands else ()):
            likely = difflib.get_close_matches(band, bands, 1)
            if band not in have and (likely or have.isdisjoint(_bands(facts, row.id))):
                yield (
                    ("problem", "ratios", number, "bands", place),
                    "is the band of no children, though there are children whom no ratio counts. "
                    + nearest(band, bands),
                )


def _groups_without_adults(facts: Facts) -> Iterator[Found]:
    """Needs of duties that count their group's adults by ratio, and count nobody though children
    are in the group."""
    paths = _paths(facts)
    said = set()
    for duty, stint, rows in uncounted(facts):
        path = paths.get((duty.shift, duty.need, duty.ratio))
        mine = [facts.duties[n] for n in facts.occasions[duty.occasion].duties]
        if duty.group is None or path is None or path in said or any(d.count for d in mine):
            continue
        said.add(path)
        bands = {band for ratio in facts.problem.ratios for band in ratio.bands}
        bands &= {_band(facts, n) for n in rows}
        ratios = [r.id for r in facts.problem.ratios if not bands.isdisjoint(r.bands)]
        yield (
            path,
            f"counts none of the children who are in its group on "
            f"{facts.date(stint.day).isoformat()}. {nearest(duty.ratio or '', ratios)}",
        )


def _ended_ratios(facts: Facts, duties: Collection[Duty]) -> Iterator[Found]:
    """Needs with a ratio of which no row is in force on a day with children of its bands."""
    paths = _paths(facts)
    said = set()
    for duty in duties:
        path = paths.get((duty.shift, duty.need, duty.ratio))
        bands = _bands(facts, duty.ratio)
        for stint in duty.stints if path is not None and path not in said else ():
            when = facts.date(stint.day)
            if facts.children_count.ratio(duty.ratio or "", when) is None and any(
                _band(facts, n) in bands for n in facts.children_count.there(stint, _of(duty))
            ):
                said.add(path)
                yield (
                    path or (),
                    f"has no row in force on {when.isoformat()}, though children of its bands are "
                    "expected then. Maybe a row should begin earlier, or end later?",
                )
                break


def _paths(facts: Facts) -> dict[tuple[str, str | None, str | None], Path]:
    """Where the ratio of a need is named, by the ids of shift or activity, need and ratio."""
    problem = facts.problem
    found: dict[tuple[str, str | None, str | None], Path] = {}

    def add(id: str, needs: Iterable[Need], path: Path) -> None:
        for place, need in enumerate(needs):
            if need.ratio is not None:
                found.setdefault((id, need.id, need.ratio), (*path, "needs", place, "ratio"))

    for number, activity in enumerate(problem.activities):
        add(activity.id, activity.needs, ("problem", "activities", number))
    for number, shift in enumerate(problem.shifts):
        add(shift.id, shift.needs, ("problem", "shifts", number))
        for place, change in enumerate(shift.exceptions):
            at = ("problem", "shifts", number, "exceptions", place)
            add(shift.id, change.needs or (), at)
    return found
