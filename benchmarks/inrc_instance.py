"""An instance of the first nurse rostering competition (INRC-I, 2010), from its XML or its text."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree as Xml

WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

NUMBERS = (
    "MaxNumAssignments",
    "MinNumAssignments",
    "MaxConsecutiveWorkingDays",
    "MinConsecutiveWorkingDays",
    "MaxConsecutiveFreeDays",
    "MinConsecutiveFreeDays",
    "MaxConsecutiveWorkingWeekends",
    "MinConsecutiveWorkingWeekends",
    "MaxWorkingWeekendsInFourWeeks",
)
"""The numbers that a contract has, each with a weight, by their names in the XML and in the order
of the text."""

SWITCHES = (
    "CompleteWeekends",
    "IdenticalShiftTypesDuringWeekend",
    "NoNightShiftBeforeFreeWeekend",
    "TwoFreeDaysAfterNightShifts",
    "AlternativeSkillCategory",
)
"""What a contract asks for or does not. The competition's own judge does not count the third and
fourth; nor do the best known values, and so nor do we."""


@dataclass(frozen=True)
class NurseShift:
    """A shift type."""

    id: str
    start: str
    end: str
    """Times of day, as 06:30."""
    skills: frozenset[str]
    """One of them is enough."""


@dataclass(frozen=True)
class UnwantedPattern:
    """Steps on days in a row, each a shift, `Any` or `None`, on a weekday or on `Any`."""

    weight: int
    steps: tuple[tuple[str, str], ...]

    @property
    def begins_free(self) -> bool:
        """Whether it is a free day before some days of which any is worked."""
        return self.steps[0][0] == "None"


@dataclass(frozen=True)
class NurseContract:
    """What is asked of people, each with a weight; what has none, or is off, is left out."""

    numbers: Mapping[str, tuple[int, int]]
    """Name to (number, weight)."""
    switches: Mapping[str, int]
    """Name to weight."""
    weekend: tuple[int, ...]
    """The weekdays of a weekend, Monday being 0."""
    patterns: tuple[str, ...]

    def weight(self, name: str) -> int:
        """Of a number or a switch; 0 where it is off."""
        return self.numbers[name][1] if name in self.numbers else self.switches.get(name, 0)


@dataclass(frozen=True)
class Nurse:
    """A person, with their contract's id and their skills."""

    id: str
    contract: str
    skills: frozenset[str]


@dataclass(frozen=True)
class NurseWish:
    """A day or a shift that somebody asks to work, or not to work."""

    nurse: str
    day: int
    shift: str | None
    wanted: bool
    weight: int


@dataclass(frozen=True)
class NurseInstance:
    """One instance; day 0 is the first."""

    name: str
    first: date
    days: int
    shifts: tuple[NurseShift, ...]
    contracts: Mapping[str, NurseContract]
    patterns: Mapping[str, UnwantedPattern]
    nurses: tuple[Nurse, ...]
    cover: Mapping[tuple[int, str], int]
    """(day, shift) to the people it needs, no more and no fewer."""
    wishes: tuple[NurseWish, ...]

    def weekends(self, weekdays: tuple[int, ...]) -> list[range]:
        """The days of each weekend that is whole."""
        begin = (weekdays[0] - self.first.weekday()) % 7
        starts = range(begin, self.days - len(weekdays) + 1, 7)
        return [range(day, day + len(weekdays)) for day in starts]


def read(path: Path) -> NurseInstance:
    """The instance in a file: XML where its name ends so, or else the text form.

    Raises:
        ValueError: something is missing, so this is neither.
    """
    try:
        return _Document(path).instance() if path.suffix == ".xml" else _Text(path).instance()
    except (IndexError, KeyError, StopIteration, ValueError, Xml.ParseError) as error:
        raise ValueError(f"{path.name} is no instance of INRC-I: {error!r}") from None


class _Document:
    """The XML form."""

    def __init__(self, path: Path) -> None:
        self._root = Xml.parse(path).getroot()
        self._name = path.stem
        self._first = date.fromisoformat(self._said(self._root, "StartDate"))

    def instance(self) -> NurseInstance:
        last = date.fromisoformat(self._said(self._root, "EndDate"))
        days = (last - self._first).days + 1
        return NurseInstance(
            self._name,
            self._first,
            days,
            tuple(
                NurseShift(
                    shift.attrib["ID"],
                    self._said(shift, "StartTime")[:5],
                    self._said(shift, "EndTime")[:5],
                    self._skills(shift),
                )
                for shift in self._root.iterfind("ShiftTypes/Shift")
            ),
            {c.attrib["ID"]: self._contract(c) for c in self._root.iterfind("Contracts/Contract")},
            {p.attrib["ID"]: self._pattern(p) for p in self._root.iterfind("Patterns/Pattern")},
            tuple(
                Nurse(e.attrib["ID"], self._said(e, "ContractID"), self._skills(e))
                for e in self._root.iterfind("Employees/Employee")
            ),
            self._cover(days),
            tuple(self._wishes()),
        )

    @staticmethod
    def _said(node: Xml.Element, tag: str) -> str:
        return (node.findtext(tag) or "").strip()

    def _skills(self, node: Xml.Element) -> frozenset[str]:
        return frozenset((skill.text or "").strip() for skill in node.iterfind("Skills/Skill"))

    def _contract(self, node: Xml.Element) -> NurseContract:
        numbers, switches = {}, {}
        for name in (*NUMBERS, *SWITCHES):
            found = node.find(name)
            weight = 0 if found is None else int(found.get("weight", "0"))
            said = "" if found is None else (found.text or "").strip()
            if found is None or not weight:
                continue
            if name in SWITCHES and said == "true":
                switches[name] = weight
            elif name in NUMBERS and found.get("on", "1") in ("1", "true"):
                numbers[name] = int(said), weight
        return NurseContract(
            numbers,
            switches,
            _weekdays(self._said(node, "WeekendDefinition")),
            tuple((p.text or "").strip() for p in node.iterfind("UnwantedPatterns/Pattern")),
        )

    def _pattern(self, node: Xml.Element) -> UnwantedPattern:
        entries = sorted(
            node.iterfind("PatternEntries/PatternEntry"), key=lambda e: int(e.attrib["index"])
        )
        steps = tuple((self._said(e, "ShiftType"), self._said(e, "Day")) for e in entries)
        return UnwantedPattern(int(node.attrib["weight"]), steps)

    def _cover(self, days: int) -> dict[tuple[int, str], int]:
        found = {}
        for tag in ("DayOfWeekCover", "DateSpecificCover"):  # dates come after weekdays
            for block in self._root.iterfind(f"CoverRequirements/{tag}"):
                on = self._said(block, "Day"), self._said(block, "Date")
                for day in range(days):
                    when = self._first + timedelta(day)
                    if WEEK[when.weekday()] in on or when.isoformat() in on:
                        for row in block.iterfind("Cover"):
                            found[day, self._said(row, "Shift")] = int(self._said(row, "Preferred"))
        return found

    def _wishes(self) -> Iterator[NurseWish]:
        for tag in ("DayOff", "DayOn", "ShiftOff", "ShiftOn"):
            for node in self._root.iterfind(f"{tag}Requests/{tag}"):
                yield NurseWish(
                    self._said(node, "EmployeeID"),
                    (date.fromisoformat(self._said(node, "Date")) - self._first).days,
                    self._said(node, "ShiftTypeID") or None,
                    tag.endswith("On"),
                    int(node.attrib["weight"]),
                )


