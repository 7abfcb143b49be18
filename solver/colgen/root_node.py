"""The root node: column generation over everybody, which proves the bound of the whole problem."""

from collections.abc import Callable

from solver.colgen.diving import Diving
from solver.colgen.incumbent import Incumbent
from solver.colgen.master import LpUnfinished, RestrictedMaster


def solve_root(
    shared: Incumbent, diving: Diving, stop: Callable[[], bool]
) -> RestrictedMaster | None:
    """The restricted master over everybody at its optimum, or None if that was not reached.

    The incumbent receives each proved bound.
    """
    master = shared.master(range(len(shared.networks)), shared.duties.nobody())
    for person, column in enumerate(shared.columns(shared.best or ())):
        master.add(person, column)
    try:
        diving.relax(master, stop=stop, bounded=shared.prove)
    except LpUnfinished:
        return None
    return None if stop() else master
