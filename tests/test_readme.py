"""The README is true: its request is solved, its commands run, its calls are answered."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import main
from scheduler.exchange.render.formats import FORMATS
from tests.api.live import Live, over
from tests.last_term import last_term

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted(
    path.relative_to(ROOT)
    for pattern in ("*.md", "docs/*.md", "benchmarks/*.md")
    for path in ROOT.glob(pattern)
)
README = (ROOT / "README.md").read_text(encoding="utf-8")
FOR_AUTHORS = Path("docs/rules.md")
"""Its snippets are parts of rules."""

WRITTEN = "scheduler/rules/working_time/early_starts.py"
"""The rule that it writes as an example."""

RUN = [
    document
    for document in DOCUMENTS
    if str(document) == "README.md" or (document.parts[0] == "docs" and document != FOR_AUTHORS)
]
"""Documents whose requests and commands are run."""

SERVE = ["schoolrota", "serve"]

BREAKS = ["schoolrota", "check", "last-term.xlsx"]
"""A rota that breaks what must hold, as is said beside the command."""


def _text(document: Path) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def _blocks(document: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", _text(document), re.DOTALL)


def _lines(document: Path, program: str) -> list[list[str]]:
    """The commands of a document that call a program, as words."""
    lines = [
        line.partition("  #")[0].partition(" # ")[0].strip()
        for block in _blocks(document, "sh")
        for line in block.splitlines()
    ]
    return [words for line in lines if (words := shlex.split(line)) and words[0] == program]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which commands are run, with the requests that a reader saves."""
    for document in RUN:
        saved = r"ave (?:it |this )?as `(\w+\.(?:json|csv))`[^`]*```(?:json|csv)\n(.*?)```"
        for name, block in re.findall(saved, _text(document), re.DOTALL):
            (tmp_path / name).write_text(block, encoding="utf-8")
    (tmp_path / "last-term.xlsx").write_bytes(last_term())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("document", [d for d in RUN if _lines(d, "schoolrota")], ids=str)
def test_the_commands_do_what_they_are_said_to(document: Path, folder: Path) -> None:
    """One after the other, as a reader types them; each ends well."""
    for words in _lines(document, "schoolrota"):
        if words == SERVE:
            continue
        typed, _, to = " ".join(map(shlex.quote, words[1:])).partition(" '>' ")
        done = CliRunner().invoke(main.app, shlex.split(typed))
        right = main.IMPOSSIBLE if words == BREAKS else main.SOLVED
        assert done.exit_code == right, (words, done.stderr)
        if to:
            (folder / to).write_text(done.stdout, encoding="utf-8")
    pages = list(folder.glob("*.html"))
    assert all(p.read_text(encoding="utf-8").startswith("<!DOCTYPE html>") for p in pages)


@pytest.mark.usefixtures("folder")
def test_the_printed_rota_is_the_one_that_is_printed() -> None:
    """Word for word: the same request gives the same rota."""
    done = CliRunner().invoke(main.app, ["solve", "club.json"])
    assert done.stdout == _blocks(Path("README.md"), "text")[0]


@pytest.mark.usefixtures("folder")
def test_last_terms_rota_is_judged_and_mended_as_printed() -> None:
    """Its breaches at their cells, and what each school gains by a rota that is proved better."""
    marks, gains = _blocks(Path("docs/spreadsheets.md"), "text")
    assert marks in CliRunner().invoke(main.app, ["check", "last-term.xlsx"]).stdout
    done = CliRunner().invoke(main.app, ["improve", "last-term.xlsx", "--out", "better.xlsx"])
    assert done.stdout.strip() == gains.strip()
    assert CliRunner().invoke(main.app, ["check", "better.xlsx"]).exit_code == main.SOLVED


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("document", [d for d in RUN if _blocks(d, "python")], ids=str)
def test_the_python_code_runs(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As a reader pastes it."""
    for block in _blocks(document, "python"):
        exec(compile(block, str(document), "exec"), {"__name__": "pasted"})
    assert capsys.readouterr().out


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Live]:
    """The service, as `schoolrota serve` starts it."""
    service = Live(tmp_path)
    service.start()
    yield service
    service.close()


def test_the_calls_are_answered(folder: Path, service: Live) -> None:
    """The request is accepted, and every address that is given leads somewhere."""
    address = service.submit(json.loads((folder / "club.json").read_text(encoding="utf-8")))
    job = service.until(address, over)
    assert job["state"] == "done"
    for document in RUN:
        for words in _lines(document, "curl"):
            assert "Authorization: Bearer $KEY" in words
            method = "POST" if {"-X", "--json"} & set(words) else "GET"
            body = folder / words[2][1:] if words[1] == "--json" else None
            path = words[-1].replace("$ID", job["id"]).removeprefix("http://127.0.0.1:8000")
            content = body.read_bytes() if body else None
            headers = {"Content-Type": "application/json"} if body else {}
            answer = service.http.request(method, path, content=content, headers=headers)
            assert answer.is_success, (words, answer.text)


def test_every_format_and_exit_code_is_explained() -> None:
    """In a row of its own."""
    for format in FORMATS:
        assert f"\n| `{format}` |" in README
    for code in (main.SOLVED, main.OUR_FAULT, main.INVALID, main.IMPOSSIBLE, main.NOTHING_FOUND):
        assert f"\n| {code} |" in README


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_target_of_make_exists(document: Path) -> None:
    """In the text and in what is to be typed."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    told = set(re.findall(r"(?:^|`)make ([a-z-]+)", _text(document), re.MULTILINE))
    assert told <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_link_leads_somewhere(document: Path) -> None:
    """To a file, and to a heading of it where one is named."""
    for link in re.findall(r"\]\((?!http)([^)]+)\)", _text(document)):
        name, _, anchor = link.partition("#")
        target = (ROOT / document).parent / name if name else ROOT / document
        assert target.exists(), link
        if anchor:
            assert anchor in _anchors(target), link


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_path_that_is_named_exists(document: Path) -> None:
    """Modules and folders of the project, in code or in a figure."""
    folders = "models|solver|scheduler|api|tests|benchmarks|docs|examples"
    found = re.findall(rf"(?<![\w/])((?:{folders})/[\w/-]*(?:\.\w+)?)", _text(document))
    assert [name for name in found if not (ROOT / name).exists() and name != WRITTEN] == []


def _anchors(document: Path) -> set[str]:
    """The headings of a document, as code hosts name them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