class _Text:
    """The text form: sections of rows that end with a semicolon."""

    def __init__(self, path: Path) -> None:
        self._name = path.stem
        self._rows: dict[str, list[str]] = {}
        section: list[str] = []
        for line in path.read_text(encoding="utf-8-sig").splitlines():
            said = line.strip().rstrip(";").strip()
            title = re.fullmatch(r"([A-Z][A-Z_]{4,})(\s*=?\s*\d+)?", said)
            if title:
                section = self._rows.setdefault(title[1], [])
            elif said.strip("/"):
                section.append(said)

    def instance(self) -> NurseInstance:
        _, first, last = self._split(self._rows["SCHEDULING_PERIOD"][0])
        self._first = date.fromisoformat(first)
        days = (date.fromisoformat(last) - self._first).days + 1
        shifts = [self._split(row) for row in self._rows["SHIFT_TYPES"]]
        nurses = [self._split(row) for row in self._rows["EMPLOYEES"]]
        return NurseInstance(
            self._name,
            self._first,
            days,
            tuple(
                NurseShift(id, start[:5], end[:5], frozenset(skills.split()))
                for id, _, start, end, _, skills in shifts
            ),
            dict(map(self._contract, self._rows["CONTRACTS"])),
            dict(map(self._pattern, self._rows.get("PATTERNS", []))),
            tuple(Nurse(id, on, frozenset(skills.split())) for id, _, on, _, skills in nurses),
            self._cover(days),
            tuple(self._wishes()),
        )

    @staticmethod
    def _split(row: str) -> list[str]:
        return [part.strip() for part in row.split(",")]

    def _day(self, said: str) -> int:
        return (date.fromisoformat(said) - self._first).days

    def _contract(self, row: str) -> tuple[str, NurseContract]:
        parts = self._split(row)
        pairs = [tuple(map(int, p.strip("()").split("|"))) for p in parts if p.startswith("(")]
        _, *pairs = pairs  # the first says that there is one shift a day
        numbers = dict(zip(NUMBERS, pairs, strict=False))
        switches = dict(zip(SWITCHES, pairs[len(NUMBERS) :], strict=True))
        return parts[0], NurseContract(
            {
                name: (number, weight)
                for name, (on, weight, number) in numbers.items()
                if on * weight
            },
            {name: weight for name, (on, weight) in switches.items() if on * weight},
            _weekdays(next(part for part in parts if part.endswith("day"))),
            tuple(parts[-1].split()),
        )

    def _pattern(self, row: str) -> tuple[str, UnwantedPattern]:
        id, weight, steps = self._split(row)
        pairs = re.findall(r"\((\w+)\|(\w+)\)", steps)
        return id, UnwantedPattern(int(weight), tuple((shift, day) for shift, day in pairs))

    def _cover(self, days: int) -> dict[tuple[int, str], int]:
        found = {}
        for weekday, shift, count in map(self._split, self._rows["DAY_OF_WEEK_COVER"]):
            for day in range(days):
                if WEEK[(self._first.weekday() + day) % 7] == weekday:
                    found[day, shift] = int(count)
        for on, shift, count in map(self._split, self._rows.get("DATE_SPECIFIC_COVER", [])):
            found[self._day(on), shift] = int(count)
        return found

    def _wishes(self) -> Iterator[NurseWish]:
        for kind in ("DAY_OFF", "DAY_ON", "SHIFT_OFF", "SHIFT_ON"):
            for row in self._rows.get(f"{kind}_REQUESTS", []):
                nurse, day, *shift, weight = self._split(row)
                yield NurseWish(
                    nurse,
                    self._day(day),
                    shift[0] if shift else None,
                    kind.endswith("ON"),
                    int(weight),
                )


def _weekdays(said: str) -> tuple[int, ...]:
    """Weekdays that are written together, as SaturdaySunday."""
    return tuple(WEEK.index(name) for name in re.findall(r"[A-Z][a-z]+", said))
