"""From what was sent to a request or a schedule, or to all of its faults at once."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.value import NOT_FOR_TEXT, Value
from scheduler.intake import (
    contract_checks,
    given_titles,
    law,
    list_checks,
    references,
    size_limits,
    time_checks,
)
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.intake.validation_errors import (
    MOST_FAULTS,
    Fault,
    InvalidRequest,
    Path,
    fault,
    locate,
    more_faults,
    worded,
)

__all__ = [
    "Fault",
    "InvalidRequest",
    "read_case",
    "read_json",
    "read_request",
    "read_schedule",
    "read_value",
]

ESCAPED_CONTROL = re.compile(
    r"\\u00(?:[01][0-9a-f]|[89][0-9a-f]|7f)|\\[bf]|\\ud[89a-f]|[\x7f-\x9f]", re.IGNORECASE
)
"""What a JSON text with a control character in a value has somewhere."""

MOST_BYTES = 64 * 1024 * 1024

MOST_VALUES = 4_000_000
"""Values in a document, estimated from its commas."""

MOST_DEPTH = 100
"""Levels of objects and arrays inside each other; people write about ten."""

LARGE = 1024 * 1024
"""Bytes of a document that is glanced at before it is read."""

FEW = 100
"""How much of each array is looked at at a glance."""

MOST_ERRORS = 10_000
"""More than this is nonsense: it is counted, and only a glance is put into words."""

ROUNDS = 4
"""How often parts at fault are left out so that the rest can be judged."""

PAIRS = ("between",)
"""Arrays of a fixed length, of which no item can be left out."""

EVERYTHING_DEPENDS_ON = ("schools", "midday", "cycle_start")
"""Fields of a problem without which neither people nor work can be judged."""

V = TypeVar("V", bound=Value)


def read_request(raw: object) -> RotaRequest:
    """A request from JSON text or bytes, or from a document that is parsed already.

    Raises:
        InvalidRequest: with every fault that was found.
    """
    return read_case(raw).request


def read_case(raw: object, like: Case | None = None) -> Case:
    """The same with its facts, which had to be expanded to judge it.

    Args:
        raw: JSON text or bytes, or a parsed document.
        like: a case that may share its expansion.

    Raises:
        InvalidRequest: with every fault that was found.
    """
    document, faults = _parse(raw, RotaRequest)
    _not_too_deep(document)
    _glance(raw, document, RotaRequest)
    read = _DocumentReading(document, RotaRequest)
    request = read.value
    faults += read.faults
    if request is None or len(faults) > MOST_FAULTS:
        raise InvalidRequest(faults)
    names = references.Names(document.get("problem"))
    found = [
        *references.of_values(request, names),
        *law.said_twice(request.without),
        *given_titles.mistitled(request.titles, request.rules),
        *list_checks.of_lists(request.problem),
        *contract_checks.of_problem(request.problem),
        *time_checks.of_problem(request.problem),
    ]
    sizes = list(size_limits.of_size(request))
    faults += [fault(read.sent(path), said) for path, said in (*found, *sizes)]
    case = Case(request) if like is None else like.amended(request)
    if not sizes:
        rest = read
        if faults:
            rest = _DocumentReading(document, RotaRequest, read, [path for path, _ in found])
        if rest.value is not None and not rest.lacks("schools"):
            further = references.of_facts(
                rest.value,
                Facts(rest.value.problem) if faults else case.facts,
                people=not rest.lacks(*EVERYTHING_DEPENDS_ON, "people"),
                work=not rest.lacks(*EVERYTHING_DEPENDS_ON, "shifts", "activities"),
            )
            faults += [fault(rest.sent(path), said) for path, said in further]
    if faults:
        raise InvalidRequest(faults)
    return case


def read_value(raw: object, model: type[V]) -> V:
    """Any other value, from JSON text or bytes, or from a parsed document.

    Raises:
        InvalidRequest: with every fault that was found.
    """
    document, faults = _parse(raw, model)
    _not_too_deep(document)
    _glance(raw, document, model)
    read = _DocumentReading(document, model)
    faults += read.faults
    if read.value is None or faults:
        raise InvalidRequest(faults)
    return read.value


def read_schedule(raw: object, facts: Facts) -> Schedule:
    """A schedule for a problem, from JSON text or bytes, or from a parsed document.

    Raises:
        InvalidRequest: with every fault that was found.
    """
    document, faults = _parse(raw, Schedule)
    _not_too_deep(document)
    _glance(raw, document, Schedule)
    read = _DocumentReading(document, Schedule)
    faults += read.faults
    if read.value is not None:
        found = references.of_schedule(read.value, facts)
        faults += [fault(read.sent(path), said) for path, said in found]
    if read.value is None or faults:
        raise InvalidRequest(faults)
    return read.value


# ------------------------------------------------------------------ JSON


def read_json(raw: bytes, root: type[Value]) -> Any:
    """A document that holds what `root` does, not yet judged any further.

    Raises:
        InvalidRequest: it is not JSON, or a name is given twice.
    """
    document, faults = _parse(raw, root)
    if faults:
        raise InvalidRequest(faults)
    return document


class _Twice(dict[str, Any]):
    """An object in which a name is given twice."""

    names: tuple[str, ...] = ()


def _parse(raw: object, root: type[Value]) -> tuple[Any, list[Fault]]:
    """A document; names that are given twice are faults, all else that is wrong is raised."""
    if isinstance(raw, Value):
        return raw.model_dump(mode="json"), []
    if not isinstance(raw, str | bytes | bytearray):
        return raw, []
    if len(raw) > MOST_BYTES:
        raise _unreadable(f"is larger than {MOST_BYTES // 2**20} MB.")
    if not isinstance(raw, str):
        try:
            raw = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise _unreadable(f"is not UTF-8 at byte {error.start}.") from None
    if raw.count(",") > MOST_VALUES:
        raise _unreadable(f"has more than {MOST_VALUES} values.")
    twice: list[_Twice] = []

    def holder(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        plain = dict(pairs)
        if len(plain) == len(pairs):
            return plain
        found = _Twice(plain)
        names = [name for name, _ in pairs]
        found.names = tuple(name for name in plain if names.count(name) > 1)
        twice.append(found)
        return found

    def constant(name: str) -> float:
        raise _unreadable(f"contains {name}, which is not a JSON number.")

    try:
        document = json.loads(raw, object_pairs_hook=holder, parse_constant=constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise _unreadable(f"is not JSON: it goes wrong at {where}.") from None
    except RecursionError:
        raise _unreadable("is nested too deeply.") from None
    except InvalidRequest:
        raise
    except ValueError:
        raise _unreadable("contains a number with too many digits.") from None
    if not twice and ESCAPED_CONTROL.search(raw) is None:
        return document, []
    return document, list(_faults_of_json(document, root))


def _not_too_deep(document: object) -> None:
    """Choices inside choices are walked by recursion, here and by all who ask the request."""
    level: list[Any] = [document]
    for _ in range(MOST_DEPTH + 1):
        level = [value for value in level if isinstance(value, Mapping | list | tuple)]
        if not level:
            return
        level = [
            item
            for value in level
            for item in (value.values() if isinstance(value, Mapping) else value)
        ]
    raise _unreadable("is nested too deeply.")


def _unreadable(said: str) -> InvalidRequest:
    return InvalidRequest([fault((), said)])


def _faults_of_json(document: object, root: type[Value]) -> Iterable[Fault]:
    """Names that are given twice, and texts with characters that are for no text."""
    ahead: list[tuple[object, Path]] = [(document, ())]
    while ahead:
        value, path = ahead.pop()
        if isinstance(value, _Twice):
            for name in value.names:
                yield fault(locate((*path, name), root)[0], "is given twice in one object.")
        if isinstance(value, dict):
            if any(_has_control(name) for name in value):
                yield fault(locate(path, root)[0], "has a control character in a name.")
            ahead += [(item, (*path, name)) for name, item in value.items()]
        elif isinstance(value, list):
            ahead += [(item, (*path, number)) for number, item in enumerate(value)]
        elif isinstance(value, str) and _has_control(value):
            yield fault(locate(path, root)[0], "has a control character in it.")


def _has_control(text: str) -> bool:
    """Whether there is a control character, but for those that lay out longer texts."""
    return NOT_FOR_TEXT.search(text.translate({9: None, 10: None, 13: None})) is not None


# ------------------------------------------------------------------ the parts that can be read


class _DocumentReading(Generic[V]):
    """A document read without the parts that are at fault, so that the rest can be judged too.

    Parts are left out as whole items of arrays, or as fields where there is no array.
    """

    def __init__(
        self,
        document: Any,
        model: type[V],
        before: "_DocumentReading[V] | None" = None,
        at_fault: Iterable[Path] = (),
    ) -> None:
        self.value: V | None = None
        self.faults: list[Fault] = []
        self.unknown: set[Path] = set() if before is None else set(before.unknown)
        self.left_out: set[Path] = set() if before is None else set(before.left_out)
        if before is not None:
            self.left_out |= {_part(before.sent(path)) for path in at_fault}
        for _ in range(ROUNDS):
            self._removed = _removed(self.left_out)
            try:
                self.value = model.model_validate(_without(document, self.left_out | self.unknown))
            except ValidationError as error:
                if not self._understand(document, error, model):
                    return
            else:
                return

    def _understand(self, document: Any, error: ValidationError, model: type[V]) -> bool:
        """Put errors into words; false where nothing more can be left out."""
        if error.error_count() > MOST_ERRORS:
            seen = _at_a_glance(document, model)
            self.faults += [*seen, more_faults(error.error_count() - len(seen))]
            return False
        before, known = set(self.left_out), len(self.left_out) + len(self.unknown)
        for path, said, unknown in worded(error.errors(include_url=False), model):
            place = self.sent(path)
            if unknown is not None:
                self.unknown.add((*place, unknown))
            elif any(left[: len(place)] == place for left in self.left_out | self.unknown):
                # Wrong only because of something in it: an array of which nothing is left.
                if any(left[: len(place)] == place for left in before):
                    self.left_out.add(_part(place[:-1]))
                continue
            else:
                self.left_out.add(_part(place))
            self.faults.append(fault(place, said))
        return len(self.left_out) + len(self.unknown) > known and () not in self.left_out

    def sent(self, path: Path) -> Path:
        """Where something stands in what was sent."""
        found: Path = ()
        for part in path:
            if isinstance(part, int):
                for gone in self._removed.get(found, ()):
                    part += gone <= part  # one further for each before it
            found = (*found, part)
        return found

    def lacks(self, *fields: str) -> bool:
        """Whether anything was left out in one of some fields of the problem."""
        return any(
            path[0] == "problem" and path[1:2] in {(f,) for f in fields} for path in self.left_out
        )


def _part(path: Path) -> Path:
    """What to leave out for a fault: a whole rule, the innermost item of an array, a field."""
    if path[:1] in (("rules",), ("without",), ("titles",)):
        return path[:2]
    for length in range(len(path), 0, -1):
        if isinstance(path[length - 1], int) and path[length - 2] not in PAIRS:
            return path[:length]
    return path


def _removed(left_out: Iterable[Path]) -> dict[Path, list[int]]:
    found: dict[Path, list[int]] = defaultdict(list)
    for path in left_out:
        if path and isinstance(path[-1], int):
            found[path[:-1]].append(path[-1])
    return {path: sorted(places) for path, places in found.items()}


def _without(value: Any, paths: Iterable[Path]) -> Any:
    """A document without some parts; what is not touched is shared."""
    inner: dict[str | int, list[Path]] = defaultdict(list)
    gone = set()
    for path in paths:
        if len(path) == 1:
            gone.add(path[0])
        elif path:
            inner[path[0]].append(path[1:])
    if inner and isinstance(value, Value):
        value = {name: getattr(value, name) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        return {
            name: _without(item, inner[name]) if name in inner else item
            for name, item in value.items()
            if name not in gone
        }
    if isinstance(value, list | tuple):
        return [
            _without(item, inner[number]) if number in inner else item
            for number, item in enumerate(value)
            if number not in gone
        ]
    return value


def _glance(raw: object, document: Any, model: type[Value]) -> None:
    """Refuse a large document if a glance at it finds faults: nonsense costs little."""
    large = isinstance(raw, str | bytes | bytearray) and len(raw) > LARGE
    if large and isinstance(document, Mapping):
        found = _at_a_glance(document, model)
        if found:
            raise InvalidRequest([*found, fault((), "was not looked at further.")])


def _at_a_glance(document: Any, model: type[Value]) -> list[Fault]:
    try:
        model.model_validate(_shortened(document))
    except ValidationError as error:
        if error.error_count() > MOST_ERRORS:
            return [fault((), "is of another kind altogether.")]
        found = worded(error.errors(include_url=False), model)[: MOST_FAULTS - 1]
        return [fault(w.path, w.said) for w in found]
    return []


def _shortened(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _shortened(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_shortened(item) for item in value[:FEW]]
    return value
