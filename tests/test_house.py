"""The layout: who may import whom, one thing in one place, and a reason for each exception."""

import ast
import io
import re
import subprocess
import tokenize
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from scheduler.intake import rulebook_page
from scheduler.rules import RULES

ROOT = Path(__file__).parent.parent
SOURCE = ("models", "solver", "scheduler", "api")
MODULES = sorted(
    path.relative_to(ROOT) for folder in SOURCE for path in (ROOT / folder).rglob("*.py")
)
RULE_FILES = [
    path
    for path in MODULES
    if path.parts[:2] == ("scheduler", "rules") and path.name != "__init__.py"
]

MOST_LINES = 300
MOST_IN_A_FUNCTION = 60
MOST_IN_A_FOLDER = {"api": 30}
USUAL_IN_A_FOLDER = 16
LONG = {
    "api/problems.py": "everything that is refused stands in one place",
    "api/sources.py": "every call about sources stands in one place",
    "models/facts/duties.py": "what may happen when and where is expanded once",
    "models/facts/facts.py": "one object answers every question about the facts",
    "models/answer/summary.py": "all that a schedule amounts to stands side by side",
    "models/problem/calendar.py": "dates and times are told apart in one place",
    "models/problem/problem.py": "the facts of a request stand side by side",
    "api/cli/main.py": "every command stands in one place",
    "scheduler/exchange/workbook/request_sheets.py": "sheets are read in one pass, faults and all",
    "scheduler/exchange/workbook/sheets.py": "every sheet of a request is declared side by side",
    "scheduler/register/reconcile.py": "every meaning of an item is distinguished once",
    "scheduler/rotas/nightly.py": "a night from its beginning to its end is one thing",
    "scheduler/access/keys.py": "a key's life is one thing",
    "scheduler/child.py": "a child process from its start to its end is one thing",
    "scheduler/jobs/jobs.py": "one object answers every question that callers have about jobs",
    "scheduler/register/store.py": "reading and changing the register is one thing",
    "scheduler/rotas/versions.py": "a version's life is one thing",
    "scheduler/jobs/worker.py": "a job from its claim to its outcome is one thing",
    "scheduler/intake/parse.py": "reading on after a fault, to judge the rest, is one thing",
    "scheduler/intake/references.py": "every id of a request is looked up side by side",
    "solver/network/shortest_path.py": "functions compiled by numba call each other directly",
    "solver/rcpsp/list_kernel.py": "functions compiled by numba call each other directly",
    "solver/network/window_path.py": "functions compiled by numba call each other directly",
    "solver/colgen/master.py": "the restricted master, its duals and what is fixed are one thing",
    "solver/cpsat/model.py": "one object answers every question to the model",
    "solver/cpsat/activity_times.py": "one object answers every question about times",
}
"""Modules that are longer, each with the reason."""

NAMED_MODULES = sorted(
    {*MODULES, *(p.relative_to(ROOT) for p in (ROOT / "benchmarks").glob("*.py"))}
)

LONG_FUNCTIONS: dict[str, str] = {
    "scheduler/storage/migrations/versions/v0003_tenants.py:_rotas": "tables as they were made",
    "solver/colgen/master.py:__init__": "the rows of the restricted master, in order",
    "solver/network/shortest_path.py:forward": "the compiled inner loop",
}
"""Functions that are longer, each with the reason."""

KERNELS = (
    "solver/arrays.py",
    "solver/network/packed_tables.py",
    "solver/network/shortest_path.py",
    "solver/network/window_path.py",
    "solver/rcpsp/list_kernel.py",
)
"""What is compiled."""

ALONE: dict[str, str | tuple[str, ...]] = {
    "ortools": "solver/",
    "highspy": "solver/",
    "numba": KERNELS,
    "fastapi": "api/",
    "starlette": "api/",
    "dbos": "scheduler/jobs/workflow_port.py",
}
"""Packages, and the one place that may import them."""

WORDS = {
    r"so (?:many|much)": 0,
    r"anew": 0,
    r"besides": 2,
    r"(?:is|are|was|were|be) told|told of": 2,
    r"what (?:holds|held)": 0,
    r"what (?:came|comes) of": 1,
    r"of what": 20,
    r"the same of": 0,
    r"whoever": 1,
    r"at the (?:most|least)": 1,
    r"the house": 0,
    r"planned anew": 0,
    r"prices (?:asked|told)": 0,
    r"from inside": 0,
}
"""Words not to use (CONTRIBUTING says what to write instead), and how often each still stands in
source, tests and documents: a number that may only be lowered."""

NOT_COUNTED = {"tests/test_house.py", "CONTRIBUTING.md", "scheduler/rules/README.md"}
"""Where the words are listed, and a page that is made from the rules."""

HOSTS = re.compile(r"(pypi|pythonhosted|debian|npmjs)[.](org|com)", re.IGNORECASE)


@cache
def tree(path: Path) -> ast.Module:
    """A module, parsed."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def imported(path: Path) -> set[str]:
    """The full names of all modules that a module imports anywhere."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or ""} | {f"{node.module}.{a.name}" for a in node.names}
    return found


