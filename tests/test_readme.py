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

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted(
    path.relative_to(ROOT)
    for pattern in ("*.md", "docs/*.md", "benchmarks/*.md")
    for path in ROOT.glob(pattern)
)
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINES = [
    line.partition("  #")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
]
REQUEST = re.findall(r"```json\n(.*?)```", README, re.DOTALL)[0]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the request of the README in it, and in which the commands are run."""
    (tmp_path / "club.json").write_text(REQUEST, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_commands_do_what_they_are_said_to(folder: Path) -> None:
    """One after the other, as a reader types them; each ends well."""
    ours = [shlex.split(line) for line in LINES if line.startswith("schoolrota ")]
    typed = [words[1:] for words in ours if words != ["schoolrota", "serve"]]
    assert len(typed) >= 8
    for words in typed:
        done = CliRunner().invoke(main.app, words)
        assert done.exit_code == main.SOLVED, (words, done.stderr)
    assert (folder / "rota.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Live]:
    """The service, as `schoolrota serve` starts it."""
    service = Live(tmp_path)
    service.start()
    yield service
    service.close()


def test_the_calls_are_answered(folder: Path, service: Live) -> None:
    """The request is accepted, and every address that is given leads somewhere."""
    submit, *gets = [shlex.split(line) for line in LINES if line.startswith("curl ")]
    assert submit[1:3] == ["--json", "@club.json"]
    assert submit[-1] == "http://127.0.0.1:8000/v1/jobs"
    address = service.submit(json.loads((folder / "club.json").read_text(encoding="utf-8")))
    job = service.until(address, over)
    assert job["state"] == "done"
    assert len(gets) >= 3
    for _, flag, header, url in gets:
        assert (flag, header) == ("-H", "Authorization: Bearer $KEY")
        path = url.replace("$ID", job["id"]).removeprefix("http://127.0.0.1:8000")
        assert service.http.get(path).status_code == 200, url


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
    assert [name for name in found if not (ROOT / name).exists()] == []


def _text(document: Path) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def _anchors(document: Path) -> set[str]:
    """The headings of a document, as code hosts name them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
