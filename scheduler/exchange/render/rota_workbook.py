"""A rota as an Excel workbook: the grid, the placements, the loads, coverage and the report."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import BytesIO

from xlsxwriter import Workbook

from models.answer.result import Result
from models.answer.summary import Summary
from models.facts.facts import Facts
from scheduler.exchange.render.grid import Grid
from scheduler.exchange.render.placements import COLUMNS, rows
from scheduler.exchange.render.render_input import RenderInput
from scheduler.exchange.render.report_text import account, headline

Row = Sequence[str | int | float | Decimal]


def written(given: RenderInput) -> bytes:
    """Eight sheets, set up for printing; texts are written as texts, never as formulas.

    Every sheet of a draft that breaks musts begins with a line that says so.
    """
    facts, summary = given.facts, given.summary
    out = BytesIO()
    book = Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    sheets: dict[str, Iterable[Row]] = {
        "Rota": _rota(Grid(facts, given.plan)),
        "Placements": [COLUMNS, *rows(facts, given.plan)],
        "Loads": _loads(facts, summary),
        "Hours": _hours(facts, summary),
        "Travel": _travel(facts, summary),
        "Sessions": _sessions(facts, summary),
        "Coverage": _coverage(facts, summary),
        "Report": _report(given.result, summary),
    }
    for name, lines in sheets.items():
        sheet(book, name, lines, given.banner)
    book.close()
    return out.getvalue()


def sheet(book: Workbook, name: str, lines: Iterable[Row], banner: str = "") -> None:
    """A sheet under a heading, set up for A4; numbers are numbers and texts are texts.

    Args:
        book: the workbook.
        name: the name of the sheet.
        lines: the rows, the heading first.
        banner: a line above the heading; none if empty.
    """
    sheet = book.add_worksheet(name)
    heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    top = 1 if banner else 0
    if banner:
        sheet.write_string(0, 0, banner, book.add_format({"bold": True, "font_size": 14}))
    widths: dict[int, int] = {}
    for place, line in enumerate(lines, top):
        for column, value in enumerate(line):
            form = plain if place > top else heading
            if isinstance(value, str):
                sheet.write_string(place, column, value, form)
            else:
                sheet.write_number(place, column, value, form)
            widths[column] = max(widths.get(column, 8), len(str(value)) + 2)
    for column, width in widths.items():
        sheet.set_column(column, column, min(width, 60))
    sheet.freeze_panes(top + 1, 1)
    sheet.repeat_rows(0, top)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&A&RPage &P of &N")


def _rota(grid: Grid) -> Iterable[Row]:
    facts = grid.facts
    days = [day for week in grid.weeks for day in week.days]
    yield ["Person", *(facts.says_day(day) for day in days)]
    for staff in facts.staff:
        turns = [grid.by_person.get((staff.number, day), []) for day in days]
        yield [grid.label(staff.number), *("; ".join(x.name for x, _ in turn) for turn in turns)]


def _loads(facts: Facts, summary: Summary) -> Iterable[Row]:
    yield ["Work", "Person", "Share of full time, %", "Hours", "Days", "Target", "Difference"]
    for pool in summary.pools:
        for load in pool.loads:
            staff = facts.staff[facts.person_number[load.person]]
            yield [
                pool.name,
                staff.name,
                staff.share,
                round(load.minutes / 60, 2),
                load.days,
                load.target / 100,
                load.difference / 100,
            ]


def _hours(facts: Facts, summary: Summary) -> Iterable[Row]:
    """Weeks first, then the allowance years that they count towards; in hours."""
    tags = sorted({tag for week in summary.weeks for tag in week.by_tag})
    yield ["Person", "Period", "Contracted", "Paid", "Planned", "Travel", "Left", "Warning", *tags]
    for week in summary.weeks:
        left = None if week.contracted is None else week.contracted - week.planned - week.travel
        yield [
            facts.name(facts.person_number[week.person]),
            f"Week of {week.week.isoformat()}",
            "" if week.contracted is None else round(week.contracted / 60, 2),
            "",
            round(week.planned / 60, 2),
            round(week.travel / 60, 2),
            "" if left is None else round(left / 60, 2),
            "",
            *(round(week.by_tag.get(tag, 0) / 60, 2) for tag in tags),
        ]
    for year in summary.years:
        taken = year.delivered + year.planned + year.promised + year.reserved
        yield [
            facts.name(facts.person_number[year.person]),
            f"{year.allowance}, {year.first.isoformat()} to {year.last.isoformat()}",
            round(year.allowed / 60, 2),
            "" if year.paid is None else round(year.paid / 60, 2),
            round(taken / 60, 2),
            "",
            round(year.left / 60, 2),
            year.warning or "",
        ]


def _travel(facts: Facts, summary: Summary) -> Iterable[Row]:
    yield ["Person", "Date", "From", "To", "After", "Before", "Minutes"]
    for leg in summary.legs:
        yield [
            facts.name(facts.person_number[leg.person]),
            leg.earliest.date().isoformat(),
            facts.school_name(facts.school_number(leg.leaves)),
            facts.school_name(facts.school_number(leg.reaches)),
            f"{leg.earliest:%H:%M}",
            f"{leg.latest:%H:%M}",
            leg.minutes,
        ]


def _sessions(facts: Facts, summary: Summary) -> Iterable[Row]:
    """A row for each school and session: how many of each role are there, and who holds which
    skill."""
    roles, skills = facts.problem.roles, facts.problem.skills
    yield ["School", "Date", "Session", *roles.values(), *skills.values()]
    for row in summary.sessions:
        yield [
            facts.school_name(facts.school_number(row.school)),
            row.date.isoformat(),
            row.session,
            *(len(row.roles.get(role, ())) for role in roles),
            *(
                ", ".join(facts.name(facts.person_number[p]) for p in row.skills.get(skill, ()))
                for skill in skills
            ),
        ]


def _coverage(facts: Facts, summary: Summary) -> Iterable[Row]:
    yield ["Date", "School", "Duty", "Need", "Needed", "There", "Missing", "Could step in", "Who"]
    for row in summary.coverage:
        yield [
            "" if row.start is None else row.start.date().isoformat(),
            facts.school_name(facts.school_number(row.school)),
            row.name,
            row.need or "",
            row.needed,
            row.there,
            row.missing,
            row.reserve,
            ", ".join(facts.name(facts.person_number[person]) for person in row.people),
        ]


def _report(result: Result, summary: Summary) -> Iterable[Row]:
    yield ["What", "Sentence", "Where"]
    yield ["Result", headline(result)]
    for section in account(result, summary):
        for sentence, under in section.lines:
            yield [section.title, sentence]
            yield from ([section.title, "", smaller] for smaller in under)
