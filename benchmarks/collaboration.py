"""Random collaborations: schools of any number and size that share people, drawn from a seed.

What makes them hard is planted: a fifth of the people work at two schools, a third are part-time,
some are away, safeguarding leads are few, and the last school has too few people for its classes.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any

MONDAY = date(2026, 1, 12)

LESSONS = [
    {"start": "09:00", "end": "10:30"},
    {"start": "11:00", "end": "12:15"},
    {"start": "13:15", "end": "15:20"},
]

HALVES = {"am": ("08:45", "12:15"), "pm": ("13:10", "15:25")}

WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]

SHARED = 5
"""One person in this many works at two schools."""

PART_TIME = 3
"""One class in this many is a job share; one assistant in this many is part-time."""

AWAY = 25
"""One person in this many is away for some days."""

STAFF = {"ta": 32, "cover": 8, "midday": 10, "cleaner": 9, "office": 5, "kitchen": 5}
"""Of a hundred people of a school; the rest are leaders, a site manager and teachers."""

Document = dict[str, Any]


@dataclass
class Team:
    """One school's people and work, as they are drawn."""

    id: str
    size: int
    people: list[Document] = field(default_factory=list)
    classes: list[list[str]] = field(default_factory=list)
    """The teachers of each class: one, or two partners."""
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def hire(self, role: str, *, minutes: int | None = None, **more: Any) -> Document:
        """One person more, with a contract of their own."""
        id = f"{self.id}-{next(self.numbers):03}"
        contract: Document = {"id": f"{id}-1", "role": role, "school": self.id}
        contract |= {"fte_percent": 100} if minutes is None else {"minutes_per_week": minutes}
        person = {"id": id, "name": id, "home": self.id, "contracts": [contract], **more}
        self.people.append(person)
        return person

    def of(self, role: str) -> list[Document]:
        """The school's people in a role."""
        return [p for p in self.people if p["contracts"][0]["role"] == role]


def collaboration(
    *, schools: int = 11, people: int = 600, weeks: int = 2, seed: int = 1
) -> Document:
    """A request for a number of schools, people and weeks; the same for the same seed.

    Raises:
        ValueError: fewer than two schools, or fewer than twenty people to a school.
    """
    if schools < 2 or people < 20 * schools:
        raise ValueError("a collaboration has two schools or more, of twenty people or more each")
    rng = random.Random(seed)
    teams = [Team(f"S{n + 1:02}", size) for n, size in enumerate(_sizes(schools, people, rng))]
    for team in teams:
        _hire(team, rng)
    _share(teams, rng)
    _send_away(teams, weeks, rng)
    last = MONDAY + timedelta(days=7 * weeks - 1)
    term = {"first": "2026-01-05", "last": (last + timedelta(days=30)).isoformat()}
    problem = {
        "name": f"{schools} schools, {people} people, {weeks} weeks, seed {seed}",
        "horizon": {"first": MONDAY.isoformat(), "last": last.isoformat()},
        "as_of": (MONDAY - timedelta(days=3)).isoformat(),
        "skills": {"dsl": "Safeguarding lead"},
        "roles": {r: r for r in ("leader", "teacher", "site", "family", *STAFF)},
        "schools": [
            {
                "id": t.id,
                "name": f"School {t.id}",
                "nation": "ENG",
                "terms": [term],
                "lessons": LESSONS,
            }
            for t in teams
        ],
        "travel": [
            {"between": [a.id, b.id], "minutes": rng.choice((10, 15, 20, 25))}
            for n, a in enumerate(teams)
            for b in teams[n + 1 :]
        ],
        "people": [person for team in teams for person in team.people],
        "children": [
            {
                "band": "all",
                "count": 28 * len(team.classes),
                "at": team.id,
                "home": team.id,
                "dates": {"first": MONDAY.isoformat(), "last": last.isoformat()},
            }
            for team in teams
        ],
        "shifts": [shift for team in teams for shift in _shifts(team)],
    }
    return {"problem": problem, "rules": list(_rules(teams)), "limits": {"seconds": 300}}


# ------------------------------------------------------------------ people


def _sizes(schools: int, people: int, rng: random.Random) -> list[int]:
    """Large and small schools, together exactly this many people, none below twenty."""
    weights = [rng.uniform(1, 3) for _ in range(schools)]
    left = people - 20 * schools
    sizes = [20 + int(left * w / sum(weights)) for w in weights]
    for n in range(people - sum(sizes)):
        sizes[n % schools] += 1
    return sizes


