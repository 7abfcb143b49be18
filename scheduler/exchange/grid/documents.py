"""What is sent with a school's own sheet to explain it, and what is answered about it."""

from datetime import date, time
from typing import Annotated, Literal

from pydantic import Field

from models.answer.schedule import Schedule
from models.problem.calendar import LocalTime
from models.value import Text, Value
from scheduler.intake.request import RotaRequest

Means = Literal["duty", "away", "closed", "nothing"]
"""What a cell may say: work, an absence, that the school is closed, or nothing that matters."""

RowsAre = Literal["people", "duties", "skip"]
"""What stands in the rows of a sheet, or that it is passed over."""

Written = Annotated[str, Field(min_length=1, max_length=200)]

DAY_START, DAY_END = time(8, 50), time(15, 20)
"""When a duty is taken to begin and end if nothing says it: the school day of a request."""

HALVES = {"am": (DAY_START, time(12, 30)), "pm": (time(12, 30), DAY_END)}
"""Its morning and its afternoon."""

Duty = tuple[str, time | None, time | None, str]
"""A duty's name, its times, and the name of its school."""


class CodeMeaning(Value):
    """What a code, or a colour, stands for."""

    means: Means = Field(description="What it says.")
    name: Text | None = Field(None, description="The duty's name; the code itself if left out.")
    start: LocalTime | None = Field(None, description="When the duty begins.")
    end: LocalTime | None = Field(None, description="When the duty ends.")
    school: Text | None = Field(None, description="The name of the school where the duty is.")


class GridMapping(Value):
    """What a school's habits mean: sent with a sheet, kept for the next one."""

    school: Text = Field("Our school", description="The name of the school.")
    schools: dict[Written, Text] = Field(
        {}, description="From the title of a sheet to the name of its school, where several are."
    )
    may_do: Literal["seen", "anyone"] = Field(
        "seen",
        description="Who may be put on a duty: those who are on one of its name, or everybody.",
    )
    near: date | None = Field(
        None, description="Dates without a year are near this one; today's if left out."
    )
    hidden: Literal["skip", "read"] = Field(
        "skip", description="Whether hidden rows, columns and sheets are read."
    )
    rows: dict[Written, RowsAre] = Field(
        {}, description="From the title of a sheet to what its rows are."
    )
    weeks: dict[Written, date] = Field(
        {}, description="From the title of a sheet to a date in its first week."
    )
    people: dict[Written, Text] = Field(
        {}, description="From how somebody is written to the name of that person."
    )
    codes: dict[Written, CodeMeaning] = Field(
        {}, description="From a code, as it is written, to what it means."
    )
    colours: dict[Written, CodeMeaning] = Field(
        {}, description="From the colour of a cell without text to what it means."
    )


class GridSheetRead(Value):
    """How one sheet was understood."""

    sheet: str = Field(description="Its title.")
    rows: Literal["people", "duties"] = Field(description="What the rows of names were taken for.")
    turned: bool = Field(description="Whether the dates go down instead of across.")
    heading: str = Field(description="The cell of its first date.")
    first: date = Field(description="Its first date.")
    last: date = Field(description="Its last date.")


class GridCode(Value):
    """One code and what it was taken for. A code that says why somebody is away is not shown."""

    code: str = Field(description="As it is written; empty for all words for an absence.")
    means: Means = Field(description="What it was taken for.")
    duty: str | None = Field(None, description="The id of the shift, where it is a duty.")
    start: LocalTime | None = Field(None, description="When the duty begins.")
    end: LocalTime | None = Field(None, description="When the duty ends.")
    cells: int = Field(description="The number of cells that say it.")
    first_at: str = Field(description="The first of them.")


class GridPerson(Value):
    """One person and the ways in which they are written."""

    id: str = Field(description="The person's id in the request.")
    name: str = Field(description="The person's name.")
    written: tuple[str, ...] = Field(description="How they are written in the sheets.")


class GridQuestion(Value):
    """Something unclear, and where in the mapping the answer goes."""

    at: str = Field(description="The sheet and the first cell.")
    cells: int = Field(1, description="The number of cells that it is about.")
    says: str = Field(description="What is unclear, and what was assumed meanwhile.")
    answer: str = Field(description="Where the answer goes: a JSON pointer into the mapping.")


class GridNote(Value):
    """Something that was passed over or taken for granted."""

    at: str = Field(description="The sheet and cell.")
    says: str = Field(description="What was done with it.")


class RotaCell(Value):
    """What a cell is about: a placement, a place that nobody fills, a row, or a column."""

    at: str = Field(description="The sheet and cell.")
    person: str | None = Field(None, description="The id of the person.")
    duty: str | None = Field(None, description="The id of the duty.")
    on: date | None = Field(None, description="The date.")


class GridReading(Value):
    """What was read of a school's own sheets, what is unclear, and what was made of it."""

    sheets: tuple[GridSheetRead, ...] = Field(description="The sheets that were read.")
    people: tuple[GridPerson, ...] = Field(description="Everybody who was found.")
    codes: tuple[GridCode, ...] = Field(description="What each code was taken for.")
    questions: tuple[GridQuestion, ...] = Field(description="What is unclear; nothing else.")
    notes: tuple[GridNote, ...] = Field(description="What was passed over, or taken for granted.")
    mapping: GridMapping = Field(
        description="The mapping in force, with what was assumed: correct it, send it back, keep "
        "it for the next sheet."
    )
    request: RotaRequest | None = Field(
        description="The facts, ready to be checked or solved; null where no duty was found."
    )
    schedule: Schedule | None = Field(description="Who is on which duty, as the sheets say.")
    cells: tuple[RotaCell, ...] = Field(
        (), description="Where everything stands: sent with the schedule, a check names its cells."
    )
