"""OneRoster: 1.1 and 1.2, JSON and files, and a server that misbehaves."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from typing import Any
from urllib.parse import unquote, urlencode
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.problem.calendar import DateRange
from models.register.records import CalendarRecord, PersonRecord, SchoolRecord
from models.register.register import Statement
from scheduler.exchange.mis.lenient import Unreadable
from scheduler.exchange.mis.oauth1 import signature
from scheduler.exchange.mis.oneroster import read_oneroster
from scheduler.exchange.mis.oneroster_client import OneRosterClient
from scheduler.exchange.mis.oneroster_files import read_files
from scheduler.exchange.mis.retrying import TRIES, SourceAway, SourceRefuses
from scheduler.exchange.mis.safe_http import Outgoing
from tests.fake_mis import Asked, FakeMis, Said, listening
from tests.scheduler.exchange.mis.test_lenient import anything

AT = datetime(2026, 5, 10, 21, tzinfo=UTC)

ORGS = [
    {"sourcedId": "trust", "type": "district", "name": "Trust"},
    {"sourcedId": "oak", "type": "school", "name": "Oak", "identifier": "123456"},
    {"sourcedId": "fel", "type": "school", "name": "Fell", "identifier": "936-2001"},
]

TERMS = [
    {
        "sourcedId": "t1",
        "type": "term",
        "startDate": "2026-04-13",
        "endDate": "2026-05-23",
        "schoolYear": "2026",
    },
    {"sourcedId": "y", "type": "schoolYear", "startDate": "2025-09-01", "endDate": "2026-08-31"},
]

CLASSES = [{"sourcedId": "c1", "school": {"sourcedId": "oak"}, "terms": [{"sourcedId": "t1"}]}]

INES: dict[str, Any] = {
    "sourcedId": "u-17",
    "status": "active",
    "enabledUser": "true",
    "givenName": "Ines",
    "familyName": "Marsh",
    "identifier": "OAK-EHT",
    "roles": [
        {"roleType": "secondary", "role": "principal", "org": {"sourcedId": "fel"}},
        {"roleType": "primary", "role": "principal", "org": {"sourcedId": "oak", "type": "org"}},
    ],
}

OLD = {
    "sourcedId": "u-18",
    "enabledUser": True,
    "givenName": "Sam",
    "familyName": "Okafor",
    "role": "aide",
    "orgs": [{"sourcedId": "oak"}],
}

CHILD = {
    "sourcedId": "u-99",
    "givenName": "Tim",
    "familyName": "Secret",
    "roles": [{"roleType": "primary", "role": "student", "org": {"sourcedId": "oak"}}],
}


def read(**feed: Any) -> Statement:
    """What a feed says."""
    return read_oneroster(feed, AT)


def test_a_person_of_two_schools_is_a_link_to_confirm() -> None:
    """The primary one first; no pupil is read."""
    said = read(orgs=ORGS, users=[INES, OLD, CHILD])
    people = [item for item in said.items if item.record.kind == "person"]
    assert [(p.id, p.school, p.same_as, p.same_at) for p in people] == [
        ("u-17", "oak", None, None),
        ("u-17", "fel", "u-17", "oak"),
        ("u-18", "oak", None, None),
    ]
    assert people[0].record == PersonRecord(name="Ines Marsh", home="oak", staff_code="OAK-EHT")
    assert "Secret" not in said.model_dump_json()
    assert said.unread == ()


def test_schools_are_told_from_other_orgs() -> None:
    """With the number that their identifier is."""
    said = read(orgs=ORGS)
    assert [item.record for item in said.items] == [
        SchoolRecord(name="Oak", urn="123456"),
        SchoolRecord(name="Fell", laestab="936/2001"),
    ]


def test_a_term_ends_the_day_before_its_end_date() -> None:
    """And belongs to the schools whose classes are taught in it."""
    said = read(orgs=ORGS, academicSessions=TERMS, classes=CLASSES)
    calendars = [item.record for item in said.items if item.record.kind == "calendar"]
    term = DateRange(first=date(2026, 4, 13), last=date(2026, 5, 22))
    assert calendars == [CalendarRecord(school="oak", terms=(term,))]


@pytest.mark.parametrize("status", ["tobedeleted", "inactive"])
def test_who_is_gone(status: str) -> None:
    """By either version's word; and a bulk says who else is gone."""
    said = read_oneroster({"users": [{**INES, "status": status}]}, AT, complete=True)
    assert [(w.kind, w.id) for w in said.withdrawn] == [("person", "u-17")]
    assert said.complete == ("person",)


