"""What sources say, for the tests of the register: an MIS of two schools, and people who type."""

from datetime import UTC, datetime
from typing import Any

from models.register.register import Statement

AT = datetime(2026, 5, 10, 21, 0, tzinfo=UTC)


def mis(*items: dict[str, Any], school: str | None = "oak", **more: Any) -> Statement:
    """What an MIS of a school says."""
    return Statement.model_validate(
        {
            "source": "wonde",
            "kind": "mis",
            "school": school,
            "at": AT,
            "items": [dict(item) for item in items],
            **more,
        }
    )


def typed(*items: dict[str, Any], **more: Any) -> Statement:
    """What people say themselves."""
    said = {"source": "typed", "kind": "people", "at": AT, "items": list(items), **more}
    return Statement.model_validate(said)


def item(kind: str, id: str, /, **said: Any) -> dict[str, Any]:
    """One thing that is said; what begins with `_` is about it."""
    about = {name[1:]: value for name, value in said.items() if name.startswith("_")}
    values = {name: value for name, value in said.items() if not name.startswith("_")}
    return {"id": id, "record": {"kind": kind, **values}, **about}


SCHOOLS = (
    item("school", "oak", name="Oak Primary", nation="ENG"),
    item("school", "fel", name="Fellside", nation="ENG"),
    item("calendar", "oak", school="oak", terms=[{"first": "2026-04-20", "last": "2026-07-17"}]),
    item("travel", "oak-fel", one="oak", other="fel", minutes=25),
)
