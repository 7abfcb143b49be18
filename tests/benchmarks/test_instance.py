"""The text format of the public instances, read from a small one written here."""

from pathlib import Path

import pytest

from benchmarks.instance import CoverDemand, Employee, Instance, ShiftRequest, ShiftType, read

TEXT = """\
# a comment
SECTION_HORIZON
14

SECTION_SHIFTS
# ShiftID, Length in mins, Shifts which cannot follow
E,480,
L,600,E|L

SECTION_STAFF
A,E=14|L=0,4320,3360,5,2,2,1

SECTION_DAYS_OFF
A,0,13

SECTION_SHIFT_ON_REQUESTS
A,2,E,3

SECTION_SHIFT_OFF_REQUESTS
A,4,E,1

SECTION_COVER
0,E,2,100,1
0,L,1,100,1
"""


def test_every_field_is_read(tmp_path: Path) -> None:
    """Lists may be empty, comments and blank lines say nothing, and every number finds its name."""
    path = tmp_path / "Small.txt"
    path.write_text(TEXT)
    assert read(path) == Instance(
        name="Small",
        days=14,
        shifts=(ShiftType("E", 480, frozenset()), ShiftType("L", 600, frozenset({"E", "L"}))),
        staff=(Employee("A", {"E": 14, "L": 0}, 4320, 3360, 5, 2, 2, 1, frozenset({0, 13})),),
        wishes=(ShiftRequest("A", 2, "E", 3, True), ShiftRequest("A", 4, "E", 1, False)),
        cover=(CoverDemand(0, "E", 2, 100, 1), CoverDemand(0, "L", 1, 100, 1)),
    )


def test_another_file_is_refused(tmp_path: Path) -> None:
    """A file without the sections is refused by its name."""
    path = tmp_path / "Other.txt"
    path.write_text("<SchedulingPeriod/>\n")
    with pytest.raises(ValueError, match=r"Other\.txt"):
        read(path)