def test_a_role_that_is_over() -> None:
    """Ends its person there, from its end date on; elsewhere they go on."""
    fel, oak = INES["roles"]
    for last, over in (("2026-05-10", True), ("2026-05-11", False)):
        said = read(orgs=ORGS, users=[{**INES, "roles": [{**oak, "endDate": last}, fel]}])
        people = [item.school for item in said.items if item.record.kind == "person"]
        assert people == (["fel"] if over else ["oak", "fel"])
        gone = [(one.id, one.school) for one in said.withdrawn]
        assert gone == ([("u-17", "oak")] if over else [])
    said = read(orgs=ORGS, users=[{**INES, "roles": [{**oak, "endDate": "2026-01-01"}]}])
    assert (len(said.withdrawn), said.unread) == (1, ())


users = st.lists(
    st.dictionaries(
        st.sampled_from([*INES, *OLD, "type", "startDate", "endDate", "school", "terms", "user"]),
        anything | st.sampled_from([INES["roles"], "oak", "2026-01-01", "school", "term"]),
    )
    | anything,
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["orgs", "academicSessions", "classes", "users", "roles", "x"]),
        users | anything,
    ),
    st.booleans(),
)
def test_any_feed_is_read(feed: dict[str, Any], complete: bool) -> None:
    """Whatever comes, there is a statement."""
    said = read_oneroster(feed, AT, complete=complete)
    assert Statement.model_validate_json(said.model_dump_json()) == said


# ------------------------------------------------------------------ files


def archive(files: dict[str, list[list[str]]], **manifest: str) -> bytes:
    """A zip of CSV with a manifest; every file is bulk unless it is said otherwise."""
    modes = {f"file.{name}": manifest.get(name, "bulk") for name in files}
    properties = {"oneroster.version": manifest.get("version", "1.2"), **modes}
    listed = [["propertyName", "value"], *([n, v] for n, v in properties.items())]
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as zipped:
        for name, lines in {"manifest": listed, **files}.items():
            text = StringIO(newline="")
            csv.writer(text).writerows(lines)
            zipped.writestr(f"{name}.csv", "\ufeff" + text.getvalue())
    return out.getvalue()


USERS = [
    ["sourcedId", "status", "enabledUser", "givenName", "familyName", "identifier"],
    ["u-17", "", "true", "Ines", "Marsh, of Oak", "E1"],
]


def test_the_files_of_1_2() -> None:
    """Roles stand in a file of their own."""
    roles = [
        ["sourcedId", "userSourcedId", "roleType", "role", "orgSourcedId"],
        ["r1", "u-17", "primary", "teacher", "oak"],
        ["r2", "u-17", "secondary", "teacher", "fel"],
    ]
    feed, bulk = read_files(archive({"users": USERS, "roles": roles}))
    assert bulk
    said = read_oneroster(feed, AT, complete=bulk)
    assert [(i.id, i.school, i.same_at) for i in said.items] == [
        ("u-17", "oak", None),
        ("u-17", "fel", "oak"),
    ]
    assert said.items[0].record == PersonRecord(
        name="Ines Marsh, of Oak", home="oak", staff_code="E1"
    )


