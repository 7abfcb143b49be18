"""Converts rows of sheets to a request, with the sheet and cell of every fault."""

import difflib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from models.value import Value
from scheduler.exchange.workbook.cells import Cell
from scheduler.exchange.workbook.field_types import Shape, shape
from scheduler.exchange.workbook.notation import EMPTY
from scheduler.exchange.workbook.request_rows import OWN, RULE_COLUMNS
from scheduler.exchange.workbook.sheet_lines import (
    InvalidSheets,
    SheetFault,
    SheetLine,
    Sheets,
    blank,
)
from scheduler.exchange.workbook.sheets import (
    READ_ME,
    RULEBOOK,
    RULES,
    SETTINGS,
    Dictionary,
    SheetTable,
    Slot,
    dictionaries,
    settings,
    tables,
)
from scheduler.intake.parse import read_request
from scheduler.intake.references import of_numbers
from scheduler.intake.request import RotaRequest
from scheduler.intake.validation_errors import REWRITE, Fault, InvalidRequest, Path, Worded, worded
from scheduler.rulebook.rule import Rule
from scheduler.rules import RULES as KINDS
from scheduler.upgrade import renamed_field, upgraded


def request_of(
    rows: Mapping[str, Sequence[Sequence[Cell]]], changes: list[SheetFault] | None = None
) -> RotaRequest:
    """The request in some sheets.

    Args:
        rows: of each sheet.
        changes: if given, kinds and fields of rules of an earlier release are read too, and what
            is called otherwise today is added, with its sheet and cell.

    Raises:
        InvalidSheets: with every fault that was found, each with its sheet and cell.
    """
    reading = _SheetReading(rows, changes)
    document = reading.document()
    try:
        request = read_request(document)
    except InvalidRequest as invalid:
        told = {(f.sheet, f.cell) for f in reading.faults if f.cell}
        for fault in invalid.faults:
            found = reading.placed(fault)
            # A cell that could not be read is missing, and its fault is listed already.
            if (found.sheet, found.cell) not in told:
                reading.faults.append(found)
        raise InvalidSheets(reading.faults) from None
    if reading.faults:
        raise InvalidSheets(reading.faults)
    return request


def document_of(rows: Mapping[str, Sequence[Sequence[Cell]]]) -> tuple[Any, list[SheetFault]]:
    """What sheets hold as the JSON of a request, whether or not it is a valid one."""
    reading = _SheetReading(rows)
    return reading.document(), reading.faults


