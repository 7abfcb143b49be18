"""Whether the engine's answer is the best of all schedules, listed one by one."""

from collections.abc import Iterator

from hypothesis import HealthCheck, Phase, given, note, settings

from models.answer.result import Clash, Result, ResultStatus
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.engine import schedule
from scheduler.intake.request import RotaRequest
from scheduler.rulebook.rule import Rule
from scheduler.search.strategy import Strategy
from tests.agreement import plans
from tests.soak import more, tries
from tests.strategies import MOST_SCHEDULES, tiny

Vector = tuple[int, ...]

SETTINGS = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=tries(50, 200),
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)


def _amount(rule: Rule, facts: Facts, plan: Plan) -> int:
    return sum(breach.amount for breach in rule.check(facts, plan))


def allowed(facts: Facts, rules: tuple[Rule, ...]) -> Iterator[Plan]:
    """The schedules that break none of some rules, by their checkers alone."""
    for plan in plans(facts, most=MOST_SCHEDULES):
        if not any(_amount(rule, facts, plan) for rule in rules):
            yield plan


def best_vector(request: RotaRequest) -> Vector | None:
    """The costs by priority of the best schedule; None where every schedule breaks a must."""
    facts, rules = Facts(request.problem), request.all_rules
    musts = tuple(sorted((r for r in rules if r.priority == "must"), key=lambda r: not r.always_on))
    priorities = sorted({r.priority for r in rules if r.priority != "must"})
    best: Vector | None = None
    for plan in allowed(facts, musts):
        vector: Vector = ()
        for priority in priorities:
            cost = sum(r.weight * _amount(r, facts, plan) for r in rules if r.priority == priority)
            vector = (*vector, cost)
            if best is not None and vector > best[: len(vector)]:
                break
        else:
            best = vector
    return best


def described(request: RotaRequest) -> str:
    """A request in a few lines, for the report of a failure."""
    rules = "\n".join(f"  {r.priority} x{r.weight} {r!r}" for r in request.rules)
    return f"{request.problem.model_dump_json(exclude_defaults=True)}\n{rules}"


def judge(result: Result, best: Vector | None) -> None:
    """The answer is the best there is, and says so."""
    if best is None:
        assert result.status is ResultStatus.IMPOSSIBLE
        return
    assert result.status is ResultStatus.OPTIMAL
    assert result.report is not None
    assert result.report.vector == (0, *best)
    assert tuple(level.value for level in result.levels) == best
    assert tuple(level.bound for level in result.levels) == best


@more
@SETTINGS
@given(tiny)
def test_the_answer_is_the_best_of_all_schedules(request: RotaRequest) -> None:
    """The same best vector, or impossible, and no bound above it: by every strategy, timed or
    counted."""
    note(described(request))
    best = best_vector(request)
    judge(schedule(request), best)
    strategies: tuple[Strategy, ...] = ("paths", "lns")
    for strategy in strategies:
        judge(schedule(request, strategy=strategy), best)
    counted = request.model_copy(
        update={"limits": request.limits.model_copy(update={"reproducible": True})}
    )
    once, again = schedule(counted), schedule(counted)
    judge(once, best)
    assert once.schedule == again.schedule
    if best is None:
        assert once.clash is not None
        assert again.clash == once.clash
        the_clash_is_one(request, once.clash)


def the_clash_is_one(request: RotaRequest, clash: Clash) -> None:
    """Every schedule breaks a member, and each way out gives up no more than it says."""
    facts, rules = Facts(request.problem), request.all_rules
    assert clash.confirmed
    assert clash.minimal
    members = {(m.rule, m.where) for m in clash.members if m.rule is not None}
    always = tuple(rule for rule in rules if rule.always_on)
    for plan in allowed(facts, always):
        broken = {
            (number, breach.where)
            for number in {number for number, _ in members if number is not None}
            for breach in rules[number].check(facts, plan)
        }
        assert broken & members, sorted(plan.cells)
    for way in clash.relaxations:
        broken = {
            (finding.rule, breach.where)
            for finding in way.report.findings
            if finding.priority == "must"
            for breach in finding.breaches
        }
        assert broken == {(m.rule, m.where) for m in way.gives_up}
        assert all(m.authority != "law" for m in way.gives_up)