@cache
def committed() -> list[Path]:
    """Text files that are committed, or would be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for line in listed.stdout.splitlines() if (path := ROOT / line).is_file()]


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_module_says_in_one_sentence_what_it_is(path: Path) -> None:
    """Or in its first paragraph, where more must be said."""
    first = (ast.get_docstring(tree(path)) or "").partition("\n\n")[0]
    assert first.endswith((".", "`.")), first
    assert first


def test_a_long_module_has_a_reason() -> None:
    """And a reason that is needed no more is struck out."""
    long = {
        str(path)
        for path in MODULES
        if len((ROOT / path).read_text(encoding="utf-8").splitlines()) > MOST_LINES
    }
    assert long == set(LONG)


def test_no_folder_is_crowded() -> None:
    """A folder that holds more than fits in the head is split by layer or by topic."""
    count = Counter(str(path.parent) for path in MODULES if path.name != "__init__.py")
    crowded = {
        folder: number
        for folder, number in count.items()
        if number > MOST_IN_A_FOLDER.get(folder, USUAL_IN_A_FOLDER) and "migrations" not in folder
    }
    assert not crowded
    assert len(count) > len(SOURCE)


def test_every_folder_says_what_it_is() -> None:
    """In its `__init__`, which is where a reader looks first."""
    folders = {path.parent for path in MODULES if "migrations" not in path.parts}
    silent = [
        str(folder)
        for folder in folders
        if folder / "__init__.py" not in MODULES
        or not ast.get_docstring(tree(folder / "__init__.py"))
    ]
    assert not silent


def test_no_two_classes_share_a_name() -> None:
    """Whoever searches for a name finds one thing."""
    places: dict[str, list[str]] = {}
    for path in NAMED_MODULES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(str(path))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
    assert len(places) > 100


def test_a_long_function_has_a_reason() -> None:
    """And a reason that is needed no more is struck out."""
    long = {
        f"{path}:{node.name}"
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > MOST_IN_A_FUNCTION
    }
    assert long == set(LONG_FUNCTIONS)


@pytest.mark.parametrize("package", ALONE)
def test_a_package_is_known_in_one_place(package: str) -> None:
    """So that it can be exchanged there."""
    users = [
        path
        for path in MODULES
        if any(name.partition(".")[0] == package for name in imported(path))
    ]
    assert users
    assert [path for path in users if not str(path).startswith(ALONE[package])] == []


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.stem)
def test_a_rule_knows_no_other_rule(path: Path) -> None:
    """Only the folder itself gathers them."""
    others = {name for name in imported(path) if name.startswith("scheduler.rules")}
    assert not others


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.stem)
def test_a_rule_is_alone_in_its_file(path: Path) -> None:
    """One class that is a rule, named by its kind."""
    kinds = [
        node
        for node in tree(path).body
        if isinstance(node, ast.ClassDef)
        and any(isinstance(b, ast.Name) and b.id.endswith("Rule") for b in node.bases)
    ]
    assert len(kinds) == 1


def test_no_other_code_names_a_kind() -> None:
    """A new rule edits no other file: nowhere else is a kind a text, or its file imported."""
    found = []
    for path in MODULES:
        # Steps of an upgrade say once what a kind was called, and do not change any more.
        if path.parts[:2] in (("scheduler", "rules"), ("scheduler", "upgrade")):
            continue
        if str(path) == "api/examples.py":
            continue
        found += [
            (str(path), n)
            for n in imported(path)
            if n.startswith(WITHIN) and n.rpartition(".")[2] in RULES
        ]
        found += [
            (str(path), node.value)
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Constant) and node.value in NAMED
        ]
    assert not found


WITHIN = "scheduler.rules."

NAMED = {kind for kind in RULES if "_" in kind}
"""Kinds of one word are words of the field too: "cover", "presence"."""


def test_no_committed_file_names_a_package_registry() -> None:
    """Locks hold hashes, and no addresses; only the checks themselves may say what to look for."""
    allowed = {ROOT / ".ci" / "run", Path(__file__)}
    found = []
    for path in committed():
        if path in allowed:
            continue
        content = path.read_bytes()
        if b"\0" not in content and HOSTS.search(content.decode("utf-8", "replace")):
            found.append(str(path.relative_to(ROOT)))
    assert not found


@pytest.mark.parametrize("words", WORDS)
def test_words_that_read_as_translated_become_fewer(words: str) -> None:
    """Each count is at most what it was."""
    pattern = re.compile(rf"\b(?:{words})\b".replace(" ", r"\s+"), re.IGNORECASE)
    counted = {
        name: number
        for path in committed()
        if path.suffix in (".py", ".md", ".j2", ".toml", ".yaml", "")
        and (name := str(path.relative_to(ROOT))) not in NOT_COUNTED
        and (number := len(pattern.findall(path.read_text(encoding="utf-8"))))
    }
    assert sum(counted.values()) <= WORDS[words], counted


def test_the_words_not_to_use_are_listed() -> None:
    """With what to write instead."""
    listed = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Words not")[2]
    for words in WORDS:
        assert re.search(rf"\b(?:{words})\b", listed), words


def test_the_rulebook_page_is_fresh() -> None:
    """`make docs` writes it from the rules."""
    assert rulebook_page.PLACE.read_text(encoding="utf-8") == rulebook_page.document()


@pytest.mark.parametrize("name", ["README", "CONTRIBUTING", "DECISIONS", "CHANGELOG"])
def test_the_project_has_its_documents(name: str) -> None:
    """A title, and more than that."""
    text = (ROOT / f"{name}.md").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert len(text.splitlines()) > 10


def test_what_is_tried_in_part_is_marked() -> None:
    """So that `make soak` finds it."""
    sharing = 0
    for path in (ROOT / "tests").rglob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        if told := re.search(r"^from tests\.soak import (.+)$", text, re.MULTILINE):
            sharing += 1
            assert "more" in told[1].split(", "), path
            assert re.search(r"^@more$|= more\(", text, re.MULTILINE), path
    assert sharing > 10


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_comment_is_not_a_note_to_oneself(path: Path) -> None:
    """What is to be done stands in an issue."""
    source = (ROOT / path).read_text(encoding="utf-8")
    comments = [
        token.string
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    ]
    assert not [comment for comment in comments if re.search(r"\b(TODO|FIXME|XXX)\b", comment)]
