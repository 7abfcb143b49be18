"""Living rotas: made of the register, published by people, never changed after, only superseded."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Placement
from models.register.rota import RotaDefinition, Swap
from scheduler.access.keys import KeyRole, Principal
from scheduler.intake.validation_errors import Fault, InvalidRequest
from scheduler.jobs.jobs import RotaBusy
from scheduler.jobs.workflow_port import Queue
from scheduler.report import hours
from scheduler.rotas.approvals import NotApproved, unapproved
from scheduler.rotas.rota_store import Conflict, RotaExists, UnknownRota
from scheduler.rotas.swaps import Broken
from scheduler.rotas.versions import RotaVersionView
from scheduler.storage.tables import DEFAULT_TENANT
from tests.service.collaboration import MONDAY, NAMES, SBM, Collaboration, away, definition
from tests.service.statements import item, typed


@pytest.fixture
def hub(engine: sa.Engine, queue: Queue) -> Collaboration:
    """With a version that holds."""
    return Collaboration(engine, queue).published()


def test_the_register_and_the_rota_make_one_request(hub: Collaboration) -> None:
    """Schools with their calendars, people, travel; the rota's own duties and rules."""
    hub.say(
        typed(
            item("code", "TA", list="role", code="Teaching Assistant", means="ta", name="TA"),
            item(
                "contract", "c", person="ann", school="oak", role="teaching assistant",
                minutes_per_week=1110, full_time_minutes=2220, all_year=False,
            ),
            item(
                "person", "ann", _ours="ann", hlta=True,
                works=[{"weekdays": ["mon"], "at": "oak"}],
            ),
        )
    )  # fmt: skip
    problem = hub.rotas.snapshot("hub", MONDAY).request.problem
    assert [p.id for p in problem.people] == [n.lower() for n in NAMES]
    assert [(w.between, w.minutes) for w in problem.travel] == [(("oak", "fel"), 25)]
    ann = problem.people[0]
    assert [(c.share, c.role) for c in ann.contracts] == [(50, "ta")]
    assert [h.skill for h in ann.skills] == ["hlta"]
    assert ann.works is not None
    assert [window.at for window in ann.works] == ["oak"]
    assert problem.roles == {"ta": "TA"}
    [oak] = [s for s in problem.schools if s.id == "oak"]
    assert oak.terms[0].first.isoformat() == "2026-04-20"
    assert problem.published is not None
    assert problem.as_of == MONDAY


def test_a_contract_brings_its_hours_of_the_year(hub: Collaboration) -> None:
    """Its weeks, and the tables of hours that the rota has; those that only other rotas have are
    left out. The ledger of the year then stands in the summary."""
    weekly = {"person": "ann", "school": "oak", "role": "ta", "minutes_per_week": 1650}
    tables = {"allowance": "directed", "paid_weeks": "leave"}
    hub.say(typed(item("contract", "c", hundredths_of_weeks=3900, **weekly, **tables)))
    row = {"id": "leave", "weeks": 39, "hundredths": 4400, "source": "The employer"}
    add = {"op": "add", "path": "/request/problem/paid_weeks", "value": [row]}
    hub.rotas.amend("hub", [add], SBM)
    problem = hub.rotas.snapshot("hub", MONDAY).request.problem
    contract = problem.people[0].contracts[0]
    assert (contract.weeks_per_year, contract.paid_weeks, contract.allowance) == (39, "leave", None)
    facts = Facts(problem)
    (year,) = hours.years(facts, Plan(facts, [], {}))
    assert (year.allowed, year.paid) == (1650 * 39, 1650 * 44)


def test_a_snapshot_stays_what_it_was(hub: Collaboration) -> None:
    """Whatever the register says later; its hash is that of the receipt, and the checker agrees."""
    before = hub.versions.get("hub", 1)
    case, result = hub.versions.answer("hub", 1)
    assert result.receipt.input_hash == before.input_hash
    hub.say(typed(item("person", "ann", _ours="ann", name="Ann Other")))
    hub.answer(hub.rotas.solve("hub", SBM).id)
    assert hub.versions.list("hub")[0].number == 2
    assert hub.versions.answer("hub", 1) == (case, result)
    assert result.schedule is not None
    assert case.check(result.schedule) == result.report


