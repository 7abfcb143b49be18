"""Wonde: what is read, what is passed over, and a server that misbehaves."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.register.records import (
    AbsenceRecord,
    CodeRecord,
    ContractRecord,
    PersonRecord,
    SchoolRecord,
)
from models.register.register import Statement, StatementItem
from scheduler.exchange.mis.retrying import LONGEST_WAIT, TRIES, SourceAway, SourceRefuses
from scheduler.exchange.mis.safe_http import Outgoing
from scheduler.exchange.mis.wonde import read_wonde
from scheduler.exchange.mis.wonde_client import WondeClient
from tests.fake_mis import FakeMis, FakeWonde, Said, listening
from tests.scheduler.exchange.mis.test_lenient import anything

AT = datetime(2026, 5, 10, 21, tzinfo=UTC)


def as_object(day: str) -> dict[str, Any]:
    """A date in the shape that most endpoints use."""
    return {"date": f"{day} 00:00:00.000000", "timezone_type": 3, "timezone": "Europe/London"}


SAM: dict[str, Any] = {
    "id": "A1000000001",
    "mis_id": "417",
    "upi": "9f0c",
    "forename": "Sam",
    "surname": "Okafor",
    "date_of_birth": "1980-01-01",
    "employment_details": {
        "data": {
            "current": True,
            "staff_code": "SOK",
            "higher_level_teaching_assistant_status": "Yes, since 2012",
            "health_check_date": "2019-01-01",
        }
    },
    "contracts": {
        "data": [
            {
                "id": "A2000000001",
                "employment_type": "Permanent",
                "start_date": as_object("2019-09-01"),
                "end_date": None,
                "roles": {"data": [{"role": "Higher Level TA", "role_code": "HLTA"}]},
                "salary": {
                    "data": {
                        "hours_week": "32.5",
                        "weeks_year": "39",
                        "fte_hours": "37",
                        "salary": "27000",
                    }
                },
            }
        ]
    },
}

NULLS = {
    "id": "A1000000002",
    "forename": "Ines",
    "surname": "Marsh",
    "employment_details": {"data": dict.fromkeys(["current", "staff_code", "teaching_staff"])},
    "contracts": {"data": [{"id": "A2000000002", "salary": None, "roles": "A3"}, "A2000000003"]},
}

ILL = {
    "id": "A9",
    "employee": "A1000000001",
    "absence_type": "SIC",
    "illness_category": "broken heart",
    "start_date": "2026-05-11",
    "end_date": None,
}


def read(**feed: Any) -> Statement:
    """What a feed says; underscores stand for dashes."""
    return read_wonde({name.replace("_", "-"): rows for name, rows in feed.items()}, "S1", AT)


def only(said: Statement, kind: str) -> list[StatementItem]:
    """The items of one kind."""
    return [item for item in said.items if item.record.kind == kind]


# ------------------------------------------------------------------ reading


def test_an_employee_with_a_contract() -> None:
    """Hours and weeks, never pay; the envelope and the bare rows say the same."""
    said = read(employees={"data": [SAM], "meta": {"pagination": {"next": None}}})
    assert said == read(employees=[SAM])
    assert [item.record for item in said.items] == [
        PersonRecord(name="Sam Okafor", home="S1", staff_code="SOK", hlta=True),
        CodeRecord(list="role", code="HLTA", means="hlta", name="Higher Level TA"),
        ContractRecord(
            person="A1000000001",
            school="S1",
            role="HLTA",
            employment="Permanent",
            minutes_per_week=1950,
            full_time_minutes=2220,
            hundredths_of_weeks=3900,
            all_year=False,
            first=date(2019, 9, 1),
            last=None,
        ),
    ]
    assert said.unread == ()
    assert "27000" not in said.model_dump_json()
    assert "1980" not in said.model_dump_json()


def test_nulls_are_not_said() -> None:
    """And a contract that is a bare id says nothing."""
    said = read(employees=[NULLS])
    person, contract = said.items
    assert person.record.model_fields_set == {"kind", "name", "home"}
    assert contract.record.model_fields_set == {"kind", "person", "school", "last"}
    assert said.unread == ()


def test_an_open_absence_says_that_it_is_open() -> None:
    """So that one which is edited to be open becomes open; and its reason is gone."""
    said = read(employee_absences=[ILL])
    record = only(said, "absence")[0].record
    assert record == AbsenceRecord(person="A1000000001", first=date(2026, 5, 11), last=None)
    assert "last" in record.model_fields_set
    for reason in ("SIC", "heart"):
        assert reason not in said.model_dump_json()


def test_an_absence_of_an_afternoon() -> None:
    """Its times count, midnight does not; who it is may be an object."""
    row = {
        **ILL,
        "employee": {"data": {"id": "A7", "forename": "X"}},
        "start_date": "2026-05-11 13:00:00",
        "end_date": as_object("2026-05-12"),
    }
    record = only(read(employee_absences=[row]), "absence")[0].record
    assert record == AbsenceRecord(
        person="A7", first=date(2026, 5, 11), last=date(2026, 5, 12), start=time(13)
    )


def test_what_is_gone() -> None:
    """Leavers, deletions by type, and deletions without one; students are not ours."""
    said = read(
        employees=[{**SAM, "employment_details": {"data": {"current": False}}}],
        deletions=[
            {"id": "A9", "type": "employee_absence"},
            {"id": "A8", "type": "student"},
            {"id": "A7"},
        ],
    )
    assert said.items == ()
    assert [(w.kind, w.id) for w in said.withdrawn] == [
        ("person", "A1000000001"),
        ("absence", "A9"),
        ("person", "A7"),
        ("contract", "A7"),
        ("absence", "A7"),
    ]
    assert said.complete == ()


def test_what_is_there_and_deleted() -> None:
    """Has come back where it was touched later; else the deletion, which is read last, is right."""
    deleted = {"type": "employee", "deleted_at": "2026-05-01 10:00:00"}
    here = {"forename": "Sam", "surname": "Okafor"}
    said = read(
        employees=[
            {"id": "A1", **here, "restored_at": as_object("2026-05-02")},
            {"id": "A2", **here, "updated_at": as_object("2026-04-30"), "restored_at": None},
            {"id": "A3", **here},
        ],
        deletions=[{"id": id, **deleted} for id in ("A1", "A2", "A3", "A4")],
    )
    assert [item.id for item in said.items] == ["A1"]
    assert [gone.id for gone in said.withdrawn] == ["A2", "A3", "A4"]


def test_the_school_of_the_feed() -> None:
    """Its numbers and its zone; other schools are passed over."""
    rows = [
        {"id": "S2", "name": "Other"},
        {
            "id": "S1",
            "name": "Oak",
            "urn": 123456,
            "la_code": "936",
            "establishment_number": "2001",
            "timezone": "Europe/London",
        },
    ]
    said = read(schools=rows)
    assert [item.record for item in said.items] == [
        SchoolRecord(name="Oak", urn="123456", laestab="936/2001", time_zone="Europe/London")
    ]


def test_one_bad_row_holds_up_nothing() -> None:
    """It is named with its place, and what was sent is not repeated."""
    bad = {**SAM, "id": None, "mis_id": None}
    worse = {**ILL, "id": "A10", "start_date": "yesterday, I think"}
    contract = {**SAM["contracts"]["data"][0], "salary": {"data": {"hours_week": "ten"}}}
    odd = {**SAM, "id": "A3", "contracts": {"data": [contract]}}
    said = read(employees=[bad, SAM, 7, odd], employee_absences=[worse, ILL], wages=[1])
    assert {u.place: u.sentence for u in said.unread} == {
        "": "is an endpoint that is not read. Maybe one of schools, employees, "
        "employee-absences, deletions",
        "/employees/0": "has no id.",
        "/employees/2": "must be an object.",
        "/employees/3/contracts/0": "must be a number, such as 32.5.",
        "/employee-absences/0": "must be a date, such as 2026-04-20.",
    }
    assert {item.id for item in only(said, "person")} == {"A1000000001", "A3"}
    assert len(only(said, "absence")) == 1
    assert "yesterday" not in said.model_dump_json()


def test_a_row_that_comes_twice_counts_once() -> None:
    """Pages shift while they are read; the later is the newer."""
    newer = {**SAM, "surname": "Okafor-Marsh"}
    said = read(employees=[SAM, NULLS, newer])
    names = [item.record.model_dump()["name"] for item in only(said, "person")]
    assert names == ["Sam Okafor-Marsh", "Ines Marsh"]


rows = st.lists(
    st.dictionaries(
        st.sampled_from(
            [*SAM, *ILL, *SAM["contracts"]["data"][0], "type", "restored_at", "current", "name"]
        ),
        anything | st.sampled_from([SAM["contracts"], SAM["employment_details"], "2026-01-01"]),
    )
    | anything,
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["schools", "employees", "employee-absences", "deletions", "x"]),
        rows | anything,
    )
)
def test_any_feed_is_read(feed: dict[str, Any]) -> None:
    """Whatever comes, there is a statement, and what cannot be used has a place."""
    said = read_wonde(feed, "S1", AT)
    assert Statement.model_validate_json(said.model_dump_json()) == said


# ------------------------------------------------------------------ pulling


@pytest.fixture
def wonde() -> Iterator[tuple[FakeMis, FakeWonde]]:
    """A school with five employees on three pages."""
    people = [{**SAM, "id": f"A{n}", "contracts": None} for n in range(5)]
    answers = FakeWonde("S1", {"employees": people, "employee-absences": [ILL]})
    with listening(answers) as fake:
        answers.base = fake.base
        yield fake, answers


Waits = list[float]


def client(
    fake: FakeMis, waits: Waits, *others: FakeMis, token: str = "open-sesame"
) -> WondeClient:
    """A client that may reach the fakes, and does not really wait."""
    outgoing = Outgoing(allowed=[fake.base, *(other.base for other in others)])
    return WondeClient(outgoing, token, "S1", fake.base, waits.append)


def test_all_pages_are_pulled(wonde: tuple[FakeMis, FakeWonde]) -> None:
    """With the includes, and the changes' moment a little early."""
    fake, _ = wonde
    said = client(fake, []).pull(datetime(2026, 5, 9, 22, tzinfo=UTC))
    assert [item.id for item in only(said, "person")] == ["A0", "A1", "A2", "A3", "A4"]
    assert len(only(said, "absence")) == 1
    first = next(call for call in fake.asked if call.path.endswith("/employees/"))
    assert first.query["include"].startswith("employment_details,contracts")
    assert first.query["updated_after"] == "2026-05-09 20:00:00"


