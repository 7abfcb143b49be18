"""Reads every cell of the grids of some sheets: who, on which date, what, and where it stands."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Literal

from scheduler.exchange.grid.codes import (
    MOST_OF_A_CODE,
    Said,
    key,
    legend_of,
    nobody,
    not_on,
    said_in,
    times_in,
)
from scheduler.exchange.grid.documents import (
    GridMapping,
    GridNote,
    GridQuestion,
    GridSheetRead,
    RowsAre,
)
from scheduler.exchange.grid.layout import duty_headed, layout
from scheduler.exchange.grid.names import (
    bare,
    is_section,
    is_work,
    looks_like_a_name,
    several,
    sure_names,
)
from scheduler.exchange.grid.sheet import GridBlock, GridSheet
from scheduler.exchange.workbook.sheet_lines import SheetFault
from scheduler.intake.validation_errors import pointer

Meaning = tuple[str, time | None, time | None]
"""A duty's name and times, as a key says them."""


@dataclass(frozen=True)
class Entry:
    """One thing that the sheets say of one person on one date."""

    person: str
    """As it is written; empty where nobody is on a duty."""
    day: date
    said: Said
    at: str
    vacant: bool = False
    """Whether it is a place more, which nobody fills."""
    school: str = ""
    """Where the duty is; empty where nothing but the sheet says it."""


@dataclass
class Found:
    """All that was read of the sheets, before people and codes are settled."""

    entries: list[Entry] = field(default_factory=list)
    homes: dict[str, str] = field(default_factory=dict)
    """From each way in which somebody is written to the school that stands beside it."""
    headings: list[tuple[date, str]] = field(default_factory=list)
    """Each date with the cell that says it."""
    forms: dict[str, str] = field(default_factory=dict)
    """From each way in which somebody is written to the first place of it."""
    apart: list[frozenset[str]] = field(default_factory=list)
    closed: dict[date, str] = field(default_factory=dict)
    dates: set[date] = field(default_factory=set)
    legend: dict[str, Meaning] = field(default_factory=dict)
    """From a code without regard to case."""
    sheets: list[GridSheetRead] = field(default_factory=list)
    rows: dict[str, RowsAre] = field(default_factory=dict)
    assumed_rows: dict[str, RowsAre] = field(default_factory=dict)
    colours: dict[str, list[tuple[str, date, str]]] = field(default_factory=dict)
    """From a colour to the cells without text that have it: who, when, where."""
    questions: list[GridQuestion] = field(default_factory=list)
    notes: list[GridNote] = field(default_factory=list)
    faults: list[SheetFault] = field(default_factory=list)

    def note(self, at: str, says: str) -> None:
        self.notes.append(GridNote(at=at, says=says))


def found_in(sheets: Sequence[GridSheet], mapping: GridMapping, near: date) -> Found:
    """What the grids of some sheets say."""
    found = Found()
    blocks = []
    for sheet in sheets:
        if mapping.rows.get(sheet.title) == "skip":
            continue
        if sheet.hidden and mapping.hidden == "skip":
            found.note(sheet.title, "is a hidden sheet, and was not read.")
            continue
        laid = layout(sheet, near, mapping.weeks.get(sheet.title))
        found.faults += laid.faults
        if laid.needs_week:
            says = "Nothing says which week this is, so it was not read. Which date is its first?"
            found.questions.append(
                GridQuestion(at=laid.needs_week, says=says, answer=pointer(("weeks", sheet.title)))
            )
        elif not laid.blocks and not laid.faults:
            found.note(sheet.title, "has no line of dates, and was read for a key to codes only.")
        blocks += laid.blocks
        for code, meaning in legend_of(
            sheet, _inside(sheet, laid.blocks), alone=not laid.blocks
        ).items():
            found.legend.setdefault(code, meaning)
    for block in blocks:
        _block(block, mapping, found)
    return found


def _inside(sheet: GridSheet, blocks: Sequence[GridBlock]) -> set[tuple[int, int]]:
    """The cells of a sheet's grids, as the sheet was sent."""
    inside = {(r, c) for b in blocks for r in b.rows for c in b.dates}
    turned = bool(blocks) and blocks[0].sheet.turned != sheet.turned
    return {(c, r) for r, c in inside} if turned else inside


# ------------------------------------------------------------------ one grid


def _block(block: GridBlock, mapping: GridMapping, found: Found) -> None:
    sheet = block.sheet
    if mapping.hidden == "skip":
        hidden = [r for r in block.rows if r in sheet.hidden_rows]
        block.rows = [r for r in block.rows if r not in sheet.hidden_rows]
        for r in hidden:
            found.note(sheet.at(r, block.label), "is in a hidden row or column, and was not read.")
        for c in [c for c in block.dates if c in sheet.hidden_columns]:
            found.note(sheet.at(block.header, c), "is hidden, and was not read.")
            del block.dates[c]
    if not block.dates:
        return
    for row, why in block.passed:
        found.note(sheet.at(row, block.label), why)
    rows = _rows_are(block, mapping, found)
    found.rows[sheet.title] = rows
    for c, kind in block.closed.items():
        if c in block.dates:
            found.closed[block.dates[c]] = kind
    found.dates.update(block.dates.values())
    found.headings += [(day, sheet.at(block.header, c)) for c, day in block.dates.items()]
    found.sheets.append(
        GridSheetRead(
            sheet=sheet.title,
            rows=rows,
            turned=sheet.turned,
            heading=block.first_cell.rpartition("!")[2],
            first=min(block.dates.values()),
            last=max(block.dates.values()),
        )
    )
    _formulas(block, found)
    if rows == "people":
        _people_down(block, mapping, found)
    else:
        _duties_down(block, found)


