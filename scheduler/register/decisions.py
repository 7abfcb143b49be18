"""Applies a person's decisions about a change list, and works out the entries afterwards."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from models.register.records import Kind
from models.register.register import (
    ChangeDecision,
    ChangeList,
    ChangeSort,
    KnownEntry,
    RegisterChange,
    SourceKey,
)
from scheduler.register.reconcile import Entries, applied, refers


class BadDecision(ValueError):
    """A decision names no change, or asks for something impossible."""


@dataclass(frozen=True)
class DecidedChanges:
    """What becomes of a change list by a person's decisions."""

    shown: ChangeList
    """The list that was decided about."""
    before: Entries
    """The entries of the register before."""
    after: dict[tuple[Kind, str], KnownEntry]
    """The changed entries, as they are afterwards."""
    applied: tuple[int, ...]
    """The numbers of the changes that are applied."""
    waiting: tuple[int, ...]
    """The numbers of the changes that still need a decision."""
    left: tuple[int, ...]
    """The numbers of the changes that a person decided against."""


def decide(
    entries: Entries,
    shown: ChangeList,
    decisions: Iterable[ChangeDecision],
    everything: bool,
    compared: Callable[[Entries], ChangeList],
) -> DecidedChanges:
    """Apply decisions to a change list.

    Args:
        entries: the entries of the register.
        shown: the list that was decided about.
        decisions: the person's decisions.
        everything: apply all new, changed and gone entries that no decision is about.
        compared: makes the list again, with other entries.

    Raises:
        BadDecision: a decision names no change, or asks for something impossible.
    """
    said = {decision.change: decision for decision in decisions}
    by_number = {change.number: change for change in shown.changes}
    for one in said.values():
        _refuse_impossible(by_number.get(one.change), one, entries)
    deciding = _Deciding(dict(entries), said, everything)
    deciding.identify_people(shown)
    deciding.apply(compared(deciding.state) if deciding.done else shown, shown)
    left = {number for number, decision in said.items() if decision.do == "leave"}
    open_ = {c.number for c in shown.changes if c.sort is not ChangeSort.REFUSED}
    return DecidedChanges(
        shown=shown,
        before=entries,
        after=deciding.after,
        applied=tuple(sorted(deciding.done & set(by_number))),
        waiting=tuple(sorted(open_ - deciding.done - left)),
        left=tuple(sorted(left)),
    )


@dataclass
class _Deciding:
    """The entries while decisions are applied to them."""

    state: dict[tuple[Kind, str], KnownEntry]
    said: dict[int, ChangeDecision]
    """Decisions by the numbers of their changes."""
    everything: bool
    after: dict[tuple[Kind, str], KnownEntry] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)

    def identify_people(self, shown: ChangeList) -> None:
        """Link or add unmatched people first: what refers to them can then be compared again."""
        for change in shown.changes:
            decision = self.said.get(change.number)
            if (
                change.sort is not ChangeSort.UNMATCHED
                or change.kind != "person"
                or decision is None
            ):
                continue
            if decision.do == "link":
                assert decision.to is not None
                self._link(change, decision.to)
                self.done.add(change.number)
            elif decision.do == "apply":
                self._apply(change)
                self.done.add(change.number)

    def apply(self, again: ChangeList, shown: ChangeList) -> None:
        """Apply the changes of the list made again, which have their numbers in the shown one."""
        numbers = {
            (c.kind, c.key): c.number for c in shown.changes if c.sort is not ChangeSort.REFUSED
        }
        for change in again.changes:
            number = numbers.get((change.kind, change.key), 0)
            if change.sort in (ChangeSort.REFUSED, ChangeSort.UNMATCHED):
                continue
            if not self._wanted(change, number):
                continue
            if number and number not in self.done and self._refers_to_known(change):
                self._apply(change)
                self.done.add(number)

    def _wanted(self, change: RegisterChange, number: int) -> bool:
        decision = self.said.get(number)
        if decision is not None and decision.do == "leave":
            return False
        asked = decision is not None and decision.do == "apply"
        return change.by_itself or self.everything or asked

    def _apply(self, change: RegisterChange) -> None:
        assert change.kind is not None
        assert change.id is not None
        at = (change.kind, change.id)
        entry = applied(self.state.get(at), change, () if change.key is None else (change.key,))
        self.state[at] = self.after[at] = entry

    def _link(self, change: RegisterChange, to: str) -> None:
        """Add a source's key to a known person, whose values stay as they are."""
        entry = self.state["person", to]
        keys: tuple[SourceKey, ...] = () if change.key is None else (change.key,)
        known = (*entry.keys, *(key for key in keys if key not in entry.keys))
        linked = entry.model_copy(update={"keys": known, "gone": False})
        self.state["person", to] = self.after["person", to] = linked

    def _refers_to_known(self, change: RegisterChange) -> bool:
        """Whether every entry that a change refers to is known by now."""
        assert change.kind is not None
        for name, kind in refers(change.kind).items():
            for one in change.fields:
                said = None if one.field != name or one.after is None else one.after.value
                if said is not None and (kind, said) not in self.state:
                    return False
        return True


def _refuse_impossible(
    change: RegisterChange | None, decision: ChangeDecision, entries: Entries
) -> None:
    if change is None:
        raise BadDecision("names a change that is not in the list")
    if change.sort is ChangeSort.REFUSED and decision.do != "leave":
        raise BadDecision("is about a change that was refused. Maybe correct it at its source?")
    if decision.do == "link" and (
        change.kind != "person"
        or change.sort is not ChangeSort.UNMATCHED
        or ("person", decision.to) not in entries
    ):
        raise BadDecision("links something other than an unmatched person to a known person")
