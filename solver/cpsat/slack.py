"""The slack of one rule in CP-SAT: none where it must hold, priced variables where it should."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ortools.sat.python import cp_model

from solver.language.slack import LinearExprT, Where

PLACES_BETWEEN = 64
"""Places of a rule between two looks at the clock."""


class OutOfTime(Exception):
    """Time ended while a model was made."""


@dataclass
class CpSatSlack:
    """Room for one rule: none where it must hold, priced room where it should.

    Called with a place and the largest breach possible there, it answers 0 or an integer
    variable.
    """

    cp: cp_model.CpModel
    hard: bool
    leave_out: Callable[[Where], bool] | None = None
    """Places of a must that do not bind: how clashes are looked for."""
    priced: list[tuple[Where, cp_model.IntVar]] = field(default_factory=list)
    largest: int = 0
    """The sum of all priced breaches, each as large as it may be."""
    over: Callable[[], bool] = lambda: False
    """Asked at some of the places; yes ends the making of the model."""
    asked: int = 0
    """Places so far."""

    @property
    def never_bends(self) -> bool:
        """Whether no place of the rule can be broken."""
        return self.hard and self.leave_out is None

    def __call__(self, *where: str, most: int) -> LinearExprT:
        """Room at a place, between 0 and `most`.

        Raises:
            OutOfTime: there is no time to make the rest of the model.
        """
        self.asked += 1
        if self.asked % PLACES_BETWEEN == 0 and self.over():
            raise OutOfTime
        if most <= 0:
            return 0
        if self.hard:
            if self.leave_out is None or not self.leave_out(where):
                return 0
            return self.cp.new_int_var(0, most, "")
        room = self.cp.new_int_var(0, most, "")
        self.priced.append((where, room))
        self.largest += most
        return room
