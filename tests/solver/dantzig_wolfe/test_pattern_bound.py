"""Bounds by columns: never above the truth, and strong where people are alike."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from models.answer.report import Breach
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Problem
from scheduler.rulebook.rule import Rule, Scope
from scheduler.rules import ALWAYS_ON
from scheduler.rules.cover.cover import Cover
from scheduler.rules.fairness.fair_share import FairShare
from scheduler.rules.working_time.consecutive_days import ConsecutiveDays
from scheduler.search.compile import Compiled, compile_model
from solver.cpsat.solve import Effort, Solution, SolveStatus, complete, minimise
from solver.dantzig_wolfe.block_structure import take_apart
from solver.dantzig_wolfe.pattern_bound import DantzigWolfeBound
from solver.dantzig_wolfe.total_limits import narrow
from tests.soak import more, tries

if TYPE_CHECKING:
    from solver.language.model import Model
    from solver.language.slack import Slack

QUICK = Effort(20, 20)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")


class MostDays(Rule):
    """The days of the person who works most."""

    kind: Literal["most_days"] = "most_days"
    scope: ClassVar[Scope] = "whole"
    unit: ClassVar[str] = "days"

    def __str__(self) -> str:
        return "Nobody works much."

    def encode(self, model: "Model", slack: "Slack") -> None:
        days = range(len(model.facts.days))
        worst = slack("worst", most=len(days))
        for person in model.facts.people():
            model.cp.add(model.sum(model.works_on(person.number, day) for day in days) <= worst)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        worst = max(len(plan.days(person.number)) for person in facts.people())
        if worst:
            yield Breach(where=("worst",), amount=worst, sentence="Somebody works.")


def facts(patterns: list[tuple[str, ...]], count: int, weeks: int = 1) -> Facts:
    """A school with one shift a day, and people by the weekdays they work."""
    return Facts(
        Problem.model_validate(
            {
                "name": "Weeks",
                "horizon": {"first": "2026-01-05", "last": f"2026-01-{2 + 7 * weeks:02}"},
                "schools": [{"id": "S", "name": "School"}],
                "people": [
                    {"id": f"p{n}", "name": f"P{n}", "home": "S", "works": [{"weekdays": pattern}]}
                    for n, pattern in enumerate(patterns)
                ],
                "shifts": [
                    {
                        "id": "D",
                        "name": "Day",
                        "school": "S",
                        "start": "09:00",
                        "end": "15:00",
                        "needs": [{"count": count}],
                    }
                ],
            }
        )
    )


def solved(known: Facts, *rules: Rule) -> tuple[Compiled, dict[int, int], Solution]:
    """The model, its first priority's prices, and the solver's best of it."""
    compiled = compile_model(known, (*rules, *ALWAYS_ON))
    prices = {room.index: w for w, slack in compiled.prices[1] for _, room in slack.priced}
    objective = compiled.model.sum(
        w * room for w, slack in compiled.prices[1] for _, room in slack.priced
    )
    found = minimise(compiled.model, objective, Effort(60, 60, workers=1), stop=lambda: False)
    return compiled, prices, found


def test_the_ways_of_a_large_model_come_to_the_same_answer() -> None:
    """Fewer of them search, and each bound and value is the same in the end."""
    compiled, _, found = solved(facts([WEEKDAYS] * 2, 2), Cover(), ConsecutiveDays(most=2))
    large = Effort(60, 60, workers=2, large=True)
    again = minimise(compiled.model, compiled.cost(1), large, stop=lambda: False)
    assert again.outcome is SolveStatus.OPTIMAL
    assert (again.value, again.bound) == (found.value, found.bound) == (2, 2)


@more
@settings(max_examples=tries(20, 60), deadline=None, derandomize=True)
@given(
    patterns=st.lists(
        st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True).map(tuple),
        min_size=2,
        max_size=6,
    ),
    count=st.integers(1, 3),
    most=st.integers(1, 4),
    goal=st.sampled_from([MostDays(priority=1), Cover(priority=1), FairShare(priority=1)]),
    beyond=st.integers(0, 2),
    effort=st.sampled_from([QUICK, Effort(1e-6, 20, counted=True), Effort(0.01, 20, counted=True)]),
)
def test_no_bound_is_above_the_optimum(
    patterns: list[tuple[str, ...]], count: int, most: int, goal: Rule, beyond: int, effort: Effort
) -> None:
    """Whatever the target, and however soon the work ends, what is called proved is true."""
    known = facts(patterns, count)
    others: tuple[Rule, ...] = (ConsecutiveDays(most=most),)
    if goal.name != "cover":
        others = (*others, Cover(priority="must"))
    compiled, prices, found = solved(known, goal, *others)
    if found.outcome is SolveStatus.IMPOSSIBLE:
        return
    assert found.outcome is SolveStatus.OPTIMAL
    assert found.value is not None
    bound = DantzigWolfeBound(
        compiled.model, prices, found.values, target=found.value + beyond, effort=effort
    ).improve(effort)
    assert 0 <= bound <= found.value


def test_what_part_timers_cannot_take_is_proved_of_the_full_timer() -> None:
    """Five people do Mondays and Tuesdays only, which leaves the sixth three days."""
    known = facts([("mon", "tue")] * 5 + [WEEKDAYS], 1)
    compiled, prices, found = solved(known, MostDays(priority=1), Cover(priority="must"))
    assert found.value == 3
    bound = DantzigWolfeBound(compiled.model, prices, found.values, target=3, effort=QUICK).improve(
        QUICK
    )
    assert bound == 3


def test_what_limits_alone_rule_out_needs_no_program() -> None:
    """Two people for two places: fewer than one day each is impossible on the face of it."""
    known = facts([("mon",), ("mon",)], 2)
    compiled, prices, _ = solved(known, MostDays(priority=1), Cover(priority="must"))
    assert take_apart(compiled.model, prices, 0) is None


def test_one_person_alone_is_bounded_by_their_own_patterns() -> None:
    """One person for five days has no pattern of four."""
    known = facts([WEEKDAYS], 1)
    compiled, prices, found = solved(known, MostDays(priority=1), Cover(priority="must"))
    assert found.value == 5
    bound = DantzigWolfeBound(compiled.model, prices, found.values, target=5, effort=QUICK).improve(
        QUICK
    )
    assert bound == 5


def test_people_who_are_alike_share_one_pricing() -> None:
    """Blocks of people with the same constraints have the same key."""
    known = facts([WEEKDAYS, WEEKDAYS, ("mon",)], 1)
    compiled, prices, _ = solved(known, MostDays(priority=1), ConsecutiveDays(most=2), Cover())
    parts = take_apart(compiled.model, prices, 5)
    assert parts is not None
    keys = [block.key for block in parts.blocks]
    assert keys[0] == keys[1] != keys[2]


def test_a_stop_ends_it_with_what_is_proved() -> None:
    """Stopped at once, nothing is proved and nothing is claimed."""
    known = facts([WEEKDAYS] * 4, 2)
    compiled, prices, found = solved(known, MostDays(priority=1), Cover(priority="must"))
    values = complete(compiled.model, found.plan, 0) if found.plan else ()
    bound = DantzigWolfeBound(compiled.model, prices, values, target=3, effort=QUICK).improve(
        QUICK, lambda: True
    )
    assert bound == 0


def test_limits_of_a_total_hold_however_little_time_there_is() -> None:
    """A solver that is cut off before it knows anything has shown nothing."""
    known = facts([WEEKDAYS] * 3, 1)
    compiled, _, found = solved(known, FairShare(priority=1), Cover(priority="must"))
    (total,) = (variable.index for variable in compiled.model.totals)
    lows = []
    for effort in (Effort(1e-9, 20, counted=True), Effort(1e-9, 20), QUICK):
        limits, _ = narrow(compiled.model, [total], found.values, effort, lambda: False)
        low, high = limits[total]
        assert low <= 5 <= high
        lows.append(low)
    assert lows[-1] == 5
