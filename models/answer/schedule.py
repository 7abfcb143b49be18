"""The answer: who is on which duty, and when each activity happens."""

from models.problem.problem import ActivityTime, InGroup, Placement
from models.value import Value


class Schedule(Value):
    """Who is on which duty, when activities start, who is in which group; sorted."""

    placements: tuple[Placement, ...] = ()
    times: tuple[ActivityTime, ...] = ()
    groups: tuple[InGroup, ...] = ()
