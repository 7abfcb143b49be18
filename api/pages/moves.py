"""Changes by hand that are not solved yet: they stand in the address of a board, oldest first."""

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.problem.problem import Placement
from scheduler.intake.request import RotaRequest

Kind = Literal["pin", "unpin", "put", "off"]

MOST_MOVES = 60


class Move(NamedTuple):
    """One person and one duty: pinned, let go of, put on it, or taken off it."""

    kind: Kind
    person: str
    duty: str

    def __str__(self) -> str:
        """As it stands in an address."""
        return f"{self.kind}:{self.person}:{self.duty}"

    @property
    def placement(self) -> Placement:
        """The person on the duty."""
        return Placement(person=self.person, duty=self.duty)


def read_moves(texts: Iterable[str], facts: Facts) -> list[Move]:
    """The moves of an address; those of people and duties that there are not are left out."""
    found = []
    for text in texts:
        kind, _, rest = text.partition(":")
        person, _, duty = rest.partition(":")
        known = person in facts.person_number and duty in facts.duty_number
        if kind in ("pin", "unpin", "put", "off") and known:
            found.append(Move(kind, person, duty))  # type: ignore[arg-type]  # it is one of them
    return found[:MOST_MOVES]


def in_words(move: Move, facts: Facts) -> str:
    """A move in a sentence."""
    name = facts.name(facts.person_number[move.person])
    duty = facts.says_duty(facts.duties[facts.duty_number[move.duty]])
    return {
        "pin": f"{name} stays on {duty}.",
        "unpin": f"{name} need not stay on {duty}.",
        "put": f"{name} goes on {duty}.",
        "off": f"{name} comes off {duty}.",
    }[move.kind]


def moved(schedule: Schedule, moves: Iterable[Move]) -> Schedule:
    """A schedule after moves; pins change nothing in it."""
    placements = {(p.person, p.duty): p for p in schedule.placements}
    for move in moves:
        if move.kind == "put":
            placements[move.person, move.duty] = move.placement
        elif move.kind == "off":
            placements.pop((move.person, move.duty), None)
    kept = tuple(sorted(placements.values(), key=lambda p: (p.person, p.duty)))
    return schedule.model_copy(update={"placements": kept})


def patch_of(moves: Iterable[Move], request: RotaRequest, below: str = "") -> list[dict[str, Any]]:
    """The JSON Patch that makes a request hold to moves; what is put or pinned is pinned, and who
    comes off a duty is kept off it."""
    pinned = {(p.person, p.duty): p for p in request.problem.pinned}
    forbidden = {(p.person, p.duty): p for p in request.problem.forbidden}
    for move in moves:
        key = (move.person, move.duty)
        if move.kind in ("pin", "put"):
            pinned[key] = move.placement
            forbidden.pop(key, None)
        else:
            pinned.pop(key, None)
            if move.kind == "off":
                forbidden[key] = move.placement
    return [
        {
            "op": "add",
            "path": f"{below}/problem/{name}",
            "value": [p.model_dump(mode="json") for p in found.values()],
        }
        for name, found in (("pinned", pinned), ("forbidden", forbidden))
    ]