Trouble = Callable[[], list[tuple[str, Said]]]


@pytest.mark.parametrize(
    ("trouble", "waited"),
    [
        ([("page=2", Said(429, headers={"Retry-After": "7"}))], [7.0]),
        ([("page=2", Said(500)), ("page=2", Said(502))], [1.0, 2.0]),
        ([("page=3", Said(raw=b'{"data": [{"id"'))], [1.0]),
        ([("page=3", Said(raw=b'{"data": []}', cut=True))], [1.0]),
        ([("page=2", Said(503, headers={"Retry-After": "86400"}))], [LONGEST_WAIT]),
    ],
    ids=["429", "500", "half a page", "cut off", "long wait"],
)
def test_trouble_that_passes_is_waited_out(
    wonde: tuple[FakeMis, FakeWonde], trouble: list[tuple[str, Said]], waited: Waits
) -> None:
    """And the pull goes on in the middle, with nothing lost and nothing double."""
    fake, _ = wonde
    fake.trouble = list(trouble)
    waits: Waits = []
    said = client(fake, waits).pull()
    assert [item.id for item in only(said, "person")] == ["A0", "A1", "A2", "A3", "A4"]
    assert waits == waited
    assert fake.trouble == []


def test_trouble_that_stays_gives_nothing(wonde: tuple[FakeMis, FakeWonde]) -> None:
    """Half a school is not a statement."""
    fake, _ = wonde
    fake.trouble = [("page=2", Said(500))] * TRIES
    with pytest.raises(SourceAway):
        client(fake, []).pull()


