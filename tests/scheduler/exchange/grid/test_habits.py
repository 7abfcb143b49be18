"""Twenty sheets of different habits, made as schools make them, each with what must come out."""

from collections.abc import Callable, Mapping
from datetime import date, time
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import PatternFill

from models.answer.schedule import Schedule
from scheduler.exchange.grid.build import read_grid
from scheduler.exchange.grid.documents import CodeMeaning, GridMapping, GridReading

TODAY = date(2026, 3, 2)

Table = list[list[Any]]

APRIL: list[Any] = ["Mon 13 April", "Tue 14 April", "Wed 15 April", "Thu 16 April", "Fri 17 April"]

KEY: Table = [[], ["E = Early 7.30-9.00"], ["L = Late (3.15-6pm)"]]


def book(sheets: Mapping[str, Table], dress: Callable[[Workbook], None] | None = None) -> bytes:
    """A workbook of these sheets, with whatever colours and merges are put on."""
    made = Workbook()
    made.remove(made.active)  # type: ignore[arg-type]  # a new one has a sheet
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    if dress is not None:
        dress(made)
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def read(raw: bytes, **mapping: Any) -> GridReading:
    """What is made of a file."""
    return read_grid(raw, GridMapping(**mapping), TODAY)


def rota(reading: GridReading) -> set[str]:
    """The schedule as people read it: "Ann Lee 13 Apr Early"."""
    assert reading.request is not None
    assert isinstance(reading.schedule, Schedule)
    names = {p.id: p.name for p in reading.request.problem.people}
    shifts = {s.id: s.name for s in reading.request.problem.shifts}
    found = set()
    for placement in reading.schedule.placements:
        shift, _, day = placement.duty.partition("@")
        found.add(f"{names[placement.person]} {date.fromisoformat(day):%-d %b} {shifts[shift]}")
    return found


def away(reading: GridReading) -> set[str]:
    """Who is away, and when."""
    assert reading.request is not None
    return {
        f"{p.name} {w.first:%-d %b}" + ("" if w.first == w.last else f" to {w.last:%-d %b}")
        for p in reading.request.problem.people
        for w in p.away
        if w.first and w.last
    }


def asked(reading: GridReading) -> dict[str, str]:
    """From where each answer goes to the cell that it is about."""
    return {question.answer: question.at for question in reading.questions}


def times(reading: GridReading) -> dict[str, tuple[time, time]]:
    """When each duty begins and ends."""
    assert reading.request is not None
    return {s.name: (s.start, s.end) for s in reading.request.problem.shifts}


# ------------------------------------------------------------------ twenty habits


def test_1_names_down_and_dates_across_with_a_key() -> None:
    """The commonest sheet: nothing is unclear."""
    rows: Table = [
        ["Name", *APRIL],
        ["Ann Lee", "E", "L", "E", None, "L"],
        ["Bob Day", "L", "E"],
        *KEY,
    ]
    reading = read(book({"Rota": rows}))
    assert rota(reading) == {
        "Ann Lee 13 Apr Early",
        "Ann Lee 14 Apr Late",
        "Ann Lee 15 Apr Early",
        "Ann Lee 17 Apr Late",
        "Bob Day 13 Apr Late",
        "Bob Day 14 Apr Early",
    }
    assert times(reading) == {
        "Early": (time(7, 30), time(9)),
        "Late": (time(15, 15), time(18)),
    }
    assert reading.questions == ()


def test_2_turned_with_dates_down() -> None:
    """Names stand in the first row, and a place is that of the sheet as it was sent."""
    rows: Table = [["", "Ann Lee", "Bob Day", "Cat Orr"]]
    rows += [[day, "E", None, "Q1"] for day in APRIL]
    reading = read(book({"Rota": [*rows, *KEY]}))
    assert rota(reading) >= {"Ann Lee 17 Apr Early", "Cat Orr 13 Apr Q1"}
    assert reading.sheets[0].turned
    assert asked(reading) == {"/codes/Q1": "Rota!D2"}
    assert len(reading.people) == 3


