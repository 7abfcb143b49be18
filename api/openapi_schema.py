"""Names in the description: each thing once, and no two things by the same name."""

import json
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from pydantic import BaseModel, TypeAdapter

REF = "#/components/schemas/"

Schemas = dict[str, Any]


def add_bodies(schemas: Schemas, bodies: Iterable[type[BaseModel]]) -> None:
    """Describe bodies that the framework does not read itself, besides what it has described.

    Where two things have the same name, both are named by their modules too; so those that the
    framework has told apart in this way are described along.
    """
    told_apart = [_thing(name) for name in schemas if "__" in name]
    asked: list[Any] = [
        (number, "validation", TypeAdapter(thing))
        for number, thing in enumerate({*bodies, *told_apart})
    ]
    _, found = TypeAdapter.json_schemas(asked, ref_template=f"{REF}{{model}}")
    for name, schema in found.get("$defs", {}).items():
        schemas.setdefault(name, schema)


def _thing(name: str) -> type[Any]:
    module, _, kind = name.rpartition("__")
    thing: type[Any] = getattr(import_module(module.replace("__", ".")), kind)
    return thing


def name_apart(document: dict[str, Any]) -> dict[str, Any]:
    """The document with names that people would give: `RegisterChange`, not its module's path.

    Titles follow, since programs that make clients name their classes by them.
    """
    schemas: Schemas = document["components"]["schemas"]
    names = {name: _short(name) for name in schemas if "__" in name}
    text = json.dumps(document)
    for name, short in names.items():
        text = text.replace(f'"{REF}{name}"', f'"{REF}{short}"')
    changed: dict[str, Any] = json.loads(text)
    changed["components"]["schemas"] = {
        names.get(name, name): {**schema, "title": names[name]} if name in names else schema
        for name, schema in sorted(changed["components"]["schemas"].items())
    }
    return changed


def _short(name: str) -> str:
    module, kind = name.split("__")[-2:]
    return "".join(part.capitalize() for part in module.split("_")) + kind


def own_refusals(document: dict[str, Any]) -> None:
    """Where the framework describes its own refusal of a parameter, describe ours instead."""
    ours = {
        "description": "A parameter cannot be understood.",
        "content": {"application/problem+json": {"schema": {"$ref": f"{REF}ProblemDocument"}}},
    }
    for calls in document["paths"].values():
        for call in calls.values():
            said = json.dumps(call.get("responses", {}).get("422", {}))
            if f"{REF}HTTPValidationError" in said:
                call["responses"]["422"] = ours


def consts_as_enums(value: Any) -> Any:
    """A part of a document in which an alternative that is one word is an enum of one: the same to
    a validator, and some programs that make clients understand only this."""
    if isinstance(value, list):
        return [consts_as_enums(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {name: consts_as_enums(item) for name, item in value.items()}
    if isinstance(found.get("anyOf"), list):
        found["anyOf"] = [
            {**{n: v for n, v in one.items() if n != "const"}, "enum": [one["const"]]}
            if isinstance(one, dict) and "const" in one
            else one
            for one in found["anyOf"]
        ]
    return found
