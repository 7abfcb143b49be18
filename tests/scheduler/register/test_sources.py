"""Sources: pulled into the register, whole or not at all, again and again to the same end."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from models.register.register import ChangeDecision, ChangeSort, Statement, StatementItem
from scheduler.exchange.mis.retrying import TRIES, SourceAway
from scheduler.exchange.mis.safe_http import Outgoing
from scheduler.register.sources import (
    PulledSourceSettings,
    Sources,
    UnknownSource,
    nightly_statements,
)
from scheduler.register.store import Register
from scheduler.storage.tables import DEFAULT_TENANT
from scheduler.storage.tenant_scope import add_tenant
from tests.fake_mis import Asked, FakeMis, FakeWonde, Said, listening

SAM: dict[str, Any] = {
    "id": "A1",
    "forename": "Sam",
    "surname": "Okafor",
    "contracts": {"data": [{"id": "B1", "roles": {"data": [{"role": "Teaching Assistant"}]}}]},
}

INES: dict[str, Any] = {"id": "A2", "forename": "Ines", "surname": "Marsh"}

ILL: dict[str, Any] = {"id": "C1", "employee": "A1", "start_date": "2026-05-11", "end_date": None}


class Bench:
    """A school's MIS, a register, and a source between them."""

    def __init__(self, engine: sa.Engine, fake: FakeMis, mis: FakeWonde) -> None:
        self.engine = engine
        self.fake = fake
        self.mis = mis
        self.outgoing = Outgoing([fake.base])
        self.sources = Sources(engine, DEFAULT_TENANT, self.outgoing, wait=lambda _: None)
        self.register = Register(engine, DEFAULT_TENANT)
        self.sources.set("oak-mis", wish(fake.base))

    def known(self, kind: Any) -> dict[str, Any]:
        """What the register knows, by id; what is gone apart."""
        return {
            entry.id: entry.record.model_dump(exclude={"kind"}, exclude_none=True)
            for entry in self.register.entries(kind=kind)
            if not entry.gone
        }


def wish(base: str, **changes: Any) -> PulledSourceSettings:
    """The source."""
    said = {"kind": "wonde", "school": "S1", "base": base, "secret": SecretStr("open-sesame")}
    return PulledSourceSettings.model_validate({**said, **changes})


@pytest.fixture
def bench(engine: sa.Engine) -> Iterator[Bench]:
    """A school with two people, one of them ill."""
    mis = FakeWonde("S1", {"employees": [SAM, INES], "employee-absences": [ILL]})
    with listening(mis) as fake:
        mis.base = fake.base
        yield Bench(engine, fake, mis)


def sorts(view: Any) -> list[tuple[str, str]]:
    """What a list of changes would do, kind by kind."""
    return [(change.sort, change.kind) for change in view.list.changes]


def test_a_school_is_pulled_and_applied(bench: Bench) -> None:
    """A dry run first; then people, contracts and absences without a reason."""
    view = bench.sources.pull("oak-mis")
    assert sorts(view) == [
        ("new", "school"),
        ("new", "code"),
        ("new", "person"),
        ("new", "person"),
        ("new", "contract"),
        ("new", "absence"),
    ]
    assert bench.known("person") == {}
    bench.register.apply(view.id, everything=True)
    assert {p["name"] for p in bench.known("person").values()} == {"Sam Okafor", "Ines Marsh"}
    (absence,) = bench.known("absence").values()
    assert absence.keys() == {"person", "first"}
    assert bench.sources.pull("oak-mis").list.quiet


def test_a_source_that_breaks_in_the_middle_changes_nothing(bench: Bench) -> None:
    """Not the register, and not from when on it is heard the next time; it says why."""
    bench.fake.trouble = [("page=", Said(500))] * TRIES
    bench.mis.per_page = 1
    with pytest.raises(SourceAway):
        bench.sources.pull("oak-mis")
    assert bench.register.imports() == ()
    (seen,) = bench.sources.list()
    assert seen.pulled_at is None
    assert seen.said == "It answered with status 500."
    bench.sources.pull("oak-mis")
    assert bench.sources.list()[0].said is None


def night(bench: Bench) -> None:
    """What the nightly batch does with what it hears."""
    for statement in nightly_statements(
        bench.engine, DEFAULT_TENANT, bench.outgoing, wait=lambda _: None
    ):
        view = bench.register.dry_run(statement)
        if any(change.by_itself for change in view.list.changes):
            bench.register.apply(view.id)


def test_by_night_only_what_the_owner_allows(bench: Bench) -> None:
    """Absences; a person who is new waits, and is heard again until somebody decides."""
    view = bench.sources.pull("oak-mis")
    bench.register.apply(view.id, everything=True)
    bench.mis.rows["employees"] = [*bench.mis.rows["employees"], {**INES, "id": "A3"}]
    bench.mis.rows["employee-absences"] = [{**ILL, "end_date": "2026-05-13"}]
    night(bench)
    (absence,) = bench.known("absence").values()
    assert str(absence["last"]) == "2026-05-13"
    assert len(bench.known("person")) == 2
    assert bench.sources.list()[0].pulled_at is None
    again = bench.sources.pull("oak-mis")
    number = next(c.number for c in again.list.changes if c.kind == "person")
    bench.register.apply(again.id, [ChangeDecision(change=number, do="apply")])
    night(bench)
    assert bench.sources.list()[0].pulled_at is not None
    bench.mis.rows["deletions"] = [{"id": "C1", "type": "employee_absence"}]
    night(bench)
    assert bench.known("absence") == {}
    assert "updated_after" in bench.fake.asked[-1].query