def test_3_duties_down_with_names_in_the_cells() -> None:
    """Two people in a cell are two people; an empty cell is a place that nobody fills."""
    rows: Table = [
        ["Duty", "Time", *APRIL],
        ["Gate", "8.30-8.50", "Ann Lee", "Bob Day", "Ann Lee", None, "Ann Lee"],
        ["Breakfast club", "7.30-8.45", "Ann Lee & Cat Orr", "Cat Orr/Bob Day", "Cat Orr"],
    ]
    reading = read(book({"Duties": rows}))
    assert reading.sheets[0].rows == "duties"
    assert rota(reading) == {
        "Ann Lee 13 Apr Gate",
        "Bob Day 14 Apr Gate",
        "Ann Lee 15 Apr Gate",
        "Ann Lee 17 Apr Gate",
        "Ann Lee 13 Apr Breakfast club",
        "Cat Orr 13 Apr Breakfast club",
        "Cat Orr 14 Apr Breakfast club",
        "Bob Day 14 Apr Breakfast club",
        "Cat Orr 15 Apr Breakfast club",
    }
    assert times(reading)["Gate"] == (time(8, 30), time(8, 50))
    assert reading.request is not None
    gate = reading.request.problem.shifts[0]
    assert date(2026, 4, 16) in gate.dates
    assert reading.questions == ()


def test_4_a_week_on_each_sheet() -> None:
    """The titles say which week, and the headings only the weekday."""
    days = ["Staff", "Mon", "Tues", "Weds", "Thurs", "Fri"]
    sheets: dict[str, Table] = {
        "wc 13 April": [days, ["Ann Lee", "E"], ["Bob Day", None, "L"], *KEY],
        "wc 20 April": [days, ["Ann Lee", None, "E"], ["Bob Day", "L"]],
    }
    reading = read(book(sheets))
    assert rota(reading) == {
        "Ann Lee 13 Apr Early",
        "Bob Day 14 Apr Late",
        "Ann Lee 21 Apr Early",
        "Bob Day 20 Apr Late",
    }
    assert reading.questions == ()


def test_5_merged_titles_and_merged_days() -> None:
    """Week titles over their days, and one cell over several days."""

    def dress(made: Workbook) -> None:
        sheet = made["Rota"]
        for block in ("A1:K1", "B2:F2", "G2:K2", "C4:E4"):
            sheet.merge_cells(block)

    rows: Table = [
        ["Oakfield Primary staff rota, summer term"],
        ["", "Week commencing 13th April 2026", "", "", "", "", "Week commencing 27/4/26"],
        ["Name", *["Mon", "Tue", "Wed", "Thu", "Fri"] * 2],
        ["Ann Lee", "E", "L", None, None, None, "E"],
        ["Bob Day", None, "E"],
        *KEY,
    ]
    reading = read(book({"Rota": rows}, dress))
    assert rota(reading) == {
        "Ann Lee 13 Apr Early",
        "Ann Lee 14 Apr Late",
        "Ann Lee 15 Apr Late",
        "Ann Lee 16 Apr Late",
        "Ann Lee 27 Apr Early",
        "Bob Day 14 Apr Early",
    }


def test_6_a_year_that_is_missing() -> None:
    """The weekdays are right in it, or else it is the nearest; December runs into January."""
    rows: Table = [["Name", "Wed 30/12", "Thu 31/12", "Fri 1/1"], ["Ann Lee", "E", "E", "E"], *KEY]
    reading = read(book({"Rota": rows}), near=date(2026, 9, 1))
    assert reading.sheets[0].first == date(2026, 12, 30)
    assert reading.sheets[0].last == date(2027, 1, 1)
    plain: Table = [["Name", "6/4", "7/4"], ["Ann Lee", "E", "E"], *KEY]
    assert read(book({"Rota": plain})).sheets[0].first == date(2026, 4, 6)
    assert read(book({"Rota": plain}), near=date(2030, 1, 1)).sheets[0].first == date(2030, 4, 6)


