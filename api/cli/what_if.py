"""Commands that ask about an answer: why somebody is where they are, what a change would cost."""

import json
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from api.cli.files import INVALID, read_bytes, read_file, refused, say, tell
from models.answer.result import Level, Result
from models.answer.what_if import ExplainRequest, HandMove
from scheduler.answers.trial import tried
from scheduler.answers.why import AskedSchedule, explained
from scheduler.intake.parse import read_schedule
from scheduler.intake.validation_errors import InvalidRequest

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

File = Annotated[Path, typer.Argument(help="A request as JSON, or a workbook of one.")]
Answer = Annotated[Path, typer.Argument(help="A schedule, or an answer of `solve --json`.")]
AsJson = Annotated[bool, typer.Option("--json", help="As data.")]


@app.command()
def why(
    file: File,
    answer: Answer,
    person: Annotated[str, typer.Argument(help="The id of the person.")],
    what: Annotated[str, typer.Argument(help="The id of a duty, or a date such as 2026-04-06.")],
    as_json: AsJson = False,
) -> None:
    """Say why somebody is on a duty or not, or what they do on a day, and what else would cost."""
    given = _asked(file, answer)
    try:
        day = date.fromisoformat(what)
    except ValueError:
        day = None
    try:
        asked = ExplainRequest(person=person, duty=what if day is None else None, day=day)
        found = explained(given, asked)
    except ValidationError:
        tell("The person cannot be an id. Maybe look at the request?")
        raise typer.Exit(INVALID) from None
    except InvalidRequest as invalid:
        raise refused(answer, invalid.faults) from None
    say(found.model_dump_json(indent=2) + "\n" if as_json else "\n".join(found.sentences) + "\n")


@app.command("try")
def try_(
    file: File,
    answer: Answer,
    moves: Annotated[
        list[str],
        typer.Argument(
            help="Changes: pin:PERSON:DUTY, give:DUTY:TO, give:DUTY:FROM:TO, empty:DUTY, "
            "empty:DUTY:PERSON, swap:PERSON:DUTY:OTHER_PERSON:OTHER_DUTY."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Judge changes by hand: what they would break and cost while the rest stays as it is."""
    given = _asked(file, answer)
    try:
        made = [_move(text) for text in moves]
    except (ValueError, ValidationError):
        tell("A change cannot be understood. Maybe pin:PERSON:DUTY? --help lists all forms.")
        raise typer.Exit(INVALID) from None
    try:
        found = tried(given.case, given.plan, made, report=given.report, levels=given.levels)
    except InvalidRequest as invalid:
        raise refused(answer, invalid.faults) from None
    if as_json:
        say(found.model_dump_json(indent=2) + "\n")
    else:
        say("\n".join([*found.moves, found.sentence]) + "\n")


def _move(text: str) -> HandMove:
    do, *parts = text.split(":")
    match do, parts:
        case "pin", [person, duty]:
            return HandMove(do="pin", duty=duty, person=person)
        case "give", [duty, to]:
            return HandMove(do="give", duty=duty, to=to)
        case "give", [duty, person, to]:
            return HandMove(do="give", duty=duty, person=person, to=to)
        case "empty", [duty]:
            return HandMove(do="leave_empty", duty=duty)
        case "empty", [duty, person]:
            return HandMove(do="leave_empty", duty=duty, person=person)
        case "swap", [person, duty, to, other]:
            return HandMove(do="swap", duty=duty, person=person, to=to, other=other)
    raise ValueError


def _asked(file: Path, answer: Path) -> AskedSchedule:
    case = read_file(file)
    raw = read_bytes(answer)
    levels: tuple[Level, ...] = ()
    try:
        found = json.loads(raw)
        for name in ("result", "schedule"):
            if name == "schedule" and isinstance(found, dict) and "receipt" in found:
                levels = Result.model_validate(found).levels
            found = found.get(name, found) if isinstance(found, dict) else found
    except (ValueError, RecursionError):
        found = raw
    try:
        schedule = read_schedule(found, case.facts)
    except InvalidRequest as invalid:
        raise refused(answer, invalid.faults) from None
    plan = case.plan(schedule)
    return AskedSchedule(case, schedule, plan, case.judge(plan), levels)
