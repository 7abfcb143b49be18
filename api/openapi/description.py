"""The OpenAPI document: what the framework says of the calls, completed and made smaller."""

import json
from collections import Counter
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter

from api.access import routes_of
from api.problems import MEDIA_TYPE
from models.problem.calendar import LocalDateTime, LocalTime
from models.value import Id, Text
from scheduler.rulebook.rule import Rule

SCHEMAS = "#/components/schemas/"
RESPONSES = "#/components/responses/"
PARAMETERS = "#/components/parameters/"

SHARED = {
    HTTPStatus.UNAUTHORIZED: "A key is needed.",
    HTTPStatus.FORBIDDEN: "The key does not allow this call.",
    HTTPStatus.NOT_FOUND: "There is no such thing.",
    HTTPStatus.NOT_ACCEPTABLE: "None of the formats on offer is accepted.",
    HTTPStatus.CONFLICT: "It is not in the state that the call needs.",
    HTTPStatus.GONE: "It was removed, since it ended so long ago.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not of a media type that the call takes.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "A parameter is not known, or cannot be understood.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many calls were made; Retry-After says when to call again.",
    HTTPStatus.BAD_GATEWAY: "A system outside did not answer in full, or refuses the service.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The service cannot take calls now.",
}
"""Refusals that calls share, each a problem document; a call may describe its own more closely."""

OF_EVERY_RULE = {
    "priority": "RulePriority",
    "weight": "RuleWeight",
    "authority": "RuleAuthority",
    "says": "RuleWords",
}
"""Fields that all rules have, and the schema that describes each of them once."""

SHARED_TYPES: dict[str, tuple[Any, str]] = {
    "Id": (Id, "How the caller names a thing: letters, digits, dots, dashes and underscores."),
    "Text": (Text, "A line for people to read."),
    "LocalTime": (LocalTime, "A local time of day: HH:MM, and perhaps seconds."),
    "LocalDateTime": (LocalDateTime, "A local date and time: YYYY-MM-DDTHH:MM, perhaps seconds."),
}
"""Types of text that stand in many places, and what they are: described once."""

AS_SENT = ("example", "examples", "default", "const", "enum")
"""Keywords whose values are no schemas."""

OF_NAMES = ("properties", "schemas", "responses", "paths", "securitySchemes", "mapping", "content")
"""Keywords whose values have names for keys."""

Schemas = dict[str, Any]


def described(
    app: FastAPI, bodies: Iterable[type[BaseModel]], rules: Iterable[type[BaseModel]]
) -> dict[str, Any]:
    """The OpenAPI document of an app.

    Args:
        app: whose calls are described.
        bodies: what bodies are read into that the framework does not read itself.
        rules: the classes of the rules, whose common fields are described once.
    """
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        tags=app.openapi_tags,
        routes=app.routes,
        separate_input_output_schemas=False,
    )
    _restore_bodies(app, document)
    schemas: Schemas = document["components"]["schemas"]
    _add_bodies(schemas, bodies)
    _share_rule_fields(schemas, rules)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    _share_refusals(document)
    types = {
        name: {**TypeAdapter(kind).json_schema(), "description": said}
        for name, (kind, said) in SHARED_TYPES.items()
    }
    found = {_told_by(kind): name for name, kind in types.items()}
    smaller: dict[str, Any] = _smaller(document, found)
    _share_parameters(smaller)
    smaller["components"]["schemas"] |= types
    smaller["components"]["schemas"] = dict(sorted(smaller["components"]["schemas"].items()))
    return smaller


def _restore_bodies(app: FastAPI, document: dict[str, Any]) -> None:
    """Put the bodies back as the calls declare them: the framework leaves out every null, also one
    of an example, which could then not be sent."""
    for route in routes_of(app):
        if isinstance(route, APIRoute) and "requestBody" in (route.openapi_extra or {}):
            for method in route.methods or ():
                call = document["paths"][route.path_format][method.lower()]
                call["requestBody"] = (route.openapi_extra or {})["requestBody"]


def _add_bodies(schemas: Schemas, bodies: Iterable[type[BaseModel]]) -> None:
    """Describe bodies that the framework does not read itself, beside what it has described."""
    asked: list[Any] = [
        (number, "validation", TypeAdapter(body)) for number, body in enumerate({*bodies})
    ]
    _, found = TypeAdapter.json_schemas(asked, ref_template=f"{SCHEMAS}{{model}}")
    for name, schema in found.get("$defs", {}).items():
        schemas.setdefault(name, schema)