def test_7_one_person_written_in_three_ways() -> None:
    """T. Smith, TS and Tom are one; a guess is asked about, a full name is not."""
    days = ["Staff", *APRIL]
    sheets: dict[str, Table] = {
        "wc 13 April": [days, ["T. Smith", "E"], ["Ann Lee", "L"], *KEY],
        "Cover": [days, ["TS", None, "E"], ["Lee, Ann", None, "L"]],
        "Club": [days, ["Tom", None, None, "E"], ["Mrs Lee", None, None, "L"]],
    }
    reading = read(book(sheets))
    people = {person.name: set(person.written) for person in reading.people}
    assert people == {
        "T. Smith": {"T. Smith", "TS", "Tom"},
        "Ann Lee": {"Ann Lee", "Lee, Ann", "Mrs Lee"},
    }
    assert set(asked(reading)) == {"/people/TS", "/people/Tom"}
    known = read(book(sheets), people={"T. Smith": "Tom Smith"})
    assert {person.name for person in known.people} == {"Tom Smith", "Ann Lee"}
    assert known.questions == ()


def test_8_two_duties_in_a_cell() -> None:
    """With a stroke, a comma, a plus, a line break; but A/L is one word."""
    rows: Table = [
        ["Name", *APRIL],
        ["Ann Lee", "E/L", "E, L", "E + L", "E\nL", "A/L"],
        ["Bob Day", "L", "L"],
        *KEY,
    ]
    reading = read(book({"Rota": rows}))
    for day in (13, 14, 15, 16):
        assert rota(reading) >= {f"Ann Lee {day} Apr Early", f"Ann Lee {day} Apr Late"}
    assert away(reading) == {"Ann Lee 17 Apr"}


def test_9_times_in_the_cells() -> None:
    """Each range of times is a duty; afternoons need no pm."""
    rows: Table = [
        ["Name", *APRIL],
        ["Ann Lee", "8.30-3.15", "8:30 - 15:15", "8.30am to 3.15pm", "0830-1515", "1-3"],
        ["Bob Day", "E 7.45-9", "12 til 4"],
    ]
    reading = read(book({"Rota": rows}))
    assert times(reading) == {
        "08:30-15:15": (time(8, 30), time(15, 15)),
        "13:00-15:00": (time(13), time(15)),
        "E": (time(7, 45), time(9)),
        "12:00-16:00": (time(12), time(16)),
    }
    assert len([said for said in rota(reading) if "08:30" in said]) == 4
    plain: Table = [["Name", "Mon 13 April", "Tue 14 April"], ["Ann Lee", "8-4", "9-3"]]
    assert rota(read(book({"Rota": plain}))) == {
        "Ann Lee 13 Apr 08:00-16:00",
        "Ann Lee 14 Apr 09:00-15:00",
    }
    assert reading.questions == ()


def test_10_colours_alone() -> None:
    """They are named with their cells and asked about; a band of colour says nothing."""
    yellow, grey = PatternFill("solid", fgColor="FFFF00"), PatternFill("solid", fgColor="DDDDDD")

    def dress(made: Workbook) -> None:
        sheet = made["Rota"]
        for place in ("B3", "C3"):
            sheet[place].fill = yellow
        for cell in sheet[4]:
            cell.fill = grey

    rows: Table = [
        ["Name", *APRIL],
        ["Ann Lee", "E", "E", "E"],
        ["Bob Day"],
        ["Cat Orr", "L", None, "L"],
        *KEY,
    ]
    raw = book({"Rota": rows}, dress)
    reading = read(raw)
    assert asked(reading) == {"/colours/FFFF00": "Rota!B3"}
    assert reading.questions[0].cells == 2
    answered = read(raw, colours={"FFFF00": CodeMeaning(means="away")})
    assert away(answered) == {"Bob Day 13 Apr to 14 Apr"}
    assert answered.questions == ()


