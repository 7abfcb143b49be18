"""Why a place stays empty, and why a person is on no duty: sentences without a solver."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from models.answer.summary import Candidate, NotUsed, Unfilled
from models.facts.facts import Duty, Facts, Stint
from models.facts.plan import Plan
from scheduler.report.cost_words import cost_sentence, dearer
from scheduler.rulebook.check import check
from scheduler.rulebook.priority_titles import priority_titles
from scheduler.rulebook.rule import Rule
from scheduler.wording import counted, listed

MOST_TRIALS = 200
"""People who are tried on an unfilled place by asking every rule; later ones are not tried."""

TRIED_CELLS = 10_000_000
"""People times duties times trials: in a large rota a trial takes long, and fewer are made."""


def at_that_time(plan: Plan, person: int, stint: Stint) -> Duty | None:
    """What a person has that meets a stint in time."""
    for other in plan.stints(person):
        if other.duty >= 0 and other.start < stint.end and stint.start < other.end:
            return plan.facts.duties[other.duty]
    return None


# ------------------------------------------------------------------ unfilled places

MOST_UNFILLED = 25
"""Unfilled places that are explained one by one; more are counted."""


def also_short(count: int) -> str:
    """Unfilled places that are not explained one by one."""
    return f"{counted(count, 'more duty is', 'more duties are')} short of people."


def unfilled(
    facts: Facts,
    plan: Plan,
    rules: Sequence[Rule],
    titles: Mapping[int, str] | None = None,
    over: Callable[[], bool] = lambda: False,
) -> Iterator[Unfilled]:
    """Every duty that is short of people, with who could do it and why each does not.

    Args:
        facts: of the plan.
        plan: what is explained.
        rules: those that judge, always-on ones included; none where nobody is to be tried.
        titles: of the priorities; made from the rules where left out.
        over: asked before each trial; once it says yes nobody is tried any more.
    """
    trials = min(MOST_TRIALS, TRIED_CELLS // max(1, len(facts.staff) * len(facts.duties)))
    named = priority_titles(rules) if titles is None else titles
    for duty in facts.duties:
        missing = plan.wanted(duty) - len(plan.people(duty.number))
        if missing <= 0:
            continue
        candidates: list[tuple[Candidate, str]] = []
        stint = plan.stint(duty)
        for person in facts.staff:
            if not facts.qualified(person.number, duty, stint) or plan.works(
                person.number, duty.number
            ):
                continue
            unable = why_unable(facts, plan, duty, person.number)
            if unable is not None:
                candidates.append((unable, ""))
                continue
            trials = 0 if trials and over() else trials
            asked = rules if trials else ()
            candidates.append(_why_unwanted(facts, plan, duty, person.number, asked, named))
            trials = max(0, trials - 1)
        yield Unfilled(
            duty=duty.id,
            missing=missing,
            sentence=_shortage(facts, duty, missing, candidates),
            candidates=tuple(candidate for candidate, _ in candidates),
        )


def why_unable(facts: Facts, plan: Plan, duty: Duty, person: int) -> Candidate | None:
    """Why somebody who meets a need cannot come; None where they are free."""
    staff = facts.staff[person]
    stint = plan.stint(duty) or duty.stints[0]
    away = facts.why_away(person, stint)
    if away is not None:
        return Candidate(person=staff.id, why="unavailable", sentence=f"{staff.name} {away}.")
    other = at_that_time(plan, person, stint)
    if other is not None:
        said = f"{staff.name} is on {facts.says_duty(other)} at that time."
        return Candidate(person=staff.id, why="busy", sentence=said)
    return None


def _why_unwanted(
    facts: Facts,
    plan: Plan,
    duty: Duty,
    person: int,
    rules: Sequence[Rule],
    titles: Mapping[int, str],
) -> tuple[Candidate, str]:
    """The most important rule that is worse off with a free person on a duty, and its title."""
    staff = facts.staff[person]
    if not rules:
        said = f"{staff.name} is free then; the rules were not asked."
        return Candidate(person=staff.id, why="open", sentence=said), ""
    cell = (person, duty.number)
    trial = plan.besides(*cell)
    view = facts.within(facts.touch([cell]))
    gains: dict[int, int] = defaultdict(int)
    for rule in sorted(rules, key=_importance):
        before, after = list(rule.check(view, plan)), list(rule.check(view, trial))
        change = sum(b.amount for b in after) - sum(b.amount for b in before)
        if change > 0 and rule.priority == "must":
            new = next(b.sentence for b in after if b not in before)
            said = f"{staff.name} is free then, but {would_break(rule.sentence, new)}"
            return Candidate(person=staff.id, why="must", sentence=said), rule.title
        gains[_importance(rule)] -= change * rule.weight
    first = next(((p, gain) for p, gain in sorted(gains.items()) if gain != 0), None)
    if first is not None and first[1] < 0:
        wishes = [rule for rule in rules if rule.priority == first[0]]
        more = dearer(check(view, wishes, plan), check(view, wishes, trial))
        said = f"{staff.name} is free then. {cost_sentence(more, titles)}"
        return Candidate(person=staff.id, why="wish", sentence=said), ""
    if first is None:
        said = f"{staff.name} is free then, but no rule asks for anybody more there."
    else:
        said = (
            f"{staff.name} is free then, and the rota would be better for it: the search ended "
            "before it came to that. Maybe allow more limits.seconds, or pin it?"
        )
    return Candidate(person=staff.id, why="open", sentence=said), ""


def would_break(rule: str, breach: str) -> str:
    """Which must would be broken, and where: "would break “...”: Ann works on ..."."""
    opened, closed = "\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"
    return f"that would break {opened}{rule.rstrip('.')}{closed}: {breach}"


def _importance(rule: Rule) -> int:
    return 0 if rule.priority == "must" else rule.priority


_GROUPED = {
    "unavailable": ("is away or does not work then", "are away or do not work then"),
    "busy": ("has another duty then", "have another duty then"),
    "wish": ("would cost more elsewhere", "would cost more elsewhere"),
    "open": ("is free then", "are free then"),
}


def _shortage(
    facts: Facts, duty: Duty, missing: int, candidates: Sequence[tuple[Candidate, str]]
) -> str:
    short = f"{facts.says_duty(duty)} is short of {counted(missing, 'person', 'people')}"
    if not candidates:
        nobody = (
            "nobody meets its need" if not facts.able[duty.number] else "nobody else meets its need"
        )
        return f"{short}: {nobody}."
    reasons = []
    opened, closed = "\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"
    broken = dict.fromkeys(title for c, title in candidates if c.why == "must")
    musts = {title: (f"would break the must {opened}{title}{closed}",) * 2 for title in broken}
    for why, (one, many) in {**_GROUPED, **musts}.items():
        names = [
            facts.name(facts.person_number[c.person])
            for c, title in candidates
            if why == (title if c.why == "must" else c.why)
        ]
        if names:
            reasons.append(f"{listed(names)} {one if len(names) == 1 else many}")
    return f"{short}. Of those who meet its need, {'; '.join(reasons)}."


# ------------------------------------------------------------------ people on no duty


def not_used(facts: Facts, plan: Plan) -> Iterator[NotUsed]:
    """Everybody who is on no duty and not at work without one either, with the reason."""
    for person in facts.staff:
        if plan.duties(person.number) or _is_at_work(facts, person.number):
            continue
        able = facts.possible[person.number]
        if able:
            did = f"{person.name} could have done {counted(len(able), 'duty', 'duties')}"
            short = sum(len(plan.people(d.number)) < plan.asks(d) for d in able)
            covered = "others cover them" if len(able) > 1 else "others cover it"
            rest = f"{short} of them short of people" if short else covered
            yield NotUsed(
                person=person.id,
                name=person.name,
                why="not_needed",
                sentence=f"{did}; {rest}.",
            )
            continue
        qualified = [d for d in facts.duties if facts.qualified(person.number, d)]
        if not qualified:
            said = f"{person.name} does not meet any need of this rota."
            yield NotUsed(person=person.id, name=person.name, why="unqualified", sentence=said)
            continue
        whys = {
            "are away" if facts.why_away(person.number, s) == "is away" else "do not work"
            for d in qualified
            for s in d.stints
        }
        said = f"Whenever there is something that {person.name} could do, they "
        said += f"{' or '.join(sorted(whys, reverse=True))}."
        yield NotUsed(person=person.id, name=person.name, why="unavailable", sentence=said)


def _is_at_work(facts: Facts, person: int) -> bool:
    """Whether somebody who is on no duty is at work by their pattern on any day."""
    return any(facts.attendance.of_day(person, day) for day in range(len(facts.days)))
