"""A hub of 72 people that loses its key holders for a week: which rule, which day, whom, and what
would mend it."""

import json
from importlib.resources import files

from models.answer.result import Clash, Draft
from scheduler.diagnose.explanation import explain_no_schedule
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest

AWAY = {"first": "2020-04-27", "last": "2020-05-01"}


def test_the_clash_is_one_day_and_those_who_are_away() -> None:
    """Nothing else takes part, and there are two ways out or more, without any search."""
    sent = json.loads((files("examples") / "summer-hub.json").read_bytes())
    holders = []
    for person in sent["problem"]["people"]:
        if any(held["skill"] == "key" for held in person.get("skills", ())):
            person.setdefault("away", []).append(AWAY)
            holders.append(person["id"])
    for rule in sent["rules"]:
        if rule["kind"] == "cover":
            rule["priority"] = "must"
    case = Case(RotaRequest.model_validate(sent))
    enough = False

    def show(_: Draft | None, clash: Clash | None) -> None:
        """End with two ways out: the rest is looking for a better draft."""
        nonlocal enough
        enough = clash is not None and len(clash.ways) >= 2

    explained = explain_no_schedule(case, seconds=60, stop=lambda: enough, proved=False, show=show)
    clash = explained.clash
    assert clash is not None
    assert clash.confirmed
    assert clash.minimal
    kinds = [member.kind for member in clash.members]
    assert kinds == ["cover", *["away"] * len(holders)]
    assert {m.where[0] for m in clash.members if m.kind == "away"} == set(holders)
    assert "2020-04-27" <= clash.members[0].where[0][-10:] <= "2020-05-01"
    assert len(clash.ways) >= 2
    assert explained.draft.report.broken_musts == 5
