"""What the duties of a request may be called in a sheet."""

import difflib
import re
from collections import defaultdict
from datetime import date

from models.answer.schedule import Schedule
from models.facts.facts import Duty, Facts
from models.problem.problem import Shift
from scheduler.exchange.grid.codes import MOST_OF_A_CODE, key, sounds_like_work
from scheduler.exchange.grid.documents import CodeMeaning, GridMapping
from scheduler.exchange.render.grid import Grid
from scheduler.intake.case import Case
from scheduler.intake.validation_errors import pointer
from scheduler.wording import listed


class RequestWords:
    """What the duties of a request may be called in a sheet."""

    def __init__(self, case: Case) -> None:
        self._facts = facts = case.facts
        self._by_name: dict[tuple[str, date], list[Duty]] = defaultdict(list)
        self._by_day: dict[date, list[Duty]] = defaultdict(list)
        self._parts: dict[date, list[tuple[frozenset[str], Duty]]] = defaultdict(list)
        self._names: dict[str, str] = {}
        lines = Grid(facts, case.plan(Schedule())).lines
        codes = {duty.id: line.code for line in lines for duty in line.duties}
        for duty in facts.duties:
            day = facts.date(duty.day)
            whole = f"{duty.name}, {duty.need}" if duty.need else duty.name
            for word in {duty.name, duty.shift, whole, codes.get(duty.id, "")} - {""}:
                self._by_name[key(word), day].append(duty)
                self._names.setdefault(key(word), duty.name)
            self._by_day[day].append(duty)
            school = facts.schools[duty.school]
            said = f"{whole} {duty.shift} {school.name} {school.id}"
            self._parts[day].append((_parts(said), duty))

    def known(self, mapping: GridMapping) -> GridMapping:
        """A mapping with the words of the request as codes, where it does not know them yet."""
        sent = {key(code) for code in mapping.codes}
        codes = {
            word: CodeMeaning(means="duty", name=word[:200])
            for word in self._names
            if word not in sent and len(word) <= MOST_OF_A_CODE
        }
        return mapping.model_copy(update={"codes": {**mapping.codes, **codes}})

    def duties(self, shift: Shift, school: str, day: date) -> list[Duty]:
        """The needs of the shift that a sheet means on a date; several if it has several."""
        facts = self._facts
        found = self._by_name.get((key(shift.name), day), [])
        untimed = key(shift.name).removesuffix(" (am)").removesuffix(" (pm)")
        found = found or self._by_name.get((untimed, day), []) or self._by_parts(untimed, day)
        at = [d for d in found or self._by_day.get(day, []) if self._times(d) == _span(shift)]
        if not found:
            return at if len({d.occasion for d in at}) == 1 else []
        found = at or found
        here = [d for d in found if facts.school_name(d.school) == school]
        found = here or found
        return [d for d in found if d.occasion == found[0].occasion]

    def explains(self, code: str) -> bool:
        """Whether a code sounds like work, or all its words stand in those of a duty: it is then no
        private reason."""
        said = _parts(code)
        if sounds_like_work(code):
            return True
        return bool(said) and any(said <= words for day in self._parts.values() for words, _ in day)

    def _by_parts(self, name: str, day: date) -> list[Duty]:
        """The duties of the one shift whose name, need and school have all words of a code."""
        said = _parts(name)
        alike = [duty for words, duty in self._parts.get(day, ()) if said and said <= words]
        return alike if len({duty.shift for duty in alike}) == 1 else []

    def _times(self, duty: Duty) -> tuple[str, str]:
        stint = duty.stints[0]
        return _clock(self._facts, stint.start), _clock(self._facts, stint.end)

    def unknown(self, name: str, day: date) -> tuple[str, str]:
        """A question about a code that the request does not explain, and where its answer goes."""
        answer = pointer(("codes", name))
        horizon = self._facts.problem.horizon
        if not horizon.first <= day <= horizon.last:
            return "This date is outside the dates of the request, and was not read.", "/near"
        if key(name) in self._names:
            return "The request has this duty, but not on this date.", answer
        near = difflib.get_close_matches(key(name), self._names, n=3, cutoff=0.5)
        says = f"`{name}` is no duty of the request, and was not read. Which one is it?"
        hint = listed(sorted({self._names[word] for word in near}))
        return says + (f" Maybe {hint}?" if near else ""), answer


def _clock(facts: Facts, minute: int) -> str:
    """A minute of the horizon as a time of day."""
    return f"{facts.local(minute):%H:%M}"


def _span(shift: Shift) -> tuple[str, str]:
    return f"{shift.start:%H:%M}", f"{shift.end:%H:%M}"


def _parts(text: str) -> frozenset[str]:
    """The words of a text that say something."""
    found = re.findall(r"[^\W_]+", text.casefold())
    return frozenset(word for word in found if word not in ("at", "on", "the", "and", "of", "for"))
