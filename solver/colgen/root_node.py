"""The root node: column generation over everybody, which proves the bound of the whole problem."""

from collections.abc import Callable

from solver.colgen.diving import Diving
from solver.colgen.incumbent import Incumbent
from solver.colgen.master import LpUnfinished, RestrictedMaster


def solve_root(
    shared: Incumbent, diving: Diving, stop: Callable[[], bool]
) -> RestrictedMaster | None:
    """The restricted master over everybody at its optimum, or None if that was not reached.

    The incumbent receives each proved bound. Where the optimum at eased costs breaks musts, it is
    solved again at those that hold, and no costs are eased any more.
    """
    people, nobody = range(len(shared.networks)), shared.duties.nobody()
    eases = shared.guide is not shared.duties
    master = shared.master(people, nobody)
    for person, column in enumerate(shared.columns(shared.best or ())):
        master.add(person, column)
    try:
        value = diving.relax(master, stop=stop, bounded=shared.prove, guess=shared.duals.copy())
        if eases and not stop():
            held = shared.master(people, nobody, eases=False)
            master.prune(shared.params.pool.kept)
            for person, places in master.by_person.items():
                for place in places:
                    held.add(person, master.column(place))
            if held.solve() > value + shared.params.diving.gap:
                shared.harden()
                guess, master = master.stability_center, held
                diving.relax(master, stop=stop, bounded=shared.prove, guess=guess)
    except LpUnfinished:
        return None
    finally:
        shared.learn_duals(master)
    return None if stop() else master
