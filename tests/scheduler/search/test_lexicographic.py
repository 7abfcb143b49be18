"""The search through the priorities: order, bounds, stop, repeatability, and honesty."""

import itertools
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pytest

from models.answer.report import Breach
from models.answer.result import Level, Progress, still_proved
from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.limits import Limits
from models.problem.problem import Problem
from scheduler.rulebook.rule import Rule, Scope
from scheduler.rules import ALWAYS_ON
from scheduler.rules.cover.cover import Cover
from scheduler.rules.working_time.consecutive_days import ConsecutiveDays
from scheduler.search.lexicographic import search as search_by
from scheduler.search.params import SearchParams, StrategyParams
from scheduler.search.search_state import Disagreement, SearchState
from scheduler.search.strategy import Strategy
from solver.search.roster_search import RosterSearch

if TYPE_CHECKING:
    from solver.language.model import Model
    from solver.language.slack import Slack


class Tally(Rule):
    """Counts days of work; its encoding can be made to lie by a factor."""

    kind: Literal["tally"] = "tally"
    scope: ClassVar[Scope] = "person"
    unit: ClassVar[str] = "days"

    people: tuple[str, ...] | None = None
    says_factor: int = 1

    def __str__(self) -> str:
        return "People come in as little as possible."

    def encode(self, model: "Model", slack: "Slack") -> None:
        for person in self._meant(model.facts):
            days = range(len(model.facts.days))
            total = model.sum(model.works_on(person, day) for day in days)
            most = len(days) * max(1, self.says_factor)
            model.cp.add(slack(model.facts.staff[person].id, most=most) >= self.says_factor * total)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for person in self._meant(facts):
            if plan.days(person):
                yield Breach(
                    where=(facts.staff[person].id,),
                    amount=len(plan.days(person)),
                    sentence="Comes in.",
                )

    def _meant(self, facts: Facts) -> list[int]:
        return [p.number for p in facts.people() if self.people is None or p.id in self.people]


def facts(*, people: int = 4, count: int = 1, days: int = 5, **more: Any) -> Facts:
    """A school with one shift a day."""
    return Facts(
        Problem.model_validate(
            {
                "name": "A week",
                "horizon": {"first": "2026-01-05", "last": f"2026-01-{4 + days:02}"},
                "schools": [{"id": "S", "name": "School"}],
                "people": [{"id": f"p{n}", "name": f"P{n}", "home": "S"} for n in range(people)],
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
                **more,
            }
        )
    )


def search(
    known: Facts,
    /,
    *rules: Rule,
    seconds: float = 200,
    reproducible: bool = False,
    listen: Callable[[Progress], None] = lambda progress: None,
    stop: Callable[[], bool] = lambda: False,
    start: Plan | None = None,
    strategy: Strategy = "auto",
    **more: Any,
) -> SearchState:
    """Where a search stands in the end."""
    found = SearchState(
        known,
        (*rules, *ALWAYS_ON),
        Limits(seconds=seconds, reproducible=reproducible),
        began=time.monotonic(),
        listen=listen,
        stop=stop,
        **more,
    )
    search_by(found, start, strategy)
    return found


def test_an_earlier_priority_is_never_traded_for_a_later_one() -> None:
    """However dear the later one is, everything is covered."""
    found = search(facts(), Cover(priority=1), Tally(priority=2, weight=1000))
    assert found.best is not None
    assert found.best[1].vector == (0, 0, 5000)
    assert all(level.proved for level in found.levels())


def test_what_counts_as_large_is_settled_too() -> None:
    """Fewer searches at once, no pattern bound at first, LNS between two rounds: the same."""
    large = SearchParams(strategy=StrategyParams(large_cells=0))
    rules = (Cover(priority=1), Tally(priority=2), ConsecutiveDays(most=1))
    found = search(facts(), *rules, params=large)
    assert found.best is not None
    assert found.best[1].vector == (0, 0, 5)
    assert all(level.proved for level in found.levels())


@pytest.mark.parametrize(("dear", "whole"), [(0.0, True), (1.0, False)])
def test_no_model_is_begun_that_could_not_be_made_in_time(
    monkeypatch: pytest.MonkeyPatch, dear: float, whole: bool
) -> None:
    """After paths had their time, a model that takes longer to make than is left is left out."""
    always = StrategyParams(fewest_cells=0, paths_alone_cells=0, model_seconds_per_cell=dear)
    monkeypatch.setattr(RosterSearch, "run", _hardly)
    rules = (Cover(priority=1), ConsecutiveDays(most=2))
    found = search(facts(people=20), *rules, seconds=60, params=SearchParams(strategy=always))
    assert found.best is not None
    assert ("then the whole" in found.strategy) == whole


def _hardly(self: RosterSearch, *_seconds: float, **_more: object) -> bool:
    """A roster in which nobody works, and time left over."""
    off = [
        np.array([track.option_of(day, ()) for day in range(track.days)], np.int32)
        for track in self.networks
    ]
    self.incumbent.take(self.incumbent.columns(off))
    return True


def test_the_order_of_the_priorities_is_their_number_not_their_place() -> None:
    """With coming in little as the first wish nobody comes."""
    found = search(facts(), Cover(priority=2), Tally(priority=1))
    assert found.best is not None
    assert found.best[1].vector == (0, 0, 5)


def test_a_later_priority_decides_among_equals() -> None:
    """Those whose days count stay at home when others can do the work."""
    found = search(facts(), Cover(priority=1), Tally(priority=2, people=("p0", "p1")))
    assert found.best is not None
    assert {person for person, _ in found.best[0].cells} <= {2, 3}


