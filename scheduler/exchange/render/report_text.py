"""The answer in sentences: which rules were met, which were not and why, and what was proved."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from models.answer.report import Finding, Report
from models.answer.result import Clash, Level, Result, ResultStatus
from models.answer.summary import Summary
from scheduler.report.cost_words import priority_named, standing
from scheduler.report.unfilled import MOST_UNFILLED, also_short
from scheduler.wording import counted, in_unit, listed

MOST_BREACHES = 8
"""The most breaches of one rule that are listed; the rest are counted, and are in the JSON."""

MOST_UNJUDGED = 4
"""Places at which a rule was not judged that are spelt out."""

MOST_IN_BRIEF = 4
"""Rules of one priority that are named in a brief report."""

MOST_EVENTS = 150
MOST_STOPS = 60
"""The most activities, and stops of one thing, that are listed."""

_IN_FULL = "Priority "
"""How notes begin whose content is in the sections of the priorities already."""


@dataclass(frozen=True)
class Section:
    """A heading with its sentences; a sentence may have details under it."""

    title: str
    lines: tuple[tuple[str, tuple[str, ...]], ...]


def headline(result: Result) -> str:
    """The outcome of the request, in one sentence."""
    open_ = [level.priority for level in result.levels if not level.proved]
    if result.status is ResultStatus.OPTIMAL:
        return "Solved, and proved: no schedule is better, in the order of the priorities."
    if result.status is ResultStatus.FEASIBLE:
        which = f"priorities {listed([str(one) for one in open_])}"
        if len(open_) == 1:
            which = priority_named(open_[0], {one.priority: one.title for one in result.levels})
        return f"Solved: every rule that must hold does. Not yet proved best at {which}."
    if result.status is ResultStatus.IMPOSSIBLE:
        return "Impossible: the rules that must hold cannot all hold."
    if result.clash is not None:
        return "No schedule was found in time; it is said below what is suspected to clash."
    if result.draft is not None:
        return "No schedule that keeps all musts was found in time; this is the nearest."
    return "Nothing was found in time. The notes say what may help."


def account(result: Result, summary: Summary | None) -> list[Section]:
    """The whole answer, section by section; empty sections are left out."""
    report = result.report or (result.draft.report if result.draft else None)
    sections = [_clash(result.clash)]
    if report is not None:
        sections += judgement(report, result.levels)
    if summary is not None:
        sections += consequences(summary)
    sections.append(Section("Notes", tuple((note, ()) for note in _further(result, sections))))
    return [section for section in sections if section.lines]


def judgement(report: Report, levels: Sequence[Level] = ()) -> list[Section]:
    """What the checker says about each rule, musts first, then priority by priority."""
    # Several rules may have the same sentence.
    musts = tuple(dict.fromkeys(_fared(f) for f in report.findings if f.priority == "must"))
    sections = [Section("What must hold", musts)] if musts else []
    known = {level.priority: level for level in levels}
    for priority in report.costs:
        level = known.get(priority)
        best = level is not None and level.proved
        here = (f for f in report.findings if f.priority == priority)
        fared = dict.fromkeys(_fared(f, best) for f in here)
        proof = _proof(level) if level is not None else _checked(report, priority)
        sections.append(Section(_titled(report, priority), ((proof, ()), *fared)))
    return sections


def in_brief(result: Result, summary: Summary) -> list[Section]:
    """The answer on less than a page: each priority's proof and the rules not met, without places.

    A draft's clash is said in full, because it is what has to be mended.
    """
    report = result.report or (result.draft.report if result.draft else None)
    if report is None:
        return account(result, summary)
    musts = [finding for finding in report.findings if finding.priority == "must"]
    broken = tuple(_fared(finding)[0] for finding in musts if not finding.kept)
    kept = f"{len(musts) - len(broken)} of {counted(len(musts), 'must')} kept."
    known = {level.priority: level for level in result.levels}
    lines = [(kept, broken)]
    for priority in report.costs:
        level = known.get(priority)
        proof = _proof(level) if level is not None else _checked(report, priority)
        best = level is not None and level.proved
        here = [f for f in report.findings if f.priority == priority and not f.kept]
        said = [*dict.fromkeys(_fared(finding, best)[0] for finding in here)]
        rest = len(said) - MOST_IN_BRIEF
        said[MOST_IN_BRIEF:] = [f"And {counted(rest, 'more rule')}."] if rest > 0 else []
        lines.append((f"{_titled(report, priority)}. {proof}", tuple(said)))
    short = counted(len(summary.unfilled), "unfilled place")
    idle = counted(len(summary.not_used), "person is", "people are")
    lines.append((f"{short}; {idle} not used.", ()))
    sections = [_clash(result.clash), Section("In brief", tuple(lines))]
    if result.schedule is None:
        # A rota is explained by its priorities; a draft does not say how to mend it.
        sections.append(Section("Notes", tuple((note, ()) for note in _further(result, sections))))
    return [section for section in sections if section.lines]


def _further(result: Result, sections: Sequence[Section]) -> list[str]:
    """The notes that no section says already."""
    said = {sentence for section in sections for sentence, _ in section.lines}
    return [note for note in result.notes if note not in said and not note.startswith(_IN_FULL)]


def consequences(summary: Summary) -> list[Section]:
    """Unfilled places, changes, children by group, and people who are not used."""
    found = [
        Section("Activities", tuple(agenda(summary))),
        Section("Waiting for approval", tuple(_waiting(summary))),
        Section(
            "Ratings that changed",
            tuple((row.sentence, ()) for row in summary.ratings if row.changed),
        ),
        Section("Ratings as they stand", tuple((said, ()) for said in _standing(summary))),
        Section("Where things are", tuple(_routes(summary))),
        Section("Unfilled places", tuple(_unfilled(summary))),
        Section(
            f"Changes from {summary.compared_with}",
            tuple((amendment.sentence, ()) for amendment in summary.amendments),
        ),
        Section("Children by group", tuple((row.sentence, ()) for row in summary.together)),
        Section(
            "Warnings",
            (
                *((year.warning, ()) for year in summary.years if year.warning),
                *((notice.sentence, ()) for notice in summary.notices),
            ),
        ),
        Section("Not used, and why", tuple(_not_used(summary))),
    ]
    return [section for section in found if section.lines]


def agenda(summary: Summary) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A line for each activity that may be on several dates or left out, unless another takes place
    instead."""
    chosen = [
        event
        for event in summary.events
        if (event.is_dated or event.start is None) and not event.spared
    ]
    for event in chosen[:MOST_EVENTS]:
        said = list(event.remarks)
        if event.release_by is not None and event.start is not None:
            said.append(f"Given back on {_day(event.release_by)} unless it is called for.")
        said += ["Not certain: see below."] if event.waiting else []
        yield event.sentence, tuple(said)
    if len(chosen) > MOST_EVENTS:
        yield f"And {len(chosen) - MOST_EVENTS} more (all are in the JSON).", ()


