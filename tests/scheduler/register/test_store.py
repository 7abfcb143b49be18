"""The register: what is said is compared before it is applied, and what people say stays."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models.register.records import Kind
from models.register.register import ChangeDecision, ChangeList, ChangeSort, KnownEntry
from scheduler.register.store import BadDecision, OutOfDate, Register, SourceSettings, UnknownEntry
from scheduler.storage.tables import DEFAULT_TENANT
from tests.service.statements import AT, SCHOOLS, item, mis, typed


@pytest.fixture
def register(engine: sa.Engine) -> Register:
    """With two schools and the way between them."""
    register = Register(engine, DEFAULT_TENANT)
    assert _all(register, typed(*SCHOOLS)) == 1
    return register


def _all(register: Register, statement: Any) -> int:
    """Apply everything that can be; the version then."""
    return register.apply(register.dry_run(statement).id, everything=True).version


def _sorts(found: ChangeList) -> list[tuple[ChangeSort, str | None, str | None]]:
    return [(c.sort, c.kind, c.id) for c in found.changes]


def _entry(register: Register, kind: Any, id: str) -> KnownEntry:
    return next(e for e in register.entries(kind=kind) if e.id == id)


SAM = item("person", "A1", name="Sam Okafor", home="oak", staff_code="SOK")


def test_nothing_changes_before_it_is_applied(register: Register) -> None:
    """A dry run tells; applying does it once, and saying it again changes nothing."""
    dry = register.dry_run(mis(SAM))
    assert _sorts(dry.list) == [(ChangeSort.NEW, "person", "oak-A1")]
    assert register.entries(kind="person") == []
    first = register.apply(dry.id, everything=True)
    assert (first.version, first.applied) == (2, (1,))
    assert register.apply(dry.id, everything=True) == first
    again = register.dry_run(mis(SAM))
    assert again.list.quiet
    assert again.list.unchanged == 1
    known = _entry(register, "person", "oak-A1").fields["name"]
    assert (known.value, known.source, known.at, known.people) == ("Sam Okafor", "wonde", AT, False)


def test_every_version_can_be_read(register: Register) -> None:
    """As it was, with who made it and from what."""
    _all(register, mis(SAM))
    _all(register, mis({**SAM, "record": {**SAM["record"], "name": "Sam O."}}))
    assert register.version() == 3
    names = [
        e.fields["name"].value for version in (1, 2, 3) for e in register.entries(version, "person")
    ]
    assert names == ["Sam Okafor", "Sam O."]
    assert [since for since, _ in register.history("person", "oak-A1")] == [2, 3]
    assert [v.source for v in register.versions()] == ["wonde", "wonde", "typed"]
    with pytest.raises(UnknownEntry):
        register.entries(4)


def test_somebody_known_elsewhere_is_linked_only_by_a_person(register: Register) -> None:
    """And what hangs on them waits; then it comes with the link, and both ids mean one person."""
    _all(register, mis(SAM))
    there = mis(
        item("person", "B7", name="sam  okafor", home="fel"),
        item("contract", "C1", person="B7", school="fel", role="HLTA", minutes_per_week=600),
        school="fel",
    )
    dry = register.dry_run(there)
    assert [(c.sort, c.kind) for c in dry.list.changes] == [
        (ChangeSort.UNMATCHED, "person"),
        (ChangeSort.UNMATCHED, "contract"),
    ]
    assert dry.list.changes[0].candidates == ("oak-A1",)
    undecided = register.apply(dry.id, everything=True)
    assert undecided.waiting == (1, 2)
    again = register.dry_run(there)
    link = [ChangeDecision(change=1, do="link", to="oak-A1"), ChangeDecision(change=2, do="apply")]
    done = register.apply(again.id, link)
    assert done.applied == (1, 2)
    [person] = register.entries(kind="person")
    assert {(k.school, k.id) for k in person.keys} == {("oak", "A1"), ("fel", "B7")}
    [contract] = register.entries(kind="contract")
    assert contract.fields["person"].value == "oak-A1"
    assert register.dry_run(there).list.unchanged >= 1


def test_a_namesake_can_be_somebody_else(register: Register) -> None:
    """If a person says so."""
    _all(register, mis(SAM))
    dry = register.dry_run(mis(item("person", "B7", name="Sam Okafor", home="fel"), school="fel"))
    register.apply(dry.id, [ChangeDecision(change=1, do="apply")])
    assert [e.id for e in register.entries(kind="person")] == ["fel-B7", "oak-A1"]


def test_what_only_people_say_is_never_overwritten(register: Register) -> None:
    """Neither fields that no MIS gives, nor what a person has typed over; both are reported."""
    _all(register, mis(SAM))
    works = [{"weekdays": ["mon", "tue"]}]
    _all(register, typed(item("person", "x", _ours="oak-A1", works=works, name="Sam Okafor-Lee")))
    said = {**SAM["record"], "name": "S. Okafor", "tags": ["ta"]}
    dry = register.dry_run(mis({**SAM, "record": said}))
    assert {c.sort for c in dry.list.changes} == {ChangeSort.REFUSED}
    assert len(dry.list.changes) == 2
    register.apply(dry.id, everything=True)
    fields = _entry(register, "person", "oak-A1").fields
    assert fields["name"].value == "Sam Okafor-Lee"
    assert fields["works"].value == works
    assert "tags" not in fields


def test_absences_apply_by_themselves_and_leavers_wait(register: Register) -> None:
    """As the owner may change for each source, though a link never goes by itself."""
    _all(register, mis(SAM))
    away = item("absence", "S1", person="A1", first="2026-05-11", last=None)
    done = register.apply(
        register.dry_run(mis(away, withdrawn=[{"kind": "person", "id": "A1"}])).id
    )
    assert (len(done.applied), len(done.waiting)) == (1, 1)
    assert _entry(register, "absence", "oak-S1").fields["person"].value == "oak-A1"
    withdrawn = mis(withdrawn=[{"kind": "absence", "id": "S1"}])
    register.apply(register.dry_run(withdrawn).id)
    assert _entry(register, "absence", "oak-S1").gone
    settings = {"id": "wonde", "applies": [{"kind": "person", "sorts": ["gone", "unmatched"]}]}
    register.set_source(SourceSettings.model_validate(settings))
    namesake = item("person", "B7", name="Sam Okafor", _school="fel")
    dry = register.dry_run(mis(namesake, withdrawn=[{"kind": "person", "id": "A1"}]))
    assert [(c.sort, c.by_itself) for c in dry.list.changes] == [
        (ChangeSort.UNMATCHED, False),
        (ChangeSort.GONE, True),
    ]
    register.apply(dry.id)
    assert _entry(register, "person", "oak-A1").gone


def test_a_whole_list_says_who_is_gone(register: Register) -> None:
    """Only where it claims to be whole, and only of its own school."""
    _all(register, mis(SAM, item("person", "A2", name="Ines Marsh", home="oak")))
    _all(register, mis(item("person", "B1", name="Uma Dey", home="fel"), school="fel"))
    assert register.dry_run(mis(SAM)).list.quiet
    dry = register.dry_run(mis(SAM, complete=["person"]))
    assert _sorts(dry.list) == [(ChangeSort.GONE, "person", "oak-A2")]


def test_who_is_gone_at_a_source_of_several_schools(register: Register) -> None:
    """A whole list is silent about schools that it does not name; a person who is said to be gone
    without a school is gone at each; and nobody is there and gone at once."""
    at_both = [item("person", "u1", name=f"Ann {at}", _school=at) for at in ("oak", "fel")]
    _all(register, mis(*at_both, school=None))
    whole = mis(item("person", "u2", name="Bob", _school="fel"), school=None, complete=("person",))
    listed = register.dry_run(whole).list.changes
    assert [(c.sort, c.key and c.key.school) for c in listed] == [("new", "fel"), ("gone", "fel")]
    gone = [{"kind": "person", "id": "u1"}] * 2
    listed = register.dry_run(mis(school=None, withdrawn=gone)).list.changes
    assert [(c.sort, c.key and c.key.school) for c in listed] == [("gone", "oak"), ("gone", "fel")]
    both = mis(at_both[0], school=None, withdrawn=[{**gone[0], "school": "oak"}])
    assert [c.sort for c in register.dry_run(both).list.changes] == ["refused"]


def test_two_systems_do_not_take_turns(register: Register) -> None:
    """What one of them said it alone changes, as long as it knows the person."""
    _all(register, mis(SAM))
    there = mis(item("person", "B7", name="Sam Okafor", home="fel"), school="fel")
    link = [ChangeDecision(change=1, do="link", to="oak-A1")]
    register.apply(register.dry_run(there).id, link)
    named = {at: item("person", id, name=f"S. {at}") for at, id in (("oak", "A1"), ("fel", "B7"))}
    assert register.dry_run(mis(named["fel"], school="fel")).list.quiet
    _all(register, mis(named["oak"]))
    assert _entry(register, "person", "oak-A1").fields["name"].value == "S. oak"
    _all(register, mis(withdrawn=[{"kind": "person", "id": "A1"}]))
    _all(register, mis(named["fel"], school="fel"))
    assert _entry(register, "person", "oak-A1").fields["name"].value == "S. fel"


def test_two_ids_of_one_thing_do_not_take_turns(register: Register) -> None:
    """The second is refused where it says otherwise; it makes no second thing."""
    codes = [item("code", id, list="role", code="TA", means=f"ta{id}") for id in "12"]
    _all(register, mis(*codes))
    assert [e.id for e in register.entries(kind="code")] == ["oak-1"]
    _all(register, mis(*codes))
    listed = register.dry_run(typed(*codes)).list.changes
    assert [c.sort for c in listed] == [ChangeSort.CHANGED, ChangeSort.REFUSED, ChangeSort.CHANGED]
    _all(register, typed(*codes))
    assert [c.sort for c in register.dry_run(typed(*codes)).list.changes] == [ChangeSort.REFUSED]


def test_what_leads_nowhere_is_refused_and_the_rest_goes_on(register: Register) -> None:
    """A contract of nobody, an id that comes twice, and what a parser could not read."""
    dry = register.dry_run(
        mis(
            SAM,
            item("contract", "C1", person="A9", role="TA"),
            item("person", "A1", name="Somebody"),
            unread=[{"place": "Staff!C7", "sentence": "is no date. Maybe 2026-05-11?"}],
        )
    )
    assert [c.sort for c in dry.list.changes] == [ChangeSort.NEW, *[ChangeSort.REFUSED] * 3]
    assert dry.list.changes[-1].place == "Staff!C7"
    assert register.apply(dry.id, everything=True).applied == (1,)


def test_old_news_do_not_undo_newer_ones(register: Register) -> None:
    """Pages may come in another order than they were written."""
    _all(register, mis(SAM))
    old = mis({**SAM, "record": {**SAM["record"], "name": "Sam"}}, at=AT - timedelta(days=1))
    assert [c.sort for c in register.dry_run(old).list.changes] == [ChangeSort.REFUSED]


def test_a_list_that_is_out_of_date_is_not_applied(register: Register) -> None:
    """If it would be another by now; one that is still the same is."""
    one, two = register.dry_run(mis(SAM)), register.dry_run(mis(SAM))
    other = register.dry_run(mis(item("person", "A2", name="Ines Marsh", home="oak")))
    register.apply(one.id, everything=True)
    with pytest.raises(OutOfDate):
        register.apply(two.id, everything=True)
    assert register.apply(other.id, everything=True).version == 3


@pytest.mark.parametrize(
    "decision",
    [
        ChangeDecision(change=9, do="apply"),
        ChangeDecision(change=2, do="apply"),
        ChangeDecision(change=1, do="link", to="oak-A1"),
    ],
)
def test_a_decision_that_cannot_be_is_refused(register: Register, decision: ChangeDecision) -> None:
    """And nothing of the list is done."""
    dry = register.dry_run(mis(SAM, unread=[{"place": "/1", "sentence": "is no date."}]))
    with pytest.raises(BadDecision):
        register.apply(dry.id, [decision], everything=True)
    assert register.entries(kind="person") == []


def test_the_way_is_the_same_in_both_directions(register: Register) -> None:
    """Said the other way round it is no second one."""
    dry = register.dry_run(typed(item("travel", "x", one="fel", other="oak", minutes=30)))
    [change] = dry.list.changes
    assert (change.sort, change.id) == (ChangeSort.CHANGED, "oak-fel")


def test_a_school_sees_what_concerns_it(register: Register) -> None:
    """Itself, its people and those with a contract there, what is theirs, and codes; page by page,
    and no more of a version than was in it."""
    people = [
        item("person", id, _ours=id, name=id, home=home)
        for id, home in (("ann", "oak"), ("bob", "oak"), ("eve", "fel"), ("fay", "fel"))
    ]
    contracts = [
        item("contract", f"c-{person}", person=person, school=school)
        for person, school in (("ann", "oak"), ("bob", "fel"), ("eve", "fel"))
    ]
    absences = [
        item("absence", f"a-{person}", person=person, first="2026-05-11", last="2026-05-12")
        for person in ("ann", "bob", "fay")
    ]
    code = item("code", "role-x", list="role", code="X", means="cook", name="Cook")
    _all(register, typed(*people, *contracts, *absences, code))
    before = register.version()
    _all(register, typed(item("contract", "c-ann2", person="ann", school="fel")))

    def seen(kind: Kind, version: int | None = None) -> list[str]:
        found: list[str] = []
        after: str | None = ""
        while after is not None:
            page, after = register.page(
                kind, version=version, schools=("fel",), after=after, limit=2
            )
            found += [entry.id for entry in page]
        return found

    assert seen("school") == ["fel"]
    assert seen("person") == ["ann", "bob", "eve", "fay"]
    assert seen("person", before) == ["bob", "eve", "fay"]
    assert seen("contract") == ["c-ann2", "c-bob", "c-eve"]
    assert len(seen("absence")) == 3
    assert len(seen("absence", before)) == 2
    assert seen("calendar") == []
    assert seen("travel") == ["oak-fel"]
    assert len(seen("code")) == 1
