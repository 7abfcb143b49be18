"""The same rota in every format, and files that cannot be read: every fault at its cell."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import xlwt
from openpyxl import Workbook

from scheduler.exchange.grid.build import read_grid
from scheduler.exchange.grid.documents import GridMapping, GridReading
from scheduler.exchange.grid.files import MOST_BYTES, MOST_ROWS
from scheduler.exchange.workbook.sheet_lines import InvalidSheets

TODAY = date(2026, 3, 2)

ROWS: list[list[Any]] = [
    ["Name", "Mon 13 April", "Tue 14 April"],
    ["Ann Lee", "E", "Sick"],
    ["Bob Day", "8.30-3.15", "E"],
    ["E = Early 7.30-9"],
]


def read(raw: bytes) -> GridReading:
    """What is made of a file."""
    return read_grid(raw, GridMapping(), TODAY)


def xlsx(rows: Sequence[Sequence[Any]]) -> bytes:
    """A workbook of one sheet."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = "Rota"
    for row in rows:
        sheet.append(list(row))
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def xls(rows: Sequence[Sequence[Any]]) -> bytes:
    """The same in the format of old."""
    made = xlwt.Workbook()
    sheet = made.add_sheet("Rota")
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if value is not None:
                sheet.write(r, c, value)
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def ods(rows: Sequence[Sequence[Any]], far: str = "") -> bytes:
    """The same as an OpenDocument spreadsheet."""
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{value}</text:p>'
            "</table:table-cell>"
            if value is not None
            else "<table:table-cell/>"
            for value in row
        )
        + "</table:table-row>"
        for row in rows
    )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text", "manifest")
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}><office:body>'
        f'<office:spreadsheet><table:table table:name="Rota">{cells}{far}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", f"<manifest:manifest {spaces}/>")
    return out.getvalue()


def lines(rows: Sequence[Sequence[Any]], sign: str) -> bytes:
    """The same as text."""
    return "\r\n".join(sign.join(map(str, row)) for row in rows).encode()


FORMATS = {
    "xlsx": xlsx(ROWS),
    "xls": xls(ROWS),
    "ods": ods(ROWS),
    "csv": lines(ROWS, ","),
    "csv with semicolons": lines(ROWS, ";"),
    "pasted": lines(ROWS, "\t"),
    "pasted, UTF-16": lines(ROWS, "\t").decode().encode("utf-16"),
    "CSV of a spreadsheet in Britain": lines(ROWS, ",").replace(b"-", "\u2013".encode("cp1252")),
}


@pytest.mark.parametrize("raw", FORMATS.values(), ids=FORMATS)
def test_every_format_says_the_same(raw: bytes) -> None:
    """The same people, duties, absences and placements."""
    reading = read(raw)
    assert reading.schedule is not None
    assert reading.request is not None
    assert [(p.person, p.duty) for p in reading.schedule.placements] == [
        ("ann-lee", "early@2026-04-13"),
        ("bob-day", "08-30-15-15@2026-04-13"),
        ("bob-day", "early@2026-04-14"),
    ]
    assert [len(person.away) for person in reading.request.problem.people] == [1, 0]
    assert reading.questions == ()


# ------------------------------------------------------------------ faults


def faults(raw: bytes) -> list[tuple[str, str]]:
    """The sheet and cell of every fault."""
    with pytest.raises(InvalidSheets) as refused:
        read(raw)
    return [(fault.sheet, fault.cell) for fault in refused.value.faults]


def test_faults_come_all_at_once_each_with_its_cell() -> None:
    """A date that does not exist, a wrong weekday, a formula without a result, an error."""
    rows = [
        ["Name", "Mon 13 April 2026", "Mon 14 April 2026", "31 April 2026", "Thu 16 April 2026"],
        ["Ann Lee", "=B9", "E", "E", "#REF!"],
        ["Total", "=COUNTA(B2:B2)"],
    ]
    assert faults(xlsx(rows)) == [("Rota", "C1"), ("Rota", "D1"), ("Rota", "B2"), ("Rota", "E2")]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\x01\x02\x03",
        b"Dear all, please find the rota attached.",
        b"%PDF-1.7\nstream",
        b"PK\x03\x04 no archive",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        b"x" * (MOST_BYTES + 1),
        b"a,b\n" * (MOST_ROWS + 1),
        xlsx([["Name", "Hours"], ["Ann Lee", 30]]),
        xlsx([]),
        FORMATS["xlsx"][:-900],
        ods([["x"]], '<table:table-row table:number-rows-repeated="900000"><table:table-cell/>'
            '</table:table-row><table:table-row><table:table-cell '
            'table:number-columns-repeated="16000" office:value-type="string"><text:p>x</text:p>'
            "</table:table-cell></table:table-row>"),
    ],
)  # fmt: skip
def test_what_is_no_rota_is_refused(raw: bytes) -> None:
    """With one sentence, and without repeating what was sent."""
    with pytest.raises(InvalidSheets) as refused:
        read(raw)
    (fault,) = refused.value.faults
    assert fault.message.endswith(".")
    assert "Dear all" not in str(fault)


def test_large_merged_blocks_and_far_cells_are_refused_before_they_are_built() -> None:
    """A block over a whole sheet has 17 thousand million cells."""
    made = FORMATS["xlsx"]
    for old, new in (
        (b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
        (b'r="C1"', b'r="XFD1"'),
        (b'<row r="4"', b'<row r="1048576"'),
    ):
        out = BytesIO()
        with ZipFile(BytesIO(made)) as given, ZipFile(out, "w", ZIP_DEFLATED) as taken:
            for name in given.namelist():
                part = given.read(name)
                assert old in part or not name.startswith("xl/worksheets/")
                taken.writestr(name, part.replace(old, new))
        assert faults(out.getvalue()) == [("", "")]


# ------------------------------------------------------------------ names from anywhere


def test_hostile_names_are_text() -> None:
    """Formulas, markup and marks of direction are names like any other, on one line."""
    hostile = ["<img src=x onerror=alert(1)>", "Robert'); DROP TABLE", "\u202eeeL nnA", "../../etc"]
    rows = [ROWS[0], *([name, "E"] for name in hostile), ROWS[3]]
    reading = read(xlsx(rows))
    assert reading.request is not None
    people = reading.request.problem.people
    assert len(people) == len(hostile)
    assert all("\u202e" not in person.name for person in people)
    csv = lines([ROWS[0], ["=HYPERLINK(A1)", "E"], ["'+44", "E"], ROWS[3]], "\t")
    assert {p.id for p in read(csv).people} == {"hyperlink", "44"}


def test_the_same_ids_are_never_given_twice() -> None:
    """Names that differ only in their signs are different people."""
    rows = [ROWS[0], ["Zo\u00eb Day", "E"], ["Zoe Day", "E"], ["\u5f20\u4f1f", "E"], ROWS[3]]
    reading = read(xlsx(rows))
    assert [person.id for person in reading.people] == ["zoe-day", "zoe-day-2", "x"]
