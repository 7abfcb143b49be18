"""The page at /docs: the OpenAPI document to read, without scripts and without a network."""

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any, NamedTuple

from fastapi import APIRouter, Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from api.access import open_to_all

router = APIRouter(include_in_schema=False)

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "private, max-age=300",
}

MOST_OPTIONS = 12
"""Alternatives of a type that are listed where it stands; more are folded away."""

Node = dict[str, Any]
"""A part of the document."""

_PAGES = Environment(
    loader=PackageLoader("api.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Call(NamedTuple):
    """One operation, as the page shows it."""

    method: str
    path: str
    about: Node
    parameters: list[Node]
    body: list[tuple[str, Node]]
    """(media type, its content)."""
    answers: list[tuple[str, str, list[tuple[str, Node]]]]
    """(status, what it means, its contents)."""


@router.get("/docs")
@open_to_all
def show_reference(request: Request) -> Response:
    """Every call and every schema on one page."""
    state = request.app.state
    if not hasattr(state, "reference"):
        state.reference = written(request.app.openapi())
    return Response(state.reference, media_type="text/html; charset=utf-8", headers=HEADERS)


@router.get("/docs/reference.css")
@open_to_all
def get_reference_style() -> Response:
    """How the page looks."""
    style = files("api.pages").joinpath("templates", "reference.css").read_bytes()
    return Response(style, media_type="text/css; charset=utf-8", headers=HEADERS)


def written(document: Node) -> bytes:
    """The page for an OpenAPI document; every text in it is escaped."""
    calls = list(_calls(document))
    tags = [
        (tag, [call for call in calls if tag["name"] in call.about["tags"]])
        for tag in document["tags"]
    ]
    page = _PAGES.get_template("reference.html.j2").render(
        info=document["info"],
        tags=tags,
        schemas=document["components"]["schemas"],
        type_of=type_of,
        prose=prose,
        as_json=lambda value: json.dumps(value, indent=2, ensure_ascii=False),
    )
    return page.encode()


def _calls(document: Node) -> Iterator[Call]:
    def real(node: Node) -> Node:
        """A thing, where it may only be referred to; a description beside the reference wins."""
        if "$ref" not in node:
            return node
        kind, name = node["$ref"].split("/")[-2:]
        found: Node = document["components"][kind][name]
        return {**found, **{k: v for k, v in node.items() if k == "description"}}

    for path, methods in document["paths"].items():
        for method, about in methods.items():
            answers = [(status, real(answer)) for status, answer in about["responses"].items()]
            yield Call(
                method.upper(),
                path,
                about,
                [real(parameter) for parameter in about.get("parameters", ())],
                list(about.get("requestBody", {}).get("content", {}).items()),
                [(s, a["description"], list(a.get("content", {}).items())) for s, a in answers],
            )


def prose(text: str) -> Markup:
    """Plain text as HTML: paragraphs, and `code` in backticks."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return Markup("").join(
        Markup("<p>{}</p>").format(
            Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(part))))
        )
        for part in paragraphs
    )


def type_of(schema: Node) -> Markup:
    """A schema in a few words, with links to those that have a name."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#schema-{0}">{0}</a>').format(name)
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return _alternatives([type_of(option) for option in options])
    if "const" in schema:
        return Markup("<code>{}</code>").format(json.dumps(schema["const"]))
    if "enum" in schema:
        return _alternatives(
            [Markup("<code>{}</code>").format(json.dumps(value)) for value in schema["enum"]]
        )
    kind = schema.get("type")
    if kind == "array":
        if "prefixItems" in schema:
            inner = Markup(", ").join(type_of(item) for item in schema["prefixItems"])
            return Markup("list of ({})").format(inner)
        return Markup("list of {}").format(type_of(schema.get("items", {})))
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return Markup("object of {}").format(type_of(schema["additionalProperties"]))
    if kind is None:
        return Markup("any value")
    if schema.get("format") == "binary":
        return Markup("file")
    return Markup("{}{}").format(schema.get("format", kind), _bounds(schema))


def _alternatives(options: list[Markup]) -> Markup:
    joined = Markup(" or ").join(options)
    if len(options) <= MOST_OPTIONS:
        return joined
    folded = "<details><summary>one of {} kinds</summary>{}</details>"
    return Markup(folded).format(len(options), joined)


BOUNDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "{} or more characters",
    "maxLength": "at most {} characters",
    "pattern": "like {}",
}
"""Keywords that limit a number or a text, in words."""


def _bounds(schema: Node) -> Markup:
    said = [
        words.format(f"{schema[word]:g}" if isinstance(schema[word], float) else schema[word])
        for word, words in BOUNDS.items()
        if word in schema
    ]
    return Markup(' <span class="bounds">{}</span>').format(", ".join(said)) if said else Markup()
