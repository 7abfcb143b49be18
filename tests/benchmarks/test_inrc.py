"""The nurse rostering instances as requests: both forms, the judge of rosters, the translation."""

import csv
import random
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks import inrc
from benchmarks.inrc_instance import NurseInstance, read
from benchmarks.inrc_roster import cost, miscovered
from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Placement
from scheduler.rulebook.check import check

TEXT = """\
////////////
SCHEDULING_PERIOD;
////////////
Small, 2026-01-01, 2026-01-14;

////////////
SKILLS = 2;
Nurse;
Head;

SHIFT_TYPES = 2;
D, Day, 08:30:00, 16:30:00, 1, Nurse;
H, Head's day, 08:30:00, 16:30:00, 1, Head;

CONTRACTS = 2;
0, full, (1|1), (1|4|6), (1|3|5), (1|2|4), (1|5|2), (1|2|3), (1|7|2), (1|6|1), (1|5|1), \
(0|0|0), FridaySaturdaySunday, (1|4), (1|9), (0|0), (0|0), (1|8), 1, 1;
1, half, (1|1), (1|1|5), (0|1|1), (1|1|3), (1|0|2), (1|1|9), (0|1|1), (1|2|2), (1|3|2), \
(0|0|0), SaturdaySunday, (1|2), (1|3), (1|1), (0|0), (0|0), 2, 0 1;

PATTERNS = 2;
0, 2, 3 (D|Any) (None|Any) (H|Any);
1, 3, 3 (None|Friday) (Any|Saturday) (Any|Sunday);

EMPLOYEES 2;
7, Ann, 0, 1, Nurse;
8, Bob, 1, 2, Head Nurse;

DAY_OF_WEEK_COVER = 3;
Monday, D, 1;
Saturday, D, 1;
Saturday, H, 1;

DATE_SPECIFIC_COVER = 1;
2026-01-05, D, 2;

DAY_OFF_REQUESTS = 1;
7, 2026-01-03, 2;

DAY_ON_REQUESTS = 1;
8, 2026-01-02, 1;

SHIFT_OFF_REQUESTS = 1;
8, 2026-01-10, D, 3;

SHIFT_ON_REQUESTS = 1;
7, 2026-01-10, H, 5;
"""

