"""The command line: what goes where, what it exits with, and how it refuses."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from api.cli import main, solving
from models.answer.summary import ScheduleAnswer
from scheduler.access.sessions import invited
from scheduler.child import ChildLost
from scheduler.intake.parse import read_request
from scheduler.rules import RULES
from scheduler.storage.database import connect
from scheduler.storage.tenant_scope import of_every_tenant
from tests.last_term import last_term

SMALL: dict[str, Any] = {
    "problem": {
        "name": "A club",
        "horizon": {"first": "2026-01-05", "last": "2026-01-06"},
        "schools": [{"id": "oak", "name": "Oak"}],
        "people": [
            {"id": "ann", "name": "Ann", "home": "oak"},
            {"id": "bob", "name": "Bob", "home": "oak"},
        ],
        "shifts": [
            {
                "id": "club",
                "name": "Club",
                "school": "oak",
                "start": "09:00",
                "end": "15:00",
                "needs": [{"count": 1}],
            }
        ],
    },
    "rules": [{"kind": "cover"}, {"kind": "consecutive_days", "most": 1}],
    "limits": {"seconds": 200},
}

IMPOSSIBLE: dict[str, Any] = {
    **SMALL,
    "problem": {**SMALL["problem"], "people": SMALL["problem"]["people"][:1]},
    "rules": [{"kind": "cover", "priority": "must"}, {"kind": "consecutive_days", "most": 1}],
}


def saved(folder: Path, document: Any, name: str = "request.json") -> str:
    """A document in a file."""
    place = folder / name
    place.write_text(json.dumps(document))
    return str(place)


def run(*words: str, sent: str | None = None) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    # Wide enough that no sentence is broken, wherever temporary files are.
    done = CliRunner().invoke(main.app, words, input=sent, env={"COLUMNS": "300"})
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.exit_code, done.stdout, done.stderr


def test_a_rota_goes_to_output_and_progress_to_error(tmp_path: Path) -> None:
    """With what was met and what was proved after the rota."""
    code, out, err = run("solve", saved(tmp_path, SMALL))
    assert code == main.SOLVED
    assert out.startswith("A club\n======\n")
    assert "Solved, and proved" in out
    assert "Met: Every duty has the people it needs." in out
    assert "priority: value (bound)" in err


def test_an_answer_is_shown_in_any_format_without_solving(tmp_path: Path) -> None:
    """As `solve` would have written it; what is no answer is refused, and a schedule of another
    request is at its places."""
    request, answer = saved(tmp_path, SMALL), tmp_path / "answer.json"
    assert run("solve", request, "--json", "--out", str(answer))[0] == main.SOLVED
    for format in ("text", "csv", "ics", "html", "payroll", "json"):
        code, shown, _ = run("show", request, str(answer), "--format", format)
        assert code == main.SOLVED
        assert shown
    code, shown, _ = run("show", request, str(answer))
    assert shown.startswith("A club\n======\n")
    assert "Solved, and proved" in shown
    code, _, said = run("show", request, request)
    assert code == main.INVALID
    assert "is no answer" in said
    other = copy.deepcopy(SMALL)
    other["problem"]["shifts"][0]["id"] = "other"
    (tmp_path / "other.json").write_text(json.dumps(other))
    code, _, said = run("show", str(tmp_path / "other.json"), str(answer))
    assert code == main.INVALID
    assert "/placements/0/duty" in said


def test_a_brief_answer_is_the_report_without_the_rota(tmp_path: Path) -> None:
    """With every priority's proof; of an impossible request the clash."""
    wishes = {**SMALL, "rules": [{"kind": "cover", "priority": 1}, *SMALL["rules"][1:]]}
    code, out, _ = run("solve", saved(tmp_path, wishes), "--brief")
    assert code == main.SOLVED
    assert "musts kept." in out
    assert "Priority 1: Cover every shift. Kept in full." in out
    assert "Week of" not in out
    code, out, _ = run("solve", saved(tmp_path, IMPOSSIBLE), "--brief")
    assert code == main.IMPOSSIBLE
    assert "Why it is impossible" in out


def test_an_answer_can_be_checked_as_it_is(tmp_path: Path) -> None:
    """What `solve --json` wrote goes into `check`, and nothing is broken."""
    request = saved(tmp_path, SMALL)
    code, out, _ = run("solve", request, "--json")
    assert code == main.SOLVED
    assert ScheduleAnswer.model_validate_json(out).result.schedule is not None
    code, said, _ = run("check", request, saved(tmp_path, json.loads(out), "answer.json"))
    assert code == main.SOLVED
    assert "All that must hold does." in said


