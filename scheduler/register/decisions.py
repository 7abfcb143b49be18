"""What a person decided about a list of changes, and the entries as they are then."""

from collections.abc import Callable, Iterable

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
    """A decision names no change, or what cannot be done."""


def decided(
    entries: Entries,
    shown: ChangeList,
    decisions: Iterable[ChangeDecision],
    everything: bool,
    compared: Callable[[Entries], ChangeList],
) -> tuple[dict[str, tuple[int, ...]], dict[tuple[Kind, str], KnownEntry]]:
    """Which changes are done, wait and are left; and the entries as they are then.

    Args:
        entries: of the register.
        shown: the list that was decided about.
        decisions: of a person.
        everything: do all that is new, changed or gone and not decided otherwise.
        compared: the list anew, with other entries.
    """
    said: dict[int, ChangeDecision] = {decision.change: decision for decision in decisions}
    by_number = {change.number: change for change in shown.changes}
    for one in said.values():
        _possible(by_number.get(one.change), one, entries)
    state = dict(entries)
    after: dict[tuple[Kind, str], KnownEntry] = {}
    done: set[int] = set()

    def do(change: RegisterChange, id: str) -> None:
        assert change.kind is not None
        before = state.get((change.kind, id))
        entry = applied(before, change, () if change.key is None else (change.key,))
        state[change.kind, id] = after[change.kind, id] = entry

    # Who is who comes first: what waits for it can then be compared again.
    for change in shown.changes:
        decision = said.get(change.number)
        if change.sort is ChangeSort.UNMATCHED and change.kind == "person" and decision is not None:
            if decision.do == "link":
                assert decision.to is not None
                _link(state, after, change, decision.to)
                done.add(change.number)
            elif decision.do == "apply":
                assert change.id is not None
                do(change, change.id)
                done.add(change.number)
    again = compared(state) if done else shown
    numbers = {(c.kind, c.key): c.number for c in shown.changes if c.sort is not ChangeSort.REFUSED}
    for change in again.changes:
        number = numbers.get((change.kind, change.key), 0)
        decision = said.get(number)
        wanted = change.by_itself or everything or (decision is not None and decision.do == "apply")
        if decision is not None and decision.do == "leave":
            wanted = False
        if change.sort in (ChangeSort.REFUSED, ChangeSort.UNMATCHED) or not wanted:
            continue
        if number and number not in done and _stands(change, state):
            assert change.id is not None
            do(change, change.id)
            done.add(number)
    left = {n for n, d in said.items() if d.do == "leave"}
    waiting = {c.number for c in shown.changes if c.sort is not ChangeSort.REFUSED} - done - left
    outcome = {
        "applied": tuple(sorted(done & set(by_number))),
        "waiting": tuple(sorted(waiting)),
        "left": tuple(sorted(left)),
    }
    return outcome, after


def _possible(change: RegisterChange | None, decision: ChangeDecision, entries: Entries) -> None:
    if change is None:
        raise BadDecision("names a change that is not in the list")
    if change.sort is ChangeSort.REFUSED and decision.do != "leave":
        raise BadDecision("is about a change that was refused. Maybe mend it at its source?")
    if decision.do == "link" and (
        change.kind != "person"
        or change.sort is not ChangeSort.UNMATCHED
        or ("person", decision.to) not in entries
    ):
        raise BadDecision("links what is not an unmatched person, or to nobody that is known")


def _link(
    state: dict[tuple[Kind, str], KnownEntry],
    after: dict[tuple[Kind, str], KnownEntry],
    change: RegisterChange,
    to: str,
) -> None:
    """A person is known here too; what was known of them stays as it is."""
    entry = state["person", to]
    keys: tuple[SourceKey, ...] = () if change.key is None else (change.key,)
    known = (*entry.keys, *(key for key in keys if key not in entry.keys))
    linked = entry.model_copy(update={"keys": known, "gone": False})
    state["person", to] = after["person", to] = linked


def _stands(change: RegisterChange, state: Entries) -> bool:
    """Whether all that a change refers to is known by now."""
    assert change.kind is not None
    for name, kind in refers(change.kind).items():
        for one in change.fields:
            said = None if one.field != name or one.after is None else one.after.value
            if said is not None and (kind, said) not in state:
                return False
    return True
