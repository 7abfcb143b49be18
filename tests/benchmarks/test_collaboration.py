"""Drawn collaborations: of the size that was asked for, the same again, and hard as they say."""

from collections import Counter

import pytest

from benchmarks.collaboration import collaboration
from models.answer.result import ResultStatus
from models.facts.facts import Facts
from scheduler.engine import schedule
from scheduler.intake.parse import read_request


@pytest.mark.parametrize(("schools", "people", "weeks"), [(2, 41, 1), (5, 160, 2)])
def test_it_has_the_size_that_was_asked_for(schools: int, people: int, weeks: int) -> None:
    """And is read without a fault; the same seed draws the same, another one another."""
    document = collaboration(schools=schools, people=people, weeks=weeks, seed=7)
    problem = read_request(document).problem
    assert len(problem.schools) == schools
    assert len(problem.people) == people
    assert len(Facts(problem).days) == 7 * weeks
    assert document == collaboration(schools=schools, people=people, weeks=weeks, seed=7)
    assert document != collaboration(schools=schools, people=people, weeks=weeks, seed=8)


def test_what_makes_it_hard_is_planted() -> None:
    """A fifth at two schools, part-timers, absences, and leads of safeguarding few and far."""
    facts = Facts(read_request(collaboration(schools=11, people=600, weeks=2, seed=1)).problem)
    people = facts.problem.people
    reach = [{d.school for d in facts.possible[n] if d.count or d.most} for n in range(600)]
    assert sum(len(schools) > 1 for schools in reach) == 600 // 5
    assert sum(p.works is not None for p in people) > 600 // 6
    assert sum(bool(p.away) for p in people) >= 600 // 25
    leads = [p for p in people if any(h.skill == "dsl" for h in p.skills)]
    assert len(leads) == 3 * 11


@pytest.mark.parametrize("size", [(1, 30), (2, 30), (3, 40)])
def test_too_small_is_refused(size: tuple[int, int]) -> None:
    """Two schools of twenty people are the least."""
    with pytest.raises(ValueError, match="two schools or more"):
        collaboration(schools=size[0], people=size[1])


def test_one_school_has_too_few() -> None:
    """Its places stay empty however one plans, which is proved; it is the worst off."""
    document = collaboration(schools=3, people=90, weeks=1, seed=1)
    result = schedule(read_request({**document, "limits": {"seconds": 200}}))
    assert result.status in (ResultStatus.OPTIMAL, ResultStatus.FEASIBLE)
    assert result.levels[0].proved
    assert result.report is not None
    assert result.report.broken_musts == 0
    empty = [b for f in result.report.findings if f.kind == "cover" for b in f.breaches]
    by_school = Counter(breach.where[0].partition("-")[0] for breach in empty)
    assert by_school.most_common(1)[0][0] == "S03"
