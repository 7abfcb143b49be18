"""What was proved and what was not met, in sentences."""

from collections.abc import Sequence
from typing import Any

from models.answer.result import Level
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.report.sentences import MOST_NOTES, notes, sentence_for_level
from scheduler.rulebook.check import check
from scheduler.rulebook.example import Example
from scheduler.rulebook.rule import Rule
from scheduler.rules.cover.cover import Cover
from scheduler.rules.working_time.consecutive_days import ConsecutiveDays

ONE_EACH_DAY: dict[str, dict[str, Any]] = {"D": {"needs": [{"count": 1}]}}

COVER_THEN_DAYS = (Cover(priority=1), ConsecutiveDays(most=1, priority=2))


def drawn(rota: str, **more: Any) -> tuple[Facts, Plan]:
    """A drawn rota in which every day needs one person."""
    example = Example(Cover(), rota, [], shifts=ONE_EACH_DAY, **more)
    return example.indexed, example.plan


def proved(rota: str, rules: Sequence[Rule], priority: int, bound: int) -> str:
    """The sentence about a priority, when a bound was proved."""
    facts, plan = drawn(rota)
    report = check(facts, rules, plan)
    level = Level(priority=priority, value=report.costs[priority], bound=bound)
    return sentence_for_level(rules, report, level)


def test_nobody_at_all_is_said_of_the_first_priority_only() -> None:
    """A bound at a later priority holds only among schedules as good at the earlier ones."""
    rota = "Ann D D D . ."
    assert proved(rota, COVER_THEN_DAYS, 1, 2) == "2 people; nobody at all can do it with fewer."
    assert proved(rota, COVER_THEN_DAYS, 2, 2) == (
        "2 days; without leaving more places unfilled, nobody can do it with fewer."
    )


def test_an_open_gap_is_said() -> None:
    """With the least that could still be reached, or that nothing is known."""
    rota = "Ann D D D D ."
    assert proved(rota, COVER_THEN_DAYS, 2, 2) == (
        "3 days; without leaving more places unfilled, nobody can do it with fewer than 2."
    )
    assert proved(rota, COVER_THEN_DAYS, 2, 0) == (
        "3 days; nothing was proved about how much better it could be."
    )


def test_what_is_kept_needs_no_number() -> None:
    """Nothing is better than nothing broken."""
    assert proved("Ann D . D .", COVER_THEN_DAYS, 2, 0) == "Kept in full."


def test_a_priority_of_several_rules_is_said_in_its_parts() -> None:
    """Units that differ are not added up; a shared weight is divided out, a bound rounded up."""
    mixed = (Cover(priority=1, weight=5), ConsecutiveDays(most=1, priority=1))
    assert proved("Ann D D .", mixed, 1, 3) == (
        "1 person at 5 each and 1 day; nobody at all can save more than 50 % of that, "
        "by the weights of its rules."
    )
    heavy = (ConsecutiveDays(most=1, priority=1, weight=5),)
    assert proved("Ann D D D", heavy, 1, 6) == ("2 days; nobody at all can do it with fewer.")


def test_a_rule_without_words_for_doing_worse_is_named_by_its_priority() -> None:
    """Priorities are numbers that the reader has given."""
    rules = (
        Cover(priority=1),
        ConsecutiveDays(most=2, priority=2),
        ConsecutiveDays(most=1, priority=3),
    )
    assert proved("Ann D D D .", rules, 3, 2) == (
        "2 days; without leaving more places unfilled or doing worse at priority 2, nobody can do "
        "it with fewer."
    )


def test_notes_say_why_places_are_empty_and_what_was_not_met() -> None:
    """An unfilled place is explained once; the rule that counts it is not repeated."""
    facts, plan = drawn("Ann D D D .\nBob . . . .", people={"Bob": {"works": []}})
    rules = (Cover(priority=1), ConsecutiveDays(most=1, priority=2))
    said = notes(facts, rules, plan, check(facts, rules, plan))
    assert said == (
        "Day on Thu 8 Jan is short of 1 person. Of those who meet its need, Bob is away or does "
        "not work then; Ann is free then.",
        "Priority 2: People work at most 1 day in a row. 2 days in 2 places; such as: "
        "Ann works on Tue 6 Jan, day 2 in a row; 1 is the most.",
    )


def test_nothing_is_noted_of_a_rota_without_fault() -> None:
    """Dull facts are left out."""
    facts, plan = drawn("Ann D . D\nBob . D .")
    assert notes(facts, COVER_THEN_DAYS, plan, check(facts, COVER_THEN_DAYS, plan)) == ()


def test_notes_stay_short() -> None:
    """However much is wrong, the rest is counted."""
    facts, plan = drawn("Ann" + " ." * 60)
    rules = (Cover(priority=1), *(ConsecutiveDays(least=1, priority=2) for _ in range(3)))
    said = notes(facts, rules, plan, check(facts, rules, plan))
    assert len(said) <= MOST_NOTES
    assert said[-1] == "35 more duties are short of people."