def test_publishing_is_an_act_of_a_person(hub: Collaboration) -> None:
    """Of the version they saw; the old one is superseded, and none is published twice or late."""
    first = hub.versions.get("hub")
    assert (first.number, first.state, first.published_by) == (1, "published", "Bea Moss")
    hub.answer(hub.rotas.solve("hub", SBM).id)
    hub.answer(hub.rotas.solve("hub", SBM).id)
    with pytest.raises(Conflict):
        hub.versions.publish("hub", 2, None, SBM)
    assert hub.versions.publish("hub", 2, 1, SBM).state == "published"
    assert hub.versions.publish("hub", 2, 1, SBM).state == "published"
    assert hub.versions.get("hub", 1).state == "superseded"
    with pytest.raises(Conflict):
        hub.versions.publish("hub", 3, 1, SBM)
    with pytest.raises(Conflict):
        hub.versions.publish("hub", 1, 2, SBM)
    assert hub.versions.discard("hub", 3, SBM).state == "discarded"
    with pytest.raises(Conflict):
        hub.versions.discard("hub", 2, SBM)
    with pytest.raises(UnknownRota):
        hub.versions.publish("hub", 9, 2, SBM)


def test_what_waits_for_an_owner_is_not_published(hub: Collaboration) -> None:
    """It says who has to approve what; the owner's answer, or leave, counts for the same draft."""
    bus = {"id": "bus", "name": "Minibus", "owner": "fel", "approval": True}
    trip = {"id": "trip", "name": "Trip", "school": "oak", "minutes": 60, "step": 900}
    trip |= {"windows": [{"first": "2026-05-13", "last": "2026-05-13", "start": "10:00"}]}
    trip |= {"uses": [{"one_of": ["bus"]}]}
    at = "/request/problem"
    hub.rotas.amend("hub", [{"op": "add", "path": f"{at}/resources", "value": [bus]}], SBM)
    hub.rotas.amend("hub", [{"op": "add", "path": f"{at}/activities", "value": [trip]}], SBM)
    hub.answer(hub.rotas.solve("hub", SBM).id)
    hub.versions.settle("hub")

    def waiting(**changes: Any) -> list[str]:
        patch = {"op": "replace", "path": f"{at}/resources/0", "value": {**bus, **changes}}
        definition = hub.rotas.amend("hub", [patch], SBM).definition
        return list(unapproved(definition, *hub.versions.sides("hub", 2)))

    def answer(status: str, **start: str) -> dict[str, Any]:
        return {"approvals": [{"activity": "trip", "status": status, **start}]}

    said = "Minibus: Wed 13 May 10:00-11:00 at Oak Primary: Trip (Minibus)"
    ask = [f"Fellside is still to be asked for {said}"]
    assert waiting() == ask
    assert waiting(**answer("granted", start="2026-05-13T10:15:00")) == ask
    asked = [f"Fellside was asked, and has not answered, about {said}"]
    assert waiting(**answer("asked")) == asked
    with pytest.raises(NotApproved) as refused:
        hub.versions.publish("hub", 2, 1, SBM)
    assert refused.value.sentences == asked
    assert hub.versions.get("hub").number == 1
    assert waiting(**answer("refused"), provisional=True) == [f"Fellside has refused {said}"]
    assert waiting(provisional=True) == []
    assert waiting(**answer("granted", start="2026-05-13T10:00:00")) == []
    assert hub.versions.publish("hub", 2, 1, SBM).state == "published"


def test_people_acknowledge_what_holds(hub: Collaboration) -> None:
    """Once each; and not what is superseded."""
    person = hub.schedule().placements[0].person
    seen = hub.versions.acknowledge("hub", 1, person, SBM)
    assert hub.versions.acknowledge("hub", 1, person, SBM) == seen
    assert (seen.seen, seen.people) == (1, 6)
    with pytest.raises(UnknownRota):
        hub.versions.acknowledge("hub", 1, "nobody", SBM)
    hub.answer(hub.rotas.solve("hub", SBM).id)
    hub.versions.settle("hub")
    hub.versions.publish("hub", 2, 1, SBM)
    with pytest.raises(Conflict):
        hub.versions.acknowledge("hub", 1, person, SBM)


