"""An employee shift scheduling instance (Curtois 1-24), as its text format says it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ShiftType:
    """A shift type: its length, and what may not be worked on the day after it."""

    id: str
    minutes: int
    not_before: frozenset[str]


@dataclass(frozen=True)
class Employee:
    """A person: limits in minutes, days and weekends, and the most of each shift type."""

    id: str
    most_of: dict[str, int]
    most_minutes: int
    least_minutes: int
    longest_work: int
    shortest_work: int
    shortest_rest: int
    most_weekends: int
    days_off: frozenset[int]


@dataclass(frozen=True)
class ShiftRequest:
    """A shift wanted, or not wanted, by a person on a day; the weight is the price of refusing."""

    staff: str
    day: int
    shift: str
    weight: int
    wanted: bool


@dataclass(frozen=True)
class CoverDemand:
    """How many people one shift of one day should have, and what each too few or many costs."""

    day: int
    shift: str
    required: int
    under: int
    over: int


@dataclass(frozen=True)
class Instance:
    """One instance; day 0 is a Monday."""

    name: str
    days: int
    shifts: tuple[ShiftType, ...]
    staff: tuple[Employee, ...]
    wishes: tuple[ShiftRequest, ...]
    cover: tuple[CoverDemand, ...]

    @property
    def cells(self) -> int:
        """People by days by shift types."""
        return len(self.staff) * self.days * len(self.shifts)


def read(path: Path) -> Instance:
    """The instance in a file.

    Raises:
        ValueError: a section is missing, so this is not the text format.
    """
    sections = _sections(path.read_text(encoding="ascii").splitlines())
    missing = {"HORIZON", "SHIFTS", "STAFF", "COVER"} - sections.keys()
    if missing:
        raise ValueError(f"{path.name} has no {min(missing)}. Maybe it is the XML form?")
    off = {row[0]: frozenset(map(int, row[1:])) for row in sections.get("DAYS_OFF", [])}
    return Instance(
        name=path.stem,
        days=int(sections["HORIZON"][0][0]),
        shifts=tuple(
            ShiftType(row[0], int(row[1]), frozenset(filter(None, row[2].split("|"))))
            for row in sections["SHIFTS"]
        ),
        staff=tuple(_staff(row, off.get(row[0], frozenset())) for row in sections["STAFF"]),
        wishes=tuple(
            ShiftRequest(staff, int(day), shift, int(weight), wanted)
            for section, wanted in (("SHIFT_ON_REQUESTS", True), ("SHIFT_OFF_REQUESTS", False))
            for staff, day, shift, weight in sections.get(section, [])
        ),
        cover=tuple(
            CoverDemand(int(day), shift, int(required), int(under), int(over))
            for day, shift, required, under, over in sections["COVER"]
        ),
    )


def _staff(row: list[str], off: frozenset[int]) -> Employee:
    name, caps, most_minutes, least_minutes, longest, shortest, rest, weekends = row
    most_of = dict(cap.split("=") for cap in caps.split("|"))
    return Employee(
        id=name,
        most_of={shift: int(most) for shift, most in most_of.items()},
        most_minutes=int(most_minutes),
        least_minutes=int(least_minutes),
        longest_work=int(longest),
        shortest_work=int(shortest),
        shortest_rest=int(rest),
        most_weekends=int(weekends),
        days_off=off,
    )


def _sections(lines: list[str]) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    rows: list[list[str]] = []
    for line in _meant(lines):
        if line.startswith("SECTION_"):
            rows = found.setdefault(line.removeprefix("SECTION_"), [])
        else:
            rows.append([part.strip() for part in line.split(",")])
    return found


def _meant(lines: list[str]) -> Iterator[str]:
    return (line.strip() for line in lines if line.strip() and not line.startswith("#"))
