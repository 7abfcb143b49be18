"""A stretch of a schedule as a board: people by days and duties by days, with marks and totals."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from models.value import Value

BoardMark = Literal["short", "pinned", "changed", "tentative", "away", "partly_away"]
"""What a cell says beside its content, never by colour alone."""


class BoardDay(Value):
    """A column: one day with its totals, counted over what the board shows."""

    date: Annotated[date, Field(description="The date.")]
    name: str = Field(description="The day as a person says it.")
    kinds: dict[str, str] = Field(
        description="Schools where it is no usual day, by id: INSET day, closed, holiday, ..."
    )
    people: int = Field(description="People on at least one duty.")
    places: int = Field(description="Places of duties that are filled.")
    missing: int = Field(description="Places that nobody fills.")
    minutes: int = Field(description="Minutes of work, of all people together.")


class BoardTurn(Value):
    """One duty of one person on one day."""

    duty: str | None = Field(description="The id of the duty; null where they are elsewhere.")
    what: str = Field(description="The short code of its row, or `busy elsewhere`.")
    start: str = Field(description="Local time, such as 08:30.")
    end: str = Field(description="The end, local time.")
    school: str | None = Field(description="The id of the school; null where they are elsewhere.")
    marks: tuple[BoardMark, ...] = Field((), description="Pinned, changed, tentative.")


class BoardCell(Value):
    """One person on one day."""

    turns: tuple[BoardTurn, ...] = Field((), description="Their duties, by start.")
    gone: tuple[BoardTurn, ...] = Field(
        (), description="Duties that were published for them, and are theirs no longer."
    )
    marks: tuple[BoardMark, ...] = Field(
        (), description="Away and partly away; changed where a duty is gone."
    )


class BoardPerson(Value):
    """A row of the board by person."""

    person: str = Field(description="The id of the person.")
    name: str = Field(description="Their name; with the id where two people share it.")
    home: str = Field(description="The id of their home school.")
    cells: tuple[BoardCell, ...] = Field(description="One for each day, in order.")
    days: int = Field(description="Days shown on which they have a duty.")
    minutes: int = Field(description="Minutes of their duties on the days shown.")


class BoardPlace(Value):
    """One duty at its time, with the people on it."""

    duty: str = Field(description="The id of the duty.")
    start: str = Field(description="Local time, such as 08:30.")
    end: str = Field(description="The end, local time.")
    school: str = Field(description="The id of the school where it is.")
    people: tuple[str, ...] = Field(description="Ids of the people there; each has a row.")
    wanted: int = Field(description="People that the duty asks for.")
    missing: int = Field(description="People that it lacks.")
    note: str = Field("", description="The things that it uses; that a use is not certain.")
    marks: tuple[BoardMark, ...] = Field((), description="Short, pinned, changed, tentative.")


class BoardDuty(Value):
    """A row of the board by duty: one need of a shift or an activity."""

    name: str = Field(description="The duty with its need.")
    code: str = Field(description="A few letters, of no other row of the whole rota.")
    group: str | None = Field(description="The group that it is for, by name.")
    school: str = Field(description="The school by name, or `various`.")
    times: str = Field(description="Its times if they are always the same, or `times vary`.")
    cells: tuple[tuple[BoardPlace, ...], ...] = Field(
        description="For each day in order, the duties of this row."
    )
    missing: int = Field(description="Places of the row that nobody fills.")


class BoardWeek(Value):
    """A week of the rota, to page by."""

    title: str = Field(description="Such as Week of Mon 6 Apr 2026.")
    first: date = Field(description="What to send as `from`.")
    last: date = Field(description="What to send as `to`.")


class Board(Value):
    """A stretch of a schedule, laid out."""

    name: str = Field(description="The name of the rota.")
    headline: str = Field(description="How the request ended, in a sentence.")
    draft: bool = Field(description="It breaks rules that must hold.")
    first: date = Field(description="The first date asked for.")
    last: date = Field(description="The last date asked for.")
    school: str | None = Field(description="The id of the school, where one was asked for.")
    schools: dict[str, str] = Field(description="Schools that may be asked for, id to name.")
    days: tuple[BoardDay, ...] = Field(description="The columns.")
    people: tuple[BoardPerson, ...] = Field(
        description="Everybody of the schools shown, and who works there on these days."
    )
    duties: tuple[BoardDuty, ...] = Field(description="The duties that happen on these days.")
    codes: dict[str, str] = Field(description="Every code on the board, with what it stands for.")
    weeks: tuple[BoardWeek, ...] = Field(description="The weeks with duties, the first first.")
    missing: int = Field(description="Places that nobody fills, on all days shown.")
    minutes: int = Field(description="Minutes of work, of all people and days shown.")
