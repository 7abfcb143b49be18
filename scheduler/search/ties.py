"""Which of several schedules that are equally good: the request and the seed decide, not time.

Searches in several threads end with whichever best schedule they happen on. Once every priority is
proved, the best ones are a set that depends on the request alone, and one worker with counted work
chooses from it.
"""

from hashlib import blake2b

from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.search.compile import Compiled, compile_model
from scheduler.search.search_state import SearchState
from scheduler.search.strategy import cells
from solver.cpsat.solve import Effort, minimise
from solver.language.slack import LinearExprT

LIKINGS = 100
"""How many different prices the seed gives to placements."""


def settle_ties(state: SearchState, near: Plan | None) -> None:
    """Put in the place of the best schedule the one that is chosen among those as good as it: the
    nearest to what people have been told, then with the fewest placements, then by the seed.

    Args:
        state: of a search that has ended; where it proved too little, nothing is changed.
        near: what the schedule should stay near if nothing is published.

    Raises:
        Disagreement: the checker and the model do not mean the same.
    """
    params = state.params.ties
    if not params.run or state.best is None or state.open():
        return
    size = cells(state.facts)
    if size > params.most_cells:
        state.describe_further("; the first found of those as good, as the request is large")
        return
    starts = sum(len(o.starts) for o in state.facts.occasions if o.open)
    effort = params.seconds + params.seconds_per_choice * (size + starts)
    if state.time.stop() or state.time.seconds_left() < params.room * effort:
        state.describe_further("; the first found of those as good, as time was over")
        return
    plan = _chosen(state, near, effort)
    if plan is None:
        state.describe_further("; the first found of those as good, as none was chosen in time")
        return
    # Which searches helped to find and prove the values depends on the clock.
    first = state.strategy.partition(";")[0]
    state.describe(f"{first}; then one chosen by the seed among those as good")
    if plan.schedule() != state.best[0].schedule():
        state.exchange(plan, "the choice among schedules as good")


def _chosen(state: SearchState, near: Plan | None, seconds: float) -> Plan | None:
    facts, model_params = state.facts, state.params.cpsat
    compiled = compile_model(facts, state.rules, params=model_params)
    for level in state.levels():
        cost = compiled.cost(level.priority)
        if not isinstance(cost, int):
            compiled.model.cp.add(cost <= level.value)
    told = facts.published
    kept = (
        near
        if told is None
        else Plan.of(
            facts, Schedule(placements=told.placements, times=told.times, groups=told.groups)
        )
    )
    solution = minimise(
        compiled.model,
        _preference(compiled, kept, state.limits.seed),
        Effort(
            seconds,
            state.time.seconds_left(),
            workers=1,
            seed=state.limits.seed,
            counted=True,
        ),
        stop=state.time.stop,
    )
    state.time.count(solution.counted_seconds, fuse_blown=solution.fuse_blown)
    if solution.fuse_blown or state.time.stop():
        return None
    return solution.plan


def _preference(compiled: Compiled, near: Plan | None, seed: int) -> LinearExprT:
    """What each schedule costs in the choice: how far it is from another, then its placements,
    then what the seed makes of each of them."""
    model = compiled.model
    placed = [
        (variable, _liking(model.facts, seed, *cell))
        for cell, variable in sorted(model.cells.items())
    ]
    one_placement = 1 + sum(liking for _, liking in placed)
    terms: list[LinearExprT] = [(one_placement + liking) * variable for variable, liking in placed]
    if near is not None:
        one_change = 1 + sum(one_placement + liking for _, liking in placed)
        terms += [one_change * moved for moved in _departures(compiled, near)]
    return model.sum(terms)


def _departures(compiled: Compiled, near: Plan) -> list[LinearExprT]:
    """Answers that are 1 where a decision is not that of a plan."""
    cp, found = compiled.model.cp, list[LinearExprT]()
    for variable, value in compiled.model.assignment_of(near):
        if variable.is_boolean:
            found.append(1 - variable if value else variable)
        else:
            moved = cp.new_bool_var("")
            cp.add(variable == value).only_enforce_if(~moved)
            found.append(moved)
    return found


def _liking(facts: Facts, seed: int, person: int, duty: int) -> int:
    """A price by chance, which depends on ids and the seed only, not on places in lists."""
    said = f"{seed} {facts.staff[person].id} {facts.duties[duty].id}"
    return int.from_bytes(blake2b(said.encode(), digest_size=4).digest(), "big") % LIKINGS
