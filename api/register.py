"""The calls about the register: what it knows, and imports: dry run, list of changes, apply."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field

from api.access import Caller, needs, of_the_caller
from api.bodies import IF_JSON, a_body, described_by
from api.parameters import GIVEN, USUAL_LIMIT, Cursor, Limit
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
from scheduler.storage.pagination import Page, cut_after

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


class EntryPage(Page):
    """A page of entries of one kind, in the order of their ids."""

    items: tuple[KnownEntry, ...] = Field(description="The entries of this page.")


class EntryVersion(Value):
    """An entry as it was from one version on."""

    since: int = Field(description="The version of the register from which on the entry was so.")
    entry: KnownEntry = Field(description="The entry as it was.")


class EntryVersionPage(Page):
    """A page of the versions of an entry, the oldest first."""

    items: tuple[EntryVersion, ...] = Field(description="The versions of this page.")


class RegisterVersionPage(Page):
    """A page of versions of the register, the newest first."""

    items: tuple[RegisterVersionView, ...] = Field(description="The versions of this page.")


class ImportPage(Page):
    """A page of imports, the newest first."""

    items: tuple[ImportLine, ...] = Field(description="The imports of this page.")


class ImportDecisions(Value):
    """What a person decided about a list of changes."""

    decisions: tuple[ChangeDecision, ...] = Field(
        (), description="What to do about single changes, by their numbers."
    )
    everything: bool = Field(
        False, description="Do all that is new, changed or gone and not decided otherwise."
    )


class SourceRules(Value):
    """What a source may do by itself."""

    applies: tuple[SourceRule, ...] = Field(
        description="What the source may change without being asked, by kind of entry."
    )


NounPath = Annotated[Noun, Path(description="The kind of entry, in the plural.")]
TheRegister = Annotated[Register, Depends(of_the_caller(Register))]
SourceId = Annotated[Id, Path(description="The source, by the id that its statements give.")]
ImportId = Annotated[
    str, Path(pattern=GIVEN, description="The id that `create_import` answered with.")
]

BODY_REFUSALS = {
    **IF_JSON,
    "_422": "The body cannot be understood.",
}


@router.get(
    "/register/versions",
    summary="List the versions of the register",
)
@needs(May.READ, whole=True)
def list_register_versions(
    register: TheRegister, cursor: Cursor = None, limit: Limit = USUAL_LIMIT
) -> RegisterVersionPage:
    """Who made each version, and from which source; the newest first."""
    found, more = cut_after(register.versions(), lambda v: v.number, cursor, limit)
    return RegisterVersionPage(items=found, next=more)


@router.get(
    "/register/sources/{source}",
    summary="Get what a source may change by itself",
)
@needs(May.READ, whole=True)
def get_source_rules(source: SourceId, register: TheRegister) -> SourceSettings:
    """As the owner decided, or the usual rules."""
    return register.settings_of(source)


@router.put(
    "/register/sources/{source}",
    summary="Set what a source may change by itself",
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
    """Linking one person known to two schools always needs a person's decision."""
    register.set_source(SourceSettings(id=source, applies=wish.applies), caller.key)
    return register.settings_of(source)


@router.get(
    "/register/{noun}",
    summary="List what the register knows",
    responses=refusals(_404="There was no such version."),
)
@needs(May.READ)
def list_register_entries(
    noun: NounPath,
    caller: Caller,
    register: TheRegister,
    version: Annotated[
        int | None,
        Query(
            ge=0,
            le=2**31 - 1,
            description="The register as it was at this version; without it, as it is now.",
        ),
    ] = None,
    cursor: Cursor = None,
    limit: Limit = USUAL_LIMIT,
) -> EntryPage:
    """Each value with its source and date. A key that is limited to some schools sees their
    entries."""
    found, more = register.page(
        KIND_OF[noun],
        version=version,
        schools=caller.schools,
        after=cursor or "",
        limit=limit,
        by=caller.key,
    )
    return EntryPage(items=tuple(found), next=more)


@router.get(
    "/register/{noun}/{entry}",
    summary="List the versions of an entry",
    responses=refusals(_404="The register has no such entry."),
)
@needs(May.READ, whole=True)
def list_entry_versions(
    noun: NounPath,
    entry: Annotated[Id, Path(description="The id of the entry in the register.")],
    register: TheRegister,
    cursor: Cursor = None,
    limit: Limit = USUAL_LIMIT,
) -> EntryVersionPage:
    """The oldest first."""
    found, more = cut_after(
        register.history(KIND_OF[noun], entry), lambda version: version[0], cursor, limit
    )
    items = tuple(EntryVersion(since=since, entry=known) for since, known in found)
    return EntryVersionPage(items=items, next=more)


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
    """A dry run: the list of what would change. Nothing changes until the import is applied."""
    return register.dry_run(statement, caller.key)


@router.get("/imports", summary="List imports")
@needs(May.READ, whole=True)
def list_imports(
    register: TheRegister, cursor: Cursor = None, limit: Limit = USUAL_LIMIT
) -> ImportPage:
    """The newest first, without their lists of changes."""
    found, more = cut_after(register.imports(), lambda line: line.id, cursor, limit)
    return ImportPage(items=found, next=more)


@router.get(
    "/imports/{import_id}",
    summary="Get an import",
    responses=refusals(_404="There is no such import."),
)
@needs(May.READ, whole=True)
def get_import(import_id: ImportId, register: TheRegister) -> ImportView:
    """Its list of changes, and what was applied of it."""
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
    """Applies what was decided, and what the source may change by itself. A second call changes
    nothing more."""
    return register.apply(import_id, said.decisions, everything=said.everything, by=caller.key)
