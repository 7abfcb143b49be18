"""A school's own sheets as a request and a schedule, with what is unclear."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date

from scheduler.exchange.grid.cells import Entry, Found, found_in
from scheduler.exchange.grid.codes import Said, is_short, key, sounds_like_work
from scheduler.exchange.grid.documents import (
    DAY_END,
    DAY_START,
    HALVES,
    CodeMeaning,
    Duty,
    GridCode,
    GridMapping,
    GridPerson,
    GridQuestion,
    GridReading,
)
from scheduler.exchange.grid.files import refused, sheets_of
from scheduler.exchange.grid.making import Settled, made
from scheduler.exchange.grid.names import SamePeople, about_people, ids_of, is_school, same_people
from scheduler.exchange.grid.sheet import GridSheet
from scheduler.exchange.plain_text import one_line
from scheduler.exchange.workbook.sheet_lines import InvalidSheets
from scheduler.intake.validation_errors import pointer


def read_grid(raw: bytes, mapping: GridMapping, today: date) -> GridReading:
    """What a file says; nothing of it is kept.

    Args:
        raw: an .xlsx, .xls, .ods or .csv file, or cells as they are pasted.
        mapping: what is known of the school's habits.
        today: dates without a year are near it, unless the mapping says otherwise.

    Raises:
        InvalidSheets: with every fault that was found, each with its sheet and cell.
    """
    return reading_of(sheets_of(raw), mapping, today)


def reading_of(
    sheets: Sequence[GridSheet],
    mapping: GridMapping,
    today: date,
    is_work: Callable[[str], bool] = sounds_like_work,
) -> GridReading:
    """What sheets say that have been read already; `is_work` says which codes are no absences."""
    return reading_from(found_in(sheets, mapping, mapping.near or today), mapping, is_work)


def reading_from(
    found: Found, mapping: GridMapping, is_work: Callable[[str], bool] = sounds_like_work
) -> GridReading:
    """What was found in sheets, settled."""
    if not found.sheets and not found.faults and not found.questions:
        hint = "Maybe put the dates, or the weekdays, in one row, and names down the side?"
        found.faults += refused("has no line of dates with names beside it.", hint=hint).faults
    if found.faults:
        raise InvalidSheets(found.faults)
    named = {s.sheet: s.sheet for s in found.sheets if is_school(s.sheet)}
    mapping = mapping.model_copy(update={"schools": {**named, **mapping.schools}})
    people = same_people(tuple(found.forms), found.apart, mapping.people)
    settled = _settled(found, people, mapping, is_work)
    ids = ids_of(dict.fromkeys(people.of.values()))
    here = made(found, settled, ids, mapping)
    written: dict[str, list[str]] = defaultdict(list)
    for form, name in people.of.items():
        written[name].append(form)
    return GridReading(
        sheets=tuple(found.sheets),
        people=tuple(
            GridPerson(id=ids[name], name=name, written=tuple(forms))
            for name, forms in written.items()
        ),
        codes=tuple(
            GridCode(
                code=code,
                means=means,  # type: ignore[arg-type]  # one of them
                duty=None if duty is None else here.shifts.get(duty),
                start=None if duty is None else duty[1],
                end=None if duty is None else duty[2],
                cells=len(cells),
                first_at=cells[0],
            )
            for (code, means, duty), cells in settled.codes.items()
        ),
        questions=(*found.questions, *about_people(found.forms, people), *settled.questions),
        notes=tuple(found.notes),
        mapping=_kept(mapping, found, people, settled),
        request=here.request,
        schedule=here.schedule,
        cells=here.cells,
    )


# ------------------------------------------------------------------ what is meant


def _settled(
    found: Found, people: SamePeople, mapping: GridMapping, is_work: Callable[[str], bool]
) -> Settled:
    settled = Settled(closed=dict(found.closed))
    for form, at in found.forms.items():
        if name := people.of.get(form):
            settled.cells.append((name, None, None, at))
            home = found.homes.get(form) or _school(at, mapping)
            settled.homes.setdefault(name, home)
    settled.cells += [("", None, day, at) for day, at in found.headings]
    sent = {key(code): meaning for code, meaning in mapping.codes.items()}
    common = _often(found.entries)
    unsure: dict[str, list[Entry]] = defaultdict(list)
    untimed: dict[str, list[str]] = defaultdict(list)
    for entry in (*found.entries, *_coloured(found, mapping, settled)):
        said, name = entry.said, people.of.get(entry.person, "")
        if entry.person and not name:
            continue
        meaning = sent.get(key(said.code)) if said.code else None
        if meaning is not None:
            start, end = said.start or meaning.start, said.end or meaning.end
            said = replace(
                said, means=meaning.means, code=meaning.name or said.code, start=start, end=end
            )
        elif said.means == "duty" and (known := found.legend.get(key(said.code))):
            said = replace(
                said, code=known[0], start=said.start or known[1], end=said.end or known[2]
            )
        elif _private(entry) and not (is_work(said.code) or key(said.code) in common):
            said = replace(said, means="unsure")
        if said.means in ("unsure", "remark"):
            unsure[entry.said.code].append(entry)
            continue
        school = entry.school or (meaning and meaning.school) or _school(entry.at, mapping)
        duty = _place(settled, entry, name, said, school)
        if said.means != "nothing" and (entry.said.code or said.means == "away"):
            shown = entry.said.code if duty or meaning else ""
            settled.codes[shown, said.means, duty].append(entry.at)
        if duty is not None and said.start is None:
            untimed[entry.said.code].append(entry.at)
    _close(settled, found)
    settled.questions += _unclear(unsure, untimed)
    return settled


def _often(entries: Sequence[Entry]) -> set[str]:
    """Codes in three cells or more of at least two people: no private reason."""
    who: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        if entry.said.code:
            who[key(entry.said.code)].append(entry.person)
    return {code for code, names in who.items() if len(names) > 2 and len(set(names)) > 1}


def _private(entry: Entry) -> bool:
    """Whether a text may be a reason for an absence: somebody's, no known code, and no time."""
    said = entry.said
    return said.means == "duty" and said.start is None and bool(entry.person)


