"""Answers that were read lately, expanded once, so that turning a page of a board costs little."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from threading import Lock

from fastapi import Request

from api.formats import shown
from models.answer.result import Result
from models.facts.plan import Plan
from scheduler.exchange.render.grid import Grid
from scheduler.intake.case import Case

MOST_KEPT = 8
"""Answers that are kept expanded; of seven hundred people, one takes some tens of megabytes."""


@dataclass(frozen=True)
class KeptAnswer:
    """A case and its result, if there is one with a schedule."""

    case: Case
    result: Result

    @cached_property
    def plan(self) -> Plan:
        """The schedule of the result, or of its draft."""
        schedule = shown(self.result)
        assert schedule is not None, "only answers with a schedule are kept"
        return self.case.plan(schedule)

    @cached_property
    def grid(self) -> Grid:
        """The plan, laid out."""
        return Grid(self.case.facts, self.plan)


class KeptAnswers:
    """The answers read last; found by the texts they were read from, so never out of date."""

    def __init__(self) -> None:
        self._found: OrderedDict[str, KeptAnswer] = OrderedDict()
        self._lock = Lock()

    def of(
        self, texts: tuple[str, ...], read: Callable[[], tuple[Case, Result | None]]
    ) -> KeptAnswer | None:
        """The answer that some texts say; none where it has no schedule."""
        key = hashed(texts)
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        case, result = read()
        if result is None or shown(result) is None:
            return None
        kept = KeptAnswer(case, result)
        with self._lock:
            self._found[key] = kept
            while len(self._found) > MOST_KEPT:
                self._found.popitem(last=False)
        return kept


def kept_answers(request: Request) -> KeptAnswers:
    """Those of the service."""
    found: KeptAnswers = request.app.state.answers
    return found


def hashed(texts: tuple[str, ...]) -> str:
    """A name for some texts, of which no two have the same."""
    made = hashlib.blake2b(version("schoolrota").encode(), digest_size=16)
    for text in texts:
        data = text.encode()
        made.update(len(data).to_bytes(8, "big"))
        made.update(data)
    return made.hexdigest()
