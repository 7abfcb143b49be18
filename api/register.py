"""The calls about the register: what it knows, and imports: dry run, list of changes, apply."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field

from api.access import Caller, needs, of_the_caller
from api.bodies import IF_JSON, a_body, described_by
from api.problems import refusals
from models.register.records import Kind
from models.register.register import ChangeDecision, ImportOutcome, KnownEntry, Statement
from models.value import Id, Value
from scheduler.access.keys import May
from scheduler.register.store import (
    ImportLine,
    ImportView,
    Register,
    RegisterVersionView,
    SourceRule,
    SourceSettings,
)

router = APIRouter(prefix="/v1", tags=["register"])

Noun = Literal[
    "schools", "calendars", "codes", "people", "contracts", "absences", "travel", "agreements"
]

KIND_OF: dict[Noun, Kind] = {
    "schools": "school",
    "calendars": "calendar",
    "codes": "code",
    "people": "person",
    "contracts": "contract",
    "absences": "absence",
    "travel": "travel",
    "agreements": "agreement",
}

STATEMENT = {
    "source": "typed",
    "kind": "people",
    "at": "2026-05-10T21:00:00Z",
    "items": [
        {"id": "oak", "record": {"kind": "school", "name": "Oak Primary", "nation": "ENG"}},
        {"id": "sam", "record": {"kind": "person", "name": "Sam Okafor", "home": "oak"}},
    ],
}


class EntryPage(Value):
    """Entries of one kind, in the order of their ids."""

    entries: tuple[KnownEntry, ...]
    next: str | None = Field(None, description="Ask for those after this id; none at the end.")


class EntryVersion(Value):
    """An entry as it was from one version on."""

    since: int
    entry: KnownEntry


class EntryHistory(Value):
    """An entry in all its versions, the oldest first."""

    stages: tuple[EntryVersion, ...]


class RegisterVersions(Value):
    """Versions of the register, the newest first."""

    versions: tuple[RegisterVersionView, ...]


class ImportPage(Value):
    """The newest dry runs, the newest first."""

    imports: tuple[ImportLine, ...]


class ImportDecisions(Value):
    """What a person decided about a list of changes."""

    decisions: tuple[ChangeDecision, ...] = ()
    everything: bool = Field(
        False, description="Do all that is new, changed or gone and not decided otherwise."
    )


class SourceRules(Value):
    """What a source may do by itself."""

    applies: tuple[SourceRule, ...]


TheRegister = Annotated[Register, Depends(of_the_caller(Register))]
SourceId = Annotated[Id, Path(description="The source, as its statements call it.")]
ImportId = Annotated[str, Path(max_length=64, description="The id that the dry run gave.")]

BODY_REFUSALS = {
    **IF_JSON,
    "_422": "The body cannot be understood.",
}


@router.get(
    "/register/versions",
    summary="Versions of the register",
)
@needs(May.READ, whole=True)
def list_register_versions(register: TheRegister) -> RegisterVersions:
    """Who made each, and from which source."""
    return RegisterVersions(versions=register.versions())


@router.get(
    "/register/sources/{source}",
    summary="What a source may do by itself",
    responses=refusals(_422="A parameter cannot be understood."),
)
@needs(May.READ, whole=True)
def get_source_rules(source: SourceId, register: TheRegister) -> SourceSettings:
    """As the owner decided, or as is usual."""
    return register.settings_of(source)


@router.put(
    "/register/sources/{source}",
    summary="Decide what a source may do by itself",
    responses=refusals(**BODY_REFUSALS),
    openapi_extra=described_by(
        SourceRules, {"applies": [{"kind": "absence", "sorts": ["new", "changed", "gone"]}]}
    ),
)
@needs(May.KEYS, whole=True)
def set_source_rules(
    source: SourceId,
    wish: Annotated[SourceRules, Depends(a_body(SourceRules))],
    caller: Caller,
    register: TheRegister,
) -> SourceSettings:
    """Links of one person known to two schools always need a person."""
    register.set_source(SourceSettings(id=source, applies=wish.applies), caller.key)
    return register.settings_of(source)


@router.get(
    "/register/{noun}",
    summary="What the register knows",
    responses=refusals(_404="There was no such version.", _422="A parameter cannot be understood."),
)
@needs(May.READ)
def list_register_entries(
    noun: Noun,
    caller: Caller,
    register: TheRegister,
    version: Annotated[
        int | None, Query(ge=0, le=2**31 - 1, description="As it was then; as it is, without.")
    ] = None,
    after: Annotated[str, Query(max_length=64, description="`next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000, description="The most entries of a page.")] = 200,
) -> EntryPage:
    """Each value with its source and date. A key for some schools sees theirs."""
    found, more = register.page(
        KIND_OF[noun],
        version=version,
        schools=caller.schools,
        after=after,
        limit=limit,
        by=caller.key,
    )
    return EntryPage(entries=tuple(found), next=more)


@router.get(
    "/register/{noun}/{entry}",
    summary="An entry in all its versions",
    responses=refusals(
        _404="The register has no such entry.", _422="A parameter cannot be understood."
    ),
)
@needs(May.READ, whole=True)
def list_entry_versions(
    noun: Noun,
    entry: Annotated[str, Path(max_length=64, description="Its id in the register.")],
    register: TheRegister,
) -> EntryHistory:
    """The oldest first."""
    found = register.history(KIND_OF[noun], entry)
    return EntryHistory(stages=tuple(EntryVersion(since=since, entry=e) for since, e in found))


@router.post(
    "/imports",
    status_code=201,
    summary="Try an import",
    responses=refusals(**BODY_REFUSALS),
    openapi_extra=described_by(Statement, STATEMENT),
)
@needs(May.PLAN, whole=True)
def create_import(
    statement: Annotated[Statement, Depends(a_body(Statement))],
    caller: Caller,
    register: TheRegister,
) -> ImportView:
    """A dry run: the list of what would change. Nothing changes before it is applied."""
    return register.dry_run(statement, caller.key)


@router.get("/imports", summary="List imports")
@needs(May.READ, whole=True)
def list_imports(register: TheRegister) -> ImportPage:
    """The newest hundred, the newest first, without their lists."""
    return ImportPage(imports=register.imports())


@router.get(
    "/imports/{import_id}",
    summary="Look at an import",
    responses=refusals(_404="There is no such import.", _422="A parameter cannot be understood."),
)
@needs(May.READ, whole=True)
def get_import(import_id: ImportId, register: TheRegister) -> ImportView:
    """Its list of changes, and what came of it."""
    return register.import_(import_id)


@router.post(
    "/imports/{import_id}/apply",
    summary="Apply an import",
    responses=refusals(
        _404="There is no such import.",
        _409="The register has changed since the dry run.",
        **BODY_REFUSALS,
    ),
    openapi_extra=described_by(ImportDecisions, {"decisions": [{"change": 1, "do": "apply"}]}),
)
@needs(May.PUBLISH, whole=True)
def apply_import(
    import_id: ImportId,
    said: Annotated[ImportDecisions, Depends(a_body(ImportDecisions))],
    caller: Caller,
    register: TheRegister,
) -> ImportOutcome:
    """What was decided, and what its source may do by itself; twice does it once."""
    return register.apply(import_id, said.decisions, everything=said.everything, by=caller.key)
