"""A small rota with rules of every kind of shape, as paths."""

from models.facts.facts import Facts
from models.problem.problem import Problem
from scheduler.rulebook.rule import Rule
from scheduler.rules import ALWAYS_ON
from scheduler.rules.cover.cover import Cover
from scheduler.rules.cover.surplus import Surplus
from scheduler.rules.fairness.requests import DayWish, Requests
from scheduler.rules.working_time.consecutive_days import ConsecutiveDays
from scheduler.rules.working_time.weekends import Weekends
from scheduler.rules.working_time.workload import Workload
from scheduler.search.params import PathParams
from scheduler.search.path_problem import PathProblem, path_problem
from solver.arrays import Ints
from solver.colgen.pricing import Pricer
from solver.network.packed_tables import pack
from solver.network.params import NetworkParams
from solver.network.work_meter import Meter
from solver.search.params import RosterParams


def most_index(number: int) -> RosterParams:
    """Parameters by which a path's state has at most this many joint values of small counts."""
    return RosterParams(network=NetworkParams(most_index=number))


def club(people: int, days: int, limit: int | None = None) -> tuple[Facts, list[Rule]]:
    """A rota of two shifts with rules of every kind of shape."""
    problem = Problem.model_validate(
        {
            "name": "Club",
            "horizon": {"first": "2026-01-05", "last": f"2026-01-{4 + days:02d}"},
            "schools": [
                {
                    "id": "S",
                    "name": "S",
                    "weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
                }
            ],
            "people": [{"id": f"p{n}", "name": f"P{n}", "home": "S"} for n in range(people)],
            "shifts": [
                {
                    "id": "E",
                    "name": "E",
                    "school": "S",
                    "start": "08:00",
                    "end": "14:00",
                    "needs": [{"count": 2}],
                },
                {
                    "id": "L",
                    "name": "L",
                    "school": "S",
                    "start": "13:00",
                    "end": "18:00",
                    "needs": [{"count": 1}],
                },
            ],
        }
    )
    rules: list[Rule] = [
        Cover(weight=20),
        Surplus(priority=1),
        ConsecutiveDays(most=5, least=2),
        Weekends(most=1),
        Workload(measure="minutes", most=4000, least=1200),
        Requests(
            wishes=tuple(
                DayWish(person=f"p{n}", date="2026-01-07", shift="E", want="off", weight=3)  # type: ignore[arg-type]
                for n in range(people)
            )
        ),
    ]
    if limit is not None:
        rules.append(Workload(measure="shifts", most=limit))
    return Facts(problem), [*rules, *ALWAYS_ON]


def covered_club(people: int, days: int, eased: int = PathParams.eased_must) -> PathProblem:
    """The club as paths, where the numbers of people on duty are musts, cheap if `eased` is low."""
    facts, rules = club(people, days)
    numbers: list[Rule] = [Cover(priority="must"), Surplus(priority="must")]
    others = [rule for rule in rules if not isinstance(rule, Cover | Surplus)]
    problem = path_problem(facts, [*numbers, *others], PathParams(eased_must=eased))
    assert isinstance(problem, PathProblem)
    return problem


def pricer_of(problem: PathProblem, days: int | None = None) -> Pricer:
    """A pricer of everybody's paths."""
    packed = pack([(network.tables, network.extra) for network in problem.networks])
    return Pricer(problem.networks, packed, problem.duties.scale, 1, Meter(), days)


def priced_path(pricer: Pricer, person: int, duals: Ints) -> tuple[int, int, Ints]:
    """What a person's paths cost at least, what the path found costs, and that path."""
    priced = pricer([person], duals, duals)
    return int(priced.bounds[0]), int(priced.worths[0]), priced.paths[person]


def found_problem(people: int, days: int, limit: int | None = None) -> PathProblem:
    """The club as paths."""
    problem = path_problem(*club(people, days, limit))
    assert isinstance(problem, PathProblem)
    return problem


def counts(rule: Rule, measure: str) -> bool:
    """Whether a rule limits the minutes, shifts or days that people work."""
    return isinstance(rule, Workload) and rule.measure == measure
