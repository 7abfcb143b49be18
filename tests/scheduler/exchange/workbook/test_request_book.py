"""A request as a workbook and back: nothing lost, each fault with its cell, bombs refused."""

import csv
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from io import BytesIO, StringIO
from itertools import chain
from pathlib import Path
from typing import Any, get_args
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from openpyxl import load_workbook
from pydantic import ValidationError

from models.problem.calendar import DateRange, WeekCycle
from models.problem.dates import Dates
from models.problem.people import Person, Who
from models.problem.problem import Activity, Children, Need, Problem, Shift, Which
from models.problem.resources import Resource
from models.value import Value
from scheduler.exchange.workbook.cells import Cell, from_cell, to_cell
from scheduler.exchange.workbook.field_types import Shape, shape
from scheduler.exchange.workbook.notation import Misread
from scheduler.exchange.workbook.read_book import read_book
from scheduler.exchange.workbook.request_book import TooLong, as_csv_zip, as_workbook
from scheduler.exchange.workbook.request_rows import Rows, rows_of
from scheduler.exchange.workbook.request_sheets import document_of, request_of
from scheduler.exchange.workbook.sheet_lines import InvalidSheets, SheetFault
from scheduler.exchange.workbook.sheets import tables
from scheduler.intake.parse import read_request
from scheduler.intake.request import RotaRequest
from scheduler.rules import EXAMPLES
from tests.soak import more, tries

ROOT = Path(__file__).parents[4]

REQUESTS = {
    path.stem: read_request(path.read_bytes())
    for path in sorted((ROOT / "examples").glob("*.json"))
}

HOSTILE = (
    "=1+1",
    "@SUM(A1)",
    "+1",
    "-1",
    "'quoted",
    '"',
    "null",
    "[]",
    " edge ",
    "_x0041_",
    "\x01\x7f",
    "\ufffe",
    "yes",
    "1e5",
    "007",
    "2026-01-01",
    "08:30",
    "a;b,c(d):e",
    "\U0001f600",
)
"""Texts that some reader takes for something else."""

NAMES = tuple(text for text in HOSTILE if text.isprintable() or text == "\ufffe")
"""Those that may be a name: one has no control characters."""


# ------------------------------------------------------------------ any values


def scalars(of: Shape) -> SearchStrategy[Any]:
    """Values of a field, as JSON."""
    if of.of == "choice":
        wide = st.integers(1, 9) if of.open else st.nothing()
        return st.sampled_from(of.choices) | wide
    if of.of == "thing":
        assert of.model is not None
        return things(of.model)
    if of.of == "list":
        assert of.item is not None
        return st.lists(scalars(of.item), min_size=1, max_size=2)
    return {
        "text": st.sampled_from(NAMES)
        | st.text(
            st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=12
        ).filter(is_one_line),
        "whole": st.integers(2, 8) | st.integers(0, 100),
        "number": st.floats(1, 1000),
        "yes": st.booleans(),
        "date": st.dates(date(1890, 1, 1)).map(date.isoformat),
        "time": st.times().map(time.isoformat) | st.just("08:30"),
        "moment": st.datetimes(datetime(1890, 1, 1)).map(datetime.isoformat),  # noqa: DTZ001
    }[of.of]


def is_one_line(text: str) -> bool:
    """Whether a text is what people read as a name: one line, and not blank."""
    return len(text.splitlines()) == 1 and bool(text.strip())


def is_id(annotation: Any) -> bool:
    """Whether a field takes an id, or several."""
    parts = annotation if isinstance(annotation, tuple) else get_args(annotation)
    return getattr(annotation, "pattern", None) is not None or any(map(is_id, parts))


@st.composite
def things(draw: DrawFn, model: type[Value], depth: int = 0) -> dict[str, Any]:
    """A valid value of a model, as JSON."""
    document: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        of = shape(field.annotation)
        deep = of.model is model or (of.item is not None and of.item.model is model)
        if not field.is_required() and ((deep and depth > 1) or draw(st.integers(0, 2)) == 0):
            continue
        if deep:
            inner = things(model, depth + 1)
            document[name] = draw(st.lists(inner, min_size=1, max_size=2))
        elif is_id((field.annotation, *field.metadata)):
            id_ = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,5}", fullmatch=True)
            document[name] = draw(id_ if of.of == "text" else st.lists(id_, min_size=1, max_size=3))
        else:
            document[name] = draw(scalars(of))
    found = valid(model, document)
    try:
        model.model_validate(found)
    except ValidationError:
        reject()
    return found