def _hire(team: Team, rng: random.Random) -> None:
    lead = [{"skill": "dsl"}]
    team.hire("leader", skills=lead)
    days = sorted(rng.sample(WEEKDAYS, 3), key=WEEKDAYS.index)
    team.hire("leader", works=[{"weekdays": days}], skills=lead)
    team.hire("site", minutes=2220)
    for role, share in STAFF.items():
        least = 2 if role == "cover" else 1
        for n in range(max(least, share * team.size // 100)):
            minutes = {"ta": 1725, "cover": 1950, "midday": 375, "cleaner": 900}.get(role, 1500)
            more: Document = {}
            if role == "ta" and n % PART_TIME == PART_TIME - 1:
                days = sorted(rng.sample(WEEKDAYS, 3), key=WEEKDAYS.index)
                minutes, more = 1035, {"works": [{"weekdays": days}]}
            team.hire(role, minutes=minutes, **more)
    teachers = team.size - len(team.people)
    while teachers > 0:
        if teachers > 1 and len(team.classes) % PART_TIME == PART_TIME - 1:
            pair = (["mon", "tue", "wed"], ["wed", "thu", "fri"])
            partners = [team.hire("teacher", works=[{"weekdays": days}]) for days in pair]
            for partner in partners:
                partner["contracts"][0]["fte_percent"] = 60
            team.classes.append([p["id"] for p in partners])
            teachers -= 2
        else:
            team.classes.append([team.hire("teacher")["id"]])
            teachers -= 1


def _share(teams: list[Team], rng: random.Random) -> None:
    """A fifth of all people may work at a neighbour too: who covers, cleans, assists, supports."""
    for n, team in enumerate(teams):
        # The first of those who cover is the family worker of two schools, and also a lead.
        worker = team.of("cover")[0]
        worker["contracts"][0]["role"] = "family"
        worker["skills"] = [{"skill": "dsl"}]
        worker["tags"] = ["shared", f"family-{team.id}", f"family-{teams[(n + 1) % len(teams)].id}"]
    wanted = sum(team.size for team in teams) // SHARED - len(teams)
    shareable = [
        (n, person)
        for role in ("cover", "cleaner", "ta", "midday")
        for n, team in enumerate(teams)
        for person in team.of(role)
    ]
    for n, person in shareable[:wanted]:
        host = teams[(n + rng.choice((1, -1))) % len(teams)].id
        role = person["contracts"][0]["role"]
        person["tags"] = ["shared", f"{role}-{host}"]
        person["contracts"].append(
            {"id": f"{person['id']}-2", "role": role, "school": host, "minutes_per_week": 0}
        )


def _send_away(teams: list[Team], weeks: int, rng: random.Random) -> None:
    everybody = [person for team in teams for person in team.people]
    for person in rng.sample(everybody, len(everybody) // AWAY):
        first = MONDAY + timedelta(days=rng.randrange(7 * weeks - 3))
        last = first + timedelta(days=rng.randrange(3))
        person["away"] = [{"first": first.isoformat(), "last": last.isoformat()}]
    for team in teams[::2]:
        # Half of the heads are out on a day on which their deputy does not work.
        head, deputy = team.of("leader")
        out = next(d for d in WEEKDAYS if d not in deputy["works"][0]["weekdays"])
        head["away"] = [{"weekdays": [out]}]
    # The last school has lost more teachers at once than there are people who could cover.
    short = teams[-1]
    coming = sum(f"cover-{short.id}" in p.get("tags", ()) for p in everybody)
    days = {"first": MONDAY.isoformat(), "last": (MONDAY + timedelta(days=2)).isoformat()}
    for teachers in short.classes[: len(short.of("cover")) + coming + 1]:
        for person in short.people:
            if person["id"] in teachers:
                person["away"] = [days]


# ------------------------------------------------------------------ work


def _shifts(team: Team) -> Iterator[Document]:
    def shift(id: str, times: tuple[str, str], who: Document, least: int, **more: Any) -> Document:
        need = {"who": who, "count": least}
        if "most" in more:
            need["most"] = more.pop("most")
        name = more.pop("name", id)
        return {
            "id": f"{team.id}-{id}",
            "name": name,
            "school": team.id,
            "start": times[0],
            "end": times[1],
            "needs": [need],
            **more,
        }

    def from_(role: str) -> Document:
        """The school's own people in a role, and those of neighbours who come."""
        return {"any": [{"role": role, "home": team.id}, {"tag": f"{role}-{team.id}"}]}

    yield shift("lead", ("08:30", "15:30"), {"role": "leader", "home": team.id}, 1, tags=["duty"])
    yield shift("site", ("07:00", "14:24"), from_("site"), 1, most=1, tags=["duty"])
    yield shift(
        "family", ("08:30", "15:30"), {"tag": f"family-{team.id}"}, 0, most=1, tags=["family"]
    )
    yield shift("office", ("08:00", "13:00"), from_("office"), 1, tags=["duty"])
    yield shift(
        "kitchen", ("09:00", "14:00"), from_("kitchen"), len(team.of("kitchen")), tags=["duty"]
    )
    midday = max(1, len(team.of("midday")) - 1)
    yield shift("midday", ("12:00", "13:15"), from_("midday"), midday, most=midday, tags=["duty"])
    early = int(team.id[1:]) % 2 == 0
    times = ("06:00", "08:00") if early else ("15:30", "17:30")
    cleaners = max(1, len(team.of("cleaner")) - 1)
    yield shift("clean", times, from_("cleaner"), cleaners, most=cleaners, tags=["duty"])
    helpers = max(1, 6 * len(team.of("ta")) // 10)
    for half, times in HALVES.items():
        for n, teachers in enumerate(team.classes):
            yield shift(
                f"{n + 1}-{half}",
                times,
                {"any": [{"people": teachers}, from_("cover")]},
                1,
                most=1,
                name=f"Class {n + 1}",
                tags=["duty", "teaching", f"class-{team.id}-{n + 1}"],
            )
        teacher = {"role": "teacher", "home": team.id}
        yield shift(f"ppa-{half}", times, teacher, 0, name="PPA", tags=["ppa"])
        yield shift(f"ta-{half}", times, from_("ta"), helpers, most=helpers, tags=["duty"])


TEACHING = {"tag": "teaching"}

LEAD: Document = {"who": {"skill": "dsl"}, "called": "safeguarding lead"}


def _rules(teams: list[Team]) -> Iterator[Document]:
    yield from _musts()
    yield from _covered(teams)
    for one, other in zip(teams, [*teams[1:], teams[0]], strict=True):
        yield from _family_worker(one, other)
    yield _rule(
        "same_weekdays", "Family workers have their weekdays.", 4, people={"role": "family"}
    )
    yield _rule(
        "workload",
        "Children are taught by their own teachers.",
        5,
        measure="minutes",
        people={"role": "cover"},
        duties=TEACHING,
        most=0,
    )


def _rule(kind: str, says: str, priority: int | str = "must", **fields: Any) -> Document:
    return {"kind": kind, "says": says, "priority": priority, **fields}


def _musts() -> Iterator[Document]:
    yield _rule("surplus", "Nobody is where they are not needed.", limit="most")
    yield _rule("min_rest", "Eleven hours of rest.")
    yield _rule("site_changes", "One change of school a day at most.", people={"tag": "shared"})
    yield _rule("lunch_and_travel", "Lunch is not travel time.", people={"tag": "shared"})
    yield _rule("contracted_hours", "Support staff work no more than their contracts.")
    yield _rule("within_reach", "A safeguarding lead can be reached at every school.", **LEAD)


def _covered(teams: list[Team]) -> Iterator[Document]:
    """Priority 1, that every duty and class has its people; and 2, that teachers have PPA."""
    for team in teams:
        for n, partners in enumerate(team.classes):
            if len(partners) > 1:
                yield _rule(
                    "job_share",
                    "One partner teaches, and both may on Wednesday.",
                    people=partners,
                    duties={"tag": f"class-{team.id}-{n + 1}"},
                    or_cover=True,
                    priority=1,
                )
    yield _rule("cover", "Every duty has its people.", 1, duties={"tag": "duty"}, weight=2)
    yield _rule("within_reach", "A safeguarding lead is on site.", 1, on_site=True, **LEAD)
    yield _rule(
        "ppa",
        "Every teacher has PPA.",
        2,
        teaching=TEACHING,
        time={"tag": "ppa"},
        people={"role": "teacher"},
    )


def _family_worker(one: Team, other: Team) -> Iterator[Document]:
    """Priority 3: the family worker of two schools."""
    worker = one.of("family")[0]["id"]
    yield _rule(
        "fair_between_schools",
        "The family worker's time is shared out evenly.",
        3,
        people={"people": [worker]},
        duties={"tag": "family"},
        schools=[{"school": one.id, "share": 1}, {"school": other.id, "share": 1}],
        within_minutes=210,
    )
    yield _rule(
        "workload",
        "The family worker is in on four days a week.",
        3,
        measure="days",
        people={"people": [worker]},
        period="week",
        least=4,
    )
