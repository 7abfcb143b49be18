"""The answer: who is on which duty, and when each activity happens."""

from models.problem import Placement, Timed
from models.value import Value


class Schedule(Value):
    """Who is on which duty, and when each activity starts; sorted, so that equal is equal."""

    placements: tuple[Placement, ...] = ()
    times: tuple[Timed, ...] = ()
