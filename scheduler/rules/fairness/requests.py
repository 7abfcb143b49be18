"""What people ask for: days and shifts, on or off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import Breach, Example, Facts, Id, Model, Plan, Rule, Slack, Stint, Value


class DayWish(Value):
    """One person's request about one day: to work or not to work, at all or on one shift."""

    person: Id = Field(description="Who asks.")
    date: Annotated[date, Field(description="The day.")]
    shift: Id | None = Field(None, description="The shift asked about; any work if left out.")
    want: Literal["on", "off"] = Field(description="on: to work; off: not to work.")
    weight: PositiveInt = Field(1, description="What it costs not to meet it.")


class Requests(Rule):
    """People's requests for days and shifts are met: shift-on, shift-off and day-off requests.

    Each request that is not met counts by its own weight. A request for a shift that does not run
    on the day cannot be met, and a request against it is always met.
    """

    kind: Literal["requests"] = "requests"
    scope = "person"
    unit = "points"
    short = "People's wishes"
    usual_authority = "wish"

    priority: Literal["must"] | PositiveInt = 1
    wishes: tuple[DayWish, ...] = Field(min_length=1, description="The requests.")

    def __str__(self) -> str:
        return "People work when they ask to and are off when they ask to be."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.shapes import CellCost

        for person, wish, where, stints in self._meant(model.facts):
            cell = CellCost(
                person,
                where,
                frozenset(s.number for s in stints),
                wish.weight,
                wanted=wish.want == "on",
            )
            model.declare(cell, slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        worked: dict[int, set[int]] = {}
        for person, wish, where, stints in self._meant(facts):
            if person not in worked:
                worked[person] = {s.number for s in plan.stints(person)}
            works = any(s.number in worked[person] for s in stints)
            if works == (wish.want == "on"):
                continue
            name = "" if wish.shift is None else f" on {_name(facts, wish.shift)}"
            verb = "asks to work" if wish.want == "on" else "asks not to work"
            yield Breach(
                where=where,
                amount=wish.weight,
                sentence=f"{facts.name(person)} {verb}{name} on "
                f"{facts.says_day(facts.day(wish.date))}.",
            )

    def _meant(self, facts: Facts) -> Iterator[tuple[int, DayWish, tuple[str, ...], list[Stint]]]:
        """(person, request, place, the stints it is about)."""
        wishes: dict[str, list[tuple[int, DayWish]]] = {}
        for number, wish in enumerate(self.wishes):
            wishes.setdefault(wish.person, []).append((number, wish))
        among: dict[tuple[date, str | None], list[Stint]] = defaultdict(list)
        for stint in facts.stints:
            day = facts.date(stint.day)
            among[day, None].append(stint)
            among[day, facts.duties[stint.duty].shift].append(stint)
        for person in facts.people():
            for number, wish in wishes.get(person.id, ()):
                stints = among.get((wish.date, wish.shift), [])
                yield person.number, wish, (person.id, wish.date.isoformat(), str(number)), stints


def _name(facts: Facts, shift: str) -> str:
    works = (*facts.problem.shifts, *facts.problem.activities)
    return next(work.name for work in works if work.id == shift)


def _wish(want: Literal["on", "off"], day: int, shift: str | None, weight: int) -> DayWish:
    return DayWish(person="Ann", date=date(2026, 1, day), shift=shift, want=want, weight=weight)


EXAMPLES = [
    Example(Requests(wishes=(_wish("on", 5, "M", 2), _wish("off", 6, None, 1))), "Ann M .", []),
    Example(Requests(wishes=(_wish("off", 5, "A", 2),)), "Ann M A", []),
    Example(
        Requests(wishes=(_wish("on", 5, "A", 2), _wish("off", 6, None, 3))),
        "Ann M A",
        ["Ann asks to work on Afternoon on Mon 5 Jan.", "Ann asks not to work on Tue 6 Jan."],
    ),
]