def test_a_derived_rota_is_a_patch_and_a_draft(hub: Collaboration) -> None:
    """Both or neither; its history is kept; a second job waits for the first."""
    patch: list[dict[str, Any]] = [
        {"op": "replace", "path": "/request/problem/shifts/0/needs/0/count", "value": 3}
    ]
    job = hub.rotas.derive("hub", patch, SBM, revision=1)
    with pytest.raises(RotaBusy):
        hub.rotas.derive("hub", patch, SBM)
    assert hub.rotas.get("hub").revision == 2
    hub.answer(job.id)
    [draft, _] = hub.versions.list("hub")
    assert (draft.origin, draft.parent, draft.revision) == ("derived", 1, 2)
    assert len(hub.schedule(2).placements) == 30
    assert job.near.startswith("It stays near what people have been told: after everything else")
    assert "near" not in hub.rotas.get("hub").definition.request
    lost = set(hub.schedule(1).placements) - set(hub.schedule(2).placements)
    assert not lost
    assert [r.revision for r in hub.rotas.history("hub")] == [2, 1]
    with pytest.raises(Conflict):
        hub.rotas.amend("hub", patch, SBM, revision=1)


@pytest.mark.parametrize(
    ("patch", "pointer"),
    [
        ([{"op": "remove", "path": "/request/problem/nothing"}], "/patch"),
        ([{"op": "fly", "path": "/name"}], "/patch"),
        (
            [{"op": "add", "path": "/request/rules/-", "value": {"kind": "juggle"}}],
            "/request/rules/3",
        ),
        ([{"op": "remove", "path": "/request/problem/horizon"}], ""),
        (
            [{"op": "replace", "path": "/request/problem/shifts/0/school", "value": "elm"}],
            "/request/problem/shifts/0/school",
        ),
    ],
)
def test_a_patch_that_leads_nowhere_changes_nothing(
    hub: Collaboration, patch: list[dict[str, Any]], pointer: str
) -> None:
    """It says where, into the definition."""
    with pytest.raises(InvalidRequest) as refused:
        hub.rotas.amend("hub", patch, SBM)
    assert refused.value.faults[0].pointer == pointer
    assert hub.rotas.get("hub").revision == 1


def test_a_second_rota_of_the_same_name_is_refused(hub: Collaboration) -> None:
    """And the first stays."""
    with pytest.raises(RotaExists):
        hub.rotas.create("hub", definition(), SBM)


def test_what_changes_is_told_with_its_reason(hub: Collaboration) -> None:
    """Who, when, why, and what moves to which school."""
    [gone, *_] = [p.person for p in hub.schedule().placements if p.duty == "hub@2026-05-18"]
    hub.say(away(gone, "2026-05-18", "2026-05-22"))
    hub.answer(hub.rotas.solve("hub", SBM).id)
    hub.versions.settle("hub")
    found = hub.versions.compare("hub", 1, 2)
    mine = next(p for p in found.people if p.person == gone)
    assert {c.why for c in mine.changes if c.change == "removed"} >= {"is away"}
    assert mine.minutes <= -360
    took = [c for p in found.people for c in p.changes if c.change == "added"]
    assert any("who is away" in c.why for c in took)
    assert found.minutes_by_school.get("oak", 0) == 0
    assert any(s.startswith("Hub on Mon 18 May: ") for s in found.sentences)
    back = hub.versions.compare("hub", 2, 1)
    assert len(back.sentences) == len(found.sentences)


def _exchange(hub: Collaboration) -> tuple[Swap, RotaVersionView]:
    """Two people exchange two days on which the other is free, and no must is in the way."""
    there = hub.schedule().placements
    for one in there:
        for other in there:
            given = (
                Placement(person=other.person, duty=one.duty),
                Placement(person=one.person, duty=other.duty),
            )
            if one.person < other.person and not set(given) & set(there):
                swap = Swap(take=(one, other), give=given)
                with suppress(Broken):
                    return swap, hub.swaps.swap("hub", 1, swap, SBM)
    raise AssertionError("nobody can exchange")


def test_a_swap_is_checked_and_recorded(hub: Collaboration) -> None:
    """As a published version of its own; the one before stays as it was."""
    before = hub.schedule()
    swap, made = _exchange(hub)
    assert (made.origin, made.state, made.parent, made.published_by) == (
        "swap",
        "published",
        1,
        "Bea Moss",
    )
    with pytest.raises(Conflict):
        hub.swaps.swap("hub", 1, swap, SBM)
    after = set(hub.schedule().placements)
    assert after == (set(before.placements) - set(swap.take)) | set(swap.give)
    assert any("(swapped by Bea Moss)" in line for line in made.note)
    found = hub.versions.compare("hub", 1, made.number)
    assert {c.why for p in found.people for c in p.changes} == {"swapped by Bea Moss"}
    assert hub.schedule(1) == before
    assert made.note[0] == "4 changes for 2 people."