def test_what_people_say_is_not_overwritten(bench: Bench) -> None:
    """And a second school's MIS does not change where somebody is at home."""
    first = bench.sources.pull("oak-mis")
    bench.register.apply(first.id, everything=True)
    other = FakeWonde("S2", {"employees": [{**SAM, "id": "A7", "contracts": None}]})
    other.school["name"] = "Fellside"
    with listening(other) as fake:
        outgoing = Outgoing([fake.base])
        sources = Sources(bench.engine, DEFAULT_TENANT, outgoing, wait=lambda _: None)
        sources.set("fel-mis", wish(fake.base, school="S2"))
        view = sources.pull("fel-mis")
        unmatched = next(c for c in view.list.changes if c.sort is ChangeSort.UNMATCHED)
        sam = next(id for id, p in bench.known("person").items() if p["name"] == "Sam Okafor")
        assert unmatched.candidates == (sam,)
        link = ChangeDecision(change=unmatched.number, do="link", to=sam)
        bench.register.apply(view.id, [link], everything=True)
        assert len(bench.known("person")) == 2
        assert bench.known("person")[sam]["home"] == "S1"
        assert sources.pull("fel-mis").list.quiet
        assert bench.sources.pull("oak-mis").list.quiet


def test_a_code_means_what_a_person_says(bench: Bench) -> None:
    """One that is new is kept and reported; what people say of it stays, without a word."""
    view = bench.sources.pull("oak-mis")
    assert bench.register.apply(view.id, everything=True).waiting == ()
    (id,) = bench.known("code")
    assert bench.known("code")[id]["means"] == "teaching-assistant"
    said = {"kind": "code", "list": "role", "code": "Teaching Assistant", "means": "ta"}
    typed = Statement(
        source="typed",
        kind="people",
        at=datetime.now(UTC),
        items=(StatementItem.model_validate({"id": "ta", "record": said}),),
    )
    bench.register.apply(bench.register.dry_run(typed).id, everything=True)
    assert bench.known("code")[id]["means"] == "ta"
    assert bench.sources.pull("oak-mis").list.quiet


def test_a_timetable_is_pulled_page_by_page(bench: Bench) -> None:
    """And kept nowhere."""
    lesson = {"employee": "A1", "start_at": "2026-05-11 09:00", "end_at": "2026-05-11 10:00"}
    bench.mis.rows["lessons"] = [{**lesson, "id": f"L{n}"} for n in range(5)]
    bench.mis.rows["rooms"] = [{"id": "R1", "name": "Hall"}]
    said = bench.sources.timetable("oak-mis")
    assert [one.id for one in said.lessons] == ["L0", "L1", "L2", "L3", "L4"]
    assert [room.name for room in said.rooms] == ["Hall"]
    assert bench.register.imports() == ()


def test_a_oneroster_server_is_a_source_of_its_own(engine: sa.Engine) -> None:
    """Its ids are unique on it alone; tokens are given where its owner says."""
    rows: dict[str, list[dict[str, Any]]] = {
        "orgs": [{"sourcedId": "1", "type": "school", "name": "Oak"}],
        "users": [
            {
                "sourcedId": "7",
                "givenName": "Ann",
                "familyName": "Lee",
                "role": "teacher",
                "orgs": [{"sourcedId": "1"}],
            }
        ],
    }

    def answer(asked: Asked) -> Said:
        if asked.path == "/elsewhere/token":
            return Said(200, {"access_token": "t"})
        name = asked.path.rpartition("/")[2]
        return Said(
            200, {name: rows.get(name, [])}, {"X-Total-Count": str(len(rows.get(name, [])))}
        )

    with listening(answer) as fake:
        sources = Sources(engine, DEFAULT_TENANT, Outgoing([fake.base]), wait=lambda _: None)
        for id in ("one-trust", "other-trust"):
            asked = wish(fake.base, kind="oneroster-1.1", school=None, client="me")
            sources.set(id, asked.model_copy(update={"token_url": f"{fake.base}/elsewhere/token"}))
            view = sources.pull(id)
            assert [(c.sort, c.kind, c.key and c.key.source) for c in view.list.changes] == [
                ("new", "school", id),
                ("new" if id == "one-trust" else "unmatched", "person", id),
            ]
            Register(engine, DEFAULT_TENANT).apply(view.id, everything=True)


def test_a_secret_is_not_shown(bench: Bench) -> None:
    """Nor is another tenant's source known."""
    assert "sesame" not in str(bench.sources.list())
    add_tenant(bench.engine, "other", "Other schools")
    others = Sources(bench.engine, "other", bench.outgoing)
    assert others.list() == ()
    with pytest.raises(UnknownSource):
        others.pull("oak-mis")
    with pytest.raises(UnknownSource):
        others.remove("oak-mis")
    bench.sources.remove("oak-mis")
    assert bench.sources.list() == ()