XML = """\
<SchedulingPeriod ID="Small">
  <StartDate>2026-01-01</StartDate><EndDate>2026-01-14</EndDate>
  <ShiftTypes>
    <Shift ID="D"><StartTime>08:30:00</StartTime><EndTime>16:30:00</EndTime>
      <Skills><Skill>Nurse</Skill></Skills></Shift>
    <Shift ID="H"><StartTime>08:30:00</StartTime><EndTime>16:30:00</EndTime>
      <Skills><Skill>Head</Skill></Skills></Shift>
  </ShiftTypes>
  <Patterns>
    <Pattern ID="0" weight="2"><PatternEntries>
      <PatternEntry index="1"><ShiftType>None</ShiftType><Day>Any</Day></PatternEntry>
      <PatternEntry index="0"><ShiftType>D</ShiftType><Day>Any</Day></PatternEntry>
      <PatternEntry index="2"><ShiftType>H</ShiftType><Day>Any</Day></PatternEntry>
    </PatternEntries></Pattern>
    <Pattern ID="1" weight="3"><PatternEntries>
      <PatternEntry index="0"><ShiftType>None</ShiftType><Day>Friday</Day></PatternEntry>
      <PatternEntry index="1"><ShiftType>Any</ShiftType><Day>Saturday</Day></PatternEntry>
      <PatternEntry index="2"><ShiftType>Any</ShiftType><Day>Sunday</Day></PatternEntry>
    </PatternEntries></Pattern>
  </Patterns>
  <Contracts>
    <Contract ID="0">
      <MaxNumAssignments on="1" weight="4">6</MaxNumAssignments>
      <MinNumAssignments on="1" weight="3">5</MinNumAssignments>
      <MaxConsecutiveWorkingDays on="1" weight="2">4</MaxConsecutiveWorkingDays>
      <MinConsecutiveWorkingDays on="1" weight="5">2</MinConsecutiveWorkingDays>
      <MaxConsecutiveFreeDays on="1" weight="2">3</MaxConsecutiveFreeDays>
      <MinConsecutiveFreeDays on="1" weight="7">2</MinConsecutiveFreeDays>
      <MaxConsecutiveWorkingWeekends on="1" weight="6">1</MaxConsecutiveWorkingWeekends>
      <MinConsecutiveWorkingWeekends on="1" weight="5">1</MinConsecutiveWorkingWeekends>
      <MaxWorkingWeekendsInFourWeeks on="0" weight="0">0</MaxWorkingWeekendsInFourWeeks>
      <WeekendDefinition>FridaySaturdaySunday</WeekendDefinition>
      <CompleteWeekends weight="4">true</CompleteWeekends>
      <IdenticalShiftTypesDuringWeekend weight="9">true</IdenticalShiftTypesDuringWeekend>
      <NoNightShiftBeforeFreeWeekend weight="0">false</NoNightShiftBeforeFreeWeekend>
      <AlternativeSkillCategory weight="8">true</AlternativeSkillCategory>
      <UnwantedPatterns><Pattern>1</Pattern></UnwantedPatterns>
    </Contract>
    <Contract ID="1">
      <MaxNumAssignments on="1" weight="1">5</MaxNumAssignments>
      <MinNumAssignments on="0" weight="1">1</MinNumAssignments>
      <MaxConsecutiveWorkingDays on="1" weight="1">3</MaxConsecutiveWorkingDays>
      <MinConsecutiveWorkingDays on="1" weight="0">2</MinConsecutiveWorkingDays>
      <MaxConsecutiveFreeDays on="1" weight="1">9</MaxConsecutiveFreeDays>
      <MinConsecutiveFreeDays on="0" weight="1">1</MinConsecutiveFreeDays>
      <MaxConsecutiveWorkingWeekends on="1" weight="2">2</MaxConsecutiveWorkingWeekends>
      <MinConsecutiveWorkingWeekends on="1" weight="3">2</MinConsecutiveWorkingWeekends>
      <WeekendDefinition>SaturdaySunday</WeekendDefinition>
      <CompleteWeekends weight="2">true</CompleteWeekends>
      <IdenticalShiftTypesDuringWeekend weight="3">true</IdenticalShiftTypesDuringWeekend>
      <NoNightShiftBeforeFreeWeekend weight="1">true</NoNightShiftBeforeFreeWeekend>
      <UnwantedPatterns><Pattern>0</Pattern><Pattern>1</Pattern></UnwantedPatterns>
    </Contract>
  </Contracts>
  <Employees>
    <Employee ID="7"><ContractID>0</ContractID><Skills><Skill>Nurse</Skill></Skills></Employee>
    <Employee ID="8"><ContractID>1</ContractID>
      <Skills><Skill>Head</Skill><Skill>Nurse</Skill></Skills></Employee>
  </Employees>
  <CoverRequirements>
    <DayOfWeekCover><Day>Monday</Day>
      <Cover><Shift>D</Shift><Preferred>1</Preferred></Cover></DayOfWeekCover>
    <DayOfWeekCover><Day>Saturday</Day>
      <Cover><Shift>D</Shift><Preferred>1</Preferred></Cover>
      <Cover><Shift>H</Shift><Preferred>1</Preferred></Cover></DayOfWeekCover>
    <DateSpecificCover><Date>2026-01-05</Date>
      <Cover><Shift>D</Shift><Preferred>2</Preferred></Cover></DateSpecificCover>
  </CoverRequirements>
  <DayOffRequests><DayOff weight="2"><EmployeeID>7</EmployeeID>
    <Date>2026-01-03</Date></DayOff></DayOffRequests>
  <DayOnRequests><DayOn weight="1"><EmployeeID>8</EmployeeID>
    <Date>2026-01-02</Date></DayOn></DayOnRequests>
  <ShiftOffRequests><ShiftOff weight="3"><ShiftTypeID>D</ShiftTypeID><EmployeeID>8</EmployeeID>
    <Date>2026-01-10</Date></ShiftOff></ShiftOffRequests>
  <ShiftOnRequests><ShiftOn weight="5"><ShiftTypeID>H</ShiftTypeID><EmployeeID>7</EmployeeID>
    <Date>2026-01-10</Date></ShiftOn></ShiftOnRequests>
</SchedulingPeriod>
"""


@pytest.fixture
def instance(tmp_path: Path) -> NurseInstance:
    """A small instance of our own, from Thursday 1 January to Wednesday 14 January 2026."""
    (tmp_path / "Small.txt").write_text(TEXT)
    return read(tmp_path / "Small.txt")


def test_both_forms_say_the_same(instance: NurseInstance, tmp_path: Path) -> None:
    """Field by field."""
    (tmp_path / "Small.xml").write_text(XML)
    assert read(tmp_path / "Small.xml") == instance
    assert instance.cover == {(2, "D"): 1, (2, "H"): 1, (9, "D"): 1, (9, "H"): 1, **MONDAYS}


