"""Reading what was sent: every fault at once, where it is, and never the caller's own words."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.facts.facts import Facts
from scheduler.intake.parse import Fault, InvalidRequest, read_request, read_schedule
from scheduler.intake.references import NAMED_IN
from scheduler.intake.request import RotaRequest
from scheduler.rulebook.example import Example
from scheduler.rules import EXAMPLES
from tests.soak import more, tries

SECRET = "Sibyl-Fawlty"
"""Stands wherever a caller might write something private."""

GOOD: dict[str, Any] = {
    "problem": {
        "name": "Two schools",
        "horizon": {"first": "2026-01-05", "last": "2026-01-09"},
        "skills": {"pfa": "paediatric first aid"},
        "roles": {"ta": "teaching assistant"},
        "schools": [{"id": "S", "name": "Oakfield"}, {"id": "T", "name": "Fellside"}],
        "travel": [{"between": ["S", "T"], "minutes": 20}],
        "groups": [
            {"id": "pod1", "name": "Pod 1", "school": "S"},
            {"id": "pod2", "name": "Pod 2", "school": "S"},
        ],
        "people": [
            {
                "id": "ann",
                "name": "Ann",
                "home": "S",
                "skills": [{"skill": "pfa"}],
                "contracts": [{"id": "c", "role": "ta", "school": "S"}],
            },
            {"id": "bob", "name": "Bob", "home": "T"},
        ],
        "ratios": [
            {"id": "eyfs", "bands": ["R"], "children_per_adult": 8, "source": "EYFS framework"}
        ],
        "children": [
            {
                "band": "R",
                "count": 20,
                "at": "S",
                "group": "pod1",
                "dates": {"first": "2026-01-05", "last": "2026-01-09"},
            },
            {
                "id": "c1",
                "band": "R",
                "count": 1,
                "at": "S",
                "groups": ["pod1", "pod2"],
                "teacher": "ann",
                "dates": {"first": "2026-01-05", "last": "2026-01-09"},
            },
        ],
        "shifts": [
            {
                "id": "hub",
                "name": "Hub",
                "school": "S",
                "group": "pod1",
                "start": "08:00",
                "end": "15:00",
                "needs": [
                    {"id": "lead", "count": 1, "who": {"skill": "pfa"}, "most": 1},
                    {"id": "help", "ratio": "eyfs"},
                ],
            }
        ],
        "activities": [
            {
                "id": "talk",
                "name": "Handover",
                "school": "S",
                "minutes": 30,
                "windows": [{"weekdays": ["mon"], "start": "15:00", "end": "17:00"}],
                "needs": [{"count": 2}],
            }
        ],
        "pinned": [{"person": "ann", "duty": "hub/lead@2026-01-05"}],
        "history": [
            {"person": "bob", "school": "T", "start": "2026-01-02T09:00", "end": "2026-01-02T15:00"}
        ],
    },
    "rules": [
        {"kind": "cover", "duties": {"shifts": ["hub"]}},
        {"kind": "consecutive_days", "people": {"role": "ta"}, "most": 4, "priority": 2},
    ],
}

Change = Callable[[dict[str, Any]], object]


def changed(change: Change) -> dict[str, Any]:
    """The good request with something else about it."""
    document = copy.deepcopy(GOOD)
    change(document)
    return document


def faults(raw: object) -> tuple[Fault, ...]:
    """What is found wrong with a request."""
    with pytest.raises(InvalidRequest) as caught:
        read_request(raw)
    return caught.value.faults


def test_a_good_request_is_read() -> None:
    """From a document, from text and from bytes, to the same value."""
    text = json.dumps(GOOD)
    request = read_request(GOOD)
    assert request.problem.people[0].name == "Ann"
    assert request == read_request(text) == read_request(text.encode()) == read_request(request)


@pytest.mark.parametrize(
    "example",
    [
        pytest.param(example, id=f"{kind}-{number}")
        for kind, shown in EXAMPLES.items()
        for number, example in enumerate(shown)
    ],
)
def test_every_drawn_example_is_a_good_request(example: Example) -> None:
    """Nothing that the rulebook shows is refused."""
    rules = () if example.rule.always_on else (example.rule,)
    request = RotaRequest(problem=example.problem, rules=rules)
    assert read_request(request.model_dump_json()) == request


def _holds_an_id(schema: Any) -> bool:
    if isinstance(schema, dict):
        return "[A-Za-z0-9]" in str(schema.get("pattern")) or any(
            _holds_an_id(part) for part in schema.values()
        )
    return isinstance(schema, list) and any(_holds_an_id(part) for part in schema)


def test_every_field_that_holds_an_id_is_looked_up() -> None:
    """A rule with an id in a field of a new name would otherwise be taken at its word."""
    schema = RotaRequest.model_json_schema()
    parts = [schema, *schema["$defs"].values()]
    fields = {
        name
        for part in parts
        for name, field in part.get("properties", {}).items()
        if _holds_an_id(field)
    }
    its_own = {"id", "tag", "tags", "measure", "family", "trust", "kind", "question"}
    looked_up_apart = {"of", "unit"}  # a school or a trust, see below; a pool's own
    assert fields - its_own - looked_up_apart <= set(NAMED_IN)


def test_a_rating_is_of_a_school_or_a_trust() -> None:
    """Of nobody else."""
    rating = {"question": "FR-4", "colour": "red", "on": "2026-01-05"}
    document = {
        "problem": {
            "name": "Ratings",
            "horizon": {"first": "2026-01-05", "last": "2026-01-09"},
            "schools": [{"id": "oak", "name": "Oak", "trust": "V"}],
            "people": [],
            "ratings": [{**rating, "of": of} for of in ("V", "oak", "W")],
        },
        "rules": [],
    }
    with pytest.raises(InvalidRequest) as raised:
        read_request(document)
    assert [fault.pointer for fault in raised.value.faults] == ["/problem/ratings/2/of"]


@pytest.mark.parametrize(
    ("change", "pointer", "message"),
    [
        (lambda d: d["problem"].pop("name"), "/problem/name", "is missing."),
        (lambda d: d["problem"].update(name=3), "/problem/name", "must be a string."),
        (
            lambda d: d["problem"]["people"][1].update(nmae=SECRET),
            "/problem/people/1",
            "has a field that is not known.",
        ),
        (
            lambda d: d["problem"]["horizon"].update(first=SECRET),
            "/problem/horizon/first",
            "must be a date, such as 2026-04-20.",
        ),
        (
            lambda d: d["problem"]["horizon"].update(last="2025-01-01"),
            "/problem/horizon",
            "last is before first.",
        ),
        (lambda d: d["problem"].update(time_zone=SECRET), "/problem/time_zone", "is not an IANA"),
        (
            lambda d: d["problem"]["skills"].update({SECRET + " !": "x"}),
            "/problem/skills",
            "has a key that must be letters",
        ),
        (lambda d: d["rules"].append({"kind": SECRET}), "/rules/2", "is of a kind of rule"),
        (lambda d: d["rules"].append({}), "/rules/2", "has no kind."),
        (
            lambda d: d["rules"][0].update(priority=SECRET),
            "/rules/0/priority",
            "must be 'must', or must be a whole number.",
        ),
        (lambda d: d["rules"][0].update(weight=10**12), "/rules/0/weight", "is too large to"),
        (
            lambda d: d["problem"]["people"][1].update(home=SECRET),
            "/problem/people/1/home",
            "names",
        ),
        (
            lambda d: d["problem"]["people"][0]["contracts"][0].update(role=SECRET),
            "/problem/people/0/contracts/0/role",
            "names none of the roles.",
        ),
        (
            lambda d: d["problem"]["people"][0]["skills"][0].update(skill=SECRET),
            "/problem/people/0/skills/0/skill",
            "names none of the skills.",
        ),
        (
            lambda d: d["problem"]["travel"][0].update(between=["S", SECRET]),
            "/problem/travel/0/between/1",
            "names none of the schools.",
        ),
        (
            lambda d: d["problem"]["children"][0].update(group=SECRET),
            "/problem/children/0/group",
            "names none of the groups.",
        ),
        (
            lambda d: d["problem"]["children"][0].update(band=SECRET),
            "/problem/children/0/band",
            "names none of the bands of the ratios.",
        ),
        (
            lambda d: d["problem"]["children"][1].update(teacher=SECRET),
            "/problem/children/1/teacher",
            "names none of the people.",
        ),
        (
            lambda d: d["problem"]["shifts"][0]["needs"][1].update(ratio=SECRET),
            "/problem/shifts/0/needs/1/ratio",
            "names none of the ratios.",
        ),
        (
            lambda d: d["problem"]["history"][0].update(shift=SECRET),
            "/problem/history/0/shift",
            "names none of the shifts or activities.",
        ),
        (
            lambda d: d["problem"]["history"][0].update(
                start="2026-01-06T09:00", end="2026-01-06T10:00"
            ),
            "/problem/history/0/start",
            "is not before the horizon.",
        ),
        (
            lambda d: d["problem"]["pinned"].append({"person": SECRET, "duty": SECRET}),
            "/problem/pinned/1/person",
            "names none of the people.",
        ),
        (
            lambda d: d["problem"]["pinned"].append({"person": "bob", "duty": SECRET}),
            "/problem/pinned/1/duty",
            "names no duty of the horizon.",
        ),
        (
            lambda d: d["problem"].update(forbidden=[{"person": "bob", "duty": SECRET}]),
            "/problem/forbidden/0/duty",
            "names no duty of the horizon.",
        ),
        (
            lambda d: d["problem"]["pinned"].append(
                {"person": "bob", "duty": "hub/lead@2026-01-06"}
            ),
            "/problem/pinned/1",
            "pins somebody who does not meet the duty's need on that day.",
        ),
        (
            lambda d: d["problem"].update(forbidden=d["problem"]["pinned"]),
            "/problem/pinned/0",
            "is pinned and forbidden as well.",
        ),
        (
            lambda d: d["problem"]["pinned"].append(d["problem"]["pinned"][0]),
            "/problem/pinned/1",
            "is given twice.",
        ),
        (
            lambda d: d["problem"]["people"].append(d["problem"]["people"][0]),
            "/problem/people/2/id",
            "is given twice.",
        ),
        (
            lambda d: d["problem"]["activities"][0].update(id="hub"),
            "/problem/activities/0/id",
            "is the id of an earlier shift or activity.",
        ),
        (
            lambda d: d["problem"]["ratios"].append(d["problem"]["ratios"][0]),
            "/problem/ratios/1",
            "is in force at the same time as an earlier row with its id.",
        ),
        (
            lambda d: d["problem"]["shifts"][0].update(dates=["2026-02-05"]),
            "/problem/shifts/0/dates/0",
            "is outside the horizon.",
        ),
        (
            lambda d: d["problem"]["shifts"][0].update(
                exceptions=[{"date": "2026-01-06", "needs": [{"count": 1}, {"count": 2}]}]
            ),
            "/problem/shifts/0/exceptions/0/needs",
            "must each have an id of their own.",
        ),
        (
            lambda d: d["problem"]["activities"][0].update(minutes=300),
            "/problem/activities/0/windows",
            "leave no time at which it could happen.",
        ),
        (
            lambda d: d["problem"]["people"][0].update(
                works=[{"sessions": ["am"], "start": "14:00"}]
            ),
            "/problem/people/0/works/0",
            "is never open.",
        ),
        (
            lambda d: d["rules"][1].update(people={"role": "ta", "home": "T"}),
            "/rules/1/people",
            "names nobody.",
        ),
        (
            lambda d: d["rules"][1].update(people={"all": [{"people": ["ann", SECRET]}]}),
            "/rules/1/people/all/0/people/1",
            "names none of the people.",
        ),
        (
            lambda d: d["rules"][0].update(duties={"weekdays": ["sun"]}),
            "/rules/0/duties",
            "names no duty of the horizon.",
        ),
        (lambda d: d["rules"][0].update(duties={}), "/rules/0/duties", "says nothing."),
        (lambda d: d["rules"][1].update(people={"tag": None}), "/rules/1/people", "says nothing."),
        (
            lambda d: d["problem"]["horizon"].update(last="2199-12-31"),
            "/problem/horizon",
            "is 63548 days long; 1100 are the most.",
        ),
        (
            lambda d: d["problem"]["people"][0].update(away=[{"first": "0001-01-01"}]),
            "/problem/people/0/away/0/first",
            "must be between the years 1900 and 2200.",
        ),
        (
            lambda d: d["problem"].update(
                periods={SECRET: [{"first": "0001-01-01", "last": "9999-12-31"}]}
            ),
            "/problem/periods",
            "has a value that must be between the years 1900 and 2200.",
        ),
    ],
)
def test_one_fault_is_found_where_it_is(change: Change, pointer: str, message: str) -> None:
    """And nothing else is blamed, nor the caller's own words repeated."""
    found = faults(json.dumps(changed(change)))
    assert [f.pointer for f in found] == [pointer]
    assert found[0].message.startswith(message)
    assert SECRET not in repr(found)