def _share_rule_fields(schemas: Schemas, rules: Iterable[type[BaseModel]]) -> None:
    """Describe the fields that every rule has once, with the default that each rule gives them."""
    base = Rule.model_json_schema()["properties"]
    for field, name in OF_EVERY_RULE.items():
        schemas[name] = {k: v for k, v in base[field].items() if k != "default"}
    for rule in rules:
        properties = schemas[rule.__name__]["properties"]
        for field, name in OF_EVERY_RULE.items():
            default = properties[field].get("default")
            properties[field] = {"$ref": f"{SCHEMAS}{name}", "default": default}


def _share_refusals(document: dict[str, Any]) -> None:
    """Refer to one description of each refusal; every call may refuse a parameter, and a caller."""
    schema = {"schema": {"$ref": f"{SCHEMAS}ProblemDocument"}}
    for path, calls in document["paths"].items():
        for call in calls.values():
            answers = call["responses"]
            answers.setdefault("422", {})
            if path.startswith("/v1/"):
                answers.setdefault("429", {})
            for status in [s for s in answers if int(s) >= HTTPStatus.BAD_REQUEST]:
                kind = HTTPStatus(int(status))
                said = answers[status].get("description", "")
                answers[status] = {"$ref": RESPONSES + _response(kind)}
                if said and said not in (SHARED[kind], "Validation Error"):
                    answers[status]["description"] = said
            call["responses"] = dict(sorted(answers.items()))
    document["components"]["responses"] = {
        _response(kind): {"description": said, "content": {MEDIA_TYPE: schema}}
        for kind, said in SHARED.items()
    }


def _share_parameters(document: dict[str, Any]) -> None:
    """Refer to one description of each parameter that several calls have."""
    calls = [call for calls in document["paths"].values() for call in calls.values()]
    told = Counter(json.dumps(p) for call in calls for p in call.get("parameters", ()))
    names: dict[str, str] = {}
    for text, number in told.items():
        if number > 1:
            name = json.loads(text)["name"]
            alike = sum(json.loads(other)["name"] == name for other in names)
            names[text] = f"{name}_{alike + 1}" if alike else name
    for call in calls:
        for place, parameter in enumerate(call.get("parameters", ())):
            name = names.get(json.dumps(parameter))
            if name is not None:
                call["parameters"][place] = {"$ref": PARAMETERS + name}
    document["components"]["parameters"] = {name: json.loads(t) for t, name in names.items()}


def _response(status: HTTPStatus) -> str:
    return "".join(word.capitalize() for word in status.name.split("_"))


def _told_by(schema: dict[str, Any]) -> str:
    """What a schema of a word asks for, as a text to look it up by."""
    parts = ("type", "minLength", "maxLength", "pattern")
    return json.dumps({part: schema[part] for part in parts if part in schema})


def _smaller(value: Any, shared: dict[str, str], *, names: bool = False) -> Any:
    """A part of a document, without what pydantic says of it that nobody needs.

    Titles made from names go, and so does the default null of what may be left out. Types that are
    described once are referred to. An alternative that is one word becomes an enum of one, which
    is the same to a validator, and the only form that some generators of clients understand.

    Args:
        value: the part.
        shared: what a type asks for, to the name that it is described by.
        names: whether its keys are names, such as those of properties, and not keywords.
    """
    if isinstance(value, list):
        return [_smaller(item, shared) for item in value]
    if not isinstance(value, dict):
        return value
    if names:
        return {name: _smaller(item, shared) for name, item in value.items()}
    found = {
        keyword: item if keyword in AS_SENT else _smaller(item, shared, names=keyword in OF_NAMES)
        for keyword, item in value.items()
        if (keyword, item) != ("default", None) and (keyword != "title" or "version" in value)
    }
    if isinstance(found.get("anyOf"), list):
        found["anyOf"] = [
            {**{n: v for n, v in one.items() if n != "const"}, "enum": [one["const"]]}
            if "const" in one
            else one
            for one in found["anyOf"]
        ]
    if "in" in found and isinstance(found.get("schema"), dict):  # a parameter, described itself
        found["schema"] = {k: v for k, v in found["schema"].items() if k != "description"}
    name = shared.get(_told_by(found)) if found.get("type") == "string" else None
    if name is None or found.keys() & {"format", "enum", "const"}:
        return found
    kept = {k: v for k, v in found.items() if k in ("description", "default")}
    return {"$ref": SCHEMAS + name, **kept}
