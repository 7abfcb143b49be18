"""Nobody is in two places at once, and there is time to travel."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Literal

from scheduler.rulebook import Breach, Example, Facts, Lit, Model, Plan, Rule, Slack, Stint


class OnePlaceAtATime(Rule):
    """Nobody has two duties at once, or duties at two schools without time to travel between.

    The amount is the number of pairs of duties that cannot both be worked.
    """

    kind: Literal["one_place_at_a_time"] = "one_place_at_a_time"
    scope = "person"
    unit = "pairs of duties"
    usual_authority = "law"
    always_on = True
    goes_without_saying = True

    def __str__(self) -> str:
        return "Nobody is in two places at once, and there is time to travel between schools."

    def encode(self, model: Model, slack: Slack) -> None:
        model.one_at_a_time = slack.never_bends
        for person in model.facts.people():
            if slack.never_bends:
                self._never(model, person.number)
                continue
            stints = [*model.facts.past[person.number], *model.stints_of(person.number)]
            does = {s: model.does(person.number, s) for s in stints}
            for place, one in enumerate(stints):
                for other in stints[place + 1 :]:
                    if other.duty >= 0 and _clash(one, other, model.facts):
                        both = model.all_of([does[one], does[other]])
                        day = model.facts.date(other.day).isoformat()
                        model.cp.add(both <= slack(person.id, day, most=1))

    def _never(self, model: Model, person: int) -> None:
        moving: dict[int, list[Lit]] = {}
        for duty in model.duties_of(person) if model.facts.flexible_duties else ():
            if duty.is_flexible and model.times.has_integer_start(duty.occasion):
                works = moving.setdefault(duty.occasion, [])
                works.append(model.works(person, duty.number))
        for works in moving.values():
            model.exclusive(works)
        listed = [*model.facts.past[person], *model.stints_of(person)]
        if moving:
            occasion_of = {d.number: d.occasion for d in model.facts.flexible_duties}
            listed = [s for s in listed if occasion_of.get(s.duty) not in moving]
        model.keep_apart(person, listed, {o: model.any_of(works) for o, works in moving.items()})

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        longest = max((way.minutes for way in facts.problem.travel), default=0)
        for person in facts.people():
            mine = plan.stints(person.number)
            for place, one in enumerate(mine, 1):
                for other in islice(mine, place, None):
                    if other.start >= one.end + longest:
                        break
                    if other.duty < 0:
                        continue
                    way = (
                        facts.travel(one.school, other.school) if one.school != other.school else 0
                    )
                    if other.start >= one.end + way:
                        continue
                    when = facts.says_day(other.day)
                    yield Breach(
                        where=(person.id, facts.date(other.day).isoformat()),
                        amount=1,
                        sentence=f"{person.name} has two duties at once on {when}."
                        if other.start < one.end
                        else f"{person.name} has {other.start - one.end} minutes on {when} to get "
                        f"from {facts.school_name(one.school)} to "
                        f"{facts.school_name(other.school)}, which takes {way}.",
                    )


def _clash(one: Stint, other: Stint, facts: Facts) -> bool:
    if one.duty == other.duty and one.duty >= 0:
        return False
    first, second = sorted((one, other), key=lambda s: (s.start, s.end, s.number))
    return second.start < first.end + facts.travel(one.school, other.school)


_TWO_SCHOOLS = {
    "schools": [
        {"id": "S", "name": "Oakfield", "weekdays": ["mon", "tue"]},
        {"id": "T", "name": "Fellside", "weekdays": ["mon", "tue"]},
    ],
    "travel": [{"between": ["S", "T"], "minutes": 60}],
}

EXAMPLES = [
    Example(OnePlaceAtATime(), "Ann M A\nBob A M", []),
    Example(
        OnePlaceAtATime(),
        "Ann MA",
        [],
        shifts={"A": {"school": "T"}},
        facts=_TWO_SCHOOLS,
    ),
    Example(
        OnePlaceAtATime(),
        "Ann MA",
        ["Ann has 59 minutes on Mon 5 Jan to get from Oakfield to Fellside, which takes 60."],
        shifts={"A": {"school": "T", "start": "12:59"}},
        facts=_TWO_SCHOOLS,
    ),
    Example(
        OnePlaceAtATime(),
        "Ann DM ED\nBob D .",
        ["Ann has two duties at once on Mon 5 Jan.", "Ann has two duties at once on Tue 6 Jan."],
    ),
]
