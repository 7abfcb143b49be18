"""What a schedule amounts to: coverage, loads, who is on site, what changes, and why not."""

from datetime import date
from typing import Literal

from pydantic import Field

from models.answer.result import Result
from models.problem.calendar import LocalDateTime
from models.problem.ratings import Colour
from models.value import Value


class Coverage(Value):
    """One duty: how many people it needs, and who is there."""

    duty: str
    name: str
    need: str | None
    school: str
    group: str | None
    start: LocalDateTime | None = Field(description="Local; none for an activity without a time.")
    end: LocalDateTime | None
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


class PersonLoad(Value):
    """What one person does of a pool's work, against their share of it."""

    person: str
    days: int
    minutes: int
    target: int = Field(
        description="Hundredths of a day: the pool's days, divided by share of a full-time post."
    )
    difference: int = Field(description="Days less target, in hundredths of a day.")


class DutyPool(Value):
    """Duties that ask for the same people, and how they are shared among all who could do them."""

    name: str
    loads: tuple[PersonLoad, ...]


class PersonDiary(Value):
    """All that one person does, in order."""

    person: str
    minutes: int
    dates: tuple[date, ...]
    duties: tuple[str, ...]


class PersonOnSite(Value):
    """A person at a school on a date, from their first duty there to their last."""

    person: str
    start: LocalDateTime
    end: LocalDateTime
    duties: tuple[str, ...]


class SiteDay(Value):
    """Who is at a school on a date, and which skills are there."""

    school: str
    date: date
    people: tuple[PersonOnSite, ...]
    skills: dict[str, tuple[str, ...]] = Field(description="Every skill, with who holds it there.")
    children: dict[str, int] = Field(description="Children expected, by band.")


class PendingApproval(Value):
    """A use of a thing for which its owner, another school, has not said yes."""

    resource: str
    owner: str | None
    status: Literal["asked", "not asked", "refused"]
    sentence: str


class PlannedActivity(Value):
    """An activity as it stands in a plan: when, where, who, with what, and its deadlines."""

    activity: str
    name: str
    start: LocalDateTime | None = Field(description="Local; none where it is left out.")
    end: LocalDateTime | None
    school: str | None
    people: tuple[str, ...] = Field(description="Ids of the people on it.")
    things: tuple[str, ...] = Field(description="Ids of the resources it uses.")
    waiting: tuple[PendingApproval, ...] = Field(
        description="Uses that their owner has not approved: the plan is not certain until then."
    )
    release_by: date | None
    is_dated: bool = Field(
        description="Whether it may be on several dates, or left out, or needs nobody."
    )
    spared: bool = Field(
        False, description="Left out, as it should be, because another takes place instead."
    )
    remarks: tuple[str, ...] = Field(description="Deadlines, and whatever rules have to say.")
    sentence: str


class RouteStop(Value):
    """One use of a thing, with the time to set it up and to clear it away."""

    activity: str
    school: str
    start: LocalDateTime
    end: LocalDateTime
    sentence: str


class ResourceRoute(Value):
    """Where a shared thing is, use by use."""

    resource: str
    name: str
    stops: tuple[RouteStop, ...]


class RatedQuestion(Value):
    """One question of a review: its first rating, the one that holds, and each change between."""

    of: str
    body: str = Field(description="Its name: a school's, or Trust V.")
    question: str
    first: Colour
    now: Colour
    changed: bool
    sentence: str


class NotUsed(Value):
    """A person who is on no duty, and why."""

    person: str
    name: str
    why: Literal["unqualified", "unavailable", "not_needed"]
    sentence: str


class ChosenGroup(Value):
    """The children for whom one group was chosen."""

    group: str
    children: tuple[str, ...] = Field(description="Their ids.")
    sentence: str


class PublishedChange(Value):
    """One difference from the published schedule."""

    person: str | None = Field(description="None where an activity moves.")
    duty: str
    change: Literal["added", "removed", "moved"]
    sentence: str


class YearOfHours(Value):
    """One year of one contract, in minutes."""

    person: str
    contract: str
    allowance: str
    first: date
    last: date
    allowed: int = Field(description="Full-time figure pro rata, or weekly hours times weeks.")
    delivered: int = Field(description="Booked as delivered, in the history, or before as_of.")
    planned: int = Field(description="On this rota from as_of on.")
    promised: int
    reserved: int
    left: int = Field(description="Below zero where it is too much.")
    paid: int | None = Field(
        None, description="Leave included, by the employer's table of paid weeks."
    )
    warning: str | None = None


class WeekOfHours(Value):
    """What one person works in one week, all jobs together, in minutes."""

    person: str
    week: date = Field(description="Its first date in the horizon.")
    contracted: int | None = Field(description="None where no contract gives weekly hours.")
    planned: int
    travel: int = Field(description="Between schools on the same day; paid, besides planned.")
    by_tag: dict[str, int] = Field(description="Planned minutes by the labels of the duties.")


class TravelLeg(Value):
    """A way between two schools on a day; no break."""

    person: str
    leaves: str
    reaches: str
    earliest: LocalDateTime = Field(description="The end of the duty before; local.")
    latest: LocalDateTime = Field(description="The start of the duty after; local.")
    minutes: int
    paid: bool = Field(description="Not where there is time to go home between.")


class SessionThere(Value):
    """Who is at a school in a session, by role and by skill."""

    school: str
    date: date
    session: Literal["am", "pm"]
    roles: dict[str, tuple[str, ...]]
    skills: dict[str, tuple[str, ...]]


class SecondmentNotice(Value):
    """A date of an agreement that somebody has to keep."""

    secondment: str
    by: date
    sentence: str


class Summary(Value):
    """What a schedule amounts to."""

    coverage: tuple[Coverage, ...]
    unfilled: tuple[Unfilled, ...]
    pools: tuple[DutyPool, ...]
    diaries: tuple[PersonDiary, ...]
    site_days: tuple[SiteDay, ...]
    not_used: tuple[NotUsed, ...]
    amendments: tuple[PublishedChange, ...]
    together: tuple[ChosenGroup, ...]
    events: tuple[PlannedActivity, ...] = ()
    routes: tuple[ResourceRoute, ...] = ()
    ratings: tuple[RatedQuestion, ...] = ()
    years: tuple[YearOfHours, ...] = ()
    weeks: tuple[WeekOfHours, ...] = ()
    legs: tuple[TravelLeg, ...] = ()
    sessions: tuple[SessionThere, ...] = ()
    notices: tuple[SecondmentNotice, ...] = ()


class ScheduleAnswer(Value):
    """A result with what its schedule amounts to; a draft's, where musts clash."""

    result: Result
    summary: Summary | None