def _rows_are(block: GridBlock, mapping: GridMapping, found: Found) -> Literal["people", "duties"]:
    """Whether the rows are people or duties; a question where neither is likely."""
    title = block.sheet.title
    sent = mapping.rows.get(title) or found.rows.get(title)
    if sent == "people" or sent == "duties":
        return sent
    headed = duty_headed(block)
    if headed is not None:
        return "duties" if headed else "people"
    labels = [block.label_of(r) for r in block.rows]
    body = {block.sheet.text(r, c) for r in block.rows for c in block.dates} - {""}
    work = [text for text in labels if is_work(text)]
    if 2 * len(work) >= max(len(labels), 1):
        return "duties"
    if 2 * sure_names(body) >= max(len(body), 1) and 4 * sure_names(labels) < len(labels):
        return "duties"
    if 2 * sum(looks_like_a_name(text) for text in labels) < len(labels):
        says = "The rows were taken for people. Are they people, or duties?"
        answer = pointer(("rows", title))
        found.questions.append(GridQuestion(at=block.first_cell, says=says, answer=answer))
        found.assumed_rows[title] = "people"
    return "people"


def _formulas(block: GridBlock, found: Found) -> None:
    sheet = block.sheet
    for r in block.rows:
        for c in (block.label, *block.dates):
            if (r, c) in sheet.formulas:
                title, _, cell = sheet.at(r, c).rpartition("!")
                said = "holds a formula without a result, or an error."
                hint = "Maybe open the file in a spreadsheet and save it again, or type the value?"
                found.faults.append(SheetFault(sheet=title, cell=cell, message=said, hint=hint))


def _people_down(block: GridBlock, mapping: GridMapping, found: Found) -> None:
    sheet = block.sheet
    known = frozenset((*map(key, mapping.codes), *found.legend))
    names = []
    bands = block.bands()
    for r in block.rows:
        label = block.label_of(r)
        texts = {c: block.text(r, c) for c in block.dates}
        if not any(texts.values()) and is_section(label):
            found.note(sheet.at(r, block.label), "is a title among the names, and was not read.")
            continue
        if len(label) > MOST_OF_A_CODE:
            found.note(sheet.at(r, block.label), "is too long for a name, and was not read.")
            continue
        name = bare(label)
        if not name:
            continue
        if name != " ".join(label.split()):
            at = sheet.at(r, block.label)
            found.note(at, "has something beside the name, which was not read.")
        empty = nobody(name)  # a post that is vacant: places, and nobody in them
        if empty:
            found.note(sheet.at(r, block.label), "was taken for places that nobody fills.")
            name = ""
        else:
            if block.half is None or sheet.text(r, block.label):
                names.append(name)
            found.forms.setdefault(name, sheet.at(r, block.label))
            if block.home is not None and (home := sheet.text(r, block.home)):
                found.homes.setdefault(name, home)
        for c, day in block.dates.items():
            at = sheet.at(r, c)
            if not texts[c]:
                colour = sheet.colours.get((r, c))
                if colour and name and (r, c) not in bands:
                    found.colours.setdefault(colour, []).append((name, day, at))
                continue
            value = sheet.value(r, c)
            dated = isinstance(value, date | datetime | time) and c not in block.ends
            if dated and key(texts[c]) not in known:
                found.entries.append(Entry(name, day, Said("unsure", texts[c]), at))
                continue
            for one in said_in(texts[c], known):
                said = replace(one, session=one.session or block.session(r, c))
                found.entries.append(Entry(name, day, said, at, vacant=empty))
    if len(set(names)) < len(names):
        twice = [name for name in names if names.count(name) > 1]
        where = next(r for r in block.rows if bare(block.label_of(r)) == twice[0])
        found.note(
            sheet.at(where, block.label), "has a name that stands in several rows: one person."
        )
    found.apart.append(frozenset(names))


def _duties_down(block: GridBlock, found: Found) -> None:
    sheet = block.sheet
    forms = found.forms
    empty: frozenset[str] = frozenset()
    for r in block.rows:
        label = block.label_of(r)
        name, start, end = times_in(label)
        if block.times is not None and start is None:
            _, start, end = times_in(sheet.text(r, block.times))
        whole = said_in(label, frozenset(found.legend))
        away = len(whole) == 1 and whole[0].means == "away"
        whole_duty = (
            whole[0]
            if away
            else Said("duty", (name or label).strip(" ;,:-")[:MOST_OF_A_CODE], start, end)
        )
        for c, day in block.dates.items():
            text, at = sheet.text(r, c), sheet.at(r, c)
            duty = replace(whole_duty, session=block.session(r, c))
            if not_on(text):
                found.note(at, "says that the duty is not on.")
                continue
            if len(text) > 2 * MOST_OF_A_CODE:
                found.note(at, "is a remark, and was not read.")
                continue
            alone = said_in(text, empty)
            if not alone or alone[0].means in ("closed", "unsure") or nobody(text):
                if alone and alone[0].means == "closed":
                    found.entries.append(Entry("", day, Said("closed"), at))
                elif not away:
                    found.entries.append(Entry("", day, duty, at))
                continue
            for form in several(text, forms):
                name = bare(form)
                if not looks_like_a_name(name):
                    found.note(at, "holds something that is not taken for a name.")
                    continue
                behind = [s.means for s in said_in(form.removeprefix(name).strip(" ()-*"), empty)]
                found.forms.setdefault(name, at)
                gone = "away" in behind
                found.entries.append(Entry(name, day, Said("away") if gone else duty, at))
                if gone:
                    found.entries.append(Entry("", day, duty, at))
