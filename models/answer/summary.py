"""What a schedule amounts to: coverage, loads, who is on site, what changes, and why not."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from models.answer.result import Result
from models.problem.calendar import LocalDateTime
from models.problem.ratings import Colour
from models.value import Value


class Coverage(Value):
    """One duty: how many people it needs, and who is there."""

    duty: str = Field(description="The id of the duty.")
    name: str = Field(description="The duty as a person says it.")
    need: str | None = Field(description="The id of the need, where the duty has several.")
    school: str = Field(description="The id of the school where it is.")
    group: str | None = Field(description="The id of the group that it is for.")
    start: LocalDateTime | None = Field(description="Local; none for an activity without a time.")
    end: LocalDateTime | None = Field(
        description="The end in local time; null for an activity without a time."
    )
    needed: int = Field(description="People needed.")
    there: int = Field(description="People on the duty.")
    missing: int = Field(description="People that the duty lacks.")
    spare: int = Field(description="People there beyond those needed.")
    reserve: int = Field(
        description="Others who meet the need, are available and have nothing else at that time; "
        "rules are not asked."
    )
    people: tuple[str, ...] = Field(description="Ids of the people there.")


class Candidate(Value):
    """A person who meets a need that stays unfilled, and why they do not fill it."""

    person: str = Field(description="The id of the person.")
    why: Literal["unavailable", "busy", "must", "wish", "open"] = Field(
        description="Not available; on another duty then; a rule that must hold or a wish is in "
        "the way; nothing was found against it."
    )
    sentence: str = Field(description="Why they do not fill the need, in words.")


class Unfilled(Value):
    """A duty that has too few people."""

    duty: str = Field(description="The id of the duty.")
    missing: int = Field(description="People that the duty lacks.")
    sentence: str = Field(description="What is missing, in words.")
    candidates: tuple[Candidate, ...] = Field(description="Who could fill it, and why they do not.")


class PersonLoad(Value):
    """What one person does of a pool's work, against their share of it."""

    person: str = Field(description="The id of the person.")
    days: int = Field(description="Days on duties of the pool.")
    minutes: int = Field(description="Minutes on duties of the pool.")
    target: int = Field(
        description="Hundredths of a day: the pool's days, divided by share of a full-time post."
    )
    difference: int = Field(description="Days less target, in hundredths of a day.")


class DutyPool(Value):
    """Duties that ask for the same people, and how they are shared among all who could do them."""

    name: str = Field(description="What the pool's duties ask for, in words.")
    loads: tuple[PersonLoad, ...] = Field(description="The share of each person who could do them.")


class PersonDiary(Value):
    """All that one person does, in order."""

    person: str = Field(description="The id of the person.")
    minutes: int = Field(description="Minutes worked in all.")
    dates: tuple[date, ...] = Field(description="The dates worked, the earliest first.")
    duties: tuple[str, ...] = Field(description="Ids of the duties, the earliest first.")


class PersonOnSite(Value):
    """A person at a school on a date, from when they come there to when they leave it."""

    person: str = Field(description="The id of the person.")
    start: LocalDateTime = Field(
        description="When they come, local: for their first duty there, or by their pattern."
    )
    end: LocalDateTime = Field(
        description="When they leave, local: after their last duty there, or by their pattern."
    )
    duties: tuple[str, ...] = Field(
        description="Ids of their duties there; none for those who are at work by their pattern."
    )


class SiteDay(Value):
    """Who is at a school on a date, and which skills are there."""

    school: str = Field(description="The id of the school.")
    date: Annotated[date, Field(description="The date.")]
    people: tuple[PersonOnSite, ...] = Field(description="Who is there, and from when to when.")
    skills: dict[str, tuple[str, ...]] = Field(description="Every skill, with who holds it there.")
    children: dict[str, int] = Field(description="Children expected, by band.")


class PendingApproval(Value):
    """A use of a thing for which its owner, another school, has not said yes."""

    resource: str = Field(description="The id of the resource.")
    owner: str | None = Field(description="The id of the school that owns it.")
    status: Literal["asked", "not asked", "refused"] = Field(
        description="What the owner has said so far."
    )
    sentence: str = Field(description="The pending approval in words.")