def test_the_wrong_region_is_noticed(wonde: tuple[FakeMis, FakeWonde]) -> None:
    """It answers with empty lists; we ask where the school lives, and go there."""
    home, _ = wonde
    abroad = FakeWonde("S1", {})
    with listening(abroad) as wrong:
        abroad.school["region"] = {"code": "GBR", "domain": home.domain}
        said = client(wrong, [], home).pull()
    assert len(only(said, "person")) == 5
    assert not [call for call in wrong.asked if "employees" in call.path]


def test_a_region_on_another_domain_never_gets_the_token(
    wonde: tuple[FakeMis, FakeWonde],
) -> None:
    """Even if the school's own record says so."""
    fake, answers = wonde
    answers.school["region"] = {"domain": "collect.example.com"}
    with pytest.raises(SourceRefuses):
        client(fake, []).pull()


def test_an_empty_school_is_an_error(wonde: tuple[FakeMis, FakeWonde]) -> None:
    """And no reason to let everybody go."""
    fake, answers = wonde
    answers.rows["employees"] = []
    with pytest.raises(SourceRefuses, match="no staff"):
        client(fake, []).pull()


def test_a_wrong_token(wonde: tuple[FakeMis, FakeWonde]) -> None:
    """Is said at once, and the token is in no message."""
    fake, _ = wonde
    waits: Waits = []
    with pytest.raises(SourceRefuses) as refused:
        client(fake, waits, token="closed-sesame").pull()
    assert waits == []
    assert "sesame" not in str(refused.value)


