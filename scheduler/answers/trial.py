"""Changes by hand, judged by the checkers where they touch anything; nothing is kept."""

import difflib
from collections.abc import Iterable, Iterator, Sequence

from models.answer.report import Report
from models.answer.result import Level
from models.answer.what_if import HandMove, PriorityChange, TryAnswer
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.intake.case import Case
from scheduler.intake.validation_errors import Fault, InvalidRequest, pointer
from scheduler.report.cost_words import cost_sentence, dearer, priority_named
from scheduler.rulebook.check import check

Cells = frozenset[tuple[int, int]]


def tried(
    case: Case,
    plan: Plan,
    moves: Sequence[HandMove],
    *,
    report: Report | None = None,
    levels: Sequence[Level] = (),
) -> TryAnswer:
    """What moves would do while the rest stays as it is.

    Args:
        case: the facts and the rules.
        plan: the schedule as it is.
        moves: in the order in which they are made.
        report: what the schedule costs, if that is known.
        levels: what was proved of the request.

    Raises:
        InvalidRequest: a move names nobody, or takes what is not there; all of them at once.
    """
    after = moved(case.facts, plan, moves)
    words = tuple(_in_words(case.facts, move) for move in moves)
    return judged(case, plan, after, words, report, levels)


def judged(
    case: Case,
    plan: Plan,
    after: Cells,
    words: tuple[str, ...],
    report: Report | None = None,
    levels: Sequence[Level] = (),
) -> TryAnswer:
    """What other placements would break and cost; only what they touch is judged."""
    changed = plan.cells ^ after
    near = case.facts.within(case.facts.touch(changed))
    before, now = check(near, case.rules, plan), check(near, case.rules, plan.on(after))
    breaks, mends = tuple(_worse(before, now)), tuple(_worse(now, before))
    known = {level.priority: level.bound for level in levels}
    costs = tuple(
        PriorityChange(
            priority=priority,
            change=cost - before.costs.get(priority, 0),
            before=None if report is None else report.costs.get(priority),
            at_least=known.get(priority),
        )
        for priority, cost in sorted(now.costs.items())
    )
    broken = now.broken_musts - before.broken_musts
    first = next((n for n in (broken, *(c.change for c in costs)) if n), 0)
    return TryAnswer(
        moves=words,
        breaks=breaks,
        mends=mends,
        costs=costs,
        better=None if first == 0 else first < 0,
        sentence=" ".join(_said(case, breaks, mends, before, now)),
    )


def _worse(before: Report, after: Report) -> Iterator[str]:
    """Sentences about musts that the second report has broken, or broken more."""

    def amounts(report: Report) -> dict[tuple[int, tuple[str, ...]], tuple[int, str]]:
        return {
            (f.rule, b.where): (b.amount, b.sentence)
            for f in report.findings
            if f.priority == "must"
            for b in f.breaches
        }

    old = amounts(before)
    for place, (amount, sentence) in amounts(after).items():
        if amount > old.get(place, (0, ""))[0]:
            yield sentence


def _said(
    case: Case, breaks: Sequence[str], mends: Sequence[str], before: Report, now: Report
) -> Iterator[str]:
    if breaks:
        yield f"It breaks what must hold: {' '.join(breaks)}"
    if mends:
        yield f"It mends what is broken: {' '.join(mends)}"
    costs = cost_sentence(dearer(before, now), case.titles)
    if costs:
        yield costs
    less = dearer(now, before)
    if less:
        what = "; ".join(priority_named(priority, case.titles) for priority in less)
        yield f"It costs less at {what}."
    if not (breaks or mends or costs or less):
        yield "It breaks nothing and costs nothing, while the rest stays as it is."


# ------------------------------------------------------------------ moves


def moved(facts: Facts, plan: Plan, moves: Sequence[HandMove]) -> Cells:
    """The placements after moves.

    Raises:
        InvalidRequest: with every move that cannot be made.
    """
    cells = set(plan.cells)
    faults: list[Fault] = []
    for number, move in enumerate(moves):
        faults += _make(facts, cells, move, ("moves", number))
    if faults:
        raise InvalidRequest(faults)
    return frozenset(cells)


def _make(
    facts: Facts, cells: set[tuple[int, int]], move: HandMove, path: tuple[str | int, ...]
) -> Iterator[Fault]:
    """Make a move, or say why not."""
    unknown = list(_unknown(facts, move, path))
    if unknown:
        yield from unknown
        return
    duty = facts.duty_number[move.duty]
    person, to = (None if p is None else facts.person_number[p] for p in (move.person, move.to))
    gone: set[tuple[int, int]] = set()
    new: set[tuple[int, int]] = set()
    if move.do == "pin" and person is not None:
        cells.add((person, duty))
    elif move.do == "leave_empty":
        on = {cell for cell in cells if cell[1] == duty}
        gone = on if person is None else {(person, duty)}
    elif move.do == "give" and to is not None:
        gone = set() if person is None else {(person, duty)}
        new = {(to, duty)}
    elif person is not None and to is not None and move.other is not None:
        other = facts.duty_number[move.other]
        gone, new = {(person, duty), (to, other)}, {(person, other), (to, duty)}
    if gone - cells:
        said, hint = "takes somebody off a duty that they are not on.", "Maybe look at the board?"
        yield Fault(pointer=pointer(path), message=said, hint=hint)
    elif new & (cells - gone):
        said, hint = "gives somebody a duty that they are on.", "Maybe leave it out?"
        yield Fault(pointer=pointer(path), message=said, hint=hint)
    else:
        cells -= gone
        cells |= new


def _unknown(facts: Facts, move: HandMove, path: tuple[str | int, ...]) -> Iterator[Fault]:
    people: Iterable[str] = facts.person_number
    for name in ("person", "to"):
        id = getattr(move, name)
        if id is not None and id not in facts.person_number:
            yield unknown(id, people, (*path, name), "nobody on this rota")
    for name in ("duty", "other"):
        id = getattr(move, name)
        if id is not None and id not in facts.duty_number:
            yield unknown(id, facts.duty_number, (*path, name), "no duty of this rota")


def unknown(id: str, known: Iterable[str], path: tuple[str | int, ...], said: str) -> Fault:
    """A fault for an id that names nothing, with the nearest that names something."""
    near = difflib.get_close_matches(id, list(known), 1)
    hint = f"Maybe `{near[0]}`?" if near else "Maybe look at the request of the rota?"
    return Fault(pointer=pointer(path), message=f"names {said}.", hint=hint)


def _in_words(facts: Facts, move: HandMove) -> str:
    def name(id: str | None) -> str:
        return "" if id is None else facts.name(facts.person_number[id])

    def said(id: str) -> str:
        return facts.says_duty(facts.duties[facts.duty_number[id]])

    duty = said(move.duty)
    if move.do == "pin":
        return f"{name(move.person)} is on {duty}."
    if move.do == "give":
        instead = f" instead of {name(move.person)}" if move.person else ""
        return f"{name(move.to)} is on {duty}{instead}."
    if move.do == "swap":
        theirs = said(move.other or move.duty)
        return f"{name(move.person)} is on {theirs}, and {name(move.to)} on {duty}."
    return f"{name(move.person) or 'Everybody'} comes off {duty}."
