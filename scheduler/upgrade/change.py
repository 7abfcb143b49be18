"""Step and Change: one change of a request's form, and what it did to a document."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

Document = dict[str, Any]
"""A JSON object."""


class Change(NamedTuple):
    """One thing that a step has changed."""

    path: tuple[str | int, ...]
    """Where, from the outside in; the same place before and after."""
    said: str
    """What, in a sentence."""


@dataclass(frozen=True)
class Step:
    """One change of a request's form."""

    about: str
    """What it changes, in a sentence."""
    marks: tuple[str, ...]
    """A document that the step changes contains at least one of these texts; a document without
    any is not parsed."""
    of_request: Callable[[Document], tuple[Document, list[Change]]]
    """A request, or a part of one, after the step. The document passed is not modified."""
    of_result: Callable[[Document], Document]
    """A stored answer after the step, with the kinds of the rules in its findings."""

    def of_document(self, document: Document) -> tuple[Document, list[Change]]:
        """A request, or the definition of a rota with its request and the rules of its nights."""
        document, changes = self.of_request(document)
        for name in ("request", "nightly"):
            part = document.get(name)
            if isinstance(part, dict):
                part, more = self.of_request(part)
                document = {**document, name: part}
                changes = [*changes, *(Change((name, *c.path), c.said) for c in more)]
        return document, changes

    def of_text(self, text: str) -> str:
        """The JSON of a request or a definition after the step."""
        if not self._may_change(text):
            return text
        document, changes = self.of_document(json.loads(text))
        return _compact(document) if changes else text

    def of_result_text(self, text: str) -> str:
        """The JSON of an answer after the step."""
        if not self._may_change(text):
            return text
        before = json.loads(text)
        after = self.of_result(before)
        return text if after == before else _compact(after)

    def _may_change(self, text: str) -> bool:
        return any(mark in text for mark in self.marks)


def _compact(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