def test_the_files_of_1_1() -> None:
    """One role, and several orgs in one cell."""
    lines = [[*USERS[0], "orgSourcedIds", "role"], [*USERS[1], "oak,fel", "teacher"]]
    feed, bulk = read_files(archive({"users": lines}, version="1.1", users="delta"))
    assert not bulk
    assert [item.school for item in read_oneroster(feed, AT).items] == ["oak", "fel"]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"nothing", "no archive"),
        (archive({"users": USERS}, version="3"), "version"),
        (archive({"users": [["a", "a"]]}), "twice"),
        (archive({"users": [*USERS, ["short"]]}), "row 3"),
        (archive({"users": USERS}, users="perhaps"), "is not absent"),
    ],
)
def test_files_that_cannot_be_used(raw: bytes, said: str) -> None:
    """Say which file, and what is wrong."""
    with pytest.raises(Unreadable, match=said):
        read_files(raw)


def test_a_bomb_is_not_unpacked() -> None:
    """Whatever its headers claim."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as zipped:
        zipped.writestr("manifest.csv", bytes(200 * 2**20))
    with pytest.raises(Unreadable, match="unpacks to more"):
        read_files(out.getvalue())


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    """As an archive, and as what is inside one."""
    with pytest.raises(Unreadable):
        read_files(raw)
    out = BytesIO()
    with ZipFile(out, "w") as zipped:
        zipped.writestr(
            "manifest.csv", "propertyName,value\noneroster.version,1.2\nfile.users,bulk"
        )
        zipped.writestr("users.csv", raw)
    try:
        feed, _ = read_files(out.getvalue())
    except Unreadable:
        return
    read_oneroster(feed, AT)


# ------------------------------------------------------------------ pulling


class Server:
    """A OneRoster server with a few users, two a page whatever is asked for."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {
            "orgs": ORGS,
            "academicSessions": TERMS,
            "classes": CLASSES,
            "users": [{**OLD, "sourcedId": f"u-{n}"} for n in range(5)],
        }
        self.tokens = 0
        self.total = True
        self.stuck = False

    def __call__(self, asked: Asked) -> Said:
        """Answer a call."""
        if asked.path == "/token":
            self.tokens += 1
            good = asked.headers.get("authorization") == "Basic bWU6aHVzaA=="
            return Said(200, {"access_token": f"t{self.tokens}"}) if good else Said(401, {})
        if asked.headers.get("authorization") != f"Bearer t{self.tokens}":
            return Said(401, {"imsx_codeMajor": "failure"})
        name = asked.path.rpartition("/")[2]
        offset = 0 if self.stuck else int(asked.query["offset"])
        headers = {"X-Total-Count": str(len(self.rows[name]))} if self.total else {}
        return Said(200, {name: self.rows[name][offset : offset + 2]}, headers)


@pytest.fixture
def server() -> Iterator[tuple[FakeMis, Server]]:
    """One that listens."""
    answers = Server()
    with listening(answers) as fake:
        yield fake, answers


def client(fake: FakeMis, secret: str = "hush") -> OneRosterClient:
    """A client that does not wait."""
    outgoing = Outgoing(allowed=[fake.base])
    return OneRosterClient(outgoing, fake.base, "me", secret, wait=lambda _: None)


def people(said: Statement) -> list[str]:
    """Their ids."""
    return [item.id for item in said.items if item.record.kind == "person"]


@pytest.mark.parametrize("total", [True, False])
def test_all_pages_are_pulled(server: tuple[FakeMis, Server], total: bool) -> None:
    """With a count of all rows and without; only with one is it known to be everything."""
    fake, answers = server
    answers.total = total
    said = client(fake).pull()
    assert people(said) == ["u-0", "u-1", "u-2", "u-3", "u-4"]
    assert said.complete == (("person",) if total else ())
    assert fake.asked[0].method == "POST"
    assert b"grant_type=client_credentials" in fake.asked[0].body


