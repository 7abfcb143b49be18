"""Declares the sheets of a request, with their columns, notes and choices."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, get_args, get_origin

from pydantic import create_model
from pydantic.fields import FieldInfo

from models.problem.calendar import BankHoliday, DateRange, LessonTime, School, Window
from models.problem.limits import Limits
from models.problem.people import Contract, HeldSkill, Person, WorkingWindow
from models.problem.problem import (
    Activity,
    ActivityTime,
    InGroup,
    Need,
    Placement,
    PresenceNeed,
    Problem,
    Published,
    Shift,
    ShiftChange,
)
from models.problem.resources import (
    Approval,
    CapacityChange,
    NeededResource,
    Resource,
    ResourceBooking,
)
from models.value import Value
from scheduler.exchange.workbook.field_types import Shape, shape
from scheduler.exchange.workbook.notation import EMPTY
from scheduler.intake.given_titles import PriorityTitle
from scheduler.intake.law import SetAside
from scheduler.intake.references import NAMED_IN

SETTINGS, RULES, READ_ME, RULEBOOK = "Rota", "Rules", "Read me", "Rulebook"
"""Sheets that are not tables of things; the last two are for people only, and are not read."""

PARAMETERS = 8
"""The usual number of column pairs for a rule's own fields; a rule with more gets more."""


@dataclass(frozen=True)
class Slot:
    """The list of the request that rows of a sheet belong to."""

    field: str
    item: type[Value] | None
    """The model of its items; None if each row is a date."""
    owners: tuple[str, ...] = ()
    """The lists of the problem whose items have the field; the problem itself if empty."""
    inside: str | None = None
    """The field of the problem that has the list, if it is nested."""
    of_request: bool = False
    """Whether the list stands in the request itself, beside its problem."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The columns that its rows use."""
        if self.item is None:
            return ("date",)
        return tuple(
            f for f in self.item.model_fields if not is_apart(self.item, f) or _kept(self.item, f)
        )


@dataclass(frozen=True)
class SheetColumn:
    """One column of a sheet."""

    name: str
    shape: Shape
    note: str = ""
    names: str | None = None
    """The list of the problem whose ids its cells name, if any."""
    apart: bool = False
    """Whether its items stand on another sheet; here only an empty list can be given."""


@dataclass(frozen=True)
class SheetTable:
    """One sheet with a row for each thing."""

    title: str
    slots: Mapping[str, Slot]
    """Slots by the word in the column `what`; a single slot has no such column."""
    owner: str | None = None
    """The column that names the owner of a row."""
    note: str = ""

    @property
    def mixed(self) -> bool:
        """Whether its rows are of several kinds, and the column `what` says which."""
        return len(self.slots) > 1

    @cached_property
    def columns(self) -> tuple[SheetColumn, ...]:
        """From left to right."""
        found: dict[str, SheetColumn] = {}
        if self.owner is not None:
            owners = next(iter(self.slots.values())).owners
            note = f"The id of the owner, one of the {' or '.join(owners)}."
            found[self.owner] = SheetColumn(self.owner, Shape("text"), note, owners[0])
        if self.mixed:
            found["what"] = SheetColumn(
                "what", Shape("choice", tuple(self.slots)), "The kind of row."
            )
        for slot in self.slots.values():
            for name in slot.fields:
                found.setdefault(name, _column(slot.item, name))
        return tuple(found.values())


def _column(model: type[Value] | None, name: str) -> SheetColumn:
    if model is None:
        return SheetColumn(name, Shape("date"), "A date.")
    field = model.model_fields[name]
    of = shape(field.annotation)
    apart = is_apart(model, name)
    note = field.description or ""
    if apart:
        note = f"{EMPTY} means none at all. Otherwise leave it empty: other sheets have the rows."
    single = of.of == "text"
    return SheetColumn(name, of, note, NAMED_IN.get(name) if single else None, apart)


@cache
def _apart() -> frozenset[tuple[type[Value] | None, str]]:
    """The fields whose items are rows of a sheet of their own."""
    return frozenset(
        (_item_of(owners), slot.field)
        for table in _DECLARED
        for slot in table.slots.values()
        for owners in slot.owners
    )


def _item_of(field: str) -> type[Value] | None:
    """The model of the items of a list of the problem."""
    item = shape(Problem.model_fields[field].annotation).item
    return None if item is None else item.model


def is_apart(model: type[Value], field: str) -> bool:
    """Whether the field's items stand on another sheet."""
    return (model, field) in _apart()


def _kept(model: type[Value], field: str) -> bool:
    """Whether a field keeps a column, because None and an empty list mean different things."""
    of = model.model_fields[field]
    return not of.is_required() and of.get_default() is None


_SCHOOLS, _PEOPLE, _THINGS = ("schools",), ("people",), ("resources",)
_WORK = ("shifts", "activities")

