"""Converts a request to rows of sheets."""

from collections.abc import Iterator, Mapping
from typing import Any

from models.problem.problem import Published
from scheduler.exchange.workbook.cells import Cell, to_cell
from scheduler.exchange.workbook.field_types import Shape, shape
from scheduler.exchange.workbook.notation import EMPTY
from scheduler.exchange.workbook.sheets import (
    PARAMETERS,
    RULES,
    SETTINGS,
    Dictionary,
    SheetColumn,
    SheetTable,
    Slot,
    dictionaries,
    settings,
    tables,
)
from scheduler.intake.request import RotaRequest
from scheduler.rulebook.rule import Rule

Rows = dict[str, list[list[Cell]]]
"""From each sheet to its rows, the heading first."""

OWN = frozenset(Rule.model_fields) | {"kind"}
"""The fields that every rule has; each has a column."""

RULE_COLUMNS = ("kind", "sentence", "priority", "weight", "authority", "says")
"""The first columns; pairs of a parameter and its value follow. `sentence` is not read."""


# ------------------------------------------------------------------ from a request to rows


def rows_of(request: RotaRequest) -> Rows:
    """Every sheet that holds the request's values."""
    found: Rows = {SETTINGS: [["what", "value"], *_settings(request)]}
    for name, dictionary in dictionaries().items():
        said = getattr(request.problem, name)
        titles: list[Cell] = [column.name for column in dictionary.columns]
        found[dictionary.title] = [titles, *_of_dictionary(dictionary, said)]
    for table in tables():
        heading: list[Cell] = [column.name for column in table.columns]
        found[table.title] = [heading, *_of_table(request, table)]
    found[RULES] = _rules(request)
    return found


def _settings(request: RotaRequest) -> Iterator[list[Cell]]:
    for setting in settings():
        value: Any = request
        for part in setting.path:
            value = getattr(value, part)
        if isinstance(value, Published):
            value = True
        blank = value is None and setting.default is None
        yield [setting.name, None if blank else to_cell(value, setting.shape)]


def _of_dictionary(dictionary: Dictionary, said: Mapping[str, Any]) -> Iterator[list[Cell]]:
    slot, columns = Slot(dictionary.field, dictionary.row), dictionary.columns[1:]
    for id_, value in said.items():
        key = to_cell(id_, Shape("text"))
        if not dictionary.several:
            yield [key, *(to_cell(value, column.shape) for column in columns)]
        elif not value:
            yield [key, EMPTY, *(None for _ in columns[1:])]
        else:
            yield from ([key, *(_cell(item, slot, c) for c in columns)] for item in value)


def _of_table(request: RotaRequest, table: SheetTable) -> Iterator[list[Cell]]:
    for word, slot in table.slots.items():
        for owner, item in _items(request, slot):
            cells = {table.owner: owner}
            if table.mixed:
                cells["what"] = word
            yield [
                cells[column.name] if column.name in cells else _cell(item, slot, column)
                for column in table.columns
            ]


def _items(request: RotaRequest, slot: Slot) -> Iterator[tuple[str | None, Any]]:
    problem = request.problem
    if slot.of_request:
        for item in getattr(request, slot.field):
            yield None, item
    elif not slot.owners:
        holder = problem if slot.inside is None else getattr(problem, slot.inside)
        for item in () if holder is None else getattr(holder, slot.field):
            yield None, item
    for field in slot.owners:
        for owner in getattr(problem, field):
            for item in getattr(owner, slot.field) or ():
                yield owner.id, item


def _cell(item: Any, slot: Slot, column: SheetColumn) -> Cell:
    if slot.item is None:
        return to_cell(item, column.shape) if column.name == "date" else None
    if column.name not in slot.fields:
        return None
    value, field = getattr(item, column.name), slot.item.model_fields[column.name]
    if column.apart:
        return EMPTY if value == () else None
    of = shape(field.annotation)
    if value is None and not field.is_required() and field.get_default() is None:
        return None
    if column.name not in item.model_fields_set and value == field.get_default():
        return None
    return to_cell(value, of)


def _rules(request: RotaRequest) -> list[list[Cell]]:
    said = [_rule(rule) for rule in request.rules]
    pairs = max([PARAMETERS, *((len(row) - len(RULE_COLUMNS) + 1) // 2 for row in said)])
    heading: list[Cell] = list(RULE_COLUMNS)
    for number in range(1, pairs + 1):
        heading += [f"parameter {number}", f"value {number}"]
    return [heading, *(row + [None] * (len(heading) - len(row)) for row in said)]


def _rule(rule: Rule) -> list[Cell]:
    fields = type(rule).model_fields

    def given(name: str) -> Cell:
        value = getattr(rule, name)
        return None if value is None else to_cell(value, shape(fields[name].annotation))

    row = [rule.name, to_cell(rule.sentence, Shape("text")), *map(given, RULE_COLUMNS[2:])]
    for name in fields:
        value = getattr(rule, name)
        if name not in OWN and (fields[name].is_required() or value != fields[name].get_default()):
            row += [name, to_cell(value, shape(fields[name].annotation))]
    return row


def letters(place: int) -> str:
    """The letters of a column, counted from 0."""
    found = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        found = chr(ord("A") + rest) + found
    return found
