"""What would make an impossible request possible: a few rules bent at a few places.

Each relaxation is solved and checked. The least-broken draft relaxes every rule that may bend.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

from models.answer.report import Authority, Report
from models.answer.result import ClashMember, Draft, Relaxation
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.diagnose.question_budget import QuestionBudget
from scheduler.diagnose.suspicion import Place, broken_places
from scheduler.rulebook.check import check
from scheduler.rulebook.rule import Rule
from scheduler.search.compile import Compiled
from scheduler.search.search_state import Disagreement
from scheduler.search.strategy import cells
from scheduler.wording import counted
from solver.cpsat.solve import SolveStatus, complete, minimise
from solver.language.slack import LinearExprT, Lit

MOST_RELAXATIONS = 3

BENT: tuple[Authority, ...] = ("wish", "policy", "agreement")
"""Whose rules may be bent, first to last; the law never is."""

MOST_SAID = 4
"""Places of a relaxation that are named in its sentence; more are counted."""

MOST_CELLS = 400
"""Cells up to which rules that go without saying may bend: then each pair of duties of a person is
a place of its own, and ten times the cells take a hundred times as long to compile."""


def relaxations(
    facts: Facts, rules: Sequence[Rule], budget: QuestionBudget, draft: Plan | None = None
) -> Iterator[Relaxation]:
    """Up to three ways, each of other rules, solved from a draft on and checked: wishes bend before
    policies, policies before agreements; among these, the fewest places bend."""
    found: list[frozenset[int]] = []
    for reach in range(len(BENT)):
        bendable = [
            n
            for n, rule in enumerate(rules)
            if rule.priority == "must"
            and not rule.always_on
            and rule.effective_authority in BENT[: reach + 1]
        ]
        if not any(rules[n].effective_authority == BENT[reach] for n in bendable):
            continue
        while len(found) < MOST_RELAXATIONS and not budget.over():
            plan, outcome = _least_bent(facts, rules, bendable, found, budget, draft)
            if plan is None or (found and outcome is not SolveStatus.OPTIMAL):
                break  # a second way is only worth showing if it is as short as can be
            report = check(facts, rules, plan)
            broken = frozenset(broken_places(report))
            if not broken:
                said = "the solver calls impossible what the checker accepts"
                raise Disagreement(said, plan.schedule())
            if not {n for n, _ in broken} <= set(bendable) or {n for n, _ in broken} in found:
                break
            found.append(frozenset(n for n, _ in broken))
            yield _said(plan, report, rules)


def relaxation_of(rules: Sequence[Rule], plan: Plan) -> Relaxation | None:
    """A draft as a way out, if it breaks no rule that never bends."""
    report = check(plan.facts, rules, plan)
    broken = {number for number, _ in broken_places(report)}
    bends = all(not rules[n].always_on and rules[n].effective_authority in BENT for n in broken)
    return _said(plan, report, rules) if broken and bends else None


def draft_of(facts: Facts, rules: Sequence[Rule], plan: Plan) -> Draft:
    """A plan as a draft, checked."""
    return Draft(schedule=plan.schedule(), report=check(facts, rules, plan))


def least_broken(
    facts: Facts,
    rules: Sequence[Rule],
    budget: QuestionBudget,
    near: Plan | None = None,
    *,
    wishes: bool = True,
) -> Draft | None:
    """The schedule that breaks the musts by the least amount; None if none was found in time.

    Args:
        facts: the request's.
        rules: the request's, always-on rules included.
        budget: how long it may take.
        near: a plan to begin from.
        wishes: whether the other rules are honoured too, as far as they can be.
    """
    for bendable in _bendable(facts, rules):
        if budget.over():
            break
        asked = _as_wishes(rules, bendable)
        asked = [rule for rule in asked if wishes or rule.priority in ("must", 1)]
        compiled = budget.compile(facts, asked)
        if compiled is None:
            break
        plan, outcome = _in_order(compiled, _costs(compiled), budget, near)
        if plan is not None:
            return draft_of(facts, rules, plan)
        if outcome is not SolveStatus.IMPOSSIBLE:
            break  # the rules that never bend are not to blame
    return None


def _bendable(facts: Facts, rules: Sequence[Rule]) -> list[list[int]]:
    """What may bend in a draft: the request's rules, else pins and the like too, else, unless that
    would be too large a model, whatever goes without saying."""
    found = [
        [n for n, rule in enumerate(rules) if not rule.always_on],
        [n for n, rule in enumerate(rules) if not rule.goes_without_saying],
    ]
    return [*found, list(range(len(rules)))] if cells(facts) <= MOST_CELLS else found


def refuse_contradiction(facts: Facts, rules: Sequence[Rule], budget: QuestionBudget) -> None:
    """Look for a schedule that only the model says to break a rule that never bends.

    Raises:
        Disagreement: there is one.
    """
    bendable = [n for n in _bendable(facts, rules)[-1] if rules[n].always_on]
    if not bendable or budget.over():
        return
    musts = [rule for rule in _as_wishes(rules, bendable) if rule.priority in ("must", 1)]
    compiled = budget.compile(facts, musts)
    if compiled is None:
        return
    plan, _ = _in_order(compiled, _costs(compiled), budget)
    if plan is not None and not check(facts, rules, plan).broken_musts:
        raise Disagreement("the solver calls impossible what the checker accepts", plan.schedule())


def plan_of_musts(
    facts: Facts,
    rules: Sequence[Rule],
    budget: QuestionBudget,
    near: Plan | None = None,
) -> Plan | None:
    """A plan that keeps all musts by solver and checker; None if none was found in time."""
    if budget.over():
        return None
    musts = [rule for rule in rules if rule.priority == "must"]
    compiled = budget.compile(facts, musts)
    if compiled is None:
        return None
    model = compiled.model
    if near is not None:
        model.hint(near)
    plan = minimise(model, 0, budget.question(), stop=budget.stop).plan
    return None if plan is None or check(facts, musts, plan).broken_musts else plan


def _as_wishes(rules: Sequence[Rule], bendable: Collection[int]) -> list[Rule]:
    """Some musts as wishes before all others."""
    bent = set(bendable)
    found = []
    for number, rule in enumerate(rules):
        if rule.priority != "must":
            found.append(rule.model_copy(update={"priority": rule.priority + 1}))
        elif number in bent:
            found.append(rule.model_copy(update={"priority": 1, "weight": 1}))
        else:
            found.append(rule)
    return found


def _least_bent(
    facts: Facts,
    rules: Sequence[Rule],
    bendable: Sequence[int],
    found: Sequence[frozenset[int]],
    budget: QuestionBudget,
    draft: Plan | None,
) -> tuple[Plan | None, SolveStatus]:
    """A plan that bends some rules at the fewest places, but not the same rules as a way found
    before; and what was proved about their number."""
    asked = {n: r for n, r in enumerate(_as_wishes(rules, bendable)) if r.priority in ("must", 1)}
    compiled = budget.compile(facts, list(asked.values()))
    if compiled is None:
        return None, SolveStatus.UNKNOWN
    model = compiled.model
    slacks = dict(zip(asked, compiled.slacks, strict=True))
    bent: dict[Place, list[Lit]] = {}
    for number in bendable:
        for where, room in slacks[number].priced:
            open_ = model.cp.new_bool_var("")
            model.cp.add(room == 0).only_enforce_if(~open_)
            bent.setdefault((number, where), []).append(open_)
    places = {place: model.any_of(rooms) for place, rooms in sorted(bent.items())}
    for before in found:
        bends = [
            model.any_of(lit for (n, _), lit in places.items() if n == rule) for rule in before
        ]
        model.cp.add(model.sum(bends) <= len(bends) - 1)
    return _in_order(compiled, [model.sum(places.values()), *_costs(compiled)], budget, draft)


def _costs(compiled: Compiled) -> list[LinearExprT]:
    return [
        compiled.model.sum(weight * room for weight, slack in priced for _, room in slack.priced)
        for priced in compiled.prices.values()
    ]


def _in_order(
    compiled: Compiled,
    objectives: Sequence[LinearExprT],
    budget: QuestionBudget,
    near: Plan | None = None,
) -> tuple[Plan | None, SolveStatus]:
    """A plan that is good for each objective in turn, which then stands as a limit for the next;
    and how the first of them ended. The search begins from a plan, if there is one."""
    best, first = None, SolveStatus.UNKNOWN
    if near is not None:
        model = compiled.model
        model.hint(near, complete(model, near, model.sum(objectives)))
    for place, objective in enumerate(objectives or [0]):
        if best is not None and budget.over():
            break
        effort = budget.minimisation(last=place + 1 >= len(objectives))
        solution = minimise(compiled.model, objective, effort, stop=budget.stop)
        if place == 0:
            first = solution.outcome
        if solution.plan is None or solution.value is None:
            break
        best = solution.plan
        compiled.model.cp.add(objective <= solution.value)
        compiled.model.hint(best, solution.values)
    return best, first


def _said(plan: Plan, report: Report, rules: Sequence[Rule]) -> Relaxation:
    members: dict[Place, ClashMember] = {}
    said: dict[int, list[str]] = {}
    for finding in report.findings:
        if finding.priority != "must":
            continue
        for breach in finding.breaches:
            said.setdefault(finding.rule, []).append(breach.sentence)
            members[finding.rule, breach.where] = ClashMember(
                rule=finding.rule,
                kind=finding.kind,
                authority=finding.authority,
                where=breach.where,
                sentence=breach.sentence,
            )
    meant = {number: _meant(plan.facts, rules[number], members, number) for number in said}
    return Relaxation(
        gives_up=tuple(members.values()),
        sentence=" ".join(_exception(meant[number], what) for number, what in said.items()),
        schedule=plan.schedule(),
        report=report,
    )


def _meant(facts: Facts, rule: Rule, places: Iterable[Place], number: int) -> str:
    """A rule in its owner's words, or as it is meant at the one place at which it is broken."""
    where = [where for of, where in places if of == number]
    own = rule.says_at(facts, where[0]) if rule.says is None and len(where) == 1 else None
    return own or rule.sentence


def _exception(rule: str, said: Sequence[str]) -> str:
    shown = " ".join(said[:MOST_SAID])
    more = f" And {len(said) - MOST_SAID} more." if len(said) > MOST_SAID else ""
    times = counted(len(said), "exception")
    return f"Allow {times} to the rule \N{LEFT DOUBLE QUOTATION MARK}{rule}" + (
        f"\N{RIGHT DOUBLE QUOTATION MARK} {shown}{more}"
    )