def test_11_totals_below() -> None:
    """Rows of sums, named or not, are passed over with a note."""
    rows: Table = [
        ["Name", *APRIL],
        ["Ann Lee", "E", "L"],
        ["Bob Day", "L", "E"],
        ["Total in", 2, 2, 0, 0, 0],
        ["", 1, 1, 0, 0, 0],
        ["No. of first aiders", 1, 1],
        *KEY,
    ]
    reading = read(book({"Rota": rows}))
    assert {person.name for person in reading.people} == {"Ann Lee", "Bob Day"}
    assert [note.at for note in reading.notes] == ["Rota!A4", "Rota!A5", "Rota!A6"]


def test_12_a_bank_holiday_column() -> None:
    """Said in the heading, or down the whole column: nobody is away, the school is closed."""
    days = ["Mon 4 May (Bank Holiday)", "Tue 5 May", "Wed 6 May"]
    rows: Table = [
        ["Name", *days],
        ["Ann Lee", None, "E", "BH"],
        ["Bob Day", None, "L", "BH"],
        *KEY,
    ]
    reading = read(book({"Rota": rows}))
    assert reading.request is not None
    closed = reading.request.problem.schools[0].extra_bank_holidays
    assert [holiday.date for holiday in closed] == [date(2026, 5, 4), date(2026, 5, 6)]
    assert away(reading) == set()


def test_13_hidden_rows_columns_and_sheets() -> None:
    """They are left out with a note, or read where the mapping says so."""

    def dress(made: Workbook) -> None:
        made["Rota"].row_dimensions[3].hidden = True
        made["Rota"].column_dimensions["C"].hidden = True
        made["Old"].sheet_state = "hidden"

    rows: Table = [["Name", *APRIL], ["Ann Lee", "E", "L"], ["Gone Away", "L"], *KEY]
    raw = book({"Rota": rows, "Old": [["Name", *APRIL], ["Old Boy", "E"]]}, dress)
    reading = read(raw)
    assert rota(reading) == {"Ann Lee 13 Apr Early"}
    assert {note.at for note in reading.notes} == {"Rota!A3", "Rota!C1", "Old"}
    assert len(rota(read(raw, hidden="read"))) == 4


def test_14_an_absence_loses_its_reason() -> None:
    """Whatever the word, only "away" is left, and no text of it anywhere."""
    reasons = ["Sick - migraine", "Maternity leave", "hospital appt", "Jury service", "stress"]
    more = ["bereavement", "AM dentist", "chemo", "Off 1-3", "unpaid leave"]
    rows: Table = [
        ["Name", *APRIL],
        ["Ann Lee", *reasons],
        ["Bob Day", *more],
        ["Cat Orr", "E"],
        *KEY,
    ]
    reading = read(book({"Rota": rows}))
    assert away(reading) == {
        "Ann Lee 13 Apr to 17 Apr",
        "Bob Day 13 Apr",
        "Bob Day 14 Apr",
        "Bob Day 16 Apr",
        "Bob Day 17 Apr",
    }
    assert asked(reading) == {"/codes": "Rota!D3"}
    said = reading.model_dump_json().lower()
    for word in (*reasons, *more, "migraine", "dentist", "hospital", "sick", "maternity"):
        assert word.lower() not in said, word
    assert reading.request is not None
    bob = next(p for p in reading.request.problem.people if p.name == "Bob Day")
    assert {(w.sessions, w.start) for w in bob.away if w.first == date(2026, 4, 14)} == {
        (("am",), None)
    }


def test_15_days_of_a_month_under_its_name() -> None:
    """1 to 31 under "April 2026", with a line of weekday letters between."""
    rows: Table = [["Lunch duty, April 2026"], ["Name", *range(13, 18), *range(20, 25)]]
    rows += [["Ann Lee", "E", None, "L", None, None, "E"], ["Bob Day", "L"], *KEY]
    reading = read(book({"April": rows}))
    assert rota(reading) == {
        "Ann Lee 13 Apr Early",
        "Ann Lee 15 Apr Late",
        "Ann Lee 20 Apr Early",
        "Bob Day 13 Apr Late",
    }