ONE_OF: dict[type[Value], tuple[str, str]] = {
    Need: ("count", "ratio"),
    Activity: ("minutes", "lasts"),
}
"""Fields of which a thing has exactly one."""


def misfit(model: type[Value], document: dict[str, Any]) -> Iterator[str]:
    """A field without which the others fit together."""
    for name in document:
        try:
            model.model_validate({n: v for n, v in document.items() if n != name})
        except ValidationError:
            continue
        yield name
        return


def valid(model: type[Value], document: dict[str, Any]) -> dict[str, Any]:
    """The document, mended until the model takes it."""
    if model in ONE_OF:
        given = [name for name in ONE_OF[model] if name in document]
        document = {n: v for n, v in document.items() if n not in given[1:]}
        document.setdefault((given or ONE_OF[model])[0], 1)
    if model is WeekCycle:
        of = 2 + document["of"] % 7
        document = {"of": of, "on": [1 + n % of for n in document["on"]]}
    needs = document.get("needs") or []
    if len(needs) > 1 and isinstance(needs[0], dict):  # a choice of duties names needs by id
        document["needs"] = [{**need, "id": f"n{n}"} for n, need in enumerate(needs)]
    for low, high in (("first", "last"), ("start", "end")):
        if document.get(low) and document.get(high) and document[high] < document[low]:
            document[low], document[high] = document[high], document[low]
    for _ in range(3):
        try:
            model.model_validate(document)
        except ValidationError as error:
            wrong = {e["loc"][0] for e in error.errors() if e["loc"]}
            wrong = wrong or set(misfit(model, document))
            document = {
                name: value
                for name, value in document.items()
                if name not in wrong or model.model_fields[name].is_required()
            }
        else:
            break
    return document


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.data())
def test_any_value_is_read_back_from_its_cell(data: st.DataObject) -> None:
    """Choices inside choices, windows, needs: what is written is what is read."""
    models: list[type[Value]] = [
        Who,
        Which,
        Need,
        Children,
        Shift,
        Activity,
        Person,
        Dates,
        Resource,
    ]
    model = data.draw(st.sampled_from(models))
    value = model.model_validate(data.draw(things(model)))
    cell = to_cell(value, Shape("thing", model=model))
    assert model.model_validate(from_cell(cell, Shape("thing", model=model))) == value


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.sampled_from('any:;,() "[]peole=skil\\u1'), max_size=40)
    | st.text(max_size=20)
    | st.sampled_from(["(" * 5000, "none: (" * 200, '"\\ud800', "people: a, b; skill: x"])
)
def test_any_text_is_read_or_refused(text: str) -> None:
    """And a refusal does not repeat it."""
    for of in (Shape("thing", model=Who), shape(tuple[Who, ...]), shape(tuple[str, ...])):
        try:
            from_cell(text, of)
        except Misread as error:
            said = str(error)
            assert len(said) < 400


LISTS = [
    name
    for name, field in Problem.model_fields.items()
    if shape(field.annotation).of == "list" and shape(field.annotation).item
]


RANGES = [
    {"first": "1900-01-01", "last": "1900-02-28"},
    {"first": "2026-05-11", "last": "2026-05-11"},
    {"first": "2026-06-01", "last": "2200-12-31"},
]
"""Years are judged where a period's row is read."""


@st.composite
def documents(draw: DrawFn) -> dict[str, Any]:
    """A request of valid values, whether or not they fit together, as JSON."""
    document: dict[str, Any] = REQUESTS["tiny"].problem.model_dump(mode="json")
    for name in draw(st.lists(st.sampled_from(LISTS), unique=True, min_size=3, max_size=8)):
        item = shape(Problem.model_fields[name].annotation).item
        assert item is not None
        assert item.model is not None
        document[name] = draw(st.lists(things(item.model), min_size=1, max_size=2))
    # Rows of other sheets find their owner by its id, which two of a valid request never share.
    slots = (slot for table in tables() for slot in table.slots.values())
    for name in sorted({owner for slot in slots for owner in slot.owners}):
        for number, row in enumerate(document[name]):
            row["id"] = f"{name}{number}"
    document["name"] = draw(st.sampled_from(NAMES))
    document["skills"] = {"a": draw(st.sampled_from(NAMES))}
    document["periods"] = draw(
        st.dictionaries(
            st.sampled_from(["7", "sats-week", "A.b"]),
            st.lists(st.sampled_from(RANGES), max_size=2),
            max_size=2,
        )
    )
    document["published"] = draw(
        st.none()
        | st.just({"placements": []})
        | st.just({"placements": [{"person": "p", "duty": "=d"}], "times": []})
    )
    document["people"][0]["works"] = draw(
        st.sampled_from([None, [], [{}], [{"start": "09:00", "weeks": {"of": 2, "on": [1]}}]])
    )
    shown = draw(st.sampled_from(list(chain.from_iterable(EXAMPLES.values()))))
    rule = shown.rule.model_dump(mode="json") | {"says": draw(st.sampled_from([None, *NAMES]))}
    return {"problem": document, "rules": [rule], "limits": {"seconds": draw(st.floats(0.1, 9))}}