def test_a_swap_that_breaks_a_must_is_refused(hub: Collaboration) -> None:
    """With what it would break; and so is one that takes what is not there."""
    [one, *_] = hub.schedule().placements
    hub.say(away("fay", "2026-05-11", "2026-05-22"))
    swap = Swap(take=(one,), give=(Placement(person="fay", duty=one.duty),))
    if one.person == "fay":
        swap = Swap(give=(Placement(person="fay", duty="hub@2026-05-12"),))
    with pytest.raises((Broken, InvalidRequest)):
        hub.swaps.swap("hub", 1, swap, SBM)
    nothing = Swap(take=(Placement(person="ann", duty="hub@2026-06-01"),))
    with pytest.raises(InvalidRequest):
        hub.swaps.swap("hub", 1, nothing, SBM)
    assert hub.rotas.get("hub").published == 1


def test_a_partner_school_sees_busy_elsewhere(hub: Collaboration) -> None:
    """What happens at its own place in full, of its people that they are busy; nothing else."""
    viewer = Principal(tenant=DEFAULT_TENANT, key="v", name="V", role=KeyRole.VIEWER)
    whole = hub.versions.stretches("hub", viewer)
    assert {s.school for s in whole} == {"oak"}
    assert len(whole) == 20
    fel = viewer.model_copy(update={"schools": ("fel",)})
    seen = hub.versions.stretches("hub", fel)
    assert {s.person for s in seen} <= {"eve", "fay"}
    assert {(s.school, s.duty, s.what) for s in seen} == {(None, None, "busy elsewhere")}
    mine = hub.versions.stretches("hub", viewer, "eve")
    assert [(s.start, s.end) for s in mine] == [(s.start, s.end) for s in seen if s.person == "eve"]
    other = viewer.model_copy(update={"schools": ("elm",)})
    with pytest.raises(UnknownRota):
        hub.versions.stretches("hub", other)


def test_nobody_who_left_is_on_the_rota(hub: Collaboration) -> None:
    """What was said of them is no fault of the request."""
    hub.say(typed(withdrawn=[{"kind": "person", "id": "ann"}]))
    hub.say(typed(withdrawn=[{"kind": "person", "id": "ann"}], source="wonde", school="oak"))
    request = hub.rotas.snapshot("hub", MONDAY + timedelta(days=1)).request
    assert "ann" not in {p.id for p in request.problem.people}
    hub.answer(hub.rotas.solve("hub", SBM).id)
    [draft, _] = hub.versions.list("hub")
    assert draft.number == 2
    found = hub.versions.compare("hub", 1, 2)
    [ann] = [p for p in found.people if p.person == "ann"]
    assert {c.why for c in ann.changes} == {"is no longer on the rota"}


WRONG: tuple[Any, ...] = (5, "x", True, [5], {"x": []}, [{"id": []}], None)


def _with_a_wrong_type_somewhere(document: Any) -> Iterator[Any]:
    """A document with one of its values replaced, once for each of them and each wrong type."""
    if isinstance(document, dict):
        for name, value in document.items():
            for wrong in WRONG:
                yield {**document, name: wrong}
            for inner in _with_a_wrong_type_somewhere(value):
                yield {**document, name: inner}
    elif isinstance(document, list) and document:
        for inner in _with_a_wrong_type_somewhere(document[0]):
            yield [inner, *document[1:]]


def test_a_wrong_type_is_a_fault_at_its_place(hub: Collaboration) -> None:
    """Whatever stands where the register's own is joined to it."""
    sent = definition().model_dump(mode="json", exclude_none=True)
    person = {
        "id": "zoe", "name": "Zoe", "home": "oak",
        "contracts": [{"id": "c", "school": "oak", "role": "ta"}],
    }  # fmt: skip
    whole = {
        **sent["request"]["problem"],
        "people": [person],
        "schools": [{"id": "elm", "name": "Elm"}],
        "travel": [],
        "skills": {"pfa": "First aid"},
        "roles": {"ta": "TA"},
        "allowances": [],
        "time_zone": "Europe/London",
    }
    faults: list[Fault] = []
    for number, problem in enumerate(_with_a_wrong_type_somewhere(whole)):
        if not isinstance(problem["horizon"], dict):
            continue
        document = {**sent, "request": {**sent["request"], "problem": problem}}
        try:
            hub.rotas.create(f"wrong{number}", RotaDefinition.model_validate(document), SBM)
        except InvalidRequest as error:
            faults += error.faults
    assert len(faults) > 100
    assert all(f.pointer.startswith("/") for f in faults)