class _SheetReading:
    """Sheets while they are read."""

    def __init__(
        self,
        rows: Mapping[str, Sequence[Sequence[Cell]]],
        changes: list[SheetFault] | None = None,
    ) -> None:
        self._sheets = Sheets(rows)
        self.faults = self._sheets.faults
        self._changes = changes
        self._places: dict[Path, tuple[str, str]] = {}

    def document(self) -> dict[str, Any]:
        """Everything that could be read, as the JSON of a request."""
        known = {SETTINGS, RULES, READ_ME, RULEBOOK}
        known |= {table.title for table in tables()} | {d.title for d in dictionaries().values()}
        for title in self._sheets.titles:
            if title not in known:
                said = "is not a known sheet. Maybe delete it, or give it its old name?"
                self._sheets.fault((title[:31], ""), said)
        self._problem: dict[str, Any] = {}
        document: dict[str, Any] = {"problem": self._problem}
        self._request = document
        self._settings(document)
        for dictionary in dictionaries().values():
            self._dictionary(dictionary)
        self._owners: dict[str, dict[str, tuple[str, int]]] = defaultdict(dict)
        for table in sorted(tables(), key=lambda t: t.owner is not None):
            self._table(table)
        document["rules"] = list(self._rules())
        return document

    def placed(self, fault: Fault) -> SheetFault:
        """A fault of the document, at the cell that it came from."""
        path: Path = tuple(
            int(part) if part.isdigit() else part for part in fault.pointer.split("/")[1:]
        )
        above = (path[:length] for length in range(len(path), 0, -1))
        below = (place for place in self._places if place[: len(path)] == path and path)
        for place in (*above, *below):
            if place in self._places:
                sheet, cell = self._places[place]
                break
        else:
            sheet, cell = _sheet_of(path), ""
        return SheetFault(sheet=sheet, cell=cell, message=fault.message, hint=fault.hint)

    # -------------------------------------------------------------- sheets

    def _settings(self, document: dict[str, Any]) -> None:
        known = {setting.name: setting for setting in settings()}
        seen = set()
        for line in self._sheets.lines(SETTINGS, ("what", "value")):
            name = line.cells.get("what")
            if not isinstance(name, str) or name.strip() not in known:
                near = difflib.get_close_matches(str(name), known, 1)
                hint = f" Maybe `{near[0]}`?" if near else " Maybe delete the row?"
                self._sheets.fault(line.at("what"), "is not a setting." + hint)
                continue
            setting = known[name.strip()]
            if setting.name in seen:
                self._sheets.fault(line.at("what"), "is given twice.")
                continue
            seen.add(setting.name)
            self._places[setting.path] = line.at("value")
            found, value = self._sheets.read(line, "value", setting.shape)
            if not found:
                continue
            if setting.path == ("problem", "published"):
                if value is True:
                    self._problem.setdefault("published", {"placements": []})
                elif value not in (None, False):
                    self._sheets.fault(line.at("value"), "must be yes, or empty.")
                continue
            holder = document
            for part in setting.path[:-1]:
                holder = holder.setdefault(part, {})
            holder[setting.path[-1]] = value

    def _dictionary(self, dictionary: Dictionary) -> None:
        found: dict[str, Any] = {}
        shapes = {column.name: column.shape for column in dictionary.columns}
        self._places["problem", dictionary.field] = (dictionary.title, "A1")
        for line in self._sheets.lines(dictionary.title, tuple(shapes)):
            empty = dictionary.several and _says_empty(line, dictionary.said)
            read = {
                name: value
                for name, of in shapes.items()
                for given, value in [self._sheets.read(line, name, of)]
                if given
            }
            # Faults of a request never quote the caller's keys, so each row is judged here.
            wrong = [
                (str(fault.path[0]) if fault.path else None, fault.said)
                for fault in _faults(dictionary.row, read)
            ]
            wrong = [w for w in wrong if not empty or w[0] == "id"]
            for column, said in wrong:
                self._sheets.fault(line.at(column), said)
            if wrong:
                continue
            id_ = read.pop("id")
            if dictionary.several:
                found.setdefault(id_, []).extend([] if empty else [read])
            elif id_ in found:
                self._sheets.fault(line.at("id"), "is given twice.")
            else:
                (found[id_],) = read.values()
        self._problem[dictionary.field] = found

    def _table(self, table: SheetTable) -> None:
        columns = {column.name: column for column in table.columns}
        for line in self._sheets.lines(table.title, tuple(columns)):
            slot = self._slot(table, line)
            holder, path = (None, ()) if slot is None else self._holder(table, slot, line)
            if slot is None or holder is None:
                continue
            items = holder.setdefault(slot.field, [])
            path = (*path, slot.field, len(items))
            self._places[path] = line.at()
            if slot.item is None:
                self._places[path] = line.at("date")
                items.append(self._sheets.read(line, "date", Shape("date"))[1])
                continue
            item: dict[str, Any] = {}
            for name in slot.fields:
                self._places[*path, name] = line.at(name)
                found, value = self._sheets.read(
                    line, name, shape(slot.item.model_fields[name].annotation)
                )
                if found and columns[name].apart and value != []:
                    said = f"must be {EMPTY} or empty: its rows stand on another sheet."
                    self._sheets.fault(line.at(name), said)
                elif found:
                    item[name] = value
            self._unused(table, slot, line)
            items.append(item)
            if not slot.owners and isinstance(item.get("id"), str):
                self._owners[slot.field].setdefault(item["id"], (slot.field, len(items) - 1))

    def _slot(self, table: SheetTable, line: SheetLine) -> Slot | None:
        if not table.mixed:
            return next(iter(table.slots.values()))
        word = line.cells.get("what")
        slot = table.slots.get(word.strip()) if isinstance(word, str) else None
        if slot is None:
            self._sheets.fault(line.at("what"), f"must be one of: {', '.join(table.slots)}.")
        return slot

    def _holder(
        self, table: SheetTable, slot: Slot, line: SheetLine
    ) -> tuple[dict[str, Any] | None, Path]:
        if slot.of_request:
            return self._request, ()
        if not slot.owners:
            if slot.inside is None:
                return self._problem, ("problem",)
            holder = self._problem.setdefault(slot.inside, {"placements": []})
            return holder, ("problem", slot.inside)
        _, name = self._sheets.read(line, str(table.owner), Shape("text"))
        for field in slot.owners:
            if name in self._owners[field]:
                _, number = self._owners[field][name]
                return self._problem[field][number], ("problem", field, number)
        sheets = " or ".join(field.capitalize() for field in slot.owners)
        said = f"names nothing on the sheet {sheets}. Maybe it is misspelt, or missing there?"
        self._sheets.fault(line.at(table.owner), said)
        return None, ()

    def _unused(self, table: SheetTable, slot: Slot, line: SheetLine) -> None:
        for column in table.columns:
            own = column.name in (*slot.fields, "what", table.owner)
            if not own and not blank(line.cells.get(column.name)):
                said = "is not used in a row of this kind. Maybe clear it, or change `what`?"
                self._sheets.fault(line.at(column.name), said)

    def _rules(self) -> Iterator[dict[str, Any]]:
        number = -1
        for line in self._sheets.lines(RULES, RULE_COLUMNS, pairs=True):
            number += 1
            rule: dict[str, Any] = {}
            path: Path = ("rules", number)
            self._places[path] = line.at("kind")
            _, kind = self._sheets.read(line, "kind", Shape("text"))
            if kind is not None:
                rule = self._upgraded(line, {"kind": kind})
            known = KINDS.get(str(rule.get("kind")))
            fields = (known or Rule).model_fields
            for name in RULE_COLUMNS[2:]:
                self._places[*path, name] = line.at(name)
                found, value = self._sheets.read(line, name, shape(fields[name].annotation))
                if found:
                    rule[name] = value
            for column in line.letters:
                if column.startswith("parameter "):
                    self._parameter(line, column, known, rule, path)
            yield rule

    def _upgraded(self, line: SheetLine, rule: dict[str, Any]) -> dict[str, Any]:
        """A rule that has only its kind, of today's form if that was asked for."""
        if self._changes is None:
            return rule
        document, changes = upgraded({"rules": [rule]})
        self._changes += [_placed(line.at("kind"), change.said) for change in changes]
        found: dict[str, Any] = document["rules"][0]
        return found

    def _parameter(
        self,
        line: SheetLine,
        column: str,
        kind: type[Rule] | None,
        rule: dict[str, Any],
        path: Path,
    ) -> None:
        of_value = "value " + column.removeprefix("parameter ")
        if blank(line.cells.get(column)):
            if not blank(line.cells.get(of_value)):
                self._sheets.fault(line.at(column), "is empty, but has a value next to it.")
            return
        _, name = self._sheets.read(line, column, Shape("text"))
        own = [] if kind is None else [f for f in kind.model_fields if f not in OWN]
        if kind is None:
            return
        now = None if name in own else renamed_field(str(rule["kind"]), str(name))
        if now is not None and self._changes is not None:
            self._changes.append(_placed(line.at(column), f"`{name}` is now `{now}`."))
            name, now = now, None
        if now is not None:
            self._sheets.fault(line.at(column), f"is called `{now}` since this release. {REWRITE}")
        elif name not in own:
            near = difflib.get_close_matches(str(name), own, 1)
            maybe = f"`{near[0]}`?" if near else f"one of: {', '.join(own) or 'none'}."
            self._sheets.fault(
                line.at(column), f"is not a parameter of this kind of rule. Maybe {maybe}"
            )
        elif name in rule:
            self._sheets.fault(line.at(column), "is given twice.")
        else:
            self._places[*path, name] = line.at(of_value)
            found, value = self._sheets.read(
                line, of_value, shape(kind.model_fields[name].annotation)
            )
            if found:
                rule[name] = value


def _placed(place: tuple[str, str], said: str) -> SheetFault:
    return SheetFault(sheet=place[0], cell=place[1], message=said)


def _faults(model: type[Value], read: dict[str, Any]) -> list[Worded]:
    try:
        found = model.model_validate(read)
    except ValidationError as error:
        return worded(error.errors(include_url=False), model)
    return [Worded(path, said) for path, said in of_numbers(found)]


def _says_empty(line: SheetLine, columns: Sequence[str]) -> bool:
    """Whether the first of these cells says that the list is empty, and the others are blank."""
    first, *others = (line.cells.get(column) for column in columns)
    return isinstance(first, str) and first.strip() == EMPTY and all(map(blank, others))


def _sheet_of(path: Iterable[str | int]) -> str:
    """The sheet for a part of a request that has no cell: a missing list."""
    for part in path:
        if part == "rules":
            return RULES
        for table in tables():
            if any(slot.field == part and not slot.owners for slot in table.slots.values()):
                return table.title
    return ""
