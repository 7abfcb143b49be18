"""Ratings of a review by questions: red, amber or green, each with its date and who gave it."""

from collections.abc import Iterable
from datetime import date
from typing import Literal

from pydantic import Field

from models.value import Id, Text, Value

Colour = Literal["red", "amber", "green"]


class Rating(Value):
    """How a body was rated at one question of a review, on one date; earlier ones stay."""

    question: Id = Field(description="As the review numbers it: FR-4.")
    of: Id = Field(description="The trust, or the school, that is rated.")
    colour: Colour = Field(description="The rating.")
    on: date = Field(description="The date of the rating.")
    person: Id | None = Field(None, description="Who gave it.")
    activity: Id | None = Field(None, description="The self-review, or the rating again.")
    reason: Text | None = Field(None, description="Why it changed; nothing about a person.")


def histories(ratings: Iterable[Rating]) -> dict[tuple[str, str], list[Rating]]:
    """(body, question) to its ratings by date; those of one date in the order given."""
    found: dict[tuple[str, str], list[Rating]] = {}
    for rating in sorted(ratings, key=lambda r: r.on):
        found.setdefault((rating.of, rating.question), []).append(rating)
    return dict(sorted(found.items()))