def test_faults_of_every_sort_are_found_together() -> None:
    """A wrong type hides neither a dangling id next to it nor a rule that names nobody."""

    def spoil(document: dict[str, Any]) -> None:
        problem = document["problem"]
        problem["groups"].insert(0, {"id": "x", "name": 7, "school": "S"})
        problem["groups"].append({"id": "y", "name": "Pod 2", "school": SECRET})
        problem["children"].insert(0, {"band": "R"})
        problem["travel"][0]["between"][0] = SECRET
        problem["pinned"].append({"person": "bob", "duty": "hub/lead@2026-01-06"})
        document["rules"].insert(0, {"kind": "cover", "weihgt": 3})
        document["rules"][2]["people"] = {"tag": "nobody"}

    found = faults(changed(spoil))
    assert {f.pointer for f in found} == {
        "/problem/groups/0/name",
        "/problem/groups/3/school",
        "/problem/children/0/count",
        "/problem/children/0/at",
        "/problem/children/0/dates",
        "/problem/travel/0/between/0",
        "/problem/pinned/1",
        "/rules/0",
        "/rules/2/people",
    }
    assert next(f.hint for f in found if f.pointer == "/rules/0") == "Maybe `weight`?"
    assert SECRET not in repr(found)


def test_a_hundred_faults_are_all_listed() -> None:
    """Each at its own place."""

    def spoil(document: dict[str, Any]) -> None:
        document["problem"]["people"] += [
            {"id": f"p{n}", "name": "P", "home": SECRET} for n in range(60)
        ]
        document["rules"] += [{"kind": "cover", "weight": 0} for _ in range(40)]

    found = faults(changed(spoil))
    assert len({f.pointer for f in found}) == len(found) == 100


