"""What has changed in the ratings of a review, and what stands."""

from collections.abc import Iterator
from itertools import pairwise

from models.answer.summary import RatedQuestion
from models.facts.facts import Facts
from models.problem.ratings import Rating, histories


def rated(facts: Facts) -> Iterator[RatedQuestion]:
    """Every question of every body, with its history in a sentence."""
    for (of, question), rows in histories(facts.problem.ratings).items():
        changes = [b for a, b in pairwise(rows) if a.colour != b.colour]
        said = [_says(facts, row) for row in [rows[0], *changes]]
        yield RatedQuestion(
            of=of,
            body=_body(facts, of),
            question=question,
            first=rows[0].colour,
            now=rows[-1].colour,
            changed=bool(changes),
            sentence=f"{_body(facts, of)}, {question}: {' -> '.join(said)}.",
        )


def _body(facts: Facts, of: str) -> str:
    """A school's name, or a trust as it is called."""
    return next((s.name for s in facts.schools if s.id == of), f"Trust {of}")


def _says(facts: Facts, rating: Rating) -> str:
    who = ""
    if rating.person is not None:
        who = f", {facts.name(facts.person_number[rating.person])}"
    why = f": {rating.reason.rstrip('.')}" if rating.reason else ""
    day = f"{rating.on:%a} {rating.on.day} {rating.on:%b} {rating.on.year}"
    return f"{rating.colour} ({day}{who}{why})"