def test_16_weekdays_over_dates_in_two_lines() -> None:
    """Real dates of a spreadsheet under their weekdays."""
    days = [date(2026, 4, 13 + n) for n in range(5)]
    rows: Table = [
        [None, "Mon", "Tue", "Wed", "Thu", "Fri"],
        ["Name", *days],
        ["Ann Lee", "E", "L"],
        ["Bob Day", "L", "E"],
        *KEY,
    ]
    reading = read(book({"Rota": rows}))
    assert len(rota(reading)) == 4
    assert "Bob Day 14 Apr Early" in rota(reading)
    assert len(reading.people) == 2


def test_17_weeks_below_each_other_on_one_sheet() -> None:
    """Each with its own line of dates, and a blank line between."""
    may = ["Mon 20 April", "Tue 21 April", "Wed 22 April"]
    rows: Table = [
        ["Name", *APRIL],
        ["Ann Lee", "E", "L"],
        ["Bob Day", "L"],
        [],
        ["Name", *may],
        ["Ann Lee", "L"],
        ["Cat Orr", "E", "E"],
        *KEY,
    ]
    reading = read(book({"Rota": rows}))
    assert len(reading.sheets) == 2
    assert rota(reading) >= {"Ann Lee 20 Apr Late", "Cat Orr 21 Apr Early", "Bob Day 13 Apr Late"}
    assert len(rota(reading)) == 6


def test_18_columns_and_titles_among_the_names() -> None:
    """Roles, hours, first and last names apart, and groups of staff as titles."""
    rows: Table = [
        ["Summer rota"],
        [],
        ["First name", "Surname", "Role", "Hrs", *APRIL],
        ["Teachers"],
        ["Ann", "Lee", "Teacher", 32.5, "E", "L"],
        ["Teaching assistants"],
        ["Bob", "Day", "TA", 25, "L"],
        ["Cat", "Orr", "TA", 30],
        *KEY,
    ]
    reading = read(book({"Rota": rows}))
    assert {person.name for person in reading.people} == {"Ann Lee", "Bob Day", "Cat Orr"}
    assert len(rota(reading)) == 3


def test_19_codes_that_nobody_explains() -> None:
    """Each is asked about once; a number and a question mark are not taken for work."""
    rows: Table = [
        ["Name", *APRIL],
        ["Ann Lee", "R1", "R1", "?", 6.5, "x"],
        ["Bob Day", "PPA", "R1", None, "x"],
    ]
    raw = book({"Rota": rows})
    reading = read(raw)
    assert asked(reading) == {
        "/codes/?": "Rota!D2",
        "/codes/6.5": "Rota!E2",
        "/codes/x": "Rota!F2",
        "/codes/R1": "Rota!B2",
        "/codes/PPA": "Rota!B3",
    }
    room = CodeMeaning(means="duty", name="Room 1", start=time(9), end=time(12))
    codes = {
        "r1": room,
        "PPA": CodeMeaning(means="nothing"),
        "x": CodeMeaning(means="away"),
        "?": CodeMeaning(means="nothing"),
        "6.5": CodeMeaning(means="nothing"),
    }
    answered = read(raw, codes=codes)
    assert answered.questions == ()
    assert rota(answered) == {
        "Ann Lee 13 Apr Room 1",
        "Ann Lee 14 Apr Room 1",
        "Bob Day 14 Apr Room 1",
    }
    assert away(answered) == {"Ann Lee 17 Apr", "Bob Day 16 Apr"}


def test_20_weekdays_without_a_week() -> None:
    """The week is asked for, and nothing is made up; the answer is kept by the sheet's title."""
    rows: Table = [["Name", "Monday", "Tuesday"], ["Ann Lee", "E", "L"], ["Bob Day", "L"], *KEY]
    raw = book({"Week A": rows})
    reading = read(raw)
    assert asked(reading) == {"/weeks/Week A": "Week A!B1"}
    assert reading.request is None
    answered = read(raw, weeks={"Week A": date(2026, 4, 15)})
    assert "Ann Lee 14 Apr Late" in rota(answered)
    assert answered.questions == ()


