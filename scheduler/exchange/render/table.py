"""A rota as plain text, week by week, for a terminal of 80 to 120 columns."""

import textwrap
from collections.abc import Iterable, Sequence

from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.exchange.render.grid import Grid, GridWeek
from scheduler.exchange.render.report_text import Section

WIDTH = 96
"""Columns of a line of text; the tables are as wide as they must be."""

MOST_NAME = 28
"""Longer names are cut."""


def rota(facts: Facts, plan: Plan) -> str:
    """People by days, one table for each week, and what the codes mean."""
    grid = Grid(facts, plan)
    if not grid.cells:
        return f"{facts.problem.name}\n\nNothing is needed on any of these days.\n"
    parts = [_heading(facts.problem.name), *(_week(grid, week) for week in grid.weeks)]
    parts.append(_legend(grid))
    return "\n\n".join(parts) + "\n"


def report(sections: Iterable[Section]) -> str:
    """Sentences under headings, wrapped."""
    parts = []
    for section in sections:
        lines = [section.title, "-" * len(section.title)]
        for sentence, under in section.lines:
            lines.append(_wrapped(sentence, "- "))
            lines += [_wrapped(smaller, "    . ") for smaller in under]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _week(grid: Grid, week: GridWeek) -> str:
    facts = grid.facts
    people = grid.people_in(week)
    rows = [[week.title, *(f"{facts.date(day):%a} {facts.date(day).day}" for day in week.days)]]
    kinds = [grid.says_kind(day) for day in week.days]
    if any(kinds):
        rows.append(["", *kinds])
    empty = [_unfilled(grid, day) for day in week.days]
    if any(empty):
        rows.append(["UNFILLED", *empty])
    for person in people:
        turns = [grid.by_person.get((person, day), []) for day in week.days]
        codes = [" ".join(line.code for line, _ in turn) or "." for turn in turns]
        rows.append([_cut(grid.label(person), facts.staff[person].id), *codes])
    others = len(facts.staff) - len(people)
    note = f"\nNot on the rota this week: {others} of {len(facts.staff)} people." if others else ""
    return _columns(rows) + note


def _cut(name: str, id: str) -> str:
    """A name that is too long ends in the id, so that no two are alike."""
    return name if len(name) <= MOST_NAME else f"{name[: MOST_NAME - len(id) - 4]}... {id}"


def _unfilled(grid: Grid, day: int) -> str:
    return " ".join(
        line.code if cell.missing == 1 else f"{cell.missing}x{line.code}"
        for place, line in enumerate(grid.lines)
        for cell in grid.cells.get((place, day), ())
        if cell.missing
    )


def _legend(grid: Grid) -> str:
    rows = [["Code", "Duty", "Time", "School"]]
    rows += [
        [line.code, line.name, grid.usual_times(line), line.school]
        for place, line in enumerate(grid.lines)
        if any(used == place for used, _ in grid.cells)
    ]
    if len(grid.facts.schools) == 1:
        rows = [row[:-1] for row in rows]
    return _columns(rows)


def _columns(rows: Sequence[Sequence[str]]) -> str:
    """Left-aligned columns, a rule under the first row."""
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def _heading(text: str) -> str:
    return f"{text}\n{'=' * len(text)}"


def _wrapped(text: str, mark: str) -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=mark, subsequent_indent=" " * len(mark), break_on_hyphens=False
    )