def _school(at: str, mapping: GridMapping) -> str:
    """The school of a sheet."""
    sheet = at.rpartition("!")[0]
    titles = {one_line(title): name for title, name in mapping.schools.items()}
    return titles.get(sheet, mapping.school)


def _place(settled: Settled, entry: Entry, name: str, said: Said, school: str) -> Duty | None:
    """Write down what an entry means; returns the duty, if it is one."""
    if said.means == "away" and name:
        settled.away[name].add((entry.day, said.session, said.start, said.end))
        settled.cells.append((name, None, entry.day, entry.at))
    elif said.means == "closed":
        settled.codes["", "closed", None].append(entry.at)
        if name:
            settled.away[name].add((entry.day, None, None, None))
        else:
            settled.closed.setdefault(entry.day, "closed")
    elif said.means == "duty":
        label = said.code or f"{said.start:%H:%M}-{said.end:%H:%M}"
        start, end = said.start, said.end if said.start else None
        if start is None and said.session:
            label = f"{label} ({said.session})"
            start, end = HALVES[said.session]
        duty = (label, start, end, school)
        settled.cells.append((name, duty, entry.day, entry.at))
        people = settled.on[duty].setdefault(entry.day, set())
        if name:
            people.add(name)
        settled.vacant[duty, entry.day] += entry.vacant
        return duty
    return None


def _coloured(found: Found, mapping: GridMapping, settled: Settled) -> list[Entry]:
    """What coloured cells without text say, by the mapping; a question for any other colour."""
    made = []
    for colour, cells in found.colours.items():
        meaning = mapping.colours.get(colour)
        if meaning is None:
            says = f"These cells have a colour ({colour}) and no text, and were not read. "
            says += "What does it mean?"
            answer = pointer(("colours", colour))
            settled.questions.append(
                GridQuestion(at=cells[0][2], cells=len(cells), says=says, answer=answer)
            )
            continue
        said = Said(meaning.means, meaning.name or f"Colour {colour}", meaning.start, meaning.end)
        made += [Entry(form, day, said, at) for form, day, at in cells]
    return made


def _close(settled: Settled, found: Found) -> None:
    """A day on which most people's cells say that it is closed is closed for all."""
    says = Counter(e.day for e in found.entries if e.said.means == "closed" and e.person)
    others = Counter(e.day for e in found.entries if e.said.means == "duty" and e.person)
    for day, number in says.items():
        if number > others[day]:
            settled.closed.setdefault(day, "bank")
    for day in settled.closed:
        for spans in settled.away.values():
            spans.discard((day, None, None, None))


def _unclear(
    unsure: dict[str, list[Entry]], untimed: dict[str, list[str]]
) -> Iterable[GridQuestion]:
    for code, entries in unsure.items():
        short = is_short(code) or re.fullmatch(r"[\d:.-]+", code)
        what = f"`{code}`" if short else "What stands here"
        says = f"{what} was not understood, and not read. Is it a duty, or an absence?"
        says += "" if short else " The text of the cell is its code."
        answer = pointer(("codes", code)) if short else "/codes"
        yield GridQuestion(at=entries[0].at, cells=len(entries), says=says, answer=answer)
    for code, cells in untimed.items():
        says = f"`{code}` was taken for a duty of the school day, {DAY_START:%H:%M} to "
        says += f"{DAY_END:%H:%M}, or of the half of it that the sheet says. "
        says += "When does it begin and end?"
        answer = pointer(("codes", code))
        yield GridQuestion(at=cells[0], cells=len(cells), says=says, answer=answer)


def _kept(mapping: GridMapping, found: Found, people: SamePeople, settled: Settled) -> GridMapping:
    """The mapping with what was assumed; nothing in it says why somebody is away."""
    sent = {key(code) for code in mapping.codes}
    codes = dict(mapping.codes)
    for (code, means, duty), _ in settled.codes.items():
        if means == "duty" and duty is not None and code and key(code) not in sent:
            codes[code] = CodeMeaning(means="duty", name=duty[0], start=duty[1], end=duty[2])
            sent.add(key(code))
    return mapping.model_copy(
        update={
            "codes": codes,
            "people": {**people.assumed, **mapping.people},
            "rows": {**found.assumed_rows, **mapping.rows},
        }
    )
