"""A rota as plain text, week by week, for a terminal of 80 to 120 columns."""

import textwrap
from collections.abc import Iterable, Sequence

from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.exchange.plain_text import one_line
from scheduler.exchange.render.grid import Grid, GridWeek
from scheduler.exchange.render.render_input import RenderInput
from scheduler.exchange.render.report_text import Section, account, headline

WIDTH = 96
"""The width of a line of prose in characters; tables are as wide as they need to be."""

IN = "in"
"""Stands for a day at work without a duty."""

MOST_NAME = 28
"""Longer names are shortened."""


def written(given: RenderInput) -> bytes:
    """The tables, then the report; a draft says so before all else."""
    draft = f"{given.banner}\n\n" if given.banner else ""
    said = report(account(given.result, given.summary))
    table = rota(given.facts, given.plan)
    return f"{draft}{table}\n{headline(given.result)}\n\n{said}".encode()


def rota(facts: Facts, plan: Plan) -> str:
    """People by days, one table for each week, and what the codes mean."""
    grid = Grid(facts, plan)
    if not grid.cells:
        return f"{one_line(facts.problem.name)}\n\nNothing is needed on any of these days.\n"
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
    rows = [[week.title, *(f"{facts.date(day):%a} {facts.date(day).day}" for day in week.days)]]
    kinds = [grid.says_kind(day) for day in week.days]
    if any(kinds):
        rows.append(["", *kinds])
    empty = [_unfilled(grid, day) for day in week.days]
    if any(empty):
        rows.append(["UNFILLED", *empty])
    people = grid.rows_in(week)
    for person, days in people:
        codes = [
            " ".join(line.code for line, _ in duties) or (IN if grid.is_in(person, day) else ".")
            for day, duties in zip(week.days, days, strict=True)
        ]
        name = one_line(grid.label(person))
        rows.append([_shortened(name, facts.staff[person].id), *codes])
    shown = {person for person, _ in people}
    rest = [p for p in facts.staff if p.number not in shown]
    there = [p for p in rest if any(grid.is_in(p.number, day) for day in week.days)]
    notes = []
    if there:
        names = ", ".join(one_line(grid.label(p.number)) for p in there)
        notes.append(
            textwrap.fill(f"At work this week without a duty on the rota: {names}.", WIDTH)
        )
    if others := len(rest) - len(there):
        notes.append(f"Not on the rota this week: {others} of {len(facts.staff)} people.")
    return "\n".join([_columns(rows), *notes])


def _shortened(name: str, id: str) -> str:
    """A name; if it is too long, its beginning and the id, so that no two are alike."""
    return name if len(name) <= MOST_NAME else f"{name[: MOST_NAME - len(id) - 4]}... {id}"


def _unfilled(grid: Grid, day: int) -> str:
    return " ".join(
        line.code if cell.missing == 1 else f"{cell.missing}x{line.code}"
        for line, cell in grid.unfilled(day)
    )


def _legend(grid: Grid) -> str:
    rows = [["Code", "Duty", "Time", "School"]]
    rows += [
        [line.code, one_line(line.name), grid.usual_times(line), one_line(line.school)]
        for place, line in enumerate(grid.lines)
        if any(used == place for used, _ in grid.cells)
    ]
    if grid.facts.attendance.people:
        rows.append([IN, "At work without a duty", "", ""])
    if len(grid.facts.schools) == 1:
        rows = [row[:-1] for row in rows]
    return _columns(rows)


def _columns(rows: Sequence[Sequence[str]]) -> str:
    """Left-aligned columns, with a rule under the first row."""
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def _heading(text: str) -> str:
    title = one_line(text)
    return f"{title}\n{'=' * len(title)}"


def _wrapped(text: str, mark: str) -> str:
    return textwrap.fill(
        one_line(text),
        WIDTH,
        initial_indent=mark,
        subsequent_indent=" " * len(mark),
        break_on_hyphens=False,
    )