def test_a_schedule_that_breaks_a_must(tmp_path: Path) -> None:
    """Is judged, place by place, and is not a success."""
    both = [{"person": "ann", "duty": f"club@2026-01-0{n}"} for n in (5, 6)]
    schedule = saved(tmp_path, {"placements": both}, "schedule.json")
    code, out, _ = run("check", saved(tmp_path, SMALL), schedule)
    assert code == main.IMPOSSIBLE
    assert "1 breach of what must hold." in out
    assert "Ann works on Tue 6 Jan, day 2 in a row; 1 is the most." in out
    code, out, _ = run("check", saved(tmp_path, SMALL), schedule, "--json")
    assert json.loads(out)["broken_musts"] == 1


def test_what_cannot_be_done_is_explained(tmp_path: Path) -> None:
    """The clash, what would mend it, and a draft that says it is one."""
    code, out, _ = run("solve", saved(tmp_path, IMPOSSIBLE))
    assert code == main.IMPOSSIBLE
    assert out.startswith("DRAFT: BREAKS MUSTS")
    assert "Why it is impossible" in out
    assert "Any of these would mend it:" in out


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    """Each with its place, on standard error; the caller's words are not repeated."""
    problem = {**SMALL["problem"], "people": [{"id": "ann", "name": "Ann", "home": "SECRET"}]}
    wrong = {**SMALL, "problem": problem, "rules": [{"kind": "cover", "priority": "SECRET"}]}
    code, out, err = run("solve", saved(tmp_path, wrong))
    assert code == main.INVALID
    assert not out
    assert "/problem/people/0/home: " in err
    assert "/rules/0/priority: " in err
    assert "SECRET" not in err


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Is the caller's fault, said in a sentence."""
    code, _, err = run("solve", str(tmp_path / "none.json"))
    assert code == main.INVALID
    unfolded = " ".join(re.sub("[│╭╮╰╯─]", " ", err).split())
    assert "cannot be read" in unfolded


@pytest.mark.parametrize("option", ["--out", "--html"])
def test_a_place_that_cannot_be_written_is_found_out_before_the_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    """Its answer would be lost."""
    monkeypatch.setattr(solving, "solve_in_child", None)
    for place in (tmp_path, tmp_path / "nowhere" / "rota.html"):
        code, _, err = run("solve", saved(tmp_path, SMALL), option, str(place))
        assert code == main.INVALID
        assert "directory" in err


def test_a_schedule_that_is_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    """As a request is."""
    deep = tmp_path / "deep.json"
    deep.write_text("[" * 100_000 + "]" * 100_000, encoding="utf-8")
    code, _, err = run("check", saved(tmp_path, SMALL), str(deep))
    assert code == main.INVALID
    assert "is nested too deeply" in err


def test_limits_are_judged_as_if_they_stood_in_the_request(tmp_path: Path) -> None:
    """And refused at their place."""
    code, _, err = run("solve", saved(tmp_path, SMALL), "--seconds", "-1")
    assert code == main.INVALID
    assert "/limits/seconds: must be more than 0" in err


@pytest.mark.parametrize("format", ["html", "csv", "ics", "xlsx"])
def test_a_rota_is_written_to_a_file(tmp_path: Path, format: str) -> None:
    """And nothing to standard output."""
    place = tmp_path / f"rota.{format}"
    code, out, _ = run(
        "solve", "-", "--format", format, "--out", str(place), sent=json.dumps(SMALL)
    )
    assert code == main.SOLVED
    assert not out
    starts = {"html": b"<!DOCTYPE", "csv": b"date,", "ics": b"BEGIN:VCALENDAR", "xlsx": b"PK"}
    assert place.read_bytes().startswith(starts[format])


def test_our_own_faults_have_a_code_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search that is lost is not the request's fault."""

    def lose(*_: object, **__: object) -> None:
        raise ChildLost("The search failed.")

    monkeypatch.setattr(solving, "solve_in_child", lose)
    code, out, err = run("solve", saved(tmp_path, SMALL))
    assert (code, out, err) == (main.OUR_FAULT, "", "The search failed.\n")