def test_changes_are_asked_for_by_their_date(server: tuple[FakeMis, Server]) -> None:
    """A little early; and what changed is never everything."""
    fake, _ = server
    said = client(fake).pull(datetime(2026, 5, 9, 22, tzinfo=UTC))
    asked = next(call for call in fake.asked if call.path.endswith("/users"))
    assert asked.query["filter"] == "dateLastModified>'2026-05-09T20:00:00.000Z'"
    assert said.complete == ()


def test_a_token_that_ends_in_the_middle(server: tuple[FakeMis, Server]) -> None:
    """Is asked for again, once."""
    fake, answers = server
    fake.trouble = [("users?", Said(401, {}))]
    assert people(client(fake).pull()) == ["u-0", "u-1", "u-2", "u-3", "u-4"]
    assert answers.tokens == 2


def test_wrong_credentials(server: tuple[FakeMis, Server]) -> None:
    """Are refused, and not repeated."""
    fake, _ = server
    with pytest.raises(SourceRefuses) as refused:
        client(fake, "hushhush").pull()
    assert "hush" not in str(refused.value)


def test_trouble_in_the_middle(server: tuple[FakeMis, Server]) -> None:
    """Passes, or nothing is said."""
    fake, _ = server
    fake.trouble = [("offset=2", Said(500)), ("offset=2", Said(429)), ("offset=4", Said(raw=b"{"))]
    assert len(people(client(fake).pull())) == 5
    fake.trouble = [("users?", Said(500))] * TRIES
    with pytest.raises(SourceAway):
        client(fake).pull()


def test_a_server_that_repeats_its_first_page(server: tuple[FakeMis, Server]) -> None:
    """Has not said everything, and we notice."""
    fake, answers = server
    answers.stuck = True
    with pytest.raises(SourceAway):
        client(fake).pull()


# ------------------------------------------------------------------ signed calls


def test_the_signature_is_that_of_the_standard() -> None:
    """By the example of RFC 5849, section 1.2."""
    said = {
        "oauth_consumer_key": "dpf43f3p2l4k3l03",
        "oauth_token": "nnch734d00sl2jdk",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "137131202",
        "oauth_nonce": "chapoH",
    }
    url = "http://photos.example.net/photos?file=vacation.jpg&size=original"
    key = "kd94hf93k423kf44&pfkkdhi9sl3r4s00"
    assert signature("GET", url, said, key, "sha1") == "MdpQcU8iPSUjWoN/UDMsK2sui9I="


def test_a_server_of_1_1_that_takes_signed_calls() -> None:
    """Every try has a nonce of its own; a wrong secret is refused, and no token is asked for."""
    nonces: list[str] = []
    server = Server()

    def answer(asked: Asked) -> Said:
        kind, _, listed = asked.headers["authorization"].partition(" ")
        said = {
            n: unquote(v.strip('"')) for n, _, v in (p.partition("=") for p in listed.split(", "))
        }
        nonces.append(said["oauth_nonce"])
        url = f"{fake.base}{asked.path}?{urlencode(asked.query)}"
        given = said.pop("oauth_signature")
        if kind != "OAuth" or given != signature("GET", url, said, "hush%26&"):
            return Said(401, {})
        name = asked.path.rpartition("/")[2]
        return Said(200, {name: server.rows[name][int(asked.query["offset"]) :]})

    with listening(answer) as fake:
        fake.trouble = [("users", Said(503, {}))]

        def pulled(secret: str) -> Statement:
            outgoing = Outgoing(allowed=[fake.base])
            return OneRosterClient(
                outgoing, fake.base, "me", secret, signed=True, version="1.1", wait=lambda _: None
            ).pull()

        assert people(pulled("hush&")) == [f"u-{n}" for n in range(5)]
        assert len(set(nonces)) == len(nonces) == len(fake.asked)
        with pytest.raises(SourceRefuses):
            pulled("wrong")
