"""Solving from the command line: limits from options, a child process, and what goes wrong."""

import json
from pathlib import Path

import typer

from api.cli.files import OUR_FAULT, refused, tell
from api.cli.terminal import progress, stoppable
from models.answer.result import Result
from models.answer.schedule import Schedule
from scheduler.child import ChildLost, solve_in_child
from scheduler.intake.case import Case
from scheduler.intake.parse import read_case
from scheduler.intake.request import RotaRequest
from scheduler.intake.validation_errors import InvalidRequest
from scheduler.report.answer import fingerprint


def limited(
    case: Case,
    seconds: float | None,
    workers: int | None,
    seed: int | None,
    reproducible: bool,
) -> Case:
    """A request with the limits that options give.

    Raises:
        typer.Exit: they are no limits; every fault has been printed.
    """
    request = case.request
    given = {"seconds": seconds, "workers": workers, "seed": seed, "reproducible": reproducible}
    changed = {name: value for name, value in given.items() if value not in (None, False)}
    limits = {**request.limits.model_dump(), **changed}
    try:
        return read_case({**request.model_dump(mode="json"), "limits": limits}, case)
    except InvalidRequest as invalid:
        raise refused(Path("limits"), invalid.faults) from None


def solved(case: Case, file: Path, start: Schedule | None = None) -> Result:
    """The answer to a request, with progress on the way.

    Raises:
        typer.Exit: it cannot be used, or something went wrong; this has been said.
    """
    try:
        with stoppable() as asked, progress() as listen:
            return solve_in_child(case, listen=listen, stop=asked.is_set, start=start)
    except InvalidRequest as invalid:
        raise refused(file, invalid.faults) from None
    except ChildLost as lost:
        tell(str(lost))
    except Exception as error:
        if type(error).__name__ != "Disagreement":  # it lives with the solver, which we do without
            raise
        tell("The checker does not agree with the model. This is our fault, not yours.")
        tell(f"Nothing is shown; the evidence is in {_evidence(case.request, error)}.")
    raise typer.Exit(OUR_FAULT)


def _evidence(request: RotaRequest, error: Exception) -> Path:
    kept = getattr(error, "schedule", None)
    evidence = {
        "said": str(error),
        "request": request.model_dump(mode="json"),
        "schedule": kept and kept.model_dump(mode="json"),
    }
    place = Path(f"schoolrota-disagreement-{fingerprint(request)[:12]}.json")
    place.write_text(json.dumps(evidence), encoding="utf-8")
    return place
