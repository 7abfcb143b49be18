"""What goes out, in each format, on a rota with hostile names."""

import csv
import json
import time
from html.parser import HTMLParser
from io import BytesIO, StringIO
from typing import Any

import icalendar
import pytest
from openpyxl import load_workbook

from models.answer.result import Draft, Level, Receipt, Result, ResultStatus
from models.answer.schedule import Schedule
from models.answer.summary import ScheduleAnswer
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Placement, Problem
from scheduler.exchange.render.formats import FORMATS, REGISTRY, Format, render
from scheduler.exchange.render.render_input import DRAFT_BANNER
from scheduler.rulebook.check import check
from scheduler.rules import RULES

HOSTILE = '=HYPERLINK("x")<script>alert(1)</script>'

PROBLEM: dict[str, Any] = {
    "name": "Hub & <b>club</b>",
    "horizon": {"first": "2026-03-27", "last": "2026-03-31"},
    "as_of": "2026-03-20",
    "skills": {"pfa": "Paediatric first aid"},
    "schools": [{"id": "OAK", "name": "Oakfield"}],
    "people": [
        {"id": "p1", "name": HOSTILE, "home": "OAK", "skills": [{"skill": "pfa"}]},
        {"id": "p2", "name": "+Bob", "home": "OAK", "away": [{"first": "2026-03-30"}]},
        {"id": "p3", "name": "Cat", "home": "OAK", "away": [{}]},
    ],
    "children": [
        {
            "id": "CHILD7",
            "band": "KS1",
            "count": 3,
            "at": "OAK",
            "groups": ["pod"],
            "dates": {"first": "2026-03-27", "last": "2026-03-31"},
        }
    ],
    "groups": [{"id": "pod", "name": "Pod 1", "school": "OAK"}],
    "shifts": [
        {
            "id": "day",
            "name": "Day",
            "school": "OAK",
            "group": "pod",
            "start": "09:00",
            "end": "15:30",
            "needs": [{"id": "lead", "count": 1}, {"id": "support", "count": 1}],
        }
    ],
    "published": {"placements": [{"person": "p1", "duty": "day/lead@2026-03-27"}]},
}

PLACED = (
    ("p1", "day/lead@2026-03-27"),
    ("p2", "day/support@2026-03-27"),
    ("p1", "day/lead@2026-03-30"),
)

RULE = RULES["cover"]()
FACTS = Facts(Problem.model_validate(PROBLEM))
SCHEDULE = Schedule.model_validate(
    {
        "placements": [Placement(person=p, duty=d) for p, d in PLACED],
        "groups": [{"children": "CHILD7", "group": "pod"}],
    }
)
PLAN = Plan.of(FACTS, SCHEDULE)
REPORT = check(FACTS, [RULE], PLAN)
RECEIPT = Receipt(
    input_hash="0" * 64,
    version="0",
    ortools="0",
    python="3",
    seed=1,
    workers=1,
    seconds=1,
    reproducible=False,
    strategy="by hand",
)
RESULT = Result(
    status=ResultStatus.OPTIMAL,
    schedule=SCHEDULE,
    report=REPORT,
    levels=(Level(priority=1, value=3, bound=3),),
    receipt=RECEIPT,
)
DRAFT = Result(
    status=ResultStatus.IMPOSSIBLE,
    draft=Draft(schedule=SCHEDULE, report=REPORT),
    receipt=RECEIPT,
)