@more
@settings(max_examples=tries(12, 100), deadline=None)
@given(documents())
def test_the_round_trip_loses_nothing(document: dict[str, Any]) -> None:
    """Whatever stands in a request, as rows, in a workbook and as CSV."""
    try:
        request = RotaRequest.model_validate(document)
    except ValidationError:
        reject()
    read, faults = document_of(rows_of(request))
    assert faults == []
    assert RotaRequest.model_validate(read) == request
    for written in (as_workbook(request), as_csv_zip(request)):
        assert RotaRequest.model_validate(document_of(sheets(written))[0]) == request


def sheets(raw: bytes) -> Rows:
    """What stands in a file, without judging it."""
    from scheduler.exchange.archive import members
    from scheduler.exchange.workbook import read_book as module

    parts = members(raw)
    found = module._workbook(raw, parts) if "xl/workbook.xml" in parts else module._csv(parts)  # noqa: SLF001
    assert found[1] == []
    return found[0]


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("write", [as_workbook, as_csv_zip])
def test_an_example_is_read_back_whole(name: str, write: Callable[[RotaRequest], bytes]) -> None:
    """Checked as any request is."""
    assert read_book(write(REQUESTS[name])) == REQUESTS[name]


@pytest.mark.parametrize("kind", EXAMPLES)
def test_every_rule_is_read_back(kind: str) -> None:
    """With its own fields, whatever they are."""
    for example in EXAMPLES[kind]:
        if example.rule.always_on:
            continue
        rules = (example.rule,)
        request = RotaRequest(problem=REQUESTS["tiny"].problem, rules=rules)
        assert RotaRequest.model_validate(document_of(rows_of(request))[0]) == request


# ------------------------------------------------------------------ faults


def changed(**cells: Any) -> list[tuple[str, str, str]]:
    """The faults of the tiny example with other cells: `People_C2="nowhere"`."""
    book = load_workbook(BytesIO(as_workbook(REQUESTS["tiny"])))
    for place, value in cells.items():
        sheet, _, cell = place.rpartition("_")
        book[sheet.replace("_", " ")][cell] = value
    out = BytesIO()
    book.save(out)
    try:
        read_book(out.getvalue())
    except InvalidSheets as invalid:
        return [(f.sheet, f.cell, f.message) for f in invalid.faults]
    return []


def test_what_a_person_types_is_read() -> None:
    """Times and dates as a spreadsheet keeps them, numbers where texts are meant."""
    assert changed() == []
    first = datetime.combine(REQUESTS["tiny"].problem.horizon.first, time())
    typed = {"Rota_B2": 7, "Rota_B7": time(12), "Rota_B4": first}
    assert changed(**typed, People_B2=42, Shifts_F2="8:05") == []


def test_the_rows_of_a_period_may_stand_anywhere() -> None:
    """A period may also have no dates."""
    rows = rows_of(REQUESTS["tiny"])
    may, june = date(2026, 5, 11), date(2026, 6, 1)
    written: list[list[Cell]] = [["sats", may, may], ["audit", "[]", None], ["sats", june, june]]
    read = request_of({**rows, "Periods": [["id", "first", "last"], *written]})
    sats = (DateRange(first=may, last=may), DateRange(first=june, last=june))
    assert read.problem.periods == {"sats": sats, "audit": ()}


def test_a_fault_of_two_cells_stands_at_the_first() -> None:
    """The last day before the first."""
    assert ("Rota", "B4", "last is before first.") in changed(Rota_B5="1999-01-01")


