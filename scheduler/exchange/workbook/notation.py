"""Parses the notation of values with parts from left to right; `cells` describes the notation."""

import difflib
import json
import re
from typing import Any

from models.problem.calendar import DateRange
from models.value import Value
from scheduler.exchange.workbook.field_types import Shape, shape

NOTHING, EMPTY = "null", "[]"

DELIMITERS = ';,()"'

DEEPEST = 30
"""The most levels of nested parentheses."""

_TO = re.compile(r"([\w-]+) +to +([\w-]+)")


class Misread(ValueError):
    """A cell cannot be understood; the message says why and what to do, and never the content."""


_WORDS = {"yes": True, "no": False, "true": True, "false": False}


def scalar(text: str, of: Shape) -> Any:
    if of.of == "yes":
        return _WORDS.get(text.lower(), text)
    numeric = text.removeprefix("-")
    if of.of in ("whole", "choice") and numeric.isascii() and numeric.isdigit():
        return int(text) if len(text) < 20 else text
    if of.of == "time" and text[1:2] == ":" and text[:1].isdigit():
        return f"0{text}"
    if of.of == "number":
        try:
            return float(text)
        except ValueError:
            return text
    return text


class Notation:
    """A parser for one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def whole(self, of: Shape) -> Any:
        """The whole text as a value; a single thing needs no parentheses."""
        if of.of == "thing" and self._text not in of.choices and not self._text.startswith("("):
            found: Any = self._thing(of.model)
        else:
            found = self._value(of)
        self._space()
        if self._at < len(self._text):
            raise Misread(self._where("is not understood from character {} on"))
        return found

    def quoted_alone(self) -> str:
        """The whole text as one text in quotes."""
        found = self._quoted()
        if self._at < len(self._text):
            raise Misread("begins with a quote, but goes on after the text in quotes.")
        return found

    def _value(self, of: Shape) -> Any:
        self._space()
        if of.of == "list":
            return self._list(of)
        if of.of == "thing":
            if self._takes(NOTHING):
                return None
            for choice in of.choices:
                if self._takes(str(choice)):
                    return choice
            if of.item is not None and self._takes("["):
                several = self._list(of)
                if not self._takes("]"):
                    raise Misread(self._where("needs a ] or , at character {}"))
                return several
            if not self._takes("("):
                raise Misread(self._where("needs a ( at character {}"))
            self._depth += 1
            if self._depth > DEEPEST:
                raise Misread("is nested too deeply.")
            found = self._thing(of.model)
            self._space()
            if not self._takes(")"):
                raise Misread(self._where("needs a ) or ; at character {}"))
            self._depth -= 1
            return found
        if self._text.startswith('"', self._at):
            return self._quoted()
        text = self._bare()
        return None if text == NOTHING else scalar(text, of)

    def _list(self, of: Shape) -> Any:
        if self._takes(EMPTY):
            return []
        found = [self._value(of.item or Shape("text"))]
        self._space()
        while self._takes(","):
            found.append(self._value(of.item or Shape("text")))
            self._space()
        return None if found == [None] else found

    def _thing(self, model: type[Value] | None) -> dict[str, Any]:
        fields = {} if model is None else model.model_fields
        found: dict[str, Any] = {}
        self._space()
        if model is DateRange and (dates := _TO.match(self._text, self._at)):
            self._at = dates.end()
            return {"first": dates[1], "last": dates[2]}
        while self._at < len(self._text) and self._text[self._at] != ")":
            name, colon, _ = self._text[self._at :].partition(":")
            if not colon or not name.strip().isidentifier():
                raise Misread(self._where("needs a name and a colon at character {}"))
            known = name.strip()
            if known not in fields:
                near = difflib.get_close_matches(known, fields, 1)
                maybe = f"`{near[0]}`?" if near else f"one of: {', '.join(fields)}."
                raise Misread(f"has a part that is not known. Maybe {maybe}")
            if known in found:
                raise Misread(f"says `{known}` twice.")
            self._at += len(name) + 1
            found[known] = self._value(shape(fields[known].annotation))
            self._space()
            if not self._takes(";"):
                break
            self._space()
        return found

    def _bare(self) -> str:
        end = self._at
        while end < len(self._text) and self._text[end] not in DELIMITERS:
            end += 1
        found = self._text[self._at : end].strip()
        if not found:
            raise Misread(self._where("needs a value at character {}"))
        self._at = end
        return found

    def _quoted(self) -> str:
        try:
            found, self._at = json.JSONDecoder().raw_decode(self._text, self._at)
        except ValueError:
            raise Misread("has a text in quotes that does not end, or is not as in JSON.") from None
        return str(found)

    def _takes(self, sign: str) -> bool:
        if self._text.startswith(sign, self._at):
            self._at += len(sign)
            return True
        return False

    def _space(self) -> None:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1

    def _where(self, sentence: str) -> str:
        return sentence.format(self._at + 1) + "."