def test_a_next_page_elsewhere_never_gets_the_token(wonde: tuple[FakeMis, FakeWonde]) -> None:
    """The address of the next page is theirs to say, the token is not."""
    fake, _ = wonde
    meta = {"pagination": {"next": "https://evil.example.com/page2", "more": True}}
    fake.trouble = [("/employees/", Said(200, {"data": [SAM], "meta": meta}))]
    with pytest.raises(SourceRefuses, match="another server"):
        client(fake, []).pull()


def test_pages_that_go_round_come_to_an_end(wonde: tuple[FakeMis, FakeWonde]) -> None:
    """With nothing said."""
    fake, answers = wonde
    round_ = f"{fake.base}/v1.0/schools/S1/employees/?page=1"
    meta = {"pagination": {"next": round_, "more": True}}
    fake.trouble = [("/employees/", Said(200, {"data": [SAM], "meta": meta}))] * 3
    with pytest.raises(SourceAway):
        client(fake, []).pull()
    assert answers.rows["employees"]


def test_pages_in_another_order(wonde: tuple[FakeMis, FakeWonde]) -> None:
    """Rows that move to an earlier page are missed, and nobody is taken for gone."""
    fake, answers = wonde
    people = answers.rows["employees"]

    class Shifting(FakeWonde):
        def __call__(self, asked: Any) -> Said:
            said = super().__call__(asked)
            if asked.path.endswith("/employees/"):
                self.rows["employees"] = [*reversed(self.rows["employees"])]
            return said

    fake.answer = Shifting("S1", {"employees": people})
    fake.answer.base = fake.base
    said = client(fake, []).pull()
    ids = [item.id for item in only(said, "person")]
    assert len(ids) == len(set(ids))
    assert said.complete == ()
    assert said.withdrawn == ()


def test_two_thousand_employees_are_read() -> None:
    """With a contract each; how long twenty thousand take is measured elsewhere."""
    contract = SAM["contracts"]["data"][0]
    many = [
        {**SAM, "id": f"A{n}", "contracts": {"data": [{**contract, "id": f"B{n}"}]}}
        for n in range(2_000)
    ]
    feed = json.loads(json.dumps({"employees": {"data": many}}))
    assert len(read_wonde(feed, "S1", AT).items) == 4_001