MONDAYS = {(4, "D"): 2, (11, "D"): 1}


def test_what_is_no_instance_is_refused(tmp_path: Path) -> None:
    """In a sentence, whichever form it is not."""
    for name, text in (("a.txt", "SHIFT_TYPES = 1;\n"), ("b.xml", "<a/>"), ("c.xml", "nothing")):
        (tmp_path / name).write_text(text)
        with pytest.raises(ValueError, match="is no instance of INRC-I"):
            read(tmp_path / name)


def rows(ann: str, bob: str) -> dict[str, list[str]]:
    """A roster as letters, a dot being a day off."""
    return {
        who: ["" if day == "." else day for day in days] for who, days in (("7", ann), ("8", bob))
    }


OFF = "." * 14


@pytest.mark.parametrize(
    ("ann", "bob", "expected"),
    [
        # Ann: 5 shifts too few at 3, 11 days off too many in a row at 2, no H on the 10th 5.
        # Bob: 5 days off too many in a row, off on the 2nd 1.
        (OFF, OFF, 15 + 22 + 5 + 6),
        # Ann: one day off alone 7, a fourth day off 2, two weekends in a row 6, two days D and one
        # H at a weekend 3 at 9, H without the skill 8, works on the 3rd 2.
        (".DDD....DHD...", OFF, 7 + 2 + 6 + 27 + 8 + 2 + 6),
        # Bob: D, off, H 2; half a weekend 2, and short of its shift 3; off on Friday but not on
        # Saturday 3; one weekend alone 3; off on the 2nd 1.
        (OFF, "..D.H.........", 42 + 2 + 2 + 3 + 3 + 3 + 1),
        # Ann: works on Friday and Sunday, each without 2 days of the weekend, 4 at 4; 3 shifts too
        # few at 3; two runs of one day at 5; two days off alone at 7, and 10 in a row, 7 at 2; one
        # shift on 2 of 3 days 9; no H on the 10th 5.
        (".D.D..........", OFF, 16 + 9 + 10 + 7 + 7 + 14 + 9 + 5 + 6),
    ],
)
def test_a_roster_costs_what_was_counted_by_hand(
    instance: NurseInstance, ann: str, bob: str, expected: int
) -> None:
    """Worked out on paper, from the published rules."""
    assert cost(instance, rows(ann, bob)) == expected


def test_cover_is_exact(instance: NurseInstance) -> None:
    """Too few and too many alike, by shift."""
    wrong = miscovered(instance, rows("..D.D....D.D..", "..H.......HH.."))
    assert wrong == ["day 4 D: 1 of 2", "day 9 H: 0 of 1", "day 10 H: 1 of 0", "day 11 H: 1 of 0"]


def test_the_request_means_what_the_instance_says(instance: NurseInstance) -> None:
    """On 300 rosters: rules cost what the judge counts; musts are kept where the cover is right."""
    request = inrc.request_of(instance, seconds=5, workers=1, seed=1)
    facts, dice = Facts(request.problem), random.Random(1)
    for _ in range(300):
        share = dice.random()
        found = {
            nurse.id: [
                dice.choice([s for s in "DH" if instance.cover.get((day, s))] or [""])
                if dice.random() < share
                else ""
                for day in range(instance.days)
            ]
            for nurse in instance.nurses
        }
        placed = tuple(
            Placement(person=f"n{who}", duty=f"{shift}@{instance.first + timedelta(day)}")
            for who, days in found.items()
            for day, shift in enumerate(days)
            if shift
        )
        report = check(facts, request.rules, Plan.of(facts, Schedule(placements=placed)))
        assert report.costs[1] == cost(instance, found), found
        assert bool(report.broken_musts) == bool(miscovered(instance, found)), found


def test_a_run_writes_the_best_roster(instance: NurseInstance, tmp_path: Path) -> None:
    """Its value is proved, and the rows are read as they were written."""
    one = inrc.run(tmp_path / "Small.txt", seconds=100, workers=2, seed=1, out=tmp_path)
    assert one.penalty == one.bound
    assert one.best_known is one.ratio is None
    with (tmp_path / "Small.csv").open(newline="") as file:
        written = {person: days for person, *days in csv.reader(file)}
    assert list(written) == ["7", "8"]
    assert not miscovered(instance, written)
    assert cost(instance, written) == one.penalty