def test_very_many_faults_are_counted() -> None:
    """An answer stays short however wrong the request is."""
    people = [{"id": f"p{n}"} for n in range(5000)]
    found = faults(changed(lambda d: d["problem"].update(people=people)))
    assert len(found) <= 201
    assert found[-1].message.endswith("more faults, which are not listed.")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "is not JSON: it goes wrong at line 1, column 1."),
        (b'{"problem": }', "is not JSON: it goes wrong at line 1, column 13."),
        (b"\xff\xfe", "is not UTF-8 at byte 0."),
        (b'{"limits": {"seconds": NaN}}', "contains NaN, which is not a JSON number."),
        (b'{"limits": {"seed": ' + b"9" * 5000 + b"}}", "contains a number with too many digits."),
        (b"[" * 200_000, "is nested too deeply."),
        (b"[]", "must be an object."),
        (b"null", "must be an object."),
        (b"x" * 10_000_000, "is not JSON: it goes wrong at line 1, column 1."),
        (b'"' + b"x" * 10_000_000 + b'"', "must be an object."),
        (b"[" + b"," * 5_000_000, "has more than 4000000 values."),
    ],
)
def test_what_is_no_request_at_all_is_refused_as_a_whole(raw: bytes, message: str) -> None:
    """One fault, which says what it is."""
    assert faults(raw) == (Fault(pointer="", message=message),)


