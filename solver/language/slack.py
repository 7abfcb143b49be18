"""How far one rule may be bent, and where."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ortools.sat.python import cp_model
from ortools.sat.python.cp_model_helper import Literal

Where = tuple[str, ...]

Lit = Literal | int
"""A yes-or-no answer: a literal where it is open, 0 or 1 where it is known."""

LinearExprT = cp_model.LinearExpr | int
"""A linear expression, or a number where nothing in it is open. (The library's own name also
takes in every number of numpy.)"""


@dataclass
class Slack:
    """Room for one rule: none where it must hold, priced room where it should.

    Called with a place and the largest breach possible there, it answers 0 or an integer
    variable; "limit plus slack" is how every rule is encoded.
    """

    cp: cp_model.CpModel
    hard: bool
    leave_out: Callable[[Where], bool] | None = None
    """Places of a must that do not bind: how clashes are looked for."""
    priced: list[tuple[Where, cp_model.IntVar]] = field(default_factory=list)

    @property
    def never_bends(self) -> bool:
        """Whether no place of the rule can be broken."""
        return self.hard and self.leave_out is None

    def __call__(self, *where: str, most: int) -> LinearExprT:
        """Room at a place, at most so much."""
        if most <= 0:
            return 0
        if self.hard:
            if self.leave_out is None or not self.leave_out(where):
                return 0
            return self.cp.new_int_var(0, most, "")
        room = self.cp.new_int_var(0, most, "")
        self.priced.append((where, room))
        return room