@pytest.mark.parametrize(
    ("cells", "faults"),
    [
        (
            {"People_C2": "nowhere"},
            [("People", "C2", "names none of the schools.")],
        ),
        ({"People_C1": "hom"}, [("People", "C1", "is the heading of a column that is not known.")]),
        (
            {"Needs_D2": "ten"},
            [("Needs", "D2", "must be a whole number.")],
        ),
        (
            {"Needs_A2": "elsewhere"},
            [("Needs", "A2", "names nothing on the sheet Shifts or Activities.")],
        ),
        (
            {"Needs_D2": True},
            [("Needs", "D2", "must be a whole number.")],
        ),
        ({"Needs_C2": "skil: x"}, [("Needs", "C2", "has a part that is not known.")]),
        ({"Rules_A2": "covr"}, [("Rules", "A2", "is of a kind of rule that is not known.")]),
        (
            {"Rules_G2": "mst", "Rules_H2": 3},
            [("Rules", "G2", "is not a parameter of this kind of rule.")],
        ),
        ({"Rules_C2": "soon"}, [("Rules", "C2", "must be 'must', or must be a whole number.")]),
        ({"Rota_A2": "nme"}, [("Rota", "A2", "is not a setting.")]),
        ({"Shifts_Z9": 5}, [("Shifts", "Z9", "stands under no known heading.")]),
        ({"People_B2": "=1+1"}, [("People", "B2", "holds a formula, which is not read.")]),
        ({"People_B2": "#N/A"}, [("People", "B2", "holds an error, which is not read.")]),
        (
            {"Periods_A2": "two words", "Periods_B2": "[]"},
            [
                (
                    "Periods",
                    "A2",
                    "must be letters, digits, dots, dashes and underscores, and begin with a "
                    "letter or digit.",
                )
            ],
        ),
        ({"Periods_A2": "audit"}, [("Periods", f"{c}2", "is missing.") for c in "BC"]),
        ({"Periods_B2": date(2026, 5, 11)}, [("Periods", f"{c}2", "is missing.") for c in "AC"]),
        (
            {"Periods_A2": "audit", "Periods_B2": "[]", "Periods_C2": date(2026, 5, 11)},
            [("Periods", "B2", "must be a date, such as 2026-04-20.")],
        ),
        (
            {"Periods_A2": "audit", "Periods_B2": "2026-05-12", "Periods_C2": "2026-05-11"},
            [("Periods", "A2", "last is before first.")],
        ),
        (
            {"Periods_A2": "audit", "Periods_B2": "2026-05-11", "Periods_C2": "9999-12-31"},
            [("Periods", "C2", "must be between the years 1900 and 2200.")],
        ),
        (
            {"Bookings_A2": "hall"},
            [("Bookings", "A2", "names nothing on the sheet Resources.")],
        ),
        (
            {"Resources_A2": "hall", "Resources_B2": "Hall", "Bookings_A2": "hall"},
            [("Bookings", f"{c}2", "is missing.") for c in "BC"],
        ),
        (
            {"Uses_A2": "club", "Uses_B2": "hall"},
            [("Uses", "A2", "names nothing on the sheet Shifts or Activities.")],
        ),
        ({"Times_B2": "ill"}, [("Times", "B2", "must be one of: works, away, agreed to.")]),
    ],
)
def test_a_fault_has_its_sheet_and_cell(
    cells: dict[str, Any], faults: list[tuple[str, str, str]]
) -> None:
    """And says what to do, without what stood there."""
    found = changed(**cells)
    for fault in faults:
        assert fault in found, found


def test_all_faults_come_at_once() -> None:
    """Of all sheets."""
    found = changed(People_C2="nowhere", Needs_C2="skil: x", Rules_A2="covr", Rota_B6="never")
    assert {sheet for sheet, *_ in found} == {"People", "Needs", "Rules", "Rota"}


def test_a_sheet_that_is_not_known() -> None:
    """Is not passed over, since somebody filled it in."""
    rows = rows_of(REQUESTS["tiny"])
    with pytest.raises(InvalidSheets) as invalid:
        request_of({**rows, "Peple": [["id"], ["x"]]})
    assert [(f.sheet, f.cell) for f in invalid.value.faults] == [("Peple", "")]


# ------------------------------------------------------------------ what spreadsheets see