class PlannedActivity(Value):
    """An activity as it stands in a plan: when, where, who, with what, and its deadlines."""

    activity: str = Field(description="The id of the activity.")
    name: str = Field(description="The name of the activity.")
    start: LocalDateTime | None = Field(description="Local; none where it is left out.")
    end: LocalDateTime | None = Field(
        description="The end in local time; null where the activity is left out."
    )
    school: str | None = Field(
        description="The id of the school where it is; null where it is left out."
    )
    people: tuple[str, ...] = Field(description="Ids of the people on it.")
    things: tuple[str, ...] = Field(description="Ids of the resources it uses.")
    waiting: tuple[PendingApproval, ...] = Field(
        description="Uses that their owner has not approved: the plan is not certain until then."
    )
    release_by: date | None = Field(
        description="The date on which its reserved time is given back unless it is called for."
    )
    is_dated: bool = Field(
        description="Whether it may be on several dates, or left out, or needs nobody."
    )
    spared: bool = Field(
        False, description="Left out, as it should be, because another takes place instead."
    )
    remarks: tuple[str, ...] = Field(description="Deadlines, and whatever rules have to say.")
    sentence: str = Field(description="The activity in words.")


class RouteStop(Value):
    """One use of a thing, with the time to set it up and to clear it away."""

    activity: str = Field(description="The id of the activity.")
    school: str = Field(description="The id of the school where it is used.")
    start: LocalDateTime = Field(description="The start in local time, setting up included.")
    end: LocalDateTime = Field(description="The end in local time, clearing away included.")
    sentence: str = Field(description="The use in words.")


class ResourceRoute(Value):
    """Where a shared thing is, use by use."""

    resource: str = Field(description="The id of the resource, or of one of several: `bus.2`.")
    name: str = Field(description="The name of the resource.")
    stops: tuple[RouteStop, ...] = Field(description="Its uses, the earliest first.")


class RatedQuestion(Value):
    """One question of a review: its first rating, the one that holds, and each change between."""

    of: str = Field(description="The id of the trust or school that is rated.")
    body: str = Field(description="Its name: a school's, or Trust V.")
    question: str = Field(description="The question, as the review numbers it.")
    first: Colour = Field(description="The first rating.")
    now: Colour = Field(description="The rating in force.")
    changed: bool = Field(description="Whether the two differ.")
    sentence: str = Field(description="The rating and its changes in words.")


class NotUsed(Value):
    """A person who is on no duty, and why."""

    person: str = Field(description="The id of the person.")
    name: str = Field(description="The name of the person.")
    why: Literal["unqualified", "unavailable", "not_needed"] = Field(
        description="Why they are on no duty."
    )
    sentence: str = Field(description="The same in words.")


class ChosenGroup(Value):
    """The children for whom one group was chosen."""

    group: str = Field(description="The id of the group.")
    children: tuple[str, ...] = Field(description="Their ids.")
    sentence: str = Field(description="The group and its children in words.")


class PublishedChange(Value):
    """One difference from the published schedule."""

    person: str | None = Field(description="None where an activity moves.")
    duty: str = Field(description="The id of the duty.")
    change: Literal["added", "removed", "moved"] = Field(
        description="What happens to the placement or the activity."
    )
    sentence: str = Field(description="The difference in words.")


class YearOfHours(Value):
    """One year of one contract, in minutes."""

    person: str = Field(description="The id of the person.")
    contract: str = Field(description="The id of the contract.")
    allowance: str = Field(description="The id of the allowance that applies.")
    first: date = Field(description="The first day of the year.")
    last: date = Field(description="The last day of the year.")
    allowed: int = Field(description="Full-time figure pro rata, or weekly hours times weeks.")
    delivered: int = Field(description="Booked as delivered, in the history, or before as_of.")
    planned: int = Field(description="On this rota from as_of on.")
    promised: int = Field(description="Minutes booked as still to be worked.")
    reserved: int = Field(description="Minutes kept back for the unforeseen.")
    left: int = Field(description="Below zero where it is too much.")
    paid: int | None = Field(
        None, description="Leave included, by the employer's table of paid weeks."
    )
    warning: str | None = Field(
        None, description="What is wrong with the year, in words; null where nothing is."
    )


