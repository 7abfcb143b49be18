"""Compares a source's statement with the register, and lists the changes that it would make."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, get_args

from pydantic import JsonValue

from models.register.records import RECORDS, FirstSaid, Kind, Ours, RefersTo
from models.register.register import (
    ChangeList,
    ChangeSort,
    FieldChange,
    KnownEntry,
    KnownValue,
    RegisterChange,
    SourceKey,
    Statement,
    StatementItem,
    WithdrawnItem,
)

KINDS: tuple[Kind, ...] = get_args(Kind)

Entries = Mapping[tuple[Kind, str], KnownEntry]

Applies = Mapping[Kind, frozenset[ChangeSort]]
"""The changes that the owner allows a source to make without a decision."""

USUALLY: Applies = {"absence": frozenset({ChangeSort.NEW, ChangeSort.CHANGED, ChangeSort.GONE})}
"""The changes that an MIS may make without a decision if the owner has set nothing."""

NATURAL: Mapping[Kind, tuple[str, ...]] = {
    "school": ("urn",),
    "calendar": ("school",),
    "code": ("list", "code"),
    "travel": ("one", "other"),
}
"""Fields that identify a thing whichever source speaks of it."""


def compare(
    entries: Entries, statement: Statement, *, version: int, applies: Applies | None = None
) -> ChangeList:
    """The changes that a statement would make to entries, in an order in which they can be made."""
    if applies is None:
        applies = USUALLY if statement.kind == "mis" else {}
    return _Comparison(entries, statement, applies).changes(version)


def applied(
    entry: KnownEntry | None, change: RegisterChange, keys: tuple[SourceKey, ...]
) -> KnownEntry:
    """An entry after a change; a new one if there was none."""
    assert change.kind is not None
    assert change.id is not None
    if change.sort is ChangeSort.GONE:
        assert entry is not None
        left = tuple(key for key in entry.keys if key not in keys)
        return entry.model_copy(update={"keys": left, "gone": not left})
    before = entry or KnownEntry(kind=change.kind, id=change.id)
    values = dict(before.fields)
    for one in change.fields:
        if one.after is not None:
            values[one.field] = one.after
    known = (*before.keys, *(key for key in keys if key not in before.keys))
    return before.model_copy(update={"fields": values, "keys": known, "gone": False})


@cache
def refers(kind: Kind) -> Mapping[str, Kind]:
    """The fields of a kind that refer to entries, with the kinds of these entries."""
    found: dict[str, Kind] = {}
    for name, info in RECORDS[kind].model_fields.items():
        for mark in _marks(info):
            if isinstance(mark, RefersTo):
                found[name] = mark.kind
    return found


@cache
def ours(kind: Kind) -> frozenset[str]:
    """The fields of a kind that only people change."""
    return _marked(kind, Ours)


@cache
def first_said(kind: Kind) -> frozenset[str]:
    """The fields of a kind that keep the first value from an MIS until a person changes them."""
    return _marked(kind, FirstSaid)


def _marked(kind: Kind, mark: type) -> frozenset[str]:
    fields = RECORDS[kind].model_fields
    return frozenset(
        n
        for n, info in fields.items()
        if any(m is mark or isinstance(m, mark) for m in _marks(info))
    )


def _marks(info: Any) -> Iterator[object]:
    ahead: list[Any] = [*info.metadata, info.annotation]
    while ahead:
        one = ahead.pop()
        yield one
        ahead += getattr(one, "__metadata__", ())
        ahead += get_args(one)


@dataclass
class _Comparison:
    """The comparison of one statement with one state of the register."""

    entries: Entries
    statement: Statement
    applies: Applies
    _changes: list[RegisterChange] = field(default_factory=list)
    _unchanged: int = 0

    def __post_init__(self) -> None:
        self._by_key: dict[tuple[Kind, SourceKey], str] = {}
        self._by_nature: dict[tuple[Kind, tuple[JsonValue, ...]], str] = {}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for (kind, id), entry in self.entries.items():
            for key in entry.keys:
                self._by_key[kind, key] = id
            known = {name: value.value for name, value in entry.fields.items()}
            if (nature := _nature(kind, known)) is not None:
                self._by_nature[kind, nature] = id
            if kind == "person" and not entry.gone:
                for word in _words(known):
                    self._by_name[word].append(id)
        self._taken = set(self.entries)
        self._seen: set[tuple[Kind, SourceKey]] = set()
        self._left: set[tuple[Kind, SourceKey]] = set()
        self._new: dict[tuple[Kind, SourceKey], str] = {}
        """The ids that new entries would have."""
        self._pending: set[tuple[Kind, SourceKey]] = set()
        """People who may be known already, until somebody decides."""
        self._names: dict[str, str] = {}
        self._stated: dict[tuple[Kind, str], dict[str, JsonValue]] = defaultdict(dict)
        """The values stated for an entry so far; it may have several ids at the source."""

    def changes(self, version: int) -> ChangeList:
        """The whole list."""
        by_kind: dict[Kind, list[StatementItem]] = defaultdict(list)
        for item in self.statement.items:
            by_kind[item.record.kind].append(item)
        for kind in KINDS:
            for item in by_kind[kind]:
                self._judge(kind, item)
        for gone in self.statement.withdrawn:
            self._judge_gone(gone)
        self._judge_missing()
        for unread in self.statement.unread:
            self._say(ChangeSort.REFUSED, unread.sentence, place=unread.place)
        return ChangeList(
            source=self.statement.source,
            at=self.statement.at,
            version=version,
            changes=tuple(self._changes),
            unchanged=self._unchanged,
        )

    # ------------------------------------------------------------------ one item

    def _judge(self, kind: Kind, item: StatementItem) -> None:
        key = self._key(kind, item.id, item.school)
        about: dict[str, Any] = {"kind": kind, "key": key, "place": item.place}
        if (kind, key) in self._seen:
            said = "This id is given twice. Maybe keep the newer of the two?"
            self._say(ChangeSort.REFUSED, said, **about)
            return
        self._seen.add((kind, key))
        sent = item.record.model_dump(mode="json", exclude_unset=True, exclude={"kind"})
        values, unknown, waits = self._resolved(kind, item, sent)
        if unknown:
            self._say(
                ChangeSort.REFUSED,
                f"{_listed(unknown)} refers to something that neither the register nor this "
                "source knows. Maybe import that first?",
                **about,
            )
            return
        id = self._known(kind, key, item, values)
        if id is not None and (kind, id) not in self.entries:
            same = _listed(NATURAL[kind])
            said = f"Another new entry has the same {same}. Maybe keep one of the two?"
            self._say(ChangeSort.REFUSED, said, **about)
            return
        if id is not None:
            if kind == "person":
                self._names[id] = self._says("person", id, values)
            self._judge_known(self.entries[kind, id], key, values, about)
            return
        if kind == "person" and (candidates := self._candidates(key, item, values)):
            self._pending.add((kind, key))
            self._say(
                ChangeSort.UNMATCHED,
                "The register may know this person already. Maybe link them, or apply as new?",
                **about,
                id=self._id(kind, key, item),
                fields=self._fields(kind, None, values, key),
                candidates=tuple(candidates),
            )
            return
        made = self._id(kind, key, item)
        self._new[kind, key] = made
        self._taken.add((kind, made))
        if kind == "person":
            self._names[made] = self._says("person", made, values)
        if (nature := _nature(kind, values)) is not None:
            self._by_nature[kind, nature] = made
        mine = self._without_ours(kind, values, about, made)
        sort = ChangeSort.UNMATCHED if waits else ChangeSort.NEW
        more = " It waits until somebody has decided who the person is." if waits else ""
        self._say(
            sort,
            f"{self._says(kind, made, values)} is new.{more}",
            **about,
            id=made,
            fields=self._fields(kind, None, mine, key),
        )

    def _judge_known(
        self, entry: KnownEntry, key: SourceKey, values: dict[str, JsonValue], about: dict[str, Any]
    ) -> None:
        kind, id = entry.kind, entry.id
        allowed = self._without_ours(kind, values, about, id)
        stated = self._stated[kind, id]
        twice, kept, older, changed = [], [], [], {}
        for name, value in allowed.items():
            if stated.setdefault(name, value) != value:
                twice.append(name)
                continue
            known = entry.fields.get(name)
            if known is not None and known.value == value:
                continue
            settled = known is not None and known.value is not None
            stays = settled and (name in first_said(kind) or _is_others(entry, known, key))
            if stays and self.statement.kind == "mis":
                continue
            if known is not None and known.people and self.statement.kind == "mis":
                kept.append(name)
            elif (
                known is not None
                and known.source == self.statement.source
                and known.at > self.statement.at
            ):
                older.append(name)
            else:
                changed[name] = value
        if twice:
            said = (
                f"The source has this entry under two ids that differ in {_listed(twice)}. "
                "Maybe correct one of them?"
            )
            self._say(ChangeSort.REFUSED, said, **about, id=id)
        if kept:
            said = f"A person has set {_listed(kept)} to another value, which stays."
            self._say(ChangeSort.REFUSED, said, **about, id=id)
        if older:
            said = f"The register has a newer value for {_listed(older)}."
            self._say(ChangeSort.REFUSED, said, **about, id=id)
        if changed or entry.gone or key not in entry.keys:
            what = f"changes in {_listed(changed)}" if changed else "is known to this source too"
            what = "is back" if entry.gone else what
            said = f"{self._says(kind, id, values)} {what}."
            self._say(
                ChangeSort.CHANGED,
                said,
                **about,
                id=id,
                fields=self._fields(kind, entry, changed, key),
            )
        elif not twice and not kept and not older:
            self._unchanged += 1

    def _without_ours(
        self, kind: Kind, values: dict[str, JsonValue], about: dict[str, Any], id: str
    ) -> dict[str, JsonValue]:
        """The values without the fields that only people set; an MIS that sends one is reported."""
        if self.statement.kind != "mis":
            return values
        mine = [name for name in values if name in ours(kind) and values[name] is not None]
        entry = self.entries.get((kind, id))
        tried = [
            n
            for n in mine
            if entry is None or n not in entry.fields or entry.fields[n].value != values[n]
        ]
        if tried:
            said = f"Only people set {_listed(tried)}; it was left out."
            self._say(ChangeSort.REFUSED, said, **about, id=id)
        return {name: value for name, value in values.items() if name not in ours(kind)}

    # ------------------------------------------------------------------ what is gone

    def _judge_gone(self, gone: WithdrawnItem) -> None:
        keys = [self._key(gone.kind, gone.id, gone.school)]
        if keys[0].school is None and gone.kind != "school":
            keys = self._of_id[gone.kind, gone.id] or keys
        for key in keys:
            id = self._by_key.get((gone.kind, key))
            if (gone.kind, key) in self._left:
                continue
            if (gone.kind, key) in self._seen:
                said = "It is both present and withdrawn. Maybe pull the source again?"
                self._say(ChangeSort.REFUSED, said, kind=gone.kind, key=key, place=gone.place)
            elif id is None:
                self._unchanged += 1
            else:
                self._goes(self.entries[gone.kind, id], key, gone.place)

    @cached_property
    def _of_id(self) -> dict[tuple[Kind, str], list[SourceKey]]:
        """The keys of this source with an id, at any school."""
        found: dict[tuple[Kind, str], list[SourceKey]] = defaultdict(list)
        for kind, key in self._by_key:
            if key.source == self.statement.source:
                found[kind, key.id].append(key)
        return found

    def _judge_missing(self) -> None:
        # The statement is complete for the schools that it mentions, and silent about others.
        schools = {self._school(self.statement.school)}
        for kind, seen in self._seen:
            schools.add(self._school(seen.id) if kind == "school" else seen.school)
        for (kind, _), entry in self.entries.items():
            if kind not in self.statement.complete:
                continue
            for key in entry.keys:
                mine = key.source == self.statement.source and (
                    kind == "school" or key.school in schools
                )
                if mine and (kind, key) not in self._seen and (kind, key) not in self._left:
                    self._goes(entry, key, "")

    def _goes(self, entry: KnownEntry, key: SourceKey, place: str) -> None:
        if entry.gone:
            self._unchanged += 1
            return
        self._left.add((entry.kind, key))
        values = {name: known.value for name, known in entry.fields.items()}
        last = all(k == key for k in entry.keys)
        said = "is gone" if last else "is gone from this source, but another still has it"
        self._say(
            ChangeSort.GONE,
            f"{self._says(entry.kind, entry.id, values)} {said}.",
            kind=entry.kind,
            id=entry.id,
            key=key,
            place=place,
        )

    # ------------------------------------------------------------------ who and what is meant

    def _key(self, kind: Kind, id: str, school: str | None) -> SourceKey:
        where = None if kind == "school" else self._school(school or self.statement.school)
        return SourceKey(school=where, source=self.statement.source, id=id)

    def _school(self, said: str | None) -> str | None:
        """Our id of a school if it is known, else the source's."""
        if said is None or ("school", said) in self.entries:
            return said
        key = SourceKey(source=self.statement.source, id=said)
        return self._by_key.get(("school", key)) or self._new.get(("school", key)) or said

    def _resolved(
        self, kind: Kind, item: StatementItem, sent: dict[str, JsonValue]
    ) -> tuple[dict[str, JsonValue], list[str], bool]:
        """(values with our ids, fields that refer to nothing, whether one refers to a person who
        waits for a decision)."""
        values, unknown, waits = dict(sent), [], False
        for name, target in refers(kind).items():
            said = sent.get(name)
            if not isinstance(said, str):
                continue
            found = self._meant(target, said, item.school)
            if found is not None:
                values[name] = found
            elif (target, self._key(target, said, item.school)) in self._pending:
                waits = True
            else:
                unknown.append(name)
        return values, unknown, waits

    def _meant(self, kind: Kind, said: str, school: str | None) -> str | None:
        key = self._key(kind, said, school)
        found = self._by_key.get((kind, key)) or self._new.get((kind, key))
        if found is None and (kind, key) not in self._pending and (kind, said) in self.entries:
            return said
        return found

    def _known(
        self, kind: Kind, key: SourceKey, item: StatementItem, values: dict[str, JsonValue]
    ) -> str | None:
        if (found := self._by_key.get((kind, key))) is not None:
            return found
        if item.ours is not None and (kind, item.ours) in self.entries:
            return item.ours
        nature = _nature(kind, values)
        return None if nature is None else self._by_nature.get((kind, nature))

    def _candidates(
        self, key: SourceKey, item: StatementItem, values: dict[str, JsonValue]
    ) -> list[str]:
        found = []
        if item.same_as is not None:
            other = self._key("person", item.same_as, item.same_at)
            id = self._by_key.get(("person", other)) or self._new.get(("person", other))
            if id is not None:
                found.append(id)
        for word in _words(values):
            for id in self._by_name.get(word, ()):
                # A namesake at the same school and source is another person.
                entry = self.entries["person", id]
                here = any((k.school, k.source) == (key.school, key.source) for k in entry.keys)
                if id not in found and not here:
                    found.append(id)
        return found

    def _id(self, kind: Kind, key: SourceKey, item: StatementItem) -> str:
        if item.ours is not None and (kind, item.ours) not in self._taken:
            return item.ours
        parts = [key.id] if kind == "school" or key.school is None else [key.school, key.id]
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", "-".join(parts)).strip("-._")[:56] or kind
        made, number = stem, 1
        while (kind, made) in self._taken:
            number += 1
            made = f"{stem}.{number}"
        return made

    # ------------------------------------------------------------------ in words

    def _fields(
        self,
        kind: Kind,
        entry: KnownEntry | None,
        values: Mapping[str, JsonValue],
        key: SourceKey,
    ) -> tuple[FieldChange, ...]:
        people = self.statement.kind == "people"
        return tuple(
            FieldChange(
                field=name,
                before=None if entry is None else entry.fields.get(name),
                after=KnownValue(
                    value=value,
                    source=key.source,
                    school=key.school,
                    at=self.statement.at,
                    people=people,
                ),
            )
            for name, value in values.items()
        )

    def _says(self, kind: Kind, id: str, values: Mapping[str, JsonValue]) -> str:
        entry = self.entries.get((kind, id))
        known = {n: k.value for n, k in entry.fields.items()} if entry is not None else {}
        known |= values
        if kind in ("person", "school"):
            return str(known.get("name") or f"A {kind} without a name")
        of = known.get("person")
        if isinstance(of, str):
            return f"{_A[kind]} of {self._name(of)}"
        return f"{_A[kind]}"

    def _name(self, person: str) -> str:
        if person in self._names:
            return self._names[person]
        entry = self.entries.get(("person", person))
        return self._says("person", person, {}) if entry is not None else "somebody"

    def _say(self, sort: ChangeSort, sentence: str, **about: Any) -> None:
        kind = about.get("kind")
        free = kind is not None and sort in self.applies.get(kind, frozenset())
        self._changes.append(
            RegisterChange(
                number=len(self._changes) + 1,
                sort=sort,
                sentence=sentence,
                by_itself=free and sort not in (ChangeSort.UNMATCHED, ChangeSort.REFUSED),
                **about,
            )
        )


