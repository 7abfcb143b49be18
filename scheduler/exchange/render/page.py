"""A rota as one printable HTML page: a sheet a week for the wall, then sheets for the office."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from models.answer.summary import Coverage, SiteDay, Summary
from scheduler.exchange.render.grid import Grid, GridCell, GridLine, GridWeek
from scheduler.exchange.render.render_input import RenderInput
from scheduler.exchange.render.report_text import account, headline

_PAGES = Environment(
    loader=PackageLoader("scheduler.exchange.render"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

LETTERS = (("huge", 8, 9), ("large", 16, 12), ("middling", 20, 15))
"""(size of letters, most rows, longest text of a cell), found by trial; beyond these, small."""

Table = list[tuple[str, list[str]]]
"""The rows of a table: a title and a text for each day."""


@dataclass(frozen=True)
class GroupRows:
    """Rows of a week that belong together: those of one group, or those without a group."""

    title: str
    rows: list[tuple[str, str, list[list[GridCell]]]]
    """(name, usual times, the cells of each day)."""


@dataclass(frozen=True)
class Sheet:
    """One week, laid out."""

    week: GridWeek
    heads: list[tuple[str, str]]
    """Each day, and what kind of day it is if that matters."""
    blocks: list[GroupRows]
    without_people: list[list[tuple[str, str, str, str]]]
    """The activities of each day that need only things."""
    letters: str
    """The style class for the size of letters with which the week fits on one A4 sheet."""


def written(given: RenderInput) -> bytes:
    """The page; it fetches nothing, runs nothing, and every text in it is escaped."""
    facts, summary = given.facts, given.summary
    grid = Grid(facts, given.plan)
    page = _PAGES.get_template("page.html.j2").render(
        title=facts.problem.name,
        lang="en-GB",
        banner=given.banner,
        headline=headline(given.result),
        receipt=given.result.receipt,
        grid=grid,
        sheets=[_sheet(grid, week) for week in grid.weeks],
        site_weeks=list(_site_weeks(grid, summary)),
        coverage_weeks=[
            (week, _heads(grid, week), _coverage(grid, week, summary)) for week in grid.weeks
        ],
        diaries=list(_diaries(grid)),
        pools=[
            (
                pool.name,
                [(facts.name(facts.person_number[load.person]), load) for load in pool.loads],
            )
            for pool in summary.pools
        ],
        sections=account(given.result, summary),
    )
    return page.encode()


def _heads(grid: Grid, week: GridWeek) -> list[tuple[str, str]]:
    return [(grid.facts.says_day(day), grid.says_kind(day)) for day in week.days]


# ------------------------------------------------------------------ the rota to hang up


def _sheet(grid: Grid, week: GridWeek) -> Sheet:
    groups = grid.facts.labels.groups
    blocks: dict[str, GroupRows] = {}
    for place, line in grid.lines_in(week):
        duty = line.duties[0]
        title = groups.get(duty.group or "", "") or _beside_groups(grid, line)
        block = blocks.setdefault(title, GroupRows(title, []))
        name = duty.need if duty.need and title == duty.name else line.name
        cells = [grid.cells.get((place, day), []) for day in week.days]
        block.rows.append((name[0].upper() + name[1:], grid.usual_times(line), cells))
    unmanned = [grid.without_people.get(day, []) for day in week.days]
    letters = _letters(grid, blocks.values())
    return Sheet(week, _heads(grid, week), list(blocks.values()), unmanned, letters)


def _letters(grid: Grid, blocks: Collection[GroupRows]) -> str:
    rows = [days for block in blocks for _, _, days in block.rows]
    longest = max(
        (
            len(", ".join(grid.label(person) for person in cell.people))
            for days in rows
            for cells in days
            for cell in cells
        ),
        default=0,
    )
    fits = (name for name, most, wide in LETTERS if len(rows) <= most and longest <= wide)
    return next(fits, "small")


def _beside_groups(grid: Grid, line: GridLine) -> str:
    return line.school if len(grid.facts.schools) > 1 else "Other duties"


# ------------------------------------------------------------------ for the office


def _site_weeks(grid: Grid, summary: Summary) -> Iterator[tuple[str, list[tuple[str, str]], Table]]:
    """For each week and school: who is on site each day, and who there holds which skill."""
    facts = grid.facts
    found = {(row.school, facts.day(row.date)): row for row in summary.site_days}
    for week in grid.weeks:
        for number, school in enumerate(facts.schools):
            days = [found.get((school.id, day)) for day in week.days]
            if any(days):
                title = f"{facts.school_name(number)}, {week.title[0].lower()}{week.title[1:]}"
                yield title, _heads(grid, week), list(_site_rows(grid, days))


def _site_rows(grid: Grid, days: list[SiteDay | None]) -> Iterator[tuple[str, list[str]]]:
    facts = grid.facts

    def names(ids: tuple[str, ...]) -> str:
        return ", ".join(grid.label(facts.person_number[person]) for person in ids) or "NOBODY"

    yield "Adults", ["" if d is None else str(len(d.people)) for d in days]
    yield (
        "Children expected",
        ["" if d is None else str(sum(d.children.values())) for d in days],
    )
    for skill, about in facts.problem.skills.items():
        yield about, ["" if d is None else names(d.skills[skill]) for d in days]
    yield (
        "On site",
        [
            ""
            if d is None
            else "\n".join(
                f"{p.start:%H:%M}-{p.end:%H:%M} {grid.label(facts.person_number[p.person])}"
                for p in sorted(d.people, key=lambda p: (p.start, p.end, p.person))
            )
            for d in days
        ],
    )


def _coverage(grid: Grid, week: GridWeek, summary: Summary) -> Table:
    """How many of the people needed are there, and how many others could step in."""
    rows = {row.duty: row for row in summary.coverage}
    return [
        (
            line.name,
            [
                "\n".join(_covered(rows[cell.duty.id]) for cell in grid.cells.get((place, day), ()))
                for day in week.days
            ],
        )
        for place, line in grid.lines_in(week)
    ]


def _covered(row: Coverage) -> str:
    if row.missing:
        return f"SHORT {row.missing}: {row.there} of {row.needed}"
    return f"{row.there} of {row.needed}, {row.reserve} more could"


def _diaries(grid: Grid) -> Iterator[tuple[str, int, int, str]]:
    """(name, days, minutes, duties with their days) for everybody who is on the rota."""
    facts = grid.facts
    for staff in facts.staff:
        turns = [
            (day, grid.by_person[staff.number, day])
            for week in grid.weeks
            for day in week.days
            if (staff.number, day) in grid.by_person
        ]
        if turns:
            minutes = sum(cell.stint.minutes for _, turn in turns for _, cell in turn)
            dates: dict[str, list[str]] = {}
            for day, turn in turns:
                for line, _ in turn:
                    dates.setdefault(line.name, []).append(facts.says_day(day))
            said = "; ".join(f"{what}: {', '.join(when)}" for what, when in dates.items())
            yield grid.label(staff.number), len(turns), minutes, said
