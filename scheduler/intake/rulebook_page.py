"""The rulebook as a page, written from the rules: `python -m scheduler.intake.rulebook_page`."""

import inspect
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from models.problem.calendar import LOCAL_TIME
from scheduler.rulebook.example import Example
from scheduler.rulebook.rule import Rule
from scheduler.rules import EXAMPLES, LAW, RULES, TOPIC_SENTENCES, TOPICS

PLACE = Path(__file__).parent.parent / "rules" / "README.md"

BEGINNING = """\
# The rulebook

Everything that a rota can be asked to do. A rule is either a must or a wish at a priority. Each
rule is one file in this folder, and `make docs` writes this page from those files: change the rule,
not the page.

Every rule takes these fields; its other fields are listed in its own chapter.

| field | takes |
|---|---|
| `kind` | the name of the rule |
| `priority` | `"must"`, or 1, 2, 3 and so on: 1 is the most important |
| `weight` | the cost of one unit of breach; 1 if left out |
| `authority` | where the rule comes from: `law`, `agreement`, `policy` or `wish` |
| `says` | the rule in your own words, which reports then use |

In the drawings a line is a person, a column is a day, a letter is a shift and a dot is a day
without work.
"""

LAW_CHAPTER = f"""\
## The law

Some rules are in force in every request, because they are the law; the index marks them. A request
that states such a rule for everybody itself (`people` left out) has said how it is meant, and the
law is not added to it. `without` sets a rule aside, with a reason that the answer repeats; with
`people` only for some:

```json
"without": [
  {{"rule": "{next(iter(LAW))}", "why": "agreed for the camp, with time off after it"}}
]
```

## Choose a rule
"""

COMMON = set(Rule.model_fields) | {"kind"}
"""Fields that every rule has; they are explained once."""


def document() -> str:
    """The page: what all rules share, an index by topic, and a chapter for each rule."""
    return "\n".join([BEGINNING, LAW_CHAPTER, *_index(), *(chapter(kind) for kind in by_topic())])


def by_topic() -> dict[str, str]:
    """The topic of every rule by kind: topic by topic, and in alphabetical order within one."""
    return {kind: topic for topic in TOPIC_SENTENCES for kind in RULES if TOPICS[kind] == topic}


def title(topic: str) -> str:
    """A topic as a heading: "Places and travel"."""
    return topic.replace("_", " ").capitalize()


def listing() -> str:
    """The index as plain text, for a terminal."""
    wide = max(map(len, RULES))
    lines = []
    for topic, sentence in TOPIC_SENTENCES.items():
        lines += ["", f"{title(topic)}: {sentence}"]
        lines += [
            f"  {kind:{wide}}  {first_sentence(RULES[kind])}{_marked(kind)}"
            for kind, said in by_topic().items()
            if said == topic
        ]
    return "\n".join(lines[1:]) + "\n"


def _index() -> Iterator[str]:
    """A line for each rule, under a heading for its topic."""
    for topic, sentence in TOPIC_SENTENCES.items():
        yield f"### {title(topic)}\n\n{sentence}\n"
        for kind, said in by_topic().items():
            if said == topic:
                yield f"- [`{kind}`](#{kind}): {first_sentence(RULES[kind])}{_marked(kind)}"
        yield ""


def _marked(kind: str) -> str:
    return " (the law)" if RULES[kind].law is not None else ""


def chapter(kind: str) -> str:
    """One rule: what it means, its fields, and what it does on small rotas, as Markdown.

    Raises:
        KeyError: there is no such rule.
    """
    rule = RULES[kind]
    parts = [f"## {kind}", inspect.cleandoc(rule.__doc__ or ""), _standing(rule), *_fields(rule)]
    for example in EXAMPLES[kind]:
        parts.append(_drawn(example))
    return "\n\n".join(parts) + "\n"


def first_sentence(rule: type[Rule]) -> str:
    """What a rule asks, in its docstring's first sentence."""
    text = " ".join(inspect.cleandoc(rule.__doc__ or "").split("\n\n")[0].split())
    return text.partition(". ")[0].rstrip(".") + "."


def _standing(rule: type[Rule]) -> str:
    usual = rule.model_fields["priority"].default
    said = "a must" if usual == "must" else f"a wish at priority {usual}"
    always = ""
    if rule.law is not None:
        always = (
            " It is the law: as a must for everybody, it is in force in every request that neither "
            "states the rule for everybody itself nor sets it aside under `without`, with a reason."
        )
    if rule.always_on:
        always = " It is part of every request and never bends."
    return (
        f"The amount of a breach is a number of {rule.unit}. If the request does not say "
        f"otherwise, the rule is {said} and its authority is `{rule.usual_authority}`.{always}"
    )


def _fields(rule: type[Rule]) -> Iterator[str]:
    """A table of the rule's own fields, then one for each kind of object in them."""
    schema = rule.model_json_schema()
    own = {name: field for name, field in schema["properties"].items() if name not in COMMON}
    if own:
        yield _table(own, schema.get("required", ()))
    for name, inner in schema.get("$defs", {}).items():
        if f"`{name}`" in (_type(field) for field in own.values()):
            yield f"Fields of `{name}`:"
            yield _table(inner["properties"], inner.get("required", ()))


def _table(fields: dict[str, Any], required: Collection[str]) -> str:
    rows = [
        f"| `{name}` | {_type(field)} | {_default(name, field, required)} | "
        f"{field.get('description', '')} |"
        for name, field in fields.items()
    ]
    return "\n".join(["| field | takes | if left out | |", "|---|---|---|---|", *rows])


def _type(field: dict[str, Any]) -> str:
    """A JSON Schema as a few words: "a whole number", "`people` or `minutes`"."""
    if "anyOf" in field:
        kinds = [_type(option) for option in field["anyOf"] if option.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in field:
        return " or ".join(f"`{value}`" for value in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    if "$ref" in field:
        return _NAMES.get(name := field["$ref"].rpartition("/")[2], f"`{name}`")
    if field.get("type") == "array":
        items = field.get("items")
        return f"a list of {_type(items)}" if items else "a list"
    if field.get("pattern") == LOCAL_TIME:
        return "time"
    if field.get("format") in _NAMES:
        return _NAMES[field["format"]]
    return _NAMES.get(field.get("type", ""), "any value")


_NAMES = {
    "Who": "a choice of people",
    "Which": "a choice of duties",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "string": "text",
    "object": "object",
    "date": "date",
}


def _default(name: str, field: dict[str, Any], required: Collection[str]) -> str:
    if name in required:
        return "(required)"
    value = field.get("default")
    return "no limit or choice" if value is None else f"`{json.dumps(value)}`"


def _drawn(example: Example) -> str:
    sent = json.dumps(
        example.rule.model_dump(mode="json", exclude_unset=True) | {"kind": example.rule.name}
    )
    verdict = "\n".join(f"- broken: {said}" for said in example.breaches) or "- kept"
    given = {"shifts": example.shifts, "people": example.people, **example.facts}
    told = {name: what for name, what in given.items() if what}
    known = f"given `{json.dumps(told, default=str)}`\n\n" if told else ""
    return f"`{sent}`\n\n{known}```\n{example.rota.strip()}\n```\n\n{verdict}"


if __name__ == "__main__":
    PLACE.write_text(document(), encoding="utf-8")