def _is_others(entry: KnownEntry, known: KnownValue | None, key: SourceKey) -> bool:
    """Whether a value came from another system that still has the entry; otherwise two systems that
    differ would overwrite each other night after night."""
    if known is None or known.people:
        return False
    if (known.source, known.school) == (key.source, key.school):
        return False
    return any((k.source, k.school) == (known.source, known.school) for k in entry.keys)


_A: Mapping[Kind, str] = {
    "calendar": "A calendar",
    "code": "A code",
    "contract": "A contract",
    "absence": "An absence",
    "travel": "A travel time between schools",
    "agreement": "An agreement",
}


def _nature(kind: Kind, values: Mapping[str, JsonValue]) -> tuple[JsonValue, ...] | None:
    fields = NATURAL.get(kind)
    if fields is None or any(values.get(name) is None for name in fields):
        return None
    said = [str(values[name]) for name in fields]
    # Travel is the same in both directions.
    return tuple(sorted(said)) if kind == "travel" else tuple(said)


def _words(values: Mapping[str, JsonValue]) -> list[str]:
    """The name and staff code by which a person may be recognised."""
    found = []
    name, code = values.get("name"), values.get("staff_code")
    if isinstance(name, str):
        found.append("name " + " ".join(name.casefold().split()))
    if isinstance(code, str):
        found.append("code " + code.casefold())
    return found


def _listed(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)