def test_the_workbook_helps_to_fill_it_in() -> None:
    """Drop-downs for choices and names, a note on the headings, sentences for the rules."""
    book = load_workbook(BytesIO(as_workbook(REQUESTS["summer-hub"])))
    people = book["People"]
    offered = {
        str(v.sqref).partition(":")[0]: v.formula1 for v in people.data_validations.dataValidation
    }
    assert offered["C2"] == "'Schools'!$A$2:$A$503"
    assert people["C1"].comment is not None
    assert book["Rules"]["B2"].value == "Everybody the children need is there."
    kinds = [v.formula1 for v in book["Rules"].data_validations.dataValidation]
    assert any("'Rulebook'!$A$2" in kind for kind in kinds)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_is_a_formula(text: str) -> None:
    """Neither in the workbook nor in the CSV."""
    problem = REQUESTS["tiny"].problem.model_copy(update={"name": text})
    request = RotaRequest(problem=problem)
    book = load_workbook(BytesIO(as_workbook(request)))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    with ZipFile(BytesIO(as_csv_zip(request))) as archive:
        lines = csv.reader(StringIO(archive.read("Rota.csv").decode("utf-8-sig"), newline=""))
        cells = [cell for line in lines for cell in line]
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@", "\t"))]


def test_a_value_too_long_for_a_cell() -> None:
    """Is said, and not cut; CSV takes it."""
    tiny = REQUESTS["tiny"].model_dump(mode="json")
    many = [f"person-number-{n}" for n in range(3000)]
    tiny["problem"]["shifts"][0]["needs"][0]["who"] = {"people": many}
    request = RotaRequest.model_validate(tiny)
    with pytest.raises(TooLong, match=r"Needs!C2"):
        as_workbook(request)
    assert RotaRequest.model_validate(document_of(sheets(as_csv_zip(request)))[0]) == request


# ------------------------------------------------------------------ what is refused


def packed(parts: dict[str, bytes]) -> bytes:
    """A zip."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def with_part(name: str, part: bytes) -> bytes:
    """The tiny workbook with another part."""
    with ZipFile(BytesIO(as_workbook(REQUESTS["tiny"]))) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    return packed({**parts, name: part})


SHEET = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b"%s</sheetData></worksheet>"
)

ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "no archive"),
    "cut off": (lambda: b"PK\x03\x04 and nothing", "no archive"),
    "something else": (lambda: packed({"a.txt": b""}), "neither a workbook"),
    "damaged": (lambda: packed({"xl/workbook.xml": b"<x"}), "damaged"),
    "open quote": (lambda: packed({"People.csv": b'"open'}), "not CSV"),
    "not UTF-8": (lambda: packed({"People.csv": b"\xff"}), "not CSV"),
    "many rows of CSV": (lambda: packed({"People.csv": b"id\n" * 30_000}), "more rows"),
    "bomb": (lambda: packed({"bomb": bytes(100 * 2**20)}), "unpacks to more"),
    "entities": (lambda: with_part("xl/sharedStrings.xml", ENTITIES), "XML declarations"),
    "many rows": (
        lambda: with_part(
            "xl/worksheets/sheet2.xml", SHEET % b'<row r="1048576"><c r="A1"/></row>'
        ),
        "more than 20000 rows",
    ),
    "far away": (
        lambda: with_part(
            "xl/worksheets/sheet2.xml", SHEET % b'<row><c s="1" r="CW7"><v>5</v></c></row>'
        ),
        "something in CW7 of a sheet",
    ),
    "many cells": (
        lambda: with_part("xl/worksheets/sheet2.xml", SHEET % (b"<row>" + b"<c/>" * 1_000_001)),
        "more than 1000000 cells",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_workbook_is_refused(what: str) -> None:
    """Soon, and in words."""
    raw, said = REFUSED[what]
    with pytest.raises(InvalidSheets, match=said):
        read_book(raw())


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_a_damaged_workbook_is_read_or_refused(data: st.DataObject) -> None:
    """Whichever byte was lost."""
    whole = as_workbook(REQUESTS["tiny"])
    with ZipFile(BytesIO(whole)) as archive:
        names = sorted(info.filename for info in archive.infolist())
        name = data.draw(st.sampled_from(names))
        part = archive.read(name)
    low = data.draw(st.integers(0, len(part)))
    high = data.draw(st.integers(low, min(len(part), low + 50)))
    damaged = part[:low] + data.draw(st.binary(max_size=5)) + part[high:]
    faults: tuple[SheetFault, ...] | None = None
    try:
        read_book(with_part(name, damaged))
    except InvalidSheets as invalid:
        faults = invalid.faults
    assert faults != ()