def written(format: Format, result: Result = RESULT, **options: Any) -> bytes:
    """The rota above in a format."""
    return render(format, FACTS, PLAN, result, rules=[RULE], **options)[0]


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_written_does_not_depend_on_the_clock(
    format: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same rota gives the same bytes in another zone, a workbook's own date apart."""
    before = written(format)
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    after = written(format)
    monkeypatch.undo()
    time.tzset()
    if format == "xlsx":
        books = [load_workbook(BytesIO(content)) for content in (before, after)]
        cells = [[list(sheet.values) for sheet in book] for book in books]
        assert cells[0] == cells[1]
    else:
        assert before == after


def test_the_json_is_read_back_whole() -> None:
    """As the answer it was written from."""
    answer = ScheduleAnswer.model_validate_json(written("json"))
    assert answer.result == RESULT
    assert answer.summary is not None
    assert {load.person for load in answer.summary.pools[0].loads} == {"p1", "p2"}


# ------------------------------------------------------------------ spreadsheets


def test_no_cell_of_the_csv_is_a_formula() -> None:
    """A name that would be one is led by an apostrophe; one row for each placement."""
    rows = list(csv.DictReader(StringIO(written("csv").decode(), newline="")))
    assert [(row["person_id"], row["start"]) for row in rows] == [
        ("p1", "2026-03-27T09:00"),
        ("p2", "2026-03-27T09:00"),
        ("p1", "2026-03-30T09:00"),
    ]
    assert {row["person"] for row in rows} == {"'" + HOSTILE, "'+Bob"}
    assert rows[0]["group"] == "Pod 1"


def test_no_cell_of_the_workbook_is_a_formula() -> None:
    """Texts stay texts, and the sheets say who works when."""
    book = load_workbook(BytesIO(written("xlsx")))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any(cell.value == HOSTILE for cell in cells)
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    rota = {row[0]: row[1:] for row in book["Rota"].iter_rows(values_only=True)}
    assert rota["Person"][0] == "Fri 27 Mar"
    assert rota["+Bob"][0] == "Day, support"
    loads = {row[1]: row[4:] for row in book["Loads"].iter_rows(min_row=2, values_only=True)}
    assert loads[HOSTILE] == (2, 1.5, 0.5)
    assert loads["+Bob"] == (1, 1.5, -0.5)


# ------------------------------------------------------------------ calendars


def test_a_calendar_keeps_local_times_over_the_clock_change() -> None:
    """Nine o'clock before and after the last Sunday of March, with the zone written out."""
    calendar = icalendar.Calendar.from_ical(written("ics", person="p1"))
    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == ["Europe/London"]
    starts = [event.decoded("dtstart") for event in calendar.walk("VEVENT")]
    assert [start.isoformat() for start in starts] == [
        "2026-03-27T09:00:00+00:00",
        "2026-03-30T09:00:00+01:00",
    ]
    states = [str(event["status"]) for event in calendar.walk("VEVENT")]
    assert states == ["CONFIRMED", "TENTATIVE"]


def test_an_event_keeps_its_uid_when_others_change() -> None:
    """So that a calendar moves it and does not double it."""
    few = Plan.of(FACTS, SCHEDULE.model_copy(update={"placements": SCHEDULE.placements[:1]}))
    content, _ = render("ics", FACTS, few, RESULT)
    fewer = {e["uid"] for e in icalendar.Calendar.from_ical(content).walk("VEVENT")}
    every = {e["uid"] for e in icalendar.Calendar.from_ical(written("ics")).walk("VEVENT")}
    assert len(every) == 3
    assert fewer < every


def test_a_calendar_of_nobody() -> None:
    """Is refused, and not empty."""
    with pytest.raises(KeyError):
        written("ics", person="nobody")


@pytest.mark.parametrize("format", ["ics", "csv"])
def test_no_child_is_named(format: Format) -> None:
    """Not even by an opaque id."""
    assert b"CHILD7" not in written(format)


def test_children_stand_by_their_ids_on_the_sheets_for_the_office_only() -> None:
    """The person who opens the doors must know who goes where; the wall need not."""
    wall, office = written("html").split(b'<section class="office">')
    assert b"CHILD7" not in wall
    assert b"Pod 1: CHILD7." in office


# ------------------------------------------------------------------ the page


class Page(HTMLParser):
    """What a browser would see: tags with their attributes, and the text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember a tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Remember a text."""
        self.text += data


def test_the_page_runs_and_fetches_nothing() -> None:
    """No script, no address, and hostile names are text."""
    page = Page(written("html").decode())
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object", "b"}
    assert not [a for _, attrs in page.tags for a in attrs if a in ("src", "href", "onclick")]
    assert HOSTILE in page.text
    assert "Hub & <b>club</b>" in page.text


def test_the_page_can_be_read_aloud() -> None:
    """A language, a caption for each table, a scope for each heading."""
    page = Page(written("html").decode())
    assert dict(page.tags)["html"] == {"lang": "en-GB"}
    names = [tag for tag, _ in page.tags]
    assert names.count("table") == names.count("caption") > 0
    assert all("scope" in attrs for tag, attrs in page.tags if tag == "th")


def test_an_empty_place_is_said_in_words() -> None:
    """And not by colour only."""
    assert "UNFILLED" in Page(written("html").decode()).text


@pytest.mark.parametrize("format", FORMATS)
def test_a_draft_says_so_before_all_else(format: Format) -> None:
    """A schedule that breaks musts cannot be mistaken for a rota; exceptions have a reason."""
    assert DRAFT_BANNER not in " ".join(texts(format, written(format)))
    said = texts(format, written(format, DRAFT))
    if REGISTRY[format].without_banner:
        assert not any(DRAFT_BANNER in text for text in said)
    else:
        assert next(n for n, text in enumerate(said) if DRAFT_BANNER in text) <= next(
            n for n, text in enumerate(said) if "Hub" in text or "Person" in text
        )


def test_every_sheet_and_event_of_a_draft_says_so() -> None:
    """Each is seen alone."""
    book = load_workbook(BytesIO(written("xlsx", DRAFT)))
    assert {sheet.cell(1, 1).value for sheet in book} == {DRAFT_BANNER}
    events = icalendar.Calendar.from_ical(written("ics", DRAFT)).walk("VEVENT")
    assert {str(event["status"]) for event in events} == {"TENTATIVE"}


# ------------------------------------------------------------------ hostile names

HOSTILE_NAMES = {
    "formula": ("=1+1 Ann", "x1+1 Ann"),
    "wide formula": ("\uff1d1+1 Ann", "x1+1 Ann"),
    "markup": ("</td><b>Ann</b>&", "x/td..b.Ann./b.x"),
    "right to left": ("Ann\u202enaN", "AnnnaN"),
    "property": ("Ann;X=1:2,3\\n", "AnnxX.1.2.3.n"),
}
"""Names that would do something if they were not written as mere text, each with a harmless one of
the same width."""


def named(format: Format, name: str) -> bytes:
    """The rota with a person and a duty of this name."""
    people = [{**PROBLEM["people"][0], "name": name}, *PROBLEM["people"][1:]]
    shifts = [{**PROBLEM["shifts"][0], "name": name}]
    facts = Facts(Problem.model_validate({**PROBLEM, "people": people, "shifts": shifts}))
    plan = Plan.of(facts, SCHEDULE)
    result = RESULT.model_copy(update={"report": check(facts, [RULE], plan)})
    return render(format, facts, plan, result, rules=[RULE])[0]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("kind", HOSTILE_NAMES)
def test_a_hostile_name_is_mere_text(format: Format, kind: str) -> None:
    """It leaves the form of the document as it is: no formula, tag, line or property is added."""
    hostile, harmless = HOSTILE_NAMES[kind]
    assert form(format, named(format, hostile)) == form(format, named(format, harmless))


def texts(format: Format, content: bytes) -> list[str]:
    """What a reader of a format sees, piece by piece; a new format needs a line here."""
    if format == "xlsx":
        book = load_workbook(BytesIO(content))
        return [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    if format == "html":
        return [Page(content.decode()).text]
    if format == "ics":
        return str(icalendar.Calendar.from_ical(content).to_ical().decode()).splitlines()
    assert format in ("text", "json", "csv", "payroll")
    return content.decode().splitlines()


def form(format: Format, content: bytes) -> Any:
    """A document without its texts; a new format needs a line here."""
    if format == "xlsx":
        book = load_workbook(BytesIO(content))
        return [[[c.data_type for c in row] for row in sheet.iter_rows()] for sheet in book]
    if format == "html":
        return [(tag, list(attributes)) for tag, attributes in Page(content.decode()).tags]
    if format == "ics":
        calendar = icalendar.Calendar.from_ical(content)
        return [[name for name, _ in part.property_items()] for part in calendar.walk()]
    if format in ("csv", "payroll"):
        rows = list(csv.reader(StringIO(content.decode(), newline=""), strict=True))
        cells = [cell for row in rows for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\uff1d"))]
        return [len(row) for row in rows]
    if format == "json":
        return shape(json.loads(content))
    assert format == "text"
    said = content.decode()
    assert not set(said) & {"\u202e", "\u2028", "\t", "\r"}
    return [line.startswith("UNFILLED") for line in said.split("\n")]


def shape(value: Any) -> Any:
    """A JSON document without its texts."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value]
    return "" if isinstance(value, str) else value


# ------------------------------------------------------------------ the terminal


def test_the_table_has_a_line_for_each_person_in_each_week() -> None:
    """With codes that the legend explains, and the empty places on top."""
    lines = written("text").decode().splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith("Week of Fri 27 Mar 2026"))
    assert [line.split() for line in lines[first + 2 : first + 4]] == [
        [HOSTILE[:22] + "...", "p1", "Dl"],
        ["+Bob", "Ds"],
    ]
    assert "Not on the rota this week: 1 of 3 people." in lines
    second = next(n for n, line in enumerate(lines) if line.startswith("Week of Mon 30 Mar 2026"))
    assert lines[second + 2].split() == ["UNFILLED", "Ds", "Dl", "Ds"]
    legend = next(n for n, line in enumerate(lines) if line.startswith("Code"))
    assert lines[legend + 2].split() == ["Dl", "Day,", "lead", "09:00-15:30"]


def test_what_was_proved_best_is_not_called_a_failure() -> None:
    """A goal is never met in full; it is as near as can be, or it is not."""
    assert "As far as can be: Every duty has the people it needs. (3 people)" in said(bound=3)
    assert "Not met: Every duty has the people it needs. (3 people)" in said(bound=2)


def said(bound: int) -> str:
    """The text where this much was proved."""
    levels = (Level(priority=1, value=3, bound=bound),)
    return written("text", RESULT.model_copy(update={"levels": levels})).decode()
