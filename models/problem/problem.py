"""The facts of one request: schools, people, duties and what they need, past and plans."""

from datetime import date, time
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from models.problem.calendar import (
    DateRange,
    DayKind,
    LocalDateTime,
    LocalTime,
    School,
    Session,
    TimeZone,
    Weekday,
    Window,
    why_no_stretch,
)
from models.problem.collaboration import Allowance, BookedTime, PaidWeeks, Secondment
from models.problem.dates import Dates
from models.problem.people import Person, Who
from models.problem.ratings import Rating
from models.problem.resources import NeededResource, Resource
from models.value import ID, Id, Text, Value

DAY_MINUTES = 24 * 60

MOST_TIMES = 400
"""A series happens at most so often."""


class TravelTime(Value):
    """The way between two schools, the same in both directions."""

    between: tuple[Id, Id] = Field(description="The ids of the two schools.")
    minutes: int = Field(ge=0, le=DAY_MINUTES, description="Minutes that the way takes.")


class Group(Value):
    """People and children who stay together, such as a pod in a room of its own."""

    id: Id = Field(description="The id of the group.")
    name: Text = Field(description="The name of the group.")
    school: Id = Field(description="The id of the school where it is.")
    places: int | None = Field(None, ge=0, description="The most children at one time.")
    waiting: bool = Field(
        False, description="A waiting list: its children are not there, and need nobody."
    )


class Children(Value):
    """How many children of a band are expected, where and when. Never who they are.

    They come on those of the dates that are days of term, or of the kinds that `on` names. A row
    whose dates hold no day of term means its INSET days and holidays. With `groups` the engine
    chooses a group for them, the same on all their dates.
    """

    id: Id | None = Field(None, description="An opaque id, needed where a group is chosen.")

    band: Id = Field(description="An age band or year group, in the words of the ratio rows.")
    count: int = Field(ge=0, le=10_000, description="How many children are expected.")
    at: Id = Field(description="The school where they are looked after.")
    home: Id | None = Field(None, description="The school whose children they are.")
    group: Id | None = Field(None, description="The group they are in, where that is settled.")
    groups: tuple[Id, ...] | None = Field(
        None, min_length=1, description="Groups of which the engine chooses one."
    )
    family: Id | None = Field(None, description="Siblings share it; opaque.")
    booked: date | None = Field(None, description="When the place was asked for.")
    teacher: Id | None = Field(None, description="The person who teaches them at school.")
    brought_by: Id | None = Field(
        None, description="The shift that brings them, such as a minibus: they are aboard then."
    )
    dates: DateRange = Field(description="The dates between which they come.")
    weekdays: tuple[Weekday, ...] | None = Field(None, description="Only on these weekdays.")
    on: tuple[DayKind, ...] | None = Field(
        None, min_length=1, description="The kinds of day on which they come, such as holiday."
    )
    start: LocalTime | None = Field(None, description="From when; the school's day if left out.")
    end: LocalTime | None = Field(None, description="Until when; the school's day if left out.")

    @model_validator(mode="after")
    def _can_be_chosen_for(self) -> Self:
        if self.groups is not None and (self.id is None or self.group is not None):
            raise ValueError("with groups there must be an id, and no group")
        return self


class Ratio(Value):
    """How many children one adult may look after: data, with its source."""

    id: Id = Field(
        description="The id of the ratio; rows of one id are in force at different times."
    )
    bands: tuple[Id, ...] = Field(
        min_length=1, description="The bands of children that it applies to."
    )
    children_per_adult: int = Field(
        ge=1, le=1000, description="Children that one adult may look after."
    )
    first: date | None = Field(
        None, description="The first date on which it applies; from the beginning if left out."
    )
    last: date | None = Field(
        None, description="The last date on which it applies; without end if left out."
    )
    source: Text = Field(description="Where the ratio is published.")


