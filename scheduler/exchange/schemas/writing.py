"""The JSON Schemas of a request, a schedule, a report and a whole answer, from their models."""

import json
from pathlib import Path

from models.answer.report import Report
from models.answer.schedule import Schedule
from models.answer.summary import ScheduleAnswer
from models.value import Value
from scheduler.intake.request import RotaRequest

DOCUMENTS: dict[str, type[Value]] = {
    "request": RotaRequest,
    "schedule": Schedule,
    "report": Report,
    "answer": ScheduleAnswer,
}


def place(name: str) -> Path:
    """Where the schema of a document is committed."""
    return Path(__file__).parent / f"{name}.schema.json"


def written(name: str) -> str:
    """The schema of a document, as it is committed (JSON Schema 2020-12)."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:schoolrota:schema:{name}",
        **DOCUMENTS[name].model_json_schema(
            mode="validation" if name == "request" else "serialization"
        ),
    }
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