def _unfilled(summary: Summary) -> Iterator[tuple[str, tuple[str, ...]]]:
    for place in summary.unfilled[:MOST_UNFILLED]:
        yield place.sentence, tuple(candidate.sentence for candidate in place.candidates)
    if len(summary.unfilled) > MOST_UNFILLED:
        yield also_short(len(summary.unfilled) - MOST_UNFILLED), ()


def _not_used(summary: Summary) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The people who could have come, one by one; then those who could not, by reason."""
    whys = {
        "unavailable": "Away or not at work whenever there is something that they could do",
        "unqualified": "Meet no need of this rota",
    }
    for person in summary.not_used:
        if person.why not in whys:
            yield person.sentence, ()
    for why, said in whys.items():
        if names := [person.name for person in summary.not_used if person.why == why]:
            yield f"{said}: {', '.join(names)}.", ()


def _routes(summary: Summary) -> Iterator[tuple[str, tuple[str, ...]]]:
    for route in summary.routes:
        stops = [stop.sentence for stop in route.stops[:MOST_STOPS]]
        if len(route.stops) > MOST_STOPS:
            stops.append(f"And {len(route.stops) - MOST_STOPS} more (all are in the JSON).")
        yield f"{route.name}:", tuple(stops)


def _waiting(summary: Summary) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Uses that the owner has not approved yet, in order of time."""
    for event in summary.events:
        if event.waiting:
            yield event.sentence, tuple(waiting.sentence for waiting in event.waiting)


