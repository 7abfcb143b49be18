"""The law set aside: public instances have rules of their own, and must keep their values."""

from scheduler.rules import LAW


def set_aside(why: str, *, but: tuple[str, ...] = ()) -> list[dict[str, str]]:
    """What a request says to set all of the law aside, but for some rules."""
    return [{"rule": kind, "why": why} for kind in LAW if kind not in but]