def test_a_disagreement_keeps_the_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a file, and shows no rota."""
    from scheduler.search.search_state import Disagreement

    def disagree(*_: object, **__: object) -> None:
        raise Disagreement("the checker says 2, the model 1", None)

    monkeypatch.setattr(solving, "solve_in_child", disagree)
    monkeypatch.chdir(tmp_path)
    code, out, err = run("solve", saved(tmp_path, SMALL))
    assert (code, out) == (main.OUR_FAULT, "")
    (kept,) = tmp_path.glob("schoolrota-disagreement-*.json")
    assert kept.name in err
    assert json.loads(kept.read_text())["request"]["problem"]["name"] == "A club"


def test_every_rule_can_be_read() -> None:
    """In a line below its topic, and in full."""
    code, out, _ = run("rules")
    assert code == main.SOLVED
    listed = [line.split()[0] for line in out.splitlines() if line.startswith("  ")]
    assert sorted(listed) == list(RULES)
    kind = next(iter(RULES))
    assert run("rules", kind)[1].startswith(f"## {kind}\n")
    assert run("rules", "none")[0] == main.INVALID


def test_every_example_is_a_request() -> None:
    """As it is printed."""
    code, out, _ = run("example")
    names = [line.split()[0] for line in out.splitlines()]
    assert code == main.SOLVED
    assert "easter-hub" in names
    for name in names:
        assert read_request(run("example", name)[1])
    assert run("example", "none")[0] == main.INVALID


def test_a_database_is_made(tmp_path: Path) -> None:
    """With its tables; a kind that is not known is refused."""
    assert run("migrate", "--database", str(tmp_path / "a.db"))[0] == main.SOLVED
    assert (tmp_path / "a.db").stat().st_size > 0
    assert run("migrate", "--database", "mysql://x/y")[0] == main.INVALID


# ------------------------------------------------------------------ workbooks


def test_a_workbook_goes_out_and_comes_back(tmp_path: Path) -> None:
    """As .xlsx, and as a zip of CSV made from that."""
    request = saved(tmp_path, SMALL)
    book, zipped, back = (str(tmp_path / n) for n in ("a.xlsx", "a.zip", "b.json"))
    assert run("export", "workbook", request, "--out", book)[0] == 0
    assert run("export", "workbook", book, "--out", zipped, "--csv")[0] == 0
    assert run("import", zipped, "--out", back)[0] == 0
    assert read_request(Path(back).read_bytes()) == read_request(SMALL)
    assert json.loads(run("import", book)[1])["problem"]["name"] == "A club"


def test_a_fault_of_a_workbook_names_its_cell(tmp_path: Path) -> None:
    """One line each, and the exit code of an invalid request."""
    book = tmp_path / "a.xlsx"
    run("export", "workbook", saved(tmp_path, SMALL), "--out", str(book))
    changed = load_workbook(book)
    changed["People"]["C2"] = "nowhere"
    changed.save(book)
    for command in ("import", "solve"):
        code, _, said = run(command, str(book))
        assert code == 2
        assert "People!C2: names none of the schools." in said


GRID = "Name,Mon 13 April 2026,Tue 14 April 2026\nAnn Lee,Q1,sick\nBob Day,8.30-3.15,Q1\n"


def test_a_sheet_of_ones_own_is_imported_and_checked(tmp_path: Path) -> None:
    """Questions go to standard error with their cells, and the mapping that is kept ends them."""
    sheet, request, rota, habits = (
        str(tmp_path / name) for name in ("s.csv", "q.json", "r.json", "h.json")
    )
    Path(sheet).write_text(GRID, encoding="utf-8")
    files = ("--out", request, "--schedule", rota, "--keep", habits)
    code, out, said = run("import", sheet, "--grid", *files)
    assert (code, out) == (0, "")
    assert "Pasted!B2 and 1 more: `Q1` was taken for a duty" in said
    assert "sick" not in said + Path(request).read_text(encoding="utf-8")
    assert run("check", request, rota)[0] == 0
    known = json.loads(Path(habits).read_text(encoding="utf-8"))
    known["codes"]["Q1"] |= {"start": "09:00", "end": "12:00"}
    Path(habits).write_text(json.dumps(known), encoding="utf-8")
    code, out, said = run("import", sheet, "--grid", "--mapping", habits)
    assert code == 0
    assert "Unclear" not in said
    assert read_request(out).problem.shifts[0].end.hour == 12


def test_faults_of_a_sheet_of_ones_own(tmp_path: Path) -> None:
    """Every cell at once; a mapping with faults, and one without a grid, are refused."""
    sheet = tmp_path / "s.csv"
    sheet.write_text("Name,Tue 13 April 2026,31 April 2026\nAnn Lee,E,E\n", encoding="utf-8")
    code, out, said = run("import", str(sheet), "--grid")
    assert (code, out) == (2, "")
    assert "Pasted!B1" in said
    assert "Pasted!C1" in said
    sheet.write_text(GRID, encoding="utf-8")
    mapping = tmp_path / "m.json"
    mapping.write_text('{"codes": {"Q1": {"means": "dutty"}}}', encoding="utf-8")
    code, _, said = run("import", str(sheet), "--grid", "--mapping", str(mapping))
    assert code == 2
    assert "/codes" in said
    assert run("import", str(sheet), "--mapping", str(mapping))[0] == 2


@pytest.fixture
def last_terms(tmp_path: Path) -> str:
    """A workbook of two schools that breaks three musts."""
    place = tmp_path / "last-term.xlsx"
    place.write_bytes(last_term())
    return str(place)


def test_a_rota_is_checked_without_a_request(last_terms: str) -> None:
    """The breaches at their cells, and what each school pays; as JSON, a report with both."""
    code, out, said = run("check", last_terms)
    assert (code, said) == (main.IMPOSSIBLE, "")
    assert "\n3 breaches of " in out
    assert "- Oak Primary!C4: Bob Day has two duties at once on Tue 14 Apr. (must)" in out
    assert "Elm Primary: 1 breach of musts" in out
    code, out, _ = run("check", last_terms, "--json")
    given = json.loads(out)
    assert code == main.IMPOSSIBLE
    assert given["marks"][0]["at"] == ["Oak Primary!E6"]
    assert [school["unfilled"] for school in given["schools"]] == [1, 0]
    assert given["findings"]


def test_a_better_rota_is_found_and_compared(last_terms: str, tmp_path: Path) -> None:
    """With the rota in a file of the form that its name says, which a check then finds whole."""
    better = str(tmp_path / "better.csv")
    code, out, said = run("improve", last_terms, "--out", better)
    assert (code, "Solved, and proved" in out) == (main.SOLVED, True), said
    assert "- What must hold: 3 breaches, now none." in out
    assert "- Bob Day: no longer Early on Tue 14 Apr; now Gate on Fri 17 Apr." in out
    assert run("check", better)[0] == main.SOLVED
    code, out, said = run("improve", better, "--way", "fill", "--json")
    assert code == main.SOLVED, said
    gained = json.loads(out)
    assert (gained["changed"], gained["better"]) == (0, False)


def test_a_rota_that_is_brought_and_cannot_be_used(last_terms: str, tmp_path: Path) -> None:
    """A request alone, a mapping with faults, a way that there is not, a workbook to a terminal."""
    request = saved(tmp_path, SMALL)
    code, _, said = run("check", request)
    assert (code, "without its request" in said) == (2, True)
    assert run("improve", last_terms, "--way", "neer")[0] == 2
    assert run("improve", last_terms, "--format", "xlsx")[0] == 2
    assert run("improve", last_terms, "--seconds", "-1")[0] == 2
    mapping = tmp_path / "m.json"
    mapping.write_text('{"may_do": "all"}', encoding="utf-8")
    code, _, said = run("check", last_terms, "--mapping", str(mapping))
    assert (code, "/may_do" in said) == (2, True)
    unclear = tmp_path / "u.csv"
    unclear.write_text("Name,Mon 13 April 2026,Tue 14 April 2026\nAnn,x,8-4\n", encoding="utf-8")
    code, _, said = run("check", str(unclear))
    assert (code, "counts as empty" in said) == (main.SOLVED, True)


def test_there_is_one_thing_to_export(tmp_path: Path) -> None:
    """And others are not guessed."""
    code, _, said = run("export", "wages", saved(tmp_path, SMALL), "--out", str(tmp_path / "x"))
    assert code == 2
    assert "workbook" in said


def test_a_link_is_made_for_somebody(tmp_path: Path) -> None:
    """With a role, or without a name for the person who starts the service."""
    database = str(tmp_path / "a.db")

    def link(*more: str) -> Result:
        return CliRunner().invoke(main.app, ["sign-in", "--database", database, *more])

    assert re.fullmatch(r"http://127\.0\.0\.1:8000/sign-in/[\w-]{43}\n", link().stdout)
    made = link("--name", "Ann", "--role", "planner", "--at", "https://rota.example/")
    code = made.stdout.strip().removeprefix("https://rota.example/sign-in/")
    engine = of_every_tenant(connect(database))
    who = invited(engine, code)
    engine.dispose()
    assert (who.name, who.role) == ("Ann", "planner")
    assert link("--tenant", "nowhere").exit_code == 2
    assert link("--name", "").exit_code == 0
    assert link("--name", "Ann", "--school", "no/id").exit_code == 2