def test_musts_that_clash_are_called_impossible() -> None:
    """One person cannot do five days with no two in a row."""
    found = search(facts(people=1), Cover(priority="must"), ConsecutiveDays(most=1))
    assert found.impossible
    assert found.best is None


def test_without_a_wish_any_schedule_that_keeps_the_musts_will_do() -> None:
    """There are no levels, and nothing is left to prove."""
    found = search(facts(), Cover(priority="must"))
    assert found.best is not None
    assert found.levels() == ()


def test_an_encoding_that_counts_too_little_is_found_out() -> None:
    """The checker above the model means that one of them is wrong; the evidence is kept."""
    with pytest.raises(Disagreement) as caught:
        search(facts(), Cover(priority=1), Tally(priority=2, says_factor=0))
    assert isinstance(caught.value.schedule, Schedule)
    assert caught.value.schedule.placements


def test_an_encoding_that_counts_too_much_is_found_out_when_proved() -> None:
    """A proved value that the checker does not confirm is a false claim."""
    with pytest.raises(Disagreement, match="proved 10"):
        search(facts(), Cover(priority=1), Tally(priority=2, says_factor=2))


def test_a_must_that_the_checker_finds_broken_is_found_out() -> None:
    """The rule forbids all work, but its encoding says nothing."""
    with pytest.raises(Disagreement, match="tally"):
        search(facts(), Cover(priority=1), Tally(says_factor=0))


def test_a_start_is_kept_when_nothing_better_is_looked_for() -> None:
    """Stopped before it begins, the search still has the checked schedule it was given."""
    known = facts()
    start = Plan(known, {(0, 0), (1, 1)}, {})
    found = search(known, Cover(priority=1), start=start, stop=lambda: True)
    assert found.best is not None
    assert found.best[0].cells == start.cells
    assert found.best[1].costs == {1: 3}
    assert not found.levels()[0].proved


def test_what_was_proved_before_need_not_be_proved_again() -> None:
    """Where it speaks of schedules as good as the start, a bound counts; and then it is over."""
    known = facts()
    start = Plan(known, {(0, 0), (1, 1)}, {})
    levels = (Level(priority=1, value=3, bound=3), Level(priority=2, value=9, bound=2))
    found = search(known, Cover(priority=1), Tally(priority=2), start=start, known=levels)
    assert [(level.value, level.bound) for level in found.levels()] == [(3, 3), (2, 2)]
    assert found.first_seconds is not None


@pytest.mark.parametrize(
    ("costs", "bounds"),
    [
        ({1: 5, 2: 4, 3: 9}, {1: 1, 2: 2, 3: 3}),
        ({1: 4, 2: 5, 3: 0}, {1: 1, 2: 2}),
        ({1: 6, 2: 0, 3: 0}, {1: 1}),
        ({2: 0}, {}),
    ],
)
def test_a_bound_speaks_of_schedules_that_are_as_good_before(
    costs: dict[int, int], bounds: dict[int, int]
) -> None:
    """And of no others: what costs more at an earlier priority may cost less at a later one."""
    proved = [Level(priority=p, value=v, bound=p) for p, v in ((1, 5), (2, 4), (3, 9))]
    assert still_proved(costs, proved) == bounds


def test_a_bound_is_not_kept_when_an_earlier_priority_is_traded() -> None:
    """A schedule that is better at the first priority and worse at the second may be better than
    was thought possible at the third."""
    known = facts()
    rules = (Cover(priority=1), Tally(priority=2), Tally(people=("p0",), priority=3))
    found = SearchState(
        known, rules, Limits(), began=0, listen=lambda progress: None, stop=lambda: False
    )
    found.offer(Plan(known, {(0, 0)}, {}), shown=True)
    for priority in (1, 2, 3):
        found.raise_bound(priority, 1)
    assert [level.bound for level in found.levels()] == [1, 1, 1]
    found.offer(Plan(known, {(1, 0), (1, 1)}, {}), shown=True)
    assert [(level.value, level.bound) for level in found.levels()] == [(3, 1), (2, 1), (0, 0)]


def test_a_start_that_breaks_a_must_is_not_shown() -> None:
    """It may still help the search, but it is no schedule."""
    known = facts()
    start = Plan(known, {(0, day) for day in range(5)}, {})
    shown: list[Progress] = []
    search(
        known,
        Cover(priority=1),
        ConsecutiveDays(most=2),
        start=start,
        stop=lambda: True,
        listen=shown.append,
    )
    assert not any(progress.schedule for progress in shown)


def test_progress_never_goes_back() -> None:
    """Seconds and bounds rise, the vector of values falls, and bounds stay below values."""
    told: list[Progress] = []
    search(facts(people=6, count=2), Cover(), Tally(priority=2), listen=told.append)
    assert told
    for earlier, later in itertools.pairwise(told):
        assert earlier.seconds <= later.seconds
        if earlier.levels:
            before = [level.value for level in earlier.levels]
            assert [level.value for level in later.levels] <= before
            bounds = zip(earlier.levels, later.levels, strict=True)
            assert all(a.bound <= b.bound or b.proved for a, b in bounds)
        assert all(level.bound <= level.value for level in later.levels)


def test_reproducible_means_the_same_schedule_again() -> None:
    """Same facts, rules, seed: same schedule, though the clock never runs the same."""
    rules = (Cover(priority=1), ConsecutiveDays(most=2, priority=2), Tally(priority=3))
    first, second = (search(facts(people=5, count=3), *rules, reproducible=True) for _ in "ab")
    assert first.best is not None
    assert second.best is not None
    assert first.best[0].schedule() == second.best[0].schedule()
    assert first.levels() == second.levels()
    assert not first.time.fuse_blown
