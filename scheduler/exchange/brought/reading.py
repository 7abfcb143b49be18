"""From a file that holds a rota to a request, a schedule, and the cell of everything in it."""

import json
from dataclasses import dataclass
from datetime import date

from models.answer.schedule import Schedule
from scheduler.exchange.brought.exports import export_in, reading_of_rows
from scheduler.exchange.brought.matching import Matched, matched, matched_rows
from scheduler.exchange.brought.words import RequestWords
from scheduler.exchange.grid.build import reading_of
from scheduler.exchange.grid.documents import (
    GridMapping,
    GridQuestion,
    GridReading,
    RotaCell,
)
from scheduler.exchange.grid.files import refused, sheets_of
from scheduler.intake.case import Case
from scheduler.intake.parse import read_schedule


@dataclass(frozen=True)
class BroughtRota:
    """A rota that somebody brings, with the request that it is judged by."""

    case: Case
    schedule: Schedule
    cells: tuple[RotaCell, ...] = ()
    questions: tuple[GridQuestion, ...] = ()
    reading: GridReading | None = None
    """What was made of the sheets; None for JSON, and for an export beside its request."""


def read_sheets(raw: bytes, mapping: GridMapping, today: date) -> GridReading:
    """A school's own sheets, or an export of ours, as a request and a schedule.

    Raises:
        InvalidSheets: with every fault that was found, each with its sheet and cell.
    """
    sheets = sheets_of(raw)
    rows = export_in(sheets)
    return reading_of(sheets, mapping, today) if rows is None else reading_of_rows(rows, mapping)


def read_for(case: Case, raw: bytes, mapping: GridMapping, today: date) -> GridReading:
    """Sheets, or an export of ours, in the words of a request.

    Raises:
        InvalidSheets: with every fault that was found, each with its sheet and cell.
    """
    plain = read_sheets(raw, mapping, today)
    brought = read_rota(raw, case, mapping, today)
    reading = plain if brought.reading is None else brought.reading
    return reading.model_copy(
        update={
            "request": brought.case.request,
            "schedule": brought.schedule,
            "cells": brought.cells,
            "questions": brought.questions,
        }
    )


def read_rota(raw: bytes, case: Case | None, mapping: GridMapping, today: date) -> BroughtRota:
    """A rota from a sheet, from an export of ours, or from JSON.

    Args:
        raw: the file.
        case: the request that it is for; None if there is none.
        mapping: what is known of the school's habits.
        today: dates without a year are near it.

    Raises:
        InvalidSheets: the sheets cannot be used.
        InvalidRequest: the JSON cannot be used.
    """
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        if case is None:
            hint = "Maybe put the request before it: schoolrota check request.json rota.json?"
            said = "is JSON, which means nothing without its request."
            raise refused(said, "the file", hint)
        return BroughtRota(case, read_schedule(schedule_in(raw), case.facts))
    if case is None:
        reading = read_sheets(raw, mapping, today)
        if reading.request is None or reading.schedule is None:
            said = "".join(f" {asked.at}: {asked.says}" for asked in reading.questions[:1])
            raise refused(f"has no duty in it that could be read.{said}")
        return BroughtRota(
            Case(reading.request), reading.schedule, reading.cells, reading.questions, reading
        )
    sheets = sheets_of(raw)
    rows = export_in(sheets)
    if rows is not None:
        return _brought(matched_rows(case, rows), None)
    near = mapping.near or case.facts.first
    words = RequestWords(case)
    reading = reading_of(sheets, words.known(mapping), near, words.explains)
    reading = reading.model_copy(update={"mapping": mapping})
    if reading.request is None or reading.schedule is None:
        raise refused("has no duty in it that could be read.")
    return _brought(matched(case, reading, words), reading)


def _brought(found: Matched, reading: GridReading | None) -> BroughtRota:
    asked = () if reading is None else reading.questions
    told = {question.answer for question in found.questions}
    return BroughtRota(
        found.case,
        found.schedule,
        found.cells,
        (*(q for q in asked if q.answer not in told and not found.settles(q)), *found.questions),
        reading,
    )


def schedule_in(raw: bytes) -> object:
    """The schedule itself; if the document is an answer, the one inside it."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return raw
    for name in ("result", "schedule"):
        found = found.get(name, found) if isinstance(found, dict) else found
    return found