class Need(Value):
    """Adults needed on a duty: a number, or the number that a ratio asks for."""

    id: Id | None = Field(None, description="Needed where a duty has several needs.")
    who: Who | None = Field(None, description="Who may do it; anybody if left out.")
    count: int | None = Field(
        None, ge=0, le=1000, description="How many people are needed, where no ratio says it."
    )
    ratio: Id | None = Field(None, description="Count by this ratio and the children expected.")
    most: int | None = Field(
        None, ge=0, le=1000, description="Never more than this; no limit if left out."
    )
    tags: tuple[Id, ...] = Field((), description="Labels that rules can choose the need by.")

    @model_validator(mode="after")
    def _counts_once(self) -> Self:
        if (self.count is None) == (self.ratio is None):
            raise ValueError("must have exactly one of count and ratio")
        if self.count is not None and self.most is not None and self.most < self.count:
            raise ValueError("most is less than count")
        return self


class PresenceNeed(Value):
    """Somebody who must be among those who work there: "a first-aider among these adults"."""

    who: Who = Field(description="Who counts.")
    count: int = Field(1, ge=1, le=1000, description="How many of them must be there.")


class _Work(Value):
    """What shifts and activities have in common."""

    id: Id = Field(description="The id that rules and placements call it by.")
    name: Text = Field(description="The name that people read.")
    school: Id = Field(description="The id of the school where it is.")
    group: Id | None = Field(None, description="The id of the group that it is for.")
    needs: tuple[Need, ...] = Field(
        min_length=1, description="How many people it needs, and who may do it."
    )
    presence: tuple[PresenceNeed, ...] = Field(
        (), description="Must be found among the people on this duty, whichever need they fill."
    )
    uses: tuple[NeededResource, ...] = Field((), description="What it needs of the resources.")
    tags: tuple[Id, ...] = Field((), description="Labels that rules can choose it by.")

    @model_validator(mode="after")
    def _needs_have_names(self) -> Self:
        names = [need.id for need in self.needs]
        if len(names) > 1 and (None in names or len(set(names)) < len(names)):
            raise ValueError("with several needs each must have an id of its own")
        return self


class ShiftChange(Value):
    """A date on which a shift differs from its pattern."""

    date: Annotated[date, Field(description="The date.")]
    cancelled: bool = Field(False, description="Whether the shift does not take place.")
    start: LocalTime | None = Field(None, description="When it begins instead.")
    end: LocalTime | None = Field(None, description="When it ends instead.")
    needs: tuple[Need, ...] | None = Field(None, description="What it needs instead.")


class Shift(_Work):
    """Work whose time is given: a weekly pattern, further dates, and exceptions."""

    start: LocalTime = Field(description="When the shift begins.")
    end: LocalTime = Field(description="Earlier than the start means the next day.")
    unpaid_minutes: int = Field(0, ge=0, le=DAY_MINUTES, description="Unpaid break inside it.")
    when: Window = Field(Window(), description="The weekdays, weeks and dates of its pattern.")
    on: tuple[DayKind, ...] = Field(
        (DayKind.TERM,), description="The kinds of day at its school on which the pattern runs."
    )
    dates: tuple[date, ...] = Field((), description="Dates in addition to the pattern.")
    exceptions: tuple[ShiftChange, ...] = Field(
        (), description="Dates on which it differs from its pattern."
    )

    @model_validator(mode="after")
    def _window_has_no_times(self) -> Self:
        if self.when.start or self.when.end or self.when.sessions:
            raise ValueError("when gives dates only; the times are start and end")
        return self


class Series(Value):
    """An activity that happens several times: `heads.1`, `heads.2` and so on."""

    times: int = Field(ge=2, le=MOST_TIMES, description="How often.")
    each: Literal["term", "month", "week"] = Field(
        "term",
        description="The first is in the first of these in the horizon, the second in the second: "
        "`terms`, as the school where it is counts them; months, or weeks, with a day on which its "
        "own school is open.",
    )