def test_ten_megabytes_of_nonsense_get_a_short_answer() -> None:
    """However much of it there is."""
    found = faults(b'{"problem": {"people": [' + b"17, " * 2_600_000 + b"17]}}")
    assert len(found) <= 201
    assert found[-1].message == "was not looked at further."


def test_a_name_given_twice_is_a_fault() -> None:
    """JSON readers disagree about which of the two counts."""
    text = json.dumps(GOOD).replace('"name": "Bob"', '"name": "Bob", "name": "Rob"')
    text = text.replace('"home": "T"', f'"home": "T", "{SECRET}": 1, "{SECRET}": 2')
    found = faults(text)
    assert ("/problem/people/1/name", "is given twice in one object.") in [
        (f.pointer, f.message) for f in found
    ]
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    ("rule", "pointer"),
    [
        ({"kind": "workload", "measure": "days", "least": 3, "most": 2}, "/rules/2/least"),
        ({"kind": "weekly_rest", "minutes": 7 * 24 * 60 + 1}, "/rules/2/minutes"),
        ({"kind": "weekly_rest", "weeks": 1_000_000}, "/rules/2/weeks"),
    ],
)
def test_a_rule_that_can_never_be_kept_is_refused(rule: dict[str, Any], pointer: str) -> None:
    """Rather than called a clash."""

    def add(document: dict[str, Any]) -> None:
        document["rules"] = [*document["rules"], rule]

    assert [f.pointer for f in faults(changed(add))] == [pointer]


@pytest.mark.parametrize("depth", [50, 100, 200, 240, 300])
def test_choices_nested_too_deeply_are_refused(depth: int) -> None:
    """Within what JSON can hold, wherever the choice stands."""
    who: dict[str, Any] = {"people": ["ann"]}
    for _ in range(depth):
        who = {"any": [who]}
    for spoil in (
        lambda d: d["rules"][1].update(people=who),
        lambda d: d["problem"]["shifts"][0]["needs"][0].update(who=who),
    ):
        found = faults(json.dumps(changed(spoil)))
        assert [f.message for f in found] == ["is nested too deeply."]