_DECLARED = (
    SheetTable("Schools", {"": Slot("schools", School)}),
    SheetTable(
        "School dates",
        {
            "term": Slot("terms", DateRange, _SCHOOLS),
            "closed": Slot("closed", DateRange, _SCHOOLS),
            "inset": Slot("inset", None, _SCHOOLS),
            "extra bank holiday": Slot("extra_bank_holidays", BankHoliday, _SCHOOLS),
            "open on bank holiday": Slot("open_bank_holidays", None, _SCHOOLS),
        },
        "school",
        "Terms and closures have a first and a last day, the others a date.",
    ),
    SheetTable("Lessons", {"": Slot("lessons", LessonTime, _SCHOOLS)}, "school"),
    SheetTable("People", {"": Slot("people", Person)}),
    SheetTable("Contracts", {"": Slot("contracts", Contract, _PEOPLE)}, "person"),
    SheetTable("Skills held", {"": Slot("skills", HeldSkill, _PEOPLE)}, "person"),
    SheetTable(
        "Times",
        {
            "works": Slot("works", WorkingWindow, _PEOPLE),
            "away": Slot("away", Window, _PEOPLE),
            "agreed to": Slot("agreed_to", Window, _PEOPLE),
        },
        "person",
        "When people work, are away (never why), or have agreed to work as well.",
    ),
    SheetTable("Resources", {"": Slot("resources", Resource)}),
    SheetTable("Stock", {"": Slot("stock", CapacityChange, _THINGS)}, "resource"),
    SheetTable("Bookings", {"": Slot("bookings", ResourceBooking, _THINGS)}, "resource"),
    SheetTable("Approvals", {"": Slot("approvals", Approval, _THINGS)}, "resource"),
    SheetTable("Shifts", {"": Slot("shifts", Shift)}),
    SheetTable("Activities", {"": Slot("activities", Activity)}),
    SheetTable("Needs", {"": Slot("needs", Need, _WORK)}, "duty"),
    SheetTable("PresenceNeed", {"": Slot("presence", PresenceNeed, _WORK)}, "duty"),
    SheetTable("Uses", {"": Slot("uses", NeededResource, _WORK)}, "duty"),
    SheetTable("Exceptions", {"": Slot("exceptions", ShiftChange, ("shifts",))}, "shift"),
    SheetTable("Windows", {"": Slot("windows", Window, ("activities",))}, "activity"),
    SheetTable(
        "Placements",
        {
            "pinned": Slot("pinned", Placement),
            "forbidden": Slot("forbidden", Placement),
            "published": Slot("placements", Placement, inside="published"),
        },
    ),
    SheetTable("Published times", {"": Slot("times", ActivityTime, inside="published")}),
    SheetTable("Published groups", {"": Slot("groups", InGroup, inside="published")}),
    SheetTable(
        "Set aside",
        {"": Slot("without", SetAside, of_request=True)},
        note="What the law asks for and this rota sets aside, each with the reason.",
    ),
    SheetTable(
        "Priorities",
        {"": Slot("titles", PriorityTitle, of_request=True)},
        note="Titles of priorities; others have titles made from their rules.",
    ),
)


@cache
def tables() -> tuple[SheetTable, ...]:
    """Every table, declared ones first; a new list of the problem gets a sheet automatically."""
    found = list(_DECLARED)
    taken = set(_lists(found))
    for name, field in Problem.model_fields.items():
        of = shape(field.annotation)
        if name not in taken and of.of == "list" and of.item and of.item.model:
            title = name.replace("_", " ").capitalize()
            found.append(SheetTable(title, {"": Slot(name, of.item.model)}))
    return tuple(found)


def _lists(found: Iterable[SheetTable]) -> Iterator[str]:
    """The fields of the problem itself whose items are rows."""
    for table in found:
        for slot in table.slots.values():
            if not slot.owners and slot.inside is None and not slot.of_request:
                yield slot.field


@dataclass(frozen=True)
class Dictionary:
    """A field of the problem that maps ids to names, or to lists of things."""

    field: str
    row: type[Value]
    """The model of a row: an id and its value."""
    several: bool
    """Whether an id has a row for each of its things, not only one row."""

    @property
    def title(self) -> str:
        """The name of its sheet."""
        return self.field.replace("_", " ").capitalize()

    @property
    def said(self) -> tuple[str, ...]:
        """The columns beside the id."""
        return tuple(name for name in self.row.model_fields if name != "id")

    @property
    def columns(self) -> tuple[SheetColumn, ...]:
        """From left to right."""
        note = "How other sheets name it: letters, digits, dots, dashes."
        if self.several:
            note += f" It may have several rows; {EMPTY} next to it means that it has none."
        id_ = SheetColumn("id", Shape("text"), note)
        return (id_, *(_column(self.row, name) for name in self.said))


@cache
def dictionaries() -> Mapping[str, Dictionary]:
    """The fields of the problem that map ids to something; each has a sheet."""
    fields = Problem.model_fields.items()
    return {n: _dictionary(n, f.annotation) for n, f in fields if get_origin(f.annotation) is dict}


def _dictionary(field: str, annotation: Any) -> Dictionary:
    key, value = get_args(annotation)
    item, id_ = shape(value).item, (key, ...)
    if item is not None and item.model is not None:
        return Dictionary(field, create_model("Row", __base__=item.model, id=id_), several=True)
    name = (value, FieldInfo(description="In words."))
    row = create_model("Row", __base__=Value, id=id_, name=name)
    return Dictionary(field, row, several=False)


@dataclass(frozen=True)
class Setting:
    """One line of the first sheet."""

    name: str
    path: tuple[str, ...]
    """The path from the request."""
    shape: Shape
    note: str
    default: Any


@cache
def settings() -> tuple[Setting, ...]:
    """Every field of the request that is not a list."""
    return tuple(_settings())


def _settings() -> Iterator[Setting]:
    listed = set(_lists(tables()))
    for name, field in Problem.model_fields.items():
        of = shape(field.annotation)
        if name in listed or name in dictionaries():
            continue
        if of.model is DateRange:
            for part in ("first", "last"):
                note = f"The {part} day."
                yield Setting(f"{name} {part}", ("problem", name, part), Shape("date"), note, ...)
        elif of.model is Published:
            said = "yes if a schedule has been published, even an empty one."
            yield Setting(name, ("problem", name), Shape("yes"), said, None)
        else:
            default = ... if field.is_required() else field.get_default()
            yield Setting(name, ("problem", name), of, field.description or "", default)
    for name, field in Limits.model_fields.items():
        said = field.description or ""
        of = shape(field.annotation)
        yield Setting(f"limits {name}", ("limits", name), of, said, field.get_default())
