"""The answer: who is on which duty, and when each activity happens."""

from pydantic import Field

from models.problem.problem import ActivityTime, InGroup, Placement
from models.value import Value


class Schedule(Value):
    """Who is on which duty, when activities start, who is in which group; sorted."""

    placements: tuple[Placement, ...] = Field((), description="Who is on which duty.")
    times: tuple[ActivityTime, ...] = Field((), description="When and where each activity happens.")
    groups: tuple[InGroup, ...] = Field(
        (), description="Which group was chosen for which children."
    )