def test_a_request_too_large_to_expand_is_refused_before_it_is() -> None:
    """With what to do about it."""

    def enlarge(document: dict[str, Any]) -> None:
        document["problem"]["horizon"]["last"] = "2027-12-31"
        shift = document["problem"]["shifts"][0]
        document["problem"]["shifts"] += [{**shift, "id": f"s{n}"} for n in range(200)]

    found = faults(changed(enlarge))
    assert "/problem/shifts" in [f.pointer for f in found]
    assert all(f.hint.startswith("Maybe shorten the horizon") for f in found)


JUNK: tuple[Any, ...] = (
    *(
        None,
        True,
        -1,
        0,
        10**30,
        1.5,
        float("inf"),
        "",
        SECRET,
        "\ud800",
        "2026-13-40",
        "0001-01-01",
    ),
    *("9999-12-31", "23:59", [], {}, [None], [[]], {SECRET: SECRET}, [{}], [SECRET, SECRET]),
)


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for part, item in items:
        yield (*path, part)
        if isinstance(item, dict | list):
            yield from _places(item, (*path, part))


PLACES = list(_places(GOOD))

NAMED = re.compile(r"`[\w.-]+`|(?<=Maybe one of: ).*")
"""What a hint names: ids and bands that the request itself declares."""


@more
@settings(derandomize=True, deadline=None, database=None, max_examples=tries(150, 600))
@given(
    st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(JUNK)), min_size=1, max_size=4),
    st.booleans(),
)
def test_junk_anywhere_is_a_fault_and_never_a_failure(
    junk: list[tuple[tuple[str | int, ...], Any]], as_text: bool
) -> None:
    """Whatever stands wherever, all that is raised is InvalidRequest, and junk is not repeated."""
    document: Any = copy.deepcopy(GOOD)
    for path, value in junk:
        holder = document
        try:
            for part in path[:-1]:
                holder = holder[part]
            holder[path[-1]] = copy.deepcopy(value)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier piece of junk stands above this one
    try:
        read_request(json.dumps(document) if as_text else document)
    except InvalidRequest as invalid:
        said = [(f.pointer, f.message, NAMED.sub("", f.hint)) for f in invalid.faults]
        assert SECRET not in repr(said)


def test_a_schedule_is_read_against_its_problem() -> None:
    """Ids that the problem does not know, and placements given twice, are faults."""
    facts = Facts(read_request(GOOD).problem)
    good = {"person": "ann", "duty": "hub/lead@2026-01-05"}
    start = {"activity": "talk", "start": "2026-01-05T15:00"}
    assert read_schedule({"placements": [good], "times": [start]}, facts).placements[0].person
    bad = {
        "placements": [
            good,
            good,
            {"person": SECRET, "duty": "hub/lead@2026-01-05"},
            {"person": "ann", "duty": SECRET},
            {"person": 5, "duty": "hub/lead@2026-01-05"},
        ],
        "times": [{"activity": "hub", "start": "2026-01-05T15:00"}],
        "groups": [{"children": "c1", "group": SECRET}, {"children": SECRET, "group": "pod1"}],
    }
    with pytest.raises(InvalidRequest) as caught:
        read_schedule(json.dumps(bad), facts)
    assert [f.pointer for f in caught.value.faults] == [
        "/placements/4/person",
        "/placements/1",
        "/placements/2/person",
        "/placements/3/duty",
        "/times/0/activity",
        "/groups/0/group",
        "/groups/1/children",
    ]
    assert SECRET not in repr(caught.value.faults)


def test_control_characters_are_refused_wherever_they_stand() -> None:
    """Once each: a database, a calendar or a terminal would stumble over them."""
    document = copy.deepcopy(GOOD)
    document["problem"]["name"] = "Club\x00"
    document["problem"]["people"][0]["name"] = "Ann \x1b[31m"
    document["problem"]["schools"][0]["id"] = "oak\x07"
    with pytest.raises(InvalidRequest) as caught:
        read_request(json.dumps(document))
    said = [f.pointer for f in caught.value.faults if "control character" in f.message]
    assert sorted(said) == ["/problem/name", "/problem/people/0/name", "/problem/schools/0/id"]


def test_what_is_only_escaped_is_read() -> None:
    """A line break in a longer text, a character outside the first plane, a written backslash."""
    document = copy.deepcopy(GOOD)
    document["problem"]["people"][0]["name"] = "Zo\u00eb \U0001f600 \\u0000"
    assert read_request(json.dumps(document)).problem.people[0].name.startswith("Zo")