class Reserve(Value):
    """A second date for an activity, `heads.reserve`: at the same place, with the same people.

    It is kept in all diaries until the activity has been held.
    """

    least: int = Field(1, ge=1, le=400, description="Least school days after the activity.")
    most: int = Field(ge=1, le=400, description="Most school days after it.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.most < self.least:
            raise ValueError("most is less than least. Maybe the two are swapped?")
        return self


class Activity(_Work):
    """Work for which the engine chooses the time, and perhaps the place, or whether it happens.

    It happens once, or once for each of its series, on its dates and inside one of its windows.
    """

    needs: tuple[Need, ...] = Field((), description="None where it needs things only.")
    minutes: int | None = Field(
        None, ge=1, le=DAY_MINUTES, description="How long it lasts, on each of its days."
    )
    lasts: Literal["session", "day"] | None = Field(
        None, description="Instead of minutes: a whole session, or a whole day, of its school."
    )
    days: int | None = Field(
        None,
        ge=1,
        le=60,
        description="Days in a row on which the school where it is is open, with the same people "
        "at the same time of day; each must be one of its dates. Whole days, where neither "
        "minutes nor lasts is given.",
    )
    series: Series | None = Field(None, description="Where it happens several times.")
    reserve: Reserve | None = Field(None, description="A second date to keep.")
    windows: tuple[Window, ...] = Field(
        (Window(),),
        min_length=1,
        description="When it may happen; at any time its school is open if left out.",
    )
    dates: Dates | None = Field(None, description="The dates on which it may be.")
    step: int = Field(15, ge=1, le=DAY_MINUTES, description="Minutes between possible starts.")
    on: tuple[DayKind, ...] = Field(
        (DayKind.TERM,), description="The kinds of day at its school on which it may happen."
    )
    venues: tuple[Id, ...] | None = Field(
        None, min_length=1, description="Schools of which the engine chooses one."
    )
    visitor: Id | None = Field(None, description="The school that visits, where it is a visit.")
    optional: bool = Field(False, description="Whether it may be left out.")
    frees: tuple[Id, ...] = Field(
        (),
        description="Groups that are out with it: shifts of theirs at that time need nobody.",
    )
    release_by: date | None = Field(
        None, description="A reserved time is given back on this date unless it is called for."
    )

    @model_validator(mode="after")
    def _lasts_once(self) -> Self:
        if self.minutes is not None and self.lasts is not None:
            raise ValueError("must not have both minutes and lasts")
        if self.minutes is None and self.lasts is None and self.days is None:
            raise ValueError("must have exactly one of minutes and lasts, or else days")
        return self

    @property
    def members(self) -> tuple[str, ...]:
        """The ids of what happens: its own, or one for each of a series."""
        if self.series is None:
            return (self.id,)
        return tuple(f"{self.id}.{n}" for n in range(1, self.series.times + 1))


class Placement(Value):
    """One person on one duty."""

    person: Id = Field(description="The id of the person.")
    duty: str = Field(
        min_length=1,
        max_length=200,
        description="The duty's id: shift@date, or shift/need@date where a shift has several "
        "needs; for an activity its id, or activity/need, with @1, @2 for each of several days.",
    )


class PastWork(Value):
    """Something a person worked before the horizon."""

    person: Id = Field(description="The id of the person.")
    school: Id = Field(description="The id of the school where it was.")
    start: LocalDateTime = Field(description="The start, local.")
    end: LocalDateTime = Field(description="The end, local.")
    shift: Id | None = Field(None, description="The shift it was, if it is one of today's.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end <= self.start:
            raise ValueError(why_no_stretch(self.start, self.end))
        return self


class Balance(Value):
    """What a person carries over from before: above zero they have done more than their share."""

    person: Id = Field(description="The id of the person.")
    measure: Id = Field("days", description="The fair-share rule's measure that it belongs to.")
    amount: int = Field(description="In the unit of the measure.")


class ActivityTime(Value):
    """When an activity starts, in local time; where, and with what, as far as that is chosen."""

    activity: str = Field(
        pattern=ID,
        max_length=80,
        description="Its id; of a series with its number, of a reserve date with .reserve: "
        "heads.3.reserve.",
    )
    start: LocalDateTime = Field(description="When it starts, local.")
    at: Id | None = Field(None, description="The school, of several venues.")
    things: tuple[Id, ...] = Field(
        (), description="The resource for each of its uses, in order, where one is chosen."
    )


class InGroup(Value):
    """Which group was chosen for children."""

    children: Id = Field(description="The id of the children.")
    group: Id = Field(description="The id of the group.")


class Published(Value):
    """The schedule people have been told."""

    placements: tuple[Placement, ...] = Field(description="Who is on which duty.")
    times: tuple[ActivityTime, ...] = Field((), description="When and where each activity happens.")
    groups: tuple[InGroup, ...] = Field(
        (), description="Which group was chosen for which children."
    )


class Problem(Value):
    """The facts of one request."""

    name: Text = Field(description="What the rota is called.")
    time_zone: TimeZone = Field("Europe/London", description="The IANA zone of all local times.")
    horizon: DateRange = Field(description="The dates that are planned.")
    as_of: date | None = Field(None, description="The date on which the rota is made.")
    midday: LocalTime = Field(time(12, 30), description="Where a day's two sessions meet.")
    cycle_start: date | None = Field(
        None,
        description="A date in week 1 of repeating cycles, for schools without a `cycle` of their "
        "own; the horizon's first if left out.",
    )
    skills: dict[Id, Text] = Field({}, description="Id of a skill to its name.")
    roles: dict[Id, Text] = Field({}, description="Id of a role to its name.")
    schools: tuple[School, ...] = Field(
        min_length=1, description="The schools and their calendars."
    )
    travel: tuple[TravelTime, ...] = Field((), description="Ways between schools.")
    groups: tuple[Group, ...] = Field((), description="Groups of children.")
    people: tuple[Person, ...] = Field(description="The people who may be placed.")
    allowances: tuple[Allowance, ...] = Field(
        (), description="Years of working time that contracts name."
    )
    paid_weeks: tuple[PaidWeeks, ...] = Field(
        (), description="Employers' tables of paid weeks that contracts name."
    )
    booked: tuple[BookedTime, ...] = Field(
        (), description="Time of contracts that is spoken for outside this rota."
    )
    secondments: tuple[Secondment, ...] = Field(
        (), description="Who works for a host school, and when."
    )
    children: tuple[Children, ...] = Field(
        (), description="How many children are expected, where and when."
    )
    ratios: tuple[Ratio, ...] = Field((), description="How many children an adult may look after.")
    periods: dict[Id, tuple[DateRange, ...]] = Field(
        {}, description="Stretches of dates with a name: SATs week, an audit, an inspection."
    )
    resources: tuple[Resource, ...] = Field((), description="Things that schools share.")
    shifts: tuple[Shift, ...] = Field((), description="Work whose time is given.")
    activities: tuple[Activity, ...] = Field((), description="Work whose time the engine chooses.")
    pinned: tuple[Placement, ...] = Field((), description="Placements that must stand.")
    forbidden: tuple[Placement, ...] = Field((), description="Placements that must not be made.")
    history: tuple[PastWork, ...] = Field((), description="What people worked before the horizon.")
    history_from: date | None = Field(
        None, description="Since when the history is complete; days before it are unknown."
    )
    balances: tuple[Balance, ...] = Field((), description="What people carry over from before.")
    ratings: tuple[Rating, ...] = Field(
        (), description="Of reviews: red, amber or green, first and later ones."
    )
    published: Published | None = Field(
        None, description="The schedule that people have been told, to stay near."
    )


class Which(Value):
    """A choice of duties; every field that is given must hold."""

    shifts: tuple[Id, ...] | None = Field(None, description="These shifts or activities.")
    needs: tuple[Id, ...] | None = Field(None, description="These needs of theirs.")
    schools: tuple[Id, ...] | None = Field(None, description="At these schools.")
    groups: tuple[Id, ...] | None = Field(None, description="For these groups.")
    tag: Id | None = Field(None, description="Shifts, activities or needs with this label.")
    weekdays: tuple[Weekday, ...] | None = Field(None, description="On these weekdays.")
    sessions: tuple[Session, ...] | None = Field(None, description="Touching one of these.")
    first: date | None = Field(None, description="From this date on.")
    last: date | None = Field(None, description="Until this date, which is included.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if all(value is None for _, value in self):
            raise ValueError("says nothing. Maybe leave it out, which means every duty?")
        return self