class WeekOfHours(Value):
    """What one person works in one week, all jobs together, in minutes."""

    person: str = Field(description="The id of the person.")
    week: date = Field(description="Its first date in the horizon.")
    contracted: int | None = Field(description="None where no contract gives weekly hours.")
    planned: int = Field(description="Minutes of duties on this rota.")
    travel: int = Field(
        description="Minutes between schools on the same day; paid in addition to planned."
    )
    by_tag: dict[str, int] = Field(description="Planned minutes by the labels of the duties.")


class TravelLeg(Value):
    """A way between two schools on a day; no break."""

    person: str = Field(description="The id of the person.")
    leaves: str = Field(description="The id of the school that they leave.")
    reaches: str = Field(description="The id of the school that they go to.")
    earliest: LocalDateTime = Field(description="The end of the duty before; local.")
    latest: LocalDateTime = Field(description="The start of the duty after; local.")
    minutes: int = Field(description="Minutes that the way takes.")
    paid: bool = Field(description="Not where there is time to go home between.")


class SessionThere(Value):
    """Who is at a school in a session, by role and by skill."""

    school: str = Field(description="The id of the school.")
    date: Annotated[date, Field(description="The date.")]
    session: Literal["am", "pm"] = Field(description="The half of the day.")
    roles: dict[str, tuple[str, ...]] = Field(
        description="Role to the ids of the people there who have it."
    )
    skills: dict[str, tuple[str, ...]] = Field(
        description="Skill to the ids of the people there who hold it."
    )


class SecondmentNotice(Value):
    """A date of an agreement that somebody has to keep."""

    secondment: str = Field(description="The id of the secondment.")
    by: date = Field(description="The date by which notice must be given.")
    sentence: str = Field(description="The date and what depends on it, in words.")


class Summary(Value):
    """What a schedule amounts to."""

    coverage: tuple[Coverage, ...] = Field(description="Every duty, and who is on it.")
    unfilled: tuple[Unfilled, ...] = Field(description="Duties that have too few people, and why.")
    pools: tuple[DutyPool, ...] = Field(description="How work of one kind is shared.")
    diaries: tuple[PersonDiary, ...] = Field(description="What each person does.")
    site_days: tuple[SiteDay, ...] = Field(description="Who is at each school on each date.")
    not_used: tuple[NotUsed, ...] = Field(description="People who are on no duty, and why.")
    amendments: tuple[PublishedChange, ...] = Field(
        description="What differs from the published schedule, or from the one that the request "
        "was derived from."
    )
    compared_with: str = Field(
        "the published schedule", description="What the amendments are changes from, in words."
    )
    together: tuple[ChosenGroup, ...] = Field(description="Groups that were chosen for children.")
    events: tuple[PlannedActivity, ...] = Field((), description="Activities, and when they happen.")
    routes: tuple[ResourceRoute, ...] = Field(
        (), description="Where shared things are, use by use."
    )
    ratings: tuple[RatedQuestion, ...] = Field(
        (), description="Ratings of a review, question by question."
    )
    years: tuple[YearOfHours, ...] = Field(
        (), description="Years of working time, contract by contract."
    )
    weeks: tuple[WeekOfHours, ...] = Field((), description="Working time, week by week.")
    legs: tuple[TravelLeg, ...] = Field((), description="Ways between schools on a day.")
    sessions: tuple[SessionThere, ...] = Field(
        (), description="Who is at a school in each half day, by role and skill."
    )
    notices: tuple[SecondmentNotice, ...] = Field(
        (), description="Dates of agreements that somebody has to keep."
    )


class ScheduleAnswer(Value):
    """A result with what its schedule amounts to; a draft's, where musts clash."""

    result: Result = Field(description="The schedule, what was proved, and the checker's report.")
    summary: Summary | None = Field(
        description="What the schedule amounts to; null where there is none."
    )