def _standing(summary: Summary) -> Iterator[str]:
    """The ratings of each body: "Trust V: 2 red, 5 amber, 20 green; 3 changed."."""
    for body in dict.fromkeys(row.body for row in summary.ratings):
        rows = [row for row in summary.ratings if row.body == body]
        now = Counter(row.now for row in rows)
        said = ", ".join(f"{now[colour]} {colour}" for colour in ("red", "amber", "green"))
        yield f"{body}: {said}; {sum(row.changed for row in rows)} changed."


def _day(when: date) -> str:
    return f"{when:%a} {when.day} {when:%b}"


def _titled(report: Report, priority: int) -> str:
    """The heading of a priority: "Priority 1: Cover every shift"."""
    title = report.titles.get(priority, "")
    return f"Priority {priority}: {title}" if title else f"Priority {priority}"


def _checked(report: Report, priority: int) -> str:
    """What a priority costs where nothing was searched."""
    said = standing(report, priority)
    return f"{said[0].upper()}{said[1:]}; checking proves nothing." if said else "Kept in full."


def _proof(level: Level) -> str:
    """The cost and the bound of a priority; in the search's own sentence if it has one."""
    if level.sentence:
        return level.sentence[0].upper() + level.sentence[1:]
    if level.proved:
        return f"It costs {level.value}, and no schedule can do with less."
    gap = level.value - level.bound
    return f"It costs {level.value}; no schedule can do with less than {level.bound} (gap {gap})."


def _fared(finding: Finding, best: bool = False) -> tuple[str, tuple[str, ...]]:
    unjudged = _unjudged(finding)
    if finding.kept:
        how = "Met where it was judged" if unjudged else "Met"
        return f"{how}: {finding.sentence}", unjudged
    said = tuple(breach.sentence for breach in finding.breaches[:MOST_BREACHES])
    rest = len(finding.breaches) - len(said)
    if rest:
        said = (*said, f"And {counted(rest, 'more place', 'more places')} (all are in the JSON).")
    how = "As far as can be" if best else "Not met"
    amount = in_unit(finding.amount, finding.unit)
    return f"{how}: {finding.sentence} ({amount})", (*said, *unjudged)


def _unjudged(finding: Finding) -> tuple[str, ...]:
    said = list(dict.fromkeys(f"Not judged: {one.sentence}." for one in finding.not_judged))
    rest = len(said) - MOST_UNJUDGED
    if rest > 0:
        said[MOST_UNJUDGED:] = [f"And {counted(rest, 'more place', 'more places')} not judged."]
    return tuple(said)


def _clash(clash: Clash | None) -> Section:
    if clash is None:
        return Section("Why it is impossible", ())
    lines: list[tuple[str, tuple[str, ...]]] = [
        (clash.sentence, tuple(member.sentence for member in clash.members))
    ]
    if not clash.minimal:
        lines.append(("Not every one of these was shown to be needed.", ()))
    # Answers of releases before name the exceptions in their own place only.
    ways = tuple(dict.fromkeys((*clash.ways, *(r.sentence for r in clash.relaxations))))
    if ways:
        lines.append(("Any of these would mend it:", ways))
    title = "Why it is impossible" if clash.confirmed else "What may clash"
    return Section(title, tuple(lines))