def test_21_mornings_and_afternoons_in_rows() -> None:
    """A row for each under one name, which stands once."""
    rows: Table = [
        ["Staff", "", *APRIL],
        ["Ann Lee", "AM", "R1", "PPA"],
        ["", "PM", "R1", "sick"],
        ["Bob Day", "Morning", None, "R1"],
        ["", "Afternoon", "off", "R1"],
    ]
    reading = read(book({"Rota": rows}))
    assert rota(reading) == {
        "Ann Lee 13 Apr R1 (am)",
        "Ann Lee 13 Apr R1 (pm)",
        "Ann Lee 14 Apr PPA (am)",
        "Bob Day 14 Apr R1 (am)",
        "Bob Day 14 Apr R1 (pm)",
    }
    assert reading.request is not None
    gone = {(p.name, w.sessions) for p in reading.request.problem.people for w in p.away}
    assert gone == {("Ann Lee", ("pm",)), ("Bob Day", ("pm",))}


def test_22_a_column_for_the_start_and_one_for_the_end() -> None:
    """Under each date; a number such as 8.3 is half past eight, and no date."""
    rows: Table = [
        ["Name", "Mon 13 April", None, "Tue 14 April"],
        [None, "Start", "Finish", "Start", "Finish"],
        ["Ann Lee", 8.3, 3.15, time(8), time(12, 30)],
        ["Bob Day", "7.30", "1.30", "off"],
    ]
    reading = read(book({"Rota": rows}))
    assert rota(reading) == {
        "Ann Lee 13 Apr 08:30-15:15",
        "Ann Lee 14 Apr 08:00-12:30",
        "Bob Day 13 Apr 07:30-13:30",
    }
    assert away(reading) == {"Bob Day 14 Apr"}
    assert reading.questions == ()


def test_23_vacancies_cancellations_and_remarks() -> None:
    """A vacant post is a place more, a cancelled duty is none, and a line below is no duty."""
    rows: Table = [["Name", *APRIL], ["Ann Lee", "E", "E"], ["VACANT", "E"], *KEY]
    reading = read(book({"Rota": rows}))
    assert rota(reading) == {"Ann Lee 13 Apr Early", "Ann Lee 14 Apr Early"}
    assert reading.request is not None
    (early,) = reading.request.problem.shifts
    assert {e.date: e.needs[0].count for e in early.exceptions if e.needs} | {
        None: early.needs[0].count
    } in ({date(2026, 4, 13): 2, None: 1}, {date(2026, 4, 14): 1, None: 2})
    rows = [
        ["Duty", *APRIL],
        ["Gate\n8.30 - 8.50", "Mr O'Brien", "CANCELLED", "Mr O\u2019Brien"],
        [],
        ["Updated by JS 4/1/26"],
    ]
    reading = read(book({"Duties": rows}))
    assert rota(reading) == {"Mr O'Brien 13 Apr Gate", "Mr O'Brien 15 Apr Gate"}
    assert times(reading) == {"Gate": (time(8, 30), time(8, 50))}


def test_the_mapping_that_comes_back_asks_nothing_twice() -> None:
    """What is filled in and sent back is taken, and what is sent back as it is changes nothing."""
    rows: Table = [["Name", *APRIL], ["Ann Lee", "R1", "E"], ["Bob Day", "R1", "E"], *KEY]
    first = read(book({"Rota": rows}))
    again = read_grid(book({"Rota": rows}), first.mapping, TODAY)
    assert rota(again) == rota(first)
    assert asked(again) == asked(first) == {"/codes/R1": "Rota!B2"}
    told = first.mapping.codes["R1"].model_copy(update={"start": time(9), "end": time(12)})
    filled = first.mapping.model_copy(update={"codes": {**first.mapping.codes, "R1": told}})
    assert read_grid(book({"Rota": rows}), filled, TODAY).questions == ()
