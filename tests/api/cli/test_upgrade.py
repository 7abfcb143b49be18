"""The upgrade command: what is rewritten, what is said, and what stays as it is."""

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from openpyxl import load_workbook

from api.cli import main
from scheduler.exchange.workbook.request_book import as_csv_zip, as_workbook
from scheduler.intake.parse import read_request
from tests.api.cli.test_main import SMALL, run, saved

LIMITS: list[dict[str, Any]] = [
    {"kind": "cover"},
    {"kind": "workload", "measure": "days", "most": 1, "priority": 2},
    {"kind": "consecutive_days_off", "least": 1, "priority": 3},
]
TODAY: dict[str, Any] = {**SMALL, "rules": LIMITS}
BEFORE: dict[str, Any] = {
    **SMALL,
    "rules": [
        {"kind": "cover"},
        {"kind": "days_worked", "most": 1, "priority": 2},
        {"kind": "days_off", "least": 1, "priority": 3},
    ],
}


def test_a_request_of_the_release_before(tmp_path: Path) -> None:
    """Is written to standard output, with the changes on standard error."""
    code, out, err = run("upgrade", saved(tmp_path, BEFORE))
    assert code == main.SOLVED
    assert json.loads(out) == TODAY
    assert "2 things were rewritten in today's form" in err
    assert '/rules/1: `days_worked` is now `workload` with "measure": "days".' in err
    assert "/rules/2: `days_off` is now `consecutive_days_off`." in err


def test_the_same_file_can_be_written(tmp_path: Path) -> None:
    """And is then left alone, byte for byte."""
    place = saved(tmp_path, BEFORE)
    assert run("upgrade", place, "--out", place)[0] == main.SOLVED
    made = Path(place).read_bytes()
    assert json.loads(made) == TODAY
    code, out, err = run("upgrade", place, "--out", place)
    assert (code, out) == (main.SOLVED, "")
    assert "is in today's form already; nothing was changed." in err
    assert Path(place).read_bytes() == made


def test_a_rota_is_rewritten_too(tmp_path: Path) -> None:
    """The rules of its nights as well."""
    night = {"rules": BEFORE["rules"][1:2]}
    rota = {"name": "Hub", "request": BEFORE, "nightly": night}
    code, out, err = run("upgrade", saved(tmp_path, rota))
    assert code == main.SOLVED
    assert json.loads(out) == {**rota, "request": TODAY, "nightly": {"rules": LIMITS[1:2]}}
    assert "/nightly/rules/0: " in err


def test_what_is_wrong_besides_is_said(tmp_path: Path) -> None:
    """The file is written all the same."""
    place = tmp_path / "new.json"
    wrong = {**BEFORE, "rules": [*BEFORE["rules"], {"kind": "nonsense"}]}
    code, _, err = run("upgrade", saved(tmp_path, wrong), "--out", str(place))
    assert code == main.INVALID
    assert "/rules/3: is of a kind of rule that is not known." in err
    assert json.loads(place.read_text())["rules"][:3] == LIMITS
    assert run("upgrade", saved(tmp_path, [1]))[0] == main.INVALID


def test_an_old_kind_is_refused_elsewhere(tmp_path: Path) -> None:
    """With its new name, and the command that rewrites the file."""
    code, _, err = run("solve", saved(tmp_path, BEFORE))
    assert code == main.INVALID
    assert (
        '/rules/1: is called `workload` since this release, with "measure": "days". '
        "Maybe rewrite the file by `schoolrota upgrade`?"
    ) in err


def test_a_workbook_of_the_release_before(tmp_path: Path) -> None:
    """Is refused by `import` with the cell, and rewritten by `upgrade`, which names it too."""
    place, made = tmp_path / "old.xlsx", tmp_path / "new.xlsx"
    place.write_bytes(as_workbook(read_request(TODAY)))
    book = load_workbook(place)
    rows = book["Rules"].iter_rows(min_row=2)
    kind, *_, name, value = next(row[:8] for row in rows if row[0].value == "workload")
    assert (name.value, value.value) == ("measure", "days")
    kind.value, name.value, value.value = "days_worked", None, None
    cell = kind.coordinate
    book.save(place)
    code, _, err = run("import", str(place))
    assert code == main.INVALID
    assert f"Rules!{cell}: is called `workload` since this release" in err
    assert run("upgrade", str(place))[0] == main.INVALID
    code, _, err = run("upgrade", str(place), "--out", str(made))
    assert code == main.SOLVED
    assert f'Rules!{cell}: `days_worked` is now `workload` with "measure": "days".' in err
    assert json.loads(run("import", str(made))[1])["rules"][1]["measure"] == "days"
    code, _, err = run("upgrade", str(made), "--out", str(place))
    assert "nothing was changed" in err
    assert place.read_bytes() == made.read_bytes()


def test_a_field_in_a_workbook_of_the_release_before(tmp_path: Path) -> None:
    """A parameter that is called otherwise now; in a zip of CSV."""
    activity = {
        "name": "Talk",
        "school": "oak",
        "minutes": 60,
        "windows": [{"start": "09:00", "end": "12:00"}],
    }
    activities = [{"id": id, **activity} for id in ("a", "b")]
    steps = [{"activity": "b", "after": "a", "least": 0}]
    rule = {"kind": "stages", "relation": "start_to_start", "steps": steps}
    problem = {**SMALL["problem"], "activities": activities}
    request = read_request({"problem": problem, "rules": [rule]})
    place, made = tmp_path / "old.zip", tmp_path / "new.zip"
    made.write_bytes(as_csv_zip(request))
    _replaced(made, place, "relation", "measured")
    code, _, err = run("import", str(place))
    assert code == main.INVALID
    assert "is called `relation` since this release." in err
    assert run("upgrade", str(place), "--out", str(made))[0] == main.SOLVED
    assert json.loads(run("import", str(made))[1])["rules"][0]["relation"] == "start_to_start"


def _replaced(zipped: Path, to: Path, old: str, new: str) -> None:
    with ZipFile(zipped) as source, ZipFile(to, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(old.encode(), new.encode()))
