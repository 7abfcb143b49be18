"""What a schedule amounts to: coverage, loads, who is on site, what changes, and why not."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from models.result import Result
from models.value import Value


class Coverage(Value):
    """One duty: how many people it needs, and who is there."""

    duty: str
    name: str
    need: str | None
    school: str
    group: str | None
    start: datetime | None = Field(description="Local; none for an activity without a time.")
    end: datetime | None
    needed: int
    there: int
    missing: int
    spare: int = Field(description="People there beyond those needed.")
    reserve: int = Field(
        description="Others who meet the need, are available and have nothing else at that time; "
        "rules are not asked."
    )
    people: tuple[str, ...] = Field(description="Ids of the people there.")


class Candidate(Value):
    """A person who meets a need that stays unfilled, and why they do not fill it."""

    person: str
    why: Literal["unavailable", "busy", "must", "wish", "open"] = Field(
        description="Not available; on another duty then; a rule that must hold or a wish is in "
        "the way; nothing was found against it."
    )
    sentence: str


class Unfilled(Value):
    """A duty that has too few people."""

    duty: str
    missing: int
    sentence: str
    candidates: tuple[Candidate, ...]


class Load(Value):
    """What one person does of a pool's work, against their share of it."""

    person: str
    days: int
    minutes: int
    target: int = Field(
        description="Hundredths of a day: the pool's days, divided by share of a full-time post."
    )
    difference: int = Field(description="Days less target, in hundredths of a day.")


class Pool(Value):
    """Duties that ask for the same people, and how they are shared among all who could do them."""

    name: str
    loads: tuple[Load, ...]


class Diary(Value):
    """All that one person does, in order."""

    person: str
    minutes: int
    dates: tuple[date, ...]
    duties: tuple[str, ...]


class OnSite(Value):
    """A person at a school on a date, from their first duty there to their last."""

    person: str
    start: datetime
    end: datetime
    duties: tuple[str, ...]


class SiteDay(Value):
    """Who is at a school on a date, and which skills are there."""

    school: str
    date: date
    people: tuple[OnSite, ...]
    skills: dict[str, tuple[str, ...]] = Field(description="Every skill, with who holds it there.")
    children: dict[str, int] = Field(description="Children expected, by band.")


class NotUsed(Value):
    """A person who is on no duty, and why."""

    person: str
    why: Literal["unqualified", "unavailable", "not_needed"]
    sentence: str


class Together(Value):
    """The children for whom one group was chosen."""

    group: str
    children: tuple[str, ...] = Field(description="Their ids.")
    sentence: str


class Amendment(Value):
    """One difference from the published schedule."""

    person: str | None = Field(description="None where an activity moves.")
    duty: str
    change: Literal["added", "removed", "moved"]
    sentence: str


class Summary(Value):
    """What a schedule amounts to."""

    coverage: tuple[Coverage, ...]
    unfilled: tuple[Unfilled, ...]
    pools: tuple[Pool, ...]
    diaries: tuple[Diary, ...]
    site_days: tuple[SiteDay, ...]
    not_used: tuple[NotUsed, ...]
    amendments: tuple[Amendment, ...]
    together: tuple[Together, ...]


class Answer(Value):
    """A result with what its schedule amounts to; a draft's, where musts clash."""

    result: Result
    summary: Summary | None
